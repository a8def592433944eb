//! Signatures on commits: the server's own, and what those of others come to.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use clru::CLruCache;
use variorum_domain::change::Blocker;
use variorum_domain::id::{ActorId, Oid, Time, WorkspaceId};
use variorum_domain::signing::{Committer, Found, KnownKey, Owner, Verdict, judge};
use variorum_git::commit::{CommitData, parse_commit};
use variorum_git::object::Kind;
use variorum_git::sshsig::{SigningKey, check_commit};
use variorum_ports::rows::{ActorRow, ArrivalRow, ServerKeyRow, SigningKeyRow};

use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Commits whose signatures are remembered; what a commit's bytes tell never changes.
const FOUND_KEPT: NonZeroUsize = NonZeroUsize::new(20_000).expect("not zero");
/// Commits named when signatures are missing; the rest is counted.
const NAMED_MAX: usize = 5;

/// What the process remembers of keys and signatures.
pub struct Signatures {
    own: Mutex<HashMap<WorkspaceId, Arc<SigningKey>>>,
    found: Mutex<CLruCache<Oid, Arc<Looked>>>,
}

/// What was found in a commit's bytes.
#[derive(Debug)]
struct Looked {
    found: Found,
    committer: (String, String),
    committed_at: Time,
}

impl Default for Signatures {
    fn default() -> Self {
        Self {
            own: Mutex::default(),
            found: Mutex::new(CLruCache::new(FOUND_KEPT)),
        }
    }
}

/// What is known of a commit beside what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// What its signature comes to.
    pub verdict: Verdict,
    /// The fingerprint of the key with which it was signed, where the signature is genuine.
    pub key: Option<String>,
    /// The address of whom it names as its committer.
    pub committer: String,
    /// Who pushed it; `None` for what was saved or merged here, or imported.
    pub pushed_by: Option<(ActorId, String)>,
    /// Whether whoever pushed it wrote something with it: a merge may only bring others together.
    pub wrote: bool,
}

/// The key with which the server signs what it writes for this workspace; made where there is none,
/// within the caller's transaction.
pub(crate) async fn server_key(ctx: &Context, work: &mut Work) -> Result<Arc<SigningKey>> {
    let known = {
        let own = lock(&ctx.signatures.own);
        own.get(&work.workspace).cloned()
    };
    if let Some(known) = known {
        return Ok(known);
    }
    if let Some(row) = work.tx.server_key(work.workspace).await? {
        let key = Arc::new(key_of(&row)?);
        lock(&ctx.signatures.own).insert(work.workspace, key.clone());
        return Ok(key);
    }
    let seed = ctx.ids.secret();
    let key = SigningKey::from_seed(&seed)?;
    let row = ServerKeyRow {
        workspace: work.workspace,
        fingerprint: key.public().fingerprint.clone(),
        public_key: key.public().line.clone(),
        seed: seed.to_vec(),
        made_at: ctx.clock.now(),
    };
    work.tx.add_server_key(&row).await?;
    // Not remembered yet: this transaction may still come to nothing.
    Ok(Arc::new(key))
}

fn key_of(row: &ServerKeyRow) -> Result<SigningKey> {
    let damaged = || Error::Internal("the server's signing key is damaged".to_owned());
    let seed: [u8; 32] = row.seed.as_slice().try_into().map_err(|_| damaged())?;
    let key = SigningKey::from_seed(&seed)?;
    if key.public().fingerprint == row.fingerprint {
        Ok(key)
    } else {
        Err(damaged())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All keys of a workspace as they are judged by.
pub(crate) fn known_keys(
    server: Option<&ServerKeyRow>,
    keys: &[SigningKeyRow],
    actors: &[ActorRow],
) -> Vec<KnownKey> {
    let own = server.map(|row| KnownKey {
        fingerprint: row.fingerprint.clone(),
        owner: Owner::Server,
        ended_at: None,
    });
    let of_somebody = keys.iter().filter_map(|key| {
        let owner = actors.iter().find(|actor| actor.id == key.actor)?;
        Some(KnownKey {
            fingerprint: key.fingerprint.clone(),
            owner: Owner::Somebody {
                name: owner.name.clone(),
                email: owner.email.clone(),
                shut_out_at: owner.disabled_at,
            },
            ended_at: key.ended_at,
        })
    });
    own.into_iter().chain(of_somebody).collect()
}

/// What is known of these commits; those that are only in the overlay count as arriving now.
pub(crate) async fn provenance(
    ctx: &Context,
    work: &mut Work,
    commits: &[Oid],
) -> Result<HashMap<Oid, Provenance>> {
    if commits.is_empty() {
        return Ok(HashMap::new());
    }
    let server = work.tx.server_key(work.workspace).await?;
    let keys = work.tx.signing_keys(work.workspace).await?;
    let actors = work.tx.actors(work.workspace).await?;
    let keys = known_keys(server.as_ref(), &keys, &actors);
    let arrivals = work.tx.arrivals(work.workspace, commits).await?;
    let arrivals: HashMap<Oid, ArrivalRow> =
        arrivals.into_iter().map(|row| (row.commit, row)).collect();
    let stored = work.tx.existing_objects(work.workspace, commits).await?;
    let stored: HashSet<Oid> = stored.into_iter().collect();
    let unknown: Vec<Oid> = {
        let found = lock(&ctx.signatures.found);
        let is_new = |oid: &&Oid| found.peek(oid).is_none();
        commits.iter().filter(is_new).copied().collect()
    };
    // All at once rather than one by one.
    work.with(|overlay| overlay.require(unknown.iter().copied()))
        .await?;
    let mut result = HashMap::with_capacity(commits.len());
    for oid in commits {
        let looked = look(ctx, work, *oid).await?;
        let arrival = arrivals.get(oid);
        let arrived = match arrival {
            Some(row) => row.at,
            None if stored.contains(oid) => looked.committed_at,
            None => ctx.clock.now(),
        };
        let committer = Committer {
            name: &looked.committer.0,
            email: &looked.committer.1,
        };
        let provenance = Provenance {
            verdict: judge(&looked.found, committer, arrived, &keys),
            key: match &looked.found {
                Found::Genuine(fingerprint) => Some(fingerprint.clone()),
                Found::Unsigned | Found::Broken(_) => None,
            },
            committer: looked.committer.1.clone(),
            pushed_by: arrival.map(|row| (row.actor, row.actor_name.clone())),
            wrote: arrival.is_some_and(|row| row.wrote),
        };
        result.insert(*oid, provenance);
    }
    Ok(result)
}

async fn look(ctx: &Context, work: &mut Work, oid: Oid) -> Result<Arc<Looked>> {
    let known = lock(&ctx.signatures.found).get(&oid).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let object = work
        .with(|overlay| overlay.get_kind(&oid, Kind::Commit))
        .await?;
    let data: CommitData = parse_commit(&object.bytes)?;
    let looked = Arc::new(Looked {
        found: check_commit(&object.bytes),
        committer: (data.committer.name, data.committer.email),
        committed_at: data.committer.time,
    });
    lock(&ctx.signatures.found).put(oid, looked.clone());
    Ok(looked)
}

/// What stands in the way of these commits where signatures are required; nothing where all count.
pub(crate) async fn unsigned(
    ctx: &Context,
    work: &mut Work,
    commits: &[Oid],
) -> Result<Option<Blocker>> {
    let known = provenance(ctx, work, commits).await?;
    let bad = commits.iter().filter_map(|oid| {
        let verdict = &known.get(oid)?.verdict;
        (!verdict.counts()).then(|| (oid.short(), verdict.words()))
    });
    let bad: Vec<(String, String)> = bad.collect();
    let shown = bad.iter().take(NAMED_MAX);
    let mut lines: Vec<String> = shown
        .map(|(oid, words)| format!("version {oid}: {words}"))
        .collect();
    if bad.len() > NAMED_MAX {
        lines.push(format!("and {} more", bad.len() - NAMED_MAX));
    }
    Ok((!bad.is_empty()).then(|| {
        Blocker::new(
            "unsigned-commit",
            format!("this library takes signed versions only; {}", lines.join("; ")),
            "register your public key (`variorum keys add`), sign (`git commit --amend -S`, or `git \
             rebase --exec 'git commit --amend --no-edit -S'` for several) and push again; what is \
             saved in the browser is signed for you",
        )
    }))
}
