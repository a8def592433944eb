//! Events of a workspace, unit by unit in the order of time, held small.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use variorum_domain::attribution::{Rules, Sighting};
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::event::EventKind;
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};

use crate::Result;
use crate::context::Context;

/// The newest events of the log that one question looks at.
const EVENTS_MAX: i64 = 2_000_000;
/// Events read from the log at a time.
const EVENTS_PER_READ: usize = 20_000;

struct Row {
    unit: u64,
    time: i64,
    value: i64,
    rollout: i64,
    prompt: u32,
    kpi: u32,
    channel: u32,
    kind: EventKind,
    arm: Option<u8>,
}

/// What was read.
pub(super) struct Read {
    rows: Vec<Row>,
    names: Vec<String>,
    is_cut: bool,
}

/// Names by number, each once.
#[derive(Default)]
struct Names {
    places: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.places.insert(name.to_owned(), place);
        self.names.push(name.to_owned());
        place
    }
}

fn key(unit: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    unit.hash(&mut hasher);
    hasher.finish()
}

/// Reads what the rules look at: the period and the lookback before it.
pub(super) async fn read(ctx: &Context, workspace: WorkspaceId, rules: &Rules) -> Result<Read> {
    let last = ctx.log.last_seq().await?;
    let mut after = (last - EVENTS_MAX).max(0);
    let is_cut = after > 0;
    let from = rules.from.plus_seconds(-rules.lookback_days * DAY_SECONDS);
    let mut names = Names::default();
    let mut rows = Vec::new();
    loop {
        let events = ctx.log.scan(after, EVENTS_PER_READ).await?;
        let Some(newest) = events.last() else { break };
        after = newest.seq;
        for stored in &events {
            let event = &stored.event;
            let wanted = stored.workspace == workspace
                && from <= event.time
                && event.time < rules.until
                && (event.kind == EventKind::Exposure
                    || event.kpi == rules.goal
                    || rules.touch_kpis.contains(&event.kpi));
            if wanted {
                rows.push(Row {
                    unit: key(&event.unit),
                    time: event.time.0,
                    value: event.value,
                    rollout: event.rollout.map_or(0, |number| number.0),
                    prompt: names.place(&event.prompt),
                    kpi: names.place(&event.kpi),
                    channel: names.place(&event.channel),
                    kind: event.kind,
                    arm: event.arm.filter(|_| event.rollout.is_some()),
                });
            }
        }
        tokio::task::yield_now().await;
    }
    let names = names.names;
    // Stable, so that events of the same moment stay as they came in.
    rows.sort_by_key(|row| (row.unit, row.time));
    Ok(Read {
        rows,
        names,
        is_cut,
    })
}

impl Read {
    pub(super) fn units(&self) -> impl Iterator<Item = impl Iterator<Item = Sighting<'_>>> {
        let units = self.rows.chunk_by(|a, b| a.unit == b.unit);
        units.map(|rows| rows.iter().map(|row| self.sighting(row)))
    }

    fn sighting(&self, row: &Row) -> Sighting<'_> {
        let name = |place: u32| {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            self.names.get(place).map_or("", String::as_str)
        };
        Sighting {
            kind: row.kind,
            time: Time(row.time),
            prompt: name(row.prompt),
            arm: row.arm.map(|arm| (RolloutNumber(row.rollout), arm)),
            kpi: name(row.kpi),
            value: row.value,
            channel: name(row.channel),
        }
    }

    pub(super) fn events(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }
}
