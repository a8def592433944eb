//! Stopping everything, incidents, ladders, who is on call, and messages.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::escalation as wire;
use variorum_api_types::releases::Reason;
use variorum_app::{Error, escalation, stop};
use variorum_domain::escalation::Incident;
use variorum_domain::id::IncidentNumber;

use super::{Answer, next_page, page_rows};
use crate::body::{Json, JsonOrNothing, Path, Query};
use crate::caller::Caller;
use crate::convert::escalation as convert;
use crate::state::Shared;
use crate::time;

/// Days of a calendar where nothing is said.
const CALENDAR_DAYS: i64 = 7;

/// Lists the newest stops, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/stops",
    operation_id = "list_stops",
    tag = "escalation",
    responses((status = 200, description = "The stops.", body = wire::Stops))
)]
pub(crate) async fn list_stops(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<wire::Stops>> {
    let found = stop::list(&api.ctx, &caller.actor).await?;
    Ok(Out(wire::Stops {
        items: found.into_iter().map(convert::stop).collect(),
    }))
}

/// Stops everything: every rollout is taken back, and nothing goes live until the stop is lifted.
#[utoipa::path(
    post,
    path = "/api/v1/stops",
    operation_id = "stop_everything",
    tag = "escalation",
    request_body = wire::StopEverything,
    responses((status = 201, description = "The stop.", body = wire::Stop))
)]
pub(crate) async fn stop_everything(
    State(api): State<Shared>,
    caller: Caller,
    Json(asked): Json<wire::StopEverything>,
) -> Answer<(StatusCode, Out<wire::Stop>)> {
    let environment = asked.environment.as_deref();
    let stopped =
        stop::stop_everything(&api.ctx, &caller.actor, environment, &asked.reason).await?;
    Ok((StatusCode::CREATED, Out(convert::stop(stopped))))
}

/// Lifts a stop: rollouts may begin and releases go live again.
#[utoipa::path(
    post,
    path = "/api/v1/stops/{number}/lift",
    operation_id = "lift_stop",
    tag = "escalation",
    params(("number" = i64, Path, description = "The stop's number.")),
    request_body = Reason,
    responses((status = 200, description = "The stop as it is now.", body = wire::Stop))
)]
pub(crate) async fn lift_stop(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(asked): Json<Reason>,
) -> Answer<Out<wire::Stop>> {
    let lifted = stop::lift(&api.ctx, &caller.actor, number, &asked.reason).await?;
    Ok(Out(convert::stop(lifted)))
}

/// Lists incidents, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/incidents",
    operation_id = "list_incidents",
    tag = "escalation",
    params(wire::ListIncidents),
    responses((status = 200, description = "A page of incidents.", body = wire::IncidentPage))
)]
pub(crate) async fn list_incidents(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::ListIncidents>,
) -> Answer<Out<wire::IncidentPage>> {
    let limit = page_rows(asked.limit);
    let open = asked.open.unwrap_or(false);
    let found = escalation::list(&api.ctx, &caller.actor, open, asked.below, limit).await?;
    let next = next_page(&found, limit, |one| one.number.0);
    Ok(Out(wire::IncidentPage {
        items: found.iter().map(convert::incident).collect(),
        next,
    }))
}

/// Reads one incident with its story and the messages that told of it.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{number}",
    operation_id = "get_incident",
    tag = "escalation",
    params(("number" = i64, Path, description = "The incident's number.")),
    responses((status = 200, description = "The incident.", body = wire::IncidentDetail))
)]
pub(crate) async fn get_incident(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<wire::IncidentDetail>> {
    detail(&api, &caller, number).await
}

async fn detail(api: &Shared, caller: &Caller, number: i64) -> Answer<Out<wire::IncidentDetail>> {
    let number = IncidentNumber(number);
    let (incident, told) = escalation::show(&api.ctx, &caller.actor, number).await?;
    Ok(Out(convert::detail(&incident, told)))
}

async fn answered(
    api: &Shared,
    caller: &Caller,
    incident: Incident,
) -> Answer<Out<wire::IncidentDetail>> {
    detail(api, caller, incident.number.0).await
}

/// Acknowledges an incident: the caller looks after it, and nobody else is told.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{number}/acknowledge",
    operation_id = "acknowledge_incident",
    tag = "escalation",
    params(("number" = i64, Path, description = "The incident's number.")),
    request_body = Option<wire::Acknowledge>,
    responses((status = 200, description = "The incident as it is now.", body = wire::IncidentDetail))
)]
pub(crate) async fn acknowledge_incident(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(asked): JsonOrNothing<wire::Acknowledge>,
) -> Answer<Out<wire::IncidentDetail>> {
    let number = IncidentNumber(number);
    let done = escalation::acknowledge(&api.ctx, &caller.actor, number, &asked.note).await?;
    answered(&api, &caller, done).await
}

/// Keeps an incident quiet until a moment; then its ladder begins anew.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{number}/snooze",
    operation_id = "snooze_incident",
    tag = "escalation",
    params(("number" = i64, Path, description = "The incident's number.")),
    request_body = wire::Snooze,
    responses((status = 200, description = "The incident as it is now.", body = wire::IncidentDetail))
)]
pub(crate) async fn snooze_incident(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(asked): Json<wire::Snooze>,
) -> Answer<Out<wire::IncidentDetail>> {
    let until = moment(&asked.until)?;
    let number = IncidentNumber(number);
    let done = escalation::snooze(&api.ctx, &caller.actor, number, until, &asked.reason).await?;
    answered(&api, &caller, done).await
}

fn moment(text: &str) -> Result<variorum_domain::id::Time, Error> {
    time::parse(text).ok_or_else(|| {
        Error::invalid_with_hint(
            format!("`{text}` is not a moment"),
            "write it as in RFC 3339, e.g. `2026-12-03T18:00:00Z`",
        )
    })
}

/// Hands an incident to somebody, who is told at once.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{number}/hand-over",
    operation_id = "hand_over_incident",
    tag = "escalation",
    params(("number" = i64, Path, description = "The incident's number.")),
    request_body = wire::HandOver,
    responses((status = 200, description = "The incident as it is now.", body = wire::IncidentDetail))
)]
pub(crate) async fn hand_over_incident(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(asked): Json<wire::HandOver>,
) -> Answer<Out<wire::IncidentDetail>> {
    let number = IncidentNumber(number);
    let done =
        escalation::hand_over(&api.ctx, &caller.actor, number, &asked.to, &asked.reason).await?;
    answered(&api, &caller, done).await
}

/// Resolves an incident: it is over.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{number}/resolve",
    operation_id = "resolve_incident",
    tag = "escalation",
    params(("number" = i64, Path, description = "The incident's number.")),
    request_body = Reason,
    responses((status = 200, description = "The incident as it is now.", body = wire::IncidentDetail))
)]
pub(crate) async fn resolve_incident(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(asked): Json<Reason>,
) -> Answer<Out<wire::IncidentDetail>> {
    let number = IncidentNumber(number);
    let done = escalation::resolve(&api.ctx, &caller.actor, number, &asked.reason).await?;
    answered(&api, &caller, done).await
}

/// Reads the rules of escalation, and what the server can send.
#[utoipa::path(
    get,
    path = "/api/v1/ladders",
    operation_id = "list_ladders",
    tag = "escalation",
    responses((status = 200, description = "The rules.", body = wire::EscalationRules))
)]
pub(crate) async fn list_ladders(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<wire::EscalationRules>> {
    let found = escalation::rules(&api.ctx, &caller.actor).await?;
    Ok(Out(convert::rules(&found)))
}

/// Sends the messages of every step of a ladder, marked as a test; opens no incident.
#[utoipa::path(
    post,
    path = "/api/v1/ladders/{id}/test",
    operation_id = "test_ladder",
    tag = "escalation",
    params(("id" = String, Path, description = "The ladder's id.")),
    responses((status = 200, description = "Who is told.", body = wire::TestedLadder))
)]
pub(crate) async fn test_ladder(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<Out<wire::TestedLadder>> {
    let tested = escalation::test_ladder(&api.ctx, &caller.actor, &id).await?;
    Ok(Out(convert::tested(tested)))
}

/// Says who is on call, in every calendar; times with nobody are shifts without people.
#[utoipa::path(
    get,
    path = "/api/v1/on-call",
    operation_id = "get_on_call",
    tag = "escalation",
    params(wire::AskOnCall),
    responses((status = 200, description = "The calendars.", body = wire::OnCall))
)]
pub(crate) async fn get_on_call(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskOnCall>,
) -> Answer<Out<wire::OnCall>> {
    let from = asked.from.as_deref().map(moment).transpose()?;
    let days = asked.days.unwrap_or(CALENDAR_DAYS);
    let found = escalation::who_is_on_call(&api.ctx, &caller.actor, from, days).await?;
    Ok(Out(wire::OnCall {
        items: found.into_iter().map(convert::calendar).collect(),
    }))
}

/// Lists messages to people and webhooks, newest first: what was sent, when, and what came back.
#[utoipa::path(
    get,
    path = "/api/v1/deliveries",
    operation_id = "list_deliveries",
    tag = "escalation",
    params(wire::ListDeliveries),
    responses((status = 200, description = "A page of messages.", body = wire::DeliveryPage))
)]
pub(crate) async fn list_deliveries(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::ListDeliveries>,
) -> Answer<Out<wire::DeliveryPage>> {
    let limit = page_rows(asked.limit);
    let found = escalation::deliveries(&api.ctx, &caller.actor, asked.below, limit).await?;
    let next = next_page(&found, limit, |one| one.number);
    Ok(Out(wire::DeliveryPage {
        items: found.into_iter().map(convert::delivery).collect(),
        next,
    }))
}
