//! An estimate between two bounds. Knows nothing of how it was found.

/// An estimate with its lower and upper bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// The estimate between them.
    pub estimate: f64,
}

impl Interval {
    /// An interval that reaches equally far to both sides.
    pub fn around(estimate: f64, reach: f64) -> Self {
        Self {
            low: estimate - reach,
            high: estimate + reach,
            estimate,
        }
    }

    /// Says whether zero lies outside, so that the sign of the effect is settled.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}
