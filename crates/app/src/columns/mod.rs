//! The event log as columns: derived in the background, kept in runs on a shelf, read unit by unit.
//!
//! A run is never changed. New events gather in a tail in memory; when it is long it becomes a run
//! of its own, and runs of like size become one. What is on the shelf tells up to which place of
//! the log it holds everything, so a start reads only what came later; what cannot be read is thrown
//! away and made again.

mod erase;
mod kept;
mod memory;
mod runs;
mod scan;
mod update;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, Semaphore};
use variorum_domain::columns::{Block, Dictionary, Table};
use variorum_domain::id::WorkspaceId;
use variorum_ports::shelf::Shelf;

use kept::{Kept, Seal};
use memory::MemoryShelf;
use runs::Run;

pub use erase::erase_unit;
pub(crate) use kept::series_sums;
pub use scan::{Scanned, UnitFold, scan};
pub use update::{catch_up, clear, rebuild, refresh, run};

/// Rows in memory after which they become runs.
const TAIL_ROWS_MAX: usize = 65_536;
/// Scans at the same time; further ones wait.
const SCANS_MAX: usize = 2;

/// The columns of all workspaces.
pub struct Columns {
    shelf: Arc<dyn Shelf>,
    state: ArcSwap<State>,
    /// Whoever changes the state holds this; `true` once the shelf was read.
    turn: Mutex<bool>,
    scans: Arc<Semaphore>,
    kept: Arc<Kept>,
    tail_rows_max: usize,
}

impl Columns {
    /// Columns on a shelf.
    pub fn new(shelf: Arc<dyn Shelf>) -> Self {
        Self {
            shelf,
            state: ArcSwap::default(),
            turn: Mutex::new(false),
            scans: Arc::new(Semaphore::new(SCANS_MAX)),
            kept: Arc::default(),
            tail_rows_max: TAIL_ROWS_MAX,
        }
    }

    /// Columns that make runs of so many rows.
    #[must_use]
    pub fn with_tail(mut self, rows: usize) -> Self {
        self.tail_rows_max = rows;
        self
    }

    /// The place of the newest event that is in the columns.
    pub fn through_seq(&self) -> i64 {
        self.state.load().through
    }

    /// How many events of a workspace are in the columns.
    pub fn rows(&self, workspace: WorkspaceId) -> u64 {
        self.state.load().holding(workspace).rows()
    }

    /// The names in a workspace's events.
    pub fn names(&self, workspace: WorkspaceId) -> Arc<Dictionary> {
        self.state.load().holding(workspace).names
    }
}

impl Default for Columns {
    /// Columns that are gone when the process ends.
    fn default() -> Self {
        Self::new(Arc::new(MemoryShelf::default()))
    }
}

/// What there is at one moment.
#[derive(Debug, Clone, Default)]
struct State {
    /// Everything up to this place of the log is in it.
    through: i64,
    next_run: u64,
    holdings: HashMap<WorkspaceId, Holding>,
}

impl State {
    fn holding(&self, workspace: WorkspaceId) -> Holding {
        self.holdings.get(&workspace).cloned().unwrap_or_default()
    }

    fn tail_rows(&self) -> usize {
        let tails = self.holdings.values();
        tails.map(|holding| holding.tail.table.rows()).sum()
    }
}

/// The columns of one workspace: runs, the oldest first, and what came after them.
#[derive(Debug, Clone, Default)]
struct Holding {
    names: Arc<Dictionary>,
    runs: Vec<Arc<Run>>,
    tail: Arc<Tail>,
    /// What is in the runs.
    seal: Seal,
}

impl Holding {
    fn rows(&self) -> u64 {
        let runs: u64 = self.runs.iter().map(|run| run.index.rows()).sum();
        runs + self.tail.table.rows() as u64
    }
}

/// Rows that are not in a run yet.
#[derive(Debug, Default)]
struct Tail {
    table: Table,
    sorted: OnceLock<Vec<Block>>,
}

impl Tail {
    fn of(table: Table) -> Arc<Self> {
        Arc::new(Self {
            table,
            sorted: OnceLock::new(),
        })
    }

    /// The rows by unit, sorted when first asked for.
    fn blocks(&self) -> &[Block] {
        self.sorted.get_or_init(|| self.table.sorted())
    }
}
