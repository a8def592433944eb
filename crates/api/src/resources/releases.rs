//! Releases.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::releases::{Below, NewRelease, Release, ReleaseDetail, ReleasePage};
use variorum_app::{environments, releases};
use variorum_domain::id::ReleaseNumber;

use super::{Answer, next_page, page_rows};
use crate::body::{Json, Path, Query};
use crate::caller::Caller;
use crate::convert::releases as convert;
use crate::state::Shared;

/// Lists releases, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/releases",
    operation_id = "list_releases",
    tag = "releases",
    params(Below),
    responses((status = 200, description = "A page of releases.", body = ReleasePage))
)]
pub(crate) async fn list_releases(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<Below>,
) -> Answer<Out<ReleasePage>> {
    let limit = page_rows(asked.limit);
    let found = releases::list(&api.ctx, &caller.actor, asked.below, limit).await?;
    let live = environments::list(&api.ctx, &caller.actor).await?;
    let next = next_page(&found, limit, |release| release.number.0);
    let items = found
        .iter()
        .map(|release| convert::release(release, &live))
        .collect();
    Ok(Out(ReleasePage { items, next }))
}

/// Makes a release of what `main` holds.
#[utoipa::path(
    post,
    path = "/api/v1/releases",
    operation_id = "create_release",
    tag = "releases",
    request_body = NewRelease,
    responses((status = 201, description = "The release.", body = Release))
)]
pub(crate) async fn create_release(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<NewRelease>,
) -> Answer<(StatusCode, Out<Release>)> {
    let from = cmd.from.filter(|from| !from.is_empty());
    let made = releases::create(&api.ctx, &caller.actor, from.as_deref(), &cmd.note).await?;
    Ok((StatusCode::CREATED, Out(convert::release(&made, &[]))))
}

/// Reads one release with its manifest and what changed against the one before.
#[utoipa::path(
    get,
    path = "/api/v1/releases/{number}",
    operation_id = "get_release",
    tag = "releases",
    params(("number" = i64, Path, description = "The release's number.")),
    responses((status = 200, description = "The release.", body = ReleaseDetail))
)]
pub(crate) async fn get_release(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<ReleaseDetail>> {
    let (ctx, actor) = (&api.ctx, &caller.actor);
    let number = ReleaseNumber(number);
    let found = releases::get(ctx, actor, number).await?;
    let before = releases::list(ctx, actor, Some(number.0), 1).await?;
    let before = before.first().map(|release| release.number);
    let changes = releases::changes(ctx, actor, before, number).await?;
    let live = environments::list(ctx, actor).await?;
    Ok(Out(convert::detail(&found, &live, changes)?))
}
