//! Sources: places elsewhere whose signed webhooks become events.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::releases::Reason;
use variorum_api_types::sources as wire;
use variorum_app::library::read;
use variorum_app::sources;

use super::Answer;
use crate::body::{Json, JsonOrNothing, Path};
use crate::caller::Caller;
use crate::convert::sources as convert;
use crate::state::Shared;

/// Lists the sources.
#[utoipa::path(
    get,
    path = "/api/v1/sources",
    operation_id = "list_sources",
    tag = "data",
    responses((status = 200, description = "The sources.", body = [wire::Source]))
)]
pub(crate) async fn list_sources(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Vec<wire::Source>>> {
    let all = sources::list(&api.ctx, &caller.actor).await?;
    let all = all
        .into_iter()
        .map(|one| convert::source(one, &api.public_url));
    Ok(Out(all.collect()))
}

/// Adds a source. The secret stands in the answer, where it was made here, and nowhere else.
#[utoipa::path(
    post,
    path = "/api/v1/sources",
    operation_id = "add_source",
    tag = "data",
    request_body = wire::NewSource,
    responses((status = 201, description = "The source, and its secret.", body = wire::SourceSecret))
)]
pub(crate) async fn add_source(
    State(api): State<Shared>,
    caller: Caller,
    Json(sent): Json<wire::NewSource>,
) -> Answer<(StatusCode, Out<wire::SourceSecret>)> {
    let cmd = sources::NewSource {
        name: sent.name,
        environment: sent.environment,
        scheme: convert::scheme(&sent.scheme)?,
        shape: convert::shape(sent.reads)?,
        secret: sent.secret.filter(|secret| !secret.is_empty()),
    };
    let (shown, secret) = sources::add(&api.ctx, &caller.actor, cmd).await?;
    let source = convert::source(shown, &api.public_url);
    Ok((
        StatusCode::CREATED,
        Out(wire::SourceSecret { source, secret }),
    ))
}

/// Shows a source with what became of its last deliveries.
#[utoipa::path(
    get,
    path = "/api/v1/sources/{name}",
    operation_id = "get_source",
    tag = "data",
    params(("name" = String, Path, description = "The source's name.")),
    responses((status = 200, description = "The source.", body = wire::SourceDetail))
)]
pub(crate) async fn get_source(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer<Out<wire::SourceDetail>> {
    let shown = sources::show(&api.ctx, &caller.actor, &name).await?;
    Ok(Out(convert::detail(shown, &api.public_url)))
}

/// Changes how a source's bodies are read.
#[utoipa::path(
    patch,
    path = "/api/v1/sources/{name}",
    operation_id = "edit_source",
    tag = "data",
    params(("name" = String, Path, description = "The source's name.")),
    request_body = wire::EditSource,
    responses((status = 200, description = "The source.", body = wire::Source))
)]
pub(crate) async fn edit_source(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Json(sent): Json<wire::EditSource>,
) -> Answer<Out<wire::Source>> {
    let cmd = sources::ChangeSource {
        environment: sent.environment,
        shape: convert::shape(sent.reads)?,
        revision: sent.revision,
    };
    let shown = sources::change(&api.ctx, &caller.actor, &name, &cmd).await?;
    Ok(Out(convert::source(shown, &api.public_url)))
}

/// Takes a source away: senders are told that its address is gone.
#[utoipa::path(
    delete,
    path = "/api/v1/sources/{name}",
    operation_id = "remove_source",
    tag = "data",
    params(("name" = String, Path, description = "The source's name.")),
    responses((status = 204, description = "Nothing comes in from there any more."))
)]
pub(crate) async fn remove_source(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<StatusCode> {
    sources::remove(&api.ctx, &caller.actor, &name, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a source another secret.
#[utoipa::path(
    post,
    path = "/api/v1/sources/{name}/rotate",
    operation_id = "rotate_source",
    tag = "data",
    params(("name" = String, Path, description = "The source's name.")),
    request_body = wire::RotateSource,
    responses((status = 200, description = "The source, and its new secret.", body = wire::SourceSecret))
)]
pub(crate) async fn rotate_source(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(sent): JsonOrNothing<wire::RotateSource>,
) -> Answer<Out<wire::SourceSecret>> {
    let cmd = sources::RotateSource {
        secret: sent.secret.filter(|secret| !secret.is_empty()),
        at_once: sent.at_once,
    };
    let (shown, secret) = sources::rotate(&api.ctx, &caller.actor, &name, cmd).await?;
    let source = convert::source(shown, &api.public_url);
    Ok(Out(wire::SourceSecret { source, secret }))
}

/// Takes nothing from a source for the time being; senders are told to try again later.
#[utoipa::path(
    post,
    path = "/api/v1/sources/{name}/pause",
    operation_id = "pause_source",
    tag = "data",
    params(("name" = String, Path, description = "The source's name.")),
    request_body = Reason,
    responses((status = 200, description = "The source.", body = wire::Source))
)]
pub(crate) async fn pause_source(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<wire::Source>> {
    let shown = sources::pause(&api.ctx, &caller.actor, &name, &why.reason).await?;
    Ok(Out(convert::source(shown, &api.public_url)))
}

/// Takes deliveries of a source again.
#[utoipa::path(
    post,
    path = "/api/v1/sources/{name}/resume",
    operation_id = "resume_source",
    tag = "data",
    params(("name" = String, Path, description = "The source's name.")),
    request_body = Reason,
    responses((status = 200, description = "The source.", body = wire::Source))
)]
pub(crate) async fn resume_source(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<wire::Source>> {
    let shown = sources::resume(&api.ctx, &caller.actor, &name, &why.reason).await?;
    Ok(Out(convert::source(shown, &api.public_url)))
}

/// Says what a body would come to. Nothing is stored, and no signature is asked for.
#[utoipa::path(
    post,
    path = "/api/v1/source-trials",
    operation_id = "try_source",
    tag = "data",
    request_body = wire::SourceTrial,
    responses((status = 200, description = "What it would come to.", body = wire::SourceTried))
)]
pub(crate) async fn try_source(
    State(api): State<Shared>,
    caller: Caller,
    Json(sent): Json<wire::SourceTrial>,
) -> Answer<Out<wire::SourceTried>> {
    let trial = sources::Trial {
        name: sent.name,
        environment: sent.environment,
        shape: convert::shape(sent.reads)?,
        body: sent.body,
    };
    let tried = sources::try_out(&api.ctx, &caller.actor, &trial).await?;
    let library = read::settings_of_main(&api.ctx, &caller.actor).await?;
    Ok(Out(convert::tried(tried, &library.kpis)))
}
