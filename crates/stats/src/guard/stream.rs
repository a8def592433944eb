//! The conversion split followed event by event, with a verdict that stays once it is reached.

use super::split::{ConversionSplit, Stage};

/// Which arm a first conversion came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Converted {
    /// A unit of the control.
    Control,
    /// A unit of the treatment.
    Treatment,
}

/// A conversion guard that is evaluated at every first conversion.
///
/// Keeps counts, not running products: replaying the events in any order gives the same state, and
/// no rounding adds up.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitStream {
    guard: ConversionSplit,
    threshold: f64,
    stages: Vec<Stage>,
    conversions: u64,
    log_e: f64,
    max_log_e: f64,
    first_crossing: Option<u64>,
}

impl SplitStream {
    /// Follows a guard until its evidence reaches `threshold` (see [`super::threshold`]).
    pub fn new(guard: ConversionSplit, threshold: f64) -> Self {
        Self {
            guard,
            threshold,
            stages: Vec::new(),
            conversions: 0,
            log_e: 0.0,
            max_log_e: f64::NEG_INFINITY,
            first_crossing: None,
        }
    }

    /// Begins a stage in which the treatment has another share of the units.
    pub fn begin_stage(&mut self, share_treatment: f64) {
        let stage = Stage {
            share_treatment,
            converted_treatment: 0,
            converted_control: 0,
        };
        self.stages.push(stage);
    }

    /// Records a first conversion in the current stage and returns the evidence after it.
    ///
    /// Before the first stage has begun, nothing is recorded.
    pub fn push(&mut self, converted: Converted) -> f64 {
        let Some(stage) = self.stages.last_mut() else {
            return self.log_e;
        };
        match converted {
            Converted::Control => stage.converted_control += 1,
            Converted::Treatment => stage.converted_treatment += 1,
        }
        self.conversions += 1;
        self.log_e = self.guard.log_e(&self.stages);
        self.max_log_e = self.max_log_e.max(self.log_e);
        if self.first_crossing.is_none() && self.log_e >= self.threshold {
            self.first_crossing = Some(self.conversions);
        }
        self.log_e
    }

    /// Evidence now.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// Largest evidence so far; minus infinity before the first conversion.
    pub fn max_log_e(&self) -> f64 {
        self.max_log_e
    }

    /// Number of the conversion, from one, at which the threshold was first reached.
    pub fn first_crossing(&self) -> Option<u64> {
        self.first_crossing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Harm, threshold};

    #[test]
    fn a_dead_treatment_is_found_and_stays_found() {
        let guard = ConversionSplit::new(0.0, Harm::Decrease).unwrap();
        let mut stream = SplitStream::new(guard, threshold(0.01));
        assert!(stream.push(Converted::Control).abs() < 1e-15);
        stream.begin_stage(0.5);
        for _ in 0..14 {
            stream.push(Converted::Control);
        }
        let crossing = stream.first_crossing();
        assert!(crossing.is_some_and(|at| at <= 13));
        for _ in 0..100 {
            stream.push(Converted::Treatment);
        }
        assert_eq!(stream.first_crossing(), crossing);
        assert!(stream.log_e() < stream.max_log_e());
    }
}
