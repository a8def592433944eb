//! Dated rates between currencies: which one holds on a day, and what an amount comes to.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::calendar::{DAY_SECONDS, end_of_day};
use crate::id::Time;
use crate::library::{LibraryError, each, text_of};
use crate::limits::RATES_MAX;

/// Parts of one in which rates are kept.
const PARTS: i128 = 1_000_000_000;

/// What one unit of a currency comes to in another, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// From which currency.
    pub from: String,
    /// Into which.
    pub to: String,
    /// From when on, the beginning of a day in UTC.
    pub since: Time,
    /// How much, in parts of a thousand million.
    pub billionths: i64,
}

/// All rates of a library.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates(Vec<Rate>);

/// Why an amount cannot be converted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RateError {
    /// No rate holds on that day.
    #[error("`library.yaml` has no rate from {from} to {to} for that day")]
    Unknown {
        /// From which currency.
        from: String,
        /// Into which.
        to: String,
    },
    /// The result is beyond what can be counted.
    #[error("the converted amount is too large")]
    TooLarge,
}

impl Rates {
    /// Reads `rates` of `library.yaml`.
    pub(crate) fn parse(value: &Value) -> Result<Self, LibraryError> {
        let given = each(value, "rates");
        if given.len() > RATES_MAX {
            let reason = format!("holds more than {RATES_MAX} rates");
            return Err(LibraryError::field("rates", reason));
        }
        let rates = given.iter().enumerate().map(|(index, item)| {
            let wrong = |name: &str, reason: &str| {
                LibraryError::field(format!("rates[{index}].{name}"), reason)
            };
            let currency = |name: &str| {
                let text = text_of(item, name);
                let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
                fits.then_some(text)
                    .ok_or_else(|| wrong(name, "must be three capital letters, e.g. EUR"))
            };
            let on = end_of_day(&text_of(item, "on"))
                .ok_or_else(|| wrong("on", "must be a day like 2026-11-28"))?;
            let rate = item.get("rate").and_then(Value::as_f64);
            let rate = rate
                .and_then(billionths)
                .ok_or_else(|| wrong("rate", "must be a number above 0 and at most 1000000"))?;
            Ok(Rate {
                from: currency("from")?,
                to: currency("to")?,
                since: on.plus_seconds(-DAY_SECONDS),
                billionths: rate,
            })
        });
        let mut rates = rates.collect::<Result<Vec<Rate>, LibraryError>>()?;
        rates.sort_by_key(|rate| rate.since);
        Ok(Self(rates))
    }

    /// What an amount in the smallest unit of one currency comes to in the smallest unit of another
    /// at a moment, rounded half to even.
    pub fn convert(
        &self,
        (amount, from, from_decimals): (i64, &str, u32),
        (to, to_decimals): (&str, u32),
        at: Time,
    ) -> Result<i64, RateError> {
        if from == to && from_decimals == to_decimals {
            return Ok(amount);
        }
        let billionths = if from == to {
            PARTS
        } else {
            i128::from(self.rate(from, to, at)?.billionths)
        };
        let mut above = i128::from(amount) * billionths;
        let mut below = PARTS;
        if to_decimals >= from_decimals {
            above = above
                .checked_mul(10_i128.pow(to_decimals - from_decimals))
                .ok_or(RateError::TooLarge)?;
        } else {
            below *= 10_i128.pow(from_decimals - to_decimals);
        }
        i64::try_from(half_even(above, below)).map_err(|_| RateError::TooLarge)
    }

    /// The newest rate that holds at a moment.
    fn rate(&self, from: &str, to: &str, at: Time) -> Result<&Rate, RateError> {
        let holds = |rate: &&Rate| rate.from == from && rate.to == to && rate.since <= at;
        let found = self.0.iter().rev().find(holds);
        found.ok_or_else(|| RateError::Unknown {
            from: from.to_owned(),
            to: to.to_owned(),
        })
    }
}

fn half_even(above: i128, below: i128) -> i128 {
    let (whole, rest) = (above.div_euclid(below), above.rem_euclid(below));
    match (rest * 2).cmp(&below) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + (whole & 1),
    }
}

fn billionths(rate: f64) -> Option<i64> {
    if !(rate > 0.0 && rate <= 1_000_000.0) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most a million times a thousand million"
    )]
    let parts = (rate * 1e9).round() as i64;
    (parts > 0).then_some(parts)
}
