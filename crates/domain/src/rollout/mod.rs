//! Rollouts: moving an environment from one release to another under guards.
//!
//! A rollout compares the release that is live (arm 0, control) with new ones (arm 1 and further,
//! treatments). Coverage ramps up with a fixed split inside, so the shares of the arms never change
//! and a unit never changes its arm.

mod arms;
mod decision;
mod design;
mod guards;
mod held;
mod plan;
mod schedule;
mod scope;
mod switchback;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use arms::{ArmPlan, Arms, CONTROL, TREATMENT, assigned_arm, equal_shares};
pub use decision::{Confirmed, Decision, Decisions, Wish};
pub use design::Design;
pub use guards::{Cohorts, Guard, GuardAction, GuardMore, Harm, Limit, Watched, watched};
pub use held::{Heeded, Hold};
pub use plan::{ALL_BP, ALPHA_DEFAULT, PLANNED_UNITS_DEFAULT, Plan, Stage};

pub use schedule::{Freeze, Step, Waits, decide};
pub use scope::{Condition, LayerClaim, Test};
pub use switchback::{PAIRS_DEFAULT, Switchback, Window};

use crate::id::{ActorId, ReleaseNumber, RolloutNumber, Time};
use crate::kpi::Definition;
use crate::library::Kpi;

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
    /// The arm that everybody gets from then on; the control after a roll-back.
    #[serde(default)]
    pub arm: Option<u8>,
}

/// A revision of how guards weigh evidence. A rollout keeps the one it started with, so that its
/// decisions can be reproduced to the last digit however the product moves on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardMethod {
    /// Conversions by a grid of eight rate ratios, heaviest at a loss of 15 %.
    #[default]
    EightRatios,
    /// Conversions by a grid of fourteen rate ratios, which sees small losses sooner.
    FourteenRatios,
    /// The same grid; a guard that has decided and does not take the arm back steps aside, and the
    /// others watch on.
    GuardByGuard,
    /// Guard by guard, with weights that see it sooner when hardly anybody converts any more.
    CollapseSooner,
}

impl GuardMethod {
    /// The revision with which rollouts start now.
    pub const LATEST: Self = Self::CollapseSooner;

    /// Whether the other guards of an arm watch on when one has decided.
    pub fn goes_guard_by_guard(self) -> bool {
        matches!(self, Self::GuardByGuard | Self::CollapseSooner)
    }
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
    /// Who gets which release, control first.
    #[serde(flatten)]
    pub arms: Arms,
    /// What was planned.
    pub plan: Plan,
    /// The definitions of its KPIs, as they stood at the start.
    pub kpis: Vec<Kpi>,
    /// Which definitions those are, and where totals are cut; empty for rollouts from before that
    /// was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub definitions: Vec<Definition>,
    /// What the unit's hash is salted with.
    pub salt: String,
    /// Where it stands.
    pub state: RolloutState,
    /// Every stage so far, the current one last; none where it is still to begin.
    pub stages: Vec<StageChange>,
    /// When it started.
    pub started_at: Time,
    /// Who started it.
    pub started_by: ActorId,
    /// That person's name at the time.
    pub started_by_name: String,
    /// Which revision of the guards' statistics judges it, from start to end.
    #[serde(default)]
    pub method: GuardMethod,
    /// When a person last let it go on after a pause; a guard that paused it before is overruled.
    #[serde(default)]
    pub resumed_at: Option<Time>,
    /// What keeps it at its stage until a person lets it go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What guards decided that was carried out and did not end it; nothing is carried out twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heeded: Vec<Heeded>,
    /// What was decided against the verdict, or waits for a second person.
    #[serde(default, skip_serializing_if = "Decisions::are_none")]
    pub decisions: Decisions,
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
    /// A guard keeps it at its stage.
    #[error(
        "the guard on `{kpi}` holds rollout `R-{number}` at its stage; let it go on first, or roll it back"
    )]
    Kept {
        /// Which rollout.
        number: RolloutNumber,
        /// The guard's KPI.
        kpi: String,
    },
    /// Windows go on by the clock.
    #[error(
        "rollout `R-{0}` is a switchback, whose windows go on by the clock: it cannot be paused. Roll \
         it back, or let it run"
    )]
    Windows(RolloutNumber),
    /// It is at its last stage.
    #[error("rollout `R-{0}` is at its last stage; finish it or roll it back")]
    LastStage(RolloutNumber),
    /// The split of units is not as planned.
    #[error(
        "rollout `R-{0}` is held: its units are not split as planned, so nobody can tell what it \
         does; find the cause, or roll it back"
    )]
    Held(RolloutNumber),
    /// An arm that is not there, or is stopped already.
    #[error("arm {arm} of rollout `R-{number}` is not running")]
    ArmStopped {
        /// Which rollout.
        number: RolloutNumber,
        /// Which arm.
        arm: u8,
    },
    /// The last arm cannot be stopped by itself.
    #[error("only one new arm of rollout `R-{0}` is left; roll the rollout back instead")]
    LastArm(RolloutNumber),
    /// Several arms could win.
    #[error("rollout `R-{0}` has several new arms; say which one everybody gets")]
    WhichArm(RolloutNumber),
    /// The control cannot win by finishing.
    #[error("arm 0 of rollout `R-{0}` is the old release; roll the rollout back instead")]
    ControlWins(RolloutNumber),
    /// Somebody asked for a decision that is not answered yet.
    #[error(
        "{by} has asked for a decision on rollout `R-{number}` already; confirm or decline that \
         one first"
    )]
    AskedAlready {
        /// Which rollout.
        number: RolloutNumber,
        /// Who asked.
        by: String,
    },
    /// Nothing waits for a second person.
    #[error(
        "no decision on rollout `R-{0}` waits for a second person; it may have been answered, or \
         asked for too long ago"
    )]
    NothingAsked(RolloutNumber),
    /// No guard took the release of an arm back.
    #[error(
        "no guard took the release of arm {arm} back in rollout `R-{number}`, or it still runs; \
         nobody needs to be asked"
    )]
    NotTakenBack {
        /// Which rollout.
        number: RolloutNumber,
        /// Which arm.
        arm: u8,
    },
    /// The one who asked cannot confirm.
    #[error(
        "a decision against the verdict on rollout `R-{0}` takes two people; somebody else must \
         confirm what you asked for"
    )]
    OwnDecision(RolloutNumber),
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
    /// Who gets which release, control first; as many as the plan has shares.
    pub arms: Arms,
    /// The definitions of its KPIs, from [`Plan::check`].
    pub kpis: Vec<Kpi>,
    /// Which definitions those are.
    pub definitions: Vec<Definition>,
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
        let first = plan.stages.first().copied().unwrap_or(Stage::of(0));
        let waits = first.not_before.is_some_and(|at| at > start.at);
        let first = StageChange {
            at: start.at,
            stage: 0,
            coverage_bp: first.coverage_bp,
        };
        Self {
            number: start.number,
            environment: start.environment,
            title: start.title,
            prompt: start.prompt,
            arms: start.arms,
            plan,
            kpis: start.kpis,
            definitions: start.definitions,
            salt: start.salt,
            state: RolloutState::Running,
            stages: if waits { Vec::new() } else { vec![first] },
            started_at: start.at,
            started_by: start.by.0,
            started_by_name: start.by.1,
            method: GuardMethod::LATEST,
            resumed_at: None,
            hold: None,
            heeded: Vec::new(),
            decisions: Decisions::default(),
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

    /// The moment from which on events matter for what units did before their exposure.
    pub fn pre_period_from(&self) -> Option<Time> {
        let days = self.plan.pre_period_days?;
        Some(self.started_at.plus_seconds(-i64::from(days) * 86_400))
    }

    /// The arm of a unit now, if it is in the rollout.
    pub fn arm_of(&self, unit: &str) -> Option<u8> {
        let by_unit = matches!(self.plan.design, Design::Split | Design::HoldOut { .. });
        if !self.state.is_open() || !by_unit {
            return None;
        }
        let layer = self.plan.layer.as_ref();
        if layer.is_some_and(|layer| !layer.admits(unit)) {
            return None;
        }
        assigned_arm(&self.salt, unit, &self.plan.weights_bp, self.coverage_bp())
    }

    /// The release that was live when it started.
    pub fn control(&self) -> ReleaseNumber {
        self.release_of(CONTROL)
    }

    /// The release of the first arm that gets something new.
    pub fn treatment(&self) -> ReleaseNumber {
        self.release_of(TREATMENT)
    }

    /// The version of the prompt in the release of an arm.
    pub fn version_of(&self, arm: u8) -> Option<i64> {
        self.arms.get(arm)?.version
    }

    /// The release that an arm was planned to get; the control's for an arm there is none of.
    pub fn release_of(&self, arm: u8) -> ReleaseNumber {
        let known = self.arms.get(arm).or_else(|| self.arms.get(CONTROL));
        known.map_or(ReleaseNumber(0), |arm| arm.release)
    }

    /// Whether the units of an arm get what was planned for it.
    pub fn is_arm_open(&self, arm: u8) -> bool {
        self.state.is_open()
            && self
                .arms
                .get(arm)
                .is_some_and(|known| known.stopped.is_none())
    }

    /// How many arms still get something new.
    pub fn open_treatments(&self) -> usize {
        let open = self
            .arms
            .treatments()
            .filter(|(arm, _)| self.is_arm_open(*arm));
        open.count()
    }

    /// Gives the units of one arm what the control gets, while the others go on.
    pub fn stop_arm(&mut self, arm: u8, ending: Ending) -> Result<(), RolloutError> {
        self.must_be_open()?;
        if arm == CONTROL || !self.is_arm_open(arm) {
            return Err(RolloutError::ArmStopped {
                number: self.number,
                arm,
            });
        }
        if self.open_treatments() < 2 {
            return Err(RolloutError::LastArm(self.number));
        }
        if let Some(stopped) = self.arms.get_mut(arm) {
            stopped.stopped = Some(ending);
        }
        self.drop_decision(|wish| wish == Wish::Finish { arm });
        self.revision += 1;
        Ok(())
    }

    /// The arm that everybody may get at the end: the one that is named, or the only one that is
    /// left.
    pub fn winner(&self, named: Option<u8>) -> Result<u8, RolloutError> {
        let mut open = self
            .arms
            .treatments()
            .filter(|(arm, _)| self.is_arm_open(*arm))
            .map(|(arm, _)| arm);
        match named {
            Some(CONTROL) => Err(RolloutError::ControlWins(self.number)),
            Some(arm) if open.any(|one| one == arm) => Ok(arm),
            Some(arm) => Err(RolloutError::ArmStopped {
                number: self.number,
                arm,
            }),
            None => match (open.next(), open.next()) {
                (Some(arm), None) => Ok(arm),
                _ => Err(RolloutError::WhichArm(self.number)),
            },
        }
    }

    /// Moves on to the next stage.
    pub fn advance(&mut self, at: Time) -> Result<(), RolloutError> {
        self.must_be_open()?;
        if self.state == RolloutState::Paused {
            return Err(RolloutError::Paused(self.number));
        }
        if let Some(hold) = &self.hold {
            return Err(RolloutError::Kept {
                number: self.number,
                kpi: hold.kpi.clone(),
            });
        }
        let stage = self.stages.last().map_or(0, |change| change.stage + 1);
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
        self.drop_decision(|wish| matches!(wish, Wish::GoOn { .. }));
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
        self.hold = None;
        self.resumed_at = Some(at);
        Ok(())
    }

    fn set_paused(&mut self, paused: bool) -> Result<(), RolloutError> {
        self.must_be_open()?;
        if self.plan.switchback().is_some() {
            return Err(RolloutError::Windows(self.number));
        }
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
        self.drop_decision(|_| true);
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

#[cfg(test)]
mod tests;
