//! Sums over time that are kept with the sealed part of the columns, so that only what came later
//! is read anew.
//!
//! A run is never changed, so what was counted of it stays true. New rows belong to units that have
//! older ones, too: an answer is the kept sums, less what was counted of those units, plus what is
//! counted of them now. The result is that of a whole scan, to the last integer.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use variorum_domain::analysis::{LaneOf, SeriesFold, SeriesQuestion};
use variorum_domain::columns::{
    Block, Dictionary, Filter, InMemory, Needs, UnitCode, UnitRows, UnitScan, merge_units,
};
use variorum_domain::id::WorkspaceId;
use variorum_ports::StoreError;

use super::scan::{Cancel, Scanned, in_parallel, in_parts, threads};
use super::{Columns, Holding, State, Tail, UnitFold};
use crate::context::Context;
use crate::{Error, Result};

/// Sums that are kept, of all workspaces together.
const KEPT_MAX: usize = 48;
/// Sealings after which sums that nobody asked for meanwhile are forgotten.
const UNASKED_MAX: u32 = 32;
/// Seals whose sums are kept at a time.
const SEALS_MAX: usize = 2;
/// Parts of the touched units for each thread.
const PARTS_PER_THREAD: usize = 4;
/// Touched units that are worth a part of their own.
const UNITS_PER_PART_MIN: usize = 256;

impl UnitFold for SeriesFold {
    fn unit(&mut self, _unit: UnitCode, rows: UnitRows<'_>) {
        Self::unit(self, rows);
    }

    fn absorb(&mut self, other: Self) {
        Self::absorb(self, other);
    }
}

/// What is sealed in one state of a holding; only itself is the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Seal(Arc<()>);

impl PartialEq for Seal {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What is asked, in codes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    workspace: WorkspaceId,
    wanted: UnitScan,
    question: SeriesQuestion,
}

#[derive(Debug, Clone)]
struct Entry {
    asked: Asked,
    /// The sums of the newest two seals: whoever asks may still see the one before.
    sums: Vec<(Seal, Arc<SeriesFold>)>,
    /// Sealings since somebody asked.
    unasked: u32,
}

impl Entry {
    fn at(&self, seal: &Seal) -> Option<&Arc<SeriesFold>> {
        let found = self.sums.iter().find(|(known, _)| known == seal);
        found.map(|(_, sums)| sums)
    }

    fn add(&mut self, seal: Seal, sums: Arc<SeriesFold>) {
        self.sums.push((seal, sums));
        if self.sums.len() > SEALS_MAX {
            self.sums.remove(0);
        }
    }
}

/// Sums by question and sealed part, the one asked last at the end.
#[derive(Debug, Default)]
pub(super) struct Kept {
    entries: Mutex<Vec<Entry>>,
}

impl Kept {
    fn find(&self, asked: &Asked, seal: &Seal) -> Option<Arc<SeriesFold>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let place = entries.iter().position(|entry| entry.asked == *asked)?;
        let sums = entries[place].at(seal)?.clone();
        let mut found = entries.remove(place);
        found.unasked = 0;
        entries.push(found);
        Some(sums)
    }

    fn keep(&self, asked: Asked, seal: Seal, sums: Arc<SeriesFold>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = entries.iter().position(|entry| entry.asked == asked);
        let mut entry = match known {
            Some(place) => entries.remove(place),
            None => Entry {
                asked,
                sums: Vec::new(),
                unasked: 0,
            },
        };
        entry.add(seal, sums);
        if entries.len() >= KEPT_MAX {
            entries.remove(0);
        }
        entries.push(entry);
    }

    /// Forgets everything; rows were taken out or made anew.
    pub(super) fn forget(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.clear();
    }

    /// Takes the tails that were just sealed into the sums.
    pub(super) fn advance(&self, before: &State, sealed: &State) {
        let entries = {
            let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            entries.clone()
        };
        let never = AtomicBool::new(false);
        for Entry { asked, sums, .. } in entries {
            let before = before.holding(asked.workspace);
            let after = sealed.holding(asked.workspace);
            let known = sums.into_iter().find(|(seal, _)| *seal == before.seal);
            let Some((_, sums)) = known.filter(|_| before.seal != after.seal) else {
                continue;
            };
            // What cannot be read now is made anew when somebody asks.
            let sums = with_tail(&sums, &before, &asked, &never);
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(place) = entries.iter().position(|entry| entry.asked == asked) else {
                continue;
            };
            entries[place].unasked += 1;
            match sums {
                Ok(sums) if entries[place].unasked <= UNASKED_MAX => {
                    entries[place].add(after.seal, Arc::new(sums));
                }
                _ => {
                    entries.remove(place);
                }
            }
        }
    }
}

/// Sums of a KPI over time, as a whole scan would find them.
pub(crate) async fn series_sums(
    ctx: &Context,
    workspace: WorkspaceId,
    filter: &Filter,
    attributes: &[String],
    make: impl FnOnce(&Dictionary) -> SeriesQuestion,
) -> Result<Scanned<SeriesFold>> {
    let stopped = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    let permit = ctx.columns.scans.clone().acquire_owned().await;
    let permit = permit.map_err(|error| stopped(&error))?;
    let state = ctx.columns.state.load_full();
    let holding = state.holding(workspace);
    let names = holding.names.clone();
    let keys = attributes.iter().map(|key| names.attribute(key)).collect();
    let question = make(&names);
    let needs = Needs {
        arms: matches!(question.lanes, LaneOf::Version(_)),
        prompts: question.prompt.is_some(),
    };
    let asked = Asked {
        workspace,
        wanted: UnitScan::new(filter.compile(&names), keys).needing(needs),
        question,
    };
    let kept = ctx.columns.kept.clone();
    let cancelled = Arc::new(AtomicBool::new(false));
    let cancel = Cancel(cancelled.clone());
    let task = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        answer(&kept, &holding, &asked, &cancelled)
    });
    let fold = task.await.map_err(|error| stopped(&error))??;
    drop(cancel);
    Ok(Scanned {
        fold,
        names,
        through_seq: state.through,
    })
}

fn answer(
    kept: &Kept,
    holding: &Holding,
    asked: &Asked,
    cancelled: &Arc<AtomicBool>,
) -> std::result::Result<SeriesFold, StoreError> {
    let sums = match kept.find(asked, &holding.seal) {
        Some(sums) => sums,
        None => {
            let sealed = Holding {
                tail: Arc::<Tail>::default(),
                ..holding.clone()
            };
            let empty = SeriesFold::new(asked.question.clone());
            let sums = Arc::new(in_parts(&sealed, &asked.wanted, &empty, cancelled)?);
            kept.keep(asked.clone(), holding.seal.clone(), sums.clone());
            sums
        }
    };
    with_tail(&sums, holding, asked, cancelled)
}

/// What was counted of the touched units before, and what is counted of them with the tail.
#[derive(Clone)]
struct Changed {
    gone: SeriesFold,
    come: SeriesFold,
}

/// The sums of the runs, with the tail.
fn with_tail(
    sums: &SeriesFold,
    holding: &Holding,
    asked: &Asked,
    cancelled: &AtomicBool,
) -> std::result::Result<SeriesFold, StoreError> {
    let tail = holding.tail.blocks();
    let mut touched: Vec<u64> = Vec::new();
    for block in tail {
        touched.extend(asked.wanted.units_wanted(block));
    }
    // A unit may go on in the next block.
    touched.dedup();
    let mut all = sums.clone();
    if touched.is_empty() {
        return Ok(all);
    }
    let parts = threads() * PARTS_PER_THREAD;
    let size = touched.len().div_ceil(parts).max(UNITS_PER_PART_MIN);
    let pieces: Vec<&[u64]> = touched.chunks(size).collect();
    let empty = Changed {
        gone: SeriesFold::new(asked.question.clone()),
        come: SeriesFold::new(asked.question.clone()),
    };
    let work = |part: usize, changed: &mut Changed| {
        count_again(pieces[part], holding, &asked.wanted, changed, cancelled)
    };
    let join = |all: &mut Changed, other: Changed| {
        all.gone.absorb(other.gone);
        all.come.absorb(other.come);
    };
    let changed = in_parallel(pieces.len(), &empty, work, join)?;
    all.absorb(changed.come);
    all.take_away(&changed.gone);
    Ok(all)
}

fn count_again(
    units: &[u64],
    holding: &Holding,
    wanted: &UnitScan,
    changed: &mut Changed,
    cancelled: &AtomicBool,
) -> std::result::Result<(), StoreError> {
    let (Some(first), Some(last)) = (units.first(), units.last()) else {
        return Ok(());
    };
    let mut older: Vec<Vec<Block>> = Vec::with_capacity(holding.runs.len());
    for run in &holding.runs {
        older.push(run.blocks_of(units, wanted.columns(), cancelled)?);
    }
    let runs = || older.iter().map(|blocks| InMemory::new(blocks));
    let within = *first..=*last;
    merge_units(runs().collect(), &within, wanted, &mut |_, rows| {
        changed.gone.unit(rows);
    })?;
    let tail = holding.tail.blocks();
    let is_before = |block: &Block| block.bounds().is_none_or(|(_, last)| last < *first);
    let newer = InMemory::new(&tail[tail.partition_point(is_before)..]);
    let all = runs().chain([newer]).collect();
    merge_units(all, &within, wanted, &mut |_, rows| {
        changed.come.unit(rows);
    })
}

impl Columns {
    /// How many sums are kept; what they are is nobody's affair.
    pub fn sums_kept(&self) -> usize {
        let entries = self.kept.entries.lock();
        entries.unwrap_or_else(PoisonError::into_inner).len()
    }
}
