//! Runs on the shelf, and the list of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use variorum_domain::columns::{
    Block, Damaged, Dictionary, Place, RunIndex, RunWriter, Source, TRAILER_BYTES, UnitCode,
    merge_runs,
};
use variorum_domain::id::WorkspaceId;
use variorum_domain::limits::ATTRIBUTE_KEYS_MAX;
use variorum_ports::StoreError;
use variorum_ports::shelf::{Pages, Shelf};

use super::{Holding, State};

/// The file that lists the runs; replaced whole.
const LIST: &str = "columns.json";
/// Grows when runs are written in another form, so that old ones are thrown away.
const FORM: u32 = 1;

/// One run.
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) index: RunIndex,
    pages: Arc<dyn Pages>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

pub(super) fn file_name(id: u64) -> String {
    format!("run-{id}.columns")
}

pub(super) fn damaged(what: Damaged) -> StoreError {
    StoreError::Corrupt {
        what: "columns",
        id: what.0.to_owned(),
    }
}

impl Run {
    fn open(shelf: &dyn Shelf, id: u64) -> Result<Self, StoreError> {
        let pages = shelf.open(&file_name(id))?;
        let mut trailer = [0; TRAILER_BYTES];
        let end = pages.bytes().checked_sub(TRAILER_BYTES as u64);
        let end = end.ok_or(damaged(Damaged("too short")))?;
        pages.read(end, &mut trailer)?;
        let begin = RunIndex::begins(trailer).map_err(damaged)?;
        let length = end
            .checked_sub(begin)
            .and_then(|length| usize::try_from(length).ok());
        let mut bytes = vec![0; length.ok_or(damaged(Damaged("the index")))?];
        pages.read(begin, &mut bytes)?;
        let index = RunIndex::parse(&bytes).map_err(damaged)?;
        Ok(Self { id, index, pages })
    }

    /// Writes a run; `fill` is given what takes its blocks.
    pub(super) fn write(
        shelf: &dyn Shelf,
        id: u64,
        fill: impl FnOnce(&mut dyn FnMut(&Block) -> Result<(), StoreError>) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let mut draft = shelf.create(&file_name(id))?;
        let mut writer = RunWriter::default();
        fill(&mut |block| draft.write(&writer.push(block)))?;
        let (bytes, index) = writer.finish();
        draft.write(&bytes)?;
        draft.finish()?;
        let pages = shelf.open(&file_name(id))?;
        Ok(Self { id, index, pages })
    }

    /// Reads the blocks that may hold a unit.
    pub(super) fn each_block(
        self: &Arc<Self>,
        unit: UnitCode,
        read: &mut impl FnMut(&Block),
    ) -> Result<(), StoreError> {
        let places = self.index.within(&(unit.0..=unit.0));
        let columns: Arc<[usize]> = Block::every_column(ATTRIBUTE_KEYS_MAX).into();
        let mut reader = RunReader::new(self.clone(), places, columns, None);
        let mut block = Block::default();
        while reader.next(&mut block)? {
            read(&block);
        }
        Ok(())
    }

    /// Reads what the run has of some units, which are given in growing order.
    pub(super) fn blocks_of(
        &self,
        units: &[u64],
        columns: &[usize],
        cancelled: &AtomicBool,
    ) -> Result<Vec<Block>, StoreError> {
        let (Some(first), Some(last)) = (units.first(), units.last()) else {
            return Ok(Vec::new());
        };
        let (mut blocks, mut bytes) = (Vec::new(), Vec::new());
        for place in self.index.within(&(*first..=*last)) {
            let place = &self.index.places[place];
            let begin = units.partition_point(|unit| *unit < place.first);
            let end = units.partition_point(|unit| *unit <= place.last);
            if begin == end {
                continue;
            }
            if is_set(Some(cancelled)) {
                return Err(gone());
            }
            bytes.resize(place.bytes as usize, 0);
            self.pages.read(place.offset, &mut bytes)?;
            let mut block = Block::default();
            let read = block.decode_units(&bytes, columns, &units[begin..end]);
            read.map_err(damaged)?;
            if block.rows() > 0 {
                blocks.push(block);
            }
        }
        Ok(blocks)
    }

    /// Makes one run of several, the oldest first, of the units that are kept.
    pub(super) fn merge(
        shelf: &dyn Shelf,
        id: u64,
        runs: &[Arc<Self>],
        keep: impl Fn(UnitCode) -> bool,
    ) -> Result<Self, StoreError> {
        let columns: Arc<[usize]> = Block::every_column(ATTRIBUTE_KEYS_MAX).into();
        let whole = |run: &Arc<Self>| {
            let places = 0..run.index.places.len();
            RunReader::new(run.clone(), places, columns.clone(), None)
        };
        Self::write(shelf, id, |mut take| {
            merge_runs(runs.iter().map(whole).collect(), &keep, &mut take)
        })
    }
}

/// Reads blocks of a run, one after another.
pub(super) struct RunReader {
    run: Arc<Run>,
    places: std::ops::Range<usize>,
    columns: Arc<[usize]>,
    cancelled: Option<Arc<AtomicBool>>,
}

impl RunReader {
    pub(super) fn new(
        run: Arc<Run>,
        places: std::ops::Range<usize>,
        columns: Arc<[usize]>,
        cancelled: Option<Arc<AtomicBool>>,
    ) -> Self {
        Self {
            run,
            places,
            columns,
            cancelled,
        }
    }
}

impl Source for RunReader {
    type Error = StoreError;

    fn next(&mut self, block: &mut Block) -> Result<bool, StoreError> {
        let Some(Place { offset, bytes, .. }) =
            self.places.next().map(|place| self.run.index.places[place])
        else {
            return Ok(false);
        };
        if is_set(self.cancelled.as_deref()) {
            return Err(gone());
        }
        self.run.pages.read(offset, block.room(bytes as usize))?;
        block.open(&self.columns).map_err(damaged)?;
        Ok(true)
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("nobody waits for it any more".into())
}

fn is_set(flag: Option<&AtomicBool>) -> bool {
    flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
}

#[derive(Serialize, Deserialize)]
struct List {
    form: u32,
    through: i64,
    next_run: u64,
    workspaces: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    workspace: i64,
    names: Dictionary,
    runs: Vec<u64>,
}

/// Writes the list; the tails must be empty.
pub(super) fn write_list(shelf: &dyn Shelf, state: &State) -> Result<(), StoreError> {
    let entry = |(workspace, holding): (&WorkspaceId, &Holding)| Entry {
        workspace: workspace.0,
        names: Dictionary::clone(&holding.names),
        runs: holding.runs.iter().map(|run| run.id).collect(),
    };
    let list = List {
        form: FORM,
        through: state.through,
        next_run: state.next_run,
        workspaces: state.holdings.iter().map(entry).collect(),
    };
    let bytes = serde_json::to_vec(&list).map_err(|e| StoreError::Unavailable(Box::new(e)))?;
    let mut draft = shelf.create(LIST)?;
    draft.write(&bytes)?;
    draft.finish()
}

/// Reads what the list names; `None` where there is no list of this form.
pub(super) fn read_list(shelf: &dyn Shelf) -> Result<Option<State>, StoreError> {
    if !shelf.names()?.iter().any(|name| name == LIST) {
        return Ok(None);
    }
    let pages = shelf.open(LIST)?;
    let mut bytes = vec![0; usize::try_from(pages.bytes()).unwrap_or(0)];
    pages.read(0, &mut bytes)?;
    let Ok(list) = serde_json::from_slice::<List>(&bytes) else {
        return Ok(None);
    };
    if list.form != FORM {
        return Ok(None);
    }
    let mut state = State {
        through: list.through,
        next_run: list.next_run,
        ..State::default()
    };
    for entry in list.workspaces {
        let runs = entry
            .runs
            .iter()
            .map(|id| Run::open(shelf, *id).map(Arc::new));
        let holding = Holding {
            names: Arc::new(entry.names),
            runs: runs.collect::<Result<_, _>>()?,
            ..Holding::default()
        };
        state.holdings.insert(WorkspaceId(entry.workspace), holding);
    }
    Ok(Some(state))
}

/// Removes files that the state does not name.
pub(super) fn sweep(shelf: &dyn Shelf, state: &State) -> Result<(), StoreError> {
    let holdings = state.holdings.values();
    let runs = holdings.flat_map(|holding| holding.runs.iter().map(|run| file_name(run.id)));
    let named: std::collections::HashSet<String> = runs.chain([LIST.to_owned()]).collect();
    for name in shelf.names()? {
        if !named.contains(&name) {
            shelf.remove(&name)?;
        }
    }
    Ok(())
}
