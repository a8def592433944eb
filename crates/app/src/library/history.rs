//! History: versions of one prompt, commits of a branch, and two versions beside each other.

use std::collections::HashMap;

use serde_json::Value;
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::Oid;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::record::Note;
use variorum_git::diff::{Change, Span, compare_words, detect_renames, tree_diff};
use variorum_ports::rows::{CommitRow, PathVersion};

use super::graphs::graph;
use super::{head_or_missing, parsed, ref_name};
use crate::context::Context;
use crate::signatures::Provenance;
use crate::work::Work;
use crate::{Error, Result, signatures};

/// A version of a prompt with its note taken apart.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its number.
    pub number: i64,
    /// Its commit.
    pub commit: CommitRow,
    /// What changed and why.
    pub note: Note,
    /// The file it left.
    pub blob: Option<Oid>,
    /// Whether `main` holds it.
    pub on_main: bool,
}

/// Versions of a path, newest first.
pub async fn versions(
    ctx: &Context,
    actor: &Actor,
    path: &str,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Version>> {
    access::check(actor, Action::Read, path)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let rows = work
        .tx
        .path_versions(actor.workspace, path, below, limit)
        .await?;
    told(ctx, &mut work, rows).await
}

/// The file that a path was moved from, with its last version; `None` where it began here.
pub async fn moved_from(ctx: &Context, actor: &Actor, path: &str) -> Result<Option<(String, i64)>> {
    access::check(actor, Action::Read, path)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let first = work
        .tx
        .path_versions(actor.workspace, path, Some(2), 1)
        .await?;
    let Some(first) = first.into_iter().next() else {
        return Ok(None);
    };
    let Some(parent) = first.commit.parents.first() else {
        return Ok(None);
    };
    let before = work.commit_data(*parent).await?.tree;
    let after = first.commit.tree;
    let changes = work
        .with(|overlay| {
            let mut changes = tree_diff(overlay, Some(before), Some(after))?;
            detect_renames(&mut changes, overlay)?;
            Ok(changes)
        })
        .await?;
    let renamed = changes.into_iter().find(|change| change.path == path);
    let Some(from) = renamed.and_then(|change| change.old_path) else {
        return Ok(None);
    };
    let last = work
        .tx
        .path_versions(actor.workspace, &from, None, 1)
        .await?;
    let version = last.first().and_then(|row| row.change.version);
    Ok(version.map(|version| (from, version)))
}

/// What rows of a path say, with whether `main` holds each; all of them are looked for at once.
pub(crate) async fn told(
    ctx: &Context,
    work: &mut Work,
    rows: Vec<PathVersion>,
) -> Result<Vec<Version>> {
    let graph = graph(ctx, work).await?;
    let main = work
        .tx
        .get_ref(work.workspace, variorum_domain::library::MAIN)
        .await?;
    let oids: Vec<Oid> = rows.iter().map(|row| row.commit.oid).collect();
    let on_main = main.map(|main| graph.ancestors_among(&oids, &main));
    let on_main = on_main.unwrap_or_default();
    let version = |row: PathVersion| Version {
        number: row.change.version.unwrap_or(0),
        note: Note::from_message(&row.commit.message),
        on_main: on_main.contains(&row.commit.oid),
        commit: row.commit,
        blob: row.change.new,
    };
    Ok(rows.into_iter().map(version).collect())
}

async fn version(ctx: &Context, work: &mut Work, row: PathVersion) -> Result<Version> {
    let told = told(ctx, work, vec![row]).await?;
    let one = told.into_iter().next();
    one.ok_or_else(|| Error::Internal("a version was lost on the way".into()))
}

/// One version of a path, or not found.
pub async fn one_version(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    number: i64,
) -> Result<Version> {
    let row = work.tx.path_version(work.workspace, path, number).await?;
    let row = row.ok_or_else(|| Error::not_found("version", format!("{number} of {path}")))?;
    version(ctx, work, row).await
}

/// Two versions beside each other.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The older version.
    pub from: Version,
    /// The newer version.
    pub to: Version,
    /// The older file.
    pub from_source: String,
    /// The newer file.
    pub to_source: String,
    /// The texts below the front matter, word by word.
    pub words: Vec<Span>,
    /// Settings that differ: the field, before, after.
    pub fields: Vec<(String, Option<Value>, Option<Value>)>,
}

/// Compares two versions of a path.
pub async fn compare(
    ctx: &Context,
    actor: &Actor,
    path: &str,
    from: i64,
    to: i64,
) -> Result<Comparison> {
    access::check(actor, Action::Read, path)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let from = one_version(ctx, &mut work, path, from).await?;
    let to = one_version(ctx, &mut work, path, to).await?;
    let before = source(ctx, &mut work, path, &from).await?;
    let after = source(ctx, &mut work, path, &to).await?;
    let words = compare_words(before.partial_text(), after.partial_text());
    let fields = differing(&flat(before.raw.to_json()), &flat(after.raw.to_json()));
    Ok(Comparison {
        from,
        to,
        from_source: before.source().to_owned(),
        to_source: after.source().to_owned(),
        words,
        fields,
    })
}

async fn source(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    version: &Version,
) -> Result<std::sync::Arc<variorum_domain::prompt::PromptFile>> {
    let blob = version
        .blob
        .ok_or_else(|| Error::not_found("version", version.number))?;
    parsed::file(ctx, work, path, blob).await
}

/// Nested settings as `config.temperature`.
pub(crate) fn flat(value: Value) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    flatten(String::new(), value, &mut out);
    out
}

fn flatten(name: String, value: Value, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, inner) in fields {
                let inner_name = if name.is_empty() {
                    key
                } else {
                    format!("{name}.{key}")
                };
                flatten(inner_name, inner, out);
            }
        }
        Value::Null if name.is_empty() => {}
        other => out.push((name, other)),
    }
}

pub(crate) fn differing(
    before: &[(String, Value)],
    after: &[(String, Value)],
) -> Vec<(String, Option<Value>, Option<Value>)> {
    let find = |rows: &[(String, Value)], name: &str| {
        rows.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let mut names: Vec<&String> = before.iter().chain(after).map(|(name, _)| name).collect();
    names.dedup();
    let mut seen = std::collections::HashSet::new();
    names
        .into_iter()
        .filter(|name| seen.insert(*name))
        .filter_map(|name| {
            let (old, new) = (find(before, name), find(after, name));
            (old != new).then(|| (name.clone(), old, new))
        })
        .collect()
}

/// A page of commits of a branch, newest first, with the number of all.
pub async fn commits(
    ctx: &Context,
    actor: &Actor,
    draft: Option<&str>,
    skip: usize,
    limit: usize,
) -> Result<(Vec<CommitRow>, usize)> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let name = ref_name(draft)?;
    let Some(tip) = work.tx.get_ref(actor.workspace, &name).await? else {
        return Ok((Vec::new(), 0));
    };
    let graph = graph(ctx, &mut work).await?;
    let all: Vec<Oid> = graph.walk(&tip).collect();
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let page: Vec<Oid> = all.iter().skip(skip).take(limit).copied().collect();
    let mut rows = work.tx.commits(actor.workspace, &page).await?;
    rows.sort_by_key(|row| page.iter().position(|oid| *oid == row.oid));
    Ok((rows, all.len()))
}

/// One commit with what it changed.
pub async fn commit(ctx: &Context, actor: &Actor, oid: Oid) -> Result<(CommitRow, Vec<Change>)> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let rows = work.tx.commits(actor.workspace, &[oid]).await?;
    let row = rows
        .into_iter()
        .next()
        .ok_or_else(|| Error::not_found("version", oid))?;
    let parent_tree = match row.parents.first() {
        Some(parent) => Some(work.commit_data(*parent).await?.tree),
        None => None,
    };
    let changes = work
        .with(|overlay| tree_diff(overlay, parent_tree, Some(row.tree)))
        .await?;
    Ok((row, changes))
}

/// What is known of these commits beside what stands in them: whose signatures they carry, and who
/// pushed them.
pub async fn provenance(
    ctx: &Context,
    actor: &Actor,
    commits: &[Oid],
) -> Result<HashMap<Oid, Provenance>> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let known = work.tx.commits(actor.workspace, commits).await?;
    let known: Vec<Oid> = known.into_iter().map(|row| row.oid).collect();
    signatures::provenance(ctx, &mut work, &known).await
}

/// The commit a word names: a draft, `main`, or a commit id.
pub async fn find_commit(work: &mut Work, named: Option<&str>) -> Result<Oid> {
    if let Some(Ok(oid)) = named.map(str::parse::<Oid>) {
        let rows = work.tx.commits(work.workspace, &[oid]).await?;
        return match rows.first() {
            Some(row) => Ok(row.oid),
            None => Err(Error::not_found("version", oid)),
        };
    }
    let (oid, _) = head_or_missing(work, &ref_name(named)?).await?;
    Ok(oid)
}
