//! People: listing, inviting, changing what they may do.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::people::{ChangePerson, Invitation, Invite, Person};
use variorum_app::members;
use variorum_domain::id::ActorId;

use super::Answer;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::convert::people as convert;
use crate::state::Shared;

/// Lists everybody of the workspace.
#[utoipa::path(
    get,
    path = "/api/v1/people",
    operation_id = "list_people",
    tag = "people",
    responses((status = 200, description = "People and services.", body = [Person]))
)]
pub(crate) async fn list_people(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Vec<Person>>> {
    let rows = members::list(&api.ctx, &caller.actor).await?;
    Ok(Out(rows.into_iter().map(convert::person).collect()))
}

/// Invites a person by link.
#[utoipa::path(
    post,
    path = "/api/v1/people",
    operation_id = "invite_person",
    tag = "people",
    request_body = Invite,
    responses((status = 201, description = "The invitation; its link is shown once.", body = Invitation))
)]
pub(crate) async fn invite_person(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<Invite>,
) -> Answer<(StatusCode, Out<Invitation>)> {
    let grants = convert::grants(cmd.grants)?;
    let cmd = members::Invite {
        name: cmd.name,
        email: cmd.email,
        grants,
    };
    let (row, code) = members::invite(&api.ctx, &caller.actor, cmd).await?;
    let link = format!("{}/sign-in#{code}", api.public_url);
    Ok((
        StatusCode::CREATED,
        Out(Invitation {
            person: convert::person(row),
            link,
        }),
    ))
}

/// Changes what a person may do, shuts them out or lets them in again.
#[utoipa::path(
    patch,
    path = "/api/v1/people/{id}",
    operation_id = "change_person",
    tag = "people",
    params(("id" = i64, Path, description = "The actor's id.")),
    request_body = ChangePerson,
    responses((status = 200, description = "The person.", body = Person))
)]
pub(crate) async fn change_person(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(cmd): Json<ChangePerson>,
) -> Answer<Out<Person>> {
    let grants = cmd.grants.map(convert::grants).transpose()?;
    let id = ActorId(id);
    let row = members::change(
        &api.ctx,
        &caller.actor,
        id,
        grants,
        cmd.disabled,
        &cmd.reason,
    )
    .await?;
    Ok(Out(convert::person(row)))
}
