//! The three-way merge of trees.

use variorum_domain::id::Oid;

use super::conflicts::{Context, describe, moves_of, paths_of};
use super::hunks::marker_size;
use super::machine::{Sides, merge_keeping_conflicts};
use super::moves::ambiguous;
use super::prefetch::{Prefetched, prefetch, require_roots};
use super::quick::narrowed;
use super::review::add_reviews;
use super::safety::{clashes, is_well_formed, surprises};
use super::{MergeLabels, MergeOutcome};
use crate::error::GitError;
use crate::object::{EMPTY_TREE, Kind};
use crate::overlay::Overlay;

/// Merges what changed from `base` to `theirs` into `ours`; `None` as base is the empty tree.
pub fn merge_trees(
    overlay: &Overlay,
    base: Option<Oid>,
    ours: Oid,
    theirs: Oid,
    labels: &MergeLabels,
) -> Result<MergeOutcome, GitError> {
    let sides = Sides {
        base: base.unwrap_or(EMPTY_TREE),
        ours,
        theirs,
    };
    if ours == theirs || sides.base == theirs {
        return Ok(MergeOutcome::clean(ours));
    }
    if sides.base == ours {
        return Ok(MergeOutcome::clean(theirs));
    }
    require_roots(overlay, sides)?;
    let sides = narrowed(overlay, sides)?.unwrap_or(sides);
    if sides.base == sides.ours || sides.ours == sides.theirs {
        return Ok(MergeOutcome::clean(sides.theirs));
    }
    let prefetched = prefetch(overlay, sides)?;
    let size = marker_size(&contents(overlay, &prefetched)?);
    let context = Context {
        overlay,
        sides,
        marker_size: size,
    };
    let (merged, (mut conflicts, renamed, moves)) =
        merge_keeping_conflicts(overlay, sides, labels, size, |found| {
            let described = found.iter().map(|conflict| describe(&context, conflict));
            let conflicts: Vec<_> = described
                .filter_map(Result::transpose)
                .collect::<Result<_, _>>()?;
            Ok((conflicts, paths_of(&found)?, moves_of(&found)?))
        })?;
    let mut found = clashes(overlay, &prefetched)?;
    found.extend(ambiguous(overlay, &prefetched, &moves)?);
    add_reviews(&context, &prefetched, found, &mut conflicts)?;
    let well_formed = is_well_formed(overlay, merged);
    // Among conflicts as well: a file with markers may be where no conflict says it is.
    if well_formed {
        let found = surprises(overlay, &prefetched, sides.base, merged, &renamed)?;
        add_reviews(&context, &prefetched, found, &mut conflicts)?;
    }
    if !well_formed && conflicts.is_empty() {
        return Err(GitError::Merge("the merged tree is malformed".to_owned()));
    }
    conflicts.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
    conflicts.dedup();
    let tree = conflicts.is_empty().then_some(merged);
    let partial_tree = if well_formed { merged } else { ours };
    Ok(MergeOutcome {
        tree,
        partial_tree,
        conflicts,
    })
}

fn contents(
    overlay: &Overlay,
    prefetched: &Prefetched,
) -> Result<Vec<std::sync::Arc<[u8]>>, GitError> {
    let content = |oid: &Oid| Ok(overlay.get_kind(oid, Kind::Blob)?.bytes);
    prefetched.blobs.iter().map(content).collect()
}
