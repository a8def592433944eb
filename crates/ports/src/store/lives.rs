//! What went live when, and how the KPIs stood then.

use async_trait::async_trait;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::watch::{LiveVersion, WentLive};

use super::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Releases and versions that went live; written once, never changed.
#[async_trait]
pub trait Lives {
    /// Adds a release that went live, with the versions it changed. What is there already of the same
    /// moment, place and release stays.
    async fn add_went_live(
        &mut self,
        id: WorkspaceId,
        one: &WentLive,
        versions: &[LiveVersion],
    ) -> Result<()>;
    /// Releases that went live from a moment on and before another one, newest first.
    async fn went_live(
        &mut self,
        id: WorkspaceId,
        within: std::ops::Range<Time>,
        limit: usize,
    ) -> Result<Vec<WentLive>>;
    /// Versions that went live before a moment, newest first; of one prompt where it is named.
    async fn live_versions(
        &mut self,
        id: WorkspaceId,
        prompt: Option<&str>,
        before: Time,
        limit: usize,
    ) -> Result<Vec<LiveVersion>>;
}
