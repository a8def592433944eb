//! Guard on a mean: revenue, engagement, counts. One-sided and valid at every look, asymptotically.

use super::Harm;
use crate::moments::{Arm, Sample, pooled_variance};
use crate::number::of_u64;
use crate::sequential::Mixture;

/// Guard on the mean of a value per unit: a half-normal mixture e-process on the distance of the
/// treatment from the tolerated multiple of the control (Robbins 1970; Waudby-Smith et al. 2024).
///
/// Preconditions: independent units; totals per unit, never single purchases. The variance is
/// estimated, so the guarantee holds for many units; the larger of the unpooled standard error and
/// that of the null hypothesis keeps it for skewed revenue and small canaries. Attach a conversion
/// guard as well: revenue alone is slow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanGuard {
    margin: f64,
    harm: Harm,
    mixture: Mixture,
}

/// What the guard sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// Nothing can be said while no unit differs from another.
    ZeroVariance,
    /// There is evidence, for or against harm.
    Measured {
        /// Standard error with each arm's own variance.
        error_unpooled: f64,
        /// Standard error under the null hypothesis.
        error_pooled: f64,
        /// Distance in standard errors, negative below the tolerated mean.
        z: f64,
        /// Logarithm of the e-value.
        log_e: f64,
    },
}

impl Reading {
    /// Evidence, zero as long as nothing is measured.
    pub fn log_e(&self) -> f64 {
        match self {
            Self::ZeroVariance => 0.0,
            Self::Measured { log_e, .. } => *log_e,
        }
    }
}

impl MeanGuard {
    /// A guard that tolerates a relative harm of `margin`, in `0.0..1.0`, tuned for `alpha` (below
    /// one half) and for `n_star > 0` exposures of both arms at the decision.
    pub fn new(margin: f64, harm: Harm, alpha: f64, n_star: f64) -> Option<Self> {
        let mixture = Mixture::one_sided(alpha, n_star)?;
        (0.0..1.0).contains(&margin).then_some(Self {
            margin,
            harm,
            mixture,
        })
    }

    /// Variance of the mixing distribution.
    pub fn rho2(&self) -> f64 {
        self.mixture.rho2()
    }

    /// Logarithm of the e-value; `None` while an arm has fewer than two units or no unit differs
    /// from another.
    pub fn log_e(&self, control: &Arm, treatment: &Arm) -> Option<f64> {
        match self.read(&control.sample()?, &treatment.sample()?) {
            Reading::ZeroVariance => None,
            Reading::Measured { log_e, .. } => Some(log_e),
        }
    }

    /// Reads two samples in full.
    pub fn read(&self, control: &Sample, treatment: &Sample) -> Reading {
        let (factor, sign) = self.harm.factor_and_sign(self.margin);
        let (n_control, n_treatment) = (of_u64(control.n()), of_u64(treatment.n()));
        let unpooled = treatment.variance_of_mean() + factor * factor * control.variance_of_mean();
        let pooled =
            pooled_variance(control, treatment) * (1.0 / n_treatment + factor * factor / n_control);
        let error = unpooled.max(pooled).sqrt();
        if error.is_nan() || error <= 0.0 {
            return Reading::ZeroVariance;
        }
        let z = treatment.minus(factor, control) / error;
        let log_e = self
            .mixture
            .log_e_one_sided(n_control + n_treatment, -sign * z);
        Reading::Measured {
            error_unpooled: unpooled.sqrt(),
            error_pooled: pooled.max(0.0).sqrt(),
            z,
            log_e,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_arms_give_a_number_or_none(
            a in proptest::collection::vec(any::<i32>(), 0..6),
            b in proptest::collection::vec(any::<i32>(), 0..6),
        ) {
            let pour = |totals: &[i32]| {
                let mut arm = Arm::default();
                for total in totals {
                    arm.add_unit(i64::from(*total));
                }
                arm
            };
            let guard = MeanGuard::new(0.1, Harm::Decrease, 0.01, 40_000.0).unwrap();
            let log_e = guard.log_e(&pour(&a), &pour(&b));
            prop_assert!(log_e.is_none_or(f64::is_finite));
            prop_assert!(log_e.is_none() || (a.len() > 1 && b.len() > 1));
        }

        #[test]
        fn the_scale_of_money_does_not_matter(
            a in proptest::collection::vec(0i32..1000, 2..9),
            b in proptest::collection::vec(0i32..1000, 2..9),
        ) {
            let pour = |totals: &[i32], scale: i64| {
                let mut arm = Arm::default();
                for total in totals {
                    arm.add_unit(i64::from(*total) * scale);
                }
                arm
            };
            let guard = MeanGuard::new(0.02, Harm::Decrease, 0.01, 5000.0).unwrap();
            let (plain, cents) = (
                guard.log_e(&pour(&a, 1), &pour(&b, 1)),
                guard.log_e(&pour(&a, 100), &pour(&b, 100)),
            );
            prop_assert_eq!(plain.is_some(), cents.is_some());
            prop_assert!(
                plain
                    .zip(cents)
                    .is_none_or(|(left, right)| (left - right).abs() < 1e-9)
            );
        }

        #[test]
        fn worse_treatment_means_more_evidence(base in 100u64..900, less in 1u64..100) {
            let guard = MeanGuard::new(0.0, Harm::Decrease, 0.01, 40_000.0).unwrap();
            let control = Arm::of_conversions(1000, base);
            let same = guard
                .log_e(&control, &Arm::of_conversions(1000, base))
                .unwrap();
            let worse = guard
                .log_e(&control, &Arm::of_conversions(1000, base - less.min(base)))
                .unwrap();
            prop_assert!(worse > same);
        }
    }
}
