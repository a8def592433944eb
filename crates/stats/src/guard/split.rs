//! The conversion split: how conversions fall to the arms says which arm converts better.
//!
//! Under equal rates each first conversion comes from the treatment with the treatment's share of
//! the units. A weighted family of rate ratios below one is tested against that, as a product of
//! likelihood ratios. Exact and free of variance estimates; needs no denominators and no maturity.

use super::Harm;
use crate::number::of_u64;

/// One alternative of the grid: the treatment's rate over the tolerated rate, and its prior weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateRatio {
    /// Ratio in `0.0..1.0`; zero stands for a treatment that converts nobody.
    pub ratio: f64,
    /// Weight, positive; weights of a grid sum up to one.
    pub weight: f64,
}

/// The grid in use unless another one is given.
pub const GRID_DEFAULT: [RateRatio; 8] = [
    RateRatio {
        ratio: 0.95,
        weight: 0.08,
    },
    RateRatio {
        ratio: 0.9,
        weight: 0.2,
    },
    RateRatio {
        ratio: 0.85,
        weight: 0.28,
    },
    RateRatio {
        ratio: 0.8,
        weight: 0.2,
    },
    RateRatio {
        ratio: 0.7,
        weight: 0.12,
    },
    RateRatio {
        ratio: 0.5,
        weight: 0.07,
    },
    RateRatio {
        ratio: 0.2,
        weight: 0.03,
    },
    RateRatio {
        ratio: 0.0,
        weight: 0.02,
    },
];

/// The grid of rollouts: more of its weight lies where harm is small, so that losses of 5 to 15 %
/// are found sooner than with [`GRID_DEFAULT`], and some where hardly anybody converts any more, at no
/// cost in false alarms.
///
/// Weights were sought by simulation on the traffic of the acceptance bar. The search cannot spoil
/// the guarantee: each alternative is a likelihood ratio with expectation one under the null, and
/// so is any average of them with fixed weights (Robbins 1970).
pub const GRID_ROLLOUT: [RateRatio; 14] = [
    point(0.95, 0.117),
    point(0.92, 0.003),
    point(0.9, 0.009),
    point(0.87, 0.401),
    point(0.84, 0.122),
    point(0.8, 0.074),
    point(0.75, 0.127),
    point(0.7, 0.011),
    point(0.6, 0.031),
    point(0.5, 0.02),
    point(0.35, 0.015),
    point(0.2, 0.014),
    point(0.1, 0.039),
    point(0.0, 0.017),
];

/// The grid of rollouts before [`GRID_ROLLOUT`]: it sees losses of 30 to 50 % a little sooner, and a
/// collapse later.
pub const GRID_FOURTEEN: [RateRatio; 14] = [
    point(0.97, 0.005),
    point(0.95, 0.108),
    point(0.92, 0.02),
    point(0.9, 0.06),
    point(0.87, 0.327),
    point(0.84, 0.13),
    point(0.8, 0.14),
    point(0.75, 0.08),
    point(0.7, 0.035),
    point(0.6, 0.03),
    point(0.5, 0.04),
    point(0.35, 0.008),
    point(0.2, 0.01),
    point(0.0, 0.007),
];

const fn point(ratio: f64, weight: f64) -> RateRatio {
    RateRatio { ratio, weight }
}

/// Most alternatives that a grid can hold.
pub const GRID_LENGTH_MAX: usize = 16;

/// First conversions of one stage, during which the shares of the arms did not change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Treatment's share of the units of both arms. The observed share withstands a sample ratio
    /// mismatch and is recommended; the design share makes the guarantee exact. A share that does
    /// not lie strictly between 0 and 1 makes the stage carry no evidence.
    pub share_treatment: f64,
    /// Units of the treatment that converted.
    pub converted_treatment: u64,
    /// Units of the control that converted.
    pub converted_control: u64,
}

/// Guard on conversions: an e-process on the split of first conversions between two arms.
///
/// Preconditions: units were assigned at random, each unit's first conversion counts once. With the
/// design share the false alarm probability is exact at any look; with the observed share it was
/// confirmed by simulation. Costs about the base rate in information against knowing all units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConversionSplit {
    kept: f64,
    harm: Harm,
    grid: [Alternative; GRID_LENGTH_MAX],
    length: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Alternative {
    ratio: f64,
    log_ratio: f64,
    log_weight: f64,
}

impl ConversionSplit {
    /// A guard with the default grid that tolerates a relative harm of `margin`, in `0.0..1.0`.
    pub fn new(margin: f64, harm: Harm) -> Option<Self> {
        Self::with_grid(margin, harm, &GRID_DEFAULT)
    }

    /// A guard with a grid of its own: at most [`GRID_LENGTH_MAX`] ratios in `0.0..1.0`, with
    /// positive weights that sum up to one or less.
    pub fn with_grid(margin: f64, harm: Harm, grid: &[RateRatio]) -> Option<Self> {
        let sum: f64 = grid.iter().map(|point| point.weight).sum();
        let valid = grid
            .iter()
            .all(|point| (0.0..1.0).contains(&point.ratio) && point.weight > 0.0);
        let fits = !grid.is_empty() && grid.len() <= GRID_LENGTH_MAX;
        if !(0.0..1.0).contains(&margin) || !valid || !fits || sum > 1.0 + 1e-9 {
            return None;
        }
        let mut alternatives = [Alternative::default(); GRID_LENGTH_MAX];
        for (slot, point) in alternatives.iter_mut().zip(grid) {
            *slot = Alternative {
                ratio: point.ratio,
                log_ratio: point.ratio.ln(),
                log_weight: point.weight.ln(),
            };
        }
        Some(Self {
            kept: 1.0 - margin,
            harm,
            grid: alternatives,
            length: grid.len(),
        })
    }

    /// Logarithm of the e-value after all stages so far; the order of conversions does not matter.
    pub fn log_e(&self, stages: &[Stage]) -> f64 {
        let mut terms = [f64::NEG_INFINITY; GRID_LENGTH_MAX];
        for (term, alternative) in terms.iter_mut().zip(self.grid.iter().take(self.length)) {
            *term = alternative.log_weight;
        }
        for stage in stages {
            self.add(stage, &mut terms);
        }
        let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if most.is_infinite() {
            return most;
        }
        most + terms
            .iter()
            .map(|term| (term - most).exp())
            .sum::<f64>()
            .ln()
    }

    fn add(&self, stage: &Stage, terms: &mut [f64; GRID_LENGTH_MAX]) {
        let (share, worse, better) = match self.harm {
            Harm::Decrease => (
                stage.share_treatment,
                stage.converted_treatment,
                stage.converted_control,
            ),
            Harm::Increase => (
                1.0 - stage.share_treatment,
                stage.converted_control,
                stage.converted_treatment,
            ),
        };
        if !(share > 0.0 && share < 1.0) {
            return;
        }
        // With odds o of the null, p1/p0 = r (1+o)/(1+ro) and (1-p1)/(1-p0) = (1+o)/(1+ro).
        let odds = share / (1.0 - share) * self.kept;
        let all = of_u64(worse) + of_u64(better);
        for (term, alternative) in terms.iter_mut().zip(self.grid.iter().take(self.length)) {
            let gain =
                (odds * (1.0 - alternative.ratio) / (1.0 + alternative.ratio * odds)).ln_1p();
            *term += all * gain;
            if worse > 0 {
                *term += of_u64(worse) * alternative.log_ratio;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, conversion by conversion.
    fn slow(margin: f64, share: f64, treatment: u32, control: u32) -> f64 {
        let kept = 1.0 - margin;
        let null = share * kept / (share * kept + 1.0 - share);
        GRID_DEFAULT
            .iter()
            .map(|point| {
                let scaled = share * point.ratio * kept;
                let chance = scaled / (scaled + 1.0 - share);
                let mut product = point.weight;
                for _ in 0..treatment {
                    product *= chance / null;
                }
                for _ in 0..control {
                    product *= (1.0 - chance) / (1.0 - null);
                }
                product
            })
            .sum::<f64>()
            .ln()
    }

    fn stage(share: f64, treatment: u32, control: u32) -> Stage {
        Stage {
            share_treatment: share,
            converted_treatment: u64::from(treatment),
            converted_control: u64::from(control),
        }
    }

    proptest! {
        #[test]
        fn equals_the_product_over_conversions(
            margin in 0.0..0.3f64,
            share in 0.01..0.99f64,
            treatment in 0u32..40,
            control in 0u32..40,
        ) {
            let guard = ConversionSplit::new(margin, Harm::Decrease).unwrap();
            let got = guard.log_e(&[stage(share, treatment, control)]);
            prop_assert!((got - slow(margin, share, treatment, control)).abs() < 1e-9);
        }

        #[test]
        fn increase_is_decrease_with_swapped_arms(
            share in 0.01..0.99f64,
            treatment in 0u32..90,
            control in 0u32..90,
        ) {
            let less = ConversionSplit::new(0.1, Harm::Decrease).unwrap();
            let more = ConversionSplit::new(0.1, Harm::Increase).unwrap();
            let left = less.log_e(&[stage(share, treatment, control)]);
            let right = more.log_e(&[stage(1.0 - share, control, treatment)]);
            prop_assert!((left - right).abs() < 1e-9);
        }

        #[test]
        fn the_next_conversion_has_expectation_one_under_the_null(
            share in 0.01..0.99f64,
            treatment in 0u32..60,
            control in 0u32..60,
        ) {
            let guard = ConversionSplit::new(0.0, Harm::Decrease).unwrap();
            let now = guard.log_e(&[stage(share, treatment, control)]);
            let hit = guard.log_e(&[stage(share, treatment + 1, control)]);
            let miss = guard.log_e(&[stage(share, treatment, control + 1)]);
            let expected = share * (hit - now).exp() + (1.0 - share) * (miss - now).exp();
            prop_assert!((expected - 1.0).abs() < 1e-9, "{expected}");
        }

        #[test]
        fn splitting_a_stage_changes_nothing(
            share in 0.01..0.99f64,
            a in 0u32..50,
            b in 0u32..50,
            c in 0u32..50,
            d in 0u32..50,
        ) {
            let guard = ConversionSplit::new(0.05, Harm::Decrease).unwrap();
            let two = guard.log_e(&[stage(share, a, b), stage(share, c, d)]);
            let one = guard.log_e(&[stage(share, a + c, b + d)]);
            prop_assert!((two - one).abs() < 1e-9);
        }

        #[test]
        fn any_counts_give_a_number(share in any::<f64>(), treatment: u64, control: u64) {
            let guard = ConversionSplit::new(0.0, Harm::Decrease).unwrap();
            let log_e = guard.log_e(&[Stage {
                share_treatment: share,
                converted_treatment: treatment,
                converted_control: control,
            }]);
            prop_assert!(!log_e.is_nan());
        }
    }

    proptest! {
        #[test]
        fn the_grid_of_rollouts_keeps_expectation_one_under_the_null(
            share in 0.01..0.99f64,
            margin in 0.0..0.3f64,
            treatment in 0u32..60,
            control in 0u32..60,
        ) {
            let guard = ConversionSplit::with_grid(margin, Harm::Decrease, &GRID_ROLLOUT).unwrap();
            let null = share * (1.0 - margin) / (share * (1.0 - margin) + 1.0 - share);
            let now = guard.log_e(&[stage(share, treatment, control)]);
            let hit = guard.log_e(&[stage(share, treatment + 1, control)]);
            let miss = guard.log_e(&[stage(share, treatment, control + 1)]);
            let expected = null * (hit - now).exp() + (1.0 - null) * (miss - now).exp();
            prop_assert!((expected - 1.0).abs() < 1e-9, "{expected}");
        }
    }

    #[test]
    fn evidence_begins_at_one() {
        for grid in [&GRID_DEFAULT[..], &GRID_FOURTEEN, &GRID_ROLLOUT] {
            let guard = ConversionSplit::with_grid(0.0, Harm::Decrease, grid).unwrap();
            assert!(guard.log_e(&[]).abs() < 1e-12, "the weights sum up to one");
        }
    }

    #[test]
    fn refuses_what_is_outside_its_domain() {
        assert!(ConversionSplit::new(1.0, Harm::Decrease).is_none());
        assert!(ConversionSplit::new(f64::NAN, Harm::Decrease).is_none());
        let heavy = [RateRatio {
            ratio: 0.5,
            weight: 1.5,
        }];
        assert!(ConversionSplit::with_grid(0.0, Harm::Decrease, &heavy).is_none());
        assert!(ConversionSplit::with_grid(0.0, Harm::Decrease, &[]).is_none());
    }
}
