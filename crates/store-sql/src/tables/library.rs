//! The index over the files on `main`.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_domain::search::RANKED_MAX;
use variorum_ports::StoreError;
use variorum_ports::rows::{
    FacetRow, FolderRow, FoundRow, LibraryFilter, LibraryRow, ScoreRow, SearchPlace,
};
use variorum_ports::store::LibraryIndex;

use super::question::{Question, looked_up};
use super::spellings::Spellings;
use super::{after_prefix, facet_sets, scores, search};
use crate::dialect::Engine;
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO library (workspace, path, id, folder, kind, title, intent, channel, brand, \
     region, owner, tags, blob_oid, commit_oid, version, updated_at, updated_by, problems, errors, \
     status, category, expires_at, search, score, lacking, documentation)",
    26,
    "ON CONFLICT (workspace, path) DO UPDATE SET id = excluded.id, folder = excluded.folder, \
     kind = excluded.kind, title = excluded.title, intent = excluded.intent, \
     channel = excluded.channel, brand = excluded.brand, region = excluded.region, \
     owner = excluded.owner, tags = excluded.tags, blob_oid = excluded.blob_oid, \
     commit_oid = excluded.commit_oid, version = excluded.version, \
     updated_at = excluded.updated_at, updated_by = excluded.updated_by, \
     problems = excluded.problems, errors = excluded.errors, status = excluded.status, \
     category = excluded.category, expires_at = excluded.expires_at, search = excluded.search, \
     score = excluded.score, lacking = excluded.lacking, documentation = excluded.documentation",
);

/// One file whose place in the indexes stays, as with most saves; an index not named is not written.
const UPDATE: &str = "UPDATE library SET title = $3, intent = $4, brand = $5, region = $6, owner = $7, \
                      tags = $8, blob_oid = $9, commit_oid = $10, version = $11, updated_at = $12, \
                      updated_by = $13, problems = $14, errors = $15, search = $16, \
                      documentation = $17 WHERE workspace = $1 AND path = $2 AND id = $18 \
                      AND folder = $19 AND kind = $20 AND channel = $21 AND status = $22 \
                      AND category = $23 AND lacking = $24 \
                      AND expires_at IS NOT DISTINCT FROM $25 AND score IS NOT DISTINCT FROM $26";

const SELECT: &str = "SELECT l.path, l.id, l.folder, l.kind, l.title, l.intent, l.channel, \
                      l.brand, l.region, l.owner, l.tags, l.blob_oid, l.commit_oid, l.version, \
                      l.updated_at, l.updated_by, l.problems, l.errors, l.status, l.category, \
                      l.expires_at, l.search, l.score, l.lacking, l.documentation FROM library l WHERE l.workspace = $1";

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
        let is_kept = match rows {
            [row] => self.execute("library", UPDATE, &rewrite(id, row)).await? > 0,
            _ => false,
        };
        if !is_kept {
            let values: Vec<Value<'_>> = by_path.values().flat_map(|row| write(id, row)).collect();
            self.insert("library", INSERT, &values).await?;
        }
        search::put(self, id, by_path.keys().copied()).await
    }

    async fn delete_library_rows(
        &mut self,
        id: WorkspaceId,
        paths: &[String],
    ) -> Result<(), StoreError> {
        let removed: Vec<&str> = paths.iter().map(String::as_str).collect();
        search::remove(self, id, &removed).await?;
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
        if filter.query.hopeless {
            return Ok(Vec::new());
        }
        self.keep_up(id, &looked_up(filter)).await?;
        let spellings = Spellings::of_query(self, id, &filter.query).await?;
        let mut question = Question::new(SELECT, id);
        question.add_filter(self.engine(), id, filter, &spellings);
        if let Some(after) = after {
            question.add(" AND l.path > ?", [Value::from(after)]);
        }
        question.add(" ORDER BY l.path LIMIT ?", [Value::from(limit)]);
        let rows = self
            .fetch("library", question.sql, &question.values)
            .await?;
        rows.iter().map(read).collect()
    }

    async fn search_library(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
        after: Option<&SearchPlace>,
        limit: usize,
    ) -> Result<Vec<FoundRow>, StoreError> {
        self.keep_up(id, filter).await?;
        let spellings = Spellings::of_query(self, id, &filter.query).await?;
        let Some(asked) = words_asked(self.engine(), id, filter, &spellings) else {
            return Ok(Vec::new());
        };
        let mut question = ranking(self.engine(), id, &asked, filter);
        question.add_joined(self.engine(), filter);
        question.add(self.engine().newest_text_first(), [Value::from(RANKED_MAX)]);
        if let Some(after) = after {
            let place = [
                Value::from(after.score),
                Value::from(after.score),
                Value::from(&after.path),
            ];
            question.add(
                " WHERE (r.score < ? OR (r.score = ? AND r.path > ?))",
                place,
            );
        }
        question.add(
            " ORDER BY r.score DESC, r.path LIMIT ?",
            [Value::from(limit)],
        );
        let found = self
            .fetch("library", question.sql, &question.values)
            .await?;
        let mut scores = Vec::with_capacity(found.len());
        for row in &found {
            scores.push((row.text("path")?, row.int("score")?));
        }
        let paths: Vec<String> = scores.iter().map(|(path, _)| path.clone()).collect();
        let mut rows: HashMap<String, LibraryRow> = HashMap::with_capacity(paths.len());
        for row in self.library_rows(id, &paths).await? {
            rows.insert(row.path.clone(), row);
        }
        Ok(scores
            .into_iter()
            .filter_map(|(path, score)| {
                let row = rows.remove(&path)?;
                Some(FoundRow { row, score })
            })
            .collect())
    }

    async fn library_facets(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
    ) -> Result<Vec<FacetRow>, StoreError> {
        if filter.query.hopeless {
            return Ok(Vec::new());
        }
        self.keep_up_words(id).await?;
        let engine = self.engine();
        let spellings = Spellings::of_query(self, id, &filter.query).await?;
        let asked = search::written(engine, id, filter, &spellings);
        // Lists of nearly all texts are not joined with those of the words: a set says itself what it
        // belongs to.
        let is_told_by_sets = engine == Engine::Sqlite && !needs_row(filter);
        let found = if is_told_by_sets {
            Some(asked.anywhere)
        } else {
            Some(asked.all).filter(|_| !asked.narrow.is_empty())
        };
        if found.is_none() && !needs_row(filter) {
            return facet_sets::of_all(self, id, filter).await;
        }
        let mut question = Question::new(engine.sets(found.is_some(), needs_row(filter)), id);
        if let Some(found) = found {
            question.add(engine.text_matches(), [Value::from(found)]);
        } else {
            question.add_kinds(" AND t.kind IN (?", &filter.kinds);
            if filter.without_archived {
                question.add(" AND t.archived = ?", [Value::from(false)]);
            }
        }
        question.add_joined(engine, filter);
        let rows = self.fetch("facets", question.sql, &question.values).await?;
        let files = facet_sets::counted(rows.first())?;
        facet_sets::read(self, id, &files, filter).await
    }

    async fn library_scores(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
    ) -> Result<Vec<ScoreRow>, StoreError> {
        if filter.query.hopeless {
            return Ok(Vec::new());
        }
        self.keep_up(id, &looked_up(filter)).await?;
        let spellings = Spellings::of_query(self, id, &filter.query).await?;
        let mut question = Question::new(scores::SELECT, id);
        question.add_filter(self.engine(), id, filter, &spellings);
        question.add(scores::GROUPS, []);
        let rows = self.fetch("scores", question.sql, &question.values).await?;
        rows.iter().map(scores::read).collect()
    }

    async fn library_words(
        &mut self,
        id: WorkspaceId,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        self.keep_up_words(id).await?;
        let sql = "SELECT word FROM library_words WHERE workspace = $1 AND word >= $2 \
                   AND word < $3 ORDER BY word LIMIT $4";
        let values = [
            Value::from(id),
            Value::from(prefix),
            Value::from(after_prefix(prefix)),
            Value::from(limit),
        ];
        let rows = self.fetch("word", sql, &values).await?;
        rows.iter().map(|row| row.text("word")).collect()
    }

    async fn words_wait(&mut self, id: WorkspaceId) -> Result<bool, StoreError> {
        search::is_behind(self, id).await
    }

    async fn index_words(&mut self, id: WorkspaceId) -> Result<(), StoreError> {
        search::index(self, id).await
    }

    async fn library_count(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
    ) -> Result<i64, StoreError> {
        if filter.query.hopeless {
            return Ok(0);
        }
        self.keep_up(id, filter).await?;
        let engine = self.engine();
        let spellings = Spellings::of_query(self, id, &filter.query).await?;
        let question = match search::asked(engine, id, filter, &spellings) {
            Some(asked) => {
                let mut question = counting(engine, id, &asked, filter);
                question.add_joined(engine, filter);
                question
            }
            None => {
                let select = "SELECT COUNT(*) AS files FROM library l WHERE l.workspace = $1";
                let mut question = Question::new(select, id);
                question.add_filter(engine, id, filter, &spellings);
                question
            }
        };
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
        question.add(" AND l.path = ?", [Value::from(path)]);
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
        let sql = format!("{SELECT} AND l.path IN {{list}}");
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
        let least = " AND l.path = (SELECT MIN(path) FROM library WHERE workspace = ? AND id = ?)";
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

impl SqlTx {
    /// Sees that what a filter asks of the index is there.
    async fn keep_up(&mut self, id: WorkspaceId, filter: &LibraryFilter) -> Result<(), StoreError> {
        if search::asks(filter) {
            self.keep_up_words(id).await?;
        }
        Ok(())
    }

    async fn keep_up_words(&mut self, id: WorkspaceId) -> Result<(), StoreError> {
        if self.writes() {
            return search::index(self, id).await;
        }
        debug_assert!(
            !search::is_behind(self, id).await?,
            "the index is asked before it was brought up to date"
        );
        Ok(())
    }
}

/// Whether conditions of a filter need the row of the listing beside the words.
fn needs_row(filter: &LibraryFilter) -> bool {
    filter.refers_to.is_some()
        || filter.with_errors
        || filter.expires_before.is_some()
        || filter.ids.is_some()
        || filter.score_below.is_some()
        || filter.lacking != 0
}

/// What a filter asks of the index over words, where it asks for words at all.
fn words_asked(
    engine: Engine,
    id: WorkspaceId,
    filter: &LibraryFilter,
    spellings: &Spellings,
) -> Option<search::Asked> {
    let asked = search::asked(engine, id, filter, spellings)?;
    let wanted = filter.query.terms.iter().any(|term| !term.excluded);
    wanted.then_some(asked)
}

/// The beginning of a question for ranked files; conditions on `l` follow, then which are newest.
fn ranking<'a>(
    engine: Engine,
    id: WorkspaceId,
    asked: &search::Asked,
    filter: &'a LibraryFilter,
) -> Question<'a> {
    let mut question = Question::new(engine.ranking(needs_row(filter)), id);
    if engine == Engine::Postgres {
        question.values.push(Value::from(asked.ranked.clone()));
    }
    question.add(engine.text_matches(), [Value::from(asked.narrow.clone())]);
    question.add_kinds(" AND t.kind IN (?", &filter.kinds);
    if filter.without_archived {
        question.add(" AND t.archived = ?", [Value::from(false)]);
    }
    question
}

/// The beginning of a question for how many files fit.
fn counting(
    engine: Engine,
    id: WorkspaceId,
    asked: &search::Asked,
    filter: &LibraryFilter,
) -> Question<'static> {
    let mut question = Question::new(engine.counting(needs_row(filter)), id);
    question.add(engine.text_matches(), [Value::from(asked.all.clone())]);
    question
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

fn write(id: WorkspaceId, row: &LibraryRow) -> [Value<'_>; 26] {
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
        Value::from(&row.status),
        Value::from(&row.category),
        Value::from(row.expires_at),
        Value::from(&row.text),
        Value::from(row.score),
        Value::from(row.lacking),
        Value::from(&row.documentation),
    ]
}

fn rewrite(id: WorkspaceId, row: &LibraryRow) -> [Value<'_>; 26] {
    [
        Value::from(id),
        Value::from(&row.path),
        Value::from(&row.title),
        Value::from(&row.intent),
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
        Value::from(&row.text),
        Value::from(&row.documentation),
        Value::from(&row.id),
        Value::from(&row.folder),
        Value::from(&row.kind),
        Value::from(&row.channel),
        Value::from(&row.status),
        Value::from(&row.category),
        Value::from(row.lacking),
        Value::from(row.expires_at),
        Value::from(row.score),
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
        status: row.text("status")?,
        category: row.text("category")?,
        expires_at: row.time_or_null("expires_at")?,
        text: row.text("search")?,
        score: row.int_or_null("score")?,
        lacking: row.int("lacking")?,
        documentation: row.text("documentation")?,
    })
}
