//! Intervals and p-values that stay valid at every look (asymptotic confidence sequences).
//!
//! Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic
//! confidence sequences" (2024). Preconditions: independent units; large samples, because the
//! variance is estimated; decisions take the larger of two standard errors for that reason.

use std::f64::consts::LN_2;

use crate::interval::Interval;
use crate::mean;
use crate::moments::{Arm, Sample, pooled_variance};
use crate::number::of_u64;
use crate::root;
use crate::special::normal;

/// Planned exposures at the decision, when the caller has no better figure.
pub const N_STAR_DEFAULT: f64 = 40_000.0;

/// The mixing distribution of a sequential test, tuned to be narrowest at `n_star` exposures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture {
    rho2: f64,
}

impl Mixture {
    /// Tunes for two-sided use. `None` unless `0 < alpha < 1` and `n_star` is positive and finite.
    pub fn two_sided(alpha: f64, n_star: f64) -> Option<Self> {
        if !(alpha > 0.0 && alpha < 1.0 && n_star > 0.0 && n_star.is_finite()) {
            return None;
        }
        let twice = -2.0 * alpha.ln();
        let rho2 = (twice + twice.ln_1p()) / n_star;
        (rho2 > 0.0).then_some(Self { rho2 })
    }

    /// Tunes for one-sided use. `None` unless `0 < alpha < 1/2` and `n_star` is positive and
    /// finite.
    pub fn one_sided(alpha: f64, n_star: f64) -> Option<Self> {
        Self::two_sided(2.0 * alpha, n_star)
    }

    /// Variance of the mixing distribution.
    pub fn rho2(&self) -> f64 {
        self.rho2
    }

    /// How many standard errors a two-sided interval reaches to each side after `n > 0` exposures.
    pub fn reach_two_sided(&self, n: f64, alpha: f64) -> f64 {
        let information = n * self.rho2;
        let log = information.ln_1p() / 2.0 - alpha.ln();
        (2.0 * (1.0 + 1.0 / information) * log).sqrt()
    }

    /// How many standard errors a one-sided bound lies away after `n > 0` exposures, closed form.
    pub fn reach_one_sided(&self, n: f64, alpha: f64) -> f64 {
        let information = n * self.rho2;
        let log = ((information + 1.0).sqrt() / (2.0 * alpha)).ln_1p();
        (2.0 * (1.0 + 1.0 / information) * log).sqrt()
    }

    /// The same as [`Mixture::reach_one_sided`] by solving the exact boundary; a little tighter.
    pub fn reach_one_sided_exact(&self, n: f64, alpha: f64) -> f64 {
        let information = n * self.rho2;
        let goal = information.ln_1p() / 2.0 - LN_2 - alpha.ln();
        let scaled = root::of_increasing(0.0, 1.0, |at| normal::log_cdf_scaled(at) - goal);
        scaled * (1.0 + 1.0 / information).sqrt()
    }

    /// Logarithm of the p-value that is valid at every look, for a z statistic after `n` exposures.
    pub fn log_p_two_sided(&self, n: f64, z: f64) -> f64 {
        let information = n * self.rho2;
        let fit = z * z * information / (2.0 * (information + 1.0));
        (information.ln_1p() / 2.0 - fit).min(0.0)
    }

    /// Logarithm of the one-sided e-value (half-normal mixture) against "the mean is at most zero".
    pub fn log_e_one_sided(&self, n: f64, z: f64) -> f64 {
        let information = n * self.rho2;
        let scaled = z * (information / (information + 1.0)).sqrt();
        LN_2 - information.ln_1p() / 2.0 + normal::log_cdf_scaled(scaled)
    }
}

/// Interval of the difference of two means (treatment minus control) that is valid at every look.
///
/// Conversions are arms of zeros and ones. The standard error is the larger of the unpooled one and
/// that of the null hypothesis. `None` as long as an arm has fewer than two units or no unit
/// differs from another, and outside of `0 < alpha < 1`, `n_star > 0`.
pub fn difference_interval(
    control: &Arm,
    treatment: &Arm,
    alpha: f64,
    n_star: f64,
) -> Option<Interval> {
    sample_interval(&control.sample()?, &treatment.sample()?, alpha, n_star)
}

/// [`difference_interval`] of samples, such as ratios with their variance by the delta method.
pub fn sample_interval(
    control: &Sample,
    treatment: &Sample,
    alpha: f64,
    n_star: f64,
) -> Option<Interval> {
    let mixture = Mixture::two_sided(alpha, n_star)?;
    interval(control, treatment, &mixture, alpha)
}

/// [`sample_interval`] with a mixture that may be tuned for another `alpha`, as where several
/// treatments are corrected; it holds zero exactly when [`lift`] holds no change.
pub fn interval(
    control: &Sample,
    treatment: &Sample,
    mixture: &Mixture,
    alpha: f64,
) -> Option<Interval> {
    let standard_error = decision_error(control, treatment);
    if !(alpha > 0.0 && alpha < 1.0 && standard_error > 0.0) {
        return None;
    }
    let reach = mixture.reach_two_sided(of_u64(control.n()) + of_u64(treatment.n()), alpha);
    Some(Interval::around(
        treatment.minus(1.0, control),
        reach * standard_error,
    ))
}

/// What the arms say of a relative change, valid at every look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lift {
    /// Logarithm of the p-value of "no change".
    pub log_p: f64,
    /// The relative change with its interval; missing while the control's mean cannot be told from
    /// zero or lies below it.
    pub interval: Option<Interval>,
}

/// The relative change of a mean, treatment against control, valid at every look.
///
/// The interval holds every ratio `k` of the means for which `m_T - k m_C` may be zero (Fieller
/// 1954, with the reach of a confidence sequence). Each `k` is tested in linear form with the larger
/// of two standard errors, so nothing is divided by an uncertain mean, and the interval holds no
/// change exactly when [`sample_interval`] holds zero at the same `alpha` and mixture. `None` on
/// the conditions of [`sample_interval`].
pub fn lift(control: &Sample, treatment: &Sample, mixture: &Mixture, alpha: f64) -> Option<Lift> {
    let error = decision_error(control, treatment);
    if !(alpha > 0.0 && alpha < 1.0 && error > 0.0) {
        return None;
    }
    let n = of_u64(control.n()) + of_u64(treatment.n());
    Some(Lift {
        log_p: mixture.log_p_two_sided(n, treatment.minus(1.0, control) / error),
        interval: lift_within(control, treatment, mixture.reach_two_sided(n, alpha)),
    })
}

/// The ends of a relative change, each of which alone is valid at every look at `alpha`: for
/// questions that ask about one side, such as whether a loss stays within a margin.
///
/// The lower end lies at `-m` or above exactly when the one-sided test of `m_T - (1-m) m_C` rejects
/// "worse than tolerated", and likewise above. The mixture is tuned for one-sided use. `None` on the
/// conditions of [`sample_interval`], or while the control's mean cannot be told from zero.
pub fn lift_bounds(
    control: &Sample,
    treatment: &Sample,
    mixture: &Mixture,
    alpha: f64,
) -> Option<Interval> {
    let (reach, _) = one_sided_reach(control, treatment, *mixture, alpha)?;
    lift_within(control, treatment, reach)
}

/// The same of the difference: its ends, each of which alone is valid at every look at `alpha`.
pub fn bounds(
    control: &Sample,
    treatment: &Sample,
    mixture: &Mixture,
    alpha: f64,
) -> Option<Interval> {
    let (reach, error) = one_sided_reach(control, treatment, *mixture, alpha)?;
    Some(Interval::around(
        treatment.minus(1.0, control),
        reach * error,
    ))
}

/// How many standard errors one side reaches, and the standard error; `None` where there is none.
fn one_sided_reach(
    control: &Sample,
    treatment: &Sample,
    mixture: Mixture,
    alpha: f64,
) -> Option<(f64, f64)> {
    let error = decision_error(control, treatment);
    if !(alpha > 0.0 && alpha < 0.5 && error > 0.0) {
        return None;
    }
    let n = of_u64(control.n()) + of_u64(treatment.n());
    Some((mixture.reach_one_sided(n, alpha), error))
}

/// The relative changes that lie within so many standard errors.
fn lift_within(control: &Sample, treatment: &Sample, reach: f64) -> Option<Interval> {
    let pooled = pooled_variance(control, treatment);
    let (of_control, of_treatment) = (of_u64(control.n()), of_u64(treatment.n()));
    let errors = [
        (control.variance_of_mean(), treatment.variance_of_mean()),
        (pooled / of_control, pooled / of_treatment),
    ];
    let ends = errors.map(|errors| ratios(control.mean(), treatment.mean(), reach, errors));
    match ends {
        [Some(first), Some(second)] => Some(Interval {
            low: first.0.min(second.0) - 1.0,
            high: first.1.max(second.1) - 1.0,
            estimate: treatment.minus(1.0, control) / control.mean(),
        }),
        _ => None,
    }
}

/// The ratios `k` with `(m_T - k m_C)^2 <= reach^2 (v_T + k^2 v_C)`, where they form an interval.
fn ratios(
    control: f64,
    treatment: f64,
    reach: f64,
    (of_control, of_treatment): (f64, f64),
) -> Option<(f64, f64)> {
    let square = control * control - reach * reach * of_control;
    let rest = treatment * treatment - reach * reach * of_treatment;
    if control <= 0.0 || square <= 0.0 {
        return None;
    }
    let half = control * treatment;
    let root = (half * half - square * rest).max(0.0).sqrt();
    Some(((half - root) / square, (half + root) / square))
}

/// The larger of the unpooled standard error and that of the null hypothesis.
fn decision_error(control: &Sample, treatment: &Sample) -> f64 {
    let unpooled = control.variance_of_mean() + treatment.variance_of_mean();
    let sizes = 1.0 / of_u64(control.n()) + 1.0 / of_u64(treatment.n());
    unpooled
        .max(pooled_variance(control, treatment) * sizes)
        .sqrt()
}

/// Sequential results in the way GrowthBook defines them, with the unpooled standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Exposures of both arms.
    pub n: f64,
    /// Mixture of the two-sided results.
    pub two_sided: Mixture,
    /// Mixture of the one-sided results.
    pub one_sided: Mixture,
    /// Absolute difference.
    pub difference: Bounds,
    /// Relative difference; none if the control's mean is zero.
    pub lift: Option<Bounds>,
}

/// Sequential bounds of one estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Standard error of the estimate.
    pub standard_error: f64,
    /// Two-sided interval.
    pub interval: Interval,
    /// Logarithm of the two-sided p-value.
    pub log_p: f64,
    /// One-sided lower bound.
    pub lower_one_sided: f64,
    /// One-sided upper bound.
    pub upper_one_sided: f64,
}

/// Why there is no comparison yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// An argument lies outside of its domain.
    InvalidArgument,
    /// In one of the arms no unit differs from another.
    ZeroVariance,
}

/// Compares two samples at every look, compatible with GrowthBook.
///
/// For display beside theirs; decisions use [`difference_interval`] or [`crate::guard`]. Domain:
/// `0 < alpha < 1/2`, `n_star > 0`.
pub fn compare(
    control: &Sample,
    treatment: &Sample,
    alpha: f64,
    n_star: f64,
) -> Result<Comparison, Missing> {
    let mixtures = Mixture::two_sided(alpha, n_star).zip(Mixture::one_sided(alpha, n_star));
    let (two_sided, one_sided) = mixtures.ok_or(Missing::InvalidArgument)?;
    if control.variance() <= 0.0 || treatment.variance() <= 0.0 {
        return Err(Missing::ZeroVariance);
    }
    let n = of_u64(control.n()) + of_u64(treatment.n());
    let bounds = |estimate: f64, standard_error: f64| {
        let one_sided_reach = one_sided.reach_one_sided(n, alpha) * standard_error;
        Bounds {
            standard_error,
            interval: Interval::around(
                estimate,
                two_sided.reach_two_sided(n, alpha) * standard_error,
            ),
            log_p: two_sided.log_p_two_sided(n, estimate / standard_error),
            lower_one_sided: estimate - one_sided_reach,
            upper_one_sided: estimate + one_sided_reach,
        }
    };
    let standard_error = (control.variance_of_mean() + treatment.variance_of_mean()).sqrt();
    let difference = bounds(treatment.minus(1.0, control), standard_error);
    let lift = mean::lift(control, treatment).map(|(value, error)| bounds(value, error));
    Ok(Comparison {
        n,
        two_sided,
        one_sided,
        difference,
        lift,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_exact_bound_is_where_the_e_value_reaches_its_threshold(
            n in 2.0..1e7f64,
            alpha in 0.001..0.2f64,
            n_star in 10.0..1e6f64,
        ) {
            let mixture = Mixture::one_sided(alpha, n_star).unwrap();
            let z = mixture.reach_one_sided_exact(n, alpha);
            prop_assert!((mixture.log_e_one_sided(n, z) + alpha.ln()).abs() < 1e-9);
            prop_assert!(z <= mixture.reach_one_sided(n, alpha) * (1.0 + 1e-9));
        }

        #[test]
        fn the_interval_excludes_zero_exactly_when_p_is_below_alpha(
            n in 2.0..1e7f64,
            z in 0.0..12.0f64,
        ) {
            let mixture = Mixture::two_sided(0.05, 5000.0).unwrap();
            let log_p = mixture.log_p_two_sided(n, z);
            prop_assume!((log_p - 0.05f64.ln()).abs() > 1e-9);
            prop_assert_eq!(z > mixture.reach_two_sided(n, 0.05), log_p < 0.05f64.ln());
        }

        #[test]
        fn the_e_value_agrees_with_a_sum_over_the_half_normal(
            n in 10.0..1e6f64,
            z in -3.0..6.0f64,
        ) {
            let mixture = Mixture::one_sided(0.01, 40_000.0).unwrap();
            // E = integral over mu > 0 of exp(mu S - n mu^2 / 2) times a half-normal density.
            let (steps, top) = (20_000, 12.0 * mixture.rho2().sqrt());
            let width = top / f64::from(steps);
            let spread = (2.0 * std::f64::consts::PI * mixture.rho2()).sqrt();
            let sum: f64 = (0..steps)
                .map(|step| {
                    let mu = (f64::from(step) + 0.5) * width;
                    (mu * z * n.sqrt() - n * mu * mu / 2.0 - mu * mu / (2.0 * mixture.rho2())).exp()
                })
                .sum();
            let slow = (2.0 * sum * width / spread).ln();
            prop_assert!(
                (mixture.log_e_one_sided(n, z) - slow).abs() < 1e-3,
                "{slow}"
            );
        }

        #[test]
        fn the_relative_interval_holds_what_a_test_of_each_ratio_keeps(
            sizes in (200u64..5_000, 200u64..5_000),
            shares in (0.1..0.6f64, 0.1..0.6f64),
        ) {
            let converted = |n: u64, share: f64| crate::number::to_u64(of_u64(n) * share);
            let control = Arm::of_conversions(sizes.0, converted(sizes.0, shares.0));
            let treatment = Arm::of_conversions(sizes.1, converted(sizes.1, shares.1));
            let mixture = Mixture::two_sided(0.05, 40_000.0).unwrap();
            let (c, t) = (control.sample().unwrap(), treatment.sample().unwrap());
            let Some(found) = lift(&c, &t, &mixture, 0.05).unwrap().interval else {
                return Ok(());
            };
            let reach = mixture.reach_two_sided(of_u64(sizes.0 + sizes.1), 0.05);
            let kept = |k: f64| {
                let own = t.variance_of_mean() + k * k * c.variance_of_mean();
                let pooled = pooled_variance(&c, &t)
                    * (1.0 / of_u64(sizes.1) + k * k / of_u64(sizes.0));
                (t.mean() - k * c.mean()).abs() <= reach * own.max(pooled).sqrt()
            };
            let (low, high) = (found.low + 1.0, found.high + 1.0);
            let step = 1e-6 * (high - low);
            prop_assert!(kept(low + step) && kept(high - step) && kept(1.0 + found.estimate));
            prop_assert!(!kept(low - step) && !kept(high + step));
            let difference = difference_interval(&control, &treatment, 0.05, 40_000.0).unwrap();
            prop_assume!(difference.low.abs() > 1e-12 && difference.high.abs() > 1e-12);
            prop_assert_eq!(difference.excludes_zero(), found.excludes_zero());
        }

        #[test]
        fn a_bound_within_the_margin_is_the_linear_test_of_noninferiority(
            sizes in (200u64..50_000, 200u64..50_000),
            shares in (0.1..0.6f64, 0.1..0.6f64),
            margin in 0.0..0.5f64,
        ) {
            let converted = |n: u64, share: f64| crate::number::to_u64(of_u64(n) * share);
            let control = Arm::of_conversions(sizes.0, converted(sizes.0, shares.0));
            let treatment = Arm::of_conversions(sizes.1, converted(sizes.1, shares.1));
            let mixture = Mixture::one_sided(0.05, 40_000.0).unwrap();
            let (c, t) = (control.sample().unwrap(), treatment.sample().unwrap());
            let Some(found) = lift_bounds(&c, &t, &mixture, 0.05) else {
                return Ok(());
            };
            let reach = mixture.reach_one_sided(of_u64(sizes.0 + sizes.1), 0.05);
            let distance = |k: f64| {
                let own = t.variance_of_mean() + k * k * c.variance_of_mean();
                let pooled = pooled_variance(&c, &t)
                    * (1.0 / of_u64(sizes.1) + k * k / of_u64(sizes.0));
                (t.mean() - k * c.mean()) / own.max(pooled).sqrt()
            };
            prop_assume!((found.low + margin).abs() > 1e-9 && (found.high - margin).abs() > 1e-9);
            prop_assert_eq!(found.low >= -margin, distance(1.0 - margin) >= reach);
            prop_assert_eq!(found.high <= margin, distance(1.0 + margin) <= -reach);
        }

        #[test]
        fn any_two_arms_give_an_interval_or_none(
            sizes in (0u64..50, 0u64..50),
            converted in (0u64..50, 0u64..50),
        ) {
            let control = Arm::of_conversions(sizes.0, converted.0.min(sizes.0));
            let treatment = Arm::of_conversions(sizes.1, converted.1.min(sizes.1));
            if let Some(interval) = difference_interval(&control, &treatment, 0.05, 40_000.0) {
                prop_assert!(interval.low < interval.estimate && interval.estimate < interval.high);
            }
        }
    }
}
