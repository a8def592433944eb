//! KPIs that got worse outside of experiments, and what people answer.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::regressions as wire;
use variorum_app::watch;
use variorum_domain::watch::Act;

use super::{Answer, page_rows};
use crate::body::{JsonOrNothing, Path, Query};
use crate::caller::Caller;
use crate::convert::regressions as convert;
use crate::state::Shared;

/// Lists regressions, those that wait by what is at stake.
#[utoipa::path(
    get,
    path = "/api/v1/regressions",
    operation_id = "list_regressions",
    tag = "measurement",
    params(wire::ListRegressions),
    responses((status = 200, description = "A page of regressions.", body = wire::RegressionPage))
)]
pub(crate) async fn list_regressions(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::ListRegressions>,
) -> Answer<Out<wire::RegressionPage>> {
    let limit = page_rows(asked.limit);
    let open = asked.open.unwrap_or(false);
    let found = watch::list(&api.ctx, &caller.actor, open, asked.below, limit).await?;
    let oldest = found.items.iter().map(|one| one.regression.number).min();
    Ok(Out(wire::RegressionPage {
        next: oldest.filter(|_| found.items.len() == limit),
        looked: found.looked.as_ref().map(convert::looked),
        items: found.items.into_iter().map(convert::regression).collect(),
    }))
}

/// Shows a regression.
#[utoipa::path(
    get,
    path = "/api/v1/regressions/{number}",
    operation_id = "get_regression",
    tag = "measurement",
    params(("number" = i64, Path, description = "The regression's number.")),
    responses((status = 200, description = "The regression.", body = wire::Regression))
)]
pub(crate) async fn get_regression(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<wire::Regression>> {
    let found = watch::get(&api.ctx, &caller.actor, number).await?;
    Ok(Out(convert::regression(found)))
}

/// Takes a regression on, so that others know somebody looks after it.
#[utoipa::path(
    post,
    path = "/api/v1/regressions/{number}/acknowledge",
    operation_id = "acknowledge_regression",
    tag = "measurement",
    params(("number" = i64, Path, description = "The regression's number.")),
    request_body = wire::AnswerRegression,
    responses((status = 200, description = "The regression as it is now.", body = wire::Regression))
)]
pub(crate) async fn acknowledge_regression(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(cmd): JsonOrNothing<wire::AnswerRegression>,
) -> Answer<Out<wire::Regression>> {
    let act = Act::Acknowledge;
    let found = watch::answer(&api.ctx, &caller.actor, number, act, &cmd.reason).await?;
    Ok(Out(convert::regression(found)))
}

/// Says that a regression needs no work: the level since is the new one.
#[utoipa::path(
    post,
    path = "/api/v1/regressions/{number}/dismiss",
    operation_id = "dismiss_regression",
    tag = "measurement",
    params(("number" = i64, Path, description = "The regression's number.")),
    request_body = wire::AnswerRegression,
    responses((status = 200, description = "The regression as it is now.", body = wire::Regression))
)]
pub(crate) async fn dismiss_regression(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(cmd): JsonOrNothing<wire::AnswerRegression>,
) -> Answer<Out<wire::Regression>> {
    let act = Act::Dismiss;
    let found = watch::answer(&api.ctx, &caller.actor, number, act, &cmd.reason).await?;
    Ok(Out(convert::regression(found)))
}
