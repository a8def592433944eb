//! Regressions that the watch found.

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_domain::watch::Regression;

use super::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Regressions of KPIs outside of experiments.
#[async_trait]
pub trait Regressions {
    /// Adds a regression (`revision` 1) or replaces the one whose revision is one lower; fails with
    /// `Conflict` otherwise.
    async fn put_regression(&mut self, id: WorkspaceId, regression: &Regression) -> Result<()>;
    /// One by its number.
    async fn regression(&mut self, id: WorkspaceId, number: i64) -> Result<Option<Regression>>;
    /// Those below a number, newest first; only open and acknowledged ones where asked.
    async fn regressions(
        &mut self,
        id: WorkspaceId,
        open_only: bool,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Regression>>;
}
