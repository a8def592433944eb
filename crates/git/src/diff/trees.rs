//! The paths that differ between two trees. Equal subtrees are never opened.

use variorum_domain::id::Oid;

use super::Change;
use crate::cache::TreePair;
use crate::error::GitError;
use crate::object::{EMPTY_TREE, Kind};
use crate::overlay::Overlay;
use crate::tree::patch::{compare_entries, compare_patched};
use crate::tree::raw::RawEntry;

/// Two directories at the same path that differ.
struct Pair {
    prefix: String,
    old: Oid,
    new: Oid,
}

/// What differs in one directory, in Git's order.
enum Found {
    File(Change),
    /// The place of a pair among all of them.
    Directory(usize),
}

/// The files that differ between two trees (`None` is the empty tree), sorted by path; directories
/// themselves are not listed. Reports missing trees a whole level at a time.
pub fn tree_diff(
    overlay: &Overlay,
    old: Option<Oid>,
    new: Option<Oid>,
) -> Result<Vec<Change>, GitError> {
    let (old, new) = (old.unwrap_or(EMPTY_TREE), new.unwrap_or(EMPTY_TREE));
    if old == new {
        return Ok(Vec::new());
    }
    let prefix = String::new();
    let mut pairs = vec![Pair { prefix, old, new }];
    let mut found: Vec<Vec<Found>> = Vec::new();
    while found.len() < pairs.len() {
        let level = found.len()..pairs.len();
        let held: Vec<Option<TreePair>> = pairs[level.clone()]
            .iter()
            .map(|pair| overlay.pair(pair.old, pair.new))
            .collect();
        let others = pairs[level.clone()].iter().zip(&held);
        let others = others.filter(|(_, held)| held.is_none());
        overlay.require(others.flat_map(|(pair, _)| [pair.old, pair.new]))?;
        for (at, held) in level.zip(held) {
            found.push(compare(overlay, at, held, &mut pairs)?);
        }
    }
    let mut changes = collect(found);
    // They are in order already, unless a foreign tree is not.
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

/// Brings what was found into the order of the paths, which is that of Git's trees walked through in
/// depth.
fn collect(mut found: Vec<Vec<Found>>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut open = vec![std::mem::take(&mut found[0]).into_iter()];
    while let Some(directory) = open.last_mut() {
        match directory.next() {
            Some(Found::File(change)) => changes.push(change),
            Some(Found::Directory(at)) => open.push(std::mem::take(&mut found[at]).into_iter()),
            None => drop(open.pop()),
        }
    }
    changes
}

/// What differs in one pair; pairs of directories in it are added to the others.
fn compare(
    overlay: &Overlay,
    at: usize,
    held: Option<TreePair>,
    pairs: &mut Vec<Pair>,
) -> Result<Vec<Found>, GitError> {
    let (old, new) = (pairs[at].old, pairs[at].new);
    let mut found = Vec::new();
    let differ = |a: Option<RawEntry<'_>>, b: Option<RawEntry<'_>>| {
        found.extend(differ(at, a, b, pairs)?);
        Ok(())
    };
    match held {
        Some(TreePair::Siblings(siblings)) => {
            let (base, patches) = siblings.parts();
            compare_patched(base, patches, differ)?;
        }
        Some(TreePair::Both(old, new)) => compare_entries(&old, &new, differ)?,
        None => {
            let old = overlay.get_kind(&old, Kind::Tree)?.bytes;
            let new = overlay.get_kind(&new, Kind::Tree)?.bytes;
            compare_entries(&old, &new, differ)?;
        }
    }
    Ok(found)
}

/// The difference of what two directories have under one name. Names that are equal as keys are
/// either both directories or both files.
fn differ(
    at: usize,
    old: Option<RawEntry<'_>>,
    new: Option<RawEntry<'_>>,
    pairs: &mut Vec<Pair>,
) -> Result<Option<Found>, GitError> {
    let Some(any) = old.or(new) else {
        return Ok(None);
    };
    let (a, b) = (
        old.map(|entry| entry.entry()),
        new.map(|entry| entry.entry()),
    );
    if a == b {
        return Ok(None);
    }
    let (prefix, name) = (&pairs[at].prefix, any.text()?);
    let mut path = String::with_capacity(prefix.len() + name.len() + 1);
    path.push_str(prefix);
    path.push_str(name);
    if !any.mode.is_directory() {
        return Ok(Some(Found::File(Change::between(path, a, b))));
    }
    path.push('/');
    let tree = |entry: Option<RawEntry<'_>>| entry.map_or(EMPTY_TREE, |entry| entry.oid);
    pairs.push(Pair {
        prefix: path,
        old: tree(old),
        new: tree(new),
    });
    Ok(Some(Found::Directory(pairs.len() - 1)))
}
