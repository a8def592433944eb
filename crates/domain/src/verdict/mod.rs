//! The verdict on a rollout: one answer from the sums of its arms, and what it rests on.
//!
//! Every claim is valid at every look: intervals are confidence sequences, several treatments are
//! corrected by Holm (1979), and a split that is not as planned blocks the verdict. Chances to win
//! are carried for reading only; nothing is decided on them.

mod pair;
mod safety;
mod time_left;
mod windows;
mod wording;

#[cfg(test)]
mod safety_tests;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use variorum_stats::multiplicity::{self, Correction};

use crate::fold::{Firing, KpiReading, Reading};
use crate::id::Time;
use crate::kpi::{Direction, Kpi, KpiKind};
use crate::rollout::Rollout;

use pair::Pair;
use safety::Asked;
pub use safety::{MarginFrom, Safety, Within};
pub use windows::WindowsVerdict;
pub use wording::{Names, safety_words, sentence};

/// The chance that any claim of better or worse is wrong, over all looks and treatments.
const CLAIM_ALPHA: f64 = 0.05;
/// Fewer units in an arm than this carry no claim.
pub const UNITS_PER_ARM_MIN: u64 = 100;
/// The relative loss that a guarded KPI must be shown to stay within before a version is called
/// safe, where neither its guard nor its definition names one: no data can show that nothing at all
/// is lost.
pub const SAFE_MARGIN: f64 = 0.05;

/// What the goal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A treatment is better than the control.
    Better,
    /// Every treatment that is left is worse.
    Worse,
    /// Shown to be no worse than the rollout said it may be.
    NotWorse,
    /// As many units as planned, and no difference: what there may be is named.
    NoDifference,
    /// Not enough data yet.
    NotEnough,
    /// The split of units is not as planned, so nothing may be said.
    Held,
    /// A guard decided.
    Stopped,
    /// No goal was planned, so nothing is to be decided.
    NoGoal,
    /// The goal is a quantile: it is shown, and nothing is claimed of it.
    ForReading,
}

impl Outcome {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NotWorse => "not-worse",
            Self::NoDifference => "no-difference",
            Self::NotEnough => "not-enough",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::NoGoal => "no-goal",
            Self::ForReading => "for-reading",
        }
    }
}

/// What speaks against giving everybody the release of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    /// Units are not split as planned.
    Split,
    /// A guard found harm.
    Guard,
    /// The goal is worse.
    Worse,
    /// Another arm was found better, this one was not.
    NotTheBest,
    /// Harm in a guarded KPI beside the goal cannot be ruled out.
    NotSafe,
    /// Not enough data yet.
    NotEnough,
}

impl Objection {
    /// In words, to stand after "the verdict does not support this:".
    pub fn words(self) -> &'static str {
        match self {
            Self::Split => "people are not split as planned, so the numbers cannot be compared",
            Self::Guard => "a guard found that it does harm",
            Self::Worse => "the goal is worse with it",
            Self::NotSafe => "harm in a guarded number cannot be ruled out yet",
            Self::NotTheBest => "another new version was found better, and nothing of this one",
            Self::NotEnough => "there is not enough data yet",
        }
    }
}

/// A relative change with its always-valid interval; 0.08 is eight per cent more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    /// The estimate.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Lift {
    /// The largest change, in either direction, that the interval allows.
    pub fn reach(&self) -> f64 {
        self.low.abs().max(self.high.abs())
    }
}

/// The difference of the means, in the KPI's smallest unit, with its always-valid interval.
pub type Absolute = crate::fold::Difference;

/// What the goal says of one treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// Better than the control.
    Better,
    /// Worse than the control.
    Worse,
    /// Neither can be claimed.
    Open,
}

/// What was taken out of the goal because it was known before the exposure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// How much of what was before is expected after; 0 where it says nothing.
    pub theta: f64,
    /// Of a ratio: the same of what it divides by, and `theta` is of what is divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theta_divisor: Option<f64>,
    /// The part of the difference's variance that is gone, 0 to 1.
    pub reduction: f64,
}

/// One treatment beside the control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreatmentVerdict {
    /// Which arm.
    pub arm: u8,
    /// What the goal says.
    pub claim: Claim,
    /// The relative change of the goal.
    pub lift: Option<Lift>,
    /// The same as a difference.
    #[serde(default)]
    pub absolute: Option<Absolute>,
    /// The p-value of "no change", valid at every look and corrected for all treatments.
    pub p: Option<f64>,
    /// The same corrected for the false discovery rate only; for reading, claims rest on `p`.
    #[serde(default)]
    pub p_discovery: Option<f64>,
    /// What was known before the exposure and is taken out, where the plan says so.
    #[serde(default)]
    pub adjustment: Option<Adjustment>,
    /// Its guarded KPIs, beside the goal.
    pub safety: Vec<Safety>,
    /// How likely the treatment is better by Bayes' rule with a flat prior; for reading only.
    pub chance_to_win: Option<f64>,
}

impl TreatmentVerdict {
    /// Shown to be unharmed in every guarded KPI.
    pub fn is_safe(&self) -> bool {
        !self.safety.iter().any(Safety::is_open)
    }
}

/// The verdict on a rollout at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// The treatment it is about.
    pub arm: Option<u8>,
    /// The goal.
    pub goal: Option<String>,
    /// Units exposed so far, all arms.
    pub units: u64,
    /// Units at which a decision is planned.
    pub planned_units: u64,
    /// Days until then, at the pace so far; missing where it cannot be told.
    pub days_left: Option<f64>,
    /// What it rests on, treatment by treatment.
    pub treatments: Vec<TreatmentVerdict>,
    /// The arms in which a guard found harm.
    #[serde(default)]
    pub stopped: Vec<u8>,
    /// How far the windows of a switchback have come, which count instead of units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<WindowsVerdict>,
}

impl Verdict {
    /// Whether giving everybody this arm goes with what was found. Anything else is a decision
    /// against the verdict.
    pub fn supports(&self, arm: u8) -> bool {
        self.objection(arm).is_none()
    }

    /// What speaks against giving everybody this arm; nothing where the verdict supports it.
    pub fn objection(&self, arm: u8) -> Option<Objection> {
        let claim = self.claim_of(arm);
        match self.outcome {
            Outcome::Held => Some(Objection::Split),
            _ if self.stopped.contains(&arm) => Some(Objection::Guard),
            Outcome::NoGoal | Outcome::ForReading => None,
            Outcome::Better if claim == Some(Claim::Better) => self.unsafe_in(arm),
            Outcome::NotWorse | Outcome::NoDifference if claim == Some(Claim::Open) => {
                self.unsafe_in(arm)
            }
            _ if claim == Some(Claim::Worse) => Some(Objection::Worse),
            Outcome::Better => Some(Objection::NotTheBest),
            Outcome::Stopped
            | Outcome::Worse
            | Outcome::NotEnough
            | Outcome::NotWorse
            | Outcome::NoDifference => Some(Objection::NotEnough),
        }
    }

    /// The rule for shipping: the goal is better, every guarded KPI beside it is shown to be no
    /// worse than its margin, no guard found harm, and units are split as planned.
    pub fn ships(&self, arm: u8) -> bool {
        self.claim_of(arm) == Some(Claim::Better) && self.supports(arm)
    }

    fn unsafe_in(&self, arm: u8) -> Option<Objection> {
        let found = self.treatments.iter().find(|found| found.arm == arm);
        (!found.is_some_and(TreatmentVerdict::is_safe)).then_some(Objection::NotSafe)
    }

    fn claim_of(&self, arm: u8) -> Option<Claim> {
        let found = self.treatments.iter().find(|found| found.arm == arm);
        found.map(|found| found.claim)
    }
}

/// Judges a rollout from what was measured, at a time.
pub fn judge(rollout: &Rollout, reading: &Reading, fired: &[&Firing], now: Time) -> Verdict {
    // A guard that only asks for people leaves the answer to the goal.
    let stops: Vec<&Firing> = fired
        .iter()
        .copied()
        .filter(|one| one.action.stops())
        .collect();
    let fired = stops.as_slice();
    let goal = rollout.plan.goal.as_ref();
    let goal = goal.and_then(|id| rollout.kpis.iter().find(|kpi| &kpi.id == id));
    let windows = windows::windows(rollout, reading);
    let treatments = goal.map_or_else(Vec::new, |goal| match windows {
        Some(_) => vec![windows::treatment(rollout, reading, goal, now)],
        None => treatments(rollout, reading, goal, now),
    });
    let units = reading.exposed.iter().sum();
    let planned = rollout.plan.planned_units;
    let enough = windows.map_or(units >= planned, |told| told.pairs >= told.planned);
    let (outcome, arm) = answer(rollout, reading, fired, goal, (&treatments, enough));
    let days_left = match windows.zip(rollout.plan.switchback()) {
        Some((told, cut)) => windows::days_left(&cut, &told, now),
        None => time_left::days(rollout, units, now),
    };
    Verdict {
        outcome,
        arm,
        goal: goal.map(|goal| goal.id.clone()),
        units,
        planned_units: planned,
        days_left,
        treatments,
        stopped: fired.iter().map(|firing| firing.arm).collect(),
        windows,
    }
}

fn answer(
    rollout: &Rollout,
    reading: &Reading,
    fired: &[&Firing],
    goal: Option<&Kpi>,
    (treatments, enough): (&[TreatmentVerdict], bool),
) -> (Outcome, Option<u8>) {
    if reading.srm.alarm {
        return (Outcome::Held, None);
    }
    let stopped = |arm: u8| fired.iter().any(|firing| firing.arm == arm);
    let mut all = rollout.arms.treatments();
    if let Some(first) = fired.first()
        && all.all(|(arm, _)| stopped(arm))
    {
        return (Outcome::Stopped, Some(first.arm));
    }
    let Some(goal) = goal else {
        return (Outcome::NoGoal, None);
    };
    if goal.kind == KpiKind::Quantile {
        return (Outcome::ForReading, None);
    }
    let left: Vec<&TreatmentVerdict> = treatments
        .iter()
        .filter(|found| !stopped(found.arm))
        .collect();
    let gain = |found: &TreatmentVerdict| {
        let estimate = found.lift.map_or(0.0, |lift| lift.estimate);
        if goal.direction == Direction::Up {
            estimate
        } else {
            -estimate
        }
    };
    let better = left.iter().filter(|found| found.claim == Claim::Better);
    if let Some(best) = better.max_by(|a, b| gain(a).total_cmp(&gain(b))) {
        return (Outcome::Better, Some(best.arm));
    }
    if !left.is_empty() && left.iter().all(|found| found.claim == Claim::Worse) {
        return (Outcome::Worse, left.first().map(|found| found.arm));
    }
    let is_no_worse = |found: &TreatmentVerdict| {
        found.claim == Claim::Open
            && safety::of_goal(&goal.id, found).is_some_and(|one| one.is_shown)
    };
    let no_worse = left.iter().filter(|found| is_no_worse(found));
    if let Some(best) = no_worse.max_by(|a, b| gain(a).total_cmp(&gain(b))) {
        return (Outcome::NotWorse, Some(best.arm));
    }
    let told = left.iter().find(|found| found.claim == Claim::Open);
    let is_measured = told.is_some_and(|found| found.lift.is_some());
    let outcome = if enough && is_measured {
        Outcome::NoDifference
    } else {
        Outcome::NotEnough
    };
    (outcome, told.map(|found| found.arm))
}

fn kpi_reading<'a>(reading: &'a Reading, kpi: &str) -> Option<&'a KpiReading> {
    reading.kpis.iter().find(|found| found.kpi == kpi)
}

/// The goal in every treatment, corrected for their number, with the safety of each.
fn treatments(
    rollout: &Rollout,
    reading: &Reading,
    goal: &Kpi,
    now: Time,
) -> Vec<TreatmentVerdict> {
    let of_goal = kpi_reading(reading, &goal.id);
    let arms: Vec<u8> = rollout.arms.treatments().map(|(arm, _)| arm).collect();
    let pairs: Vec<Option<Pair>> = arms
        .iter()
        .map(|arm| Pair::of(rollout, of_goal?, *arm))
        .collect();
    // A p-value that underflows is as small as can be, not missing.
    let p_of = |pair: &Option<Pair>| {
        let found = pair.as_ref()?.lift(CLAIM_ALPHA)?;
        Some(found.log_p.exp().max(f64::MIN_POSITIVE))
    };
    let p_values: Vec<Option<f64>> = pairs.iter().map(p_of).collect();
    let adjusted = multiplicity::adjust(&p_values, Correction::Holm);
    let discovery = multiplicity::adjust(&p_values, Correction::BenjaminiHochberg);
    #[expect(clippy::cast_precision_loss, reason = "at most 9 treatments")]
    let family = p_values.iter().flatten().count().max(1) as f64;
    let values = p_values.iter().zip(adjusted.into_iter().zip(discovery));
    let judged = arms.iter().zip(&pairs).zip(values);
    judged
        .map(|((arm, pair), (p, (adjusted, p_discovery)))| {
            let is_claimed = adjusted.is_some_and(|p| multiplicity::rejects(p, CLAIM_ALPHA));
            // A claim is drawn at the level at which Holm's steps reached it, all else at that of
            // the whole family, so that interval and claim never contradict each other.
            let level = match (is_claimed, p.zip(adjusted)) {
                (true, Some((p, adjusted))) => CLAIM_ALPHA * p / adjusted,
                _ => CLAIM_ALPHA / family,
            };
            let lift = pair.as_ref().and_then(|pair| pair.lift(level)?.interval);
            let lift = lift.map(|interval| Lift {
                estimate: interval.estimate,
                low: interval.low,
                high: interval.high,
            });
            let claim = claim(goal, pair.as_ref().filter(|_| is_claimed));
            let asked = Asked {
                rollout,
                reading,
                goal,
                arm: *arm,
                now,
            };
            TreatmentVerdict {
                arm: *arm,
                claim,
                lift,
                absolute: pair.as_ref().and_then(|pair| pair.absolute(level)),
                p: adjusted,
                p_discovery,
                adjustment: pair.as_ref().and_then(|pair| pair.adjustment),
                safety: safety::all(asked, claim),
                chance_to_win: pair
                    .as_ref()
                    .and_then(|pair| pair::chance_to_win(goal, pair)),
            }
        })
        .collect()
}

fn claim(goal: &Kpi, claimed: Option<&Pair>) -> Claim {
    let Some(pair) = claimed else {
        return Claim::Open;
    };
    claim_of_sign(goal, pair.treatment.minus(1.0, &pair.control) > 0.0)
}

fn claim_of_sign(goal: &Kpi, is_up: bool) -> Claim {
    if is_up == (goal.direction == Direction::Up) {
        Claim::Better
    } else {
        Claim::Worse
    }
}
