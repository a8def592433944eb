//! Corrections for asking many questions at once. Knows p-values only.

use crate::number::of_usize;

/// A way to correct a family of p-values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// False discovery rate under independence or positive dependence (Benjamini, Hochberg 1995).
    BenjaminiHochberg,
    /// False discovery rate under any dependence (Benjamini, Yekutieli 2001).
    BenjaminiYekutieli,
    /// Family-wise error under any dependence (Holm 1979).
    Holm,
    /// Family-wise error under any dependence, simplest and weakest.
    Bonferroni,
}

/// Adjusts p-values, each at most one and in the order of the originals.
///
/// A missing or NaN p-value stays missing and does not count to the family.
pub fn adjust(p_values: &[Option<f64>], correction: Correction) -> Vec<Option<f64>> {
    let mut family: Vec<(usize, f64)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(index, p)| p.filter(|p| !p.is_nan()).map(|p| (index, p)))
        .collect();
    family.sort_by(|left, right| left.1.total_cmp(&right.1));
    let size = of_usize(family.len());
    let harmonic: f64 = (1..=family.len()).map(|rank| 1.0 / of_usize(rank)).sum();
    let raw: Vec<f64> = family
        .iter()
        .zip(1..)
        .map(|((_, p), rank)| {
            let rank = of_usize(rank);
            match correction {
                Correction::BenjaminiHochberg => p * (size / rank),
                Correction::BenjaminiYekutieli => p * (size * harmonic / rank),
                Correction::Holm => p * (size - rank + 1.0),
                Correction::Bonferroni => p * size,
            }
        })
        .collect();
    let monotone = match correction {
        Correction::Holm | Correction::Bonferroni => largest_so_far(&raw),
        Correction::BenjaminiHochberg | Correction::BenjaminiYekutieli => smallest_from_here(&raw),
    };
    let mut adjusted = vec![None; p_values.len()];
    for ((index, _), value) in family.iter().zip(monotone) {
        if let Some(slot) = adjusted.get_mut(*index) {
            *slot = Some(value.min(1.0));
        }
    }
    adjusted
}

/// Whether an adjusted p-value passes a level; a tie in decimals passes despite its rounding.
pub fn rejects(adjusted: f64, level: f64) -> bool {
    adjusted <= level * (1.0 + 4.0 * f64::EPSILON)
}

fn largest_so_far(values: &[f64]) -> Vec<f64> {
    let mut most = 0.0f64;
    values
        .iter()
        .map(|value| {
            most = most.max(*value);
            most
        })
        .collect()
}

fn smallest_from_here(values: &[f64]) -> Vec<f64> {
    let mut least = f64::INFINITY;
    let mut answer: Vec<f64> = values
        .iter()
        .rev()
        .map(|value| {
            least = least.min(*value);
            least
        })
        .collect();
    answer.reverse();
    answer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Step-up and step-down rules by their definitions.
    fn rejected_slowly(p: &[f64], level: f64, correction: Correction) -> Vec<bool> {
        let mut sorted = p.to_vec();
        sorted.sort_by(f64::total_cmp);
        let size = of_usize(p.len());
        let limit = |rank: usize| match correction {
            Correction::Holm => level / (size - of_usize(rank) + 1.0),
            _ => level * of_usize(rank) / size,
        };
        let passes = |rank: &usize| sorted[rank - 1] <= limit(*rank);
        let count = match correction {
            Correction::Holm => (1..=p.len()).take_while(passes).count(),
            _ => (1..=p.len()).filter(passes).max().unwrap_or(0),
        };
        p.iter()
            .map(|value| count > 0 && *value <= sorted[count - 1])
            .collect()
    }

    proptest! {
        #[test]
        fn adjusted_values_reject_what_the_stepwise_rules_reject(
            p in proptest::collection::vec(0.0..0.2f64, 1..12),
        ) {
            let family: Vec<Option<f64>> = p.iter().copied().map(Some).collect();
            for correction in [Correction::Holm, Correction::BenjaminiHochberg] {
                let quick: Vec<bool> = adjust(&family, correction)
                    .into_iter()
                    .map(|value| rejects(value.unwrap(), 0.05))
                    .collect();
                prop_assert_eq!(quick, rejected_slowly(&p, 0.05, correction));
            }
        }
    }

    #[test]
    fn missing_values_do_not_count() {
        let adjusted = adjust(
            &[Some(0.01), None, Some(f64::NAN), Some(0.04)],
            Correction::Bonferroni,
        );
        assert_eq!(adjusted, [Some(0.02), None, None, Some(0.08)]);
    }
}
