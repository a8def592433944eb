//! What counts for a unit.

use crate::columns::{Names, Row};
use crate::event::EventKind;
use crate::library::{Kpi, KpiKind};
use crate::limits::OUTCOMES_PER_UNIT_MAX;

/// A KPI made ready to be counted in coded rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    kpi: Option<u32>,
    window_us: i64,
    is_conversion: bool,
}

impl Measure {
    /// A KPI in a workspace's codes.
    pub fn new(kpi: &Kpi, names: &Names) -> Self {
        Self {
            kpi: names.find(&kpi.id),
            window_us: kpi.window_seconds.saturating_mul(1_000_000),
            is_conversion: kpi.kind == KpiKind::Conversion,
        }
    }

    /// How long after an exposure an outcome counts, in microseconds.
    pub fn window_us(&self) -> i64 {
        self.window_us
    }

    /// Whether a row is an outcome of the KPI that may count for a rollout (0 for any).
    pub fn counts(&self, row: &Row, rollout: i64) -> bool {
        row.kind == EventKind::Outcome
            && Some(row.kpi) == self.kpi
            && (rollout == 0 || row.rollout == 0 || row.rollout == rollout)
    }

    /// The total of a unit from an exposure on; rows are in order of time.
    pub fn total(&self, rows: &[Row], from: i64, rollout: i64) -> i64 {
        let until = from.saturating_add(self.window_us);
        let begin = rows.partition_point(|row| row.time < from);
        let counted = rows[begin..]
            .iter()
            .take_while(|row| row.time <= until)
            .filter(|row| self.counts(row, rollout));
        let sum: i64 = counted
            .take(OUTCOMES_PER_UNIT_MAX)
            .map(|row| row.value)
            .sum();
        if self.is_conversion {
            i64::from(sum > 0)
        } else {
            sum
        }
    }
}
