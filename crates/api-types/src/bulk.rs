//! One thing done to many prompts at once, and taking a saved version back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::library::{ChangeRecord, FileVersion, ListPrompts};
use super::problem::{Blocker, Diagnostic};

/// One action on many prompts.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct BulkChange {
    /// `move`, `retag`, `archive` or `unarchive`.
    pub action: String,
    /// Which prompts and partials, by id or path.
    #[serde(default)]
    pub ids: Vec<String>,
    /// All that a search on `main` finds; where no ids are given.
    #[serde(default)]
    pub find: Option<ListPrompts>,
    /// The draft; `main` where not given.
    #[serde(default)]
    pub draft: Option<String>,
    /// For `move`: the folder they go to, e.g. `prompts/mail`.
    #[serde(default)]
    pub folder: Option<String>,
    /// For `move` into a folder: the folder they come from, whose inner order is kept.
    #[serde(default)]
    pub below: Option<String>,
    /// For `move` of one: its new id or path.
    #[serde(default)]
    pub to: Option<String>,
    /// For `retag`: tags they get.
    #[serde(default)]
    pub add_tags: Vec<String>,
    /// For `retag`: tags they lose.
    #[serde(default)]
    pub remove_tags: Vec<String>,
    /// For `archive`: the prompt that callers get from now on.
    #[serde(default)]
    pub instead: Option<String>,
    /// Says what would happen without doing it.
    #[serde(default)]
    pub dry_run: bool,
    /// One line that says what changed.
    #[serde(default)]
    pub subject: String,
    /// More, where needed.
    #[serde(default)]
    pub body: String,
    /// Why.
    #[serde(default)]
    pub record: ChangeRecord,
}

/// What an action did, or would do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BulkResult {
    /// The commit; absent where nothing was done.
    pub commit: Option<String>,
    /// The draft.
    pub draft: String,
    /// Files with new paths.
    pub moved: Vec<MovedFile>,
    /// Files whose texts change.
    pub edited: Vec<EditedFile>,
    /// Old ids and what callers get for each from the next release on.
    pub redirects: Vec<Redirect>,
    /// Why it cannot be done, file by file.
    pub refused: Vec<Diagnostic>,
    /// Rules of the library that stand in the way.
    pub blockers: Vec<Blocker>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// The files with their new version numbers.
    pub versions: Vec<FileVersion>,
}

/// A file with its new path.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MovedFile {
    /// Where it was.
    pub from: String,
    /// Where it is now.
    pub to: String,
}

/// A file whose text changes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EditedFile {
    /// Its path afterwards.
    pub path: String,
    /// What changes in it, in words.
    pub what: String,
}

/// An old id.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Redirect {
    /// The old id.
    pub from: String,
    /// What callers get.
    pub to: String,
}

/// A saved version to take back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UndoVersion {
    /// Its commit.
    pub commit: String,
    /// The draft; `main` where not given.
    #[serde(default)]
    pub draft: Option<String>,
    /// One line that says what changed.
    pub subject: String,
    /// More, where needed.
    #[serde(default)]
    pub body: String,
    /// Why.
    #[serde(default)]
    pub record: ChangeRecord,
}
