//! What a scan reads of a block: the wanted rows, column by column, with the units they belong to.

use std::ops::Range;

use super::block::Block;
use super::dictionary::kind_of;
use super::filter::{Marks, RowFilter};
use super::place;
use super::row::{NO_ARM, Row};

/// Rows that are filled together, so that they are still near when their next column comes.
const ROWS_AT_ONCE: usize = 256;

/// What a scan reads of each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitScan {
    filter: RowFilter,
    columns: Vec<usize>,
    attributes: Vec<Option<usize>>,
    needs: Needs,
}

impl UnitScan {
    /// A scan that hands whole rows on, with these attributes by their places; `None` stands for an
    /// attribute nobody ever sent.
    pub fn new(filter: RowFilter, attributes: Vec<Option<usize>>) -> Self {
        let mut columns: Vec<usize> = (0..place::FIXED).collect();
        columns.extend(filter.columns());
        let recorded = attributes.iter().flatten();
        columns.extend(recorded.map(|attribute| place::FIXED + attribute));
        columns.sort_unstable();
        columns.dedup();
        Self {
            filter,
            columns,
            attributes,
            needs: Needs::ALL,
        }
    }

    /// The same without columns that nobody looks at: their cells are 0.
    #[must_use]
    pub fn needing(mut self, needs: Needs) -> Self {
        let looked_at = self.filter.columns();
        let mut idle = Vec::new();
        if !needs.arms {
            idle.extend([place::ROLLOUT, place::ARM]);
        }
        if !needs.prompts {
            idle.push(place::PROMPT);
        }
        self.columns
            .retain(|column| looked_at.contains(column) || !idle.contains(column));
        self.needs = needs;
        self
    }

    /// The columns that must be decoded.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The attributes that are asked for.
    pub(super) fn attributes(&self) -> &[Option<usize>] {
        &self.attributes
    }

    /// The units of a block that have a wanted row, in order.
    pub fn units_wanted(&self, block: &Block) -> Vec<u64> {
        let mut picked = Picked::default();
        picked.choose(block, &self.filter);
        picked.units
    }
}

/// What is looked at in each row, beside what everybody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The rollout and the arm.
    pub arms: bool,
    /// The prompt.
    pub prompts: bool,
}

impl Needs {
    /// Everything.
    pub const ALL: Self = Self {
        arms: true,
        prompts: true,
    };
}

/// The wanted rows of a block.
#[derive(Debug, Default)]
pub(super) struct Picked {
    /// The units that have any, in order.
    pub(super) units: Vec<u64>,
    /// For each unit the row after its last one.
    ends: Vec<u32>,
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// The attributes of the rows, one row after the other.
    pub(super) attributes: Vec<u32>,
    /// Where the rows stand in the block.
    chosen: Vec<u32>,
    /// How many rows are wanted until each row of the block.
    until: Vec<u32>,
    marks: Marks,
}

impl Picked {
    /// The rows of a unit, by its place.
    pub(super) fn range(&self, group: usize) -> Range<usize> {
        let begin = group.checked_sub(1).map_or(0, |before| self.ends[before]);
        begin as usize..self.ends[group] as usize
    }

    /// Chooses rows, and the units that have any.
    fn choose(&mut self, block: &Block, filter: &RowFilter) {
        filter.mark(block, &mut self.marks);
        let wanted = &self.marks.wanted;
        self.chosen.clear();
        self.chosen.resize(wanted.len(), 0);
        self.until.clear();
        let mut kept = 0_u32;
        // Every row is written, and kept by going on: nothing tells beforehand which of them are.
        self.until.extend((0..).zip(wanted).map(|(row, wanted)| {
            self.chosen[kept as usize] = row;
            kept += u32::from(*wanted);
            kept
        }));
        self.units.clear();
        self.ends.clear();
        let mut before = 0;
        for (unit, end) in block.units.iter().zip(&block.ends) {
            let last = (*end as usize).checked_sub(1);
            let until = last.and_then(|last| self.until.get(last));
            let until = until.copied().unwrap_or(before);
            if until > before {
                self.units.push(*unit);
                self.ends.push(until);
            }
            before = until;
        }
        self.chosen.truncate(kept as usize);
    }

    /// Reads a block.
    pub(super) fn read(&mut self, block: &Block, scan: &UnitScan) {
        self.choose(block, &scan.filter);
        // What is read is written over; what is not stays blank.
        self.rows.resize(self.chosen.len(), Row::BLANK);
        let pieces = self.chosen.chunks(ROWS_AT_ONCE);
        for (chosen, rows) in pieces.zip(self.rows.chunks_mut(ROWS_AT_ONCE)) {
            fill(block, scan.needs, chosen, rows);
        }
        let width = scan.attributes.len();
        self.attributes.clear();
        self.attributes.resize(self.chosen.len() * width, 0);
        for (key, attribute) in scan.attributes.iter().enumerate() {
            let Some(attribute) = attribute else { continue };
            let cells = block.column(Block::column_of(*attribute));
            cells.each(&self.chosen, |row, cell| {
                self.attributes[row * width + key] = code(cell);
            });
        }
    }
}

/// Reads the columns of some rows, one column after the other.
fn fill(block: &Block, needs: Needs, chosen: &[u32], rows: &mut [Row]) {
    let each = |column: usize| block.column(column);
    each(place::TIME).each(chosen, |row, cell| rows[row].time = cell);
    each(place::VALUE).each(chosen, |row, cell| rows[row].value = cell);
    each(place::KPI).each(chosen, |row, cell| rows[row].kpi = code(cell));
    each(place::CHANNEL).each(chosen, |row, cell| rows[row].channel = code(cell));
    each(place::KIND).each(chosen, |row, cell| rows[row].kind = kind_of(cell));
    if needs.prompts {
        each(place::PROMPT).each(chosen, |row, cell| rows[row].prompt = code(cell));
    }
    if needs.arms {
        let arm = |cell| u8::try_from(cell).unwrap_or(NO_ARM);
        each(place::ROLLOUT).each(chosen, |row, cell| rows[row].rollout = cell);
        each(place::ARM).each(chosen, |row, cell| rows[row].arm = arm(cell));
    }
}

fn code(cell: i64) -> u32 {
    u32::try_from(cell).unwrap_or(0)
}
