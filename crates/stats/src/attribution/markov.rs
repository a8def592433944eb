//! Removal effects of a first-order Markov chain (Anderl, Becker, von Wangenheim, Schumann 2016).
//!
//! Solved exactly as an absorbing chain: no simulation, no cut of long paths.

use super::{Credit, Journey};
use crate::number::of_u64;

/// Result of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Markov {
    /// Probability that a journey converts.
    pub conversion: f64,
    /// Part of that probability which is lost when a channel leads nowhere.
    pub removal_effect: Vec<f64>,
    /// All conversions and value, shared out in proportion to the removal effects.
    pub credit: Credit,
}

/// Numbers of transitions, with the start in the row after the channels.
struct Chain {
    channels: usize,
    between: Vec<Vec<f64>>,
    converted: Vec<f64>,
    left: Vec<f64>,
}

impl Chain {
    fn count(journeys: &[Journey], channels: usize) -> Self {
        let mut chain = Self {
            channels,
            between: vec![vec![0.0; channels]; channels + 1],
            converted: vec![0.0; channels + 1],
            left: vec![0.0; channels + 1],
        };
        for journey in journeys {
            chain.add(journey);
        }
        chain
    }

    fn add(&mut self, journey: &Journey) {
        let valid = journey
            .touches
            .iter()
            .all(|channel| *channel < self.channels);
        if journey.touches.is_empty() || !valid {
            return;
        }
        let (converted, lost) = (of_u64(journey.conversions), of_u64(journey.nulls));
        let mut from = self.channels;
        for channel in &journey.touches {
            if let Some(slot) = self
                .between
                .get_mut(from)
                .and_then(|row| row.get_mut(*channel))
            {
                *slot += converted + lost;
            }
            from = *channel;
        }
        for (ends, count) in [(&mut self.converted, converted), (&mut self.left, lost)] {
            if let Some(slot) = ends.get_mut(from) {
                *slot += count;
            }
        }
    }

    /// Probability of converting from the start, when one channel may lead nowhere.
    fn conversion(&self, removed: Option<usize>) -> f64 {
        // (I - Q) x = r over the channels, scaled by the number of visits of each.
        let mut system: Vec<Vec<f64>> = Vec::with_capacity(self.channels);
        for channel in 0..self.channels {
            let visits = self.visits(channel);
            let dead = removed == Some(channel) || visits <= 0.0;
            let mut row: Vec<f64> = match self.between.get(channel) {
                Some(onward) if !dead => onward.iter().map(|count| -count / visits).collect(),
                _ => vec![0.0; self.channels],
            };
            if let Some(diagonal) = row.get_mut(channel) {
                *diagonal += 1.0;
            }
            let goal = if dead {
                0.0
            } else {
                self.ends(channel) / visits
            };
            row.push(goal);
            system.push(row);
        }
        let solution = solve(system);
        let start = self.visits(self.channels);
        if start <= 0.0 {
            return 0.0;
        }
        let first = self.between.get(self.channels).into_iter().flatten();
        first
            .zip(&solution)
            .map(|(count, chance)| count / start * chance)
            .sum()
    }

    fn ends(&self, from: usize) -> f64 {
        self.converted.get(from).copied().unwrap_or(0.0)
    }

    fn visits(&self, from: usize) -> f64 {
        let onward: f64 = self.between.get(from).into_iter().flatten().sum();
        onward + self.ends(from) + self.left.get(from).copied().unwrap_or(0.0)
    }
}

/// Gauss elimination with row pivots; every row holds its right-hand side at the end. A variable
/// that the system leaves open is zero.
fn solve(mut system: Vec<Vec<f64>>) -> Vec<f64> {
    let size = system.len();
    for column in 0..size {
        let magnitude = |row: &Vec<f64>| row.get(column).map_or(0.0, |value| value.abs());
        let best = (column..size)
            .max_by(|a, b| magnitude(&system[*a]).total_cmp(&magnitude(&system[*b])))
            .unwrap_or(column);
        system.swap(column, best);
        let pivot_row = system[column].clone();
        let pivot = pivot_row[column];
        if pivot.abs() <= 1e-300 {
            continue;
        }
        for (index, row) in system.iter_mut().enumerate() {
            let factor = row[column] / pivot;
            if index != column && factor.abs() > 0.0 {
                for (value, above) in row.iter_mut().zip(&pivot_row) {
                    *value -= factor * above;
                }
            }
        }
    }
    let value = |(index, row): (usize, &Vec<f64>)| {
        if row[index].abs() <= 1e-300 {
            0.0
        } else {
            row[size] / row[index]
        }
    };
    system.iter().enumerate().map(value).collect()
}

/// Credits all journeys by removal effects. Journeys with a channel out of range are left out.
pub fn credit(journeys: &[Journey], channels: usize) -> Markov {
    let chain = Chain::count(journeys, channels);
    let conversion = chain.conversion(None);
    let effect = |channel: usize| {
        if conversion > 0.0 {
            // Rounding must not give a channel without influence a tiny credit or debt.
            let effect = 1.0 - chain.conversion(Some(channel)) / conversion;
            if effect.abs() < 1e-14 { 0.0 } else { effect }
        } else {
            0.0
        }
    };
    let removal_effect: Vec<f64> = (0..channels).map(effect).collect();
    let total: f64 = removal_effect.iter().sum();
    let mut credit = Credit::zero(channels);
    if total > 0.0 {
        for journey in journeys
            .iter()
            .filter(|journey| !journey.touches.is_empty())
        {
            for (channel, effect) in removal_effect.iter().enumerate() {
                credit.give(channel, effect / total, journey);
            }
        }
    }
    Markov {
        conversion,
        removal_effect,
        credit,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_walking_the_chain(
            paths in vec((vec(0usize..4, 1..6), 0u64..4, 0u64..4), 1..6),
            removed in 0usize..4,
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
            let chain = Chain::count(&journeys, 4);
            // Let the crowd walk until nearly nobody is on the way.
            let start = chain.visits(4);
            prop_assume!(start > 0.0);
            let mut here: Vec<f64> = chain.between[4].iter().map(|count| count / start).collect();
            let mut slow = 0.0;
            for _ in 0..3000 {
                let mut next = vec![0.0; 4];
                for (channel, crowd) in here.iter().enumerate() {
                    let visits = chain.visits(channel);
                    if channel == removed || visits <= 0.0 {
                        continue;
                    }
                    slow += crowd * chain.converted[channel] / visits;
                    for (to, count) in chain.between[channel].iter().enumerate() {
                        next[to] += crowd * count / visits;
                    }
                }
                here = next;
            }
            prop_assert!((chain.conversion(Some(removed)) - slow).abs() < 1e-9);
        }
    }
}
