//! What happens when a guard decides: the same use cases a person would call, with the evidence.

use variorum_domain::access::{self, Action, Actor, ActorKind, Role, Uses};
use variorum_domain::escalation::{Alarm, Cause, Urgency};
use variorum_domain::fold::{Firing, Reading, Why};
use variorum_domain::id::{ActorId, RolloutNumber, WorkspaceId};
use variorum_domain::rollout::{
    CONTROL, Ending, GuardAction, Hold, Rollout, RolloutError, RolloutState,
};

use super::{End, changed, end, happening, load, looks};
use crate::Result;
use crate::context::Context;
use crate::escalation;
use crate::work::Work;

/// The name under which guards act.
const GUARD_NAME: &str = "Guard";

/// The actor guards act as; `domain::access` lets it restore what was live and nothing else.
pub(crate) fn guard_actor(workspace: WorkspaceId) -> Actor {
    system_actor(workspace, GUARD_NAME)
}

/// The system under a name of its own.
pub(crate) fn system_actor(workspace: WorkspaceId, name: &str) -> Actor {
    Actor {
        id: ActorId(0),
        workspace,
        kind: ActorKind::System,
        name: name.to_owned(),
        email: String::new(),
        grants: Vec::new(),
        ceiling: Role::Administrator,
        uses: Uses::All,
    }
}

/// Carries out what a guard decided. A rollout that has ended meanwhile is left as it is, and nothing
/// is carried out twice.
pub async fn guard_fired(
    ctx: &Context,
    workspace: WorkspaceId,
    number: RolloutNumber,
    firing: &Firing,
) -> Result<()> {
    let actor = guard_actor(workspace);
    let reason = format!("guard on `{}` was breached", about(firing));
    let evidence = serde_json::to_value(firing).unwrap_or_default();
    let mut work = Work::read(ctx, workspace).await?;
    let rollout = load(&mut work, number).await?;
    drop(work);
    if !rollout.state.is_open() || rollout.has_heeded(&firing.heeded()) {
        return Ok(());
    }
    match firing.action {
        GuardAction::RollBack => {
            access::check(&actor, Action::RollBack, "")?;
            if !rollout.is_arm_open(firing.arm) {
                return Ok(());
            }
            if rollout.open_treatments() > 1 {
                stop_arm(ctx, &actor, number, firing.arm, &reason, evidence).await?;
            } else {
                let ending = End::of(RolloutState::RolledBack, None);
                end(ctx, &actor, number, ending, &reason, evidence).await?;
            }
        }
        // A person looked at this guard's evidence and let the rollout go on.
        GuardAction::Pause if is_overruled(&rollout) => return Ok(()),
        GuardAction::Pause | GuardAction::Hold | GuardAction::Escalate => {
            heed(ctx, &actor, number, firing, &reason).await?;
        }
    }
    escalation::raise_or_log(ctx, workspace, alarm(&rollout, firing)).await;
    Ok(())
}

/// Rollouts from before it was kept which decisions were carried out tell only that a person let
/// them go on, or that they stand still.
fn is_overruled(rollout: &Rollout) -> bool {
    let is_old = !rollout.method.goes_guard_by_guard();
    is_old && (rollout.resumed_at.is_some() || rollout.state == RolloutState::Paused)
}

/// What a guard is about: its KPI, and the cohort where it tells cohorts apart.
fn about(firing: &Firing) -> String {
    match &firing.cohort {
        Some(cohort) => format!("{} ({cohort})", firing.kpi),
        None => firing.kpi.clone(),
    }
}

/// Carries out what does not end the rollout: it stands still, is kept at its stage, or goes on.
async fn heed(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    firing: &Firing,
    reason: &str,
) -> Result<()> {
    let evidence = serde_json::to_value(firing).unwrap_or_default();
    let hold = Hold {
        at: ctx.clock.now(),
        kpi: firing.kpi.clone(),
        arm: firing.arm,
        cohort: firing.cohort.clone(),
    };
    let act = |rollout: &mut Rollout| rollout.heed(firing.action, firing.heeded(), hold);
    let action = match firing.action {
        GuardAction::Hold => "rollout.held",
        GuardAction::Escalate => "rollout.escalated",
        GuardAction::Pause | GuardAction::RollBack => "rollout.paused",
    };
    let what = (action, reason, evidence);
    change_by_guard(ctx, actor, number, what, act)
        .await
        .map(drop)
}

/// What people are told of a guard that was breached.
fn alarm(rollout: &Rollout, firing: &Firing) -> Alarm {
    let (done, urgency) = match firing.action {
        GuardAction::RollBack => ("was taken back", Urgency::Critical),
        GuardAction::Pause => ("was paused", Urgency::High),
        GuardAction::Hold => ("is held at its stage", Urgency::High),
        GuardAction::Escalate => ("goes on; somebody should decide", Urgency::High),
    };
    let cause = match firing.action {
        GuardAction::Escalate => Cause::GuardEscalates,
        _ => Cause::GuardFired,
    };
    let number = rollout.number;
    let title = format!(
        "Guard on {} was breached: rollout R-{number} {done}",
        about(firing)
    );
    let text = format!(
        "“{}” in {} did harm to {} in arm {}.",
        rollout.title,
        rollout.environment,
        about(firing),
        firing.arm
    );
    Alarm {
        kpi: Some(firing.kpi.clone()),
        ..of_rollout(rollout, (cause, urgency), title, text)
    }
}

/// An alarm about a rollout, of whichever KPI.
fn of_rollout(
    rollout: &Rollout,
    (cause, urgency): (Cause, Urgency),
    title: String,
    text: String,
) -> Alarm {
    let path = rollout.prompt.as_deref();
    Alarm {
        cause,
        urgency,
        subject: format!("rollout:R-{}", rollout.number),
        title,
        text,
        environment: Some(rollout.environment.clone()),
        path: path.map(variorum_domain::impact::prompt_path),
        kpi: None,
    }
}

/// One arm did harm: its units get the old release again, the others go on.
async fn stop_arm(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    arm: u8,
    reason: &str,
    evidence: serde_json::Value,
) -> Result<Rollout> {
    let ending = Ending {
        at: ctx.clock.now(),
        by: actor.name.clone(),
        by_guard: true,
        reason: reason.to_owned(),
        arm: Some(CONTROL),
    };
    let what = ("rollout.arm-stopped", reason, evidence);
    let stop = |rollout: &mut Rollout| rollout.stop_arm(arm, ending);
    change_by_guard(ctx, actor, number, what, stop).await
}

/// Keeps a rollout at its stage because its units are not split as planned. One that a person let
/// go on since, or that stands still already, is left as it is.
pub async fn split_breached(
    ctx: &Context,
    workspace: WorkspaceId,
    number: RolloutNumber,
    reading: &Reading,
) -> Result<()> {
    let mut work = Work::read(ctx, workspace).await?;
    let rollout = load(&mut work, number).await?;
    drop(work);
    if rollout.state != RolloutState::Running || rollout.resumed_at.is_some() {
        return Ok(());
    }
    let evidence = serde_json::json!({
        "held": true,
        "split": reading.srm,
        "exposed": reading.exposed,
        "planned_bp": rollout.plan.weights_bp,
    });
    if rollout.plan.switchback().is_some() {
        let reason = "windows were not served as drawn, so the numbers cannot be compared";
        tell_of_split(ctx, workspace, &rollout, reason).await;
        return Ok(());
    }
    let reason = "people are not split as planned, so the numbers cannot be compared";
    let held = pause(ctx, &guard_actor(workspace), number, reason, evidence).await?;
    tell_of_split(ctx, workspace, &held, reason).await;
    Ok(())
}

async fn tell_of_split(ctx: &Context, workspace: WorkspaceId, rollout: &Rollout, reason: &str) {
    let title = format!("Rollout R-{} is held: {reason}", rollout.number);
    let text = format!("“{}” in {}: {reason}.", rollout.title, rollout.environment);
    let kind = (Cause::SampleRatio, Urgency::High);
    let told = of_rollout(rollout, kind, title, text);
    escalation::raise_or_log(ctx, workspace, told).await;
}

async fn pause(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    reason: &str,
    evidence: serde_json::Value,
) -> Result<Rollout> {
    let what = ("rollout.paused", reason, evidence);
    change_by_guard(ctx, actor, number, what, Rollout::pause).await
}

/// Changes a rollout in the guard's name, with what that rests on.
async fn change_by_guard(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    (action, reason, evidence): (&'static str, &str, serde_json::Value),
    act: impl FnOnce(&mut Rollout) -> std::result::Result<(), RolloutError>,
) -> Result<Rollout> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut rollout = load(&mut work, number).await?;
    let before = variorum_domain::canonical::digest(&rollout);
    let look = looks::now(ctx, actor.workspace, &rollout, Why::Decision);
    act(&mut rollout)?;
    work.tx.put_rollout(actor.workspace, &rollout).await?;
    let what = happening(action, reason, Some(before), &rollout).with_evidence(evidence);
    work.record(ctx, actor, looks::with_look(what, look.as_ref()))
        .await?;
    work.commit().await?;
    changed(ctx, actor, &rollout).await;
    Ok(rollout)
}
