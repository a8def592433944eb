//! The merge that most drafts need, without looking at everything that `main` has got since: the
//! draft only changed files that are still where they were.

use super::machine::Sides;
use crate::diff::{ChangeKind, tree_diff};
use crate::error::GitError;
use crate::overlay::Overlay;
use crate::tree::{Edit, Entry, check_path, edit, entry_at, require_trees};

/// A draft that touches more files is looked at as a whole.
const QUICK_CHANGES_MAX: usize = 200;

/// The same merge with less to look at, if their side only changed files that our side still has.
///
/// Such a file was not moved by our side, because it is still where it was, and nothing was added that
/// a moved folder could take along. So all else that our side did stands as it is, and can stand in
/// the base and on their side as well: what is left are the files that their side changed.
pub(super) fn narrowed(overlay: &Overlay, sides: Sides) -> Result<Option<Sides>, GitError> {
    let Sides { base, ours, theirs } = sides;
    let changes = tree_diff(overlay, Some(base), Some(theirs))?;
    if changes.len() > QUICK_CHANGES_MAX {
        return Ok(None);
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for change in &changes {
        let only_changed = change.kind == ChangeKind::Modified && check_path(&change.path).is_ok();
        let (true, Some(old), Some(new)) = (only_changed, change.old, change.new) else {
            return Ok(None);
        };
        if !old.mode.is_file() || !new.mode.is_file() {
            return Ok(None);
        }
        before.push((change.path.clone(), upsert(old)));
        after.push((change.path.clone(), upsert(new)));
    }
    require_trees(overlay, ours, &after)?;
    for change in &changes {
        let found = entry_at(overlay, ours, &change.path)?;
        if found.is_none_or(|entry| !entry.mode.is_file()) {
            return Ok(None);
        }
    }
    Ok(Some(Sides {
        base: edit(overlay, Some(ours), &before)?,
        ours,
        theirs: edit(overlay, Some(ours), &after)?,
    }))
}

fn upsert(entry: Entry) -> Edit {
    Edit::Upsert {
        mode: entry.mode,
        oid: entry.oid,
    }
}
