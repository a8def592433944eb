//! People and services.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::ActorRow;
use variorum_ports::store::Members;

use super::{conflict, expect_one, to_json};
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

#[async_trait]
impl Members for SqlTx {
    async fn add_actor(&mut self, row: &ActorRow) -> Result<ActorId, StoreError> {
        self.check_writes()?;
        let sql = "INSERT INTO actors (workspace, kind, name, email, grants, created_at, \
                   disabled_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let values = [
            Value::from(row.workspace),
            Value::from(&row.kind),
            Value::from(&row.name),
            Value::from(&row.email),
            Value::from(to_json(&row.grants)?),
            Value::from(row.created_at),
            Value::from(row.disabled_at),
        ];
        let added = self.fetch_one("actor", sql, &values).await?;
        added
            .ok_or_else(|| conflict("actor"))?
            .int("id")
            .map(ActorId)
    }

    async fn put_actor(&mut self, row: &ActorRow) -> Result<(), StoreError> {
        let sql = "UPDATE actors SET name = $3, email = $4, grants = $5, disabled_at = $6 \
                   WHERE id = $1 AND workspace = $2";
        let values = [
            Value::from(row.id),
            Value::from(row.workspace),
            Value::from(&row.name),
            Value::from(&row.email),
            Value::from(to_json(&row.grants)?),
            Value::from(row.disabled_at),
        ];
        let touched = self.execute("actor", sql, &values).await?;
        expect_one(touched, || format!("actor {}", row.id))
    }

    async fn actor(&mut self, id: ActorId) -> Result<Option<ActorRow>, StoreError> {
        let sql = "SELECT id, workspace, kind, name, email, grants, created_at, disabled_at \
                   FROM actors WHERE id = $1";
        let row = self.fetch_one("actor", sql, &[Value::from(id)]).await?;
        row.as_ref().map(read).transpose()
    }

    async fn actors(&mut self, id: WorkspaceId) -> Result<Vec<ActorRow>, StoreError> {
        let sql = "SELECT id, workspace, kind, name, email, grants, created_at, disabled_at \
                   FROM actors WHERE workspace = $1 ORDER BY id";
        let rows = self.fetch("actor", sql, &[Value::from(id)]).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<ActorRow, StoreError> {
    Ok(ActorRow {
        id: ActorId(row.int("id")?),
        workspace: WorkspaceId(row.int("workspace")?),
        kind: row.text("kind")?,
        name: row.text("name")?,
        email: row.text("email")?,
        grants: row.json("grants")?,
        created_at: row.time("created_at")?,
        disabled_at: row.time_or_null("disabled_at")?,
    })
}
