//! Other open changes, and which files they touch.

use std::collections::BTreeSet;
use std::sync::Arc;

use variorum_domain::change::{Change, ChangeStatus};
use variorum_domain::id::{ChangeNumber, Oid};
use variorum_domain::library::MAIN;
use variorum_git::diff::tree_diff;
use variorum_ports::rows::ChangeFilter;

use crate::Result;
use crate::context::Context;
use crate::library::graphs::graph;
use crate::library::ref_name;
use crate::work::Work;

/// Open changes that are compared with.
pub const OPEN_CHANGES_READ_MAX: usize = 200;

/// Open changes but one, newest first, each with the files it touches.
pub(super) async fn open_changes(
    ctx: &Context,
    work: &mut Work,
    but: Option<ChangeNumber>,
    but_draft: Option<&str>,
) -> Result<Vec<(Change, Arc<BTreeSet<String>>)>> {
    let filter = ChangeFilter {
        status: Some(ChangeStatus::Open),
        ..ChangeFilter::default()
    };
    let changes = work
        .tx
        .changes(work.workspace, &filter, None, OPEN_CHANGES_READ_MAX)
        .await?;
    let mut found = Vec::new();
    for change in changes {
        if Some(change.number) == but || Some(change.draft.as_str()) == but_draft {
            continue;
        }
        if let Some(touched) = touched(ctx, work, &change).await? {
            found.push((change, touched));
        }
    }
    Ok(found)
}

/// The files a draft has changed since it left `main`; nothing where its branch is gone.
async fn touched(
    ctx: &Context,
    work: &mut Work,
    change: &Change,
) -> Result<Option<Arc<BTreeSet<String>>>> {
    let theirs = ref_name(Some(&change.draft))?;
    let theirs = work.tx.get_ref(work.workspace, &theirs).await?;
    let main = work.tx.get_ref(work.workspace, MAIN).await?;
    let (Some(theirs), Some(main)) = (theirs, main) else {
        return Ok(None);
    };
    let graph = graph(ctx, work).await?;
    let base = graph.merge_bases(&main, &theirs).first().copied();
    let key = (work.workspace, base.unwrap_or(Oid::ZERO), theirs);
    if let Some(known) = ctx.impact.touched.get(&key) {
        return Ok(Some(known));
    }
    let before = match base {
        Some(base) => Some(work.commit_data(base).await?.tree),
        None => None,
    };
    let after = work.commit_data(theirs).await?.tree;
    let changes = work
        .with(|overlay| tree_diff(overlay, before, Some(after)))
        .await?;
    let paths = changes.into_iter().map(|change| change.path).collect();
    Ok(Some(ctx.impact.touched.put(key, paths)))
}
