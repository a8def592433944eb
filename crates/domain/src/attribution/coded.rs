//! Journeys from the columns: what a touch is called is looked up once for each code.

use std::sync::Arc;

use super::journeys::{By, Journeys, Moment, Rules, Versions, What, versioned};
use crate::columns::{CodeMap, Dictionary, NO_ARM, Names, Needs, Row, UnitRows};
use crate::event::EventKind;
use crate::id::Time;
use crate::library::KpiKind;

/// What a touch is told apart by: its code, and its version where versions are named.
type Key = (u32, Option<i64>);

/// [`Versions`] by the codes of prompts.
#[derive(Debug, Default)]
struct CodedVersions {
    arms: CodeMap<(i64, u8), (u32, i64)>,
    live: CodeMap<u32, Vec<(Time, i64)>>,
}

impl CodedVersions {
    fn new(versions: &Versions, prompts: &Names) -> Self {
        let mut coded = Self::default();
        for ((rollout, arm), (prompt, version)) in &versions.arms {
            if let Some(prompt) = prompts.find(prompt) {
                coded.arms.insert((rollout.0, *arm), (prompt, *version));
            }
        }
        for (prompt, live) in &versions.live {
            if let Some(prompt) = prompts.find(prompt) {
                coded.live.insert(prompt, live.clone());
            }
        }
        coded
    }

    /// The version that an exposure showed, as [`Versions::of`] tells it.
    fn of(&self, row: &Row) -> Option<i64> {
        if row.rollout > 0
            && row.arm != NO_ARM
            && let Some((prompt, version)) = self.arms.get(&(row.rollout, row.arm))
            && *prompt == row.prompt
        {
            return Some(*version);
        }
        let live = self.live.get(&row.prompt)?;
        let after = live.partition_point(|(since, _)| since.0 <= row.time);
        let (_, version) = live.get(after.checked_sub(1)?)?;
        Some(*version)
    }
}

/// Journeys of units whose events are coded.
#[derive(Debug, Clone)]
pub struct CodedJourneys {
    journeys: Journeys,
    rules: Arc<Rules>,
    versions: Arc<CodedVersions>,
    /// The channels, or the prompts.
    names: Arc<Names>,
    goal: Option<u32>,
    touch_kpis: Vec<u32>,
    places: CodeMap<Key, Option<u16>>,
    moments: Vec<Moment>,
    events: u64,
}

impl CodedJourneys {
    /// Nothing taken in yet.
    pub fn new(rules: &Rules, versions: &Versions, names: &Dictionary) -> Self {
        let touch_kpis = rules.touch_kpis.iter();
        Self {
            journeys: Journeys::new(rules, versions),
            goal: names.kpis.find(&rules.goal),
            touch_kpis: touch_kpis.filter_map(|kpi| names.kpis.find(kpi)).collect(),
            names: Arc::new(match rules.by {
                By::Channel => names.channels.clone(),
                By::Prompt | By::Version => names.prompts.clone(),
            }),
            rules: Arc::new(rules.clone()),
            versions: Arc::new(CodedVersions::new(versions, &names.prompts)),
            places: CodeMap::default(),
            moments: Vec::new(),
            events: 0,
        }
    }

    /// Takes in a unit with its exposures and the outcomes that count.
    pub fn unit(&mut self, rows: UnitRows<'_>) {
        let mut moments = std::mem::take(&mut self.moments);
        moments.clear();
        self.events += rows.rows.len() as u64;
        for row in rows.rows {
            if row.time >= self.rules.until.0 {
                continue;
            }
            if let Some(what) = self.what(row) {
                moments.push(Moment {
                    time: Time(row.time),
                    what,
                });
            }
        }
        self.journeys.moments(&mut moments);
        self.moments = moments;
    }

    fn what(&mut self, row: &Row) -> Option<What> {
        if row.kind == EventKind::Outcome {
            if Some(row.kpi) == self.goal {
                let is_yes = self.rules.kind == KpiKind::Conversion;
                return Some(What::Conversion(if is_yes { 1 } else { row.value }));
            }
            if !self.touch_kpis.contains(&row.kpi) {
                return None;
            }
        }
        let key = match self.rules.by {
            By::Channel => (row.channel, None),
            By::Prompt => (row.prompt, None),
            By::Version => (row.prompt, self.versions.of(row)),
        };
        let place = match self.places.get(&key) {
            Some(known) => *known,
            None => self.name(key),
        };
        if place.is_none() {
            self.journeys.leave_out();
        }
        place.map(What::Touch)
    }

    fn name(&mut self, key: Key) -> Option<u16> {
        let text = self.names.text(key.0).unwrap_or("(other)");
        let place = self.journeys.place_of_name(&versioned(text, key.1));
        self.places.insert(key, place);
        place
    }

    /// What it looks at in each row.
    pub fn needs(&self) -> Needs {
        Needs {
            arms: self.rules.by == By::Version,
            prompts: self.rules.by != By::Channel,
        }
    }

    /// Takes in what was made of other units.
    pub fn absorb(&mut self, other: &Self) {
        self.journeys.absorb(&other.journeys);
        self.events += other.events;
        // Names that were given a place meanwhile are looked up again.
        self.places.clear();
    }

    /// The journeys, and how many events they were made of.
    pub fn finish(self) -> (Journeys, u64) {
        (self.journeys, self.events)
    }
}
