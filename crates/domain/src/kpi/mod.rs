//! KPIs: what is measured, and how a definition is told from the one before it.

pub mod model;
mod parse;
mod rates;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use variorum_stats::quantile::Sorted;

pub use model::{built_in, defined};
pub(crate) use parse::parse_all;
pub use rates::{Rate, RateError, Rates};

use crate::canonical;
use crate::event::{EventError, minor_units};
use crate::id::Time;
use crate::limits::HISTORY_UNITS_MIN;

/// What kind of measure a KPI is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KpiKind {
    /// Did it happen to the unit, yes or no.
    Conversion,
    /// A sum per unit, such as revenue.
    Value,
    /// How often it happened per unit.
    Count,
    /// The sum of one KPI divided by the sum of another.
    Ratio,
    /// A quantile of the units' totals of another KPI.
    Quantile,
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
}

/// Where the totals of single units are cut, so that one of them cannot outweigh all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Winsorise {
    /// At the 99.9 % quantile of what was seen before, where something was.
    #[default]
    Usual,
    /// Nowhere.
    Off,
    /// At this quantile of what was seen before, in basis points.
    QuantileBp(u32),
    /// At this amount, in the KPI's smallest unit.
    At(i64),
}

impl Winsorise {
    /// The quantile that is asked for, in basis points.
    pub fn quantile_bp(self) -> Option<u32> {
        match self {
            Self::Usual => Some(9_990),
            Self::QuantileBp(share) => Some(share),
            Self::Off | Self::At(_) => None,
        }
    }
}

/// What a KPI is made of, where it is made of others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "made")]
pub enum Made {
    /// Of its own events.
    #[default]
    OfEvents,
    /// One KPI divided by another.
    OfTwo {
        /// What is divided.
        numerator: String,
        /// What it is divided by.
        denominator: String,
    },
    /// A quantile of another KPI.
    OfQuantile {
        /// Of which.
        of: String,
        /// Which quantile, in basis points.
        quantile_bp: u32,
    },
}

/// A defined measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kpi {
    /// The id used in events.
    pub id: String,
    /// The title shown.
    pub title: String,
    /// What kind of measure.
    pub kind: KpiKind,
    /// Which way is good.
    pub direction: Direction,
    /// The unit shown, e.g. `EUR`.
    pub unit: String,
    /// Digits after the decimal point that a value may have; values are kept as integers of them.
    pub decimals: u32,
    /// How long after an exposure an outcome still counts for it.
    pub window_seconds: i64,
    /// What only some definitions say.
    #[serde(flatten)]
    pub more: KpiMore,
}

/// The parts of a definition that are left out where they say nothing, so that definitions from
/// before there were such parts stay what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KpiMore {
    /// The currency into which amounts are converted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// What it is made of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub made: Made,
    /// Where totals of single units are cut.
    #[serde(default, skip_serializing_if = "is_default")]
    pub winsorise: Winsorise,
    /// Fewer units than this in an arm say nothing yet; 0 where nothing is said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub min_units: u64,
    /// How much worse a new version may be, relatively and in basis points, to be called no worse;
    /// 0 where nothing is said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_worse_by_bp: u32,
    /// The attributes by which it is looked at in parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
}

/// Currencies whose smallest unit is the whole (ISO 4217).
const WITHOUT_DECIMALS: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
/// Currencies whose smallest unit is a thousandth.
const THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// Digits after the point of amounts in a currency; 0 where there is none.
fn usual_decimals(currency: &str) -> u32 {
    match currency {
        "" => 0,
        whole if WITHOUT_DECIMALS.contains(&whole) => 0,
        fine if THREE_DECIMALS.contains(&fine) => 3,
        _ => 2,
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How much an outcome says there was.
#[derive(Debug, Clone, Copy)]
pub struct Amount<'a> {
    /// The number as it is written.
    pub value: &'a Value,
    /// Its currency; empty for the KPI's own.
    pub currency: &'a str,
}

impl Kpi {
    /// What an outcome of this KPI counts for, in its smallest unit.
    pub fn amount(&self, amount: &Amount<'_>, rates: &Rates, at: Time) -> Result<i64, EventError> {
        if self.more.made != Made::OfEvents {
            return Err(EventError::Made(self.id.clone()));
        }
        let minor = minor_units(amount.value, self.decimals_in(amount.currency)?)?;
        self.converted(minor, amount.currency, rates, at)
    }

    /// Digits after the point of amounts of this KPI that are written in a currency; an empty one is the
    /// KPI's own.
    pub fn decimals_in(&self, currency: &str) -> Result<u32, EventError> {
        let own = &self.more.currency;
        if currency.is_empty() || currency == own {
            return Ok(self.decimals);
        }
        if own.is_empty() {
            return Err(EventError::Value("has a currency and the KPI has none"));
        }
        Ok(usual_decimals(currency))
    }

    /// An amount in the smallest unit of a currency, in this KPI's smallest unit.
    pub fn converted(
        &self,
        minor: i64,
        currency: &str,
        rates: &Rates,
        at: Time,
    ) -> Result<i64, EventError> {
        let own = &self.more.currency;
        let decimals = self.decimals_in(currency)?;
        if currency.is_empty() || currency == own {
            return Ok(minor);
        }
        rates
            .convert((minor, currency, decimals), (own, self.decimals), at)
            .map_err(|error| EventError::Rate(error.to_string()))
    }

    /// The digest of the definition: equal for definitions that say the same.
    pub fn digest(&self) -> String {
        canonical::digest(self).to_string()
    }

    /// The KPIs it is made of.
    pub fn parts(&self) -> Vec<&str> {
        match &self.more.made {
            Made::OfEvents => Vec::new(),
            Made::OfTwo {
                numerator,
                denominator,
            } => vec![numerator, denominator],
            Made::OfQuantile { of, .. } => vec![of],
        }
    }
}

/// Which definition of a KPI a rollout is measured by: fixed at its start, whatever becomes of the
/// library's definition later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Which KPI.
    pub kpi: String,
    /// The digest of the definition.
    pub digest: String,
    /// The commit that brought the definition, where it is known.
    pub commit: Option<String>,
    /// Totals of single units above this count as this, in the KPI's smallest unit.
    pub cap: Option<i64>,
}

/// Where totals are cut: a quantile of those above 0, rounded up; `None` where there are too few.
pub fn usual_cap(totals: impl Iterator<Item = i64>, share_bp: u32) -> Option<i64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "totals of one unit lie far below 2^53"
    )]
    let values: Vec<f64> = totals
        .filter(|total| *total > 0)
        .map(|total| total as f64)
        .collect();
    if values.len() < HISTORY_UNITS_MIN {
        return None;
    }
    let found = Sorted::new(values)?.quantile(f64::from(share_bp) / 10_000.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "between two totals")]
    let cap = found.ceil() as i64;
    Some(cap)
}

#[cfg(test)]
mod tests;
