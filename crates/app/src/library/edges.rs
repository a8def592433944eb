//! What the files on `main` refer to, kept with the listing; and what a changed partial means for
//! those that include it.

use std::collections::BTreeSet;

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

/// Keeps the edges of changed files. Most saves change none, and then nothing is written.
pub async fn keep(ctx: &Context, work: &mut Work, changes: &[Change]) -> Result<()> {
    let (mut from_paths, mut rows) = (Vec::new(), Vec::new());
    for change in changes {
        let before = includes(ctx, work, &change.path, change.old).await?;
        let after = includes(ctx, work, &change.path, change.new).await?;
        if before == after {
            continue;
        }
        rows.extend(after.into_iter().map(|name| EdgeRow {
            from_path: change.path.clone(),
            kind: EdgeKind::Includes,
            to_ref: name,
        }));
        from_paths.push(change.path.clone());
    }
    if !from_paths.is_empty() {
        work.tx
            .put_edges(work.workspace, &from_paths, &rows)
            .await?;
    }
    Ok(())
}

/// The names a file includes; none where there is no file, or one that cannot include any.
async fn includes(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    entry: Option<Entry>,
) -> Result<BTreeSet<String>> {
    let can = matches!(FileKind::of(path), FileKind::Prompt | FileKind::Partial);
    match entry.filter(|entry| can && entry.mode.is_file()) {
        Some(entry) => Ok(parsed::file(ctx, work, path, entry.oid).await?.includes()),
        None => Ok(BTreeSet::new()),
    }
}

/// Counts problems anew in the files that changed partials are a part of, directly or not. Changed
/// files themselves were counted already.
pub async fn recount(
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
    let mut touched = includers(work, names).await?;
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
