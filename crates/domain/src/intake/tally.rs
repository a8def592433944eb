//! What a table comes to: counted row by row, in bounded memory.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{REFUSALS_SHOWN_MAX, RowFault};
use crate::event::{Event, EventKind};
use crate::fold::Seen;
use crate::id::{RolloutNumber, Time};
use crate::limits::EVENT_AGE_DAYS_MAX;

/// Values of one kind that are named, e.g. KPIs; a table with more is counted, not listed.
const NAMED_MAX: usize = 100;

/// A refused row that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its line.
    pub line: u64,
    /// What is wrong.
    pub fault: RowFault,
}

/// What a table brings of one KPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KpiTally {
    /// Outcomes.
    pub outcomes: u64,
    /// Their sum in the smallest unit.
    pub sum: i128,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is new.
    New,
    /// Its id is known.
    Known,
}

/// What a table comes to.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Rows read.
    pub rows: u64,
    /// Rows that are new events.
    pub accepted: u64,
    /// Rows whose events are known.
    pub duplicate: u64,
    /// Rows that are refused.
    pub refused: u64,
    /// How many, by code.
    pub refused_by_code: BTreeMap<&'static str, u64>,
    /// The first of them.
    pub refusals: Vec<Refusal>,
    /// Exposures among the new ones.
    pub exposures: u64,
    /// Outcomes among the new ones.
    pub outcomes: u64,
    /// The earliest new event.
    pub from: Option<Time>,
    /// The latest new event.
    pub to: Option<Time>,
    /// What the new ones bring, by KPI.
    pub kpis: BTreeMap<String, KpiTally>,
    /// Exposures among the new ones, by rollout.
    pub rollouts: BTreeMap<RolloutNumber, u64>,
    /// Channels named.
    pub channels: BTreeSet<String>,
    /// New events that are older than the live door takes.
    pub backfilled: u64,
    /// New events that happened before one that stands above them in the table.
    pub out_of_order: u64,
    units: HashSet<u64>,
}

/// Whether an event is older than what arrives live may be.
pub fn is_backfill(event: &Event, now: Time) -> bool {
    event.time < now.plus_seconds(-EVENT_AGE_DAYS_MAX * 86_400)
}

impl Tally {
    /// Counts a row that is an event.
    pub fn take(&mut self, event: &Event, verdict: Verdict, now: Time) {
        self.rows += 1;
        if verdict == Verdict::Known {
            self.duplicate += 1;
            return;
        }
        self.accepted += 1;
        self.units.insert(Seen::key(&event.unit));
        self.backfilled += u64::from(is_backfill(event, now));
        self.out_of_order += u64::from(self.to.is_some_and(|latest| event.time < latest));
        self.from = Some(self.from.map_or(event.time, |from| from.min(event.time)));
        self.to = Some(self.to.map_or(event.time, |to| to.max(event.time)));
        if !event.channel.is_empty() && self.channels.len() < NAMED_MAX {
            self.channels.insert(event.channel.clone());
        }
        match event.kind {
            EventKind::Exposure => {
                self.exposures += 1;
                if let Some(number) = event.rollout
                    && (self.rollouts.contains_key(&number) || self.rollouts.len() < NAMED_MAX)
                {
                    *self.rollouts.entry(number).or_default() += 1;
                }
            }
            EventKind::Outcome => {
                self.outcomes += 1;
                let kpi = self.kpis.entry(event.kpi.clone()).or_default();
                kpi.outcomes += 1;
                kpi.sum += i128::from(event.value);
            }
        }
    }

    /// Counts a row that is refused.
    pub fn refuse(&mut self, line: u64, fault: RowFault) {
        self.rows += 1;
        self.refused += 1;
        *self.refused_by_code.entry(fault.code).or_default() += 1;
        if self.refusals.len() < REFUSALS_SHOWN_MAX {
            self.refusals.push(Refusal { line, fault });
        }
    }

    /// Different units among the new events.
    pub fn units(&self) -> usize {
        self.units.len()
    }
}
