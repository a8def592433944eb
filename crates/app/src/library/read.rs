//! Reading the library: listing, one prompt with everything about it, trying a text.

use std::sync::Arc;

use serde_json::{Map, Value};
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::Oid;
use variorum_domain::library::{FileKind, LIBRARY_FILE, Library, MAIN, prompt_id};
use variorum_domain::limits::{FILE_BYTES_MAX, PAGE_ROWS_MAX};
use variorum_domain::outline::{self, Variable};
use variorum_domain::prompt::{self, Compiled, Diagnostic, Message, PromptFile, RenderOptions};
use variorum_domain::variation::Opening;
use variorum_git::object::EMPTY_TREE;
use variorum_git::tree::entry_at;
use variorum_ports::rows::{FolderRow, LibraryRow};

use super::blame::{self, Blamed};
use super::bulk::redirects;
use super::documentation;
use super::history::{Version, one_version, told};
use super::parsed::{self, Partials};
use super::search::{self, Ask};
use super::tree_view::{TreeView, Understood, Varies};
use super::{head, head_or_missing, main_settings, ref_name};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Versions looked at to tell who wrote which passage.
const BLAME_VERSIONS: usize = 60;

/// A page of the listing with the number of all rows.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    ask: &Ask,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<LibraryRow>, i64)> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let filter = search::filter(ctx, &mut work, ask).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let rows = work
        .tx
        .library(actor.workspace, &filter, after, limit)
        .await?;
    let total = work.tx.library_count(actor.workspace, &filter).await?;
    Ok((rows, total))
}

/// All folders.
pub async fn folders(ctx: &Context, actor: &Actor) -> Result<Vec<FolderRow>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    Ok(work.tx.folders(actor.workspace).await?)
}

/// The settings of `main` and what is wrong with them.
pub async fn library(ctx: &Context, actor: &Actor) -> Result<(Arc<Library>, Option<String>)> {
    access::check(actor, Action::Read, LIBRARY_FILE)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    main_settings(&mut work).await
}

/// The settings on `main`, with what is measured, for whoever reports what happened.
pub async fn measured(ctx: &Context, actor: &Actor) -> Result<Arc<Library>> {
    access::check(actor, Action::SendEvents, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    Ok(main_settings(&mut work).await?.0)
}

/// The settings on `main`, for whoever may read.
pub async fn settings_of_main(ctx: &Context, actor: &Actor) -> Result<Arc<Library>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    Ok(main_settings(&mut work).await?.0)
}

/// Which state of a prompt is asked for.
#[derive(Debug, Clone, Default)]
pub struct At {
    /// A version number; the newest where not given.
    pub version: Option<i64>,
    /// A draft; `main` where not given.
    pub draft: Option<String>,
}

/// One prompt with everything about it.
pub struct Prompt {
    /// Its row in the listing of `main`, where it is there.
    pub row: Option<LibraryRow>,
    /// The file's path.
    pub path: String,
    /// The commit it was read from.
    pub base: Oid,
    /// The version shown.
    pub version: Version,
    /// The file.
    pub file: Arc<PromptFile>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// Partials it includes, directly or not; empty where it does not compile.
    pub partials: Vec<String>,
    /// The variables it takes.
    pub variables: Vec<Variable>,
    /// What it opens to variations.
    pub opening: Opening,
    /// What it varies and comes to, where it is a variation.
    pub varies: Option<Box<Varies>>,
    /// How it keeps the documentation standard of `main`; nothing where it is not judged.
    pub documentation: Option<documentation::Judged>,
    /// The text, piece by piece, with the version that last changed each.
    pub blamed: Blamed,
    /// The versions that shaped it, newest first.
    pub shaped_by: Vec<Version>,
}

impl Prompt {
    /// What is rendered: base and fillings put together, or the file itself.
    pub fn effective(&self) -> &PromptFile {
        match &self.varies {
            Some(varies) => &varies.effective.file,
            None => &self.file,
        }
    }
}

/// The file a prompt id or path stands for.
pub async fn path_of(work: &mut Work, id: &str) -> Result<String> {
    if let Some(row) = work.tx.library_row_by_id(work.workspace, id).await? {
        return Ok(row.path);
    }
    if let Some(row) = work.tx.library_row(work.workspace, id).await? {
        return Ok(row.path);
    }
    if prompt_id(id) != id || id == LIBRARY_FILE {
        return Ok(id.to_owned());
    }
    if let Some(moved) = moved_to(work, id).await? {
        return Ok(moved);
    }
    Ok(format!("prompts/{id}.prompt"))
}

/// The file of the prompt that an id is redirected to.
async fn moved_to(work: &mut Work, id: &str) -> Result<Option<String>> {
    let Some((_, data)) = head(work, MAIN).await? else {
        return Ok(None);
    };
    // Redirects that cannot be read lead nowhere; saving a version says what is wrong with them.
    let Ok((redirects, _)) = redirects(work, data.tree).await else {
        return Ok(None);
    };
    let Some(target) = redirects.target(id) else {
        return Ok(None);
    };
    let row = work.tx.library_row_by_id(work.workspace, target).await?;
    Ok(row.map(|row| row.path))
}

/// Reads one prompt.
pub async fn prompt(ctx: &Context, actor: &Actor, id: &str, at: &At) -> Result<Prompt> {
    let mut work = Work::read(ctx, actor.workspace).await?;
    let path = path_of(&mut work, id).await?;
    access::check(actor, Action::Read, &path)?;
    let (base, data) = head_or_missing(&mut work, &ref_name(at.draft.as_deref())?).await?;
    let (blob, shown) = state(ctx, &mut work, &path, data.tree, at).await?;
    let file = parsed::file(ctx, &mut work, &path, blob).await?;
    let mut view = TreeView::of(ctx, &mut work, data.tree).await?;
    let understood = match FileKind::of(&path) {
        FileKind::Prompt => view.understand(ctx, &mut work, file.clone()).await?,
        _ => Understood::alone(file.clone()),
    };
    view.partials.reach(ctx, &mut work, &file).await?;
    let diagnostics = match FileKind::of(&path) {
        FileKind::Prompt | FileKind::Partial => understood.diagnostics(&path, &view.partials),
        _ => Vec::new(),
    };
    let history = shaping(ctx, &mut work, &path, shown.number).await?;
    let blamed = blame::pieces(&file, &history);
    let row = work.tx.library_row(actor.workspace, &path).await?;
    let documentation = documentation::judged(&mut work, &path, &understood, &view).await?;
    let compiled = understood.compile(&view.partials).ok();
    let used = compiled
        .as_ref()
        .map(|compiled| compiled.variables().used.clone());
    Ok(Prompt {
        row,
        base,
        partials: compiled
            .map(|compiled| compiled.partials().to_vec())
            .unwrap_or_default(),
        variables: outline::variables(understood.file(), &used.unwrap_or_default()),
        opening: Opening::of(&file),
        documentation,
        varies: understood.varies,
        blamed,
        shaped_by: history.into_iter().map(|(version, _)| version).collect(),
        version: shown,
        file,
        diagnostics,
        path,
    })
}

/// The blob and version asked for.
pub(crate) async fn state(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    tree: Oid,
    at: &At,
) -> Result<(Oid, Version)> {
    if let Some(number) = at.version {
        let found = one_version(ctx, work, path, number).await?;
        let blob = found
            .blob
            .ok_or_else(|| Error::not_found("version", number))?;
        return Ok((blob, found));
    }
    let entry = work.with(|overlay| entry_at(overlay, tree, path)).await?;
    let entry = entry.filter(|entry| entry.mode.is_file());
    let entry = entry.ok_or_else(|| Error::not_found("prompt", prompt_id(path)))?;
    let files = [(path.to_owned(), entry.oid)];
    let changes = work.tx.versions_of_blobs(work.workspace, &files).await?;
    let newest = changes.into_iter().max_by_key(|change| change.version);
    let number = newest.and_then(|change| change.version);
    let number = number.ok_or_else(|| Error::not_found("version", path))?;
    Ok((entry.oid, one_version(ctx, work, path, number).await?))
}

/// The versions up to a number with their texts, newest first.
async fn shaping(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    number: i64,
) -> Result<Vec<(Version, Arc<PromptFile>)>> {
    let rows = work
        .tx
        .path_versions(work.workspace, path, Some(number + 1), BLAME_VERSIONS)
        .await?;
    let blobs: Vec<Oid> = rows.iter().filter_map(|row| row.change.new).collect();
    work.with(|overlay| overlay.require(blobs.iter().copied()))
        .await?;
    let mut history = Vec::with_capacity(rows.len());
    for version in told(ctx, work, rows).await? {
        let Some(blob) = version.blob else { continue };
        let file = parsed::file(ctx, work, path, blob).await?;
        history.push((version, file));
    }
    Ok(history)
}

/// A text to try before it is saved.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// The file's path.
    pub path: String,
    /// The content.
    pub source: String,
    /// The draft whose partials are used.
    pub draft: Option<String>,
    /// Values of the variables.
    pub variables: Map<String, Value>,
}

/// What a text becomes.
pub struct Previewed {
    /// The file, parsed.
    pub file: Arc<PromptFile>,
    /// What it varies and comes to, where it is a variation.
    pub varies: Option<Box<Varies>>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// The messages; empty where it does not compile.
    pub messages: Vec<Message>,
    /// The variables it takes.
    pub variables: Vec<Variable>,
    /// The text, piece by piece.
    pub blamed: Blamed,
}

/// Tries a text: checks it and renders it, with names in place of missing values.
pub async fn preview(ctx: &Context, actor: &Actor, try_it: &Preview) -> Result<Previewed> {
    access::check(actor, Action::Read, &try_it.path)?;
    if try_it.source.len() > FILE_BYTES_MAX {
        return Err(Error::invalid(format!(
            "the text is longer than {FILE_BYTES_MAX} bytes"
        )));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let tree = head(&mut work, &ref_name(try_it.draft.as_deref())?).await?;
    let mut view = match tree {
        Some((_, data)) => TreeView::of(ctx, &mut work, data.tree).await?,
        None => TreeView::new(EMPTY_TREE, Partials::default()),
    };
    let file = Arc::new(prompt::parse(&try_it.source).at_path(&try_it.path));
    let understood = view.understand(ctx, &mut work, file.clone()).await?;
    let diagnostics = understood.diagnostics(&try_it.path, &view.partials);
    let compiled = understood.compile(&view.partials).ok();
    let used = compiled
        .as_ref()
        .map(|compiled| compiled.variables().used.clone());
    let variables = outline::variables(understood.file(), &used.unwrap_or_default());
    let values = with_samples(&variables, &try_it.variables);
    let messages = match compiled {
        Some(compiled) => rendered(compiled, values).await?,
        None => None,
    };
    let blamed = blame::pieces(&file, &[]);
    Ok(Previewed {
        messages: messages.unwrap_or_default(),
        blamed,
        diagnostics,
        variables,
        varies: understood.varies,
        file,
    })
}

/// Renders on a thread for work that takes long: a text may loop over all it is given, and others
/// wait for answers meanwhile.
async fn rendered(compiled: Compiled, values: Map<String, Value>) -> Result<Option<Vec<Message>>> {
    let render = move || compiled.render(&values, &RenderOptions::default()).ok();
    tokio::task::spawn_blocking(render)
        .await
        .map_err(|error| Error::Internal(format!("a text could not be rendered: {error}")))
}

/// Values for a preview: what was given, then defaults, then the variable's own name.
pub(crate) fn with_samples(
    variables: &[Variable],
    given: &Map<String, Value>,
) -> Map<String, Value> {
    let missing = variables.iter().filter(|variable| variable.required);
    let mut values: Map<String, Value> = missing
        .map(|variable| (variable.name.clone(), variable.sample()))
        .collect();
    values.extend(
        given
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    values
}
