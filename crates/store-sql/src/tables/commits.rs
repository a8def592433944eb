//! The index over commits, and the way into the index over paths.

use async_trait::async_trait;
use variorum_domain::id::{Oid, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::{CommitRow, GraphRow, PathChangeRow, PathVersion};
use variorum_ports::store::Commits;

use super::{oid_values, paths, records, sorted_oids};
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO commits (workspace, oid, tree, parents, author_name, author_email, authored_at, \
     committed_at, message)",
    9,
    "ON CONFLICT (workspace, oid) DO NOTHING",
);

#[async_trait]
impl Commits for SqlTx {
    async fn put_commits(&mut self, id: WorkspaceId, rows: &[CommitRow]) -> Result<(), StoreError> {
        let values: Vec<Value<'_>> = rows.iter().flat_map(|row| write(id, row)).collect();
        self.insert("commit", INSERT, &values).await?;
        records::put(self, id, rows).await
    }

    async fn commits(
        &mut self,
        id: WorkspaceId,
        oids: &[Oid],
    ) -> Result<Vec<CommitRow>, StoreError> {
        let sql = "SELECT oid, tree, parents, author_name, author_email, authored_at, \
                   committed_at, message FROM commits WHERE workspace = $1 AND oid IN {list}";
        let sorted = sorted_oids(oids);
        let rows = self
            .fetch_listed("commit", sql, id, &oid_values(&sorted))
            .await?;
        rows.iter().map(read).collect()
    }

    async fn graph(
        &mut self,
        id: WorkspaceId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<GraphRow>, StoreError> {
        let by_place = self.engine().by_place();
        let sql = format!(
            "SELECT seq, oid, parents, committed_at FROM commits \
             WHERE {by_place} = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let values = [Value::from(id), Value::from(after), Value::from(limit)];
        let rows = self.fetch("commit", sql, &values).await?;
        rows.iter().map(read_graph).collect()
    }

    async fn put_path_changes(
        &mut self,
        id: WorkspaceId,
        rows: &[PathChangeRow],
    ) -> Result<(), StoreError> {
        paths::put(self, id, rows).await
    }

    async fn newest_versions(
        &mut self,
        id: WorkspaceId,
        wanted: &[String],
    ) -> Result<Vec<(String, i64)>, StoreError> {
        paths::newest_versions(self, id, wanted).await
    }

    async fn path_versions(
        &mut self,
        id: WorkspaceId,
        path: &str,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<PathVersion>, StoreError> {
        paths::versions(self, id, path, below, limit).await
    }

    async fn path_version(
        &mut self,
        id: WorkspaceId,
        path: &str,
        version: i64,
    ) -> Result<Option<PathVersion>, StoreError> {
        paths::version(self, id, path, version).await
    }

    async fn versions_of_blobs(
        &mut self,
        id: WorkspaceId,
        files: &[(String, Oid)],
    ) -> Result<Vec<PathChangeRow>, StoreError> {
        paths::of_blobs(self, id, files).await
    }
}

fn write(id: WorkspaceId, row: &CommitRow) -> [Value<'_>; 9] {
    let parents: Vec<u8> = row.parents.iter().flat_map(|parent| parent.0).collect();
    [
        Value::from(id),
        Value::from(&row.oid),
        Value::from(&row.tree),
        Value::from(parents),
        Value::from(&row.author_name),
        Value::from(&row.author_email),
        Value::from(row.authored_at),
        Value::from(row.committed_at),
        Value::from(&row.message),
    ]
}

/// Reads a commit; the columns have the table's names.
pub(super) fn read(row: &Row) -> Result<CommitRow, StoreError> {
    Ok(CommitRow {
        oid: row.oid("oid")?,
        tree: row.oid("tree")?,
        parents: row.oids("parents")?,
        author_name: row.text("author_name")?,
        author_email: row.text("author_email")?,
        authored_at: row.time("authored_at")?,
        committed_at: row.time("committed_at")?,
        message: row.text("message")?,
    })
}

fn read_graph(row: &Row) -> Result<GraphRow, StoreError> {
    Ok(GraphRow {
        seq: row.int("seq")?,
        oid: row.oid("oid")?,
        parents: row.oids("parents")?,
        committed_at: row.time("committed_at")?,
    })
}
