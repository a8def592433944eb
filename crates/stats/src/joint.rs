//! Exact sufficient statistics of four amounts per unit: both of a ratio, and the same two as they
//! were before. Knows nothing of what the amounts mean.

use crate::moments::centred_product;
use crate::number::Wide;

/// Amounts of a unit.
pub const AMOUNTS: usize = 4;
/// Pairs of them, each with itself too.
pub const PAIRS: usize = 10;

/// All pairs, in their order.
const ALL: [(usize, usize); PAIRS] = [
    (0, 0),
    (0, 1),
    (0, 2),
    (0, 3),
    (1, 1),
    (1, 2),
    (1, 3),
    (2, 2),
    (2, 3),
    (3, 3),
];

/// The place of a pair of amounts among all pairs.
const fn place(a: usize, b: usize) -> usize {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    low * AMOUNTS - low * (low + 1) / 2 + high
}

/// Sums over the units of one arm, of four amounts of each unit and of their products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JointArm {
    /// Number of units.
    pub n: u64,
    /// Sums of the amounts.
    pub sums: [i128; AMOUNTS],
    /// Sums of products: of the first with each, of the second with each from itself on, and so on.
    pub products: [i128; PAIRS],
}

impl JointArm {
    /// Adds a unit with its totals.
    pub fn add_unit(&mut self, totals: [i64; AMOUNTS]) {
        self.n = self.n.saturating_add(1);
        self.change_unit([0; AMOUNTS], totals);
    }

    /// Takes a unit with these totals out.
    pub fn remove_unit(&mut self, totals: [i64; AMOUNTS]) {
        self.change_unit(totals, [0; AMOUNTS]);
        self.n = self.n.saturating_sub(1);
    }

    /// Records that the totals of one unit of this arm changed.
    pub fn change_unit(&mut self, before: [i64; AMOUNTS], after: [i64; AMOUNTS]) {
        let (before, after) = (before.map(i128::from), after.map(i128::from));
        for (sum, (before, after)) in self.sums.iter_mut().zip(before.iter().zip(&after)) {
            *sum = sum.saturating_add(after - before);
        }
        for (product, (a, b)) in self.products.iter_mut().zip(ALL) {
            let change = after[a] * after[b] - before[a] * before[b];
            *product = product.saturating_add(change);
        }
    }

    /// Means, variances and covariances; needs two units.
    pub fn sample(&self) -> Option<JointSample> {
        if self.n < 2 {
            return None;
        }
        let (units, free) = (Wide::of_u64(self.n), Wide::of_u64(self.n - 1));
        let covariances = std::array::from_fn(|at| {
            let (a, b) = ALL[at];
            centred_product(self.n, self.sums[a], self.sums[b], self.products[at]) / free
        });
        Some(JointSample {
            n: self.n,
            means: self.sums.map(|sum| Wide::of_i128(sum) / units),
            covariances,
        })
    }
}

/// Size, means and covariances of four amounts per unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointSample {
    n: u64,
    means: [Wide; AMOUNTS],
    covariances: [Wide; PAIRS],
}

impl JointSample {
    /// Number of units.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Mean of an amount.
    pub(crate) fn mean(&self, amount: usize) -> f64 {
        self.means[amount].value()
    }

    /// Covariance of two weighted sums of the amounts; with itself, the variance of one.
    pub(crate) fn covariance(&self, left: [f64; AMOUNTS], right: [f64; AMOUNTS]) -> f64 {
        let mut sum = Wide::default();
        for (a, weight_a) in left.iter().enumerate() {
            for (b, weight_b) in right.iter().enumerate() {
                let weight = Wide::of(*weight_a) * Wide::of(*weight_b);
                sum = sum + weight * self.covariances[place(a, b)];
            }
        }
        sum.value()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_pair_has_a_place_of_its_own() {
        let places = ALL.map(|(a, b)| place(a, b));
        assert_eq!(places, std::array::from_fn(|at| at));
        assert!(
            ALL.iter()
                .all(|(a, b)| a <= b && place(*a, *b) == place(*b, *a))
        );
    }

    proptest! {
        #[test]
        fn sums_follow_what_units_come_to(
            events in proptest::collection::vec((0usize..4, 0usize..AMOUNTS, -100i64..100), 0..40),
        ) {
            let mut totals = [[0_i64; AMOUNTS]; 4];
            let mut arm = JointArm::default();
            for unit in &totals {
                arm.add_unit(*unit);
            }
            for (unit, amount, change) in events {
                let before = totals[unit];
                totals[unit][amount] += change;
                arm.change_unit(before, totals[unit]);
            }
            arm.add_unit([7; AMOUNTS]);
            arm.remove_unit([7; AMOUNTS]);
            let mut again = JointArm::default();
            for unit in &totals {
                again.add_unit(*unit);
            }
            prop_assert_eq!(arm, again);
            // The covariance of each pair from the definition.
            let sample = arm.sample().unwrap();
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let values = totals.map(|unit| unit.map(|total| total as f64));
            for a in 0..AMOUNTS {
                for b in 0..AMOUNTS {
                    let mean = |amount: usize| values.iter().map(|unit| unit[amount]).sum::<f64>() / 4.0;
                    let (mean_a, mean_b) = (mean(a), mean(b));
                    let slow: f64 = values.iter().map(|unit| (unit[a] - mean_a) * (unit[b] - mean_b)).sum();
                    let one = |amount: usize| {
                        let mut weights = [0.0; AMOUNTS];
                        weights[amount] = 1.0;
                        weights
                    };
                    let found = sample.covariance(one(a), one(b));
                    prop_assert!((found - slow / 3.0).abs() < 1e-9 * (1.0 + slow.abs()));
                    prop_assert!((sample.mean(a) - mean_a).abs() < 1e-9);
                }
            }
        }
    }
}
