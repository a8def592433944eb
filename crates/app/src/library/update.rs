//! "Update with latest": bringing into a draft what its source has got since.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::Oid;
use variorum_domain::library::MAIN;
use variorum_domain::record::Note;

use super::graphs::graph;
use super::merging::{self, Resolution, Tip, check_resolutions, settle};
use super::save::{NewCommitOn, write_commit};
use super::{head_or_missing, lifecycle, ref_name};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// A draft that has the latest of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// Where the draft stands now.
    pub commit: Oid,
    /// The branch it was updated from.
    pub from: String,
}

/// The two states that somebody looked at before deciding; any where not given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Where the draft stood.
    pub head: Option<Oid>,
    /// Where its source stood.
    pub latest: Option<Oid>,
}

/// Merges the draft's source into it: the draft it came from while that is there, else `main`.
/// Conflicts are decided by a person or end here as [`Error::Clash`].
pub async fn update(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    resolutions: &[Resolution],
) -> Result<Updated> {
    update_seen(ctx, actor, name, resolutions, Seen::default()).await
}

/// The same, refused where either side has moved since it was looked at: what somebody decided for a
/// file replaces it whole, so it must not be put over a text they never saw.
pub async fn update_seen(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    resolutions: &[Resolution],
    seen: Seen,
) -> Result<Updated> {
    access::check(actor, Action::WriteDraft, "")?;
    check_resolutions(resolutions)?;
    let draft_ref = ref_name(Some(name))?;
    if draft_ref == MAIN {
        return Err(Error::invalid(
            "`main` is the library itself and has no source",
        ));
    }
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let (head, _) = head_or_missing(&mut work, &draft_ref).await?;
    let row = lifecycle::row_of(ctx, &mut work, actor, name).await?;
    let (from, source) = source(&mut work, &row.from).await?;
    must_be_as_seen(name, seen.head, head)?;
    must_be_as_seen(&from, seen.latest, source)?;
    let graph = graph(ctx, &mut work).await?;
    if graph.is_ancestor(&source, &head) {
        return Err(Error::invalid_with_hint(
            format!("`{name}` has everything that `{from}` has"),
            "there is nothing to update; go on saving",
        ));
    }
    let commit = if graph.is_ancestor(&head, &source) {
        // Nothing was saved on the draft yet: it simply moves on.
        let now = ctx.clock.now();
        work.tx
            .move_ref(work.workspace, &draft_ref, Some(head), Some(source), now)
            .await?;
        source
    } else {
        let ours = Tip { name, commit: head };
        let theirs = Tip {
            name: &from,
            commit: source,
        };
        let merged = merging::merge(ctx, &mut work, ours, theirs).await?;
        let tree = settle(&mut work, merged.outcome, resolutions, head).await?;
        for (path, _) in resolutions {
            access::check(actor, Action::WriteDraft, path)?;
        }
        let note = Note {
            subject: format!("Update {name} with the latest of {from}"),
            ..Note::default()
        };
        let commit = NewCommitOn {
            name: &draft_ref,
            tree,
            parents: vec![head, source],
            note: &note,
            author: None,
        };
        write_commit(ctx, &mut work, actor, commit).await?.0
    };
    let what =
        Happening::new("draft.updated", format!("draft:{name}")).with_evidence(serde_json::json!({
            "from": from,
            "commit": commit.to_string(),
            "resolved": resolutions.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", name);
    Ok(Updated { commit, from })
}

fn must_be_as_seen(name: &str, seen: Option<Oid>, now: Oid) -> Result<()> {
    if seen.is_none_or(|seen| seen == now) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "`{name}` has moved since you looked at it; nothing was changed"
    )))
}

/// The branch a draft takes its news from, and where it stands.
pub(super) async fn source(work: &mut Work, from: &str) -> Result<(String, Oid)> {
    let is_commit = from.parse::<Oid>().is_ok();
    if from != "main" && !is_commit {
        let parent = work
            .tx
            .get_ref(work.workspace, &ref_name(Some(from))?)
            .await?;
        if let Some(oid) = parent {
            return Ok((from.to_owned(), oid));
        }
    }
    let (oid, _) = head_or_missing(work, MAIN).await?;
    Ok(("main".to_owned(), oid))
}
