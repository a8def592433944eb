//! Looking into trees.

use super::{Entry, NamedEntry, parse_tree, raw};
use crate::error::GitError;
use crate::object::Kind;
use crate::overlay::Overlay;
use variorum_domain::id::Oid;

/// What stands at a path below a root tree; the empty path has no entry.
pub fn entry_at(overlay: &Overlay, root: Oid, path: &str) -> Result<Option<Entry>, GitError> {
    let mut tree = root;
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        let object = overlay.get_kind(&tree, Kind::Tree)?;
        let Some(entry) = find(&object.bytes, part.as_bytes())? else {
            return Ok(None);
        };
        if parts.peek().is_none() {
            return Ok(Some(entry));
        }
        if !entry.mode.is_directory() {
            return Ok(None);
        }
        tree = entry.oid;
    }
    Ok(None)
}

/// The entries of the directory at a path (the empty path is the root), or `None` if there is no
/// directory.
pub fn list_dir(
    overlay: &Overlay,
    root: Oid,
    path: &str,
) -> Result<Option<Vec<NamedEntry>>, GitError> {
    let Some(tree) = directory_at(overlay, root, path)? else {
        return Ok(None);
    };
    parse_tree(&overlay.get_kind(&tree, Kind::Tree)?.bytes).map(Some)
}

/// All files below the directory `prefix` (the empty one is the root) with their full paths,
/// sorted; nothing if there is no such directory. Reports missing trees a whole level at a time.
pub fn list_all(
    overlay: &Overlay,
    root: Oid,
    prefix: &str,
) -> Result<Vec<(String, Entry)>, GitError> {
    let Some(tree) = directory_at(overlay, root, prefix)? else {
        return Ok(Vec::new());
    };
    let start = if prefix.is_empty() {
        String::new()
    } else {
        format!("{prefix}/")
    };
    let mut found = Vec::new();
    let mut level = vec![(start, tree)];
    while !level.is_empty() {
        overlay.require(level.iter().map(|(_, tree)| *tree))?;
        let mut next = Vec::new();
        for (prefix, tree) in level {
            let object = overlay.get_kind(&tree, Kind::Tree)?;
            for entry in raw::entries(&object.bytes) {
                let entry = entry?;
                let path = format!("{prefix}{}", entry.text()?);
                if entry.mode.is_directory() {
                    next.push((path + "/", entry.oid));
                } else {
                    found.push((path, entry.entry()));
                }
            }
        }
        level = next;
    }
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn directory_at(overlay: &Overlay, root: Oid, path: &str) -> Result<Option<Oid>, GitError> {
    if path.is_empty() {
        return Ok(Some(root));
    }
    let entry = entry_at(overlay, root, path)?;
    Ok(entry
        .filter(|entry| entry.mode.is_directory())
        .map(|entry| entry.oid))
}

/// Finds a name in the bytes of a tree.
pub(super) fn find(tree: &[u8], name: &[u8]) -> Result<Option<Entry>, GitError> {
    for entry in raw::entries(tree) {
        let entry = entry?;
        if entry.name == name {
            return Ok(Some(entry.entry()));
        }
    }
    Ok(None)
}
