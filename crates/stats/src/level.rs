//! Bounds of one arm's own level that hold at every look: of a share, of a mean, of a quantile.
//!
//! They need no control. Evidence that a level lies *above* a limit is [`crate::guard::limit`]; here
//! it is shown to lie *below* one.

use crate::moments::Sample;
use crate::number::of_u64;
use crate::root;
use crate::sequential::Mixture;
use crate::special::beta::{self, Share};

/// Both parameters of the beta mixture (Krichevsky and Trofimov 1981): no rate is favoured much.
const PRIOR: f64 = 0.5;

/// Logarithm of the e-value against a share: the likelihood averaged over a beta distribution, over
/// that of the share itself (Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon 2021).
fn log_e_of_share(n: u64, converted: u64, at: Share) -> f64 {
    let (hits, misses) = (of_u64(converted), of_u64(n - converted));
    beta::log_density(PRIOR, PRIOR, at) - beta::log_density(PRIOR + hits, PRIOR + misses, at)
}

/// The share that the true one does not lie above, at every look with a chance of `1 - alpha`.
///
/// Exact for independent units, without an estimated variance. `None` without units, with more
/// conversions than units, or unless `0 < alpha < 1`.
pub fn share_at_most(n: u64, converted: u64, alpha: f64) -> Option<f64> {
    if n == 0 || converted > n || !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    if converted == n {
        return Some(1.0);
    }
    let goal = -alpha.ln();
    let (hits, misses) = (of_u64(converted) + PRIOR, of_u64(n - converted) + PRIOR);
    let spread = (1.0 / hits + 1.0 / misses).sqrt();
    let log_odds = root::of_increasing((hits / misses).ln(), spread, |log_odds| {
        log_e_of_share(n, converted, Share::from_log_odds(log_odds)) - goal
    });
    Some(Share::from_log_odds(log_odds).of)
}

/// The mean that the true one does not lie above, at every look with a chance of `1 - alpha`.
///
/// The variance is taken about the bound, as [`crate::guard::MeanLimit`] does; asymptotic. The
/// mixture is tuned for one-sided use. `None` where no unit differs from another, or with too few of
/// them for the variance to be told.
pub fn mean_at_most(arm: &Sample, mixture: &Mixture, alpha: f64) -> Option<f64> {
    if !(alpha > 0.0 && alpha < 0.5) || arm.variance() <= 0.0 {
        return None;
    }
    let n = of_u64(arm.n());
    let reach = mixture.reach_one_sided(n, alpha);
    let free = n - reach * reach;
    (free > 0.0).then(|| arm.mean() + reach * (arm.variance() / free).sqrt())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simulation::Random;

    #[test]
    fn tables_of_shares() {
        // Nothing of 10,000 leaves room for less than a thousandth; all of 10 leave room for all.
        let rows = [
            (10_000, 0, 0.0008),
            (10_000, 20, 0.0043),
            (1_000, 50, 0.079),
            (10, 10, 1.0),
        ];
        for (n, converted, wanted) in rows {
            let found = share_at_most(n, converted, 0.05).unwrap();
            assert!(
                (found - wanted).abs() < 0.05 * wanted,
                "{n} {converted}: {found}"
            );
        }
        for (n, converted, alpha) in [(0, 0, 0.05), (3, 4, 0.05), (3, 1, 0.0), (3, 1, f64::NAN)] {
            assert_eq!(share_at_most(n, converted, alpha), None);
        }
    }

    proptest! {
        /// The slow way: predict each unit from those before it, and try every bound.
        #[test]
        fn the_bound_is_where_the_product_of_predictions_reaches_its_threshold(
            units in proptest::collection::vec(any::<bool>(), 1..80),
        ) {
            let converted = units.iter().filter(|hit| **hit).count() as u64;
            let log_e = |share: f64| {
                let (mut hits, mut sum) = (0.0, 0.0);
                for (seen, hit) in units.iter().enumerate() {
                    let next = (hits + 0.5) / (crate::number::of_usize(seen) + 1.0);
                    sum += if *hit { (next / share).ln() } else { ((1.0 - next) / (1.0 - share)).ln() };
                    hits += f64::from(u8::from(*hit));
                }
                sum
            };
            let found = share_at_most(units.len() as u64, converted, 0.05).unwrap();
            let mean = crate::number::of_u64(converted) / crate::number::of_usize(units.len());
            prop_assert!(found >= mean);
            if found < 1.0 {
                prop_assert!((log_e(found) - 20.0_f64.ln()).abs() < 1e-6, "{found}");
            }
        }

        #[test]
        fn the_bound_of_a_mean_is_the_linear_test_of_each_limit(
            totals in proptest::collection::vec(0i64..1_000, 20..60),
        ) {
            let mut arm = crate::moments::Arm::default();
            for total in &totals {
                arm.add_unit(*total);
            }
            let (sample, mixture) = (arm.sample().unwrap(), Mixture::one_sided(0.05, 40.0).unwrap());
            let Some(found) = mean_at_most(&sample, &mixture, 0.05) else { return Ok(()) };
            let n = crate::number::of_usize(totals.len());
            let shown = |limit: f64| {
                let gap = limit - sample.mean();
                let error = ((sample.variance() + gap * gap) / n).sqrt();
                gap / error >= mixture.reach_one_sided(n, 0.05)
            };
            prop_assert!(shown(found * 1.000_001) && !shown(found * 0.999_999));
        }
    }

    /// How often a bound is ever below the truth, looked at after every unit.
    #[test]
    fn bounds_rarely_lie_below_the_truth() {
        let mut random = Random::new(41);
        for (share, units) in [(0.01, 3_000_u64), (0.2, 1_500)] {
            let mut missed = 0;
            for _ in 0..200 {
                let mut converted = 0;
                for n in 1..=units {
                    converted += u64::from(random.uniform() < share);
                    // The share itself is tried, which says the same as its bound and is quicker.
                    let at = Share {
                        of: share,
                        rest: 1.0 - share,
                    };
                    let is_below =
                        crate::number::of_u64(converted) < share * crate::number::of_u64(n);
                    if is_below && log_e_of_share(n, converted, at) >= 20.0_f64.ln() {
                        missed += 1;
                        break;
                    }
                }
            }
            // 5 % of 200 are 10; 21 or more have a chance below 0.2 %.
            assert!(missed < 21, "{share}: {missed} of 200");
        }
    }
}
