//! How good the data is. Batches are counted as they arrive, in memory; what is new is written once a
//! minute. What was counted in the last minute before a crash is not known afterwards.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::event::{Event, EventError};
use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::quality::{
    Count, Counts, Finding, HOUR_US, Measure, QUALITY_HOURS_MAX, UPLOAD_SOURCE, findings,
};

use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Seconds after which what is new is written.
pub const NOTE_SECONDS: u64 = 60;

/// Who sent what in which hour.
type Key = (WorkspaceId, i64, String);

/// Counts that are not written yet.
#[derive(Debug, Default)]
pub struct Tallies(Mutex<HashMap<Key, Counts>>);

impl Tallies {
    fn with(&self, key: Key, count: impl FnOnce(&mut Counts)) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count(known.entry(key).or_default());
    }

    fn take(&self) -> HashMap<Key, Counts> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn hour(time: Time) -> i64 {
    time.0.div_euclid(HOUR_US)
}

/// Counts a batch that was sent live, and what became of it.
pub(crate) fn note_batch(
    ctx: &Context,
    actor: &Actor,
    counts: &Counts,
    (accepted, duplicate): (usize, usize),
) {
    let key = (actor.workspace, hour(ctx.clock.now()), actor.name.clone());
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    ctx.quality.with(key, |known| {
        known.merge(counts);
        known.add(Measure::Accepted, "", whole(accepted));
        known.add(Measure::Duplicate, "", whole(duplicate));
    });
}

/// Counts events that were refused, by code; a KPI that is not known by its name.
pub fn note_refused<'a>(
    ctx: &Context,
    actor: &Actor,
    refused: impl Iterator<Item = (&'a str, Option<&'a EventError>)>,
) {
    let mut counts = Counts::default();
    for (code, error) in refused {
        counts.add(Measure::Refused, code, 1);
        if let Some(EventError::UnknownKpi(kpi)) = error {
            counts.add(Measure::UnknownKpi, kpi, 1);
        }
    }
    if !counts.is_empty() {
        let key = (actor.workspace, hour(ctx.clock.now()), actor.name.clone());
        ctx.quality.with(key, |known| known.merge(&counts));
    }
}

/// Counts what a table brought; its series belong to the past, and are no sign of life.
pub(crate) fn note_upload(
    ctx: &Context,
    actor: &Actor,
    accepted: u64,
    duplicate: u64,
    refused: u64,
) {
    let key = (
        actor.workspace,
        hour(ctx.clock.now()),
        UPLOAD_SOURCE.to_owned(),
    );
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    ctx.quality.with(key, |known| {
        known.add(Measure::Accepted, "", whole(accepted));
        known.add(Measure::Duplicate, "", whole(duplicate));
        known.add(Measure::Refused, "in a table", whole(refused));
    });
}

/// The counts of a batch, made before it is handed on.
pub(crate) fn counts_of<'a>(events: impl Iterator<Item = &'a Event>, received: Time) -> Counts {
    let mut counts = Counts::default();
    counts.batch(events, received);
    counts
}

/// Writes down what was counted since the last time. Derived from what was sent and decided by nobody,
/// so it makes no audit entry.
pub async fn note(ctx: &Context) -> Result<()> {
    let taken = ctx.quality.take();
    let mut by_workspace: HashMap<WorkspaceId, Vec<Count>> = HashMap::new();
    for ((workspace, hour, source), counts) in &taken {
        let rows = by_workspace.entry(*workspace).or_default();
        rows.extend(counts.rows(*hour, source));
    }
    let oldest = hour(ctx.clock.now()) - QUALITY_HOURS_MAX;
    for (workspace, mut rows) in by_workspace {
        rows.sort();
        let mut work = Work::begin(ctx, workspace).await?;
        work.tx.add_quality(workspace, &rows).await?;
        work.tx.forget_quality(workspace, oldest).await?;
        work.commit().await?;
    }
    Ok(())
}

/// How good the data is.
#[derive(Debug, Clone)]
pub struct Quality {
    /// The first hour looked at, in hours since 1970.
    pub since_hour: i64,
    /// The counts, by hour.
    pub counts: Vec<Count>,
    /// What needs attention, the worst first.
    pub findings: Vec<Finding>,
}

/// How good the data of the last hours is.
pub async fn report(ctx: &Context, actor: &Actor, hours: i64) -> Result<Quality> {
    access::check(actor, Action::Read, "")?;
    // What was counted just now belongs to it, too.
    note(ctx).await?;
    let now = ctx.clock.now();
    let since_hour = hour(now) - hours.clamp(1, QUALITY_HOURS_MAX);
    let mut work = Work::read(ctx, actor.workspace).await?;
    let counts = work.tx.quality(actor.workspace, since_hour).await?;
    Ok(Quality {
        since_hour,
        findings: findings(&counts, now),
        counts,
    })
}
