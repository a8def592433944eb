//! Packs: many objects in one stream, as Git sends and stores them.

mod read;
mod write;

use thiserror::Error;
use variorum_domain::id::Oid;

use crate::delta::DeltaError;
use crate::error::GitError;
use crate::zlib::InflateError;

pub use read::{
    Anchor, OutsideBase, Pack, PackEntries, PackLimits, PackedObject, Stored, read_pack,
};
pub use write::{PackEntry, PackWriter, write_pack};

/// The four bytes every pack begins with.
const MAGIC: &[u8; 4] = b"PACK";
/// The only version that is written and the one that everybody sends.
const VERSION: u32 = 2;
/// The bytes before the first entry.
const HEADER_BYTES: usize = 12;
/// The checksum at the end.
const TRAILER_BYTES: usize = 20;
/// The number of an entry that names its base by distance.
const OFFSET_DELTA: u8 = 6;
/// The number of an entry that names its base by id.
const REFERENCE_DELTA: u8 = 7;

/// Why a pack or bundle could not be read or written.
#[derive(Debug, Error)]
pub enum PackError {
    /// The bytes do not have the form of a pack or bundle.
    #[error("malformed pack: {0}")]
    Malformed(&'static str),
    /// The checksum at the end does not fit the content.
    #[error("the checksum of the pack does not fit")]
    Checksum,
    /// The pack refers to objects that it does not contain.
    #[error("the pack lacks the base of {0} objects")]
    MissingBases(usize),
    /// The bundle continues a history that must be there already.
    #[error("the bundle needs commit `{0}`, which it does not contain")]
    Prerequisite(Oid),
    /// A named limit was passed.
    #[error("{what} is over the limit of {limit}")]
    Limit {
        /// What was measured.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// An entry could not be inflated.
    #[error("an entry of the pack is damaged")]
    Inflate(#[from] InflateError),
    /// A delta could not be applied.
    #[error("a delta in the pack is damaged")]
    Delta(#[from] DeltaError),
    /// An object could not be taken.
    #[error("an object of the pack cannot be taken")]
    Object(#[from] GitError),
    /// The pack could not be written out.
    #[error("the pack cannot be written")]
    Write(#[from] std::io::Error),
    /// The number of entries is not the one that was announced.
    #[error("{announced} entries were announced and {written} written")]
    WrongCount {
        /// How many were announced.
        announced: u32,
        /// How many were written.
        written: u32,
    },
}
