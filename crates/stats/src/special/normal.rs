//! The standard normal distribution, accurate in both tails.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

/// Below this point the tail is taken from its asymptotic series.
const FAR_TAIL: f64 = -30.0;

/// Density at a point.
pub fn density(at: f64) -> f64 {
    (-at * at / 2.0).exp() / (2.0 * PI).sqrt()
}

/// Probability below a point; with the sign turned, the probability above it.
pub fn cdf(at: f64) -> f64 {
    0.5 * libm::erfc(-at * FRAC_1_SQRT_2)
}

/// Natural logarithm of the probability below a point, finite however far the point lies.
pub fn log_cdf(at: f64) -> f64 {
    if at > 0.0 {
        (-cdf(-at)).ln_1p()
    } else if at > FAR_TAIL {
        cdf(at).ln()
    } else {
        log_cdf_scaled(at) - at * at / 2.0
    }
}

/// `log_cdf(at) + at^2 / 2`, without the cancellation that the sum would suffer in the lower tail.
pub fn log_cdf_scaled(at: f64) -> f64 {
    if at > FAR_TAIL {
        return log_cdf(at) + at * at / 2.0;
    }
    let inverse = 1.0 / (at * at);
    let series = inverse
        * (-1.0 + inverse * (3.0 + inverse * (-15.0 + inverse * (105.0 - 945.0 * inverse))));
    series.ln_1p() - (-at).ln() - 0.5 * (2.0 * PI).ln()
}

/// Natural logarithm of the two-sided p-value of a z statistic, at most zero.
pub fn log_two_sided(statistic: f64) -> f64 {
    (LN_2 + log_cdf(-statistic.abs())).min(0.0)
}

/// The point below which lies the probability `p`; infinite at 0 and 1, NaN outside of them.
pub fn quantile(p: f64) -> f64 {
    if p > 0.5 {
        -lower_quantile(1.0 - p)
    } else {
        lower_quantile(p)
    }
}

/// The point above which lies the probability `p`; keeps the digits of a small `p`.
pub fn upper_quantile(p: f64) -> f64 {
    -quantile(p)
}

/// Newton's method on the logarithm, started from Abramowitz and Stegun 26.2.23.
fn lower_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return if p < 0.0 { f64::NAN } else { f64::NEG_INFINITY };
    }
    let goal = p.ln();
    let root = (-2.0 * goal).sqrt();
    let above = 2.515_517 + root * (0.802_853 + root * 0.010_328);
    let below = 1.0 + root * (1.432_788 + root * (0.189_269 + root * 0.001_308));
    let mut at = above / below - root;
    for _ in 0..4 {
        let log = log_cdf(at);
        let slope = (-at * at / 2.0 - 0.5 * (2.0 * PI).ln() - log).exp();
        at -= (log - goal) / slope;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_values() {
        for (at, expect) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-5.0, 2.866_515_718_791_939e-7),
        ] {
            assert!((cdf(at) / expect - 1.0).abs() < 1e-13, "{at}");
        }
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((log_cdf(-40.0) + 804.608_442_013_754_1).abs() < 1e-9);
    }

    #[test]
    fn the_two_branches_of_the_tail_meet() {
        let (near, far) = (
            log_cdf_scaled(FAR_TAIL + 1e-9),
            log_cdf_scaled(FAR_TAIL - 1e-9),
        );
        assert!((near - far).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_quantile_undoes_the_distribution(exponent in -300.0..-0.302_f64) {
            let p = 10f64.powf(exponent);
            prop_assert!((cdf(quantile(p)) / p - 1.0).abs() < 1e-10);
        }
    }
}
