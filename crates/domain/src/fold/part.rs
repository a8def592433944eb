//! Cohorts that guards watch: which of them a unit belongs to, and the sums of each.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use variorum_stats::moments::Arm;
use variorum_stats::paired::PairedArm;

use super::judge::Sums;
use super::reading::{ArmReading, arm_reading};
use super::unit::{Measure, Unit};
use crate::event::Event;
use crate::library::Kpi;
use crate::rollout::{Cohorts, Guard, Watched};

/// A unit that is in none of a guard's cohorts.
const NONE: u8 = u8::MAX;
/// The facet that stands in every event.
const CHANNEL: &str = "channel";

/// The cohorts of a unit, guard by guard, under a short number; 0 where no guard asks.
pub(super) type CohortCode = u16;

/// One cohort of one guard at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortReading {
    /// The guard's KPI.
    pub kpi: String,
    /// The cohort, as `facet=value`.
    pub cohort: String,
    /// The sums of all arms, control first.
    pub arms: Vec<ArmReading>,
}

/// The sums of one cohort of one guard.
#[derive(Debug)]
struct Part {
    what: Watched,
    /// The place of the guard's KPI.
    place: usize,
    /// Where the guard's cohort stands in a unit's combination.
    asked: usize,
    level: u8,
    tallies: Vec<Arm>,
    ratios: Vec<PairedArm>,
}

/// All cohorts that guards watch.
#[derive(Debug, Default)]
pub(super) struct Parts {
    asked: Vec<Cohorts>,
    all: Vec<Part>,
    combinations: Vec<Box<[u8]>>,
    codes: HashMap<Box<[u8]>, CohortCode>,
}

impl Parts {
    pub(super) fn new(guards: &[Guard], kpis: &[Kpi], arms: usize) -> Self {
        let mut found = Self::default();
        for (guard, planned) in guards.iter().enumerate() {
            let Some(cohorts) = &planned.more.cohorts else {
                continue;
            };
            let asked = found.asked.len();
            found.asked.push(cohorts.clone());
            let place = kpis.iter().position(|kpi| kpi.id == planned.kpi);
            let is_ratio = place.is_some_and(|place| !kpis[place].parts().is_empty());
            for level in 0..cohorts.levels.len() {
                found.all.push(Part {
                    what: Watched {
                        guard,
                        level: Some(level),
                    },
                    place: place.unwrap_or(0),
                    asked,
                    level: u8::try_from(level).unwrap_or(NONE),
                    tallies: vec![Arm::default(); arms],
                    ratios: vec![PairedArm::default(); if is_ratio { arms } else { 0 }],
                });
            }
        }
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The cohorts of an exposure.
    pub(super) fn of_event(&self, event: &Event) -> Box<[u8]> {
        let attributes: Value = if self.asked.iter().any(|one| one.facet != CHANNEL) {
            serde_json::from_str(&event.attributes).unwrap_or(Value::Null)
        } else {
            Value::Null
        };
        let level = |cohorts: &Cohorts| {
            let value = match cohorts.facet.as_str() {
                CHANNEL => Some(event.channel.clone()),
                facet => plain(attributes.get(facet)),
            };
            let place = cohorts
                .levels
                .iter()
                .position(|level| value.as_deref() == Some(level));
            place
                .and_then(|place| u8::try_from(place).ok())
                .unwrap_or(NONE)
        };
        self.asked.iter().map(level).collect()
    }

    /// The number of a combination; beyond 65,535 combinations a unit is in no cohort.
    pub(super) fn code(&mut self, levels: Box<[u8]>) -> CohortCode {
        if let Some(known) = self.codes.get(&levels) {
            return *known;
        }
        let Ok(code) = CohortCode::try_from(self.combinations.len() + 1) else {
            return 0;
        };
        self.combinations.push(levels.clone());
        self.codes.insert(levels, code);
        code
    }

    /// The combination behind a number.
    pub(super) fn levels(&self, code: CohortCode) -> &[u8] {
        let place = usize::from(code).checked_sub(1);
        let found = place.and_then(|place| self.combinations.get(place));
        found.map_or(&[], |levels| levels)
    }

    /// The cohorts in which a unit with this combination is.
    fn of(&mut self, code: CohortCode) -> impl Iterator<Item = &mut Part> {
        let place = usize::from(code).checked_sub(1);
        let levels: &[u8] = match place.and_then(|place| self.combinations.get(place)) {
            Some(levels) => levels,
            None => &[],
        };
        self.all
            .iter_mut()
            .filter(move |part| levels.get(part.asked) == Some(&part.level))
    }

    /// Takes a unit out of its arm, or puts it into one.
    pub(super) fn place_unit(&mut self, unit: &Unit, arm: u8, measures: &[Measure], enters: bool) {
        let arm = usize::from(arm);
        for part in self.of(unit.cohorts) {
            let totals = unit.totals(&measures[part.place]);
            let (tally, is_ratio) = (&mut part.tallies[arm], !part.ratios.is_empty());
            if enters {
                tally.add_unit(totals.0);
            } else {
                tally.change_unit(totals.0, 0);
                tally.n -= 1;
            }
            if is_ratio {
                let ratio = &mut part.ratios[arm];
                if enters {
                    ratio.add_unit(totals);
                } else {
                    ratio.change_unit(totals, (0, 0));
                    ratio.n -= 1;
                }
            }
        }
    }

    /// The totals of a unit changed for the KPI at a place.
    pub(super) fn change_unit(
        &mut self,
        (code, arm): (CohortCode, u8),
        place: usize,
        before: (i64, i64),
        after: (i64, i64),
    ) {
        for part in self.of(code).filter(|part| part.place == place) {
            part.tallies[usize::from(arm)].change_unit(before.0, after.0);
            if let Some(ratio) = part.ratios.get_mut(usize::from(arm)) {
                ratio.change_unit(before, after);
            }
        }
    }

    /// The sums of the control and of a treatment in a cohort, if a unit with this combination is in
    /// it.
    pub(super) fn sums(
        &self,
        what: Watched,
        code: CohortCode,
        arm: u8,
    ) -> Option<(Sums<'_>, Sums<'_>)> {
        let part = self.all.iter().find(|part| part.what == what)?;
        let levels = self.levels(code);
        if levels.get(part.asked) != Some(&part.level) {
            return None;
        }
        let of = |arm: usize| Sums {
            arm: &part.tallies[arm],
            ratio: part.ratios.get(arm),
        };
        Some((of(0), of(usize::from(arm))))
    }

    /// Everything that is known of the cohorts.
    pub(super) fn readings(&self, guards: &[Guard]) -> Vec<CohortReading> {
        let reading = |part: &Part| {
            let guard = &guards[part.what.guard];
            CohortReading {
                kpi: guard.kpi.clone(),
                cohort: name(guard, part.what).unwrap_or_default(),
                arms: (0..part.tallies.len())
                    .map(|arm| arm_reading(&part.tallies[arm], part.ratios.get(arm), None))
                    .collect(),
            }
        };
        self.all.iter().map(reading).collect()
    }
}

/// The cohort of what is watched, as `facet=value`.
pub(super) fn name(guard: &Guard, what: Watched) -> Option<String> {
    let facet = &guard.more.cohorts.as_ref()?.facet;
    Some(format!("{facet}={}", guard.level(what.level)?))
}

/// An attribute's value as text.
fn plain(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        other @ (Value::Bool(_) | Value::Number(_)) => Some(other.to_string()),
        _ => None,
    }
}
