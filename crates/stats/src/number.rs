//! Integers to floats, and sums kept to twice the precision of a float.
//!
//! The one place where precision may be lost, always on purpose. Knows nothing of statistics.

use std::ops::{Add, Div, Mul, Sub};

/// Rounds an integer to the nearest float.
#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest float is what is asked for"
)]
pub(crate) fn of_u64(value: u64) -> f64 {
    value as f64
}

/// Rounds an integer to the nearest float.
#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest float is what is asked for"
)]
pub(crate) fn of_usize(value: usize) -> f64 {
    value as f64
}

/// Rounds an integer to the nearest float.
#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest float is what is asked for"
)]
pub(crate) fn of_i128(value: i128) -> f64 {
    value as f64
}

/// Turns a float into a count: cut at zero and at the largest count, NaN becomes zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is asked for"
)]
pub(crate) fn to_u64(value: f64) -> u64 {
    value as u64
}

/// Turns a float into an index: cut at zero and at the largest index, NaN becomes zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is asked for"
)]
pub(crate) fn to_usize(value: f64) -> usize {
    value as usize
}

/// Whether a value is a probability other than 0 and 1; false for NaN.
pub(crate) fn is_open_share(value: f64) -> bool {
    value > 0.0 && value < 1.0
}

/// An unevaluated sum of two floats, about 106 bits wide (Dekker 1971, Knuth).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Wide {
    high: f64,
    low: f64,
}

impl Wide {
    pub(crate) fn of(value: f64) -> Self {
        Self {
            high: value,
            low: 0.0,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "`high` was rounded from this integer"
    )]
    pub(crate) fn of_i128(value: i128) -> Self {
        let high = of_i128(value);
        Self::tidy(high, of_i128(value - (high as i128)))
    }

    pub(crate) fn of_u64(value: u64) -> Self {
        Self::of_i128(i128::from(value))
    }

    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }

    /// Requires `|high| >= |low|`.
    fn tidy(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }

    fn sum_of(left: f64, right: f64) -> Self {
        let sum = left + right;
        let back = sum - left;
        Self {
            high: sum,
            low: (left - (sum - back)) + (right - back),
        }
    }
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let head = Self::sum_of(self.high, other.high);
        let tail = Self::sum_of(self.low, other.low);
        let first = Self::tidy(head.high, head.low + tail.high);
        Self::tidy(first.high, first.low + tail.low)
    }
}

impl Sub for Wide {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Self {
            high: -other.high,
            low: -other.low,
        }
    }
}

impl Mul for Wide {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = self.high * other.high;
        let rest = self.high.mul_add(other.high, -product);
        Self::tidy(
            product,
            rest + (self.high * other.low + self.low * other.high),
        )
    }
}

impl Div for Wide {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::of(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::of(second);
        Self::tidy(first, second) + Self::of(rest.high / other.high)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quotient_times_its_divisor_is_the_dividend_to_thirty_digits() {
        let third = Wide::of(1.0) / Wide::of(3.0);
        let back = third * Wide::of(3.0) - Wide::of(1.0);
        assert!(back.value().abs() < 1e-30);
    }

    proptest! {
        #[test]
        fn sums_and_products_of_integers_are_exact(
            left in -1i128 << 50..1i128 << 50,
            right in -1i128 << 50..1i128 << 50,
        ) {
            let product = Wide::of_i128(left) * Wide::of_i128(right);
            prop_assert_eq!(product, Wide::of_i128(left * right));
            let sum = Wide::of_i128(left * right) + Wide::of_i128(right);
            prop_assert_eq!(sum, Wide::of_i128(left * right + right));
        }
    }
}
