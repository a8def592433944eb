//! Searches kept under a name.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Map, Value};
use variorum_api_types::library::ListPrompts;
use variorum_api_types::views as wire;
use variorum_app::views::{self, OwnedView};
use variorum_domain::access::Actor;

use super::Answer;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::state::Shared;
use crate::time;

fn view(found: OwnedView, actor: &Actor) -> wire::View {
    let row = found.row;
    wire::View {
        id: row.number,
        name: row.name,
        // What an older program kept and this one does not know is left out.
        find: serde_json::from_str(&row.find).unwrap_or_default(),
        shared: row.shared,
        pinned: row.pinned,
        owner: row.owner.0,
        owner_name: found.owner,
        mine: row.owner == actor.id,
        may_change: found.may_change,
        created_at: time::format(row.created_at),
        updated_at: time::format(row.updated_at),
    }
}

/// A question without the page that was looked at.
fn question(find: ListPrompts) -> Map<String, Value> {
    let find = ListPrompts {
        after: None,
        limit: None,
        facets: None,
        ..find
    };
    match serde_json::to_value(find) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Lists the caller's views and those that others share.
#[utoipa::path(
    get,
    path = "/api/v1/views",
    operation_id = "list_views",
    tag = "library",
    responses((status = 200, description = "The views.", body = wire::Views))
)]
pub(crate) async fn list_views(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<wire::Views>> {
    let found = views::list(&api.ctx, &caller.actor).await?;
    let items = found.into_iter().map(|one| view(one, &caller.actor));
    Ok(Out(wire::Views {
        items: items.collect(),
    }))
}

/// Keeps a search under a name.
#[utoipa::path(
    post,
    path = "/api/v1/views",
    operation_id = "create_view",
    tag = "library",
    request_body = wire::NewView,
    responses((status = 201, description = "The view.", body = wire::View))
)]
pub(crate) async fn create_view(
    State(api): State<Shared>,
    caller: Caller,
    Json(asked): Json<wire::NewView>,
) -> Answer<(StatusCode, Out<wire::View>)> {
    let cmd = views::KeepView {
        name: asked.name,
        find: question(asked.find),
        shared: asked.shared,
        pinned: asked.pinned,
    };
    let kept = views::keep(&api.ctx, &caller.actor, &cmd).await?;
    Ok((StatusCode::CREATED, Out(view(kept, &caller.actor))))
}

/// Shows a view.
#[utoipa::path(
    get,
    path = "/api/v1/views/{id}",
    operation_id = "get_view",
    tag = "library",
    params(("id" = i64, Path, description = "The view's number.")),
    responses((status = 200, description = "The view.", body = wire::View))
)]
pub(crate) async fn get_view(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Answer<Out<wire::View>> {
    let found = views::show(&api.ctx, &caller.actor, id).await?;
    Ok(Out(view(found, &caller.actor)))
}

/// Changes a view: its name, its words and filters, who sees it.
#[utoipa::path(
    patch,
    path = "/api/v1/views/{id}",
    operation_id = "edit_view",
    tag = "library",
    params(("id" = i64, Path, description = "The view's number.")),
    request_body = wire::EditView,
    responses((status = 200, description = "The view as it is now.", body = wire::View))
)]
pub(crate) async fn edit_view(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(asked): Json<wire::EditView>,
) -> Answer<Out<wire::View>> {
    let cmd = views::ChangeView {
        name: asked.name,
        find: asked.find.map(question),
        shared: asked.shared,
        pinned: asked.pinned,
    };
    let changed = views::change(&api.ctx, &caller.actor, id, &cmd).await?;
    Ok(Out(view(changed, &caller.actor)))
}

/// Takes a view away; what it finds stays as it is.
#[utoipa::path(
    delete,
    path = "/api/v1/views/{id}",
    operation_id = "delete_view",
    tag = "library",
    params(("id" = i64, Path, description = "The view's number.")),
    responses((status = 204, description = "It is gone."))
)]
pub(crate) async fn delete_view(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Answer<StatusCode> {
    views::remove(&api.ctx, &caller.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
