//! Use cases on the library: saving versions, drafts, reading, history.

pub mod blame;
pub mod bulk;
pub mod contracts;
pub mod documentation;
pub mod drafts;
pub mod duplicates;
pub(crate) mod edges;
pub mod facts;
pub mod gate;
pub mod graphs;
pub mod history;
pub mod index;
pub mod lifecycle;
pub mod merging;
pub mod parsed;
pub mod pending;
pub mod push;
pub mod read;
pub mod save;
pub mod search;
pub mod suites;
pub mod tree_view;
pub mod update;
pub mod upkeep;
pub mod variations;
pub mod workflows;

use std::sync::Arc;

use variorum_domain::id::Oid;
use variorum_domain::library::{LIBRARY_FILE, Library, MAIN};
use variorum_domain::limits::BRANCH_NAME_CHARS_MAX;
use variorum_git::commit::CommitData;
use variorum_git::tree::entry_at;

use crate::work::Work;
use crate::{Error, Result};

/// The ref of a draft, by the name people use; `main` where none is given.
pub fn ref_name(draft: Option<&str>) -> Result<String> {
    let name = match draft {
        None | Some("" | "main") => return Ok(MAIN.to_owned()),
        Some(name) => name,
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let parts_fine = name.split('/').all(|part| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.ends_with('.')
            && !part.to_ascii_lowercase().ends_with(".lock")
    });
    let fine = name.chars().count() <= BRANCH_NAME_CHARS_MAX
        && name.chars().all(allowed)
        && !name.contains("..")
        && !name.starts_with("refs/")
        && !name.eq_ignore_ascii_case("head")
        && parts_fine;
    if !fine {
        return Err(Error::invalid_with_hint(
            format!("`{name}` cannot be the name of a draft"),
            "use letters, digits, `-`, `_`, `.` and `/`, e.g. `campaign/autumn`",
        ));
    }
    Ok(format!("refs/heads/{name}"))
}

/// The name people use for a branch.
pub fn draft_name(ref_name: &str) -> &str {
    ref_name.strip_prefix("refs/heads/").unwrap_or(ref_name)
}

/// A branch's newest commit with its data.
pub(crate) async fn head(work: &mut Work, ref_name: &str) -> Result<Option<(Oid, CommitData)>> {
    let Some(oid) = work.tx.get_ref(work.workspace, ref_name).await? else {
        return Ok(None);
    };
    let data = work.commit_data(oid).await?;
    Ok(Some((oid, data)))
}

/// A branch's newest commit, or not found.
pub(crate) async fn head_or_missing(work: &mut Work, ref_name: &str) -> Result<(Oid, CommitData)> {
    head(work, ref_name)
        .await?
        .ok_or_else(|| Error::not_found("draft", draft_name(ref_name)))
}

/// The settings a tree holds, and what is wrong with them where something is.
pub(crate) async fn settings(work: &mut Work, tree: Oid) -> Result<(Arc<Library>, Option<String>)> {
    let entry = work
        .with(|overlay| entry_at(overlay, tree, LIBRARY_FILE))
        .await?;
    let Some(entry) = entry.filter(|entry| entry.mode.is_file()) else {
        return Ok((Arc::default(), None));
    };
    let blob = work.blob(entry.oid).await?;
    Ok(work.settings.get(work.workspace, entry.oid, &blob.bytes))
}

/// The settings on `main`.
pub(crate) async fn main_settings(work: &mut Work) -> Result<(Arc<Library>, Option<String>)> {
    match head(work, MAIN).await? {
        Some((_, data)) => settings(work, data.tree).await,
        None => Ok((Arc::default(), None)),
    }
}
