//! Prompt files, parsed once per blob, and what an index needs to know of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clru::CLruCache;
use variorum_domain::id::{Oid, WorkspaceId};
use variorum_domain::library::{FileKind, partial_name};
use variorum_domain::prompt::{self, Diagnostic, PromptFile};
use variorum_git::diff::tree_diff;
use variorum_ports::rows::LibraryFilter;

use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Parsed files kept in memory.
const FILES_KEPT: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
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

/// Whether two versions of a prompt or partial differ in their wording only.
pub async fn same_shape(work: &mut Work, before: Oid, after: Oid) -> Result<bool> {
    let (before, after) = (work.blob(before).await?, work.blob(after).await?);
    let texts = (
        std::str::from_utf8(&before.bytes),
        std::str::from_utf8(&after.bytes),
    );
    Ok(matches!(texts, (Ok(before), Ok(after)) if prompt::same_shape(before, after)))
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
