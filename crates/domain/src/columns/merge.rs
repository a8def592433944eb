//! Several runs read as one, unit by unit.

use std::ops::{Range, RangeInclusive};

use super::block::{BLOCK_ROWS, Block};
use super::pick::{Picked, UnitScan};
use super::place;
use super::row::{Row, UnitCode, UnitRows};

/// Where the blocks of one run come from, in order.
pub trait Source {
    /// Why there is none.
    type Error;

    /// Reads the next block into `block`; `false` where there is none left.
    fn next(&mut self, block: &mut Block) -> Result<bool, Self::Error>;
}

/// A block as a merge goes through it: units with the rows of each.
trait Page: Default {
    /// The units, in order.
    fn units(&self) -> &[u64];
    /// The rows of a unit, by its place.
    fn range(&self, group: usize) -> Range<usize>;
}

impl Page for Block {
    fn units(&self) -> &[u64] {
        &self.units
    }

    fn range(&self, group: usize) -> Range<usize> {
        Block::range(self, group)
    }
}

impl Page for Picked {
    fn units(&self) -> &[u64] {
        &self.units
    }

    fn range(&self, group: usize) -> Range<usize> {
        Picked::range(self, group)
    }
}

/// What becomes of the rows of a unit.
trait Sink<E> {
    /// What it reads of a block.
    type Page: Page;
    /// Reads a block that has come.
    fn page(&self, block: &mut Block, page: &mut Self::Page);
    /// Takes rows of the unit that is being read.
    fn rows(&mut self, page: &Self::Page, range: Range<usize>);
    /// The unit has no more rows; `pieces` of them stand each in order.
    fn end(&mut self, unit: u64, pieces: usize) -> Result<(), E>;
    /// Takes a unit whose rows all stand here, in order.
    fn whole(&mut self, unit: u64, page: &Self::Page, range: Range<usize>) -> Result<(), E> {
        self.rows(page, range);
        self.end(unit, 1)
    }
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

struct Cursor<S, P> {
    source: S,
    block: Block,
    page: P,
    group: usize,
    /// The unit that comes next; `None` at the end.
    unit: Option<u64>,
}

impl<S: Source, P: Page> Cursor<S, P> {
    fn open(source: S, first: u64, sink: &impl Sink<S::Error, Page = P>) -> Result<Self, S::Error> {
        let mut cursor = Self {
            source,
            block: Block::default(),
            page: P::default(),
            group: 0,
            unit: None,
        };
        cursor.load(sink)?;
        while cursor.unit.is_some_and(|unit| unit < first) {
            cursor.group = cursor.page.units().partition_point(|unit| *unit < first);
            cursor.unit = cursor.page.units().get(cursor.group).copied();
            if cursor.unit.is_none() {
                cursor.load(sink)?;
            }
        }
        Ok(cursor)
    }

    fn load(&mut self, sink: &impl Sink<S::Error, Page = P>) -> Result<(), S::Error> {
        self.group = 0;
        self.unit = None;
        while self.unit.is_none() && self.source.next(&mut self.block)? {
            sink.page(&mut self.block, &mut self.page);
            self.unit = self.page.units().first().copied();
        }
        Ok(())
    }

    /// The rows of the next unit, where all of them stand in this block.
    fn whole(&self) -> Option<Range<usize>> {
        let is_last = self.group + 1 >= self.page.units().len();
        (!is_last).then(|| self.page.range(self.group))
    }

    /// Goes on to the next unit of this block.
    fn step(&mut self) {
        self.group += 1;
        self.unit = self.page.units().get(self.group).copied();
    }

    /// Hands all rows of a unit on; a unit may go on in the next block.
    fn take(
        &mut self,
        unit: u64,
        sink: &mut impl Sink<S::Error, Page = P>,
    ) -> Result<(), S::Error> {
        while self.unit == Some(unit) {
            sink.rows(&self.page, self.page.range(self.group));
            self.step();
            if self.unit.is_none() {
                self.load(sink)?;
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
        cursors.push(Cursor::open(source, *units.start(), sink)?);
    }
    while let Some((unit, first, is_alone)) = next(&cursors) {
        if unit > *units.end() {
            break;
        }
        let cursor = &mut cursors[first];
        if is_alone && let Some(range) = cursor.whole() {
            sink.whole(unit, &cursor.page, range)?;
            cursor.step();
            continue;
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

/// The unit that comes next, the first run that has it, and whether no other one has.
fn next<S, P>(cursors: &[Cursor<S, P>]) -> Option<(u64, usize, bool)> {
    let mut least: Option<(u64, usize, bool)> = None;
    for (place, cursor) in cursors.iter().enumerate() {
        let Some(unit) = cursor.unit else { continue };
        match &mut least {
            Some((known, _, is_alone)) if *known == unit => *is_alone = false,
            Some((known, ..)) if *known < unit => {}
            _ => least = Some((unit, place, true)),
        }
    }
    least
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
    type Page = Picked;

    fn page(&self, block: &mut Block, page: &mut Picked) {
        page.read(block, self.scan);
    }

    fn rows(&mut self, page: &Picked, range: Range<usize>) {
        let width = self.scan.attributes().len();
        self.rows.extend_from_slice(&page.rows[range.clone()]);
        let attributes = range.start * width..range.end * width;
        self.attributes
            .extend_from_slice(&page.attributes[attributes]);
    }

    fn whole(&mut self, unit: u64, page: &Picked, range: Range<usize>) -> Result<(), E> {
        let width = self.scan.attributes().len();
        let rows = UnitRows {
            attributes: &page.attributes[range.start * width..range.end * width],
            rows: &page.rows[range],
            width,
        };
        (self.hand_on)(UnitCode(unit), rows);
        Ok(())
    }

    fn end(&mut self, unit: u64, pieces: usize) -> Result<(), E> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let width = self.scan.attributes().len();
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
    type Page = Block;

    fn page(&self, block: &mut Block, page: &mut Block) {
        std::mem::swap(block, page);
    }

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
