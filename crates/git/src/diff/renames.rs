//! Finds files that were moved: first those with the same content, then those with most of it.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Change, ChangeKind};
use crate::error::GitError;
use crate::object::Kind;
use crate::overlay::Overlay;
use crate::tree::Entry;
use variorum_domain::id::Oid;

/// A moved file keeps at least this share of its content.
pub const SIMILARITY_PERCENT_MIN: u8 = 50;
/// With more added or more deleted files than this, only exact moves are found: the time grows
/// with the product of both numbers.
pub const RENAME_CANDIDATES_MAX: usize = 1000;
/// Longer pieces without a line break are cut, so that one long line can still be similar.
const PIECE_BYTES_MAX: usize = 64;

/// Joins pairs of a deleted and an added file into one renamed file. Reports missing blobs at once.
pub fn detect_renames(changes: &mut Vec<Change>, overlay: &Overlay) -> Result<(), GitError> {
    let mut pairs = exact_pairs(changes);
    pairs.extend(similar_pairs(changes, &pairs, overlay)?);
    let mut gone = HashSet::new();
    for pair in &pairs {
        let old_path = changes[pair.deleted].path.clone();
        let old = changes[pair.deleted].old;
        gone.insert(old_path.clone());
        let added = &mut changes[pair.added];
        added.kind = ChangeKind::Renamed;
        added.old = old;
        added.old_path = Some(old_path);
        added.similarity_percent = Some(pair.percent);
    }
    changes.retain(|change| change.kind != ChangeKind::Deleted || !gone.contains(&change.path));
    Ok(())
}

struct Pair {
    deleted: usize,
    added: usize,
    percent: u8,
}

/// What a change deletes or adds, if it is of the kind.
fn entry(change: &Change, kind: ChangeKind) -> Option<Entry> {
    let entry = if kind == ChangeKind::Deleted {
        change.old
    } else {
        change.new
    };
    entry.filter(|_| change.kind == kind)
}

/// The id of what a change deletes or adds, if that is a file.
fn file(change: &Change, kind: ChangeKind) -> Option<Oid> {
    entry(change, kind)
        .filter(|entry| entry.mode.is_file())
        .map(|entry| entry.oid)
}

/// What must be equal for an exact move: the content, and that it is a file or a link.
fn identity(change: &Change, kind: ChangeKind) -> Option<(Oid, bool)> {
    entry(change, kind)
        .filter(|entry| !entry.mode.is_submodule())
        .map(|entry| (entry.oid, entry.mode.is_file()))
}

fn exact_pairs(changes: &[Change]) -> Vec<Pair> {
    let mut sources: HashMap<(Oid, bool), Vec<usize>> = HashMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Some(same) = identity(change, ChangeKind::Deleted) {
            sources.entry(same).or_default().push(index);
        }
    }
    let mut pairs = Vec::new();
    for (added, change) in changes.iter().enumerate() {
        let Some(same) = identity(change, ChangeKind::Added) else {
            continue;
        };
        let Some(candidates) = sources.get_mut(&same).filter(|list| !list.is_empty()) else {
            continue;
        };
        let same_name = |index: &usize| name(&changes[*index].path) == name(&change.path);
        let best = candidates.iter().position(same_name).unwrap_or(0);
        pairs.push(Pair {
            deleted: candidates.remove(best),
            added,
            percent: 100,
        });
    }
    pairs
}

fn similar_pairs(
    changes: &[Change],
    taken: &[Pair],
    overlay: &Overlay,
) -> Result<Vec<Pair>, GitError> {
    let used: HashSet<usize> = taken
        .iter()
        .flat_map(|pair| [pair.deleted, pair.added])
        .collect();
    let open = |kind| -> Vec<(usize, Oid)> {
        let unused = changes
            .iter()
            .enumerate()
            .filter(|(index, _)| !used.contains(index));
        unused
            .filter_map(|(index, change)| Some((index, file(change, kind)?)))
            .collect()
    };
    let (deleted, added) = (open(ChangeKind::Deleted), open(ChangeKind::Added));
    if deleted.is_empty()
        || added.is_empty()
        || deleted.len().max(added.len()) > RENAME_CANDIDATES_MAX
    {
        return Ok(Vec::new());
    }
    overlay.require(deleted.iter().chain(&added).map(|(_, oid)| *oid))?;
    let print = |list: &[(usize, Oid)]| -> Result<Vec<(usize, Fingerprint)>, GitError> {
        let one = |(index, oid): &(usize, Oid)| Ok((*index, fingerprint(overlay, oid)?));
        list.iter().map(one).collect()
    };
    let (deleted, added) = (print(&deleted)?, print(&added)?);
    let mut scored = Vec::new();
    for (source, old) in &deleted {
        for (target, new) in &added {
            let percent = similarity_percent(old, new);
            if percent >= SIMILARITY_PERCENT_MIN {
                let same_name = name(&changes[*source].path) == name(&changes[*target].path);
                scored.push((percent, same_name, *source, *target));
            }
        }
    }
    // Best first; where content does not decide, the same file name does, then the path order.
    scored.sort_by_key(|(percent, same_name, source, target)| {
        (std::cmp::Reverse((*percent, *same_name)), *target, *source)
    });
    let mut used = HashSet::new();
    Ok(scored
        .into_iter()
        .filter(|(_, _, source, target)| {
            let free = !used.contains(source) && !used.contains(target);
            free && used.insert(*source) && used.insert(*target)
        })
        .map(|(percent, _, deleted, added)| Pair {
            deleted,
            added,
            percent,
        })
        .collect())
}

/// How much of its content a file kept, in percent. Both blobs must be loaded.
pub(crate) fn similarity_percent_of(
    overlay: &Overlay,
    old: &Oid,
    new: &Oid,
) -> Result<u8, GitError> {
    overlay.require([*old, *new])?;
    Ok(similarity_percent(
        &fingerprint(overlay, old)?,
        &fingerprint(overlay, new)?,
    ))
}

/// The pieces of a content: a hash and how many bytes have it, sorted.
struct Fingerprint {
    size: u64,
    pieces: Vec<(u64, u64)>,
}

fn fingerprint(overlay: &Overlay, oid: &Oid) -> Result<Fingerprint, GitError> {
    let bytes = overlay.get_kind(oid, Kind::Blob)?.bytes;
    let mut pieces: HashMap<u64, u64> = HashMap::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        for piece in line.chunks(PIECE_BYTES_MAX) {
            let mut hasher = DefaultHasher::new();
            piece.hash(&mut hasher);
            *pieces.entry(hasher.finish()).or_default() += piece.len() as u64;
        }
    }
    let mut pieces: Vec<_> = pieces.into_iter().collect();
    pieces.sort_unstable();
    Ok(Fingerprint {
        size: bytes.len() as u64,
        pieces,
    })
}

fn similarity_percent(old: &Fingerprint, new: &Fingerprint) -> u8 {
    let larger = old.size.max(new.size);
    let smaller = old.size.min(new.size);
    // An empty file is like any other empty file, which says nothing about a move.
    if smaller == 0 || smaller * 100 < larger * u64::from(SIMILARITY_PERCENT_MIN) {
        return 0;
    }
    let (mut left, mut right, mut shared) = (0, 0, 0);
    while let (Some(a), Some(b)) = (old.pieces.get(left), new.pieces.get(right)) {
        if a.0 == b.0 {
            shared += a.1.min(b.1);
        }
        left += usize::from(a.0 <= b.0);
        right += usize::from(b.0 <= a.0);
    }
    u8::try_from(shared * 100 / larger).unwrap_or(100)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
