//! The bytes of a tree, walked without copying.

use std::cmp::Ordering;

use variorum_domain::id::Oid;

use super::{Entry, Mode};
use crate::error::GitError;

/// An entry that still points into the bytes of its tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawEntry<'a> {
    pub(crate) mode: Mode,
    pub(crate) name: &'a [u8],
    pub(crate) oid: Oid,
    /// The whole entry as it stands in the tree.
    pub(crate) bytes: &'a [u8],
}

impl<'a> RawEntry<'a> {
    pub(crate) fn entry(&self) -> Entry {
        Entry {
            mode: self.mode,
            oid: self.oid,
        }
    }

    /// The name as text, which the library asks for.
    pub(crate) fn text(&self) -> Result<&'a str, GitError> {
        std::str::from_utf8(self.name)
            .map_err(|_| GitError::malformed("tree", "a name is not UTF-8"))
    }

    /// The key by which Git sorts entries.
    pub(crate) fn key(&self) -> (&'a [u8], bool) {
        (self.name, self.mode.is_directory())
    }
}

/// Walks the entries of a tree; stops after the first malformed one.
pub(crate) fn entries(bytes: &[u8]) -> Entries<'_> {
    Entries { rest: bytes }
}

/// See [`entries`].
#[derive(Debug, Clone)]
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
}

/// Bytes compared at a time: many, and where they differ few.
const STRIDES: [usize; 2] = [512, 32];
/// The bytes of the shortest mode, with its space, in which no name ends.
const MODE_BYTES_MIN: usize = 6;
/// What follows a name: the byte that ends it, and an id.
const AFTER_NAME: usize = 21;

impl<'a> Entries<'a> {
    /// How many bytes are still to be read.
    pub(crate) fn rest_len(&self) -> usize {
        self.rest.len()
    }

    /// Whether everything was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next entry, which stays the next one.
    pub(crate) fn peek(&self) -> Result<Option<RawEntry<'a>>, GitError> {
        self.clone().next().transpose()
    }

    /// Passes over the entries that both have next, byte for byte, without reading them.
    pub(crate) fn skip_shared(&mut self, other: &mut Self) {
        let shared = shared_bytes(self.rest, other.rest);
        let mut end = 0;
        while let Some(zero) = name_end(self.rest, end + MODE_BYTES_MIN, shared) {
            let next = zero + AFTER_NAME;
            if next > shared {
                break;
            }
            end = next;
        }
        self.rest = &self.rest[end..];
        other.rest = &other.rest[end..];
    }
}

/// Where the first byte that ends a name stands between two places.
fn name_end(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    Some(from + memchr::memchr(0, bytes.get(from..to)?)?)
}

/// How many bytes both begin with.
fn shared_bytes(a: &[u8], b: &[u8]) -> usize {
    let mut shared = 0;
    for stride in STRIDES {
        let strides = a[shared..].chunks_exact(stride);
        let strides = strides.zip(b[shared..].chunks_exact(stride));
        shared += strides.take_while(|(a, b)| a == b).count() * stride;
    }
    let rest = a[shared..].iter().zip(&b[shared..]);
    shared + rest.take_while(|(a, b)| a == b).count()
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<RawEntry<'a>, GitError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = std::mem::take(&mut self.rest);
        match read(bytes) {
            Ok(entry) => {
                self.rest = &bytes[entry.bytes.len()..];
                Some(Ok(entry))
            }
            Err(reason) => Some(Err(GitError::malformed("tree", reason))),
        }
    }
}

fn read(bytes: &[u8]) -> Result<RawEntry<'_>, &'static str> {
    let space = bytes
        .iter()
        .take(8)
        .position(|b| *b == b' ')
        .ok_or("an entry has no mode")?;
    let mut number = 0_u32;
    for digit in &bytes[..space] {
        let value = digit
            .checked_sub(b'0')
            .filter(|v| *v < 8)
            .ok_or("a mode is not octal")?;
        number = number * 8 + u32::from(value);
    }
    let mode = Mode::from_number(number).ok_or("a mode is unknown")?;
    let after = &bytes[space + 1..];
    let zero = name_end(after, 0, after.len()).ok_or("a name does not end")?;
    if zero == 0 {
        return Err("a name is empty");
    }
    let oid = after.get(zero + 1..zero + 21).ok_or("an id is cut off")?;
    let oid = Oid::from_bytes(oid).map_err(|_| "an id is cut off")?;
    Ok(RawEntry {
        mode,
        name: &after[..zero],
        oid,
        bytes: &bytes[..space + 1 + zero + 21],
    })
}

/// Compares two names as Git sorts them: a directory as if its name ended in `/`.
pub(crate) fn compare_names(a: (&[u8], bool), b: (&[u8], bool)) -> Ordering {
    let shared = a.0.len().min(b.0.len());
    a.0[..shared].cmp(&b.0[..shared]).then_with(|| {
        let end = |(name, directory): (&[u8], bool)| {
            name.get(shared)
                .copied()
                .or(directory.then_some(b'/'))
                .unwrap_or(0)
        };
        end(a).cmp(&end(b)).then_with(|| {
            // Only equal names get here, or one that ends where the other has a `/`.
            a.0.len().cmp(&b.0.len())
        })
    })
}

/// Appends an entry to the bytes of a tree.
pub(crate) fn push(out: &mut Vec<u8>, name: &[u8], entry: Entry) {
    out.extend_from_slice(entry.mode.octal().as_bytes());
    out.push(b' ');
    out.extend_from_slice(name);
    out.push(0);
    out.extend_from_slice(entry.oid.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_a_directory_as_if_it_ended_in_a_slash() {
        let file = |name: &'static str| (name.as_bytes(), false);
        let directory = |name: &'static str| (name.as_bytes(), true);
        let check = |a, b, expected| assert_eq!(compare_names(a, b), expected);
        check(file("a"), file("b"), Ordering::Less);
        check(file("a"), directory("a"), Ordering::Less);
        check(directory("a"), file("a.txt"), Ordering::Greater);
        check(directory("a"), file("a0"), Ordering::Less);
        check(directory("a"), directory("a"), Ordering::Equal);
        check(file("ab"), file("a"), Ordering::Greater);
    }

    #[test]
    fn stops_at_the_first_malformed_entry() {
        let good = b"100644 a\0aaaaaaaaaaaaaaaaaaaa";
        assert!(matches!(entries(good).collect::<Vec<_>>()[..], [Ok(_)]));
        for cut in 1..good.len() {
            let walked: Vec<_> = entries(&good[..cut]).collect();
            assert!(matches!(walked[..], [Err(_)]), "cut at {cut}");
        }
        assert!(entries(b"10064x a\0aaaaaaaaaaaaaaaaaaaa").all(|entry| entry.is_err()));
    }
}
