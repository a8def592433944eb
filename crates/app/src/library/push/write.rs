//! Writing an accepted push: objects, index, refs and audit entries, in the caller's transaction.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use variorum_domain::access::Actor;
use variorum_domain::audit::Happening;
use variorum_domain::canonical;
use variorum_domain::id::{Oid, Time};
use variorum_ports::rows::{ArrivalRow, CommitRow, ObjectRow, PathChangeRow};

use super::super::draft_name;
use super::super::index::{FileVersion, Numbers, commit_row, path_changes, refresh_library};
use super::decide::Accepted;
use super::inspect::Inspected;
use super::is_main;
use super::receive::Incoming;
use crate::Result;
use crate::context::Context;
use crate::work::{Work, encode_whole};

/// Rows written at a time.
const ROWS_PER_WRITE: usize = 500;
/// Files and commits named in an audit entry.
const NAMED_MAX: usize = 20;

/// Writes everything; returns the versions each ref's new commits made.
pub(super) async fn write(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    incoming: &Incoming,
    inspected: &Inspected,
    accepted: &[&Accepted],
) -> Result<Vec<Vec<FileVersion>>> {
    store(work, incoming, accepted).await?;
    let made = index(work, (actor, ctx.clock.now()), inspected, accepted).await?;
    let mut versions = Vec::with_capacity(accepted.len());
    for one in accepted {
        let own = newest_versions(one, &made);
        move_ref(ctx, work, one).await?;
        record(ctx, work, actor, one, &own).await?;
        versions.push(own);
    }
    Ok(versions)
}

/// Stores what the accepted tips lead to, as it came where that is possible.
async fn store(work: &mut Work, incoming: &Incoming, accepted: &[&Accepted]) -> Result<()> {
    let tips: Vec<Oid> = accepted.iter().filter_map(|one| one.update.new).collect();
    let reached = work.overlay.new_objects_of(&tips);
    let oids: Vec<Oid> = reached.iter().map(|(oid, _)| *oid).collect();
    let known = work.tx.existing_objects(work.workspace, &oids).await?;
    let known: HashSet<Oid> = known.into_iter().collect();
    let kept: HashSet<Oid> = oids
        .into_iter()
        .filter(|oid| !known.contains(oid))
        .collect();
    // Bases that are neither new nor met above are those the deltas of a thin pack were made from.
    let outside: Vec<Oid> = incoming.bases_outside(&kept);
    let outside = work.tx.existing_objects(work.workspace, &outside).await?;
    let outside: HashSet<Oid> = outside.into_iter().collect();
    let is_stored = |oid: &Oid| kept.contains(oid) || known.contains(oid) || outside.contains(oid);
    let mut rows: Vec<ObjectRow> = Vec::with_capacity(ROWS_PER_WRITE);
    for (oid, object) in &reached {
        if !kept.contains(oid) {
            continue;
        }
        let row = incoming.row(*oid, is_stored);
        rows.push(row.unwrap_or_else(|| encode_whole(*oid, object)));
        if rows.len() >= ROWS_PER_WRITE {
            work.tx.put_objects(work.workspace, &rows).await?;
            rows.clear();
        }
    }
    work.tx.put_objects(work.workspace, &rows).await?;
    work.overlay.retain_new(&kept);
    Ok(())
}

/// Indexes the new commits, parents first, and notes who brought them; returns what each made of
/// the files it changed.
async fn index(
    work: &mut Work,
    (actor, at): (&Actor, Time),
    inspected: &Inspected,
    accepted: &[&Accepted],
) -> Result<HashMap<Oid, Vec<FileVersion>>> {
    let mut seen = HashSet::new();
    let all = accepted.iter().flat_map(|one| &one.new).copied();
    let all: Vec<Oid> = all.filter(|oid| seen.insert(*oid)).collect();
    let known = work.tx.commits(work.workspace, &all).await?;
    let known: HashSet<Oid> = known.into_iter().map(|row| row.oid).collect();
    let mut numbers = Numbers::default();
    let mut made = HashMap::new();
    let mut commits: Vec<CommitRow> = Vec::new();
    let mut paths: Vec<PathChangeRow> = Vec::new();
    let mut arrivals: Vec<ArrivalRow> = Vec::new();
    for oid in all {
        let Some(commit) = inspected
            .commits
            .get(&oid)
            .filter(|_| !known.contains(&oid))
        else {
            continue;
        };
        let rows = path_changes(work, oid, &commit.data, &mut numbers).await?;
        let versions = rows.iter().map(|row| FileVersion {
            path: row.path.clone(),
            version: row.version,
        });
        made.insert(oid, versions.collect());
        paths.extend(rows);
        commits.push(commit_row(oid, &commit.data));
        arrivals.push(ArrivalRow {
            commit: oid,
            actor: actor.id,
            actor_name: actor.name.clone(),
            at,
            wrote: !commit.own_paths.is_empty(),
        });
        if paths.len() >= ROWS_PER_WRITE {
            work.tx.put_commits(work.workspace, &commits).await?;
            work.tx.put_path_changes(work.workspace, &paths).await?;
            work.tx.put_arrivals(work.workspace, &arrivals).await?;
            arrivals.clear();
            commits.clear();
            paths.clear();
        }
    }
    work.tx.put_commits(work.workspace, &commits).await?;
    work.tx.put_path_changes(work.workspace, &paths).await?;
    work.tx.put_arrivals(work.workspace, &arrivals).await?;
    Ok(made)
}

/// The newest version of each file that a ref's new commits changed, by path.
fn newest_versions(one: &Accepted, made: &HashMap<Oid, Vec<FileVersion>>) -> Vec<FileVersion> {
    let mut newest: std::collections::BTreeMap<&str, Option<i64>> =
        std::collections::BTreeMap::new();
    for file in one.new.iter().filter_map(|oid| made.get(oid)).flatten() {
        let known = newest.entry(&file.path).or_default();
        // A merge that took a file over has no version of its own for it.
        *known = file.version.or(*known);
    }
    let file = |(path, version): (&str, Option<i64>)| FileVersion {
        path: path.to_owned(),
        version,
    };
    newest.into_iter().map(file).collect()
}

async fn move_ref(ctx: &Context, work: &mut Work, one: &Accepted) -> Result<()> {
    let update = &one.update;
    work.tx
        .move_ref(
            work.workspace,
            &update.name,
            update.old,
            update.new,
            ctx.clock.now(),
        )
        .await?;
    if let Some(after) = one.after_tree.filter(|_| is_main(&update.name)) {
        refresh_library(ctx, work, (one.before_tree, after), None).await?;
    }
    Ok(())
}

async fn record(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    one: &Accepted,
    versions: &[FileVersion],
) -> Result<()> {
    let update = &one.update;
    let (target, what) = match update.name.strip_prefix("refs/tags/") {
        Some(tag) => (format!("tag:{tag}"), "tag"),
        None => (format!("draft:{}", draft_name(&update.name)), "draft"),
    };
    let action = match (what, update.old, update.new) {
        ("tag", _, None) => "tag.deleted",
        ("tag", ..) => "tag.created",
        (_, _, None) => "draft.deleted",
        (_, None, _) if !is_main(&update.name) => "draft.created",
        _ if one.rewritten => "draft.rewritten",
        _ => "versions.pushed",
    };
    let text = |oid: Option<Oid>| oid.map(|oid| oid.to_string());
    let evidence = json!({
        "by": "git push",
        "commit": text(update.new.or(update.old)),
        "parent": text(update.old.filter(|_| update.new.is_some())),
        "commits": one.commits,
        "new_commits": one.new.iter().rev().take(NAMED_MAX).map(ToString::to_string).collect::<Vec<_>>(),
        "files": versions.iter().take(NAMED_MAX).map(|file| &file.path).collect::<Vec<_>>(),
        "file_count": versions.len(),
    });
    let digest = |oid: Option<Oid>| oid.map(|oid| canonical::digest(&oid.to_string()));
    let happening = Happening::new(action, target)
        .from_to(digest(update.old), digest(update.new))
        .with_evidence(evidence);
    work.record(ctx, actor, happening).await?;
    Ok(())
}
