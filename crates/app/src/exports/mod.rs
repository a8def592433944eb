//! Getting data out: raw events and results, a page at a time.

mod results;

use std::collections::{BTreeMap, VecDeque};

use serde_json::json;
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::event::EventKind;
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_domain::library::Kpi;
use variorum_ports::StoredEvent;

use crate::context::Context;
use crate::library::read;
use crate::work::Work;
use crate::{Error, Result};

pub use results::{Divisor, ResultRow, ResultsFilter, results};

/// Events read from the log at a time.
const EVENTS_PER_READ: usize = 20_000;
/// Events handed out at a time.
const EVENTS_PER_PAGE: usize = 20_000;

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct EventsFilter {
    /// Not before.
    pub from: Option<Time>,
    /// Before.
    pub to: Option<Time>,
    /// Only of this kind.
    pub kind: Option<EventKind>,
    /// Only of this prompt.
    pub prompt: Option<String>,
    /// Only of this KPI.
    pub kpi: Option<String>,
    /// Only of this channel.
    pub channel: Option<String>,
    /// Only of this rollout.
    pub rollout: Option<RolloutNumber>,
}

impl EventsFilter {
    fn fits(&self, row: &StoredEvent) -> bool {
        let event = &row.event;
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        self.from.is_none_or(|from| event.time >= from)
            && self.to.is_none_or(|to| event.time < to)
            && self.kind.is_none_or(|kind| event.kind == kind)
            && self
                .rollout
                .is_none_or(|number| event.rollout == Some(number))
            && is(&self.prompt, &event.prompt)
            && is(&self.kpi, &event.kpi)
            && is(&self.channel, &event.channel)
    }
}

/// Events on their way out: those that were there when it began.
pub struct EventsOut {
    workspace: WorkspaceId,
    filter: EventsFilter,
    after: i64,
    through: i64,
    ready: VecDeque<StoredEvent>,
    /// The KPIs as the library defines them, for their decimals.
    pub kpis: BTreeMap<String, Kpi>,
}

/// Begins to take events out. That it was done is in the audit log, since events tell of people.
pub async fn events(ctx: &Context, actor: &Actor, filter: EventsFilter) -> Result<EventsOut> {
    access::check(actor, Action::ExportEvents, "")?;
    if let (Some(from), Some(to)) = (filter.from, filter.to)
        && from >= to
    {
        return Err(Error::invalid("`from` must lie before `to`"));
    }
    let kpis = read::measured(ctx, actor).await?.kpis.clone();
    let through = ctx.log.last_seq().await?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let what = Happening::new("data.exported", "events".to_owned()).with_evidence(json!({
        "from": filter.from.map(|time| time.0),
        "to": filter.to.map(|time| time.0),
        "kind": filter.kind.map(EventKind::code),
        "prompt": filter.prompt,
        "kpi": filter.kpi,
        "channel": filter.channel,
        "rollout": filter.rollout.map(|number| number.0),
        "through_seq": through,
    }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    Ok(EventsOut {
        workspace: actor.workspace,
        filter,
        after: 0,
        through,
        ready: VecDeque::new(),
        kpis,
    })
}

impl EventsOut {
    /// The next events, in the order in which they arrived; `None` at the end.
    pub async fn next(&mut self, ctx: &Context) -> Result<Option<Vec<StoredEvent>>> {
        while self.ready.len() < EVENTS_PER_PAGE && self.after < self.through {
            let rows = ctx.log.scan(self.after, EVENTS_PER_READ).await?;
            let Some(last) = rows.last() else {
                self.after = self.through;
                break;
            };
            self.after = last.seq;
            let (workspace, through) = (self.workspace, self.through);
            let ours = rows
                .into_iter()
                .filter(|row| row.workspace == workspace && row.seq <= through);
            let fit: Vec<StoredEvent> = ours.filter(|row| self.filter.fits(row)).collect();
            self.ready.extend(fit);
        }
        let rows = self.ready.len().min(EVENTS_PER_PAGE);
        let page: Vec<StoredEvent> = self.ready.drain(..rows).collect();
        Ok(Some(page).filter(|page| !page.is_empty()))
    }
}
