//! Blocks: some thousand rows as columns, each column as small as its values allow.
//!
//! A column is kept as its smallest value and the differences from it, all in the same number of
//! bytes; a column that never changes takes none.

use std::ops::Range;

use thiserror::Error;

use crate::limits::ATTRIBUTE_KEYS_MAX;

use super::place;

/// Rows after which a block is full.
pub const BLOCK_ROWS: usize = 8_192;
/// Bytes before a column's differences: their width, and the smallest value.
const HEAD_BYTES: usize = 9;

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
    /// The columns; empty where they were not asked for or hold nothing.
    pub(crate) columns: Vec<Vec<i64>>,
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

    /// A cell; 0 in a column that holds nothing.
    pub(crate) fn cell(&self, column: usize, row: usize) -> i64 {
        let column = self.columns.get(column);
        column
            .and_then(|cells| cells.get(row))
            .copied()
            .unwrap_or(0)
    }

    pub(crate) fn clear(&mut self) {
        self.units.clear();
        self.ends.clear();
        for column in &mut self.columns {
            column.clear();
        }
    }

    /// The block as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let rows = self.rows();
        let mut bytes = Vec::with_capacity(rows * 16 + self.units.len() * 9);
        let columns = self.columns.len();
        for count in [rows, self.units.len(), columns] {
            bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        }
        for unit in &self.units {
            bytes.extend(unit.to_le_bytes());
        }
        let sizes: Vec<i64> = (0..self.units.len())
            .map(|group| i64::try_from(self.range(group).len()).unwrap_or(0))
            .collect();
        pack(&sizes, sizes.len(), &mut bytes);
        for column in &self.columns {
            pack(column, rows, &mut bytes);
        }
        bytes
    }

    /// Reads the columns that are asked for, by their places in growing order.
    pub fn decode(&mut self, bytes: &[u8], wanted: &[usize]) -> Result<(), Damaged> {
        self.clear();
        let mut rest = Bytes(bytes);
        let (rows, groups, columns) = (rest.count()?, rest.count()?, rest.count()?);
        if rows > BLOCK_ROWS || groups > rows || columns > place::FIXED + ATTRIBUTE_KEYS_MAX {
            return Err(Damaged("more than a block holds"));
        }
        let (units, _) = rest.take(groups.saturating_mul(8))?.as_chunks::<8>();
        self.units
            .extend(units.iter().map(|unit| u64::from_le_bytes(*unit)));
        let mut sizes = Vec::new();
        rest.column(groups, &mut sizes)?;
        let mut end = 0_u32;
        for size in sizes {
            let size = u32::try_from(size).map_err(|_| Damaged("a size"))?;
            end = end.checked_add(size).ok_or(Damaged("a size"))?;
            self.ends.push(end);
        }
        if end as usize != rows || !self.ends.is_sorted() {
            return Err(Damaged("the number of rows"));
        }
        if self.columns.len() < columns {
            self.columns.resize(columns, Vec::new());
        }
        for column in 0..columns {
            if wanted.contains(&column) {
                rest.column(rows, &mut self.columns[column])?;
            } else {
                rest.skip(rows)?;
            }
        }
        Ok(())
    }

    /// All places of columns, up to a number of attributes.
    pub fn every_column(attributes: usize) -> Vec<usize> {
        (0..place::FIXED + attributes).collect()
    }
}

/// Writes a column; what is missing at its end is 0.
fn pack(column: &[i64], rows: usize, bytes: &mut Vec<u8>) {
    let padded = column.len() < rows;
    let zero = padded.then_some(0);
    let smallest = column.iter().copied().chain(zero).min().unwrap_or(0);
    let largest = column.iter().copied().chain(zero).max().unwrap_or(0);
    let spread = largest.wrapping_sub(smallest).cast_unsigned();
    let width = (64 - spread.leading_zeros()).div_ceil(8) as usize;
    bytes.push(u8::try_from(width).unwrap_or(8));
    bytes.extend(smallest.to_le_bytes());
    if width == 0 {
        return;
    }
    let cells = column
        .iter()
        .copied()
        .chain(std::iter::repeat(0))
        .take(rows);
    for cell in cells {
        let difference = cell.wrapping_sub(smallest).to_le_bytes();
        bytes.extend_from_slice(&difference[..width]);
    }
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

    fn head(&mut self, rows: usize) -> Result<(usize, i64, &'a [u8]), Damaged> {
        let head = self.take(HEAD_BYTES)?;
        let smallest = head[1..].try_into().map_err(|_| Damaged("too short"))?;
        let width = usize::from(head[0]);
        let cells = self.take(rows.checked_mul(width).ok_or(Damaged("a width"))?)?;
        Ok((width, i64::from_le_bytes(smallest), cells))
    }

    fn skip(&mut self, rows: usize) -> Result<(), Damaged> {
        self.head(rows).map(|_| ())
    }

    fn column(&mut self, rows: usize, into: &mut Vec<i64>) -> Result<(), Damaged> {
        let (width, smallest, cells) = self.head(rows)?;
        match width {
            0 => into.resize(rows, smallest),
            1 => unpack::<1>(cells, smallest, into),
            2 => unpack::<2>(cells, smallest, into),
            3 => unpack::<3>(cells, smallest, into),
            4 => unpack::<4>(cells, smallest, into),
            5 => unpack::<5>(cells, smallest, into),
            6 => unpack::<6>(cells, smallest, into),
            7 => unpack::<7>(cells, smallest, into),
            8 => unpack::<8>(cells, smallest, into),
            _ => return Err(Damaged("a width")),
        }
        Ok(())
    }
}

fn unpack<const WIDTH: usize>(cells: &[u8], smallest: i64, into: &mut Vec<i64>) {
    let (cells, _) = cells.as_chunks::<WIDTH>();
    into.extend(cells.iter().map(|cell| {
        let mut wide = [0; 8];
        wide[..WIDTH].copy_from_slice(cell);
        smallest.wrapping_add(i64::from_le_bytes(wide))
    }));
}
