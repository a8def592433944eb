//! The index over commits and paths, and the listing of `main`; written with the commits themselves.

use std::collections::{BTreeSet, HashMap};

use variorum_domain::documentation::STANDARD_FILE;
use variorum_domain::id::{Oid, Time, WorkspaceId};
use variorum_domain::library::{FileKind, LIBRARY_FILE, Library, MAIN, prompt_id};
use variorum_domain::prompt::Diagnostic;
use variorum_git::commit::CommitData;
use variorum_git::diff::{Change, tree_diff};
use variorum_ports::rows::{CommitRow, LibraryFilter, LibraryRow, PathChangeRow};

use super::documentation::{self, Scoring};
use super::facts::{self, Facts};
use super::tree_view::TreeView;
use super::{edges, head, parsed, settings};
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// A file with the version a commit made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// The file.
    pub path: String,
    /// The version's number; `None` where the file was deleted.
    pub version: Option<i64>,
}

/// The index row of a commit.
pub fn commit_row(oid: Oid, data: &CommitData) -> CommitRow {
    CommitRow {
        oid,
        tree: data.tree,
        parents: data.parents.clone(),
        author_name: data.author.name.clone(),
        author_email: data.author.email.clone(),
        authored_at: data.author.time,
        committed_at: data.committer.time,
        message: data.message.clone(),
    }
}

/// Indexes one commit: its row, and a numbered version for every path it changed.
pub async fn index_commit(
    work: &mut Work,
    oid: Oid,
    data: &CommitData,
) -> Result<Vec<FileVersion>> {
    let mut numbers = Numbers::default();
    let rows = path_changes(work, oid, data, &mut numbers).await?;
    work.tx
        .put_commits(work.workspace, &[commit_row(oid, data)])
        .await?;
    work.tx.put_path_changes(work.workspace, &rows).await?;
    file_versions(work, rows).await
}

/// The number of each changed file: the new one, or the one it got on the draft it was merged from.
async fn file_versions(work: &mut Work, rows: Vec<PathChangeRow>) -> Result<Vec<FileVersion>> {
    let taken_over: Vec<(String, Oid)> = rows
        .iter()
        .filter(|row| row.version.is_none())
        .filter_map(|row| Some((row.path.clone(), row.new?)))
        .collect();
    let origins = newest_of(work, &taken_over).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let known = origins.get(&row.path).filter(|_| row.new.is_some());
            let version = row.version.or(known.map(|origin| origin.version));
            FileVersion {
                path: row.path,
                version,
            }
        })
        .collect())
}

/// The newest version numbers met so far in one run of indexing.
#[derive(Debug, Default)]
pub struct Numbers(HashMap<String, i64>);

impl Numbers {
    async fn learn(&mut self, work: &mut Work, paths: Vec<String>) -> Result<()> {
        let unknown: Vec<String> = paths
            .into_iter()
            .filter(|path| !self.0.contains_key(path))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let known = work.tx.newest_versions(work.workspace, &unknown).await?;
        self.0.extend(unknown.into_iter().map(|path| (path, 0)));
        self.0.extend(known);
        Ok(())
    }

    fn next(&mut self, path: &str) -> i64 {
        let number = self.0.entry(path.to_owned()).or_default();
        *number += 1;
        *number
    }
}

/// What a commit did to each path against its first parent.
pub async fn path_changes(
    work: &mut Work,
    oid: Oid,
    data: &CommitData,
    numbers: &mut Numbers,
) -> Result<Vec<PathChangeRow>> {
    let mut trees = Vec::with_capacity(data.parents.len());
    for parent in &data.parents {
        trees.push(work.commit_data(*parent).await?.tree);
    }
    let first = trees.first().copied();
    let changes = files(
        work.with(|overlay| tree_diff(overlay, first, Some(data.tree)))
            .await?,
    );
    let taken_over = taken_over(work, &trees, data.tree).await?;
    numbers
        .learn(
            work,
            changes.iter().map(|change| change.path.clone()).collect(),
        )
        .await?;
    Ok(changes
        .into_iter()
        .map(|change| {
            let new = change.new.map(|entry| entry.oid);
            let made_here = new.is_some() && !taken_over.contains(&change.path);
            PathChangeRow {
                version: made_here.then(|| numbers.next(&change.path)),
                path: change.path,
                commit: oid,
                old: change.old.map(|entry| entry.oid),
                new,
                at: data.committer.time,
            }
        })
        .collect())
}

/// Paths a merge took over unchanged from one of its other parents: no new version of them.
async fn taken_over(work: &mut Work, trees: &[Oid], merged: Oid) -> Result<BTreeSet<String>> {
    let mut result = BTreeSet::new();
    let Some((first, others)) = trees.split_first() else {
        return Ok(result);
    };
    for other in others {
        let against_first = work
            .with(|overlay| tree_diff(overlay, Some(*first), Some(merged)))
            .await?;
        let against_other = work
            .with(|overlay| tree_diff(overlay, Some(*other), Some(merged)))
            .await?;
        let differs: BTreeSet<&str> = against_other
            .iter()
            .map(|change| change.path.as_str())
            .collect();
        let same = against_first
            .iter()
            .filter(|change| !differs.contains(change.path.as_str()));
        result.extend(same.map(|change| change.path.clone()));
    }
    Ok(result)
}

/// Changes of files; links and submodules of foreign histories are not listed.
fn files(changes: Vec<Change>) -> Vec<Change> {
    let is_file = |change: &Change| change.new.or(change.old).is_some_and(|e| e.mode.is_file());
    changes.into_iter().filter(is_file).collect()
}

/// Brings the listing of `main` from one tree to another.
pub async fn refresh_library(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Option<Oid>, Oid),
    saved: Option<&JustSaved<'_>>,
) -> Result<()> {
    let changes = files(
        work.with(|overlay| tree_diff(overlay, before, Some(after)))
            .await?,
    );
    let gone: Vec<String> = changes
        .iter()
        .filter(|change| change.new.is_none())
        .map(|change| change.path.clone())
        .collect();
    let present: Vec<(String, Oid)> = changes
        .iter()
        .filter_map(|change| Some((change.path.clone(), change.new?.oid)))
        .collect();
    let partials = parsed::partials_after(ctx, work, (before, after), &present, &gone).await?;
    let mut view = TreeView::new(after, partials);
    if !gone.is_empty() {
        work.tx.delete_library_rows(work.workspace, &gone).await?;
    }
    let versions = origins(work, &present, saved).await?;
    let (library, _) = settings(work, after).await?;
    let mut rows = Vec::with_capacity(present.len());
    let mut edges_of = HashMap::with_capacity(present.len());
    for (path, blob) in present {
        let version = versions.get(&path).cloned();
        let facts = facts(ctx, work, &path, blob, &mut view).await?;
        if let Some(edges) = edges::of_prompt(ctx, work, &path, blob).await? {
            edges_of.insert(path.clone(), edges);
        }
        rows.push(library_row(path, blob, version, facts, &library));
    }
    edges::keep(ctx, work, &changes, edges_of).await?;
    let scoring = Scoring::of(work, after, &library).await?;
    scoring.note(work, &mut rows).await?;
    work.tx.put_library_rows(work.workspace, &rows).await?;
    if before.is_none() {
        return Ok(());
    }
    let is_settings =
        |change: &Change| [LIBRARY_FILE, STANDARD_FILE].contains(&change.path.as_str());
    if changes.iter().any(is_settings) {
        restate(work, &library, &scoring).await?;
    }
    documentation::rescore_tested(ctx, work, &changes, &scoring).await?;
    edges::recount(ctx, work, &changes, &mut view, &scoring).await
}

/// Rows whose category is looked at at a time.
const ROWS_PER_ROUND: usize = 500;

/// Notes category and score of every file anew, after the settings or the standard changed.
async fn restate(work: &mut Work, library: &Library, scoring: &Scoring<'_>) -> Result<()> {
    let mut after = None;
    loop {
        let rows = work
            .tx
            .library(
                work.workspace,
                &LibraryFilter::default(),
                after.as_deref(),
                ROWS_PER_ROUND,
            )
            .await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.path.clone());
        let mut stated = rows.clone();
        for row in &mut stated {
            row.category = category(library, &row.path);
        }
        scoring.note(work, &mut stated).await?;
        put_differing(work, &rows, stated).await?;
    }
    Ok(())
}

/// Keeps those of some rows that are no longer what they were.
pub(super) async fn put_differing(
    work: &mut Work,
    before: &[LibraryRow],
    after: Vec<LibraryRow>,
) -> Result<()> {
    let pairs = after.into_iter().zip(before);
    let differing = pairs.filter(|(new, old)| new != *old).map(|(new, _)| new);
    let differing: Vec<LibraryRow> = differing.collect();
    Ok(work.tx.put_library_rows(work.workspace, &differing).await?)
}

fn category(library: &Library, path: &str) -> String {
    let covering = library.category_of(path);
    covering.map_or_else(String::new, |category| category.path.clone())
}

/// Grows whenever rows or edges are derived from files in another way than before, so that what an
/// older program wrote is derived anew, once.
const LISTING_VERSION: &str = "6";

/// Notes that everything listed of a workspace was derived by this program.
pub async fn mark_current(work: &mut Work) -> Result<()> {
    let name = listing_setting(work.workspace);
    Ok(work.tx.put_setting(&name, LISTING_VERSION).await?)
}

fn listing_setting(workspace: WorkspaceId) -> String {
    format!("listing:{workspace}")
}

/// Derives the listing of `main` and its edges anew, where an older program wrote them.
pub async fn bring_up_to_date(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let name = listing_setting(workspace);
    let mut work = Work::read(ctx, workspace).await?;
    if work.tx.setting(&name).await?.as_deref() == Some(LISTING_VERSION) {
        return Ok(());
    }
    drop(work);
    let mut work = Work::begin(ctx, workspace).await?;
    if let Some((_, data)) = head(&mut work, MAIN).await? {
        tracing::info!(workspace = workspace.0, "listing the library anew");
        refresh_library(ctx, &mut work, (None, data.tree), None).await?;
    }
    mark_current(&mut work).await?;
    work.commit().await
}

/// A commit whose versions need not be looked up: it was written in this very transaction.
pub struct JustSaved<'a> {
    /// The commit.
    pub commit: Oid,
    /// What it says.
    pub data: &'a CommitData,
    /// The files it changed.
    pub versions: &'a [FileVersion],
}

async fn origins(
    work: &mut Work,
    files: &[(String, Oid)],
    saved: Option<&JustSaved<'_>>,
) -> Result<HashMap<String, Origin>> {
    // A merge takes versions over that other people saved.
    let Some(saved) = saved.filter(|saved| saved.data.parents.len() < 2) else {
        return newest_of(work, files).await;
    };
    let made = saved.versions.iter().filter_map(|file| {
        let origin = Origin {
            version: file.version?,
            commit: saved.commit,
            at: saved.data.committer.time,
            by: saved.data.author.name.clone(),
        };
        Some((file.path.clone(), origin))
    });
    Ok(made.collect())
}

/// Which version made the file what it is, and who saved it.
#[derive(Debug, Clone)]
struct Origin {
    version: i64,
    commit: Oid,
    at: Time,
    by: String,
}

async fn newest_of(work: &mut Work, files: &[(String, Oid)]) -> Result<HashMap<String, Origin>> {
    if files.is_empty() {
        return Ok(HashMap::new());
    }
    let changes = work.tx.versions_of_blobs(work.workspace, files).await?;
    let mut oids: Vec<Oid> = changes.iter().map(|change| change.commit).collect();
    oids.sort_unstable();
    oids.dedup();
    let commits = work.tx.commits(work.workspace, &oids).await?;
    let names: HashMap<Oid, String> = commits
        .into_iter()
        .map(|commit| (commit.oid, commit.author_name))
        .collect();
    let mut origins = HashMap::new();
    for change in changes {
        let Some(version) = change.version else {
            continue;
        };
        let by = names.get(&change.commit).cloned().unwrap_or_default();
        let origin = Origin {
            version,
            commit: change.commit,
            at: change.at,
            by,
        };
        let entry = origins.entry(change.path).or_insert_with(|| origin.clone());
        if entry.version < version {
            *entry = origin;
        }
    }
    Ok(origins)
}

/// What an index needs to know of a file of any kind.
pub(super) async fn facts(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    blob: Oid,
    view: &mut TreeView,
) -> Result<Facts> {
    match FileKind::of(path) {
        FileKind::Prompt | FileKind::Partial | FileKind::ForeignPrompt => {
            facts::prompt(ctx, work, path, blob, view).await
        }
        FileKind::Workflow => facts::workflow(ctx, work, path, blob, view).await,
        _ => Ok(Facts::plain(path)),
    }
}

fn library_row(
    path: String,
    blob: Oid,
    origin: Option<Origin>,
    facts: Facts,
    library: &Library,
) -> LibraryRow {
    let origin = origin.unwrap_or(Origin {
        version: 0,
        commit: Oid::ZERO,
        at: Time(0),
        by: String::new(),
    });
    let mut row = LibraryRow {
        id: prompt_id(&path).to_owned(),
        folder: path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned(),
        kind: FileKind::of(&path).name().to_owned(),
        title: String::new(),
        intent: String::new(),
        channel: String::new(),
        brand: String::new(),
        region: String::new(),
        owner: String::new(),
        tags: String::new(),
        blob,
        commit: origin.commit,
        version: origin.version,
        updated_at: origin.at,
        updated_by: origin.by,
        errors: 0,
        problems: String::new(),
        status: String::new(),
        category: category(library, &path),
        expires_at: None,
        text: String::new(),
        score: None,
        lacking: 0,
        documentation: String::new(),
        path,
    };
    state(&mut row, facts);
    row
}

/// Writes what is known of a file into its row; the score is noted after it.
pub(super) fn state(row: &mut LibraryRow, facts: Facts) {
    row.title = facts.title;
    row.intent = facts.intent;
    row.channel = facts.channel;
    row.brand = facts.brand;
    row.region = facts.region;
    row.owner = facts.owner;
    row.tags = serde_json::Value::from(facts.tags).to_string();
    row.errors = errors(&facts.diagnostics);
    row.problems = problems_json(&facts.diagnostics);
    row.status = facts.status;
    row.expires_at = facts.expires_at;
    row.text = facts.text;
    let said = facts.documentation.as_ref();
    row.documentation = said.map_or_else(String::new, documentation::encode);
}

/// How many of the findings are errors.
fn errors(diagnostics: &[Diagnostic]) -> i64 {
    let errors = diagnostics.iter().filter(|finding| finding.is_error());
    i64::try_from(errors.count()).unwrap_or(i64::MAX)
}

/// The findings as a row keeps them.
fn problems_json(diagnostics: &[Diagnostic]) -> String {
    let rows = diagnostics.iter().map(|diagnostic| {
        serde_json::json!({
            "severity": if diagnostic.is_error() { "error" } else { "warning" },
            "code": diagnostic.code,
            "message": diagnostic.message,
            "path": diagnostic.path,
            "line": diagnostic.line,
            "column": diagnostic.column,
        })
    });
    rows.collect::<serde_json::Value>().to_string()
}
