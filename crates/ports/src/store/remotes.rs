//! Remotes, and up to where the library is in step with them.

use async_trait::async_trait;
use variorum_domain::id::{Time, WorkspaceId};

use super::StoreError;
use crate::rows::{RemoteRefRow, RemoteRow};

type Result<T> = std::result::Result<T, StoreError>;

/// Git repositories elsewhere.
#[async_trait]
pub trait Remotes {
    /// Adds one; fails with `Conflict` where the workspace has one of that name.
    async fn add_remote(&mut self, row: &RemoteRow) -> Result<()>;
    /// Writes how it stands: everything from `tried_at` on; fails with `Conflict` where it is gone.
    async fn put_remote(&mut self, row: &RemoteRow) -> Result<()>;
    /// One by its name.
    async fn remote(&mut self, id: WorkspaceId, name: &str) -> Result<Option<RemoteRow>>;
    /// All of a workspace, by name.
    async fn remotes(&mut self, id: WorkspaceId) -> Result<Vec<RemoteRow>>;
    /// Those of all workspaces whose time has come, the one that waits longest first.
    async fn due_remotes(&mut self, now: Time) -> Result<Vec<RemoteRow>>;
    /// Takes one away with all that is remembered of it; `false` when it is not there.
    async fn remove_remote(&mut self, id: WorkspaceId, name: &str) -> Result<bool>;
    /// What is remembered of a remote's branches and tags, by name.
    async fn remote_refs(&mut self, id: WorkspaceId, name: &str) -> Result<Vec<RemoteRefRow>>;
    /// Remembers these in place of what was known of the same names.
    async fn put_remote_refs(
        &mut self,
        id: WorkspaceId,
        name: &str,
        rows: &[RemoteRefRow],
    ) -> Result<()>;
}
