//! Pairs of windows whose order was drawn by a fair coin: tests and intervals that hold exactly at
//! every look.
//!
//! Where the new version changes nothing, exchanging the windows of a pair only turns the sign of
//! their difference, and the coin decides the sign. So `1 + k·h(D/s)` has an expectation of exactly 1
//! for every odd `h` between -1 and 1, every stake `k` in [0, 1), and every scale `s` that is known
//! before the pair begins; the running product is a martingale, and so is an average of such products
//! with weights fixed beforehand. By Ville's inequality (1939) it ever reaches 1/alpha with a
//! probability of at most alpha. E-tests of symmetry: Vovk and Wang (2024), *Nonparametric e-tests of
//! symmetry*; bets with stakes: Waudby-Smith and Ramdas (2024), *Estimating means of bounded random
//! variables by betting*; the coin as the only assumption: Fisher (1935); designs that switch, and
//! carry-over: Bojinov, Simchi-Levi and Zhao (2023), *Design and analysis of switchback experiments*.
//!
//! With `h = tanh` and the stake at its fitting size the factor is the likelihood ratio of a normal
//! difference against its mirror image; one far-off pair moves it by a bounded amount. Preconditions:
//! a fair coin for each pair, thrown before it begins; nothing is carried over from one window into
//! the next. An interval holds every shift (or ratio) for which "all windows change by just this much"
//! cannot be ruled out. No normal law, no variance, no number of pairs is assumed.

use crate::interval::Interval;
use crate::number::{is_open_share, of_usize};
use crate::root;
use crate::special::normal;

/// Stakes with their weights, which sum up to 1: small effects are found by small stakes, large ones
/// by large.
const STAKES: [(f64, f64); 7] = [
    (0.1, 0.15),
    (0.2, 0.15),
    (0.3, 0.15),
    (0.45, 0.15),
    (0.6, 0.15),
    (0.75, 0.1),
    (0.9, 0.15),
];
/// The standard deviation of a normal law over its mean absolute deviation, nearly: √(π/2).
const SCALE_OF_DEVIATION: f64 = 1.25;
/// Points of the normal law that are averaged over for a forecast.
const QUANTILES: usize = 400;

/// What was measured in both windows of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// In the window of the control.
    pub control: f64,
    /// In the window of the treatment.
    pub treatment: f64,
}

impl Pair {
    fn minus(self, ratio: f64, shift: f64) -> f64 {
        self.treatment - ratio * self.control - shift
    }
}

/// Pairs in the order in which their coins were thrown.
#[derive(Clone, Debug, PartialEq)]
pub struct Signs {
    pairs: Vec<Pair>,
    /// How far differences lay apart before each pair; 0 where that is not known yet.
    scales: Vec<f64>,
}

/// On which side of its null a treatment lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It is larger.
    Above,
    /// It is smaller.
    Below,
}

impl Side {
    fn sign(self) -> f64 {
        match self {
            Self::Above => 1.0,
            Self::Below => -1.0,
        }
    }
}

impl Signs {
    /// Takes pairs in their order.
    pub fn new(pairs: Vec<Pair>) -> Self {
        let mut scales = Vec::with_capacity(pairs.len());
        let (mut mean, mut deviations) = (0.0, 0.0);
        for (before, pair) in pairs.iter().enumerate() {
            let surprises = before.saturating_sub(1);
            scales.push(if surprises == 0 {
                0.0
            } else {
                SCALE_OF_DEVIATION * deviations / of_usize(surprises)
            });
            let difference = pair.minus(1.0, 0.0);
            if before > 0 {
                deviations += f64::abs(difference - mean);
            }
            mean += (difference - mean) / of_usize(before + 1);
        }
        Self { pairs, scales }
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The evidence, as the logarithm of an e-value, that the treatment lies on one side of `ratio`
    /// times the control plus `shift`. Exact where it is just there in every window, and careful where
    /// it lies on the other side in every window.
    pub fn log_e(&self, (ratio, shift): (f64, f64), side: Side) -> f64 {
        self.log_product(|pair, scale| side.sign() * odd(pair.minus(ratio, shift), scale))
    }

    /// The logarithm of the p-value of "no change", both sides; valid at every look.
    pub fn log_p(&self) -> f64 {
        let of = |side| self.log_e((1.0, 0.0), side);
        (2_f64.ln() - of(Side::Above).max(of(Side::Below))).min(0.0)
    }

    /// The difference, treatment minus control, with its interval at `1 - alpha`; `None` while there
    /// are too few pairs for one.
    ///
    /// The estimate is the shift about which the pairs lie evenly; it always lies in the interval, and
    /// zero lies in the interval exactly when [`Signs::log_p`] lies above `ln alpha`.
    pub fn difference(&self, alpha: f64) -> Option<Interval> {
        let goal = (2.0 / alpha).ln();
        let most = self.log_product(|_, _| 1.0);
        if most <= goal || !goal.is_finite() {
            return None;
        }
        let step = self.scales.iter().copied().fold(0.0, f64::max);
        let step = if step > 0.0 { step } else { 1.0 };
        let centre = |shift: f64| -> f64 {
            let each = self.pairs.iter().zip(&self.scales);
            -each
                .map(|(pair, scale)| odd(pair.minus(1.0, shift), *scale))
                .sum::<f64>()
        };
        let estimate = root::of_increasing(self.pairs[0].minus(1.0, 0.0), step, centre);
        let low = |shift| goal - self.log_e((1.0, shift), Side::Above);
        let high = |shift| self.log_e((1.0, shift), Side::Below) - goal;
        Some(Interval {
            low: root::of_increasing(estimate, step, low).min(estimate),
            high: root::of_increasing(estimate, step, high).max(estimate),
            estimate,
        })
    }

    /// The relative change, treatment over control minus 1, with its interval at `1 - alpha`. `None`
    /// where [`Signs::difference`] is, where a mean of a window lies below zero, or where the controls
    /// are too often zero for an upper end.
    pub fn lift(&self, alpha: f64) -> Option<Interval> {
        self.difference(alpha)?;
        let (low, high) = self.ratios((2.0 / alpha).ln())?;
        if !high.is_finite() {
            return None;
        }
        let centre = |ratio: f64| -> f64 {
            let each = self.pairs.iter().zip(&self.scales);
            -each
                .map(|(pair, scale)| odd(pair.minus(ratio, 0.0), *scale))
                .sum::<f64>()
        };
        let estimate = root::of_increasing(1.0, 0.1, centre).clamp(low, high);
        Some(Interval {
            low: low - 1.0,
            high: high - 1.0,
            estimate: estimate - 1.0,
        })
    }

    /// The relative changes that can be ruled out at `alpha` from one side alone: no smaller than the
    /// first, no larger than the second, which is endless where the controls are too often zero.
    pub fn lift_bounds(&self, alpha: f64) -> Option<(f64, f64)> {
        let (low, high) = self.ratios((1.0 / alpha).ln())?;
        Some((low - 1.0, high - 1.0))
    }

    /// The ratios of treatment and control at which the evidence on each side reaches a goal.
    fn ratios(&self, goal: f64) -> Option<(f64, f64)> {
        let is_fine = |pair: &Pair| pair.control >= 0.0 && pair.treatment >= 0.0;
        if !self.pairs.iter().all(is_fine) || self.pairs.iter().all(|pair| pair.control <= 0.0) {
            return None;
        }
        // What the evidence comes to where the ratio is as small, or as large, as can be.
        let at_most = |side: Side| {
            self.log_product(|pair, scale| {
                if pair.control > 0.0 && side == Side::Below {
                    1.0
                } else {
                    side.sign() * odd(pair.treatment, scale)
                }
            })
        };
        let low = |ratio| goal - self.log_e((ratio, 0.0), Side::Above);
        let high = |ratio| self.log_e((ratio, 0.0), Side::Below) - goal;
        let low = if at_most(Side::Above) > goal {
            root::of_increasing(1.0, 0.1, low).max(0.0)
        } else {
            0.0
        };
        let high = if at_most(Side::Below) > goal {
            root::of_increasing(1.0, 0.1, high)
        } else {
            f64::INFINITY
        };
        Some((low, high))
    }

    /// The logarithm of the average over stakes of the products of `1 + stake·bet`.
    fn log_product(&self, bet: impl Fn(Pair, f64) -> f64) -> f64 {
        let mut sums = STAKES.map(|(_, weight)| weight.ln());
        for (pair, scale) in self.pairs.iter().zip(&self.scales) {
            let bet = bet(*pair, *scale);
            for (sum, (stake, _)) in sums.iter_mut().zip(STAKES) {
                *sum += (stake * bet).ln_1p();
            }
        }
        let most = sums.into_iter().fold(f64::NEG_INFINITY, f64::max);
        most + sums.iter().map(|sum| (sum - most).exp()).sum::<f64>().ln()
    }
}

/// The pairs after which a difference is seen with a chance of `power`, looked at after each of them; in
/// standard deviations of the differences within pairs, which are taken to be normal. A forecast, for
/// planning only.
///
/// For each stake the logarithm of its product grows by a known mean and variance a pair; the fewest
/// pairs count after which one of them lies above its goal but for `1 - power` of all cases.
pub fn pairs_needed(effect: f64, alpha: f64, power: f64) -> Option<f64> {
    let is_fine = effect.abs() > 0.0 && is_open_share(alpha) && is_open_share(power);
    if !is_fine {
        return None;
    }
    let points: Vec<f64> = (0..QUANTILES)
        .map(|at| normal::quantile((of_usize(at) + 0.5) / of_usize(QUANTILES)))
        .collect();
    let margin = normal::quantile(power).max(0.0);
    let of_stake = |(stake, weight): (f64, f64)| {
        let grows: Vec<f64> = points
            .iter()
            .map(|point| (stake * (effect.abs() + point).tanh()).ln_1p())
            .collect();
        let mean = grows.iter().sum::<f64>() / of_usize(QUANTILES);
        let squares: f64 = grows.iter().map(|one| (one - mean).powi(2)).sum();
        let slack = margin * (squares / of_usize(QUANTILES)).sqrt();
        let goal = (2.0 / alpha / weight).ln();
        let root = (slack + (slack * slack + 4.0 * mean * goal).sqrt()) / (2.0 * mean);
        (mean > 0.0).then_some(root * root)
    };
    let found = STAKES
        .into_iter()
        .filter_map(of_stake)
        .min_by(f64::total_cmp)?;
    // The first two pairs tell no scale yet.
    Some((found + 1.0).ceil())
}

/// An odd function between -1 and 1; the sign alone where no scale is known.
fn odd(difference: f64, scale: f64) -> f64 {
    if scale > 0.0 {
        (difference / scale).tanh()
    } else if difference > 0.0 {
        1.0
    } else if difference < 0.0 {
        -1.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simulation::Random;

    fn pairs(values: &[(f64, f64)]) -> Vec<Pair> {
        let pair = |(control, treatment): &(f64, f64)| Pair {
            control: *control,
            treatment: *treatment,
        };
        values.iter().map(pair).collect()
    }

    /// The definition, word for word: everything again for each pair, and products instead of sums.
    fn slow(pairs: &[Pair], (ratio, shift): (f64, f64), sign: f64) -> f64 {
        let difference = |at: usize| pairs[at].treatment - pairs[at].control;
        let scale = |at: usize| {
            let mut deviations = Vec::new();
            for one in 1..at {
                let mean = (0..one).map(difference).sum::<f64>() / of_usize(one);
                deviations.push((difference(one) - mean).abs());
            }
            let sum: f64 = deviations.iter().sum();
            if deviations.is_empty() {
                0.0
            } else {
                1.25 * sum / of_usize(deviations.len())
            }
        };
        let each = STAKES.iter().map(|(stake, weight)| {
            let factor = |at: usize| {
                let gap = pairs[at].treatment - ratio * pairs[at].control - shift;
                let bet = match scale(at) {
                    scale if scale > 0.0 => (gap / scale).tanh(),
                    _ if gap > 0.0 => 1.0,
                    _ if gap < 0.0 => -1.0,
                    _ => 0.0,
                };
                1.0 + stake * sign * bet
            };
            weight * (0..pairs.len()).map(factor).product::<f64>()
        });
        each.sum()
    }

    /// What would have been seen had the coins fallen so, if the treatment makes `ratio` times as much
    /// and `shift` more of every window.
    fn as_fallen(windows: &[(f64, f64)], coins: u32, (ratio, shift): (f64, f64)) -> Vec<Pair> {
        let fallen = |(place, (first, second)): (usize, &(f64, f64))| {
            let (control, treated) = match coins >> place & 1 {
                0 => (*first, *second),
                _ => (*second, *first),
            };
            Pair {
                control,
                treatment: ratio * treated + shift,
            }
        };
        windows.iter().enumerate().map(fallen).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_what_the_definition_says(
            values in prop::collection::vec((0.0..9.0f64, 0.0..9.0f64), 1..20),
            ratio in 0.5..1.5f64, shift in -1.0..1.0f64,
        ) {
            let pairs = pairs(&values);
            let signs = Signs::new(pairs.clone());
            for (side, sign) in [(Side::Above, 1.0), (Side::Below, -1.0)] {
                let (fast, slow) = (signs.log_e((ratio, shift), side).exp(), slow(&pairs, (ratio, shift), sign));
                prop_assert!((fast / slow - 1.0).abs() < 1e-6, "{fast} {slow}");
            }
        }

        /// All ways in which the coins can fall, counted out: the expectation is 1 at the end, and no
        /// more than a share of alpha of them ever crosses 1/alpha. Whatever happens in the windows.
        #[test]
        fn over_all_coins_the_expectation_is_one_and_few_ever_cross(
            windows in prop::collection::vec((0.0..9.0f64, 0.0..9.0f64), 7),
            ratio in 0.5..1.5f64, shift in -1.0..1.0f64, alpha in 0.05..0.5f64,
        ) {
            let (mut sum, mut crossed, null) = (0.0, 0, (ratio, shift));
            for coins in 0..128 {
                let seen = as_fallen(&windows, coins, null);
                let log_e = |known: usize| Signs::new(seen[..known].to_vec()).log_e(null, Side::Above);
                sum += log_e(7).exp();
                crossed += u32::from((1..=7).any(|known| log_e(known) >= (1.0 / alpha).ln()));
            }
            prop_assert!((sum / 128.0 - 1.0).abs() < 1e-9, "{sum}");
            prop_assert!(f64::from(crossed) / 128.0 <= alpha);
        }

        /// Where the treatment is better than its limit in every window, there is less evidence of harm.
        #[test]
        fn what_does_good_is_no_more_evidence_of_harm(
            windows in prop::collection::vec((0.0..9.0f64, 0.0..9.0f64), 8), gain in 0.0..3.0f64,
        ) {
            let mut sum = 0.0;
            for coins in 0..256 {
                let seen = as_fallen(&windows, coins, (1.0, gain));
                sum += Signs::new(seen).log_e((1.0, 0.0), Side::Below).exp();
            }
            prop_assert!(sum / 256.0 <= 1.0 + 1e-9, "{sum}");
        }

        #[test]
        fn intervals_are_where_the_evidence_reaches_its_goal_and_go_with_the_p_value(
            values in prop::collection::vec((0.1..9.0f64, 0.1..9.0f64), 9..40), gain in -2.0..6.0f64,
        ) {
            let values: Vec<(f64, f64)> = values.iter().map(|(c, t)| (*c, (t + gain).max(0.0))).collect();
            let signs = Signs::new(pairs(&values));
            let (alpha, goal) = (0.1, (2.0_f64 / 0.1).ln());
            let found = signs.difference(alpha).unwrap();
            prop_assert!(found.low <= found.estimate && found.estimate <= found.high);
            let width = found.high - found.low;
            let above = |shift| signs.log_e((1.0, shift), Side::Above);
            let below = |shift| signs.log_e((1.0, shift), Side::Below);
            prop_assert!(above(found.low - width * 1e-6) >= goal - 1e-6 && above(found.low + width * 1e-6) <= goal + 1e-6);
            prop_assert!(below(found.high + width * 1e-6) >= goal - 1e-6 && below(found.high - width * 1e-6) <= goal + 1e-6);
            let lift = signs.lift(alpha).unwrap();
            prop_assert!(lift.low <= lift.estimate && lift.estimate <= lift.high);
            let is_claimed = signs.log_p() <= f64::ln(alpha);
            prop_assert_eq!(found.excludes_zero(), is_claimed);
            prop_assert_eq!(lift.excludes_zero(), is_claimed);
        }
    }

    #[test]
    fn too_few_pairs_have_no_interval_and_eight_that_agree_do() {
        let agree = |count: usize| {
            Signs::new(vec![
                Pair {
                    control: 1.0,
                    treatment: 2.0
                };
                count
            ])
        };
        assert_eq!(agree(7).difference(0.05), None);
        let found = agree(8).difference(0.05).unwrap();
        assert!(found.low > 0.9 && found.high < 1.1, "{found:?}");
        assert!(Signs::new(Vec::new()).difference(0.05).is_none());
        assert!((Signs::new(Vec::new()).log_p()).abs() < 1e-12);
    }

    #[test]
    fn a_relative_change_needs_means_that_are_not_below_zero() {
        let mut values = vec![(1.0, 2.0); 12];
        assert!(Signs::new(pairs(&values)).lift(0.05).is_some());
        values[3].0 = -1.0;
        assert!(Signs::new(pairs(&values)).lift(0.05).is_none());
        assert!(Signs::new(pairs(&values)).difference(0.05).is_some());
        let zeros = Signs::new(pairs(&[(0.0, 1.0); 12]));
        assert!(zeros.lift(0.05).is_none() && zeros.log_p() < -2.0);
    }

    /// What is planned is what simulated pairs need: at 80 %, between 68 and 97 of 100 runs are through.
    #[test]
    fn the_forecast_is_what_simulated_pairs_take() {
        let gauss = |random: &mut Random| {
            let angle = std::f64::consts::TAU * random.uniform();
            (-2.0 * random.uniform().ln()).sqrt() * angle.cos()
        };
        for effect in [0.5, 1.0, 2.0] {
            let needed = pairs_needed(effect, 0.05, 0.8).unwrap();
            let mut through = 0;
            for run in 0..100 {
                let mut random = Random::new(run);
                let mut seen = Vec::new();
                while of_usize(seen.len()) < needed {
                    let treatment = effect + gauss(&mut random);
                    seen.push(Pair {
                        control: 0.0,
                        treatment,
                    });
                    if Signs::new(seen.clone()).log_p() <= 0.05_f64.ln() {
                        through += 1;
                        break;
                    }
                }
            }
            assert!(
                (68..=97).contains(&through),
                "{effect}: {through} by {needed}"
            );
        }
        assert!(pairs_needed(0.1, 0.05, 0.8) > pairs_needed(0.2, 0.05, 0.8));
        assert_eq!(pairs_needed(0.0, 0.05, 0.8), None);
    }

    /// A small simulation at 5 %: a daily wave, amounts that one in ten windows spends, looked at after
    /// each of 60 pairs, no effect. At most 24 of 250 runs may alarm by chance (99.9 %).
    #[test]
    fn waves_and_skewed_amounts_raise_few_false_alarms() {
        let mut alarms = 0;
        for run in 0..250 {
            let mut random = Random::new(run);
            let mut seen = Vec::new();
            let alarm = (0..60).any(|pair| {
                let mut window = |at: u32| {
                    let wave = (f64::from(at) * std::f64::consts::TAU / 6.0).sin();
                    10.0 + 5.0 * wave
                        + if random.uniform() < 0.1 {
                            40.0 * random.uniform()
                        } else {
                            0.0
                        }
                };
                let (first, second) = (window(2 * pair), window(2 * pair + 1));
                let (control, treatment) = if random.bits() & 1 == 0 {
                    (first, second)
                } else {
                    (second, first)
                };
                seen.push(Pair { control, treatment });
                Signs::new(seen.clone()).log_p() <= 0.05_f64.ln()
            });
            alarms += u32::from(alarm);
        }
        assert!(alarms < 24, "{alarms}");
    }
}
