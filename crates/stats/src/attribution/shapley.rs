//! Shapley values of channels (Shapley 1953), for two games of the channel set.

use super::{Credit, Journey};
use crate::number::{of_u64, of_usize};

/// The game of rates looks at every set of channels; beyond this many it is not played.
pub const RATE_CHANNELS_MAX: usize = 12;

/// Game "conversions of journeys whose channels all lie in the set": the equal split of a journey
/// over its distinct channels.
pub fn credit(journeys: &[Journey], channels: usize) -> Credit {
    let mut credit = Credit::zero(channels);
    for journey in journeys {
        let distinct = distinct(journey);
        for channel in &distinct {
            credit.give(*channel, 1.0 / of_usize(distinct.len()), journey);
        }
    }
    credit
}

fn distinct(journey: &Journey) -> Vec<usize> {
    let mut channels = journey.touches.clone();
    channels.sort_unstable();
    channels.dedup();
    channels
}

/// Game "conversion rate of journeys whose channels all lie in the set". Values sum up to the rate
/// of all journeys; a channel that thins it out gets a negative one.
///
/// `None` with more than [`RATE_CHANNELS_MAX`] channels or a channel out of range.
pub fn rate(journeys: &[Journey], channels: usize) -> Option<Vec<f64>> {
    if channels > RATE_CHANNELS_MAX {
        return None;
    }
    let sets = 1usize << channels;
    let (mut converted, mut all) = (vec![0.0; sets], vec![0.0; sets]);
    for journey in journeys
        .iter()
        .filter(|journey| !journey.touches.is_empty())
    {
        if journey.touches.iter().any(|channel| *channel >= channels) {
            return None;
        }
        let set = journey
            .touches
            .iter()
            .fold(0, |set, channel| set | (1 << channel));
        converted[set] += of_u64(journey.conversions);
        all[set] += of_u64(journey.conversions) + of_u64(journey.nulls);
    }
    for channel in 0..channels {
        for set in (0..sets).filter(|set| set & (1 << channel) != 0) {
            converted[set] += converted[set ^ (1 << channel)];
            all[set] += all[set ^ (1 << channel)];
        }
    }
    let worth = |set: usize| {
        if all[set] > 0.0 {
            converted[set] / all[set]
        } else {
            0.0
        }
    };
    // Weight of joining a set of s others: s! (n - s - 1)! / n!.
    let mut weights = Vec::with_capacity(channels);
    let mut weight = 1.0 / of_usize(channels.max(1));
    for size in 0..channels {
        weights.push(weight);
        weight *= of_usize(size + 1) / of_usize((channels - 1).saturating_sub(size).max(1));
    }
    let value = |channel: usize| {
        (0..sets)
            .filter(|set| set & (1 << channel) == 0)
            .map(|set| {
                let size = usize::try_from(set.count_ones()).unwrap_or(0);
                weights[size] * (worth(set | (1 << channel)) - worth(set))
            })
            .sum()
    };
    Some((0..channels).map(value).collect())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn orders(channels: usize) -> Vec<Vec<usize>> {
        if channels == 0 {
            return vec![Vec::new()];
        }
        let shorter = orders(channels - 1);
        shorter
            .iter()
            .flat_map(|order| (0..channels).map(|at| (order.clone(), at)))
            .map(|(mut order, at)| {
                order.insert(at, channels - 1);
                order
            })
            .collect()
    }

    proptest! {
        #[test]
        fn equals_the_mean_over_all_orders(
            paths in vec((vec(0usize..4, 1..6), 0u64..4, 0u64..4), 0..8),
        ) {
            let journeys: Vec<Journey> = paths
                .into_iter()
                .map(|(touches, conversions, nulls)| Journey {
                    touches,
                    days_before: None,
                    conversions,
                    nulls,
                    value: 0.0,
                })
                .collect();
            let worth = |members: &[usize]| {
                let inside: Vec<&Journey> = journeys
                    .iter()
                    .filter(|journey| journey.touches.iter().all(|c| members.contains(c)))
                    .collect();
                let converted: u64 = inside.iter().map(|journey| journey.conversions).sum();
                let all: u64 = inside
                    .iter()
                    .map(|journey| journey.conversions + journey.nulls)
                    .sum();
                if all == 0 {
                    0.0
                } else {
                    of_u64(converted) / of_u64(all)
                }
            };
            let mut slow = vec![0.0; 4];
            for order in orders(4) {
                for at in 0..4 {
                    slow[order[at]] += (worth(&order[..=at]) - worth(&order[..at])) / 24.0;
                }
            }
            for (quick, slow) in rate(&journeys, 4).unwrap().into_iter().zip(slow) {
                prop_assert!((quick - slow).abs() < 1e-12);
            }
        }
    }
}
