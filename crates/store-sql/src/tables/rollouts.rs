//! Rollouts and what was measured on them.

use async_trait::async_trait;
use variorum_domain::id::{RolloutNumber, WorkspaceId};
use variorum_domain::rollout::Rollout;
use variorum_ports::StoreError;
use variorum_ports::store::Rollouts;

use super::{expect_one, to_json};
use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl Rollouts for SqlTx {
    async fn put_rollout(&mut self, id: WorkspaceId, rollout: &Rollout) -> Result<(), StoreError> {
        let sql = if rollout.revision == 1 {
            "INSERT INTO rollouts (workspace, number, environment, state, is_open, revision, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace, number) DO NOTHING"
        } else {
            "UPDATE rollouts SET environment = $3, state = $4, is_open = $5, revision = $6, \
             body = $7 WHERE workspace = $1 AND number = $2 AND revision = $6 - 1"
        };
        let values = [
            Value::from(id),
            Value::from(rollout.number),
            Value::from(&rollout.environment),
            Value::from(rollout.state.name()),
            Value::from(rollout.state.is_open()),
            Value::from(rollout.revision),
            Value::from(to_json(rollout)?),
        ];
        let touched = self.execute("rollout", sql, &values).await?;
        expect_one(touched, || format!("rollout R-{}", rollout.number))
    }

    async fn rollout(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
    ) -> Result<Option<Rollout>, StoreError> {
        let sql = "SELECT number, body FROM rollouts WHERE workspace = $1 AND number = $2";
        let row = self
            .fetch_one("rollout", sql, &[Value::from(id), Value::from(number)])
            .await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn rollouts(
        &mut self,
        id: WorkspaceId,
        open_only: bool,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Rollout>, StoreError> {
        let sql = if open_only {
            "SELECT number, body FROM rollouts WHERE workspace = $1 AND number < $2 \
             AND is_open = 1 ORDER BY number DESC LIMIT $3"
        } else {
            "SELECT number, body FROM rollouts WHERE workspace = $1 AND number < $2 \
             ORDER BY number DESC LIMIT $3"
        };
        let values = [
            Value::from(id),
            Value::from(below.unwrap_or(i64::MAX)),
            Value::from(limit),
        ];
        let rows = self.fetch("rollout", sql, &values).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }

    async fn put_rollout_result(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
        json: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO rollout_results (workspace, number, body) VALUES ($1, $2, $3) \
                   ON CONFLICT (workspace, number) DO UPDATE SET body = excluded.body";
        let values = [Value::from(id), Value::from(number), Value::from(json)];
        self.execute("rollout result", sql, &values).await.map(drop)
    }

    async fn rollout_result(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
    ) -> Result<Option<String>, StoreError> {
        let sql = "SELECT number, body FROM rollout_results WHERE workspace = $1 AND number = $2";
        let values = [Value::from(id), Value::from(number)];
        let row = self.fetch_one("rollout result", sql, &values).await?;
        row.map(|row| row.text("body")).transpose()
    }
}
