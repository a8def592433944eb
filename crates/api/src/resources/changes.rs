//! Changes: opening, reading, reviewing, publishing, closing.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::changes as wire;
use variorum_api_types::releases::Reason;
use variorum_app::changes::{self, EditChange, GiveReview, ListChanges, MergeChange, OpenChange};
use variorum_app::emergency;
use variorum_domain::change::{ChangeStatus, Verdict};
use variorum_domain::id::{ActorId, ChangeNumber};

use super::{Answer, next_page, page_rows};
use crate::body::{Json, JsonOrNothing, Path, Query};
use crate::caller::Caller;
use crate::convert::library::{file_versions, record_from};
use crate::convert::{changes as convert, commit, impact, word};
use crate::problem::Failure;
use crate::state::Shared;

/// What an approval means where nothing is said.
const MEANING: &str = "approval";

/// Lists changes, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/changes",
    operation_id = "list_changes",
    tag = "changes",
    params(wire::ListChanges),
    responses((status = 200, description = "A page of changes.", body = wire::ChangePage))
)]
pub(crate) async fn list_changes(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::ListChanges>,
) -> Answer<Out<wire::ChangePage>> {
    let limit = page_rows(asked.limit);
    let filter = ListChanges {
        status: word("status", asked.status.as_deref(), ChangeStatus::from_name)?,
        draft: asked.draft.filter(|draft| !draft.is_empty()),
        author: asked.author.map(ActorId),
        owed: asked.owed.unwrap_or(false),
    };
    let found = changes::list(&api.ctx, &caller.actor, filter, asked.below, limit).await?;
    let next = next_page(&found, limit, |change| change.number.0);
    let items = found.into_iter().map(convert::change).collect();
    Ok(Out(wire::ChangePage { items, next }))
}

/// Lists open changes, newest first, each with what still blocks it and its reviews; at most 50.
#[utoipa::path(
    get,
    path = "/api/v1/changes/standing",
    operation_id = "list_standing_changes",
    tag = "changes",
    responses((status = 200, description = "The open changes.", body = [wire::ChangeStanding]))
)]
pub(crate) async fn list_standing_changes(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Vec<wire::ChangeStanding>>> {
    let views = changes::standing(&api.ctx, &caller.actor).await?;
    Ok(Out(views.into_iter().map(convert::standing).collect()))
}

/// Opens a change for a draft.
#[utoipa::path(
    post,
    path = "/api/v1/changes",
    operation_id = "open_change",
    tag = "changes",
    request_body = wire::OpenChange,
    responses((status = 201, description = "The change.", body = wire::Change))
)]
pub(crate) async fn open_change(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<wire::OpenChange>,
) -> Answer<(StatusCode, Out<wire::Change>)> {
    let cmd = OpenChange {
        draft: cmd.draft,
        title: cmd.title,
        summary: cmd.summary,
        record: record_from(cmd.record),
        reviewers: cmd.reviewers,
    };
    let opened = changes::open(&api.ctx, &caller.actor, cmd).await?;
    Ok((StatusCode::CREATED, Out(convert::change(opened))))
}

/// Reads one change with its files, reviews, discussions and what still blocks it.
#[utoipa::path(
    get,
    path = "/api/v1/changes/{number}",
    operation_id = "get_change",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number.")),
    responses((status = 200, description = "The change.", body = wire::ChangeDetail))
)]
pub(crate) async fn get_change(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<wire::ChangeDetail>> {
    let view = changes::get(&api.ctx, &caller.actor, ChangeNumber(number)).await?;
    Ok(Out(convert::detail(view)))
}

/// Edits title, summary, record or reviewers of an open change.
#[utoipa::path(
    patch,
    path = "/api/v1/changes/{number}",
    operation_id = "edit_change",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number.")),
    request_body = wire::EditChange,
    responses((status = 200, description = "The change.", body = wire::Change))
)]
pub(crate) async fn edit_change(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(cmd): Json<wire::EditChange>,
) -> Answer<Out<wire::Change>> {
    let cmd = EditChange {
        title: cmd.title,
        summary: cmd.summary,
        record: cmd.record.map(record_from),
        reviewers: cmd.reviewers,
    };
    let edited = changes::edit(&api.ctx, &caller.actor, ChangeNumber(number), cmd).await?;
    Ok(Out(convert::change(edited)))
}

/// Compares one file of a change: fields, words, lines and what the model would read.
#[utoipa::path(
    get,
    path = "/api/v1/changes/{number}/file",
    operation_id = "compare_change_file",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number."), wire::CompareFile),
    responses((status = 200, description = "Both sides.", body = wire::FileComparison))
)]
pub(crate) async fn compare_change_file(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Query(asked): Query<wire::CompareFile>,
) -> Answer<Out<wire::FileComparison>> {
    let given = asked.variables.as_deref().filter(|text| !text.is_empty());
    let variables = given.map(serde_json::from_str).transpose();
    let variables = variables.map_err(|error| {
        Failure::invalid(
            &format!("`variables` is not a JSON object: {error}"),
            "Write it like {\"name\": \"Ann\"}.",
        )
    })?;
    let number = ChangeNumber(number);
    let variables = variables.unwrap_or_default();
    let found = changes::file(&api.ctx, &caller.actor, number, &asked.path, &variables).await?;
    Ok(Out(convert::comparison(found)))
}

/// Gives a review.
#[utoipa::path(
    post,
    path = "/api/v1/changes/{number}/reviews",
    operation_id = "review_change",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number.")),
    request_body = wire::NewReview,
    responses((status = 201, description = "The change.", body = wire::Change))
)]
pub(crate) async fn review_change(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(cmd): Json<wire::NewReview>,
) -> Answer<(StatusCode, Out<wire::Change>)> {
    let verdict = word("verdict", Some(&cmd.verdict), Verdict::from_name)?;
    let verdict = verdict.ok_or_else(|| {
        Failure::invalid(
            "`verdict` is missing",
            "Use approve, request-changes or comment.",
        )
    })?;
    let cmd = GiveReview {
        number: ChangeNumber(number),
        verdict,
        meaning: cmd.meaning.unwrap_or_else(|| MEANING.to_owned()),
        note: cmd.note,
        head: commit("head", cmd.head.as_deref())?,
    };
    let reviewed = changes::review(&api.ctx, &caller.actor, cmd).await?;
    Ok((StatusCode::CREATED, Out(convert::change(reviewed))))
}

/// Publishes a change to the library, if nothing blocks it.
#[utoipa::path(
    post,
    path = "/api/v1/changes/{number}/merge",
    operation_id = "merge_change",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number.")),
    request_body = wire::MergeChange,
    responses((status = 200, description = "What was published.", body = wire::MergedChange))
)]
pub(crate) async fn merge_change(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(cmd): JsonOrNothing<wire::MergeChange>,
) -> Answer<Out<wire::MergedChange>> {
    let cmd = MergeChange {
        number: ChangeNumber(number),
        head: commit("head", cmd.head.as_deref())?,
    };
    let merged = changes::merge(&api.ctx, &caller.actor, &cmd).await?;
    Ok(Out(wire::MergedChange {
        change: convert::change(merged.change),
        commit: merged.commit.to_string(),
        versions: file_versions(merged.versions),
    }))
}

/// Closes a change; its draft stays.
#[utoipa::path(
    post,
    path = "/api/v1/changes/{number}/close",
    operation_id = "close_change",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number.")),
    request_body = Reason,
    responses((status = 200, description = "The change.", body = wire::Change))
)]
pub(crate) async fn close_change(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<wire::Change>> {
    let number = ChangeNumber(number);
    let closed = changes::close(&api.ctx, &caller.actor, number, &why.reason).await?;
    Ok(Out(convert::change(closed)))
}

/// Opens a closed change again.
#[utoipa::path(
    post,
    path = "/api/v1/changes/{number}/reopen",
    operation_id = "reopen_change",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number.")),
    responses((status = 200, description = "The change.", body = wire::Change))
)]
pub(crate) async fn reopen_change(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<wire::Change>> {
    let opened = changes::reopen(&api.ctx, &caller.actor, ChangeNumber(number)).await?;
    Ok(Out(convert::change(opened)))
}

/// Publishes a hotfix and makes it live at once; a review is owed within a day.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{name}/publish-hotfix",
    operation_id = "publish_hotfix",
    tag = "changes",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    request_body = wire::PublishHotfix,
    responses((status = 200, description = "What is live.", body = wire::PublishedHotfix))
)]
pub(crate) async fn publish_hotfix(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Json(cmd): Json<wire::PublishHotfix>,
) -> Answer<Out<wire::PublishedHotfix>> {
    let cmd = emergency::PublishHotfix {
        draft: name,
        reason: cmd.reason,
        environment: cmd.environment.filter(|name| !name.is_empty()),
    };
    let live = emergency::publish(&api.ctx, &caller.actor, &cmd).await?;
    Ok(Out(wire::PublishedHotfix {
        change: convert::change(live.change),
        commit: live.commit.to_string(),
        release: live.release.0,
        environment: live.environment.name,
        broken_contracts: live.broken.breaches.iter().map(impact::breach).collect(),
    }))
}
