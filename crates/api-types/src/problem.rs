//! Errors, as RFC 9457 `application/problem+json`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, what is still true, and what to do next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A link-like name of this kind of problem, e.g. `/problems/not-found`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short title of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A stable code a program can act on, e.g. `not-found`, `conflict`, `invalid`.
    pub code: String,
    /// What happened, in one sentence.
    pub detail: String,
    /// What to do next, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Present when something unexpected failed: tell this id to whoever runs the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// Problems in the text that was sent, with line and column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
    /// Conflicts, where two people changed the same part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// What the rules of the library want first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<Blocker>,
    /// For conflicts: the commit the draft stands at now; pass it as `base` when saving again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
}

/// One thing that is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Blocker {
    /// Its kind, e.g. `missing-field`, `needs-approval`, `conflict`.
    pub code: String,
    /// What is in the way, in one sentence.
    pub message: String,
    /// What to do next.
    pub next: String,
    /// The file, or empty.
    #[serde(default)]
    pub path: String,
    /// The line, where there is one.
    #[serde(default)]
    pub line: Option<u32>,
    /// The field of the change record, or empty.
    #[serde(default)]
    pub field: String,
    /// Who could do it, by name.
    #[serde(default)]
    pub who: Vec<String>,
}

/// Something found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// A stable code, e.g. `unknown-partial`.
    pub code: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The file it is in.
    pub path: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
}

/// Two people changed the same part of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Conflict {
    /// The file.
    pub path: String,
    /// What kind of conflict, e.g. `both-changed`, `changed-and-deleted`.
    pub kind: String,
    /// The merged text with conflict markers, where it is text.
    pub merged: Option<String>,
    /// The parts that clash.
    pub hunks: Vec<ConflictHunk>,
}

/// One part that clashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConflictHunk {
    /// The line in the merged text, counted from 1.
    pub line: u32,
    /// The text before either change.
    pub base: String,
    /// The text on `main` or of the version saved first.
    pub ours: String,
    /// The text of the draft or of the version saved second.
    pub theirs: String,
}
