//! Guards: evidence that a rollout does harm, valid at every look for the whole rollout.
//!
//! A guard is an e-process: under "no harm" its expectation never exceeds one, so that by Ville's
//! inequality (1939) it ever reaches `1/alpha` with probability `alpha` at most. Evidence is given
//! as the logarithm of the e-value. Knows nothing of rollouts; the caller keeps the verdict sticky.

pub mod limit;
pub mod mean;
pub mod split;
pub mod stream;

pub use limit::{MeanLimit, RateLimit, ShiftGuard};
pub use mean::{MeanGuard, Reading};
pub use split::{ConversionSplit, GRID_FOURTEEN, GRID_ROLLOUT, RateRatio, Stage};
pub use stream::{Converted, SplitStream};

/// Which change of a metric is harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Less is worse: conversions, revenue.
    Decrease,
    /// More is worse: unsubscribes, complaints, refunds.
    Increase,
}

impl Harm {
    /// Tolerated multiple of the control's mean, and the sign that makes a good distance positive.
    pub(crate) fn factor_and_sign(self, margin: f64) -> (f64, f64) {
        match self {
            Self::Decrease => (1.0 - margin, 1.0),
            Self::Increase => (1.0 + margin, -1.0),
        }
    }
}

/// Evidence needed to act: `ln(1/alpha)`.
pub fn threshold(alpha: f64) -> f64 {
    -alpha.ln()
}

/// Evidence of several guards taken together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Combined {
    /// Logarithm of the weighted sum of the e-values.
    pub log_e: f64,
    /// Index of the guard that contributes most; none without a guard of positive weight.
    pub culprit: Option<usize>,
}

/// Combines guards, given as `(weight, log_e)`, into one e-value (Vovk and Wang 2021).
///
/// Precondition: weights are not negative and sum up to one; then the threshold holds for all
/// guards together, however they depend on each other. Guards without a positive weight do not
/// count.
pub fn combine(guards: &[(f64, f64)]) -> Combined {
    let terms = || {
        guards
            .iter()
            .enumerate()
            .filter(|(_, (weight, log_e))| *weight > 0.0 && !log_e.is_nan())
            .map(|(index, (weight, log_e))| (index, weight.ln() + log_e))
    };
    let mut largest: Option<(usize, f64)> = None;
    for (index, term) in terms() {
        if largest.is_none_or(|(_, most)| term > most) {
            largest = Some((index, term));
        }
    }
    let Some((culprit, most)) = largest else {
        return Combined {
            log_e: f64::NEG_INFINITY,
            culprit: None,
        };
    };
    let log_e = if most.is_finite() {
        most + terms()
            .map(|(_, term)| (term - most).exp())
            .sum::<f64>()
            .ln()
    } else {
        most
    };
    Combined {
        log_e,
        culprit: Some(culprit),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_whole_is_never_below_its_largest_part(
            guards in proptest::collection::vec((0.001..1.0f64, -900.0..900.0f64), 1..6),
        ) {
            let combined = combine(&guards);
            let culprit = combined.culprit.unwrap();
            for (weight, log_e) in &guards {
                prop_assert!(combined.log_e >= weight.ln() + log_e - 1e-9);
            }
            let (weight, log_e) = guards[culprit];
            prop_assert!(combined.log_e <= weight.ln() + log_e + 6f64.ln() + 1e-9);
        }

        #[test]
        fn small_evidence_adds_up_plainly(
            guards in proptest::collection::vec((0.01..1.0f64, -5.0..5.0f64), 1..6),
        ) {
            let plain: f64 = guards
                .iter()
                .map(|(weight, log_e)| weight * log_e.exp())
                .sum();
            prop_assert!((combine(&guards).log_e - plain.ln()).abs() < 1e-12);
        }
    }

    #[test]
    fn empty_and_infinite_evidence() {
        assert_eq!(
            combine(&[]),
            Combined {
                log_e: f64::NEG_INFINITY,
                culprit: None
            }
        );
        assert_eq!(
            combine(&[(0.5, f64::INFINITY), (0.5, 1.0)]).culprit,
            Some(0)
        );
        assert!(combine(&[(1.0, f64::NEG_INFINITY)]).log_e.is_infinite());
    }
}
