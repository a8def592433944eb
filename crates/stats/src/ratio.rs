//! Ratios of two sums, such as revenue per order, when the unit of randomisation is the customer.

use crate::mean::{self, Comparison};
use crate::moments::Sample;
use crate::paired::PairedSample;

/// Comparison of two ratios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioComparison {
    /// Ratio and variance of the control.
    pub control: Sample,
    /// Ratio and variance of the treatment.
    pub treatment: Sample,
    /// The ratios compared like means.
    pub comparison: Comparison,
}

/// Ratio of the two means with its variance per unit by the delta method (Deng, Knoblich, Lu 2018):
/// `(var y - 2 R cov + R^2 var x) / mean x^2`. None if the mean of `x` is zero.
pub fn ratio(sample: &PairedSample) -> Option<Sample> {
    let base = sample.mean_x();
    if base.abs() <= 0.0 {
        return None;
    }
    let ratio = sample.mean_y() / base;
    Sample::new(
        sample.n(),
        ratio,
        sample.variance_of_line(ratio) / (base * base),
    )
}

/// Compares the ratios of two arms like means.
///
/// Preconditions: independent units, many of them, a denominator well away from zero, one look.
/// `None` if a denominator is zero or `alpha` does not lie strictly between 0 and 1.
pub fn compare(
    control: &PairedSample,
    treatment: &PairedSample,
    alpha: f64,
) -> Option<RatioComparison> {
    let (control, treatment) = (ratio(control)?, ratio(treatment)?);
    let comparison = mean::compare(&control, &treatment, alpha)?;
    Some(RatioComparison {
        control,
        treatment,
        comparison,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paired::PairedArm;

    #[test]
    fn a_constant_denominator_gives_the_plain_mean() {
        let (mut pairs, mut plain) = (PairedArm::default(), crate::moments::Arm::default());
        for total in [3, 8, -2, 11] {
            pairs.add_unit((total, 2));
            plain.add_unit(total);
        }
        let (ratio, mean) = (
            ratio(&pairs.sample().unwrap()).unwrap(),
            plain.sample().unwrap(),
        );
        assert!((ratio.mean() - mean.mean() / 2.0).abs() < 1e-15);
        assert!((ratio.variance() - mean.variance() / 4.0).abs() < 1e-12);
    }
}
