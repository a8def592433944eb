//! The merge that most drafts need, without looking at everything that `main` has got since: the
//! draft only changed files which `main` left alone.

use variorum_domain::id::Oid;

use super::machine::Sides;
use crate::diff::{ChangeKind, tree_diff};
use crate::error::GitError;
use crate::overlay::Overlay;
use crate::tree::{Edit, check_path, edit, entry_at, require_trees};

/// A draft that touches more files is looked at as a whole.
const QUICK_CHANGES_MAX: usize = 200;

/// The merged tree, if their side only changed files that are on our side as they were before.
///
/// Such a file was not moved by our side, because it is still where it was, and nothing was added that
/// a moved folder could take along; so there is nothing to decide.
pub(super) fn merge_quickly(overlay: &Overlay, sides: Sides) -> Result<Option<Oid>, GitError> {
    let Sides { base, ours, theirs } = sides;
    let changes = tree_diff(overlay, Some(base), Some(theirs))?;
    if changes.len() > QUICK_CHANGES_MAX {
        return Ok(None);
    }
    let mut edits = Vec::with_capacity(changes.len());
    for change in &changes {
        let only_changed = change.kind == ChangeKind::Modified && check_path(&change.path).is_ok();
        let Some(new) = change.new.filter(|new| only_changed && new.mode.is_file()) else {
            return Ok(None);
        };
        let (mode, oid) = (new.mode, new.oid);
        edits.push((change.path.clone(), Edit::Upsert { mode, oid }));
    }
    require_trees(overlay, ours, &edits)?;
    for change in &changes {
        if entry_at(overlay, ours, &change.path)? != change.old {
            return Ok(None);
        }
    }
    edit(overlay, Some(ours), &edits).map(Some)
}
