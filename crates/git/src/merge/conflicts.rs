//! The conflicts of gix in our words. gix may swap the sides to share code between cases, so what
//! belongs to which side is read from the trees.

use std::collections::HashSet;
use std::num::NonZeroU8;

use gix_diff::tree_with_rewrites::Change;
use gix_merge::blob;
use gix_merge::tree::{ContentMerge, Resolution, ResolutionFailure, TreatAsUnresolved};
use gix_object::bstr::BStr;

use super::hunks::read_hunks;
use super::machine::Sides;
use super::moves::Move;
use super::{Conflict, ConflictKind};
use crate::error::GitError;
use crate::foreign::{from_gix, mode_from_gix};
use crate::object::Kind;
use crate::overlay::Overlay;
use crate::tree::{Entry, entry_at};
use variorum_domain::id::Oid;

/// What the description of a conflict needs to know.
pub(super) struct Context<'a> {
    pub(super) overlay: &'a Overlay,
    pub(super) sides: Sides,
    pub(super) marker_size: NonZeroU8,
}

/// Describes a conflict; `None` for what was merged and needs nobody to look at it.
pub(super) fn describe(
    context: &Context<'_>,
    found: &gix_merge::tree::Conflict,
) -> Result<Option<Conflict>, GitError> {
    let moved = matches!(
        found.resolution,
        Ok(Resolution::SourceLocationAffectedByRename { .. })
    );
    if !moved && !found.is_unresolved(TreatAsUnresolved::git()) {
        return Ok(None);
    }
    let (ours, theirs) = true_sides(context, found)?;
    let at = |tree: Oid, path: &str| entry_at(context.overlay, tree, path);
    let (ours_path, theirs_path) = (text(ours.location())?, text(theirs.location())?);
    let mut base = at(context.sides.base, &text(ours.source_location())?)?;
    if base.is_none() {
        base = at(context.sides.base, &text(theirs.source_location())?)?;
    }
    let ours_entry = at(context.sides.ours, &ours_path)?;
    let theirs_entry = at(context.sides.theirs, &theirs_path)?;
    let merged_text = merged_text(context, found)?;
    let hunks = merged_text
        .as_deref()
        .map(|text| read_hunks(text, context.marker_size));
    let path = if ours_entry.is_some() {
        &ours_path
    } else {
        &theirs_path
    };
    Ok(Some(Conflict {
        path: path.clone(),
        kind: kind(found, base.is_some()),
        base,
        ours: ours_entry,
        theirs: theirs_entry,
        ours_path,
        theirs_path,
        moved_aside: moved_aside(found)?,
        merged_text,
        hunks: hunks.unwrap_or_default(),
    }))
}

/// All paths that gix has brought together with others, conflict or not.
pub(super) fn paths_of(found: &[gix_merge::tree::Conflict]) -> Result<HashSet<String>, GitError> {
    let mut paths = HashSet::new();
    for change in found
        .iter()
        .flat_map(|conflict| [&conflict.ours, &conflict.theirs])
    {
        paths.insert(text(change.location())?);
        paths.insert(text(change.source_location())?);
    }
    Ok(paths)
}

/// The files that a side moved and the other touched, conflict or not.
pub(super) fn moves_of(found: &[gix_merge::tree::Conflict]) -> Result<Vec<Move>, GitError> {
    let mut moves = Vec::new();
    for change in found
        .iter()
        .flat_map(|conflict| [&conflict.ours, &conflict.theirs])
    {
        if matches!(change, Change::Rewrite { copy: false, .. }) {
            let (from, to) = (text(change.source_location())?, text(change.location())?);
            moves.push(Move { from, to });
        }
    }
    Ok(moves)
}

/// The changes of our and of their side.
fn true_sides<'a>(
    context: &Context<'_>,
    found: &'a gix_merge::tree::Conflict,
) -> Result<(&'a Change, &'a Change), GitError> {
    let Sides { ours, theirs, .. } = context.sides;
    let (first, second) = (&found.ours, &found.theirs);
    let straight = fits(context, first, ours)? && fits(context, second, theirs)?;
    let swapped = fits(context, first, theirs)? && fits(context, second, ours)?;
    Ok(if swapped && !straight {
        (second, first)
    } else {
        (first, second)
    })
}

/// Whether a change leads to what a tree has at its place.
fn fits(context: &Context<'_>, change: &Change, tree: Oid) -> Result<bool, GitError> {
    let found = entry_at(context.overlay, tree, &text(change.location())?)?;
    if matches!(change, Change::Deletion { .. }) {
        return Ok(found.is_none_or(|entry| entry.mode.is_directory()));
    }
    let (mode, id) = change.entry_mode_and_id();
    let left = mode_from_gix(mode).map(|mode| Entry {
        mode,
        oid: from_gix(id),
    });
    Ok(found.is_some() && found == left)
}

fn kind(found: &gix_merge::tree::Conflict, has_base: bool) -> ConflictKind {
    match &found.resolution {
        Ok(Resolution::SourceLocationAffectedByRename { .. }) => ConflictKind::MovedWithDirectory,
        Ok(Resolution::OursModifiedTheirsRenamedAndChangedThenRename { .. }) => {
            ConflictKind::RenamedAndChanged
        }
        Ok(Resolution::OursModifiedTheirsModifiedThenBlobContentMerge { .. }) if has_base => {
            ConflictKind::BothChanged
        }
        Ok(Resolution::OursModifiedTheirsModifiedThenBlobContentMerge { .. }) => {
            ConflictKind::BothAdded
        }
        Ok(Resolution::Forced(failure)) | Err(failure) => failure_kind(failure),
    }
}

fn failure_kind(failure: &ResolutionFailure) -> ConflictKind {
    use ResolutionFailure as Failure;
    match failure {
        Failure::SubmoduleMerge | Failure::SubmoduleAddAdd => ConflictKind::Submodule,
        Failure::OursRenamedTheirsRenamedToSameLocation => ConflictKind::RenamedToSamePath,
        Failure::OursRenamedTheirsRenamedDifferently { .. } => ConflictKind::RenamedDifferently,
        Failure::OursModifiedTheirsDirectoryThenOursRenamed { .. }
        | Failure::OursDirectoryTheirsNonDirectoryTheirsRenamed { .. } => {
            ConflictKind::FileAndDirectory
        }
        Failure::OursAddedTheirsAddedTypeMismatch { .. }
        | Failure::OursModifiedTheirsRenamedTypeMismatch => ConflictKind::TypesDiffer,
        Failure::OursDeletedTheirsRenamed => ConflictKind::RenamedAndDeleted,
        Failure::OursModifiedTheirsDeleted => ConflictKind::ChangedAndDeleted,
        Failure::Unknown => ConflictKind::Other,
    }
}

/// Where gix put a side that had to make room.
fn moved_aside(found: &gix_merge::tree::Conflict) -> Result<Option<String>, GitError> {
    use ResolutionFailure as Failure;
    let path = match &found.resolution {
        Ok(Resolution::SourceLocationAffectedByRename { final_location }) => final_location,
        Err(
            Failure::OursModifiedTheirsDirectoryThenOursRenamed {
                renamed_unique_path_to_modified_blob: path,
            }
            | Failure::OursDirectoryTheirsNonDirectoryTheirsRenamed {
                renamed_unique_path_of_theirs: path,
            }
            | Failure::OursAddedTheirsAddedTypeMismatch {
                their_unique_location: path,
            },
        ) => path,
        _ => return Ok(None),
    };
    text(path.as_ref()).map(Some)
}

/// The content with conflict markers, where there are any and it is text.
fn merged_text(
    context: &Context<'_>,
    found: &gix_merge::tree::Conflict,
) -> Result<Option<String>, GitError> {
    let Some(ContentMerge {
        merged_blob_id,
        resolution,
    }) = found.content_merge()
    else {
        return Ok(None);
    };
    if !matches!(resolution, blob::Resolution::Conflict) {
        return Ok(None);
    }
    let blob = context
        .overlay
        .get_kind(&from_gix(&merged_blob_id), Kind::Blob)?;
    if blob.bytes.contains(&0) {
        return Ok(None);
    }
    Ok(std::str::from_utf8(&blob.bytes).ok().map(str::to_owned))
}

fn text(path: &BStr) -> Result<String, GitError> {
    std::str::from_utf8(path)
        .map(str::to_owned)
        .map_err(|_| GitError::malformed("tree", "a path is not UTF-8"))
}
