//! KPIs that got worse outside of experiments.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which regressions to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListRegressions {
    /// Only those that are open or acknowledged.
    pub open: Option<bool>,
    /// Only numbers below this one.
    pub below: Option<i64>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// One day of a series.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SeriesDay {
    /// The day, e.g. `2026-11-28`.
    pub day: String,
    /// Exposures; 1 where none are reported.
    pub units: u64,
    /// Outcomes.
    pub outcomes: u64,
    /// What a unit brought, in the KPI's smallest unit; missing on days without units.
    pub value: Option<f64>,
}

/// One hour of a series.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SeriesHour {
    /// When it begins.
    pub at: String,
    /// Exposures; 1 where none are reported.
    pub units: u64,
    /// Outcomes.
    pub outcomes: u64,
    /// What a unit brought, in the KPI's smallest unit; missing in hours without units.
    pub value: Option<f64>,
    /// What this hour of the week brought in the weeks before, where that is known.
    pub usual: Option<f64>,
}

/// A prompt that was different afterwards.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TouchedPrompt {
    /// The prompt.
    pub prompt: String,
    /// The version before.
    pub from: Option<i64>,
    /// The version after.
    pub to: Option<i64>,
}

/// Something that may be behind it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Suspect {
    /// `went-live`, `rolled-back`, `rollout-started`, `rollout-finished` or `saved`.
    pub kind: String,
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// In a few words.
    pub title: String,
    /// What it points to, e.g. `release:4`, `rollout:R-2` or `version:` and a commit.
    pub target: String,
    /// The prompts that were different afterwards, at most twenty.
    pub touched: Vec<TouchedPrompt>,
    /// Days between it and the first day that is different; negative where it came after.
    pub days_before: f64,
    /// Whether it changed what the series is about.
    pub reaches: bool,
    /// What the order rests on: nearness and reach, 0 to 1. No proof.
    pub score: f64,
}

/// A KPI that got worse.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Regression {
    /// Its number.
    pub number: i64,
    /// `everything`, `prompt` or `channel`.
    pub about: String,
    /// Which prompt or channel; empty for everything.
    pub subject: String,
    /// The KPI.
    pub kpi: String,
    /// Its title.
    pub kpi_title: String,
    /// `conversion`, `value` or `count`.
    pub kind: String,
    /// `up` or `down`: which way is good.
    pub direction: String,
    /// The unit of the KPI.
    pub unit: String,
    /// Digits after the decimal point.
    pub decimals: u32,
    /// `open`, `acknowledged`, `dismissed` or `resolved`.
    pub state: String,
    /// What got worse, in a sentence.
    pub sentence: String,
    /// What changed just before, in a sentence.
    pub before_it: String,
    /// Whether it goes on getting worse, rather than having changed at once.
    pub drifts: bool,
    /// The first day that is different.
    pub day: String,
    /// The earliest day on which it may have begun.
    pub earliest: String,
    /// The latest.
    pub latest: String,
    /// Which look found it: `day` or `hour`.
    pub grain: String,
    /// The first hour that is different, where it was found by the hour.
    pub hour: Option<String>,
    /// The earliest hour in which it may have begun.
    pub earliest_hour: Option<String>,
    /// The latest.
    pub latest_hour: Option<String>,
    /// What a unit brought before, in the smallest unit.
    pub before: f64,
    /// What a unit brings since.
    pub after: f64,
    /// The change in relation to before.
    pub relative: f64,
    /// Days since.
    pub days: usize,
    /// Units since.
    pub units: u64,
    /// What is missing a day, in the smallest unit; negative where too much came of what is unwanted.
    pub missing_a_day: f64,
    /// What is missing since.
    pub missing: f64,
    /// Whether outcomes are counted on exposures; else on days.
    pub per_exposure: bool,
    /// Money at stake a day, in the smallest unit of `money_unit`; missing where no worth is known.
    pub money_a_day: Option<f64>,
    /// The unit of the money.
    pub money_unit: String,
    /// Digits after the decimal point of the money.
    pub money_decimals: u32,
    /// What the money rests on, or why there is none.
    pub money_basis: String,
    /// The standardised size of the change.
    pub score: f64,
    /// The limit that it is over.
    pub limit: f64,
    /// False alarms of this series that are accepted in a year.
    pub yearly: f64,
    /// What changed just before, the likeliest first.
    pub suspects: Vec<Suspect>,
    /// The newest days.
    pub series: Vec<SeriesDay>,
    /// The hours around it, where it was found by the hour and they are still kept.
    pub hours: Vec<SeriesHour>,
    /// When it was found.
    pub found_at: String,
    /// Who took it on or dismissed it.
    pub settled_by: Option<String>,
    /// When.
    pub settled_at: Option<String>,
    /// Why.
    pub settled_reason: Option<String>,
    /// When the series was back.
    pub resolved_at: Option<String>,
}

/// What the last look saw.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WatchLook {
    /// When.
    pub at: String,
    /// Series that are judged by day.
    pub watched: usize,
    /// Those of them that have traffic enough to be judged by the hour, too.
    pub by_hour: usize,
    /// Series with too few days yet.
    pub too_short: usize,
    /// Series with too few outcomes a day.
    pub too_thin: usize,
    /// False alarms that the workspace accepts in a year, all series together.
    pub yearly: f64,
    /// The score that a change must reach.
    pub limit: f64,
}

/// A page of regressions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RegressionPage {
    /// Those that wait by what is at stake, then the others, newest first.
    pub items: Vec<Regression>,
    /// Pass as `below` to get older ones.
    pub next: Option<i64>,
    /// What the last look saw; missing before the first one.
    pub looked: Option<WatchLook>,
}

/// What somebody says to a regression.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct AnswerRegression {
    /// Why; dismissing needs it.
    #[serde(default)]
    pub reason: String,
}
