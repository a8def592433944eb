//! One round with a remote, as far as the library is concerned: what to do, bringing versions in by the
//! same way as a push, and noting how it ended. Called by the server's own task only.

use std::collections::BTreeMap;

use variorum_domain::access::{self, Action, Actor, Role};
use variorum_domain::audit::Happening;
use variorum_domain::change::Change;
use variorum_domain::id::{Oid, Time, WorkspaceId};
use variorum_domain::library::MAIN;
use variorum_domain::limits::{REMOTE_PROBLEM_CHARS_MAX, SUBJECT_CHARS_MAX};
use variorum_domain::remote::{ARRIVALS, Credential, Direction, RemoteUrl, retry_seconds};

use super::{RemoteRefRow, RemoteRow, arrival_names, load, must_be_allowed, target};
use crate::auth::to_actor;
use crate::changes::{self, OpenChange};
use crate::context::Context;
use crate::escalation::connection_failed;
use crate::library::draft_name;
use crate::library::push::{self, Push, Update};
use crate::outcomes::OUTCOMES_REF;
use crate::work::Work;
use crate::{Error, Result};

/// Seconds after which a remote that works is looked at again, where nothing moved here.
pub const INTERVAL_SECONDS: i64 = 300;
/// Branches and tags named in an audit entry.
const NAMED_MAX: usize = 50;

/// A remote whose turn it is.
#[derive(Debug, Clone)]
pub struct Round {
    /// The remote.
    pub row: RemoteRow,
    /// Its address.
    pub url: RemoteUrl,
    /// Which way versions go.
    pub direction: Direction,
    /// By which name its secret is found.
    pub credential: Credential,
    /// Who acts for it.
    pub actor: Actor,
    /// What is remembered, by full name.
    pub known: BTreeMap<String, RemoteRefRow>,
    /// Our branches, tags and notes of results.
    pub ours: BTreeMap<String, Oid>,
}

/// The remotes whose time has come, in all workspaces.
pub async fn due(ctx: &Context) -> Result<Vec<(WorkspaceId, String)>> {
    let mut tx = ctx.store.read().await?;
    let rows = tx.due_remotes(ctx.clock.now()).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.workspace, row.name))
        .collect())
}

/// Notes that a round could not even begin.
pub async fn fail(ctx: &Context, workspace: WorkspaceId, name: &str, problem: &str) -> Result<()> {
    let mut work = Work::begin(ctx, workspace).await?;
    if let Some(mut row) = work.tx.remote(workspace, name).await? {
        let was_due = row.next_at;
        note(&mut row, Some(problem), ctx.clock.now(), was_due);
        work.tx.put_remote(&row).await?;
        work.commit().await?;
        let failures = u32::try_from(row.failures).unwrap_or(u32::MAX);
        connection_failed(ctx, workspace, (name, failures, problem)).await;
    }
    Ok(())
}

/// Makes the remotes of a workspace due in which something moved; those that fail wait for their time.
pub async fn wake(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let mut work = Work::read(ctx, workspace).await?;
    let rows = work.tx.remotes(workspace).await?;
    drop(work);
    let now = ctx.clock.now();
    let wakes = |row: &RemoteRow| {
        let sends = Direction::from_name(&row.direction).is_some_and(Direction::sends);
        sends && row.failures == 0
    };
    for row in rows.into_iter().filter(wakes) {
        let mut work = Work::begin(ctx, workspace).await?;
        if let Some(mut row) = work.tx.remote(workspace, &row.name).await? {
            row.next_at = now;
            work.tx.put_remote(&row).await?;
            work.commit().await?;
        }
    }
    Ok(())
}

/// Begins a round; the server's settings are asked again, for they may have changed.
pub async fn begin(ctx: &Context, workspace: WorkspaceId, name: &str) -> Result<Round> {
    let mut work = Work::read(ctx, workspace).await?;
    let row = load(&mut work, name).await?;
    let broken = || {
        Error::Internal(format!(
            "the remote `{name}` is kept in a form that is not known"
        ))
    };
    let url = RemoteUrl::parse(&row.url).map_err(|_| broken())?;
    let service = work.tx.actor(row.actor).await?;
    let service = service.filter(|service| service.disabled_at.is_none());
    let actor = service.map(|service| to_actor(service, Role::Publisher));
    let actor = actor.ok_or_else(|| {
        Error::invalid_with_hint(
            format!("`mirror {name}` was shut out, so nothing goes in or out"),
            "let it in again among the people of the workspace, or remove the mirror",
        )
    })?;
    access::check(&actor, Action::Read, "")?;
    must_be_allowed(ctx, &url)?;
    let known = work.tx.remote_refs(workspace, name).await?;
    let ours = work.tx.refs(workspace, "refs/").await?;
    let is_sent = |name: &str| {
        let draft = name.strip_prefix("refs/heads/");
        draft.is_some_and(|draft| !draft.starts_with(ARRIVALS))
            || name.starts_with("refs/tags/release/")
            || name == OUTCOMES_REF
    };
    Ok(Round {
        direction: Direction::from_name(&row.direction).ok_or_else(broken)?,
        credential: Credential::parse(&row.credential).map_err(|_| broken())?,
        url,
        actor,
        known: known
            .into_iter()
            .map(|one| (one.name.clone(), one))
            .collect(),
        ours: ours
            .into_iter()
            .filter(|(name, ..)| is_sent(name))
            .map(|(name, oid, _)| (name, oid))
            .collect(),
        row,
    })
}

/// How a remote's version came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// The branch stands where the remote's stands.
    TakenIn,
    /// It lies here as a draft, with a change that asks for it.
    Parked {
        /// The draft.
        draft: String,
        /// The change.
        change: String,
        /// Why it was not simply taken in.
        why: String,
    },
    /// It was not taken; nothing of it is kept.
    Refused(String),
}

/// What of a remote's branch is to come in.
#[derive(Debug, Clone)]
pub struct Arriving {
    /// The full name of the branch.
    pub name: String,
    /// Where the remote's stands.
    pub theirs: Oid,
    /// The objects that are new here.
    pub pack: Vec<u8>,
}

/// Moves a branch forward to where the remote's stands: as a push, under the same rules. Where the
/// rules keep it out of `main`, it is laid down as a draft with a change.
pub async fn take_in(ctx: &Context, round: &Round, arriving: Arriving) -> Result<Arrived> {
    let update = Update {
        name: arriving.name.clone(),
        old: round.ours.get(&arriving.name).copied(),
        new: Some(arriving.theirs),
    };
    match push_one(ctx, &round.actor, update, arriving.pack.clone()).await? {
        None => Ok(Arrived::TakenIn),
        Some(why) if arriving.name == MAIN => park(ctx, round, arriving, &why).await,
        Some(why) => Ok(Arrived::Refused(why)),
    }
}

/// Lays the remote's version down as a draft and opens a change for it.
pub async fn park(ctx: &Context, round: &Round, arriving: Arriving, why: &str) -> Result<Arrived> {
    let branch = draft_name(&arriving.name);
    let names = arrival_names(&round.row.name, branch, arriving.theirs);
    let mut refused = String::new();
    for draft in names {
        if !is_free(ctx, round, &draft).await? {
            continue;
        }
        let name = format!("refs/heads/{draft}");
        let mut work = Work::read(ctx, round.actor.workspace).await?;
        let old = work.tx.get_ref(work.workspace, &name).await?;
        drop(work);
        let update = Update {
            name,
            old,
            new: Some(arriving.theirs),
        };
        let pushed = if old == Some(arriving.theirs) {
            None
        } else {
            push_one(ctx, &round.actor, update, arriving.pack.clone()).await?
        };
        match pushed {
            None => {
                let change = open(ctx, round, &draft, branch, why).await?;
                return Ok(Arrived::Parked {
                    draft,
                    change: format!("CH-{}", change.number),
                    why: why.to_owned(),
                });
            }
            Some(reason) => refused = reason,
        }
    }
    Ok(Arrived::Refused(refused))
}

/// Whether a draft of that name is open or was never there: one that was closed or published keeps its
/// name for itself.
async fn is_free(ctx: &Context, round: &Round, draft: &str) -> Result<bool> {
    let mut work = Work::read(ctx, round.actor.workspace).await?;
    let row = work.tx.draft(work.workspace, draft).await?;
    Ok(row.is_none_or(|row| row.status.name() == "open"))
}

/// The open change of a draft, or a new one.
async fn open(
    ctx: &Context,
    round: &Round,
    draft: &str,
    branch: &str,
    why: &str,
) -> Result<Change> {
    let mut work = Work::read(ctx, round.actor.workspace).await?;
    let known = work.tx.open_change(work.workspace, draft).await?;
    drop(work);
    if let Some(known) = known {
        return Ok(known);
    }
    let title = format!("Bring in what {} has on {branch}", round.row.name);
    let cmd = OpenChange {
        draft: draft.to_owned(),
        title: title.chars().take(SUBJECT_CHARS_MAX).collect(),
        summary: format!(
            "These versions came from {} and could not simply be taken in: {why}. Nothing is lost: they \
             are the draft `{draft}`.",
            round.row.url
        ),
        ..OpenChange::default()
    };
    changes::open(ctx, &round.actor, cmd).await
}

/// Pushes one ref; returns why it was refused, in words.
async fn push_one(
    ctx: &Context,
    actor: &Actor,
    update: Update,
    pack: Vec<u8>,
) -> Result<Option<String>> {
    let cmd = Push {
        updates: vec![update],
        pack: (!pack.is_empty()).then_some(pack),
        atomic: true,
        only_forward: true,
    };
    let pushed = match push::push(ctx, actor, cmd).await {
        Ok(pushed) => pushed,
        // Somebody saved in the meantime: the next round sees it.
        Err(Error::Conflict(reason)) => return Ok(Some(reason)),
        Err(error) => return Err(error),
    };
    let of_refs = pushed.refs.into_iter().find_map(|one| one.refused);
    let refusal = pushed.pack_refused.or(of_refs);
    Ok(refusal.map(|refusal| {
        let first = refusal.lines.into_iter().next().unwrap_or_default();
        format!("{}: {first}", refusal.short)
    }))
}

/// How a round ended.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// Why it failed as a whole, in words.
    pub failed: Option<String>,
    /// What is to be remembered of branches and tags that were looked at.
    pub refs: Vec<RemoteRefRow>,
    /// What went out: full name and where it stands there now.
    pub sent: Vec<(String, Oid)>,
    /// What came in: full name, and what became of it.
    pub came: Vec<(String, String)>,
}

/// Notes how a round ended, and when the next one is due.
pub async fn end(ctx: &Context, round: &Round, ended: Ended) -> Result<()> {
    let workspace = round.actor.workspace;
    let mut work = Work::begin(ctx, workspace).await?;
    // Removed in the meantime: there is nothing to note.
    let Some(mut row) = work.tx.remote(workspace, &round.row.name).await? else {
        return Ok(());
    };
    let now = ctx.clock.now();
    let first_failure = row.failures == 0 && ended.failed.is_some();
    note(&mut row, ended.failed.as_deref(), now, round.row.next_at);
    work.tx.put_remote(&row).await?;
    work.tx
        .put_remote_refs(workspace, &row.name, &ended.refs)
        .await?;
    if first_failure {
        let what = Happening::new("mirror.failed", target(&row.name))
            .with_evidence(serde_json::json!({"problem": row.problem}));
        work.record(ctx, &round.actor, what).await?;
    }
    if !ended.sent.is_empty() || !ended.came.is_empty() {
        let sent = ended.sent.iter().take(NAMED_MAX);
        let came = ended.came.iter().take(NAMED_MAX);
        let what = Happening::new("mirror.synced", target(&row.name)).with_evidence(
            serde_json::json!({
                "sent": sent.map(|(name, oid)| (name.clone(), oid.to_string())).collect::<BTreeMap<_, _>>(),
                "came": came.cloned().collect::<BTreeMap<_, _>>(),
            }),
        );
        work.record(ctx, &round.actor, what).await?;
    }
    work.commit().await?;
    ctx.announce(workspace, "mirrored", &row.name);
    if ended.failed.is_some() {
        let failures = u32::try_from(row.failures).unwrap_or(u32::MAX);
        connection_failed(ctx, workspace, (&row.name, failures, &row.problem)).await;
    }
    Ok(())
}

fn note(row: &mut RemoteRow, failed: Option<&str>, now: Time, was_due: Time) {
    row.tried_at = Some(now);
    // Somebody asked, or something moved, while the round was under way.
    let asked_meanwhile = row.next_at > was_due;
    if let Some(problem) = failed {
        row.failures += 1;
        row.problem = problem.chars().take(REMOTE_PROBLEM_CHARS_MAX).collect();
        row.next_at = now.plus_seconds(retry_seconds(row.failures));
    } else {
        row.failures = 0;
        row.problem.clear();
        row.succeeded_at = Some(now);
        if !asked_meanwhile {
            row.next_at = now.plus_seconds(INTERVAL_SECONDS);
        }
    }
}
