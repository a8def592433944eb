//! Quantiles of raw values with distribution-free intervals, and winsorised moments. For display.

use std::collections::BTreeMap;

use crate::moments::Sample;
use crate::number::{is_open_share, of_u64, of_usize, to_u64, to_usize};
use crate::special::binomial;

/// Finite values in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct Sorted {
    values: Vec<f64>,
}

/// Moments after cutting the values at two quantiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Winsorised {
    /// Values below count as this.
    pub low: f64,
    /// Values above count as this.
    pub high: f64,
    /// Mean of the cut values.
    pub mean: f64,
    /// Unbiased variance of the cut values; none with one value.
    pub variance: Option<f64>,
}

impl Sorted {
    /// Sorts values. `None` if there are none, or one is not finite.
    pub fn new(mut values: Vec<f64>) -> Option<Self> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        values.sort_by(f64::total_cmp);
        Some(Self { values })
    }

    /// The quantile by linear interpolation (type 7 of Hyndman and Fan 1996); `share` in
    /// `0.0..=1.0`.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        let at = of_usize(self.values.len() - 1) * share;
        let index = to_usize(at.floor());
        let low = self.values.get(index)?;
        let high = self.values.get(index + 1).unwrap_or(low);
        Some(low + (high - low) * (at - at.floor()))
    }

    /// Interval of the quantile from order statistics; an end is missing where too few values lie.
    ///
    /// Precondition: independent values; none of their distribution. `share` in `0.0..=1.0`,
    /// `alpha` strictly between 0 and 1.
    pub fn quantile_interval(&self, share: f64, alpha: f64) -> Option<(Option<f64>, Option<f64>)> {
        if !(0.0..=1.0).contains(&share) || !is_open_share(alpha) {
            return None;
        }
        let n = u64::try_from(self.values.len()).ok()?;
        let lower = binomial::quantile(alpha / 2.0, n, share);
        let upper = binomial::quantile(1.0 - alpha / 2.0, n, share) + 1;
        Some((self.ranked(lower), self.ranked(upper)))
    }

    /// Value of a rank, counted from one.
    fn ranked(&self, rank: u64) -> Option<f64> {
        let index = usize::try_from(rank).ok()?.checked_sub(1)?;
        self.values.get(index).copied()
    }

    /// Cuts the values at two of their own quantiles.
    ///
    /// For a rollout the cuts must be frozen from history instead, see [`crate::moments::Cap`].
    pub fn winsorised(&self, low_share: f64, high_share: f64) -> Option<Winsorised> {
        let (low, high) = (self.quantile(low_share)?, self.quantile(high_share)?);
        let cut: Vec<f64> = self
            .values
            .iter()
            .map(|value| value.max(low).min(high))
            .collect();
        let (mean, variance) = match Sample::from_values(&cut) {
            Some(sample) => (sample.mean(), Some(sample.variance())),
            None => (*cut.first()?, None),
        };
        Some(Winsorised {
            low,
            high,
            mean,
            variance,
        })
    }
}

/// Whole numbers with how often each occurs, in ascending order: the same quantiles without keeping
/// every value, so that they can be counted as values come, change and go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    counts: BTreeMap<i64, u64>,
    n: u64,
}

impl Counted {
    /// Counts a value.
    pub fn add(&mut self, value: i64) {
        *self.counts.entry(value).or_default() += 1;
        self.n += 1;
    }

    /// Takes a value back that was counted.
    pub fn remove(&mut self, value: i64) {
        if let Some(count) = self.counts.get_mut(&value) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&value);
            }
            self.n -= 1;
        }
    }

    /// How many values there are.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// [`Sorted::quantile`] of these values.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&share) || self.n == 0 {
            return None;
        }
        let at = of_u64(self.n - 1) * share;
        let rank = to_u64(at.floor()) + 1;
        let low = self.ranked(rank)?;
        let high = self.ranked(rank + 1).unwrap_or(low);
        Some(low + (high - low) * (at - at.floor()))
    }

    /// [`Sorted::quantile_interval`] of these values.
    pub fn quantile_interval(&self, share: f64, alpha: f64) -> Option<(Option<f64>, Option<f64>)> {
        if !(0.0..=1.0).contains(&share) || !is_open_share(alpha) || self.n == 0 {
            return None;
        }
        let lower = binomial::quantile(alpha / 2.0, self.n, share);
        let upper = binomial::quantile(1.0 - alpha / 2.0, self.n, share) + 1;
        Some((self.ranked(lower), self.ranked(upper)))
    }

    /// Value of a rank, counted from one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "totals of one unit lie far below 2^53"
    )]
    fn ranked(&self, rank: u64) -> Option<f64> {
        if rank == 0 {
            return None;
        }
        let mut before = 0;
        let found = self.counts.iter().find(|(_, count)| {
            before += **count;
            before >= rank
        });
        found.map(|(value, _)| *value as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counted_values_have_the_quantiles_of_sorted_ones(
            values in proptest::collection::vec(-50i64..50, 1..60),
            gone in proptest::collection::vec(-50i64..50, 0..20),
            share in 0.0..=1.0f64,
        ) {
            let mut counted = Counted::default();
            for value in gone.iter().chain(&values) {
                counted.add(*value);
            }
            for value in &gone {
                counted.remove(*value);
            }
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let sorted = Sorted::new(values.iter().map(|value| *value as f64).collect()).unwrap();
            prop_assert_eq!(counted.n(), values.len() as u64);
            prop_assert_eq!(counted.quantile(share), sorted.quantile(share));
            let interval = counted.quantile_interval(share, 0.05);
            prop_assert_eq!(interval, sorted.quantile_interval(share, 0.05));
        }

        #[test]
        fn quantiles_lie_in_order_within_the_values(
            values in proptest::collection::vec(-1e6..1e6f64, 1..40),
            a in 0.0..=1.0f64,
            b in 0.0..=1.0f64,
        ) {
            let sorted = Sorted::new(values.clone()).unwrap();
            let (low, high) = (
                sorted.quantile(a.min(b)).unwrap(),
                sorted.quantile(a.max(b)).unwrap(),
            );
            prop_assert!(low <= high + 1e-9);
            prop_assert!(
                values.iter().any(|value| *value <= low)
                    && values.iter().any(|value| *value >= high)
            );
        }

        #[test]
        fn the_interval_holds_the_middle(values in proptest::collection::vec(-1e6..1e6f64, 1..60)) {
            let sorted = Sorted::new(values).unwrap();
            let (low, high) = sorted.quantile_interval(0.5, 0.05).unwrap();
            let middle = sorted.quantile(0.5).unwrap();
            prop_assert!(
                low.is_none_or(|low| low <= middle) && high.is_none_or(|high| middle <= high)
            );
        }
    }
}
