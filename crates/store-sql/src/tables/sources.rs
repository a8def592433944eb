//! Sources, and what became of their last deliveries.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::store::{ReceiptRow, SourceRow, Sources};

use super::expect_one;
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const COLUMNS: &str = "SELECT workspace, number, name, handle, environment, scheme, shape, actor, \
                       secret, secret_before, before_until, paused_at, ended_at, added_by, added_at, \
                       revision FROM sources";

#[async_trait]
impl Sources for SqlTx {
    async fn add_source(&mut self, row: &SourceRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO sources (workspace, number, name, handle, environment, scheme, shape, \
                   actor, secret, secret_before, before_until, paused_at, ended_at, added_by, added_at, \
                   revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
                   $16) ON CONFLICT DO NOTHING";
        let values = [
            Value::from(row.workspace),
            Value::from(row.number),
            Value::from(&row.name),
            Value::from(&row.handle),
            Value::from(&row.environment),
            Value::from(&row.scheme),
            Value::from(&row.shape),
            Value::from(row.actor),
            Value::from(&row.secret),
            Value::from(&row.secret_before),
            Value::from(row.before_until),
            Value::from(row.paused_at),
            Value::from(row.ended_at),
            Value::from(&row.added_by),
            Value::from(row.added_at),
            Value::from(row.revision),
        ];
        let touched = self.execute("source", sql, &values).await?;
        expect_one(touched, || format!("source {}", row.name))
    }

    async fn put_source(&mut self, row: &SourceRow) -> Result<(), StoreError> {
        let sql = "UPDATE sources SET name = $3, environment = $4, scheme = $5, shape = $6, \
                   secret = $7, secret_before = $8, before_until = $9, paused_at = $10, \
                   ended_at = $11, revision = $12 \
                   WHERE workspace = $1 AND number = $2 AND revision = $13";
        let values = [
            Value::from(row.workspace),
            Value::from(row.number),
            Value::from(&row.name),
            Value::from(&row.environment),
            Value::from(&row.scheme),
            Value::from(&row.shape),
            Value::from(&row.secret),
            Value::from(&row.secret_before),
            Value::from(row.before_until),
            Value::from(row.paused_at),
            Value::from(row.ended_at),
            Value::from(row.revision),
            Value::from(row.revision - 1),
        ];
        let touched = self.execute("source", sql, &values).await?;
        expect_one(touched, || format!("source {}", row.name))
    }

    async fn source(
        &mut self,
        id: WorkspaceId,
        name: &str,
    ) -> Result<Option<SourceRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE workspace = $1 AND name = $2 AND ended_at IS NULL");
        let values = [Value::from(id), Value::from(name)];
        let row = self.fetch_one("source", sql, &values).await?;
        row.as_ref().map(read).transpose()
    }

    async fn source_by_handle(&mut self, handle: &str) -> Result<Option<SourceRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE handle = $1");
        let row = self
            .fetch_one("source", sql, &[Value::from(handle)])
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn sources(&mut self, id: WorkspaceId) -> Result<Vec<SourceRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE workspace = $1 AND ended_at IS NULL ORDER BY name");
        let rows = self.fetch("source", sql, &[Value::from(id)]).await?;
        rows.iter().map(read).collect()
    }

    async fn add_receipts(
        &mut self,
        id: WorkspaceId,
        rows: &[ReceiptRow],
    ) -> Result<(), StoreError> {
        let head = "INSERT INTO source_receipts (workspace, source, number, delivery, at, believed, \
                    state, reason, accepted, duplicate, ignored, refused)";
        let values: Vec<Value<'_>> = rows
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(row.source),
                    Value::from(row.number),
                    Value::from(&row.delivery),
                    Value::from(row.at),
                    Value::from(row.believed),
                    Value::from(&row.state),
                    Value::from(&row.reason),
                    Value::from(row.accepted),
                    Value::from(row.duplicate),
                    Value::from(row.ignored),
                    Value::from(row.refused),
                ]
            })
            .collect();
        self.insert("source receipt", (head, 12, ""), &values).await
    }

    async fn receipts(
        &mut self,
        id: WorkspaceId,
        source: i64,
        limit: usize,
    ) -> Result<Vec<ReceiptRow>, StoreError> {
        let sql = "SELECT source, number, delivery, at, believed, state, reason, accepted, duplicate, \
                   ignored, refused FROM source_receipts WHERE workspace = $1 AND source = $2 \
                   ORDER BY number DESC LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = [Value::from(id), Value::from(source), Value::from(limit)];
        let rows = self.fetch("source receipt", sql, &values).await?;
        rows.iter().map(read_receipt).collect()
    }

    async fn trim_receipts(
        &mut self,
        id: WorkspaceId,
        source: i64,
        keep: usize,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM source_receipts WHERE workspace = $1 AND source = $2 AND believed = $3 \
                   AND number <= (SELECT number FROM source_receipts WHERE workspace = $1 \
                   AND source = $2 AND believed = $3 ORDER BY number DESC LIMIT 1 OFFSET $4)";
        let keep = i64::try_from(keep).unwrap_or(i64::MAX);
        for believed in [true, false] {
            let values = [
                Value::from(id),
                Value::from(source),
                Value::from(believed),
                Value::from(keep),
            ];
            self.execute("source receipt", sql, &values).await?;
        }
        Ok(())
    }
}

fn read(row: &Row) -> Result<SourceRow, StoreError> {
    Ok(SourceRow {
        workspace: WorkspaceId(row.int("workspace")?),
        number: row.int("number")?,
        name: row.text("name")?,
        handle: row.text("handle")?,
        environment: row.text("environment")?,
        scheme: row.text("scheme")?,
        shape: row.text("shape")?,
        actor: ActorId(row.int("actor")?),
        secret: row.text("secret")?,
        secret_before: row.text("secret_before")?,
        before_until: row.time_or_null("before_until")?,
        paused_at: row.time_or_null("paused_at")?,
        ended_at: row.time_or_null("ended_at")?,
        added_by: row.text("added_by")?,
        added_at: row.time("added_at")?,
        revision: row.int("revision")?,
    })
}

fn read_receipt(row: &Row) -> Result<ReceiptRow, StoreError> {
    Ok(ReceiptRow {
        source: row.int("source")?,
        number: row.int("number")?,
        delivery: row.text("delivery")?,
        at: row.time("at")?,
        believed: row.truth("believed")?,
        state: row.text("state")?,
        reason: row.text("reason")?,
        accepted: row.int("accepted")?,
        duplicate: row.int("duplicate")?,
        ignored: row.int("ignored")?,
        refused: row.int("refused")?,
    })
}
