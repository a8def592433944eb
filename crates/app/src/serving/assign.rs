//! Which arm of a rollout a unit gets, by its id and by what is known of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::release::Environment;
use variorum_domain::rollout::{
    ALL_BP, CONTROL, Condition, Design, LayerClaim, Rollout, Switchback, TREATMENT, assigned_arm,
};

use super::{Audience, ServedRelease, release};
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// What is known of a unit, for the conditions of a rollout, and when it asks.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its brand and region.
    pub audience: Audience<'a>,
    /// Through which channel it is served; empty where that is not said.
    pub channel: &'a str,
    /// Whatever else is known, by name.
    pub attributes: &'a BTreeMap<String, String>,
    /// When it asks; the windows of a switchback go by it.
    pub at: Time,
}

impl Facts<'_> {
    fn meet(&self, condition: &Condition) -> bool {
        let known = match condition.attribute.as_str() {
            "brand" => Some(self.audience.brand),
            "region" => Some(self.audience.region),
            "channel" => Some(self.channel),
            other => self.attributes.get(other).map(String::as_str),
        };
        condition.holds(known.filter(|known| !known.is_empty()))
    }
}

/// What is tried in an environment.
#[derive(Default)]
pub(super) struct ServedDesigns {
    /// The rollouts among whose arms units are split; of several, no two share a unit.
    pub(super) splits: Vec<ServedRollout>,
    /// What gives everybody one arm at a time.
    windows: Option<(Switchback, ServedRollout)>,
    /// The release that is filled in beside what is live.
    pub(super) shadow: Option<ServedRollout>,
    hold_out: Option<HoldOut>,
}

/// Units that keep what was live when the hold-out began.
struct HoldOut {
    number: RolloutNumber,
    salt: String,
    weights_bp: Vec<u32>,
    release: Arc<ServedRelease>,
}

impl HoldOut {
    fn keeps(&self, unit: &str) -> bool {
        assigned_arm(&self.salt, unit, &self.weights_bp, ALL_BP) == Some(CONTROL)
    }
}

/// In which rollout and arm a unit is, and what it gets where that is not what is live.
pub(super) struct Assigned<'a> {
    pub(super) rollout: RolloutNumber,
    pub(super) arm: u8,
    /// The window of a switchback.
    pub(super) window: Option<u32>,
    pub(super) release: Option<&'a ServedRelease>,
}

impl<'a> Assigned<'a> {
    fn to(rollout: RolloutNumber, arm: u8, release: Option<&'a ServedRelease>) -> Self {
        Self {
            rollout,
            arm,
            window: None,
            release,
        }
    }
}

impl ServedDesigns {
    /// A unit that is held out is in nothing else. One that is in no rollout is everybody else. In a
    /// window of a switchback everybody gets the same, whoever it is.
    pub(super) fn assign(&self, unit: Option<&str>, facts: &Facts<'_>) -> Option<Assigned<'_>> {
        if let Some((cut, rollout)) = &self.windows {
            return rollout.assign_window(cut, facts);
        }
        let unit = unit?;
        if let Some(held) = self.hold_out.as_ref().filter(|one| one.keeps(unit)) {
            return Some(Assigned::to(held.number, CONTROL, Some(&held.release)));
        }
        let split = self.splits.iter().find_map(|rollout| {
            let (arm, release) = rollout.assign(unit, facts)?;
            Some(Assigned::to(rollout.number, arm, release))
        });
        let everybody_else = || {
            let hold_out = self.hold_out.as_ref().filter(|_| !unit.is_empty())?;
            Some(Assigned::to(hold_out.number, TREATMENT, None))
        };
        split.or_else(everybody_else)
    }

    /// Whether anything looks at more than a unit's id.
    pub(super) fn ask_for_attributes(&self) -> bool {
        let mut all = self.given().chain(&self.shadow);
        all.any(|one| !one.conditions.is_empty())
    }

    /// The rollouts by which something new is given.
    pub(super) fn given(&self) -> impl Iterator<Item = &ServedRollout> {
        let windows = self.windows.iter().map(|(_, rollout)| rollout);
        self.splits.iter().chain(windows)
    }

    /// The releases that are needed beside what is live.
    pub(super) fn releases(&self) -> impl Iterator<Item = &Arc<ServedRelease>> {
        let all = self.given().chain(&self.shadow);
        let held = self.hold_out.iter().map(|held| &held.release);
        all.flat_map(ServedRollout::brought).chain(held)
    }
}

/// The rollout of an environment, as far as serving needs it.
pub(super) struct ServedRollout {
    pub(super) number: RolloutNumber,
    salt: String,
    weights_bp: Vec<u32>,
    coverage_bp: u32,
    external: bool,
    layer: Option<LayerClaim>,
    pub(super) conditions: Vec<Condition>,
    /// What the arms get, arm 1 first; nothing where an arm was stopped.
    treatments: Vec<Option<Arc<ServedRelease>>>,
}

impl ServedRollout {
    /// The unit's arm and what it gets, where that is something new; `None` where the unit is not
    /// in the rollout, or in an arm that was stopped.
    pub(super) fn assign(
        &self,
        unit: &str,
        facts: &Facts<'_>,
    ) -> Option<(u8, Option<&ServedRelease>)> {
        if self.external || !self.conditions.iter().all(|one| facts.meet(one)) {
            return None;
        }
        if self.layer.as_ref().is_some_and(|layer| !layer.admits(unit)) {
            return None;
        }
        let arm = assigned_arm(&self.salt, unit, &self.weights_bp, self.coverage_bp)?;
        match usize::from(arm).checked_sub(1) {
            None => Some((arm, None)),
            Some(place) => Some((arm, Some(self.treatments.get(place)?.as_deref()?))),
        }
    }

    /// What everybody gets who meets the conditions, in the window of this moment.
    fn assign_window(&self, cut: &Switchback, facts: &Facts<'_>) -> Option<Assigned<'_>> {
        let window = cut.window_at(facts.at)?;
        if !self.conditions.iter().all(|one| facts.meet(one)) {
            return None;
        }
        let arm = cut.arm_of(&self.salt, window.index);
        let release = match usize::from(arm).checked_sub(1) {
            None => None,
            Some(place) => Some(self.treatments.get(place)?.as_deref()?),
        };
        Some(Assigned {
            window: Some(window.index),
            ..Assigned::to(self.number, arm, release)
        })
    }

    /// Whether a request of this unit is looked at; one that names none only where all are.
    pub(super) fn covers(&self, unit: Option<&str>, facts: &Facts<'_>) -> bool {
        if !self.conditions.iter().all(|one| facts.meet(one)) {
            return false;
        }
        let drawn = |unit| assigned_arm(&self.salt, unit, &self.weights_bp, self.coverage_bp);
        unit.map_or(self.coverage_bp >= ALL_BP, |unit| drawn(unit).is_some())
    }

    /// The releases it brings.
    pub(super) fn brought(&self) -> impl Iterator<Item = &Arc<ServedRelease>> {
        self.treatments.iter().flatten()
    }
}

/// What serving needs of the open rollouts of an environment.
pub(super) async fn serve_designs(
    ctx: &Context,
    work: &mut Work,
    environment: &Environment,
    open: &[Rollout],
) -> Result<ServedDesigns> {
    let mut served = ServedDesigns::default();
    for rollout in open
        .iter()
        .filter(|one| one.environment == environment.name)
    {
        match rollout.plan.design {
            Design::Split => served.splits.push(serve_rollout(ctx, work, rollout).await?),
            Design::Shadow => served.shadow = Some(serve_rollout(ctx, work, rollout).await?),
            Design::Switchback(cut) => {
                served.windows = Some((cut, serve_rollout(ctx, work, rollout).await?));
            }
            Design::HoldOut { .. } => {
                served.hold_out = Some(HoldOut {
                    number: rollout.number,
                    salt: rollout.salt.clone(),
                    weights_bp: rollout.plan.weights_bp.clone(),
                    release: release(ctx, work, rollout.control()).await?,
                });
            }
        }
    }
    Ok(served)
}

/// What serving needs of a rollout.
async fn serve_rollout(ctx: &Context, work: &mut Work, rollout: &Rollout) -> Result<ServedRollout> {
    let mut treatments = Vec::with_capacity(rollout.plan.treatments());
    for (arm, planned) in rollout.arms.treatments() {
        treatments.push(if rollout.is_arm_open(arm) {
            Some(release(ctx, work, planned.release).await?)
        } else {
            None
        });
    }
    Ok(ServedRollout {
        number: rollout.number,
        salt: rollout.salt.clone(),
        weights_bp: rollout.plan.weights_bp.clone(),
        coverage_bp: rollout.coverage_bp(),
        external: rollout.plan.external_assignment,
        layer: rollout.plan.layer.clone(),
        conditions: rollout.plan.conditions.clone(),
        treatments,
    })
}
