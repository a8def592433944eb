//! One suite for every store: what the ports promise, checked over `&dyn Store` and
//! `&dyn EventLog`.
//!
//! Every check makes workspaces of its own, so all of them can run on one database, in any order
//! and at the same time.

mod audit;
mod collaboration;
mod commits;
mod edges;
mod escalation;
mod events;
mod git_door;
mod library;
mod live;
mod lives;
mod members;
mod objects;
mod refs;
mod regressions;
mod remotes;
mod search;
mod sources;
mod transactions;
mod values;
mod views;
mod workspaces;

use std::sync::atomic::{AtomicU64, Ordering};

use variorum_domain::id::WorkspaceId;
use variorum_ports::{EventLog, Store, StoreError};

use crate::build;

pub use self::audit::audit_log;
pub use self::collaboration::{changes, drafts, notices, records};
pub use self::commits::{commits, paths};
pub use self::edges::library_edges;
pub use self::escalation::{deliveries, incidents, stops};
pub use self::events::{event_log, event_log_erasure, event_log_groups};
pub use self::git_door::{object_facts, server_keys_and_arrivals, signing_keys};
pub use self::library::{library, library_filters, library_scores};
pub use self::live::{environments, releases, rollouts};
pub use self::lives::lives;
pub use self::members::{members, tokens};
pub use self::objects::objects;
pub use self::refs::refs;
pub use self::regressions::regressions;
pub use self::remotes::remotes;
pub use self::search::searches;
pub use self::sources::sources;
pub use self::transactions::{
    abandoned_transactions, concurrent_writers, dropped_turns, failed_transactions, readers,
    reading_refuses_writes,
};
pub use self::values::{huge_values, odd_values};
pub use self::views::{prompt_asks, quality_counts, views};
pub use self::workspaces::{clearing, workspaces};

/// What a check returns: facts are asserted, the store's errors are passed on.
pub type Checked = Result<(), StoreError>;

/// Runs every check of a store of state.
pub async fn check_store(store: &dyn Store) -> Checked {
    store.ping().await?;
    workspaces(store).await?;
    clearing(store).await?;
    objects(store).await?;
    refs(store).await?;
    commits(store).await?;
    paths(store).await?;
    library(store).await?;
    library_filters(store).await?;
    library_scores(store).await?;
    searches(store).await?;
    library_edges(store).await?;
    releases(store).await?;
    environments(store).await?;
    rollouts(store).await?;
    members(store).await?;
    tokens(store).await?;
    object_facts(store).await?;
    signing_keys(store).await?;
    server_keys_and_arrivals(store).await?;
    remotes(store).await?;
    sources(store).await?;
    regressions(store).await?;
    lives(store).await?;
    views(store).await?;
    prompt_asks(store).await?;
    stops(store).await?;
    incidents(store).await?;
    deliveries(store).await?;
    quality_counts(store).await?;
    audit_log(store).await?;
    drafts(store).await?;
    changes(store).await?;
    notices(store).await?;
    records(store).await?;
    odd_values(store).await?;
    huge_values(store).await?;
    readers(store).await?;
    reading_refuses_writes(store).await?;
    dropped_turns(store).await?;
    abandoned_transactions(store).await?;
    failed_transactions(store).await?;
    concurrent_writers(store).await
}

/// Runs every check of a log of events.
pub async fn check_event_log(log: &dyn EventLog) -> Checked {
    event_log(log).await?;
    event_log_erasure(log).await?;
    event_log_groups(log).await
}

/// Makes a workspace that no other check knows.
async fn fresh(store: &dyn Store, name: &str) -> Result<WorkspaceId, StoreError> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::SeqCst);
    let mut tx = store.begin(WorkspaceId(0)).await?;
    let id = tx
        .add_workspace(&build::workspace(&format!("{name}-{number}")))
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// Whether a result is the loss of a race.
fn is_conflict<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict { .. }))
}
