//! What can go wrong while reading or writing objects. Knows no storage and no transport.

use thiserror::Error;
use variorum_domain::id::Oid;

use crate::object::Kind;

/// Why an operation on Git objects did not finish.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GitError {
    /// These objects must be loaded into the overlay; then the same call is made again.
    #[error("{} objects are not loaded, the first is `{}`", .0.len(), first(.0))]
    Missing(Vec<Oid>),
    /// An object is not of the kind its place asks for.
    #[error("object `{oid}` is a {found}, not a {expected}")]
    WrongKind {
        /// The object.
        oid: Oid,
        /// What its place asks for.
        expected: Kind,
        /// What it is.
        found: Kind,
    },
    /// Bytes do not have the form of the object they claim to be.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// What the bytes claim to be.
        what: &'static str,
        /// What is wrong with them.
        reason: String,
    },
    /// A path that the library does not take.
    #[error("path `{path}` is refused: {reason}")]
    InvalidPath {
        /// The path, cut to a printable length.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A mode that an edit may not write: links and submodules.
    #[error("`{path}` would become a {mode}, which the library does not take")]
    RefusedMode {
        /// The path.
        path: String,
        /// The mode in words.
        mode: &'static str,
    },
    /// A named limit was passed.
    #[error("{what} is over the limit of {limit}")]
    Limit {
        /// What was measured.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The content is a forged SHA-1 collision.
    #[error("the content is a forged SHA-1 collision")]
    Collision,
    /// Two commits have no common ancestor.
    #[error("commits `{ours}` and `{theirs}` have no common ancestor")]
    Unrelated {
        /// One side.
        ours: Oid,
        /// The other side.
        theirs: Oid,
    },
    /// The merge machinery gave up.
    #[error("merge failed: {0}")]
    Merge(String),
}

impl GitError {
    pub(crate) fn malformed(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Malformed {
            what,
            reason: reason.into(),
        }
    }
}

fn first(oids: &[Oid]) -> String {
    oids.first().map_or_else(String::new, ToString::to_string)
}
