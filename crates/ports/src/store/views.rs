//! Searches that people keep, and the days on which prompts were asked for.

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;

use super::StoreError;
use crate::rows::{PromptAskRow, ViewRow};

type Result<T> = std::result::Result<T, StoreError>;

/// Searches kept under a name.
#[async_trait]
pub trait Views {
    /// Adds one under its number; fails with `Conflict` where the workspace has that number.
    async fn add_view(&mut self, row: &ViewRow) -> Result<()>;
    /// Writes name, question, sharing and place anew if its revision is the one before the row's;
    /// fails with `Conflict` otherwise.
    async fn put_view(&mut self, row: &ViewRow) -> Result<()>;
    /// One by its number.
    async fn view(&mut self, id: WorkspaceId, number: i64) -> Result<Option<ViewRow>>;
    /// All of a workspace, in the order in which they were kept.
    async fn views(&mut self, id: WorkspaceId) -> Result<Vec<ViewRow>>;
    /// Takes one away; `false` when it is not there.
    async fn remove_view(&mut self, id: WorkspaceId, number: i64) -> Result<bool>;
}

/// The last day on which each prompt was asked for.
#[async_trait]
pub trait PromptAsks {
    /// Notes days; an earlier day than the known one changes nothing.
    async fn note_asks(&mut self, id: WorkspaceId, rows: &[PromptAskRow]) -> Result<()>;
    /// What is known of these prompts, by prompt and environment.
    async fn asks(&mut self, id: WorkspaceId, prompts: &[String]) -> Result<Vec<PromptAskRow>>;
}
