//! Splitting a table of prompts into one prompt a row, each with its own history.
//!
//! Walks the first-parent line of a bundle. Every commit that changes rows becomes a commit that
//! changes the files of those rows, with the same author, time and message.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::{Oid, WorkspaceId};
use variorum_domain::library::MAIN;
use variorum_git::bundle::{Bundle, read_bundle};
use variorum_git::cache::ObjectCache;
use variorum_git::commit::{CommitData, NewCommit, encode_commit, parse_commit};
use variorum_git::object::Kind;
use variorum_git::overlay::Overlay;
use variorum_git::pack::PackLimits;
use variorum_git::tree::{Edit, Mode, edit, entry_at};

use super::import::{Imported, index};
use crate::context::Context;
use crate::library::head;
use crate::library::index::refresh_library;
use crate::work::Work;
use crate::{Error, Result};

/// Longest file name made from a row's name.
const SLUG_CHARS_MAX: usize = 80;

/// Which table, and which of its columns name a prompt and hold its text.
#[derive(Debug, Clone)]
pub struct Table {
    /// The path of the CSV file.
    pub path: String,
    /// The column with the name.
    pub name: String,
    /// The column with the text.
    pub text: String,
    /// The folder the prompts go to.
    pub folder: String,
}

/// What happened to rows over the whole history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows that appeared.
    pub added: usize,
    /// Rows whose text changed.
    pub updated: usize,
    /// Rows of which only other columns changed.
    pub meta: usize,
    /// Rows that went.
    pub removed: usize,
}

/// A row's name and its place among rows of the same name.
type Key = (Arc<str>, usize);

/// A row: its text and its other columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Row {
    text: String,
    others: BTreeMap<String, String>,
}

type Rows = BTreeMap<Key, Arc<Row>>;

/// Names and rows met so far, each kept once: a table changes by a few rows from commit to commit.
#[derive(Default)]
struct Pool {
    names: HashSet<Arc<str>>,
    rows: HashSet<Arc<Row>>,
}

impl Pool {
    fn name(&mut self, name: String) -> Arc<str> {
        if let Some(known) = self.names.get(name.as_str()) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        self.names.insert(name.clone());
        name
    }

    fn row(&mut self, row: Row) -> Arc<Row> {
        if let Some(known) = self.rows.get(&row) {
            return known.clone();
        }
        let row = Arc::new(row);
        self.rows.insert(row.clone());
        row
    }
}

/// Imports a bundle's table, split into prompts, into an empty library.
pub async fn bundle(
    ctx: &Context,
    actor: &Actor,
    bytes: &[u8],
    table: &Table,
) -> Result<(Imported, RowCounts)> {
    access::check(actor, Action::Administer, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    if head(&mut work, MAIN).await?.is_some() {
        let message = "the library holds versions already; import into an empty one";
        return Err(Error::Conflict(message.into()));
    }
    let line = states(bytes, table)?;
    let mut walk = Walk {
        table,
        counts: RowCounts::default(),
        files: HashMap::new(),
    };
    let mut rows = Rows::new();
    let mut tip: Option<(Oid, Oid)> = None;
    let mut commits = Vec::new();
    for State {
        oid,
        data,
        rows: next,
    } in line
    {
        let edits = walk.edits(&work.overlay, &rows, &next)?;
        rows = next;
        if edits.is_empty() {
            continue;
        }
        let tree = work
            .with(|o| edit(o, tip.map(|(_, tree)| tree), &edits))
            .await?;
        let commit = rewritten(&data, oid, tree, tip.map(|(oid, _)| oid));
        let new = work.overlay.put(Kind::Commit, encode_commit(&commit)?)?;
        tip = Some((new, tree));
        commits.push((new, commit));
    }
    let Some((tip, tree)) = tip else {
        let message = format!("the bundle holds no table `{}` with rows", table.path);
        return Err(Error::invalid(message));
    };
    let imported = Imported {
        objects: work.overlay.new_objects().len(),
        commits: commits.len(),
        refs: vec![(MAIN.to_owned(), tip)],
        findings: Vec::new(),
    };
    work.store_objects(&[tip]).await?;
    index(&mut work, commits).await?;
    work.tx
        .move_ref(work.workspace, MAIN, None, Some(tip), ctx.clock.now())
        .await?;
    refresh_library(ctx, &mut work, (None, tree), None).await?;
    let what = Happening::new("library.imported", format!("workspace:{}", actor.workspace))
        .with_evidence(serde_json::json!({
            "table": table.path, "commits": imported.commits, "main": tip.to_string(),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", "main");
    Ok((imported, walk.counts))
}

/// The table at one commit.
struct State {
    oid: Oid,
    data: CommitData,
    rows: Rows,
}

/// The states of the table along the first-parent line of `main` (or `HEAD`), oldest first.
///
/// Two passes over the pack: commits and trees first, to learn which blobs are the table; then only
/// those, so that memory holds rows and never all texts of all commits.
fn states(bytes: &[u8], table: &Table) -> Result<Vec<State>> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::invalid(format!("the bundle cannot be read: {error}"))
    };
    let bundle = read_bundle(bytes, PackLimits::default()).map_err(|e| unreadable(&e))?;
    let source = Overlay::new(Arc::new(ObjectCache::new(0)), WorkspaceId(0));
    let mut commits = HashMap::new();
    bundle
        .pack
        .visit(|packed| {
            match packed.object.kind {
                Kind::Commit => {
                    if let Ok(data) = parse_commit(&packed.object.bytes) {
                        commits.insert(packed.oid, data);
                    }
                }
                Kind::Tree => source.insert_loaded(packed.oid, packed.object),
                Kind::Blob | Kind::Tag => {}
            }
            Ok(())
        })
        .map_err(|e| unreadable(&e))?;
    let mut line = Vec::new();
    let mut blob = None;
    for (oid, data) in first_parent_line(&bundle, commits)? {
        let entry = entry_at(&source, data.tree, &table.path)?;
        let next = entry.map(|entry| entry.oid);
        if next != blob {
            blob = next;
            line.push((oid, data, next));
        }
    }
    let wanted: HashSet<Oid> = line.iter().filter_map(|(.., blob)| *blob).collect();
    let mut pool = Pool::default();
    let mut tables = HashMap::new();
    bundle
        .pack
        .visit(|packed| {
            if wanted.contains(&packed.oid) {
                tables.insert(
                    packed.oid,
                    read_rows(&packed.object.bytes, table, &mut pool),
                );
            }
            Ok(())
        })
        .map_err(|e| unreadable(&e))?;
    let rows = |blob: Option<Oid>| blob.and_then(|blob| tables.get(&blob).cloned());
    Ok(line
        .into_iter()
        .map(|(oid, data, blob)| State {
            oid,
            data,
            rows: rows(blob).unwrap_or_default(),
        })
        .collect())
}

fn first_parent_line(
    bundle: &Bundle<'_>,
    mut commits: HashMap<Oid, CommitData>,
) -> Result<Vec<(Oid, CommitData)>> {
    let named = |name: &str| bundle.refs.iter().find(|(known, _)| known == name);
    let tip = named(MAIN)
        .or_else(|| named("refs/heads/master"))
        .or_else(|| named("HEAD"));
    let mut next = Some(
        tip.ok_or_else(|| Error::invalid("the bundle holds no branch `main`"))?
            .1,
    );
    let mut line = Vec::new();
    while let Some(oid) = next {
        let Some(data) = commits.remove(&oid) else {
            break;
        };
        next = data.parents.first().copied();
        line.push((oid, data));
    }
    line.reverse();
    Ok(line)
}

fn rewritten(data: &CommitData, origin: Oid, tree: Oid, parent: Option<Oid>) -> NewCommit {
    let message = data.message.trim_end();
    NewCommit {
        tree,
        parents: parent.into_iter().collect(),
        author: data.author.clone(),
        committer: data.committer.clone(),
        extra_headers: Vec::new(),
        message: format!("{message}\n\nImported-from: {origin}\n"),
    }
}

fn read_rows(bytes: &[u8], table: &Table, pool: &mut Pool) -> Rows {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let headers = reader.headers().cloned().unwrap_or_default();
    let name_column = headers
        .iter()
        .position(|header| header.trim() == table.name);
    let text_column = headers
        .iter()
        .position(|header| header.trim() == table.text);
    let (Some(name_column), Some(text_column)) = (name_column, text_column) else {
        return Rows::new();
    };
    let mut rows = Rows::new();
    let mut met: HashMap<Arc<str>, usize> = HashMap::new();
    for record in reader.byte_records() {
        let Ok(record) = record else { continue };
        let cell = |place: usize| {
            record
                .get(place)
                .map(|cell| String::from_utf8_lossy(cell).into_owned())
        };
        let (Some(name), Some(text)) = (cell(name_column), cell(text_column)) else {
            continue;
        };
        let name = pool.name(name.trim().to_owned());
        let nth = met.entry(name.clone()).or_default();
        *nth += 1;
        let others = headers
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != name_column && *place != text_column)
            .filter_map(|(place, header)| Some((header.to_owned(), cell(place)?)))
            .collect();
        rows.insert((name, *nth), pool.row(Row { text, others }));
    }
    rows
}

struct Walk<'a> {
    table: &'a Table,
    counts: RowCounts,
    files: HashMap<String, Key>,
}

impl Walk<'_> {
    /// The edits that bring the files from one state of the table to the next.
    fn edits(
        &mut self,
        overlay: &Overlay,
        before: &Rows,
        after: &Rows,
    ) -> Result<Vec<(String, Edit)>> {
        let mut edits = Vec::new();
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            self.counts.removed += 1;
            edits.push((self.path(key), Edit::Remove));
        }
        for (key, row) in after {
            let old = before.get(key);
            match old {
                Some(old) if old == row => continue,
                Some(old) if old.text == row.text => self.counts.meta += 1,
                Some(_) => self.counts.updated += 1,
                None => self.counts.added += 1,
            }
            let oid = overlay.put(Kind::Blob, to_prompt(&key.0, row).into_bytes())?;
            if let Some(old) = old {
                let base = overlay.put(Kind::Blob, to_prompt(&key.0, old).into_bytes())?;
                overlay.suggest_base(oid, base);
            }
            edits.push((
                self.path(key),
                Edit::Upsert {
                    mode: Mode::File,
                    oid,
                },
            ));
        }
        Ok(edits)
    }

    /// The file of a row; two names that look alike as file names get a number.
    fn path(&mut self, key: &Key) -> String {
        let slug = slug(&key.0);
        let mut n = key.1;
        loop {
            let number = if n > 1 {
                format!("-{n}")
            } else {
                String::new()
            };
            let path = format!("{}/{slug}{number}.prompt", self.table.folder);
            match self.files.get(&path) {
                Some(owner) if owner != key => n += 1,
                _ => {
                    self.files.insert(path.clone(), key.clone());
                    return path;
                }
            }
        }
    }
}

fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.chars().count() >= SLUG_CHARS_MAX {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        "prompt".to_owned()
    } else {
        slug.to_owned()
    }
}

/// The row as a prompt file. Braces of the text are not ours to read: they stand for themselves.
fn to_prompt(name: &str, row: &Row) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut out = format!("---\nvariorum.title: {}\n", quoted(name));
    for (header, value) in &row.others {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        let field: String = header.chars().map(plain).collect();
        if !value.is_empty() && !field.is_empty() {
            out.extend(["variorum.", &field, ": ", &quoted(value), "\n"]);
        }
    }
    out.push_str("---\n");
    out.push_str(&row.text.replace("{{", "\\{{"));
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_file_names() {
        assert_eq!(slug("Ad Copy: Sale!"), "ad-copy-sale");
        assert_eq!(slug("???"), "prompt");
        assert_eq!(slug("Übersetzer"), "übersetzer");
    }

    #[test]
    fn braces_of_a_row_stand_for_themselves() {
        let row = Row {
            text: "Say {{name}}".into(),
            others: BTreeMap::new(),
        };
        let file = variorum_domain::prompt::parse(&to_prompt("x", &row));
        assert!(file.is_usable(), "{:?}", file.diagnostics);
    }
}
