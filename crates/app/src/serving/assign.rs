//! Which arm of a rollout a unit gets, by its id and by what is known of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use variorum_domain::id::RolloutNumber;
use variorum_domain::rollout::{Condition, LayerClaim, Rollout, assigned_arm};

use super::{Audience, ServedRelease, release};
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// What is known of a unit, for the conditions of a rollout.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its brand and region.
    pub audience: Audience<'a>,
    /// Through which channel it is served; empty where that is not said.
    pub channel: &'a str,
    /// Whatever else is known, by name.
    pub attributes: &'a BTreeMap<String, String>,
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

    /// The releases it brings.
    pub(super) fn brought(&self) -> impl Iterator<Item = &Arc<ServedRelease>> {
        self.treatments.iter().flatten()
    }
}

/// What serving needs of a rollout.
pub(super) async fn serve_rollout(
    ctx: &Context,
    work: &mut Work,
    rollout: &Rollout,
) -> Result<ServedRollout> {
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
