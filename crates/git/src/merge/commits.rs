//! The merge of commits: finds what they have in common first.

use variorum_domain::id::Oid;

use super::machine::{Sides, merge_virtually};
use super::prefetch::{prefetch, require_roots};
use super::{MergeLabels, MergeOutcome, merge_trees};
use crate::commit::parse_commit;
use crate::error::GitError;
use crate::graph::CommitGraph;
use crate::object::Kind;
use crate::overlay::Overlay;

/// How deep merge bases of merge bases are merged; below that the newest one is taken.
pub const VIRTUAL_BASE_DEPTH_MAX: u8 = 16;

/// What the merge of two commits came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitMerge {
    /// The best common ancestors, newest first. If one of them is a side itself, nothing was
    /// merged: that side is contained in the other.
    pub bases: Vec<Oid>,
    /// The tree the sides were compared with; made up if there are several bases.
    pub base_tree: Oid,
    /// The merge of the trees.
    pub outcome: MergeOutcome,
}

/// Merges two commits. All their ancestors must be in the graph.
pub fn merge_commits(
    overlay: &Overlay,
    graph: &CommitGraph,
    ours: Oid,
    theirs: Oid,
    labels: &MergeLabels,
) -> Result<CommitMerge, GitError> {
    let bases = graph.merge_bases(&ours, &theirs);
    if bases.is_empty() {
        return Err(GitError::Unrelated { ours, theirs });
    }
    overlay.require([ours, theirs].into_iter().chain(bases.iter().copied()))?;
    let base_tree = base_tree(overlay, graph, &bases, 1)?;
    let (ours, theirs) = (tree_of(overlay, ours)?, tree_of(overlay, theirs)?);
    let outcome = merge_trees(overlay, Some(base_tree), ours, theirs, labels)?;
    Ok(CommitMerge {
        bases,
        base_tree,
        outcome,
    })
}

/// The tree of the only base, or all bases merged into one, the oldest first.
fn base_tree(
    overlay: &Overlay,
    graph: &CommitGraph,
    bases: &[Oid],
    depth: u8,
) -> Result<Oid, GitError> {
    overlay.require(bases.iter().copied())?;
    let Some((oldest, newer)) = bases.split_last() else {
        return Ok(crate::object::EMPTY_TREE);
    };
    if depth > VIRTUAL_BASE_DEPTH_MAX {
        return tree_of(overlay, bases[0]);
    }
    let mut merged = vec![*oldest];
    let mut tree = tree_of(overlay, *oldest)?;
    for next in newer.iter().rev() {
        // The commits merged so far have the same ancestors as the commit that would merge them.
        let common = graph.merge_bases_of(&merged, next);
        let base = base_tree(overlay, graph, &common, depth + 1)?;
        let sides = Sides {
            base,
            ours: tree,
            theirs: tree_of(overlay, *next)?,
        };
        require_roots(overlay, sides)?;
        prefetch(overlay, sides)?;
        tree = merge_virtually(overlay, sides, depth)?;
        merged.push(*next);
    }
    Ok(tree)
}

fn tree_of(overlay: &Overlay, commit: Oid) -> Result<Oid, GitError> {
    Ok(parse_commit(&overlay.get_kind(&commit, Kind::Commit)?.bytes)?.tree)
}
