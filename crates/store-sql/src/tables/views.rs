//! Searches that people keep, and the days on which prompts were asked for.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::{PromptAskRow, ViewRow};
use variorum_ports::store::{PromptAsks, Views};

use super::expect_one;
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const COLUMNS: &str = "SELECT workspace, number, owner, name, find, shared, pinned, created_at, \
                       updated_at, revision FROM views";

#[async_trait]
impl Views for SqlTx {
    async fn add_view(&mut self, row: &ViewRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO views (workspace, number, owner, name, find, shared, pinned, \
                   created_at, updated_at, revision) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                   ON CONFLICT (workspace, number) DO NOTHING";
        let values = [
            Value::from(row.workspace),
            Value::from(row.number),
            Value::from(row.owner),
            Value::from(&row.name),
            Value::from(&row.find),
            Value::from(row.shared),
            Value::from(row.pinned),
            Value::from(row.created_at),
            Value::from(row.updated_at),
            Value::from(row.revision),
        ];
        let touched = self.execute("view", sql, &values).await?;
        expect_one(touched, || format!("view {}", row.number))
    }

    async fn put_view(&mut self, row: &ViewRow) -> Result<(), StoreError> {
        let sql = "UPDATE views SET name = $3, find = $4, shared = $5, pinned = $6, \
                   updated_at = $7, revision = $8 \
                   WHERE workspace = $1 AND number = $2 AND revision = $9";
        let values = [
            Value::from(row.workspace),
            Value::from(row.number),
            Value::from(&row.name),
            Value::from(&row.find),
            Value::from(row.shared),
            Value::from(row.pinned),
            Value::from(row.updated_at),
            Value::from(row.revision),
            Value::from(row.revision - 1),
        ];
        let touched = self.execute("view", sql, &values).await?;
        expect_one(touched, || format!("view {}", row.number))
    }

    async fn view(&mut self, id: WorkspaceId, number: i64) -> Result<Option<ViewRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE workspace = $1 AND number = $2");
        let values = [Value::from(id), Value::from(number)];
        let row = self.fetch_one("view", sql, &values).await?;
        row.as_ref().map(read).transpose()
    }

    async fn views(&mut self, id: WorkspaceId) -> Result<Vec<ViewRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE workspace = $1 ORDER BY number");
        let rows = self.fetch("view", sql, &[Value::from(id)]).await?;
        rows.iter().map(read).collect()
    }

    async fn remove_view(&mut self, id: WorkspaceId, number: i64) -> Result<bool, StoreError> {
        let sql = "DELETE FROM views WHERE workspace = $1 AND number = $2";
        let values = [Value::from(id), Value::from(number)];
        Ok(self.execute("view", sql, &values).await? == 1)
    }
}

fn read(row: &Row) -> Result<ViewRow, StoreError> {
    Ok(ViewRow {
        workspace: WorkspaceId(row.int("workspace")?),
        number: row.int("number")?,
        owner: ActorId(row.int("owner")?),
        name: row.text("name")?,
        find: row.text("find")?,
        shared: row.truth("shared")?,
        pinned: row.truth("pinned")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        revision: row.int("revision")?,
    })
}

#[async_trait]
impl PromptAsks for SqlTx {
    async fn note_asks(
        &mut self,
        id: WorkspaceId,
        rows: &[PromptAskRow],
    ) -> Result<(), StoreError> {
        let head = "INSERT INTO prompt_asks (workspace, environment, prompt, day)";
        let tail = "ON CONFLICT (workspace, prompt, environment) DO UPDATE SET day = excluded.day \
                    WHERE prompt_asks.day < excluded.day";
        let values: Vec<Value<'_>> = rows
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(&row.environment),
                    Value::from(&row.prompt),
                    Value::from(row.day),
                ]
            })
            .collect();
        self.insert("prompt ask", (head, 4, tail), &values).await
    }

    async fn asks(
        &mut self,
        id: WorkspaceId,
        prompts: &[String],
    ) -> Result<Vec<PromptAskRow>, StoreError> {
        let sql = "SELECT environment, prompt, day FROM prompt_asks \
                   WHERE workspace = $1 AND prompt IN {list}";
        let list: Vec<Value<'_>> = prompts.iter().map(Value::from).collect();
        let rows = self.fetch_listed("prompt ask", sql, id, &list).await?;
        let mut asks = Vec::with_capacity(rows.len());
        for row in &rows {
            asks.push(PromptAskRow {
                environment: row.text("environment")?,
                prompt: row.text("prompt")?,
                day: row.int("day")?,
            });
        }
        asks.sort_by(|a, b| (&a.prompt, &a.environment).cmp(&(&b.prompt, &b.environment)));
        Ok(asks)
    }
}
