//! Which files are meant.

use variorum_domain::library::{FileKind, prompt_id};
use variorum_git::tree::{Entry, entry_at};

use super::plan::{Plan, stands_in_the_way};
use super::{BULK_FILES_MAX, Chosen};
use crate::context::Context;
use crate::library::search;
use crate::work::Work;
use crate::{Error, Result};

/// Rows read at a time.
const ROWS_PER_PAGE: usize = 500;

/// The chosen files of a tree, by path, each once.
pub(super) async fn chosen(
    ctx: &Context,
    work: &mut Work,
    tree: variorum_domain::id::Oid,
    chosen: &Chosen,
    plan: &mut Plan,
) -> Result<Vec<(String, Entry)>> {
    let wanted = match chosen {
        Chosen::Ids(ids) => ids.clone(),
        Chosen::Found(ask) => found(ctx, work, ask).await?,
    };
    if wanted.is_empty() {
        return Err(Error::invalid_with_hint(
            "no file is chosen",
            "name ids, or give words and filters that find some",
        ));
    }
    if wanted.len() > BULK_FILES_MAX {
        return Err(Error::invalid_with_hint(
            format!("more than {BULK_FILES_MAX} files are chosen"),
            "do it in several steps, e.g. folder by folder",
        ));
    }
    let mut files = Vec::with_capacity(wanted.len());
    for id in wanted {
        match file(work, tree, &id).await? {
            Some((path, entry)) => {
                let kind = FileKind::of(&path);
                if kind.is_prompt() || kind == FileKind::Partial {
                    files.push((path, entry));
                } else {
                    let why = format!("it is a {} and not a prompt", kind.name());
                    plan.refused.push(stands_in_the_way(&path, why));
                }
            }
            None => {
                let why = format!("there is no file `{id}` on this draft");
                plan.refused.push(stands_in_the_way(&id, why));
            }
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files.dedup_by(|a, b| a.0 == b.0);
    Ok(files)
}

/// All paths that a search finds.
async fn found(ctx: &Context, work: &mut Work, ask: &search::Ask) -> Result<Vec<String>> {
    let filter = search::filter(ctx, work, ask).await?;
    let mut paths = Vec::new();
    while paths.len() <= BULK_FILES_MAX {
        let after = paths.last().cloned();
        let rows = work
            .tx
            .library(work.workspace, &filter, after.as_deref(), ROWS_PER_PAGE)
            .await?;
        let last = rows.len() < ROWS_PER_PAGE;
        paths.extend(rows.into_iter().map(|row| row.path));
        if last {
            break;
        }
    }
    Ok(paths)
}

/// The file that an id or a path names in a tree.
pub(super) async fn file(
    work: &mut Work,
    tree: variorum_domain::id::Oid,
    id: &str,
) -> Result<Option<(String, Entry)>> {
    let row = work.tx.library_row_by_id(work.workspace, id).await?;
    let mut paths: Vec<String> = row.into_iter().map(|row| row.path).collect();
    if prompt_id(id) == id {
        paths.push(format!("prompts/{id}.prompt"));
    }
    paths.push(id.to_owned());
    for path in paths {
        let entry = work.with(|overlay| entry_at(overlay, tree, &path)).await;
        // A name that no tree can hold is no file.
        let Ok(entry) = entry else { continue };
        if let Some(entry) = entry.filter(|entry| entry.mode.is_file()) {
            return Ok(Some((path, entry)));
        }
    }
    Ok(None)
}
