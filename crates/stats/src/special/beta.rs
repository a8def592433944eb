//! The beta distribution: logarithms of its tails, and quantiles.

use std::f64::consts::PI;

use super::gamma::{away_from_zero, deviance, stirling_rest};
use crate::root;

const TERMS_MAX: u32 = 200_000;

/// A point of the unit interval with its complement, so that neither end loses digits.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// The point.
    pub of: f64,
    /// One minus the point.
    pub rest: f64,
}

impl Share {
    /// The point whose log odds are given.
    pub fn from_log_odds(log_odds: f64) -> Self {
        Self {
            of: 1.0 / (1.0 + (-log_odds).exp()),
            rest: 1.0 / (1.0 + log_odds.exp()),
        }
    }

    fn turned(self) -> Self {
        Self {
            of: self.rest,
            rest: self.of,
        }
    }
}

/// Logarithm of the beta density against the log odds, `x^a (1-x)^b / B(a, b)` (Loader 2000).
///
/// Domain: positive `a` and `b`.
pub fn log_density(a: f64, b: f64, at: Share) -> f64 {
    let total = a + b;
    let distance = deviance(a, total * at.of) + deviance(b, total * at.rest);
    let rest = stirling_rest(total) - stirling_rest(a) - stirling_rest(b);
    0.5 * (a / total * b / (2.0 * PI)).ln() + rest - distance
}

/// Logarithm of the probability that a beta variable lies below a point.
///
/// Domain: positive `a` and `b`.
pub fn log_cdf(a: f64, b: f64, at: Share) -> f64 {
    if at.of <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if at.rest <= 0.0 {
        return 0.0;
    }
    if at.of < (a + 1.0) / (a + b + 2.0) {
        return (log_density(a, b, at) + (fraction(a, b, at.of) / a).ln()).min(0.0);
    }
    let turned = at.turned();
    let above = log_density(b, a, turned).exp() * fraction(b, a, turned.of) / b;
    (-above.min(1.0)).ln_1p()
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
fn fraction(a: f64, b: f64, at: f64) -> f64 {
    let mut ratio = 1.0;
    let mut inverse = 1.0 / away_from_zero(1.0 - (a + b) * at / (a + 1.0));
    let mut product = inverse;
    let mut step = 0.0;
    for _ in 0..TERMS_MAX {
        step += 1.0;
        let twice = a + 2.0 * step;
        let even = step * (b - step) * at / ((twice - 1.0) * twice);
        inverse = 1.0 / away_from_zero(1.0 + even * inverse);
        ratio = away_from_zero(1.0 + even / ratio);
        product *= inverse * ratio;
        let odd = -(a + step) * (a + b + step) * at / (twice * (twice + 1.0));
        inverse = 1.0 / away_from_zero(1.0 + odd * inverse);
        ratio = away_from_zero(1.0 + odd / ratio);
        let change = inverse * ratio;
        product *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    product
}

/// The point below which a beta variable lies with probability `p`.
///
/// Domain: positive `a` and `b`, `p` strictly between 0 and 1.
pub fn quantile(p: f64, a: f64, b: f64) -> f64 {
    if p > 0.5 {
        return 1.0 - quantile(1.0 - p, b, a);
    }
    let goal = p.ln();
    let spread = (1.0 / a + 1.0 / b).sqrt();
    let log_odds = root::of_increasing((a / b).ln() - spread, spread, |log_odds| {
        log_cdf(a, b, Share::from_log_odds(log_odds)) - goal
    });
    Share::from_log_odds(log_odds).of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_and_power_cases() {
        let at = Share { of: 0.3, rest: 0.7 };
        assert!((log_cdf(1.0, 1.0, at).exp() - 0.3).abs() < 1e-15);
        assert!((log_cdf(5.0, 1.0, at).exp() - 0.3f64.powi(5)).abs() < 1e-15);
        assert!((quantile(0.025, 1.0, 1.0) - 0.025).abs() < 1e-15);
        assert!((quantile(0.975, 1.0, 9.0) - (1.0 - 0.025f64.powf(1.0 / 9.0))).abs() < 1e-14);
    }

    #[test]
    fn both_tails_add_up_at_large_counts() {
        for at in [0.4995, 0.5, 0.5001] {
            let share = Share {
                of: at,
                rest: 1.0 - at,
            };
            let below = log_cdf(1e6, 1e6, share).exp();
            let above = log_cdf(1e6, 1e6, share.turned()).exp();
            assert!((below + above - 1.0).abs() < 1e-12, "{at}");
        }
    }
}
