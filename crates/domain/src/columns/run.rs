//! Runs: sorted blocks one after another, and where each of them stands.

use std::ops::{Range, RangeInclusive};

use super::block::{Block, Damaged};

/// The last bytes of a run: where its index begins, and what it is.
pub const TRAILER_BYTES: usize = 16;
/// Marks a run and the version of its form.
const MAGIC: [u8; 8] = *b"vrm-col1";
/// Bytes of a block's place in the index.
const PLACE_BYTES: usize = 32;

/// Where a block stands, and whom it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its first unit.
    pub first: u64,
    /// Its last unit.
    pub last: u64,
    /// Its first byte.
    pub offset: u64,
    /// How many bytes it has.
    pub bytes: u32,
    /// How many rows it has.
    pub rows: u32,
}

/// Where the blocks of a run stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunIndex {
    /// The blocks in order.
    pub places: Vec<Place>,
}

impl RunIndex {
    /// Where the index begins, from a run's last bytes.
    pub fn begins(trailer: [u8; TRAILER_BYTES]) -> Result<u64, Damaged> {
        let (offset, magic) = trailer.split_at(8);
        if magic != MAGIC {
            return Err(Damaged("not a run of this version"));
        }
        let offset = offset.try_into().map_err(|_| Damaged("too short"))?;
        Ok(u64::from_le_bytes(offset))
    }

    /// Reads an index.
    pub fn parse(bytes: &[u8]) -> Result<Self, Damaged> {
        let (places, rest) = bytes.as_chunks::<PLACE_BYTES>();
        if !rest.is_empty() {
            return Err(Damaged("the index"));
        }
        let wide = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes);
        let narrow = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes);
        let read = |bytes: &[u8; PLACE_BYTES]| {
            Ok(Place {
                first: wide(&bytes[..8])?,
                last: wide(&bytes[8..16])?,
                offset: wide(&bytes[16..24])?,
                bytes: narrow(&bytes[24..28])?,
                rows: narrow(&bytes[28..])?,
            })
        };
        let places: Result<Vec<Place>, std::array::TryFromSliceError> =
            places.iter().map(read).collect();
        Ok(Self {
            places: places.map_err(|_| Damaged("the index"))?,
        })
    }

    /// How many rows the run has.
    pub fn rows(&self) -> u64 {
        self.places.iter().map(|place| u64::from(place.rows)).sum()
    }

    /// The places of blocks that may hold units of a range.
    pub fn within(&self, units: &RangeInclusive<u64>) -> Range<usize> {
        let begin = self
            .places
            .partition_point(|place| place.last < *units.start());
        let end = self
            .places
            .partition_point(|place| place.first <= *units.end());
        begin..end.max(begin)
    }
}

/// Writes a run block by block.
#[derive(Debug, Default)]
pub struct RunWriter {
    index: RunIndex,
    written: u64,
}

impl RunWriter {
    /// The bytes of the next block.
    pub fn push(&mut self, block: &Block) -> Vec<u8> {
        let bytes = block.encode();
        if let Some((first, last)) = block.bounds() {
            self.index.places.push(Place {
                first,
                last,
                offset: self.written,
                bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                rows: u32::try_from(block.rows()).unwrap_or(u32::MAX),
            });
        }
        self.written += bytes.len() as u64;
        bytes
    }

    /// The bytes after the last block.
    pub fn finish(self) -> (Vec<u8>, RunIndex) {
        let mut bytes = Vec::new();
        for place in &self.index.places {
            bytes.extend(place.first.to_le_bytes());
            bytes.extend(place.last.to_le_bytes());
            bytes.extend(place.offset.to_le_bytes());
            bytes.extend(place.bytes.to_le_bytes());
            bytes.extend(place.rows.to_le_bytes());
        }
        bytes.extend(self.written.to_le_bytes());
        bytes.extend(MAGIC);
        (bytes, self.index)
    }
}
