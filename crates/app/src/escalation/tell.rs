//! Whom a step tells: targets become lines in inboxes and messages on their way.

use std::collections::BTreeSet;

use variorum_domain::access::{Actor, ActorKind, role_at};
use variorum_domain::escalation::{
    Delivery, DeliveryState, Escalation, Incident, Message, Route, Step, Target, Tell, Told,
    message, over_message,
};
use variorum_domain::id::{ActorId, Digest, Time};
use variorum_domain::limits::TOLD_AT_ONCE_MAX;
use variorum_domain::notice::NoticeKind;

use super::{LADDER_NAME, record};
use crate::Result;
use crate::changes;
use crate::context::Context;
use crate::notices::{Notify, notify};
use crate::rollouts::system_actor;
use crate::work::Work;

/// One receiver of a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Receiver {
    /// Somebody of the workspace.
    Person(i64, String),
    /// An address that belongs to nobody here.
    Address(String),
    /// A webhook.
    Webhook(String),
}

impl Receiver {
    /// As an incident remembers it.
    fn told(&self, by: &[Route]) -> Told {
        let (person, to) = match self {
            Self::Person(id, address) => (Some(ActorId(*id)), address),
            Self::Address(address) => (None, address),
            Self::Webhook(id) => (None, id),
        };
        let by = match self {
            Self::Webhook(_) => vec![Route::Webhook],
            _ => by.to_vec(),
        };
        let to = to.clone();
        Told { person, to, by }
    }

    fn of(told: &Told) -> Self {
        let to = told.to.clone();
        match told.person {
            Some(id) => Self::Person(id.0, to),
            None if told.by.contains(&Route::Webhook) => Self::Webhook(to),
            None => Self::Address(to),
        }
    }
}

/// Whom the targets of a step stand for at a moment; and in words, those that stand for nobody.
pub(super) fn receivers(
    step: &Step,
    rules: &Escalation,
    people: &[Actor],
    now: Time,
) -> (Vec<Receiver>, Vec<String>) {
    let mut found = BTreeSet::new();
    let mut nobody = Vec::new();
    let by_address = |address: &str| {
        let known = people
            .iter()
            .find(|one| one.email.eq_ignore_ascii_case(address));
        match known {
            Some(person) => Receiver::Person(person.id.0, person.email.clone()),
            None => Receiver::Address(address.to_owned()),
        }
    };
    for target in &step.tell {
        let mut told: Vec<Receiver> = match target {
            Target::Person(address) => vec![by_address(address)],
            Target::Role(role) => people
                .iter()
                .filter(|one| one.kind == ActorKind::Person)
                .filter(|one| role_at(one, "").is_some_and(|held| held >= *role))
                .map(|one| Receiver::Person(one.id.0, one.email.clone()))
                .collect(),
            Target::OnCall(id) => {
                let on_call = rules.calendar(id).map(|calendar| calendar.who(now));
                let on_call = on_call.unwrap_or_default();
                on_call.iter().map(|address| by_address(address)).collect()
            }
            Target::Webhook(id) => vec![Receiver::Webhook(id.clone())],
        };
        if told.is_empty() {
            nobody.push(target.to_string());
        }
        found.extend(told.drain(..));
    }
    (found.into_iter().take(TOLD_AT_ONCE_MAX).collect(), nobody)
}

/// Tells the step of an incident that is due, if one is, and writes the incident. Returns whether it
/// changed; the caller commits.
pub(super) async fn due(
    ctx: &Context,
    work: &mut Work,
    rules: &Escalation,
    incident: &mut Incident,
) -> Result<bool> {
    let before = incident.revision;
    let now = ctx.clock.now();
    let tell = incident.tick(now);
    if let Some(tell) = tell {
        let people = changes::people(work).await?;
        let step = incident.course.steps.get(tell.step).cloned();
        if let Some(step) = step {
            let (to, nobody) = receivers(&step, rules, &people, now);
            let said = message(incident, tell, &link(ctx, incident));
            let key = key(incident, tell);
            let names = send(ctx, work, (incident, &key), &said, &to, &step.by).await?;
            incident.remember(to.iter().map(|one| one.told(&step.by)));
            let mut words = match names.as_slice() {
                [] => "nobody could be told".to_owned(),
                names => format!("told {}", names.join(", ")),
            };
            if !nobody.is_empty() {
                words.push_str("; there is nobody for ");
                words.push_str(&nobody.join(", "));
            }
            let (round, number) = (tell.round, tell.step + 1);
            incident.note(now, "", format!("round {round}, step {number}: {words}"));
        }
    }
    if incident.revision == before {
        return Ok(false);
    }
    work.tx
        .put_incident(work.workspace, before, incident)
        .await?;
    let actor = system_actor(work.workspace, LADDER_NAME);
    let action = match tell {
        Some(_) => "incident.told",
        None => "incident.moved",
    };
    record(ctx, work, &actor, action, incident, "").await?;
    Ok(true)
}

/// Tells one person who was handed an incident.
pub(super) async fn person(
    ctx: &Context,
    work: &mut Work,
    _rules: &Escalation,
    incident: &mut Incident,
    person: &Actor,
) -> Result<()> {
    let to = [Receiver::Person(person.id.0, person.email.clone())];
    let tell = Tell {
        round: incident.round,
        // No step of the course has this place, so the key is one of its own.
        step: incident.course.steps.len(),
    };
    let first = Tell { step: 0, ..tell };
    let mut said = message(incident, first, &link(ctx, incident));
    said.subject = format!("Handed over to you: {}", said.subject);
    let by = [Route::Inbox, Route::Email];
    let key = key(incident, tell);
    send(ctx, work, (incident, &key), &said, &to, &by).await?;
    incident.remember(to.iter().map(|one| one.told(&by)));
    Ok(())
}

/// Tells everybody who was told of an incident that it is over, by the ways they were told, except
/// whoever ended it.
pub(super) async fn over(
    ctx: &Context,
    work: &mut Work,
    incident: &Incident,
    ended_by: ActorId,
) -> Result<()> {
    let said = over_message(incident, &link(ctx, incident));
    let key = format!("{}/over", incident.number);
    for told in incident
        .told
        .iter()
        .filter(|one| one.person != Some(ended_by))
    {
        let to = [Receiver::of(told)];
        send(ctx, work, (incident, &key), &said, &to, &told.by).await?;
    }
    Ok(())
}

/// What makes the messages of one step their own.
fn key(incident: &Incident, tell: Tell) -> String {
    format!("{}/{}/{}", incident.number, tell.round, tell.step)
}

fn link(ctx: &Context, incident: &Incident) -> String {
    format!("{}/incidents/{}", ctx.address(), incident.number)
}

/// Puts lines into inboxes and messages on their way; returns who is told, in words.
async fn send(
    ctx: &Context,
    work: &mut Work,
    (incident, key): (&Incident, &str),
    said: &Message,
    to: &[Receiver],
    by: &[Route],
) -> Result<Vec<String>> {
    if by.contains(&Route::Inbox) {
        let people = to.iter().filter_map(|one| match one {
            Receiver::Person(id, _) => Some(ActorId(*id)),
            _ => None,
        });
        let notice = Notify {
            to: people.collect(),
            kind: NoticeKind::Alarm,
            target: format!("incident:I-{}", incident.number),
            text: said.subject.clone(),
        };
        notify(ctx, work, notice).await?;
    }
    let about = About {
        incident: Some(incident),
        ladder: &incident.ladder,
        key,
    };
    deliver(ctx, work, about, said, to, by).await
}

/// What messages are about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    /// The incident; none for a test.
    pub(super) incident: Option<&'a Incident>,
    /// The ladder's id.
    pub(super) ladder: &'a str,
    /// What makes the keys of these messages their own.
    pub(super) key: &'a str,
}

/// Makes the messages of one step.
pub(super) async fn deliver(
    ctx: &Context,
    work: &mut Work,
    about: About<'_>,
    said: &Message,
    to: &[Receiver],
    by: &[Route],
) -> Result<Vec<String>> {
    let now = ctx.clock.now();
    let mut rows = Vec::new();
    let mut names = Vec::new();
    for receiver in to {
        let (route, address) = match receiver {
            Receiver::Webhook(id) => (Route::Webhook, id),
            Receiver::Person(_, address) | Receiver::Address(address) => (Route::Email, address),
        };
        let in_app = matches!(receiver, Receiver::Person(..)) && by.contains(&Route::Inbox);
        let sends = route == Route::Webhook || by.contains(&Route::Email);
        if sends || in_app {
            names.push(match (sends, in_app) {
                (true, true) => format!("{address} (inbox, {})", route.name()),
                (true, false) => format!("{address} ({})", route.name()),
                _ => format!("{address} (inbox)"),
            });
        }
        if !sends {
            continue;
        }
        let key = format!(
            "{}/{}/{}/{address}",
            work.workspace,
            about.key,
            route.name()
        );
        let key = Digest::of(key.as_bytes()).to_string();
        rows.push(Delivery {
            number: work.tx.next_number(work.workspace, "delivery").await?,
            key: format!("msg_{}", &key[..32]),
            incident: about.incident.map(|one| one.number),
            ladder: about.ladder.to_owned(),
            route,
            to: address.clone(),
            subject: said.subject.clone(),
            text: said.text.clone(),
            state: DeliveryState::Waiting,
            tries: 0,
            answer: String::new(),
            made_at: now,
            sent_at: None,
            next_at: Some(now),
        });
    }
    work.tx.add_deliveries(work.workspace, &rows).await?;
    Ok(names)
}
