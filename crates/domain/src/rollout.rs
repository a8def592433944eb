//! Rollouts: moving an environment from one release to another under guards.
//!
//! A rollout compares the release that is live (arm 0, control) with a new one (arm 1, treatment).
//! Coverage ramps up with an equal split inside, so the shares of the arms never change and a unit
//! never changes its arm.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use variorum_stats::bucket;

use crate::id::{ActorId, ReleaseNumber, RolloutNumber, Time};
use crate::library::{Kpi, KpiKind};
use crate::limits::{GUARDS_PER_ROLLOUT_MAX, STAGES_PER_ROLLOUT_MAX};

/// The arm that gets the release that was live before.
pub const CONTROL: u8 = 0;
/// The arm that gets the new release.
pub const TREATMENT: u8 = 1;

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
}

/// One step of coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The share of all units in the rollout, in basis points; both arms together.
    pub coverage_bp: u32,
}

/// What was planned before anybody looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The shares of the arms inside the coverage, in basis points; control first.
    pub weights_bp: [u32; 2],
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
}

/// Where a rollout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// Units are assigned and guards watch.
    Running,
    /// Assignment goes on as it is, stages do not advance.
    Paused,
    /// Everybody has the old release again.
    RolledBack,
    /// Everybody has the new release.
    Finished,
}

impl RolloutState {
    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::RolledBack => "rolled-back",
            Self::Finished => "finished",
        }
    }

    /// Whether units are still assigned to arms.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// One change of stage, kept so that any moment can be looked up later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageChange {
    /// When.
    pub at: Time,
    /// To which stage, counted from 0.
    pub stage: usize,
    /// The coverage from then on.
    pub coverage_bp: u32,
}

/// How a rollout ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: String,
    /// Whether a guard decided it.
    pub by_guard: bool,
    /// Why.
    pub reason: String,
}

/// A rollout as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// Its number in the workspace, shown as `R-12`.
    pub number: RolloutNumber,
    /// The environment it moves.
    pub environment: String,
    /// The title shown.
    pub title: String,
    /// The prompt it is about, where it is about one.
    pub prompt: Option<String>,
    /// The release of arm 0.
    pub control: ReleaseNumber,
    /// The release of arm 1.
    pub treatment: ReleaseNumber,
    /// The version of the prompt in the release of arm 0.
    pub control_version: Option<i64>,
    /// The version of the prompt in the release of arm 1.
    pub treatment_version: Option<i64>,
    /// What was planned.
    pub plan: Plan,
    /// The definitions of its KPIs, as they stood at the start.
    pub kpis: Vec<Kpi>,
    /// What the unit's hash is salted with.
    pub salt: String,
    /// Where it stands.
    pub state: RolloutState,
    /// Every stage so far, the current one last.
    pub stages: Vec<StageChange>,
    /// When it started.
    pub started_at: Time,
    /// Who started it.
    pub started_by: ActorId,
    /// That person's name at the time.
    pub started_by_name: String,
    /// When a person last let it go on after a pause; a guard that paused it before is overruled.
    #[serde(default)]
    pub resumed_at: Option<Time>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// Grows by one with every change.
    pub revision: i64,
}

/// Why a rollout cannot be started or moved on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RolloutError {
    /// The plan contradicts itself.
    #[error("{0}")]
    Plan(String),
    /// The rollout has ended.
    #[error("rollout `R-{number}` is {state} and cannot be changed any more")]
    Ended {
        /// Which rollout.
        number: RolloutNumber,
        /// Its state.
        state: &'static str,
    },
    /// It is paused.
    #[error("rollout `R-{0}` is paused; resume it first")]
    Paused(RolloutNumber),
    /// It is at its last stage.
    #[error("rollout `R-{0}` is at its last stage; finish it or roll it back")]
    LastStage(RolloutNumber),
}

impl Plan {
    /// Checks the plan against the KPIs of the library and returns the definitions it uses.
    pub fn check(
        &self,
        known: &std::collections::BTreeMap<String, Kpi>,
    ) -> Result<Vec<Kpi>, RolloutError> {
        self.check_shape()?;
        let mut ids: Vec<&String> = self.guards.iter().map(|guard| &guard.kpi).collect();
        ids.extend(self.goal.iter());
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter()
            .map(|id| {
                let kpi = known.get(id).ok_or_else(|| {
                    RolloutError::Plan(format!("the library defines no KPI `{id}`"))
                })?;
                if kpi.kind == KpiKind::Ratio {
                    let text = format!(
                        "KPI `{id}` is a ratio; guards watch conversions, values and counts"
                    );
                    return Err(RolloutError::Plan(text));
                }
                Ok(kpi.clone())
            })
            .collect()
    }

    fn check_shape(&self) -> Result<(), RolloutError> {
        let fail = |text: &str| Err(RolloutError::Plan(text.to_owned()));
        if self.stages.is_empty() || self.stages.len() > STAGES_PER_ROLLOUT_MAX {
            return fail("a rollout needs 1 to 20 stages");
        }
        if self.guards.len() > GUARDS_PER_ROLLOUT_MAX {
            return fail("a rollout has at most 12 guards");
        }
        if self.weights_bp[0] + self.weights_bp[1] != 10_000 || self.weights_bp.contains(&0) {
            return fail(
                "the shares of the two arms must both be above 0 and add up to 10000 basis points",
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
        if !(self.alpha > 0.0 && self.alpha <= 0.2) {
            return fail("the chance of a false roll-back must lie above 0 and at most at 0.2");
        }
        if self
            .guards
            .iter()
            .any(|guard| !(0.0..1.0).contains(&guard.margin))
        {
            return fail("the margin of a guard must lie between 0 and 1");
        }
        Ok(())
    }
}

/// What is needed to start a rollout, beside the plan.
#[derive(Debug, Clone)]
pub struct Start {
    /// The number it gets.
    pub number: RolloutNumber,
    /// The environment it moves.
    pub environment: String,
    /// The title shown.
    pub title: String,
    /// The prompt it is about.
    pub prompt: Option<String>,
    /// The release that is live.
    pub control: ReleaseNumber,
    /// The new release.
    pub treatment: ReleaseNumber,
    /// The versions of the prompt in the two releases.
    pub versions: (Option<i64>, Option<i64>),
    /// The definitions of its KPIs, from [`Plan::check`].
    pub kpis: Vec<Kpi>,
    /// Random text for the salt.
    pub salt: String,
    /// Who starts it.
    pub by: (ActorId, String),
    /// When.
    pub at: Time,
}

impl Rollout {
    /// Starts at the first stage.
    pub fn start(start: Start, plan: Plan) -> Self {
        let first = StageChange {
            at: start.at,
            stage: 0,
            coverage_bp: plan.stages[0].coverage_bp,
        };
        Self {
            number: start.number,
            environment: start.environment,
            title: start.title,
            prompt: start.prompt,
            control: start.control,
            treatment: start.treatment,
            control_version: start.versions.0,
            treatment_version: start.versions.1,
            plan,
            kpis: start.kpis,
            salt: start.salt,
            state: RolloutState::Running,
            stages: vec![first],
            started_at: start.at,
            started_by: start.by.0,
            started_by_name: start.by.1,
            resumed_at: None,
            ending: None,
            revision: 1,
        }
    }

    /// The share of all units that is in the rollout now.
    pub fn coverage_bp(&self) -> u32 {
        self.stages.last().map_or(0, |change| change.coverage_bp)
    }

    /// The current stage, counted from 0.
    pub fn stage(&self) -> usize {
        self.stages.last().map_or(0, |change| change.stage)
    }

    /// The arm of a unit now, if it is in the rollout.
    pub fn arm_of(&self, unit: &str) -> Option<u8> {
        if !self.state.is_open() {
            return None;
        }
        assigned_arm(&self.salt, unit, self.plan.weights_bp, self.coverage_bp())
    }

    /// The release of an arm.
    pub fn release_of(&self, arm: u8) -> ReleaseNumber {
        if arm == TREATMENT {
            self.treatment
        } else {
            self.control
        }
    }

    /// Moves on to the next stage.
    pub fn advance(&mut self, at: Time) -> Result<(), RolloutError> {
        self.must_be_open()?;
        if self.state == RolloutState::Paused {
            return Err(RolloutError::Paused(self.number));
        }
        let stage = self.stage() + 1;
        let next = self
            .plan
            .stages
            .get(stage)
            .ok_or(RolloutError::LastStage(self.number))?;
        self.stages.push(StageChange {
            at,
            stage,
            coverage_bp: next.coverage_bp,
        });
        self.revision += 1;
        Ok(())
    }

    /// Stops advancing.
    pub fn pause(&mut self) -> Result<(), RolloutError> {
        self.set_paused(true)
    }

    /// Goes on after a pause.
    pub fn resume(&mut self, at: Time) -> Result<(), RolloutError> {
        self.set_paused(false)?;
        self.resumed_at = Some(at);
        Ok(())
    }

    fn set_paused(&mut self, paused: bool) -> Result<(), RolloutError> {
        self.must_be_open()?;
        self.state = if paused {
            RolloutState::Paused
        } else {
            RolloutState::Running
        };
        self.revision += 1;
        Ok(())
    }

    /// Ends it: everybody gets the old release again, or the new one.
    pub fn end(&mut self, state: RolloutState, ending: Ending) -> Result<(), RolloutError> {
        self.must_be_open()?;
        self.state = state;
        self.ending = Some(ending);
        self.revision += 1;
        Ok(())
    }

    fn must_be_open(&self) -> Result<(), RolloutError> {
        if self.state.is_open() {
            return Ok(());
        }
        Err(RolloutError::Ended {
            number: self.number,
            state: self.state.name(),
        })
    }
}

/// The arm of a unit at a coverage: the published hash of `salt:unit`, modulo 10,000.
pub fn assigned_arm(salt: &str, unit: &str, weights_bp: [u32; 2], coverage_bp: u32) -> Option<u8> {
    if unit.is_empty() {
        return None;
    }
    let variant = bucket::assign(salt, unit, &weights_bp, coverage_bp, None).variant()?;
    u8::try_from(variant).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn plan() -> Plan {
        Plan {
            weights_bp: [5_000, 5_000],
            stages: [500, 2_500, 10_000]
                .map(|coverage_bp| Stage { coverage_bp })
                .to_vec(),
            goal: None,
            hypothesis: String::new(),
            guards: Vec::new(),
            alpha: 0.01,
            planned_units: 40_000,
            external_assignment: false,
        }
    }

    fn started() -> Rollout {
        let start = Start {
            number: RolloutNumber(1),
            environment: "production".into(),
            title: "t".into(),
            prompt: None,
            control: ReleaseNumber(1),
            treatment: ReleaseNumber(2),
            versions: (None, None),
            kpis: Vec::new(),
            salt: "s".into(),
            by: (ActorId(1), "Ann".into()),
            at: Time(0),
        };
        Rollout::start(start, plan())
    }

    #[test]
    fn stages_go_up_and_stop_at_the_last() {
        let mut rollout = started();
        assert_eq!(rollout.coverage_bp(), 500);
        rollout.advance(Time(1)).unwrap();
        rollout.advance(Time(2)).unwrap();
        assert_eq!(rollout.coverage_bp(), 10_000);
        assert_eq!(
            rollout.advance(Time(3)),
            Err(RolloutError::LastStage(RolloutNumber(1)))
        );
    }

    #[test]
    fn what_has_ended_stays_ended() {
        let mut rollout = started();
        let ending = Ending {
            at: Time(1),
            by: "Ann".into(),
            by_guard: false,
            reason: String::new(),
        };
        rollout
            .end(RolloutState::RolledBack, ending.clone())
            .unwrap();
        assert_eq!(rollout.arm_of("u"), None);
        assert!(rollout.advance(Time(2)).is_err());
        assert!(rollout.end(RolloutState::Finished, ending).is_err());
        assert!(rollout.pause().is_err());
    }

    #[test]
    fn plans_that_contradict_themselves_are_refused() {
        let edits: [fn(&mut Plan); 5] = [
            |plan| plan.stages.clear(),
            |plan| plan.stages.reverse(),
            |plan| plan.weights_bp = [10_000, 0],
            |plan| plan.alpha = 0.0,
            |plan| plan.goal = Some("nothing".into()),
        ];
        for edit in edits {
            let mut plan = plan();
            edit(&mut plan);
            assert!(plan.check(&std::collections::BTreeMap::new()).is_err());
        }
    }

    proptest! {
        #[test]
        fn a_ramp_only_ever_adds_units(unit in ".{1,40}") {
            let mut rollout = started();
            let mut before = rollout.arm_of(&unit);
            while rollout.advance(Time(1)).is_ok() {
                let now = rollout.arm_of(&unit);
                prop_assert!(before.is_none() || before == now);
                before = now;
            }
            prop_assert!(before.is_some());
        }
    }
}
