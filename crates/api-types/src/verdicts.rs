//! Verdicts on rollouts: one answer, and what it rests on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rollouts::Interval;

/// One answer from all that was measured, valid at every look.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// `better`, `worse`, `not-worse`, `no-difference`, `not-enough`, `held`, `stopped`, `no-goal`
    /// or `for-reading`.
    pub outcome: String,
    /// One honest sentence.
    pub sentence: String,
    /// The arm it is about.
    pub arm: Option<u8>,
    /// Units exposed so far, all arms.
    pub units: u64,
    /// Units at which a decision is planned.
    pub planned_units: u64,
    /// Days until then, at the pace so far.
    pub days_left: Option<f64>,
    /// What it rests on, arm by arm.
    pub treatments: Vec<TreatmentVerdict>,
    /// How far the windows of a switchback have come, which count instead of units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<WindowsVerdict>,
}

/// Pairs of windows.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WindowsVerdict {
    /// Pairs that count.
    pub pairs: u32,
    /// Pairs at which a decision is planned.
    pub planned: u32,
    /// Pairs that are over and do not count.
    pub left_out: u32,
}

/// What the goal says of one new arm.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TreatmentVerdict {
    /// Which arm.
    pub arm: u8,
    /// What it brings, at the start of a sentence.
    pub name: String,
    /// `better`, `worse` or `open`.
    pub claim: String,
    /// The relative change of the goal with its always-valid interval; 0.08 is 8 % more.
    pub lift: Option<Interval>,
    /// The same as a difference, in the KPI's smallest unit.
    #[serde(default)]
    pub absolute: Option<Interval>,
    /// The difference in words: `+1.0 points (between +0.4 and +1.6)`.
    #[serde(default)]
    pub absolute_words: String,
    /// The p-value of "no change", valid at every look and corrected for all new arms (Holm).
    pub p: Option<f64>,
    /// The same corrected for the rate of false discoveries only (Benjamini and Hochberg); for
    /// reading, claims rest on `p`.
    #[serde(default)]
    pub p_discovery: Option<f64>,
    /// How likely it is better by Bayes' rule with a flat prior; for reading, not for deciding.
    pub chance_to_win: Option<f64>,
    /// Whether the guarded KPIs beside the goal are shown to be unharmed.
    pub safety: Vec<Safety>,
    /// The part of the variance that is gone because of what was known before the exposure, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance_reduction: Option<f64>,
    /// The same in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance_words: Option<String>,
    /// The rule for shipping holds: better, no guarded KPI worse than its margin, no guard decided,
    /// and the split is as planned.
    #[serde(default)]
    pub ships: bool,
}

/// Whether a guarded KPI is shown to be unharmed, by its guard's kind of limit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Safety {
    /// Its id.
    pub kpi: String,
    /// The title shown.
    pub title: String,
    /// In whom, as `facet=value`, where the guard tells cohorts apart; in everybody where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// What kind of limit: `share` of the old version's mean, `difference` to it, or the new
    /// version's own `level`.
    #[serde(default)]
    pub within: String,
    /// What it must stay within: a share, or a number in the KPI's smallest unit.
    pub margin: f64,
    /// Who says so: `rollout`, `definition`, `guard`, or `usual` where nobody does.
    #[serde(default)]
    pub from: String,
    /// The largest loss still possible, or the highest level.
    pub loss_at_most: Option<f64>,
    /// Shown to stay within the limit.
    pub shown: bool,
    /// Whether a version is not called safe before it is shown; `false` for cohorts of too few people.
    #[serde(default)]
    pub needed: bool,
    /// All of it in a sentence.
    #[serde(default)]
    pub words: String,
}
