//! Events as columns: coded rows, sorted by unit and time, kept in blocks and runs.
//!
//! Everything here is derived from the event log and can be thrown away and made again. A unit is
//! known by a hash of its id only; names are codes of a dictionary. Pure: who reads and writes the
//! bytes is the caller's affair.

mod block;
mod code_map;
mod dictionary;
mod filter;
mod merge;
mod pick;
mod row;
mod run;
mod table;

pub use block::{BLOCK_ROWS, Block, Damaged};
pub(crate) use code_map::CodeMap;
pub use dictionary::{Coded, Dictionary, EMPTY, Names, OTHER};
pub use filter::{Filter, Pick, RowFilter};
pub use merge::{InMemory, Source, merge_runs, merge_units};
pub use pick::{Needs, UnitScan};
pub use row::{NO_ARM, Row, UnitCode, UnitRows};
pub use run::{Place, RunIndex, RunWriter, TRAILER_BYTES};
pub use table::Table;

/// The columns of a row, by their place; attributes follow.
pub(crate) mod place {
    pub(crate) const TIME: usize = 0;
    pub(crate) const VALUE: usize = 1;
    pub(crate) const ROLLOUT: usize = 2;
    pub(crate) const PROMPT: usize = 3;
    pub(crate) const KPI: usize = 4;
    pub(crate) const CHANNEL: usize = 5;
    pub(crate) const KIND: usize = 6;
    pub(crate) const ARM: usize = 7;
    /// How many columns every row has.
    pub(crate) const FIXED: usize = 8;
}

#[cfg(test)]
mod tests;
