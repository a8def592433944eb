//! People and tokens: inviting, signing in, changing what people may do, making and revoking tokens.

use variorum_domain::access::{self, Action, Actor, ActorKind, Role, Use, Uses, role_at};
use variorum_domain::audit::Happening;
use variorum_domain::id::{ActorId, Time, TokenId, WorkspaceId};
use variorum_ports::rows::{ActorRow, TokenKind, TokenRow};

use crate::auth::{self, hash_of, is_valid, new_secret, to_actor};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// How long an invitation works.
const INVITATION_DAYS: i64 = 7;
/// How long a browser stays signed in.
const SESSION_DAYS: i64 = 14;
/// How long a printed sign-in link works.
const SIGN_IN_MINUTES: i64 = 60;
/// How long a token works where nothing else is said.
const TOKEN_DAYS: u32 = 90;
/// The longest a token may work.
const TOKEN_DAYS_MAX: u32 = 366;
/// The longest name.
const NAME_CHARS_MAX: usize = 120;

/// Everybody of the workspace.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<ActorRow>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    Ok(work.tx.actors(actor.workspace).await?)
}

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct Invite {
    /// The name shown.
    pub name: String,
    /// The address written into commits.
    pub email: String,
    /// What they may do: role and prefix.
    pub grants: Vec<(Role, String)>,
}

/// Invites a person; returns the code of a link that works once.
pub async fn invite(ctx: &Context, actor: &Actor, cmd: Invite) -> Result<(ActorRow, String)> {
    access::check(actor, Action::ManagePeople, "")?;
    check_name(&cmd.name)?;
    check_email(&cmd.email)?;
    check_grants(actor, &cmd.grants)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let known = work.tx.actors(actor.workspace).await?;
    if known
        .iter()
        .any(|row| row.email.eq_ignore_ascii_case(&cmd.email))
    {
        let message = format!("`{}` is in this workspace already", cmd.email);
        return Err(Error::Conflict(message));
    }
    let now = ctx.clock.now();
    let mut row = new_actor(
        actor.workspace,
        "person",
        &cmd.name,
        &cmd.email,
        &cmd.grants,
        now,
    );
    row.id = work.tx.add_actor(&row).await?;
    let expires = now.plus_seconds(INVITATION_DAYS * 86_400);
    let new = NewTokenRow {
        kind: TokenKind::Invitation,
        uses: &Uses::All,
        name: "invitation",
        expires,
    };
    let (code, _) = add_token(ctx, &mut work, &row, Role::Administrator, new).await?;
    let what = Happening::new("person.invited", format!("person:{}", row.id))
        .with_evidence(serde_json::json!({"name": row.name, "grants": row.grants}));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "people", row.id.to_string());
    Ok((row, code))
}

/// Changes what a person may do, or shuts them out.
pub async fn change(
    ctx: &Context,
    actor: &Actor,
    id: ActorId,
    grants: Option<Vec<(Role, String)>>,
    disabled: Option<bool>,
    reason: &str,
) -> Result<ActorRow> {
    access::check(actor, Action::ManagePeople, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let row = work
        .tx
        .actor(id)
        .await?
        .filter(|row| row.workspace == actor.workspace);
    let mut row = row.ok_or_else(|| Error::not_found("person", id))?;
    let before = serde_json::json!({"grants": row.grants, "disabled": row.disabled_at.is_some()});
    if let Some(grants) = grants {
        check_grants(actor, &grants)?;
        row.grants = to_rows(&grants);
    }
    if let Some(disabled) = disabled {
        row.disabled_at = disabled.then(|| ctx.clock.now());
    }
    work.tx.put_actor(&row).await?;
    if row.disabled_at.is_some() {
        // Letting somebody in again must not revive old sessions.
        for token in work.tx.tokens(actor.workspace).await? {
            if token.actor == id {
                work.tx.end_token(token.id, ctx.clock.now()).await?;
            }
        }
    }
    must_keep_an_administrator(&mut work, actor.workspace).await?;
    let what = Happening::new("person.changed", format!("person:{id}"))
        .because(reason)
        .with_evidence(serde_json::json!({
            "before": before,
            "after": {"grants": row.grants, "disabled": row.disabled_at.is_some()},
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.auth.clear();
    ctx.announce(actor.workspace, "people", id.to_string());
    Ok(row)
}

async fn must_keep_an_administrator(work: &mut Work, workspace: WorkspaceId) -> Result<()> {
    let rows = work.tx.actors(workspace).await?;
    let is_administrator = |row: &ActorRow| {
        row.kind == "person"
            && row.disabled_at.is_none()
            && row
                .grants
                .iter()
                .any(|(role, prefix)| role == "administrator" && prefix.is_empty())
    };
    if rows.iter().any(is_administrator) {
        return Ok(());
    }
    Err(Error::invalid(
        "at least one person must remain administrator of the whole workspace",
    ))
}

/// Redeems a one-time code; returns the secret of a new session and who is signed in.
pub async fn sign_in(ctx: &Context, code: &str) -> Result<(String, Actor)> {
    let mut tx = ctx.store.read().await?;
    let token = tx.token_by_hash(hash_of(code).as_bytes()).await?;
    drop(tx);
    let now = ctx.clock.now();
    let link = token
        .filter(|token| matches!(token.kind, TokenKind::SignIn | TokenKind::Invitation))
        .ok_or_else(unknown_link)?;
    if !is_valid(&link, now) {
        return Err(used_link());
    }
    let mut work = Work::begin(ctx, link.workspace).await?;
    let actor = auth::load_actor(work.tx.as_mut(), &link)
        .await?
        .ok_or_else(unknown_link)?;
    if !work.tx.end_token(link.id, now).await? {
        return Err(used_link());
    }
    let row = work.tx.actor(actor.id).await?.ok_or_else(unknown_link)?;
    let expires = now.plus_seconds(SESSION_DAYS * 86_400);
    let new = NewTokenRow {
        kind: TokenKind::Session,
        uses: &Uses::All,
        name: "browser",
        expires,
    };
    let (secret, session) = add_token(ctx, &mut work, &row, Role::Administrator, new).await?;
    let what = Happening::new("person.signed-in", format!("person:{}", actor.id))
        .with_evidence(serde_json::json!({"session": session, "by": link.kind.name()}));
    work.record(ctx, &actor, what).await?;
    work.commit().await?;
    Ok((secret, actor))
}

fn unknown_link() -> Error {
    Error::invalid_with_hint(
        "this sign-in link is not known here",
        "open the link that `variorum serve` printed last, or ask for a new invitation",
    )
}

fn used_link() -> Error {
    Error::invalid_with_hint(
        "this sign-in link was used already or is too old",
        "run `variorum sign-in` on the server for a new one, or ask for a new invitation",
    )
}

/// Ends the session or token in use.
pub async fn sign_out(ctx: &Context, actor: &Actor, token: TokenId) -> Result<()> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    work.tx.end_token(token, ctx.clock.now()).await?;
    let what = Happening::new("person.signed-out", format!("person:{}", actor.id));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.auth.clear();
    ctx.announce(actor.workspace, "people", actor.id.to_string());
    Ok(())
}

/// Makes a sign-in link for a person; used by whoever runs the server.
pub async fn sign_in_link(ctx: &Context, actor: &Actor) -> Result<String> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let row = work.tx.actor(actor.id).await?;
    let row = row.ok_or_else(|| Error::not_found("person", actor.id))?;
    let expires = ctx.clock.now().plus_seconds(SIGN_IN_MINUTES * 60);
    let new = NewTokenRow {
        kind: TokenKind::SignIn,
        uses: &Uses::All,
        name: "sign-in link",
        expires,
    };
    let (code, id) = add_token(ctx, &mut work, &row, Role::Administrator, new).await?;
    let what = Happening::new("sign-in-link.created", format!("person:{}", actor.id))
        .with_evidence(serde_json::json!({"token": id}));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    Ok(code)
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// A name by which it is recognised.
    pub name: String,
    /// The most it allows.
    pub role: Role,
    /// Days until it stops working.
    pub days: Option<u32>,
    /// Makes a service of this name act with it.
    pub service: bool,
    /// What it is for; empty for everything its role allows.
    pub uses: Vec<Use>,
}

/// Makes a token; returns its row, its actor's name and its secret, which is shown once.
pub async fn create_token(
    ctx: &Context,
    actor: &Actor,
    cmd: NewToken,
) -> Result<(TokenRow, String, String)> {
    access::check(actor, Action::Read, "")?;
    must_act_in_person(actor)?;
    check_name(&cmd.name)?;
    let days = cmd.days.unwrap_or(TOKEN_DAYS);
    if !(1..=TOKEN_DAYS_MAX).contains(&days) {
        return Err(Error::invalid(format!(
            "`days` must lie between 1 and {TOKEN_DAYS_MAX}"
        )));
    }
    if cmd.service {
        access::check(actor, Action::ManageTokens, "")?;
    }
    let own = role_at(actor, "").unwrap_or(Role::Viewer);
    if cmd.role > own {
        return Err(Error::invalid(format!(
            "a token cannot allow more than its maker: your role is `{}`",
            own.name()
        )));
    }
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let now = ctx.clock.now();
    let owner = if cmd.service {
        let grants = [(cmd.role, String::new())];
        let mut row = new_actor(actor.workspace, "service", &cmd.name, "", &grants, now);
        row.id = work.tx.add_actor(&row).await?;
        row
    } else {
        let row = work.tx.actor(actor.id).await?;
        row.ok_or_else(|| Error::not_found("person", actor.id))?
    };
    let expires = now.plus_seconds(i64::from(days) * 86_400);
    let uses = match cmd.uses.as_slice() {
        [] => Uses::All,
        _ => Uses::Only(cmd.uses),
    };
    let new = NewTokenRow {
        kind: TokenKind::Api,
        name: &cmd.name,
        uses: &uses,
        expires,
    };
    let (secret, id) = add_token(ctx, &mut work, &owner, cmd.role, new).await?;
    let what =
        Happening::new("token.created", format!("token:{id}")).with_evidence(serde_json::json!({
            "name": cmd.name, "role": cmd.role.name(), "actor": owner.id, "days": days,
            "uses": uses.names(),
        }));
    work.record(ctx, actor, what).await?;
    let row = work
        .tx
        .token(id)
        .await?
        .ok_or_else(|| Error::not_found("token", id))?;
    work.commit().await?;
    Ok((row, owner.name, secret))
}

/// Revokes a token; one's own, or anybody's for an administrator.
pub async fn revoke_token(ctx: &Context, actor: &Actor, id: TokenId, reason: &str) -> Result<()> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let token = work
        .tx
        .token(id)
        .await?
        .filter(|token| token.workspace == actor.workspace);
    let token = token.ok_or_else(|| Error::not_found("token", id))?;
    must_act_in_person(actor)?;
    if token.actor != actor.id {
        access::check(actor, Action::ManageTokens, "")?;
    }
    if !work.tx.end_token(id, ctx.clock.now()).await? {
        return Err(Error::Conflict(format!(
            "token `{id}` was revoked or used already"
        )));
    }
    let what = Happening::new("token.revoked", format!("token:{id}"))
        .because(reason)
        .with_evidence(serde_json::json!({"name": token.name}));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.auth.clear();
    ctx.announce(actor.workspace, "people", token.actor.to_string());
    Ok(())
}

/// A token of less than its owner's rights, or a service's, may not make or end tokens: a leaked one
/// could otherwise renew itself and outlive being revoked.
fn must_act_in_person(actor: &Actor) -> Result<()> {
    let is_whole = actor.ceiling == Role::Administrator && actor.uses == Uses::All;
    if actor.kind == ActorKind::Person && is_whole {
        return Ok(());
    }
    Err(Error::invalid_with_hint(
        "tokens are made and revoked by people, not by a token of limited rights",
        "sign in with a browser, or use `variorum token create` on the server",
    ))
}

/// Tokens that work: all for an administrator, one's own for everybody else.
pub async fn tokens(ctx: &Context, actor: &Actor) -> Result<Vec<TokenRow>> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let now = ctx.clock.now();
    let all = access::check(actor, Action::ManageTokens, "").is_ok();
    let rows = work.tx.tokens(actor.workspace).await?;
    Ok(rows
        .into_iter()
        .filter(|token| is_valid(token, now) && (all || token.actor == actor.id))
        .collect())
}

struct NewTokenRow<'a> {
    kind: TokenKind,
    name: &'a str,
    uses: &'a Uses,
    expires: Time,
}

async fn add_token(
    ctx: &Context,
    work: &mut Work,
    owner: &ActorRow,
    ceiling: Role,
    new: NewTokenRow<'_>,
) -> Result<(String, TokenId)> {
    let secret = new_secret(ctx);
    let row = TokenRow {
        id: TokenId(0),
        workspace: owner.workspace,
        actor: owner.id,
        kind: new.kind,
        name: new.name.to_owned(),
        hash: hash_of(&secret).as_bytes().to_vec(),
        ceiling: ceiling.name().to_owned(),
        uses: new.uses.names().join(","),
        created_at: ctx.clock.now(),
        expires_at: Some(new.expires),
        ended_at: None,
    };
    let id = work.tx.add_token(&row).await?;
    Ok((secret, id))
}

pub(crate) fn new_actor(
    workspace: WorkspaceId,
    kind: &str,
    name: &str,
    email: &str,
    grants: &[(Role, String)],
    now: Time,
) -> ActorRow {
    let address = if email.is_empty() {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        format!(
            "{}@services.invalid",
            name.chars().map(plain).collect::<String>()
        )
    } else {
        email.to_owned()
    };
    ActorRow {
        id: ActorId(0),
        workspace,
        kind: kind.to_owned(),
        name: name.to_owned(),
        email: address,
        grants: to_rows(grants),
        created_at: now,
        disabled_at: None,
    }
}

fn to_rows(grants: &[(Role, String)]) -> Vec<(String, String)> {
    grants
        .iter()
        .map(|(role, prefix)| (role.name().to_owned(), prefix.clone()))
        .collect()
}

/// Nobody can grant more than they have.
fn check_grants(actor: &Actor, grants: &[(Role, String)]) -> Result<()> {
    if grants.is_empty() {
        return Err(Error::invalid("a person needs at least one role"));
    }
    for (role, prefix) in grants {
        if role_at(actor, prefix).is_none_or(|own| own < *role) {
            let message = format!("you cannot grant `{}`, which you do not have", role.name());
            return Err(Error::invalid(message));
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    let fine = !name.trim().is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && !name.contains(['<', '>', '\n', '\0']);
    if fine {
        Ok(())
    } else {
        Err(Error::invalid(
            "`name` must be 1 to 120 characters without < >",
        ))
    }
}

fn check_email(email: &str) -> Result<()> {
    let (local, domain) = email.split_once('@').unwrap_or(("", ""));
    let fine = !local.is_empty()
        && !domain.is_empty()
        && email.len() <= 254
        && !email.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '\0'));
    if fine {
        Ok(())
    } else {
        Err(Error::invalid(format!(
            "`{email}` is not an e-mail address"
        )))
    }
}

/// The first administrator of a workspace, as an actor.
pub async fn first_administrator(ctx: &Context, workspace: WorkspaceId) -> Result<Actor> {
    let mut work = Work::read(ctx, workspace).await?;
    let rows = work.tx.actors(workspace).await?;
    let row = rows.into_iter().find(|row| {
        row.kind == "person"
            && row.disabled_at.is_none()
            && row
                .grants
                .iter()
                .any(|(role, prefix)| role == "administrator" && prefix.is_empty())
    });
    let row = row.ok_or_else(|| Error::not_found("administrator", workspace))?;
    Ok(to_actor(row, Role::Administrator))
}
