//! Sharing out conversions and value among the channels of a journey.
//!
//! Attribution describes; it proves nothing. The causal number is the lift of an experiment, and a
//! screen shows both. Channels are indices; the caller keeps their names.

pub mod markov;
pub mod rules;
pub mod shapley;

/// Journeys that took the same path.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// Channels touched, in order of time. A journey without a touch is left out of all models.
    pub touches: Vec<usize>,
    /// Days before the end of the journey, one for each touch, if known.
    pub days_before: Option<Vec<f64>>,
    /// Journeys that ended in a conversion.
    pub conversions: u64,
    /// Journeys that ended without.
    pub nulls: u64,
    /// Value of all conversions; refunds make it negative.
    pub value: f64,
}

/// Conversions and value by channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Credit {
    /// Conversions credited to each channel.
    pub conversions: Vec<f64>,
    /// Value credited to each channel.
    pub value: Vec<f64>,
}

impl Credit {
    fn zero(channels: usize) -> Self {
        Self {
            conversions: vec![0.0; channels],
            value: vec![0.0; channels],
        }
    }

    /// Gives a channel its share of a journey; channels out of range get nothing.
    fn give(&mut self, channel: usize, share: f64, journey: &Journey) {
        if let Some(slot) = self.conversions.get_mut(channel) {
            *slot += share * crate::number::of_u64(journey.conversions);
        }
        if let Some(slot) = self.value.get_mut(channel) {
            *slot += share * journey.value;
        }
    }
}
