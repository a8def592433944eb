//! The event log: append-only, batched, durable when `append` returns.

use std::sync::Arc;

use async_trait::async_trait;
use variorum_domain::event::Event;
use variorum_domain::id::{Time, WorkspaceId};

use crate::store::StoreError;

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Its place in the log of all workspaces; grows, may have gaps.
    pub seq: i64,
    /// Whose event it is.
    pub workspace: WorkspaceId,
    /// When it was received.
    pub received: Time,
    /// The event.
    pub event: Event,
}

/// An event about to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Whose event it is.
    pub workspace: WorkspaceId,
    /// When it was received.
    pub received: Time,
    /// The event.
    pub event: Event,
}

/// The store of raw events.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Stores a batch whole or not at all, and returns after it is durable, with the first event's
    /// place; the others follow without gaps.
    async fn append(&self, events: Arc<[NewEvent]>) -> Result<i64, StoreError>;

    /// Events after a place, oldest first, at most `limit`.
    async fn scan(&self, after: i64, limit: usize) -> Result<Vec<StoredEvent>, StoreError>;

    /// The ids of events received since a time: `(workspace, id, received)` after a place.
    async fn scan_ids(
        &self,
        since: Time,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, WorkspaceId, String, Time)>, StoreError>;

    /// The place of the newest event; 0 where there is none.
    async fn last_seq(&self) -> Result<i64, StoreError>;

    /// How many events a workspace has.
    async fn count(&self, workspace: WorkspaceId) -> Result<i64, StoreError>;

    /// Removes all events of a workspace, when its sample is reset.
    async fn clear(&self, workspace: WorkspaceId) -> Result<(), StoreError>;

    /// How many events of a workspace a unit has.
    async fn count_unit(&self, workspace: WorkspaceId, unit: &str) -> Result<i64, StoreError>;

    /// Gives all events of a unit another name, takes their attributes away, and replaces ids in which
    /// the unit's own id stands. Returns after nothing of it is left in the log's files, with how many
    /// events there were.
    async fn erase_unit(
        &self,
        workspace: WorkspaceId,
        unit: &str,
        name: &str,
    ) -> Result<i64, StoreError>;
}
