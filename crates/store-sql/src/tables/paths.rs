//! The index over what commits did to paths.

use std::collections::HashSet;

use variorum_domain::id::{Oid, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::{PathChangeRow, PathVersion};

use super::commits;
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO path_changes (workspace, path, commit_oid, version, old_oid, new_oid, at)",
    7,
    "ON CONFLICT (workspace, path, commit_oid) DO NOTHING",
);

macro_rules! select_versions {
    ($rest:literal) => {
        concat!(
            "SELECT p.path, p.commit_oid, p.version, p.old_oid, p.new_oid, p.at, c.oid, c.tree, \
             c.parents, c.author_name, c.author_email, c.authored_at, c.committed_at, c.message \
             FROM path_changes p \
             JOIN commits c ON c.workspace = p.workspace AND c.oid = p.commit_oid \
             WHERE p.workspace = $1 AND p.path = $2 AND p.version IS NOT NULL ",
            $rest
        )
    };
}

pub(super) async fn put(
    tx: &mut SqlTx,
    id: WorkspaceId,
    rows: &[PathChangeRow],
) -> Result<(), StoreError> {
    let values: Vec<Value<'_>> = rows
        .iter()
        .flat_map(|row| {
            [
                Value::from(id),
                Value::from(&row.path),
                Value::from(&row.commit),
                Value::from(row.version),
                Value::from(&row.old),
                Value::from(&row.new),
                Value::from(row.at),
            ]
        })
        .collect();
    tx.insert("version", INSERT, &values).await
}

pub(super) async fn newest_versions(
    tx: &mut SqlTx,
    id: WorkspaceId,
    wanted: &[String],
) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT path, MAX(version) AS version FROM path_changes \
               WHERE workspace = $1 AND path IN {list} AND version IS NOT NULL GROUP BY path";
    let list: Vec<Value<'_>> = unique(wanted.iter().map(String::as_str));
    let rows = tx.fetch_listed("version", sql, id, &list).await?;
    rows.iter()
        .map(|row| Ok((row.text("path")?, row.int("version")?)))
        .collect()
}

pub(super) async fn versions(
    tx: &mut SqlTx,
    id: WorkspaceId,
    path: &str,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<PathVersion>, StoreError> {
    let sql = select_versions!("AND p.version < $3 ORDER BY p.version DESC LIMIT $4");
    let below = below.unwrap_or(i64::MAX);
    let values = [
        Value::from(id),
        Value::from(path),
        Value::from(below),
        Value::from(limit),
    ];
    let rows = tx.fetch("version", sql, &values).await?;
    rows.iter().map(read_version).collect()
}

pub(super) async fn version(
    tx: &mut SqlTx,
    id: WorkspaceId,
    path: &str,
    version: i64,
) -> Result<Option<PathVersion>, StoreError> {
    let sql = select_versions!("AND p.version = $3");
    let values = [Value::from(id), Value::from(path), Value::from(version)];
    let row = tx.fetch_one("version", sql, &values).await?;
    row.as_ref().map(read_version).transpose()
}

/// Asks for all versions of the paths that left any of the blobs, and keeps those that fit.
pub(super) async fn of_blobs(
    tx: &mut SqlTx,
    id: WorkspaceId,
    files: &[(String, Oid)],
) -> Result<Vec<PathChangeRow>, StoreError> {
    let wanted: HashSet<(&str, Oid)> = files
        .iter()
        .map(|(path, oid)| (path.as_str(), *oid))
        .collect();
    let list = unique(files.iter().map(|(path, _)| path.as_str()));
    let sql = "SELECT path, commit_oid, version, old_oid, new_oid, at FROM path_changes \
               WHERE workspace = $1 AND path IN {list} AND version IS NOT NULL";
    let mut found = Vec::new();
    for row in tx.search_listed("version", sql, id, &list).await? {
        let change = read_change(&row)?;
        if change
            .new
            .is_some_and(|new| wanted.contains(&(change.path.as_str(), new)))
        {
            found.push(change);
        }
    }
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path).then(b.version.cmp(&a.version)));
    Ok(found)
}

fn unique<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Value<'a>> {
    let mut sorted: Vec<&str> = texts.collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.into_iter().map(Value::from).collect()
}

fn read_change(row: &Row) -> Result<PathChangeRow, StoreError> {
    Ok(PathChangeRow {
        path: row.text("path")?,
        commit: row.oid("commit_oid")?,
        version: row.int_or_null("version")?,
        old: row.oid_or_null("old_oid")?,
        new: row.oid_or_null("new_oid")?,
        at: row.time("at")?,
    })
}

fn read_version(row: &Row) -> Result<PathVersion, StoreError> {
    Ok(PathVersion {
        change: read_change(row)?,
        commit: commits::read(row)?,
    })
}
