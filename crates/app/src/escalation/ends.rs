//! Incidents that end by themselves: what they are about is looked at, and where that is over, so are
//! they, and everybody who was told of them is told.
//!
//! Nothing tells this of an end. It looks, so it does not matter by which way something came to its
//! end, nor whether the process ended in between.

use variorum_domain::access::{self, Action};
use variorum_domain::escalation::{
    Cause, DeliveryState, Incident, IncidentState, Route, Trouble, ending, of_regressions,
    of_rollout,
};
use variorum_domain::id::{ActorId, ChangeNumber, RolloutNumber, WorkspaceId};
use variorum_domain::limits::PAGE_ROWS_MAX;

use super::{LADDER_NAME, load, record, rules_on_main, tell};
use crate::Result;
use crate::context::Context;
use crate::rollouts::system_actor;
use crate::watch::KNOWN_MAX;
use crate::work::Work;

/// Ends the incidents of a workspace whose trouble is over; those that somebody has taken on elsewhere
/// are acknowledged in their name.
pub(super) async fn settle(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let mut below = None;
    loop {
        let mut work = Work::read(ctx, workspace).await?;
        let open = work
            .tx
            .incidents(workspace, true, below, PAGE_ROWS_MAX)
            .await?;
        let mut moved = Vec::new();
        for incident in &open {
            let trouble = trouble(&mut work, incident).await?;
            if step(incident, &trouble, ctx).is_some() {
                moved.push((incident.clone(), trouble));
            }
        }
        drop(work);
        for (incident, trouble) in moved {
            act(ctx, workspace, &incident, &trouble).await?;
        }
        match open.last() {
            Some(last) if open.len() == PAGE_ROWS_MAX => below = Some(last.number.0),
            _ => return Ok(()),
        }
    }
}

/// What happens to an incident by itself.
enum Step {
    Ends(String),
    Acknowledged,
}

fn step(incident: &Incident, trouble: &Trouble, ctx: &Context) -> Option<Step> {
    if let Some(why) = ending(incident, trouble, ctx.clock.now()) {
        return Some(Step::Ends(why));
    }
    let waits = incident.state == IncidentState::Open;
    (waits && matches!(trouble, Trouble::TakenOn(..))).then_some(Step::Acknowledged)
}

async fn act(
    ctx: &Context,
    workspace: WorkspaceId,
    seen: &Incident,
    trouble: &Trouble,
) -> Result<()> {
    let system = system_actor(workspace, LADDER_NAME);
    access::check(&system, Action::Read, "")?;
    let mut work = Work::begin(ctx, workspace).await?;
    let mut incident = load(&mut work, seen.number).await?;
    // Somebody may have answered since; then it is looked at again.
    if incident.revision != seen.revision {
        return Ok(());
    }
    let (before, now) = (incident.revision, ctx.clock.now());
    match (step(&incident, trouble, ctx), trouble) {
        (Some(Step::Ends(why)), _) => {
            incident.end_by_itself(&why, now)?;
            work.tx.put_incident(workspace, before, &incident).await?;
            let action = "incident.ended";
            record(ctx, &mut work, &system, action, &incident, &why).await?;
            tell::over(ctx, &mut work, &incident, ActorId(0)).await?;
        }
        (Some(Step::Acknowledged), Trouble::TakenOn(who, words)) => {
            incident.acknowledge(who, words, now)?;
            work.tx.put_incident(workspace, before, &incident).await?;
            let why = format!("{} took it on as a regression", who.name);
            let action = "incident.acknowledged";
            record(ctx, &mut work, &system, action, &incident, &why).await?;
        }
        _ => return Ok(()),
    }
    work.commit().await?;
    ctx.announce(workspace, "incident", incident.number.to_string());
    Ok(())
}

/// How what an incident is about stands.
async fn trouble(work: &mut Work, incident: &Incident) -> Result<Trouble> {
    let Some((kind, id)) = incident.alarm.subject.split_once(':') else {
        return Ok(Trouble::Lasts);
    };
    match (kind, incident.alarm.cause) {
        ("rollout", _) => rollout(work, incident, id).await,
        ("regression", Cause::Regression) => regression(work, id).await,
        ("mirror", Cause::ConnectorFailing) => mirror(work, id).await,
        ("delivery", Cause::ConnectorFailing) => delivery(work, incident, id).await,
        ("change", Cause::ReviewOwed) => review(work, id).await,
        ("stop", Cause::Stopped) => stop(work, id).await,
        _ => Ok(Trouble::Lasts),
    }
}

async fn rollout(work: &mut Work, incident: &Incident, id: &str) -> Result<Trouble> {
    let Some(number) = id.strip_prefix("R-").and_then(|id| id.parse().ok()) else {
        return Ok(Trouble::Lasts);
    };
    let found = work
        .tx
        .rollout(work.workspace, RolloutNumber(number))
        .await?;
    Ok(found.map_or(Trouble::Lasts, |found| of_rollout(incident, &found)))
}

async fn regression(work: &mut Work, id: &str) -> Result<Trouble> {
    let Ok(number) = id.parse() else {
        return Ok(Trouble::Lasts);
    };
    let Some(first) = work.tx.regression(work.workspace, number).await? else {
        return Ok(Trouble::Lasts);
    };
    let open = work
        .tx
        .regressions(work.workspace, true, None, KNOWN_MAX)
        .await?;
    let with_it: Vec<_> = open
        .into_iter()
        .filter(|one| one.told_with == Some(number))
        .collect();
    Ok(of_regressions(&first, &with_it))
}

async fn mirror(work: &mut Work, name: &str) -> Result<Trouble> {
    Ok(match work.tx.remote(work.workspace, name).await? {
        None => Trouble::Over(format!("the mirror “{name}” was removed")),
        Some(row) if row.failures == 0 => Trouble::Over(format!("the mirror “{name}” works again")),
        Some(_) => Trouble::Lasts,
    })
}

/// A later message that was taken by the same receiver, or a webhook that is not there any more.
async fn delivery(work: &mut Work, incident: &Incident, id: &str) -> Result<Trouble> {
    let Some((route, to)) = id.split_once(':') else {
        return Ok(Trouble::Lasts);
    };
    let newest = work
        .tx
        .deliveries(work.workspace, None, None, PAGE_ROWS_MAX)
        .await?;
    let taken = newest.iter().any(|one| {
        let later = one.sent_at.is_some_and(|at| at > incident.last_at);
        one.state == DeliveryState::Sent && one.route.name() == route && one.to == to && later
    });
    if taken {
        let how = format!("a later message to {to} by {route} was taken");
        return Ok(Trouble::Over(how));
    }
    if route == Route::Webhook.name()
        && let Ok(rules) = rules_on_main(work).await?
        && rules.webhook(to).is_none()
    {
        let how = format!("the library has no webhook `{to}` any more");
        return Ok(Trouble::Over(how));
    }
    Ok(Trouble::Lasts)
}

async fn review(work: &mut Work, id: &str) -> Result<Trouble> {
    let Some(number) = id.strip_prefix("CH-").and_then(|id| id.parse().ok()) else {
        return Ok(Trouble::Lasts);
    };
    let change = work.tx.change(work.workspace, ChangeNumber(number)).await?;
    let done = change.and_then(|change| change.owed?.done_by);
    Ok(done.map_or(Trouble::Lasts, |who| {
        Trouble::Over(format!("{} reviewed CH-{number}", who.name))
    }))
}

async fn stop(work: &mut Work, id: &str) -> Result<Trouble> {
    let all = work.tx.stops(work.workspace, false, PAGE_ROWS_MAX).await?;
    let found = all.into_iter().find(|stop| stop.number.to_string() == id);
    let lifted = found.and_then(|stop| stop.lifted);
    Ok(lifted.map_or(Trouble::Lasts, |lifting| {
        Trouble::Over(format!(
            "{} lifted stop {id}: {}",
            lifting.by, lifting.reason
        ))
    }))
}
