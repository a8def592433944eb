//! What counts for a unit.

use variorum_stats::interval::Interval;
use variorum_stats::moments::Arm;
use variorum_stats::proportion::{Counts, wilson};

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
    cap: i64,
}

impl Measure {
    /// A KPI in a workspace's codes.
    pub fn new(kpi: &Kpi, names: &Names) -> Self {
        Self {
            kpi: names.find(&kpi.id),
            window_us: kpi.window_seconds.saturating_mul(1_000_000),
            is_conversion: kpi.kind == KpiKind::Conversion,
            cap: i64::MAX,
        }
    }

    /// The same, with totals of single units cut at an amount where one is given.
    #[must_use]
    pub fn capped(mut self, cap: Option<i64>) -> Self {
        self.cap = cap.unwrap_or(i64::MAX);
        self
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
        let begin = rows.partition_point(|row| row.time < from);
        self.total_since(rows, begin, from, rollout)
    }

    /// The same for an exposure that is one of the rows, by its place.
    pub fn total_at(&self, rows: &[Row], place: usize, rollout: i64) -> i64 {
        let from = rows.get(place).map_or(i64::MAX, |row| row.time);
        let before = rows.iter().take(place).rev();
        let same = before.take_while(|row| row.time == from).count();
        self.total_since(rows, place - same, from, rollout)
    }

    fn total_since(&self, rows: &[Row], begin: usize, from: i64, rollout: i64) -> i64 {
        let until = from.saturating_add(self.window_us);
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
            sum.min(self.cap)
        }
    }
}

/// The chance that the band of one point misses the truth.
const BAND_ALPHA: f64 = 0.05;
/// How many standard errors a band of that chance reaches.
const BAND_REACH: f64 = 1.959_963_984_540_054;

/// The band around the mean of one point: Wilson's for conversions, the plain one for amounts. It
/// holds for a point that is looked at by itself, not for the highest of many.
pub fn band(arm: &Arm, is_conversion: bool) -> Option<Interval> {
    if is_conversion {
        let counts = Counts {
            n: arm.n,
            converted: u64::try_from(arm.sum).ok()?,
        };
        return wilson(counts, BAND_ALPHA);
    }
    let sample = arm.sample()?;
    let reach = BAND_REACH * sample.variance_of_mean().sqrt();
    Some(Interval::around(sample.mean(), reach))
}
