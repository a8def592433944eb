//! What can be told of pushed objects alone: that they are well formed, that nothing is missing, and
//! what each new commit changed.

use std::collections::{HashMap, HashSet};

use variorum_domain::id::Oid;
use variorum_domain::limits::{PUSH_CHANGES_MAX, PUSH_COMMITS_MAX};
use variorum_git::check::check_object;
use variorum_git::commit::{CommitData, parse_commit};
use variorum_git::object::{EMPTY_TREE, Kind, Object};
use variorum_git::tag::parse_tag;
use variorum_git::tree::Mode;
use variorum_git::tree::parse_tree;

use super::paths::{self, Places};
use super::receive::{Incoming, kind_of};
use super::{Refusal, Step};
use crate::Result;
use crate::work::Work;

/// A commit that the store does not have.
#[derive(Debug)]
pub(super) struct NewCommit {
    /// What it says.
    pub data: CommitData,
    /// The paths that differ from every parent: what this commit itself did.
    pub own_paths: Vec<String>,
}

/// A tip of a push.
#[derive(Debug)]
pub(super) struct Tip {
    /// Its kind.
    pub kind: Kind,
    /// The new commits it leads to, parents first.
    pub new: Vec<Oid>,
}

/// What was found out.
#[derive(Debug, Default)]
pub(super) struct Inspected {
    /// The new commits.
    pub commits: HashMap<Oid, NewCommit>,
    /// The tips, or why they cannot be taken.
    pub tips: HashMap<Oid, std::result::Result<Tip, Refusal>>,
}

/// Looks at everything the tips lead to.
pub(super) async fn inspect(
    work: &mut Work,
    incoming: &Incoming,
    tips: &[Oid],
) -> Result<Inspected> {
    let mut inspected = Inspected::default();
    let mut sound = HashSet::new();
    let mut places = Places::default();
    for tip in tips {
        if inspected.tips.contains_key(tip) {
            continue;
        }
        let found = inspect_tip(
            work,
            incoming,
            *tip,
            &mut sound,
            &mut inspected,
            &mut places,
        );
        let found = match found.await {
            Err(error) => Err(refusal_of(error)?),
            Ok(found) => found,
        };
        inspected.tips.insert(*tip, found);
    }
    Ok(inspected)
}

/// What an object of the push is to blame for, as words; what is ours stays an error.
fn refusal_of(error: crate::Error) -> Result<Refusal> {
    match error {
        crate::Error::Damaged(cause) => Ok(Refusal::one("malformed object", cause.to_string())),
        crate::Error::Invalid { message, .. } => Ok(Refusal::one("object refused", message)),
        other => Err(other),
    }
}

async fn inspect_tip(
    work: &mut Work,
    incoming: &Incoming,
    tip: Oid,
    sound: &mut HashSet<Oid>,
    inspected: &mut Inspected,
    places: &mut Places,
) -> Step<Tip> {
    let visited = match closure(work, incoming, tip, sound).await? {
        Ok(visited) => visited,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some((kind, commit)) = commit_of(work, incoming, tip).await? else {
        return Ok(Err(Refusal::one(
            "not a commit",
            format!("`{tip}` is not a commit; only commits can be pushed"),
        )));
    };
    let order = match parents_first(incoming, commit) {
        Ok(order) => order,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let new = unknown(work, order).await?;
    if new.len() > PUSH_COMMITS_MAX {
        return Ok(Err(too_many_commits(new.len())));
    }
    for oid in &new {
        if inspected.commits.contains_key(oid) {
            continue;
        }
        match inspect_commit(work, incoming, *oid, places).await? {
            Ok(found) => inspected.commits.insert(*oid, found),
            Err(refusal) => return Ok(Err(refusal)),
        };
        if places.changes > PUSH_CHANGES_MAX {
            return Ok(Err(Refusal::one(
                "too many changes",
                format!(
                    "the commits change more than {PUSH_CHANGES_MAX} files altogether; push fewer at a \
                     time, or bring a whole library in by `variorum import`"
                ),
            )));
        }
    }
    sound.extend(visited);
    Ok(Ok(Tip { kind, new }))
}

fn too_many_commits(count: usize) -> Refusal {
    Refusal::new(
        "too many commits",
        &[
            format!("{count} new commits at once, the limit is {PUSH_COMMITS_MAX}"),
            "Push them in portions, oldest first: `git push origin <commit>:refs/heads/<draft>`; a \
             whole library comes in by `variorum import`."
                .to_owned(),
        ],
    )
}

/// Checks that everything new below a tip is well formed, and that all it refers to is here.
async fn closure(
    work: &mut Work,
    incoming: &Incoming,
    tip: Oid,
    sound: &HashSet<Oid>,
) -> Step<HashSet<Oid>> {
    let mut visited = HashSet::new();
    let mut outside: HashMap<Oid, (Option<Kind>, Oid)> = HashMap::new();
    let mut stack = vec![(tip, None, tip)];
    while let Some((oid, expected, owner)) = stack.pop() {
        if oid == EMPTY_TREE && expected.is_none_or(|kind| kind == Kind::Tree) {
            continue;
        }
        let Some(object) = incoming.get(&oid) else {
            outside.entry(oid).or_insert((expected, owner));
            continue;
        };
        if expected.is_some_and(|kind| kind != object.kind) {
            return Ok(Err(wrong_kind(oid, owner)));
        }
        if sound.contains(&oid) || !visited.insert(oid) {
            continue;
        }
        if let Some(problem) = check_object(object.kind, &object.bytes).first() {
            let line = format!("{} {oid}: {problem}", object.kind);
            return Ok(Err(Refusal::one("malformed object", line)));
        }
        for (child, kind) in references(object) {
            stack.push((child, kind, oid));
        }
    }
    let asked: Vec<Oid> = outside.keys().copied().collect();
    let facts = work.tx.object_facts(work.workspace, &asked).await?;
    let known: HashMap<Oid, i64> = facts.iter().map(|fact| (fact.oid, fact.kind)).collect();
    for (oid, (expected, owner)) in outside {
        match (known.get(&oid), expected) {
            (None, _) => return Ok(Err(missing(oid, owner))),
            (Some(kind), Some(expected)) if *kind != i64::from(expected.number()) => {
                return Ok(Err(wrong_kind(oid, owner)));
            }
            _ => {}
        }
    }
    Ok(Ok(visited))
}

fn missing(oid: Oid, owner: Oid) -> Refusal {
    Refusal::new(
        "objects are missing",
        &[
            format!("`{owner}` needs object `{oid}`, which was neither sent nor stored here"),
            "Run `git fetch` and push again; `git fsck` shows whether your copy is whole."
                .to_owned(),
        ],
    )
}

fn wrong_kind(oid: Oid, owner: Oid) -> Refusal {
    Refusal::one(
        "malformed object",
        format!("`{owner}` refers to `{oid}` as something it is not"),
    )
}

/// What an object refers to, with the kind each must have.
fn references(object: &Object) -> Vec<(Oid, Option<Kind>)> {
    match object.kind {
        Kind::Blob => Vec::new(),
        Kind::Tree => parse_tree(&object.bytes)
            .unwrap_or_default()
            .into_iter()
            .filter(|named| !named.entry.mode.is_submodule())
            .map(|named| {
                let kind = match named.entry.mode {
                    Mode::Directory => Kind::Tree,
                    _ => Kind::Blob,
                };
                (named.entry.oid, Some(kind))
            })
            .collect(),
        Kind::Commit => parse_commit(&object.bytes).map_or_else(
            |_| Vec::new(),
            |data| {
                let parents = data
                    .parents
                    .into_iter()
                    .map(|oid| (oid, Some(Kind::Commit)));
                std::iter::once((data.tree, Some(Kind::Tree)))
                    .chain(parents)
                    .collect()
            },
        ),
        Kind::Tag => parse_tag(&object.bytes).map_or_else(
            |_| Vec::new(),
            |tag| vec![(tag.target, Some(tag.target_kind))],
        ),
    }
}

/// The commit a tip stands for.
async fn commit_of(work: &mut Work, incoming: &Incoming, tip: Oid) -> Result<Option<(Kind, Oid)>> {
    let kind = match kind_of(incoming, &tip) {
        Some(kind) => Some(kind),
        None => stored_kind(work, tip).await?,
    };
    match kind {
        Some(Kind::Commit) => Ok(Some((Kind::Commit, tip))),
        Some(Kind::Tag) => {
            let object = work
                .with(|overlay| overlay.get_kind(&tip, Kind::Tag))
                .await?;
            let tag = parse_tag(&object.bytes)?;
            let is_commit = tag.target_kind == Kind::Commit;
            Ok(is_commit.then_some((Kind::Tag, tag.target)))
        }
        _ => Ok(None),
    }
}

async fn stored_kind(work: &mut Work, oid: Oid) -> Result<Option<Kind>> {
    let facts = work.tx.object_facts(work.workspace, &[oid]).await?;
    let number = facts.first().and_then(|fact| u8::try_from(fact.kind).ok());
    Ok(number.and_then(Kind::from_number))
}

/// The sent commits that a commit leads to, each after its parents.
fn parents_first(incoming: &Incoming, tip: Oid) -> std::result::Result<Vec<Oid>, Refusal> {
    let mut order = Vec::new();
    let mut done = HashSet::new();
    let mut stack = vec![(tip, false)];
    while let Some((oid, parents_done)) = stack.pop() {
        if parents_done {
            order.push(oid);
            continue;
        }
        let Some(object) = incoming.get(&oid) else {
            continue;
        };
        if !done.insert(oid) {
            continue;
        }
        let data = parse_commit(&object.bytes)
            .map_err(|error| Refusal::one("malformed object", format!("commit {oid}: {error}")))?;
        stack.push((oid, true));
        stack.extend(data.parents.iter().rev().map(|parent| (*parent, false)));
    }
    Ok(order)
}

/// Those of the commits that the store does not have.
async fn unknown(work: &mut Work, commits: Vec<Oid>) -> Result<Vec<Oid>> {
    if commits.is_empty() {
        return Ok(commits);
    }
    let known = work.tx.existing_objects(work.workspace, &commits).await?;
    let known: HashSet<Oid> = known.into_iter().collect();
    Ok(commits
        .into_iter()
        .filter(|oid| !known.contains(oid))
        .collect())
}

async fn inspect_commit(
    work: &mut Work,
    incoming: &Incoming,
    oid: Oid,
    places: &mut Places,
) -> Step<NewCommit> {
    let data = work.commit_data(oid).await?;
    let own = paths::own_changes(work, &data).await?;
    places.changes += own.len();
    match paths::check(work, incoming, oid, data.tree, &own, places).await? {
        Err(refusal) => Ok(Err(refusal)),
        Ok(()) => Ok(Ok(NewCommit {
            data,
            own_paths: own.into_iter().map(|change| change.path).collect(),
        })),
    }
}
