//! Rows in order of arrival, not yet sorted.

use super::block::{BLOCK_ROWS, Block};
use super::dictionary::Coded;
use super::place;
use super::row::UnitCode;

/// Rows that grow at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    units: Vec<u64>,
    columns: Vec<Vec<i64>>,
}

impl Table {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.units.len()
    }

    /// Adds a row.
    pub fn push(&mut self, coded: &Coded) {
        let row = self.units.len();
        self.units.push(coded.unit.0);
        if self.columns.len() < place::FIXED {
            self.columns.resize(place::FIXED, Vec::new());
        }
        for (column, cell) in self.columns.iter_mut().zip(coded.cells) {
            column.push(cell);
        }
        for (attribute, code) in &coded.attributes {
            let place = place::FIXED + attribute;
            if self.columns.len() <= place {
                self.columns.resize(place + 1, Vec::new());
            }
            let column = &mut self.columns[place];
            column.resize(row, 0);
            column.push(i64::from(*code));
        }
    }

    /// Adds the rows that a block has of a unit, as those of another one and without their attributes.
    pub fn push_unit(&mut self, block: &Block, unit: UnitCode, becomes: UnitCode) {
        let Ok(group) = block.units.binary_search(&unit.0) else {
            return;
        };
        for from in block.range(group) {
            self.units.push(becomes.0);
            if self.columns.len() < place::FIXED {
                self.columns.resize(place::FIXED, Vec::new());
            }
            for (place, column) in self.columns.iter_mut().take(place::FIXED).enumerate() {
                column.push(block.cell(place, from));
            }
        }
    }

    /// The rows by unit and time; rows of one unit and moment keep their order.
    pub fn sorted(&self) -> Vec<Block> {
        let mut order: Vec<usize> = (0..self.units.len()).collect();
        order.sort_by_key(|row| (self.units[*row], self.columns[place::TIME][*row]));
        order
            .chunks(BLOCK_ROWS)
            .map(|rows| self.block(rows))
            .collect()
    }

    fn block(&self, rows: &[usize]) -> Block {
        let mut block = Block::default();
        for (count, row) in (1_u32..).zip(rows) {
            if block.units.last() == Some(&self.units[*row])
                && let Some(end) = block.ends.last_mut()
            {
                *end = count;
            } else {
                block.units.push(self.units[*row]);
                block.ends.push(count);
            }
        }
        let gather = |column: &Vec<i64>| {
            let cell = |row: &usize| column.get(*row).copied().unwrap_or(0);
            rows.iter().map(cell).collect()
        };
        block.columns = self.columns.iter().map(gather).collect();
        block
    }
}
