//! The graph of `main` in memory, one per workspace, caught up before use by the files that differ.
//!
//! It is a function of a tree and nothing else, so by whichever way `main` has moved (a save, a merge,
//! a push, an import, another process), the difference of two trees says what to read again.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::OwnedRwLockReadGuard;
use variorum_domain::id::Oid;
use variorum_domain::impact::{Edge, Graph, View};
use variorum_domain::library::{LIBRARY_FILE, Library, MAIN};
use variorum_git::diff::{Change, tree_diff};
use variorum_ports::rows::EdgeRow;

use crate::Result;
use crate::context::Context;
use crate::library::edges::leaving;
use crate::library::{head, settings};
use crate::work::Work;

/// Edges read from the store at a time.
const EDGES_PER_READ: usize = 20_000;
/// Where more files differ than this, the listing's edges are read instead of the files.
const FILES_READ_MAX: usize = 2_000;
/// Names that nothing refers to any more are dropped by building anew when there are as many of them
/// as of all others, and at least this many.
const LEFT_OVER_MAX: usize = 50_000;

/// The graph of one tree.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The tree; none where there is no library yet.
    pub(super) tree: Option<Oid>,
    /// What its files refer to. A file that refers to nothing is no node unless something refers to it.
    pub(super) graph: Graph,
    /// Its settings.
    pub(super) library: Arc<Library>,
    /// How many names the graph had when it was built.
    names_at_first: usize,
}

/// The graph of `main` as this transaction sees it. While it is held nobody can catch up, so it is not
/// held while something is waited for.
pub(super) async fn at_main(ctx: &Context, work: &mut Work) -> Result<OwnedRwLockReadGuard<Held>> {
    let tree = head(work, MAIN).await?.map(|(_, data)| data.tree);
    let lock = ctx.impact.graph(work.workspace);
    let held = lock.clone().read_owned().await;
    if held.tree == tree {
        return Ok(held);
    }
    drop(held);
    let mut held = lock.write_owned().await;
    if held.tree != tree {
        catch_up(ctx, work, &mut held, tree).await?;
    }
    Ok(held.downgrade())
}

/// Brings a graph to a tree. Everything is read before anything is changed, so that one who gives up
/// on the way leaves it as it was.
async fn catch_up(
    ctx: &Context,
    work: &mut Work,
    held: &mut Held,
    tree: Option<Oid>,
) -> Result<()> {
    let Some(tree) = tree else {
        *held = Held::default();
        return Ok(());
    };
    let left_over = held.graph.node_count() - held.names_at_first;
    if let Some(before) = held.tree
        && left_over < held.names_at_first.max(LEFT_OVER_MAX)
        // What was kept may be of a library that is gone.
        && let Ok(changes) = work.with(|overlay| tree_diff(overlay, Some(before), Some(tree))).await
        && changes.len() <= FILES_READ_MAX
    {
        return update(ctx, work, held, tree, &changes).await;
    }
    *held = build(work, tree).await?;
    Ok(())
}

/// Reads the files that differ.
async fn update(
    ctx: &Context,
    work: &mut Work,
    held: &mut Held,
    tree: Oid,
    changes: &[Change],
) -> Result<()> {
    let edges = edges_after(ctx, work, changes).await?;
    if changes.iter().any(|change| change.path == LIBRARY_FILE) {
        held.library = settings(work, tree).await?.0;
    }
    for (path, edges) in &edges {
        set(&mut held.graph, path, edges);
    }
    held.tree = Some(tree);
    Ok(())
}

fn set(graph: &mut Graph, path: &str, edges: &BTreeSet<Edge>) {
    if edges.is_empty() {
        graph.remove_file(path);
    } else {
        graph.set_file(path, edges);
    }
}

/// What changed files refer to now; nothing where they are gone.
pub(super) async fn edges_after(
    ctx: &Context,
    work: &mut Work,
    changes: &[Change],
) -> Result<Vec<(String, BTreeSet<Edge>)>> {
    let blobs = changes.iter().filter_map(|change| change.new);
    let blobs: Vec<Oid> = blobs
        .filter(|entry| entry.mode.is_file())
        .map(|entry| entry.oid)
        .collect();
    work.with(|overlay| overlay.require(blobs.iter().copied()))
        .await?;
    let mut found = Vec::with_capacity(changes.len());
    for change in changes {
        let edges = leaving(ctx, work, &change.path, change.new).await?;
        found.push((change.path.clone(), edges));
    }
    Ok(found)
}

/// Builds the graph of `main` from the listing, which is written with every commit.
async fn build(work: &mut Work, tree: Oid) -> Result<Held> {
    let mut graph = Graph::default();
    let mut last: Option<EdgeRow> = None;
    let mut edges: BTreeSet<Edge> = BTreeSet::new();
    loop {
        let rows = work
            .tx
            .edges(work.workspace, last.as_ref(), EDGES_PER_READ)
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if let Some(before) = last.as_ref().filter(|last| last.from_path != row.from_path) {
                set(&mut graph, &before.from_path, &edges);
                edges.clear();
            }
            edges.insert(Edge::new(row.kind, row.to_ref.clone()));
            last = Some(row);
        }
    }
    if let Some(last) = last {
        set(&mut graph, &last.from_path, &edges);
    }
    Ok(Held {
        tree: Some(tree),
        names_at_first: graph.node_count(),
        library: settings(work, tree).await?.0,
        graph,
    })
}

/// The graph kept in memory and the same built anew, as lists of edges: what tests and benches compare.
pub async fn both_graphs(ctx: &Context, work: &mut Work) -> Result<[Vec<String>; 2]> {
    let tree = head(work, MAIN).await?.map(|(_, data)| data.tree);
    let anew = match tree {
        Some(tree) => build(work, tree).await?,
        None => Held::default(),
    };
    let held = at_main(ctx, work).await?;
    Ok([listed(&held.graph), listed(&anew.graph)])
}

fn listed(graph: &Graph) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for path in graph.files() {
        let edges = graph.edges_of(path).into_iter();
        lines.extend(edges.map(|(kind, to)| format!("{path} {} {to}", kind.name())));
    }
    lines.sort_unstable();
    lines
}
