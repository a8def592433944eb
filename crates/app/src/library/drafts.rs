//! Drafts: making, listing, publishing and deleting branches.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::{Oid, Time};
use variorum_domain::library::MAIN;
use variorum_domain::limits::{FILE_BYTES_MAX, FILES_PER_SAVE_MAX};
use variorum_domain::record::Note;
use variorum_git::diff::{Change, tree_diff};
use variorum_git::merge::{CommitMerge, MergeLabels, merge_commits};
use variorum_git::object::Kind;
use variorum_git::tree::{Edit, Mode, edit};

use super::graphs::graph;
use super::history::find_commit;
use super::index::FileVersion;
use super::save::{NewCommitOn, write_commit};
use super::{draft_name, head_or_missing, ref_name};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub commit: Oid,
    /// When it was last saved.
    pub updated_at: Time,
    /// Versions it has that `main` does not have.
    pub ahead: usize,
    /// Versions `main` has that it does not have.
    pub behind: usize,
}

impl Draft {
    /// `campaign`, `experiment`, `hotfix` or `draft`.
    pub fn kind(&self) -> &'static str {
        match self.name.split('/').next() {
            Some("campaign") => "campaign",
            Some("experiment") => "experiment",
            Some("hotfix") => "hotfix",
            _ => "draft",
        }
    }
}

/// All drafts, by name; `main` is not one of them.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Draft>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let graph = graph(ctx, &mut work).await?;
    let main = work.tx.get_ref(actor.workspace, MAIN).await?;
    let refs = work.tx.refs(actor.workspace, "refs/heads/").await?;
    let drafts = refs.into_iter().filter(|(name, ..)| name != MAIN);
    Ok(drafts
        .map(|(name, commit, updated_at)| {
            let (ahead, behind) = main.map_or((0, 0), |main| graph.ahead_behind(&commit, &main));
            Draft {
                name: draft_name(&name).to_owned(),
                commit,
                updated_at,
                ahead,
                behind,
            }
        })
        .collect())
}

/// One draft with the files it changes since it left `main`.
pub async fn get(ctx: &Context, actor: &Actor, name: &str) -> Result<(Draft, Vec<Change>)> {
    let draft = list(ctx, actor)
        .await?
        .into_iter()
        .find(|draft| draft.name == name);
    let draft = draft.ok_or_else(|| Error::not_found("draft", name))?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let graph = graph(ctx, &mut work).await?;
    let main = work.tx.get_ref(actor.workspace, MAIN).await?;
    let base = main.and_then(|main| graph.merge_bases(&main, &draft.commit).first().copied());
    let base_tree = match base {
        Some(base) => Some(work.commit_data(base).await?.tree),
        None => None,
    };
    let tree = work.commit_data(draft.commit).await?.tree;
    let changes = work
        .with(|overlay| tree_diff(overlay, base_tree, Some(tree)))
        .await?;
    Ok((draft, changes))
}

/// Makes a draft from `main`, another draft or any saved version.
pub async fn create(ctx: &Context, actor: &Actor, name: &str, from: Option<&str>) -> Result<Oid> {
    access::check(actor, Action::WriteDraft, "")?;
    let new = ref_name(Some(name))?;
    if new == MAIN {
        return Err(Error::invalid("`main` is the library itself, not a draft"));
    }
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let commit = find_commit(&mut work, from).await?;
    let taken = work.tx.refs(actor.workspace, "refs/heads/").await?;
    if let Some((other, ..)) = taken
        .iter()
        .find(|(other, ..)| stand_in_the_way(other, &new))
    {
        return Err(Error::Conflict(format!(
            "a draft `{}` exists already; choose another name than `{name}`",
            draft_name(other)
        )));
    }
    let now = ctx.clock.now();
    work.tx
        .move_ref(actor.workspace, &new, None, Some(commit), now)
        .await?;
    let what = Happening::new("draft.created", format!("draft:{name}")).with_evidence(
        serde_json::json!({"from": from.unwrap_or("main"), "commit": commit.to_string()}),
    );
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", name);
    Ok(commit)
}

/// Whether two branches cannot stand side by side: the same name but for case, or one the folder of
/// the other, which Git keeps as files and folders.
pub(crate) fn stand_in_the_way(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let inside = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    one == other || inside(&one, &other) || inside(&other, &one)
}

/// Deletes a draft; its versions stay in the store and in the audit log, so it can be made again.
pub async fn delete(ctx: &Context, actor: &Actor, name: &str, reason: &str) -> Result<()> {
    access::check(actor, Action::WriteDraft, "")?;
    let ref_name = ref_name(Some(name))?;
    if ref_name == MAIN {
        return Err(Error::invalid(
            "`main` is the library itself and cannot be deleted",
        ));
    }
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let (commit, _) = head_or_missing(&mut work, &ref_name).await?;
    let now = ctx.clock.now();
    work.tx
        .move_ref(actor.workspace, &ref_name, Some(commit), None, now)
        .await?;
    let what = Happening::new("draft.deleted", format!("draft:{name}"))
        .because(reason)
        .with_evidence(serde_json::json!({"commit": commit.to_string()}));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", name);
    Ok(())
}

/// How a person settled a conflict: the content a file shall have, or `None` to delete it.
pub type Resolution = (String, Option<Vec<u8>>);

/// Brings a draft into `main` as a merge commit.
pub async fn publish(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    note: &Note,
    resolutions: &[Resolution],
) -> Result<(Oid, Vec<FileVersion>)> {
    note.check()?;
    access::check_somewhere(actor, Action::Publish)?;
    check_resolutions(resolutions)?;
    let ref_name = ref_name(Some(name))?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let (theirs, _) = head_or_missing(&mut work, &ref_name).await?;
    let (ours, our_data) = head_or_missing(&mut work, MAIN).await?;
    let graph = graph(ctx, &mut work).await?;
    if graph.is_ancestor(&theirs, &ours) {
        return Err(Error::invalid(format!(
            "`{name}` has nothing that `main` does not have"
        )));
    }
    let labels = MergeLabels {
        base: "before".into(),
        ours: "main".into(),
        theirs: name.to_owned(),
    };
    let merge = work
        .with(|overlay| merge_commits(overlay, &graph, ours, theirs, &labels))
        .await?;
    // Before a conflict is shown: it holds the texts of both sides.
    for conflict in &merge.outcome.conflicts {
        access::check(actor, Action::Publish, &conflict.path)?;
    }
    let tree = settle(&mut work, merge, resolutions, ours).await?;
    let changes = work
        .with(|overlay| tree_diff(overlay, Some(our_data.tree), Some(tree)))
        .await?;
    for change in &changes {
        access::check(actor, Action::Publish, &change.path)?;
    }
    access::check(
        actor,
        Action::Publish,
        changes.first().map_or("", |c| c.path.as_str()),
    )?;
    let commit = NewCommitOn {
        name: MAIN,
        tree,
        parents: vec![ours, theirs],
        note,
        author: None,
    };
    let (oid, versions) = write_commit(ctx, &mut work, actor, commit).await?;
    let what = Happening::new("draft.published", format!("draft:{name}"))
        .because(&note.record.problem)
        .with_evidence(serde_json::json!({
            "commit": oid.to_string(),
            "resolved": resolutions.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", "main");
    Ok((oid, versions))
}

fn check_resolutions(resolutions: &[Resolution]) -> Result<()> {
    if resolutions.len() > FILES_PER_SAVE_MAX {
        return Err(Error::invalid(format!(
            "at most {FILES_PER_SAVE_MAX} files can be decided at once"
        )));
    }
    let size = |content: &Option<Vec<u8>>| content.as_ref().map_or(0, Vec::len);
    match resolutions
        .iter()
        .find(|(_, content)| size(content) > FILE_BYTES_MAX)
    {
        None => Ok(()),
        Some((path, _)) => Err(Error::invalid(format!(
            "`{path}` is longer than {FILE_BYTES_MAX} bytes"
        ))),
    }
}

/// The merged tree with the person's decisions; every conflict must be decided.
async fn settle(
    work: &mut Work,
    merge: CommitMerge,
    resolutions: &[Resolution],
    head: Oid,
) -> Result<Oid> {
    let outcome = merge.outcome;
    let open: Vec<_> = outcome
        .conflicts
        .iter()
        .filter(|conflict| !resolutions.iter().any(|(path, _)| *path == conflict.path))
        .cloned()
        .collect();
    if !open.is_empty() {
        return Err(Error::Clash {
            conflicts: open,
            head,
        });
    }
    let in_conflict = |path: &str| outcome.conflicts.iter().any(|c| c.path == path);
    if let Some((path, _)) = resolutions.iter().find(|(path, _)| !in_conflict(path)) {
        return Err(Error::invalid(format!(
            "`{path}` is not in conflict, so there is nothing to decide"
        )));
    }
    let mut edits = Vec::with_capacity(resolutions.len());
    for (path, content) in resolutions {
        let change = match content {
            Some(bytes) => {
                let oid = work.overlay.put(Kind::Blob, bytes.as_slice())?;
                Edit::Upsert {
                    mode: Mode::File,
                    oid,
                }
            }
            None => Edit::Remove,
        };
        edits.push((path.clone(), change));
    }
    work.with(|overlay| edit(overlay, Some(outcome.partial_tree), &edits))
        .await
}
