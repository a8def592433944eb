//! Reviews: what somebody says of a change, and at which state of the draft.

use serde::{Deserialize, Serialize};

use super::{ChangeError, Who, check_comment};
use crate::id::{ActorId, Oid, Time};

/// The longest meaning of an approval.
const MEANING_CHARS_MAX: usize = 40;

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It may go into the library.
    Approve,
    /// Something must change first.
    RequestChanges,
    /// Only a remark; what the reviewer said before still stands.
    Comment,
}

impl Verdict {
    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::RequestChanges => "request-changes",
            Self::Comment => "comment",
        }
    }

    /// The verdict of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Approve, Self::RequestChanges, Self::Comment]
            .into_iter()
            .find(|verdict| verdict.name() == name)
    }
}

/// One review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who.
    pub by: Who,
    /// What it says.
    pub verdict: Verdict,
    /// What an approval means, e.g. `approval` or `compliance`.
    pub meaning: String,
    /// In words.
    pub note: String,
    /// Where the draft stood.
    pub commit: Oid,
    /// When.
    pub at: Time,
}

impl Review {
    /// Checks texts: whoever asks for changes or remarks must say what.
    pub fn check(&self) -> Result<(), ChangeError> {
        let is_word = !self.meaning.is_empty()
            && self.meaning.len() <= MEANING_CHARS_MAX
            && self
                .meaning
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
        if self.verdict == Verdict::Approve && !is_word {
            return Err(ChangeError::Meaning);
        }
        if self.verdict == Verdict::Approve && self.note.is_empty() {
            return Ok(());
        }
        check_comment("note", &self.note)
    }
}

/// The newest verdict of each person that is not only a remark, oldest first.
pub fn in_force(reviews: &[Review]) -> Vec<&Review> {
    let mut newest: Vec<(ActorId, &Review)> = Vec::new();
    for review in reviews.iter().filter(|one| one.verdict != Verdict::Comment) {
        newest.retain(|(id, _)| *id != review.by.id);
        newest.push((review.by.id, review));
    }
    newest.into_iter().map(|(_, review)| review).collect()
}
