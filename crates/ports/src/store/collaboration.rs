//! What is kept of people's work on the library: drafts, changes, reviews, discussions, inboxes, and
//! the index over change records.

use async_trait::async_trait;
use variorum_domain::change::{Change, Review, Thread};
use variorum_domain::draft::Draft;
use variorum_domain::id::{
    ActorId, ChangeNumber, NoticeId, Oid, RolloutNumber, ThreadNumber, Time, WorkspaceId,
};
use variorum_domain::notice::Notice;

use super::StoreError;
use crate::rows::{ChangeFilter, OutcomeRow, RecordFilter, RecordRow};

type Result<T> = std::result::Result<T, StoreError>;

/// Drafts, beside their branches.
#[async_trait]
pub trait Drafts {
    /// Adds a draft (`revision` 1) or replaces the one whose revision is one lower; fails with
    /// `Conflict` otherwise.
    async fn put_draft(&mut self, id: WorkspaceId, draft: &Draft) -> Result<()>;
    /// One draft.
    async fn draft(&mut self, id: WorkspaceId, name: &str) -> Result<Option<Draft>>;
    /// Drafts after a name, by name.
    async fn drafts(
        &mut self,
        id: WorkspaceId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Draft>>;
    /// Drafts with a branch that end before a moment, the earliest end first.
    async fn drafts_ending(
        &mut self,
        id: WorkspaceId,
        before: Time,
        limit: usize,
    ) -> Result<Vec<Draft>>;
}

/// Changes with their reviews and discussions.
#[async_trait]
pub trait Changes {
    /// Adds a change (`revision` 1) or replaces the one whose revision is one lower; fails with
    /// `Conflict` otherwise, and where the draft has another open change.
    async fn put_change(&mut self, id: WorkspaceId, change: &Change) -> Result<()>;
    /// One change.
    async fn change(&mut self, id: WorkspaceId, number: ChangeNumber) -> Result<Option<Change>>;
    /// The open change of a draft.
    async fn open_change(&mut self, id: WorkspaceId, draft: &str) -> Result<Option<Change>>;
    /// Changes below a number, newest first.
    async fn changes(
        &mut self,
        id: WorkspaceId,
        filter: &ChangeFilter,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Change>>;
    /// Adds a review.
    async fn add_review(
        &mut self,
        id: WorkspaceId,
        number: ChangeNumber,
        review: &Review,
    ) -> Result<()>;
    /// All reviews of a change, oldest first.
    async fn reviews(&mut self, id: WorkspaceId, number: ChangeNumber) -> Result<Vec<Review>>;
    /// Adds a thread (`revision` 1) or replaces the one whose revision is one lower; fails with
    /// `Conflict` otherwise.
    async fn put_thread(&mut self, id: WorkspaceId, thread: &Thread) -> Result<()>;
    /// One thread.
    async fn thread(&mut self, id: WorkspaceId, number: ThreadNumber) -> Result<Option<Thread>>;
    /// All threads of a change, oldest first.
    async fn threads(&mut self, id: WorkspaceId, number: ChangeNumber) -> Result<Vec<Thread>>;
}

/// Inboxes.
#[async_trait]
pub trait Notices {
    /// Puts lines into inboxes.
    async fn add_notices(&mut self, id: WorkspaceId, notices: &[Notice]) -> Result<()>;
    /// Somebody's lines below a place, newest first.
    async fn notices(
        &mut self,
        id: WorkspaceId,
        actor: ActorId,
        unread_only: bool,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Notice>>;
    /// How many lines somebody has not read.
    async fn unread_notices(&mut self, id: WorkspaceId, actor: ActorId) -> Result<i64>;
    /// Marks one line of somebody's inbox as read, or all up to it; returns how many were not.
    async fn read_notices(
        &mut self,
        id: WorkspaceId,
        actor: ActorId,
        notice: NoticeId,
        all_before: bool,
        at: Time,
    ) -> Result<u64>;
}

/// The index over change records; filled by [`super::Commits::put_commits`] itself.
#[async_trait]
pub trait Records {
    /// Records below a place, newest first.
    async fn records(
        &mut self,
        id: WorkspaceId,
        filter: &RecordFilter,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<RecordRow>>;
    /// Those of these commits that carry a record.
    async fn records_of(&mut self, id: WorkspaceId, commits: &[Oid]) -> Result<Vec<RecordRow>>;
    /// Writes what was measured beside records.
    async fn put_outcomes(&mut self, id: WorkspaceId, rows: &[OutcomeRow]) -> Result<()>;
    /// What was measured beside these commits, oldest rollout first.
    async fn outcomes_of(&mut self, id: WorkspaceId, commits: &[Oid]) -> Result<Vec<OutcomeRow>>;
    /// The commits beside which the result of a rollout stands.
    async fn commits_of_outcome(
        &mut self,
        id: WorkspaceId,
        rollout: RolloutNumber,
    ) -> Result<Vec<Oid>>;
}
