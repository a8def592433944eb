//! Regression adjustment by what was known of each unit before the experiment.

use crate::mean::{self, Comparison};
use crate::moments::Sample;
use crate::number::of_u64;
use crate::paired::PairedSample;

/// Comparison of two adjusted means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjusted {
    /// Slope of the outcome on the covariate, over both arms together.
    pub theta: f64,
    /// Adjusted control.
    pub control: Sample,
    /// Adjusted treatment.
    pub treatment: Sample,
    /// Variance of the difference over that without adjustment; below one is a gain.
    pub variance_ratio: Option<f64>,
    /// The adjusted means compared; the lift refers to the control's mean as it was measured.
    pub comparison: Comparison,
}

/// Compares means after taking out what a covariate explains (CUPED: Deng, Xu, Kohavi, Walker
/// 2013).
///
/// Preconditions: `x` was measured before the assignment, independent units, one look. A constant
/// outcome or covariate leaves the means as they are. `None` if `alpha` does not lie strictly
/// between 0 and 1.
pub fn compare(control: &PairedSample, treatment: &PairedSample, alpha: f64) -> Option<Adjusted> {
    let parts = control.joined_slope_parts(treatment);
    let usable = parts.variance_x > 0.0 && parts.variance_y > 0.0;
    let theta = if usable {
        parts.covariance / parts.variance_x
    } else {
        0.0
    };
    let (left, right) = (control.line(theta)?, treatment.line(theta)?);
    let change = relative_change(control, treatment, theta, &left, &right);
    let comparison = mean::finish(&left, &right, alpha, change)?;
    let plain =
        control.variance_y() / of_u64(control.n()) + treatment.variance_y() / of_u64(treatment.n());
    let adjusted = left.variance_of_mean() + right.variance_of_mean();
    Some(Adjusted {
        theta,
        control: left,
        treatment: right,
        variance_ratio: (plain > 0.0).then(|| adjusted / plain),
        comparison,
    })
}

/// Adjusted difference over the unadjusted control mean, with the covariance of both in the error.
fn relative_change(
    control: &PairedSample,
    treatment: &PairedSample,
    theta: f64,
    left: &Sample,
    right: &Sample,
) -> Option<(f64, f64)> {
    let base = control.mean_y();
    if base.abs() <= 0.0 {
        return None;
    }
    let ratio = treatment.mean_y() / base;
    let control_part = ratio * ratio * control.variance_y()
        - 2.0 * theta * ratio * control.covariance()
        + theta * theta * control.variance_x();
    let variance = right.variance_of_mean() + control_part.max(0.0) / of_u64(control.n());
    Some((
        right.minus(1.0, left) / base.abs(),
        variance.sqrt() / base.abs(),
    ))
}
