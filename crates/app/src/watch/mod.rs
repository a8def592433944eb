//! The watch over KPIs outside of experiments: counting events by day and hour, looking once a day,
//! and at every hour where there is traffic enough, whether a series got worse, telling whom it concerns, and what people answer.
//!
//! The counts are derived from the log of events and made anew at every start. See docs/watch.md.

mod gather;
mod look;
mod tell;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::library::Kpi;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::watch::{
    Act, DaySeries, Hour, HourSeries, Regression, RegressionState, Settled, Subject, Tally, around,
    day_number, hour_number, told,
};

pub(crate) use gather::happened;
pub(crate) use look::KNOWN_MAX;
pub use look::{look, look_by_hour};
pub use tell::shown_unit;

use crate::context::Context;
use crate::library::main_settings;
use crate::work::Work;
use crate::{Error, Result};

/// Seconds after which it is seen whether a new day has begun.
pub const TICK_SECONDS: u64 = 300;
/// Events read from the log at a time.
const EVENTS_PER_READ: usize = 20_000;

/// What the last look at a workspace saw.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Looked {
    /// When.
    pub at: Time,
    /// Series that are judged.
    pub watched: usize,
    /// Series with too few days yet.
    pub too_short: usize,
    /// Series with too few outcomes a day.
    pub too_thin: usize,
    /// False alarms that the workspace accepts in a year, all series together.
    pub yearly: f64,
    /// The score that a change must reach in each of these series.
    pub limit: f64,
    /// Series that are judged by the hour, too.
    pub by_hour: usize,
    /// The score that a fall of the newest hours must reach.
    pub hour_limit: f64,
    /// The hour in which hours were looked at last.
    pub hour: Option<i64>,
    /// Regressions found by this look.
    pub opened: usize,
    /// Regressions that are over since this look.
    pub resolved: usize,
}

#[derive(Default)]
struct State {
    through: i64,
    /// The end of the log was reached since the start.
    is_counted: bool,
    tallies: HashMap<WorkspaceId, Tally>,
    looked: HashMap<WorkspaceId, Looked>,
}

/// Events counted by day.
#[derive(Default)]
pub struct Watch {
    state: Mutex<State>,
    turn: tokio::sync::Mutex<()>,
}

impl Watch {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a workspace whose events were removed.
    pub fn forget(&self, workspace: WorkspaceId) {
        let mut state = self.lock();
        state.tallies.remove(&workspace);
        state.looked.remove(&workspace);
    }

    /// A series up to a day that is not in it.
    pub fn series(
        &self,
        workspace: WorkspaceId,
        subject: &Subject,
        kpi: &Kpi,
        until: i64,
    ) -> DaySeries {
        let state = self.lock();
        let empty = Tally::default();
        let tally = state.tallies.get(&workspace).unwrap_or(&empty);
        tally.series(subject, kpi, until)
    }

    /// A series by the hour, as far as it has come in; nothing where no hours are kept.
    pub(crate) fn hours(
        &self,
        workspace: WorkspaceId,
        subject: &Subject,
        kpi: &Kpi,
        now: Time,
    ) -> Option<HourSeries> {
        let state = self.lock();
        let tally = state.tallies.get(&workspace)?;
        tally
            .has_hours(subject)
            .then(|| tally.hours(subject, kpi, now))
    }

    /// How often a KPI was reported.
    pub(crate) fn reported(&self, workspace: WorkspaceId, kpi: &str) -> u64 {
        let state = self.lock();
        let tally = state.tallies.get(&workspace);
        tally.map_or(0, |tally| tally.reported(kpi))
    }

    /// The subjects that are known, each with the KPIs reported for it.
    fn subjects(&self, workspace: WorkspaceId) -> Vec<(Subject, Vec<String>)> {
        let state = self.lock();
        let Some(tally) = state.tallies.get(&workspace) else {
            return Vec::new();
        };
        let each = tally.subjects().map(|subject| {
            let kpis = tally.kpis_of(subject).into_iter().map(str::to_owned);
            (subject.clone(), kpis.collect())
        });
        each.collect()
    }

    /// Whether all events from before the start are counted.
    pub(crate) fn is_counted(&self) -> bool {
        self.lock().is_counted
    }

    fn looked(&self, workspace: WorkspaceId) -> Option<Looked> {
        self.lock().looked.get(&workspace).copied()
    }
}

/// Counts what came in since the last time.
pub async fn catch_up(ctx: &Context) -> Result<()> {
    let _turn = ctx.watch.turn.lock().await;
    loop {
        let through = ctx.watch.lock().through;
        let events = ctx.log.scan(through, EVENTS_PER_READ).await?;
        let Some(last) = events.last() else {
            ctx.watch.lock().is_counted = true;
            return Ok(());
        };
        let last = last.seq;
        {
            let mut state = ctx.watch.lock();
            for stored in &events {
                let tally = state.tallies.entry(stored.workspace).or_default();
                tally.take(&stored.event, stored.received);
            }
            state.through = last;
        }
        tokio::task::yield_now().await;
    }
}

/// Counts what came in, and looks at each workspace whose day, or hour, has ended since the last look.
pub async fn tick(ctx: &Context) -> Result<()> {
    catch_up(ctx).await?;
    let now = ctx.clock.now();
    let (today, hour) = (day_number(now), hour_number(now));
    for workspace in crate::setup::workspaces(ctx).await? {
        let mut looked = ctx.watch.looked(workspace.id);
        if looked.is_none_or(|looked| day_number(looked.at) < today) {
            looked = Some(look(ctx, workspace.id).await?);
        }
        if looked.is_some_and(|looked| looked.hour < Some(hour)) {
            look_by_hour(ctx, workspace.id).await?;
        }
    }
    Ok(())
}

/// A regression with what belongs beside it.
#[derive(Debug, Clone)]
pub struct ShownRegression {
    /// The regression.
    pub regression: Regression,
    /// The definition of its KPI, where the library still has it.
    pub kpi: Option<Kpi>,
    /// Its newest days.
    pub series: DaySeries,
    /// The hours around it where it was found by the hour, each with what is usual.
    pub hours: Vec<(Hour, Option<f64>)>,
    /// What changed just before it fell, in a sentence.
    pub told: String,
}

/// The regressions of a workspace, and what the last look saw.
#[derive(Debug, Clone)]
pub struct Regressions {
    /// Those asked for; open ones first, by what is at stake.
    pub items: Vec<ShownRegression>,
    /// What the last look saw; nothing before the first one.
    pub looked: Option<Looked>,
}

/// Days shown with a regression.
const DAYS_SHOWN: usize = 84;

/// Lists regressions: those that wait by what is at stake, then the others, newest first.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    open_only: bool,
    below: Option<i64>,
    limit: usize,
) -> Result<Regressions> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let mut rows = work
        .tx
        .regressions(actor.workspace, open_only, below, limit)
        .await?;
    rows.sort_by(|a, b| {
        let order = b.state.is_open().cmp(&a.state.is_open());
        let (one, other) = (a.rank(), b.rank());
        let by_stake = other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1));
        let by_stake = if a.state.is_open() {
            by_stake
        } else {
            std::cmp::Ordering::Equal
        };
        order.then(by_stake).then(b.number.cmp(&a.number))
    });
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(shown(ctx, &mut work, row).await?);
    }
    Ok(Regressions {
        items,
        looked: ctx.watch.looked(actor.workspace),
    })
}

/// One regression.
pub async fn get(ctx: &Context, actor: &Actor, number: i64) -> Result<ShownRegression> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let row = load(&mut work, number).await?;
    shown(ctx, &mut work, row).await
}

async fn load(work: &mut Work, number: i64) -> Result<Regression> {
    let row = work.tx.regression(work.workspace, number).await?;
    row.ok_or_else(|| Error::not_found("regression", number))
}

async fn shown(ctx: &Context, work: &mut Work, regression: Regression) -> Result<ShownRegression> {
    let (library, _) = main_settings(work).await?;
    let kpi = library.kpis.get(&regression.kpi).cloned();
    let today = day_number(ctx.clock.now());
    let mut series = match &kpi {
        Some(kpi) => ctx
            .watch
            .series(work.workspace, &regression.subject, kpi, today),
        None => DaySeries {
            kind: variorum_domain::library::KpiKind::Count,
            direction: variorum_domain::library::Direction::Up,
            per_exposure: regression.found.per_exposure,
            days: Vec::new(),
        },
    };
    let span = kpi.as_ref().zip(regression.found.hours);
    let hours = span.and_then(|(kpi, span)| {
        let now = ctx.clock.now();
        let series = ctx
            .watch
            .hours(work.workspace, &regression.subject, kpi, now)?;
        Some(around(&series, span))
    });
    let old = series.days.len().saturating_sub(DAYS_SHOWN);
    series.days.drain(..old);
    Ok(ShownRegression {
        told: told(&regression.subject, &regression.suspects),
        regression,
        kpi,
        series,
        hours: hours.unwrap_or_default(),
    })
}

/// Takes a regression on, or says that it needs no work.
pub async fn answer(
    ctx: &Context,
    actor: &Actor,
    number: i64,
    act: Act,
    reason: &str,
) -> Result<ShownRegression> {
    access::check_somewhere(actor, Action::AnswerRegression)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut row = load(&mut work, number).await?;
    let path = match &row.subject {
        Subject::Prompt(prompt) => prompt.clone(),
        _ => String::new(),
    };
    access::check(actor, Action::AnswerRegression, &path)?;
    let settled = Settled {
        at: ctx.clock.now(),
        by: actor.id,
        by_name: actor.name.clone(),
        reason: reason.trim().to_owned(),
    };
    row.act(act, settled)?;
    work.tx.put_regression(actor.workspace, &row).await?;
    let action = match row.state {
        RegressionState::Dismissed => "regression.dismissed",
        _ => "regression.acknowledged",
    };
    let what = Happening::new(action, format!("regression:{number}"))
        .because(reason.trim())
        .with_evidence(tell::evidence(&row));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "regression", number.to_string());
    let mut work = Work::read(ctx, actor.workspace).await?;
    shown(ctx, &mut work, row).await
}
