//! Alarms that reach people: incidents climb ladders, and messages are sent until they are taken.
//!
//! [`raise`] is the one way in for whatever finds that something is wrong. The rules are those of
//! `main`; an incident keeps the ladder it was opened with.

mod answer;
mod causes;
mod ends;
mod ladders;
mod tell;
mod tick;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::escalation::{
    Alarm, Delivery, ESCALATION_FILE, Escalation, Incident, IncidentError, IncidentState, Opening,
};
use variorum_domain::id::{IncidentNumber, WorkspaceId};
use variorum_domain::library::MAIN;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::prompt::Diagnostic;
use variorum_git::tree::entry_at;

pub use answer::{acknowledge, hand_over, resolve, snooze};
pub(crate) use causes::connection_failed;
pub use ladders::{CalendarView, Rules, TestedLadder, rules, test_ladder, who_is_on_call};
pub use tick::{TICK_SECONDS, tick};

use crate::context::Context;
use crate::library::head;
use crate::rollouts::system_actor;
use crate::work::Work;
use crate::{Error, Result};

/// The name under which ladders act.
const LADDER_NAME: &str = "Ladder";

impl From<IncidentError> for Error {
    fn from(error: IncidentError) -> Self {
        match error {
            IncidentError::Resolved(_) => Self::Conflict(error.to_string()),
            _ => Self::invalid(error.to_string()),
        }
    }
}

/// The rules on `main`, or what is wrong with them.
pub(crate) async fn rules_on_main(
    work: &mut Work,
) -> Result<std::result::Result<Escalation, Vec<Diagnostic>>> {
    let Some((_, data)) = head(work, MAIN).await? else {
        return Ok(Ok(Escalation::default()));
    };
    let entry = work
        .with(|overlay| entry_at(overlay, data.tree, ESCALATION_FILE))
        .await?;
    match entry.filter(|entry| entry.mode.is_file()) {
        None => Ok(Ok(Escalation::default())),
        Some(entry) => {
            let blob = work.blob(entry.oid).await?;
            Ok(Escalation::parse(&String::from_utf8_lossy(&blob.bytes)))
        }
    }
}

/// Says that something is wrong. The same trouble that is not resolved yet is the same incident;
/// whoever is first on its ladder is told at once.
pub async fn raise(ctx: &Context, workspace: WorkspaceId, alarm: Alarm) -> Result<IncidentNumber> {
    let actor = system_actor(workspace, LADDER_NAME);
    access::check(&actor, Action::Read, "")?;
    let mut work = Work::begin(ctx, workspace).await?;
    // Rules that cannot be read came in by an import; the fallback tells the publishers.
    let rules = rules_on_main(&mut work).await?.unwrap_or_default();
    let known = work
        .tx
        .incident_about(workspace, alarm.cause, &alarm.subject)
        .await?;
    let now = ctx.clock.now();
    let open = known.filter(|one| one.state != IncidentState::Resolved);
    let number = match open {
        Some(mut incident) => {
            let before = incident.revision;
            incident.seen_again(&alarm, now);
            work.tx.put_incident(workspace, before, &incident).await?;
            record(ctx, &mut work, &actor, "incident.came-again", &incident, "").await?;
            incident.number
        }
        None => {
            let number = work.tx.next_number(workspace, "incident").await?;
            let mut incident = Incident::open(Opening {
                number: IncidentNumber(number),
                ladder: rules.ladder_for(&alarm),
                alarm,
                at: now,
            });
            work.tx.add_incident(workspace, &incident).await?;
            record(ctx, &mut work, &actor, "incident.opened", &incident, "").await?;
            tell::due(ctx, &mut work, &rules, &mut incident).await?;
            incident.number
        }
    };
    work.commit().await?;
    ctx.announce(workspace, "incident", number.to_string());
    Ok(number)
}

/// The same for those who must go on whatever becomes of it.
pub(crate) async fn raise_or_log(ctx: &Context, workspace: WorkspaceId, alarm: Alarm) {
    let subject = alarm.subject.clone();
    if let Err(error) = raise(ctx, workspace, alarm).await {
        tracing::error!(error = %error, %subject, "an alarm could not be raised");
    }
}

/// Writes the audit entry of an incident.
async fn record(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    action: &'static str,
    incident: &Incident,
    reason: &str,
) -> Result<()> {
    let what = Happening::new(action, format!("incident:I-{}", incident.number))
        .because(reason)
        .with_evidence(serde_json::json!({
            "title": incident.alarm.title,
            "cause": incident.alarm.cause.name(),
            "subject": incident.alarm.subject,
            "ladder": incident.ladder,
            "state": incident.state.name(),
            "round": incident.round,
            "holder": incident.holder.as_ref().map(|who| &who.name),
        }));
    work.record(ctx, actor, what).await.map(drop)
}

async fn load(work: &mut Work, number: IncidentNumber) -> Result<Incident> {
    let incident = work.tx.incident(work.workspace, number).await?;
    incident.ok_or_else(|| Error::not_found("incident", format!("I-{number}")))
}

/// Incidents below a number, newest first; only those that are not resolved where asked.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    open_only: bool,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Incident>> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let found = work
        .tx
        .incidents(actor.workspace, open_only, below, limit)
        .await?;
    Ok(found)
}

/// One incident, with the messages that told of it.
pub async fn show(
    ctx: &Context,
    actor: &Actor,
    number: IncidentNumber,
) -> Result<(Incident, Vec<Delivery>)> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let incident = load(&mut work, number).await?;
    let told = work
        .tx
        .deliveries(actor.workspace, Some(number), None, PAGE_ROWS_MAX)
        .await?;
    Ok((incident, told))
}

/// The messages below a number, newest first.
pub async fn deliveries(
    ctx: &Context,
    actor: &Actor,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Delivery>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let found = work
        .tx
        .deliveries(actor.workspace, None, below, limit)
        .await?;
    Ok(found)
}
