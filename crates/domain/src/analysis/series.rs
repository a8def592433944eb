//! A KPI over time: by day or hour of the exposure.
//!
//! An exposure opens an episode of the KPI's window; outcomes in it count for the moment it began,
//! and further exposures in it count for nothing. So no outcome counts twice, however often a unit
//! comes back, and a unit's first episode is what the statistics of a rollout count.

use std::collections::BTreeMap;

use variorum_stats::moments::Arm;

use super::measure::Measure;
use crate::columns::{Row, UnitRows};
use crate::event::EventKind;
use crate::limits::{SERIES_LANES_MAX, SERIES_SPAN_POINTS_MAX};

/// How long a point of a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
}

impl Grain {
    /// Its length in microseconds.
    pub fn us(self) -> i64 {
        match self {
            Self::Hour => 3_600 * 1_000_000,
            Self::Day => 86_400 * 1_000_000,
        }
    }
}

/// One line of a chart: a code of the facet that makes lines, or the place of a version.
pub type Lane = u32;

/// What makes lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneOf {
    /// All in one.
    All,
    /// The channel of the exposure.
    Channel,
    /// The attribute of the exposure that is read first.
    Attribute,
    /// The version that was shown.
    Version(Versions),
}

/// Which version an exposure showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// In rollouts: rollout and arm, and the version.
    pub arms: Vec<(i64, u8, Lane)>,
    /// Outside of them: from when on which version was live, in order of time.
    pub live: Vec<(i64, Lane)>,
}

impl Versions {
    /// The version an exposure showed; 0 where nobody knows.
    pub fn of(&self, row: &Row) -> Lane {
        if row.rollout > 0 {
            let found = self
                .arms
                .iter()
                .find(|(rollout, arm, _)| (*rollout, *arm) == (row.rollout, row.arm));
            return found.map_or(0, |(_, _, lane)| *lane);
        }
        let after = self.live.partition_point(|(from, _)| *from <= row.time);
        after.checked_sub(1).map_or(0, |place| self.live[place].1)
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct SeriesQuestion {
    /// What is measured.
    pub measure: Measure,
    /// The prompt whose exposures count, by its code; `None` for all.
    pub prompt: Option<u32>,
    /// The first moment.
    pub from: i64,
    /// The moment after the last one.
    pub until: i64,
    /// The length of a point.
    pub grain: Grain,
    /// What makes lines.
    pub lanes: LaneOf,
}

/// Sums by line and point.
#[derive(Debug, Clone)]
pub struct SeriesFold {
    question: SeriesQuestion,
    points: BTreeMap<(Lane, i64), Arm>,
    lanes: Vec<Lane>,
}

/// One point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesPoint {
    /// When it begins.
    pub at: i64,
    /// Its sums.
    pub arm: Arm,
    /// All its windows are over; before that it can only grow.
    pub is_complete: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySeries {
    /// Which.
    pub lane: Lane,
    /// Its points with units, in order.
    pub points: Vec<SeriesPoint>,
}

impl SeriesFold {
    /// Nothing counted yet.
    pub fn new(question: SeriesQuestion) -> Self {
        Self {
            question,
            points: BTreeMap::new(),
            lanes: Vec::new(),
        }
    }

    /// Counts a unit with all its exposures and the outcomes of the KPI, in order of time.
    pub fn unit(&mut self, rows: UnitRows<'_>) {
        let window = self.question.measure.window_us();
        let mut open_until = i64::MIN;
        for (place, row) in rows.rows.iter().enumerate() {
            let counts = row.kind == EventKind::Exposure
                && row.time > open_until
                && self
                    .question
                    .prompt
                    .is_none_or(|prompt| prompt == row.prompt);
            if !counts {
                continue;
            }
            open_until = row.time.saturating_add(window);
            if row.time < self.question.from || row.time >= self.question.until {
                continue;
            }
            let lane = match &self.question.lanes {
                LaneOf::All => 0,
                LaneOf::Channel => row.channel,
                LaneOf::Attribute => rows.attribute(place, 0),
                LaneOf::Version(versions) => versions.of(row),
            };
            let grain = self.question.grain.us();
            let at = row.time.div_euclid(grain) * grain;
            let total = self.question.measure.total(rows.rows, row.time, 0);
            if let Some(arm) = self.point(lane, at) {
                arm.add_unit(total);
            }
        }
    }

    fn point(&mut self, lane: Lane, at: i64) -> Option<&mut Arm> {
        if !self.lanes.contains(&lane) {
            if self.lanes.len() >= SERIES_LANES_MAX {
                return None;
            }
            self.lanes.push(lane);
        }
        if self.points.len() >= SERIES_LANES_MAX * SERIES_SPAN_POINTS_MAX {
            return None;
        }
        Some(self.points.entry((lane, at)).or_default())
    }

    /// Takes in what was counted of other units.
    pub fn absorb(&mut self, other: Self) {
        for ((lane, at), theirs) in other.points {
            if let Some(arm) = self.point(lane, at) {
                arm.merge(&theirs);
            }
        }
    }

    /// The lines, with what is complete at a moment marked.
    pub fn lines(self, now: i64) -> Vec<DaySeries> {
        let ends = self.question.grain.us() + self.question.measure.window_us();
        let mut lines: Vec<DaySeries> = Vec::new();
        for ((lane, at), arm) in self.points {
            let point = SeriesPoint {
                at,
                arm,
                is_complete: at.saturating_add(ends) <= now,
            };
            match lines.last_mut() {
                Some(line) if line.lane == lane => line.points.push(point),
                _ => lines.push(DaySeries {
                    lane,
                    points: vec![point],
                }),
            }
        }
        lines
    }
}
