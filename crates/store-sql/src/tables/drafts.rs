//! Drafts, beside their branches.

use async_trait::async_trait;
use variorum_domain::draft::Draft;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::store::Drafts;

use super::{expect_one, to_json};
use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl Drafts for SqlTx {
    async fn put_draft(&mut self, id: WorkspaceId, draft: &Draft) -> Result<(), StoreError> {
        let sql = if draft.revision == 1 {
            "INSERT INTO drafts (workspace, name, status, ends_at, revision, body) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace, name) DO NOTHING"
        } else {
            "UPDATE drafts SET status = $3, ends_at = $4, revision = $5, body = $6 \
             WHERE workspace = $1 AND name = $2 AND revision = $5 - 1"
        };
        let ends_at = draft.ends_at.filter(|_| draft.status.has_branch());
        let values = [
            Value::from(id),
            Value::from(&draft.name),
            Value::from(draft.status.name()),
            Value::from(ends_at),
            Value::from(draft.revision),
            Value::from(to_json(draft)?),
        ];
        let touched = self.execute("draft", sql, &values).await?;
        expect_one(touched, || format!("draft {}", draft.name))
    }

    async fn draft(&mut self, id: WorkspaceId, name: &str) -> Result<Option<Draft>, StoreError> {
        let sql = "SELECT name, body FROM drafts WHERE workspace = $1 AND name = $2";
        let row = self
            .fetch_one("draft", sql, &[Value::from(id), Value::from(name)])
            .await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn drafts(
        &mut self,
        id: WorkspaceId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Draft>, StoreError> {
        let sql = "SELECT name, body FROM drafts WHERE workspace = $1 AND name > $2 \
                   ORDER BY name LIMIT $3";
        let values = [
            Value::from(id),
            Value::from(after.unwrap_or_default()),
            Value::from(limit),
        ];
        let rows = self.fetch("draft", sql, &values).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }

    async fn drafts_ending(
        &mut self,
        id: WorkspaceId,
        before: Time,
        limit: usize,
    ) -> Result<Vec<Draft>, StoreError> {
        let sql = "SELECT name, body FROM drafts WHERE workspace = $1 AND ends_at IS NOT NULL \
                   AND ends_at < $2 ORDER BY ends_at, name LIMIT $3";
        let values = [Value::from(id), Value::from(before), Value::from(limit)];
        let rows = self.fetch("draft", sql, &values).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }
}
