//! The sums of each arm in each cohort.

use variorum_stats::cohort::COHORTS_MAX;
use variorum_stats::moments::Arm;

use super::measure::Measure;
use crate::columns::{CodeMap, Dictionary, OTHER, Row, UnitRows};
use crate::event::EventKind;
use crate::limits::{COHORT_FACETS_MAX, COHORT_LEVELS_KEPT_MAX};

/// By what units are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facet {
    /// The channel of the exposure.
    Channel,
    /// Whether the unit was known before the rollout.
    Returning,
    /// An attribute of the exposure, by its place among those that are read.
    Attribute(usize, String),
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct CohortQuestion {
    /// The rollout whose exposures count.
    pub rollout: i64,
    /// When it began; a unit with an event before is a returning one.
    pub began: i64,
    /// How many arms it has, control first.
    pub arms: usize,
    /// What is measured.
    pub measure: Measure,
    /// By what units are told apart, at most [`COHORT_FACETS_MAX`].
    pub by: Vec<Facet>,
}

type Levels = [u32; COHORT_FACETS_MAX];

/// Sums by cohort, as they are counted.
#[derive(Debug, Clone)]
pub struct CohortFold {
    question: CohortQuestion,
    levels: CodeMap<Levels, Vec<Arm>>,
}

/// The code of a unit known before.
const RETURNING: u32 = 2;
/// The code of a unit that was not.
const NEW: u32 = 3;

impl CohortFold {
    /// Nothing counted yet.
    pub fn new(question: CohortQuestion) -> Self {
        Self {
            question,
            levels: CodeMap::default(),
        }
    }

    /// Counts a unit with all its exposures and the outcomes of the KPI, in order of time.
    pub fn unit(&mut self, rows: UnitRows<'_>) {
        let question = &self.question;
        let Some((place, first)) = earliest(rows.rows, question.rollout) else {
            return;
        };
        if usize::from(first.arm) >= question.arms {
            return;
        }
        let mut levels = Levels::default();
        for (level, facet) in levels.iter_mut().zip(&question.by) {
            *level = match facet {
                Facet::Channel => first.channel,
                Facet::Returning if rows.rows[0].time < question.began => RETURNING,
                Facet::Returning => NEW,
                Facet::Attribute(key, _) => rows.attribute(place, *key),
            };
        }
        let total = question
            .measure
            .total(rows.rows, first.time, question.rollout);
        self.arms(levels)[usize::from(first.arm)].add_unit(total);
    }

    /// Takes in what was counted of other units.
    pub fn absorb(&mut self, other: Self) {
        for (levels, arms) in other.levels {
            for (into, arm) in self.arms(levels).iter_mut().zip(&arms) {
                into.merge(arm);
            }
        }
    }

    fn arms(&mut self, levels: Levels) -> &mut Vec<Arm> {
        let is_full = self.levels.len() >= COHORT_LEVELS_KEPT_MAX;
        let levels = if is_full && !self.levels.contains_key(&levels) {
            [OTHER; COHORT_FACETS_MAX]
        } else {
            levels
        };
        let arms = self.question.arms;
        self.levels
            .entry(levels)
            .or_insert_with(|| vec![Arm::default(); arms])
    }

    /// The cohorts by size, the largest first; beyond the limit they are poured together.
    pub fn table(self, names: &Dictionary) -> CohortTable {
        let mut found: Vec<(Vec<String>, Levels, Vec<Arm>)> = self
            .levels
            .into_iter()
            .map(|(levels, arms)| (labels(&self.question.by, &levels, names), levels, arms))
            .collect();
        found.sort_by(|(a_labels, _, a), (b_labels, _, b)| {
            units(b).cmp(&units(a)).then_with(|| a_labels.cmp(b_labels))
        });
        let mut total = vec![Arm::default(); self.question.arms];
        for (_, _, arms) in &found {
            add(&mut total, arms);
        }
        let is_named = |levels: &Levels| !levels.contains(&OTHER);
        let mut kept = Vec::new();
        let mut rest = vec![Arm::default(); self.question.arms];
        let mut poured = 0;
        let fits =
            found.len() <= COHORTS_MAX && found.iter().all(|(_, levels, _)| is_named(levels));
        for (labels, levels, arms) in found {
            if is_named(&levels) && (fits || kept.len() + 1 < COHORTS_MAX) {
                kept.push(Cohort {
                    labels,
                    arms,
                    is_rest: false,
                });
            } else {
                add(&mut rest, &arms);
                poured += 1;
            }
        }
        if poured > 0 {
            kept.push(Cohort {
                labels: vec!["other".into()],
                arms: rest,
                is_rest: true,
            });
        }
        CohortTable {
            cohorts: kept,
            poured,
            total,
        }
    }
}

/// The exposure that decides to which arm of a rollout a unit belongs.
fn earliest(rows: &[Row], rollout: i64) -> Option<(usize, &Row)> {
    let mut exposures = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.kind == EventKind::Exposure && row.rollout == rollout);
    let first = exposures.next()?;
    let together = exposures.take_while(|(_, row)| row.time == first.1.time);
    Some(together.fold(
        first,
        |best, next| {
            if next.1.arm < best.1.arm { next } else { best }
        },
    ))
}

fn labels(by: &[Facet], levels: &Levels, names: &Dictionary) -> Vec<String> {
    let of = |(facet, code): (&Facet, &u32)| {
        let text = match facet {
            Facet::Channel => names.channels.text(*code),
            Facet::Returning => Some(if *code == RETURNING {
                "returning"
            } else {
                "new"
            }),
            Facet::Attribute(_, key) => {
                let values = names.attribute(key).and_then(|place| names.values(place));
                values.map_or(Some(""), |values| values.text(*code))
            }
        };
        match text {
            Some("") => "(not recorded)".to_owned(),
            Some(text) => text.to_owned(),
            None => "other".to_owned(),
        }
    };
    by.iter().zip(levels).map(of).collect()
}

fn units(arms: &[Arm]) -> u64 {
    arms.iter().map(|arm| arm.n).sum()
}

fn add(into: &mut [Arm], arms: &[Arm]) {
    for (into, arm) in into.iter_mut().zip(arms) {
        into.merge(arm);
    }
}

/// One cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// Its level of each facet, in their order.
    pub labels: Vec<String>,
    /// The sums of its arms, control first.
    pub arms: Vec<Arm>,
    /// It is all that was poured together.
    pub is_rest: bool,
}

/// All cohorts of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortTable {
    /// The cohorts by size; what was poured together comes last.
    pub cohorts: Vec<Cohort>,
    /// How many levels were poured together.
    pub poured: usize,
    /// All units together.
    pub total: Vec<Arm>,
}
