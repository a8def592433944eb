//! Mirrors: Git repositories elsewhere with which the library is kept in step.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A Git repository elsewhere with which the library is kept in step.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Mirror {
    /// The name it has here.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// `push`, `pull` or `both`.
    pub direction: String,
    /// By which name the server finds its secret, e.g. `env:VARIORUM_MIRROR_ORIGIN`; never the secret.
    /// Empty where there is none, and for everybody but administrators.
    pub credential: String,
    /// Who added it.
    pub added_by: String,
    /// When it was added.
    pub added_at: String,
    /// `new`, `in-step`, `failing`, or `held` where a branch or tag waits for a person.
    pub status: String,
    /// What went wrong last, in words; empty where nothing did.
    pub problem: String,
    /// When it was tried last.
    pub tried_at: Option<String>,
    /// When that last worked.
    pub succeeded_at: Option<String>,
    /// How often it has failed since.
    pub failures: i64,
    /// When it is tried next.
    pub next_at: String,
}

/// A mirror with its branches and tags.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MirrorDetail {
    /// The mirror.
    #[serde(flatten)]
    pub mirror: Mirror,
    /// Its branches and tags, as far as something is known of them.
    pub refs: Vec<MirrorRef>,
}

/// A branch or tag of a mirror.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MirrorRef {
    /// Its full name, e.g. `refs/heads/main`.
    pub name: String,
    /// The commit at which both sides were the same last.
    pub synced: Option<String>,
    /// The remote's commit that came in as a draft, where it could not simply be taken in.
    pub parked: Option<String>,
    /// The draft that holds it, while it waits for a person.
    #[serde(default)]
    pub draft: Option<String>,
    /// The number of the open change that asks for it.
    #[serde(default)]
    pub change: Option<i64>,
    /// What is in the way, in words; empty where nothing is.
    pub problem: String,
    /// When this was noted.
    pub at: String,
}

/// Adds a mirror.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewMirror {
    /// The name it gets here: lower-case letters, digits and `-`.
    pub name: String,
    /// Where it is: https, http or file, as far as the server's settings allow it.
    pub url: String,
    /// `push` (from here to there), `pull` (from there to here) or `both`.
    pub direction: String,
    /// By which name the server finds its secret: `env:VARIORUM_MIRROR_…` or `file:NAME`.
    #[serde(default)]
    pub credential: String,
}
