//! Branches and tags, moved by compare-and-swap.

use async_trait::async_trait;
use variorum_domain::id::{Oid, Time, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::store::Refs;

use super::{after_prefix, expect_one};
use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl Refs for SqlTx {
    async fn get_ref(&mut self, id: WorkspaceId, name: &str) -> Result<Option<Oid>, StoreError> {
        let sql = "SELECT name, oid FROM refs WHERE workspace = $1 AND name = $2";
        let row = self
            .fetch_one("ref", sql, &[Value::from(id), Value::from(name)])
            .await?;
        row.map(|row| row.oid("oid")).transpose()
    }

    async fn refs(
        &mut self,
        id: WorkspaceId,
        prefix: &str,
    ) -> Result<Vec<(String, Oid, Time)>, StoreError> {
        let sql = "SELECT name, oid, moved_at FROM refs \
                   WHERE workspace = $1 AND name >= $2 AND name < $3 ORDER BY name";
        let values = [
            Value::from(id),
            Value::from(prefix),
            Value::from(after_prefix(prefix)),
        ];
        let rows = self.fetch("ref", sql, &values).await?;
        rows.iter()
            .map(|row| Ok((row.text("name")?, row.oid("oid")?, row.time("moved_at")?)))
            .collect()
    }

    async fn move_ref(
        &mut self,
        id: WorkspaceId,
        name: &str,
        old: Option<Oid>,
        new: Option<Oid>,
        at: Time,
    ) -> Result<(), StoreError> {
        let (workspace, name_value) = (Value::from(id), Value::from(name));
        let touched = match (&old, &new) {
            (Some(old), Some(new)) => {
                let sql = "UPDATE refs SET oid = $4, moved_at = $5 \
                           WHERE workspace = $1 AND name = $2 AND oid = $3";
                let values = [
                    workspace,
                    name_value,
                    Value::from(old),
                    Value::from(new),
                    Value::from(at),
                ];
                self.execute(name, sql, &values).await?
            }
            (Some(old), None) => {
                let sql = "DELETE FROM refs WHERE workspace = $1 AND name = $2 AND oid = $3";
                self.execute(name, sql, &[workspace, name_value, Value::from(old)])
                    .await?
            }
            (None, Some(new)) => {
                let sql = "INSERT INTO refs (workspace, name, oid, moved_at) \
                           VALUES ($1, $2, $3, $4) ON CONFLICT (workspace, name) DO NOTHING";
                let values = [workspace, name_value, Value::from(new), Value::from(at)];
                self.execute(name, sql, &values).await?
            }
            (None, None) => {
                self.check_writes()?;
                u64::from(self.get_ref(id, name).await?.is_none())
            }
        };
        expect_one(touched, || name.to_owned())
    }
}
