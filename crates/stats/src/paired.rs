//! Exact sufficient statistics of two amounts per unit: for ratios and for regression adjustment.
//!
//! Knows nothing of what the two amounts mean.

use crate::moments::{Sample, centred_product};
use crate::number::{Wide, of_u64};

/// Sums over the units of one arm, for an outcome `y` and a second amount `x` of the same unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairedArm {
    /// Number of units.
    pub n: u64,
    /// Sum of `y`.
    pub sum_y: i128,
    /// Sum of squares of `y`.
    pub sum_sq_y: i128,
    /// Sum of `x`.
    pub sum_x: i128,
    /// Sum of squares of `x`.
    pub sum_sq_x: i128,
    /// Sum of products.
    pub sum_xy: i128,
}

impl PairedArm {
    /// Adds a unit with its totals `(y, x)`.
    pub fn add_unit(&mut self, totals: (i64, i64)) {
        self.n = self.n.saturating_add(1);
        self.change_unit((0, 0), totals);
    }

    /// Records that the totals `(y, x)` of one unit of this arm changed.
    pub fn change_unit(&mut self, before: (i64, i64), after: (i64, i64)) {
        let (y0, x0) = (i128::from(before.0), i128::from(before.1));
        let (y1, x1) = (i128::from(after.0), i128::from(after.1));
        self.sum_y = self.sum_y.saturating_add(y1 - y0);
        self.sum_x = self.sum_x.saturating_add(x1 - x0);
        self.sum_sq_y = self.sum_sq_y.saturating_add(y1 * y1 - y0 * y0);
        self.sum_sq_x = self.sum_sq_x.saturating_add(x1 * x1 - x0 * x0);
        self.sum_xy = self
            .sum_xy
            .saturating_add((y1 * x1).saturating_sub(y0 * x0));
    }

    /// Adds another arm that has no unit in common with this one.
    pub fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.sum_y = self.sum_y.saturating_add(other.sum_y);
        self.sum_sq_y = self.sum_sq_y.saturating_add(other.sum_sq_y);
        self.sum_x = self.sum_x.saturating_add(other.sum_x);
        self.sum_sq_x = self.sum_sq_x.saturating_add(other.sum_sq_x);
        self.sum_xy = self.sum_xy.saturating_add(other.sum_xy);
    }

    /// Means, variances and covariance; needs two units.
    pub fn sample(&self) -> Option<PairedSample> {
        if self.n < 2 {
            return None;
        }
        let units = Wide::of_u64(self.n);
        let spread = |products: Wide| products / Wide::of_u64(self.n - 1);
        Some(PairedSample {
            n: self.n,
            mean_y: Wide::of_i128(self.sum_y) / units,
            mean_x: Wide::of_i128(self.sum_x) / units,
            variance_y: spread(centred_product(
                self.n,
                self.sum_y,
                self.sum_y,
                self.sum_sq_y,
            )),
            variance_x: spread(centred_product(
                self.n,
                self.sum_x,
                self.sum_x,
                self.sum_sq_x,
            )),
            covariance: spread(centred_product(self.n, self.sum_y, self.sum_x, self.sum_xy)),
        })
    }
}

/// Float sums of two amounts per unit, for data that are not integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedSums {
    /// Number of units.
    pub n: u64,
    /// Sum of `y`.
    pub sum_y: f64,
    /// Sum of squares of `y`.
    pub sum_sq_y: f64,
    /// Sum of `x`.
    pub sum_x: f64,
    /// Sum of squares of `x`.
    pub sum_sq_x: f64,
    /// Sum of products.
    pub sum_xy: f64,
}

impl PairedSums {
    /// Means, variances and covariance, computed in double width; needs two units, finite sums.
    pub fn sample(&self) -> Option<PairedSample> {
        let sums = [
            self.sum_y,
            self.sum_sq_y,
            self.sum_x,
            self.sum_sq_x,
            self.sum_xy,
        ];
        if self.n < 2 || sums.iter().any(|sum| !sum.is_finite()) {
            return None;
        }
        let units = Wide::of_u64(self.n);
        let spread = |products: f64, left: f64, right: f64| {
            (Wide::of(products) - Wide::of(left) * Wide::of(right) / units)
                / Wide::of_u64(self.n - 1)
        };
        Some(PairedSample {
            n: self.n,
            mean_y: Wide::of(self.sum_y) / units,
            mean_x: Wide::of(self.sum_x) / units,
            variance_y: spread(self.sum_sq_y, self.sum_y, self.sum_y),
            variance_x: spread(self.sum_sq_x, self.sum_x, self.sum_x),
            covariance: spread(self.sum_xy, self.sum_y, self.sum_x),
        })
    }
}

/// Size, means, variances and covariance of two amounts per unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedSample {
    n: u64,
    mean_y: Wide,
    mean_x: Wide,
    variance_y: Wide,
    variance_x: Wide,
    covariance: Wide,
}

/// A variance at or below this part of the outcome's own variance counts as zero.
const NOISE: f64 = 1e-10;

impl PairedSample {
    /// Number of units.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Mean of the outcome.
    pub fn mean_y(&self) -> f64 {
        self.mean_y.value()
    }

    /// Mean of the second amount.
    pub fn mean_x(&self) -> f64 {
        self.mean_x.value()
    }

    /// Unbiased variance of the outcome.
    pub fn variance_y(&self) -> f64 {
        self.variance_y.value().max(0.0)
    }

    /// Unbiased variance of the second amount.
    pub fn variance_x(&self) -> f64 {
        self.variance_x.value().max(0.0)
    }

    /// Unbiased covariance.
    pub fn covariance(&self) -> f64 {
        self.covariance.value()
    }

    /// Variance of `y - slope * x`, as it is: rounding noise below the threshold becomes zero.
    pub(crate) fn variance_of_line(&self, slope: f64) -> f64 {
        let slope = Wide::of(slope);
        let shared = slope * (self.covariance + self.covariance - slope * self.variance_x);
        let variance = (self.variance_y - shared).value();
        if variance <= NOISE * self.variance_y() {
            0.0
        } else {
            variance
        }
    }

    /// `y - slope * x` as a sample of its own.
    pub(crate) fn line(&self, slope: f64) -> Option<Sample> {
        let mean = (self.mean_y - Wide::of(slope) * self.mean_x).value();
        Sample::new(self.n, mean, self.variance_of_line(slope))
    }

    /// Covariance of the joined sample and variance of its second amount.
    pub(crate) fn joined_slope_parts(&self, other: &Self) -> JoinedParts {
        let (n, m) = (of_u64(self.n), of_u64(other.n));
        let between = n * m / (n + m);
        let (gap_y, gap_x) = (
            (self.mean_y - other.mean_y).value(),
            (self.mean_x - other.mean_x).value(),
        );
        let pour = |left: Wide, right: Wide, gap: f64| {
            ((n - 1.0) * left.value() + (m - 1.0) * right.value() + between * gap) / (n + m - 1.0)
        };
        JoinedParts {
            covariance: pour(self.covariance, other.covariance, gap_y * gap_x),
            variance_x: pour(self.variance_x, other.variance_x, gap_x * gap_x),
            variance_y: pour(self.variance_y, other.variance_y, gap_y * gap_y),
        }
    }
}

/// Second moments of two samples poured together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JoinedParts {
    pub(crate) covariance: f64,
    pub(crate) variance_x: f64,
    pub(crate) variance_y: f64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn updates_equal_recomputation(
            events in proptest::collection::vec((0usize..4, -1000i64..1000, -1000i64..1000), 0..40),
        ) {
            let mut totals = [(0i64, 0i64); 4];
            let mut arm = PairedArm::default();
            for total in &totals {
                arm.add_unit(*total);
            }
            for (unit, y, x) in events {
                let before = totals[unit];
                totals[unit] = (before.0 + y, before.1 + x);
                arm.change_unit(before, totals[unit]);
            }
            let mut again = PairedArm::default();
            for total in &totals {
                again.add_unit(*total);
            }
            prop_assert_eq!(arm, again);
            let sample = arm.sample().unwrap();
            let product: i64 = totals.iter().map(|(y, x)| y * x).sum();
            let (sum_y, sum_x): (i64, i64) = totals
                .iter()
                .fold((0, 0), |sum, t| (sum.0 + t.0, sum.1 + t.1));
            let expect = crate::number::of_i128(i128::from(4 * product - sum_y * sum_x)) / 12.0;
            prop_assert!((sample.covariance() - expect).abs() <= 1e-9 * (1.0 + expect.abs()));
        }

        #[test]
        fn joining_equals_merging(
            left in proptest::collection::vec((any::<i16>(), any::<i16>()), 2..8),
            right in proptest::collection::vec((any::<i16>(), any::<i16>()), 2..8),
        ) {
            let pour = |pairs: &[(i16, i16)]| {
                let mut arm = PairedArm::default();
                for (y, x) in pairs {
                    arm.add_unit((i64::from(*y), i64::from(*x)));
                }
                arm
            };
            let (a, b) = (pour(&left), pour(&right));
            let mut both = a;
            both.merge(&b);
            let parts = a.sample().unwrap().joined_slope_parts(&b.sample().unwrap());
            let whole = both.sample().unwrap();
            prop_assert!(
                (parts.covariance - whole.covariance()).abs()
                    <= 1e-6 * (1.0 + whole.covariance().abs())
            );
            prop_assert!(
                (parts.variance_x - whole.variance_x()).abs() <= 1e-9 * (1.0 + whole.variance_x())
            );
        }
    }
}
