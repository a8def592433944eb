//! What the files on `main` refer to, kept with the listing; and what a changed file means for those
//! that build on it.

use std::collections::{BTreeSet, HashMap};

use variorum_domain::id::Oid;
use variorum_domain::impact::{Edge, edges_of_prompt, edges_of_text, prompt_path};
use variorum_domain::library::{FileKind, LIBRARY_FILE, partial_name, prompt_id};
use variorum_domain::variation::may_vary;
use variorum_git::diff::Change;
use variorum_git::tree::Entry;
use variorum_ports::rows::{EdgeKind, EdgeRow, LibraryFilter};

use super::documentation::Scoring;
use super::index::{facts, put_differing, state};
use super::parsed;
use super::tree_view::TreeView;
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Files counted anew at a time, so that a partial of the whole library does not fill the memory.
const FILES_PER_ROUND: usize = 256;

/// Keeps the edges of changed files, given those of prompts as they are now. Most saves change none,
/// and then nothing is written.
pub(super) async fn keep(
    ctx: &Context,
    work: &mut Work,
    changes: &[Change],
    mut known: HashMap<String, BTreeSet<Edge>>,
) -> Result<()> {
    let (mut from_paths, mut rows) = (Vec::new(), Vec::new());
    for change in changes {
        let path = &change.path;
        let kind = FileKind::of(path);
        let is_parsed = kind.is_prompt() || kind == FileKind::Partial;
        if is_parsed && has_same_shape(work, change).await? {
            continue;
        }
        let after = match known.remove(path).filter(|_| is_parsed) {
            Some(edges) => edges,
            None => leaving(ctx, work, path, change.new).await?,
        };
        // What was listed of a file that counts as new may have been derived by an older program.
        if change.old.is_some() && leaving(ctx, work, path, change.old).await? == after {
            continue;
        }
        rows.extend(after.into_iter().map(|edge| EdgeRow {
            from_path: path.clone(),
            kind: edge.kind,
            to_ref: edge.to,
        }));
        from_paths.push(path.clone());
    }
    if !from_paths.is_empty() {
        work.tx
            .put_edges(work.workspace, &from_paths, &rows)
            .await?;
    }
    Ok(())
}

async fn has_same_shape(work: &mut Work, change: &Change) -> Result<bool> {
    match (change.old, change.new) {
        (Some(old), Some(new)) if old.mode.is_file() && new.mode.is_file() => {
            parsed::same_shape(work, old.oid, new.oid).await
        }
        _ => Ok(false),
    }
}

/// What a file refers to; nothing where there is no file.
pub(crate) async fn leaving(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    entry: Option<Entry>,
) -> Result<BTreeSet<Edge>> {
    let Some(entry) = entry.filter(|entry| entry.mode.is_file()) else {
        return Ok(BTreeSet::new());
    };
    if let Some(edges) = of_prompt(ctx, work, path, entry.oid).await? {
        return Ok(edges);
    }
    match FileKind::of(path) {
        FileKind::Workflow | FileKind::Suite | FileKind::Settings => {
            let blob = work.blob(entry.oid).await?;
            Ok(edges_of_text(path, &String::from_utf8_lossy(&blob.bytes)))
        }
        _ => Ok(BTreeSet::new()),
    }
}

/// What a prompt, partial or foreign prompt refers to; `None` for any other file.
pub(super) async fn of_prompt(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    blob: Oid,
) -> Result<Option<BTreeSet<Edge>>> {
    let kind = FileKind::of(path);
    if !kind.is_prompt() && kind != FileKind::Partial {
        return Ok(None);
    }
    let file = parsed::file(ctx, work, path, blob).await?;
    let mut edges = edges_of_prompt(path, &file);
    if kind == FileKind::ForeignPrompt {
        // Only Dotprompt has partials.
        edges.retain(|edge| edge.kind != EdgeKind::Includes);
    }
    Ok(Some(edges))
}

/// Counts problems anew in the files that build on changed ones, and in those that have the name of a
/// changed partial. Changed files themselves were counted already.
pub(super) async fn recount(
    ctx: &Context,
    work: &mut Work,
    changes: &[Change],
    view: &mut TreeView,
    scoring: &Scoring<'_>,
) -> Result<()> {
    let changed: BTreeSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    // A file that shares its name with a changed one may have come into conflict, or out of it.
    let names = changed.iter().filter_map(|path| partial_name(path));
    let namesakes = names.flat_map(|name| view.partials.paths(name));
    let namesakes: Vec<String> = namesakes.map(str::to_owned).collect();
    let mut touched = building_on(work, &changed).await?;
    touched.extend(namesakes);
    touched.retain(|path| !changed.contains(path.as_str()));
    let touched: Vec<String> = touched.into_iter().collect();
    for paths in touched.chunks(FILES_PER_ROUND) {
        let rows = work.tx.library_rows(work.workspace, paths).await?;
        work.with(|overlay| overlay.require(rows.iter().map(|row| row.blob)))
            .await?;
        let mut stated = rows.clone();
        for row in &mut stated {
            let facts = facts(ctx, work, &row.path, row.blob, view).await?;
            state(row, facts);
        }
        scoring.note(work, &mut stated).await?;
        put_differing(work, &rows, stated).await?;
    }
    Ok(())
}

/// The files on `main` that build on any of these, directly or not: what includes a partial, varies a
/// prompt or runs one. What a file builds on decides, not whether it is there.
pub(super) async fn building_on(
    work: &mut Work,
    changed: &BTreeSet<&str>,
) -> Result<BTreeSet<String>> {
    let names = changed.iter().filter_map(|path| partial_name(path));
    let mut found = includers(work, names.map(str::to_owned).collect()).await?;
    if changed.contains(LIBRARY_FILE) {
        found.extend(on_settings(work).await?);
    }
    let all = changed
        .iter()
        .copied()
        .chain(found.iter().map(String::as_str));
    let prompts = all.filter(|path| FileKind::of(path).is_prompt());
    let prompts: Vec<String> = prompts.map(str::to_owned).collect();
    let mut varying = referring(work, EdgeKind::Varies, &prompts).await?;
    // A text of its own, under a variation's name: once its base opens slots it must be one.
    varying.extend(referring(work, EdgeKind::NamedAfter, &prompts).await?);
    let runnable = prompts.iter().chain(&varying);
    let paths: Vec<String> = runnable.map(|path| prompt_path(prompt_id(path))).collect();
    let running = referring(work, EdgeKind::Runs, &paths).await?;
    found.extend(varying);
    found.extend(running);
    Ok(found)
}

/// The files on `main` that refer to any of these in that way.
pub(super) async fn referring(
    work: &mut Work,
    kind: EdgeKind,
    to_refs: &[String],
) -> Result<Vec<String>> {
    if to_refs.is_empty() {
        return Ok(Vec::new());
    }
    let edges = work.tx.edges_to(work.workspace, kind, to_refs).await?;
    Ok(edges.into_iter().map(|edge| edge.from_path).collect())
}

/// The files whose meaning hangs on the brands, regions, channels and KPIs of the library.
async fn on_settings(work: &mut Work) -> Result<Vec<String>> {
    let kinds = [FileKind::Prompt, FileKind::Workflow];
    let filter = LibraryFilter {
        kinds: kinds.map(|kind| kind.name().to_owned()).into(),
        ..LibraryFilter::default()
    };
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = work
            .tx
            .library(work.workspace, &filter, after.as_deref(), FILES_PER_ROUND)
            .await?;
        let is_last = page.len() < FILES_PER_ROUND;
        after = page.last().map(|row| row.path.clone());
        let paths = page.into_iter().map(|row| row.path);
        found.extend(
            paths.filter(|path| FileKind::of(path) == FileKind::Workflow || may_vary(path)),
        );
        if is_last {
            return Ok(found);
        }
    }
}

/// The files that include partials of these names, and those that include them by another partial.
async fn includers(work: &mut Work, names: BTreeSet<String>) -> Result<BTreeSet<String>> {
    let (mut known, mut next) = (names.clone(), Vec::from_iter(names));
    let mut found = BTreeSet::new();
    while !next.is_empty() {
        let edges = work
            .tx
            .edges_to(work.workspace, EdgeKind::Includes, &next)
            .await?;
        next.clear();
        for edge in edges {
            if let Some(name) = partial_name(&edge.from_path)
                && known.insert(name.to_owned())
            {
                next.push(name.to_owned());
            }
            found.insert(edge.from_path);
        }
    }
    Ok(found)
}
