//! The verdict on a rollout: one answer from the sums of its arms, and what it rests on.
//!
//! Every claim is valid at every look: intervals are confidence sequences, several treatments are
//! corrected by Holm (1979), and a split that is not as planned blocks the verdict. Chances to win
//! are carried for reading only; nothing is decided on them.

mod time_left;
mod wording;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use variorum_stats::bayes;
use variorum_stats::moments::{Arm, Sample};
use variorum_stats::multiplicity::{self, Correction};
use variorum_stats::paired::PairedArm;
use variorum_stats::proportion::Counts;
use variorum_stats::ratio;
use variorum_stats::sequential::{self, Mixture};

use crate::fold::{ArmReading, Firing, KpiReading, Reading, planned_units};
use crate::id::Time;
use crate::kpi::{Direction, Kpi, KpiKind};
use crate::rollout::{Guard, Harm, Rollout};

pub use wording::{Names, sentence};

/// The chance that any claim of better or worse is wrong, over all looks and treatments.
const CLAIM_ALPHA: f64 = 0.05;
/// Fewer units in an arm than this carry no claim.
pub const UNITS_PER_ARM_MIN: u64 = 100;
/// The relative loss that a guarded KPI must be shown to stay within before a version is called
/// safe, where its guard tolerates none: no data can show that nothing at all is lost.
pub const SAFE_MARGIN: f64 = 0.05;

/// What the goal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A treatment is better than the control.
    Better,
    /// Every treatment that is left is worse.
    Worse,
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
}

impl Outcome {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifference => "no-difference",
            Self::NotEnough => "not-enough",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::NoGoal => "no-goal",
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

/// Whether a guarded KPI is shown to be unharmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Safety {
    /// Its KPI.
    pub kpi: String,
    /// The relative loss it must stay within.
    pub margin: f64,
    /// The largest loss that is still possible; missing while nothing can be said.
    pub loss_at_most: Option<f64>,
    /// Shown to stay within the margin.
    pub is_shown: bool,
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
    /// The p-value of "no change", valid at every look and corrected for all treatments.
    pub p: Option<f64>,
    /// Its guarded KPIs, beside the goal.
    pub safety: Vec<Safety>,
    /// How likely the treatment is better by Bayes' rule with a flat prior; for reading only.
    pub chance_to_win: Option<f64>,
}

impl TreatmentVerdict {
    /// Shown to be unharmed in every guarded KPI.
    pub fn is_safe(&self) -> bool {
        self.safety.iter().all(|safety| safety.is_shown)
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
}

impl Verdict {
    /// Whether giving everybody this arm goes with what was found. Anything else is a decision
    /// against the verdict.
    pub fn supports(&self, arm: u8) -> bool {
        match self.outcome {
            Outcome::NoGoal => true,
            Outcome::Better => self.arm == Some(arm) || self.claim_of(arm) == Some(Claim::Better),
            Outcome::NoDifference => self.claim_of(arm) == Some(Claim::Open),
            Outcome::Worse | Outcome::NotEnough | Outcome::Held | Outcome::Stopped => false,
        }
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
    let treatments = goal.map_or_else(Vec::new, |goal| treatments(rollout, reading, goal));
    let units = reading.exposed.iter().sum();
    let planned = rollout.plan.planned_units;
    let (outcome, arm) = answer(rollout, reading, fired, goal, &treatments);
    Verdict {
        outcome,
        arm,
        goal: goal.map(|goal| goal.id.clone()),
        units,
        planned_units: planned,
        days_left: time_left::days(rollout, units, now),
        treatments,
    }
}

fn answer(
    rollout: &Rollout,
    reading: &Reading,
    fired: &[&Firing],
    goal: Option<&Kpi>,
    treatments: &[TreatmentVerdict],
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
    let enough = reading.exposed.iter().sum::<u64>() >= rollout.plan.planned_units;
    let told = left.iter().find(|found| found.claim == Claim::Open);
    let is_measured = told.is_some_and(|found| found.lift.is_some());
    let outcome = if enough && is_measured {
        Outcome::NoDifference
    } else {
        Outcome::NotEnough
    };
    (outcome, told.map(|found| found.arm))
}

/// What was measured of one KPI in one treatment.
struct Pair {
    control: Sample,
    treatment: Sample,
    /// Units and conversions, where it is about conversions.
    counts: Option<(Counts, Counts)>,
    mixture: Mixture,
}

impl Pair {
    /// Missing where an arm is too small for any claim, or where no unit differs from another.
    fn of(rollout: &Rollout, reading: &KpiReading, arm: u8) -> Option<Self> {
        let kpi = rollout.kpis.iter().find(|kpi| kpi.id == reading.kpi)?;
        let (control, treatment) = (&reading.control, reading.arm(arm)?);
        if control.units.min(treatment.units) < UNITS_PER_ARM_MIN.max(kpi.more.min_units) {
            return None;
        }
        let planned = planned_units(&rollout.plan, usize::from(arm));
        let is_conversion = kpi.kind == KpiKind::Conversion;
        let both = counts(control).zip(counts(treatment));
        Some(Self {
            control: sample(control)?,
            treatment: sample(treatment)?,
            counts: both.filter(|_| is_conversion),
            mixture: Mixture::two_sided(CLAIM_ALPHA, planned)?,
        })
    }

    fn lift(&self, alpha: f64) -> Option<sequential::Lift> {
        sequential::lift(&self.control, &self.treatment, &self.mixture, alpha)
    }
}

/// The mean of an arm with its variance; that of a ratio by the delta method (Deng, Knoblich, Lu
/// 2018).
fn sample(arm: &ArmReading) -> Option<Sample> {
    let (n, sum) = (arm.units, arm.sum.parse().ok()?);
    let sum_sq = arm.sum_of_squares.parse().ok()?;
    let Some(divisor) = &arm.divisor else {
        return Arm { n, sum, sum_sq }.sample();
    };
    let paired = PairedArm {
        n,
        sum_y: sum,
        sum_sq_y: sum_sq,
        sum_x: divisor.sum.parse().ok()?,
        sum_sq_x: divisor.sum_of_squares.parse().ok()?,
        sum_xy: divisor.sum_of_products.parse().ok()?,
    };
    ratio::ratio(&paired.sample()?)
}

fn counts(arm: &ArmReading) -> Option<Counts> {
    let converted = arm.sum.parse().ok()?;
    (converted <= arm.units).then_some(Counts {
        n: arm.units,
        converted,
    })
}

fn kpi_reading<'a>(reading: &'a Reading, kpi: &str) -> Option<&'a KpiReading> {
    reading.kpis.iter().find(|found| found.kpi == kpi)
}

/// The goal in every treatment, corrected for their number, with the safety of each.
fn treatments(rollout: &Rollout, reading: &Reading, goal: &Kpi) -> Vec<TreatmentVerdict> {
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
    #[expect(clippy::cast_precision_loss, reason = "at most 9 treatments")]
    let family = p_values.iter().flatten().count().max(1) as f64;
    let judged = arms.iter().zip(&pairs).zip(p_values.iter().zip(adjusted));
    judged
        .map(|((arm, pair), (p, adjusted))| {
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
            TreatmentVerdict {
                arm: *arm,
                claim: claim(goal, pair.as_ref().filter(|_| is_claimed)),
                lift,
                p: adjusted,
                safety: safety(rollout, reading, goal, *arm),
                chance_to_win: pair.as_ref().and_then(|pair| chance_to_win(goal, pair)),
            }
        })
        .collect()
}

fn claim(goal: &Kpi, claimed: Option<&Pair>) -> Claim {
    let Some(pair) = claimed else {
        return Claim::Open;
    };
    let is_up = pair.treatment.minus(1.0, &pair.control) > 0.0;
    if is_up == (goal.direction == Direction::Up) {
        Claim::Better
    } else {
        Claim::Worse
    }
}

/// Whether each guarded KPI beside the goal stays within its margin, by the end of its always-valid
/// interval on the side of harm.
fn safety(rollout: &Rollout, reading: &Reading, goal: &Kpi, arm: u8) -> Vec<Safety> {
    let guards = rollout.plan.guards.iter();
    let others = guards.filter(|guard| guard.kpi != goal.id);
    let of_guard = |guard: &Guard| {
        let margin = if guard.margin > 0.0 {
            guard.margin
        } else {
            SAFE_MARGIN
        };
        let pair = kpi_reading(reading, &guard.kpi)
            .and_then(|found| Pair::of(rollout, found, arm))
            .and_then(|pair| pair.lift(CLAIM_ALPHA)?.interval);
        let loss_at_most = pair.map(|interval| match guard.harm {
            Harm::Decrease => (-interval.low).max(0.0),
            Harm::Increase => interval.high.max(0.0),
        });
        Safety {
            kpi: guard.kpi.clone(),
            margin,
            loss_at_most,
            is_shown: loss_at_most.is_some_and(|loss| loss <= margin),
        }
    };
    others.map(of_guard).collect()
}

fn chance_to_win(goal: &Kpi, pair: &Pair) -> Option<f64> {
    let chance = if let Some((control, treatment)) = pair.counts {
        bayes::conversions(control, treatment, (1.0, 1.0), CLAIM_ALPHA)?.chance_to_win
    } else {
        let options = bayes::EffectOptions {
            relative: false,
            prior: None,
            alpha: CLAIM_ALPHA,
            inverse: false,
        };
        bayes::effect(&pair.control, &pair.treatment, options)?.chance_to_win
    };
    Some(if goal.direction == Direction::Up {
        chance
    } else {
        1.0 - chance
    })
}
