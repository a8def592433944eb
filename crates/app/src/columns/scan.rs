//! Reading the columns unit by unit, on several cores.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use variorum_domain::columns::{
    Block, Dictionary, Filter, Needs, Source, UnitCode, UnitRows, UnitScan, merge_units,
};
use variorum_domain::id::WorkspaceId;
use variorum_ports::StoreError;

use super::runs::RunReader;
use super::{Holding, Tail};
use crate::context::Context;
use crate::{Error, Result};

/// Threads of one scan.
const THREADS_MAX: usize = 8;
/// Parts of the units for each thread, so that none waits long for the others.
const PARTS_PER_THREAD: usize = 8;

/// What is made of the units; each thread has one of its own, at the end they become one.
pub trait UnitFold: Clone + Send + Sync + 'static {
    /// Takes a unit with its wanted events, in order of time. Each unit comes once.
    fn unit(&mut self, unit: UnitCode, rows: UnitRows<'_>);

    /// Takes in what another thread made of other units.
    fn absorb(&mut self, other: Self);

    /// What it looks at in each row.
    fn needs(&self) -> Needs {
        Needs::ALL
    }
}

/// What a scan came to.
#[derive(Debug, Clone)]
pub struct Scanned<F> {
    /// What was made of the units.
    pub fold: F,
    /// The names behind the codes.
    pub names: Arc<Dictionary>,
    /// The place of the newest event that is in it.
    pub through_seq: i64,
}

/// Ends a scan when whoever asked has gone.
pub(super) struct Cancel(pub(super) Arc<AtomicBool>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Scans a workspace's events as they stand in the columns. `make` gives an empty fold; a fold asks
/// for attributes by their place in `attributes`. Whoever drops the answer ends the scan.
pub async fn scan<F: UnitFold>(
    ctx: &Context,
    workspace: WorkspaceId,
    filter: &Filter,
    attributes: &[String],
    make: impl FnOnce(&Dictionary) -> F,
) -> Result<Scanned<F>> {
    let stopped = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    let permit = ctx.columns.scans.clone().acquire_owned().await;
    let permit = permit.map_err(|error| stopped(&error))?;
    let state = ctx.columns.state.load_full();
    let holding = state.holding(workspace);
    let names = holding.names.clone();
    let keys = attributes.iter().map(|key| names.attribute(key)).collect();
    let fold = make(&names);
    let wanted = UnitScan::new(filter.compile(&names), keys).needing(fold.needs());
    let cancelled = Arc::new(AtomicBool::new(false));
    let cancel = Cancel(cancelled.clone());
    let task = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        in_parts(&holding, &wanted, &fold, &cancelled)
    });
    let fold = task.await.map_err(|error| stopped(&error))??;
    drop(cancel);
    Ok(Scanned {
        fold,
        names,
        through_seq: state.through,
    })
}

/// Folds all units of a holding, on all cores.
pub(super) fn in_parts<F: UnitFold>(
    holding: &Holding,
    wanted: &UnitScan,
    empty: &F,
    cancelled: &Arc<AtomicBool>,
) -> std::result::Result<F, StoreError> {
    let parts = threads() * PARTS_PER_THREAD;
    let columns: Arc<[usize]> = wanted.columns().into();
    let work = |part: usize, fold: &mut F| {
        let units = units_of(part, parts);
        let sources = sources(holding, &units, &columns, cancelled);
        merge_units(sources, &units, wanted, &mut |unit, rows| {
            fold.unit(unit, rows);
        })
    };
    in_parallel(parts, empty, work, F::absorb)
}

/// Threads of one scan.
pub(super) fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.min(THREADS_MAX)
}

/// Does the parts of one piece of work on all cores, and joins what came of them.
pub(super) fn in_parallel<F: Clone + Send + Sync>(
    parts: usize,
    empty: &F,
    work: impl Fn(usize, &mut F) -> std::result::Result<(), StoreError> + Sync,
    join: impl Fn(&mut F, F),
) -> std::result::Result<F, StoreError> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut fold = empty.clone();
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                return Ok(fold);
            }
            work(part, &mut fold)?;
        }
    };
    let others = threads().min(parts).max(1) - 1;
    let folds: Vec<std::result::Result<F, StoreError>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..others).map(|_| scope.spawn(work)).collect();
        let own = work();
        let joined = workers.into_iter().map(|worker| {
            let lost = || StoreError::Unavailable("a thread of the scan broke".into());
            worker.join().unwrap_or_else(|_| Err(lost()))
        });
        std::iter::once(own).chain(joined).collect()
    });
    let mut all = empty.clone();
    for fold in folds {
        join(&mut all, fold?);
    }
    Ok(all)
}

/// The units of one of several equal parts.
fn units_of(part: usize, parts: usize) -> RangeInclusive<u64> {
    let width = u64::MAX / parts as u64;
    let first = part as u64 * width;
    let last = if part + 1 == parts {
        u64::MAX
    } else {
        first + width - 1
    };
    first..=last
}

fn sources(
    holding: &Holding,
    units: &RangeInclusive<u64>,
    columns: &Arc<[usize]>,
    cancelled: &Arc<AtomicBool>,
) -> Vec<Either> {
    let mut sources: Vec<Either> = Vec::with_capacity(holding.runs.len() + 1);
    for run in &holding.runs {
        let places = run.index.within(units);
        let reader = RunReader::new(
            run.clone(),
            places,
            columns.clone(),
            Some(cancelled.clone()),
        );
        sources.push(Either::Run(reader));
    }
    let is_before = |block: &Block| block.bounds().is_none_or(|(_, last)| last < *units.start());
    sources.push(Either::Tail {
        next: holding.tail.blocks().partition_point(is_before),
        tail: holding.tail.clone(),
    });
    sources
}

enum Either {
    Run(RunReader),
    Tail { tail: Arc<Tail>, next: usize },
}

impl Source for Either {
    type Error = StoreError;

    fn next(&mut self, block: &mut Block) -> std::result::Result<bool, StoreError> {
        match self {
            Self::Run(reader) => reader.next(block),
            Self::Tail { tail, next } => {
                let Some(found) = tail.blocks().get(*next) else {
                    return Ok(false);
                };
                *next += 1;
                block.clone_from(found);
                Ok(true)
            }
        }
    }
}
