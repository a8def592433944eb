//! Planning a rollout: how many units it needs and how long that takes.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What is planned. What is not given is taken from the newest rollout that measured the KPI.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskPlan {
    /// The KPI to be moved; needed.
    #[serde(default)]
    pub kpi: String,
    /// The relative change to be seen, e.g. `0.05` for 5 % more, `-0.05` for 5 % less; needed.
    #[serde(default)]
    pub lift: f64,
    /// The prompt it is about; then only its own rollouts are looked at.
    pub prompt: Option<String>,
    /// A conversion's share of units (0.05 for 5 %), or the mean per unit in the KPI's unit.
    pub baseline: Option<f64>,
    /// The standard deviation between units, for values and counts.
    pub sd: Option<f64>,
    /// Units a day that ask for the prompt.
    pub daily_units: Option<f64>,
    /// How many arms, the control among them; 2 where not given.
    pub arms: Option<usize>,
    /// The share of units in the rollout, in basis points; 10000 where not given.
    pub coverage: Option<u32>,
    /// The chance to call a difference where there is none; 0.05 where not given.
    pub alpha: Option<f64>,
    /// The chance to see the change if it is there; 0.8 where not given.
    pub power: Option<f64>,
    /// The chance of a false roll-back by a guard; 0.01 where not given.
    pub guard_alpha: Option<f64>,
    /// How long a window is, in seconds, where time is to be cut into windows: a switchback.
    pub window_seconds: Option<i64>,
    /// The standard deviation of the differences within pairs of windows, in the KPI's unit; known from
    /// an earlier switchback, or from how far people lie apart, where not given.
    pub pair_sd: Option<f64>,
}

/// What pairs of windows come to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanWindows {
    /// Pairs of windows, looked at after each.
    pub pairs: f64,
    /// Days.
    pub days: f64,
    /// The standard deviation of the differences within pairs, in the KPI's unit.
    pub pair_sd: f64,
    /// The earlier switchback from which that is known.
    pub rollout: Option<i64>,
    /// The same in a sentence.
    pub sentence: String,
}

/// What a plan comes to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RolloutForecast {
    /// The plan in a sentence.
    pub sentence: String,
    /// A conversion's share of units, or the mean per unit in the KPI's unit.
    pub baseline: f64,
    /// The standard deviation between units; absent for conversions.
    pub sd: Option<f64>,
    /// Units a day; absent where nobody knows.
    pub daily_units: Option<f64>,
    /// Looked at all the time, as Variorum does.
    pub any_time: PlanNeed,
    /// Looked at once, at the end, and never before.
    pub once: PlanNeed,
    /// When a guard would notice a fall of the same size; for conversions.
    pub guard: Option<PlanNeed>,
    /// The smallest relative change that is seen by which day.
    pub curve: Vec<PlanPoint>,
    /// The same in windows, where they are asked for and can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<PlanWindows>,
    /// What was measured before.
    pub known: Option<PlanKnown>,
}

/// Units and days.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanNeed {
    /// Units of each arm.
    pub per_arm: u64,
    /// Units of all arms.
    pub total: u64,
    /// Days at the given traffic.
    pub days: Option<f64>,
}

/// A day of the curve.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanPoint {
    /// The day, counted from the start.
    pub day: u32,
    /// Units of all arms by then.
    pub units: f64,
    /// The smallest relative change that is seen.
    pub lift: f64,
}

/// What an earlier rollout measured.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanKnown {
    /// The rollout's number.
    pub rollout: i64,
    /// The rate or mean of its control arm.
    pub baseline: f64,
    /// The standard deviation between its units.
    pub sd: f64,
    /// Units of the control arm.
    pub units: u64,
    /// Units a day at full coverage.
    pub daily_units: Option<f64>,
    /// When it was measured last, RFC 3339.
    pub until: String,
}
