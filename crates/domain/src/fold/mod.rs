//! Events folded, as they arrive, into exact per-arm statistics.
//!
//! The statistics are a function of the *set* of events: order, delay and repetition do not change
//! them. A unit belongs to the arm of its earliest exposure; an outcome counts when it happened
//! within the KPI's window after that exposure, however late it is reported.

mod judge;
mod look;
mod part;
mod reading;
mod seen;
mod series;
mod unit;
mod windows;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use variorum_stats::guard;
use variorum_stats::joint::JointArm;
use variorum_stats::moments::Arm;
use variorum_stats::paired::PairedArm;
use variorum_stats::quantile::Counted;

pub use judge::Passed;
pub(crate) use judge::{planned_units, share_of_pair};
pub use look::{LOOK_EVERY_SECONDS, Look, Remembered, Why, due};
pub use part::CohortReading;
pub use reading::{
    ArmReading, BothBeforeReading, Difference, DivisorReading, GuardReading, KpiReading,
    QuantileReading, Reading, SrmReading, TreatmentReading,
};
pub use seen::Seen;
pub use series::{Point, Series};
pub use windows::{PairsReading, WindowReading, WindowState, WindowsReading};

use judge::{Decided, Judged, Pair, Sums, alpha_of_arm};
use part::Parts;
use unit::{Before, Happened, Measure, Unit};
use windows::Windows;

use crate::event::{ERASED_PREFIX, Event, EventKind};
use crate::id::{RolloutNumber, Time};
use crate::library::Kpi;
use crate::limits::OUTCOMES_PER_UNIT_MAX;
use crate::rollout::{
    ALL_BP, CONTROL, Guard, GuardAction, Heeded, LayerClaim, Rollout, TREATMENT, Watched,
    assigned_arm,
};

/// A unit, by the first 16 bytes of the SHA-256 of its id.
type UnitKey = [u8; 16];

fn unit_key(unit: &str) -> UnitKey {
    let digest: [u8; 32] = Sha256::digest(unit.as_bytes()).into();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

/// A guard that decided, with what it rested on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// The place of the guard in the plan.
    pub guard: usize,
    /// The arm that did harm.
    #[serde(default = "first_treatment")]
    pub arm: u8,
    /// Its KPI.
    pub kpi: String,
    /// The cohort that is harmed, as `facet=value`, where the guard tells cohorts apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// What is to happen.
    pub action: GuardAction,
    /// The time of the event that crossed the threshold.
    pub at: Time,
    /// The natural logarithm of the combined E-value.
    pub log_e: f64,
    /// The threshold it crossed: ln(treatments/alpha).
    pub threshold: f64,
    /// The reading at that event.
    pub reading: Reading,
}

impl Firing {
    /// What a rollout remembers of it once it is carried out.
    pub fn heeded(&self) -> Heeded {
        Heeded {
            guard: self.guard,
            arm: self.arm,
            cohort: self.cohort.clone(),
        }
    }
}

/// Results from when there were always two arms do not say which one did harm.
fn first_treatment() -> u8 {
    TREATMENT
}

/// The running statistics of one rollout.
#[derive(Debug)]
pub struct RolloutFold {
    number: RolloutNumber,
    kpis: Vec<Kpi>,
    measures: Vec<Measure>,
    guards: Vec<Guard>,
    /// The treatments, arm 1 first.
    pairs: Vec<Pair>,
    /// The cohorts that guards tell apart.
    parts: Parts,
    weights_bp: Vec<u32>,
    salt: String,
    external: bool,
    layer: Option<LayerClaim>,
    /// Since when a hold-out counts everybody, in whichever rollout they are.
    held_since: Option<Time>,
    /// The windows of a switchback, which are counted instead of units.
    windows: Option<Windows>,
    coverage_max_bp: u32,
    threshold: f64,
    units: HashMap<UnitKey, Unit>,
    exposed: Vec<u64>,
    /// The sums of all arms, KPI by KPI.
    tallies: Vec<Arm>,
    /// The same of both totals of ratios and of KPIs with a time before the exposure; empty where
    /// there are none.
    paired: Vec<PairedArm>,
    /// The same of ratios with a time before the exposure: both totals of it and of what came after;
    /// empty where there are none.
    joint: Vec<JointArm>,
    /// The totals of the units, counted, of KPIs that are quantiles; empty where there are none.
    spreads: Vec<Counted>,
    several_arms: u64,
    dropped: u64,
    /// The curves of all treatments, KPI by KPI.
    series: Vec<Series>,
    fired: Vec<Firing>,
    passed: Vec<Passed>,
}

impl RolloutFold {
    /// An empty fold for a rollout.
    pub fn new(rollout: &Rollout) -> Self {
        let kpis = rollout.kpis.clone();
        let plan = &rollout.plan;
        let arms = plan.weights_bp.len();
        let before = plan.pre_period_days.map(|days| Before {
            seconds: i64::from(days) * 86_400,
            earliest: rollout.pre_period_from().unwrap_or(rollout.started_at),
        });
        let measures: Vec<Measure> = (0..kpis.len())
            .map(|place| Measure::new(place, &kpis, &rollout.definitions, before))
            .collect();
        let paired = if measures.iter().any(Measure::is_paired) {
            vec![PairedArm::default(); arms * kpis.len()]
        } else {
            Vec::new()
        };
        let joint = if measures.iter().any(Measure::is_joint) {
            vec![JointArm::default(); arms * kpis.len()]
        } else {
            Vec::new()
        };
        let spreads = if measures.iter().any(|measure| measure.quantile().is_some()) {
            vec![Counted::default(); arms * kpis.len()]
        } else {
            Vec::new()
        };
        Self {
            measures,
            spreads,
            paired,
            joint,
            number: rollout.number,
            pairs: (1..arms).map(|arm| Pair::new(rollout, arm)).collect(),
            parts: Parts::new(&plan.guards, &kpis, arms),
            weights_bp: plan.weights_bp.clone(),
            salt: rollout.salt.clone(),
            external: plan.external_assignment,
            layer: plan.layer.clone(),
            held_since: plan.design.is_hold_out().then_some(rollout.started_at),
            windows: Windows::new(rollout),
            coverage_max_bp: plan.stages.last().map_or(0, |stage| stage.coverage_bp),
            threshold: guard::threshold(alpha_of_arm(plan)),
            units: HashMap::new(),
            exposed: vec![0; arms],
            tallies: vec![Arm::default(); arms * kpis.len()],
            several_arms: 0,
            dropped: 0,
            series: vec![Series::default(); plan.treatments() * kpis.len()],
            fired: Vec::new(),
            passed: Vec::new(),
            guards: plan.guards.clone(),
            kpis,
        }
    }

    /// Which rollout this is.
    pub fn number(&self) -> RolloutNumber {
        self.number
    }

    /// How many arms it has, the control among them.
    pub fn arms(&self) -> usize {
        self.exposed.len()
    }

    /// The guards that decided, in the order in which they did; each at most once for a treatment
    /// and cohort.
    pub fn fired(&self) -> &[Firing] {
        &self.fired
    }

    /// The guards that came to a further quarter of their evidence, in the order in which they did.
    pub fn passed(&self) -> &[Passed] {
        &self.passed
    }

    /// The curves drawn over time: of every treatment for the first KPI, then for the next.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The exact sums of a KPI, control first.
    pub fn tally(&self, kpi: &str) -> Option<&[Arm]> {
        let place = self.kpis.iter().position(|known| known.id == kpi)?;
        Some(self.arms_of(place))
    }

    /// The sums of every arm for the KPI at a place.
    fn arms_of(&self, place: usize) -> &[Arm] {
        let arms = self.exposed.len();
        &self.tallies[place * arms..(place + 1) * arms]
    }

    /// The sums of both amounts of a ratio at a place, arm by arm.
    fn ratios_of(&self, place: usize) -> Option<&[PairedArm]> {
        if !self.measures[place].is_ratio() {
            return None;
        }
        let arms = self.exposed.len();
        self.paired.get(place * arms..(place + 1) * arms)
    }

    /// The sums of both totals of a KPI with a time before the exposure, arm by arm.
    fn adjusted_of(&self, place: usize) -> Option<&[PairedArm]> {
        if !self.measures[place].is_adjusted() {
            return None;
        }
        let arms = self.exposed.len();
        self.paired.get(place * arms..(place + 1) * arms)
    }

    /// The sums of both totals of a ratio, before the exposure and after, arm by arm.
    fn joint_of(&self, place: usize) -> Option<&[JointArm]> {
        if !self.measures[place].is_joint() {
            return None;
        }
        let arms = self.exposed.len();
        self.joint.get(place * arms..(place + 1) * arms)
    }

    /// The counted totals of every arm for a KPI that is a quantile, with which one it is.
    fn spreads_of(&self, place: usize) -> Option<(f64, &[Counted])> {
        let share = self.measures[place].quantile()?;
        let arms = self.exposed.len();
        let spreads = self.spreads.get(place * arms..(place + 1) * arms)?;
        Some((share, spreads))
    }

    /// Takes one event in. Returns the guards that decide on this very event.
    ///
    /// The caller has dropped duplicates by id.
    pub fn take(&mut self, event: &Event) -> &[Firing] {
        let before = self.fired.len();
        if self.windows.is_some() {
            self.take_into_windows(event);
            return &self.fired[before..];
        }
        match event.kind {
            EventKind::Exposure => {
                let arm = if event.rollout == Some(self.number) {
                    event.arm
                } else {
                    self.arm_of_everybody_else(event)
                };
                if let Some(arm) = arm {
                    self.take_exposure(event, arm);
                }
            }
            EventKind::Outcome => self.take_outcome(event),
        }
        &self.fired[before..]
    }

    /// For a hold-out, whoever is in another rollout since it began is everybody else: that rollout
    /// can have nobody who is held out.
    fn arm_of_everybody_else(&self, event: &Event) -> Option<u8> {
        let since = self.held_since?;
        if event.rollout.is_none() || event.time < since {
            return None;
        }
        let is_erased = event.unit.starts_with(ERASED_PREFIX);
        let drawn = assigned_arm(&self.salt, &event.unit, &self.weights_bp, ALL_BP)?;
        (is_erased || drawn != CONTROL).then_some(TREATMENT)
    }

    fn take_exposure(&mut self, event: &Event, arm: u8) {
        if usize::from(arm) >= self.exposed.len() {
            return;
        }
        let arms = self.exposed.len();
        let cohorts = if self.parts.is_empty() {
            0
        } else {
            let levels = self.parts.of_event(event);
            self.parts.code(levels)
        };
        let unit = self.units.entry(unit_key(&event.unit)).or_default();
        let this = (event.time, arm);
        let before = unit.exposure;
        if before.is_some_and(|(_, known)| known != arm) && !unit.several {
            unit.several = true;
            self.several_arms += 1;
        }
        // Of two exposures at the same moment the one counts whose cohorts come first, whichever is
        // told first.
        let is_same = before == Some(this) && cohorts != unit.cohorts;
        let comes_first = is_same && self.parts.levels(cohorts) < self.parts.levels(unit.cohorts);
        if before.is_some_and(|known| known <= this) && !comes_first {
            return;
        }
        for (place, measure) in self.measures.iter().enumerate() {
            let Some((_, old)) = before else { break };
            let (index, totals) = (place * arms + usize::from(old), unit.totals(measure));
            self.tallies[index].change_unit(totals.0, 0);
            self.tallies[index].n -= 1;
            if measure.is_paired() {
                self.paired[index].change_unit(totals, (0, 0));
                self.paired[index].n -= 1;
            }
            if measure.is_joint() {
                self.joint[index].remove_unit(unit.joint(measure));
            }
            if measure.quantile().is_some() {
                self.spreads[index].remove(totals.0);
            }
        }
        if let Some((_, old)) = before {
            self.parts.place_unit(unit, old, &self.measures, false);
            self.exposed[usize::from(old)] -= 1;
        }
        self.exposed[usize::from(arm)] += 1;
        unit.exposure = Some(this);
        unit.cohorts = cohorts;
        self.parts.place_unit(unit, arm, &self.measures, true);
        for (place, measure) in self.measures.iter().enumerate() {
            let (index, totals) = (place * arms + usize::from(arm), unit.totals(measure));
            self.tallies[index].add_unit(totals.0);
            if measure.is_paired() {
                self.paired[index].add_unit(totals);
            }
            if measure.is_joint() {
                self.joint[index].add_unit(unit.joint(measure));
            }
            if measure.quantile().is_some() {
                self.spreads[index].add(totals.0);
            }
        }
        self.draw(event.time);
    }

    fn take_outcome(&mut self, event: &Event) {
        let Some(place) = self.kpis.iter().position(|kpi| kpi.id == event.kpi) else {
            return;
        };
        let is_of_another = event.rollout.is_some_and(|number| number != self.number);
        if (is_of_another && self.held_since.is_none()) || !self.may_hold(&event.unit) {
            return;
        }
        let unit = self.units.entry(unit_key(&event.unit)).or_default();
        if unit.outcomes.len() >= OUTCOMES_PER_UNIT_MAX {
            self.dropped += 1;
            return;
        }
        unit.outcomes.push(Happened {
            time: event.time,
            kpi: u8::try_from(place).unwrap_or(u8::MAX),
            value: event.value,
        });
        let Some((_, arm)) = unit.exposure else {
            return;
        };
        let (arms, cohorts) = (self.exposed.len(), unit.cohorts);
        let mut changed = Changed::default();
        for (index, measure) in self.measures.iter().enumerate() {
            if !measure.uses(place) {
                continue;
            }
            let at = index * arms + usize::from(arm);
            if measure.is_joint() {
                self.joint[at].change_unit(unit.joint_before(measure), unit.joint(measure));
            }
            let (before, after) = (unit.totals_before(measure), unit.totals(measure));
            if before == after {
                continue;
            }
            self.tallies[at].change_unit(before.0, after.0);
            if measure.is_paired() {
                self.paired[at].change_unit(before, after);
            }
            if measure.quantile().is_some() {
                self.spreads[at].remove(before.0);
                self.spreads[at].add(after.0);
            }
            // What came before the exposure moves no guard.
            if measure.is_ratio() || before.0 != after.0 {
                changed.insert(index);
            }
            self.parts.change_unit((cohorts, arm), index, before, after);
        }
        for index in changed.places() {
            self.judge(index, (arm, cohorts), event.time);
        }
    }

    /// Gives a unit another name, as its stored events have got; the sums stay what they are.
    pub fn rename(&mut self, unit: &str, name: &str) {
        if let Some(windows) = &mut self.windows {
            windows.rename(unit, name);
        }
        if let Some(known) = self.units.remove(&unit_key(unit)) {
            self.units.insert(unit_key(name), known);
        }
    }

    /// A unit that no stage can bring into the rollout needs no memory.
    fn may_hold(&self, unit: &str) -> bool {
        // Which arms the real name had, an erased one does not tell.
        if self.external || unit.starts_with(ERASED_PREFIX) {
            return true;
        }
        let is_elsewhere = self.layer.as_ref().is_some_and(|layer| !layer.admits(unit));
        !is_elsewhere
            && assigned_arm(&self.salt, unit, &self.weights_bp, self.coverage_max_bp).is_some()
    }

    /// Judges the guards of one KPI after the sums of an arm have changed: those of the arm, or of
    /// all treatments where it is the control; those of cohorts where the unit is in them.
    fn judge(&mut self, place: usize, (changed, cohorts): (u8, u16), at: Time) {
        let arms = self.exposed.len();
        let tallies = &self.tallies[place * arms..(place + 1) * arms];
        let ratios = if self.measures[place].is_ratio() {
            self.paired.get(place * arms..(place + 1) * arms)
        } else {
            None
        };
        let of = |arm: usize| Sums {
            arm: &tallies[arm],
            ratio: ratios.map(|ratios| &ratios[arm]),
        };
        let mut found: Vec<(u8, Judged)> = Vec::new();
        for (arm, pair) in (TREATMENT..).zip(&mut self.pairs) {
            let is_concerned = changed < TREATMENT || changed == arm;
            if !is_concerned || !pair.is_open() {
                continue;
            }
            let parts = &self.parts;
            let judged = pair.judge(place, self.threshold, |what| match what.level {
                None => Some((of(0), of(usize::from(arm)))),
                Some(_) => parts.sums(what, cohorts, arm),
            });
            found.push((arm, judged));
        }
        for (arm, judged) in found {
            self.heed(arm, judged, at);
        }
    }

    /// Takes down what judging a treatment came to.
    fn heed(&mut self, arm: u8, judged: Judged, at: Time) {
        for (what, quarters) in judged.passed {
            let guard = &self.guards[what.guard];
            self.passed.push(Passed {
                guard: what.guard,
                arm,
                kpi: guard.kpi.clone(),
                cohort: part::name(guard, what),
                quarters,
                at,
            });
        }
        if let Some(decided) = judged.decided {
            self.fire(arm, decided, at);
        }
    }

    fn fire(&mut self, arm: u8, decided: Decided, at: Time) {
        let what: Watched = decided.what;
        let guard = &self.guards[what.guard];
        let firing = Firing {
            guard: what.guard,
            arm,
            kpi: guard.kpi.clone(),
            cohort: part::name(guard, what),
            action: guard.action,
            at,
            log_e: decided.log_e,
            threshold: self.threshold,
            reading: self.reading(),
        };
        if let Some(pair) = self.pairs.get_mut(usize::from(arm) - 1) {
            pair.decide(what, firing.action);
        }
        self.fired.push(firing);
    }

    /// Whether an arm still gets what was planned for it. A guard that rolls back stops one arm as
    /// long as another new one is left; the last one takes the whole rollout back.
    fn is_given(&self, arm: usize) -> bool {
        let stops = |firing: &&Firing| firing.action == GuardAction::RollBack;
        let mut stopped = self
            .fired
            .iter()
            .filter(stops)
            .take(self.pairs.len().saturating_sub(1));
        !stopped.any(|firing| usize::from(firing.arm) == arm)
    }

    fn draw(&mut self, at: Time) {
        let units = self.exposed.iter().sum();
        let treatments = self.pairs.len();
        for place in 0..self.kpis.len() {
            for pair in 0..treatments {
                let index = place * treatments + pair;
                if self.series[index].is_due(units) {
                    let difference = self.difference(place, pair);
                    self.series[index].add(units, at, difference);
                }
            }
        }
    }
}

/// The places of KPIs whose sums one event has changed.
#[derive(Debug, Default, Clone, Copy)]
struct Changed(u128);

impl Changed {
    fn insert(&mut self, place: usize) {
        self.0 |= 1 << (place % 128);
    }

    fn places(self) -> impl Iterator<Item = usize> {
        (0..128).filter(move |place| self.0 >> place & 1 == 1)
    }
}
