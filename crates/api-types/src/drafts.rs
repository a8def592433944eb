//! Drafts: branches in a person's words.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::library::{ChangeRecord, FileVersion};

/// A draft.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// Its name, e.g. `campaign/autumn`.
    pub name: String,
    /// `campaign`, `experiment`, `hotfix` or `draft`.
    pub kind: String,
    /// The commit it stands at.
    pub commit: String,
    /// When it was last saved.
    pub updated_at: String,
    /// Versions it has that `main` does not have.
    pub ahead: usize,
    /// Versions `main` has that it does not have.
    pub behind: usize,
}

/// A draft with what it changes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DraftDetail {
    /// The draft.
    #[serde(flatten)]
    pub draft: Draft,
    /// The files it changes against the point where it left `main`.
    pub changes: Vec<DraftChange>,
}

/// A file a draft changes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DraftChange {
    /// The file.
    pub path: String,
    /// `added`, `changed` or `deleted`.
    pub kind: String,
}

/// Makes a draft.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewDraft {
    /// Its name, e.g. `campaign/autumn`.
    pub name: String,
    /// The draft it starts from; `main` where not given.
    #[serde(default)]
    pub from: Option<String>,
}

/// Publishes a draft to the library.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PublishDraft {
    /// One line that says what it brings.
    pub subject: String,
    /// More, where needed.
    #[serde(default)]
    pub body: String,
    /// Why.
    #[serde(default)]
    pub record: ChangeRecord,
    /// For files that conflict: the content they shall have.
    #[serde(default)]
    pub resolutions: Vec<Resolution>,
}

/// How a conflict is resolved.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Resolution {
    /// The file.
    pub path: String,
    /// The content it shall have; absent to delete it.
    #[serde(default)]
    pub content: Option<String>,
}

/// A published draft.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Published {
    /// The merge commit on `main`.
    pub commit: String,
    /// The files with their new version numbers.
    pub versions: Vec<FileVersion>,
}

/// Which commits to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListCommits {
    /// A draft; `main` where not given.
    pub draft: Option<String>,
    /// Skip so many, newest first.
    pub skip: Option<usize>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// A page of commits.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CommitPage {
    /// Commits, newest first.
    pub items: Vec<Commit>,
    /// Pass as `skip` to get older ones.
    pub next: Option<usize>,
    /// How many there are in all.
    pub total: usize,
}

/// A saved version of the whole library.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Commit {
    /// Its id, as `git log` shows it.
    pub commit: String,
    /// Its parents.
    pub parents: Vec<String>,
    /// Who.
    pub author: String,
    /// When.
    pub at: String,
    /// What changed.
    pub subject: String,
    /// More.
    pub body: String,
    /// Why.
    pub record: ChangeRecord,
    /// Changed files; only in the answer for one commit.
    #[serde(default)]
    pub changes: Vec<DraftChange>,
}
