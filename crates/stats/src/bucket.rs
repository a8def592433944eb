//! Which variant a unit gets: ranges in integer basis points over the published hash.
//!
//! Knows nothing of rollouts. Raising the coverage only ever adds units; none changes its variant.

use crate::hash::{BUCKETS, pm1};

/// A mutually exclusive part of all units: admits those whose bucket lies in `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer<'a> {
    /// Salt of the layer, shared by all its experiments.
    pub salt: &'a str,
    /// First bucket that is admitted, in basis points.
    pub start: u32,
    /// First bucket that is admitted no more.
    pub end: u32,
}

impl Layer<'_> {
    /// Says whether a unit is admitted.
    pub fn admits(&self, unit: &str) -> bool {
        (self.start..self.end).contains(&pm1(self.salt, unit))
    }
}

/// The answer to "which variant does this unit get?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// The unit id is empty.
    NoUnit,
    /// The layer keeps the unit for other experiments.
    LayerExcluded,
    /// The unit lies outside of the covered part of every variant.
    NotInCoverage {
        /// Bucket of the unit.
        bucket: u32,
    },
    /// The unit gets a variant.
    Assigned {
        /// Bucket of the unit.
        bucket: u32,
        /// Index of the variant among the weights.
        variant: usize,
    },
}

impl Assignment {
    /// Index of the variant, if one is assigned.
    pub fn variant(self) -> Option<usize> {
        match self {
            Self::Assigned { variant, .. } => Some(variant),
            Self::NoUnit | Self::LayerExcluded | Self::NotInCoverage { .. } => None,
        }
    }
}

/// Ranges `start..end` of each variant: start is the sum of the weights before, length the covered
/// part of its own weight, rounded down.
pub fn ranges(weights_bp: &[u32], coverage_bp: u32) -> impl Iterator<Item = (u32, u32)> {
    let coverage = u64::from(coverage_bp.min(BUCKETS));
    weights_bp.iter().scan(0u32, move |start, weight| {
        let covered = u64::from(*weight) * coverage / u64::from(BUCKETS);
        let range = (
            *start,
            start.saturating_add(u32::try_from(covered).unwrap_or(u32::MAX)),
        );
        *start = start.saturating_add(*weight);
        Some(range)
    })
}

/// Assigns a unit to a variant, without allocating.
///
/// Weights and coverage are basis points; the caller sees to it that weights sum up to 10,000 or
/// less. The same arguments always give the same answer.
pub fn assign(
    salt: &str,
    unit: &str,
    weights_bp: &[u32],
    coverage_bp: u32,
    layer: Option<&Layer<'_>>,
) -> Assignment {
    if unit.is_empty() {
        return Assignment::NoUnit;
    }
    if layer.is_some_and(|layer| !layer.admits(unit)) {
        return Assignment::LayerExcluded;
    }
    let bucket = pm1(salt, unit);
    match ranges(weights_bp, coverage_bp).position(|(start, end)| (start..end).contains(&bucket)) {
        Some(variant) => Assignment::Assigned { bucket, variant },
        None => Assignment::NotInCoverage { bucket },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn raising_the_coverage_never_moves_a_unit(
            unit in "[a-z0-9]{1,12}",
            cut in 0u32..=10_000,
            first in 0u32..=10_000,
            more in 0u32..=10_000,
        ) {
            let weights = [cut, 10_000 - cut];
            let (low, high) = (first.min(more), first.max(more));
            let before = assign("salt", &unit, &weights, low, None).variant();
            let after = assign("salt", &unit, &weights, high, None).variant();
            prop_assert!(before.is_none() || before == after);
            prop_assert!(
                assign("salt", &unit, &weights, 10_000, None)
                    .variant()
                    .is_some()
            );
        }

        #[test]
        fn layers_with_disjoint_ranges_share_no_unit(unit in ".{1,8}", cut in 0u32..=10_000) {
            let left = Layer {
                salt: "layer",
                start: 0,
                end: cut,
            };
            let right = Layer {
                salt: "layer",
                start: cut,
                end: 10_000,
            };
            prop_assert!(left.admits(&unit) != right.admits(&unit));
        }
    }

    #[test]
    fn nothing_overflows_on_absurd_weights() {
        let all: Vec<_> = ranges(&[u32::MAX, u32::MAX, 7], u32::MAX).collect();
        assert_eq!(all.len(), 3);
    }
}
