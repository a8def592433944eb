//! Commit graphs in memory, one per workspace, caught up from the index before use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use variorum_domain::id::WorkspaceId;
use variorum_git::graph::{CommitGraph, CommitRow};

use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Rows read from the index at a time.
const ROWS_PER_READ: usize = 20_000;

/// The graphs, each with the place in the index up to which it is filled.
#[derive(Default)]
pub struct Graphs {
    known: Mutex<HashMap<WorkspaceId, (i64, Arc<CommitGraph>)>>,
}

impl Graphs {
    /// Forgets a workspace's graph.
    pub fn forget(&self, workspace: WorkspaceId) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&workspace);
    }
}

/// The graph as this transaction sees it, own writes included.
pub async fn graph(ctx: &Context, work: &mut Work) -> Result<Arc<CommitGraph>> {
    let workspace = work.workspace;
    let (mut after, mut graph) = {
        let known = ctx
            .graphs
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.get(&workspace).cloned().unwrap_or_default()
    };
    let start = after;
    loop {
        let rows = work.tx.graph(workspace, after, ROWS_PER_READ).await?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        let full = rows.len() == ROWS_PER_READ;
        let target = Arc::make_mut(&mut graph);
        for row in rows {
            target.add(&CommitRow {
                oid: row.oid,
                parents: row.parents,
                time: row.committed_at,
            });
        }
        if !full {
            break;
        }
    }
    if after != start {
        keep(ctx, workspace, after, &graph);
    }
    Ok(graph)
}

/// A graph with commits of a transaction that later fails does no harm: unreachable commits are never
/// asked for, and a retry stores the same ids again.
fn keep(ctx: &Context, workspace: WorkspaceId, after: i64, graph: &Arc<CommitGraph>) {
    let mut known = ctx
        .graphs
        .known
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let entry = known.entry(workspace).or_default();
    if entry.0 < after {
        *entry = (after, graph.clone());
    }
}
