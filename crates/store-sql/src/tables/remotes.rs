//! Remotes, and up to where the library is in step with them.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, Time, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::{RemoteRefRow, RemoteRow};
use variorum_ports::store::Remotes;

use super::expect_one;
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

/// All columns but the workspace, in the order of the table.
const COLUMNS: &str = "SELECT workspace, name, url, direction, credential, actor, added_by, added_at, \
                       tried_at, succeeded_at, failures, problem, next_at FROM remotes";

#[async_trait]
impl Remotes for SqlTx {
    async fn add_remote(&mut self, row: &RemoteRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO remotes (workspace, name, url, direction, credential, actor, \
                   added_by, added_at, tried_at, succeeded_at, failures, problem, next_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
                   ON CONFLICT (workspace, name) DO NOTHING";
        let values = [
            Value::from(row.workspace),
            Value::from(&row.name),
            Value::from(&row.url),
            Value::from(&row.direction),
            Value::from(&row.credential),
            Value::from(row.actor),
            Value::from(&row.added_by),
            Value::from(row.added_at),
            Value::from(row.tried_at),
            Value::from(row.succeeded_at),
            Value::from(row.failures),
            Value::from(&row.problem),
            Value::from(row.next_at),
        ];
        let touched = self.execute("remote", sql, &values).await?;
        expect_one(touched, || format!("remote {}", row.name))
    }

    async fn put_remote(&mut self, row: &RemoteRow) -> Result<(), StoreError> {
        let sql = "UPDATE remotes SET tried_at = $3, succeeded_at = $4, failures = $5, \
                   problem = $6, next_at = $7 WHERE workspace = $1 AND name = $2";
        let values = [
            Value::from(row.workspace),
            Value::from(&row.name),
            Value::from(row.tried_at),
            Value::from(row.succeeded_at),
            Value::from(row.failures),
            Value::from(&row.problem),
            Value::from(row.next_at),
        ];
        let touched = self.execute("remote", sql, &values).await?;
        expect_one(touched, || format!("remote {}", row.name))
    }

    async fn remote(
        &mut self,
        id: WorkspaceId,
        name: &str,
    ) -> Result<Option<RemoteRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE workspace = $1 AND name = $2");
        let values = [Value::from(id), Value::from(name)];
        let row = self.fetch_one("remote", sql, &values).await?;
        row.as_ref().map(read).transpose()
    }

    async fn remotes(&mut self, id: WorkspaceId) -> Result<Vec<RemoteRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE workspace = $1 ORDER BY name");
        let rows = self.fetch("remote", sql, &[Value::from(id)]).await?;
        rows.iter().map(read).collect()
    }

    async fn due_remotes(&mut self, now: Time) -> Result<Vec<RemoteRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE next_at <= $1 ORDER BY next_at, workspace, name");
        let rows = self.fetch("remote", sql, &[Value::from(now)]).await?;
        rows.iter().map(read).collect()
    }

    async fn remove_remote(&mut self, id: WorkspaceId, name: &str) -> Result<bool, StoreError> {
        let refs = "DELETE FROM remote_refs WHERE workspace = $1 AND remote = $2";
        let values = [Value::from(id), Value::from(name)];
        self.execute("remote", refs, &values).await?;
        let sql = "DELETE FROM remotes WHERE workspace = $1 AND name = $2";
        Ok(self.execute("remote", sql, &values).await? == 1)
    }

    async fn remote_refs(
        &mut self,
        id: WorkspaceId,
        name: &str,
    ) -> Result<Vec<RemoteRefRow>, StoreError> {
        let sql = "SELECT name, synced, parked, refused, problem, at FROM remote_refs \
                   WHERE workspace = $1 AND remote = $2 ORDER BY name";
        let rows = self
            .fetch("remote ref", sql, &[Value::from(id), Value::from(name)])
            .await?;
        rows.iter().map(read_ref).collect()
    }

    async fn put_remote_refs(
        &mut self,
        id: WorkspaceId,
        name: &str,
        rows: &[RemoteRefRow],
    ) -> Result<(), StoreError> {
        let head = "INSERT INTO remote_refs (workspace, remote, name, synced, parked, refused, \
                    problem, at)";
        let tail = "ON CONFLICT (workspace, remote, name) DO UPDATE SET \
                    synced = excluded.synced, parked = excluded.parked, \
                    refused = excluded.refused, problem = excluded.problem, at = excluded.at";
        let values: Vec<Value<'_>> = rows
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(name),
                    Value::from(&row.name),
                    Value::from(&row.synced),
                    Value::from(&row.parked),
                    Value::from(&row.refused),
                    Value::from(&row.problem),
                    Value::from(row.at),
                ]
            })
            .collect();
        self.insert("remote ref", (head, 8, tail), &values).await
    }
}

fn read(row: &Row) -> Result<RemoteRow, StoreError> {
    Ok(RemoteRow {
        workspace: WorkspaceId(row.int("workspace")?),
        name: row.text("name")?,
        url: row.text("url")?,
        direction: row.text("direction")?,
        credential: row.text("credential")?,
        actor: ActorId(row.int("actor")?),
        added_by: row.text("added_by")?,
        added_at: row.time("added_at")?,
        tried_at: row.time_or_null("tried_at")?,
        succeeded_at: row.time_or_null("succeeded_at")?,
        failures: row.int("failures")?,
        problem: row.text("problem")?,
        next_at: row.time("next_at")?,
    })
}

fn read_ref(row: &Row) -> Result<RemoteRefRow, StoreError> {
    Ok(RemoteRefRow {
        name: row.text("name")?,
        synced: row.oid_or_null("synced")?,
        parked: row.oid_or_null("parked")?,
        refused: row.oid_or_null("refused")?,
        problem: row.text("problem")?,
        at: row.time("at")?,
    })
}
