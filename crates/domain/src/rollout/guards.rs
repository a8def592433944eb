//! Guards as they are planned: a KPI, which movement of it is harm, how much of it is tolerated, in
//! whom, and what happens beyond that.

use serde::{Deserialize, Serialize};

use super::RolloutError;
use crate::library::{Kpi, KpiKind};
use crate::limits::{COHORT_LEVELS_PER_GUARD_MAX, UNIT_BYTES_MAX};

/// Which movement of a KPI does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harm {
    /// Less than before is harm, as with orders.
    Decrease,
    /// More than before is harm, as with unsubscribes.
    Increase,
}

/// What happens when a guard is breached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardAction {
    /// Everybody gets the old release again, at once.
    RollBack,
    /// The rollout stays where it is until a person decides.
    Pause,
    /// The rollout runs on at its stage; no further stage comes until a person lets it.
    Hold,
    /// The rollout goes on, and people are told along the ladder.
    Escalate,
}

impl GuardAction {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::RollBack, Self::Pause, Self::Hold, Self::Escalate];

    /// The name in files, in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::RollBack => "roll-back",
            Self::Pause => "pause",
            Self::Hold => "hold",
            Self::Escalate => "escalate",
        }
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether it keeps the rollout from going on.
    pub fn stops(self) -> bool {
        self != Self::Escalate
    }
}

/// A limit that is no share of the control's mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The treatment's own mean shall never lie above this: a rate between 0 and 1, or an amount in
    /// the KPI's smallest unit.
    Level(f64),
    /// The treatment may be worse than the control by so much: 0.001 is a tenth of a percentage
    /// point, or an amount in the KPI's smallest unit.
    Difference(f64),
}

/// People who are told apart by a facet, so that harm to some is not hidden by the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohorts {
    /// `channel`, or an attribute of the exposure such as `region`.
    pub facet: String,
    /// The values that are watched, each by itself; fixed before anybody looks.
    pub levels: Vec<String>,
}

/// The parts of a guard that are left out where they say nothing, so that guards from before there
/// were such parts stay what they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GuardMore {
    /// What is tolerated, instead of a share of the control's mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// Who is watched apart; everybody together where nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohorts: Option<Cohorts>,
}

/// A KPI limit on a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// Which KPI.
    pub kpi: String,
    /// Which movement is harm.
    pub harm: Harm,
    /// The relative loss that is tolerated, 0 for none.
    pub margin: f64,
    /// What happens on a breach.
    pub action: GuardAction,
    /// What only some guards say.
    #[serde(flatten)]
    pub more: GuardMore,
}

/// What is watched by itself: a guard, or one cohort of a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The place of the guard in the plan.
    pub guard: usize,
    /// The place of the cohort among the guard's, where it tells cohorts apart.
    pub level: Option<usize>,
}

/// Everything that is watched in each treatment, in the order in which it is read.
pub fn watched(guards: &[Guard]) -> Vec<Watched> {
    let of_guard = |(guard, planned): (usize, &Guard)| {
        let levels: Vec<Option<usize>> = match &planned.more.cohorts {
            Some(cohorts) => (0..cohorts.levels.len()).map(Some).collect(),
            None => vec![None],
        };
        levels
            .into_iter()
            .map(move |level| Watched { guard, level })
            .collect::<Vec<_>>()
    };
    guards.iter().enumerate().flat_map(of_guard).collect()
}

impl Guard {
    /// A guard that rolls back and tolerates nothing.
    pub fn of(kpi: &str, harm: Harm) -> Self {
        Self {
            kpi: kpi.to_owned(),
            harm,
            margin: 0.0,
            action: GuardAction::RollBack,
            more: GuardMore::default(),
        }
    }

    /// The value of a cohort.
    pub fn level(&self, place: Option<usize>) -> Option<&str> {
        let cohorts = self.more.cohorts.as_ref()?;
        cohorts.levels.get(place?).map(String::as_str)
    }

    /// Checks the guard against the definition of its KPI.
    pub(super) fn check(&self, kpi: &Kpi) -> Result<(), RolloutError> {
        let fail = |text: String| Err(RolloutError::Plan(text));
        if !(0.0..1.0).contains(&self.margin) {
            return fail("the margin of a guard must lie between 0 and 1".to_owned());
        }
        if self.more.limit.is_some() && self.margin > 0.0 {
            return fail(format!(
                "the guard on `{}` has a margin and a limit; give one of them",
                self.kpi
            ));
        }
        let is_rate = kpi.kind == KpiKind::Conversion;
        match self.more.limit {
            Some(Limit::Level(_)) if self.harm == Harm::Decrease => fail(format!(
                "the guard on `{}` limits a level from below; people whose time is not over look \
                 as if nothing would come of them, so guard a fall by a margin or a difference",
                self.kpi
            )),
            Some(Limit::Level(level)) if is_rate && !(level > 0.0 && level < 1.0) => fail(format!(
                "the limit of the guard on `{}` must lie above 0 % and below 100 %",
                self.kpi
            )),
            Some(Limit::Level(level)) if !(level.is_finite() && level >= 0.0) => fail(format!(
                "the limit of the guard on `{}` must be 0 or more",
                self.kpi
            )),
            Some(Limit::Difference(most)) if !(most.is_finite() && most >= 0.0) => fail(format!(
                "the difference that the guard on `{}` tolerates must be 0 or more",
                self.kpi
            )),
            Some(Limit::Difference(most)) if is_rate && most >= 1.0 => fail(format!(
                "the difference that the guard on `{}` tolerates must lie below 100 points",
                self.kpi
            )),
            _ => self.check_cohorts(),
        }
    }

    fn check_cohorts(&self) -> Result<(), RolloutError> {
        let Some(cohorts) = &self.more.cohorts else {
            return Ok(());
        };
        let fail = |text: String| Err(RolloutError::Plan(text));
        let (facet, levels) = (&cohorts.facet, &cohorts.levels);
        if facet.is_empty() || facet.len() > UNIT_BYTES_MAX {
            return fail(format!("the guard on `{}` names no facet", self.kpi));
        }
        if levels.is_empty() || levels.len() > COHORT_LEVELS_PER_GUARD_MAX {
            return fail(format!(
                "the guard on `{}` by {facet} needs 1 to {COHORT_LEVELS_PER_GUARD_MAX} values to \
                 watch; name those that matter",
                self.kpi
            ));
        }
        let mut sorted: Vec<&String> = levels.iter().collect();
        sorted.sort();
        sorted.dedup();
        let is_short = |level: &String| !level.is_empty() && level.len() <= UNIT_BYTES_MAX;
        if sorted.len() < levels.len() || !levels.iter().all(is_short) {
            return fail(format!(
                "the guard on `{}` by {facet} names a value twice, or one that is empty or too long",
                self.kpi
            ));
        }
        Ok(())
    }
}
