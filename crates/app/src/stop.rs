//! Stopping everything: every rollout is taken back and nothing new begins until it is lifted.
//!
//! Must work when little else does: it knows the store of state and nothing of events, statistics
//! or the settings of the library. What was measured is written down later, by [`settle`].

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::canonical;
use variorum_domain::escalation::{Alarm, Cause, Urgency};
use variorum_domain::id::{RolloutNumber, WorkspaceId};
use variorum_domain::rollout::{CONTROL, Ending, Rollout, RolloutState};
use variorum_domain::stop::{self, Stop, StopError};

use crate::context::Context;
use crate::rollouts::system_actor;
use crate::work::Work;
use crate::{Error, Result, environments, escalation, outcomes, serving};

/// Stops that are looked at and listed.
const STOPS_LISTED: usize = 50;
/// Rollouts that one stop ends; there are a few for each environment.
const ROLLOUTS_ENDED_MAX: usize = 1_000;
/// The name under which what was measured is written down later.
const CLOCK_NAME: &str = "Stop";

impl From<StopError> for Error {
    fn from(error: StopError) -> Self {
        match error {
            StopError::Lifted(_) => Self::Conflict(error.to_string()),
            StopError::Reason => Self::invalid(error.to_string()),
        }
    }
}

/// Ends all rollouts of the workspace, or of one environment, with the release before them, and lets
/// nothing go live there until the stop is lifted.
pub async fn stop_everything(
    ctx: &Context,
    actor: &Actor,
    environment: Option<&str>,
    why: &str,
) -> Result<Stop> {
    access::check(actor, Action::StopEverything, "")?;
    let reason = stop::reason(why)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    if let Some(name) = environment {
        known(&mut work, name).await?;
    }
    let holding = work.tx.stops(actor.workspace, true, STOPS_LISTED).await?;
    let wide = |one: &Stop| one.environment.is_none() || one.environment.as_deref() == environment;
    let mut is_new = false;
    let mut stop = holding.into_iter().find(wide);
    if stop.is_none() {
        is_new = true;
        stop = Some(Stop {
            number: work.tx.next_number(actor.workspace, "stop").await?,
            environment: environment.map(str::to_owned),
            reason: reason.clone(),
            at: ctx.clock.now(),
            by: actor.id,
            by_name: actor.name.clone(),
            ended: Vec::new(),
            lifted: None,
        });
    }
    let Some(mut stop) = stop else {
        return Err(Error::Internal("a stop is neither new nor old".into()));
    };
    let ended = end_all(ctx, &mut work, actor, &stop, &reason).await?;
    stop.ended
        .extend(ended.iter().map(|rollout| rollout.number));
    if is_new {
        work.tx.add_stop(actor.workspace, &stop).await?;
    } else {
        work.tx.put_stop(actor.workspace, &stop).await?;
    }
    let what = Happening::new("stop.called", format!("stop:{}", stop.number))
        .because(&reason)
        .with_evidence(serde_json::json!({
            "environment": stop.environment,
            "ended": ended.iter().map(|rollout| rollout.number).collect::<Vec<_>>(),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    serving::refresh_after_commit(ctx, actor.workspace).await;
    ctx.announce(actor.workspace, "stop", stop.number.to_string());
    for rollout in &ended {
        ctx.announce(actor.workspace, "rollout", rollout.number.to_string());
        ctx.announce(actor.workspace, "environment", rollout.environment.clone());
    }
    escalation::raise_or_log(ctx, actor.workspace, alarm(&stop, &reason)).await;
    Ok(stop)
}

fn alarm(stop: &Stop, reason: &str) -> Alarm {
    let place = stop.environment.as_deref().unwrap_or("every environment");
    Alarm {
        cause: Cause::Stopped,
        urgency: Urgency::Critical,
        subject: format!("stop:{}", stop.number),
        title: format!("{} stopped everything in {place}", stop.by_name),
        text: format!(
            "{reason}\n\n{} rollouts were taken back. Nothing goes live there until the stop is lifted.",
            stop.ended.len()
        ),
        environment: stop.environment.clone(),
        path: None,
        kpi: None,
    }
}

/// An environment that has something live, or that the library names. Where the settings cannot be
/// read, a stop asks for nothing more than that something is live.
async fn known(work: &mut Work, name: &str) -> Result<()> {
    if work.tx.environment(work.workspace, name).await?.is_some() {
        return Ok(());
    }
    environments::load(work, Some(name)).await.map(drop)
}

/// Takes every rollout that the stop reaches back, each with an entry of its own. Hold-outs go on:
/// nobody gets anything new by them.
async fn end_all(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    stop: &Stop,
    reason: &str,
) -> Result<Vec<Rollout>> {
    let open = work
        .tx
        .rollouts(actor.workspace, true, None, ROLLOUTS_ENDED_MAX)
        .await?;
    let mut ended = Vec::new();
    for mut rollout in open
        .into_iter()
        .filter(|one| stop.reaches(&one.environment) && !one.plan.design.is_hold_out())
    {
        let before = canonical::digest(&rollout);
        let ending = Ending {
            at: ctx.clock.now(),
            by: actor.name.clone(),
            by_guard: false,
            reason: reason.to_owned(),
            arm: Some(CONTROL),
        };
        rollout.end(RolloutState::RolledBack, ending)?;
        work.tx.put_rollout(actor.workspace, &rollout).await?;
        let environment = work
            .tx
            .environment(actor.workspace, &rollout.environment)
            .await?;
        if let Some(environment) = environment.filter(|_| rollout.plan.design.gives_new()) {
            let after = environments::point_to(&environment, rollout.control());
            work.tx.put_environment(actor.workspace, &after).await?;
        }
        let target = format!("rollout:R-{}", rollout.number);
        let what = Happening::new("rollout.rolled-back", target)
            .because(reason)
            .from_to(Some(before), Some(canonical::digest(&rollout)))
            .with_evidence(serde_json::json!({
                "title": rollout.title,
                "environment": rollout.environment,
                "control": rollout.control(),
                "stop": stop.number,
            }));
        work.record(ctx, actor, what).await?;
        ended.push(rollout);
    }
    Ok(ended)
}

/// Lifts a stop: rollouts may begin and releases go live again. What was taken back stays so.
pub async fn lift(ctx: &Context, actor: &Actor, number: i64, why: &str) -> Result<Stop> {
    access::check(actor, Action::StopEverything, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let all = work
        .tx
        .stops(actor.workspace, false, usize::MAX / 2)
        .await?;
    let found = all.into_iter().find(|stop| stop.number == number);
    let mut stop = found.ok_or_else(|| Error::not_found("stop", number))?;
    stop.lift(&actor.name, why, ctx.clock.now())?;
    work.tx.put_stop(actor.workspace, &stop).await?;
    let what = Happening::new("stop.lifted", format!("stop:{number}"))
        .because(why.trim())
        .with_evidence(serde_json::json!({"environment": stop.environment}));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "stop", number.to_string());
    Ok(stop)
}

/// The newest stops, newest first.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Stop>> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    Ok(work.tx.stops(actor.workspace, false, STOPS_LISTED).await?)
}

/// Refuses where a stop holds at an environment.
pub(crate) async fn check_not_stopped(work: &mut Work, environment: &str) -> Result<()> {
    let holding = work.tx.stops(work.workspace, true, STOPS_LISTED).await?;
    match holding.iter().find(|stop| stop.holds(environment)) {
        None => Ok(()),
        Some(stop) => Err(Error::Conflict(format!(
            "everything is stopped in `{environment}`: “{}”, says {}; what is live stays as it is. \
             Lift stop {} first, with a reason",
            stop.reason, stop.by_name, stop.number
        ))),
    }
}

/// Writes down what was measured of rollouts that stops ended, and stops measuring them.
pub(crate) async fn settle(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    let stops = tx.stops(workspace, false, STOPS_LISTED).await?;
    drop(tx);
    let ended: Vec<RolloutNumber> = stops.into_iter().flat_map(|stop| stop.ended).collect();
    for number in ended {
        let Some(result) = ctx.pipeline.result(workspace, number) else {
            continue;
        };
        let actor = system_actor(workspace, CLOCK_NAME);
        let mut work = Work::begin(ctx, workspace).await?;
        let rollout = crate::rollouts::load(&mut work, number).await?;
        if let Ok(json) = serde_json::to_string(&result) {
            work.tx.put_rollout_result(workspace, number, &json).await?;
        }
        if rollout.plan.design.gives_new() {
            outcomes::write(ctx, &mut work, &actor, &rollout, Some(&result)).await?;
        }
        let what = Happening::new("rollout.measured", format!("rollout:R-{number}"));
        work.record(ctx, &actor, what).await?;
        work.commit().await?;
        ctx.pipeline.forget(workspace, number);
    }
    Ok(())
}
