//! Guards made ready to judge one treatment against the control, and what they have found so far.

use serde::{Deserialize, Serialize};
use variorum_stats::guard::{self, ConversionSplit, MeanGuard, MeanLimit, RateLimit, ShiftGuard};
use variorum_stats::moments::{Arm, Sample};
use variorum_stats::paired::PairedArm;
use variorum_stats::ratio;

use crate::id::Time;
use crate::library::KpiKind;
use crate::rollout::{
    ALL_BP, Guard, GuardAction, GuardMethod, Harm, Limit, Plan, Rollout, Watched, watched,
};

/// The sums of one KPI in one arm: of amounts, and of both amounts of a ratio.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums<'a> {
    /// Of the amounts; of what is divided, where it is a ratio.
    pub(super) arm: &'a Arm,
    /// Of both amounts.
    pub(super) ratio: Option<&'a PairedArm>,
}

impl Sums<'_> {
    /// Mean and variance; those of a ratio by the delta method.
    fn sample(&self) -> Option<Sample> {
        match self.ratio {
            Some(paired) => ratio::ratio(&paired.sample()?),
            None => self.arm.sample(),
        }
    }
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
    Shift(ShiftGuard),
    Rate(Box<RateLimit>),
    Level(MeanLimit),
    /// A margin, limit or error rate out of range, which `Plan::check` refuses; it never decides.
    Silent,
}

impl Judge {
    fn new(guard: &Guard, rollout: &Rollout, (planned_units, arm): (f64, usize)) -> Self {
        let kpis = &rollout.kpis;
        let place = kpis.iter().position(|kpi| kpi.id == guard.kpi).unwrap_or(0);
        let harm = match guard.harm {
            Harm::Decrease => guard::Harm::Decrease,
            Harm::Increase => guard::Harm::Increase,
        };
        let is_conversion = kpis
            .get(place)
            .is_some_and(|kpi| kpi.kind == KpiKind::Conversion);
        let alpha = alpha_of_arm(&rollout.plan);
        let method = match guard.more.limit {
            Some(Limit::Level(rate)) if is_conversion => {
                RateLimit::new(rate).map(|limit| Method::Rate(Box::new(limit)))
            }
            Some(Limit::Level(level)) => {
                // Only the units of the treatment count towards it.
                let units = (planned_units * share_of_pair(&rollout.plan, arm)).max(100.0);
                MeanLimit::new(level, alpha, units).map(Method::Level)
            }
            Some(Limit::Difference(most)) => {
                ShiftGuard::new(most, harm, alpha, planned_units).map(Method::Shift)
            }
            None if is_conversion => split(guard.margin, harm, rollout.method)
                .map(|split| Method::Split(Box::new(split))),
            None => MeanGuard::new(guard.margin, harm, alpha, planned_units).map(Method::Mean),
        };
        Self {
            place,
            method: method.unwrap_or(Method::Silent),
        }
    }

    /// The evidence of harm.
    fn log_e(&self, control: Sums<'_>, treatment: Sums<'_>) -> f64 {
        match &self.method {
            // What nobody has been shown cannot have done harm; the other arm's conversions, which came
            // first, are no evidence against it.
            Method::Split(_) if control.arm.n == 0 || treatment.arm.n == 0 => 0.0,
            Method::Split(split) => split.log_e(&[guard::Stage {
                share_treatment: share(control.arm, treatment.arm),
                converted_treatment: whole(treatment.arm.sum),
                converted_control: whole(control.arm.sum),
            }]),
            Method::Mean(mean) if control.ratio.is_some() => {
                let arms = control.sample().zip(treatment.sample());
                arms.map_or(0.0, |(control, treatment)| {
                    mean.read(&control, &treatment).log_e()
                })
            }
            Method::Mean(mean) => mean.log_e(control.arm, treatment.arm).unwrap_or(0.0),
            Method::Shift(shift) => {
                let arms = control.sample().zip(treatment.sample());
                arms.map_or(0.0, |(control, treatment)| {
                    shift.read(&control, &treatment).log_e()
                })
            }
            Method::Rate(limit) => limit.log_e(treatment.arm.n, whole(treatment.arm.sum)),
            Method::Level(limit) => treatment
                .sample()
                .map_or(0.0, |arm| limit.read(&arm).log_e()),
            Method::Silent => 0.0,
        }
    }
}

/// The guard on conversions as a revision of the statistics weighs them.
fn split(margin: f64, harm: guard::Harm, method: GuardMethod) -> Option<ConversionSplit> {
    match method {
        GuardMethod::EightRatios => ConversionSplit::new(margin, harm),
        GuardMethod::FourteenRatios | GuardMethod::GuardByGuard => {
            ConversionSplit::with_grid(margin, harm, &guard::GRID_FOURTEEN)
        }
        GuardMethod::CollapseSooner => {
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

/// The share of a treatment among its own units and the control's.
pub(crate) fn share_of_pair(plan: &Plan, arm: usize) -> f64 {
    let weight = |arm: usize| f64::from(plan.weights_bp.get(arm).copied().unwrap_or(0));
    let both = weight(0) + weight(arm);
    if both > 0.0 { weight(arm) / both } else { 0.5 }
}

/// The chance of a false roll-back of one arm, so that all arms together keep the plan's.
pub(super) fn alpha_of_arm(plan: &Plan) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 9 treatments")]
    let treatments = plan.treatments().max(1) as f64;
    plan.alpha / treatments
}

/// A guard that has come to a quarter, half or three quarters of the evidence at which it would
/// decide alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The place of the guard in the plan.
    pub guard: usize,
    /// The arm that may do harm.
    pub arm: u8,
    /// The guard's KPI.
    pub kpi: String,
    /// The cohort, where the guard tells cohorts apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// How many quarters: 1, 2 or 3.
    pub quarters: u8,
    /// The time of the event.
    pub at: Time,
}

/// One guard, or one cohort of a guard, with what it has found.
#[derive(Debug)]
struct Watch {
    what: Watched,
    /// Its part of what all guards together may wrongly decide; the parts sum up to 1.
    weight: f64,
    judge: Judge,
    log_e: f64,
    /// It has decided and stepped aside.
    is_aside: bool,
    /// The most quarters of its evidence it ever had.
    quarters: u8,
}

/// What is watched of one treatment beside the control.
#[derive(Debug)]
pub(super) struct Pair {
    /// The units of both arms at which a decision is planned.
    pub(super) planned_units: f64,
    watches: Vec<Watch>,
    /// The arm is taken back, or a person decides; nothing is watched any more.
    is_decided: bool,
    one_by_one: bool,
}

/// A guard of a pair that decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    /// What decides.
    pub(super) what: Watched,
    /// The evidence of all guards together.
    pub(super) log_e: f64,
}

/// What judging one event came to.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What decides.
    pub(super) decided: Option<Decided>,
    /// What has come to a further quarter of its evidence.
    pub(super) passed: Vec<(Watched, u8)>,
}

impl Pair {
    pub(super) fn new(rollout: &Rollout, arm: usize) -> Self {
        let plan = &rollout.plan;
        let planned_units = planned_units(plan, arm);
        #[expect(clippy::cast_precision_loss, reason = "at most 12 guards")]
        let guards = plan.guards.len().max(1) as f64;
        let watch = |what: Watched| {
            let guard = &plan.guards[what.guard];
            let levels = guard.more.cohorts.as_ref();
            #[expect(clippy::cast_precision_loss, reason = "at most 20 cohorts")]
            let levels = levels.map_or(1.0, |known| known.levels.len().max(1) as f64);
            let units = (planned_units / levels).max(100.0);
            Watch {
                what,
                weight: 1.0 / guards / levels,
                judge: Judge::new(guard, rollout, (units, arm)),
                log_e: 0.0,
                is_aside: false,
                quarters: 0,
            }
        };
        Self {
            watches: watched(&plan.guards).into_iter().map(watch).collect(),
            planned_units,
            is_decided: false,
            one_by_one: rollout.method.goes_guard_by_guard(),
        }
    }

    /// Whether something is still watched.
    pub(super) fn is_open(&self) -> bool {
        !self.is_decided
    }

    /// What is watched, with the evidence of each.
    pub(super) fn evidence(&self) -> impl Iterator<Item = (Watched, f64)> {
        self.watches.iter().map(|watch| (watch.what, watch.log_e))
    }

    /// The evidence of all that watch.
    pub(super) fn log_e(&self) -> f64 {
        self.combined().0.log_e
    }

    fn combined(&self) -> (guard::Combined, Option<Watched>) {
        let open: Vec<&Watch> = self.watches.iter().filter(|one| !one.is_aside).collect();
        if open.is_empty() {
            let nothing = guard::Combined {
                log_e: 0.0,
                culprit: None,
            };
            return (nothing, None);
        }
        let parts: Vec<(f64, f64)> = open.iter().map(|one| (one.weight, one.log_e)).collect();
        let combined = guard::combine(&parts);
        let culprit = combined.culprit.and_then(|place| open.get(place));
        (combined, culprit.map(|watch| watch.what))
    }

    /// Judges what was found of guards elsewhere, in the order of the plan.
    pub(super) fn judge_found(&mut self, threshold: f64, found: &[f64]) -> Judged {
        self.weigh(threshold, |_, _, what| found.get(what.guard).copied())
    }

    /// Judges what watches the KPI at a place; `sums` gives those of the control and the treatment,
    /// nothing for cohorts that the event is not about.
    pub(super) fn judge<'a>(
        &mut self,
        place: usize,
        threshold: f64,
        sums: impl Fn(Watched) -> Option<(Sums<'a>, Sums<'a>)>,
    ) -> Judged {
        self.weigh(threshold, |at, judge, what| {
            let (control, treatment) = sums(what).filter(|_| at == place)?;
            Some(judge.log_e(control, treatment))
        })
    }

    /// Weighs what each that watches has found; nothing for those that are not concerned.
    fn weigh(
        &mut self,
        threshold: f64,
        found: impl Fn(usize, &Judge, Watched) -> Option<f64>,
    ) -> Judged {
        let mut judged = Judged::default();
        let mut is_judged = false;
        for watch in self.watches.iter_mut().filter(|one| !one.is_aside) {
            let Some(log_e) = found(watch.judge.place, &watch.judge, watch.what) else {
                continue;
            };
            watch.log_e = log_e;
            is_judged = true;
            let quarters = quarters(watch.log_e, threshold);
            if quarters > watch.quarters {
                watch.quarters = quarters;
                judged.passed.push((watch.what, quarters));
            }
        }
        if !is_judged {
            return judged;
        }
        let (combined, culprit) = self.combined();
        if combined.log_e >= threshold
            && let Some(what) = culprit
        {
            let log_e = combined.log_e;
            judged.decided = Some(Decided { what, log_e });
        }
        judged
    }

    /// A decision was taken: the arm is left alone, or what decided steps aside.
    pub(super) fn decide(&mut self, what: Watched, action: GuardAction) {
        if action == GuardAction::RollBack || !self.one_by_one {
            self.is_decided = true;
        }
        for watch in self.watches.iter_mut().filter(|one| one.what == what) {
            watch.is_aside = self.one_by_one;
        }
    }
}

/// How many quarters of the evidence are there, at most three.
fn quarters(log_e: f64, threshold: f64) -> u8 {
    (1..=3)
        .rev()
        .find(|quarters| log_e >= threshold * f64::from(*quarters) / 4.0)
        .unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_of_the_evidence() {
        let rows = [
            (-3.0, 0),
            (0.9, 0),
            (1.0, 1),
            (2.0, 2),
            (2.9, 2),
            (3.0, 3),
            (9.0, 3),
        ];
        for (log_e, expected) in rows {
            assert_eq!(quarters(log_e, 4.0), expected, "{log_e}");
        }
    }
}
