//! Windows of a switchback, folded from raw events.
//!
//! What is counted is a window, not a unit: the mean of a KPI over the units that were exposed in it
//! once its burn-in was over. An outcome belongs to the window of the last exposure before it, and to
//! none where that exposure was in a burn-in; a late event counts where it happened. Everything is a
//! function of the *set* of events, the newest of which tells which windows are over.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use variorum_stats::moments::Arm;
use variorum_stats::paired::PairedArm;
use variorum_stats::signs::{Pair, Side, Signs};

use super::reading::{Difference, INTERVAL_ALPHA, KpiReading, TreatmentReading, arm_reading};
use super::unit::{Happened, Measure};
use super::{RolloutFold, UnitKey, unit_key};
use crate::event::{Event, EventKind};
use crate::id::Time;
use crate::limits::{OUTCOMES_PER_UNIT_MAX, SWITCHBACK_WINDOWS_TOLD_MAX};
use crate::rollout::{CONTROL, Guard, Harm, Limit, Rollout, Switchback, TREATMENT};

/// Of the exposures in a window one in so many may have got the other arm, as from an answer that was
/// kept; with more of them the window was not served as drawn.
const ASTRAY_ONE_IN: u64 = 20;
/// Windows not served as drawn that hold the verdict: at least so many, and more than one in
/// [`WRONG_ONE_IN`].
const WRONG_MIN: u64 = 2;
const WRONG_ONE_IN: u64 = 10;

/// What became of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowState {
    /// It is not over, or the other one of its pair is not.
    Open,
    /// It counts.
    Counts,
    /// Nobody was exposed in it after its burn-in.
    Empty,
    /// Too many exposures in it got the other arm.
    Astray,
    /// The other one of its pair does not count, so neither does it.
    Alone,
}

impl WindowState {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Counts => "counts",
            Self::Empty => "empty",
            Self::Astray => "astray",
            Self::Alone => "alone",
        }
    }
}

/// One window at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowReading {
    /// Its place, counted from 0.
    pub index: u32,
    /// When it begins.
    pub from: Time,
    /// When it is over.
    pub until: Time,
    /// What everybody gets in it.
    pub arm: u8,
    /// What became of it.
    pub state: WindowState,
    /// Units exposed after its burn-in.
    pub units: u64,
    /// Units first exposed in its burn-in.
    pub burn_in: u64,
    /// Exposures to the other arm.
    pub astray: u64,
    /// The mean of each KPI, in the order of the rollout's.
    pub means: Vec<Option<f64>>,
}

/// All windows together at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowsReading {
    /// Pairs that are over.
    pub over: u32,
    /// Pairs that count.
    pub pairs: u32,
    /// Pairs left out because nobody was exposed in one of their windows.
    pub empty: u32,
    /// Pairs left out because one of their windows was not served as drawn.
    pub astray: u32,
    /// Units left out because they were exposed in a burn-in.
    pub burn_in: u64,
    /// Too many windows were not served as drawn for anything to be said.
    pub alarm: bool,
}

/// What the pairs say of one KPI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairsReading {
    /// Pairs in which it has a mean in both windows.
    pub pairs: u32,
    /// The natural logarithm of the p-value of "no change", valid at every look.
    pub log_p: f64,
    /// The relative change with its interval, where there are pairs enough for one.
    pub lift: Option<Difference>,
    /// The smallest relative change that one side alone does not rule out.
    pub lift_at_least: Option<f64>,
    /// The largest one.
    pub lift_at_most: Option<f64>,
    /// The smallest difference that one side alone does not rule out, in the KPI's smallest unit.
    pub difference_at_least: Option<f64>,
    /// The largest one.
    pub difference_at_most: Option<f64>,
}

/// The sums of one window.
#[derive(Debug, Default)]
struct Sums {
    units: u64,
    burn_in: u64,
    astray: u64,
    /// KPI by KPI.
    kpis: Vec<(Arm, PairedArm)>,
}

/// A unit in a window, or in the burn-in of one.
#[derive(Debug, Clone, Copy)]
struct Visit {
    first: Time,
    window: u32,
    is_burn_in: bool,
}

#[derive(Debug, Default)]
struct Visitor {
    /// In the order of time.
    visits: Vec<Visit>,
    outcomes: Vec<Happened>,
}

impl Visitor {
    /// What happened between a visit and the next one, within the KPI's window.
    fn totals(&self, visit: usize, measure: &Measure) -> (i64, i64) {
        let Some(found) = self.visits.get(visit).filter(|one| !one.is_burn_in) else {
            return (0, 0);
        };
        let next = self.visits.get(visit + 1);
        let last = next.map_or(Time(i64::MAX), |next| Time(next.first.0 - 1));
        measure.totals_until(&self.outcomes, found.first, last)
    }
}

/// The windows of a rollout.
#[derive(Debug)]
pub(super) struct Windows {
    cut: Switchback,
    salt: String,
    units: HashMap<UnitKey, Visitor>,
    all: BTreeMap<u32, Sums>,
    newest: Time,
    dropped: u64,
}

impl Windows {
    pub(super) fn new(rollout: &Rollout) -> Option<Self> {
        Some(Self {
            cut: rollout.plan.switchback()?,
            salt: rollout.salt.clone(),
            units: HashMap::new(),
            all: BTreeMap::new(),
            newest: Time(i64::MIN),
            dropped: 0,
        })
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn rename(&mut self, unit: &str, name: &str) {
        if let Some(known) = self.units.remove(&unit_key(unit)) {
            self.units.insert(unit_key(name), known);
        }
    }

    fn arm_of(&self, index: u32) -> u8 {
        self.cut.arm_of(&self.salt, index)
    }

    /// Pairs that are over when the newest event happened.
    fn over(&self) -> u32 {
        self.cut.pairs_over(self.newest)
    }

    fn take_exposure(&mut self, event: &Event, arm: u8, measures: &[Measure]) {
        let Some(window) = self.cut.window_at(event.time) else {
            return;
        };
        let is_drawn = arm == self.arm_of(window.index);
        let sums = self.all.entry(window.index).or_default();
        sums.kpis.resize(measures.len(), Default::default());
        if !is_drawn && !window.is_burn_in {
            sums.astray += 1;
        }
        if !is_drawn {
            return;
        }
        let unit = self.units.entry(unit_key(&event.unit)).or_default();
        let this = Visit {
            first: event.time,
            window: window.index,
            is_burn_in: window.is_burn_in,
        };
        let same = |one: &Visit| (one.window, one.is_burn_in) == (this.window, this.is_burn_in);
        let known = unit.visits.iter().position(same);
        if known.is_some_and(|known| unit.visits[known].first <= this.first) {
            return;
        }
        // Visits follow each other as windows do, so an earlier first moment keeps its place.
        let place = known.unwrap_or_else(|| {
            let before = |one: &Visit| one.first < this.first;
            unit.visits.partition_point(before)
        });
        let around = |place: usize| place.saturating_sub(1)..=place;
        for at in around(place).filter(|at| known.is_some() || *at < place) {
            leave(&mut self.all, unit, at, measures);
        }
        match known {
            Some(known) => unit.visits[known] = this,
            None => unit.visits.insert(place, this),
        }
        for at in around(place) {
            enter(&mut self.all, unit, at, measures);
        }
    }

    fn take_outcome(&mut self, event: &Event, kpi: usize, measures: &[Measure]) {
        let unit = self.units.entry(unit_key(&event.unit)).or_default();
        if unit.outcomes.len() >= OUTCOMES_PER_UNIT_MAX {
            self.dropped += 1;
            return;
        }
        let after = unit.visits.partition_point(|one| one.first <= event.time);
        let visit = after.checked_sub(1);
        if let Some(visit) = visit {
            leave(&mut self.all, unit, visit, measures);
        }
        unit.outcomes.push(Happened {
            time: event.time,
            kpi: u8::try_from(kpi).unwrap_or(u8::MAX),
            value: event.value,
        });
        if let Some(visit) = visit {
            enter(&mut self.all, unit, visit, measures);
        }
    }

    /// What became of a window, by itself.
    fn alone(&self, index: u32) -> WindowState {
        match self.all.get(&index) {
            Some(sums) if is_astray(sums) => WindowState::Astray,
            Some(sums) if sums.units > 0 => WindowState::Counts,
            _ => WindowState::Empty,
        }
    }

    fn state(&self, index: u32) -> WindowState {
        if index / 2 >= self.over() {
            return WindowState::Open;
        }
        match (self.alone(index), self.alone(index ^ 1)) {
            (WindowState::Counts, WindowState::Counts) => WindowState::Counts,
            (WindowState::Counts, _) => WindowState::Alone,
            (own, _) => own,
        }
    }

    /// The pairs that count: the windows of the control and of the treatment.
    fn counted(&self) -> impl Iterator<Item = (&Sums, &Sums)> {
        (0..self.over()).filter_map(|pair| {
            let first = 2 * pair;
            if self.state(first) != WindowState::Counts {
                return None;
            }
            let (first, second) = (self.all.get(&first)?, self.all.get(&(first + 1))?);
            let is_control = self.arm_of(2 * pair) == CONTROL;
            Some(if is_control {
                (first, second)
            } else {
                (second, first)
            })
        })
    }

    /// The sums of a KPI over the windows that count, by arm.
    pub(super) fn tallies(&self, place: usize) -> [(Arm, PairedArm); 2] {
        let mut found: [(Arm, PairedArm); 2] = Default::default();
        for (control, treatment) in self.counted() {
            for (all, one) in found.iter_mut().zip([control, treatment]) {
                all.0.merge(&one.kpis[place].0);
                all.1.merge(&one.kpis[place].1);
            }
        }
        found
    }

    /// Units exposed after a burn-in, window by window, in all windows of each arm.
    pub(super) fn exposed(&self) -> Vec<u64> {
        let mut exposed = vec![0; 2];
        for (index, sums) in &self.all {
            exposed[usize::from(self.arm_of(*index))] += sums.units;
        }
        exposed
    }

    /// The pairs in which a KPI has a mean in both windows.
    pub(super) fn signs(&self, place: usize, measure: &Measure) -> Signs {
        let pair = |(control, treatment): (&Sums, &Sums)| {
            Some(Pair {
                control: mean(control, place, measure)?,
                treatment: mean(treatment, place, measure)?,
            })
        };
        Signs::new(self.counted().filter_map(pair).collect())
    }

    pub(super) fn reading(&self) -> WindowsReading {
        let over = self.over();
        let (mut pairs, mut empty, mut astray) = (0, 0, 0);
        for pair in 0..over {
            match (self.alone(2 * pair), self.alone(2 * pair + 1)) {
                (WindowState::Counts, WindowState::Counts) => pairs += 1,
                (WindowState::Astray, _) | (_, WindowState::Astray) => astray += 1,
                _ => empty += 1,
            }
        }
        let with_traffic = self
            .all
            .range(..2 * over)
            .filter(|(_, one)| one.units + one.astray > 0);
        let (all, wrong) = with_traffic.fold((0, 0), |(all, wrong), (_, one)| {
            (all + 1, wrong + u64::from(is_astray(one)))
        });
        WindowsReading {
            over,
            pairs,
            empty,
            astray,
            burn_in: self.all.values().map(|one| one.burn_in).sum(),
            alarm: wrong >= WRONG_MIN && wrong * WRONG_ONE_IN > all,
        }
    }

    /// The newest windows, one by one, oldest first.
    pub(super) fn told(&self, measures: &[Measure]) -> Vec<WindowReading> {
        let newest = self
            .cut
            .window_at(self.newest)
            .map(|window| window.index + 1);
        let end = newest.unwrap_or(2 * self.over());
        let told = u32::try_from(SWITCHBACK_WINDOWS_TOLD_MAX).unwrap_or(u32::MAX);
        let nothing = Sums::default();
        let tell = |index: u32| {
            let sums = self.all.get(&index).unwrap_or(&nothing);
            let means = measures.iter().enumerate();
            WindowReading {
                index,
                from: self.cut.begin_of(index),
                until: self.cut.begin_of(index + 1),
                arm: self.arm_of(index),
                state: self.state(index),
                units: sums.units,
                burn_in: sums.burn_in,
                astray: sums.astray,
                means: means
                    .map(|(place, measure)| mean(sums, place, measure))
                    .collect(),
            }
        };
        (end.saturating_sub(told)..end).map(tell).collect()
    }
}

fn is_astray(sums: &Sums) -> bool {
    sums.astray * ASTRAY_ONE_IN > sums.units + sums.astray
}

/// The mean of a KPI in a window; of a ratio one sum over the other.
fn mean(sums: &Sums, place: usize, measure: &Measure) -> Option<f64> {
    let (arm, paired) = sums.kpis.get(place)?;
    if !measure.is_ratio() {
        return arm.mean();
    }
    #[expect(clippy::cast_precision_loss, reason = "sums to divide")]
    let ratio = paired.sum_y as f64 / paired.sum_x as f64;
    (paired.sum_x != 0).then_some(ratio)
}

/// Takes a visit out of its window.
fn leave(all: &mut BTreeMap<u32, Sums>, unit: &Visitor, at: usize, measures: &[Measure]) {
    move_visit(all, unit, at, measures, false);
}

/// Puts a visit into its window.
fn enter(all: &mut BTreeMap<u32, Sums>, unit: &Visitor, at: usize, measures: &[Measure]) {
    move_visit(all, unit, at, measures, true);
}

fn move_visit(
    all: &mut BTreeMap<u32, Sums>,
    unit: &Visitor,
    at: usize,
    measures: &[Measure],
    enters: bool,
) {
    let Some(visit) = unit.visits.get(at) else {
        return;
    };
    let Some(sums) = all.get_mut(&visit.window) else {
        return;
    };
    let count = if visit.is_burn_in {
        &mut sums.burn_in
    } else {
        &mut sums.units
    };
    *count = if enters { *count + 1 } else { *count - 1 };
    if visit.is_burn_in {
        return;
    }
    for ((arm, paired), measure) in sums.kpis.iter_mut().zip(measures) {
        let totals = unit.totals(at, measure);
        if enters {
            arm.add_unit(totals.0);
            paired.add_unit(totals);
        } else {
            arm.change_unit(totals.0, 0);
            arm.n -= 1;
            paired.change_unit(totals, (0, 0));
            paired.n -= 1;
        }
    }
}

/// The evidence of harm that pairs give of a guard.
fn evidence(signs: &Signs, guard: &Guard) -> f64 {
    let side = match guard.harm {
        Harm::Decrease => Side::Below,
        Harm::Increase => Side::Above,
    };
    let null = match (guard.more.limit, guard.harm) {
        (Some(Limit::Difference(most)), Harm::Decrease) => (1.0, -most),
        (Some(Limit::Difference(most)), Harm::Increase) => (1.0, most),
        (Some(Limit::Level(_)), _) => return 0.0,
        (None, Harm::Decrease) => (1.0 - guard.margin, 0.0),
        (None, Harm::Increase) => (1.0 + guard.margin, 0.0),
    };
    signs.log_e(null, side)
}

impl RolloutFold {
    /// Takes an event into the windows of a switchback. Guards look on when a pair is over.
    pub(super) fn take_into_windows(&mut self, event: &Event) {
        let place = self.kpis.iter().position(|kpi| kpi.id == event.kpi);
        let Some(windows) = &mut self.windows else {
            return;
        };
        let is_own = event.rollout == Some(self.number);
        match (event.kind, event.arm, place) {
            (EventKind::Exposure, Some(arm), _) if is_own => {
                windows.take_exposure(event, arm, &self.measures);
            }
            (EventKind::Outcome, _, Some(place)) if is_own || event.rollout.is_none() => {
                windows.take_outcome(event, place, &self.measures);
            }
            _ => {}
        }
        let before = windows.over();
        windows.newest = windows.newest.max(event.time);
        if windows.over() > before {
            self.judge_windows(event.time);
        }
    }

    /// The windows of a switchback one by one, the newest ones; none of any other design.
    pub fn windows(&self) -> Vec<WindowReading> {
        let windows = self.windows.as_ref();
        windows.map_or_else(Vec::new, |windows| windows.told(&self.measures))
    }

    /// What the windows that count say of a KPI.
    pub(super) fn kpi_of_windows(&self, windows: &Windows, place: usize) -> KpiReading {
        let measure = &self.measures[place];
        let signs = windows.signs(place, measure);
        let [control, treatment] = windows
            .tallies(place)
            .map(|(arm, paired)| arm_reading(&arm, measure.is_ratio().then_some(&paired), None));
        let bounds = signs.lift_bounds(INTERVAL_ALPHA);
        // One side of an interval at twice the error is a bound at the error.
        let differences = signs.difference(2.0 * INTERVAL_ALPHA);
        KpiReading {
            kpi: self.kpis[place].id.clone(),
            control,
            treatments: vec![TreatmentReading {
                arm: treatment,
                difference: signs.difference(INTERVAL_ALPHA).map(Difference::from),
            }],
            pairs: Some(PairsReading {
                pairs: u32::try_from(signs.len()).unwrap_or(u32::MAX),
                log_p: signs.log_p(),
                lift: signs.lift(INTERVAL_ALPHA).map(Difference::from),
                lift_at_least: bounds.map(|(low, _)| low),
                difference_at_least: differences.map(|found| found.low),
                difference_at_most: differences.map(|found| found.high),
                lift_at_most: bounds.map(|(_, high)| high).filter(|high| high.is_finite()),
            }),
        }
    }

    fn judge_windows(&mut self, at: Time) {
        let Some(windows) = &self.windows else {
            return;
        };
        let signs: Vec<Signs> = self
            .measures
            .iter()
            .enumerate()
            .map(|(place, measure)| windows.signs(place, measure))
            .collect();
        let of_guard = |guard: &Guard| {
            let place = self.kpis.iter().position(|kpi| kpi.id == guard.kpi);
            place.map_or(0.0, |place| evidence(&signs[place], guard))
        };
        let found: Vec<f64> = self.guards.iter().map(of_guard).collect();
        let threshold = self.threshold;
        let open = self.pairs.first_mut().filter(|pair| pair.is_open());
        if let Some(pair) = open {
            let judged = pair.judge_found(threshold, &found);
            self.heed(TREATMENT, judged, at);
        }
        let units = self.exposed_units().iter().sum();
        for place in 0..self.kpis.len() {
            let difference = self.difference(place, 0);
            self.series[place].add(units, at, difference);
        }
    }
}
