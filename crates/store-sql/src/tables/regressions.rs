//! Regressions that the watch found.

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_domain::watch::Regression;
use variorum_ports::StoreError;
use variorum_ports::store::Regressions;

use super::{expect_one, to_json};
use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl Regressions for SqlTx {
    async fn put_regression(
        &mut self,
        id: WorkspaceId,
        one: &Regression,
    ) -> Result<(), StoreError> {
        let body = to_json(one)?;
        let is_open = one.state.is_open();
        let what = || format!("regression {}", one.number);
        let values = [
            Value::from(id),
            Value::from(one.number),
            Value::from(is_open),
            Value::from(&body),
            Value::from(one.revision),
        ];
        let touched = if one.revision == 1 {
            let sql = "INSERT INTO regressions (workspace, number, is_open, body, revision) \
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace, number) DO NOTHING";
            self.execute("regression", sql, &values).await?
        } else {
            let sql = "UPDATE regressions SET is_open = $3, body = $4, revision = $5 \
                       WHERE workspace = $1 AND number = $2 AND revision = $5 - 1";
            self.execute("regression", sql, &values).await?
        };
        expect_one(touched, what)
    }

    async fn regression(
        &mut self,
        id: WorkspaceId,
        number: i64,
    ) -> Result<Option<Regression>, StoreError> {
        let sql = "SELECT number, body FROM regressions WHERE workspace = $1 AND number = $2";
        let values = [Value::from(id), Value::from(number)];
        let row = self.fetch_one("regression", sql, &values).await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn regressions(
        &mut self,
        id: WorkspaceId,
        open_only: bool,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Regression>, StoreError> {
        let sql = "SELECT number, body FROM regressions \
                   WHERE workspace = $1 AND number < $2 AND is_open >= $3 \
                   ORDER BY number DESC LIMIT $4";
        let values = [
            Value::from(id),
            Value::from(below.unwrap_or(i64::MAX)),
            Value::from(i64::from(open_only)),
            Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
        ];
        let rows = self.fetch("regression", sql, &values).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }
}
