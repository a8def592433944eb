//! Bringing one branch into another, up to the tree: what conflicts, and what a person decided.

use variorum_domain::id::Oid;
use variorum_domain::limits::{FILE_BYTES_MAX, FILES_PER_SAVE_MAX};
use variorum_git::merge::{CommitMerge, MergeLabels, MergeOutcome, merge_commits};
use variorum_git::object::Kind;
use variorum_git::tree::{Edit, Mode, edit};

use super::graphs::graph;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// How a person settled a conflict: the content a file shall have, or `None` to delete it.
pub type Resolution = (String, Option<Vec<u8>>);

/// A branch by the name people use, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tip<'a> {
    /// The name people use.
    pub name: &'a str,
    /// Its newest commit.
    pub commit: Oid,
}

/// Merges `theirs` into `ours`.
pub(crate) async fn merge(
    ctx: &Context,
    work: &mut Work,
    ours: Tip<'_>,
    theirs: Tip<'_>,
) -> Result<CommitMerge> {
    let graph = graph(ctx, work).await?;
    let labels = MergeLabels {
        base: "before".into(),
        ours: ours.name.to_owned(),
        theirs: theirs.name.to_owned(),
    };
    work.with(|overlay| merge_commits(overlay, &graph, ours.commit, theirs.commit, &labels))
        .await
}

/// Checks limits of what a person decided, before anything is read.
pub(crate) fn check_resolutions(resolutions: &[Resolution]) -> Result<()> {
    if resolutions.len() > FILES_PER_SAVE_MAX {
        return Err(Error::invalid(format!(
            "at most {FILES_PER_SAVE_MAX} files can be decided at once"
        )));
    }
    let size = |content: &Option<Vec<u8>>| content.as_ref().map_or(0, Vec::len);
    match resolutions
        .iter()
        .find(|(_, content)| size(content) > FILE_BYTES_MAX)
    {
        None => Ok(()),
        Some((path, _)) => Err(Error::invalid(format!(
            "`{path}` is longer than {FILE_BYTES_MAX} bytes"
        ))),
    }
}

/// The merged tree with the person's decisions; every conflict must be decided.
pub(crate) async fn settle(
    work: &mut Work,
    outcome: MergeOutcome,
    resolutions: &[Resolution],
    head: Oid,
) -> Result<Oid> {
    let open: Vec<_> = outcome
        .conflicts
        .iter()
        .filter(|conflict| !resolutions.iter().any(|(path, _)| *path == conflict.path))
        .cloned()
        .collect();
    if !open.is_empty() {
        return Err(Error::Clash {
            conflicts: open,
            head,
        });
    }
    let in_conflict = |path: &str| outcome.conflicts.iter().any(|c| c.path == path);
    if let Some((path, _)) = resolutions.iter().find(|(path, _)| !in_conflict(path)) {
        return Err(Error::invalid(format!(
            "`{path}` is not in conflict, so there is nothing to decide"
        )));
    }
    let mut edits = Vec::with_capacity(resolutions.len());
    for (path, content) in resolutions {
        let change = match content {
            Some(bytes) => {
                let oid = work.overlay.put(Kind::Blob, bytes.as_slice())?;
                Edit::Upsert {
                    mode: Mode::File,
                    oid,
                }
            }
            None => Edit::Remove,
        };
        edits.push((path.clone(), change));
    }
    work.with(|overlay| edit(overlay, Some(outcome.partial_tree), &edits))
        .await
}
