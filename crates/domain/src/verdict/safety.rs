//! Whether what guards watch is shown to be unharmed: by each guard's own kind of limit, and in each
//! cohort that a guard tells apart. A quiet guard shows nothing; only a bound does.

use serde::{Deserialize, Serialize};
use variorum_stats::level;
use variorum_stats::moments::Arm;
use variorum_stats::sequential::Mixture;

use super::pair::{self, Pair};
use super::{
    CLAIM_ALPHA, Claim, SAFE_MARGIN, TreatmentVerdict, UNITS_PER_ARM_MIN, kpi_reading, time_left,
    windows,
};
use crate::fold::{ArmReading, Reading, planned_units, share_of_pair};
use crate::id::Time;
use crate::kpi::{Direction, Kpi, KpiKind};
use crate::rollout::{ALL_BP, Guard, Harm, Limit, Rollout};

/// What a guarded KPI must be shown to stay within.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    /// A loss that is a share of the control's mean.
    #[default]
    Share,
    /// A loss in the KPI's unit.
    Difference,
    /// The treatment's own level.
    Level,
}

impl Within {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Difference => "difference",
            Self::Level => "level",
        }
    }
}

/// Who says what a guarded KPI must stay within.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarginFrom {
    /// The rollout, at its start.
    Rollout,
    /// The KPI's definition.
    Definition,
    /// What the guard tolerates.
    #[default]
    Guard,
    /// Nobody; [`SAFE_MARGIN`] is used.
    Usual,
}

impl MarginFrom {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::Definition => "definition",
            Self::Guard => "guard",
            Self::Usual => "usual",
        }
    }
}

/// Whether a guarded KPI is shown to be unharmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Safety {
    /// Its KPI.
    pub kpi: String,
    /// In whom, as `facet=value`; in everybody where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// What kind of limit it must stay within.
    #[serde(default)]
    pub within: Within,
    /// The limit: a share, an amount or a rate in the KPI's smallest unit.
    pub margin: f64,
    /// Who says so.
    #[serde(default)]
    pub from: MarginFrom,
    /// The largest loss that is still possible, or the highest level; missing while nothing can be
    /// said.
    pub loss_at_most: Option<f64>,
    /// Shown to stay within the limit.
    pub is_shown: bool,
    /// A cohort with too few people to show anything of. It is told, and nothing waits for it.
    #[serde(default)]
    pub is_small: bool,
}

impl Safety {
    /// Whether it keeps a version from being called safe.
    pub fn is_open(&self) -> bool {
        !(self.is_shown || self.is_small)
    }
}

/// One treatment of a rollout at a moment.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) rollout: &'a Rollout,
    pub(super) reading: &'a Reading,
    pub(super) goal: &'a Kpi,
    pub(super) arm: u8,
    pub(super) now: Time,
}

/// What is to be shown of one guard: of whom, by which arms, planned for how many units.
struct Question<'a> {
    guard: &'a Guard,
    kpi: &'a Kpi,
    cohort: Option<String>,
    /// The control and the treatment, where anything was measured.
    arms: Option<(&'a ArmReading, &'a ArmReading)>,
    planned: f64,
}

/// Everything that must be shown before a version is called safe. These questions are not corrected
/// for their number: all of them must be answered with yes.
///
/// That the goal is not worse follows from its own claim, so a guard on it asks only about what the
/// claim does not: a level, and cohorts. Where the rollout says how much worse the goal may be, that
/// is shown as well, before everything else.
pub(super) fn all(asked: Asked<'_>, claim: Claim) -> Vec<Safety> {
    let guards = &asked.rollout.plan.guards;
    let mut found: Vec<Safety> = asked.of_goal(claim).into_iter().collect();
    for guard in guards {
        let kpi = asked.rollout.kpis.iter().find(|kpi| kpi.id == guard.kpi);
        let Some(kpi) = kpi else { continue };
        let is_level = matches!(guard.more.limit, Some(Limit::Level(_)));
        let asks_of_all = is_level || kpi.id != asked.goal.id;
        let whole = asks_of_all.then(|| asked.of_everybody(guard, kpi));
        let questions = whole.into_iter().chain(asked.of_cohorts(guard, kpi));
        for question in questions {
            let answer = asked.answer(&question);
            if !found.contains(&answer) {
                found.push(answer);
            }
        }
    }
    found
}

/// Whether the goal itself is shown to be no worse than the rollout says, where it says so.
pub(super) fn of_goal<'t>(goal: &str, treatment: &'t TreatmentVerdict) -> Option<&'t Safety> {
    let mut known = treatment.safety.iter();
    known.find(|one| one.from == MarginFrom::Rollout && one.kpi == goal && one.cohort.is_none())
}

impl<'a> Asked<'a> {
    /// Each of several treatments has its part of the chance to be wrong, since one of them is enough
    /// for a claim.
    fn of_goal(self, claim: Claim) -> Option<Safety> {
        let margin = *self.rollout.plan.not_worse_by.get(&self.goal.id)?;
        let harm = match self.goal.direction {
            Direction::Up => Harm::Decrease,
            Direction::Down => Harm::Increase,
        };
        #[expect(clippy::cast_precision_loss, reason = "at most 9 treatments")]
        let treatments = self.rollout.plan.treatments().max(1) as f64;
        let found = kpi_reading(self.reading, &self.goal.id);
        let loss_at_most = match found.and_then(|found| found.pairs.as_ref()) {
            Some(pairs) => windows::loss_at_most(pairs, harm, Within::Share),
            None => found
                .and_then(|found| Pair::of(self.rollout, found, self.arm))
                .and_then(|pair| pair.loss_at_most(harm, CLAIM_ALPHA / treatments)),
        };
        Some(Safety {
            kpi: self.goal.id.clone(),
            cohort: None,
            within: Within::Share,
            margin,
            from: MarginFrom::Rollout,
            loss_at_most,
            is_shown: claim == Claim::Better || loss_at_most.is_some_and(|loss| loss <= margin),
            is_small: false,
        })
    }

    fn of_everybody(self, guard: &'a Guard, kpi: &'a Kpi) -> Question<'a> {
        let found = kpi_reading(self.reading, &kpi.id);
        Question {
            guard,
            kpi,
            cohort: None,
            arms: found.and_then(|found| Some((&found.control, found.arm(self.arm)?))),
            planned: planned_units(&self.rollout.plan, usize::from(self.arm)),
        }
    }

    fn of_cohorts(self, guard: &'a Guard, kpi: &'a Kpi) -> Vec<Question<'a>> {
        let Some(cohorts) = &guard.more.cohorts else {
            return Vec::new();
        };
        #[expect(clippy::cast_precision_loss, reason = "at most 20 cohorts")]
        let levels = cohorts.levels.len().max(1) as f64;
        let planned = planned_units(&self.rollout.plan, usize::from(self.arm)) / levels;
        let question = |level: &String| {
            let cohort = format!("{}={level}", cohorts.facet);
            let mut known = self.reading.cohorts.iter();
            let known = known.find(|one| one.kpi == kpi.id && one.cohort == cohort);
            let arms = known.and_then(|one| {
                let treatment = one.arms.get(usize::from(self.arm))?;
                Some((one.arms.first()?, treatment))
            });
            Question {
                guard,
                kpi,
                cohort: Some(cohort),
                arms,
                planned: planned.max(100.0),
            }
        };
        cohorts.levels.iter().map(question).collect()
    }

    fn answer(self, question: &Question<'_>) -> Safety {
        let (within, margin, from) = self.margin(question.guard, question.kpi);
        let is_small = question.cohort.is_some() && question.is_small();
        let pairs =
            kpi_reading(self.reading, &question.kpi.id).and_then(|found| found.pairs.as_ref());
        let loss_at_most =
            match within {
                _ if pairs.is_some() => pairs
                    .and_then(|pairs| windows::loss_at_most(pairs, question.guard.harm, within)),
                Within::Level => self.level_at_most(question),
                Within::Share => Self::pair(question)
                    .and_then(|pair| pair.loss_at_most(question.guard.harm, CLAIM_ALPHA)),
                Within::Difference => Self::pair(question)
                    .and_then(|pair| pair.difference_at_most(question.guard.harm)),
            };
        Safety {
            kpi: question.kpi.id.clone(),
            cohort: question.cohort.clone(),
            within,
            margin,
            from,
            loss_at_most,
            is_shown: loss_at_most.is_some_and(|loss| loss <= margin),
            is_small,
        }
    }

    /// How much worse a guarded KPI may be: a level as its guard says; else as the rollout says, as
    /// the KPI's definition says, as the guard tolerates, or [`SAFE_MARGIN`].
    fn margin(self, guard: &Guard, kpi: &Kpi) -> (Within, f64, MarginFrom) {
        if let Some(Limit::Level(level)) = guard.more.limit {
            return (Within::Level, level, MarginFrom::Guard);
        }
        if let Some(share) = self.rollout.plan.not_worse_by.get(&kpi.id) {
            return (Within::Share, *share, MarginFrom::Rollout);
        }
        if kpi.more.not_worse_by_bp > 0 {
            let share = f64::from(kpi.more.not_worse_by_bp) / f64::from(ALL_BP);
            return (Within::Share, share, MarginFrom::Definition);
        }
        match guard.more.limit {
            Some(Limit::Difference(most)) if most > 0.0 => {
                (Within::Difference, most, MarginFrom::Guard)
            }
            _ if guard.margin > 0.0 => (Within::Share, guard.margin, MarginFrom::Guard),
            _ => (Within::Share, SAFE_MARGIN, MarginFrom::Usual),
        }
    }

    fn pair(question: &Question<'_>) -> Option<Pair> {
        Pair::of_arms(question.kpi, question.arms?, question.planned)
    }

    /// The highest level that the treatment may have.
    ///
    /// What people do whose time is not over yet counts, and they themselves do not, as many of them
    /// as the pace so far says: so the level is rather taken too high than too low.
    fn level_at_most(self, question: &Question<'_>) -> Option<f64> {
        let (control, arm) = question.arms?;
        let nothing_seen = [control, arm].iter().all(|arm| arm.sum == "0");
        if nothing_seen || question.is_small_alone() {
            return None;
        }
        let kpi = question.kpi;
        let sample = if kpi.parts().is_empty() {
            let over = time_left::over(self.rollout, kpi.window_seconds, self.now);
            let n = part(arm.units, over);
            let (sum, sum_sq) = (arm.sum.parse().ok()?, arm.sum_of_squares.parse().ok()?);
            if kpi.kind == KpiKind::Conversion {
                let converted = u64::try_from(sum).ok()?;
                return level::share_at_most(n, converted, CLAIM_ALPHA);
            }
            let n = if sum < 0 { arm.units } else { n };
            Arm { n, sum, sum_sq }.sample()?
        } else {
            pair::sample(arm)?
        };
        let share = share_of_pair(&self.rollout.plan, usize::from(self.arm));
        let mixture = Mixture::one_sided(CLAIM_ALPHA, (question.planned * share).max(100.0))?;
        level::mean_at_most(&sample, &mixture, CLAIM_ALPHA)
    }
}

impl Question<'_> {
    fn units_min(&self) -> u64 {
        UNITS_PER_ARM_MIN.max(self.kpi.more.min_units)
    }

    fn is_small(&self) -> bool {
        let units = self.arms.map(|(control, arm)| control.units.min(arm.units));
        units.is_none_or(|units| units < self.units_min())
    }

    /// The same where the control does not matter.
    fn is_small_alone(&self) -> bool {
        let units = self.arms.map(|(_, arm)| arm.units);
        units.is_none_or(|units| units < self.units_min())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a part of a count"
)]
fn part(units: u64, share: f64) -> u64 {
    (units as f64 * share.clamp(0.0, 1.0)).floor() as u64
}
