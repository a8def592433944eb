//! What an action consists of: found out without writing, so that it can be shown first.

use std::collections::BTreeMap;

use variorum_domain::id::Oid;
use variorum_domain::impact::{EdgeKind as Refers, edges_of_text, prompt_path};
use variorum_domain::library::{ARCHIVED, FileKind, partial_name, prompt_id};
use variorum_domain::prompt::{Diagnostic, FieldValue, amend, parse};
use variorum_domain::redirect::{REDIRECTS_FILE, Redirects};
use variorum_git::object::Kind;
use variorum_git::tree::{Edit, Entry, Mode, entry_at, list_all};
use variorum_ports::rows::EdgeKind;

use super::{Bulk, BulkAction, chosen, moves};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// The names of the field of tags, and of the status.
const TAGS: [&str; 2] = ["tags", "tag"];
const STATUS: [&str; 1] = ["status"];
/// The longest tag.
const TAG_CHARS_MAX: usize = 80;

/// A file with its new path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where it was.
    pub from: String,
    /// Where it is now.
    pub to: String,
}

/// A file whose text changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// Its path afterwards.
    pub path: String,
    /// What changes in it, in words.
    pub what: String,
}

/// What an action consists of.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Files with new paths.
    pub moved: Vec<Moved>,
    /// Files whose texts change.
    pub edited: Vec<Edited>,
    /// Old ids and what callers get for each.
    pub redirects: Vec<(String, String)>,
    /// Why it cannot be done, file by file. Nothing is done while there is one.
    pub refused: Vec<Diagnostic>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// The changes of the tree.
    pub(super) edits: Vec<(String, Edit)>,
}

impl Plan {
    pub(super) fn evidence(&self, commit: Oid) -> serde_json::Value {
        let pairs = |pairs: &[(String, String)]| -> Vec<String> {
            let shown = pairs.iter().take(50);
            shown.map(|(from, to)| format!("{from} -> {to}")).collect()
        };
        serde_json::json!({
            "commit": commit.to_string(),
            "moved": self.moved.len(),
            "edited": self.edited.len(),
            "redirects": pairs(&self.redirects),
        })
    }

    /// Notes a changed text.
    pub(super) fn write(
        &mut self,
        work: &mut Work,
        path: &str,
        before: Entry,
        text: String,
        what: impl Into<String>,
    ) -> Result<()> {
        let oid = work.overlay.put(Kind::Blob, text.into_bytes())?;
        work.overlay.suggest_base(oid, before.oid);
        let mode = before.mode;
        self.edits
            .retain(|(known, edit)| known != path || matches!(edit, Edit::Remove));
        self.edits
            .push((path.to_owned(), Edit::Upsert { mode, oid }));
        self.edited.push(Edited {
            path: path.to_owned(),
            what: what.into(),
        });
        Ok(())
    }
}

/// A reason why a file stands in the way.
pub(super) fn stands_in_the_way(path: &str, why: impl Into<String>) -> Diagnostic {
    Diagnostic::error("stands-in-the-way", (1, 1), why.into()).at_path(path)
}

/// Finds out what an action on a tree consists of.
pub(super) async fn plan(ctx: &Context, work: &mut Work, tree: Oid, cmd: &Bulk) -> Result<Plan> {
    let mut plan = Plan::default();
    let files = chosen::chosen(ctx, work, tree, &cmd.chosen, &mut plan).await?;
    match &cmd.action {
        BulkAction::Move(destination) => {
            moves::plan(work, tree, (files, destination), &mut plan).await?;
        }
        BulkAction::Retag { add, remove } => {
            retag(work, files, (add, remove), &mut plan).await?;
        }
        BulkAction::Archive { instead } => {
            archive(ctx, work, tree, (files, instead.as_deref()), &mut plan).await?;
        }
        BulkAction::Unarchive => unarchive(work, files, &mut plan).await?,
    }
    Ok(plan)
}

/// A file's text.
pub(super) async fn text(work: &mut Work, entry: Entry) -> Result<String> {
    let blob = work.blob(entry.oid).await?;
    Ok(String::from_utf8_lossy(&blob.bytes).into_owned())
}

async fn retag(
    work: &mut Work,
    files: Vec<(String, Entry)>,
    (add, remove): (&[String], &[String]),
    plan: &mut Plan,
) -> Result<()> {
    let fine = |tag: &String| {
        let length = tag.trim().chars().count();
        (1..=TAG_CHARS_MAX).contains(&length) && !tag.contains(char::is_control)
    };
    if add.is_empty() && remove.is_empty() || !add.iter().all(fine) {
        return Err(Error::invalid(format!(
            "give tags to add or to remove, each of 1 to {TAG_CHARS_MAX} characters"
        )));
    }
    for (path, entry) in files {
        let source = text(work, entry).await?;
        let before = parse(&source).variorum.tags;
        let same = |a: &str, b: &str| a.to_lowercase() == b.trim().to_lowercase();
        let mut after = before.clone();
        after.retain(|tag| !remove.iter().any(|gone| same(tag, gone)));
        for tag in add {
            if !after.iter().any(|known| same(known, tag)) {
                after.push(tag.trim().to_owned());
            }
        }
        if after == before {
            continue;
        }
        let what = format!("tags: {} → {}", shown(&before), shown(&after));
        let value = if after.is_empty() {
            FieldValue::Absent
        } else {
            FieldValue::List(after)
        };
        set(work, (&path, entry), &source, (&TAGS, &value), what, plan)?;
    }
    Ok(())
}

fn shown(tags: &[String]) -> String {
    if tags.is_empty() {
        "none".to_owned()
    } else {
        tags.join(", ")
    }
}

/// Sets a field, or says why that cannot be done.
fn set(
    work: &mut Work,
    (path, entry): (&str, Entry),
    source: &str,
    (names, value): (&[&str], &FieldValue),
    what: String,
    plan: &mut Plan,
) -> Result<()> {
    match amend(source, names, value) {
        Ok(text) => plan.write(work, path, entry, text, what),
        Err(why) => {
            plan.refused.push(stands_in_the_way(path, why));
            Ok(())
        }
    }
}

async fn archive(
    ctx: &Context,
    work: &mut Work,
    tree: Oid,
    (files, instead): (Vec<(String, Entry)>, Option<&str>),
    plan: &mut Plan,
) -> Result<()> {
    let instead = match instead.filter(|id| !id.is_empty()) {
        Some(id) => Some(successor(work, tree, &files, id).await?),
        None => None,
    };
    let users = users(work, tree, &files).await?;
    let index = ctx.serving.index(work.workspace);
    let value = FieldValue::Text(ARCHIVED.to_owned());
    let mut redirected = BTreeMap::new();
    for (path, entry) in &files {
        if let Some(users) = users.get(path) {
            let why = format!("{} still use it: {}", users.len(), users.join(", "));
            plan.refused.push(stands_in_the_way(path, why));
            continue;
        }
        let id = prompt_id(path);
        for live in index.iter().flat_map(|index| index.live(id)) {
            plan.notes.push(format!(
                "`{id}` stays live in {} until a release without it goes live there",
                live.environment
            ));
        }
        if let Some(instead) = &instead {
            redirected.insert(id.to_owned(), instead.clone());
        }
        let source = text(work, *entry).await?;
        if parse(&source).variorum.text("status").as_deref() != Some(ARCHIVED) {
            let what = "status: archived".to_owned();
            set(work, (path, *entry), &source, (&STATUS, &value), what, plan)?;
        }
    }
    redirect(work, tree, &redirected, plan).await
}

/// The id of the prompt that callers get instead.
async fn successor(
    work: &mut Work,
    tree: Oid,
    files: &[(String, Entry)],
    id: &str,
) -> Result<String> {
    let found = chosen::file(work, tree, id).await?;
    let found = found.filter(|(path, _)| FileKind::of(path).is_prompt());
    let (path, _) = found.ok_or_else(|| Error::not_found("prompt", id))?;
    if files.iter().any(|(archived, _)| *archived == path) {
        return Err(Error::invalid(format!(
            "`{id}` cannot stand in for itself: it is among those to be archived"
        )));
    }
    Ok(prompt_id(&path).to_owned())
}

/// What uses these files and is not among them: texts that include a partial, workflows that run a
/// prompt.
async fn users(
    work: &mut Work,
    tree: Oid,
    files: &[(String, Entry)],
) -> Result<BTreeMap<String, Vec<String>>> {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let own = |path: &str| files.iter().any(|(known, _)| known == path);
    let partials: BTreeMap<String, &String> = files
        .iter()
        .filter_map(|(path, _)| Some((partial_name(path)?.to_owned(), path)))
        .collect();
    let names: Vec<String> = partials.keys().cloned().collect();
    let edges = work
        .tx
        .edges_to(work.workspace, EdgeKind::Includes, &names)
        .await?;
    for edge in edges {
        if let Some(path) = partials.get(&edge.to_ref).filter(|_| !own(&edge.from_path)) {
            users
                .entry((*path).clone())
                .or_default()
                .push(edge.from_path);
        }
    }
    for (workflow, source) in workflows(work, tree).await? {
        for edge in edges_of_text(&workflow, &source) {
            let runs = |path: &&(String, Entry)| prompt_path(prompt_id(&path.0)) == edge.to;
            if edge.kind == Refers::Runs
                && let Some((path, _)) = files.iter().find(runs)
            {
                users
                    .entry(path.clone())
                    .or_default()
                    .push(workflow.clone());
            }
        }
    }
    Ok(users)
}

/// The workflows of a tree with their texts.
async fn workflows(work: &mut Work, tree: Oid) -> Result<Vec<(String, String)>> {
    let all = work.with(|overlay| list_all(overlay, tree, "")).await?;
    let mut found = Vec::new();
    for (path, entry) in all {
        if FileKind::of(&path) == FileKind::Workflow && entry.mode.is_file() {
            found.push((path, text(work, entry).await?));
        }
    }
    Ok(found)
}

async fn unarchive(work: &mut Work, files: Vec<(String, Entry)>, plan: &mut Plan) -> Result<()> {
    for (path, entry) in files {
        let source = text(work, entry).await?;
        if parse(&source).variorum.text("status").as_deref() == Some(ARCHIVED) {
            let field = (STATUS.as_slice(), &FieldValue::Absent);
            let what = "status: none".to_owned();
            set(work, (&path, entry), &source, field, what, plan)?;
        }
    }
    Ok(())
}

/// The redirects a tree holds.
pub(crate) async fn redirects(work: &mut Work, tree: Oid) -> Result<(Redirects, Option<Entry>)> {
    let entry = work
        .with(|overlay| entry_at(overlay, tree, REDIRECTS_FILE))
        .await?;
    let Some(entry) = entry.filter(|entry| entry.mode.is_file()) else {
        return Ok((Redirects::default(), None));
    };
    let text = text(work, entry).await?;
    match Redirects::parse(&text) {
        Ok(redirects) => Ok((redirects, Some(entry))),
        Err(diagnostics) => Err(Error::Invalid {
            message: format!("`{REDIRECTS_FILE}` cannot be read"),
            hint: Some("mend the lines named here first".to_owned()),
            diagnostics,
        }),
    }
}

/// Leads callers of old ids to new ones.
pub(super) async fn redirect(
    work: &mut Work,
    tree: Oid,
    moved: &BTreeMap<String, String>,
    plan: &mut Plan,
) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    let (before, entry) = redirects(work, tree).await?;
    let after = before.after(moved);
    if after == before {
        return Ok(());
    }
    let ends = moved
        .keys()
        .filter_map(|old| Some((old.clone(), after.target(old)?.to_owned())));
    plan.redirects = ends.collect();
    let oid = work.overlay.put(Kind::Blob, after.to_text().into_bytes())?;
    let mode = entry.map_or(Mode::File, |entry| entry.mode);
    if let Some(entry) = entry {
        work.overlay.suggest_base(oid, entry.oid);
    }
    plan.edits
        .push((REDIRECTS_FILE.to_owned(), Edit::Upsert { mode, oid }));
    Ok(())
}
