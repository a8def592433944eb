//! Deciding against the verdict on a rollout: asking a second person, confirming, declining.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::decisions::AskDecision;
use variorum_api_types::releases::Reason;
use variorum_api_types::rollouts::Rollout;
use variorum_app::rollouts;
use variorum_domain::id::RolloutNumber;

use super::Answer;
use super::rollouts::answer;
use crate::body::{Json, JsonOrNothing, Path};
use crate::caller::Caller;
use crate::convert::decisions as convert;
use crate::state::Shared;

/// Asks a second person to confirm what the verdict on a rollout does not support.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts/{number}/decision",
    operation_id = "ask_decision",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    request_body = AskDecision,
    responses((status = 200, description = "The rollout; nothing of it has changed yet.", body = Rollout))
)]
pub(crate) async fn ask_decision(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(asked): Json<AskDecision>,
) -> Answer<Out<Rollout>> {
    let (number, ask) = (RolloutNumber(number), convert::ask(&asked)?);
    let after = rollouts::ask(&api.ctx, &caller.actor, number, ask, &asked.reason).await?;
    Ok(answer(&api, &caller, after).await?)
}

/// Confirms what somebody else asked for against the verdict, and does it.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts/{number}/decision/confirm",
    operation_id = "confirm_decision",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The rollout, after it was done.", body = Rollout))
)]
pub(crate) async fn confirm_decision(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Rollout>> {
    let number = RolloutNumber(number);
    let after = rollouts::confirm(&api.ctx, &caller.actor, number, &why.reason).await?;
    Ok(answer(&api, &caller, after).await?)
}

/// Declines what somebody asked for against the verdict, or takes back what one asked for oneself.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts/{number}/decision/decline",
    operation_id = "decline_decision",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The rollout, as it was.", body = Rollout))
)]
pub(crate) async fn decline_decision(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Rollout>> {
    let number = RolloutNumber(number);
    let after = rollouts::decline(&api.ctx, &caller.actor, number, &why.reason).await?;
    Ok(answer(&api, &caller, after).await?)
}
