//! The index over the words of the files on `main`: kept with the listing, asked for ranked files.
//!
//! SQLite has FTS5 for it and PostgreSQL its text vectors. Both are given the words that
//! `variorum_domain::search` makes, and nothing but words and signs of ours reaches their query
//! languages.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use variorum_domain::id::{Digest, WorkspaceId};
use variorum_domain::search::{Facet, facet_word, word_texts};
use variorum_ports::StoreError;
use variorum_ports::rows::{LibraryFilter, LibraryRow};
use variorum_ports::store::LibraryIndex as _;

use super::facet_sets::{self, FacetSet};
use super::search_writer::Writer;
use super::spellings::Spellings;

use crate::dialect::Engine;
use crate::sql::Value;
use crate::transaction::SqlTx;

const INSERT_TEXTS: (&str, usize, &str) = (
    "INSERT INTO library_texts (id, workspace, path, kind, archived, digest, facet_set)",
    7,
    "",
);
const INSERT_VECTORS: (&str, usize, &str) = (
    "INSERT INTO library_texts (workspace, path, kind, archived, digest, facet_set, terms) \
     SELECT a, b, c, d, e, f, CAST(g AS TSVECTOR) FROM (",
    7,
    ") AS given (a, b, c, d, e, f, g)",
);
const INSERT_FTS: (&str, usize, &str) = (
    "INSERT INTO library_fts (rowid, facets, title, name, about, body)",
    6,
    "",
);
const INSERT_UNINDEXED: (&str, usize, &str) = (
    "INSERT INTO library_unindexed (workspace, path)",
    2,
    "ON CONFLICT (workspace, path) DO NOTHING",
);
/// A save indexes what waits once there is so much and nobody has done it meanwhile: together the
/// words of many files cost little more than those of a few.
const UNINDEXED_MAX: i64 = 1_024;
/// Those that wait are counted after so many were noted.
const NOTED_MAX: usize = 64;
/// The lower bits of a text's number in SQLite, which hold the number of its facet set: so the sets
/// of what words find are counted without a look at any row. The upper ones grow from text to text.
const SET_BITS: u32 = 24;
/// Files whose words are in memory at a time.
const INDEXED_AT_ONCE: usize = 512;
const INSERT_WORDS: (&str, usize, &str) = (
    "INSERT INTO library_words (workspace, word)",
    2,
    "ON CONFLICT (workspace, word) DO NOTHING",
);
/// Words shorter than this are not remembered: nobody mistypes them, and the engines know at once what
/// begins with them.
pub(super) const KEPT_WORD_CHARS_MIN: usize = 4;
/// The last place of a word that PostgreSQL tells from others.
const PLACE_MAX: usize = 16_383;
/// Places left free between two parts of a file, so that no phrase spans them.
const PLACES_BETWEEN: usize = 8;

/// A file as words, part by part: the parts weigh less and less.
struct Indexed {
    kind: String,
    archived: bool,
    facets: Vec<String>,
    set: FacetSet,
    /// Title, name, about, body.
    parts: [Vec<String>; 4],
}

impl Indexed {
    fn of(id: WorkspaceId, row: &LibraryRow) -> Self {
        let tags: Vec<String> = serde_json::from_str(&row.tags).unwrap_or_default();
        let about = [
            &row.intent,
            &row.owner,
            &row.channel,
            &row.brand,
            &row.region,
        ];
        let about = about.map(String::as_str).join("\n");
        Self {
            kind: row.kind.clone(),
            archived: row.status.eq_ignore_ascii_case(ARCHIVED),
            facets: facets(id, row, &tags),
            set: FacetSet::of(row),
            parts: [
                word_texts(&row.title),
                word_texts(&format!("{}\n{}", row.path, tags.join("\n"))),
                word_texts(&about),
                word_texts(&row.text),
            ],
        }
    }

    fn digest(&self) -> Digest {
        let parts = self.parts.iter().chain([&self.facets]);
        let mut text: Vec<String> = parts.map(|words| words.join(" ")).collect();
        text.push(self.set.digest.to_string());
        Digest::of(text.join("\n").as_bytes())
    }

    /// The text of a vector: every word with its places and the weight of its part.
    fn vector(&self) -> String {
        let mut text = String::new();
        for facet in &self.facets {
            // Writing into a String cannot fail.
            let _ = write!(text, "'{facet}' ");
        }
        let mut place = 0;
        for (words, weight) in self.parts.iter().zip(['A', 'B', 'C', 'D']) {
            for word in words {
                place = (place + 1).min(PLACE_MAX);
                let _ = write!(text, "'{word}':{place}{weight} ");
            }
            place += PLACES_BETWEEN;
        }
        text
    }
}

/// Under which filters a file is found.
fn facets(id: WorkspaceId, row: &LibraryRow, tags: &[String]) -> Vec<String> {
    let mut found = vec![facet_word(Facet::Workspace, &id.to_string())];
    let mut add = |facet, value: &str| {
        if !value.is_empty() {
            found.push(facet_word(facet, value));
        }
    };
    add(Facet::Kind, &format!("{id} {}", row.kind));
    add(Facet::Owner, &row.owner);
    add(Facet::Status, &row.status);
    add(Facet::Category, &row.category);
    for tag in tags {
        add(Facet::Tag, tag);
    }
    let lists = [
        (Facet::Channel, &row.channel),
        (Facet::Brand, &row.brand),
        (Facet::Region, &row.region),
    ];
    for (facet, list) in lists {
        list.split(", ").for_each(|value| add(facet, value));
    }
    let cuts = row.folder.match_indices('/').map(|(at, _)| at);
    for cut in cuts.chain([row.folder.len()]) {
        add(Facet::Folder, &row.folder[..cut]);
    }
    found
}

/// Notes that files have other words than the index knows; indexes them once there are many.
pub(super) async fn put(
    tx: &mut SqlTx,
    id: WorkspaceId,
    paths: impl Iterator<Item = &str>,
) -> Result<(), StoreError> {
    let values: Vec<Value<'_>> = paths
        .flat_map(|path| [Value::from(id), Value::from(path)])
        .collect();
    tx.insert("text", INSERT_UNINDEXED, &values).await?;
    if !tx.note_unindexed(values.len() / 2, NOTED_MAX) {
        return Ok(());
    }
    let sql = "SELECT COUNT(*) AS files FROM library_unindexed WHERE workspace = $1";
    let waiting = tx.fetch_one("text", sql, &[Value::from(id)]).await?;
    let waiting = waiting.map_or(Ok(0), |row| row.int("files"))?;
    if waiting >= UNINDEXED_MAX {
        index(tx, id).await?;
    }
    Ok(())
}

/// Whether files wait to be indexed.
pub(super) async fn is_behind(tx: &mut SqlTx, id: WorkspaceId) -> Result<bool, StoreError> {
    let sql = "SELECT path FROM library_unindexed WHERE workspace = $1 LIMIT 1";
    let row = tx.fetch_one("text", sql, &[Value::from(id)]).await?;
    Ok(row.is_some())
}

/// Indexes every file that waits for it.
pub(super) async fn index(tx: &mut SqlTx, id: WorkspaceId) -> Result<(), StoreError> {
    loop {
        let sql = "SELECT path FROM library_unindexed WHERE workspace = $1 ORDER BY path LIMIT $2";
        let values = [Value::from(id), Value::from(INDEXED_AT_ONCE)];
        let waiting = tx.fetch("text", sql, &values).await?;
        let paths: Vec<String> = waiting
            .iter()
            .map(|row| row.text("path"))
            .collect::<Result<_, _>>()?;
        if paths.is_empty() {
            return Ok(());
        }
        let rows = tx.library_rows(id, &paths).await?;
        index_rows(tx, id, &rows).await?;
        let sql = "DELETE FROM library_unindexed WHERE workspace = $1 AND path IN {list}";
        let list: Vec<Value<'_>> = paths.iter().map(Value::from).collect();
        tx.execute_listed("text", sql, id, &list).await?;
    }
}

/// Indexes the words of files whose words or filters are not those indexed already.
async fn index_rows(
    tx: &mut SqlTx,
    id: WorkspaceId,
    rows: &[LibraryRow],
) -> Result<(), StoreError> {
    let known = known(tx, id, rows.iter().map(|row| row.path.as_str())).await?;
    let mut changed: Vec<(&str, Indexed, Digest)> = Vec::new();
    for row in rows {
        let indexed = Indexed::of(id, row);
        let digest = indexed.digest();
        if known.get(&row.path).map(|known| &known.digest) != Some(&digest) {
            changed.push((&row.path, indexed, digest));
        }
    }
    let mut sets: HashMap<Digest, i64> = known.values().filter_map(|known| known.set).collect();
    let wanted = changed.iter().map(|(_, indexed, _)| &indexed.set);
    facet_sets::learn(tx, id, wanted, &mut sets).await?;
    let replaced: Vec<&str> = changed
        .iter()
        .map(|(path, ..)| *path)
        .filter(|path| known.contains_key(*path))
        .collect();
    forget(tx, id, &replaced).await?;
    match tx.engine() {
        Engine::Sqlite => put_fts(tx, id, &changed, &sets).await?,
        Engine::Postgres => put_vectors(tx, id, &changed, &sets).await?,
    }
    // Far fewer words than texts have are told apart before the few that are left are put in order.
    let words: HashSet<&str> = changed
        .iter()
        .flat_map(|(_, indexed, _)| indexed.parts.iter().flatten())
        .map(String::as_str)
        .filter(|word| is_kept(word))
        .collect();
    let mut words = Vec::from_iter(words);
    words.sort_unstable();
    let values: Vec<Value<'_>> = words
        .into_iter()
        .flat_map(|word| [Value::from(id), Value::from(word)])
        .collect();
    tx.insert("word", INSERT_WORDS, &values).await
}

/// Whether a word is remembered: for those who mistype it, and to know what begins with another one.
pub(super) fn is_kept(word: &str) -> bool {
    word.chars().count() >= KEPT_WORD_CHARS_MIN && !word.starts_with(|c: char| c.is_numeric())
}

/// A text that is indexed already.
struct Known {
    digest: Digest,
    /// Its set of facets, by digest and number.
    set: Option<(Digest, i64)>,
}

async fn known<'a>(
    tx: &mut SqlTx,
    id: WorkspaceId,
    paths: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, Known>, StoreError> {
    let sql = "SELECT t.path, t.digest, t.facet_set, s.digest AS set_digest FROM library_texts t \
               LEFT JOIN library_facet_sets s ON s.id = t.facet_set \
               WHERE t.workspace = $1 AND t.path IN {list}";
    let list: Vec<Value<'_>> = paths.map(Value::from).collect();
    let rows = tx.fetch_listed("text", sql, id, &list).await?;
    rows.iter()
        .map(|row| {
            let number = row.int("facet_set")?;
            let set = row.digest_or_null("set_digest")?;
            let known = Known {
                digest: row.digest("digest")?,
                set: set.map(|digest| (digest, number)),
            };
            Ok((row.text("path")?, known))
        })
        .collect()
}

async fn put_vectors(
    tx: &mut SqlTx,
    id: WorkspaceId,
    changed: &[(&str, Indexed, Digest)],
    sets: &HashMap<Digest, i64>,
) -> Result<(), StoreError> {
    let values: Vec<Value<'_>> = changed
        .iter()
        .flat_map(|(path, indexed, digest)| {
            [
                Value::from(id),
                Value::from(*path),
                Value::from(&indexed.kind),
                Value::from(indexed.archived),
                Value::from(digest),
                Value::from(set_of(indexed, sets)),
                Value::from(indexed.vector()),
            ]
        })
        .collect();
    tx.insert("text", INSERT_VECTORS, &values).await
}

/// The number of a text's set of facets.
fn set_of(indexed: &Indexed, sets: &HashMap<Digest, i64>) -> i64 {
    sets.get(&indexed.set.digest).copied().unwrap_or_default()
}

async fn put_fts(
    tx: &mut SqlTx,
    id: WorkspaceId,
    changed: &[(&str, Indexed, Digest)],
    sets: &HashMap<Digest, i64>,
) -> Result<(), StoreError> {
    let newest = "SELECT MAX(id) AS id FROM library_texts";
    let newest = tx.fetch_one("text", newest, &[]).await?;
    let newest = newest.map_or(Ok(None), |row| row.int_or_null("id"))?;
    let first = (newest.unwrap_or_default() >> SET_BITS) + 1;
    let numbered = || {
        let numbers = (first..).map(|number| number << SET_BITS);
        numbers
            .zip(changed)
            .map(|(number, text)| (number | set_of(&text.1, sets), text))
    };
    let values: Vec<Value<'_>> = numbered()
        .flat_map(|(number, (path, indexed, digest))| {
            [
                Value::from(number),
                Value::from(id),
                Value::from(*path),
                Value::from(&indexed.kind),
                Value::from(indexed.archived),
                Value::from(digest),
                Value::from(set_of(indexed, sets)),
            ]
        })
        .collect();
    tx.insert("text", INSERT_TEXTS, &values).await?;
    let values: Vec<Value<'_>> = numbered()
        .flat_map(|(number, (_, indexed, _))| {
            let [title, name, about, body] = &indexed.parts;
            let words = |words: &[String]| Value::from(words.join(" "));
            [
                Value::from(number),
                words(&indexed.facets),
                words(title),
                words(name),
                words(about),
                words(body),
            ]
        })
        .collect();
    tx.insert("text", INSERT_FTS, &values).await
}

/// Forgets the words of files that are gone.
pub(super) async fn remove(
    tx: &mut SqlTx,
    id: WorkspaceId,
    paths: &[&str],
) -> Result<(), StoreError> {
    let sql = "DELETE FROM library_unindexed WHERE workspace = $1 AND path IN {list}";
    let list: Vec<Value<'_>> = paths.iter().map(|path| Value::from(*path)).collect();
    tx.execute_listed("text", sql, id, &list).await?;
    forget(tx, id, paths).await
}

async fn forget(tx: &mut SqlTx, id: WorkspaceId, paths: &[&str]) -> Result<(), StoreError> {
    let list: Vec<Value<'_>> = paths.iter().map(|path| Value::from(*path)).collect();
    if tx.engine() == Engine::Sqlite {
        let sql = "DELETE FROM library_fts WHERE rowid IN (SELECT id FROM library_texts \
                   WHERE workspace = $1 AND path IN {list})";
        tx.execute_listed("text", sql, id, &list).await?;
    }
    let sql = "DELETE FROM library_texts WHERE workspace = $1 AND path IN {list}";
    tx.execute_listed("text", sql, id, &list).await
}

/// Forgets the words of a whole workspace.
pub(super) async fn clear(tx: &mut SqlTx, id: WorkspaceId) -> Result<(), StoreError> {
    let sqlite = "DELETE FROM library_fts WHERE rowid IN \
                  (SELECT id FROM library_texts WHERE workspace = $1)";
    let both = [
        "DELETE FROM library_unindexed WHERE workspace = $1",
        "DELETE FROM library_texts WHERE workspace = $1",
        "DELETE FROM library_facet_sets WHERE workspace = $1",
        "DELETE FROM library_words WHERE workspace = $1",
    ];
    let first = Some(sqlite).filter(|_| tx.engine() == Engine::Sqlite);
    for sql in first.into_iter().chain(both) {
        tx.execute("text", sql, &[Value::from(id)]).await?;
    }
    Ok(())
}

/// What a filter asks of the index, in the engine's own language.
pub(super) struct Asked {
    /// Words and filters together.
    pub(super) all: String,
    /// The same without workspace, kinds and what is archived. SQLite's rank looks up how frequent each
    /// word of a question is, and these are in nearly every text; their columns are asked instead.
    pub(super) narrow: String,
    /// Everything without kinds and what is archived, and without the workspace where something else is
    /// asked for.
    pub(super) anywhere: String,
    /// The words alone: what files are ranked by.
    pub(super) ranked: String,
}

/// What a filter asks of the index; `None` where it asks nothing that has to be looked up there.
pub(super) fn asked(
    engine: Engine,
    id: WorkspaceId,
    filter: &LibraryFilter,
    spellings: &Spellings,
) -> Option<Asked> {
    asks(filter).then(|| written(engine, id, filter, spellings))
}

/// Whether a filter asks anything that has to be looked up in the index.
pub(super) fn asks(filter: &LibraryFilter) -> bool {
    !filter.query.terms.is_empty() || filter.without_archived || !narrowed(filter).is_empty()
}

/// A filter in the engine's own language, whether or not it has to be looked up there.
pub(super) fn written(
    engine: Engine,
    id: WorkspaceId,
    filter: &LibraryFilter,
    spellings: &Spellings,
) -> Asked {
    let write = Writer(engine);
    let narrowed = narrowed(filter);
    let mut all: Vec<String> = narrowed.iter().map(|word| write.word(word)).collect();
    let kinds: Vec<String> = filter
        .kinds
        .iter()
        .map(|kind| write.word(&facet_word(Facet::Kind, &format!("{id} {kind}"))))
        .collect();
    if let Some(folder) = filter.folder.as_deref().filter(|folder| !folder.is_empty()) {
        let folder = folder.trim_end_matches('/');
        all.push(write.word(&facet_word(Facet::Folder, folder)));
    }
    let excluded = filter.query.terms.iter().filter(|term| term.excluded);
    let excluded = excluded.map(|term| write.found(term, spellings));
    let mut excluded: Vec<String> = excluded.collect();
    let wanted = filter.query.terms.iter().filter(|term| !term.excluded);
    // Where every word is the only one that begins so, each of them would only count twice.
    let is_plain = wanted.clone().all(|term| spellings.is_only(term));
    let ranked: Vec<String> = wanted
        .clone()
        .map(|term| match term.words.as_slice() {
            [word] if is_plain => write.word(word),
            _ => write.ranked(term, spellings),
        })
        .collect();
    let weighed: Vec<String> = all.iter().chain(&ranked).cloned().collect();
    let narrow = write.without(&write.every(&weighed), &excluded);
    all.extend(wanted.map(|term| write.found(term, spellings)));
    let workspace = write.word(&facet_word(Facet::Workspace, &id.to_string()));
    let anywhere = match all.as_slice() {
        [] => workspace.clone(),
        all => write.every(all),
    };
    let anywhere = write.without(&anywhere, &excluded);
    if kinds.is_empty() {
        all.push(workspace);
    } else {
        all.push(write.any(&kinds));
    }
    if filter.without_archived {
        excluded.push(write.word(&facet_word(Facet::Status, ARCHIVED)));
    }
    Asked {
        all: write.without(&write.every(&all), &excluded),
        narrow,
        anywhere,
        ranked: write.every(&ranked),
    }
}

/// The status of what is kept but no longer used.
const ARCHIVED: &str = variorum_domain::library::ARCHIVED;

/// The filters that only the index answers, because a file may have several values of each.
fn narrowed(filter: &LibraryFilter) -> Vec<String> {
    let one = [
        (Facet::Channel, &filter.channel),
        (Facet::Brand, &filter.brand),
        (Facet::Region, &filter.region),
        (Facet::Owner, &filter.owner),
        (Facet::Category, &filter.category),
        (Facet::Status, &filter.status),
    ];
    let one = one
        .into_iter()
        .filter_map(|(facet, value)| Some(facet_word(facet, value.as_deref()?)));
    let tags = filter.tags.iter().map(|tag| facet_word(Facet::Tag, tag));
    one.chain(tags).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_domain::search::Query;

    #[test]
    fn nothing_of_a_query_but_words_reaches_an_engine() {
        let hostile = "\" OR facets:x* NOT ' & ! :* <-> ) ( -- ; \"'a'\" b\\ NEAR(c d)";
        let filter = LibraryFilter {
            query: Query::parse(hostile),
            tags: vec!["'; DROP TABLE library; --".to_owned()],
            ..LibraryFilter::default()
        };
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let asked = asked(engine, WorkspaceId(7), &filter, &Spellings::default()).unwrap();
            let quote = if engine == Engine::Sqlite { '"' } else { '\'' };
            for (number, part) in asked.all.split(quote).enumerate() {
                let inside = number % 2 == 1;
                let plain = |sign: char| sign.is_alphanumeric() || sign == '=' || sign == ' ';
                assert!(
                    !inside || part.chars().all(plain),
                    "{part} in {}",
                    asked.all
                );
                let ours = |sign: char| " ()*:&|!<->ANDORT".contains(sign);
                assert!(inside || part.chars().all(ours), "{part} in {}", asked.all);
            }
        }
    }
}
