//! A KPI over time: by day or hour of the exposure.
//!
//! An exposure opens an episode of the KPI's window; outcomes in it count for the moment it began,
//! and further exposures in it count for nothing. So no outcome counts twice, however often a unit
//! comes back, and a unit's first episode is what the statistics of a rollout count.

use std::collections::BTreeMap;
use std::ops::Range;

use variorum_stats::moments::Arm;

use super::measure::Measure;
use crate::columns::{CodeMap, OTHER, Row, UnitRows};
use crate::event::EventKind;
use crate::limits::{SERIES_LANES_COUNTED_MAX, SERIES_LANES_MAX};

/// How long a point of a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
}

impl Grain {
    /// When the point begins in which a moment lies.
    pub fn floor(self, moment: i64) -> i64 {
        moment.div_euclid(self.us()).saturating_mul(self.us())
    }

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

/// What is asked. Whoever asks keeps the time from the first point to the newest event short enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesQuestion {
    /// What is measured.
    pub measure: Measure,
    /// The prompt whose exposures count, by its code; `None` for all.
    pub prompt: Option<u32>,
    /// Points that begin before this are left out.
    pub from: i64,
    /// The length of a point.
    pub grain: Grain,
    /// What makes lines.
    pub lanes: LaneOf,
}

/// Sums by line and point. They are a function of the set of events: what was counted of a unit can
/// be taken away again when more of it becomes known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesFold {
    question: SeriesQuestion,
    points: CodeMap<(Lane, i64), Arm>,
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
            points: CodeMap::default(),
        }
    }

    /// Counts a unit with all its exposures and the outcomes of the KPI, in order of time.
    pub fn unit(&mut self, rows: UnitRows<'_>) {
        let question = &self.question;
        let window = question.measure.window_us();
        let mut open_until = i64::MIN;
        for (place, row) in rows.rows.iter().enumerate() {
            let counts = row.kind == EventKind::Exposure
                && row.time > open_until
                && question.prompt.is_none_or(|prompt| prompt == row.prompt);
            if !counts {
                continue;
            }
            open_until = row.time.saturating_add(window);
            let at = question.grain.floor(row.time);
            if at < question.from {
                continue;
            }
            let lane = match &question.lanes {
                LaneOf::All => 0,
                LaneOf::Channel => counted(row.channel),
                LaneOf::Attribute => counted(rows.attribute(place, 0)),
                LaneOf::Version(versions) => versions.of(row),
            };
            let total = question.measure.total_at(rows.rows, place, 0);
            self.points.entry((lane, at)).or_default().add_unit(total);
        }
    }

    /// Takes in what was counted of other units.
    pub fn absorb(&mut self, other: Self) {
        for (key, theirs) in other.points {
            self.points.entry(key).or_default().merge(&theirs);
        }
    }

    /// Takes out what was counted of units before more of them became known.
    pub fn take_away(&mut self, other: &Self) {
        for (key, theirs) in &other.points {
            if let Some(arm) = self.points.get_mut(key) {
                arm.take_away(theirs);
                if arm.n == 0 {
                    self.points.remove(key);
                }
            }
        }
    }

    /// The lines from one moment until another, with what is complete at a moment marked. Of more
    /// lines than a chart takes the largest stay, the rest is one line.
    pub fn lines(&self, now: i64, within: &Range<i64>) -> Vec<DaySeries> {
        let ends = self.question.grain.us() + self.question.measure.window_us();
        let lane_of = self.lanes_shown(within);
        let mut points: BTreeMap<(Lane, i64), Arm> = BTreeMap::new();
        for ((lane, at), arm) in &self.points {
            if within.contains(at) {
                let lane = lane_of.get(lane).copied().unwrap_or(*lane);
                points.entry((lane, *at)).or_default().merge(arm);
            }
        }
        let mut lines: Vec<DaySeries> = Vec::new();
        for ((lane, at), arm) in points {
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

    /// The lines that are shown as another one.
    fn lanes_shown(&self, within: &Range<i64>) -> BTreeMap<Lane, Lane> {
        let mut units: BTreeMap<Lane, u64> = BTreeMap::new();
        for ((lane, at), arm) in &self.points {
            if within.contains(at) {
                *units.entry(*lane).or_default() += arm.n;
            }
        }
        if units.len() <= SERIES_LANES_MAX {
            return BTreeMap::new();
        }
        let rest = match self.question.lanes {
            LaneOf::Version(_) => 0,
            _ => OTHER,
        };
        units.remove(&rest);
        let mut by_size: Vec<(Lane, u64)> = units.into_iter().collect();
        by_size.sort_by_key(|(lane, units)| (std::cmp::Reverse(*units), *lane));
        let small = by_size.into_iter().skip(SERIES_LANES_MAX - 1);
        small.map(|(lane, _)| (lane, rest)).collect()
    }
}

/// The line of a code; of names that came late none is counted by itself.
fn counted(code: u32) -> Lane {
    let is_late = usize::try_from(code).is_ok_and(|code| code >= SERIES_LANES_COUNTED_MAX);
    if is_late { OTHER } else { code }
}
