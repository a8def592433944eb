//! A curve over time with a bounded number of points: when it is full, every second point goes.

use serde::{Deserialize, Serialize};

use super::reading::Difference;
use crate::id::Time;
use crate::limits::SERIES_POINTS_MAX;

/// Exposed units between two points at the beginning.
const FIRST_STEP_UNITS: u64 = 25;

/// The difference of a treatment to the control when so many units had been exposed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Exposed units, all arms.
    pub units: u64,
    /// The time of the event.
    pub at: Time,
    /// Treatment minus control.
    pub difference: f64,
    /// The lower end of the always-valid interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The curve of one KPI and treatment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    step: u64,
    next: u64,
    /// The points, oldest first.
    pub points: Vec<Point>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            step: FIRST_STEP_UNITS,
            next: FIRST_STEP_UNITS,
            points: Vec::new(),
        }
    }
}

impl Series {
    /// Whether a point is due at this number of units.
    pub(super) fn is_due(&self, units: u64) -> bool {
        units >= self.next
    }

    pub(super) fn add(&mut self, units: u64, at: Time, difference: Option<Difference>) {
        self.next = units + self.step;
        let Some(difference) = difference else {
            return;
        };
        self.points.push(Point {
            units,
            at,
            difference: difference.estimate,
            low: difference.low,
            high: difference.high,
        });
        if self.points.len() >= SERIES_POINTS_MAX {
            let mut index = 0;
            self.points.retain(|_| {
                index += 1;
                index % 2 == 0
            });
            self.step *= 2;
        }
    }
}
