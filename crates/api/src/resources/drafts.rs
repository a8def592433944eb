//! Drafts: making, reading, publishing, deleting.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::drafts::{
    Draft, DraftChange, DraftDetail, NewDraft, PublishDraft, Published,
};
use variorum_app::Error;
use variorum_app::library::drafts;

use super::Answer;
use crate::body::{Json, JsonOrNothing, Path};
use crate::caller::Caller;
use crate::convert::library::{file_versions, note};
use crate::state::Shared;
use crate::time;
use variorum_api_types::releases::Reason;

fn convert(draft: drafts::Draft) -> Draft {
    Draft {
        kind: draft.kind().to_owned(),
        name: draft.name,
        commit: draft.commit.to_string(),
        updated_at: time::format(draft.updated_at),
        ahead: draft.ahead,
        behind: draft.behind,
    }
}

/// A changed file, by whether it was there before and is there after.
pub(crate) fn change(path: String, was_there: bool, is_there: bool) -> DraftChange {
    let kind = match (was_there, is_there) {
        (false, _) => "added",
        (true, true) => "changed",
        (true, false) => "deleted",
    };
    DraftChange {
        path,
        kind: kind.to_owned(),
    }
}

/// Lists all drafts.
#[utoipa::path(
    get,
    path = "/api/v1/drafts",
    operation_id = "list_drafts",
    tag = "drafts",
    responses((status = 200, description = "The drafts.", body = [Draft]))
)]
pub(crate) async fn list_drafts(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Vec<Draft>>> {
    let found = drafts::list(&api.ctx, &caller.actor).await?;
    Ok(Out(found.into_iter().map(convert).collect()))
}

/// Makes a draft from `main` or from another draft.
#[utoipa::path(
    post,
    path = "/api/v1/drafts",
    operation_id = "create_draft",
    tag = "drafts",
    request_body = NewDraft,
    responses((status = 201, description = "The draft.", body = Draft))
)]
pub(crate) async fn create_draft(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<NewDraft>,
) -> Answer<(StatusCode, Out<Draft>)> {
    drafts::create(&api.ctx, &caller.actor, &cmd.name, cmd.from.as_deref()).await?;
    let found = drafts::list(&api.ctx, &caller.actor).await?;
    let made = found.into_iter().find(|draft| draft.name == cmd.name);
    let made = made.ok_or_else(|| Error::not_found("draft", cmd.name))?;
    Ok((StatusCode::CREATED, Out(convert(made))))
}

/// Reads one draft with the files it changes.
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{name}",
    operation_id = "get_draft",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    responses((status = 200, description = "The draft.", body = DraftDetail))
)]
pub(crate) async fn get_draft(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer<Out<DraftDetail>> {
    let (draft, changes) = drafts::get(&api.ctx, &caller.actor, &name).await?;
    let changes = changes
        .into_iter()
        .map(|c| change(c.path, c.old.is_some(), c.new.is_some()));
    Ok(Out(DraftDetail {
        draft: convert(draft),
        changes: changes.collect(),
    }))
}

/// Deletes a draft; its versions stay in the audit log.
#[utoipa::path(
    delete,
    path = "/api/v1/drafts/{name}",
    operation_id = "delete_draft",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    responses((status = 204, description = "Deleted."))
)]
pub(crate) async fn delete_draft(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<StatusCode> {
    drafts::delete(&api.ctx, &caller.actor, &name, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Publishes a draft to the library.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{name}/publish",
    operation_id = "publish_draft",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    request_body = PublishDraft,
    responses((status = 200, description = "What was published.", body = Published))
)]
pub(crate) async fn publish_draft(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Json(cmd): Json<PublishDraft>,
) -> Answer<Out<Published>> {
    let note = note(cmd.subject, cmd.body, cmd.record);
    let settled = cmd.resolutions.into_iter();
    let settled: Vec<drafts::Resolution> = settled
        .map(|one| (one.path, one.content.map(String::into_bytes)))
        .collect();
    let (commit, versions) =
        drafts::publish(&api.ctx, &caller.actor, &name, &note, &settled).await?;
    Ok(Out(Published {
        commit: commit.to_string(),
        versions: file_versions(versions),
    }))
}
