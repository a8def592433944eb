//! Drafts: what kind they are, when they end, and which way from one state to the next is allowed.
//!
//! Knows nothing of refs: a draft that is not open keeps the commit at which it stood, so that it can
//! be opened again.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{ActorId, Oid, Time};
use crate::limits::{DRAFT_DAYS_MAX, DRAFT_WARNING_DAYS, EXPERIMENT_DAYS, SUBJECT_CHARS_MAX};

const DAY_SECONDS: i64 = 86_400;

/// What a draft is for, told by the first part of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DraftKind {
    /// Texts that go out together.
    Campaign,
    /// A trial with an end date.
    Experiment,
    /// A repair that may go live at once.
    Hotfix,
    /// Anything else.
    Draft,
}

impl DraftKind {
    /// The kind of the draft of that name.
    pub fn of(name: &str) -> Self {
        match name.split_once('/').map(|(first, _)| first) {
            Some("campaign") => Self::Campaign,
            Some("experiment") => Self::Experiment,
            Some("hotfix") => Self::Hotfix,
            _ => Self::Draft,
        }
    }

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Experiment => "experiment",
            Self::Hotfix => "hotfix",
            Self::Draft => "draft",
        }
    }

    /// Whether such a draft must say when it ends.
    pub fn must_end(self) -> bool {
        self == Self::Experiment
    }
}

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DraftStatus {
    /// People work on it.
    Open,
    /// Somebody closed it.
    Closed,
    /// It is in the library, and nothing was saved on it since.
    Published,
    /// Its end came.
    Archived,
    /// Somebody deleted it.
    Deleted,
}

impl DraftStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Closed,
        Self::Published,
        Self::Archived,
        Self::Deleted,
    ];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Published => "published",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether the branch is there.
    pub fn has_branch(self) -> bool {
        matches!(self, Self::Open | Self::Published)
    }
}

/// How a draft came to rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// The commit at which it stood.
    pub commit: Oid,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A draft as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: DraftKind,
    /// The title shown.
    pub title: String,
    /// Where it stands.
    pub status: DraftStatus,
    /// The draft it came from, `main`, or a commit.
    pub from: String,
    /// Who looks after it.
    pub owner: ActorId,
    /// The owner's name at that time.
    pub owner_name: String,
    /// When it was made; for one that is older than these rows, when the row was made.
    pub created_at: Time,
    /// When it ends by itself.
    pub ends_at: Option<Time>,
    /// When its owner was told that the end is near.
    pub warned_at: Option<Time>,
    /// How it came to rest; for a published one, what of it was published.
    pub rest: Option<Rest>,
    /// Counts the changes of this row.
    pub revision: i64,
}

/// What a new draft is told.
#[derive(Debug, Clone)]
pub struct NewDraft {
    /// Its name.
    pub name: String,
    /// The title shown; made of the name where it is empty.
    pub title: String,
    /// Where it comes from.
    pub from: String,
    /// Who looks after it.
    pub owner: (ActorId, String),
    /// When it is made.
    pub at: Time,
    /// When it shall end.
    pub ends_at: Option<Time>,
}

/// Why a draft cannot be what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DraftError {
    /// The title is too long.
    #[error("the title of a draft has at most {SUBJECT_CHARS_MAX} characters")]
    Title,
    /// The end is not a moment to come, or too far away.
    #[error("the end of a draft must lie in the future, at most {DRAFT_DAYS_MAX} days away")]
    End,
    /// An experiment cannot go on for ever.
    #[error("an experiment must have an end date")]
    MustEnd,
    /// It stands elsewhere.
    #[error("draft `{name}` is {is}, so it cannot be {wanted}")]
    Status {
        /// Which draft.
        name: String,
        /// Where it stands.
        is: &'static str,
        /// What was asked.
        wanted: &'static str,
    },
}

impl Draft {
    /// A new draft.
    pub fn start(new: NewDraft) -> Result<Self, DraftError> {
        let kind = DraftKind::of(&new.name);
        let title = match new.title.trim() {
            "" => title_of(&new.name),
            title => title.to_owned(),
        };
        check_title(&title)?;
        let ends_at = match new.ends_at {
            None if kind.must_end() => Some(new.at.plus_seconds(EXPERIMENT_DAYS * DAY_SECONDS)),
            other => other,
        };
        check_end(ends_at, new.at)?;
        Ok(Self {
            kind,
            title,
            status: DraftStatus::Open,
            from: new.from,
            owner: new.owner.0,
            owner_name: new.owner.1,
            created_at: new.at,
            ends_at,
            warned_at: None,
            rest: None,
            revision: 1,
            name: new.name,
        })
    }

    /// Where the draft stands, given where its branch stands: what is saved on a published draft
    /// makes it open again.
    pub fn status_at(&self, branch: Option<Oid>) -> DraftStatus {
        let published = self.rest.as_ref().map(|rest| rest.commit);
        match (self.status, branch) {
            (DraftStatus::Published, Some(head)) if published != Some(head) => DraftStatus::Open,
            (status, _) => status,
        }
    }

    /// Comes to rest: closed by a person, archived at its end, or deleted.
    pub fn end(&mut self, status: DraftStatus, rest: Rest) -> Result<(), DraftError> {
        let fine = match status {
            DraftStatus::Closed | DraftStatus::Archived => self.status.has_branch(),
            DraftStatus::Deleted => self.status != DraftStatus::Deleted,
            DraftStatus::Open | DraftStatus::Published => false,
        };
        if !fine {
            return Err(self.cannot_be(status.name()));
        }
        self.status = status;
        self.rest = Some(rest);
        self.revision += 1;
        Ok(())
    }

    /// It is in the library now.
    pub fn publish(&mut self, rest: Rest) -> Result<(), DraftError> {
        if !self.status.has_branch() {
            return Err(self.cannot_be("published"));
        }
        self.status = DraftStatus::Published;
        self.rest = Some(rest);
        self.revision += 1;
        Ok(())
    }

    /// Goes on where it came to rest; returns that commit.
    pub fn reopen(&mut self, now: Time) -> Result<Oid, DraftError> {
        let Some(rest) = self.rest.take_if(|_| !self.status.has_branch()) else {
            return Err(self.cannot_be("opened again"));
        };
        self.status = DraftStatus::Open;
        if self.ends_at.is_some_and(|end| end <= now) {
            let days = EXPERIMENT_DAYS * DAY_SECONDS;
            self.ends_at = self.kind.must_end().then(|| now.plus_seconds(days));
        }
        self.warned_at = None;
        self.revision += 1;
        Ok(rest.commit)
    }

    /// Changes title or end.
    pub fn edit(
        &mut self,
        title: Option<&str>,
        ends_at: Option<Option<Time>>,
        now: Time,
    ) -> Result<(), DraftError> {
        if !self.status.has_branch() {
            return Err(self.cannot_be("changed"));
        }
        if let Some(title) = title {
            check_title(title)?;
            title.trim().clone_into(&mut self.title);
        }
        if let Some(ends_at) = ends_at {
            if ends_at.is_none() && self.kind.must_end() {
                return Err(DraftError::MustEnd);
            }
            check_end(ends_at, now)?;
            self.ends_at = ends_at;
            self.warned_at = None;
        }
        self.revision += 1;
        Ok(())
    }

    /// What the clock asks for now.
    pub fn due(&self, now: Time) -> Option<Due> {
        let end = self.ends_at.filter(|_| self.status.has_branch())?;
        if end <= now {
            return Some(Due::Archive);
        }
        let warning = end.plus_seconds(-DRAFT_WARNING_DAYS * DAY_SECONDS);
        (warning <= now && self.warned_at.is_none()).then_some(Due::Warn)
    }

    /// Its owner was told.
    pub fn warned(&mut self, now: Time) {
        self.warned_at = Some(now);
        self.revision += 1;
    }

    fn cannot_be(&self, wanted: &'static str) -> DraftError {
        DraftError::Status {
            name: self.name.clone(),
            is: self.status.name(),
            wanted,
        }
    }
}

/// What the clock asks of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Tell its owner that the end is near.
    Warn,
    /// Its end has come.
    Archive,
}

fn check_title(title: &str) -> Result<(), DraftError> {
    let fine = !title.trim().is_empty() && title.chars().count() <= SUBJECT_CHARS_MAX;
    if fine { Ok(()) } else { Err(DraftError::Title) }
}

fn check_end(ends_at: Option<Time>, now: Time) -> Result<(), DraftError> {
    let latest = now.plus_seconds(DRAFT_DAYS_MAX * DAY_SECONDS);
    match ends_at {
        Some(end) if end <= now || end > latest => Err(DraftError::End),
        _ => Ok(()),
    }
}

/// `campaign/autumn-sale` becomes `Autumn sale`.
fn title_of(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    let words = last.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_000 * DAY_SECONDS * Time::SECOND_US);

    fn days(days: i64) -> Time {
        NOW.plus_seconds(days * DAY_SECONDS)
    }

    fn new(name: &str, ends_at: Option<Time>) -> Result<Draft, DraftError> {
        Draft::start(NewDraft {
            name: name.into(),
            title: String::new(),
            from: "main".into(),
            owner: (ActorId(1), "Ann".into()),
            at: NOW,
            ends_at,
        })
    }

    fn rest(seed: u8) -> Rest {
        Rest {
            commit: Oid([seed; 20]),
            at: NOW,
            by: "Ann".into(),
            reason: "done".into(),
        }
    }

    #[test]
    fn the_name_tells_the_kind_and_an_experiment_ends() {
        let rows = [
            (
                "campaign/autumn-sale",
                DraftKind::Campaign,
                None,
                "Autumn sale",
            ),
            ("experiment/x", DraftKind::Experiment, Some(days(30)), "X"),
            ("hotfix/price", DraftKind::Hotfix, None, "Price"),
            ("campaign", DraftKind::Draft, None, "Campaign"),
        ];
        for (name, kind, end, title) in rows {
            let draft = new(name, None).unwrap();
            assert_eq!((draft.kind, draft.ends_at), (kind, end), "{name}");
            assert_eq!(draft.title, title);
        }
        assert_eq!(new("a", Some(NOW)), Err(DraftError::End));
        assert_eq!(new("a", Some(days(367))), Err(DraftError::End));
        let mut experiment = new("experiment/x", Some(days(5))).unwrap();
        assert_eq!(
            experiment.edit(None, Some(None), NOW),
            Err(DraftError::MustEnd)
        );
        assert_eq!(experiment.edit(None, Some(Some(days(9))), NOW), Ok(()));
    }

    #[test]
    fn the_owner_is_warned_once_and_then_it_is_archived() {
        let mut draft = new("experiment/x", Some(days(10))).unwrap();
        assert_eq!(draft.due(days(6)), None);
        assert_eq!(draft.due(days(7)), Some(Due::Warn));
        draft.warned(days(7));
        assert_eq!(draft.due(days(8)), None);
        assert_eq!(draft.due(days(10)), Some(Due::Archive));
        draft.end(DraftStatus::Archived, rest(1)).unwrap();
        assert_eq!(draft.due(days(11)), None);
        assert_eq!(draft.reopen(days(12)), Ok(Oid([1; 20])));
        assert_eq!(
            draft.ends_at,
            Some(days(42)),
            "a new end, or it would end at once"
        );
    }

    #[test]
    fn table_of_ways_between_states() {
        use DraftStatus::{Archived, Closed, Deleted, Open, Published};
        let ways = [
            (Open, Closed, true),
            (Open, Archived, true),
            (Open, Deleted, true),
            (Published, Closed, true),
            (Closed, Closed, false),
            (Closed, Archived, false),
            (Closed, Deleted, true),
            (Archived, Deleted, true),
            (Deleted, Deleted, false),
            (Deleted, Closed, false),
            (Open, Published, false),
        ];
        for (from, to, fine) in ways {
            let mut draft = new("a", None).unwrap();
            draft.status = from;
            draft.rest = Some(rest(1));
            assert_eq!(draft.end(to, rest(2)).is_ok(), fine, "{from:?} {to:?}");
        }
        for status in DraftStatus::ALL {
            let mut draft = new("a", None).unwrap();
            draft.status = status;
            draft.rest = Some(rest(1));
            let reopened = draft.reopen(NOW).is_ok();
            assert_eq!(reopened, !status.has_branch(), "{status:?}");
        }
    }

    #[test]
    fn what_is_saved_on_a_published_draft_opens_it_again() {
        let mut draft = new("a", None).unwrap();
        draft.publish(rest(1)).unwrap();
        assert_eq!(draft.status_at(Some(Oid([1; 20]))), DraftStatus::Published);
        assert_eq!(draft.status_at(Some(Oid([2; 20]))), DraftStatus::Open);
    }
}
