//! The audit log.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::activity::{AuditCheck, EntryPage, ListEntries};
use variorum_app::activity;
use variorum_app::rollouts::LOOKED;
use variorum_domain::id::ActorId;
use variorum_ports::rows::EntryFilter;

use super::{Answer, next_page, page_rows};
use crate::body::Query;
use crate::caller::Caller;
use crate::convert::activity as convert;
use crate::state::Shared;

/// Lists what happened, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/entries",
    operation_id = "list_entries",
    tag = "activity",
    params(ListEntries),
    responses((status = 200, description = "A page of entries.", body = EntryPage))
)]
pub(crate) async fn list_entries(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<ListEntries>,
) -> Answer<Out<EntryPage>> {
    let limit = page_rows(asked.limit);
    let shows_looks = asked.looks.unwrap_or(false) || asked.action.is_some();
    let filter = EntryFilter {
        target: asked.target.filter(|target| !target.is_empty()),
        actor: asked.actor.map(ActorId),
        action_prefix: asked.action.filter(|action| !action.is_empty()),
        without: (!shows_looks).then(|| LOOKED.to_owned()),
    };
    let found = activity::list(&api.ctx, &caller.actor, &filter, asked.below, limit).await?;
    let next = next_page(&found, limit, |entry| entry.seq);
    Ok(Out(EntryPage {
        items: found.into_iter().map(convert::entry).collect(),
        next,
    }))
}

/// Checks that every entry is as it was written.
#[utoipa::path(
    get,
    path = "/api/v1/audit/check",
    operation_id = "check_audit",
    tag = "activity",
    responses((status = 200, description = "The result.", body = AuditCheck))
)]
pub(crate) async fn check_audit(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<AuditCheck>> {
    let checked = activity::check_own(&api.ctx, &caller.actor).await?;
    Ok(Out(convert::check(&checked)))
}
