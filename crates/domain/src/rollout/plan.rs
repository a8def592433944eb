//! What is planned before anybody looks: arms, stages, guards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Condition, Design, Guard, LayerClaim, RolloutError, equal_shares};
use crate::id::Time;
use crate::kpi::defined;
use crate::library::{Kpi, KpiKind};
use crate::limits::{
    ARMS_PER_ROLLOUT_MAX, GUARDS_PER_ROLLOUT_MAX, PRE_PERIOD_DAYS_MAX, STAGES_PER_ROLLOUT_MAX,
};

/// Everybody, in basis points.
pub const ALL_BP: u32 = 10_000;
/// The chance of a false roll-back where none is given.
pub const ALPHA_DEFAULT: f64 = 0.01;
/// The number of units at which a decision is planned where none is given.
pub const PLANNED_UNITS_DEFAULT: u64 = 40_000;

/// One step of coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The share of all units in the rollout, in basis points; all arms together.
    pub coverage_bp: u32,
    /// It comes by itself, and not before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// It comes by itself once so many units were exposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units_min: Option<u64>,
}

/// What was planned before anybody looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The shares of the arms inside the coverage, in basis points; control first, 2 to 10 arms.
    pub weights_bp: Vec<u32>,
    /// The stages, by growing coverage.
    pub stages: Vec<Stage>,
    /// The KPI it is meant to improve.
    pub goal: Option<String>,
    /// What is expected, in words.
    pub hypothesis: String,
    /// The guards.
    pub guards: Vec<Guard>,
    /// The chance of a false roll-back over the whole rollout, all guards together.
    pub alpha: f64,
    /// The number of units at which a decision is planned; tunes the intervals.
    pub planned_units: u64,
    /// Units are assigned by somebody else, who reports the arm; `false` means by our hash.
    pub external_assignment: bool,
    /// The part of all units that no other rollout of the same layer can have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerClaim>,
    /// What must hold of a unit for it to be in the rollout.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What kind of comparison it is.
    #[serde(default, skip_serializing_if = "Design::is_split")]
    pub design: Design,
    /// What units did in so many days before their exposure takes out what of their outcomes was
    /// known before; not used where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pre_period_days: Option<u32>,
    /// How much worse a KPI may be, as a share, and a version still be called no worse: of the goal
    /// and of guarded KPIs. It goes before their definitions and before what guards tolerate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_worse_by: BTreeMap<String, f64>,
}

impl Plan {
    /// A plan of two equal arms and these stages, with nothing to watch yet.
    pub fn even(stages_bp: &[u32]) -> Self {
        Self {
            weights_bp: equal_shares(2),
            stages: stages_bp.iter().copied().map(Stage::of).collect(),
            goal: None,
            hypothesis: String::new(),
            guards: Vec::new(),
            alpha: ALPHA_DEFAULT,
            planned_units: PLANNED_UNITS_DEFAULT,
            external_assignment: false,
            layer: None,
            conditions: Vec::new(),
            design: Design::Split,
            pre_period_days: None,
            not_worse_by: BTreeMap::new(),
        }
    }

    /// How many arms get something new.
    pub fn treatments(&self) -> usize {
        self.weights_bp.len().saturating_sub(1)
    }

    /// Checks the plan against the KPIs of the library and returns the definitions it uses.
    pub fn check(&self, known: &BTreeMap<String, Kpi>) -> Result<Vec<Kpi>, RolloutError> {
        self.check_shape()?;
        for guard in &self.guards {
            guard.check(known_kpi(known, &guard.kpi)?)?;
        }
        self.check_not_worse_by(known)?;
        let mut ids: Vec<&str> = self.guards.iter().map(|guard| guard.kpi.as_str()).collect();
        let guards = ids.len();
        ids.extend(self.goal.as_deref());
        let mut found = BTreeMap::new();
        for (place, id) in ids.into_iter().enumerate() {
            let kpi = known_kpi(known, id)?;
            if kpi.kind == KpiKind::Quantile && place < guards {
                let of = kpi.parts().join("");
                let text = format!(
                    "KPI `{id}` is a quantile, which cannot be a guard: its interval holds for one \
                     look, and guards look all the time. Put the guard on `{of}`, or on a \
                     conversion that says whether a unit passed the limit"
                );
                return Err(RolloutError::Plan(text));
            }
            self.check_goal_of_windows(kpi)?;
            if kpi.kind == KpiKind::Ratio && kpi.parts().is_empty() {
                let text = format!(
                    "KPI `{id}` is a ratio of nothing yet; name its `numerator` and `denominator` \
                     in library.yaml"
                );
                return Err(RolloutError::Plan(text));
            }
            for part in kpi.parts() {
                found.insert(part.to_owned(), known_kpi(known, part)?.clone());
            }
            found.insert(id.to_owned(), kpi.clone());
        }
        Ok(found.into_values().collect())
    }

    fn check_not_worse_by(&self, known: &BTreeMap<String, Kpi>) -> Result<(), RolloutError> {
        for (id, share) in &self.not_worse_by {
            let kpi = known_kpi(known, id)?;
            let is_guarded = self.guards.iter().any(|guard| &guard.kpi == id);
            let fault = if !is_guarded && self.goal.as_ref() != Some(id) {
                "is neither the goal nor guarded, so nothing waits for it; add a guard on it"
            } else if kpi.kind == KpiKind::Quantile {
                "is a quantile, of which nothing is claimed; say how much worse a guarded KPI may be"
            } else if !(*share > 0.0 && *share < 1.0) {
                "may be worse by a share above 0 and below 1, e.g. 0.02 for 2 %"
            } else {
                continue;
            };
            return Err(RolloutError::Plan(format!("KPI `{id}` {fault}")));
        }
        Ok(())
    }

    fn check_shape(&self) -> Result<(), RolloutError> {
        let fail = |text: &str| Err(RolloutError::Plan(text.to_owned()));
        if self.stages.is_empty() || self.stages.len() > STAGES_PER_ROLLOUT_MAX {
            return fail("a rollout needs 1 to 20 stages");
        }
        if self.guards.len() > GUARDS_PER_ROLLOUT_MAX {
            return fail("a rollout has at most 12 guards");
        }
        if !(2..=ARMS_PER_ROLLOUT_MAX).contains(&self.weights_bp.len()) {
            return fail("a rollout has 2 to 10 arms, the old release among them");
        }
        let all: u64 = self.weights_bp.iter().map(|share| u64::from(*share)).sum();
        if all != u64::from(ALL_BP) || self.weights_bp.contains(&0) {
            return fail(
                "the shares of the arms must each be above 0 and add up to 10000 basis points",
            );
        }
        let growing = self
            .stages
            .windows(2)
            .all(|pair| pair[0].coverage_bp < pair[1].coverage_bp);
        let ends = self
            .stages
            .iter()
            .all(|stage| (1..=10_000).contains(&stage.coverage_bp));
        if !growing || !ends {
            return fail("stages must grow and lie between 1 and 10000 basis points");
        }
        let times: Vec<Time> = self
            .stages
            .iter()
            .filter_map(|stage| stage.not_before)
            .collect();
        if !times.is_sorted() {
            return fail("the times of the stages must follow each other");
        }
        self.check_design()?;
        Condition::check_all(&self.conditions)?;
        if self.external_assignment && !(self.conditions.is_empty() && self.layer.is_none()) {
            return fail(
                "units that are assigned elsewhere are chosen there; leave out layer and conditions",
            );
        }
        if !(self.alpha > 0.0 && self.alpha <= 0.2) {
            return fail("the chance of a false roll-back must lie above 0 and at most at 0.2");
        }
        if self
            .pre_period_days
            .is_some_and(|days| !(1..=PRE_PERIOD_DAYS_MAX).contains(&days))
        {
            return fail("the time before the exposure must be 1 to 60 days");
        }
        Ok(())
    }
}

fn known_kpi<'a>(known: &'a BTreeMap<String, Kpi>, id: &str) -> Result<&'a Kpi, RolloutError> {
    defined(known, id)
        .ok_or_else(|| RolloutError::Plan(format!("the library defines no KPI `{id}`")))
}
