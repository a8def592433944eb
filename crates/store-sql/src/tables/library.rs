//! The index over the files on `main`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_ports::StoreError;
use variorum_ports::rows::{FolderRow, LibraryFilter, LibraryRow};
use variorum_ports::store::LibraryIndex;

use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO library (workspace, path, id, folder, kind, title, intent, channel, brand, \
     region, owner, tags, blob_oid, commit_oid, version, updated_at, updated_by, problems, errors, \
     search)",
    20,
    "ON CONFLICT (workspace, path) DO UPDATE SET id = excluded.id, folder = excluded.folder, \
     kind = excluded.kind, title = excluded.title, intent = excluded.intent, \
     channel = excluded.channel, brand = excluded.brand, region = excluded.region, \
     owner = excluded.owner, tags = excluded.tags, blob_oid = excluded.blob_oid, \
     commit_oid = excluded.commit_oid, version = excluded.version, \
     updated_at = excluded.updated_at, updated_by = excluded.updated_by, \
     problems = excluded.problems, errors = excluded.errors, search = excluded.search",
);

const SELECT: &str = "SELECT path, id, folder, kind, title, intent, channel, brand, region, \
                      owner, tags, blob_oid, commit_oid, version, updated_at, updated_by, \
                      problems, errors, search FROM library WHERE workspace = $1";

#[async_trait]
impl LibraryIndex for SqlTx {
    async fn put_library_rows(
        &mut self,
        id: WorkspaceId,
        rows: &[LibraryRow],
    ) -> Result<(), StoreError> {
        // One statement may not touch a row twice; of rows with the same path the last one counts.
        let by_path: BTreeMap<&str, &LibraryRow> =
            rows.iter().map(|row| (row.path.as_str(), row)).collect();
        let values: Vec<Value<'_>> = by_path.values().flat_map(|row| write(id, row)).collect();
        self.insert("library", INSERT, &values).await
    }

    async fn delete_library_rows(
        &mut self,
        id: WorkspaceId,
        paths: &[String],
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM library WHERE workspace = $1 AND path IN {list}";
        let list: Vec<Value<'_>> = paths.iter().map(Value::from).collect();
        self.execute_listed("library", sql, id, &list).await
    }

    async fn library(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<LibraryRow>, StoreError> {
        let mut question = Question::new(SELECT, id);
        question.add_filter(filter);
        if let Some(after) = after {
            question.add(" AND path > ?", [Value::from(after)]);
        }
        question.add(" ORDER BY path LIMIT ?", [Value::from(limit)]);
        let rows = self
            .fetch("library", question.sql, &question.values)
            .await?;
        rows.iter().map(read).collect()
    }

    async fn library_count(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
    ) -> Result<i64, StoreError> {
        let select = "SELECT COUNT(*) AS files FROM library WHERE workspace = $1";
        let mut question = Question::new(select, id);
        question.add_filter(filter);
        let rows = self
            .fetch("library", question.sql, &question.values)
            .await?;
        rows.first().map_or(Ok(0), |row| row.int("files"))
    }

    async fn library_row(
        &mut self,
        id: WorkspaceId,
        path: &str,
    ) -> Result<Option<LibraryRow>, StoreError> {
        let mut question = Question::new(SELECT, id);
        question.add(" AND path = ?", [Value::from(path)]);
        let row = self
            .fetch_one("library", question.sql, &question.values)
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn library_rows(
        &mut self,
        id: WorkspaceId,
        paths: &[String],
    ) -> Result<Vec<LibraryRow>, StoreError> {
        let sql = format!("{SELECT} AND path IN {{list}}");
        let list: Vec<Value<'_>> = paths.iter().map(Value::from).collect();
        let rows = self.fetch_listed("library", &sql, id, &list).await?;
        rows.iter().map(read).collect()
    }

    async fn library_row_by_id(
        &mut self,
        id: WorkspaceId,
        prompt: &str,
    ) -> Result<Option<LibraryRow>, StoreError> {
        let mut question = Question::new(SELECT, id);
        // The inner question is answered from the index alone; asked for the whole row, SQLite would
        // rather walk the library along its key.
        let least = " AND path = (SELECT MIN(path) FROM library WHERE workspace = ? AND id = ?)";
        question.add(least, [Value::from(id), Value::from(prompt)]);
        let row = self
            .fetch_one("library", question.sql, &question.values)
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn folders(&mut self, id: WorkspaceId) -> Result<Vec<FolderRow>, StoreError> {
        let sql = "SELECT folder, COUNT(*) AS files FROM library WHERE workspace = $1 \
                   GROUP BY folder ORDER BY folder";
        let rows = self.fetch("folder", sql, &[Value::from(id)]).await?;
        rows.iter()
            .map(|row| {
                Ok(FolderRow {
                    folder: row.text("folder")?,
                    files: row.int("files")?,
                })
            })
            .collect()
    }
}

/// A statement that grows condition by condition. Only literals become part of its text.
struct Question<'a> {
    sql: String,
    values: Vec<Value<'a>>,
}

impl<'a> Question<'a> {
    fn new(select: &str, id: WorkspaceId) -> Self {
        Self {
            sql: select.to_owned(),
            values: vec![Value::from(id)],
        }
    }

    /// Adds a condition with a `?` for each value.
    fn add<const N: usize>(&mut self, condition: &'static str, values: [Value<'a>; N]) {
        let mut parts = condition.split('?');
        self.sql.push_str(parts.next().unwrap_or_default());
        for (value, part) in values.into_iter().zip(parts) {
            self.values.push(value);
            let _ = write!(self.sql, "${}{part}", self.values.len());
        }
    }

    fn add_filter(&mut self, filter: &'a LibraryFilter) {
        for (number, kind) in filter.kinds.iter().enumerate() {
            let condition = if number == 0 {
                " AND kind IN (?"
            } else {
                ", ?"
            };
            self.add(condition, [Value::from(kind)]);
        }
        if !filter.kinds.is_empty() {
            self.add(")", []);
        }
        if let Some(folder) = filter.folder.as_deref().filter(|folder| !folder.is_empty()) {
            // `0` is the character after `/`.
            let folder = folder.trim_end_matches('/');
            let below = [
                Value::from(folder),
                Value::from(format!("{folder}/")),
                Value::from(format!("{folder}0")),
            ];
            self.add(" AND (folder = ? OR (folder >= ? AND folder < ?))", below);
        }
        for (condition, wanted) in [
            (" AND channel = ?", &filter.channel),
            (" AND brand = ?", &filter.brand),
            (" AND region = ?", &filter.region),
        ] {
            if let Some(wanted) = wanted {
                self.add(condition, [Value::from(wanted)]);
            }
        }
        for word in &filter.words {
            self.add(
                " AND search LIKE ? ESCAPE '\\'",
                [Value::from(contains(word))],
            );
        }
        if let Some((kind, to_ref)) = &filter.refers_to {
            self.add(
                " AND path IN (SELECT from_path FROM library_edges \
                 WHERE workspace = $1 AND kind = ? AND to_ref = ?)",
                [Value::from(kind.name()), Value::from(to_ref)],
            );
        }
        if filter.with_errors {
            self.add(" AND errors > 0", []);
        }
    }
}

/// The pattern of texts that hold a word; the signs that mean something in a pattern are escaped.
pub(super) fn contains(word: &str) -> String {
    let mut pattern = String::from("%");
    for sign in word.to_lowercase().chars() {
        if matches!(sign, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

fn write(id: WorkspaceId, row: &LibraryRow) -> [Value<'_>; 20] {
    [
        Value::from(id),
        Value::from(&row.path),
        Value::from(&row.id),
        Value::from(&row.folder),
        Value::from(&row.kind),
        Value::from(&row.title),
        Value::from(&row.intent),
        Value::from(&row.channel),
        Value::from(&row.brand),
        Value::from(&row.region),
        Value::from(&row.owner),
        Value::from(&row.tags),
        Value::from(&row.blob),
        Value::from(&row.commit),
        Value::from(row.version),
        Value::from(row.updated_at),
        Value::from(&row.updated_by),
        Value::from(&row.problems),
        Value::from(row.errors),
        Value::from(&row.search),
    ]
}

fn read(row: &Row) -> Result<LibraryRow, StoreError> {
    Ok(LibraryRow {
        path: row.text("path")?,
        id: row.text("id")?,
        folder: row.text("folder")?,
        kind: row.text("kind")?,
        title: row.text("title")?,
        intent: row.text("intent")?,
        channel: row.text("channel")?,
        brand: row.text("brand")?,
        region: row.text("region")?,
        owner: row.text("owner")?,
        tags: row.text("tags")?,
        blob: row.oid("blob_oid")?,
        commit: row.oid("commit_oid")?,
        version: row.int("version")?,
        updated_at: row.time("updated_at")?,
        updated_by: row.text("updated_by")?,
        problems: row.text("problems")?,
        errors: row.int("errors")?,
        search: row.text("search")?,
    })
}
