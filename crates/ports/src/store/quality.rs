//! Counts by which the quality of data is judged.

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_domain::quality::Count;

use super::StoreError;

/// Counts by hour and source.
#[async_trait]
pub trait QualityCounts: Send {
    /// Adds counts to what is there; no count is given twice.
    async fn add_quality(&mut self, id: WorkspaceId, counts: &[Count]) -> Result<(), StoreError>;
    /// The counts of an hour and of those after it, by hour.
    async fn quality(&mut self, id: WorkspaceId, since_hour: i64)
    -> Result<Vec<Count>, StoreError>;
    /// Forgets the counts of the hours before one.
    async fn forget_quality(&mut self, id: WorkspaceId, before_hour: i64)
    -> Result<(), StoreError>;
}
