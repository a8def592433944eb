//! A second look at what gix merged, by rules that are simple enough to be trusted: what one side
//! alone changed must be in the result, and nothing else. gix was seen to drop a file, and to write
//! a file and a directory of one name, where a side puts one in the place of the other.

use std::collections::{HashMap, HashSet};

use variorum_domain::id::Oid;

use super::ConflictKind;
use super::prefetch::Prefetched;
use crate::check::check_object;
use crate::diff::{Change, ChangeKind, detect_renames, tree_diff};
use crate::error::GitError;
use crate::object::Kind;
use crate::overlay::Overlay;
use crate::tree::Entry;

type ByPath<'a> = HashMap<&'a str, &'a Change>;

/// Paths that are files on one side and directories on the other, and paths to which both sides
/// added something different.
pub(super) fn clashes(
    overlay: &Overlay,
    prefetched: &Prefetched,
) -> Result<Vec<(String, ConflictKind)>, GitError> {
    let mut found = Vec::new();
    let (ours, theirs) = (by_path(&prefetched.ours), by_path(&prefetched.theirs));
    for (files, others) in [(&ours, &theirs), (&theirs, &ours)] {
        for path in others
            .values()
            .filter(|change| change.new.is_some())
            .map(|c| &c.path)
        {
            let above = path.match_indices('/').map(|(slash, _)| &path[..slash]);
            let clashing = above.filter(|above| files.get(above).is_some_and(|c| c.new.is_some()));
            found.extend(clashing.map(|path| (path.to_owned(), ConflictKind::FileAndDirectory)));
        }
    }
    let added = |change: &Change| change.kind == ChangeKind::Added;
    let both_added: Vec<&str> = ours
        .iter()
        .filter(|(path, change)| {
            let other = theirs.get(*path);
            other.is_some_and(|other| added(change) && added(other) && change.new != other.new)
        })
        .map(|(path, _)| *path)
        .collect();
    if !both_added.is_empty() {
        let ours = sources(overlay, &prefetched.ours)?;
        let theirs = sources(overlay, &prefetched.theirs)?;
        // Both may have moved the same file there, which is no clash.
        let clash = |path: &&str| {
            ours.get(*path)
                .is_none_or(|old| theirs.get(*path) != Some(old))
        };
        let clashing = both_added.into_iter().filter(clash);
        found.extend(clashing.map(|path| (path.to_owned(), ConflictKind::BothAdded)));
    }
    Ok(found)
}

/// Where the files that a side moved came from.
fn sources(overlay: &Overlay, changes: &[Change]) -> Result<HashMap<String, String>, GitError> {
    let mut changes = changes.to_vec();
    detect_renames(&mut changes, overlay)?;
    Ok(changes
        .into_iter()
        .filter_map(|change| Some((change.path, change.old_path?)))
        .collect())
}

/// The paths at which a merged tree is not what the sides say. `renamed` are the paths that gix
/// has brought together across a rename; there the result may differ from both sides.
pub(super) fn surprises(
    overlay: &Overlay,
    prefetched: &Prefetched,
    base: Oid,
    merged: Oid,
    renamed: &HashSet<String>,
) -> Result<Vec<(String, ConflictKind)>, GitError> {
    let merged = tree_diff(overlay, Some(base), Some(merged))?;
    let result = by_path(&merged);
    let (ours, theirs) = (by_path(&prefetched.ours), by_path(&prefetched.theirs));
    let paths: HashSet<&str> = ours
        .keys()
        .chain(theirs.keys())
        .chain(result.keys())
        .copied()
        .collect();
    let surprising = |path: &&str| {
        let expected = match (ours.get(path), theirs.get(path)) {
            (Some(ours), Some(theirs)) if ours.new != theirs.new => return false,
            (Some(side), _) | (None, Some(side)) => Some(side.new),
            (None, None) => None,
        };
        let found: Option<Option<Entry>> = result.get(path).map(|change| change.new);
        found != expected && !renamed.contains(*path)
    };
    let found = paths.into_iter().filter(surprising);
    Ok(found
        .map(|path| (path.to_owned(), ConflictKind::Other))
        .collect())
}

/// Whether all trees that the merge wrote keep the rules of trees.
pub(super) fn is_well_formed(overlay: &Overlay, merged: Oid) -> bool {
    overlay
        .new_objects_of(&[merged])
        .iter()
        .filter(|(_, object)| object.kind == Kind::Tree)
        .all(|(_, object)| {
            let problems = check_object(Kind::Tree, &object.bytes);
            let broken = ["badTree", "treeNotSorted", "duplicateEntries"];
            !problems
                .iter()
                .any(|problem| broken.contains(&problem.rule))
        })
}

fn by_path(changes: &[Change]) -> ByPath<'_> {
    changes
        .iter()
        .map(|change| (change.path.as_str(), change))
        .collect()
}
