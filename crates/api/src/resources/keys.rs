//! The public keys with which people sign what they push.

use axum::Json as Out;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use variorum_api_types::keys as wire;
use variorum_api_types::releases::Reason;
use variorum_app::keys;
use variorum_app::signatures::Provenance;

use super::Answer;
use crate::body::{Json, JsonOrNothing, Path};
use crate::caller::Caller;
use crate::state::Shared;
use crate::time;

/// What is known of a version, on the wire.
pub(crate) fn provenance(found: &Provenance) -> wire::Provenance {
    wire::Provenance {
        signature: found.verdict.name().to_owned(),
        counts: found.verdict.counts(),
        words: found.verdict.words(),
        pushed_by: found.pushed_by.as_ref().map(|(_, name)| name.clone()),
    }
}

fn key(found: keys::OwnedKey) -> wire::SigningKey {
    wire::SigningKey {
        id: found.row.id,
        title: found.row.title,
        actor: found.row.actor.0,
        owner: found.owner,
        fingerprint: found.row.fingerprint,
        public_key: found.row.public_key,
        added_at: time::format(found.row.added_at),
        signed: found.signed.counting,
        not_counting: found.signed.idle,
        newest: found.signed.newest.map(|oid| oid.to_string()),
    }
}

/// Lists the keys that count: everybody's, and the server's own.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    operation_id = "list_keys",
    tag = "people",
    responses((status = 200, description = "The keys.", body = wire::SigningKeys))
)]
pub(crate) async fn list_keys(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<wire::SigningKeys>> {
    let found = keys::list(&api.ctx, &caller.actor).await?;
    Ok(Out(wire::SigningKeys {
        keys: found.people.into_iter().map(key).collect(),
        server: found.server.map(|own| wire::ServerKey {
            fingerprint: own.fingerprint,
            public_key: own.public_key,
        }),
    }))
}

/// Registers a key of one's own.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    operation_id = "add_key",
    tag = "people",
    request_body = wire::NewSigningKey,
    responses((status = 201, description = "The key.", body = wire::SigningKey))
)]
pub(crate) async fn add_key(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<wire::NewSigningKey>,
) -> Answer<(StatusCode, Out<wire::SigningKey>)> {
    let cmd = keys::AddKey {
        title: cmd.title,
        public_key: cmd.public_key,
    };
    let added = keys::add(&api.ctx, &caller.actor, &cmd).await?;
    Ok((StatusCode::CREATED, Out(key(added))))
}

/// Takes a key away: one's own, or anybody's for who manages people.
#[utoipa::path(
    delete,
    path = "/api/v1/keys/{id}",
    operation_id = "remove_key",
    tag = "people",
    params(("id" = i64, Path, description = "The key's id.")),
    responses((status = 204, description = "It does not count any more."))
)]
pub(crate) async fn remove_key(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<StatusCode> {
    keys::remove(&api.ctx, &caller.actor, id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The file with which `git verify-commit` checks signatures (`gpg.ssh.allowedSignersFile`).
#[utoipa::path(
    get,
    path = "/api/v1/keys/allowed-signers",
    operation_id = "get_allowed_signers",
    tag = "people",
    responses((status = 200, description = "The file.", body = String, content_type = "text/plain"))
)]
pub(crate) async fn get_allowed_signers(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<impl IntoResponse> {
    let text = keys::allowed_signers(&api.ctx, &caller.actor).await?;
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((kind, text))
}
