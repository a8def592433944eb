//! Who is calling: from a secret to an actor. Only hashes of secrets are kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use variorum_domain::access::{Actor, ActorKind, Grant, Role, Uses};
use variorum_domain::id::{Digest, Time, TokenId};
use variorum_ports::Tx;
use variorum_ports::rows::{ActorRow, TokenKind, TokenRow};

use crate::Result;
use crate::context::Context;

/// How long an answer may be reused, so that a token ended by another process stops soon.
const CACHE_SECONDS: i64 = 5;
/// Known secrets kept in memory.
const CACHE_ENTRIES_MAX: usize = 10_000;

/// Somebody who is signed in, with the token used.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// The token.
    pub token: TokenId,
    /// What kind of token it is.
    pub kind: TokenKind,
}

/// Known secrets, by hash, for a few seconds.
#[derive(Default)]
pub struct AuthCache {
    known: Mutex<HashMap<Digest, (Time, Arc<Caller>)>>,
}

impl AuthCache {
    /// Forgets everything, after grants or tokens have changed.
    pub fn clear(&self) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// A new secret in the form that people see: a prefix that scanners recognise, then 256 random bits.
pub fn new_secret(ctx: &Context) -> String {
    format!("vrm_{}", URL_SAFE_NO_PAD.encode(ctx.ids.secret()))
}

/// The hash under which a secret is kept. Secrets are random, so a plain hash is enough.
pub fn hash_of(secret: &str) -> Digest {
    Digest::of(secret.as_bytes())
}

/// The caller with this secret, if it opens anything: API tokens and sessions do, links do not.
pub async fn authenticate(ctx: &Context, secret: &str) -> Result<Option<Arc<Caller>>> {
    let hash = hash_of(secret);
    let now = ctx.clock.now();
    {
        let known = ctx
            .auth
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((until, caller)) = known.get(&hash)
            && now < *until
        {
            return Ok(Some(caller.clone()));
        }
    }
    let mut tx = ctx.store.read().await?;
    let Some(token) = tx.token_by_hash(hash.as_bytes()).await? else {
        return Ok(None);
    };
    let opens = matches!(token.kind, TokenKind::Api | TokenKind::Session);
    if !opens || !is_valid(&token, now) {
        return Ok(None);
    }
    let Some(actor) = load_actor(tx.as_mut(), &token).await? else {
        return Ok(None);
    };
    let caller = Arc::new(Caller {
        actor,
        token: token.id,
        kind: token.kind,
    });
    let mut known = ctx
        .auth
        .known
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if known.len() >= CACHE_ENTRIES_MAX {
        known.clear();
    }
    let mut until = now.plus_seconds(CACHE_SECONDS);
    if let Some(expires) = token.expires_at {
        until = until.min(expires);
    }
    known.insert(hash, (until, caller.clone()));
    Ok(Some(caller))
}

/// Whether a token still works.
pub(crate) fn is_valid(token: &TokenRow, now: Time) -> bool {
    token.ended_at.is_none() && token.expires_at.is_none_or(|expires| now < expires)
}

/// The actor of a token, unless shut out.
pub(crate) async fn load_actor(tx: &mut dyn Tx, token: &TokenRow) -> Result<Option<Actor>> {
    let row = tx.actor(token.actor).await?;
    let ceiling = Role::from_name(&token.ceiling).unwrap_or(Role::Viewer);
    Ok(row
        .filter(|row| row.disabled_at.is_none())
        .map(|row| Actor {
            uses: Uses::parse(&token.uses),
            ..to_actor(row, ceiling)
        }))
}

/// An actor from its row, with at most a role.
pub fn to_actor(row: ActorRow, ceiling: Role) -> Actor {
    let grants = row.grants.iter().filter_map(|(role, prefix)| {
        Role::from_name(role).map(|role| Grant {
            role,
            prefix: prefix.clone(),
        })
    });
    Actor {
        id: row.id,
        workspace: row.workspace,
        kind: match row.kind.as_str() {
            "service" => ActorKind::Service,
            "system" => ActorKind::System,
            _ => ActorKind::Person,
        },
        grants: grants.collect(),
        name: row.name,
        email: row.email,
        ceiling,
        uses: Uses::All,
    }
}
