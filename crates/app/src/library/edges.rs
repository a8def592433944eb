//! What the files on `main` refer to, kept with the listing; and what a changed partial means for
//! those that include it.

use std::collections::{BTreeSet, HashMap};

use variorum_domain::impact::{Edge, edges_of_text};
use variorum_domain::library::{FileKind, partial_name};
use variorum_git::diff::Change;
use variorum_git::tree::Entry;
use variorum_ports::rows::{EdgeKind, EdgeRow, LibraryRow};

use super::index::{errors, problems_json};
use super::parsed::{self, Partials};
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
    match FileKind::of(path) {
        FileKind::Prompt | FileKind::Partial | FileKind::ForeignPrompt => {
            let file = parsed::file(ctx, work, path, entry.oid).await?;
            Ok(parsed::edges(path, &file))
        }
        FileKind::Workflow | FileKind::Suite | FileKind::Settings => {
            let blob = work.blob(entry.oid).await?;
            Ok(edges_of_text(path, &String::from_utf8_lossy(&blob.bytes)))
        }
        _ => Ok(BTreeSet::new()),
    }
}

/// Counts problems anew in the files that changed partials are a part of, directly or not, and in
/// those that have the name of a changed one. Changed
/// files themselves were counted already.
pub(super) async fn recount(
    ctx: &Context,
    work: &mut Work,
    changes: &[Change],
    partials: &mut Partials,
) -> Result<()> {
    let changed: BTreeSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    let names: BTreeSet<String> = changed
        .iter()
        .filter_map(|path| partial_name(path).map(str::to_owned))
        .collect();
    // A file that shares its name with a changed one may have come into conflict, or out of it.
    let namesakes = names.iter().flat_map(|name| partials.paths(name));
    let namesakes: Vec<String> = namesakes.map(str::to_owned).collect();
    let mut touched = includers(work, names).await?;
    touched.extend(namesakes);
    touched.retain(|path| !changed.contains(path.as_str()));
    let touched: Vec<String> = touched.into_iter().collect();
    for paths in touched.chunks(FILES_PER_ROUND) {
        let rows = work.tx.library_rows(work.workspace, paths).await?;
        work.with(|overlay| overlay.require(rows.iter().map(|row| row.blob)))
            .await?;
        let mut differing = Vec::new();
        for row in rows {
            differing.extend(recounted(ctx, work, row, partials).await?);
        }
        work.tx.put_library_rows(work.workspace, &differing).await?;
    }
    Ok(())
}

/// The row with its problems as they are now, where they differ.
async fn recounted(
    ctx: &Context,
    work: &mut Work,
    mut row: LibraryRow,
    partials: &mut Partials,
) -> Result<Option<LibraryRow>> {
    let file = parsed::file(ctx, work, &row.path, row.blob).await?;
    partials.reach(ctx, work, &file).await?;
    let found = parsed::diagnostics(&row.path, &file, partials);
    let problems = problems_json(&found);
    if problems == row.problems {
        return Ok(None);
    }
    row.errors = errors(&found);
    row.problems = problems;
    Ok(Some(row))
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
