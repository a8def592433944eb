//! Keeping a library in order: prompts that nobody seems to need.

use std::collections::BTreeSet;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::impact::{EdgeKind as Refers, edges_of_text, prompt_path};
use variorum_domain::library::{FileKind, partial_name, prompt_id};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_ports::rows::{EdgeKind, LibraryFilter, LibraryRow};

use super::search::{self, Ask};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Rows read at a time.
const ROWS_PER_PAGE: usize = 500;

pub(super) async fn page(
    work: &mut Work,
    filter: &LibraryFilter,
    after: Option<&str>,
) -> Result<Vec<LibraryRow>> {
    let id = work.workspace;
    Ok(work.tx.library(id, filter, after, ROWS_PER_PAGE).await?)
}

/// A file that nobody seems to need.
#[derive(Debug, Clone)]
pub struct Obsolete {
    /// The file.
    pub row: LibraryRow,
    /// Why it is thought so, in words.
    pub reasons: Vec<String>,
}

/// Prompts and partials that are live nowhere, used by nothing and not touched for so many days, by
/// path. What is live nowhere is asked for by nobody: only live releases answer.
pub async fn obsolete(
    ctx: &Context,
    actor: &Actor,
    ask: &Ask,
    days: i64,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Obsolete>> {
    access::check(actor, Action::Read, "")?;
    if !(0..=36_500).contains(&days) {
        return Err(Error::invalid("`days` must lie between 0 and 36500"));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let filter = search::filter(ctx, &mut work, ask).await?;
    let now = ctx.clock.now();
    let index = ctx.serving.index(actor.workspace);
    let run = run_by_workflows(&mut work).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let (mut found, mut after) = (Vec::new(), after.map(str::to_owned));
    while found.len() < limit {
        let rows = page(&mut work, &filter, after.as_deref()).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.path.clone());
        let included = included(&mut work, &rows).await?;
        for row in rows {
            let idle = now.seconds().saturating_sub(row.updated_at.seconds()) / DAY_SECONDS;
            let live = index
                .as_ref()
                .is_some_and(|index| !index.live(&row.id).is_empty());
            let partial = partial_name(&row.path);
            let used = run.contains(&prompt_path(&row.id))
                || partial.is_some_and(|name| included.contains(name));
            if live || used || idle < days || found.len() == limit {
                continue;
            }
            let reasons = vec![
                match partial {
                    Some(_) => "nothing includes it".to_owned(),
                    None => "it is live in no environment, so nobody gets it".to_owned(),
                },
                "no workflow runs it".to_owned(),
                format!("nobody has changed it for {idle} days"),
            ];
            found.push(Obsolete { row, reasons });
        }
    }
    Ok(found)
}

/// The names among these partials that something includes.
async fn included(work: &mut Work, rows: &[LibraryRow]) -> Result<BTreeSet<String>> {
    let names = rows.iter().filter_map(|row| partial_name(&row.path));
    let names: Vec<String> = names.map(str::to_owned).collect();
    let id = work.workspace;
    let edges = work.tx.edges_to(id, EdgeKind::Includes, &names).await?;
    Ok(edges.into_iter().map(|edge| edge.to_ref).collect())
}

/// The files that workflows run.
async fn run_by_workflows(work: &mut Work) -> Result<BTreeSet<String>> {
    let filter = LibraryFilter {
        kinds: vec![FileKind::Workflow.name().to_owned()],
        ..LibraryFilter::default()
    };
    let mut run = BTreeSet::new();
    let mut after: Option<String> = None;
    loop {
        let rows = page(work, &filter, after.as_deref()).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.path.clone());
        for row in rows {
            let blob = work.blob(row.blob).await?;
            let edges = edges_of_text(&row.path, &String::from_utf8_lossy(&blob.bytes));
            let runs = edges.into_iter().filter(|edge| edge.kind == Refers::Runs);
            run.extend(runs.map(|edge| prompt_path(prompt_id(&edge.to))));
        }
    }
    Ok(run)
}
