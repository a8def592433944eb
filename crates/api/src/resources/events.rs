//! Taking exposures and outcomes in. A data plane: little stands between the socket and the log.

use axum::Json as Out;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use variorum_api_types::events::{EventRejected, EventsAccepted};
use variorum_app::{events, quality};
use variorum_domain::limits::EVENTS_PER_REQUEST_MAX;

use crate::body::{not_json, read};
use crate::caller::identify;
use crate::convert::events as convert;
use crate::door::{check_host, harden};
use crate::problem::{Failure, with_incident};
use crate::state::{Api, Shared};

/// Takes events in: a JSON array, one object, or one object a line (NDJSON).
///
/// The answer comes after what was accepted is durable. An event that is wrong is refused by itself;
/// the others are taken. The same id is counted once.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    operation_id = "send_events",
    tag = "serving",
    request_body(content(
        ([variorum_api_types::events::Event] = "application/json"),
        (String = "application/x-ndjson")
    )),
    responses((status = 200, description = "What became of each event.", body = EventsAccepted))
)]
pub(crate) async fn send_events(State(api): State<Shared>, request: Request) -> Response {
    let mut response = match take(&api, request).await {
        Ok(accepted) => Out(accepted).into_response(),
        Err(failure) => with_incident(&api, failure.into_response()),
    };
    harden(response.headers_mut());
    response
}

async fn take(api: &Api, request: Request) -> Result<EventsAccepted, Failure> {
    check_host(api, &request)?;
    let (parts, body) = request.into_parts();
    let caller = identify(api, &parts).await?;
    let body = read(body).await?;
    let batch = convert::read(&body, is_lines(&parts.headers)).map_err(|error| not_json(&error))?;
    if batch.len() > EVENTS_PER_REQUEST_MAX {
        return Err(Failure::invalid(
            &format!("a request may hold at most {EVENTS_PER_REQUEST_MAX} events"),
            "Send them in several requests.",
        ));
    }
    let kpis = api.kpis.get(&api.ctx, &caller.actor).await?;
    let now = api.ctx.clock.now();
    let mut refused: Vec<(usize, convert::Refused)> = Vec::new();
    let mut readable = Vec::with_capacity(batch.len());
    for (index, sent) in batch.into_iter().enumerate() {
        match sent.and_then(|sent| convert::event(sent, &kpis, kpis.rates(), now)) {
            Ok(event) => readable.push((index, Ok(event))),
            Err(why) => refused.push((index, why)),
        }
    }
    let taken = events::ingest(&api.ctx, &caller.actor, readable).await?;
    let by_rule = taken.rejected.into_iter();
    refused.extend(by_rule.map(|(index, error)| (index, convert::Refused::Rule(error))));
    refused.sort_by_key(|(index, _)| *index);
    let rejected: Vec<EventRejected> = refused.iter().map(|(index, why)| why.at(*index)).collect();
    let codes = rejected.iter().map(|rejected| rejected.code.as_str());
    let rules = refused.iter().map(|(_, why)| why.rule());
    quality::note_refused(&api.ctx, &caller.actor, codes.zip(rules));
    api.metrics.events(rejected.len());
    Ok(EventsAccepted {
        accepted: taken.accepted,
        duplicate: taken.duplicate,
        rejected,
    })
}

fn is_lines(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.contains("ndjson") || kind.contains("jsonl"))
}
