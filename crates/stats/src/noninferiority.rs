//! The gate before shipping: is the treatment at most a tolerated margin worse? One planned look.

use crate::guard::Harm;
use crate::moments::Sample;
use crate::number::is_open_share;
use crate::special::normal;

/// Reading of a non-inferiority test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Treatment minus the tolerated multiple of the control.
    pub distance: f64,
    /// The test; none if no unit differs from another in its arm.
    pub test: Option<Test>,
}

/// A one-sided z test of the distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Standard error of the distance.
    pub standard_error: f64,
    /// Statistic, positive in the good direction.
    pub z: f64,
    /// One-sided p-value of "worse than tolerated".
    pub p: f64,
    /// One-sided bound of the distance on its bad side.
    pub bound: f64,
    /// Whether the treatment is shown to be no worse than tolerated.
    pub noninferior: bool,
}

/// Tests non-inferiority with a relative margin in linear form (Fieller 1954): no division by the
/// baseline.
///
/// Preconditions: independent units, means near enough to normal, one look. `None` if the margin is
/// not in `0.0..1.0` or `alpha` does not lie strictly between 0 and 1.
pub fn test(
    control: &Sample,
    treatment: &Sample,
    relative_margin: f64,
    harm: Harm,
    alpha: f64,
) -> Option<Reading> {
    if !(0.0..1.0).contains(&relative_margin) || !is_open_share(alpha) {
        return None;
    }
    let (factor, sign) = harm.factor_and_sign(relative_margin);
    let distance = treatment.minus(factor, control);
    let variance = treatment.variance_of_mean() + factor * factor * control.variance_of_mean();
    if variance <= 0.0 {
        return Some(Reading {
            distance,
            test: None,
        });
    }
    let standard_error = variance.sqrt();
    let z = sign * distance / standard_error;
    let p = normal::cdf(-z);
    let bound = distance - sign * normal::upper_quantile(alpha) * standard_error;
    Some(Reading {
        distance,
        test: Some(Test {
            standard_error,
            z,
            p,
            bound,
            noninferior: p <= alpha,
        }),
    })
}
