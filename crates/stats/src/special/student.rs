//! Student's t distribution with real degrees of freedom.

use std::f64::consts::LN_2;

use super::{beta, normal};
use crate::root;

/// Beyond this many degrees of freedom Hill's normal transformation is exact to a float's digits.
const DEGREES_LARGE: f64 = 1e5;

/// Natural logarithm of the two-sided p-value of a t statistic.
///
/// Domain: positive degrees of freedom.
pub fn log_two_sided(statistic: f64, degrees: f64) -> f64 {
    let square = statistic * statistic;
    if degrees > DEGREES_LARGE {
        return normal::log_two_sided(normal_equivalent(square, degrees));
    }
    let total = degrees + square;
    let share = beta::Share {
        of: degrees / total,
        rest: square / total,
    };
    beta::log_cdf(degrees / 2.0, 0.5, share)
}

/// The z statistic with the same p-value (Hill 1970, Algorithm 395).
fn normal_equivalent(square: f64, degrees: f64) -> f64 {
    let shifted = degrees - 0.5;
    let scale = 48.0 * shifted * shifted;
    let root = (shifted * (square / degrees).ln_1p()).sqrt();
    let cube = root * root * root;
    let quartic = cube * root;
    let fifth = quartic * root;
    let third_term = (4.0 * fifth * root * root + 33.0 * fifth + 240.0 * cube + 855.0 * root)
        / (10.0 * scale * (scale + 0.8 * quartic + 100.0));
    root + (cube + 3.0 * root) / scale - third_term
}

/// Probability below a statistic.
pub fn cdf(statistic: f64, degrees: f64) -> f64 {
    let half = (log_two_sided(statistic, degrees) - LN_2).exp();
    if statistic <= 0.0 { half } else { 1.0 - half }
}

/// The statistic whose two-sided p-value is `alpha`.
///
/// Domain: positive degrees of freedom, `alpha` strictly between 0 and 1.
pub fn critical(alpha: f64, degrees: f64) -> f64 {
    let goal = alpha.ln();
    let start = normal::upper_quantile(alpha / 2.0).max(1e-300).ln();
    root::of_increasing(start, 0.1, |log| goal - log_two_sided(log.exp(), degrees)).exp()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    #[test]
    fn one_degree_is_cauchy() {
        for statistic in [0.1, 1.0, 12.7, 1e6] {
            let expect = 1.0 - 2.0 * f64::atan(statistic) / PI;
            let got = log_two_sided(statistic, 1.0).exp();
            assert!((got - expect).abs() < 1e-13, "{statistic}");
        }
        assert!((critical(0.05, 1.0) - 12.706_204_736_174_7).abs() < 1e-10);
    }

    #[test]
    fn large_degrees_agree_on_both_ways() {
        for statistic in [0.3, 2.0, 9.0] {
            let exact = log_two_sided(statistic, DEGREES_LARGE);
            let short =
                normal::log_two_sided(normal_equivalent(statistic * statistic, DEGREES_LARGE));
            assert!(
                (exact - short).abs() < 1e-11,
                "{statistic}: {exact} {short}"
            );
        }
    }
}
