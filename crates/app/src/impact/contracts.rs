//! Which contracts the step from one tree to another breaks: what files offered before, what they
//! offer after, and how the files of the tree after use them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use variorum_domain::id::Oid;
use variorum_domain::impact::contract::{self, Breach, breaches, narrows};
use variorum_domain::impact::{
    Demand, EdgeKind, Interface, Layer, Place, Use, View, is_controlled, uses_of_prompt,
    uses_of_workflow,
};
use variorum_domain::library::{FileKind, partial_name, prompt_id};
use variorum_domain::prompt::{PromptFile, Severity};
use variorum_domain::variation::{base_candidates, may_vary};
use variorum_git::diff::{Change, tree_diff};
use variorum_git::tree::{Entry, entry_at};

use super::graphs::{at_main, edges_after};
use crate::Result;
use crate::context::Context;
use crate::library::parsed;
use crate::library::tree_view::TreeView;
use crate::work::Work;

/// Breaches that are named; the others are counted.
pub const BREACHES_NAMED_MAX: usize = 200;
/// Uses of changed files that are looked at. Only files that offer less than before have to be.
pub const USES_READ_MAX: usize = 10_000;

/// What a step breaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Broken {
    /// The broken contracts, errors first.
    pub breaches: Vec<Breach>,
    /// How many more there are.
    pub unnamed: usize,
    /// Files that use what changed and were not looked at.
    pub unread: usize,
}

impl Broken {
    /// Whether something that a file counts on is broken.
    pub fn names(&self, path: &str) -> bool {
        let mut broken = self.breaches.iter();
        broken.any(|breach| breach.severity == Severity::Error && breach.dependant.path == path)
    }

    /// How many of the named breaches are errors.
    pub fn errors(&self) -> usize {
        let errors = self
            .breaches
            .iter()
            .filter(|one| one.severity == Severity::Error);
        errors.count()
    }
}

/// A file that offers less than before.
struct Narrowed {
    path: String,
    before: Interface,
    after: Option<Interface>,
    /// Whether variations can lean on it, which only those of a base can.
    is_base: bool,
}

/// The contracts broken from one tree to another. Files in conflict hold both sides and are left out.
pub(crate) async fn broken(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Oid, Oid),
    conflicts: &[String],
) -> Result<Arc<Broken>> {
    let key = (work.workspace, before, after);
    if let Some(known) = ctx.impact.broken.get(&key).filter(|_| conflicts.is_empty()) {
        return Ok(known);
    }
    let changes = work
        .with(|overlay| tree_diff(overlay, Some(before), Some(after)))
        .await?;
    let mut narrowed = Vec::new();
    for change in &changes {
        if !conflicts.contains(&change.path) {
            narrowed.extend(narrowing(ctx, work, (before, after), change).await?);
        }
    }
    let mut found = Broken::default();
    if !narrowed.is_empty() {
        found = look(ctx, work, (before, after), narrowed, conflicts).await?;
    }
    if conflicts.is_empty() {
        return Ok(ctx.impact.broken.put(key, found));
    }
    Ok(Arc::new(found))
}

/// A changed file, where it offers less than before.
async fn narrowing(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Oid, Oid),
    change: &Change,
) -> Result<Option<Narrowed>> {
    let path = &change.path;
    let kind = FileKind::of(path);
    let Some(old) = change.old.filter(|entry| entry.mode.is_file()) else {
        return Ok(None);
    };
    if !kind.is_prompt() && kind != FileKind::Partial {
        // Whoever names a workflow or a data set still has to find it.
        let is_named = matches!(
            kind,
            FileKind::Workflow | FileKind::Dataset | FileKind::Other
        );
        let is_gone = change.new.is_none() && is_named;
        return Ok(is_gone.then(|| Narrowed {
            path: path.clone(),
            before: Interface::default(),
            after: None,
            is_base: false,
        }));
    }
    // What a variation offers also hangs on its base, which may have changed beside it.
    if let Some(new) = change.new.filter(|entry| entry.mode.is_file())
        && !may_vary(path)
        && parsed::same_shape(work, old.oid, new.oid).await?
    {
        return Ok(None);
    }
    let file = parsed::file(ctx, work, path, old.oid).await?;
    let is_base = !is_controlled(path, &file);
    let was = interface(ctx, work, before, path, &file).await?;
    let is = match change.new.filter(|entry| entry.mode.is_file()) {
        Some(new) => {
            let file = parsed::file(ctx, work, path, new.oid).await?;
            Some(interface(ctx, work, after, path, &file).await?)
        }
        None => successor(ctx, work, after, path).await?,
    };
    Ok(narrows(&was, is.as_ref()).then(|| Narrowed {
        path: path.clone(),
        before: was,
        after: is,
        is_base,
    }))
}

/// What a file offers in a tree; a controlled variation takes and answers what its base does.
async fn interface(
    ctx: &Context,
    work: &mut Work,
    tree: Oid,
    path: &str,
    file: &PromptFile,
) -> Result<Interface> {
    let own = Interface::of(path, file);
    if !is_controlled(path, file) {
        return Ok(own);
    }
    for base in base_candidates(path) {
        let entry = file_at(work, tree, &base).await?;
        if let Some(entry) = entry {
            let file = parsed::file(ctx, work, &base, entry.oid).await?;
            return Ok(own.with_base(&Interface::of(&base, &file)));
        }
    }
    Ok(own)
}

/// A partial is included by its name, so a file of that name elsewhere takes its place.
async fn successor(
    ctx: &Context,
    work: &mut Work,
    after: Oid,
    path: &str,
) -> Result<Option<Interface>> {
    let Some(name) = partial_name(path) else {
        return Ok(None);
    };
    let partials = TreeView::of(ctx, work, after).await?.partials;
    let found = partials.paths(name).next().map(str::to_owned);
    let (Some(path), Some(blob)) = (found, partials.blob(name)) else {
        return Ok(None);
    };
    let file = parsed::file(ctx, work, &path, blob).await?;
    Ok(Some(Interface::of(&path, &file)))
}

async fn file_at(work: &mut Work, tree: Oid, path: &str) -> Result<Option<Entry>> {
    let entry = work.with(|overlay| entry_at(overlay, tree, path)).await?;
    Ok(entry.filter(|entry| entry.mode.is_file()))
}

/// Looks at every use of what offers less.
async fn look(
    ctx: &Context,
    work: &mut Work,
    trees: (Oid, Oid),
    narrowed: Vec<Narrowed>,
    conflicts: &[String],
) -> Result<Broken> {
    let leaning = leaning(ctx, work, trees.1, &narrowed).await?;
    let narrowed = with_variations(ctx, work, trees, narrowed, &leaning).await?;
    let leaning = if narrowed.iter().any(|one| !leaning.contains_key(&one.path)) {
        self::leaning(ctx, work, trees.1, &narrowed).await?
    } else {
        leaning
    };
    let mut found = Broken::default();
    let mut read = 0;
    for one in &narrowed {
        let provider = contract::Provider {
            path: &one.path,
            before: &one.before,
            after: one.after.as_ref(),
        };
        for (path, kind) in leaning.get(&one.path).into_iter().flatten() {
            if conflicts.contains(path) || (*kind == EdgeKind::Varies && !one.is_base) {
                continue;
            }
            read += 1;
            if read > USES_READ_MAX {
                found.unread += 1;
                continue;
            }
            let uses = uses(ctx, work, trees.1, path, *kind, &one.path).await?;
            let only_tests = matches!(kind, EdgeKind::Tests | EdgeKind::Reads);
            found
                .breaches
                .extend(breaches(provider, &uses).into_iter().map(|mut breach| {
                    if only_tests {
                        breach.severity = Severity::Warning;
                    }
                    breach
                }));
        }
    }
    let order = |one: &Breach| (one.severity == Severity::Warning, one.dependant.clone());
    found.breaches.sort_by_cached_key(order);
    found.unnamed = found.breaches.len().saturating_sub(BREACHES_NAMED_MAX);
    found.breaches.truncate(BREACHES_NAMED_MAX);
    Ok(found)
}

/// The files of a tree that lean on what offers less, directly.
type Leaning = BTreeMap<String, BTreeSet<(String, EdgeKind)>>;

async fn leaning(
    ctx: &Context,
    work: &mut Work,
    tree: Oid,
    narrowed: &[Narrowed],
) -> Result<Leaning> {
    let main = at_main(ctx, work).await?.tree;
    let changes = work
        .with(|overlay| tree_diff(overlay, main, Some(tree)))
        .await?;
    let laid = edges_after(ctx, work, &changes).await?;
    let held = at_main(ctx, work).await?;
    let mut layer = Layer::over(&held.graph);
    for (path, edges) in &laid {
        layer.lay(path, edges);
    }
    let mut found = Leaning::new();
    for one in narrowed {
        let node = layer.intern(&one.path);
        let files = found.entry(one.path.clone()).or_default();
        layer.dependants(node, &mut |from, kind| {
            files.insert((layer.name(from).to_owned(), kind));
        });
    }
    Ok(found)
}

/// What changes in a base changes in its variations: they offer less where it does.
async fn with_variations(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Oid, Oid),
    mut narrowed: Vec<Narrowed>,
    leaning: &Leaning,
) -> Result<Vec<Narrowed>> {
    let mut known: BTreeSet<String> = narrowed.iter().map(|one| one.path.clone()).collect();
    let bases = narrowed.iter().filter(|one| one.is_base);
    let varying = bases.flat_map(|base| leaning.get(&base.path).into_iter().flatten());
    let varying: Vec<String> = varying
        .filter(|(path, kind)| *kind == EdgeKind::Varies && known.insert(path.clone()))
        .map(|(path, _)| path.clone())
        .take(USES_READ_MAX)
        .collect();
    for path in varying {
        let (Some(old), Some(new)) = (
            file_at(work, before, &path).await?,
            file_at(work, after, &path).await?,
        ) else {
            continue;
        };
        let file = parsed::file(ctx, work, &path, old.oid).await?;
        let was = interface(ctx, work, before, &path, &file).await?;
        let file = parsed::file(ctx, work, &path, new.oid).await?;
        let is = interface(ctx, work, after, &path, &file).await?;
        if narrows(&was, Some(&is)) {
            narrowed.push(Narrowed {
                path,
                before: was,
                after: Some(is),
                is_base: false,
            });
        }
    }
    Ok(narrowed)
}

/// How a file of a tree uses another.
async fn uses(
    ctx: &Context,
    work: &mut Work,
    tree: Oid,
    path: &str,
    kind: EdgeKind,
    used: &str,
) -> Result<Vec<Use>> {
    let Some(entry) = file_at(work, tree, path).await? else {
        return Ok(Vec::new());
    };
    match kind {
        EdgeKind::Runs => {
            let blob = work.blob(entry.oid).await?;
            let text = String::from_utf8_lossy(&blob.bytes);
            Ok(uses_of_workflow(path, &text, used))
        }
        EdgeKind::Includes | EdgeKind::Varies => {
            let file = parsed::file(ctx, work, path, entry.oid).await?;
            Ok(uses_of_prompt(path, &file, used))
        }
        EdgeKind::Tests | EdgeKind::Reads => Ok(vec![Use {
            at: Place::new(path, (1, 1)),
            by: format!("`{}`", prompt_id(path)),
            demand: Demand::Exists,
        }]),
        _ => Ok(Vec::new()),
    }
}
