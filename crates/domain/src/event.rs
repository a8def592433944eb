//! Events: "this unit got this version" and "this happened to that unit".

use serde_json::Value;
use thiserror::Error;

use crate::id::{RolloutNumber, Time};
use crate::limits::{
    ARMS_PER_ROLLOUT_MAX, EVENT_AGE_DAYS_MAX, EVENT_AHEAD_SECONDS_MAX, EVENT_ATTRIBUTES_BYTES_MAX,
    EVENT_ID_BYTES_MAX, OUTCOME_VALUE_MAX, UNIT_BYTES_MAX,
};

/// How the name begins that a unit gets when it is erased. What follows is random.
pub const ERASED_PREFIX: &str = "erased:";

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The unit got a version.
    Exposure,
    /// Something happened to the unit.
    Outcome,
}

impl EventKind {
    /// The number under which the kind is stored.
    pub fn code(self) -> i64 {
        match self {
            Self::Exposure => 1,
            Self::Outcome => 2,
        }
    }

    /// The kind stored under a number.
    pub fn from_code(code: i64) -> Option<Self> {
        match code {
            1 => Some(Self::Exposure),
            2 => Some(Self::Outcome),
            _ => None,
        }
    }
}

/// One event as it is stored. Texts that are not given are empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The sender's id; the same id is counted once.
    pub id: String,
    /// Exposure or outcome.
    pub kind: EventKind,
    /// When it happened.
    pub time: Time,
    /// To whom.
    pub unit: String,
    /// Which prompt, where known.
    pub prompt: String,
    /// Which rollout, where known.
    pub rollout: Option<RolloutNumber>,
    /// Which arm, for an exposure.
    pub arm: Option<u8>,
    /// Which KPI, for an outcome.
    pub kpi: String,
    /// How much, in the KPI's smallest unit; 1 for a conversion.
    pub value: i64,
    /// Through which channel.
    pub channel: String,
    /// Anything else, as JSON text.
    pub attributes: String,
}

/// Why one event of a batch is refused. The others are not affected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EventError {
    /// A field is missing.
    #[error("`{0}` is missing or empty")]
    Missing(&'static str),
    /// A field is over its limit.
    #[error("`{field}` is longer than {max} bytes")]
    TooLong {
        /// Which field.
        field: &'static str,
        /// The limit.
        max: usize,
    },
    /// The event is too old to be counted.
    #[error("`time` is more than {0} days ago")]
    TooOld(i64),
    /// The event lies in the future.
    #[error(
        "`time` is more than {EVENT_AHEAD_SECONDS_MAX} seconds in the future; is the sender's clock right?"
    )]
    Ahead,
    /// The value does not fit the KPI.
    #[error("`value` {0}")]
    Value(&'static str),
    /// The currency is none.
    #[error("`{0}` is no currency; three letters name one, e.g. EUR")]
    Currency(String),
    /// No rate is known for that day.
    #[error("{0}; add it under `rates`")]
    Rate(String),
    /// Nothing can be reported for a KPI that is made of others.
    #[error("KPI `{0}` is made of other KPIs; report what happened for those")]
    Made(String),
    /// The library defines no such KPI.
    #[error("the library defines no KPI `{0}`")]
    UnknownKpi(String),
    /// An exposure names no arm of a rollout.
    #[error(
        "`arm` must be an arm of the rollout when `rollout` is given: 0 (control), 1 (treatment) or a further one"
    )]
    Arm,
    /// A text holds a NUL character, which PostgreSQL cannot store.
    #[error("`{0}` holds a NUL character")]
    Nul(&'static str),
}

impl EventError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing-field",
            Self::TooLong { .. } => "too-long",
            Self::TooOld(_) => "too-old",
            Self::Ahead => "in-the-future",
            Self::Value(_) => "bad-value",
            Self::UnknownKpi(_) => "unknown-kpi",
            Self::Rate(_) => "no-rate",
            Self::Currency(_) => "bad-currency",
            Self::Made(_) => "bad-kpi",
            Self::Arm => "bad-arm",
            Self::Nul(_) => "bad-character",
        }
    }
}

impl Event {
    /// Checks one event against the limits and the clock.
    pub fn check(&self, now: Time) -> Result<(), EventError> {
        self.check_within(now, EVENT_AGE_DAYS_MAX)
    }

    /// The same for an event that may be older: so many days.
    pub fn check_within(&self, now: Time, days_max: i64) -> Result<(), EventError> {
        check_text("id", &self.id, EVENT_ID_BYTES_MAX, true)?;
        check_text("unit", &self.unit, UNIT_BYTES_MAX, true)?;
        check_text("prompt", &self.prompt, 1_024, false)?;
        check_text("kpi", &self.kpi, 128, self.kind == EventKind::Outcome)?;
        check_text("channel", &self.channel, 64, false)?;
        check_text(
            "attributes",
            &self.attributes,
            EVENT_ATTRIBUTES_BYTES_MAX,
            false,
        )?;
        if self.time < now.plus_seconds(-days_max * 86_400) {
            return Err(EventError::TooOld(days_max));
        }
        if self.time > now.plus_seconds(EVENT_AHEAD_SECONDS_MAX) {
            return Err(EventError::Ahead);
        }
        if self.value.abs() > OUTCOME_VALUE_MAX {
            return Err(EventError::Value(
                "is beyond a million million of the smallest unit",
            ));
        }
        let arm_fits = match (self.kind, self.rollout) {
            (EventKind::Exposure, Some(_)) => self
                .arm
                .is_some_and(|arm| usize::from(arm) < ARMS_PER_ROLLOUT_MAX),
            _ => true,
        };
        if arm_fits {
            Ok(())
        } else {
            Err(EventError::Arm)
        }
    }
}

fn check_text(field: &'static str, text: &str, max: usize, needed: bool) -> Result<(), EventError> {
    if needed && text.is_empty() {
        return Err(EventError::Missing(field));
    }
    if text.len() > max {
        return Err(EventError::TooLong { field, max });
    }
    if text.contains('\0') {
        return Err(EventError::Nul(field));
    }
    Ok(())
}

/// A value with decimals as an integer of the KPI's smallest unit; 12.34 EUR becomes 1234.
///
/// Exact for amounts below about 10^12; more decimals than the KPI has are refused, not rounded.
pub fn minor_units(value: &Value, decimals: u32) -> Result<i64, EventError> {
    if decimals == 0
        && let Some(whole) = value.as_i64()
    {
        return Ok(whole);
    }
    let amount = value
        .as_f64()
        .ok_or(EventError::Value("must be a number"))?;
    let scaled = amount * 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    let rounded = scaled.round();
    if !scaled.is_finite() || rounded.abs() > 1e15 {
        return Err(EventError::Value("is too large"));
    }
    if (scaled - rounded).abs() > 1e-6 * scaled.abs().max(1.0) {
        return Err(EventError::Value("has more decimals than the KPI defines"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to lie within 10^15"
    )]
    let whole = rounded as i64;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_become_whole_minor_units() {
        assert_eq!(minor_units(&json!(12.34), 2), Ok(1234));
        assert_eq!(minor_units(&json!(7), 2), Ok(700));
        assert_eq!(minor_units(&json!(-0.1), 2), Ok(-10));
        assert!(minor_units(&json!(0.125), 2).is_err());
        assert!(minor_units(&json!("7"), 0).is_err());
        assert!(minor_units(&json!(1e300), 2).is_err());
    }
}
