//! Finding out beforehand which objects a merge will look at, so that they are all asked for at
//! once and not one after the other.

use std::collections::{HashMap, HashSet};

use variorum_domain::id::Oid;

use super::machine::Sides;
use crate::diff::{Change, ChangeKind, tree_diff};
use crate::error::GitError;
use crate::object::{EMPTY_TREE, Kind};
use crate::overlay::Overlay;

/// What each side changed since the base, and the blobs that a merge may read.
pub(super) struct Prefetched {
    pub(super) ours: Vec<Change>,
    pub(super) theirs: Vec<Change>,
    pub(super) blobs: Vec<Oid>,
}

/// Reports everything that is missing in as few rounds as possible: the trees of a level of both
/// sides together, then all blobs.
pub(super) fn prefetch(overlay: &Overlay, sides: Sides) -> Result<Prefetched, GitError> {
    let (ours, theirs) = both(
        tree_diff(overlay, Some(sides.base), Some(sides.ours)),
        tree_diff(overlay, Some(sides.base), Some(sides.theirs)),
    )?;
    let blobs = blobs(&ours, &theirs);
    overlay.require(blobs.iter().copied())?;
    Ok(Prefetched {
        ours,
        theirs,
        blobs,
    })
}

/// Both results, or what is missing for either of them.
pub(super) fn both<T, U>(
    a: Result<T, GitError>,
    b: Result<U, GitError>,
) -> Result<(T, U), GitError> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(GitError::Missing(mut a)), Err(GitError::Missing(b))) => {
            let known: HashSet<Oid> = a.iter().copied().collect();
            a.extend(b.into_iter().filter(|oid| !known.contains(oid)));
            Err(GitError::Missing(a))
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// The blobs at paths that both sides touched, and, where a side may have moved files, those it
/// removed and added.
fn blobs(ours: &[Change], theirs: &[Change]) -> Vec<Oid> {
    let paths: HashMap<&str, &Change> = theirs
        .iter()
        .map(|change| (change.path.as_str(), change))
        .collect();
    let mut wanted = Vec::new();
    for change in ours {
        if let Some(other) = paths.get(change.path.as_str()) {
            wanted.extend([change.old, change.new, other.new]);
        }
    }
    for side in [ours, theirs] {
        let has = |kind| side.iter().any(|change| change.kind == kind);
        if has(ChangeKind::Added) && has(ChangeKind::Deleted) {
            let moved = side
                .iter()
                .filter(|change| change.kind != ChangeKind::Modified);
            wanted.extend(moved.flat_map(|change| [change.old, change.new]));
        }
    }
    let mut seen = HashSet::new();
    wanted
        .into_iter()
        .flatten()
        .filter(|entry| entry.mode.is_file() || entry.mode == crate::tree::Mode::Symlink)
        .map(|entry| entry.oid)
        .filter(|oid| seen.insert(*oid))
        .collect()
}

/// Checks that the three roots are trees that are loaded.
pub(super) fn require_roots(overlay: &Overlay, sides: Sides) -> Result<(), GitError> {
    let roots = [sides.base, sides.ours, sides.theirs];
    overlay.require(roots.into_iter().filter(|root| *root != EMPTY_TREE))?;
    for root in roots {
        overlay.get_kind(&root, Kind::Tree)?;
    }
    Ok(())
}
