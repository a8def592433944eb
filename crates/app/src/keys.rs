//! The public keys with which people sign what they push: registering, listing, taking away.

use std::collections::HashMap;
use std::fmt::Write as _;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::{ActorId, Oid, Time};
use variorum_domain::limits::{KEY_TITLE_CHARS_MAX, KEYS_PER_ACTOR_MAX};
use variorum_domain::signing::allowed_signer;
use variorum_git::sshsig::{KeyFault, PublicKey, read_public_key};
use variorum_ports::rows::{ActorRow, ServerKeyRow, SigningKeyRow};

use crate::context::Context;
use crate::library::graphs::graph;
use crate::work::Work;
use crate::{Error, Result, signatures};

/// The newest versions, on `main` and on drafts, of which it is told what each key signed.
const LOOKED_AT_MAX: usize = 500;

/// A key with its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedKey {
    /// The key.
    pub row: SigningKeyRow,
    /// The owner's name.
    pub owner: String,
    /// What it signed lately.
    pub signed: Signed,
}

/// What a key signed among the newest versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signed {
    /// How many of them its signature counts on.
    pub counting: usize,
    /// How many it was made on and does not count, e.g. for another name in the version.
    pub idle: usize,
    /// The newest version that it signed.
    pub newest: Option<Oid>,
}

/// The keys of a workspace.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Everybody's keys that count now, oldest first.
    pub people: Vec<OwnedKey>,
    /// The server's own, once it has signed something.
    pub server: Option<ServerKeyRow>,
}

/// What to register.
#[derive(Debug, Clone)]
pub struct AddKey {
    /// A name by which it is recognised; the key's comment where empty.
    pub title: String,
    /// The line of the `.pub` file.
    pub public_key: String,
}

/// Registers a key of one's own.
pub async fn add(ctx: &Context, actor: &Actor, cmd: &AddKey) -> Result<OwnedKey> {
    access::check_somewhere(actor, Action::RegisterKey)?;
    let key = read_public_key(&cmd.public_key).map_err(|fault| refused(&fault))?;
    let title = title_of(cmd, &key)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let known = work.tx.signing_keys(actor.workspace).await?;
    let alive = known.iter().filter(|row| row.ended_at.is_none());
    if alive.filter(|row| row.actor == actor.id).count() >= KEYS_PER_ACTOR_MAX {
        return Err(Error::invalid_with_hint(
            format!("you have {KEYS_PER_ACTOR_MAX} keys already"),
            "take one away that you do not use any more",
        ));
    }
    let own = work.tx.server_key(actor.workspace).await?;
    if own.is_some_and(|own| own.fingerprint == key.fingerprint) {
        return Err(Error::Conflict("this is the server's own key".to_owned()));
    }
    let mut row = SigningKeyRow {
        id: 0,
        workspace: actor.workspace,
        actor: actor.id,
        title,
        fingerprint: key.fingerprint,
        public_key: key.line,
        added_at: ctx.clock.now(),
        ended_at: None,
    };
    if known
        .iter()
        .any(|known| known.fingerprint == row.fingerprint && known.ended_at.is_none())
    {
        return Err(Error::Conflict(
            "this key is registered already; a key belongs to one person".to_owned(),
        ));
    }
    row.id = work.tx.add_signing_key(&row).await?;
    let what =
        Happening::new("key.added", format!("key:{}", row.id)).with_evidence(evidence_of(&row));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "people", actor.id.to_string());
    Ok(OwnedKey {
        row,
        owner: actor.name.clone(),
        signed: Signed::default(),
    })
}

fn title_of(cmd: &AddKey, key: &PublicKey) -> Result<String> {
    let named = [cmd.title.trim(), key.comment.trim()];
    let title = named.into_iter().find(|title| !title.is_empty());
    let title = title.unwrap_or("key").to_owned();
    if title.chars().count() > KEY_TITLE_CHARS_MAX || title.contains(char::is_control) {
        return Err(Error::invalid(format!(
            "`title` must be one line of at most {KEY_TITLE_CHARS_MAX} characters"
        )));
    }
    Ok(title)
}

fn refused(fault: &KeyFault) -> Error {
    let hint = match fault {
        KeyFault::Private => {
            "it was not kept, but was sent here: make another pair (`ssh-keygen -t ed25519`) and give \
             the content of its `.pub` file"
        }
        KeyFault::Unreadable(_) => {
            "give the content of a `.pub` file, one line that begins like `ssh-ed25519 AAAA`"
        }
        KeyFault::Kind(_) => "use an Ed25519 key: `ssh-keygen -t ed25519`",
    };
    Error::invalid_with_hint(fault.to_string(), hint)
}

fn evidence_of(row: &SigningKeyRow) -> serde_json::Value {
    serde_json::json!({
        "title": row.title, "fingerprint": row.fingerprint, "actor": row.actor,
    })
}

/// The keys that count now.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Keys> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (rows, actors) = all(&mut work).await?;
    let alive: Vec<SigningKeyRow> = rows
        .into_iter()
        .filter(|row| row.ended_at.is_none())
        .collect();
    let mut signed = signed(ctx, &mut work, &alive).await?;
    Ok(Keys {
        people: alive
            .into_iter()
            .map(|row| OwnedKey {
                owner: owner(&actors, row.actor)
                    .map_or_else(String::new, |owner| owner.name.clone()),
                signed: signed.remove(&row.fingerprint).unwrap_or_default(),
                row,
            })
            .collect(),
        server: work.tx.server_key(actor.workspace).await?,
    })
}

/// What these keys signed lately, by fingerprint.
async fn signed(
    ctx: &Context,
    work: &mut Work,
    keys: &[SigningKeyRow],
) -> Result<HashMap<String, Signed>> {
    let mut told: HashMap<String, Signed> = HashMap::new();
    if keys.is_empty() {
        return Ok(told);
    }
    let heads = work.tx.refs(work.workspace, "refs/heads/").await?;
    let heads: Vec<Oid> = heads.into_iter().map(|(_, oid, _)| oid).collect();
    let graph = graph(ctx, work).await?;
    let newest: Vec<Oid> = graph.walk_range(&heads, &[]).take(LOOKED_AT_MAX).collect();
    let known = signatures::provenance(ctx, work, &newest).await?;
    for oid in newest {
        let Some(found) = known.get(&oid) else {
            continue;
        };
        let Some(key) = &found.key else { continue };
        let of_key = told.entry(key.clone()).or_default();
        of_key.newest.get_or_insert(oid);
        if found.verdict.counts() {
            of_key.counting += 1;
        } else {
            of_key.idle += 1;
        }
    }
    Ok(told)
}

async fn all(work: &mut Work) -> Result<(Vec<SigningKeyRow>, Vec<ActorRow>)> {
    let rows = work.tx.signing_keys(work.workspace).await?;
    Ok((rows, work.tx.actors(work.workspace).await?))
}

fn owner(actors: &[ActorRow], id: ActorId) -> Option<&ActorRow> {
    actors.iter().find(|actor| actor.id == id)
}

/// Takes a key away: one's own, or anybody's for who manages people. What it signed before stays
/// signed; what arrives from now on does not count.
pub async fn remove(ctx: &Context, actor: &Actor, id: i64, reason: &str) -> Result<()> {
    access::check_somewhere(actor, Action::RegisterKey)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let rows = work.tx.signing_keys(actor.workspace).await?;
    let row = rows.into_iter().find(|row| row.id == id);
    let row = row.ok_or_else(|| Error::not_found("key", id))?;
    if row.actor != actor.id {
        access::check(actor, Action::ManagePeople, "")?;
    }
    if !work
        .tx
        .end_signing_key(actor.workspace, id, ctx.clock.now())
        .await?
    {
        return Err(Error::Conflict(format!(
            "key `{id}` was taken away already"
        )));
    }
    let what = Happening::new("key.removed", format!("key:{id}"))
        .because(reason)
        .with_evidence(evidence_of(&row));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "people", row.actor.to_string());
    Ok(())
}

/// The file with which `git verify-commit` checks signatures: `gpg.ssh.allowedSignersFile`.
pub async fn allowed_signers(ctx: &Context, actor: &Actor) -> Result<String> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (rows, actors) = all(&mut work).await?;
    let server = work.tx.server_key(actor.workspace).await?;
    let mut text =
        "# Who may sign commits of this library. The server signs for whoever is signed \
                    in.\n"
            .to_owned();
    let own = server.map(|row| ("variorum-server".to_owned(), row.public_key, None));
    let people = rows.into_iter().filter_map(|row| {
        let owner = owner(&actors, row.actor)?;
        let ends = [row.ended_at, owner.disabled_at];
        let ended: Option<Time> = ends.into_iter().flatten().min();
        Some((owner.email.clone(), row.public_key, ended))
    });
    for (principal, key, ended) in own.into_iter().chain(people) {
        if let Some(line) = allowed_signer(&principal, &key, ended) {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{line}");
        }
    }
    Ok(text)
}
