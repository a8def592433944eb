//! What rollouts in the shadow came to.

use async_trait::async_trait;
use variorum_domain::id::{RolloutNumber, WorkspaceId};
use variorum_domain::shadow::{Count, Sample};

use super::StoreError;

/// Counts and texts side by side, by rollout.
#[async_trait]
pub trait ShadowCounts: Send {
    /// Adds counts to what is there; no count is given twice.
    async fn add_shadow_counts(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
        counts: &[Count],
    ) -> Result<(), StoreError>;
    /// The counts of a rollout.
    async fn shadow_counts(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
    ) -> Result<Vec<Count>, StoreError>;
    /// Keeps texts side by side; one that is there already is left as it is.
    async fn add_shadow_samples(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
        samples: &[Sample],
    ) -> Result<(), StoreError>;
    /// The texts of a rollout, by prompt and time.
    async fn shadow_samples(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
    ) -> Result<Vec<Sample>, StoreError>;
    /// Forgets the texts that were made for a unit.
    async fn erase_shadow_samples(&mut self, id: WorkspaceId, unit: &str)
    -> Result<(), StoreError>;
}
