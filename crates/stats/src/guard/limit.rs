//! Absolute limits: evidence that a level lies above what is allowed, or a difference beyond it.
//!
//! [`RateLimit`] and [`MeanLimit`] look at one arm alone and need no control; [`ShiftGuard`]
//! compares two arms by so many units instead of by a share. Evidence is given as the logarithm of
//! the e-value, as of every guard.

use super::Harm;
use super::mean::Reading;
use crate::moments::{Sample, pooled_variance};
use crate::number::of_u64;
use crate::sequential::Mixture;

/// The odds of the alternatives over those of the limit, with their weights, which sum up to one.
///
/// Most weight lies at once and a half to three times the limit: complaints and errors that matter
/// rarely rise by a few per cent.
pub const ODDS_ABOVE: [(f64, f64); 9] = [
    (1.1, 0.08),
    (1.2, 0.12),
    (1.35, 0.15),
    (1.5, 0.17),
    (2.0, 0.2),
    (3.0, 0.13),
    (5.0, 0.08),
    (10.0, 0.05),
    (30.0, 0.02),
];

/// Guard on a rate that shall never lie above a limit: an average of likelihood ratios of higher
/// rates against the limit (Wald 1945; Robbins 1970 for the mixture; the bets of Waudby-Smith and
/// Ramdas 2024 with a fixed prior).
///
/// Preconditions: units are independent and each converts with a chance of the limit at most. Then
/// the factor of each unit has an expectation of one at most, for every alternative. A unit whose
/// time is not over counts as one that did not convert; that only lowers the evidence, so it may be
/// looked at before windows have closed. For the same reason there is no such guard against rates
/// that are too low.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Per alternative: logarithms of its weight, of a conversion's factor and of the other's.
    alternatives: [(f64, f64, f64); ODDS_ABOVE.len()],
}

impl RateLimit {
    /// A guard against rates above `limit`, which lies between 0 and 1.
    pub fn new(limit: f64) -> Option<Self> {
        if !(limit > 0.0 && limit < 1.0) {
            return None;
        }
        let alternatives = ODDS_ABOVE.map(|(ratio, weight)| {
            let odds = limit / (1.0 - limit) * ratio;
            let rate = odds / (1.0 + odds);
            let converts = (rate / limit).ln();
            let does_not = (-rate).ln_1p() - (-limit).ln_1p();
            (weight.ln(), converts, does_not)
        });
        Some(Self { alternatives })
    }

    /// Logarithm of the e-value after `converted` of `n` units.
    pub fn log_e(&self, n: u64, converted: u64) -> f64 {
        let (hits, misses) = (of_u64(converted), of_u64(n.saturating_sub(converted)));
        let terms = self
            .alternatives
            .map(|(weight, converts, does_not)| weight + hits * converts + misses * does_not);
        let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + terms
            .iter()
            .map(|term| (term - most).exp())
            .sum::<f64>()
            .ln()
    }
}

/// Guard on a mean that shall never lie above a limit: a half-normal mixture on its distance from
/// the limit (Robbins 1970; Waudby-Smith et al. 2024).
///
/// Preconditions: as of [`super::MeanGuard`]; asymptotic. The variance is taken about the limit
/// where that is larger than about the mean, which keeps early looks honest, as the pooled variance
/// does for two arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanLimit {
    limit: f64,
    mixture: Mixture,
}

impl MeanLimit {
    /// A guard against means above `limit`, tuned for `alpha` and `n_star` units of the arm.
    pub fn new(limit: f64, alpha: f64, n_star: f64) -> Option<Self> {
        let mixture = Mixture::one_sided(alpha, n_star)?;
        limit.is_finite().then_some(Self { limit, mixture })
    }

    /// Reads the sample of an arm.
    pub fn read(&self, arm: &Sample) -> Reading {
        let distance = arm.mean() - self.limit;
        let own = arm.variance_of_mean();
        let about_limit = own + distance * distance / of_u64(arm.n());
        let error = about_limit.sqrt();
        if own <= 0.0 || error.is_nan() {
            return Reading::ZeroVariance;
        }
        let z = distance / error;
        Reading::Measured {
            error_unpooled: own.sqrt(),
            error_pooled: error,
            z,
            log_e: self.mixture.log_e_one_sided(of_u64(arm.n()), z),
        }
    }
}

/// Guard on a difference in units: the treatment's mean may be so much worse than the control's,
/// and no more. The same mixture as [`super::MeanGuard`], about a shift instead of a multiple.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShiftGuard {
    shift: f64,
    harm: Harm,
    mixture: Mixture,
}

impl ShiftGuard {
    /// A guard that tolerates a difference of `shift`, 0 or more, in the direction of harm.
    pub fn new(shift: f64, harm: Harm, alpha: f64, n_star: f64) -> Option<Self> {
        let mixture = Mixture::one_sided(alpha, n_star)?;
        (shift >= 0.0 && shift.is_finite()).then_some(Self {
            shift,
            harm,
            mixture,
        })
    }

    /// Reads two samples.
    pub fn read(&self, control: &Sample, treatment: &Sample) -> Reading {
        let (n_control, n_treatment) = (of_u64(control.n()), of_u64(treatment.n()));
        let unpooled = treatment.variance_of_mean() + control.variance_of_mean();
        let pooled = pooled_variance(control, treatment) * (1.0 / n_treatment + 1.0 / n_control);
        let error = unpooled.max(pooled).sqrt();
        if error.is_nan() || error <= 0.0 {
            return Reading::ZeroVariance;
        }
        let worse = match self.harm {
            Harm::Decrease => control.minus(1.0, treatment),
            Harm::Increase => treatment.minus(1.0, control),
        };
        let z = (worse - self.shift) / error;
        let log_e = self.mixture.log_e_one_sided(n_control + n_treatment, z);
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
    use crate::guard::{MeanGuard, threshold};
    use crate::moments::Arm;

    /// SplitMix64 (Steele, Lea, Flood 2014).
    struct Random(u64);

    impl Random {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bits = (mixed ^ (mixed >> 31)) >> 32;
            (f64::from(u32::try_from(bits).unwrap_or(0)) + 0.5) / 4_294_967_296.0
        }
    }

    #[test]
    fn weights_sum_up_to_one() {
        let sum: f64 = ODDS_ABOVE.iter().map(|(_, weight)| weight).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    /// Worked by hand from the definition: with one unit, each alternative's factor is its rate over
    /// the limit, or what is left of both.
    #[test]
    fn one_unit_by_hand() {
        let guard = RateLimit::new(0.2).unwrap();
        let rates = ODDS_ABOVE.map(|(ratio, weight)| (0.25 * ratio / (1.0 + 0.25 * ratio), weight));
        let hit: f64 = rates.iter().map(|(rate, weight)| weight * rate / 0.2).sum();
        let miss: f64 = rates
            .iter()
            .map(|(rate, weight)| weight * (1.0 - rate) / 0.8)
            .sum();
        assert!((guard.log_e(1, 1) - hit.ln()).abs() < 1e-12);
        assert!((guard.log_e(1, 0) - miss.ln()).abs() < 1e-12);
        assert!(guard.log_e(0, 0).abs() < 1e-12);
    }

    #[test]
    fn tables_of_what_is_found() {
        // Three per thousand allowed; how many complaints among 10,000 are evidence at 1 %.
        let guard = RateLimit::new(0.003).unwrap();
        let rows = [
            (30, false),
            (40, false),
            (50, false),
            (52, true),
            (100, true),
        ];
        for (complaints, expected) in rows {
            let fires = guard.log_e(10_000, complaints) >= threshold(0.01);
            assert_eq!(fires, expected, "{complaints}");
        }
        for limit in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(RateLimit::new(limit).is_none(), "{limit}");
        }
    }

    /// The share of runs in which a guard ever decides, at the very limit and looked at after every
    /// unit, stays below what is promised.
    #[test]
    fn at_the_limit_rates_are_rarely_found_too_high() {
        let mut random = Random(29);
        for (limit, units) in [(0.003, 12_000_u64), (0.05, 3_000), (0.4, 1_500)] {
            let guard = RateLimit::new(limit).unwrap();
            let runs = 250;
            let mut wrong = 0;
            for _ in 0..runs {
                let mut converted = 0;
                for n in 1..=units {
                    if random.uniform() < limit {
                        converted += 1;
                        // Evidence only rises with a conversion, so this is every look.
                        if guard.log_e(n, converted) >= threshold(0.05) {
                            wrong += 1;
                            break;
                        }
                    }
                }
            }
            // 5 % of 250 are 12.5; 24 or more have a chance below 0.2 %.
            assert!(wrong < 24, "{limit}: {wrong} of {runs}");
        }
    }

    #[test]
    fn at_the_limit_means_are_rarely_found_too_high() {
        let mut random = Random(30);
        // Skewed amounts with mean 1: what one in twenty spends, exponentially.
        let mut wrong = 0;
        for _ in 0..250 {
            let guard = MeanLimit::new(1.0, 0.05, 4_000.0).unwrap();
            let (mut n, mut sum, mut sum_sq) = (0_u64, 0.0_f64, 0.0_f64);
            for _ in 0..3_000 {
                let amount = if random.uniform() < 0.05 {
                    -20.0 * random.uniform().ln()
                } else {
                    0.0
                };
                n += 1;
                sum += amount;
                sum_sq += amount * amount;
                if amount > 0.0
                    && let Some(sample) = Sample::from_sums(n, sum, sum_sq)
                    && guard.read(&sample).log_e() >= threshold(0.05)
                {
                    wrong += 1;
                    break;
                }
            }
        }
        assert!(wrong < 24, "{wrong} of 250");
    }

    #[test]
    fn at_the_tolerated_difference_arms_are_rarely_found_apart() {
        let mut random = Random(31);
        let mut wrong = 0;
        for _ in 0..250 {
            // Two per thousand and three per thousand, one per thousand tolerated.
            let guard = ShiftGuard::new(0.001, Harm::Increase, 0.05, 20_000.0).unwrap();
            let (mut control, mut treatment) = (Arm::default(), Arm::default());
            for _ in 0..5_000 {
                control.add_unit(i64::from(random.uniform() < 0.002));
                let hit = random.uniform() < 0.003;
                treatment.add_unit(i64::from(hit));
                if hit
                    && let Some((control, treatment)) = control.sample().zip(treatment.sample())
                    && guard.read(&control, &treatment).log_e() >= threshold(0.05)
                {
                    wrong += 1;
                    break;
                }
            }
        }
        assert!(wrong < 24, "{wrong} of 250");
    }

    proptest! {
        /// Under any rate up to the limit the expectation of a unit's factor is one at most.
        #[test]
        fn the_expectation_of_a_unit_is_one_at_most(limit in 0.0005..0.95f64, part in 0.0..=1.0f64) {
            let guard = RateLimit::new(limit).unwrap();
            let rate = limit * part;
            let expected = rate * guard.log_e(1, 1).exp() + (1.0 - rate) * guard.log_e(1, 0).exp();
            prop_assert!(expected <= 1.0 + 1e-9, "{expected}");
        }

        #[test]
        fn more_conversions_are_more_evidence(limit in 0.001..0.5f64, n in 10u64..10_000, hits in 0u64..9) {
            let guard = RateLimit::new(limit).unwrap();
            prop_assert!(guard.log_e(n, hits + 1) > guard.log_e(n, hits));
            prop_assert!(guard.log_e(n + 1, hits) < guard.log_e(n, hits));
        }

        /// Without a shift it is the guard on means that tolerates nothing.
        #[test]
        fn no_shift_is_no_margin(
            a in proptest::collection::vec(0i32..1000, 2..9),
            b in proptest::collection::vec(0i32..1000, 2..9),
            more in any::<bool>(),
        ) {
            let pour = |totals: &[i32]| {
                let mut arm = Arm::default();
                for total in totals {
                    arm.add_unit(i64::from(*total));
                }
                arm.sample().unwrap()
            };
            let harm = if more { Harm::Increase } else { Harm::Decrease };
            let (control, treatment) = (pour(&a), pour(&b));
            let shift = ShiftGuard::new(0.0, harm, 0.01, 5_000.0).unwrap();
            let plain = MeanGuard::new(0.0, harm, 0.01, 5_000.0).unwrap();
            let (left, right) = (
                shift.read(&control, &treatment).log_e(),
                plain.read(&control, &treatment).log_e(),
            );
            prop_assert!((left - right).abs() < 1e-9);
        }
    }
}
