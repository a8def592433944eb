//! One KPI of one treatment beside the control, from the sums of both.

use variorum_stats::moments::{Arm, Sample};
use variorum_stats::paired::{PairedArm, PairedSample};
use variorum_stats::proportion::Counts;
use variorum_stats::ratio;
use variorum_stats::sequential::{self, Mixture};
use variorum_stats::{bayes, cuped};

use super::{Absolute, Adjustment, CLAIM_ALPHA, UNITS_PER_ARM_MIN};
use crate::fold::{ArmReading, KpiReading, planned_units};
use crate::kpi::{Direction, Kpi, KpiKind};
use crate::rollout::{Harm, Rollout};

/// What was measured of one KPI in one treatment.
pub(super) struct Pair {
    pub(super) control: Sample,
    pub(super) treatment: Sample,
    /// Units and conversions, where it is about conversions.
    counts: Option<(Counts, Counts)>,
    mixture: Mixture,
    /// Tuned for questions about one side.
    one_sided: Mixture,
    pub(super) adjustment: Option<Adjustment>,
}

impl Pair {
    /// Missing where an arm is too small for any claim, or where no unit differs from another.
    pub(super) fn of(rollout: &Rollout, reading: &KpiReading, arm: u8) -> Option<Self> {
        let kpi = rollout.kpis.iter().find(|kpi| kpi.id == reading.kpi)?;
        let planned = planned_units(&rollout.plan, usize::from(arm));
        Self::of_arms(kpi, (&reading.control, reading.arm(arm)?), planned)
    }

    /// The same of two arms by themselves, such as those of a cohort.
    pub(super) fn of_arms(
        kpi: &Kpi,
        (control, treatment): (&ArmReading, &ArmReading),
        planned: f64,
    ) -> Option<Self> {
        if kpi.kind == KpiKind::Quantile {
            return None;
        }
        if control.units.min(treatment.units) < UNITS_PER_ARM_MIN.max(kpi.more.min_units) {
            return None;
        }
        let is_conversion = kpi.kind == KpiKind::Conversion;
        let both = counts(control).zip(counts(treatment));
        let adjusted = adjusted(control, treatment);
        let (left, right, adjustment) = match adjusted {
            Some((left, right, adjustment)) => (left, right, Some(adjustment)),
            None => (sample(control)?, sample(treatment)?, None),
        };
        Some(Self {
            control: left,
            treatment: right,
            adjustment,
            counts: both.filter(|_| is_conversion),
            mixture: Mixture::two_sided(CLAIM_ALPHA, planned)?,
            one_sided: Mixture::one_sided(CLAIM_ALPHA, planned)?,
        })
    }

    pub(super) fn lift(&self, alpha: f64) -> Option<sequential::Lift> {
        sequential::lift(&self.control, &self.treatment, &self.mixture, alpha)
    }

    pub(super) fn absolute(&self, alpha: f64) -> Option<Absolute> {
        let found = sequential::interval(&self.control, &self.treatment, &self.mixture, alpha)?;
        Some(Absolute {
            estimate: found.estimate,
            low: found.low,
            high: found.high,
        })
    }

    /// The largest relative loss that is still possible.
    pub(super) fn loss_at_most(&self, harm: Harm, alpha: f64) -> Option<f64> {
        let (control, treatment) = (&self.control, &self.treatment);
        let ends = sequential::lift_bounds(control, treatment, &self.one_sided, alpha)?;
        Some(match harm {
            Harm::Decrease => (-ends.low).max(0.0),
            Harm::Increase => ends.high.max(0.0),
        })
    }

    /// The largest loss that is still possible, in the KPI's smallest unit.
    pub(super) fn difference_at_most(&self, harm: Harm) -> Option<f64> {
        let (control, treatment) = (&self.control, &self.treatment);
        let ends = sequential::bounds(control, treatment, &self.one_sided, CLAIM_ALPHA)?;
        Some(match harm {
            Harm::Decrease => (-ends.low).max(0.0),
            Harm::Increase => ends.high.max(0.0),
        })
    }
}

/// The mean of an arm with its variance; that of a ratio by the delta method (Deng, Knoblich, Lu
/// 2018).
pub(super) fn sample(arm: &ArmReading) -> Option<Sample> {
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

/// Both arms with what was known before taken out, where that is looked at.
fn adjusted(control: &ArmReading, treatment: &ArmReading) -> Option<(Sample, Sample, Adjustment)> {
    let reduction = |ratio: Option<f64>| (1.0 - ratio.unwrap_or(1.0)).max(0.0);
    if let Some((left, right)) = control.joint().zip(treatment.joint()) {
        let found = cuped::centred_ratio(&left.sample()?, &right.sample()?)?;
        let adjustment = Adjustment {
            theta: found.thetas[0],
            theta_divisor: Some(found.thetas[1]),
            reduction: reduction(found.variance_ratio),
        };
        return Some((found.control, found.treatment, adjustment));
    }
    let found = cuped::centred(&paired(control)?, &paired(treatment)?)?;
    let adjustment = Adjustment {
        theta: found.theta,
        theta_divisor: None,
        reduction: reduction(found.variance_ratio),
    };
    Some((found.control, found.treatment, adjustment))
}

/// What units did after and before their exposure, where that is looked at.
fn paired(arm: &ArmReading) -> Option<PairedSample> {
    let before = arm.before.as_ref()?;
    let paired = PairedArm {
        n: arm.units,
        sum_y: arm.sum.parse().ok()?,
        sum_sq_y: arm.sum_of_squares.parse().ok()?,
        sum_x: before.sum.parse().ok()?,
        sum_sq_x: before.sum_of_squares.parse().ok()?,
        sum_xy: before.sum_of_products.parse().ok()?,
    };
    paired.sample()
}

fn counts(arm: &ArmReading) -> Option<Counts> {
    let converted = arm.sum.parse().ok()?;
    (converted <= arm.units).then_some(Counts {
        n: arm.units,
        converted,
    })
}

/// How likely the treatment is better by Bayes' rule with a flat prior; for reading only.
pub(super) fn chance_to_win(goal: &Kpi, pair: &Pair) -> Option<f64> {
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
