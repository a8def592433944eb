//! Prompt files, parsed once per blob, and what an index needs to know of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clru::CLruCache;
use variorum_domain::calendar::end_of_day;
use variorum_domain::id::{Oid, Time, WorkspaceId};
use variorum_domain::library::{FileKind, partial_name};
use variorum_domain::prompt::{self, Diagnostic, PromptFile};
use variorum_git::diff::tree_diff;
use variorum_ports::rows::LibraryFilter;

use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Parsed files kept in memory.
const FILES_KEPT: NonZeroUsize = NonZeroUsize::new(512).expect("not zero");
/// Trees whose partials are kept in memory.
const TREES_KEPT: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");
/// Partials of one library; more than this are not resolved.
const PARTIALS_MAX: usize = 10_000;

/// Parsed files by workspace and blob; a blob never changes, so this can never be stale.
pub struct ParsedCache {
    files: Mutex<CLruCache<(WorkspaceId, Oid), Arc<PromptFile>>>,
    partials: Mutex<PartialsByTree>,
}

/// The partials of whole trees; a tree never changes, so this can never be stale.
type PartialsByTree = CLruCache<(WorkspaceId, Oid), Arc<PartialBlobs>>;

impl ParsedCache {
    fn partials(&self) -> MutexGuard<'_, PartialsByTree> {
        self.partials.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ParsedCache {
    fn default() -> Self {
        Self {
            files: Mutex::new(CLruCache::new(FILES_KEPT)),
            partials: Mutex::new(CLruCache::new(TREES_KEPT)),
        }
    }
}

/// Where the text of each partial is.
#[derive(Debug, Default, Clone)]
pub struct PartialBlobs {
    /// By name; several files may have one name, the first by path is the one that is included.
    by_name: HashMap<String, BTreeMap<String, Oid>>,
}

impl PartialBlobs {
    /// Adds a file or changes what it holds; files that are not partials are left out.
    pub fn insert(&mut self, path: &str, blob: Oid) {
        if let Some(name) = partial_name(path) {
            let files = self.by_name.entry(name.to_owned()).or_default();
            files.insert(path.to_owned(), blob);
        }
    }

    /// Removes a file.
    pub fn remove(&mut self, path: &str) {
        let Some(name) = partial_name(path) else {
            return;
        };
        if let Some(files) = self.by_name.get_mut(name) {
            files.remove(path);
            if files.is_empty() {
                self.by_name.remove(name);
            }
        }
    }

    /// Path and blob of the partial that is included by a name.
    pub fn get(&self, name: &str) -> Option<(&str, Oid)> {
        let (path, blob) = self.by_name.get(name)?.first_key_value()?;
        Some((path, *blob))
    }

    /// All files of a name.
    pub fn paths(&self, name: &str) -> impl Iterator<Item = &str> {
        let files = self.by_name.get(name).into_iter().flatten();
        files.map(|(path, _)| path.as_str())
    }

    /// What is wrong with a partial that shares its name with others.
    fn duplicate(&self, path: &str) -> Option<Diagnostic> {
        let name = partial_name(path)?;
        let others: Vec<&str> = self.paths(name).filter(|other| *other != path).collect();
        (!others.is_empty()).then(|| prompt::duplicate_partial(path, name, &others))
    }
}

/// The partials of a tree: where all of them are, and those parsed that were needed so far.
#[derive(Default, Clone)]
pub struct Partials {
    blobs: Arc<PartialBlobs>,
    files: HashMap<String, Arc<PromptFile>>,
}

impl Partials {
    /// Partials of which none was needed yet.
    pub fn new(blobs: impl Into<Arc<PartialBlobs>>) -> Self {
        Self {
            blobs: blobs.into(),
            files: HashMap::new(),
        }
    }

    /// Parses what a file includes, directly or not, so that [`Self::get`] finds it; returns the
    /// names of those that exist.
    pub async fn reach(
        &mut self,
        ctx: &Context,
        work: &mut Work,
        file: &PromptFile,
    ) -> Result<BTreeSet<String>> {
        let mut reached = BTreeSet::new();
        let mut next = file.includes();
        while !next.is_empty() {
            next.retain(|name| !reached.contains(name) && self.blobs.get(name).is_some());
            self.parse(ctx, work, &next).await?;
            let parsed = next.iter().filter_map(|name| self.files.get(name));
            let further = parsed.flat_map(|file| file.includes()).collect();
            reached.append(&mut next);
            next = further;
        }
        Ok(reached)
    }

    async fn parse(
        &mut self,
        ctx: &Context,
        work: &mut Work,
        names: &BTreeSet<String>,
    ) -> Result<()> {
        let blobs = self.blobs.clone();
        let new = names.iter().filter(|name| !self.files.contains_key(*name));
        let new: Vec<(&String, &str, Oid)> = new
            .filter_map(|name| blobs.get(name).map(|(path, blob)| (name, path, blob)))
            .collect();
        work.with(|overlay| overlay.require(new.iter().map(|(.., blob)| *blob)))
            .await?;
        for (name, path, blob) in new {
            let mut parsed = file(ctx, work, path, blob).await?;
            if let Some(finding) = blobs.duplicate(path) {
                Arc::make_mut(&mut parsed).diagnostics.push(finding);
            }
            self.files.insert(name.clone(), parsed);
        }
        Ok(())
    }

    /// The partial of that name, if a file reached it.
    pub fn get(&self, name: &str) -> Option<&PromptFile> {
        self.files.get(name).map(AsRef::as_ref)
    }

    /// All files of a name.
    pub fn paths(&self, name: &str) -> impl Iterator<Item = &str> {
        self.blobs.paths(name)
    }

    /// The blob of the partial of that name.
    pub fn blob(&self, name: &str) -> Option<Oid> {
        self.blobs.get(name).map(|(_, blob)| blob)
    }
}

/// A file, parsed.
pub async fn file(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    blob: Oid,
) -> Result<Arc<PromptFile>> {
    let key = (work.workspace, blob);
    {
        let mut files = ctx
            .parsed
            .files
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(&key)
            && known.path == path
        {
            return Ok(known.clone());
        }
    }
    let object = work.blob(blob).await?;
    let parsed = Arc::new(prompt::parse(&String::from_utf8_lossy(&object.bytes)).at_path(path));
    let mut files = ctx
        .parsed
        .files
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    files.put(key, parsed.clone());
    Ok(parsed)
}

/// The partials of `main`, whose tree is given; from memory where that tree was met before.
async fn main_partials(
    ctx: &Context,
    work: &mut Work,
    tree: Option<Oid>,
) -> Result<Arc<PartialBlobs>> {
    let Some(tree) = tree else {
        return Ok(Arc::default());
    };
    let key = (work.workspace, tree);
    if let Some(known) = ctx.parsed.partials().get(&key) {
        return Ok(known.clone());
    }
    let kinds = vec![FileKind::Partial.name().to_owned()];
    let filter = LibraryFilter {
        kinds,
        ..LibraryFilter::default()
    };
    let rows = work
        .tx
        .library(work.workspace, &filter, None, PARTIALS_MAX)
        .await?;
    let mut found = PartialBlobs::default();
    for row in rows {
        found.insert(&row.path, row.blob);
    }
    let found = Arc::new(found);
    ctx.parsed.partials().put(key, found.clone());
    Ok(found)
}

/// The partials of another tree: those of `main` with what differs.
pub async fn tree_partials(
    ctx: &Context,
    work: &mut Work,
    main_tree: Option<Oid>,
    tree: Oid,
) -> Result<Partials> {
    let mut blobs = main_partials(ctx, work, main_tree).await?;
    if main_tree != Some(tree) {
        let changes = work
            .with(|overlay| tree_diff(overlay, main_tree, Some(tree)))
            .await?;
        let blobs = Arc::make_mut(&mut blobs);
        for change in changes {
            match change.new {
                Some(entry) => blobs.insert(&change.path, entry.oid),
                None => blobs.remove(&change.path),
            }
        }
    }
    Ok(Partials::new(blobs))
}

/// The partials of `main` once it moves from one tree to another: these files have changed, those are
/// gone.
pub async fn partials_after(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Option<Oid>, Oid),
    present: &[(String, Oid)],
    gone: &[String],
) -> Result<Partials> {
    let mut blobs = main_partials(ctx, work, before).await?;
    let is_partial = |path: &String| partial_name(path).is_some();
    if gone.iter().any(is_partial) || present.iter().any(|(path, _)| is_partial(path)) {
        let blobs = Arc::make_mut(&mut blobs);
        for path in gone {
            blobs.remove(path);
        }
        for (path, blob) in present {
            blobs.insert(path, *blob);
        }
    }
    let key = (work.workspace, after);
    ctx.parsed.partials().put(key, blobs.clone());
    Ok(Partials::new(blobs))
}

/// What an index needs to know of a file.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The title shown.
    pub title: String,
    /// What it is for.
    pub intent: String,
    /// The channel.
    pub channel: String,
    /// The brand.
    pub brand: String,
    /// The region.
    pub region: String,
    /// The owner.
    pub owner: String,
    /// Tags.
    pub tags: Vec<String>,
    /// The status.
    pub status: String,
    /// When it expires.
    pub expires_at: Option<Time>,
    /// The text, for search.
    pub text: String,
    /// The partials its text includes.
    pub includes: BTreeSet<String>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

impl Facts {
    /// A file of which only the path is known.
    pub fn plain(path: &str) -> Self {
        Self {
            title: title_from_path(path),
            ..Self::default()
        }
    }
}

/// Of a longer text so many characters are found.
const SEARCH_TEXT_CHARS: usize = 12_000;

/// A text as it is kept for search: without NUL, which no database takes.
fn searchable(text: &str) -> String {
    let signs = text.chars().filter(|sign| *sign != '\0');
    signs.take(SEARCH_TEXT_CHARS).collect()
}

/// Reads a prompt, a partial or a foreign prompt.
pub async fn facts(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    blob: Oid,
    partials: &mut Partials,
) -> Result<Facts> {
    let file = file(ctx, work, path, blob).await?;
    let kind = FileKind::of(path);
    let diagnostics = match kind {
        FileKind::ForeignPrompt => vec![foreign_notice(path)],
        _ => {
            partials.reach(ctx, work, &file).await?;
            diagnostics(path, &file, partials)
        }
    };
    let fields = &file.variorum;
    let description = file.front_matter.description.clone();
    let title = fields.title.clone().or_else(|| match kind {
        FileKind::ForeignPrompt => heading(&file),
        _ => None,
    });
    Ok(Facts {
        title: title.unwrap_or_else(|| title_from_path(path)),
        intent: fields.intent.clone().or(description).unwrap_or_default(),
        channel: fields.channels.join(", "),
        brand: fields.brands.join(", "),
        region: fields.regions.join(", "),
        owner: fields.owner.clone().unwrap_or_default(),
        tags: fields.tags.clone(),
        status: fields.text("status").unwrap_or_default(),
        expires_at: fields.text("expires").and_then(|day| end_of_day(&day)),
        text: searchable(file.partial_text()),
        includes: match kind {
            FileKind::ForeignPrompt => BTreeSet::new(),
            _ => file.includes(),
        },
        diagnostics,
    })
}

/// Everything wrong with a prompt or partial whose partials were reached.
pub fn diagnostics(path: &str, file: &PromptFile, partials: &Partials) -> Vec<Diagnostic> {
    let mut found = prompt::validate(path, file, &|name| partials.get(name));
    if let Some(finding) = partials.blobs.duplicate(path)
        && !found.contains(&finding)
    {
        found.insert(0, finding);
    }
    found
}

/// Says that a file is kept as it is, though it is not Dotprompt.
fn foreign_notice(path: &str) -> Diagnostic {
    let message =
        "this is not a `.prompt` file; it is kept and served as it stands, without variables";
    Diagnostic::warning("not-dotprompt", (1, 1), message).at_path(path)
}

fn heading(file: &PromptFile) -> Option<String> {
    let named = file.front_matter.name.clone();
    let heading = file
        .partial_text()
        .lines()
        .find_map(|line| line.strip_prefix("# "));
    heading
        .map(|text| text.trim().chars().take(120).collect())
        .or(named)
}

/// `email/win-back_v2.prompt` becomes `Win back v2`.
fn title_from_path(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name
        .split('.')
        .next()
        .filter(|stem| !stem.is_empty())
        .unwrap_or(name);
    let words = stem.trim_start_matches('_').replace(['-', '_'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_title() {
        assert_eq!(title_from_path("email/win-back_v2.prompt"), "Win back v2");
        assert_eq!(
            title_from_path("prompts/_brand-voice.prompt"),
            "Brand voice"
        );
        assert_eq!(title_from_path(".hidden"), ".hidden");
    }
}
