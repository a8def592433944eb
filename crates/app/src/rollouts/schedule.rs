//! Rollouts that begin and go on by themselves, and the days on which none may.

use variorum_domain::access::Actor;
use variorum_domain::canonical;
use variorum_domain::fold::Why;
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::rollout::{Freeze, Plan, Rollout, RolloutState, Step, decide};

use super::guard::system_actor;
use super::{End, changed, end, happening, load, looks};
use crate::context::Context;
use crate::library::main_settings;
use crate::work::Work;
use crate::{Error, Result};

/// The name under which schedules act.
const SCHEDULE_NAME: &str = "Schedule";
/// How often it is looked whether a rollout goes on.
pub const SCHEDULE_SECONDS: u64 = 15;

/// Refuses to begin or go on with a rollout on days on which nothing does.
pub(super) async fn check_freezes(work: &mut Work, environment: &str, now: Time) -> Result<()> {
    let freezes = freezes(work).await?;
    let Some(freeze) = freezes.iter().find(|one| one.holds(environment, now)) else {
        return Ok(());
    };
    Err(Error::Conflict(format!(
        "`{environment}` is frozen until {} ({}): nothing begins or goes on. Rolling back is possible",
        variorum_domain::calendar::day(freeze.until.plus_seconds(-1)),
        if freeze.title.is_empty() {
            "no reason given"
        } else {
            &freeze.title
        },
    )))
}

/// Whether a plan begins later than now.
pub(super) fn begins_later(plan: &Plan, now: Time) -> bool {
    let first = plan.stages.first().and_then(|stage| stage.not_before);
    first.is_some_and(|at| at > now)
}

async fn freezes(work: &mut Work) -> Result<Vec<Freeze>> {
    Ok(main_settings(work).await?.0.freezes.clone())
}

/// Ends a hold-out whose time is over; nobody gets anything by it that others do not have.
async fn end_hold_out(ctx: &Context, workspace: WorkspaceId, number: RolloutNumber) -> Result<()> {
    let actor = system_actor(workspace, SCHEDULE_NAME);
    let how = End::of(RolloutState::Finished, None);
    let reason = "the time of the hold-out is over";
    let nothing = serde_json::Value::Null;
    end(ctx, &actor, number, how, reason, nothing)
        .await
        .map(drop)
}

/// Begins and moves on what is due in all workspaces. One that fails is logged and tried again.
pub async fn go_on_everywhere(ctx: &Context) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    let workspaces = tx.workspaces().await?;
    let mut open = Vec::new();
    for workspace in workspaces {
        for rollout in tx.rollouts(workspace.id, true, None, PAGE_ROWS_MAX).await? {
            open.push((workspace.id, rollout.number));
        }
    }
    drop(tx);
    for (workspace, number) in open {
        if let Err(error) = go_on(ctx, workspace, number).await {
            tracing::error!(rollout = number.0, error = %error, "a rollout could not go on by itself");
        }
    }
    looks::look_everywhere(ctx).await;
    Ok(())
}

/// Tells whoever listens that a window of a switchback has begun.
fn announce_window(ctx: &Context, workspace: WorkspaceId, rollout: &Rollout, now: Time) {
    let Some((window, _)) = rollout.window_at(now) else {
        return;
    };
    if ctx
        .pipeline
        .enters_window(workspace, rollout.number, window.index)
    {
        ctx.announce(workspace, "rollout", rollout.number.to_string());
        ctx.announce(workspace, "environment", rollout.environment.clone());
    }
}

/// Begins or moves on one rollout where that is due.
async fn go_on(ctx: &Context, workspace: WorkspaceId, number: RolloutNumber) -> Result<()> {
    let reading = ctx.pipeline.result(workspace, number);
    let reading = reading.as_ref().map(|measured| &measured.reading);
    let now = ctx.clock.now();
    let mut work = Work::read(ctx, workspace).await?;
    let rollout = load(&mut work, number).await?;
    announce_window(ctx, workspace, &rollout, now);
    let step = decide(&rollout, reading, &freezes(&mut work).await?, now);
    drop(work);
    if rollout.state.is_open() && rollout.plan.design.is_over(now) {
        return end_hold_out(ctx, workspace, number).await;
    }
    if step != Step::GoOn {
        return Ok(());
    }
    let actor: Actor = system_actor(workspace, SCHEDULE_NAME);
    let mut work = Work::begin(ctx, workspace).await?;
    let mut rollout = load(&mut work, number).await?;
    if decide(&rollout, reading, &freezes(&mut work).await?, now) != Step::GoOn {
        return Ok(());
    }
    let is_first = rollout.stages.is_empty();
    let before = canonical::digest(&rollout);
    rollout.advance(now)?;
    work.tx.put_rollout(workspace, &rollout).await?;
    let (action, reason) = if is_first {
        ("rollout.began", "its time has come")
    } else {
        (
            "rollout.advanced",
            "as planned: time, people and guards allow it",
        )
    };
    let what = happening(action, reason, Some(before), &rollout);
    let look = looks::now(ctx, workspace, &rollout, Why::Stage);
    let what = looks::with_look(what, look.as_ref());
    work.record(ctx, &actor, what).await?;
    work.commit().await?;
    changed(ctx, &actor, &rollout).await;
    Ok(())
}
