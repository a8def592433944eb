//! A tree as what differs from another one, entry by entry. Two trees that are made from the same one
//! are compared by what differs alone: of a directory with a thousand files, versions apart by ten
//! saves show ten entries.

use super::raw::{RawEntry, compare_names, entries};
use crate::error::GitError;

/// A run of whole entries of the base that other entries stand in place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hunk {
    /// Where it begins and ends in the base.
    start: u32,
    end: u32,
    /// Where its own entries end in the patch's bytes; they begin where those of the one before end.
    to: u32,
}

/// What differs in a tree from its base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreePatch {
    hunks: Box<[Hunk]>,
    bytes: Box<[u8]>,
}

/// One side of a comparison: a patch and how far it was walked.
struct Side<'a> {
    patch: Option<&'a TreePatch>,
    next: usize,
    from: usize,
}

impl TreePatch {
    /// What makes `target` of `base`; `None` where one of them is malformed, out of order where they
    /// differ, or too large.
    pub(crate) fn between(base: &[u8], target: &[u8]) -> Option<Self> {
        u32::try_from(base.len().max(target.len())).ok()?;
        let (mut old, mut new) = (entries(base), entries(target));
        let (mut hunks, mut bytes) = (Vec::new(), Vec::new());
        old.skip_shared(&mut new);
        while !old.is_at_end() || !new.is_at_end() {
            let start = base.len() - old.rest_len();
            let mut added = target.len() - new.rest_len()..0;
            step(&mut old, &mut new)?;
            let end = base.len() - old.rest_len();
            added.end = target.len() - new.rest_len();
            bytes.extend_from_slice(&target[added]);
            hunks.push((start, end, bytes.len()));
            old.skip_shared(&mut new);
        }
        let mut joined: Vec<Hunk> = Vec::with_capacity(hunks.len());
        for (start, end, to) in hunks {
            let [start, end, to] = [start, end, to].map(|at| u32::try_from(at).ok());
            let (start, end, to) = (start?, end?, to?);
            match joined.last_mut() {
                Some(last) if last.end == start => (last.end, last.to) = (end, to),
                _ => joined.push(Hunk { start, end, to }),
            }
        }
        Some(Self {
            hunks: joined.into(),
            bytes: bytes.into(),
        })
    }

    /// The bytes it takes in memory.
    pub(crate) fn weight(&self) -> usize {
        self.bytes.len() + self.hunks.len() * size_of::<Hunk>()
    }

    /// The tree, from its base.
    pub(crate) fn apply(&self, base: &[u8], size: usize) -> Option<Vec<u8>> {
        let mut made = Vec::with_capacity(size);
        let mut side = Side::of(Some(self));
        side.write(base, 0..base.len(), &mut made)?;
        (made.len() == size).then_some(made)
    }
}

/// Passes over the next entries of both, or of that which comes first.
fn step(old: &mut super::raw::Entries<'_>, new: &mut super::raw::Entries<'_>) -> Option<()> {
    let order = match (old.peek().ok()?, new.peek().ok()?) {
        (Some(a), Some(b)) => compare_names(a.key(), b.key()),
        (Some(_), None) => std::cmp::Ordering::Less,
        _ => std::cmp::Ordering::Greater,
    };
    let pass = |side: &mut super::raw::Entries<'_>| {
        let passed = side.next()?.ok()?;
        match side.peek().ok()? {
            Some(next) if compare_names(passed.key(), next.key()).is_ge() => None,
            _ => Some(()),
        }
    };
    if order.is_le() {
        pass(old)?;
    }
    if order.is_ge() {
        pass(new)?;
    }
    Some(())
}

impl<'a> Side<'a> {
    fn of(patch: Option<&'a TreePatch>) -> Self {
        Self {
            patch,
            next: 0,
            from: 0,
        }
    }

    fn hunk(&self) -> Option<Hunk> {
        self.patch?.hunks.get(self.next).copied()
    }

    /// Whether both do the same next, and nothing else touches it.
    fn has_next_alike(&self, other: &Self) -> bool {
        let (Some(a), Some(b)) = (self.hunk(), other.hunk()) else {
            return false;
        };
        let is_alone = |side: &Self| {
            let next = side.patch.and_then(|patch| patch.hunks.get(side.next + 1));
            next.is_none_or(|next| next.start > a.end)
        };
        (a.start, a.end) == (b.start, b.end)
            && self.own() == other.own()
            && is_alone(self)
            && is_alone(other)
    }

    /// The entries of the next hunk.
    fn own(&self) -> Option<&'a [u8]> {
        self.patch?.bytes.get(self.from..self.hunk()?.to as usize)
    }

    fn pass(&mut self) {
        if let Some(hunk) = self.hunk() {
            (self.next, self.from) = (self.next + 1, hunk.to as usize);
        }
    }

    /// Writes what the tree has in place of a range of the base that ends within no hunk.
    fn write(
        &mut self,
        base: &[u8],
        range: std::ops::Range<usize>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let mut at = range.start;
        while let Some(hunk) = self.hunk().filter(|hunk| hunk.start as usize <= range.end) {
            out.extend_from_slice(base.get(at..hunk.start as usize)?);
            let to = hunk.to as usize;
            out.extend_from_slice(self.patch?.bytes.get(self.from..to)?);
            (self.next, self.from, at) = (self.next + 1, to, hunk.end as usize);
        }
        out.extend_from_slice(base.get(at..range.end)?);
        Some(())
    }
}

/// Hands over what differs between two trees made from one base (`None` is the base itself): the
/// entries under one name, on both sides.
pub(crate) fn compare_patched(
    base: &[u8],
    (old, new): (Option<&TreePatch>, Option<&TreePatch>),
    mut differ: impl FnMut(Option<RawEntry<'_>>, Option<RawEntry<'_>>) -> Result<(), GitError>,
) -> Result<(), GitError> {
    let broken = || GitError::malformed("tree", "a patch does not fit its base");
    let (mut old, mut new) = (Side::of(old), Side::of(new));
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while let Some(first) = [old.hunk(), new.hunk()]
        .into_iter()
        .flatten()
        .min_by_key(|hunk| hunk.start)
    {
        if old.has_next_alike(&new) {
            old.pass();
            new.pass();
            continue;
        }
        let (start, mut end) = (first.start as usize, first.end as usize);
        let (mut a, mut b) = (old.next, new.next);
        // Everything that touches is looked at together.
        loop {
            let touching = |side: &Side<'_>, at: usize| {
                let hunk = side.patch?.hunks.get(at)?;
                (hunk.start as usize <= end).then_some(hunk.end as usize)
            };
            if let Some(other) = touching(&old, a) {
                (a, end) = (a + 1, end.max(other));
            } else if let Some(other) = touching(&new, b) {
                (b, end) = (b + 1, end.max(other));
            } else {
                break;
            }
        }
        left.clear();
        right.clear();
        old.write(base, start..end, &mut left).ok_or_else(broken)?;
        new.write(base, start..end, &mut right).ok_or_else(broken)?;
        compare_entries(&left, &right, &mut differ)?;
    }
    Ok(())
}

/// Hands over what differs between two runs of entries: the entries under one name, on both sides.
pub(crate) fn compare_entries(
    old: &[u8],
    new: &[u8],
    mut differ: impl FnMut(Option<RawEntry<'_>>, Option<RawEntry<'_>>) -> Result<(), GitError>,
) -> Result<(), GitError> {
    let (mut old, mut new) = (entries(old), entries(new));
    old.skip_shared(&mut new);
    let mut left = old.next().transpose()?;
    let mut right = new.next().transpose()?;
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(()),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(left), Some(right)) => compare_names(left.key(), right.key()),
        };
        match order {
            std::cmp::Ordering::Less => differ(left, None)?,
            std::cmp::Ordering::Greater => differ(None, right)?,
            std::cmp::Ordering::Equal => {
                differ(left, right)?;
                old.skip_shared(&mut new);
            }
        }
        if order.is_le() {
            left = old.next().transpose()?;
        }
        if order.is_ge() {
            right = new.next().transpose()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use variorum_domain::id::Oid;

    use super::*;
    use crate::tree::{Entry, Mode, NamedEntry, encode_tree};

    /// Names that begin alike, files and directories.
    fn tree() -> impl Strategy<Value = BTreeMap<String, (bool, u8)>> {
        let name = "[ab]{1,3}(\\.x)?";
        prop::collection::btree_map(name, (any::<bool>(), 0_u8..3), 0..12)
    }

    fn encode(tree: &BTreeMap<String, (bool, u8)>) -> Vec<u8> {
        let entries = tree.iter().map(|(name, (directory, id))| NamedEntry {
            name: name.clone(),
            entry: Entry {
                mode: if *directory {
                    Mode::Directory
                } else {
                    Mode::File
                },
                oid: Oid([*id; 20]),
            },
        });
        encode_tree(&entries.collect::<Vec<_>>()).unwrap()
    }

    type Difference = (Option<Vec<u8>>, Option<Vec<u8>>);

    /// What differs, as the entries' bytes; entries that are the same on both sides left out.
    fn differences(
        walk: impl FnOnce(
            &mut dyn FnMut(Option<RawEntry<'_>>, Option<RawEntry<'_>>) -> Result<(), GitError>,
        ) -> Result<(), GitError>,
    ) -> Vec<Difference> {
        let mut found = Vec::new();
        walk(&mut |a, b| {
            let [a, b] = [a, b].map(|entry| entry.map(|entry| entry.bytes.to_vec()));
            if a != b {
                found.push((a, b));
            }
            Ok(())
        })
        .unwrap();
        found
    }

    proptest! {
        #[test]
        fn patched_trees_are_and_differ_as_whole_ones(base in tree(), a in tree(), b in tree(), near in any::<bool>()) {
            // Half of the time only a few entries differ, as between two versions.
            let versions = [a, b].map(|other| {
                let kept = base.iter().filter(|_| near);
                let kept = kept.map(|(name, entry)| (name.clone(), *entry));
                let few = other.into_iter().take(if near { 3 } else { 12 });
                kept.chain(few).collect::<BTreeMap<_, _>>()
            });
            let base = encode(&base);
            let [a, b] = versions.map(|tree| encode(&tree));
            let [of_a, of_b] = [&a, &b].map(|tree| TreePatch::between(&base, tree).unwrap());
            prop_assert_eq!(of_a.apply(&base, a.len()), Some(a.clone()));
            prop_assert_eq!(of_b.apply(&base, b.len()), Some(b.clone()));
            let cases = [
                ((Some(&of_a), Some(&of_b)), (&a, &b)),
                ((None, Some(&of_b)), (&base, &b)),
                ((Some(&of_a), None), (&a, &base)),
            ];
            for (patches, (old, new)) in cases {
                let whole = differences(|differ| compare_entries(old, new, differ));
                let patched = differences(|differ| compare_patched(&base, patches, differ));
                prop_assert_eq!(patched, whole);
            }
        }

        #[test]
        fn stands_any_bytes(base in prop::collection::vec(any::<u8>(), 0..80), target in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(patch) = TreePatch::between(&base, &target) {
                prop_assert_eq!(patch.apply(&base, target.len()), Some(target));
            }
        }
    }

    #[test]
    fn trees_out_of_order_are_kept_whole() {
        let one = |name: &str| [format!("100644 {name}\0").as_bytes(), &[7; 20]].concat();
        let base = one("b");
        let target = [one("c"), one("a")].concat();
        assert_eq!(TreePatch::between(&base, &target), None);
    }
}
