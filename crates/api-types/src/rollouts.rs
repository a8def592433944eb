//! Rollouts: a new release beside the old one, under guards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::activity::Entry;
use crate::decisions::{ConfirmedDecision, Decision};
pub use crate::designs::{StartSwitchback, Switchback, SwitchbackWindow};
pub use crate::guards::{Fired, Guard, GuardState, Replayed, ReplayedLook, WatchedGuard};
pub use crate::verdicts::{Safety, TreatmentVerdict, Verdict};

/// Starts a rollout.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StartRollout {
    /// The environment; the library's first where not given.
    #[serde(default)]
    pub environment: Option<String>,
    /// The title shown.
    pub title: String,
    /// The new release.
    pub release: i64,
    /// The prompt it is about; found by itself where exactly one changes.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Coverage of each stage in basis points, all arms together, e.g. `[1000, 5000, 10000]`.
    #[serde(default)]
    pub stages: Vec<u32>,
    /// The share of the new release inside the coverage, in basis points; an equal share where not
    /// given, 5000 of two arms.
    #[serde(default)]
    pub treatment_share: Option<u32>,
    /// The name shown for the arm of the new release.
    #[serde(default)]
    pub treatment_name: String,
    /// Further new releases to compare at the same time, each in an arm of its own; at most 8.
    #[serde(default)]
    pub further: Vec<FurtherArm>,
    /// The KPI it is meant to improve.
    #[serde(default)]
    pub goal: Option<String>,
    /// What is expected, in words.
    #[serde(default)]
    pub hypothesis: String,
    /// The guards.
    #[serde(default)]
    pub guards: Vec<Guard>,
    /// The chance of a false roll-back over the whole rollout; 0.01 where not given.
    #[serde(default)]
    pub alpha: Option<f64>,
    /// The number of units at which a decision is planned; 40000 where not given.
    #[serde(default)]
    pub planned_units: Option<u64>,
    /// Units are assigned elsewhere and exposures report the arm.
    #[serde(default)]
    pub external_assignment: bool,
    /// Nobody gets the new release: it is filled in beside what is live, and what differs is counted.
    #[serde(default)]
    pub shadow: bool,
    /// Time is cut into windows, and in each of them everybody gets one arm.
    #[serde(default)]
    pub switchback: Option<StartSwitchback>,
    /// It begins by itself at this moment, RFC 3339; at once where not given. The first window of a
    /// switchback begins then, or with the next full hour.
    #[serde(default)]
    pub starts_at: Option<String>,
    /// When the second stage and further ones come by themselves, in their order; a stage without an
    /// entry waits for a person.
    #[serde(default)]
    pub schedule: Vec<StageTime>,
    /// What units did in so many days before their exposure takes out what of their outcomes was
    /// known before, so that fewer units are enough; 1 to 60, not used where not given.
    #[serde(default)]
    pub pre_period_days: Option<u32>,
    /// How much worse a KPI may be, as a share, and a version still be called no worse: of guarded
    /// KPIs, before what their definitions and guards say, and of the goal. A goal that has such a
    /// margin may be decided as `not-worse`.
    #[serde(default)]
    pub not_worse_by: BTreeMap<String, f64>,
    /// The layer whose rollouts never share a unit.
    #[serde(default)]
    pub layer: Option<LayerShare>,
    /// What must hold of a unit for it to take part; all of them.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// When a stage comes by itself: with both, when both hold; never while a guard has half of the
/// evidence at which it decides, the split does not fit, or the environment is frozen.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct StageTime {
    /// Not before this moment, RFC 3339.
    #[serde(default)]
    pub at: Option<String>,
    /// Not before so many people were exposed.
    #[serde(default)]
    pub people: Option<u64>,
}

/// A part of a layer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LayerShare {
    /// The layer's name.
    pub name: String,
    /// The share of all units that the rollout has for itself, in basis points.
    pub share: u32,
}

/// Something that must hold of a unit; give one of the tests.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Condition {
    /// The attribute: `channel`, `brand`, `region` or any that is sent with the request.
    pub attribute: String,
    /// It is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<String>>,
    /// It is none of these, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none_of: Option<Vec<String>>,
    /// It is a number and at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// It is a number and at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}

/// A further arm.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FurtherArm {
    /// The release its units get.
    pub release: i64,
    /// The name shown.
    #[serde(default)]
    pub name: String,
    /// Its share inside the coverage, in basis points; an equal share where not given.
    #[serde(default)]
    pub share: Option<u32>,
}

/// Finishes a rollout.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct FinishRollout {
    /// The arm whose release everybody gets; needed only where several new ones are left.
    #[serde(default)]
    pub arm: Option<u8>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// An arm of a rollout.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RolloutArm {
    /// Its number: 0 for the control.
    pub arm: u8,
    /// The name shown; empty where the release says enough.
    pub name: String,
    /// The release its units get.
    pub release: i64,
    /// The version of the prompt in that release.
    pub version: Option<i64>,
    /// Its share inside the coverage, in basis points.
    pub share: u32,
    /// Exposed units.
    pub exposed: u64,
    /// Since when and why its units get the old release again, while other arms go on.
    pub stopped: Option<Ending>,
    /// What speaks against giving everybody its release; finishing with it takes a second person then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection: Option<String>,
}

/// A rollout in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Rollout {
    /// Its number, shown as `R-12`.
    pub number: i64,
    /// The title shown.
    pub title: String,
    /// The environment.
    pub environment: String,
    /// The prompt it is about.
    pub prompt: Option<String>,
    /// The release that was live.
    pub control: i64,
    /// The new release.
    pub treatment: i64,
    /// The version of the prompt in the old release.
    pub control_version: Option<i64>,
    /// The version of the prompt in the new release.
    pub treatment_version: Option<i64>,
    /// `running`, `paused`, `finished` or `rolled-back`.
    pub state: String,
    /// The coverage of each stage, in basis points.
    pub stages: Vec<u32>,
    /// The current stage, counted from 0.
    pub stage: usize,
    /// The coverage now, in basis points.
    pub coverage: u32,
    /// When it started.
    pub started_at: String,
    /// Who started it.
    pub started_by: String,
    /// How it ended.
    pub ending: Option<Ending>,
    /// What keeps it at its stage until a person lets it go on, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Its verdict in one sentence.
    pub sentence: String,
    /// Exposed units, control first.
    pub exposed: Vec<u64>,
    /// The arms, control first.
    #[serde(default)]
    pub arms: Vec<RolloutArm>,
    /// `split`, `shadow`, `hold-out` or `switchback`.
    #[serde(default)]
    pub design: String,
    /// When a hold-out ends by itself.
    #[serde(default)]
    pub until: Option<String>,
    /// The decision against the verdict that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// How a rollout ended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Ending {
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Whether a guard decided it.
    pub by_guard: bool,
    /// Why.
    pub reason: String,
    /// The arm that everybody gets since then.
    #[serde(default)]
    pub arm: Option<u8>,
}

/// A rollout with everything measured.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RolloutDetail {
    /// The rollout.
    #[serde(flatten)]
    pub rollout: Rollout,
    /// What is expected, in words.
    pub hypothesis: String,
    /// The goal's KPI id.
    pub goal: Option<String>,
    /// The chance of a false roll-back over the whole rollout.
    pub alpha: f64,
    /// The KPIs, the goal first.
    pub kpis: Vec<KpiResult>,
    /// The natural logarithm of the combined E-value of all guards, of the arm with the most.
    pub log_e: f64,
    /// The threshold at which a guard decides: ln(treatments/alpha).
    pub threshold: f64,
    /// How well the split fits the plan.
    pub split: Split,
    /// Units exposed to more than one arm; they count for the first.
    pub both_arms: u64,
    /// Everything that is watched: each guard on each new arm, cohort by cohort.
    #[serde(default)]
    pub guards: Vec<WatchedGuard>,
    /// The guard that decided first, if one has.
    pub fired: Option<Fired>,
    /// The part of a layer that is its own.
    #[serde(default)]
    pub layer: Option<LayerShare>,
    /// What must hold of a unit for it to take part.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// Days before the exposure whose outcomes take out what was known before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pre_period_days: Option<u32>,
    /// How time is cut in a switchback, and what became of its windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switchback: Option<Switchback>,
    /// How much worse KPIs may be, as a share, where the rollout says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_worse_by: BTreeMap<String, f64>,
    /// When it begins, where it is still to begin.
    #[serde(default)]
    pub starts_at: Option<String>,
    /// When the stages after the first come by themselves.
    #[serde(default)]
    pub schedule: Vec<StageTime>,
    /// What guards decided on other arms after that.
    #[serde(default)]
    pub fired_later: Vec<Fired>,
    /// The verdict: of now, or of the moment at which it ended; missing before anything was measured.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// What two people decided against the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided: Vec<ConfirmedDecision>,
    /// Changes of stage.
    pub stage_log: Vec<StageChange>,
    /// What happened, newest first.
    pub entries: Vec<Entry>,
}

/// One KPI of a rollout.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KpiResult {
    /// Which.
    pub kpi: String,
    /// The title shown.
    pub title: String,
    /// `conversion`, `value` or `count`.
    pub kind: String,
    /// `up` or `down`.
    pub direction: String,
    /// The unit shown.
    pub unit: String,
    /// Digits after the decimal point; means and differences are in the smallest unit.
    pub decimals: u32,
    /// Whether it is the goal.
    pub goal: bool,
    /// The guard on it, if there is one.
    pub guard: Option<GuardState>,
    /// The old release's arm.
    pub control: ArmResult,
    /// The new release's arm; of several the first.
    pub treatment: ArmResult,
    /// The difference, where there is enough data.
    pub difference: Option<Interval>,
    /// One sentence, e.g. `Version 13 brings 0.9 points fewer first orders, somewhere between 0.3 and
    /// 1.6 fewer.`
    pub sentence: String,
    /// `harm`, `better`, `no-difference` or `collecting`.
    pub state: String,
    /// The difference over time.
    pub series: Vec<Point>,
    /// Which definition of the KPI this is measured by, fixed at the start.
    #[serde(default)]
    pub definition: Option<KpiDefinition>,
    /// Every arm that gets something new, beside the control.
    #[serde(default)]
    pub treatments: Vec<TreatmentResult>,
}

/// A definition of a KPI.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KpiDefinition {
    /// The digest of the definition.
    pub digest: String,
    /// The commit that brought it.
    pub commit: Option<String>,
    /// Totals of single units above this count as this, in the smallest unit.
    pub cap: Option<i64>,
    /// Whether the library defines the KPI in the same way today.
    pub current: bool,
}

/// One new arm beside the control.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TreatmentResult {
    /// Its number, from 1.
    pub arm: u8,
    /// How it is called in sentences: its name, its version or its release.
    pub name: String,
    /// Its sums.
    pub sums: ArmResult,
    /// The difference to the control, where there is enough data.
    pub difference: Option<Interval>,
    /// The guard on this KPI and arm, if there is one.
    pub guard: Option<GuardState>,
    /// One sentence.
    pub sentence: String,
    /// `harm`, `better`, `no-difference` or `collecting`.
    pub state: String,
    /// The difference over time.
    pub series: Vec<Point>,
}

/// The exact sums of one arm.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ArmResult {
    /// Exposed units.
    pub units: u64,
    /// The sum of the units' totals, as a decimal integer of the smallest unit.
    pub sum: String,
    /// The sum of their squares, likewise.
    pub sum_of_squares: String,
    /// The mean per unit, in the smallest unit; of a ratio one sum over the other.
    pub mean: f64,
    /// What a ratio divides by; `sum` is what it divides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divisor: Option<Divisor>,
    /// What units did before their exposure, where the plan looks at that; `sum_of_products` is with
    /// what they did after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Divisor>,
    /// The interval of a quantile at 95 %, from ranks; `mean` is the quantile then. For one look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantile: Option<QuantileEnds>,
}

/// The ends of the interval of a quantile, in the smallest unit; one is missing where too few units
/// lie beyond.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QuantileEnds {
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// The second amount of a ratio, as decimal integers of the smallest unit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Divisor {
    /// The sum of the units' totals.
    pub sum: String,
    /// The sum of their squares.
    pub sum_of_squares: String,
    /// The sum of the products of both totals of each unit.
    pub sum_of_products: String,
}

/// An estimate with its always-valid 95 % interval.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Interval {
    /// Treatment minus control, in the smallest unit.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A point of a curve.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Point {
    /// Exposed units, all arms.
    pub units: u64,
    /// When.
    pub at: String,
    /// The difference.
    pub difference: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The split of units.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Split {
    /// The planned shares in basis points, control first.
    pub planned: Vec<u32>,
    /// The exposed units, control first.
    pub exposed: Vec<u64>,
    /// The chi-square p-value.
    pub p: f64,
    /// The split does not fit the plan; results are not to be trusted.
    pub alarm: bool,
}

/// A change of stage.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StageChange {
    /// When.
    pub at: String,
    /// Which stage, counted from 0.
    pub stage: usize,
    /// The coverage from then on, in basis points.
    pub coverage: u32,
}

/// Which rollouts to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListRollouts {
    /// Only those that run.
    pub open: Option<bool>,
    /// Only numbers below this one.
    pub below: Option<i64>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// A page of rollouts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RolloutPage {
    /// Rollouts, newest first.
    pub items: Vec<Rollout>,
    /// Pass as `below` to get older ones.
    pub next: Option<i64>,
}
