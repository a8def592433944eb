//! Workspaces, their counters, and the installation's settings.

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_ports::StoreError;
use variorum_ports::rows::WorkspaceRow;
use variorum_ports::store::Workspaces;

use super::{conflict, expect_one, search};
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

/// What is removed when a workspace is cleared. People, tokens and the audit log stay.
const CLEARED: &[&str] = &[
    "DELETE FROM objects WHERE workspace = $1",
    "DELETE FROM refs WHERE workspace = $1",
    "DELETE FROM commits WHERE workspace = $1",
    "DELETE FROM path_changes WHERE workspace = $1",
    "DELETE FROM library WHERE workspace = $1",
    "DELETE FROM library_edges WHERE workspace = $1",
    "DELETE FROM releases WHERE workspace = $1",
    "DELETE FROM environments WHERE workspace = $1",
    "DELETE FROM rollouts WHERE workspace = $1",
    "DELETE FROM rollout_results WHERE workspace = $1",
    "DELETE FROM counters WHERE workspace = $1",
    "DELETE FROM drafts WHERE workspace = $1",
    "DELETE FROM changes WHERE workspace = $1",
    "DELETE FROM change_reviews WHERE workspace = $1",
    "DELETE FROM change_threads WHERE workspace = $1",
    "DELETE FROM notices WHERE workspace = $1",
    "DELETE FROM records WHERE workspace = $1",
    "DELETE FROM arrivals WHERE workspace = $1",
    "DELETE FROM regressions WHERE workspace = $1",
    "DELETE FROM went_live WHERE workspace = $1",
    "DELETE FROM live_versions WHERE workspace = $1",
    "DELETE FROM views WHERE workspace = $1",
    "DELETE FROM prompt_asks WHERE workspace = $1",
    "DELETE FROM stops WHERE workspace = $1",
    "DELETE FROM incidents WHERE workspace = $1",
    "DELETE FROM deliveries WHERE workspace = $1",
    "DELETE FROM quality_counts WHERE workspace = $1",
    "DELETE FROM sources WHERE workspace = $1",
    "DELETE FROM source_receipts WHERE workspace = $1",
    "DELETE FROM record_terms WHERE workspace = $1",
    "DELETE FROM record_outcomes WHERE workspace = $1",
];

#[async_trait]
impl Workspaces for SqlTx {
    async fn add_workspace(&mut self, row: &WorkspaceRow) -> Result<WorkspaceId, StoreError> {
        self.check_writes()?;
        let sql = "INSERT INTO workspaces (name, title, sample, created_at) \
                   VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id";
        let values = [
            Value::from(&row.name),
            Value::from(&row.title),
            Value::from(row.sample),
            Value::from(row.created_at),
        ];
        let added = self.fetch_one("workspace", sql, &values).await?;
        let added = added.ok_or_else(|| conflict(format!("workspace {}", row.name)))?;
        added.int("id").map(WorkspaceId)
    }

    async fn workspaces(&mut self) -> Result<Vec<WorkspaceRow>, StoreError> {
        let sql = "SELECT id, name, title, sample, created_at FROM workspaces ORDER BY id";
        let rows = self.fetch("workspace", sql, &[]).await?;
        rows.iter().map(read).collect()
    }

    async fn put_workspace(&mut self, row: &WorkspaceRow) -> Result<(), StoreError> {
        let sql = "UPDATE workspaces SET title = $2, sample = $3 WHERE id = $1";
        let values = [
            Value::from(row.id),
            Value::from(&row.title),
            Value::from(row.sample),
        ];
        let touched = self.execute("workspace", sql, &values).await?;
        expect_one(touched, || format!("workspace {}", row.id))
    }

    async fn clear_workspace(&mut self, id: WorkspaceId) -> Result<(), StoreError> {
        search::clear(self, id).await?;
        for sql in CLEARED {
            self.execute("workspace", *sql, &[Value::from(id)]).await?;
        }
        Ok(())
    }

    async fn next_number(&mut self, id: WorkspaceId, counter: &str) -> Result<i64, StoreError> {
        self.check_writes()?;
        let sql = "INSERT INTO counters (workspace, name, value) VALUES ($1, $2, 1) \
                   ON CONFLICT (workspace, name) DO UPDATE SET value = counters.value + 1 \
                   RETURNING value";
        let values = [Value::from(id), Value::from(counter)];
        let row = self.fetch_one("counter", sql, &values).await?;
        row.ok_or_else(|| conflict(format!("counter {counter}")))?
            .int("value")
    }

    async fn setting(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT name, value FROM settings WHERE name = $1";
        let row = self.fetch_one("setting", sql, &[Value::from(name)]).await?;
        row.map(|row| row.text("value")).transpose()
    }

    async fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.execute("setting", sql, &[Value::from(name), Value::from(value)])
            .await
            .map(drop)
    }
}

fn read(row: &Row) -> Result<WorkspaceRow, StoreError> {
    Ok(WorkspaceRow {
        id: WorkspaceId(row.int("id")?),
        name: row.text("name")?,
        title: row.text("title")?,
        sample: row.truth("sample")?,
        created_at: row.time("created_at")?,
    })
}
