//! Taking a saved version back: a new version that undoes what it did and keeps what came after.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::Oid;
use variorum_domain::library::MAIN;
use variorum_domain::policy::Way;
use variorum_domain::record::Note;
use variorum_domain::redirect::REDIRECTS_FILE;
use variorum_git::diff::tree_diff;
use variorum_git::merge::{MergeLabels, merge_trees};

use crate::context::Context;
use crate::library::save::{NewCommitOn, Saved, write_commit};
use crate::library::{draft_name, gate, graphs, head_or_missing, ref_name};
use crate::work::Work;
use crate::{Error, Result};

/// Which version to take back.
#[derive(Debug, Clone)]
pub struct Undo {
    /// The draft; `main` where not given.
    pub draft: Option<String>,
    /// The commit.
    pub commit: Oid,
    /// Why.
    pub note: Note,
}

/// Takes a saved version back.
pub async fn undo(ctx: &Context, actor: &Actor, cmd: &Undo) -> Result<Saved> {
    cmd.note.check()?;
    let name = ref_name(cmd.draft.as_deref())?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let (head, data) = head_or_missing(&mut work, &name).await?;
    let known = work.tx.commits(work.workspace, &[cmd.commit]).await?;
    let known = known.into_iter().next();
    let known = known.ok_or_else(|| Error::not_found("version", cmd.commit))?;
    let graph = graphs::graph(ctx, &mut work).await?;
    if !graph.is_ancestor(&cmd.commit, &head) {
        return Err(Error::not_found("version", cmd.commit));
    }
    let [parent] = known.parents.as_slice() else {
        return Err(Error::invalid_with_hint(
            "only a version with one version before it can be taken back",
            "a merge brings several; take back the versions it brought one by one",
        ));
    };
    let before = work.commit_data(*parent).await?.tree;
    let labels = MergeLabels {
        base: "the version taken back".into(),
        ours: "now".into(),
        theirs: "before it".into(),
    };
    let (base, ours) = (known.tree, data.tree);
    let merged = work
        .with(|overlay| merge_trees(overlay, Some(base), ours, before, &labels))
        .await?;
    let Some(tree) = merged.tree else {
        let conflicts = merged.conflicts;
        return Err(Error::Clash { conflicts, head });
    };
    check(ctx, &mut work, actor, (&name, ours, tree), &cmd.note).await?;
    let commit = NewCommitOn {
        name: &name,
        tree,
        parents: vec![head],
        note: &cmd.note,
        author: None,
    };
    let (oid, versions) = write_commit(ctx, &mut work, actor, commit).await?;
    let what = Happening::new("version.undone", format!("draft:{}", draft_name(&name)))
        .because(&cmd.note.subject)
        .with_evidence(serde_json::json!({
            "commit": oid.to_string(), "undone": cmd.commit.to_string(),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    let draft = draft_name(&name).to_owned();
    ctx.announce(actor.workspace, "library", draft.clone());
    Ok(Saved {
        commit: oid,
        draft,
        versions,
        joined: Vec::new(),
    })
}

/// Rights, and the rules of the library.
async fn check(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    (name, ours, tree): (&str, Oid, Oid),
    note: &Note,
) -> Result<()> {
    let action = if name == MAIN {
        Action::Publish
    } else {
        Action::WriteDraft
    };
    let changes = work
        .with(|overlay| tree_diff(overlay, Some(ours), Some(tree)))
        .await?;
    if changes.is_empty() {
        return Err(Error::invalid(
            "nothing of that version is left to take back",
        ));
    }
    for change in changes
        .iter()
        .filter(|change| change.path != REDIRECTS_FILE)
    {
        access::check(actor, action, &change.path)?;
    }
    if name == MAIN {
        gate::check_main(ctx, work, Some(ours), tree, &[note], Way::Direct).await?;
    }
    Ok(())
}
