//! Who differs from a base, and how; and what a change makes of variations nobody touched.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::{ChangeNumber, Oid};
use variorum_domain::library::{FileKind, MAIN, prompt_id};
use variorum_domain::prompt::{Diagnostic, PromptFile};
use variorum_domain::variation::{FieldValue, Opening, Slot, SlotValue, base_candidates, may_vary};
use variorum_git::diff::{Change, Span, compare_words, tree_diff};
use variorum_ports::rows::{EdgeKind, LibraryRow};

use super::edges::building_on;
use super::history::{differing, flat};
use super::read::path_of;
use super::tree_view::{TreeView, Understood};
use super::{head_or_missing, ref_name};
use crate::changes;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Variations of one prompt that are shown; and variations compared for one change.
pub const VARIATIONS_MAX: usize = 1_000;

/// A base and what varies it.
pub struct Matrix {
    /// The base's path.
    pub base: String,
    /// The base's file.
    pub file: Arc<PromptFile>,
    /// What it opens.
    pub opening: Opening,
    /// Its variations, by path.
    pub rows: Vec<MatrixRow>,
    /// Variations that are not shown.
    pub left_off: usize,
}

/// One variation beside its base.
pub struct MatrixRow {
    /// The file's path.
    pub path: String,
    /// Its row in the listing of `main`, where it is there.
    pub row: Option<LibraryRow>,
    /// Whether it is a prompt of its own that only has the name of a variation.
    pub independent: bool,
    /// The brand it is for.
    pub brand: Option<String>,
    /// The region it is for.
    pub region: Option<String>,
    /// More general variations it builds on.
    pub layers: Vec<String>,
    /// What each slot holds, in the order of the base.
    pub slots: Vec<SlotValue>,
    /// What each opened field is, in the order of the base.
    pub fields: Vec<FieldValue>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// The text of a slot in its base.
pub fn default_text<'f>(file: &'f PromptFile, slot: &Slot) -> &'f str {
    file.source()
        .get(slot.text.clone())
        .unwrap_or_default()
        .trim()
}

/// The variations of a prompt; asked of a variation, those of its base.
pub async fn matrix(ctx: &Context, actor: &Actor, id: &str, draft: Option<&str>) -> Result<Matrix> {
    let mut work = Work::read(ctx, actor.workspace).await?;
    let asked = path_of(&mut work, id).await?;
    access::check(actor, Action::Read, &asked)?;
    let (_, data) = head_or_missing(&mut work, &ref_name(draft)?).await?;
    let mut view = TreeView::of(ctx, &mut work, data.tree).await?;
    let missing = || Error::not_found("prompt", prompt_id(&asked));
    let own = view
        .file(ctx, &mut work, &asked)
        .await?
        .ok_or_else(missing)?;
    if FileKind::of(&asked) != FileKind::Prompt {
        return Err(Error::invalid(format!(
            "`{asked}` is not a prompt, so nothing varies it"
        )));
    }
    let understood = view.understand(ctx, &mut work, own).await?;
    let file = match understood.varies {
        Some(varies) => varies.base,
        None => understood.own,
    };
    let base = file.path.clone();
    access::check(actor, Action::Read, &base)?;
    let mut paths = named_after(&mut work, &base, data.tree).await?;
    let left_off = paths.len().saturating_sub(VARIATIONS_MAX);
    paths.truncate(VARIATIONS_MAX);
    let listed = work.tx.library_rows(work.workspace, &paths).await?;
    let mut rows = Vec::with_capacity(paths.len());
    for path in paths {
        if access::check(actor, Action::Read, &path).is_err() {
            continue;
        }
        let Some(own) = view.file(ctx, &mut work, &path).await? else {
            continue;
        };
        let understood = view.understand(ctx, &mut work, own).await?;
        let row = listed.iter().find(|row| row.path == path).cloned();
        rows.extend(matrix_row(&base, path, row, understood, &view));
    }
    Ok(Matrix {
        opening: Opening::of(&file),
        base,
        file,
        rows,
        left_off,
    })
}

/// A line of the matrix; nothing for what varies another base.
fn matrix_row(
    base: &str,
    path: String,
    row: Option<LibraryRow>,
    understood: Understood,
    view: &TreeView,
) -> Option<MatrixRow> {
    let diagnostics = understood.diagnostics(&path, &view.partials);
    let Some(varies) = understood.varies else {
        return Some(MatrixRow {
            path,
            row,
            independent: true,
            brand: None,
            region: None,
            layers: Vec::new(),
            slots: Vec::new(),
            fields: Vec::new(),
            diagnostics,
        });
    };
    (varies.base.path == base).then(|| MatrixRow {
        path,
        row,
        independent: false,
        brand: varies.brand,
        region: varies.region,
        layers: varies.layers,
        slots: varies.effective.slots,
        fields: varies.effective.fields,
        diagnostics,
    })
}

/// The files of a tree whose names say that they vary a base, by path.
async fn named_after(work: &mut Work, base: &str, tree: Oid) -> Result<Vec<String>> {
    let workspace = work.workspace;
    let to = [base.to_owned()];
    let edges = work.tx.edges_to(workspace, EdgeKind::Varies, &to).await?;
    let mut paths: BTreeSet<String> = edges.into_iter().map(|edge| edge.from_path).collect();
    let main = super::head(work, MAIN).await?.map(|(_, data)| data.tree);
    if main != Some(tree) {
        let changes = work
            .with(|overlay| tree_diff(overlay, main, Some(tree)))
            .await?;
        for change in changes {
            if change.new.is_none() {
                paths.remove(&change.path);
            } else if base_candidates(&change.path)
                .iter()
                .any(|known| known == base)
            {
                paths.insert(change.path);
            }
        }
    }
    Ok(paths.into_iter().collect())
}

/// What a change makes of one variation.
pub struct Effect {
    /// The file's path.
    pub path: String,
    /// The base's path, after or else before.
    pub base: String,
    /// Whether its own file is changed; otherwise only what it builds on is.
    pub touched: bool,
    /// What it comes to before, where it is there.
    pub before: Option<String>,
    /// What it comes to after, where it is there.
    pub after: Option<String>,
    /// Settings that differ: the field, before, after.
    pub fields: Vec<(String, Option<Value>, Option<Value>)>,
    /// The texts below the front matter, word by word.
    pub words: Vec<Span>,
    /// Whether partials it includes read differently.
    pub partials_differ: bool,
    /// What is wrong with it after.
    pub diagnostics: Vec<Diagnostic>,
}

/// The variations that read differently once a change is in the library.
pub async fn of_change(
    ctx: &Context,
    actor: &Actor,
    number: ChangeNumber,
) -> Result<(Vec<Effect>, usize)> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let Some((before, after)) = changes::sides_of(ctx, &mut work, number).await? else {
        return Ok((Vec::new(), 0));
    };
    effects(ctx, &mut work, (before, after)).await
}

/// The variations that read differently on a draft than they did where it left `main`.
pub async fn of_draft(ctx: &Context, actor: &Actor, name: &str) -> Result<(Vec<Effect>, usize)> {
    access::check(actor, Action::Read, "")?;
    let draft_ref = ref_name(Some(name))?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (commit, data) = head_or_missing(&mut work, &draft_ref).await?;
    let graph = super::graphs::graph(ctx, &mut work).await?;
    let main = work.tx.get_ref(actor.workspace, MAIN).await?;
    let left = main.and_then(|main| graph.merge_bases(&main, &commit).first().copied());
    let before = match left {
        Some(base) => Some(work.commit_data(base).await?.tree),
        None => None,
    };
    effects(ctx, &mut work, (before, data.tree)).await
}

async fn effects(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Option<Oid>, Oid),
) -> Result<(Vec<Effect>, usize)> {
    let changes = work
        .with(|overlay| tree_diff(overlay, before, Some(after)))
        .await?;
    let paths = concerned(work, &changes).await?;
    let left_off = paths.len().saturating_sub(VARIATIONS_MAX);
    let mut old = match before {
        Some(tree) => Some(TreeView::of(ctx, work, tree).await?),
        None => None,
    };
    let mut new = TreeView::of(ctx, work, after).await?;
    let mut found = Vec::new();
    for path in paths.into_iter().take(VARIATIONS_MAX) {
        let before = match &mut old {
            Some(view) => side(ctx, work, view, &path).await?,
            None => None,
        };
        let after = side(ctx, work, &mut new, &path).await?;
        let touched = changes.iter().any(|change| change.path == path);
        found.extend(effect(path, touched, before.as_ref(), after.as_ref()));
    }
    Ok((found, left_off))
}

/// The prompts that changes reach and whose names say that they vary something, by path.
async fn concerned(work: &mut Work, changes: &[Change]) -> Result<BTreeSet<String>> {
    let changed: BTreeSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    let mut paths = building_on(work, &changed).await?;
    paths.extend(changed.into_iter().map(str::to_owned));
    paths.retain(|path| may_vary(path));
    Ok(paths)
}

/// A variation on one side.
struct Side {
    base: String,
    file: PromptFile,
    canonical: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

async fn side(
    ctx: &Context,
    work: &mut Work,
    view: &mut TreeView,
    path: &str,
) -> Result<Option<Side>> {
    let Some(own) = view.file(ctx, work, path).await? else {
        return Ok(None);
    };
    let understood = view.understand(ctx, work, own).await?;
    let diagnostics = understood.diagnostics(path, &view.partials);
    let compiled = understood.compile(&view.partials).ok();
    let lost = understood.remark.iter().any(Diagnostic::is_error);
    let base = match &understood.varies {
        Some(varies) => varies.base.path.clone(),
        None if lost => String::new(),
        None => return Ok(None),
    };
    Ok(Some(Side {
        base,
        file: understood.file().clone(),
        canonical: compiled.map(|compiled| compiled.canonical_text()),
        diagnostics,
    }))
}

fn effect(
    path: String,
    touched: bool,
    before: Option<&Side>,
    after: Option<&Side>,
) -> Option<Effect> {
    let source = |side: Option<&Side>| side.map(|side| side.file.source().to_owned());
    let (old, new) = (source(before), source(after));
    let canonical = |side: Option<&Side>| side.and_then(|side| side.canonical.clone());
    let reads_differently = canonical(before) != canonical(after);
    let errors = |side: Option<&Side>| {
        let found = side.into_iter().flat_map(|side| &side.diagnostics);
        found.filter(|finding| finding.is_error()).count()
    };
    if old == new && !reads_differently && errors(before) == errors(after) {
        return None;
    }
    let body = |side: Option<&Side>| side.map_or("", |side| side.file.partial_text()).to_owned();
    let settings =
        |side: Option<&Side>| side.map_or_else(Vec::new, |side| flat(side.file.raw.to_json()));
    let sides = [after, before].into_iter().flatten();
    let base = sides
        .map(|side| side.base.clone())
        .find(|base| !base.is_empty());
    Some(Effect {
        base: base.unwrap_or_default(),
        touched,
        fields: differing(&settings(before), &settings(after)),
        words: compare_words(&body(before), &body(after)),
        partials_differ: old == new && reads_differently,
        diagnostics: after.map_or_else(Vec::new, |side| side.diagnostics.clone()),
        path,
        before: old,
        after: new,
    })
}
