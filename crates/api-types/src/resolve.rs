//! Asking for a prompt at run time.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::prompts::Message;

/// Which prompt, where, for whom.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Resolve {
    /// The prompt's id, e.g. `email/welcome`.
    pub prompt: String,
    /// The environment; the library's first where not given.
    #[serde(default)]
    pub environment: Option<String>,
    /// The customer, lead or session; decides the arm. Without one nobody is in a rollout.
    #[serde(default)]
    pub unit: Option<String>,
    /// The channel, for reports.
    #[serde(default)]
    pub channel: Option<String>,
    /// Anything known of the unit. `brand` and `region`, where given, are the ids of `library.yaml`
    /// and choose the variation that is served; the rest is for reports.
    #[serde(default)]
    pub attributes: Value,
    /// Values of the prompt's variables.
    #[serde(default)]
    pub variables: Value,
}

/// The rendered prompt and where it came from.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Resolved {
    /// The id of the prompt that was served: the one asked for, or the variation of it that is for
    /// the brand and region. Report exposures under this id.
    pub prompt: String,
    /// Its version number.
    pub version: i64,
    /// The commit of that version.
    pub commit: String,
    /// The release it came from.
    pub release: i64,
    /// The rollout the unit is in.
    pub rollout: Option<i64>,
    /// The unit's arm: 0 control, 1 treatment.
    pub arm: Option<u8>,
    /// The messages for the model.
    pub messages: Vec<Message>,
    /// The model.
    pub model: Option<String>,
    /// The model's parameters.
    pub config: Value,
    /// The exposure to report to `/api/v1/events` once the unit has really got it: the event's id,
    /// the same for the same unit and rollout. Absent where the unit is in no rollout.
    pub exposure: Option<String>,
    /// The id that was asked for, where the prompt has another one now; use `prompt` from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirected_from: Option<String>,
}
