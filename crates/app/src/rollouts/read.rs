//! Reading rollouts with what was measured.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::RolloutNumber;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::rollout::{Decision, Rollout};
use variorum_domain::verdict::{self, Objection, Verdict};

use super::{load, taken_back};
use crate::Result;
use crate::context::Context;
use crate::events::Measurement;
use crate::work::Work;

/// What speaks against every arm where there is a goal and nothing was measured.
pub(super) const NOTHING_MEASURED: &str = "nothing was measured";

/// A rollout with what was measured of it, where anything was.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The rollout.
    pub rollout: Rollout,
    /// What was measured.
    pub measurement: Option<Measurement>,
    /// The verdict on it: of now, or of the moment at which it ended.
    pub verdict: Option<Verdict>,
    /// The decision against it that waits for a second person.
    pub asked: Option<Decision>,
    /// The arms whose release a guard took back before, where this rollout has nothing to judge them
    /// by.
    pub unjudged: Vec<u8>,
}

impl Measured {
    fn new(ctx: &Context, rollout: Rollout, measurement: Option<Measurement>) -> Self {
        let verdict = measurement
            .as_ref()
            .map(|measurement| judge(ctx, &rollout, measurement));
        let asked = rollout.asked(ctx.clock.now()).cloned();
        Self {
            rollout,
            measurement,
            verdict,
            asked,
            unjudged: Vec::new(),
        }
    }

    /// What speaks against giving everybody an arm; nothing where the verdict supports it.
    pub fn objection(&self, arm: u8) -> Option<&'static str> {
        let objection = match &self.verdict {
            Some(verdict) => verdict.objection(arm).map(Objection::words),
            None => self.rollout.plan.goal.as_ref().map(|_| NOTHING_MEASURED),
        };
        let is_unjudged = self.unjudged.contains(&arm);
        objection.or_else(|| is_unjudged.then_some(taken_back::TAKEN_BACK))
    }
}

/// The verdict on what was measured.
pub(super) fn judge(ctx: &Context, rollout: &Rollout, measurement: &Measurement) -> Verdict {
    let ended = rollout.ending.as_ref().map(|ending| ending.at);
    let now = ended.unwrap_or_else(|| ctx.clock.now());
    let fired: Vec<_> = measurement
        .fired
        .iter()
        .chain(&measurement.fired_later)
        .collect();
    verdict::judge(rollout, &measurement.reading, &fired, now)
}

/// Rollouts, newest first.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    open_only: bool,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Measured>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let rollouts = work
        .tx
        .rollouts(actor.workspace, open_only, below, limit)
        .await?;
    let mut result = Vec::with_capacity(rollouts.len());
    for rollout in rollouts {
        result.push(measured(ctx, &mut work, rollout).await?);
    }
    Ok(result)
}

/// One rollout.
pub async fn get(ctx: &Context, actor: &Actor, number: RolloutNumber) -> Result<Measured> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let rollout = load(&mut work, number).await?;
    let mut found = measured(ctx, &mut work, rollout).await?;
    if found.rollout.state.is_open() {
        for (arm, _) in found.rollout.arms.treatments() {
            if taken_back::is_unjudged(&mut work, &found.rollout, arm).await? {
                found.unjudged.push(arm);
            }
        }
    }
    Ok(found)
}

/// What was measured of a rollout: from the running statistics, or what was kept at its end.
pub async fn measured(ctx: &Context, work: &mut Work, rollout: Rollout) -> Result<Measured> {
    if let Some(measurement) = ctx.pipeline.result(work.workspace, rollout.number) {
        return Ok(Measured::new(ctx, rollout, Some(measurement)));
    }
    let json = work
        .tx
        .rollout_result(work.workspace, rollout.number)
        .await?;
    let measurement = json.and_then(|json| serde_json::from_str(&json).ok());
    Ok(Measured::new(ctx, rollout, measurement))
}

/// Rollouts that measured one prompt, newest first.
pub async fn of_prompt(ctx: &Context, work: &mut Work, prompt: &str) -> Result<Vec<Measured>> {
    let mut result = Vec::new();
    for rollout in work
        .tx
        .rollouts(work.workspace, false, None, PAGE_ROWS_MAX)
        .await?
    {
        if rollout.prompt.as_deref() == Some(prompt) {
            result.push(measured(ctx, work, rollout).await?);
        }
    }
    Ok(result)
}
