//! What the files on `main` refer to.

use std::collections::BTreeSet;

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_ports::StoreError;
use variorum_ports::rows::{EdgeKind, EdgeRow};
use variorum_ports::store::LibraryEdges;

use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO library_edges (workspace, from_path, kind, to_ref)",
    4,
    "ON CONFLICT (workspace, from_path, kind, to_ref) DO NOTHING",
);

#[async_trait]
impl LibraryEdges for SqlTx {
    async fn put_edges(
        &mut self,
        id: WorkspaceId,
        from_paths: &[String],
        rows: &[EdgeRow],
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM library_edges WHERE workspace = $1 AND from_path IN {list}";
        let list: Vec<Value<'_>> = from_paths.iter().map(Value::from).collect();
        self.execute_listed("edge", sql, id, &list).await?;
        // Sorted, so that two writers lock in the same order.
        let sorted: BTreeSet<&EdgeRow> = rows.iter().collect();
        let values: Vec<Value<'_>> = sorted.into_iter().flat_map(|row| write(id, row)).collect();
        self.insert("edge", INSERT, &values).await
    }

    async fn edges_to(
        &mut self,
        id: WorkspaceId,
        kind: EdgeKind,
        to_refs: &[String],
    ) -> Result<Vec<EdgeRow>, StoreError> {
        // Only one value stands before a list; the names of kinds are literals of ours.
        let sql = format!(
            "SELECT from_path, kind, to_ref FROM library_edges \
             WHERE workspace = $1 AND kind = '{}' AND to_ref IN {{list}}",
            kind.name()
        );
        let unique: BTreeSet<&String> = to_refs.iter().collect();
        let list: Vec<Value<'_>> = unique.into_iter().map(Value::from).collect();
        let rows = self.fetch_listed("edge", &sql, id, &list).await?;
        rows.iter().map(read).collect()
    }

    async fn edges(
        &mut self,
        id: WorkspaceId,
        after: Option<&EdgeRow>,
        limit: usize,
    ) -> Result<Vec<EdgeRow>, StoreError> {
        // Nothing is less than three empty texts.
        let [from, kind, to] = after.map_or([""; 3], |edge| {
            [&edge.from_path, edge.kind.name(), &edge.to_ref]
        });
        let sql = "SELECT from_path, kind, to_ref FROM library_edges \
                   WHERE workspace = $1 AND (from_path, kind, to_ref) > ($2, $3, $4) \
                   ORDER BY from_path, kind, to_ref LIMIT $5";
        let values = [
            Value::from(id),
            Value::from(from),
            Value::from(kind),
            Value::from(to),
            Value::from(limit),
        ];
        let rows = self.fetch("edge", sql, &values).await?;
        rows.iter().map(read).collect()
    }
}

fn write(id: WorkspaceId, row: &EdgeRow) -> [Value<'_>; 4] {
    [
        Value::from(id),
        Value::from(&row.from_path),
        Value::from(row.kind.name()),
        Value::from(&row.to_ref),
    ]
}

fn read(row: &Row) -> Result<EdgeRow, StoreError> {
    let kind = row.text("kind")?;
    Ok(EdgeRow {
        from_path: row.text("from_path")?,
        kind: EdgeKind::from_name(&kind).ok_or(StoreError::Corrupt {
            what: "edge",
            id: kind,
        })?,
        to_ref: row.text("to_ref")?,
    })
}
