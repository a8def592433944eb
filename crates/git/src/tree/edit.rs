//! Changing trees. Only the trees on the way to a change are read and written; all other entries
//! are copied as bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::read::find;
use super::{Entry, Mode, check_path, raw};
use crate::error::GitError;
use crate::object::{EMPTY_TREE, Kind, Object, hash_object};
use crate::overlay::Overlay;
use variorum_domain::id::Oid;

/// A change to one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Puts a file at the path. It takes the place of a directory there, and directories take the
    /// place of files on the way.
    Upsert {
        /// A file or an executable file.
        mode: Mode,
        /// The blob.
        oid: Oid,
    },
    /// Removes the file or the whole directory at the path; nothing happens if there is none.
    Remove,
}

/// A directory while it is edited.
struct Directory {
    /// The tree it was, and its bytes.
    origin: Option<(Oid, Arc<[u8]>)>,
    changed: BTreeMap<String, Node>,
}

enum Node {
    Gone,
    Leaf(Entry),
    Inside(Directory),
}

/// Applies edits one after the other and returns the new root; directories that become empty
/// disappear. The blobs themselves need not be loaded.
pub fn edit(
    overlay: &Overlay,
    root: Option<Oid>,
    edits: &[(String, Edit)],
) -> Result<Oid, GitError> {
    for (path, edit) in edits {
        check_path(path)?;
        if let Edit::Upsert { mode, .. } = edit
            && !mode.is_file()
        {
            return Err(GitError::RefusedMode {
                path: path.clone(),
                mode: mode.describe(),
            });
        }
    }
    let root = root.unwrap_or(EMPTY_TREE);
    require_trees(overlay, root, edits)?;
    let mut directory = Directory::open(overlay, root)?;
    for (path, edit) in edits {
        directory.apply(overlay, path, *edit)?;
    }
    match directory.write(overlay)? {
        Some(oid) => Ok(oid),
        None => overlay.put(Kind::Tree, Vec::new()),
    }
}

/// Reports all trees that the edits pass through and that are not loaded, a level at a time.
pub(crate) fn require_trees(
    overlay: &Overlay,
    root: Oid,
    edits: &[(String, Edit)],
) -> Result<(), GitError> {
    let mut level: BTreeMap<&str, Oid> = BTreeMap::from([("", root)]);
    while !level.is_empty() {
        overlay.require(level.values().copied())?;
        let mut next = BTreeMap::new();
        for (path, _) in edits {
            for (slash, _) in path.match_indices('/') {
                let (directory, name) = split_last(&path[..slash]);
                if next.contains_key(&path[..slash]) {
                    continue;
                }
                let Some(tree) = level.get(directory) else {
                    continue;
                };
                let bytes = overlay.get_kind(tree, Kind::Tree)?.bytes;
                let entry = find(&bytes, name.as_bytes())?;
                if let Some(entry) = entry.filter(|entry| entry.mode.is_directory()) {
                    next.insert(&path[..slash], entry.oid);
                }
            }
        }
        level = next;
    }
    Ok(())
}

fn split_last(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

impl Directory {
    fn open(overlay: &Overlay, tree: Oid) -> Result<Self, GitError> {
        let bytes = overlay.get_kind(&tree, Kind::Tree)?.bytes;
        Ok(Self {
            origin: Some((tree, bytes)),
            changed: BTreeMap::new(),
        })
    }

    fn original(&self, name: &str) -> Result<Option<Entry>, GitError> {
        match &self.origin {
            Some((_, bytes)) => find(bytes, name.as_bytes()),
            None => Ok(None),
        }
    }

    /// Applies one edit; not deeper than a checked path.
    fn apply(&mut self, overlay: &Overlay, path: &str, edit: Edit) -> Result<(), GitError> {
        let Some((name, rest)) = path.split_once('/') else {
            let node = match edit {
                Edit::Remove => Node::Gone,
                Edit::Upsert { mode, oid } => Node::Leaf(Entry { mode, oid }),
            };
            self.changed.insert(path.to_owned(), node);
            return Ok(());
        };
        if let Some(Node::Inside(directory)) = self.changed.get_mut(name) {
            return directory.apply(overlay, rest, edit);
        }
        let original = match self.changed.get(name) {
            Some(_) => None,
            None => self
                .original(name)?
                .filter(|entry| entry.mode.is_directory()),
        };
        let mut directory = match original {
            Some(entry) => Self::open(overlay, entry.oid)?,
            None if edit == Edit::Remove => return Ok(()),
            None => Self {
                origin: None,
                changed: BTreeMap::new(),
            },
        };
        directory.apply(overlay, rest, edit)?;
        self.changed
            .insert(name.to_owned(), Node::Inside(directory));
        Ok(())
    }

    /// Writes the directory and those in it; `None` when nothing is left.
    fn write(&self, overlay: &Overlay) -> Result<Option<Oid>, GitError> {
        let mut added: Vec<(&str, Entry)> = Vec::new();
        for (name, node) in &self.changed {
            match node {
                Node::Gone => {}
                Node::Leaf(entry) => added.push((name, *entry)),
                Node::Inside(directory) => {
                    if let Some(oid) = directory.write(overlay)? {
                        added.push((
                            name,
                            Entry {
                                mode: Mode::Directory,
                                oid,
                            },
                        ));
                    }
                }
            }
        }
        added.sort_by(|a, b| raw::compare_names(key(a), key(b)));
        let bytes = self.encode(overlay, &added)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let oid = hash_object(Kind::Tree, &bytes)?;
        match &self.origin {
            Some((origin, _)) if *origin == oid => return Ok(Some(oid)),
            Some((origin, _)) if *origin != EMPTY_TREE => overlay.suggest_base(oid, *origin),
            _ => {}
        }
        overlay.put_known(oid, Object::new(Kind::Tree, bytes));
        Ok(Some(oid))
    }

    fn encode(&self, overlay: &Overlay, added: &[(&str, Entry)]) -> Result<Vec<u8>, GitError> {
        let origin: &[u8] = self.origin.as_ref().map_or(&[], |(_, bytes)| bytes);
        let mut out = Vec::with_capacity(origin.len() + added.len() * 48);
        let mut added = added.iter().peekable();
        for old in raw::entries(origin) {
            let old = old?;
            let before = |new: &&(&str, Entry)| raw::compare_names(key(new), old.key()).is_lt();
            while let Some((name, entry)) = added.next_if(before) {
                raw::push(&mut out, name.as_bytes(), *entry);
            }
            match std::str::from_utf8(old.name)
                .ok()
                .and_then(|name| self.changed.get(name))
            {
                None => out.extend_from_slice(old.bytes),
                Some(Node::Leaf(new)) if old.mode.is_file() => {
                    overlay.suggest_base(new.oid, old.oid);
                }
                Some(_) => {}
            }
        }
        for (name, entry) in added {
            raw::push(&mut out, name.as_bytes(), *entry);
        }
        Ok(out)
    }
}

fn key<'a>((name, entry): &(&'a str, Entry)) -> (&'a [u8], bool) {
    (name.as_bytes(), entry.mode.is_directory())
}
