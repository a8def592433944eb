//! The store of state: one transaction over objects, refs, releases, rollouts and the audit log.

mod aggregates;
mod collaboration;
mod escalation;
mod git_door;
mod lives;
mod quality;
mod regressions;
mod remotes;
mod sources;
mod views;

use async_trait::async_trait;
use thiserror::Error;
use variorum_domain::id::WorkspaceId;

pub use aggregates::{
    AuditLog, Commits, Environments, LibraryEdges, LibraryIndex, Members, Objects, Refs, Releases,
    Rollouts, Tokens, Workspaces,
};
pub use collaboration::{Changes, Drafts, Notices, Records};
pub use escalation::{Deliveries, Incidents, Stops};
pub use git_door::{Arrivals, ObjectFacts, ServerKeys, SigningKeys};
pub use lives::Lives;
pub use quality::QualityCounts;
pub use regressions::Regressions;
pub use remotes::Remotes;
pub use sources::{ReceiptRow, SourceRow, Sources};
pub use views::{PromptAsks, Views};

/// Why the store could not do it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Somebody else changed the same thing first; nothing was written.
    #[error("somebody else changed `{what}` first")]
    Conflict {
        /// What was changed.
        what: String,
    },
    /// A write was tried in a transaction that only reads.
    #[error("this transaction only reads")]
    ReadOnly,
    /// The store cannot be reached or has no room.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored row cannot be what it should be.
    #[error("stored data is damaged: {what} `{id}`")]
    Corrupt {
        /// What kind of row.
        what: &'static str,
        /// Which one.
        id: String,
    },
}

/// The store of state.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a transaction that may write to one workspace; writers of a workspace wait for each
    /// other.
    async fn begin(&self, workspace: WorkspaceId) -> Result<Box<dyn Tx>, StoreError>;

    /// Begins a transaction that reads one consistent state.
    async fn read(&self) -> Result<Box<dyn Tx>, StoreError>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// The engine's name, for logs and metrics.
    fn engine(&self) -> &'static str;
}

/// One transaction. Dropped without `commit`, it leaves nothing behind.
#[async_trait]
pub trait Tx:
    Workspaces
    + Objects
    + Refs
    + Commits
    + LibraryIndex
    + LibraryEdges
    + Releases
    + Environments
    + Rollouts
    + Lives
    + Members
    + Tokens
    + AuditLog
    + Drafts
    + Changes
    + Notices
    + Records
    + ObjectFacts
    + SigningKeys
    + ServerKeys
    + Arrivals
    + Remotes
    + Sources
    + Views
    + PromptAsks
    + Stops
    + Incidents
    + Deliveries
    + Regressions
    + QualityCounts
    + Send
{
    /// Makes everything durable and visible, or fails and leaves nothing behind.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
