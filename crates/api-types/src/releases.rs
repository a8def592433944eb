//! Releases and what is live.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A release in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Release {
    /// Its number; its Git tag is `release/<number>`.
    pub number: i64,
    /// The commit it was made from.
    pub commit: String,
    /// SHA-256 of its manifest.
    pub digest: String,
    /// How many prompts it holds.
    pub prompts: i64,
    /// What it is for.
    pub note: String,
    /// When it was made.
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// The environments in which it is live.
    pub live_in: Vec<String>,
}

/// A release with its manifest.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReleaseDetail {
    /// The release.
    #[serde(flatten)]
    pub release: Release,
    /// The whole manifest, as canonical JSON of its digest.
    pub manifest: Value,
    /// What changed against the release before.
    pub changes: Vec<ReleaseChange>,
}

/// What changed from one release to another.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReleaseChange {
    /// Which prompt.
    pub prompt: String,
    /// The version before.
    pub before: Option<i64>,
    /// The version after.
    pub after: Option<i64>,
    /// What differs: `text`, `model`, `config`, `tools`, `partials`.
    pub differs: Vec<String>,
}

/// A page of releases.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReleasePage {
    /// Releases, newest first.
    pub items: Vec<Release>,
    /// Pass as `below` to get older ones.
    pub next: Option<i64>,
}

/// Which rows of a numbered list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Below {
    /// Only numbers below this one.
    pub below: Option<i64>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// Makes a release of what `main` holds.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewRelease {
    /// What it is for.
    pub note: String,
    /// A commit or draft name; `main` where not given.
    #[serde(default)]
    pub from: Option<String>,
}

/// Where a release is live.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// The release everybody gets who is in no rollout arm.
    pub release: Option<i64>,
    /// The release before, to which one click goes back.
    pub previous: Option<i64>,
    /// The rollout that runs.
    pub rollout: Option<i64>,
    /// Grows by one with every change.
    pub revision: i64,
}

/// Makes a release live for everybody at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GoLive {
    /// The release.
    pub release: i64,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Why something is done.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// In the actor's words.
    #[serde(default)]
    pub reason: String,
}
