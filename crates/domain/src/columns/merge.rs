//! Several runs read as one, unit by unit.

use std::ops::{Range, RangeInclusive};

use super::block::{BLOCK_ROWS, Block};
use super::dictionary::kind_of;
use super::filter::RowFilter;
use super::place;
use super::row::{Row, UnitCode, UnitRows};

/// Where the blocks of one run come from, in order.
pub trait Source {
    /// Why there is none.
    type Error;

    /// Reads the next block into `block`; `false` where there is none left.
    fn next(&mut self, block: &mut Block) -> Result<bool, Self::Error>;
}

/// What becomes of the rows of a unit.
trait Sink<E> {
    /// Takes rows of the unit that is being read.
    fn rows(&mut self, block: &Block, range: Range<usize>);
    /// The unit has no more rows; `pieces` of them stand each in order.
    fn end(&mut self, unit: u64, pieces: usize) -> Result<(), E>;
}

/// Blocks that are in memory.
#[derive(Debug, Clone, Copy)]
pub struct InMemory<'a, E> {
    blocks: &'a [Block],
    error: std::marker::PhantomData<E>,
}

impl<'a, E> InMemory<'a, E> {
    /// Reads these blocks.
    pub fn new(blocks: &'a [Block]) -> Self {
        Self {
            blocks,
            error: std::marker::PhantomData,
        }
    }
}

impl<E> Source for InMemory<'_, E> {
    type Error = E;

    fn next(&mut self, block: &mut Block) -> Result<bool, E> {
        let Some((first, rest)) = self.blocks.split_first() else {
            return Ok(false);
        };
        block.clone_from(first);
        self.blocks = rest;
        Ok(true)
    }
}

struct Cursor<S> {
    source: S,
    block: Block,
    group: usize,
    /// The unit that comes next; `None` at the end.
    unit: Option<u64>,
}

impl<S: Source> Cursor<S> {
    fn open(source: S, first: u64) -> Result<Self, S::Error> {
        let mut cursor = Self {
            source,
            block: Block::default(),
            group: 0,
            unit: None,
        };
        cursor.load()?;
        while cursor.unit.is_some_and(|unit| unit < first) {
            cursor.group = cursor.block.units.partition_point(|unit| *unit < first);
            cursor.unit = cursor.block.units.get(cursor.group).copied();
            if cursor.unit.is_none() {
                cursor.load()?;
            }
        }
        Ok(cursor)
    }

    fn load(&mut self) -> Result<(), S::Error> {
        self.group = 0;
        loop {
            let is_read = self.source.next(&mut self.block)?;
            self.unit = self.block.units.first().copied().filter(|_| is_read);
            if self.unit.is_some() || !is_read {
                return Ok(());
            }
        }
    }

    /// Hands all rows of a unit on; a unit may go on in the next block.
    fn take<E>(&mut self, unit: u64, sink: &mut impl Sink<E>) -> Result<(), S::Error> {
        while self.unit == Some(unit) {
            sink.rows(&self.block, self.block.range(self.group));
            self.group += 1;
            self.unit = self.block.units.get(self.group).copied();
            if self.unit.is_none() {
                self.load()?;
            }
        }
        Ok(())
    }
}

fn merge<S: Source>(
    sources: Vec<S>,
    units: &RangeInclusive<u64>,
    sink: &mut impl Sink<S::Error>,
) -> Result<(), S::Error> {
    let mut cursors = Vec::with_capacity(sources.len());
    for source in sources {
        cursors.push(Cursor::open(source, *units.start())?);
    }
    while let Some(unit) = cursors.iter().filter_map(|cursor| cursor.unit).min() {
        if unit > *units.end() {
            break;
        }
        let mut pieces = 0;
        for cursor in &mut cursors {
            if cursor.unit == Some(unit) {
                cursor.take(unit, sink)?;
                pieces += 1;
            }
        }
        sink.end(unit, pieces)?;
    }
    Ok(())
}

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

    /// The units of a block that have a wanted row, in order.
    pub fn units_wanted(&self, block: &Block) -> Vec<u64> {
        let mut found = Vec::new();
        for (group, unit) in block.units.iter().enumerate() {
            let mut rows = block.range(group);
            if rows.any(|row| self.filter.wants(block, row)) {
                found.push(*unit);
            }
        }
        found
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

/// Visits every unit of a range that has a wanted row; the older runs come first.
pub fn merge_units<S: Source>(
    sources: Vec<S>,
    units: &RangeInclusive<u64>,
    scan: &UnitScan,
    visit: &mut impl FnMut(UnitCode, UnitRows<'_>),
) -> Result<(), S::Error> {
    let mut sink = Visit {
        scan,
        hand_on: visit,
        rows: Vec::new(),
        attributes: Vec::new(),
    };
    merge(sources, units, &mut sink)
}

struct Visit<'a, V> {
    scan: &'a UnitScan,
    hand_on: &'a mut V,
    rows: Vec<Row>,
    attributes: Vec<u32>,
}

impl<V: FnMut(UnitCode, UnitRows<'_>), E> Sink<E> for Visit<'_, V> {
    fn rows(&mut self, block: &Block, range: Range<usize>) {
        let Needs { arms, prompts } = self.scan.needs;
        for row in range {
            if !self.scan.filter.wants(block, row) {
                continue;
            }
            let cell = |column, is_needed: bool| {
                if is_needed {
                    block.cell(column, row)
                } else {
                    0
                }
            };
            let code = |cell| u32::try_from(cell).unwrap_or(0);
            self.rows.push(Row {
                time: block.cell(place::TIME, row),
                value: block.cell(place::VALUE, row),
                rollout: cell(place::ROLLOUT, arms),
                prompt: code(cell(place::PROMPT, prompts)),
                kpi: code(block.cell(place::KPI, row)),
                channel: code(block.cell(place::CHANNEL, row)),
                kind: kind_of(block.cell(place::KIND, row)),
                arm: u8::try_from(cell(place::ARM, arms)).unwrap_or(super::NO_ARM),
            });
            for attribute in &self.scan.attributes {
                let of = |attribute| code(block.cell(place::FIXED + attribute, row));
                self.attributes.push(attribute.map_or(0, of));
            }
        }
    }

    fn end(&mut self, unit: u64, pieces: usize) -> Result<(), E> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let width = self.scan.attributes.len();
        if pieces > 1 && !self.rows.is_sorted_by_key(|row| row.time) {
            let order = by_time(self.rows.len(), |row| self.rows[row].time);
            self.rows = order.iter().map(|row| self.rows[*row]).collect();
            let of_row = |row: &usize| self.attributes[row * width..(row + 1) * width].iter();
            self.attributes = order.iter().flat_map(of_row).copied().collect();
        }
        let rows = UnitRows {
            rows: &self.rows,
            attributes: &self.attributes,
            width,
        };
        (self.hand_on)(UnitCode(unit), rows);
        self.rows.clear();
        self.attributes.clear();
        Ok(())
    }
}

fn by_time(rows: usize, time: impl Fn(usize) -> i64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by_key(|row| time(*row));
    order
}

/// Makes one run of several adjacent ones, the older first, with the rows of the units that are kept.
pub fn merge_runs<S: Source>(
    sources: Vec<S>,
    keep: &impl Fn(UnitCode) -> bool,
    emit: &mut impl FnMut(&Block) -> Result<(), S::Error>,
) -> Result<(), S::Error> {
    let mut sink = Rewrite {
        keep,
        emit,
        unit: Block::default(),
        out: Block::default(),
    };
    merge(sources, &(0..=u64::MAX), &mut sink)?;
    sink.flush()
}

struct Rewrite<'a, K, F> {
    keep: &'a K,
    emit: &'a mut F,
    /// The rows of the unit that is being read.
    unit: Block,
    out: Block,
}

impl<K, F> Rewrite<'_, K, F> {
    fn flush<E>(&mut self) -> Result<(), E>
    where
        F: FnMut(&Block) -> Result<(), E>,
    {
        if self.out.rows() > 0 {
            (self.emit)(&self.out)?;
        }
        self.out.clear();
        Ok(())
    }
}

impl<K: Fn(UnitCode) -> bool, F: FnMut(&Block) -> Result<(), E>, E> Sink<E> for Rewrite<'_, K, F> {
    fn rows(&mut self, block: &Block, range: Range<usize>) {
        if self.unit.columns.len() < block.width() {
            self.unit.columns.resize(block.width(), Vec::new());
        }
        let before = self.unit.columns.first().map_or(0, Vec::len);
        for (place, into) in self.unit.columns.iter_mut().enumerate() {
            into.resize(before, 0);
            into.extend(range.clone().map(|row| block.cell(place, row)));
        }
    }

    fn end(&mut self, unit: u64, pieces: usize) -> Result<(), E> {
        let rows = self.unit.columns.first().map_or(0, Vec::len);
        if (self.keep)(UnitCode(unit)) {
            let times = &self.unit.columns[place::TIME];
            let order = (pieces > 1 && !times.is_sorted()).then(|| by_time(rows, |row| times[row]));
            for row in 0..rows {
                let from = order.as_ref().map_or(row, |order| order[row]);
                self.copy(unit, from);
                if self.out.rows() >= BLOCK_ROWS {
                    self.flush()?;
                }
            }
        }
        self.unit.clear();
        Ok(())
    }
}

impl<K, F> Rewrite<'_, K, F> {
    fn copy(&mut self, unit: u64, from: usize) {
        let row = self.out.rows();
        let end = u32::try_from(row + 1).unwrap_or(u32::MAX);
        if self.out.units.last() == Some(&unit)
            && let Some(last) = self.out.ends.last_mut()
        {
            *last = end;
        } else {
            self.out.units.push(unit);
            self.out.ends.push(end);
        }
        if self.out.columns.len() < self.unit.columns.len() {
            self.out.columns.resize(self.unit.columns.len(), Vec::new());
        }
        for (into, cells) in self.out.columns.iter_mut().zip(&self.unit.columns) {
            into.resize(row, 0);
            into.push(cells.get(from).copied().unwrap_or(0));
        }
    }
}
