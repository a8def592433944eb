//! What is live: going live at once, and going back.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::releases::{Environment, GoLive, Reason};
use variorum_app::environments;
use variorum_domain::id::ReleaseNumber;

use super::Answer;
use crate::body::{Json, JsonOrNothing, Path};
use crate::caller::Caller;
use crate::convert::releases::environment;
use crate::state::Shared;

/// Lists environments and what is live in them.
#[utoipa::path(
    get,
    path = "/api/v1/environments",
    operation_id = "list_environments",
    tag = "environments",
    responses((status = 200, description = "The environments, the default first.", body = [Environment]))
)]
pub(crate) async fn list_environments(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Vec<Environment>>> {
    let found = environments::list(&api.ctx, &caller.actor).await?;
    Ok(Out(found.into_iter().map(environment).collect()))
}

/// Makes a release live for everybody at once.
#[utoipa::path(
    post,
    path = "/api/v1/environments/{name}/go-live",
    operation_id = "go_live",
    tag = "environments",
    params(("name" = String, Path, description = "The environment's name.")),
    request_body = GoLive,
    responses((status = 200, description = "The environment.", body = Environment))
)]
pub(crate) async fn go_live(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Json(cmd): Json<GoLive>,
) -> Answer<Out<Environment>> {
    let release = ReleaseNumber(cmd.release);
    let after = environments::go_live(&api.ctx, &caller.actor, &name, release, &cmd.reason).await?;
    Ok(Out(environment(after)))
}

/// Goes back to the release that was live before.
#[utoipa::path(
    post,
    path = "/api/v1/environments/{name}/roll-back",
    operation_id = "roll_back_environment",
    tag = "environments",
    params(("name" = String, Path, description = "The environment's name.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The environment.", body = Environment))
)]
pub(crate) async fn roll_back_environment(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Environment>> {
    let after = environments::roll_back(&api.ctx, &caller.actor, &name, &why.reason).await?;
    Ok(Out(environment(after)))
}
