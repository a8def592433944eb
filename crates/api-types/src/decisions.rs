//! Decisions against the verdict on a rollout: one person asks, another one confirms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks a second person to confirm what the verdict does not support.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct AskDecision {
    /// `finish`: everybody gets the release of an arm; `go-on`: the next stage begins although
    /// units are not split as planned; `go-live`, on a rollout that has ended: a release that a guard
    /// took back is made live after all.
    pub wish: String,
    /// The arm whose release everybody gets; needed only where several new ones are left.
    #[serde(default)]
    pub arm: Option<u8>,
    /// Why it should be done all the same.
    pub reason: String,
}

/// A decision against the verdict that waits for a second person.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// `finish`, `go-on` or `go-live`.
    pub wish: String,
    /// The arm whose release everybody would get, with `finish` and `go-live`.
    pub arm: Option<u8>,
    /// The stage that would begin, counted from 0, with `go-on`.
    pub stage: Option<usize>,
    /// What is asked for and what speaks against it, in one sentence.
    pub sentence: String,
    /// Why, in the words of the one who asks.
    pub reason: String,
    /// What speaks against it, as it stood then.
    pub objection: String,
    /// The id of the one who asks.
    pub by: i64,
    /// That person's name.
    pub by_name: String,
    /// When.
    pub at: String,
    /// After this moment it must be asked for anew.
    pub until: String,
}

/// A decision against the verdict that was confirmed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConfirmedDecision {
    /// What was decided.
    #[serde(flatten)]
    pub decision: Decision,
    /// Who confirmed it.
    pub confirmed_by: String,
    /// When.
    pub confirmed_at: String,
}
