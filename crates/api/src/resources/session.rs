//! Signing in and out, and who is signed in.

use axum::Json as Out;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use variorum_api_types::session::{Session, SignIn, Workspace};
use variorum_app::{Error, members, setup};
use variorum_domain::access::Actor;

use super::Answer;
use crate::body::Json;
use crate::caller::{COOKIE, Caller, check_origin};
use crate::convert::people::me;
use crate::state::{Api, Shared};

/// How long a browser keeps the session's cookie, as long as the session itself lasts.
const COOKIE_SECONDS: u32 = 14 * 86_400;

/// Says who is signed in, and where.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "get_session",
    tag = "session",
    responses((status = 200, description = "Who is signed in.", body = Session))
)]
pub(crate) async fn get_session(State(api): State<Shared>, caller: Caller) -> Answer<Out<Session>> {
    Ok(Out(session(&api, &caller.actor).await?))
}

async fn session(api: &Api, actor: &Actor) -> Result<Session, Error> {
    let rows = setup::workspaces(&api.ctx).await?;
    let row = rows.into_iter().find(|row| row.id == actor.workspace);
    let row = row.ok_or_else(|| Error::not_found("workspace", actor.workspace))?;
    Ok(Session {
        actor: me(actor),
        workspace: Workspace {
            name: row.name,
            title: row.title,
            sample: row.sample,
            empty: setup::is_empty(&api.ctx, actor.workspace).await?,
        },
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Redeems the code of a sign-in or invitation link and sets the session's cookie.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "create_session",
    tag = "session",
    request_body = SignIn,
    security(()),
    responses((status = 201, description = "Signed in; the cookie `variorum_session` is set.", body = Session))
)]
pub(crate) async fn create_session(
    State(api): State<Shared>,
    request: Request,
) -> Answer<Response> {
    let (parts, body) = request.into_parts();
    check_origin(&api, &parts)?;
    let request = Request::from_parts(parts, body);
    let Json(SignIn { code }) = Json::from_request(request, &api).await?;
    let (secret, actor) = members::sign_in(&api.ctx, code.trim()).await?;
    let session = session(&api, &actor).await?;
    let mut response = (StatusCode::CREATED, Out(session)).into_response();
    response
        .headers_mut()
        .insert(SET_COOKIE, cookie(&api, &secret, COOKIE_SECONDS)?);
    Ok(response)
}

/// Ends the session or token in use and takes the cookie away.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "delete_session",
    tag = "session",
    responses((status = 204, description = "Signed out."))
)]
pub(crate) async fn delete_session(State(api): State<Shared>, caller: Caller) -> Answer<Response> {
    members::sign_out(&api.ctx, &caller.actor, caller.token).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response
        .headers_mut()
        .insert(SET_COOKIE, cookie(&api, "", 0)?);
    Ok(response)
}

fn cookie(api: &Api, secret: &str, seconds: u32) -> Result<HeaderValue, Error> {
    let secure = if api.is_secure() { "; Secure" } else { "" };
    let text =
        format!("{COOKIE}={secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text)
        .map_err(|_| Error::Internal("a secret cannot be written into a cookie".into()))
}
