//! Writing packs. Bodies that are stored compressed are copied, not compressed again.

use std::borrow::Cow;
use std::io::Write;

use variorum_domain::id::Oid;

use super::{MAGIC, PackError, REFERENCE_DELTA, VERSION};
use crate::object::{Kind, finish};
use crate::zlib::deflate;

/// An object on its way into a pack.
#[derive(Debug, Clone)]
pub enum PackEntry<'a> {
    /// Its content, to be compressed.
    Content {
        /// The kind.
        kind: Kind,
        /// The content.
        bytes: Cow<'a, [u8]>,
    },
    /// Its content, compressed already.
    Deflated {
        /// The kind.
        kind: Kind,
        /// The size of the content.
        size: usize,
        /// The zlib data.
        body: Cow<'a, [u8]>,
    },
    /// A delta, compressed already. Its base must be in the same pack.
    Delta {
        /// The base.
        base: Oid,
        /// The size of the delta itself, not of the object it makes.
        delta_size: usize,
        /// The zlib data of the delta.
        body: Cow<'a, [u8]>,
    },
}

/// Writes a pack entry by entry.
pub struct PackWriter<W> {
    out: W,
    hasher: gix_hash::Hasher,
    announced: u32,
    written: u32,
}

impl<W: Write> PackWriter<W> {
    /// Begins a pack of `count` entries.
    pub fn new(out: W, count: u32) -> Result<Self, PackError> {
        let hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
        let mut writer = Self {
            out,
            hasher,
            announced: count,
            written: 0,
        };
        writer.push(MAGIC)?;
        writer.push(&VERSION.to_be_bytes())?;
        writer.push(&count.to_be_bytes())?;
        Ok(writer)
    }

    /// Writes an entry.
    pub fn add(&mut self, entry: &PackEntry<'_>) -> Result<(), PackError> {
        self.written += 1;
        match entry {
            PackEntry::Content { kind, bytes } => {
                self.push(&entry_header(kind.number(), bytes.len()))?;
                self.push(&deflate(bytes))
            }
            PackEntry::Deflated { kind, size, body } => {
                self.push(&entry_header(kind.number(), *size))?;
                self.push(body)
            }
            PackEntry::Delta {
                base,
                delta_size,
                body,
            } => {
                self.push(&entry_header(REFERENCE_DELTA, *delta_size))?;
                self.push(base.as_bytes())?;
                self.push(body)
            }
        }
    }

    /// The sink, so that what was written so far can be sent on.
    pub fn sink(&mut self) -> &mut W {
        &mut self.out
    }

    /// Writes the checksum and returns the sink with it.
    pub fn finish(mut self) -> Result<(W, Oid), PackError> {
        if self.written != self.announced {
            let (announced, written) = (self.announced, self.written);
            return Err(PackError::WrongCount { announced, written });
        }
        let checksum = finish(self.hasher)?;
        self.out.write_all(checksum.as_bytes())?;
        self.out.flush()?;
        Ok((self.out, checksum))
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        self.hasher.update(bytes);
        Ok(self.out.write_all(bytes)?)
    }
}

impl<W> std::fmt::Debug for PackWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackWriter")
            .field("announced", &self.announced)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

/// Writes a whole pack into memory.
pub fn write_pack(entries: &[PackEntry<'_>]) -> Result<Vec<u8>, PackError> {
    let limit = PackError::Limit {
        what: "number of objects",
        limit: u64::from(u32::MAX),
    };
    let count = u32::try_from(entries.len()).map_err(|_| limit)?;
    let mut writer = PackWriter::new(Vec::new(), count)?;
    for entry in entries {
        writer.add(entry)?;
    }
    Ok(writer.finish()?.0)
}

/// The number of an entry and the size of its content: four bits of the size beside the number,
/// then seven a byte.
fn entry_header(number: u8, size: usize) -> Vec<u8> {
    let low = |size: usize| size.to_le_bytes()[0];
    let mut header = vec![number << 4 | low(size) & 0x0f];
    let mut rest = size >> 4;
    while rest > 0 {
        if let Some(last) = header.last_mut() {
            *last |= 0x80;
        }
        header.push(low(rest) & 0x7f);
        rest >>= 7;
    }
    header
}
