//! The binomial distribution.

use crate::number::of_u64;

/// The smallest count whose cumulative probability reaches `p`, for `trials` of success `chance`.
///
/// Domain: `chance` within 0 and 1, `p` strictly between 0 and 1. Time grows with the trials' root.
pub fn quantile(p: f64, trials: u64, chance: f64) -> u64 {
    if chance <= 0.0 || trials == 0 {
        return 0;
    }
    if chance >= 1.0 {
        return trials;
    }
    let odds = chance / (1.0 - chance);
    let mode = crate::number::to_u64((of_u64(trials) + 1.0) * chance).min(trials);
    // Probabilities relative to the mode, walked outwards until they vanish.
    let mut below = Vec::new();
    let (mut count, mut weight) = (mode, 1.0);
    while count > 0 && weight > 1e-40 {
        weight *= of_u64(count) / (of_u64(trials - count + 1) * odds);
        count -= 1;
        below.push(weight);
    }
    let first = count;
    let mut weights: Vec<f64> = below.into_iter().rev().collect();
    weights.push(1.0);
    let (mut count, mut weight) = (mode, 1.0);
    while count < trials && weight > 1e-40 {
        weight *= of_u64(trials - count) * odds / of_u64(count + 1);
        count += 1;
        weights.push(weight);
    }
    let total: f64 = weights.iter().sum();
    let mut sum = 0.0;
    let mut answer = first;
    for weight in weights {
        sum += weight;
        if sum >= p * total * (1.0 - 1e-13) {
            break;
        }
        answer += 1;
    }
    answer.min(trials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_tables() {
        assert_eq!(quantile(0.5, 1, 0.5), 0);
        assert_eq!(quantile(0.51, 1, 0.5), 1);
        assert_eq!(quantile(0.025, 10, 0.5), 2);
        assert_eq!(quantile(0.975, 10, 0.5), 8);
        assert_eq!(quantile(0.975, 1_000_000, 0.5), 500_980);
        assert_eq!(quantile(0.3, 9, 1.0), 9);
    }
}
