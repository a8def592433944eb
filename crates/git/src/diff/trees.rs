//! The paths that differ between two trees. Equal subtrees are never opened.

use std::cmp::Ordering;

use variorum_domain::id::Oid;

use super::Change;
use crate::error::GitError;
use crate::object::{EMPTY_TREE, Kind};
use crate::overlay::Overlay;
use crate::tree::raw::{RawEntry, compare_names, entries};

/// Two directories at the same path that differ.
struct Pair {
    prefix: String,
    old: Oid,
    new: Oid,
}

/// The files that differ between two trees (`None` is the empty tree), sorted by path; directories
/// themselves are not listed. Reports missing trees a whole level at a time.
pub fn tree_diff(
    overlay: &Overlay,
    old: Option<Oid>,
    new: Option<Oid>,
) -> Result<Vec<Change>, GitError> {
    let (old, new) = (old.unwrap_or(EMPTY_TREE), new.unwrap_or(EMPTY_TREE));
    let mut changes = Vec::new();
    let mut level = Vec::new();
    if old != new {
        level.push(Pair {
            prefix: String::new(),
            old,
            new,
        });
    }
    while !level.is_empty() {
        overlay.require(level.iter().flat_map(|pair| [pair.old, pair.new]))?;
        let mut next = Vec::new();
        for pair in &level {
            compare(overlay, pair, &mut changes, &mut next)?;
        }
        level = next;
    }
    changes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

fn compare(
    overlay: &Overlay,
    pair: &Pair,
    changes: &mut Vec<Change>,
    next: &mut Vec<Pair>,
) -> Result<(), GitError> {
    let old = overlay.get_kind(&pair.old, Kind::Tree)?.bytes;
    let new = overlay.get_kind(&pair.new, Kind::Tree)?.bytes;
    let (mut old, mut new) = (entries(&old), entries(&new));
    old.skip_shared(&mut new);
    let mut left = old.next().transpose()?;
    let mut right = new.next().transpose()?;
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => compare_names(left.key(), right.key()),
        };
        let (a, b) = match order {
            Ordering::Less => (left, None),
            Ordering::Greater => (None, right),
            Ordering::Equal => (left, right),
        };
        differ(&pair.prefix, a, b, changes, next)?;
        if order.is_eq() {
            old.skip_shared(&mut new);
        }
        if order.is_le() {
            left = old.next().transpose()?;
        }
        if order.is_ge() {
            right = new.next().transpose()?;
        }
    }
}

/// Notes the difference of what two directories have under one name. Names that are equal as keys
/// are either both directories or both files.
fn differ(
    prefix: &str,
    old: Option<RawEntry<'_>>,
    new: Option<RawEntry<'_>>,
    changes: &mut Vec<Change>,
    next: &mut Vec<Pair>,
) -> Result<(), GitError> {
    let Some(any) = old.or(new) else {
        return Ok(());
    };
    let (a, b) = (
        old.map(|entry| entry.entry()),
        new.map(|entry| entry.entry()),
    );
    if a == b {
        return Ok(());
    }
    let mut path = format!("{prefix}{}", any.text()?);
    if any.mode.is_directory() {
        path.push('/');
        let tree = |entry: Option<RawEntry<'_>>| entry.map_or(EMPTY_TREE, |entry| entry.oid);
        next.push(Pair {
            prefix: path,
            old: tree(old),
            new: tree(new),
        });
    } else {
        changes.push(Change::between(path, a, b));
    }
    Ok(())
}
