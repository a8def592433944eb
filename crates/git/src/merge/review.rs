//! What merges without a conflict but is shown to a person all the same, because Git and gix were
//! seen to treat it differently.

use std::collections::HashSet;

use variorum_domain::id::Oid;

use super::conflicts::Context;
use super::prefetch::Prefetched;
use super::{Conflict, ConflictKind};
use crate::diff::{Change, ChangeKind, detect_renames};
use crate::error::GitError;
use crate::tree::entry_at;

/// Adds what was found and what is to be looked at, unless the path is in conflict anyway.
pub(super) fn add_reviews(
    context: &Context<'_>,
    prefetched: &Prefetched,
    mut found: Vec<(String, ConflictKind)>,
    conflicts: &mut Vec<Conflict>,
) -> Result<(), GitError> {
    let Prefetched { ours, theirs, .. } = prefetched;
    for side in [ours, theirs] {
        let replaced = replaced_files(side);
        found.extend(
            replaced
                .into_iter()
                .map(|path| (path, ConflictKind::FileBecameDirectory)),
        );
    }
    let sides = context.sides;
    for (tree, moving, adding) in [(sides.ours, ours, theirs), (sides.theirs, theirs, ours)] {
        let left = left_behind(context, tree, moving, adding)?;
        found.extend(
            left.into_iter()
                .map(|path| (path, ConflictKind::MovedWithDirectory)),
        );
    }
    let known: HashSet<String> = conflicts
        .iter()
        .flat_map(|known| {
            let paths = [&known.path, &known.ours_path, &known.theirs_path];
            paths.into_iter().chain(&known.moved_aside)
        })
        .cloned()
        .collect();
    found.retain(|(path, _)| !known.contains(path));
    found.sort();
    found.dedup();
    for (path, kind) in found {
        conflicts.push(review(context, path, kind)?);
    }
    Ok(())
}

fn review(context: &Context<'_>, path: String, kind: ConflictKind) -> Result<Conflict, GitError> {
    let at = |tree: Oid| entry_at(context.overlay, tree, &path);
    Ok(Conflict {
        kind,
        base: at(context.sides.base)?,
        ours: at(context.sides.ours)?,
        theirs: at(context.sides.theirs)?,
        ours_path: path.clone(),
        theirs_path: path.clone(),
        path,
        moved_aside: None,
        merged_text: None,
        hunks: Vec::new(),
    })
}

/// The files that a side replaced with a directory of the same name.
fn replaced_files(changes: &[Change]) -> Vec<String> {
    let deleted: HashSet<&str> = of_kind(changes, ChangeKind::Deleted)
        .map(|change| change.path.as_str())
        .collect();
    of_kind(changes, ChangeKind::Added)
        .flat_map(|change| directories_above(&change.path))
        .filter(|path| deleted.contains(path))
        .map(str::to_owned)
        .collect()
}

/// The files that one side put into a directory whose files the other side moved elsewhere.
fn left_behind(
    context: &Context<'_>,
    moved_tree: Oid,
    moving: &[Change],
    adding: &[Change],
) -> Result<Vec<String>, GitError> {
    let has = |kind| of_kind(moving, kind).next().is_some();
    let adds = of_kind(adding, ChangeKind::Added).next().is_some();
    if !(adds && has(ChangeKind::Added) && has(ChangeKind::Deleted)) {
        return Ok(Vec::new());
    }
    let mut renamed = moving.to_vec();
    detect_renames(&mut renamed, context.overlay)?;
    let mut moved = HashSet::new();
    for source in renamed
        .iter()
        .filter_map(|change| change.old_path.as_deref())
    {
        for directory in directories_above(source) {
            let left = entry_at(context.overlay, moved_tree, directory)?;
            if left.is_none_or(|entry| !entry.mode.is_directory()) {
                moved.insert(directory);
            }
        }
    }
    let into_moved = |change: &&Change| {
        directories_above(&change.path).any(|directory| moved.contains(directory))
    };
    let added = of_kind(adding, ChangeKind::Added).filter(into_moved);
    Ok(added.map(|change| change.path.clone()).collect())
}

fn of_kind(changes: &[Change], kind: ChangeKind) -> impl Iterator<Item = &Change> {
    changes.iter().filter(move |change| change.kind == kind)
}

fn directories_above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(slash, _)| &path[..slash])
}
