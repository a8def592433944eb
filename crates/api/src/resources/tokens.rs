//! Tokens of programs and people.

use std::collections::HashMap;

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::people::{NewToken, Token, TokenSecret};
use variorum_api_types::releases::Reason;
use variorum_app::members;
use variorum_domain::id::{ActorId, TokenId};

use super::Answer;
use crate::body::{Json, JsonOrNothing, Path};
use crate::caller::Caller;
use crate::convert::people::{token, uses};
use crate::convert::role;
use crate::state::Shared;

/// Lists tokens that work: all for an administrator, one's own for everybody else.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    operation_id = "list_tokens",
    tag = "people",
    responses((status = 200, description = "The tokens, without their secrets.", body = [Token]))
)]
pub(crate) async fn list_tokens(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Vec<Token>>> {
    let rows = members::tokens(&api.ctx, &caller.actor).await?;
    let actors = members::list(&api.ctx, &caller.actor).await?;
    let names: HashMap<ActorId, String> = actors
        .into_iter()
        .map(|actor| (actor.id, actor.name))
        .collect();
    let tokens = rows.into_iter().map(|row| {
        let name = names.get(&row.actor).cloned().unwrap_or_default();
        token(row, name)
    });
    Ok(Out(tokens.collect()))
}

/// Makes a token; its secret is shown once.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    operation_id = "create_token",
    tag = "people",
    request_body = NewToken,
    responses((status = 201, description = "The token with its secret.", body = TokenSecret))
)]
pub(crate) async fn create_token(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<NewToken>,
) -> Answer<(StatusCode, Out<TokenSecret>)> {
    let cmd = members::NewToken {
        role: role(&cmd.role)?,
        name: cmd.name,
        days: cmd.days,
        service: cmd.service,
        uses: uses(&cmd.uses)?,
    };
    let (row, name, secret) = members::create_token(&api.ctx, &caller.actor, cmd).await?;
    Ok((
        StatusCode::CREATED,
        Out(TokenSecret {
            token: token(row, name),
            secret,
        }),
    ))
}

/// Revokes a token.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{id}",
    operation_id = "delete_token",
    tag = "people",
    params(("id" = i64, Path, description = "The token's id.")),
    responses((status = 204, description = "Revoked."))
)]
pub(crate) async fn delete_token(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<StatusCode> {
    members::revoke_token(&api.ctx, &caller.actor, TokenId(id), &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
