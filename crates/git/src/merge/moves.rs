//! A second look at which file a moved file became. Where a side moved a file and also has a copy
//! of it, or changed it on the way, Git and gix were seen to follow different files; what the other
//! side did to the file would then land in the wrong one without anybody being asked.

use std::collections::HashMap;

use variorum_domain::id::Oid;

use super::ConflictKind;
use super::prefetch::Prefetched;
use crate::diff::{Change, ChangeKind, SIMILARITY_PERCENT_MIN, similarity_percent_of};
use crate::error::GitError;
use crate::overlay::Overlay;

/// A file that gix took to be moved, and that the other side touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    /// Where it was.
    pub(super) from: String,
    /// Where it is.
    pub(super) to: String,
}

/// The places of moves that could as well have led elsewhere, and those other places.
pub(super) fn ambiguous(
    overlay: &Overlay,
    prefetched: &Prefetched,
    moves: &[Move],
) -> Result<Vec<(String, ConflictKind)>, GitError> {
    let mut found = Vec::new();
    for side in [&prefetched.ours, &prefetched.theirs] {
        let deleted = contents(side, ChangeKind::Deleted);
        let added = contents(side, ChangeKind::Added);
        for Move { from, to } in moves {
            let (Some(old), Some(new)) = (deleted.get(&from[..]), added.get(&to[..])) else {
                continue;
            };
            for (other, content) in added.iter().filter(|(other, _)| **other != to) {
                let keeps_name = name(other) == name(from) && name(to) != name(from);
                let is_like = || {
                    similarity_percent_of(overlay, old, content)
                        .map(|percent| percent >= SIMILARITY_PERCENT_MIN)
                };
                if content == new || keeps_name && is_like()? {
                    found.push((to.clone(), ConflictKind::Other));
                    found.push(((*other).to_owned(), ConflictKind::Other));
                }
            }
        }
    }
    Ok(found)
}

fn contents(changes: &[Change], kind: ChangeKind) -> HashMap<&str, Oid> {
    let of_kind = changes.iter().filter(|change| change.kind == kind);
    of_kind
        .filter_map(|change| {
            let entry = change.new.or(change.old)?;
            entry
                .mode
                .is_file()
                .then_some((change.path.as_str(), entry.oid))
        })
        .collect()
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
