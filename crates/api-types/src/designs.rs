//! Designs of rollouts that do not split people: hold-outs, releases in the shadow, switchbacks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Keeps a share of all people at what is live now, over whatever goes live and whatever is tried
/// until it ends.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StartHoldOut {
    /// The environment; the library's first where not given.
    #[serde(default)]
    pub environment: Option<String>,
    /// The title shown.
    pub title: String,
    /// The share of all people that is held out, in basis points; at most 2000.
    pub share: u32,
    /// When it ends by itself, RFC 3339; within 366 days.
    pub until: String,
    /// The KPI by which everybody else is compared with those held out.
    #[serde(default)]
    pub goal: Option<String>,
    /// What is expected, in words.
    #[serde(default)]
    pub hypothesis: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// How time is cut in a switchback.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StartSwitchback {
    /// How long a window is, in seconds: 10 minutes to 14 days.
    pub window_seconds: i64,
    /// How much of the beginning of each window is left out of what is measured, in seconds.
    #[serde(default)]
    pub burn_in_seconds: i64,
    /// The pairs of windows at which a decision is planned, 8 to 1000; 40 where not given.
    #[serde(default)]
    pub pairs: Option<u32>,
}

/// A switchback and its windows.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Switchback {
    /// How long a window is, in seconds.
    pub window_seconds: i64,
    /// How much of the beginning of each window is left out, in seconds.
    pub burn_in_seconds: i64,
    /// When the first window begins.
    pub from: String,
    /// The pairs of windows at which a decision is planned.
    pub planned_pairs: u32,
    /// Pairs that are over and count.
    pub pairs: u32,
    /// Pairs left out because nobody was exposed in one of their windows.
    pub empty: u32,
    /// Pairs left out because one of their windows was not served as drawn.
    pub astray: u32,
    /// Units left out because they were exposed in a burn-in.
    pub burn_in_units: u64,
    /// Too many windows were not served as drawn for anything to be said.
    pub alarm: bool,
    /// How far it has come, in one sentence.
    pub sentence: String,
    /// The KPI whose means the windows tell.
    pub kpi: Option<String>,
    /// The newest windows, oldest first, up to the present one; what comes is not told.
    pub windows: Vec<SwitchbackWindow>,
}

/// One window.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SwitchbackWindow {
    /// Its place, counted from 0; 0 and 1 are the first pair.
    pub index: u32,
    /// When it begins.
    pub from: String,
    /// When it is over.
    pub until: String,
    /// What everybody gets in it.
    pub arm: u8,
    /// `open`, `counts`, `empty` (nobody was exposed), `astray` (not served as drawn) or `alone` (the
    /// other one of its pair does not count).
    pub state: String,
    /// Units exposed after its burn-in.
    pub units: u64,
    /// Units first exposed in its burn-in.
    pub burn_in_units: u64,
    /// Exposures to the other arm.
    pub astray: u64,
    /// The mean of the KPI, in its smallest unit.
    pub mean: Option<f64>,
}

/// What a release in the shadow would have answered, beside what was answered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ShadowResult {
    /// The rollout's number.
    pub number: i64,
    /// One sentence.
    pub sentence: String,
    /// Over all prompts.
    pub all: ShadowCounts,
    /// Prompt by prompt, those with the most requests first.
    pub prompts: Vec<ShadowPrompt>,
    /// Texts side by side, a few for each prompt.
    pub samples: Vec<ShadowSample>,
}

/// One prompt in the shadow.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ShadowPrompt {
    /// Its id.
    pub prompt: String,
    /// Its numbers.
    #[serde(flatten)]
    pub counts: ShadowCounts,
    /// Variables that the new release needs and that were not sent.
    pub missing: Vec<MissingVariable>,
}

/// What was counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ShadowCounts {
    /// Requests that were filled in twice.
    pub compared: i64,
    /// The same text, model and parameters.
    pub same: i64,
    /// Another text.
    pub text_differs: i64,
    /// Another model or other parameters.
    pub settings_differ: i64,
    /// The new release has no such prompt.
    pub absent: i64,
    /// The new prompt could not be filled in.
    pub failed: i64,
    /// The mean length of the old texts, in characters.
    pub old_length: Option<f64>,
    /// The mean length of the new texts, in characters.
    pub new_length: Option<f64>,
    /// Requests that came faster than they could be compared.
    pub passed_over: i64,
}

/// A variable that was not sent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MissingVariable {
    /// Its name.
    pub name: String,
    /// In how many requests.
    pub requests: i64,
}

/// Two texts side by side.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ShadowSample {
    /// The prompt.
    pub prompt: String,
    /// When.
    pub at: String,
    /// What was answered.
    pub old: String,
    /// What the new release would have said.
    pub new: String,
}
