//! Drafts: making, reading, changing, updating, publishing, putting away.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::drafts::{
    Draft, DraftChange, DraftDetail, EditDraft, ListDrafts, NewDraft, PendingUpdate, PublishDraft,
    Published, UpdateDraft, UpdatedDraft,
};
use variorum_api_types::releases::Reason;
use variorum_app::library::{drafts, lifecycle, pending, update};
use variorum_domain::draft::{DraftKind, DraftStatus};
use variorum_domain::id::ActorId;
use variorum_domain::limits::PAGE_ROWS_MAX;

use super::{Answer, page_rows};
use crate::body::{Json, JsonOrNothing, Path, Query};
use crate::caller::Caller;
use crate::convert::library::{file_versions, note};
use crate::convert::{commit, drafts as convert, moment, word};
use crate::state::Shared;

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

/// Lists drafts by name.
#[utoipa::path(
    get,
    path = "/api/v1/drafts",
    operation_id = "list_drafts",
    tag = "drafts",
    params(ListDrafts),
    responses((status = 200, description = "The drafts.", body = [Draft]))
)]
pub(crate) async fn list_drafts(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<ListDrafts>,
) -> Answer<Out<Vec<Draft>>> {
    let filter = drafts::DraftFilter {
        status: word("status", asked.status.as_deref(), DraftStatus::from_name)?,
        kind: word("kind", asked.kind.as_deref(), kind_of)?,
        owner: asked.owner.map(ActorId),
    };
    let limit = page_rows(asked.limit.or(Some(PAGE_ROWS_MAX)));
    let after = asked.after.as_deref();
    let found = drafts::page(&api.ctx, &caller.actor, &filter, after, limit).await?;
    Ok(Out(found.into_iter().map(convert::draft).collect()))
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
    let cmd = drafts::CreateDraft {
        name: cmd.name,
        from: cmd.from,
        title: cmd.title,
        ends_at: moment("ends_at", cmd.ends_at.as_deref())?,
    };
    drafts::start(&api.ctx, &caller.actor, &cmd).await?;
    Ok((StatusCode::CREATED, shown(&api, &caller, &cmd.name).await?))
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
        draft: convert::draft(draft),
        changes: changes.collect(),
    }))
}

/// Deletes a draft; it can be restored by opening it again.
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
    let settled = convert::resolutions(cmd.resolutions);
    let (commit, versions) =
        drafts::publish(&api.ctx, &caller.actor, &name, &note, &settled).await?;
    Ok(Out(Published {
        commit: commit.to_string(),
        versions: file_versions(versions),
    }))
}

/// The draft as it stands now.
async fn shown(api: &Shared, caller: &Caller, name: &str) -> Answer<Out<Draft>> {
    let (draft, _) = drafts::get(&api.ctx, &caller.actor, name).await?;
    Ok(Out(convert::draft(draft)))
}

fn kind_of(name: &str) -> Option<DraftKind> {
    use DraftKind::{Campaign, Draft, Experiment, Hotfix};
    [Campaign, Experiment, Hotfix, Draft]
        .into_iter()
        .find(|kind| kind.name() == name)
}

/// Changes title or end of a draft.
#[utoipa::path(
    patch,
    path = "/api/v1/drafts/{name}",
    operation_id = "edit_draft",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    request_body = EditDraft,
    responses((status = 200, description = "The draft.", body = Draft))
)]
pub(crate) async fn edit_draft(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Json(cmd): Json<EditDraft>,
) -> Answer<Out<Draft>> {
    let ends_at = match &cmd.ends_at {
        None => None,
        Some(text) => Some(moment("ends_at", Some(text))?),
    };
    let edit = lifecycle::EditDraft {
        title: cmd.title,
        ends_at,
    };
    lifecycle::edit(&api.ctx, &caller.actor, &name, &edit).await?;
    shown(&api, &caller, &name).await
}

/// Closes a draft; it can be opened again.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{name}/close",
    operation_id = "close_draft",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    request_body = Reason,
    responses((status = 200, description = "The draft.", body = Draft))
)]
pub(crate) async fn close_draft(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Draft>> {
    lifecycle::close(&api.ctx, &caller.actor, &name, &why.reason).await?;
    shown(&api, &caller, &name).await
}

/// Opens a closed or archived draft again, or restores a deleted one, where it stood.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{name}/reopen",
    operation_id = "reopen_draft",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    request_body = Reason,
    responses((status = 200, description = "The draft.", body = Draft))
)]
pub(crate) async fn reopen_draft(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Draft>> {
    lifecycle::reopen(&api.ctx, &caller.actor, &name, &why.reason).await?;
    shown(&api, &caller, &name).await
}

/// Brings the latest of its source into a draft.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{name}/update",
    operation_id = "update_draft",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    request_body = UpdateDraft,
    responses((status = 200, description = "Where it stands.", body = UpdatedDraft))
)]
pub(crate) async fn update_draft(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    JsonOrNothing(cmd): JsonOrNothing<UpdateDraft>,
) -> Answer<Out<UpdatedDraft>> {
    let settled = convert::resolutions(cmd.resolutions);
    let seen = update::Seen {
        head: commit("head", cmd.head.as_deref())?,
        latest: commit("latest", cmd.latest.as_deref())?,
    };
    let updated = update::update_seen(&api.ctx, &caller.actor, &name, &settled, seen).await?;
    Ok(Out(UpdatedDraft {
        commit: updated.commit.to_string(),
        from: updated.from,
    }))
}

/// Shows what an update would bring, and where two people changed the same part; changes nothing.
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{name}/update",
    operation_id = "get_pending_update",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    responses((status = 200, description = "What it would bring.", body = PendingUpdate))
)]
pub(crate) async fn get_pending_update(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer<Out<PendingUpdate>> {
    let found = pending::pending(&api.ctx, &caller.actor, &name).await?;
    Ok(Out(convert::pending(found)))
}
