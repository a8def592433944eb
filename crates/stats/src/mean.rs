//! Fixed-horizon results for means. Valid at one look that was planned beforehand.
//!
//! For repeated looks use [`crate::sequential`] or [`crate::guard`].

use std::f64::consts::LN_10;

use crate::interval::Interval;
use crate::moments::Sample;
use crate::number::{is_open_share, of_u64};
use crate::special::student;

/// Comparison of two means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Treatment minus control.
    pub difference: f64,
    /// Standard error of the difference with each arm's own variance.
    pub standard_error: f64,
    /// The test; none if no unit differs from another in its arm.
    pub test: Option<Test>,
    /// Relative change; none if the control's mean is zero.
    pub lift: Option<Lift>,
}

/// A t test of a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Degrees of freedom.
    pub degrees: f64,
    /// The t statistic.
    pub statistic: f64,
    /// Two-sided p-value.
    pub p_two_sided: f64,
    /// Decimal logarithm of the two-sided p-value, finite where the p-value underflows.
    pub log10_p: f64,
    /// One-sided p-value, small when the treatment is lower.
    pub p_harm: f64,
    /// Interval of the difference.
    pub interval: Interval,
}

/// A relative change with its delta-method error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lift {
    /// Difference over the size of the control's mean.
    pub value: f64,
    /// Standard error.
    pub standard_error: f64,
    /// Interval; none without a standard error.
    pub interval: Option<Interval>,
    /// Two-sided p-value; none without a standard error.
    pub p_two_sided: Option<f64>,
}

/// Compares two means with unequal variances (Welch 1947), absolute and relative (delta method).
///
/// Preconditions: independent units, means near enough to normal, one look. `None` if an arm has
/// fewer than two units or `alpha` does not lie strictly between 0 and 1.
pub fn compare(control: &Sample, treatment: &Sample, alpha: f64) -> Option<Comparison> {
    let lift = lift(control, treatment);
    finish(control, treatment, alpha, lift)
}

/// Compares two samples with a relative change and error found elsewhere.
pub(crate) fn finish(
    control: &Sample,
    treatment: &Sample,
    alpha: f64,
    lift: Option<(f64, f64)>,
) -> Option<Comparison> {
    if control.n() < 2 || treatment.n() < 2 || !is_open_share(alpha) {
        return None;
    }
    let difference = treatment.minus(1.0, control);
    let standard_error = (control.variance_of_mean() + treatment.variance_of_mean()).sqrt();
    if standard_error <= 0.0 {
        let lift = lift.map(|(value, standard_error)| Lift {
            value,
            standard_error,
            interval: None,
            p_two_sided: None,
        });
        return Some(Comparison {
            difference,
            standard_error,
            test: None,
            lift,
        });
    }
    let degrees = welch_degrees(control, treatment);
    let critical = student::critical(alpha, degrees);
    let statistic = difference / standard_error;
    let log_p = student::log_two_sided(statistic, degrees);
    let test = Test {
        degrees,
        statistic,
        p_two_sided: log_p.exp(),
        log10_p: log_p / LN_10,
        p_harm: student::cdf(statistic, degrees),
        interval: Interval::around(difference, critical * standard_error),
    };
    let lift = lift.map(|(value, error)| Lift {
        value,
        standard_error: error,
        interval: (error > 0.0).then(|| Interval::around(value, critical * error)),
        p_two_sided: (error > 0.0).then(|| student::log_two_sided(value / error, degrees).exp()),
    });
    Some(Comparison {
        difference,
        standard_error,
        test: Some(test),
        lift,
    })
}

/// Relative change and its standard error by the delta method; none if the control's mean is zero.
pub(crate) fn lift(control: &Sample, treatment: &Sample) -> Option<(f64, f64)> {
    let base = control.mean();
    if base.abs() <= 0.0 {
        return None;
    }
    let ratio = treatment.mean() / base;
    let variance = treatment.variance_of_mean() / (base * base)
        + control.variance_of_mean() * ratio * ratio / (base * base);
    let value = treatment.minus(1.0, control) / base.abs();
    (value.is_finite() && variance.is_finite()).then(|| (value, variance.sqrt()))
}

/// Degrees of freedom after Welch and Satterthwaite, free of overflow.
fn welch_degrees(control: &Sample, treatment: &Sample) -> f64 {
    let (left, right) = (control.variance_of_mean(), treatment.variance_of_mean());
    let share = left / (left + right);
    let rest = right / (left + right);
    1.0 / (share * share / (of_u64(control.n()) - 1.0)
        + rest * rest / (of_u64(treatment.n()) - 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn textbook_case() {
        let control = Sample::from_values(&[1.0, 2.0, 3.0]).unwrap();
        let treatment = Sample::from_values(&[1.0, 5.0, 6.0]).unwrap();
        let result = compare(&control, &treatment, 0.05).unwrap();
        let test = result.test.unwrap();
        assert!((test.degrees - 2.56).abs() < 1e-12);
        assert!((test.statistic - 1.5f64.sqrt()).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_interval_excludes_zero_exactly_when_p_is_below_alpha(
            means in (-10.0..10.0f64, -10.0..10.0f64),
            variances in (0.01..50.0f64, 0.01..50.0f64),
            sizes in (2u64..500, 2u64..500),
        ) {
            let control = Sample::new(sizes.0, means.0, variances.0).unwrap();
            let treatment = Sample::new(sizes.1, means.1, variances.1).unwrap();
            let test = compare(&control, &treatment, 0.05).unwrap().test.unwrap();
            prop_assume!((test.p_two_sided - 0.05).abs() > 1e-9);
            prop_assert_eq!(test.interval.excludes_zero(), test.p_two_sided < 0.05);
        }
    }
}
