//! Sample ratio mismatch: did the arms get the share of units that they should?

use std::f64::consts::LN_10;

use crate::number::{of_u64, of_usize};
use crate::special::gamma;

/// Concentration of the sequential test when the caller has no better figure.
pub const CONCENTRATION_DEFAULT: f64 = 100.0;

/// A p-value of the report below this is called a mismatch.
pub const REPORT_ALPHA: f64 = 0.001;

/// Result of the check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Units in arms with a positive weight.
    pub units: u64,
    /// Units in arms that should have got none.
    pub stray_units: u64,
    /// Pearson's statistic.
    pub chi_square: f64,
    /// Degrees of freedom: arms with a positive weight, less one.
    pub degrees: u32,
    /// Its p-value: for one look, in a report.
    pub p: f64,
    /// Decimal logarithm of the p-value.
    pub log10_p: f64,
    /// Logarithm of the e-value: for looking at any time; alarm at `ln(1000)`.
    pub log_e: f64,
    /// p-value that goes with the e-value.
    pub p_sequential: f64,
}

impl Reading {
    /// Whether the report calls this a mismatch.
    pub fn is_mismatch(&self) -> bool {
        self.p < REPORT_ALPHA
    }
}

/// Checks counts against weights: Pearson's chi-square for the report, and the
/// Dirichlet-multinomial e-value for continuous monitoring (Lindon and Malek 2022).
///
/// Preconditions: each unit is counted once; weights did not change in between. Weights need not
/// sum up to one. `None` with fewer than two arms of positive weight, with arms of different
/// number, or with a concentration that is not positive.
pub fn check(counts: &[u64], weights: &[f64], concentration: f64) -> Option<Reading> {
    let valid = counts.len() == weights.len() && concentration > 0.0 && concentration.is_finite();
    if !valid || weights.iter().any(|weight| !weight.is_finite()) {
        return None;
    }
    let total_weight: f64 = weights.iter().filter(|weight| **weight > 0.0).sum();
    let arms: Vec<(u64, f64)> = counts
        .iter()
        .zip(weights)
        .filter(|(_, weight)| **weight > 0.0)
        .map(|(count, weight)| (*count, weight / total_weight))
        .collect();
    if arms.len() < 2 {
        return None;
    }
    let units = arms
        .iter()
        .fold(0u64, |sum, (count, _)| sum.saturating_add(*count));
    let all = counts
        .iter()
        .fold(0u64, |sum, count| sum.saturating_add(*count));
    let chi_square = chi_square(&arms, of_u64(units));
    let degrees = u32::try_from(arms.len() - 1).unwrap_or(u32::MAX);
    let log_p = gamma::log_chi_square_tail(chi_square, degrees);
    let log_e = log_e(&arms, of_u64(units), concentration);
    Some(Reading {
        units,
        stray_units: all - units,
        chi_square,
        degrees,
        p: log_p.exp(),
        log10_p: log_p / LN_10,
        log_e,
        p_sequential: (-log_e).exp().min(1.0),
    })
}

fn chi_square(arms: &[(u64, f64)], units: f64) -> f64 {
    if units <= 0.0 {
        return 0.0;
    }
    arms.iter()
        .map(|(count, share)| {
            let gap = of_u64(*count) - share * units;
            gap * gap / (share * units)
        })
        .sum()
}

/// The multivariate log beta functions with Stirling's formula worked out, so that the large terms
/// cancel on paper and not in the machine.
fn log_e(arms: &[(u64, f64)], units: f64, concentration: f64) -> f64 {
    if units <= 0.0 {
        return 0.0;
    }
    let total = concentration + units;
    let mut sum = (total / concentration).ln() / 2.0 - gamma::stirling_rest(total)
        + gamma::stirling_rest(concentration);
    for (count, share) in arms {
        let before = concentration * share;
        let after = before + of_u64(*count);
        sum += gamma::deviance(after, total * share) - (after / before).ln() / 2.0
            + gamma::stirling_rest(after)
            - gamma::stirling_rest(before);
    }
    sum
}

/// Equal weights for a number of arms.
pub fn equal_weights(arms: usize) -> Vec<f64> {
    vec![1.0 / of_usize(arms.max(1)); arms]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_e_value_is_the_product_of_its_predictions(
            arms in proptest::collection::vec(0usize..3, 0..60),
        ) {
            let shares = [0.5, 0.3, 0.2];
            let (mut counts, mut slow) = ([0u64; 3], 0.0);
            for arm in arms {
                let seen = of_u64(counts.iter().sum());
                let predicted = (100.0 * shares[arm] + of_u64(counts[arm])) / (100.0 + seen);
                slow += (predicted / shares[arm]).ln();
                counts[arm] += 1;
                let reading = check(&counts, &shares, 100.0).unwrap();
                prop_assert!(
                    (reading.log_e - slow).abs() < 1e-11,
                    "{} {}",
                    reading.log_e,
                    slow
                );
            }
        }

        #[test]
        fn scaling_the_weights_changes_nothing(
            counts in proptest::collection::vec(0u64..1 << 50, 2..6),
            scale in 0.001..1000.0f64,
        ) {
            let plain = equal_weights(counts.len());
            let scaled: Vec<f64> = plain.iter().map(|weight| weight * scale).collect();
            let (left, right) = (
                check(&counts, &plain, 100.0).unwrap(),
                check(&counts, &scaled, 100.0).unwrap(),
            );
            prop_assert!((left.log_e - right.log_e).abs() <= 1e-9 * (1.0 + left.log_e.abs()));
            prop_assert!(left.p.is_finite() && left.log10_p <= 0.0);
        }
    }
}
