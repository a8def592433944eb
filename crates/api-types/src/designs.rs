//! Designs of rollouts that give nobody anything new: hold-outs, and releases in the shadow.

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
