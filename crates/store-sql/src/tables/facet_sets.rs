//! What files can be filtered by, counted. Files share their kind, channel, brand and so on with many
//! others, so each such set is kept once and a text holds its number: counting reads numbers only.

use std::collections::{BTreeMap, HashMap};

use variorum_domain::id::{Digest, WorkspaceId};
use variorum_domain::library::ARCHIVED;
use variorum_ports::StoreError;
use variorum_ports::rows::{FacetRow, LibraryFilter, LibraryRow};

use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO library_facet_sets (workspace, digest, kind, channel, brand, region, owner, \
     status, category, tags)",
    10,
    "ON CONFLICT (workspace, digest) DO NOTHING",
);

/// So many sets are asked for by their numbers. Of more, all sets are read and those that were asked
/// for picked out of them, where they are not few among what is left of earlier days.
const LISTED_MAX: usize = 128;
/// Sets that are read for each one that was asked for, at most.
const READ_PER_SET_MAX: usize = 8;

/// What one file can be filtered by.
pub(super) struct FacetSet {
    /// Tells it from others.
    pub(super) digest: Digest,
    /// Kind, channel, brand, region, owner, status, category, tags.
    values: [String; 8],
}

impl FacetSet {
    pub(super) fn of(row: &LibraryRow) -> Self {
        let values = [
            &row.kind,
            &row.channel,
            &row.brand,
            &row.region,
            &row.owner,
            &row.status,
            &row.category,
            &row.tags,
        ];
        let values = values.map(Clone::clone);
        let text = serde_json::Value::from(values.to_vec()).to_string();
        Self {
            digest: Digest::of(text.as_bytes()),
            values,
        }
    }
}

/// Learns the numbers of sets; those that are new get one.
pub(super) async fn learn(
    tx: &mut SqlTx,
    id: WorkspaceId,
    wanted: impl Iterator<Item = &FacetSet>,
    known: &mut HashMap<Digest, i64>,
) -> Result<(), StoreError> {
    let mut missing: BTreeMap<[u8; 32], &FacetSet> = BTreeMap::new();
    for set in wanted.filter(|set| !known.contains_key(&set.digest)) {
        missing.insert(set.digest.0, set);
    }
    // Asked for first: a set that is there already must not use up a number.
    for is_first in [true, false] {
        if missing.is_empty() {
            return Ok(());
        }
        let sql = "SELECT id, digest FROM library_facet_sets \
                   WHERE workspace = $1 AND digest IN {list}";
        let list = missing.values().map(|set| Value::from(&set.digest));
        let list: Vec<Value<'_>> = list.collect();
        for row in tx.fetch_listed("facets", sql, id, &list).await? {
            let digest = row.digest("digest")?;
            missing.remove(&digest.0);
            known.insert(digest, row.int("id")?);
        }
        if is_first {
            let values: Vec<Value<'_>> = missing
                .values()
                .flat_map(|set| {
                    let first = [Value::from(id), Value::from(&set.digest)];
                    first.into_iter().chain(set.values.iter().map(Value::from))
                })
                .collect();
            tx.insert("facets", INSERT, &values).await?;
        }
    }
    Ok(())
}

/// The sets of all files, apart from other kinds and what is archived where a filter says so.
pub(super) async fn of_all(
    tx: &mut SqlTx,
    id: WorkspaceId,
    filter: &LibraryFilter,
) -> Result<Vec<FacetRow>, StoreError> {
    let sql = "SELECT facet_set, COUNT(*) AS files FROM library_texts \
               WHERE workspace = $1 GROUP BY facet_set";
    let rows = tx.fetch("facets", sql, &[Value::from(id)]).await?;
    let mut files = BTreeMap::new();
    for row in &rows {
        files.insert(row.int("facet_set")?, row.int("files")?);
    }
    read(tx, id, &files, filter).await
}

/// Reads numbers, written one after the other: one for each file, or each with how many files have it.
pub(super) fn counted(row: Option<&Row>) -> Result<BTreeMap<i64, i64>, StoreError> {
    let mut files = BTreeMap::new();
    let Some(row) = row else { return Ok(files) };
    let mut counts: HashMap<&str, i64> = HashMap::new();
    let numbers = row.text_or_null("sets")?.unwrap_or_default();
    for number in numbers.split(',').filter(|number| !number.is_empty()) {
        let (number, count) = number.split_once(':').unwrap_or((number, "1"));
        *counts.entry(number).or_default() += row.known("sets", count.parse::<i64>().ok())?;
    }
    for (number, count) in counts {
        let number = number.parse::<i64>().ok();
        files.insert(row.known("sets", number)?, count);
    }
    Ok(files)
}

/// Whether so many sets are a good part of all that a workspace ever had.
async fn are_many_of_all(tx: &mut SqlTx, id: WorkspaceId, sets: usize) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS sets FROM library_facet_sets WHERE workspace = $1";
    let row = tx.fetch_one("facets", sql, &[Value::from(id)]).await?;
    let all = row.map_or(Ok(0), |row| row.int("sets"))?;
    Ok(usize::try_from(all).is_ok_and(|all| all <= sets.saturating_mul(READ_PER_SET_MAX)))
}

/// The sets with these numbers, each with how many files have it. What belongs to another workspace,
/// is of another kind than a filter asks for, or is archived where it wants none, is left out.
pub(super) async fn read(
    tx: &mut SqlTx,
    id: WorkspaceId,
    files: &BTreeMap<i64, i64>,
    filter: &LibraryFilter,
) -> Result<Vec<FacetRow>, StoreError> {
    const SELECT: &str = "SELECT id, kind, channel, brand, region, owner, status, category, tags \
                          FROM library_facet_sets WHERE workspace = $1";
    let rows = if files.len() > LISTED_MAX && are_many_of_all(tx, id, files.len()).await? {
        tx.fetch("facets", SELECT, &[Value::from(id)]).await?
    } else {
        let list: Vec<Value<'_>> = files.keys().copied().map(Value::from).collect();
        let sql = format!("{SELECT} AND id IN {{list}}");
        tx.fetch_listed("facets", &sql, id, &list).await?
    };
    let mut sets = rows
        .iter()
        .map(|row| {
            let Some(files) = files.get(&row.int("id")?) else {
                return Ok(None);
            };
            Ok(Some(FacetRow {
                kind: row.text("kind")?,
                channel: row.text("channel")?,
                brand: row.text("brand")?,
                region: row.text("region")?,
                owner: row.text("owner")?,
                status: row.text("status")?,
                category: row.text("category")?,
                tags: row.text("tags")?,
                files: *files,
            }))
        })
        .filter_map(Result::transpose)
        .collect::<Result<Vec<_>, StoreError>>()?;
    sets.retain(|set| {
        let hidden = filter.without_archived && set.status.eq_ignore_ascii_case(ARCHIVED);
        !hidden && (filter.kinds.is_empty() || filter.kinds.contains(&set.kind))
    });
    Ok(sets)
}
