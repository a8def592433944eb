//! What is live.

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_domain::release::Environment;
use variorum_ports::StoreError;
use variorum_ports::store::Environments;

use super::{expect_one, to_json};
use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl Environments for SqlTx {
    async fn environment(
        &mut self,
        id: WorkspaceId,
        name: &str,
    ) -> Result<Option<Environment>, StoreError> {
        let sql = "SELECT name, body FROM environments WHERE workspace = $1 AND name = $2";
        let row = self
            .fetch_one("environment", sql, &[Value::from(id), Value::from(name)])
            .await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn environments(&mut self, id: WorkspaceId) -> Result<Vec<Environment>, StoreError> {
        let sql = "SELECT name, body FROM environments WHERE workspace = $1 ORDER BY name";
        let rows = self.fetch("environment", sql, &[Value::from(id)]).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }

    async fn put_environment(
        &mut self,
        id: WorkspaceId,
        environment: &Environment,
    ) -> Result<(), StoreError> {
        let sql = if environment.revision == 1 {
            "INSERT INTO environments (workspace, name, revision, body) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (workspace, name) DO NOTHING"
        } else {
            "UPDATE environments SET revision = $3, body = $4 \
             WHERE workspace = $1 AND name = $2 AND revision = $3 - 1"
        };
        let values = [
            Value::from(id),
            Value::from(&environment.name),
            Value::from(environment.revision),
            Value::from(to_json(environment)?),
        ];
        let touched = self.execute("environment", sql, &values).await?;
        expect_one(touched, || format!("environment {}", environment.name))
    }
}
