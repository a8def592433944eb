//! What one delivery comes to.

use variorum_domain::access::{self, Action, Actor, Role, Use, Uses};
use variorum_domain::event::{Event, EventError};
use variorum_domain::source::{Became, Delivery, Form, Piece, Shape, read as read_body, read_text};
use variorum_domain::webhook::{SealFault, Sealed, verify};
use variorum_ports::store::{ReceiptRow, SourceRow};

use super::{receipts, scheme_of, shape_of};
use crate::auth::to_actor;
use crate::context::Context;
use crate::events::check_arm;
use crate::library::read;
use crate::{Error, Result, events, quality};

/// Refusals that are told in one answer, of however many there are.
const REFUSALS_TOLD_MAX: usize = 20;

/// Why one event of a delivery is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The place of the item in the body.
    pub index: usize,
    /// Where in the item the fault lies, as a pointer, where it is one field's.
    pub pointer: Option<String>,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What stands there, cut short.
    pub value: String,
}

/// What a delivery came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// New events; they are durable.
    pub accepted: usize,
    /// Events that were known.
    pub duplicate: usize,
    /// Items that no KPI asks for.
    pub ignored: usize,
    /// Refused events.
    pub refused: usize,
    /// The first of them.
    pub refusals: Vec<Refusal>,
}

/// How a delivery is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is in, at least in parts, or there was nothing in it for us.
    Done(Outcome),
    /// Every event in it was refused; sent again after the source was mended, it may count.
    NothingFits(Outcome),
    /// Its signature is not genuine.
    Unbelieved(SealFault),
    /// It cannot be read.
    Unreadable(String),
    /// The source takes nothing for the time being.
    Paused,
    /// The source sends more than is taken from one.
    TooMany {
        /// After how many seconds it may try again.
        seconds: u32,
    },
    /// The source is gone.
    Ended,
}

/// Takes a delivery. The events in it are durable before it is answered; the same delivery again counts
/// once, however often it is sent.
pub async fn deliver<'h, H>(ctx: &Context, handle: &str, header: H, body: &[u8]) -> Result<Taken>
where
    H: Fn(&'static str) -> Option<&'h str> + Send + Sync,
{
    let mut tx = ctx.store.read().await?;
    let found = tx.source_by_handle(handle).await?;
    let source = found.ok_or_else(|| Error::not_found("source", handle))?;
    let service = tx.actor(source.actor).await?;
    drop(tx);
    if source.ended_at.is_some() {
        return Ok(Taken::Ended);
    }
    let form = Form::of_header(header("content-type"));
    let sealed = match believe(ctx, &source, header, body)? {
        Ok(sealed) => sealed,
        Err(fault) => {
            let reason = fault.to_string();
            receipts::keep(
                ctx,
                &source,
                receipt(ctx, &source, None, ("unbelieved", reason)),
            );
            return Ok(Taken::Unbelieved(fault));
        }
    };
    // Somebody may have shut the service out by itself.
    let service = service.filter(|row| row.disabled_at.is_none());
    let Some(service) = service.filter(|_| source.paused_at.is_none()) else {
        let row = receipt(ctx, &source, Some(&sealed), ("paused", String::new()));
        receipts::keep(ctx, &source, row);
        return Ok(Taken::Paused);
    };
    let actor = Actor {
        uses: Uses::Only(vec![Use::Events]),
        ..to_actor(service, Role::Viewer)
    };
    take_in(ctx, &actor, &source, &sealed, (body, form)).await
}

fn believe<'h, H>(
    ctx: &Context,
    source: &SourceRow,
    header: H,
    body: &[u8],
) -> Result<std::result::Result<Sealed, SealFault>>
where
    H: Fn(&'static str) -> Option<&'h str>,
{
    let now = ctx.clock.now();
    let mut secrets = vec![source.secret.as_str()];
    if source.before_until.is_some_and(|until| now < until) {
        secrets.push(&source.secret_before);
    }
    secrets.retain(|secret| !secret.is_empty());
    Ok(verify(scheme_of(source)?, &secrets, header, body, now))
}

async fn take_in(
    ctx: &Context,
    actor: &Actor,
    source: &SourceRow,
    sealed: &Sealed,
    (body, form): (&[u8], Form),
) -> Result<Taken> {
    let unreadable = |why: String| {
        let row = receipt(ctx, source, Some(sealed), ("unreadable", why.clone()));
        receipts::keep(ctx, source, row);
        Ok(Taken::Unreadable(why))
    };
    let json = match read_text(body, form) {
        Ok(json) => json,
        Err(why) => return unreadable(why),
    };
    let library = read::measured(ctx, actor).await?;
    let delivery = Delivery {
        source: &source.name,
        environment: &source.environment,
        sealed,
    };
    let pieces = match read_body(&shape_of(source)?, &library, &delivery, &json) {
        Ok(pieces) => pieces,
        Err(why) => return unreadable(why),
    };
    let outcome = store(ctx, actor, pieces).await?;
    let state = match &outcome {
        one if one.accepted > 0 => "taken",
        one if one.duplicate > 0 => "known",
        one if one.refused > 0 => "refused",
        _ => "ignored",
    };
    let reason = outcome.refusals.first().map_or_else(String::new, told);
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let row = ReceiptRow {
        accepted: whole(outcome.accepted),
        duplicate: whole(outcome.duplicate),
        ignored: whole(outcome.ignored),
        refused: whole(outcome.refused),
        ..receipt(ctx, source, Some(sealed), (state, reason))
    };
    receipts::keep(ctx, source, row);
    Ok(if state == "refused" {
        Taken::NothingFits(outcome)
    } else {
        Taken::Done(outcome)
    })
}

fn told(refusal: &Refusal) -> String {
    match &refusal.pointer {
        Some(pointer) => format!("{} (at `{pointer}`)", refusal.message),
        None => refusal.message.clone(),
    }
}

pub(super) fn receipt(
    ctx: &Context,
    source: &SourceRow,
    sealed: Option<&Sealed>,
    (state, reason): (&str, String),
) -> ReceiptRow {
    ReceiptRow {
        source: source.number,
        number: 0,
        delivery: sealed.map_or_else(String::new, |sealed| sealed.id.clone()),
        at: ctx.clock.now(),
        believed: sealed.is_some(),
        state: state.to_owned(),
        reason,
        accepted: 0,
        duplicate: 0,
        ignored: 0,
        refused: 0,
    }
}

/// Stores what the rules let in, and counts the rest.
async fn store(ctx: &Context, actor: &Actor, pieces: Vec<Piece>) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut events = Vec::new();
    let mut refusals = Vec::new();
    for piece in pieces {
        match piece.became {
            Became::Event(event) => events.push((piece.index, Ok(*event))),
            Became::Ignored(_) => outcome.ignored += 1,
            Became::Refused(fault) => refusals.push(Refusal {
                index: piece.index,
                pointer: fault.column,
                code: fault.code,
                message: fault.message,
                value: fault.value,
            }),
        }
    }
    let taken = events::ingest(ctx, actor, events).await?;
    outcome.accepted = taken.accepted;
    outcome.duplicate = taken.duplicate;
    refusals.extend(
        taken
            .rejected
            .iter()
            .map(|(index, error)| by_rule(*index, error)),
    );
    refusals.sort_by_key(|refusal| refusal.index);
    let unknown: Vec<Option<EventError>> = refusals.iter().map(unknown_kpi).collect();
    let codes = refusals.iter().map(|refusal| refusal.code);
    quality::note_refused(ctx, actor, codes.zip(unknown.iter().map(Option::as_ref)));
    outcome.refused = refusals.len();
    refusals.truncate(REFUSALS_TOLD_MAX);
    outcome.refusals = refusals;
    Ok(outcome)
}

fn by_rule(index: usize, error: &EventError) -> Refusal {
    Refusal {
        index,
        pointer: None,
        code: error.code(),
        message: error.to_string(),
        value: String::new(),
    }
}

/// A KPI that the library does not know is counted by its name.
fn unknown_kpi(refusal: &Refusal) -> Option<EventError> {
    let is_unknown = refusal.code == "unknown-kpi";
    is_unknown.then(|| EventError::UnknownKpi(refusal.value.clone()))
}

/// A body to be tried, with how it is to be read.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The name of the source.
    pub name: String,
    /// The environment of which it tells.
    pub environment: String,
    /// How the body is read.
    pub shape: Shape,
    /// The body.
    pub body: String,
}

/// What one item of a tried body would come to.
pub type Tried = (usize, std::result::Result<Option<Event>, Refusal>);

/// Says what a body would come to. Nothing is stored, and no signature is asked for.
pub async fn try_out(ctx: &Context, actor: &Actor, trial: &Trial) -> Result<Vec<Tried>> {
    access::check(actor, Action::Administer, "")?;
    let library = read::settings_of_main(ctx, actor).await?;
    trial.shape.check(&library)?;
    let form = Form::of_text(&trial.body);
    let json = read_text(trial.body.as_bytes(), form).map_err(|why| {
        Error::invalid_with_hint(why, "paste a delivery as the sender shows it in its log")
    })?;
    let now = ctx.clock.now();
    let sealed = Sealed {
        id: "trial".to_owned(),
        at: now,
    };
    let delivery = Delivery {
        source: &trial.name,
        environment: &trial.environment,
        sealed: &sealed,
    };
    let pieces = read_body(&trial.shape, &library, &delivery, &json)
        .map_err(|why| Error::invalid_with_hint(why, "look where the items stand in the body"))?;
    let arms = ctx.pipeline.arms(actor.workspace);
    let each = pieces.into_iter().map(|piece| {
        let what = match piece.became {
            Became::Ignored(_) => Ok(None),
            Became::Refused(fault) => Err(Refusal {
                index: piece.index,
                pointer: fault.column,
                code: fault.code,
                message: fault.message,
                value: fault.value,
            }),
            Became::Event(event) => event
                .check(now)
                .and_then(|()| check_arm(&event, &arms))
                .map(|()| Some(*event))
                .map_err(|error| by_rule(piece.index, &error)),
        };
        (piece.index, what)
    });
    Ok(each.collect())
}
