//! Attribution: credits, paths, and the ledger of what each change brought.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What is to be shared out, and how.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskAttribution {
    /// The KPI whose outcomes are shared out; the conversion reported most where not given.
    pub kpi: Option<String>,
    /// What touches are named by: `channel`, `prompt` or `version`; `channel` where not given.
    pub by: Option<String>,
    /// Days before a conversion in which a touch counts, 1 to 180; 30 where not given.
    pub lookback_days: Option<i64>,
    /// Days after which a touch counts half in the model of time decay; 7 where not given.
    pub half_life_days: Option<f64>,
    /// KPIs whose outcomes are touches, too, such as clicks; ids with commas between them.
    pub touches: Option<String>,
    /// The beginning of the period, RFC 3339; 30 days before its end where not given.
    pub from: Option<String>,
    /// The end of the period, RFC 3339; now where not given.
    pub until: Option<String>,
}

/// What an answer was made of.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AttributionBasis {
    /// The KPI.
    pub kpi: String,
    /// Its title.
    pub kpi_title: String,
    /// `conversion`, `value` or `count`.
    pub kind: String,
    /// The unit of values.
    pub unit: String,
    /// Digits after the decimal point; values are in the smallest unit.
    pub decimals: u32,
    /// What touches are named by.
    pub by: String,
    /// The beginning of the period.
    pub from: String,
    /// Its end.
    pub until: String,
    /// Days before a conversion in which a touch counts.
    pub lookback_days: i64,
    /// Half-life of time decay in days.
    pub half_life_days: f64,
    /// KPIs whose outcomes are touches, too.
    pub touches: Vec<String>,
    /// People, leads or sessions with a touch or a conversion.
    pub units: u64,
    /// Events looked at.
    pub events: u64,
    /// Journeys that converted.
    pub conversions: u64,
    /// Journeys that did not.
    pub nulls: u64,
    /// Value of all conversions, in the smallest unit.
    pub value: f64,
    /// Conversions before which no touch was seen; nobody gets them.
    pub untouched: u64,
    /// Touches and journeys beyond a limit.
    pub left_out: u64,
    /// How many newer events are not in it yet.
    pub missing: i64,
}

/// One name's part by one model.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CreditPart {
    /// The channel, prompt or version.
    pub name: String,
    /// Conversions credited.
    pub conversions: f64,
    /// Value credited, in the smallest unit.
    pub value: f64,
    /// Its share of all conversions, 0 to 1.
    pub share: f64,
}

/// What one model says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ModelCredits {
    /// `first`, `last`, `last-non-direct`, `linear`, `position`, `time-decay`, `markov` or `shapley`.
    pub model: String,
    /// Its title.
    pub title: String,
    /// How it shares out, in plain words.
    pub explanation: String,
    /// The parts, in the order of `names`.
    pub parts: Vec<CreditPart>,
}

/// What an experiment found about the same thing: the causal number.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CausalNumber {
    /// The name it stands beside.
    pub name: String,
    /// The rollout.
    pub rollout: i64,
    /// Its title.
    pub title: String,
    /// The prompt that was tried.
    pub prompt: String,
    /// The version that was tried.
    pub version: Option<i64>,
    /// Whether the experiment goes on.
    pub open: bool,
    /// Treatment minus control, a unit, in the smallest unit.
    pub estimate: f64,
    /// Its lower end, valid at every look.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The mean of the control.
    pub control: f64,
    /// Units that were exposed.
    pub units: u64,
}

/// What a name means to the chain of steps.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NamedEffect {
    /// The name.
    pub name: String,
    /// The part of all conversions that would be lost without it, by the Markov chain.
    pub removal_effect: f64,
    /// What it adds to the conversion rate, by Shapley; may be negative; missing for more than twelve
    /// names.
    pub rate: Option<f64>,
}

/// Credits by all models, and what experiments found beside them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Attribution {
    /// What it was made of.
    pub basis: AttributionBasis,
    /// The names, by their credit of the chain of steps, largest first.
    pub names: Vec<NamedEffect>,
    /// Each model; time decay is missing where nothing converted.
    pub models: Vec<ModelCredits>,
    /// What experiments found: descriptive credits prove nothing, this does.
    pub causal: Vec<CausalNumber>,
    /// What it comes to, in a sentence.
    pub sentence: String,
}

/// A path of journeys.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JourneyPath {
    /// The names, in order; at most twelve.
    pub names: Vec<String>,
    /// How many touches it has.
    pub touches: usize,
    /// Journeys that took it.
    pub journeys: u64,
    /// Those that converted.
    pub conversions: u64,
    /// Value of their conversions, in the smallest unit.
    pub value: f64,
    /// Its share of all journeys, 0 to 1.
    pub share: f64,
    /// The share of its journeys that converted.
    pub rate: f64,
    /// Days from the first touch to the conversion, on average.
    pub days: Option<f64>,
}

/// A place in the flow.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FlowStep {
    /// Which touch, counted from 0.
    pub step: usize,
    /// The name; `others`, `further touches`, `converted` or `left` beside those of the journeys.
    pub name: String,
    /// Journeys that come by.
    pub journeys: u64,
    /// Those of them that convert in the end.
    pub conversions: u64,
}

/// Journeys from one place of the flow to another.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FlowLink {
    /// The place in `steps` they come from.
    pub from: usize,
    /// The place in `steps` they go to.
    pub to: usize,
    /// How many.
    pub journeys: u64,
}

/// The paths that journeys took.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Journeys {
    /// What it was made of.
    pub basis: AttributionBasis,
    /// The most travelled paths.
    pub paths: Vec<JourneyPath>,
    /// How many distinct paths there are.
    pub distinct: usize,
    /// The places of the flow.
    pub steps: Vec<FlowStep>,
    /// What flows between them.
    pub links: Vec<FlowLink>,
    /// Journeys by their number of touches, 1 first; the last counts all longer ones.
    pub lengths: Vec<u64>,
}

/// Whose ledger.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskLedger {
    /// The KPI; the conversion reported most where not given.
    pub kpi: Option<String>,
    /// Only changes of this prompt.
    pub prompt: Option<String>,
}

/// One change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LedgerLine {
    /// When it took effect.
    pub at: String,
    /// `kept`, `avoided` (tried and taken back) or `before-after` (no experiment).
    pub kind: String,
    /// What it was.
    pub title: String,
    /// What it points to: `rollout:R-2` or `release:4`.
    pub target: String,
    /// The prompt.
    pub prompt: Option<String>,
    /// Its version before.
    pub from: Option<i64>,
    /// Its version after.
    pub to: Option<i64>,
    /// The mean of a unit before, in the smallest unit.
    pub before: f64,
    /// What a unit brings more or less, in the smallest unit.
    pub effect: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The effect in relation to the mean before; missing where that was nothing.
    pub relative: Option<f64>,
    /// Units it rests on.
    pub units: u64,
    /// What all kept experiments on the same prompt brought so far together, in relation to its
    /// beginning.
    pub cumulative: f64,
    /// How far it can be trusted, in plain words.
    pub weakness: String,
}

/// What each change brought.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Ledger {
    /// The KPI.
    pub kpi: String,
    /// Its title.
    pub kpi_title: String,
    /// `conversion`, `value` or `count`.
    pub kind: String,
    /// `up` or `down`.
    pub direction: String,
    /// The unit of values.
    pub unit: String,
    /// Digits after the decimal point.
    pub decimals: u32,
    /// The lines, oldest first.
    pub items: Vec<LedgerLine>,
    /// What it comes to, in a sentence.
    pub sentence: String,
}
