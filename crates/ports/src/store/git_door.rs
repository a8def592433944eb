//! What the Git door asks of the store: what objects are without reading them, whose keys sign, and
//! who pushed what.

use async_trait::async_trait;
use variorum_domain::id::{Oid, Time, WorkspaceId};

use super::StoreError;
use crate::rows::{ArrivalRow, ObjectFact, ObjectSpan, ServerKeyRow, SigningKeyRow};

type Result<T> = std::result::Result<T, StoreError>;

/// What stored objects are, without their bodies.
#[async_trait]
pub trait ObjectFacts {
    /// Kind and size of those of the asked objects that are stored, in any order.
    async fn object_facts(&mut self, id: WorkspaceId, oids: &[Oid]) -> Result<Vec<ObjectFact>>;
    /// How many objects were stored after a place, and the newest place of all.
    async fn object_span(&mut self, id: WorkspaceId, after: i64) -> Result<ObjectSpan>;
}

/// The public keys with which people sign commits.
#[async_trait]
pub trait SigningKeys {
    /// Adds a key and returns its id; fails with `Conflict` where the workspace has it already.
    async fn add_signing_key(&mut self, row: &SigningKeyRow) -> Result<i64>;
    /// All keys of a workspace, those that have ended included, oldest first.
    async fn signing_keys(&mut self, id: WorkspaceId) -> Result<Vec<SigningKeyRow>>;
    /// Ends a key; `false` when it is not there or had ended already.
    async fn end_signing_key(&mut self, id: WorkspaceId, key: i64, at: Time) -> Result<bool>;
}

/// The server's own keys.
#[async_trait]
pub trait ServerKeys {
    /// The key of a workspace, once one was made.
    async fn server_key(&mut self, id: WorkspaceId) -> Result<Option<ServerKeyRow>>;
    /// Keeps a key; fails with `Conflict` where the workspace has one.
    async fn add_server_key(&mut self, row: &ServerKeyRow) -> Result<()>;
}

/// Who pushed what.
#[async_trait]
pub trait Arrivals {
    /// Notes who brought these commits; what is noted already stays.
    async fn put_arrivals(&mut self, id: WorkspaceId, rows: &[ArrivalRow]) -> Result<()>;
    /// What is noted of these commits, in any order.
    async fn arrivals(&mut self, id: WorkspaceId, oids: &[Oid]) -> Result<Vec<ArrivalRow>>;
}
