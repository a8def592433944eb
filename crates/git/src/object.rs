//! Objects as plain data: a kind, bytes, and the id that Git gives them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use variorum_domain::id::Oid;

use crate::error::GitError;

/// The id of the tree without entries.
pub const EMPTY_TREE: Oid = Oid([
    0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88,
    0xfb, 0xee, 0x49, 0x04,
]);

/// The four kinds of Git objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The content of a file.
    Blob,
    /// A directory.
    Tree,
    /// A saved version of the whole library.
    Commit,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// The word Git uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
            Self::Tag => "tag",
        }
    }

    /// The number Git uses in packs.
    pub fn number(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }

    /// The kind with that number in packs.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Commit),
            2 => Some(Self::Tree),
            3 => Some(Self::Blob),
            4 => Some(Self::Tag),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = GitError;

    fn from_str(text: &str) -> Result<Self, GitError> {
        match text {
            "blob" => Ok(Self::Blob),
            "tree" => Ok(Self::Tree),
            "commit" => Ok(Self::Commit),
            "tag" => Ok(Self::Tag),
            _ => Err(GitError::malformed("object kind", "unknown word")),
        }
    }
}

/// One object; cloning it shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Its content, without Git's header.
    pub bytes: Arc<[u8]>,
}

impl Object {
    /// Makes an object of a kind from its content.
    pub fn new(kind: Kind, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self {
            kind,
            bytes: bytes.into(),
        }
    }

    /// The id of this object.
    pub fn id(&self) -> Result<Oid, GitError> {
        hash_object(self.kind, &self.bytes)
    }
}

/// Computes the id that Git gives to content of a kind; refuses forged SHA-1 collisions.
pub fn hash_object(kind: Kind, bytes: &[u8]) -> Result<Oid, GitError> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(format!("{kind} {}\0", bytes.len()).as_bytes());
    hasher.update(bytes);
    finish(hasher)
}

/// Computes the plain SHA-1 of bytes, as packs carry it at their end.
pub(crate) fn sha1(bytes: &[u8]) -> Result<Oid, GitError> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(bytes);
    finish(hasher)
}

pub(crate) fn finish(hasher: gix_hash::Hasher) -> Result<Oid, GitError> {
    let id = hasher.try_finalize().map_err(|_| GitError::Collision)?;
    Oid::from_bytes(id.as_slice()).map_err(|_| GitError::Collision)
}
