//! Mirrors: Git repositories elsewhere with which the library is kept in step.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::mirrors as wire;
use variorum_api_types::releases::Reason;
use variorum_app::{Error, remotes};
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::remote::Direction;

use super::Answer;
use crate::body::{Json, JsonOrNothing, Path};
use crate::caller::Caller;
use crate::state::Shared;
use crate::time;

fn mirror(row: remotes::RemoteRow, held: bool, actor: &Actor) -> wire::Mirror {
    let status = match (row.tried_at, row.failures) {
        (None, _) => "new",
        (Some(_), 0) if held => "held",
        (Some(_), 0) => "in-step",
        _ => "failing",
    };
    let sees_names = access::check(actor, Action::Administer, "").is_ok();
    wire::Mirror {
        name: row.name,
        url: row.url,
        direction: row.direction,
        credential: if sees_names {
            row.credential
        } else {
            String::new()
        },
        added_by: row.added_by,
        added_at: time::format(row.added_at),
        status: status.to_owned(),
        problem: row.problem,
        tried_at: row.tried_at.map(time::format),
        succeeded_at: row.succeeded_at.map(time::format),
        failures: row.failures,
        next_at: time::format(row.next_at),
    }
}

fn detail(shown: remotes::Shown, actor: &Actor) -> wire::MirrorDetail {
    let held = shown.refs.iter().any(|one| !one.problem.is_empty());
    let parked = shown.parked;
    let refs = shown.refs.into_iter().map(|one| wire::MirrorRef {
        draft: parked.get(&one.name).map(|lies| lies.draft.clone()),
        change: parked
            .get(&one.name)
            .and_then(|lies| lies.change)
            .map(|number| number.0),
        name: one.name,
        synced: one.synced.map(|oid| oid.to_string()),
        parked: one.parked.map(|oid| oid.to_string()),
        problem: one.problem,
        at: time::format(one.at),
    });
    wire::MirrorDetail {
        refs: refs.collect(),
        mirror: mirror(shown.row, held, actor),
    }
}

/// Lists the mirrors.
#[utoipa::path(
    get,
    path = "/api/v1/mirrors",
    operation_id = "list_mirrors",
    tag = "mirrors",
    responses((status = 200, description = "The mirrors.", body = [wire::Mirror]))
)]
pub(crate) async fn list_mirrors(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Vec<wire::Mirror>>> {
    let all = remotes::list(&api.ctx, &caller.actor).await?;
    let all = all
        .into_iter()
        .map(|shown| detail(shown, &caller.actor).mirror);
    Ok(Out(all.collect()))
}

/// Adds a mirror; it is tried at once.
#[utoipa::path(
    post,
    path = "/api/v1/mirrors",
    operation_id = "add_mirror",
    tag = "mirrors",
    request_body = wire::NewMirror,
    responses((status = 201, description = "The mirror.", body = wire::Mirror))
)]
pub(crate) async fn add_mirror(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<wire::NewMirror>,
) -> Answer<(StatusCode, Out<wire::Mirror>)> {
    let direction = Direction::from_name(&cmd.direction)
        .ok_or_else(|| Error::invalid("`direction` must be `push`, `pull` or `both`"))?;
    let cmd = remotes::AddRemote {
        name: cmd.name,
        url: cmd.url,
        direction,
        credential: cmd.credential,
    };
    let row = remotes::add(&api.ctx, &caller.actor, &cmd).await?;
    Ok((StatusCode::CREATED, Out(mirror(row, false, &caller.actor))))
}

/// Shows a mirror with its branches and tags.
#[utoipa::path(
    get,
    path = "/api/v1/mirrors/{name}",
    operation_id = "get_mirror",
    tag = "mirrors",
    params(("name" = String, Path, description = "The mirror's name.")),
    responses((status = 200, description = "The mirror.", body = wire::MirrorDetail))
)]
pub(crate) async fn get_mirror(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer<Out<wire::MirrorDetail>> {
    let shown = remotes::show(&api.ctx, &caller.actor, &name).await?;
    Ok(Out(detail(shown, &caller.actor)))
}

/// Asks for a mirror to be tried now, whatever it refused before.
#[utoipa::path(
    post,
    path = "/api/v1/mirrors/{name}/sync",
    operation_id = "sync_mirror",
    tag = "mirrors",
    params(("name" = String, Path, description = "The mirror's name.")),
    responses((status = 202, description = "It is tried; ask for the mirror to see how it went.", body = wire::Mirror))
)]
pub(crate) async fn sync_mirror(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer<(StatusCode, Out<wire::Mirror>)> {
    let row = remotes::ask(&api.ctx, &caller.actor, &name).await?;
    Ok((StatusCode::ACCEPTED, Out(mirror(row, false, &caller.actor))))
}

/// Takes a mirror away; what came from there stays.
#[utoipa::path(
    delete,
    path = "/api/v1/mirrors/{name}",
    operation_id = "remove_mirror",
    tag = "mirrors",
    params(("name" = String, Path, description = "The mirror's name.")),
    responses((status = 204, description = "Nothing goes there or comes from there any more."))
)]
pub(crate) async fn remove_mirror(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<StatusCode> {
    remotes::remove(&api.ctx, &caller.actor, &name, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
