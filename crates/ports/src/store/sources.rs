//! Sources, whose webhooks become events, and what became of their last deliveries.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, Time, WorkspaceId};

use super::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// A place elsewhere whose signed webhooks become events.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub number: i64,
    /// The name people gave it.
    pub name: String,
    /// The part of its address that no other source has, of any workspace.
    pub handle: String,
    /// The environment of which it tells.
    pub environment: String,
    /// In which way deliveries are signed.
    pub scheme: String,
    /// How bodies are read, as JSON.
    pub shape: String,
    /// The service in whose name events come in.
    pub actor: ActorId,
    /// The secret with which deliveries are signed; empty once the source is gone.
    pub secret: String,
    /// The one before; empty where there is none.
    pub secret_before: String,
    /// Until when it counts.
    pub before_until: Option<Time>,
    /// Since when nothing is taken, for the time being.
    pub paused_at: Option<Time>,
    /// Since when it is gone.
    pub ended_at: Option<Time>,
    /// Who added it.
    pub added_by: String,
    /// When.
    pub added_at: Time,
    /// Grows with every change.
    pub revision: i64,
}

impl std::fmt::Debug for SourceRow {
    /// Everything but the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceRow")
            .field("workspace", &self.workspace)
            .field("number", &self.number)
            .field("name", &self.name)
            .field("handle", &self.handle)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// What became of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Of which source.
    pub source: i64,
    /// Which; grows.
    pub number: i64,
    /// The id of the delivery, where it had one that could be believed.
    pub delivery: String,
    /// When it arrived.
    pub at: Time,
    /// Whether its signature was genuine.
    pub believed: bool,
    /// What became of it, in one word.
    pub state: String,
    /// Why, where something was refused.
    pub reason: String,
    /// Events that are new.
    pub accepted: i64,
    /// Events that were known.
    pub duplicate: i64,
    /// Items that no KPI asks for.
    pub ignored: i64,
    /// Events that were refused.
    pub refused: i64,
}

/// Sources.
#[async_trait]
pub trait Sources {
    /// Adds one; fails with `Conflict` where its number or handle is taken.
    async fn add_source(&mut self, row: &SourceRow) -> Result<()>;
    /// Writes everything that can change, where the revision stored is the one before; fails with
    /// `Conflict` otherwise.
    async fn put_source(&mut self, row: &SourceRow) -> Result<()>;
    /// The one that is not gone, by its name.
    async fn source(&mut self, id: WorkspaceId, name: &str) -> Result<Option<SourceRow>>;
    /// The one of that handle, of whichever workspace, gone or not.
    async fn source_by_handle(&mut self, handle: &str) -> Result<Option<SourceRow>>;
    /// Those of a workspace that are not gone, by name.
    async fn sources(&mut self, id: WorkspaceId) -> Result<Vec<SourceRow>>;
    /// Notes what became of deliveries.
    async fn add_receipts(&mut self, id: WorkspaceId, rows: &[ReceiptRow]) -> Result<()>;
    /// The newest receipts of a source, the newest first.
    async fn receipts(
        &mut self,
        id: WorkspaceId,
        source: i64,
        limit: usize,
    ) -> Result<Vec<ReceiptRow>>;
    /// Keeps the newest so many receipts of a source that were believed, and as many that were not.
    async fn trim_receipts(&mut self, id: WorkspaceId, source: i64, keep: usize) -> Result<()>;
}
