//! Guards of rollouts: what is planned, what they have found, and their decisions computed again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A KPI limit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Guard {
    /// Which KPI.
    pub kpi: String,
    /// Which movement is harm: `decrease` or `increase`; by the KPI's direction where not given.
    #[serde(default)]
    pub harm: Option<String>,
    /// The relative loss that is tolerated; 0 where not given.
    #[serde(default)]
    pub margin: f64,
    /// What happens on a breach; roll back where not given. `roll-back`: everybody gets the old
    /// release again. `pause`: the rollout stands still until a person decides. `hold`: it runs on at
    /// its stage, and no further stage comes until a person lets it. `escalate`: it goes on, and
    /// people are told along the ladder.
    #[serde(default)]
    pub action: Option<String>,
    /// Instead of a margin: the new version's own level shall never lie above this, in the KPI's
    /// unit; 0.003 is a rate of 0.3 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// Instead of a margin: the new version may be worse than the old one by so much, in the KPI's
    /// unit; 0.001 is a tenth of a percentage point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
    /// Watches people apart by this: `channel`, or an attribute of exposures such as `region`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// The values to watch, at most 20; those that the library knows where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
}

/// A guard's state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GuardState {
    /// `decrease` or `increase`.
    pub harm: String,
    /// The relative loss that is tolerated.
    pub margin: f64,
    /// `roll-back`, `pause`, `hold` or `escalate`.
    pub action: String,
    /// The natural logarithm of its E-value.
    pub log_e: f64,
    /// Whether it decided.
    pub fired: bool,
}

/// A guard on one arm, or one cohort of it, with what it has found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WatchedGuard {
    /// Which KPI.
    pub kpi: String,
    /// Its title.
    pub title: String,
    /// The arm it watches.
    pub arm: u8,
    /// How that arm is called in sentences.
    pub name: String,
    /// The cohort, as `facet=value`, where the guard tells cohorts apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// What it is against, in words: `a fall by more than 5 %`, `more than 0.3 %`.
    pub against: String,
    /// `roll-back`, `pause`, `hold` or `escalate`.
    pub action: String,
    /// The natural logarithm of its E-value.
    pub log_e: f64,
    /// Whether it decided.
    pub fired: bool,
}

/// A guard that decided.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Fired {
    /// The arm that did harm.
    #[serde(default)]
    pub arm: u8,
    /// Its KPI.
    pub kpi: String,
    /// The cohort that is harmed, as `facet=value`, where the guard tells cohorts apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// `roll-back`, `pause`, `hold` or `escalate`.
    pub action: String,
    /// The time of the event that crossed the threshold.
    pub at: String,
    /// The natural logarithm of the combined E-value.
    pub log_e: f64,
    /// Exposed units at that event, control first.
    pub exposed: Vec<u64>,
    /// One sentence for people.
    pub sentence: String,
}

/// What computing a rollout again from the stored events came to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// Which rollout.
    pub number: i64,
    /// Events that were read.
    pub events: u64,
    /// Exposed units, control first.
    pub exposed: Vec<u64>,
    /// What guards decided, in order.
    pub fired: Vec<Fired>,
    /// The decisions are those that were kept, to the last digit.
    pub decisions_equal: bool,
    /// All statistics are those that were kept, to the last digit.
    pub statistics_equal: bool,
    /// Every look that was written down in the audit log, oldest first.
    #[serde(default)]
    pub looks: Vec<ReplayedLook>,
    /// Every look comes to the same again.
    #[serde(default)]
    pub looks_equal: bool,
    /// One sentence for people.
    pub sentence: String,
}

/// A look that was written down, computed again from the stored events.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReplayedLook {
    /// The place of its entry in the audit log.
    pub seq: i64,
    /// What the entry says was done, e.g. `rollout.looked`.
    pub action: String,
    /// Why it was kept, in words.
    pub why: String,
    /// When.
    pub at: String,
    /// The newest event that is in it.
    pub through: i64,
    /// Exposed units then, control first.
    pub exposed: Vec<u64>,
    /// The natural logarithm of the combined E-value then.
    pub log_e: f64,
    /// The verdict then.
    pub outcome: String,
    /// It comes to the same again, to the last digit.
    pub equal: bool,
}
