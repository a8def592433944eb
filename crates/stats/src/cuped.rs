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

/// Two adjusted means that keep the level of the outcome, so that they may be compared by whatever
/// compares two samples, at every look too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Centred {
    /// Slope of the outcome on the covariate, over both arms together; 0 adjusts nothing.
    pub theta: f64,
    /// Adjusted control.
    pub control: Sample,
    /// Adjusted treatment.
    pub treatment: Sample,
    /// Variance of the difference over that without adjustment; below one is a gain.
    pub variance_ratio: Option<f64>,
}

/// Takes out what a covariate explains, about its mean over both arms: `y - theta (x - mean x)`.
///
/// The difference of the means is that of [`compare`]; their ratio stays meaningful, because the
/// covariate's mean is not taken from them. Preconditions as there; the slope and the joint mean are
/// estimated from all units, so what is done with the result holds for large samples.
pub fn centred(control: &PairedSample, treatment: &PairedSample) -> Option<Centred> {
    let adjusted = compare(control, treatment, 0.05)?;
    let (n, m) = (of_u64(control.n()), of_u64(treatment.n()));
    let middle = (n * control.mean_x() + m * treatment.mean_x()) / (n + m);
    let lifted = |sample: &Sample| {
        let mean = sample.mean() + adjusted.theta * middle;
        Sample::new(sample.n(), mean, sample.variance())
    };
    Some(Centred {
        theta: adjusted.theta,
        control: lifted(&adjusted.control)?,
        treatment: lifted(&adjusted.treatment)?,
        variance_ratio: adjusted.variance_ratio,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::paired::PairedArm;

    fn arm(pairs: &[(i16, i16)]) -> PairedArm {
        let mut arm = PairedArm::default();
        for (y, x) in pairs {
            arm.add_unit((i64::from(*y), i64::from(*x)));
        }
        arm
    }

    proptest! {
        #[test]
        fn centring_changes_the_level_and_nothing_else(
            left in proptest::collection::vec((any::<i16>(), any::<i16>()), 3..30),
            right in proptest::collection::vec((any::<i16>(), any::<i16>()), 3..30),
        ) {
            let (control, treatment) = (arm(&left).sample().unwrap(), arm(&right).sample().unwrap());
            let plain = compare(&control, &treatment, 0.05).unwrap();
            let found = centred(&control, &treatment).unwrap();
            let difference = found.treatment.minus(1.0, &found.control);
            let scale = 1.0 + plain.comparison.difference.abs() + control.mean_y().abs();
            prop_assert!((difference - plain.comparison.difference).abs() <= 1e-6 * scale);
            prop_assert!((found.control.variance() - plain.control.variance()).abs() <= 0.0);
            // Over all units the adjustment sums up to nothing.
            let (n, m) = (of_u64(control.n()), of_u64(treatment.n()));
            let before = n * control.mean_y() + m * treatment.mean_y();
            let after = n * found.control.mean() + m * found.treatment.mean();
            prop_assert!((before - after).abs() <= 1e-6 * (1.0 + before.abs() + scale * (n + m)));
        }
    }

    #[test]
    fn a_constant_covariate_adjusts_nothing() {
        let (control, treatment) = (arm(&[(1, 5), (2, 5), (9, 5)]), arm(&[(4, 5), (6, 5)]));
        let (control, treatment) = (control.sample().unwrap(), treatment.sample().unwrap());
        let found = centred(&control, &treatment).unwrap();
        assert!(found.theta.abs() <= 0.0);
        assert!((found.control.mean() - 4.0).abs() < 1e-12);
        assert!((found.treatment.mean() - 5.0).abs() < 1e-12);
    }
}
