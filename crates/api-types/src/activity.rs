//! The audit log.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// One line of the audit log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Its place in the log.
    pub seq: i64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: i64,
    /// The name at that time.
    pub actor_name: String,
    /// `person`, `service` or `system`.
    pub actor_kind: String,
    /// What was done, as `thing.verb`.
    pub action: String,
    /// To what, e.g. `rollout:R-12`.
    pub target: String,
    /// One sentence for people.
    pub sentence: String,
    /// The digest before.
    pub before: Option<String>,
    /// The digest after.
    pub after: Option<String>,
    /// Why.
    pub reason: String,
    /// What the decision rested on.
    pub evidence: Value,
    /// The hash of the entry before.
    pub prev: String,
    /// The hash of this entry.
    pub hash: String,
}

/// Which entries to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListEntries {
    /// Only of this target.
    pub target: Option<String>,
    /// Only by this actor.
    pub actor: Option<i64>,
    /// Only actions that begin so, e.g. `rollout.`.
    pub action: Option<String>,
    /// Also the looks at running rollouts, of which there is one an hour and more; left out where
    /// not given, unless `action` is.
    pub looks: Option<bool>,
    /// Only places below this one.
    pub below: Option<i64>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// A page of entries.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EntryPage {
    /// Entries, newest first.
    pub items: Vec<Entry>,
    /// Pass as `below` to get older ones.
    pub next: Option<i64>,
}

/// The result of checking the log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditCheck {
    /// Whether every entry is as it was written.
    pub intact: bool,
    /// How many entries were checked.
    pub entries: i64,
    /// The place and hash of the newest entry, as `SEQ:HASH`; note it outside to detect a log that was
    /// cut off.
    pub head: String,
    /// What is wrong, where something is.
    pub problem: Option<String>,
}

/// A line of the stream of news (`text/event-stream`): something changed, ask again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct News {
    /// `library`, `release`, `environment`, `rollout`, `reading`, `people` or `demo`.
    pub topic: String,
    /// Which one, e.g. the rollout's number or the environment's name.
    pub id: String,
}
