//! Rules that look at one journey at a time.

use super::{Credit, Journey};
use crate::number::of_usize;

/// A rule that shares out a journey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// All to the first touch.
    FirstTouch,
    /// All to the last touch.
    LastTouch,
    /// All to the last touch that is not the given channel; to the last touch if there is no other.
    LastOther(Option<usize>),
    /// The same to every touch, repeated ones count again.
    Linear,
    /// 40 % each to the first and the last touch, the rest to those between; half and half for two.
    PositionBased,
    /// Half as much for every so many days before the end.
    TimeDecay {
        /// Days after which a touch counts half, positive.
        half_life_days: f64,
    },
}

/// Credits all journeys by a rule.
///
/// `None` for time decay if a journey lacks its days or the half-life is not positive.
pub fn credit(journeys: &[Journey], channels: usize, rule: Rule) -> Option<Credit> {
    let mut credit = Credit::zero(channels);
    for journey in journeys
        .iter()
        .filter(|journey| !journey.touches.is_empty())
    {
        for (channel, share) in journey.touches.iter().zip(shares(journey, rule)?) {
            credit.give(*channel, share, journey);
        }
    }
    Some(credit)
}

/// Share of each touch; they sum up to one.
fn shares(journey: &Journey, rule: Rule) -> Option<Vec<f64>> {
    let length = journey.touches.len();
    let last = length.checked_sub(1)?;
    let one_hot = |at: usize| (0..length).map(|i| f64::from(u8::from(i == at))).collect();
    Some(match rule {
        Rule::FirstTouch => one_hot(0),
        Rule::LastTouch => one_hot(last),
        Rule::LastOther(direct) => {
            let other = journey
                .touches
                .iter()
                .rposition(|channel| Some(*channel) != direct);
            one_hot(other.unwrap_or(last))
        }
        Rule::Linear => vec![1.0 / of_usize(length); length],
        Rule::PositionBased => position_shares(length),
        Rule::TimeDecay { half_life_days } => decay_shares(journey, half_life_days)?,
    })
}

fn position_shares(length: usize) -> Vec<f64> {
    match length {
        1 => vec![1.0],
        2 => vec![0.5, 0.5],
        _ => {
            let between = 0.2 / of_usize(length - 2);
            let ends = |i: usize| {
                if i == 0 || i == length - 1 {
                    0.4
                } else {
                    between
                }
            };
            (0..length).map(ends).collect()
        }
    }
}

fn decay_shares(journey: &Journey, half_life_days: f64) -> Option<Vec<f64>> {
    let mut shares = journey.days_before.clone()?;
    let is_shared = shares.len() == journey.touches.len() && decay(&mut shares, half_life_days);
    is_shared.then_some(shares)
}

/// Turns the days of each touch before the end of a journey into its share by time decay, in place;
/// the shares sum up to one. `false` where there are none.
#[must_use]
pub fn decay(days_before: &mut [f64], half_life_days: f64) -> bool {
    if half_life_days.is_nan() || half_life_days <= 0.0 {
        return false;
    }
    // Counted from the touch nearest to the end, so that a journey long ago does not vanish.
    let nearest = days_before.iter().copied().fold(f64::INFINITY, f64::min);
    let mut total = 0.0;
    for day in days_before.iter_mut() {
        *day = ((nearest - *day) / half_life_days).exp2();
        total += *day;
    }
    for weight in days_before.iter_mut() {
        *weight /= total;
    }
    total.is_finite() && total > 0.0
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_rule_shares_out_everything(
            paths in vec((vec(0usize..4, 1..7), 0u64..5, -50.0..90.0f64), 1..6),
        ) {
            let journeys: Vec<Journey> = paths
                .into_iter()
                .map(|(touches, conversions, value)| Journey {
                    days_before: Some(
                        (0..touches.len())
                            .rev()
                            .map(|day| 3.0 * of_usize(day))
                            .collect(),
                    ),
                    touches,
                    conversions,
                    nulls: 1,
                    value,
                })
                .collect();
            let total: f64 = journeys.iter().map(|journey| journey.value).sum();
            let conversions: u64 = journeys.iter().map(|journey| journey.conversions).sum();
            let rules = [
                Rule::FirstTouch,
                Rule::LastTouch,
                Rule::LastOther(Some(2)),
                Rule::Linear,
                Rule::PositionBased,
                Rule::TimeDecay {
                    half_life_days: 7.0,
                },
            ];
            for rule in rules {
                let credit = credit(&journeys, 4, rule).unwrap();
                prop_assert!((credit.value.iter().sum::<f64>() - total).abs() < 1e-9);
                prop_assert!(
                    (credit.conversions.iter().sum::<f64>() - crate::number::of_u64(conversions))
                        .abs()
                        < 1e-9
                );
            }
        }
    }
}
