//! Confidence sequence for the mean of one stream, by the mixture of [`crate::sequential`].
//!
//! Same paper, same preconditions: independent values, many of them.

use crate::interval::Interval;
use crate::moments::Sample;
use crate::number::of_u64;
use crate::sequential::Mixture;

/// Bounds of the mean of a stream, valid at every look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Two-sided interval.
    pub interval: Interval,
    /// One-sided interval ends in closed form; each is valid alone.
    pub one_sided: Interval,
    /// One-sided interval ends from the exact boundary; each is valid alone.
    pub one_sided_exact: Interval,
    /// Logarithm of the e-value against "the mean is at most zero".
    pub log_e_positive: f64,
    /// Logarithm of the e-value against "the mean is at least zero".
    pub log_e_negative: f64,
}

/// Bounds after all values of a sample. `None` without variance or outside of `0 < alpha < 1/2`,
/// `n_star > 0`.
pub fn bounds(sample: &Sample, alpha: f64, n_star: f64) -> Option<Bounds> {
    let two_sided = Mixture::two_sided(alpha, n_star)?;
    let one_sided = Mixture::one_sided(alpha, n_star)?;
    if sample.variance() <= 0.0 {
        return None;
    }
    let n = of_u64(sample.n());
    let (mean, error) = (sample.mean(), sample.variance_of_mean().sqrt());
    let around = |reach: f64| Interval::around(mean, reach * error);
    Some(Bounds {
        interval: around(two_sided.reach_two_sided(n, alpha)),
        one_sided: around(one_sided.reach_one_sided(n, alpha)),
        one_sided_exact: around(one_sided.reach_one_sided_exact(n, alpha)),
        log_e_positive: one_sided.log_e_one_sided(n, mean / error),
        log_e_negative: one_sided.log_e_one_sided(n, -mean / error),
    })
}
