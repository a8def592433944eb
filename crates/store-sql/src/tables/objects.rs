//! Git objects.

use async_trait::async_trait;
use variorum_domain::id::{Oid, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::ObjectRow;
use variorum_ports::store::Objects;

use super::{oid_values, sorted_oids};
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO objects (workspace, oid, kind, size, base, data)",
    6,
    "ON CONFLICT (workspace, oid) DO NOTHING",
);

#[async_trait]
impl Objects for SqlTx {
    async fn objects(
        &mut self,
        id: WorkspaceId,
        oids: &[Oid],
    ) -> Result<Vec<ObjectRow>, StoreError> {
        let sql = "SELECT oid, kind, size, base, data FROM objects \
                   WHERE workspace = $1 AND oid IN {list}";
        let sorted = sorted_oids(oids);
        let rows = self
            .fetch_listed("object", sql, id, &oid_values(&sorted))
            .await?;
        rows.iter().map(read).collect()
    }

    async fn put_objects(&mut self, id: WorkspaceId, rows: &[ObjectRow]) -> Result<(), StoreError> {
        let mut sorted: Vec<&ObjectRow> = rows.iter().collect();
        sorted.sort_unstable_by_key(|row| row.oid);
        let values: Vec<Value<'_>> = sorted
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(&row.oid),
                    Value::from(row.kind),
                    Value::from(row.size),
                    Value::from(&row.base),
                    Value::from(row.data.as_slice()),
                ]
            })
            .collect();
        self.insert("object", INSERT, &values).await
    }

    async fn existing_objects(
        &mut self,
        id: WorkspaceId,
        oids: &[Oid],
    ) -> Result<Vec<Oid>, StoreError> {
        let sql = "SELECT oid FROM objects WHERE workspace = $1 AND oid IN {list}";
        let sorted = sorted_oids(oids);
        let rows = self
            .fetch_listed("object", sql, id, &oid_values(&sorted))
            .await?;
        rows.iter().map(|row| row.oid("oid")).collect()
    }

    async fn scan_objects(
        &mut self,
        id: WorkspaceId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, ObjectRow)>, StoreError> {
        let by_place = self.engine().by_place();
        let sql = format!(
            "SELECT seq, oid, kind, size, base, data FROM objects \
             WHERE {by_place} = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let values = [Value::from(id), Value::from(after), Value::from(limit)];
        let rows = self.fetch("object", sql, &values).await?;
        rows.iter()
            .map(|row| Ok((row.int("seq")?, read(row)?)))
            .collect()
    }
}

fn read(row: &Row) -> Result<ObjectRow, StoreError> {
    Ok(ObjectRow {
        oid: row.oid("oid")?,
        kind: row.int("kind")?,
        size: row.int("size")?,
        base: row.oid_or_null("base")?,
        data: row.bytes("data")?,
    })
}
