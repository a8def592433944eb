//! The operations, one file a resource. A handler is: convert, call one use case, convert.

pub(crate) mod activity;
pub(crate) mod analysis;
pub(crate) mod attribution;
pub(crate) mod bulk;
pub(crate) mod catalogue;
pub(crate) mod changes;
pub(crate) mod commits;
pub(crate) mod data;
pub(crate) mod decisions;
pub(crate) mod demo;
pub(crate) mod drafts;
pub(crate) mod environments;
pub(crate) mod escalation;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod hooks;
pub(crate) mod impact;
pub(crate) mod inbox;
pub(crate) mod keys;
pub(crate) mod library;
pub(crate) mod mirrors;
pub(crate) mod people;
pub(crate) mod planner;
pub(crate) mod prompts;
pub(crate) mod records;
pub(crate) mod regressions;
pub(crate) mod releases;
pub(crate) mod resolve;
pub(crate) mod rollouts;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod sources;
pub(crate) mod threads;
pub(crate) mod tokens;
pub(crate) mod upkeep;
pub(crate) mod variations;
pub(crate) mod views;
pub(crate) mod workflows;

use variorum_domain::limits::PAGE_ROWS_MAX;

use crate::problem::Failure;

/// Rows of a page where nothing is said.
const PAGE_ROWS: usize = 50;

/// What a handler returns.
type Answer<T> = Result<T, Failure>;

/// The rows of a page that was asked for.
fn page_rows(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX)
}

/// Where the next page begins, if this one is full.
fn next_page<T, K>(items: &[T], limit: usize, key: impl Fn(&T) -> K) -> Option<K> {
    if items.len() < limit {
        None
    } else {
        items.last().map(key)
    }
}
