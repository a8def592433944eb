//! One file per thing that is kept: its statements, and how its rows are made and read.

mod audit;
mod changes;
mod commits;
mod drafts;
mod edges;
mod environments;
mod escalation;
mod facet_sets;
mod git_door;
mod library;
mod lives;
mod members;
mod notices;
mod objects;
mod paths;
mod quality;
mod question;
mod records;
mod refs;
mod regressions;
mod releases;
mod remotes;
mod rollouts;
mod scores;
mod search;
mod search_writer;
mod sources;
mod spellings;
mod tokens;
mod views;
mod workspaces;

use variorum_domain::id::Oid;
use variorum_ports::StoreError;

use crate::sql::Value;

/// What follows every text that begins with a prefix, in the order of bytes.
///
/// Comparing is the one way to ask for a prefix that both engines answer alike and from an index;
/// `LIKE` ignores case on SQLite.
pub(crate) fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

/// Ids as bound values, each once and sorted, so that two writers lock in the same order.
pub(crate) fn sorted_oids(oids: &[Oid]) -> Vec<Oid> {
    let mut sorted = oids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Ids as bound values.
pub(crate) fn oid_values(oids: &[Oid]) -> Vec<Value<'_>> {
    oids.iter().map(Value::from).collect()
}

/// The error of a lost race, or of a row that is there already.
pub(crate) fn conflict(what: impl Into<String>) -> StoreError {
    StoreError::Conflict { what: what.into() }
}

/// Fails with a conflict unless exactly one row was touched.
pub(crate) fn expect_one(rows: u64, what: impl FnOnce() -> String) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(conflict(what()))
    }
}

/// A value as JSON text.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unavailable(Box::new(error)))
}
