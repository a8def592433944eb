//! The caller's own inbox.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A line of an inbox.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// Its place.
    pub id: i64,
    /// `review-asked`, `approved`, `changes-requested`, `commented`, `mentioned`, `merged`,
    /// `emergency`, `draft-ends`, `draft-ended` or `regression`.
    pub kind: String,
    /// What it points to, e.g. `change:CH-42` or `draft:experiment/x`.
    pub target: String,
    /// In one sentence.
    pub text: String,
    /// When.
    pub at: String,
    /// Whether it was read.
    pub read: bool,
}

/// A page of an inbox.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NoticePage {
    /// Lines, newest first.
    pub items: Vec<Notice>,
    /// Pass as `below` to get older ones.
    pub next: Option<i64>,
    /// How many are unread in all.
    pub unread: i64,
}

/// Which lines to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListNotices {
    /// Only unread ones.
    pub unread: Option<bool>,
    /// Continue below this id.
    pub below: Option<i64>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// Marks a line as read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ReadNotice {
    /// Whether all lines up to it are marked, too.
    #[serde(default)]
    pub all_before: bool,
}

/// How many lines are unread.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Unread {
    /// How many.
    pub unread: i64,
}
