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
        let Shape {
            rows,
            columns,
            units,
            ends,
        } = rest.shape()?;
        self.units
            .extend(units.iter().map(|unit| u64::from_le_bytes(*unit)));
        self.ends = ends;
        self.make_room(columns);
        for column in 0..columns {
            if wanted.contains(&column) {
                rest.column(rows, &mut self.columns[column])?;
            } else {
                rest.skip(rows)?;
            }
        }
        Ok(())
    }

    /// The same with the rows of some units only, which are given in growing order. Cells that are
    /// not asked for are not touched, so this costs what those units have and not what a block has.
    pub fn decode_units(
        &mut self,
        bytes: &[u8],
        wanted: &[usize],
        units: &[u64],
    ) -> Result<(), Damaged> {
        self.clear();
        let mut rest = Bytes(bytes);
        let shape = rest.shape()?;
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
            let begin = from.checked_sub(1).map_or(0, |before| shape.ends[before]);
            end += shape.ends[from] - begin;
            self.units.push(*unit);
            self.ends.push(end);
            picked.push(begin as usize..shape.ends[from] as usize);
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

/// Whose rows a block holds, before its columns.
struct Shape<'a> {
    rows: usize,
    columns: usize,
    units: &'a [[u8; 8]],
    ends: Vec<u32>,
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

    fn shape(&mut self) -> Result<Shape<'a>, Damaged> {
        let (rows, groups, columns) = (self.count()?, self.count()?, self.count()?);
        if rows > BLOCK_ROWS || groups > rows || columns > place::FIXED + ATTRIBUTE_KEYS_MAX {
            return Err(Damaged("more than a block holds"));
        }
        let (units, _) = self.take(groups.saturating_mul(8))?.as_chunks::<8>();
        let mut sizes = Vec::new();
        self.column(groups, &mut sizes)?;
        let mut ends = Vec::with_capacity(groups);
        let mut end = 0_u32;
        for size in sizes {
            let size = u32::try_from(size).map_err(|_| Damaged("a size"))?;
            end = end.checked_add(size).ok_or(Damaged("a size"))?;
            ends.push(end);
        }
        if end as usize != rows || !ends.is_sorted() {
            return Err(Damaged("the number of rows"));
        }
        Ok(Shape {
            rows,
            columns,
            units,
            ends,
        })
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

    /// Reads the cells of some rows.
    fn cells(
        &mut self,
        rows: usize,
        picked: &[Range<usize>],
        into: &mut Vec<i64>,
    ) -> Result<(), Damaged> {
        let (width, smallest, cells) = self.head(rows)?;
        if width > 8 {
            return Err(Damaged("a width"));
        }
        for row in picked.iter().flat_map(Clone::clone) {
            let mut wide = [0; 8];
            wide[..width].copy_from_slice(&cells[row * width..(row + 1) * width]);
            into.push(smallest.wrapping_add(i64::from_le_bytes(wide)));
        }
        Ok(())
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
