//! Blocks: some thousand rows as columns, each column as small as its values allow.
//!
//! A column is kept as its smallest value and the differences from it, all in the same number of
//! bytes; a column that never changes takes none. So every cell has a place that is worked out, and
//! a block is read where it stands: what nobody looks at costs nothing.

use std::collections::BTreeSet;
use std::ops::Range;

use thiserror::Error;

use crate::limits::ATTRIBUTE_KEYS_MAX;

use super::dictionary::OTHER;
use super::place;
use super::row::UnitCode;

/// Rows after which a block is full.
pub const BLOCK_ROWS: usize = 8_192;
/// Bytes before a column's differences: their width, and the smallest value.
const HEAD_BYTES: usize = 9;
/// Bytes of the widest cell. A block that is read in place has as many to spare at its end, so that
/// every cell is read as the widest one and cut.
const CELL_BYTES: usize = 8;

/// Bytes that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the columns are damaged: {0}")]
pub struct Damaged(pub &'static str);

/// Rows as columns, grouped by unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// The units, in order.
    pub(crate) units: Vec<u64>,
    /// For each unit the row after its last one.
    pub(crate) ends: Vec<u32>,
    /// The columns as they were made; empty where they were not asked for or hold nothing.
    pub(crate) columns: Vec<Vec<i64>>,
    /// The columns as they are read in place; none in a block that was made.
    pub(super) packed: Vec<Packed>,
    /// What is read in place.
    pub(super) bytes: Vec<u8>,
}

/// Where a column stands in the bytes of its block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Packed {
    begin: usize,
    width: usize,
    /// The bits of a cell.
    mask: u64,
    smallest: i64,
}

impl Packed {
    fn cell(&self, bytes: &[u8], row: usize) -> i64 {
        let from = bytes.get(self.begin + row * self.width..);
        let wide = from.and_then(<[u8]>::first_chunk::<CELL_BYTES>);
        let difference = wide.map_or(0, |wide| u64::from_le_bytes(*wide) & self.mask);
        self.smallest.wrapping_add(difference.cast_signed())
    }
}

/// A column of a block.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column<'a> {
    /// As it was made.
    Made(&'a [i64]),
    /// As it is read in place.
    Packed(Packed, &'a [u8]),
}

impl Column<'_> {
    /// A cell; 0 where the column holds nothing.
    pub(super) fn cell(&self, row: usize) -> i64 {
        match self {
            Self::Made(cells) => cells.get(row).copied().unwrap_or(0),
            Self::Packed(packed, bytes) => packed.cell(bytes, row),
        }
    }

    /// Whether each row has a cell of this value, into `hits`: 1 or 0.
    pub(super) fn equal(&self, value: i64, rows: usize, hits: &mut Vec<u8>) {
        hits.clear();
        match self {
            Self::Packed(packed, _) if packed.width == 0 => {
                hits.resize(rows, u8::from(packed.smallest == value));
            }
            Self::Packed(packed, bytes) if packed.width == 1 => {
                let wanted = u8::try_from(value.wrapping_sub(packed.smallest)).ok();
                let cells = bytes.get(packed.begin..).unwrap_or_default();
                let cells = cells.iter().take(rows);
                match wanted {
                    Some(wanted) => hits.extend(cells.map(|cell| u8::from(*cell == wanted))),
                    None => hits.resize(rows, 0),
                }
            }
            _ => hits.extend((0..rows).map(|row| u8::from(self.cell(row) == value))),
        }
    }

    /// Hands the cells of some rows on, each with its place among them.
    pub(super) fn each(&self, rows: &[u32], mut take: impl FnMut(usize, i64)) {
        match self {
            Self::Packed(packed, _) if packed.width == 0 => {
                (0..rows.len()).for_each(|place| take(place, packed.smallest));
            }
            Self::Packed(packed, bytes) if packed.width == 1 => {
                let narrow = bytes.get(packed.begin..).unwrap_or_default();
                for (place, row) in rows.iter().enumerate() {
                    let difference = narrow.get(*row as usize).copied().unwrap_or(0);
                    take(place, packed.smallest.wrapping_add(i64::from(difference)));
                }
            }
            Self::Packed(packed, bytes) => {
                let cells = rows.iter().map(|row| packed.cell(bytes, *row as usize));
                cells
                    .enumerate()
                    .for_each(|(place, cell)| take(place, cell));
            }
            Self::Made(_) => {
                let cells = rows.iter().map(|row| self.cell(*row as usize));
                cells
                    .enumerate()
                    .for_each(|(place, cell)| take(place, cell));
            }
        }
    }
}

impl Block {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    /// The first and the last unit.
    pub fn bounds(&self) -> Option<(u64, u64)> {
        Some((*self.units.first()?, *self.units.last()?))
    }

    pub(crate) fn range(&self, group: usize) -> Range<usize> {
        let begin = group.checked_sub(1).map_or(0, |before| self.ends[before]);
        begin as usize..self.ends[group] as usize
    }

    /// How many columns it has.
    pub(crate) fn width(&self) -> usize {
        self.columns.len().max(self.packed.len())
    }

    /// A cell; 0 in a column that holds nothing.
    pub(crate) fn cell(&self, column: usize, row: usize) -> i64 {
        self.column(column).cell(row)
    }

    /// A column, for whoever reads many of its cells.
    pub(super) fn column(&self, column: usize) -> Column<'_> {
        match (self.packed.get(column), self.columns.get(column)) {
            (Some(packed), _) => Column::Packed(*packed, &self.bytes),
            (None, Some(cells)) => Column::Made(cells),
            (None, None) => Column::Made(&[]),
        }
    }

    /// The column of an attribute, by its place.
    pub fn column_of(attribute: usize) -> usize {
        place::FIXED + attribute
    }

    /// What the attributes of a unit's rows say: places and codes.
    pub fn attributes_of(&self, unit: UnitCode) -> Vec<(usize, u32)> {
        let mut said = Vec::new();
        if let Ok(group) = self.units.binary_search(&unit.0) {
            for row in self.range(group) {
                let all = (0..self.width().saturating_sub(place::FIXED))
                    .map(|key| (key, self.code(key, row)));
                said.extend(all.filter(|(_, code)| *code > OTHER));
            }
        }
        said
    }

    /// Takes out of a list of attributes what some row says, too.
    pub fn cross_out(&self, said: &mut BTreeSet<(usize, u32)>) {
        let keys: BTreeSet<usize> = said.iter().map(|(key, _)| *key).collect();
        for key in keys {
            for row in 0..self.rows() {
                said.remove(&(key, self.code(key, row)));
            }
        }
    }

    fn code(&self, attribute: usize, row: usize) -> u32 {
        u32::try_from(self.cell(Self::column_of(attribute), row)).unwrap_or(0)
    }

    pub(crate) fn clear(&mut self) {
        self.units.clear();
        self.ends.clear();
        self.packed.clear();
        for column in &mut self.columns {
            column.clear();
        }
    }

    /// The block as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let rows = self.rows();
        let mut bytes = Vec::with_capacity(rows * 16 + self.units.len() * 9);
        let columns = self.width();
        for count in [rows, self.units.len(), columns] {
            bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        }
        for unit in &self.units {
            bytes.extend(unit.to_le_bytes());
        }
        let sizes: Vec<i64> = (0..self.units.len())
            .map(|group| i64::try_from(self.range(group).len()).unwrap_or(0))
            .collect();
        pack(&sizes, &mut bytes);
        let mut cells = Vec::new();
        for column in 0..columns {
            cells.clear();
            cells.extend((0..rows).map(|row| self.cell(column, row)));
            pack(&cells, &mut bytes);
        }
        bytes
    }

    /// Room for the bytes of a block; [`Self::open`] then reads them where they are.
    pub fn room(&mut self, bytes: usize) -> &mut [u8] {
        self.clear();
        self.bytes.resize(bytes + CELL_BYTES, 0);
        &mut self.bytes[..bytes]
    }

    /// Opens the bytes that were put into [`Self::room`], with the columns that are asked for.
    pub fn open(&mut self, wanted: &[usize]) -> Result<(), Damaged> {
        let bytes = std::mem::take(&mut self.bytes);
        let opened = self.open_bytes(&bytes, wanted);
        self.bytes = bytes;
        opened
    }

    fn open_bytes(&mut self, bytes: &[u8], wanted: &[usize]) -> Result<(), Damaged> {
        let stored = bytes.len().checked_sub(CELL_BYTES);
        let stored = &bytes[..stored.ok_or(Damaged("too short"))?];
        let mut rest = Bytes(stored);
        let shape = rest.shape(&mut self.ends)?;
        for column in 0..shape.columns {
            let (width, smallest, cells) = rest.head(shape.rows)?;
            self.packed.push(if wanted.contains(&column) {
                Packed {
                    begin: stored.len() - rest.0.len() - cells.len(),
                    width,
                    mask: mask(width),
                    smallest,
                }
            } else {
                Packed::default()
            });
        }
        let units = shape.units.iter();
        self.units
            .extend(units.map(|unit| u64::from_le_bytes(*unit)));
        Ok(())
    }

    /// Makes the block of some units of another one, given as bytes; the units are given in growing
    /// order. Cells that are not asked for are not touched, so this costs what those units have and
    /// not what a block has.
    pub fn decode_units(
        &mut self,
        bytes: &[u8],
        wanted: &[usize],
        units: &[u64],
    ) -> Result<(), Damaged> {
        self.clear();
        let mut rest = Bytes(bytes);
        let mut ends = Vec::new();
        let shape = rest.shape(&mut ends)?;
        let mut picked: Vec<Range<usize>> = Vec::with_capacity(units.len());
        let (mut from, mut end) = (0, 0_u32);
        for unit in units {
            let later = &shape.units[from..];
            from += later.partition_point(|known| u64::from_le_bytes(*known) < *unit);
            match shape.units.get(from) {
                Some(known) if u64::from_le_bytes(*known) == *unit => {}
                Some(_) => continue,
                None => break,
            }
            let begin = from.checked_sub(1).map_or(0, |before| ends[before]);
            end += ends[from] - begin;
            self.units.push(*unit);
            self.ends.push(end);
            picked.push(begin as usize..ends[from] as usize);
        }
        self.make_room(shape.columns);
        for column in 0..shape.columns {
            if wanted.contains(&column) {
                rest.cells(shape.rows, &picked, &mut self.columns[column])?;
            } else {
                rest.skip(shape.rows)?;
            }
        }
        Ok(())
    }

    fn make_room(&mut self, columns: usize) {
        if self.columns.len() < columns {
            self.columns.resize(columns, Vec::new());
        }
    }

    /// All places of columns, up to a number of attributes.
    pub fn every_column(attributes: usize) -> Vec<usize> {
        (0..place::FIXED + attributes).collect()
    }
}

/// The bits of a cell of so many bytes.
fn mask(width: usize) -> u64 {
    match width {
        0 => 0,
        width => u64::MAX >> (64 - 8 * width.min(CELL_BYTES)),
    }
}

/// Writes a column.
fn pack(column: &[i64], bytes: &mut Vec<u8>) {
    let smallest = column.iter().copied().min().unwrap_or(0);
    let largest = column.iter().copied().max().unwrap_or(0);
    let spread = largest.wrapping_sub(smallest).cast_unsigned();
    let width = (64 - spread.leading_zeros()).div_ceil(8) as usize;
    bytes.push(u8::try_from(width).unwrap_or(8));
    bytes.extend(smallest.to_le_bytes());
    if width == 0 {
        return;
    }
    for cell in column {
        let difference = cell.wrapping_sub(smallest).to_le_bytes();
        bytes.extend_from_slice(&difference[..width]);
    }
}

/// Whose rows a block holds, before its columns.
struct Shape<'a> {
    rows: usize,
    columns: usize,
    units: &'a [[u8; 8]],
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Damaged("too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn count(&mut self) -> Result<usize, Damaged> {
        let bytes = self.take(4)?;
        let bytes = bytes.try_into().map_err(|_| Damaged("too short"))?;
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    /// Reads whose rows follow, and into `ends` the row after the last one of each.
    fn shape(&mut self, ends: &mut Vec<u32>) -> Result<Shape<'a>, Damaged> {
        let (rows, groups, columns) = (self.count()?, self.count()?, self.count()?);
        if rows > BLOCK_ROWS || groups > rows || columns > place::FIXED + ATTRIBUTE_KEYS_MAX {
            return Err(Damaged("more than a block holds"));
        }
        let (units, _) = self.take(groups.saturating_mul(8))?.as_chunks::<8>();
        let (width, smallest, sizes) = self.head(groups)?;
        ends.clear();
        ends.reserve(groups);
        let mut end = 0_u64;
        let mut add = |size: u64| {
            // No sum of so many sizes overflows, as each is cut to what a block holds and one more.
            end += smallest
                .wrapping_add(size.cast_signed())
                .cast_unsigned()
                .min(BLOCK_ROWS as u64 + 1);
            ends.push(u32::try_from(end).unwrap_or(u32::MAX));
        };
        match width {
            0 => (0..groups).for_each(|_| add(0)),
            1 => sizes.iter().for_each(|size| add(u64::from(*size))),
            _ => sizes.chunks_exact(width).for_each(|size| {
                let mut wide = [0; CELL_BYTES];
                wide[..width].copy_from_slice(size);
                add(u64::from_le_bytes(wide));
            }),
        }
        if end != rows as u64 {
            return Err(Damaged("the number of rows"));
        }
        Ok(Shape {
            rows,
            columns,
            units,
        })
    }

    fn head(&mut self, rows: usize) -> Result<(usize, i64, &'a [u8]), Damaged> {
        let head = self.take(HEAD_BYTES)?;
        let smallest = head[1..].try_into().map_err(|_| Damaged("too short"))?;
        let width = usize::from(head[0]);
        if width > CELL_BYTES {
            return Err(Damaged("a width"));
        }
        let cells = self.take(rows.checked_mul(width).ok_or(Damaged("a width"))?)?;
        Ok((width, i64::from_le_bytes(smallest), cells))
    }

    fn skip(&mut self, rows: usize) -> Result<(), Damaged> {
        self.head(rows).map(|_| ())
    }

    /// Reads the cells of some rows.
    fn cells(
        &mut self,
        rows: usize,
        picked: &[Range<usize>],
        into: &mut Vec<i64>,
    ) -> Result<(), Damaged> {
        let (width, smallest, cells) = self.head(rows)?;
        for row in picked.iter().flat_map(Clone::clone) {
            let mut wide = [0; CELL_BYTES];
            wide[..width].copy_from_slice(&cells[row * width..(row + 1) * width]);
            into.push(smallest.wrapping_add(i64::from_le_bytes(wide)));
        }
        Ok(())
    }
}
