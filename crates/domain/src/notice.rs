//! Lines in somebody's inbox: what happened that they should know of.

use serde::{Deserialize, Serialize};

use crate::id::{ActorId, NoticeId, Time};

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// Somebody asks for a review.
    ReviewAsked,
    /// Somebody approved.
    Approved,
    /// Somebody asked for changes.
    ChangesRequested,
    /// Somebody commented.
    Commented,
    /// Somebody named the reader.
    Mentioned,
    /// A change is in the library.
    Merged,
    /// Something went live in an emergency, and a review is owed.
    Emergency,
    /// A draft ends soon.
    DraftEnds,
    /// A draft has ended.
    DraftEnded,
    /// Something went wrong, and a ladder says that the reader is told.
    Alarm,
    /// A KPI got worse outside of an experiment.
    Regression,
    /// Somebody asks for a second person to decide against a verdict.
    DecisionAsked,
    /// What was asked for was confirmed or declined.
    DecisionAnswered,
}

impl NoticeKind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ReviewAsked,
        Self::Approved,
        Self::ChangesRequested,
        Self::Commented,
        Self::Mentioned,
        Self::Merged,
        Self::Emergency,
        Self::DraftEnds,
        Self::DraftEnded,
        Self::Alarm,
        Self::Regression,
        Self::DecisionAsked,
        Self::DecisionAnswered,
    ];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReviewAsked => "review-asked",
            Self::Approved => "approved",
            Self::ChangesRequested => "changes-requested",
            Self::Commented => "commented",
            Self::Mentioned => "mentioned",
            Self::Merged => "merged",
            Self::Emergency => "emergency",
            Self::DraftEnds => "draft-ends",
            Self::DraftEnded => "draft-ended",
            Self::Alarm => "alarm",
            Self::Regression => "regression",
            Self::DecisionAsked => "decision-asked",
            Self::DecisionAnswered => "decision-answered",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its place; 0 while it is not kept.
    pub id: NoticeId,
    /// Whose inbox.
    pub actor: ActorId,
    /// What it is about.
    pub kind: NoticeKind,
    /// What it points to, e.g. `change:CH-42` or `draft:experiment/x`.
    pub target: String,
    /// In one sentence.
    pub text: String,
    /// When.
    pub at: Time,
    /// When it was read.
    pub read_at: Option<Time>,
}

/// The people a text names: by `@` and their address, or the part of it before its `@`.
pub fn mentioned<'p>(
    text: &str,
    people: impl IntoIterator<Item = (ActorId, &'p str)>,
) -> Vec<ActorId> {
    let is_part =
        |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '+' | '@');
    let mut names: Vec<String> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let before = text[..at].chars().next_back();
        if before.is_some_and(is_part) {
            continue;
        }
        let name: String = text[at + 1..].chars().take_while(|c| is_part(*c)).collect();
        names.push(name.trim_end_matches(['.', '-']).to_lowercase());
    }
    let is_named = |email: &str| {
        let email = email.to_lowercase();
        let short = email.split('@').next().unwrap_or("").to_owned();
        names
            .iter()
            .any(|name| !name.is_empty() && (*name == email || *name == short))
    };
    people
        .into_iter()
        .filter(|(_, email)| is_named(email))
        .map(|(id, _)| id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_named_by_address_or_its_first_part() {
        let people = [
            (ActorId(1), "ann.lee@acme.example"),
            (ActorId(2), "bob@acme.example"),
        ];
        let rows: [(&str, &[i64]); 6] = [
            ("@ann.lee please", &[1]),
            ("see @bob, @ann.lee.", &[1, 2]),
            ("@Bob@acme.example!", &[2]),
            ("mail bob@acme.example", &[]),
            ("@bobby", &[]),
            ("@ nobody", &[]),
        ];
        for (text, expected) in rows {
            let found: Vec<i64> = mentioned(text, people).iter().map(|id| id.0).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn kinds_have_names() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_name(kind.name()), Some(kind));
        }
    }
}
