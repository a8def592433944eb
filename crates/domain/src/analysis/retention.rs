//! Who comes back: the share of a cohort's units with an outcome in each week after the first
//! exposure.

use super::measure::Measure;
use crate::columns::{CodeMap, Dictionary, UnitRows};
use crate::event::EventKind;
use crate::limits::{RETENTION_COHORTS_MAX, RETENTION_WEEKS_MAX};

const WEEK_US: i64 = 7 * 86_400 * 1_000_000;

/// What is asked.
#[derive(Debug, Clone)]
pub struct RetentionQuestion {
    /// What counts as coming back.
    pub measure: Measure,
    /// Weeks that are looked at.
    pub weeks: usize,
    /// Until when events are complete; a week that is not over for a unit does not count for it.
    pub now: i64,
    /// Only first exposures from here on.
    pub from: i64,
    /// The attribute that makes cohorts, by its name; `None` for the channel.
    pub attribute: Option<String>,
}

/// Counts of one cohort: per week, the units that are old enough, and those with an outcome.
type Weeks = Vec<(u64, u64)>;

/// Counts by cohort.
#[derive(Debug, Clone)]
pub struct RetentionFold {
    question: RetentionQuestion,
    cohorts: CodeMap<u32, Weeks>,
}

/// One curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionCurve {
    /// The cohort.
    pub label: String,
    /// Per week, the units that are old enough, and those with an outcome in it.
    pub weeks: Weeks,
}

impl RetentionFold {
    /// Nothing counted yet.
    pub fn new(mut question: RetentionQuestion) -> Self {
        question.weeks = question.weeks.clamp(1, RETENTION_WEEKS_MAX);
        Self {
            question,
            cohorts: CodeMap::default(),
        }
    }

    /// Counts a unit with all its exposures and the outcomes of the KPI.
    pub fn unit(&mut self, rows: UnitRows<'_>) {
        let exposure = |row: &crate::columns::Row| row.kind == EventKind::Exposure;
        let Some(place) = rows.rows.iter().position(exposure) else {
            return;
        };
        let first = rows.rows[place];
        if first.time < self.question.from {
            return;
        }
        let level = match self.question.attribute {
            Some(_) => rows.attribute(place, 0),
            None => first.channel,
        };
        let count = self.question.weeks;
        let mut came = [false; RETENTION_WEEKS_MAX];
        let begin = rows.rows.partition_point(|row| row.time < first.time);
        for row in &rows.rows[begin..] {
            let week = usize::try_from((row.time - first.time) / WEEK_US).unwrap_or(usize::MAX);
            if week < count && row.value > 0 && self.question.measure.counts(row, 0) {
                came[week] = true;
            }
        }
        let weeks = self
            .cohorts
            .entry(level)
            .or_insert_with(|| vec![(0, 0); count]);
        for (week, came) in (1..).zip(&came[..count]) {
            let ends = first.time.saturating_add(week * WEEK_US);
            if ends > self.question.now {
                break;
            }
            let (old_enough, back) = &mut weeks[usize::try_from(week - 1).unwrap_or(0)];
            *old_enough += 1;
            *back += u64::from(*came);
        }
    }

    /// Takes in what was counted of other units.
    pub fn absorb(&mut self, other: Self) {
        for (level, theirs) in other.cohorts {
            let count = self.question.weeks;
            let ours = self
                .cohorts
                .entry(level)
                .or_insert_with(|| vec![(0, 0); count]);
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                ours.0 += theirs.0;
                ours.1 += theirs.1;
            }
        }
    }

    /// The curves of the largest cohorts; all others are one.
    pub fn curves(self, names: &Dictionary) -> Vec<RetentionCurve> {
        let attribute = self.question.attribute.as_deref();
        let values = attribute.map(|key| names.attribute(key).and_then(|key| names.values(key)));
        let label = |code: u32| {
            let text = match values {
                None => names.channels.text(code),
                Some(Some(values)) => values.text(code),
                Some(None) => Some(""),
            };
            match text {
                Some("") => "(not recorded)".to_owned(),
                Some(text) => text.to_owned(),
                None => "other".to_owned(),
            }
        };
        let mut curves: Vec<RetentionCurve> = self
            .cohorts
            .into_iter()
            .map(|(code, weeks)| RetentionCurve {
                label: label(code),
                weeks,
            })
            .collect();
        let size = |curve: &RetentionCurve| curve.weeks.first().map_or(0, |week| week.0);
        curves.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.label.cmp(&b.label)));
        if curves.len() > RETENTION_COHORTS_MAX {
            let rest = curves.split_off(RETENTION_COHORTS_MAX - 1);
            let mut together = RetentionCurve {
                label: "other".into(),
                weeks: vec![(0, 0); self.question.weeks],
            };
            for (into, from) in rest.iter().flat_map(|curve| (0..).zip(&curve.weeks)) {
                let week: &mut (u64, u64) = &mut together.weeks[into];
                week.0 += from.0;
                week.1 += from.1;
            }
            curves.push(together);
        }
        curves
    }
}
