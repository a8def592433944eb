//! Events folded, as they arrive, into exact per-arm statistics.
//!
//! The statistics are a function of the *set* of events: order, delay and repetition do not change
//! them. A unit belongs to the arm of its earliest exposure; an outcome counts when it happened
//! within the KPI's window after that exposure, however late it is reported.

mod reading;
mod seen;
mod series;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use variorum_stats::guard::{self, ConversionSplit, MeanGuard};
use variorum_stats::moments::Arm;

pub use reading::{GuardReading, KpiReading, Reading, SrmReading};
pub use seen::Seen;
pub use series::{Point, Series};

use crate::event::{ERASED_PREFIX, Event, EventKind};
use crate::id::{RolloutNumber, Time};
use crate::library::{Kpi, KpiKind};
use crate::limits::OUTCOMES_PER_UNIT_MAX;
use crate::rollout::{Guard, GuardAction, Harm, Plan, Rollout, TREATMENT, assigned_arm};

/// A unit, by the first 16 bytes of the SHA-256 of its id.
type UnitKey = [u8; 16];

fn unit_key(unit: &str) -> UnitKey {
    let digest: [u8; 32] = Sha256::digest(unit.as_bytes()).into();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

/// Something that happened to a unit.
#[derive(Debug, Clone, Copy)]
struct Happened {
    time: Time,
    kpi: u8,
    value: i64,
}

/// What is known of one unit.
#[derive(Debug, Default)]
struct Unit {
    /// The earliest exposure: when, and to which arm.
    exposure: Option<(Time, u8)>,
    /// It was exposed to both arms.
    both: bool,
    outcomes: Vec<Happened>,
}

/// A guard that decided, with what it rested on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// The place of the guard in the plan.
    pub guard: usize,
    /// Its KPI.
    pub kpi: String,
    /// What is to happen.
    pub action: GuardAction,
    /// The time of the event that crossed the threshold.
    pub at: Time,
    /// The natural logarithm of the combined E-value.
    pub log_e: f64,
    /// The threshold it crossed: ln(1/alpha).
    pub threshold: f64,
    /// The reading at that event.
    pub reading: Reading,
}

/// A guard made ready to judge one KPI.
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
    fn new(guard: &Guard, plan: &Plan, kpis: &[Kpi]) -> Self {
        let place = kpis.iter().position(|kpi| kpi.id == guard.kpi).unwrap_or(0);
        let harm = match guard.harm {
            Harm::Decrease => guard::Harm::Decrease,
            Harm::Increase => guard::Harm::Increase,
        };
        let is_conversion = kpis
            .get(place)
            .is_some_and(|kpi| kpi.kind == KpiKind::Conversion);
        let method = if is_conversion {
            ConversionSplit::new(guard.margin, harm).map(|split| Method::Split(Box::new(split)))
        } else {
            MeanGuard::new(guard.margin, harm, plan.alpha, planned_units(plan)).map(Method::Mean)
        };
        Self {
            place,
            method: method.unwrap_or(Method::Silent),
        }
    }

    fn log_e(&self, [control, treatment]: &[Arm; 2]) -> f64 {
        match &self.method {
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

fn planned_units(plan: &Plan) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a planned number of units")]
    let units = plan.planned_units.max(100) as f64;
    units
}

/// The running statistics of one rollout.
#[derive(Debug)]
pub struct RolloutFold {
    number: RolloutNumber,
    kpis: Vec<Kpi>,
    guards: Vec<Guard>,
    judges: Vec<Judge>,
    weights_bp: [u32; 2],
    salt: String,
    external: bool,
    coverage_max_bp: u32,
    alpha: f64,
    planned_units: f64,
    units: HashMap<UnitKey, Unit>,
    exposed: [u64; 2],
    tallies: Vec<[Arm; 2]>,
    log_e: Vec<f64>,
    both_arms: u64,
    dropped: u64,
    series: Vec<Series>,
    fired: Option<Firing>,
}

impl RolloutFold {
    /// An empty fold for a rollout.
    pub fn new(rollout: &Rollout) -> Self {
        let kpis = rollout.kpis.clone();
        let guards: Vec<Guard> = rollout.plan.guards.clone();
        Self {
            number: rollout.number,
            judges: guards
                .iter()
                .map(|guard| Judge::new(guard, &rollout.plan, &kpis))
                .collect(),
            weights_bp: rollout.plan.weights_bp,
            salt: rollout.salt.clone(),
            external: rollout.plan.external_assignment,
            coverage_max_bp: rollout
                .plan
                .stages
                .last()
                .map_or(0, |stage| stage.coverage_bp),
            alpha: rollout.plan.alpha,
            planned_units: planned_units(&rollout.plan),
            units: HashMap::new(),
            exposed: [0, 0],
            tallies: vec![[Arm::default(); 2]; kpis.len()],
            log_e: vec![0.0; guards.len()],
            both_arms: 0,
            dropped: 0,
            series: vec![Series::default(); kpis.len()],
            fired: None,
            kpis,
            guards,
        }
    }

    /// Which rollout this is.
    pub fn number(&self) -> RolloutNumber {
        self.number
    }

    /// The guard that decided, if one has.
    pub fn fired(&self) -> Option<&Firing> {
        self.fired.as_ref()
    }

    /// The curves drawn over time, one per KPI.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The exact sums of a KPI, control first.
    pub fn tally(&self, kpi: &str) -> Option<&[Arm; 2]> {
        let place = self.kpis.iter().position(|known| known.id == kpi)?;
        self.tallies.get(place)
    }

    /// Takes one event in. Returns `true` when a guard decides on this very event.
    ///
    /// The caller has dropped duplicates by id.
    pub fn take(&mut self, event: &Event) -> bool {
        match event.kind {
            EventKind::Exposure => {
                if event.rollout == Some(self.number)
                    && let Some(arm) = event.arm
                {
                    self.take_exposure(event, arm);
                }
                false
            }
            EventKind::Outcome => self.take_outcome(event),
        }
    }

    fn take_exposure(&mut self, event: &Event, arm: u8) {
        let unit = self.units.entry(unit_key(&event.unit)).or_default();
        let this = (event.time, arm.min(TREATMENT));
        let before = unit.exposure;
        if before.is_some_and(|(_, known)| known != this.1) && !unit.both {
            unit.both = true;
            self.both_arms += 1;
        }
        if before.is_some_and(|known| known <= this) {
            return;
        }
        for (place, kpi) in self.kpis.iter().enumerate() {
            let tally = &mut self.tallies[place];
            if let Some((_, old_arm)) = before {
                let arm = &mut tally[usize::from(old_arm)];
                arm.change_unit(unit.total(kpi, place), 0);
                arm.n -= 1;
            }
        }
        if let Some((_, old_arm)) = before {
            self.exposed[usize::from(old_arm)] -= 1;
        }
        self.exposed[usize::from(this.1)] += 1;
        unit.exposure = Some(this);
        for (place, kpi) in self.kpis.iter().enumerate() {
            self.tallies[place][usize::from(this.1)].add_unit(unit.total(kpi, place));
        }
        self.draw(event.time);
    }

    fn take_outcome(&mut self, event: &Event) -> bool {
        let Some(place) = self.kpis.iter().position(|kpi| kpi.id == event.kpi) else {
            return false;
        };
        if event.rollout.is_some_and(|number| number != self.number) || !self.may_hold(&event.unit)
        {
            return false;
        }
        let unit = self.units.entry(unit_key(&event.unit)).or_default();
        if unit.outcomes.len() >= OUTCOMES_PER_UNIT_MAX {
            self.dropped += 1;
            return false;
        }
        let kpi = &self.kpis[place];
        let before = unit.total(kpi, place);
        let kpi_code = u8::try_from(place).unwrap_or(u8::MAX);
        unit.outcomes.push(Happened {
            time: event.time,
            kpi: kpi_code,
            value: event.value,
        });
        let after = unit.total(kpi, place);
        let Some((_, arm)) = unit.exposure else {
            return false;
        };
        if before == after {
            return false;
        }
        self.tallies[place][usize::from(arm)].change_unit(before, after);
        self.judge(place, event.time)
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
        self.external
            || unit.starts_with(ERASED_PREFIX)
            || assigned_arm(&self.salt, unit, self.weights_bp, self.coverage_max_bp).is_some()
    }

    /// Judges the guards of one KPI after its sums have changed.
    fn judge(&mut self, place: usize, at: Time) -> bool {
        if self.fired.is_some() || !self.judges.iter().any(|judge| judge.place == place) {
            return false;
        }
        for (judge, log_e) in self.judges.iter().zip(&mut self.log_e) {
            if judge.place == place {
                *log_e = judge.log_e(&self.tallies[place]);
            }
        }
        let combined = self.combined();
        let threshold = guard::threshold(self.alpha);
        if combined.log_e < threshold {
            return false;
        }
        let culprit = combined.culprit.unwrap_or(0);
        self.fired = Some(Firing {
            guard: culprit,
            kpi: self.guards[culprit].kpi.clone(),
            action: self.guards[culprit].action,
            at,
            log_e: combined.log_e,
            threshold,
            reading: self.reading(),
        });
        true
    }

    fn combined(&self) -> guard::Combined {
        #[expect(clippy::cast_precision_loss, reason = "at most 12 guards")]
        let weight = 1.0 / self.log_e.len().max(1) as f64;
        let parts: Vec<(f64, f64)> = self.log_e.iter().map(|log_e| (weight, *log_e)).collect();
        guard::combine(&parts)
    }

    fn draw(&mut self, at: Time) {
        let units = self.exposed[0] + self.exposed[1];
        for place in 0..self.kpis.len() {
            if self.series[place].is_due(units) {
                let reading = self.kpi_reading(place);
                self.series[place].add(units, at, &reading);
            }
        }
    }
}

impl Unit {
    /// The unit's total of a KPI: outcomes within the window after its exposure.
    fn total(&self, kpi: &Kpi, place: usize) -> i64 {
        let Some((from, _)) = self.exposure else {
            return 0;
        };
        let until = from.plus_seconds(kpi.window_seconds);
        let counted = self.outcomes.iter().filter(|happened| {
            usize::from(happened.kpi) == place && from <= happened.time && happened.time <= until
        });
        let sum: i64 = counted.map(|happened| happened.value).sum();
        if kpi.kind == KpiKind::Conversion {
            i64::from(sum > 0)
        } else {
            sum
        }
    }
}

/// The observed share of treatment among all exposed units; robust to an uneven split.
fn share(control: &Arm, treatment: &Arm) -> f64 {
    let all = control.n + treatment.n;
    if control.n == 0 || treatment.n == 0 {
        return 0.5;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of units lie below 2^53")]
    let share = treatment.n as f64 / all as f64;
    share
}

fn whole(sum: i128) -> u64 {
    u64::try_from(sum).unwrap_or(0)
}
