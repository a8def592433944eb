//! The caller's own inbox.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::inbox::{ListNotices, NoticePage, ReadNotice, Unread};
use variorum_app::notices;
use variorum_domain::id::NoticeId;

use super::{Answer, next_page, page_rows};
use crate::body::{JsonOrNothing, Path, Query};
use crate::caller::Caller;
use crate::convert::changes as convert;
use crate::state::Shared;

/// Lists the caller's own inbox, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/notices",
    operation_id = "list_notices",
    tag = "changes",
    params(ListNotices),
    responses((status = 200, description = "A page of the inbox.", body = NoticePage))
)]
pub(crate) async fn list_notices(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<ListNotices>,
) -> Answer<Out<NoticePage>> {
    let limit = page_rows(asked.limit);
    let unread_only = asked.unread.unwrap_or(false);
    let (found, unread) =
        notices::list(&api.ctx, &caller.actor, unread_only, asked.below, limit).await?;
    let next = next_page(&found, limit, |notice| notice.id.0);
    let items = found.into_iter().map(convert::notice).collect();
    Ok(Out(NoticePage {
        items,
        next,
        unread,
    }))
}

/// Marks a line of the caller's inbox as read, or all up to it.
#[utoipa::path(
    post,
    path = "/api/v1/notices/{id}/read",
    operation_id = "read_notice",
    tag = "changes",
    params(("id" = i64, Path, description = "The line's id.")),
    request_body = ReadNotice,
    responses((status = 200, description = "How many are unread now.", body = Unread))
)]
pub(crate) async fn read_notice(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
    JsonOrNothing(cmd): JsonOrNothing<ReadNotice>,
) -> Answer<Out<Unread>> {
    let id = NoticeId(id);
    let unread = notices::mark_read(&api.ctx, &caller.actor, id, cmd.all_before).await?;
    Ok(Out(Unread { unread }))
}
