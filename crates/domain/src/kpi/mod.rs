//! KPIs: what is measured, and how a definition is told from the one before it.

mod parse;
mod rates;

use serde::{Deserialize, Serialize};

pub(crate) use parse::parse_all;
pub use rates::{Rate, RateError, Rates};

use crate::canonical;

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
    /// The attributes by which it is looked at in parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Kpi {
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

#[cfg(test)]
mod tests;
