//! Regression adjustment by what was known of each unit before the experiment.

use crate::joint::{AMOUNTS, JointSample};
use crate::mean::{self, Comparison};
use crate::moments::Sample;
use crate::number::of_u64;
use crate::paired::PairedSample;

/// One covariate follows from another where no more than this part of its variance is its own.
const FOLLOWS: f64 = 1e-9;

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

/// Two adjusted ratios that keep the level of the outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CentredRatio {
    /// Slopes of the ratio on what its numerator and its denominator were before.
    pub thetas: [f64; 2],
    /// Adjusted control.
    pub control: Sample,
    /// Adjusted treatment.
    pub treatment: Sample,
    /// Variance of the difference over that without adjustment; below one is a gain.
    pub variance_ratio: Option<f64>,
}

/// The first amount of a [`JointSample`] is divided, the second divides; then both as they were
/// before.
const BEFORE: [usize; 2] = [2, 3];

/// [`centred`] of a ratio of two sums (Deng, Xu, Kohavi, Walker 2013, section 4; the delta method of
/// Deng, Knoblich, Lu 2018).
///
/// Each arm's ratio `R` is written as a mean of `(y - R x) / mean x`, and of that is taken out what
/// both amounts before explain, by least squares over the units of both arms about each arm's own
/// means. Preconditions: as of [`centred`] and of [`crate::ratio::ratio`]; large samples. Where one
/// amount before follows from the other, the one that explains more is used alone. `None` if a
/// denominator's mean is zero.
pub fn centred_ratio(control: &JointSample, treatment: &JointSample) -> Option<CentredRatio> {
    let lines = [line_of_ratio(control)?, line_of_ratio(treatment)?];
    let arms = [control, treatment];
    let within = |left: [f64; AMOUNTS], right: [f64; AMOUNTS]| -> f64 {
        let each = arms
            .iter()
            .map(|arm| (of_u64(arm.n()) - 1.0) * arm.covariance(left, right));
        each.sum()
    };
    let with_line = |before: usize| -> f64 {
        let each = arms.iter().zip(&lines);
        each.map(|(arm, (_, line))| (of_u64(arm.n()) - 1.0) * arm.covariance(*line, only(before)))
            .sum()
    };
    let [first, second] = BEFORE;
    let thetas = slopes(
        [
            within(only(first), only(first)),
            within(only(first), only(second)),
            within(only(second), only(second)),
        ],
        [with_line(first), with_line(second)],
    );
    let units = of_u64(control.n()) + of_u64(treatment.n());
    let middle = |before: usize| -> f64 {
        let each = arms.iter().map(|arm| of_u64(arm.n()) * arm.mean(before));
        each.sum::<f64>() / units
    };
    let adjusted = |arm: &JointSample, (ratio, mut line): (f64, [f64; AMOUNTS])| {
        let mut mean = ratio;
        for (before, theta) in BEFORE.into_iter().zip(thetas) {
            mean -= theta * (arm.mean(before) - middle(before));
            line[before] -= theta;
        }
        Sample::new(arm.n(), mean, arm.covariance(line, line).max(0.0))
    };
    let plain: f64 = arms
        .iter()
        .zip(&lines)
        .map(|(arm, (_, line))| arm.covariance(*line, *line) / of_u64(arm.n()))
        .sum();
    let (left, right) = (adjusted(control, lines[0])?, adjusted(treatment, lines[1])?);
    let after = left.variance_of_mean() + right.variance_of_mean();
    Some(CentredRatio {
        thetas,
        control: left,
        treatment: right,
        variance_ratio: (plain > 0.0).then(|| after / plain),
    })
}

/// One amount alone.
fn only(amount: usize) -> [f64; AMOUNTS] {
    let mut weights = [0.0; AMOUNTS];
    weights[amount] = 1.0;
    weights
}

/// The ratio of an arm, with the weights whose sum over a unit's amounts varies as the ratio does.
fn line_of_ratio(arm: &JointSample) -> Option<(f64, [f64; AMOUNTS])> {
    let base = arm.mean(1);
    if base.abs() <= 0.0 {
        return None;
    }
    let ratio = arm.mean(0) / base;
    Some((ratio, [1.0 / base, -ratio / base, 0.0, 0.0]))
}

/// Least squares of two covariates: their squares `[aa, ab, bb]` and products with the outcome.
fn slopes([aa, ab, bb]: [f64; 3], [a, b]: [f64; 2]) -> [f64; 2] {
    let determinant = aa * bb - ab * ab;
    if determinant > FOLLOWS * aa * bb {
        return [
            (a * bb - b * ab) / determinant,
            (b * aa - a * ab) / determinant,
        ];
    }
    let alone = |square: f64, product: f64| {
        if square > 0.0 { product / square } else { 0.0 }
    };
    let (first, second) = (alone(aa, a), alone(bb, b));
    if first * a >= second * b {
        [first, 0.0]
    } else {
        [0.0, second]
    }
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
    use crate::joint::JointArm;
    use crate::paired::PairedArm;
    use crate::simulation::Random;

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

    type Unit = [i64; AMOUNTS];

    fn joint(units: &[Unit]) -> JointSample {
        let mut arm = JointArm::default();
        for unit in units {
            arm.add_unit(*unit);
        }
        arm.sample().unwrap()
    }

    /// The slow way: every unit's own value, adjusted by these slopes.
    fn adjusted(units: &[Unit], all: &[&[Unit]], thetas: [f64; 2]) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let mean = |units: &[Unit], amount: usize| {
            units.iter().map(|unit| unit[amount] as f64).sum::<f64>() / units.len() as f64
        };
        let every: Vec<Unit> = all.concat();
        let ratio = mean(units, 0) / mean(units, 1);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let value = |unit: &Unit| {
            let line = (unit[0] as f64 - ratio * unit[1] as f64) / mean(units, 1);
            let gaps = BEFORE.map(|before| unit[before] as f64 - mean(&every, before));
            ratio + line - thetas[0] * gaps[0] - thetas[1] * gaps[1]
        };
        units.iter().map(value).collect()
    }

    /// Squares about each arm's own mean.
    fn rest(arms: &[&[Unit]], thetas: [f64; 2]) -> f64 {
        let squares = |units: &&[Unit]| {
            let sample = Sample::from_values(&adjusted(units, arms, thetas)).unwrap();
            sample.variance() * (of_u64(sample.n()) - 1.0)
        };
        arms.iter().map(squares).sum()
    }

    fn units(at_least: usize) -> impl Strategy<Value = Vec<Unit>> {
        let unit = (-20i64..60, 1i64..9, -20i64..60, 0i64..9).prop_map(|(y, x, v, w)| [y, x, v, w]);
        proptest::collection::vec(unit, at_least..30)
    }

    proptest! {
        #[test]
        fn an_adjusted_ratio_is_that_of_every_unit_adjusted(left in units(4), right in units(4)) {
            let found = centred_ratio(&joint(&left), &joint(&right)).unwrap();
            let arms: [&[Unit]; 2] = [&left, &right];
            for (units, sample) in [(&left, &found.control), (&right, &found.treatment)] {
                let slow = Sample::from_values(&adjusted(units, &arms, found.thetas)).unwrap();
                prop_assert!((slow.mean() - sample.mean()).abs() < 1e-7 * (1.0 + slow.mean().abs()));
                prop_assert!((slow.variance() - sample.variance()).abs() < 1e-6 * (1.0 + slow.variance()));
            }
            // No other slopes leave less.
            let least = rest(&arms, found.thetas);
            for (first, second) in [(1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3), (1e-3, -1e-3)] {
                let other = [found.thetas[0] + first, found.thetas[1] + second];
                prop_assert!(rest(&arms, other) >= least * (1.0 - 1e-9));
            }
        }

        #[test]
        fn an_amount_that_follows_from_the_other_is_left_out(left in units(4), right in units(4)) {
            let follows = |units: &[Unit]| -> Vec<Unit> {
                units.iter().map(|unit| [unit[0], unit[1], 3 * unit[3], unit[3]]).collect()
            };
            let nothing = |units: &[Unit]| -> Vec<Unit> {
                units.iter().map(|unit| [unit[0], unit[1], 5, 5]).collect()
            };
            let (a, b) = (follows(&left), follows(&right));
            let found = centred_ratio(&joint(&a), &joint(&b)).unwrap();
            prop_assert!(found.thetas.iter().filter(|theta| theta.abs() > 0.0).count() <= 1);
            let arms: [&[Unit]; 2] = [&a, &b];
            prop_assert!(rest(&arms, found.thetas) <= rest(&arms, [0.0, 0.0]) * (1.0 + 1e-9));
            let (a, b) = (nothing(&left), nothing(&right));
            let plain = centred_ratio(&joint(&a), &joint(&b)).unwrap();
            prop_assert!(plain.thetas.iter().all(|theta| theta.to_bits() == 0.0_f64.to_bits()));
        }
    }

    /// Orders and what they brought, of people whose habits differ: over many experiments without an
    /// effect the adjusted difference varies as its error says, and less than the plain one.
    #[test]
    fn errors_of_adjusted_ratios_are_what_they_say() {
        let mut random = Random::new(17);
        let (runs, size) = (300, 400);
        let mut plain = Vec::new();
        let mut found = Vec::new();
        let mut said = 0.0;
        for _ in 0..runs {
            let arms = [0, 1].map(|_| {
                let mut arm = JointArm::default();
                for _ in 0..size {
                    let (often, much) =
                        (1 + random.binomial(4, 0.4), 20 + random.binomial(60, 0.5));
                    let mut orders = || often + random.binomial(2, 0.5);
                    let (now, before) = (orders(), orders());
                    let mut spent = |orders: u32| orders * much + random.binomial(20, 0.5);
                    let unit = [spent(now), now, spent(before), before].map(i64::from);
                    arm.add_unit(unit);
                }
                arm.sample().unwrap()
            });
            let adjusted = centred_ratio(&arms[0], &arms[1]).unwrap();
            found.push(adjusted.treatment.minus(1.0, &adjusted.control));
            said += adjusted.treatment.variance_of_mean() + adjusted.control.variance_of_mean();
            let ratio = |arm: &JointSample| arm.mean(0) / arm.mean(1);
            plain.push(ratio(&arms[1]) - ratio(&arms[0]));
        }
        let spread = |values: &[f64]| Sample::from_values(values).unwrap();
        let (found, plain) = (spread(&found), spread(&plain));
        let said = said / f64::from(runs);
        // The variance of 300 normal values is within 25 % with three standard errors.
        assert!(
            (found.variance() / said - 1.0).abs() < 0.25,
            "{} {said}",
            found.variance()
        );
        assert!(
            found.variance() < 0.6 * plain.variance(),
            "{} {}",
            found.variance(),
            plain.variance()
        );
        assert!(found.mean().abs() < 4.0 * found.variance_of_mean().sqrt());
    }
}
