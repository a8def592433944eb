//! Discussions on changes.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::changes as wire;
use variorum_app::changes::{self, NewThread};
use variorum_domain::id::{ChangeNumber, ThreadNumber};

use super::Answer;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::convert::changes as convert;
use crate::convert::library::file_versions;
use crate::state::Shared;

/// Begins a discussion on a change, on lines or a field of one of its files, or on the whole.
#[utoipa::path(
    post,
    path = "/api/v1/changes/{number}/threads",
    operation_id = "comment_change",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number.")),
    request_body = wire::NewThread,
    responses((status = 201, description = "The discussion.", body = wire::Thread))
)]
pub(crate) async fn comment_change(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(cmd): Json<wire::NewThread>,
) -> Answer<(StatusCode, Out<wire::Thread>)> {
    let cmd = NewThread {
        anchor: convert::anchor(cmd.anchor)?,
        text: cmd.text,
        suggestion: cmd.suggestion,
    };
    let number = ChangeNumber(number);
    let begun = changes::comment(&api.ctx, &caller.actor, number, cmd).await?;
    Ok((StatusCode::CREATED, Out(convert::thread(begun))))
}

/// Answers in a discussion.
#[utoipa::path(
    post,
    path = "/api/v1/threads/{number}/comments",
    operation_id = "reply_thread",
    tag = "changes",
    params(("number" = i64, Path, description = "The discussion's number.")),
    request_body = wire::NewComment,
    responses((status = 201, description = "The discussion.", body = wire::Thread))
)]
pub(crate) async fn reply_thread(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(cmd): Json<wire::NewComment>,
) -> Answer<(StatusCode, Out<wire::Thread>)> {
    let number = ThreadNumber(number);
    let thread = changes::reply(&api.ctx, &caller.actor, number, &cmd.text).await?;
    Ok((StatusCode::CREATED, Out(convert::thread(thread))))
}

/// Settles a discussion, or takes it up again.
#[utoipa::path(
    post,
    path = "/api/v1/threads/{number}/settle",
    operation_id = "settle_thread",
    tag = "changes",
    params(("number" = i64, Path, description = "The discussion's number.")),
    request_body = wire::SettleThread,
    responses((status = 200, description = "The discussion.", body = wire::Thread))
)]
pub(crate) async fn settle_thread(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    Json(cmd): Json<wire::SettleThread>,
) -> Answer<Out<wire::Thread>> {
    let number = ThreadNumber(number);
    let thread = changes::settle(&api.ctx, &caller.actor, number, cmd.settled).await?;
    Ok(Out(convert::thread(thread)))
}

/// Takes a suggested text over: a saved version of the draft that names whoever suggested it.
#[utoipa::path(
    post,
    path = "/api/v1/threads/{number}/accept",
    operation_id = "accept_suggestion",
    tag = "changes",
    params(("number" = i64, Path, description = "The discussion's number.")),
    responses((status = 200, description = "The version.", body = wire::AcceptedSuggestion))
)]
pub(crate) async fn accept_suggestion(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<wire::AcceptedSuggestion>> {
    let number = ThreadNumber(number);
    let (thread, saved) = changes::accept(&api.ctx, &caller.actor, number).await?;
    Ok(Out(wire::AcceptedSuggestion {
        thread: convert::thread(thread),
        commit: saved.commit.to_string(),
        versions: file_versions(saved.versions),
    }))
}
