//! From a unit's events to journeys, and from journeys to paths.

use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;
use variorum_stats::attribution::Credit;
use variorum_stats::attribution::rules::decay;

use crate::columns::CodeMap;
use crate::event::{Event, EventKind};
use crate::id::{RolloutNumber, Time};
use crate::library::KpiKind;
use crate::limits::{
    ATTRIBUTED_NAMES_MAX, LOOKBACK_DAYS_MAX, PATHS_KEPT_MAX, TOUCHES_PER_JOURNEY_MAX,
};

/// What a touch is named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum By {
    /// The channel.
    #[default]
    Channel,
    /// The prompt.
    Prompt,
    /// The prompt and the version that was shown.
    Version,
}

impl By {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Prompt => "prompt",
            Self::Version => "version",
        }
    }

    /// What is named so.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Channel, Self::Prompt, Self::Version]
            .into_iter()
            .find(|by| by.name() == name)
    }
}

/// Which version of a prompt was shown, for [`By::Version`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// In rollouts: the prompt that was tried and its version, by rollout and arm.
    pub arms: HashMap<(RolloutNumber, u8), (String, i64)>,
    /// Outside of them: from when on which version of a prompt was live, in order of time.
    pub live: HashMap<String, Vec<(Time, i64)>>,
}

impl Versions {
    /// The version that an exposure showed, where it is known.
    pub fn of(&self, prompt: &str, arm: Option<(RolloutNumber, u8)>, at: Time) -> Option<i64> {
        let tried = arm.and_then(|arm| self.arms.get(&arm));
        if let Some((_, version)) = tried.filter(|(tried, _)| tried == prompt) {
            return Some(*version);
        }
        let live = self.live.get(prompt)?;
        let after = live.partition_point(|(since, _)| *since <= at);
        let (_, version) = live.get(after.checked_sub(1)?)?;
        Some(*version)
    }
}

/// What counts as a touch and what as a conversion.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The KPI whose outcomes end a journey.
    pub goal: String,
    /// What kind of KPI it is: the value of conversions is 1.
    pub kind: KpiKind,
    /// What touches are named by.
    pub by: By,
    /// How long before a conversion a touch still counts.
    pub lookback_days: i64,
    /// KPIs whose outcomes are touches, too, such as clicks and visits.
    pub touch_kpis: Vec<String>,
    /// The name of what has no channel of its own, such as `direct`; last-non-direct passes over it.
    pub direct: String,
    /// Days after which a touch counts half in the model of time decay.
    pub half_life_days: f64,
    /// Conversions and journeys that end before this moment are left out.
    pub from: Time,
    /// So are those that end at this moment or after.
    pub until: Time,
}

/// Why rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RulesError {
    /// The lookback is out of range.
    #[error("`lookback_days` must lie between 1 and {LOOKBACK_DAYS_MAX}")]
    Lookback,
    /// The half-life is out of range.
    #[error("`half_life_days` must lie above 0 and at most at {LOOKBACK_DAYS_MAX}")]
    HalfLife,
    /// The period is empty.
    #[error("`from` must lie before `until`")]
    Period,
}

impl Rules {
    /// Checks the rules.
    pub fn check(&self) -> Result<(), RulesError> {
        if !(1..=LOOKBACK_DAYS_MAX).contains(&self.lookback_days) {
            return Err(RulesError::Lookback);
        }
        #[expect(clippy::cast_precision_loss, reason = "a few hundred days")]
        let most = LOOKBACK_DAYS_MAX as f64;
        if !(self.half_life_days > 0.0 && self.half_life_days <= most) {
            return Err(RulesError::HalfLife);
        }
        if self.from >= self.until {
            return Err(RulesError::Period);
        }
        Ok(())
    }
}

/// What is known of the journeys that took one path.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PathSums {
    /// Journeys that ended in a conversion.
    pub conversions: u64,
    /// Journeys that ended without one.
    pub nulls: u64,
    /// The value of all conversions, in the goal's smallest unit.
    pub value: i128,
    /// Days from the first touch to the conversion, summed over conversions.
    pub days: f64,
}

impl PathSums {
    fn add(&mut self, other: &Self) {
        self.conversions += other.conversions;
        self.nulls += other.nulls;
        self.value += other.value;
        self.days += other.days;
    }
}

/// What of an event attribution looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting<'e> {
    /// Exposure or outcome.
    pub kind: EventKind,
    /// When it happened.
    pub time: Time,
    /// Which prompt, where known.
    pub prompt: &'e str,
    /// Which rollout and arm, where known.
    pub arm: Option<(RolloutNumber, u8)>,
    /// Which KPI, for an outcome.
    pub kpi: &'e str,
    /// How much.
    pub value: i64,
    /// Through which channel.
    pub channel: &'e str,
}

impl<'e> From<&'e Event> for Sighting<'e> {
    fn from(event: &'e Event) -> Self {
        Self {
            kind: event.kind,
            time: event.time,
            prompt: &event.prompt,
            arm: event.rollout.zip(event.arm),
            kpi: &event.kpi,
            value: event.value,
            channel: &event.channel,
        }
    }
}

/// A touch or a conversion of one unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) time: Time,
    /// The name's place, or the value of a conversion.
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Touch(u16),
    Conversion(i64),
}

/// Journeys, summed by path, as unit after unit is taken in.
#[derive(Debug, Clone)]
pub struct Journeys {
    rules: Arc<Rules>,
    versions: Arc<Versions>,
    names: Vec<String>,
    places: HashMap<String, u16>,
    paths: CodeMap<Vec<u16>, PathSums>,
    decay: Vec<(f64, f64)>,
    direct: Option<u16>,
    units: u64,
    touches: u64,
    untouched: u64,
    left_out: u64,
    /// The touches of the journey that is walked.
    since: Vec<(Time, u16)>,
    /// Its path.
    path: Vec<u16>,
    /// The share of each of its touches.
    shares: Vec<f64>,
}

impl Journeys {
    /// Nothing taken in yet.
    pub fn new(rules: &Rules, versions: &Versions) -> Self {
        Self {
            rules: Arc::new(rules.clone()),
            versions: Arc::new(versions.clone()),
            names: Vec::new(),
            places: HashMap::new(),
            paths: CodeMap::default(),
            decay: Vec::new(),
            direct: None,
            units: 0,
            touches: 0,
            untouched: 0,
            left_out: 0,
            since: Vec::new(),
            path: Vec::new(),
            shares: Vec::new(),
        }
    }

    /// Takes in all events of one unit, in any order.
    pub fn unit<'e, S: Into<Sighting<'e>>>(&mut self, events: impl IntoIterator<Item = S>) {
        let mut moments: Vec<Moment> = Vec::new();
        for event in events {
            let event: Sighting<'e> = event.into();
            if event.time >= self.rules.until {
                continue;
            }
            if let Some(what) = self.what(&event) {
                moments.push(Moment {
                    time: event.time,
                    what,
                });
            }
        }
        self.moments(&mut moments);
    }

    /// Takes in what happened to one unit, in any order.
    pub(super) fn moments(&mut self, moments: &mut [Moment]) {
        if moments.is_empty() {
            return;
        }
        self.units += 1;
        // A touch at the very moment of a conversion came before it.
        moments.sort_by_key(|one| (one.time, matches!(one.what, What::Conversion(_))));
        self.walk(moments);
    }

    fn what(&mut self, event: &Sighting<'_>) -> Option<What> {
        match event.kind {
            EventKind::Outcome if event.kpi == self.rules.goal => {
                let value = if self.rules.kind == KpiKind::Conversion {
                    1
                } else {
                    event.value
                };
                Some(What::Conversion(value))
            }
            EventKind::Outcome if !self.rules.touch_kpis.iter().any(|kpi| kpi == event.kpi) => None,
            _ => self.place_of(event).map(What::Touch),
        }
    }

    fn place_of(&mut self, event: &Sighting<'_>) -> Option<u16> {
        match self.rules.by {
            By::Channel => self.place(event.channel),
            By::Prompt => self.place(event.prompt),
            By::Version => {
                let version = self.versions.of(event.prompt, event.arm, event.time);
                self.place(&versioned(event.prompt, version))
            }
        }
    }

    /// The place of a touch's name; a touch beyond the limit of names is left out.
    fn place(&mut self, name: &str) -> Option<u16> {
        let place = self.place_of_name(name);
        self.left_out += u64::from(place.is_none());
        place
    }

    /// The place of a name; `None` beyond the limit of names.
    pub(super) fn place_of_name(&mut self, name: &str) -> Option<u16> {
        let rules = self.rules.clone();
        let direct = rules.direct.as_str();
        let name = if name.is_empty() { direct } else { name };
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        if self.names.len() >= ATTRIBUTED_NAMES_MAX {
            return None;
        }
        let place = u16::try_from(self.names.len()).ok()?;
        if name == direct {
            self.direct = Some(place);
        }
        self.places.insert(name.to_owned(), place);
        self.names.push(name.to_owned());
        self.decay.push((0.0, 0.0));
        Some(place)
    }

    /// Counts a touch that was left out.
    pub(super) fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// Cuts a unit's life into journeys: each ends with a conversion; the last one may end without.
    fn walk(&mut self, moments: &[Moment]) {
        let lookback = self.rules.lookback_days * 86_400;
        let mut since = std::mem::take(&mut self.since);
        for moment in moments {
            match moment.what {
                What::Touch(place) => since.push((moment.time, place)),
                What::Conversion(value) => {
                    let from = moment.time.plus_seconds(-lookback);
                    since.retain(|(time, _)| *time >= from);
                    if moment.time >= self.rules.from {
                        self.journey(&since, Some((moment.time, value)));
                    }
                    since.clear();
                }
            }
        }
        if let Some((newest, _)) = since.last().copied()
            && newest >= self.rules.from
        {
            let from = newest.plus_seconds(-lookback);
            since.retain(|(time, _)| *time >= from);
            self.journey(&since, None);
        }
        since.clear();
        self.since = since;
    }

    fn journey(&mut self, touches: &[(Time, u16)], end: Option<(Time, i64)>) {
        if touches.is_empty() {
            self.untouched += 1;
            return;
        }
        let newest = &touches[touches.len().saturating_sub(TOUCHES_PER_JOURNEY_MAX)..];
        self.touches += newest.len() as u64;
        let mut path = std::mem::take(&mut self.path);
        path.clear();
        path.extend(newest.iter().map(|(_, place)| *place));
        let mut sums = PathSums::default();
        match end {
            Some((at, value)) => {
                self.decay(newest, at, value);
                sums.conversions = 1;
                sums.value = i128::from(value);
                sums.days = newest.first().map_or(0.0, |(first, _)| days(*first, at));
            }
            None => sums.nulls = 1,
        }
        self.add(&path, sums);
        self.path = path;
    }

    fn add(&mut self, path: &[u16], sums: PathSums) {
        if let Some(known) = self.paths.get_mut(path) {
            known.add(&sums);
        } else if self.paths.len() >= PATHS_KEPT_MAX {
            self.left_out += sums.conversions + sums.nulls;
        } else {
            self.paths.insert(path.to_vec(), sums);
        }
    }

    /// Takes in what was made of other units by the same rules.
    pub fn absorb(&mut self, other: &Self) {
        let places: Vec<Option<u16>> = other
            .names
            .iter()
            .map(|name| self.place_of_name(name))
            .collect();
        for (place, (conversions, value)) in places.iter().zip(&other.decay) {
            if let Some(place) = place {
                let slot = &mut self.decay[usize::from(*place)];
                slot.0 += conversions;
                slot.1 += value;
            }
        }
        for (path, sums) in &other.paths {
            let moved = path.iter().map(|place| places[usize::from(*place)]);
            match moved.collect::<Option<Vec<u16>>>() {
                Some(path) => self.add(&path, *sums),
                None => self.left_out += sums.conversions + sums.nulls,
            }
        }
        self.units += other.units;
        self.touches += other.touches;
        self.untouched += other.untouched;
        self.left_out += other.left_out;
    }

    /// Time decay needs the days of each journey, so its credits are summed as journeys come in.
    fn decay(&mut self, touches: &[(Time, u16)], at: Time, value: i64) {
        #[expect(clippy::cast_precision_loss, reason = "values lie below 2^53")]
        let value = value as f64;
        self.shares.clear();
        let before = touches.iter().map(|(time, _)| days(*time, at));
        self.shares.extend(before);
        if !decay(&mut self.shares, self.rules.half_life_days) {
            return;
        }
        for (share, (_, place)) in self.shares.iter().zip(touches) {
            let slot = &mut self.decay[usize::from(*place)];
            slot.0 += share;
            slot.1 += share * value;
        }
    }

    /// Takes in journeys that are summed by path already; the days of their touches are not known.
    pub fn path(&mut self, names: &[&str], sums: PathSums) {
        let mut path = Vec::with_capacity(names.len());
        for name in names {
            let Some(place) = self.place(name) else {
                return;
            };
            path.push(place);
        }
        self.touches += path.len() as u64 * (sums.conversions + sums.nulls);
        self.paths.entry(path).or_default().add(&sums);
    }

    /// The names of touches; paths hold their places.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The paths, those of most journeys first.
    pub fn paths(&self) -> Vec<(&[u16], PathSums)> {
        let mut paths: Vec<(&[u16], PathSums)> = self
            .paths
            .iter()
            .map(|(path, sums)| (path.as_slice(), *sums))
            .collect();
        paths.sort_by(|(a, one), (b, other)| {
            let size = |sums: &PathSums| sums.conversions + sums.nulls;
            size(other)
                .cmp(&size(one))
                .then_with(|| self.named(a).cmp(self.named(b)))
        });
        paths
    }

    fn named(&self, path: &[u16]) -> impl Iterator<Item = &str> {
        let name = |place: &u16| self.names[usize::from(*place)].as_str();
        path.iter().map(name)
    }

    /// The place of what has no channel of its own, where it occurs.
    pub(super) fn direct(&self) -> Option<usize> {
        self.direct.map(usize::from)
    }

    /// Credits by time decay.
    pub(super) fn decay_credit(&self) -> Credit {
        Credit {
            conversions: self
                .decay
                .iter()
                .map(|(conversions, _)| *conversions)
                .collect(),
            value: self.decay.iter().map(|(_, value)| *value).collect(),
        }
    }

    /// Units that had a touch or a conversion.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// Touches of all journeys.
    pub fn touches(&self) -> u64 {
        self.touches
    }

    /// Conversions before which no touch was seen; no model shares them out.
    pub fn untouched(&self) -> u64 {
        self.untouched
    }

    /// Touches and journeys beyond a limit, which are left out.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// What a prompt is called with its version.
pub(super) fn versioned(prompt: &str, version: Option<i64>) -> String {
    match version {
        Some(version) => format!("{prompt} v{version}"),
        None => prompt.to_owned(),
    }
}

fn days(from: Time, to: Time) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a few months")]
    let distance = (to.0 - from.0) as f64;
    distance / 86_400e6
}
