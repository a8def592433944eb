//! The suites that a change touches or reaches, run on what would stand: only cases that need nobody
//! else, on the prompt itself or on a recorded answer.
//!
//! What failed before stands in nobody's way. A tree never changes, so what its suites come to is
//! kept by tree and can never be stale.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use clru::CLruCache;
use variorum_domain::id::{Oid, WorkspaceId};
use variorum_domain::impact::prompt_path;
use variorum_domain::library::{FileKind, LIBRARY_FILE, prompt_id};
use variorum_domain::prompt::{Diagnostic, Severity};
use variorum_domain::suite::{CASE_FAILED, Counts, Plan, Ready, Run, Shelf, Shelved, parse, plan};
use variorum_git::diff::Change;
use variorum_ports::rows::{EdgeKind, LibraryFilter};

use super::edges::{building_on, referring};
use super::parsed;
use super::tree_view::TreeView;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Suites that one change runs; of more only these count, and the rest is said not to be run.
pub const SUITES_RUN_MAX: usize = 100;
/// Cases that one change runs.
pub const CASES_RUN_MAX: usize = 5_000;
/// How long one suite may take; one that takes longer is not run here.
const SUITE_SECONDS_MAX: u64 = 10;
/// Failing cases of one suite that are told; the rest is counted.
const CASES_TOLD_MAX: usize = 20;
/// Failing cases of one suite that are kept with what is said of them.
const CASES_KEPT_MAX: usize = 200;
/// Suites of trees whose results are kept in memory.
const RESULTS_KEPT: NonZeroUsize = NonZeroUsize::new(512).expect("not zero");

/// What suites came to, by tree and path.
pub struct SuiteResults(Mutex<Results>);

type Results = CLruCache<(WorkspaceId, Oid, String), Arc<Ran>>;

impl Default for SuiteResults {
    fn default() -> Self {
        Self(Mutex::new(CLruCache::new(RESULTS_KEPT)))
    }
}

impl SuiteResults {
    fn kept(&self) -> MutexGuard<'_, Results> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one suite came to.
#[derive(Debug, Default)]
struct Ran {
    counts: Counts,
    /// Failing cases, as far as they are kept.
    failed: Vec<Diagnostic>,
    /// A number for each failing case, by its file and name: lines move, names stay.
    names: Vec<u64>,
    /// What is wrong with the suite itself.
    faults: Vec<Diagnostic>,
}

/// What the suites of a change came to.
#[derive(Debug, Clone, Default)]
pub struct Tried {
    /// Suites that were run.
    pub suites: usize,
    /// Their cases.
    pub cases: Counts,
    /// The cases that fail, and what was not run here. A case that failed before is a warning.
    pub findings: Vec<Diagnostic>,
}

/// Runs the suites that changes touch or reach, on the tree as it would stand.
pub(crate) async fn tried(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Option<Oid>, Oid),
    changes: &[Change],
) -> Result<Tried> {
    let mut tried = Tried::default();
    let mut view = None;
    let mut cases_left = CASES_RUN_MAX;
    for (at, path) in reached(work, changes).await?.into_iter().enumerate() {
        let view = match &mut view {
            Some(view) => view,
            None => view.insert(TreeView::of(ctx, work, after).await?),
        };
        let Some(blob) = view.blob(work, &path).await? else {
            continue;
        };
        let ran = if at < SUITES_RUN_MAX {
            ran(ctx, work, view, (after, &path, blob), cases_left).await?
        } else {
            None
        };
        let Some(ran) = ran else {
            let message = format!(
                "this suite was not run here: a change runs at most {SUITES_RUN_MAX} suites and \
                 {CASES_RUN_MAX} cases, each suite for at most {SUITE_SECONDS_MAX} seconds; \
                 `variorum check` runs all of them"
            );
            let remark = Diagnostic::warning("suite-not-run", (1, 1), message);
            tried.findings.push(remark.at_path(&path));
            continue;
        };
        cases_left -= ran.counts.total().min(cases_left);
        tried.suites += 1;
        tried.cases.add(ran.counts);
        let is_changed = changes.iter().any(|change| change.path == path);
        let mut faults = ran.faults.clone();
        for fault in faults.iter_mut().filter(|_| !is_changed) {
            fault.severity = Severity::Warning;
        }
        tried.findings.extend(faults);
        let failed = new_first(ctx, work, (before, &path), &ran).await?;
        tried.findings.extend(failed);
    }
    Ok(tried)
}

/// The suites that changed, and those on `main` that test or read what changed or builds on it.
async fn reached(work: &mut Work, changes: &[Change]) -> Result<BTreeSet<String>> {
    let is_suite = |path: &str| FileKind::of(path) == FileKind::Suite;
    let changed: BTreeSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    let own = changed.iter().filter(|path| is_suite(path));
    let mut found: BTreeSet<String> = own.map(|path| (*path).to_owned()).collect();
    if changed.contains(LIBRARY_FILE) {
        // What a variation is hangs on the brands and regions.
        let filter = LibraryFilter {
            kinds: vec![FileKind::Suite.name().to_owned()],
            ..LibraryFilter::default()
        };
        let workspace = work.workspace;
        let rows = work
            .tx
            .library(workspace, &filter, None, SUITES_RUN_MAX + 1)
            .await?;
        found.extend(rows.into_iter().map(|row| row.path));
    }
    let building = building_on(work, &changed).await?;
    let all = changed
        .iter()
        .copied()
        .chain(building.iter().map(String::as_str));
    let mut names: BTreeSet<String> = BTreeSet::new();
    for path in all.filter(|path| !is_suite(path)) {
        names.insert(path.to_owned());
        if FileKind::of(path).is_prompt() {
            names.insert(prompt_path(prompt_id(path)));
        }
    }
    let names: Vec<String> = names.into_iter().collect();
    for kind in [EdgeKind::Tests, EdgeKind::Reads] {
        let from = referring(work, kind, &names).await?;
        found.extend(from.into_iter().filter(|path| is_suite(path)));
    }
    Ok(found)
}

/// What a suite of a tree comes to; nothing where it has more cases than are left, or takes too long.
async fn ran(
    ctx: &Context,
    work: &mut Work,
    view: &mut TreeView,
    (tree, path, blob): (Oid, &str, Oid),
    cases_left: usize,
) -> Result<Option<Arc<Ran>>> {
    let key = (work.workspace, tree, path.to_owned());
    let known = ctx.suites.kept().get(&key).cloned();
    if let Some(known) = known {
        return Ok((known.counts.total() <= cases_left).then_some(known));
    }
    let text = text_of(work, blob).await?;
    let plan = planned(ctx, work, view, path, &text).await?;
    if plan.cases.len() > cases_left {
        return Ok(None);
    }
    let ran = tokio::task::spawn_blocking(move || run(&plan))
        .await
        .map_err(|error| Error::Internal(format!("a suite broke off: {error}")))?;
    let Some(ran) = ran.map(Arc::new) else {
        return Ok(None);
    };
    ctx.suites.kept().put(key, ran.clone());
    Ok(Some(ran))
}

/// Runs all cases; nothing where that takes too long.
fn run(plan: &Plan) -> Option<Ran> {
    let begun = Instant::now();
    let mut ran = Ran {
        faults: plan.diagnostics.clone(),
        ..Ran::default()
    };
    for case in &plan.cases {
        if begun.elapsed().as_secs() >= SUITE_SECONDS_MAX {
            return None;
        }
        let outcome = match plan.run(case) {
            Run::Done(outcome) => outcome,
            Run::Ask(_) => plan.not_run(case, "needs a model"),
        };
        ran.counts.add(outcome.counts());
        let Some(finding) = plan.finding(case, &outcome) else {
            continue;
        };
        let mut hasher = DefaultHasher::new();
        (&case.spec.place.path, plan.name(case)).hash(&mut hasher);
        ran.names.push(hasher.finish());
        if ran.failed.len() < CASES_KEPT_MAX {
            ran.failed.push(finding);
        }
    }
    Some(ran)
}

/// The suite with all that it names in the tree.
async fn planned(
    ctx: &Context,
    work: &mut Work,
    view: &mut TreeView,
    path: &str,
    text: &str,
) -> Result<Plan> {
    let suite = parse(path, text);
    let mut shelf = Shelf::default();
    let wanted = suite.wanted();
    put_texts(work, view, &mut shelf.texts, wanted.texts).await?;
    let named = suite.wanted_with(&shelf);
    put_texts(work, view, &mut shelf.texts, named).await?;
    for path in wanted.prompts {
        if let Some(prompt) = ready(ctx, work, view, &path).await? {
            shelf.prompts.insert(path, prompt);
        }
    }
    Ok(plan(suite, shelf))
}

async fn put_texts(
    work: &mut Work,
    view: &TreeView,
    texts: &mut BTreeMap<String, String>,
    wanted: BTreeSet<String>,
) -> Result<()> {
    for path in wanted {
        if let Some(blob) = view.blob(work, &path).await? {
            let text = text_of(work, blob).await?;
            texts.insert(path, text);
        }
    }
    Ok(())
}

async fn text_of(work: &mut Work, blob: Oid) -> Result<String> {
    let blob = work.blob(blob).await?;
    Ok(String::from_utf8_lossy(&blob.bytes).into_owned())
}

async fn ready(
    ctx: &Context,
    work: &mut Work,
    view: &mut TreeView,
    path: &str,
) -> Result<Option<Shelved>> {
    let found = match view.blob(work, path).await? {
        Some(blob) => Some((path.to_owned(), blob)),
        // A prompt elsewhere than in `prompts/` is named by its id.
        None => view.prompt(work, prompt_id(path)).await?,
    };
    let Some((path, blob)) = found else {
        return Ok(None);
    };
    let own = parsed::file(ctx, work, &path, blob).await?;
    let understood = view.understand(ctx, work, own).await?;
    let compiled = understood.compile(&view.partials);
    let config = understood.file().front_matter.config.clone();
    let ready = compiled.map(|compiled| Arc::new(Ready { compiled, config }));
    Ok(Some(ready.map_err(|_| "its prompt has errors".to_owned())))
}

/// The failing cases as findings: those that failed before as warnings, behind the others.
async fn new_first(
    ctx: &Context,
    work: &mut Work,
    (before, path): (Option<Oid>, &str),
    ran: &Ran,
) -> Result<Vec<Diagnostic>> {
    let known = match before {
        Some(before) if !ran.names.is_empty() => names_in(ctx, work, (before, path)).await?,
        _ => HashSet::new(),
    };
    let mut failed = ran.failed.clone();
    for (one, name) in failed.iter_mut().zip(&ran.names) {
        if known.contains(name) {
            one.severity = Severity::Warning;
            one.message.push_str(" (it failed before)");
        }
    }
    failed.sort_by_key(|one| !one.is_error());
    let hidden = ran.names.iter().skip(ran.failed.len());
    let hides_new = hidden.clone().any(|name| !known.contains(name));
    let shown = failed.len().min(CASES_TOLD_MAX);
    let cut_new = failed[shown..].iter().any(Diagnostic::is_error);
    let more = ran.names.len() - shown;
    failed.truncate(shown);
    if more > 0 {
        let message = format!("{more} more cases of this suite fail");
        let told = if hides_new || cut_new {
            Diagnostic::error(CASE_FAILED, (1, 1), message)
        } else {
            Diagnostic::warning(CASE_FAILED, (1, 1), message)
        };
        failed.push(told.at_path(path));
    }
    Ok(failed)
}

/// The numbers of the cases of a suite that fail in a tree; none where it cannot be run there.
async fn names_in(
    ctx: &Context,
    work: &mut Work,
    (tree, path): (Oid, &str),
) -> Result<HashSet<u64>> {
    let mut view = TreeView::of(ctx, work, tree).await?;
    let Some(blob) = view.blob(work, path).await? else {
        return Ok(HashSet::new());
    };
    let old = ran(ctx, work, &mut view, (tree, path, blob), CASES_RUN_MAX).await?;
    Ok(old.map_or_else(HashSet::new, |old| old.names.iter().copied().collect()))
}
