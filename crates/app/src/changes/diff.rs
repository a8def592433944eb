//! One file of a change, before and after: fields, words, lines, and what the model would read.

use serde_json::{Map, Value};
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::change::Blocker;
use variorum_domain::id::{ChangeNumber, Oid};
use variorum_domain::library::FileKind;
use variorum_domain::outline;
use variorum_domain::prompt::{Diagnostic, Message, PromptFile, RenderOptions};
use variorum_git::diff::{LineHunk, Span, compare_lines, compare_words};
use variorum_git::tree::entry_at;

use super::facts::judge;
use super::load;
use crate::context::Context;
use crate::library::history::{differing, flat};
use crate::library::parsed;
use crate::library::read::with_samples;
use crate::library::tree_view::TreeView;
use crate::work::Work;
use crate::{Error, Result};

/// Lines shown around a changed one.
const CONTEXT_LINES: usize = 3;

/// What the model would read on one side.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// The messages; empty where it does not compile.
    pub messages: Vec<Message>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// One file of a change.
#[derive(Debug, Clone)]
pub struct FileDiff {
    /// The path.
    pub path: String,
    /// The file in the library, where it is there.
    pub before: Option<String>,
    /// The file as the change leaves it, where it is there; the draft's own text while both sides
    /// have changed the same part.
    pub after: Option<String>,
    /// Settings that differ: the field, before, after.
    pub fields: Vec<(String, Option<Value>, Option<Value>)>,
    /// The texts below the front matter, word by word; the whole file where it is not a prompt.
    pub words: Vec<Span>,
    /// The files line by line.
    pub hunks: Vec<LineHunk>,
    /// What a variation comes to with its base, before and after; nothing for other files.
    pub effective: [Option<String>; 2],
    /// What the model would read before and after, with sample values.
    pub previews: [Preview; 2],
}

/// Compares one file of a change; `variables` are sample values for the previews.
pub async fn file(
    ctx: &Context,
    actor: &Actor,
    number: ChangeNumber,
    path: &str,
    variables: &Map<String, Value>,
) -> Result<FileDiff> {
    access::check(actor, Action::Read, path)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let change = load(&mut work, number).await?;
    let judged = judge(ctx, &mut work, &change).await?;
    let tips = judged
        .tips
        .ok_or_else(|| Error::not_found("draft", &change.draft))?;
    // A file that both sides changed has no merged text to be read, only one with markers.
    let is_open = |one: &Blocker| one.code == "conflict" && one.path == path;
    let merged = if judged.blockers.iter().any(is_open) {
        work.commit_data(tips.head).await?.tree
    } else {
        tips.after
    };
    let before = side(ctx, &mut work, tips.before, path, variables).await?;
    let after = side(ctx, &mut work, Some(merged), path, variables).await?;
    if before.is_none() && after.is_none() {
        return Err(Error::not_found("file", path));
    }
    let text = |side: &Option<Sided>| side.as_ref().map(|side| side.text.clone());
    let body = |side: &Option<Sided>| side.as_ref().map_or_else(String::new, Sided::body);
    let settings = |side: &Option<Sided>| {
        let file = side.as_ref().and_then(|side| side.file.as_deref());
        file.map_or_else(Vec::new, |file| flat(file.raw.to_json()))
    };
    let (old, new) = (text(&before), text(&after));
    let effective = |side: &Option<Sided>| side.as_ref().and_then(|side| side.effective.clone());
    Ok(FileDiff {
        path: path.to_owned(),
        fields: differing(&settings(&before), &settings(&after)),
        words: compare_words(&body(&before), &body(&after)),
        hunks: compare_lines(
            old.as_deref().unwrap_or_default(),
            new.as_deref().unwrap_or_default(),
            CONTEXT_LINES,
        ),
        before: old,
        after: new,
        effective: [effective(&before), effective(&after)],
        previews: [before, after].map(|side| side.map(|side| side.preview).unwrap_or_default()),
    })
}

struct Sided {
    text: String,
    /// What a variation comes to.
    effective: Option<String>,
    file: Option<std::sync::Arc<PromptFile>>,
    preview: Preview,
}

impl Sided {
    fn body(&self) -> String {
        match &self.file {
            Some(file) => file.partial_text().to_owned(),
            None => self.text.clone(),
        }
    }
}

async fn side(
    ctx: &Context,
    work: &mut Work,
    tree: Option<Oid>,
    path: &str,
    variables: &Map<String, Value>,
) -> Result<Option<Sided>> {
    let Some(tree) = tree else { return Ok(None) };
    let entry = work.with(|overlay| entry_at(overlay, tree, path)).await?;
    let Some(entry) = entry.filter(|entry| entry.mode.is_file()) else {
        return Ok(None);
    };
    let blob = work.blob(entry.oid).await?;
    let mut side = Sided {
        text: String::from_utf8_lossy(&blob.bytes).into_owned(),
        effective: None,
        file: None,
        preview: Preview::default(),
    };
    let kind = FileKind::of(path);
    if !matches!(kind, FileKind::Prompt | FileKind::Partial) {
        return Ok(Some(side));
    }
    let file = parsed::file(ctx, work, path, entry.oid).await?;
    let mut view = TreeView::of(ctx, work, tree).await?;
    let understood = view.understand(ctx, work, file.clone()).await?;
    side.preview.diagnostics = understood.diagnostics(path, &view.partials);
    if understood.varies.is_some() {
        side.effective = Some(understood.file().source().to_owned());
    }
    if kind == FileKind::Prompt
        && let Ok(compiled) = understood.compile(&view.partials)
    {
        let used = compiled.variables().used.clone();
        let values = with_samples(&outline::variables(understood.file(), &used), variables);
        let messages = compiled.render(&values, &RenderOptions::default());
        side.preview.messages = messages.unwrap_or_default();
    }
    side.file = Some(file);
    Ok(Some(side))
}
