//! Reading and trying workflows: what runs, what flows where, what does not fit.

use std::collections::BTreeMap;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::Oid;
use variorum_domain::library::{FileKind, MAIN, WORKFLOW_ENDING, WORKFLOW_FOLDER, workflow_name};
use variorum_domain::limits::FILE_BYTES_MAX;
use variorum_domain::workflow::{Graph, graph};
use variorum_ports::rows::LibraryRow;

use super::history::Version;
use super::parsed::Partials;
use super::read::{At, state};
use super::tree_view::{CheckedWorkflow, TreeView};
use super::{head, head_or_missing, ref_name};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// One workflow with everything about it.
pub struct WorkflowPage {
    /// Its row in the listing of `main`, where it is there.
    pub row: Option<LibraryRow>,
    /// The file's path.
    pub path: String,
    /// The commit it was read from.
    pub base: Oid,
    /// The version shown.
    pub version: Version,
    /// The file.
    pub source: String,
    /// What it says, and how that fits the prompts of the same branch.
    pub found: CheckedWorkflow,
    /// What it looks like.
    pub graph: Graph,
    /// Which prompts have another version than any on `main`, or none there: the newest version on
    /// `main` of each prompt it runs, by id.
    pub versions: BTreeMap<String, i64>,
}

/// A workflow that was tried.
pub struct TriedWorkflow {
    /// What it says, and how that fits.
    pub found: CheckedWorkflow,
    /// What it looks like.
    pub graph: Graph,
}

/// The file a workflow's name or path stands for.
pub fn path_of(name: &str) -> String {
    if FileKind::of(name) == FileKind::Workflow {
        name.to_owned()
    } else {
        format!("{WORKFLOW_FOLDER}{name}{WORKFLOW_ENDING}")
    }
}

/// Reads one workflow.
pub async fn read(ctx: &Context, actor: &Actor, name: &str, at: &At) -> Result<WorkflowPage> {
    let path = path_of(name);
    access::check(actor, Action::Read, &path)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (base, data) = head_or_missing(&mut work, &ref_name(at.draft.as_deref())?).await?;
    let shown = state(ctx, &mut work, &path, data.tree, at).await;
    let (blob, version) = shown.map_err(|error| match error {
        Error::NotFound { what: "prompt", .. } => {
            Error::not_found("workflow", workflow_name(&path))
        }
        other => other,
    })?;
    let bytes = work.blob(blob).await?.bytes;
    let source = String::from_utf8_lossy(&bytes).into_owned();
    let mut view = TreeView::of(ctx, &mut work, data.tree).await?;
    let found = view.workflow(ctx, &mut work, &path, &source).await?;
    let row = work.tx.library_row(actor.workspace, &path).await?;
    let paths: Vec<String> = found.prompts.values().flatten().cloned().collect();
    let rows = work.tx.library_rows(actor.workspace, &paths).await?;
    Ok(WorkflowPage {
        graph: graph(&found.workflow),
        versions: rows.into_iter().map(|row| (row.id, row.version)).collect(),
        row,
        path,
        base,
        version,
        source,
        found,
    })
}

/// Checks a workflow before it is saved, against the prompts of a draft; `main` where none is named.
pub async fn check(
    ctx: &Context,
    actor: &Actor,
    path: &str,
    source: &str,
    draft: Option<&str>,
) -> Result<TriedWorkflow> {
    let path = path_of(path);
    access::check(actor, Action::Read, &path)?;
    if source.len() > FILE_BYTES_MAX {
        return Err(Error::invalid(format!(
            "the text is longer than {FILE_BYTES_MAX} bytes"
        )));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let name = ref_name(draft)?;
    let mut view = match head(&mut work, &name).await? {
        Some((_, data)) => TreeView::of(ctx, &mut work, data.tree).await?,
        None if name == MAIN => {
            TreeView::new(variorum_git::object::EMPTY_TREE, Partials::default())
        }
        None => return Err(Error::not_found("draft", draft.unwrap_or_default())),
    };
    let found = view.workflow(ctx, &mut work, &path, source).await?;
    Ok(TriedWorkflow {
        graph: graph(&found.workflow),
        found,
    })
}
