//! Hold-outs, and what releases in the shadow came to.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::designs::{ShadowResult, StartHoldOut};
use variorum_api_types::rollouts::Rollout;
use variorum_app::{rollouts, shadow};
use variorum_domain::id::RolloutNumber;

use super::Answer;
use super::rollouts::answer;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::convert::designs as convert;
use crate::state::Shared;

/// Keeps a share of all people at what is live now, over whatever goes live and whatever is tried
/// until it ends. It is a rollout: it is read, paused and finished as one.
#[utoipa::path(
    post,
    path = "/api/v1/hold-outs",
    operation_id = "start_hold_out",
    tag = "rollouts",
    request_body = StartHoldOut,
    responses((status = 201, description = "The hold-out.", body = Rollout))
)]
pub(crate) async fn start_hold_out(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<StartHoldOut>,
) -> Answer<(StatusCode, Out<Rollout>)> {
    let cmd = convert::hold_out(cmd)?;
    let started = rollouts::start(&api.ctx, &caller.actor, cmd).await?;
    Ok((StatusCode::CREATED, answer(&api, &caller, started).await?))
}

/// Tells what a release in the shadow would have answered.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts/{number}/shadow",
    operation_id = "get_shadow",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    responses((status = 200, description = "What it came to.", body = ShadowResult))
)]
pub(crate) async fn get_shadow(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<ShadowResult>> {
    let number = RolloutNumber(number);
    let found = shadow::read(&api.ctx, &caller.actor, number).await?;
    Ok(Out(convert::shadow(number, &found)))
}
