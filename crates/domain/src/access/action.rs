//! What somebody may want to do, and what it takes.

use super::Role;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read prompts, history, releases, rollouts and activity.
    Read,
    /// Ask for the prompt that is live for a unit.
    Resolve,
    /// Save a version on a draft, make or close a draft.
    WriteDraft,
    /// Put a draft away whose end has come; for the system alone.
    ArchiveDraft,
    /// Note that a KPI got worse or is back; for the system alone.
    NoteRegression,
    /// Take a regression on, or say that it needs no work.
    AnswerRegression,
    /// Take part in the discussion of a change.
    Comment,
    /// Approve a change or ask for changes; for people only.
    Review,
    /// Keep a search of one's own under a name.
    KeepView,
    /// Show a kept search to everybody.
    ShareView,
    /// Change or take away what others share.
    ManageViews,
    /// Register a key of one's own for signing.
    RegisterKey,
    /// Save on, or merge into, `main`.
    Publish,
    /// Publish a hotfix and make it live without the review that is owed afterwards; for people only.
    EmergencyPublish,
    /// Make a release.
    CreateRelease,
    /// Change what is live: go live, start, advance, pause, finish a rollout.
    GoLive,
    /// Confirm what somebody else decided against a verdict; for people only.
    ConfirmDecision,
    /// Take a rollout or release back.
    RollBack,
    /// End all rollouts and let nothing new begin, or lift that.
    StopEverything,
    /// Acknowledge, snooze, hand over and resolve incidents.
    AnswerIncident,
    /// Send the messages of a ladder as a test.
    TestLadder,
    /// Report exposures and outcomes.
    SendEvents,
    /// Take raw events out, with the ids of units.
    ExportEvents,
    /// Bring in events that are older than what arrives live may be.
    Backfill,
    /// Make the events of a unit anonymous.
    EraseUnit,
    /// Invite people and change grants.
    ManagePeople,
    /// Make and revoke tokens of other actors.
    ManageTokens,
    /// Import, reset the sample, rebuild.
    Administer,
}

impl Action {
    /// What the action is called in a sentence.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Read => "read this",
            Self::Resolve => "ask for what is live",
            Self::WriteDraft => "write a draft here",
            Self::ArchiveDraft => "put drafts away at their end",
            Self::NoteRegression => "note regressions",
            Self::AnswerRegression => "answer regressions",
            Self::Comment => "take part in this discussion",
            Self::Review => "review changes here",
            Self::KeepView => "keep views",
            Self::ShareView => "share views",
            Self::ManageViews => "change views of others",
            Self::RegisterKey => "register keys",
            Self::Publish => "publish to the library here",
            Self::EmergencyPublish => "publish and go live in an emergency here",
            Self::CreateRelease => "make a release",
            Self::GoLive => "change what is live",
            Self::ConfirmDecision => "confirm a decision against the verdict",
            Self::RollBack => "roll back",
            Self::StopEverything => "stop everything, or lift a stop",
            Self::AnswerIncident => "answer incidents",
            Self::TestLadder => "test ladders",
            Self::SendEvents => "send events",
            Self::ExportEvents => "export events",
            Self::Backfill => "bring in events from the past",
            Self::EraseUnit => "erase a unit",
            Self::ManagePeople => "manage people",
            Self::ManageTokens => "manage tokens",
            Self::Administer => "administer the workspace",
        }
    }

    /// Whether only a human being may do it, whatever role a program holds.
    pub fn needs_person(self) -> bool {
        matches!(
            self,
            Self::Review | Self::EmergencyPublish | Self::ConfirmDecision
        )
    }

    /// The least role that may do it.
    pub fn needs(self) -> Role {
        match self {
            Self::Read | Self::Resolve | Self::Comment | Self::KeepView | Self::AnswerIncident => {
                Role::Viewer
            }
            Self::WriteDraft
            | Self::Review
            | Self::RegisterKey
            | Self::ShareView
            | Self::AnswerRegression => Role::Author,
            Self::Publish
            | Self::EmergencyPublish
            | Self::CreateRelease
            | Self::GoLive
            | Self::ConfirmDecision
            | Self::RollBack
            | Self::StopEverything
            | Self::TestLadder
            | Self::SendEvents
            | Self::ExportEvents => Role::Publisher,
            Self::ManagePeople
            | Self::ManageTokens
            | Self::ManageViews
            | Self::Administer
            | Self::Backfill
            | Self::EraseUnit
            | Self::ArchiveDraft
            | Self::NoteRegression => Role::Administrator,
        }
    }
}
