//! What people do about an incident.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::escalation::{Incident, IncidentError, IncidentState, Who};
use variorum_domain::id::{IncidentNumber, Time};

use super::{load, record, rules_on_main, tell};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result, changes};

fn who(actor: &Actor) -> Who {
    Who {
        id: actor.id,
        name: actor.name.clone(),
    }
}

async fn answer(
    ctx: &Context,
    actor: &Actor,
    number: IncidentNumber,
    (action, reason): (&'static str, &str),
    decide: impl FnOnce(&mut Incident, &Who, Time) -> std::result::Result<(), IncidentError>,
) -> Result<Incident> {
    access::check_somewhere(actor, Action::AnswerIncident)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut incident = load(&mut work, number).await?;
    let before = incident.revision;
    decide(&mut incident, &who(actor), ctx.clock.now())?;
    finish(ctx, work, actor, (action, reason), before, incident).await
}

async fn finish(
    ctx: &Context,
    mut work: Work,
    actor: &Actor,
    (action, reason): (&'static str, &str),
    before: i64,
    incident: Incident,
) -> Result<Incident> {
    work.tx
        .put_incident(actor.workspace, before, &incident)
        .await?;
    record(ctx, &mut work, actor, action, &incident, reason.trim()).await?;
    if incident.state == IncidentState::Resolved {
        tell::over(ctx, &mut work, &incident, actor.id).await?;
    }
    work.commit().await?;
    ctx.announce(actor.workspace, "incident", incident.number.to_string());
    Ok(incident)
}

/// Looks after an incident; nobody else is told of it.
pub async fn acknowledge(
    ctx: &Context,
    actor: &Actor,
    number: IncidentNumber,
    words: &str,
) -> Result<Incident> {
    let what = ("incident.acknowledged", words);
    answer(ctx, actor, number, what, |one, by, now| {
        one.acknowledge(by, words, now)
    })
    .await
}

/// Keeps an incident quiet until a moment.
pub async fn snooze(
    ctx: &Context,
    actor: &Actor,
    number: IncidentNumber,
    until: Time,
    reason: &str,
) -> Result<Incident> {
    let what = ("incident.snoozed", reason);
    answer(ctx, actor, number, what, |one, by, now| {
        one.snooze(by, until, reason, now)
    })
    .await
}

/// Ends an incident.
pub async fn resolve(
    ctx: &Context,
    actor: &Actor,
    number: IncidentNumber,
    reason: &str,
) -> Result<Incident> {
    let what = ("incident.resolved", reason);
    answer(ctx, actor, number, what, |one, by, now| {
        one.resolve(by, reason, now)
    })
    .await
}

/// Hands an incident to somebody, by address, who is told at once.
pub async fn hand_over(
    ctx: &Context,
    actor: &Actor,
    number: IncidentNumber,
    to: &str,
    reason: &str,
) -> Result<Incident> {
    access::check_somewhere(actor, Action::AnswerIncident)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let people = changes::people(&mut work).await?;
    let is_asked = |one: &&Actor| one.email.eq_ignore_ascii_case(to.trim());
    let person = people.iter().find(is_asked).cloned();
    let person = person.ok_or_else(|| {
        Error::invalid_with_hint(
            format!("nobody here has the address `{}`", to.trim()),
            "write the address of somebody who is listed under People",
        )
    })?;
    let mut incident = load(&mut work, number).await?;
    let before = incident.revision;
    let now = ctx.clock.now();
    incident.hand_over(&who(actor), &who(&person), reason, now)?;
    let rules = rules_on_main(&mut work).await?.unwrap_or_default();
    tell::person(ctx, &mut work, &rules, &mut incident, &person).await?;
    let action = ("incident.handed-over", reason);
    finish(ctx, work, actor, action, before, incident).await
}
