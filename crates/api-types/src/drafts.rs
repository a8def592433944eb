//! Drafts: branches in a person's words.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::keys::Provenance;
use crate::library::{ChangeRecord, FileVersion};
use crate::problem::Conflict;

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
    /// The title shown.
    pub title: String,
    /// `open`, `closed`, `published`, `archived` or `deleted`.
    pub status: String,
    /// The draft or commit it came from; `main` for most.
    pub from: String,
    /// Who looks after it; empty where nobody is known.
    pub owner: String,
    /// When it ends by itself.
    pub ends_at: Option<String>,
    /// How it came to rest, where it did.
    pub rest: Option<DraftRest>,
}

/// How a draft came to rest.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DraftRest {
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Which drafts to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListDrafts {
    /// `open`, `closed`, `published`, `archived` or `deleted`; open and published where not given.
    pub status: Option<String>,
    /// `campaign`, `experiment`, `hotfix` or `draft`.
    pub kind: Option<String>,
    /// Only of this owner's id.
    pub owner: Option<i64>,
    /// Continue after this name.
    pub after: Option<String>,
    /// At most so many; 1 to 200, 200 where not given.
    pub limit: Option<usize>,
}

/// Changes title or end of a draft; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct EditDraft {
    /// The title shown.
    #[serde(default)]
    pub title: Option<String>,
    /// When it ends by itself; an empty text for never.
    #[serde(default)]
    pub ends_at: Option<String>,
}

/// Brings the latest of its source into a draft.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct UpdateDraft {
    /// For files that conflict: the content they shall have.
    #[serde(default)]
    pub resolutions: Vec<Resolution>,
    /// Where the draft stood when it was looked at; refused where it has moved since.
    #[serde(default)]
    pub head: Option<String>,
    /// Where its source stood when it was looked at; refused where it has moved since.
    #[serde(default)]
    pub latest: Option<String>,
}

/// What "update with latest" would bring into a draft.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PendingUpdate {
    /// What it would be updated from.
    pub from: String,
    /// Where the draft stands; pass it when updating.
    pub head: String,
    /// Where its source stands; pass it when updating.
    pub latest: String,
    /// How many versions the source has that the draft does not have.
    pub behind: usize,
    /// Files in which two people changed the same part.
    pub clashes: Vec<Clash>,
}

/// A file in which two people changed the same part.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Clash {
    /// The conflict; `ours` is the draft, `theirs` its source.
    pub conflict: Conflict,
    /// The draft's side.
    pub ours: ClashSide,
    /// The source's side.
    pub theirs: ClashSide,
}

/// One side of a clash.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ClashSide {
    /// Whether the file is there.
    pub is_there: bool,
    /// The whole text; absent where the file is gone, is no text or is too long.
    pub text: Option<String>,
    /// Who changed it last on this side.
    pub by: Option<String>,
    /// When.
    pub at: Option<String>,
    /// What they said of it.
    pub subject: Option<String>,
}

/// A draft that has the latest of its source.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UpdatedDraft {
    /// Where it stands now.
    pub commit: String,
    /// What it was updated from.
    pub from: String,
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
    /// The draft or commit it starts from; `main` where not given.
    #[serde(default)]
    pub from: Option<String>,
    /// The title shown; made of the name where not given.
    #[serde(default)]
    pub title: String,
    /// When it ends by itself; for experiments 30 days from now where not given.
    #[serde(default)]
    pub ends_at: Option<String>,
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
    /// Whose signature it carries, and who pushed it.
    #[serde(default)]
    pub provenance: Option<Provenance>,
}
