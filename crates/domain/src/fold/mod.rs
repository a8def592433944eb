//! Events folded, as they arrive, into exact per-arm statistics.
//!
//! The statistics are a function of the *set* of events: order, delay and repetition do not change
//! them. A unit belongs to the arm of its earliest exposure; an outcome counts when it happened
//! within the KPI's window after that exposure, however late it is reported.

mod reading;
mod seen;
mod series;
mod unit;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use variorum_stats::guard::{self, ConversionSplit, MeanGuard};
use variorum_stats::moments::Arm;
use variorum_stats::paired::PairedArm;
use variorum_stats::quantile::Counted;
use variorum_stats::ratio;

pub use reading::{
    ArmReading, Difference, DivisorReading, GuardReading, KpiReading, QuantileReading, Reading,
    SrmReading, TreatmentReading,
};
pub use seen::Seen;
pub use series::{Point, Series};

use unit::{Before, Happened, Measure, Unit};

use crate::event::{ERASED_PREFIX, Event, EventKind};
use crate::id::{RolloutNumber, Time};
use crate::library::{Kpi, KpiKind};
use crate::limits::OUTCOMES_PER_UNIT_MAX;
use crate::rollout::{
    ALL_BP, CONTROL, Guard, GuardAction, GuardMethod, Harm, LayerClaim, Plan, Rollout, TREATMENT,
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

/// Results from when there were always two arms do not say which one did harm.
fn first_treatment() -> u8 {
    TREATMENT
}

/// A guard made ready to judge one KPI of one treatment against the control.
#[derive(Debug)]
struct Judge {
    /// The place of its KPI.
    place: usize,
    method: Method,
}

#[derive(Debug)]
enum Method {
    Split(Box<ConversionSplit>),
    Mean(MeanGuard),
    /// A margin or error rate out of range, which `Plan::check` refuses; it never decides.
    Silent,
}

impl Judge {
    fn new(guard: &Guard, rollout: &Rollout, planned_units: f64) -> Self {
        let kpis = &rollout.kpis;
        let place = kpis.iter().position(|kpi| kpi.id == guard.kpi).unwrap_or(0);
        let harm = match guard.harm {
            Harm::Decrease => guard::Harm::Decrease,
            Harm::Increase => guard::Harm::Increase,
        };
        let is_conversion = kpis
            .get(place)
            .is_some_and(|kpi| kpi.kind == KpiKind::Conversion);
        let method = if is_conversion {
            split(guard.margin, harm, rollout.method).map(|split| Method::Split(Box::new(split)))
        } else {
            let alpha = alpha_of_arm(&rollout.plan);
            MeanGuard::new(guard.margin, harm, alpha, planned_units).map(Method::Mean)
        };
        Self {
            place,
            method: method.unwrap_or(Method::Silent),
        }
    }

    /// The evidence of harm; `ratios` where the KPI divides one amount by another.
    fn log_e(
        &self,
        control: &Arm,
        treatment: &Arm,
        ratios: Option<(&PairedArm, &PairedArm)>,
    ) -> f64 {
        match &self.method {
            Method::Mean(mean) if ratios.is_some() => {
                let arm = |arm: &PairedArm| ratio::ratio(&arm.sample()?);
                let arms = ratios.and_then(|(control, treatment)| arm(control).zip(arm(treatment)));
                arms.map_or(0.0, |(control, treatment)| {
                    mean.read(&control, &treatment).log_e()
                })
            }
            // What nobody has been shown cannot have done harm; the other arm's conversions, which came
            // first, are no evidence against it.
            Method::Split(_) if control.n == 0 || treatment.n == 0 => 0.0,
            Method::Split(split) => split.log_e(&[guard::Stage {
                share_treatment: share(control, treatment),
                converted_treatment: whole(treatment.sum),
                converted_control: whole(control.sum),
            }]),
            Method::Mean(mean) => mean.log_e(control, treatment).unwrap_or(0.0),
            Method::Silent => 0.0,
        }
    }
}

/// The guard on conversions as a revision of the statistics weighs them.
fn split(margin: f64, harm: guard::Harm, method: GuardMethod) -> Option<ConversionSplit> {
    match method {
        GuardMethod::EightRatios => ConversionSplit::new(margin, harm),
        GuardMethod::FourteenRatios => {
            ConversionSplit::with_grid(margin, harm, &guard::GRID_ROLLOUT)
        }
    }
}

/// The units of the control and of one treatment at which a decision is planned.
pub(crate) fn planned_units(plan: &Plan, arm: usize) -> f64 {
    let weight = |arm: usize| plan.weights_bp.get(arm).copied().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a planned number of units")]
    let units = plan.planned_units as f64;
    let pair = f64::from(weight(0) + weight(arm)) / f64::from(ALL_BP);
    (units * pair).max(100.0)
}

/// The chance of a false roll-back of one arm, so that all arms together keep the plan's.
fn alpha_of_arm(plan: &Plan) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 9 treatments")]
    let treatments = plan.treatments().max(1) as f64;
    plan.alpha / treatments
}

/// What is watched of one treatment beside the control.
#[derive(Debug)]
struct Pair {
    planned_units: f64,
    judges: Vec<Judge>,
    log_e: Vec<f64>,
    is_decided: bool,
}

impl Pair {
    fn new(rollout: &Rollout, arm: usize) -> Self {
        let plan = &rollout.plan;
        let planned_units = planned_units(plan, arm);
        let judge = |guard: &Guard| Judge::new(guard, rollout, planned_units);
        Self {
            judges: plan.guards.iter().map(judge).collect(),
            log_e: vec![0.0; plan.guards.len()],
            planned_units,
            is_decided: false,
        }
    }

    fn combined(&self) -> guard::Combined {
        #[expect(clippy::cast_precision_loss, reason = "at most 12 guards")]
        let weight = 1.0 / self.log_e.len().max(1) as f64;
        let parts: Vec<(f64, f64)> = self.log_e.iter().map(|log_e| (weight, *log_e)).collect();
        guard::combine(&parts)
    }
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
    weights_bp: Vec<u32>,
    salt: String,
    external: bool,
    layer: Option<LayerClaim>,
    /// Since when a hold-out counts everybody, in whichever rollout they are.
    held_since: Option<Time>,
    coverage_max_bp: u32,
    threshold: f64,
    units: HashMap<UnitKey, Unit>,
    exposed: Vec<u64>,
    /// The sums of all arms, KPI by KPI.
    tallies: Vec<Arm>,
    /// The same of both totals of ratios and of KPIs with a time before the exposure; empty where
    /// there are none.
    paired: Vec<PairedArm>,
    /// The totals of the units, counted, of KPIs that are quantiles; empty where there are none.
    spreads: Vec<Counted>,
    several_arms: u64,
    dropped: u64,
    /// The curves of all treatments, KPI by KPI.
    series: Vec<Series>,
    fired: Vec<Firing>,
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
        let spreads = if measures.iter().any(|measure| measure.quantile().is_some()) {
            vec![Counted::default(); arms * kpis.len()]
        } else {
            Vec::new()
        };
        Self {
            measures,
            spreads,
            paired,
            number: rollout.number,
            pairs: (1..arms).map(|arm| Pair::new(rollout, arm)).collect(),
            weights_bp: plan.weights_bp.clone(),
            salt: rollout.salt.clone(),
            external: plan.external_assignment,
            layer: plan.layer.clone(),
            held_since: plan.design.is_hold_out().then_some(rollout.started_at),
            coverage_max_bp: plan.stages.last().map_or(0, |stage| stage.coverage_bp),
            threshold: guard::threshold(alpha_of_arm(plan)),
            units: HashMap::new(),
            exposed: vec![0; arms],
            tallies: vec![Arm::default(); arms * kpis.len()],
            several_arms: 0,
            dropped: 0,
            series: vec![Series::default(); plan.treatments() * kpis.len()],
            fired: Vec::new(),
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

    /// The guards that decided, in the order in which they did; at most one for each treatment.
    pub fn fired(&self) -> &[Firing] {
        &self.fired
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
        let unit = self.units.entry(unit_key(&event.unit)).or_default();
        let this = (event.time, arm);
        let before = unit.exposure;
        if before.is_some_and(|(_, known)| known != arm) && !unit.several {
            unit.several = true;
            self.several_arms += 1;
        }
        if before.is_some_and(|known| known <= this) {
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
            if measure.quantile().is_some() {
                self.spreads[index].remove(totals.0);
            }
        }
        if let Some((_, old)) = before {
            self.exposed[usize::from(old)] -= 1;
        }
        self.exposed[usize::from(arm)] += 1;
        unit.exposure = Some(this);
        for (place, measure) in self.measures.iter().enumerate() {
            let (index, totals) = (place * arms + usize::from(arm), unit.totals(measure));
            self.tallies[index].add_unit(totals.0);
            if measure.is_paired() {
                self.paired[index].add_unit(totals);
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
        let arms = self.exposed.len();
        let mut changed = Changed::default();
        for (index, measure) in self.measures.iter().enumerate() {
            if !measure.uses(place) {
                continue;
            }
            let (before, after) = (unit.totals_before(measure), unit.totals(measure));
            if before == after {
                continue;
            }
            let at = index * arms + usize::from(arm);
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
        }
        for index in changed.places() {
            self.judge(index, arm, event.time);
        }
    }

    /// Gives a unit another name, as its stored events have got; the sums stay what they are.
    pub fn rename(&mut self, unit: &str, name: &str) {
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
    /// all treatments where it is the control.
    fn judge(&mut self, place: usize, changed: u8, at: Time) {
        let arms = self.exposed.len();
        let of_kpi = &self.tallies[place * arms..(place + 1) * arms];
        let Some((control, treatments)) = of_kpi.split_first() else {
            return;
        };
        let is_ratio = self.measures[place].is_ratio();
        let ratios = if is_ratio {
            self.paired.get(place * arms..(place + 1) * arms)
        } else {
            None
        };
        let mut decided: Vec<(u8, guard::Combined)> = Vec::new();
        for ((arm, pair), treatment) in (TREATMENT..).zip(&mut self.pairs).zip(treatments) {
            let is_concerned = changed < TREATMENT || changed == arm;
            if !is_concerned || pair.is_decided {
                continue;
            }
            let mut is_judged = false;
            for (judge, log_e) in pair.judges.iter().zip(&mut pair.log_e) {
                if judge.place == place {
                    let ratios = ratios.map(|ratios| (&ratios[0], &ratios[usize::from(arm)]));
                    *log_e = judge.log_e(control, treatment, ratios);
                    is_judged = true;
                }
            }
            let combined = pair.combined();
            if is_judged && combined.log_e >= self.threshold {
                pair.is_decided = true;
                decided.push((arm, combined));
            }
        }
        for (arm, combined) in decided {
            self.fire(arm, &combined, at);
        }
    }

    fn fire(&mut self, arm: u8, combined: &guard::Combined, at: Time) {
        let culprit = combined.culprit.unwrap_or(0);
        let guard = &self.guards[culprit];
        self.fired.push(Firing {
            guard: culprit,
            arm,
            kpi: guard.kpi.clone(),
            action: guard.action,
            at,
            log_e: combined.log_e,
            threshold: self.threshold,
            reading: self.reading(),
        });
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

/// The observed share of treatment among all exposed units; robust to an uneven split.
fn share(control: &Arm, treatment: &Arm) -> f64 {
    let all = control.n + treatment.n;
    #[expect(clippy::cast_precision_loss, reason = "counts of units lie below 2^53")]
    let share = treatment.n as f64 / all as f64;
    share
}

fn whole(sum: i128) -> u64 {
    u64::try_from(sum).unwrap_or(0)
}
