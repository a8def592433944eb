//! Discussions on a change: threads anchored to lines or fields, with suggestions.

use serde::{Deserialize, Serialize};

use super::{ChangeError, Who, check_comment};
use crate::id::{ChangeNumber, Oid, ThreadNumber, Time};
use crate::limits::{COMMENT_CHARS_MAX, COMMENTS_PER_THREAD_MAX};

/// Which text a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The text in the library.
    Old,
    /// The text of the draft.
    New,
}

impl Side {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }

    /// The side of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Old, Self::New]
            .into_iter()
            .find(|side| side.name() == name)
    }
}

/// What a thread is about; without a path it is about the change as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Anchor {
    /// The file.
    pub path: String,
    /// Which text the lines belong to.
    pub side: Option<Side>,
    /// The first line, from 1.
    pub line: Option<usize>,
    /// The last line; the first where not given.
    pub end_line: Option<usize>,
    /// A field of the front matter, e.g. `config.temperature`.
    pub field: String,
}

impl Anchor {
    /// The lines, first and last.
    pub fn lines(&self) -> Option<(usize, usize)> {
        let first = self.line?;
        Some((first, self.end_line.unwrap_or(first)))
    }

    fn check(&self) -> Result<(), ChangeError> {
        let too_long = |text: &str| text.len() > 1_024 || text.contains('\0');
        if too_long(&self.path) || too_long(&self.field) {
            return Err(ChangeError::TooLong("path"));
        }
        match self.lines() {
            Some((first, last)) if first == 0 || last < first => Err(ChangeError::Lines),
            Some(_) if self.path.is_empty() => Err(ChangeError::Lines),
            _ => Ok(()),
        }
    }
}

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Who.
    pub by: Who,
    /// What they say.
    pub text: String,
    /// When.
    pub at: Time,
}

/// A suggested text for the lines of the anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The lines as they stood when it was made.
    pub before: String,
    /// The lines as they shall stand.
    pub after: String,
    /// The commit that took it over.
    pub accepted: Option<Oid>,
}

/// How a thread was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// By whom.
    pub by: Who,
    /// When.
    pub at: Time,
}

/// A discussion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its number in the workspace.
    pub number: ThreadNumber,
    /// The change it belongs to.
    pub change: ChangeNumber,
    /// What it is about.
    pub anchor: Anchor,
    /// Where the draft stood when it began.
    pub commit: Oid,
    /// The comments, oldest first; the first began it.
    pub comments: Vec<Comment>,
    /// The suggested text.
    pub suggestion: Option<Suggestion>,
    /// How it was settled.
    pub settled: Option<Settled>,
    /// Counts the changes of this row.
    pub revision: i64,
}

impl Thread {
    /// Begins a discussion, with a suggestion where one is given: the lines before and after.
    pub fn begin(
        (number, change): (ThreadNumber, ChangeNumber),
        anchor: Anchor,
        commit: Oid,
        comment: Comment,
        suggestion: Option<(String, String)>,
    ) -> Result<Self, ChangeError> {
        anchor.check()?;
        if suggestion.is_none() || !comment.text.is_empty() {
            check_comment("text", &comment.text)?;
        }
        let suggestion = match suggestion {
            None => None,
            Some(_) if anchor.lines().is_none() || anchor.side == Some(Side::Old) => {
                return Err(ChangeError::SuggestionPlace);
            }
            Some((_, after))
                if after.chars().count() > COMMENT_CHARS_MAX || after.contains('\0') =>
            {
                return Err(ChangeError::Comment("suggestion"));
            }
            Some((before, after)) => Some(Suggestion {
                before,
                after,
                accepted: None,
            }),
        };
        Ok(Self {
            number,
            change,
            anchor,
            commit,
            comments: vec![comment],
            suggestion,
            settled: None,
            revision: 1,
        })
    }

    /// Adds a comment.
    pub fn reply(&mut self, comment: Comment) -> Result<(), ChangeError> {
        check_comment("text", &comment.text)?;
        if self.comments.len() >= COMMENTS_PER_THREAD_MAX {
            return Err(ChangeError::ThreadFull);
        }
        self.comments.push(comment);
        self.revision += 1;
        Ok(())
    }

    /// Settles it, or takes it up again.
    pub fn settle(&mut self, settled: Option<Settled>) -> Result<(), ChangeError> {
        if settled.is_some() == self.settled.is_some() {
            let state = if settled.is_some() { "settled" } else { "open" };
            return Err(ChangeError::Thread(state));
        }
        self.settled = settled;
        self.revision += 1;
        Ok(())
    }

    /// Its suggestion was taken over by a commit, which settles it.
    pub fn accept(&mut self, commit: Oid, settled: Settled) -> Result<(), ChangeError> {
        let suggestion = self
            .suggestion
            .as_mut()
            .ok_or(ChangeError::SuggestionPlace)?;
        if suggestion.accepted.is_some() {
            return Err(ChangeError::Thread("accepted"));
        }
        suggestion.accepted = Some(commit);
        self.settled = Some(settled);
        self.revision += 1;
        Ok(())
    }
}
