//! Changes: requests to bring a draft into `main`, with their reviews and discussions.
//!
//! Data, states and decisions. Knows nothing of branches and trees: whoever asks brings the facts.

mod approvals;
mod blocker;
mod review;
mod state;
mod suggestion;
mod thread;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{ActorId, ChangeNumber, Oid, Time};
use crate::limits::{
    COMMENT_CHARS_MAX, COMMENTS_PER_THREAD_MAX, RECORD_FIELD_CHARS_MAX, SUBJECT_CHARS_MAX,
};
use crate::record::ChangeRecord;

pub use approvals::{Standing, still_needed};
pub use blocker::{Blocker, Facts, blockers, broken_contracts, failing_cases};
pub use review::{Review, Verdict, in_force};
pub use state::{Edit, NewChange};
pub use suggestion::{SuggestionError, apply, lines_of};
pub use thread::{Anchor, Comment, Settled, Side, Suggestion, Thread};

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeStatus {
    /// It is looked at.
    Open,
    /// It is in the library.
    Merged,
    /// It was given up.
    Closed,
}

impl ChangeStatus {
    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Merged => "merged",
            Self::Closed => "closed",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Merged, Self::Closed]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// Somebody as they stood at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Which actor.
    pub id: ActorId,
    /// The name at that time.
    pub name: String,
    /// The address at that time.
    pub email: String,
}

/// How a change was brought in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The commit on `main`.
    pub commit: Oid,
    /// Where the draft stood.
    pub head: Oid,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: Who,
}

/// How a change was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: Who,
    /// Why.
    pub reason: String,
}

/// A review that is owed after something went live in an emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Until when.
    pub by: Time,
    /// Why it could not wait.
    pub reason: String,
    /// When somebody looked at it.
    pub done_at: Option<Time>,
    /// Who did.
    pub done_by: Option<Who>,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its number, shown as `CH-42`.
    pub number: ChangeNumber,
    /// The draft it brings in.
    pub draft: String,
    /// One line: becomes the subject of the merge.
    pub title: String,
    /// More, where needed.
    pub summary: String,
    /// Why, and what is expected.
    pub record: ChangeRecord,
    /// Who opened it.
    pub author: Who,
    /// Where it stands.
    pub status: ChangeStatus,
    /// When it was opened.
    pub opened_at: Time,
    /// Who was asked to review it.
    pub asked: Vec<Who>,
    /// How it was brought in.
    pub merged: Option<Merged>,
    /// How it was given up.
    pub closed: Option<Closing>,
    /// The review that is owed for it.
    pub owed: Option<Owed>,
    /// Counts the changes of this row.
    pub revision: i64,
}

/// Why something cannot be done with a change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeError {
    /// The title is missing or too long.
    #[error("a change needs a title of 1 to {SUBJECT_CHARS_MAX} characters")]
    Title,
    /// A text is too long.
    #[error("`{0}` is longer than {RECORD_FIELD_CHARS_MAX} characters")]
    TooLong(&'static str),
    /// A comment, note or suggestion is missing or too long.
    #[error("`{0}` must have 1 to {COMMENT_CHARS_MAX} characters")]
    Comment(&'static str),
    /// The meaning of an approval is not a word.
    #[error("the meaning of an approval is one word, e.g. `approval` or `compliance`")]
    Meaning,
    /// A thread is full.
    #[error("a thread holds at most {COMMENTS_PER_THREAD_MAX} comments; begin a new one")]
    ThreadFull,
    /// A suggestion needs lines to replace.
    #[error(
        "a suggestion replaces lines of the new text: it needs a path, a line and the new side"
    )]
    SuggestionPlace,
    /// The lines of an anchor are the wrong way round or begin at zero.
    #[error("lines are counted from 1, and the last is not before the first")]
    Lines,
    /// A reason is needed.
    #[error("say why")]
    Reason,
    /// It stands elsewhere.
    #[error("change CH-{number} is {is}, so it cannot be {wanted}")]
    Status {
        /// Which change.
        number: ChangeNumber,
        /// Where it stands.
        is: &'static str,
        /// What was asked.
        wanted: &'static str,
    },
    /// The author cannot do that.
    #[error("you opened this change, so somebody else must {0} it")]
    OwnChange(&'static str),
    /// No review is owed.
    #[error("no review is owed for change CH-{0}")]
    NothingOwed(ChangeNumber),
    /// A thread is settled, or is not.
    #[error("this thread is {0} already")]
    Thread(&'static str),
}

/// Checks a comment, note or suggestion that must say something.
fn check_comment(field: &'static str, text: &str) -> Result<(), ChangeError> {
    let fine = !text.trim().is_empty()
        && text.chars().count() <= COMMENT_CHARS_MAX
        && !text.contains('\0');
    if fine {
        Ok(())
    } else {
        Err(ChangeError::Comment(field))
    }
}
