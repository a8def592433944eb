//! Stops, incidents, and messages on their way to people.

use async_trait::async_trait;
use variorum_domain::escalation::{Cause, Delivery, Incident};
use variorum_domain::id::{IncidentNumber, Time, WorkspaceId};
use variorum_domain::stop::Stop;

use super::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Stops.
#[async_trait]
pub trait Stops {
    /// Adds one; fails with `Conflict` where the number is taken.
    async fn add_stop(&mut self, id: WorkspaceId, stop: &Stop) -> Result<()>;
    /// Writes one anew that holds still; fails with `Conflict` where it was lifted.
    async fn put_stop(&mut self, id: WorkspaceId, stop: &Stop) -> Result<()>;
    /// The newest, newest first; only those that hold where asked.
    async fn stops(&mut self, id: WorkspaceId, holding: bool, limit: usize) -> Result<Vec<Stop>>;
}

/// Incidents.
#[async_trait]
pub trait Incidents {
    /// Adds one; fails with `Conflict` where the number is taken.
    async fn add_incident(&mut self, id: WorkspaceId, incident: &Incident) -> Result<()>;
    /// Writes one anew if its revision is still `before`; fails with `Conflict` otherwise.
    async fn put_incident(
        &mut self,
        id: WorkspaceId,
        before: i64,
        incident: &Incident,
    ) -> Result<()>;
    /// One by its number.
    async fn incident(
        &mut self,
        id: WorkspaceId,
        number: IncidentNumber,
    ) -> Result<Option<Incident>>;
    /// The newest about a subject, open or not.
    async fn incident_about(
        &mut self,
        id: WorkspaceId,
        cause: Cause,
        subject: &str,
    ) -> Result<Option<Incident>>;
    /// Incidents below a number, newest first; only those that are not resolved where asked.
    async fn incidents(
        &mut self,
        id: WorkspaceId,
        open_only: bool,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Incident>>;
    /// Incidents of all workspaces for which something happens by itself, soonest first.
    async fn incidents_moving(&mut self, limit: usize) -> Result<Vec<(WorkspaceId, Incident)>>;
}

/// Messages.
#[async_trait]
pub trait Deliveries {
    /// Adds messages; one whose key the workspace has changes nothing.
    async fn add_deliveries(&mut self, id: WorkspaceId, rows: &[Delivery]) -> Result<()>;
    /// Writes state, tries, answer and times anew.
    async fn put_delivery(&mut self, id: WorkspaceId, row: &Delivery) -> Result<()>;
    /// Messages below a number, newest first; only those of an incident where one is named.
    async fn deliveries(
        &mut self,
        id: WorkspaceId,
        incident: Option<IncidentNumber>,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Delivery>>;
    /// Messages of all workspaces that are to be tried by a moment, longest due first.
    async fn deliveries_due(
        &mut self,
        now: Time,
        limit: usize,
    ) -> Result<Vec<(WorkspaceId, Delivery)>>;
}
