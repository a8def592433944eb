//! Exact sufficient statistics of one arm, kept up to date event by event.
//!
//! Sums are integers: the order of events does not matter, arms can be merged and replayed, and
//! nothing is lost to cancellation. Knows nothing of event ids, exposure or money.

use crate::number::{Wide, of_i128, of_u64, of_usize};

/// Sums over the units of one arm: each unit counts once, with the total of all its events.
///
/// Sums saturate instead of overflowing; with totals up to 10^15 that takes 10^8 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arm {
    /// Number of units.
    pub n: u64,
    /// Sum of the units' totals.
    pub sum: i128,
    /// Sum of the squares of the units' totals.
    pub sum_sq: i128,
}

impl Arm {
    /// The arm of a conversion: `converted` of `n` units have the total one.
    pub fn of_conversions(n: u64, converted: u64) -> Self {
        Self {
            n,
            sum: i128::from(converted),
            sum_sq: i128::from(converted),
        }
    }

    /// Adds a unit with a total, zero for a unit that was exposed and did nothing yet.
    pub fn add_unit(&mut self, total: i64) {
        self.n = self.n.saturating_add(1);
        self.change_unit(0, total);
    }

    /// Records that the total of one unit of this arm changed.
    pub fn change_unit(&mut self, before: i64, after: i64) {
        let (before, after) = (i128::from(before), i128::from(after));
        self.sum = self.sum.saturating_add(after - before);
        self.sum_sq = self.sum_sq.saturating_add(after * after - before * before);
    }

    /// Adds another arm that has no unit in common with this one.
    pub fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.sum = self.sum.saturating_add(other.sum);
        self.sum_sq = self.sum_sq.saturating_add(other.sum_sq);
    }

    /// Takes out units that were merged in before.
    pub fn take_away(&mut self, other: &Self) {
        self.n = self.n.saturating_sub(other.n);
        self.sum = self.sum.saturating_sub(other.sum);
        self.sum_sq = self.sum_sq.saturating_sub(other.sum_sq);
    }

    /// Mean of the units' totals; needs one unit.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.wide_mean().value())
    }

    /// Unbiased variance of the units' totals; needs two units.
    pub fn variance(&self) -> Option<f64> {
        (self.n > 1).then(|| {
            let squares = centred_product(self.n, self.sum, self.sum, self.sum_sq);
            (squares / Wide::of_u64(self.n - 1)).value().max(0.0)
        })
    }

    /// Mean and variance together; needs two units.
    pub fn sample(&self) -> Option<Sample> {
        let variance = self.variance()?;
        Some(Sample {
            n: self.n,
            mean: self.wide_mean(),
            variance,
        })
    }

    fn wide_mean(&self) -> Wide {
        Wide::of_i128(self.sum) / Wide::of_u64(self.n)
    }
}

/// Sum of products of deviations from the means, from plain sums.
///
/// Both variables are first shifted by their whole mean in integers, which removes the
/// cancellation.
pub(crate) fn centred_product(n: u64, sum_a: i128, sum_b: i128, products: i128) -> Wide {
    let units = i128::from(n);
    let (whole_a, rest_a) = (sum_a.div_euclid(units), sum_a.rem_euclid(units));
    let (whole_b, rest_b) = (sum_b.div_euclid(units), sum_b.rem_euclid(units));
    let shifted = whole_a
        .checked_mul(sum_b)
        .and_then(|shift| products.checked_sub(shift))
        .and_then(|left| {
            whole_b
                .checked_mul(rest_a)
                .and_then(|shift| left.checked_sub(shift))
        });
    let count = Wide::of_i128(units);
    match shifted {
        Some(shifted) => {
            Wide::of_i128(shifted) - Wide::of_i128(rest_a) * Wide::of_i128(rest_b) / count
        }
        None => Wide::of_i128(products) - Wide::of_i128(sum_a) * Wide::of_i128(sum_b) / count,
    }
}

/// Size, mean and variance of a group of units: all that a comparison of means needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    n: u64,
    mean: Wide,
    variance: f64,
}

impl Sample {
    /// A sample from its figures: one unit or more, finite mean, variance not negative.
    pub fn new(n: u64, mean: f64, variance: f64) -> Option<Self> {
        let valid = n > 0 && mean.is_finite() && variance.is_finite() && variance >= 0.0;
        valid.then(|| Self {
            n,
            mean: Wide::of(mean),
            variance,
        })
    }

    /// A sample of a conversion with the plain variance `p (1 - p)`; needs one unit, `converted <=
    /// n`.
    pub fn of_conversions(n: u64, converted: u64) -> Option<Self> {
        if n == 0 || converted > n {
            return None;
        }
        let units = Wide::of_u64(n);
        let mean = Wide::of_u64(converted) / units;
        let variance = (mean * (Wide::of_u64(n - converted) / units)).value();
        Some(Self { n, mean, variance })
    }

    /// A sample from float sums, computed in double width; needs two units and finite sums.
    ///
    /// Prefer [`Arm`] wherever the amounts are integers.
    pub fn from_sums(n: u64, sum: f64, sum_sq: f64) -> Option<Self> {
        if n < 2 || !sum.is_finite() || !sum_sq.is_finite() {
            return None;
        }
        let (units, total) = (Wide::of_u64(n), Wide::of(sum));
        let squares = Wide::of(sum_sq) - total * total / units;
        let variance = (squares / Wide::of_u64(n - 1)).value().max(0.0);
        Some(Self {
            n,
            mean: total / units,
            variance,
        })
    }

    /// A sample from raw values, computed in double width; needs two finite values.
    pub fn from_values(values: &[f64]) -> Option<Self> {
        if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let units = Wide::of(of_usize(values.len()));
        let total = values
            .iter()
            .fold(Wide::default(), |sum, value| sum + Wide::of(*value));
        let mean = total / units;
        let squares = values.iter().fold(Wide::default(), |sum, value| {
            let gap = Wide::of(*value) - mean;
            sum + gap * gap
        });
        let variance = (squares / (units - Wide::of(1.0))).value().max(0.0);
        Some(Self {
            n: u64::try_from(values.len()).ok()?,
            mean,
            variance,
        })
    }

    /// Number of units.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Mean.
    pub fn mean(&self) -> f64 {
        self.mean.value()
    }

    /// Variance of one unit.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// Variance of the mean.
    pub fn variance_of_mean(&self) -> f64 {
        self.variance / of_u64(self.n)
    }

    /// Mean of `self` minus `factor` times the mean of the other sample, without cancellation.
    pub fn minus(&self, factor: f64, other: &Self) -> f64 {
        (self.mean - Wide::of(factor) * other.mean).value()
    }
}

/// Bounds of a unit's total, frozen before the rollout from history (winsorisation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Totals below count as this.
    pub low: i64,
    /// Totals above count as this.
    pub high: i64,
}

impl Cap {
    /// Cuts a total to the bounds; with crossed bounds the upper one wins.
    pub fn cut(&self, total: i64) -> i64 {
        total.max(self.low).min(self.high)
    }
}

/// Variance of both samples poured together, with the means' distance in it: the null hypothesis
/// says that there is one population only.
pub(crate) fn pooled_variance(control: &Sample, treatment: &Sample) -> f64 {
    let (n_control, n_treatment) = (of_u64(control.n), of_u64(treatment.n));
    let total = n_control + n_treatment;
    let gap = treatment.minus(1.0, control);
    let within = (n_control - 1.0) * control.variance + (n_treatment - 1.0) * treatment.variance;
    (within + gap * gap * n_control * n_treatment / total) / (total - 1.0)
}

/// Difference of two exact fractions `a/b - c/d`, as a float.
pub(crate) fn fraction_gap(left: (u64, u64), right: (u64, u64)) -> f64 {
    let crossed = i128::from(left.0)
        .checked_mul(i128::from(right.1))
        .zip(i128::from(right.0).checked_mul(i128::from(left.1)));
    match crossed.and_then(|(first, second)| first.checked_sub(second)) {
        Some(gap) => of_i128(gap) / of_u64(left.1) / of_u64(right.1),
        None => of_u64(left.0) / of_u64(left.1) - of_u64(right.0) / of_u64(right.1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recomputed(totals: &[i64]) -> Arm {
        let mut arm = Arm::default();
        for total in totals {
            arm.n += 1;
            arm.sum += i128::from(*total);
            arm.sum_sq += i128::from(*total) * i128::from(*total);
        }
        arm
    }

    #[test]
    fn a_huge_mean_does_not_hide_a_small_variance() {
        let mut arm = Arm::default();
        for total in [4, 7, 13, 16] {
            arm.add_unit(1_000_000_000_000 + total);
        }
        assert!((arm.variance().unwrap() - 30.0).abs() < 1e-12);
    }

    #[test]
    fn sums_saturate() {
        let mut arm = Arm::default();
        for _ in 0..10 {
            arm.add_unit(i64::MIN);
        }
        assert_eq!(arm.sum_sq, i128::MAX);
        assert!(arm.variance().unwrap().is_finite());
    }

    proptest! {
        #[test]
        fn updates_equal_recomputation(
            events in proptest::collection::vec((0usize..5, -1_000_000i64..1_000_000), 0..60),
        ) {
            let mut totals = [0i64; 5];
            let mut arm = Arm::default();
            for total in &totals {
                arm.add_unit(*total);
            }
            for (unit, amount) in events {
                let before = totals[unit];
                totals[unit] += amount;
                arm.change_unit(before, totals[unit]);
            }
            prop_assert_eq!(arm, recomputed(&totals));
            let values: Vec<f64> = totals
                .iter()
                .map(|total| of_i128(i128::from(*total)))
                .collect();
            let plain = Sample::from_values(&values).unwrap();
            let exact = arm.sample().unwrap();
            prop_assert!((plain.mean() - exact.mean()).abs() <= 1e-12 * (1.0 + exact.mean().abs()));
            prop_assert!(
                (plain.variance() - exact.variance()).abs() <= 1e-12 * (1.0 + exact.variance())
            );
        }

        #[test]
        fn merging_equals_one_arm(
            left in proptest::collection::vec(any::<i32>(), 0..9),
            right in proptest::collection::vec(any::<i32>(), 0..9),
        ) {
            let all: Vec<i64> = left
                .iter()
                .chain(&right)
                .map(|total| i64::from(*total))
                .collect();
            let mut merged = recomputed(&all[..left.len()]);
            merged.merge(&recomputed(&all[left.len()..]));
            prop_assert_eq!(merged, recomputed(&all));
        }

        #[test]
        fn any_arm_gives_finite_figures(n in 0u64.., sum: i128, sum_sq: i128) {
            let arm = Arm { n, sum, sum_sq };
            prop_assert_eq!(arm.mean().is_some(), n > 0);
            prop_assert!(arm.mean().is_none_or(f64::is_finite));
            prop_assert!(
                arm.variance()
                    .is_none_or(|variance| variance.is_finite() && variance >= 0.0)
            );
        }
    }
}
