//! What went live when, and how the KPIs stood then.

use std::ops::Range;

use async_trait::async_trait;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::watch::{LiveVersion, WentLive};
use variorum_ports::StoreError;
use variorum_ports::store::Lives;

use super::to_json;
use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl Lives for SqlTx {
    async fn add_went_live(
        &mut self,
        id: WorkspaceId,
        one: &WentLive,
        versions: &[LiveVersion],
    ) -> Result<(), StoreError> {
        let head = "INSERT INTO went_live (workspace, at, environment, release, body)";
        let tail = "ON CONFLICT DO NOTHING";
        let body = to_json(one)?;
        let values = [
            Value::from(id),
            Value::from(one.at),
            Value::from(&one.environment),
            Value::from(one.release.0),
            Value::from(&body),
        ];
        self.insert("release that went live", (head, 5, tail), &values)
            .await?;
        let bodies: Vec<String> = versions.iter().map(to_json).collect::<Result<_, _>>()?;
        let mut values: Vec<Value<'_>> = Vec::with_capacity(versions.len() * 6);
        for (version, body) in versions.iter().zip(&bodies) {
            values.extend([
                Value::from(id),
                Value::from(&version.prompt),
                Value::from(version.at),
                Value::from(&version.environment),
                Value::from(version.release.0),
                Value::from(body),
            ]);
        }
        let head = "INSERT INTO live_versions (workspace, prompt, at, environment, release, body)";
        self.insert("version that went live", (head, 6, tail), &values)
            .await
    }

    async fn went_live(
        &mut self,
        id: WorkspaceId,
        within: Range<Time>,
        limit: usize,
    ) -> Result<Vec<WentLive>, StoreError> {
        let sql = "SELECT at, body FROM went_live \
                   WHERE workspace = $1 AND at >= $2 AND at < $3 ORDER BY at DESC LIMIT $4";
        let values = [
            Value::from(id),
            Value::from(within.start),
            Value::from(within.end),
            Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
        ];
        let rows = self.fetch("release that went live", sql, &values).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }

    async fn live_versions(
        &mut self,
        id: WorkspaceId,
        prompt: Option<&str>,
        before: Time,
        limit: usize,
    ) -> Result<Vec<LiveVersion>, StoreError> {
        let sql = match prompt {
            Some(_) => {
                "SELECT at, body FROM live_versions \
                 WHERE workspace = $1 AND at < $2 AND prompt = $4 ORDER BY at DESC LIMIT $3"
            }
            None => {
                "SELECT at, body FROM live_versions \
                 WHERE workspace = $1 AND at < $2 ORDER BY at DESC LIMIT $3"
            }
        };
        let mut values = vec![
            Value::from(id),
            Value::from(before),
            Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
        ];
        values.extend(prompt.map(Value::from));
        let rows = self.fetch("version that went live", sql, &values).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }
}
