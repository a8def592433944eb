//! Changes: requests to bring a draft into the library, with reviews and discussions.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::drafts::DraftChange;
use crate::impact::Breach;
use crate::library::{ChangeRecord, FileVersion};
use crate::problem::{Blocker, Diagnostic};
use crate::prompts::{FieldChange, Message, WordSpan};

/// Somebody as they stood at the time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Who {
    /// Which actor.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// A change in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Its number; shown as `CH-42`.
    pub number: i64,
    /// The draft it brings in.
    pub draft: String,
    /// One line.
    pub title: String,
    /// More.
    pub summary: String,
    /// Why, and what is expected.
    pub record: ChangeRecord,
    /// Who opened it.
    pub author: Who,
    /// `open`, `merged` or `closed`.
    pub status: String,
    /// When it was opened.
    pub opened_at: String,
    /// Who was asked to review it.
    pub reviewers: Vec<Who>,
    /// The commit on `main`, where it was published.
    pub merged_commit: Option<String>,
    /// When it was published.
    pub merged_at: Option<String>,
    /// By whom.
    pub merged_by: Option<Who>,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// Why it was closed.
    pub closed_reason: Option<String>,
    /// After an emergency: until when a review is owed, and whether somebody gave it.
    pub owed: Option<OwedReview>,
}

/// A review that is owed after something went live in an emergency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OwedReview {
    /// Until when.
    pub by: String,
    /// Why it could not wait.
    pub reason: String,
    /// When somebody looked at it.
    pub done_at: Option<String>,
    /// Who did.
    pub done_by: Option<Who>,
}

/// A change with all that belongs to it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangeDetail {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// Where the draft stands; pass it as `head` when reviewing or publishing. Absent where the draft
    /// is gone.
    pub head: Option<String>,
    /// The draft's status: `open`, `closed`, `published`, `archived` or `deleted`.
    pub draft_status: Option<String>,
    /// Versions the draft has that the library does not have.
    pub ahead: usize,
    /// Versions the library has that the draft does not have.
    pub behind: usize,
    /// The files it touches.
    pub files: Vec<ChangedFile>,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
    /// The reviews, oldest first.
    pub reviews: Vec<Review>,
    /// The discussions, oldest first.
    pub threads: Vec<Thread>,
    /// Approvals the rules ask for.
    pub approvals: Vec<NeededApprovals>,
    /// Fields of the record the rules ask for.
    pub required_fields: Vec<NeededField>,
    /// How it is brought in: `merge` or `squash`.
    pub merge_style: String,
    /// What still blocks publishing; empty where nothing does.
    pub blockers: Vec<Blocker>,
    /// Contracts it breaks, whether the rules block that or not; at most 200.
    #[serde(default)]
    pub broken_contracts: Vec<Breach>,
    /// What the suites came to that it touches or reaches; absent where it reaches none. Cases that
    /// fail stand in `diagnostics` as `case-failed`, suites that were not run as `suite-not-run`.
    #[serde(default)]
    pub tests: Option<TestSums>,
}

/// How many cases of suites came out how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestSums {
    /// Suites that were run.
    pub suites: usize,
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed.
    pub failed: usize,
    /// Cases that were not run, since they take a model or foreign code.
    pub not_run: usize,
}

/// An open change and how it stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangeStanding {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// How many files it touches.
    pub files: usize,
    /// Discussions nobody settled.
    pub open_threads: usize,
    /// The reviews, oldest first.
    pub reviews: Vec<Review>,
    /// What still blocks publishing; empty where nothing does.
    pub blockers: Vec<Blocker>,
}

/// A file a change touches.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangedFile {
    /// What happens to it.
    #[serde(flatten)]
    pub change: DraftChange,
    /// The kind of file.
    pub file_kind: String,
    /// The prompt's id.
    pub id: String,
    /// Whether only the text below the front matter changed.
    pub wording_only: bool,
}

/// A review.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Who.
    pub by: Who,
    /// `approve`, `request-changes` or `comment`.
    pub verdict: String,
    /// What an approval means.
    pub meaning: String,
    /// In words.
    pub note: String,
    /// Where the draft stood.
    pub commit: String,
    /// When.
    pub at: String,
    /// Whether the draft has moved since.
    pub stale: bool,
    /// Whether this person's approval can count: the author, and whoever wrote a part, cannot approve.
    pub counts: bool,
}

/// Approvals the rules ask for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NeededApprovals {
    /// A group of the rules, or a role.
    pub group: String,
    /// How many people.
    pub count: usize,
    /// What their approval must mean.
    pub meaning: String,
    /// The titles of the rules that ask for it.
    pub rules: Vec<String>,
    /// The paths they are asked for.
    pub paths: Vec<String>,
}

/// A field of the record the rules ask for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NeededField {
    /// `problem`, `baseline`, `hypothesis`, `campaign` or `validation`.
    pub field: String,
    /// The titles of the rules that ask for it.
    pub rules: Vec<String>,
    /// A path it is asked for.
    pub path: String,
}

/// What a discussion is about; without a path it is about the change as a whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Anchor {
    /// The file, or empty.
    #[serde(default)]
    pub path: String,
    /// `old` for the text in the library, `new` for the draft's.
    #[serde(default)]
    pub side: Option<String>,
    /// The first line, from 1.
    #[serde(default)]
    pub line: Option<usize>,
    /// The last line; the first where not given.
    #[serde(default)]
    pub end_line: Option<usize>,
    /// A field of the front matter, e.g. `config.temperature`, or empty.
    #[serde(default)]
    pub field: String,
}

/// A discussion.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Thread {
    /// Its number.
    pub number: i64,
    /// What it is about.
    pub anchor: Anchor,
    /// Where the draft stood when it began.
    pub commit: String,
    /// The comments, oldest first.
    pub comments: Vec<Comment>,
    /// The suggested text.
    pub suggestion: Option<Suggestion>,
    /// Whether it is settled.
    pub settled: bool,
    /// By whom.
    pub settled_by: Option<Who>,
    /// When.
    pub settled_at: Option<String>,
}

/// A comment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Comment {
    /// Who.
    pub by: Who,
    /// What they say.
    pub text: String,
    /// When.
    pub at: String,
}

/// A suggested text for the lines of a discussion.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// The lines as they stood when it was made.
    pub before: String,
    /// The lines as they shall stand.
    pub after: String,
    /// The commit that took it over.
    pub accepted: Option<String>,
}

/// A page of changes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangePage {
    /// Changes, newest first.
    pub items: Vec<Change>,
    /// Pass as `below` to get older ones.
    pub next: Option<i64>,
}

/// Which changes to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListChanges {
    /// `open`, `merged` or `closed`; all where not given.
    pub status: Option<String>,
    /// Only of this draft.
    pub draft: Option<String>,
    /// Only of this author's id.
    pub author: Option<i64>,
    /// Only those for which a review is owed.
    pub owed: Option<bool>,
    /// Continue below this number.
    pub below: Option<i64>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// Opens a change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OpenChange {
    /// The draft.
    pub draft: String,
    /// One line: becomes the subject in the library.
    pub title: String,
    /// More, where needed.
    #[serde(default)]
    pub summary: String,
    /// Why, and what is expected.
    #[serde(default)]
    pub record: ChangeRecord,
    /// Addresses of those who are asked to review it; where nobody is named, those whose approval the
    /// rules ask for.
    #[serde(default)]
    pub reviewers: Vec<String>,
}

/// Edits a change; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct EditChange {
    /// One line.
    #[serde(default)]
    pub title: Option<String>,
    /// More.
    #[serde(default)]
    pub summary: Option<String>,
    /// Why, and what is expected.
    #[serde(default)]
    pub record: Option<ChangeRecord>,
    /// Addresses of those who are asked to review it.
    #[serde(default)]
    pub reviewers: Option<Vec<String>>,
}

/// Gives a review.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewReview {
    /// `approve`, `request-changes` or `comment`.
    pub verdict: String,
    /// What an approval means; `approval` where not given.
    #[serde(default)]
    pub meaning: Option<String>,
    /// In words; may be empty for an approval.
    #[serde(default)]
    pub note: String,
    /// The state that was looked at; refused where the draft has moved since.
    #[serde(default)]
    pub head: Option<String>,
}

/// Begins a discussion.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewThread {
    /// What it is about.
    #[serde(default)]
    pub anchor: Anchor,
    /// The first comment; may be empty beside a suggestion.
    #[serde(default)]
    pub text: String,
    /// The text the lines shall have.
    #[serde(default)]
    pub suggestion: Option<String>,
}

/// Answers in a discussion.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewComment {
    /// What to say.
    pub text: String,
}

/// Settles a discussion, or takes it up again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SettleThread {
    /// Whether it shall be settled.
    pub settled: bool,
}

/// A suggestion that was taken over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AcceptedSuggestion {
    /// The discussion.
    pub thread: Thread,
    /// The saved version.
    pub commit: String,
    /// The files with their numbers.
    pub versions: Vec<FileVersion>,
}

/// Publishes a change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct MergeChange {
    /// The state that was looked at; refused where the draft has moved since.
    #[serde(default)]
    pub head: Option<String>,
}

/// A published change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MergedChange {
    /// The change.
    pub change: Change,
    /// The commit on `main`.
    pub commit: String,
    /// The files with their numbers.
    pub versions: Vec<FileVersion>,
}

/// Which file of a change to compare.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CompareFile {
    /// The file.
    pub path: String,
    /// Sample values for the previews, as a JSON object.
    pub variables: Option<String>,
}

/// One file of a change, before and after.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FileComparison {
    /// The file.
    pub path: String,
    /// The file in the library, where it is there.
    pub before: Option<String>,
    /// The file as the change leaves it, where it is there.
    pub after: Option<String>,
    /// Settings that differ.
    pub fields: Vec<FieldChange>,
    /// The texts below the front matter, word by word.
    pub words: Vec<WordSpan>,
    /// The files line by line, changes with some lines around them.
    pub hunks: Vec<LineHunk>,
    /// What a variation comes to over its base before; absent for other files.
    #[serde(default)]
    pub effective_before: Option<String>,
    /// What it comes to after.
    #[serde(default)]
    pub effective_after: Option<String>,
    /// What the model would read before, with sample values.
    pub preview_before: Vec<Message>,
    /// What the model would read after.
    pub preview_after: Vec<Message>,
    /// What is wrong with the file afterwards.
    pub diagnostics: Vec<Diagnostic>,
}

/// Lines that differ and those around them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LineHunk {
    /// The first line in the old text, from 1.
    pub old_start: usize,
    /// The first line in the new text, from 1.
    pub new_start: usize,
    /// The lines, each `equal`, `insert` or `delete`.
    pub lines: Vec<WordSpan>,
}

/// Publishes a hotfix and makes it live at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PublishHotfix {
    /// Why it cannot wait.
    pub reason: String,
    /// The environment; the library's first where not given.
    #[serde(default)]
    pub environment: Option<String>,
}

/// A hotfix that is live.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PublishedHotfix {
    /// The change, for which a review is owed.
    pub change: Change,
    /// The commit on `main`.
    pub commit: String,
    /// The release.
    pub release: i64,
    /// The environment.
    pub environment: String,
    /// Contracts it breaks, which did not stop it.
    #[serde(default)]
    pub broken_contracts: Vec<Breach>,
}
