//! Questions over all events: effects by cohort, KPIs over time, who comes back.
//!
//! Means, differences and sums are in the KPI's smallest unit.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What is measured.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KpiInfo {
    /// Its id.
    pub id: String,
    /// The title shown.
    pub title: String,
    /// `conversion`, `value`, `count`, `ratio` or `quantile`.
    pub kind: String,
    /// Which way is good: `up` or `down`.
    pub direction: String,
    /// The unit shown, e.g. `EUR`.
    pub unit: String,
    /// Digits after the decimal point; 1234 with 2 is 12.34.
    pub decimals: u32,
    /// How long after an exposure an outcome counts.
    pub window_seconds: i64,
    /// Who answers for it; empty where nobody is named.
    pub owner: String,
    /// The attributes by which it is looked at in parts.
    pub segments: Vec<String>,
    /// The KPIs it is made of, where it is made of others.
    pub made_of: Vec<String>,
}

/// The cohorts of a rollout.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskCohorts {
    /// The rollout's number; needed.
    #[serde(default)]
    pub rollout: i64,
    /// Which of its KPIs; its goal where not given.
    pub kpi: Option<String>,
    /// By what units are told apart: up to three of `channel`, `returning` and attributes of the
    /// exposures, separated by commas; the segments of the KPI, else the channel, where not given.
    #[serde(default)]
    pub by: String,
}

/// Effects by cohort.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Cohorts {
    /// The rollout's number.
    pub rollout: i64,
    /// Its title.
    pub title: String,
    /// What is measured, as it was defined when the rollout began.
    pub kpi: KpiInfo,
    /// By what units are told apart.
    pub by: Vec<String>,
    /// By what they could be.
    pub facets: Vec<String>,
    /// The names of the arms, control first.
    pub arms: Vec<String>,
    /// The cohorts, the largest first; at most 20, the last being all others.
    pub cohorts: Vec<Cohort>,
    /// How many cohorts are in "other".
    pub poured: usize,
    /// All units together.
    pub total: Vec<CohortArm>,
    /// Each treatment against control.
    pub comparisons: Vec<CohortComparison>,
    /// How many events may have come that are not counted yet.
    pub missing: i64,
}

/// One cohort.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Cohort {
    /// Its level of each facet.
    pub labels: Vec<String>,
    /// It is all smaller cohorts together.
    pub is_rest: bool,
    /// Its arms, control first.
    pub arms: Vec<CohortArm>,
}

/// The units of one arm in a cohort.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CohortArm {
    /// How many.
    pub units: u64,
    /// The sum of their totals, exact, as text.
    pub sum: String,
    /// The mean per unit.
    pub mean: Option<f64>,
}

/// One treatment against control.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CohortComparison {
    /// The arm.
    pub arm: usize,
    /// What it says, the most important first.
    pub sentences: Vec<String>,
    /// The effects, in the order of the cohorts.
    pub effects: Vec<CohortEffect>,
    /// All cohorts together.
    pub overall: Option<CohortOverall>,
    /// Whether the cohorts differ; absent where there are fewer than two to compare.
    pub heterogeneity: Option<CohortHeterogeneity>,
    /// `every` or `weighted` where the whole contradicts the cohorts (Simpson's paradox).
    pub reversal: Option<String>,
}

/// The effect in one cohort.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CohortEffect {
    /// Treatment minus control.
    pub difference: Option<f64>,
    /// The difference over the control's mean.
    pub relative: Option<f64>,
    /// The lower end of an interval that holds at every look, for all cohorts together (95 %).
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// The p-value of this one look.
    pub p: Option<f64>,
    /// Corrected by Holm over the cohorts.
    pub p_holm: Option<f64>,
    /// Corrected by Benjamini and Hochberg.
    pub p_bh: Option<f64>,
}

/// All cohorts together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CohortOverall {
    /// The plain difference of all units.
    pub pooled: f64,
    /// Each cohort weighted by its share of all units.
    pub post_stratified: f64,
    /// The lower end of its 95 % interval at this one look.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Whether cohorts differ in their effect.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CohortHeterogeneity {
    /// Cochran's Q.
    pub q: f64,
    /// Its degrees of freedom.
    pub degrees: u32,
    /// The chance of a Q as large where all effects are equal.
    pub p: f64,
    /// The share of the variation that is more than chance.
    pub i_squared: f64,
}

/// A KPI over time.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskSeries {
    /// Which KPI; needed.
    #[serde(default)]
    pub kpi: String,
    /// Only exposures of this prompt.
    pub prompt: Option<String>,
    /// What makes lines: `version` (of the prompt), `channel` or an attribute; one line where not
    /// given.
    pub by: Option<String>,
    /// The first moment; 90 days ago where not given.
    pub from: Option<String>,
    /// The moment after the last; now where not given.
    pub until: Option<String>,
    /// `day` or `hour`; a day where not given.
    pub grain: Option<String>,
}

/// A KPI over time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Series {
    /// The KPI.
    pub kpi: KpiInfo,
    /// The first moment.
    pub from: String,
    /// The moment after the last.
    pub until: String,
    /// The lines.
    pub lines: Vec<SeriesLine>,
    /// What happened meanwhile, oldest first.
    pub markers: Vec<SeriesMarker>,
    /// What could make lines, beside `version`.
    pub facets: Vec<String>,
    /// How many events may have come that are not counted yet.
    pub missing: i64,
}

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SeriesLine {
    /// What it is of; empty where there is one line.
    pub label: String,
    /// Its points, in order; moments without exposures have none.
    pub points: Vec<SeriesPoint>,
}

/// One point.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SeriesPoint {
    /// When it begins.
    pub at: String,
    /// Exposed units.
    pub units: u64,
    /// The sum of their totals, exact, as text.
    pub sum: String,
    /// The mean per unit.
    pub mean: f64,
    /// The lower end of the 95 % band of this point by itself.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// All windows are over; before that the mean can only grow.
    pub complete: bool,
}

/// Something that happened and may be why a line moves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SeriesMarker {
    /// When.
    pub at: String,
    /// Of a rollout `rollout-started`, `finished` or `rolled-back`; of a release `went-live` or
    /// `restored`.
    pub kind: String,
    /// The rollout's number, where it is one.
    pub rollout: Option<i64>,
    /// The release's number, where one went live at once.
    pub release: Option<i64>,
    /// The title of the rollout, or the note of the release.
    pub title: String,
}

/// What baselines are asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskBaselines {
    /// Only of this prompt.
    pub prompt: Option<String>,
    /// Only of this KPI.
    pub kpi: Option<String>,
    /// Only versions that went live before this moment.
    pub before: Option<String>,
    /// How many at most, 50 where not given.
    pub limit: Option<usize>,
}

/// Versions that went live, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BaselinePage {
    /// The versions.
    pub items: Vec<VersionBaselines>,
}

/// A version that went live, and how the KPIs stood at that moment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VersionBaselines {
    /// When.
    pub at: String,
    /// Where.
    pub environment: String,
    /// `went-live`, `rolled-back`, `rollout-started` or `rollout-finished`.
    pub kind: String,
    /// The release.
    pub release: i64,
    /// The rollout that brought it.
    pub rollout: Option<i64>,
    /// Who did it.
    pub by: String,
    /// The prompt.
    pub prompt: String,
    /// The version that was live before.
    pub before: Option<i64>,
    /// The version; nothing where the prompt went.
    pub version: Option<i64>,
    /// How the KPIs stood, in the four weeks before.
    pub baselines: Vec<KpiBaseline>,
}

/// How one KPI stood.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KpiBaseline {
    /// Which KPI.
    pub kpi: String,
    /// The digest of its definition then.
    pub definition: String,
    /// What came, in the smallest unit; text, because it may exceed what numbers of JSON hold.
    pub numerator: String,
    /// Exposures, or days where none are reported.
    pub denominator: u64,
    /// Whether the denominator counts exposures.
    pub per_exposure: bool,
    /// Days that it rests on.
    pub days: usize,
    /// The first of them.
    pub from: String,
    /// The day after the last of them.
    pub until: String,
    /// One over the other, in the smallest unit.
    pub mean: f64,
    /// The lower end of the interval of 95 %, from how much days differ.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
}

/// Who comes back.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskRetention {
    /// What counts as coming back; needed.
    #[serde(default)]
    pub kpi: String,
    /// Only units exposed to this prompt.
    pub prompt: Option<String>,
    /// By what units are told apart: `channel` or an attribute; the channel where not given.
    pub by: Option<String>,
    /// How many weeks; 8 where not given, at most 26.
    pub weeks: Option<usize>,
}

/// Who comes back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Retention {
    /// What counts as coming back.
    pub kpi: KpiInfo,
    /// By what units are told apart.
    pub by: String,
    /// The curves, the largest cohort first.
    pub curves: Vec<RetentionCurve>,
    /// How many events may have come that are not counted yet.
    pub missing: i64,
}

/// The curve of one cohort.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RetentionCurve {
    /// The cohort.
    pub label: String,
    /// The weeks after the first exposure.
    pub weeks: Vec<RetentionWeek>,
}

/// One week after the first exposure.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RetentionWeek {
    /// Units for which the week is over.
    pub units: u64,
    /// Those of them with an outcome in it.
    pub back: u64,
}

/// The KPIs of the library.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KpiPage {
    /// All of them, by id.
    pub items: Vec<KpiInfo>,
}
