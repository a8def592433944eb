//! Bringing a change in: one commit on `main`, or nothing.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::change::{Change, Merged, Standing};
use variorum_domain::id::{ChangeNumber, Oid};
use variorum_domain::library::MAIN;
use variorum_domain::notice::NoticeKind;
use variorum_domain::policy::{MergeStyle, Way};

use super::facts::{Judged, judge};
use super::{happening, load, target, who};
use crate::context::Context;
use crate::library::drafts::may_change;
use crate::library::graphs::graph;
use crate::library::index::FileVersion;
use crate::library::save::{NewCommitOn, write_commit};
use crate::library::{gate, lifecycle};
use crate::notices::{Notify, notify};
use crate::work::Work;
use crate::{Error, Result};

/// What to bring in.
#[derive(Debug, Clone)]
pub struct MergeChange {
    /// The change.
    pub number: ChangeNumber,
    /// Where the draft stood when it was looked at; any place where not given.
    pub head: Option<Oid>,
}

/// A change that is in the library.
#[derive(Debug, Clone)]
pub struct MergedChange {
    /// The change.
    pub change: Change,
    /// The commit on `main`.
    pub commit: Oid,
    /// The files with their numbers.
    pub versions: Vec<FileVersion>,
}

/// Brings a change in, if nothing blocks it. Of two racing callers exactly one succeeds.
pub async fn merge(ctx: &Context, actor: &Actor, cmd: &MergeChange) -> Result<MergedChange> {
    access::check_somewhere(actor, Action::Publish)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let change = load(&mut work, cmd.number).await?;
    change.must_be_open("published")?;
    let judged = judge(ctx, &mut work, &change).await?;
    if cmd.head.is_some() && cmd.head != judged.head {
        return Err(Error::Conflict(format!(
            "`{}` has moved since you looked at it",
            change.draft
        )));
    }
    if !judged.blockers.is_empty() {
        return Err(Error::Refused(judged.blockers));
    }
    let (commit, versions) = bring_in(ctx, &mut work, actor, &judged, Way::Reviewed).await?;
    let mut change = change;
    change.merge(Merged {
        commit,
        head: head_of(&judged)?,
        at: ctx.clock.now(),
        by: who(actor),
    })?;
    work.tx.put_change(actor.workspace, &change).await?;
    lifecycle::published(ctx, &mut work, actor, &change.draft, head_of(&judged)?).await?;
    let notice = Notify {
        to: concerned(&change, &judged, actor),
        kind: NoticeKind::Merged,
        target: target(&change),
        text: format!("{} published “{}” to the library", actor.name, change.title),
    };
    notify(ctx, &mut work, notice).await?;
    let what = happening("change.merged", &change)
        .because(&change.record.problem)
        .with_evidence(serde_json::json!({
            "commit": commit.to_string(),
            "head": head_of(&judged)?.to_string(),
            "approved_by": approvers(&judged),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", "main");
    ctx.announce(actor.workspace, "change", change.number.to_string());
    Ok(MergedChange {
        change,
        commit,
        versions,
    })
}

fn head_of(judged: &Judged) -> Result<Oid> {
    judged
        .head
        .ok_or_else(|| Error::Internal("a change was judged without its draft".into()))
}

/// Writes the commit of a judged change onto `main`; the caller records and commits.
pub(crate) async fn bring_in(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    judged: &Judged,
    way: Way,
) -> Result<(Oid, Vec<FileVersion>)> {
    let missing = || Error::Internal("a change was judged without its trees".into());
    let tips = judged.tips.ok_or_else(missing)?;
    let (main, before) = (
        judged.main.ok_or_else(missing)?,
        tips.before.ok_or_else(missing)?,
    );
    let action = match way {
        Way::Reviewed | Way::Published | Way::Direct => Action::Publish,
        Way::Emergency => Action::EmergencyPublish,
    };
    may_change(work, actor, action, before, tips.after).await?;
    gate::check_main(ctx, work, Some(before), tips.after, &[&judged.note], way).await?;
    let graph = graph(ctx, work).await?;
    let commits: Vec<Oid> = graph.walk_range(&[tips.head], &[main]).collect();
    gate::check_signed(ctx, work, Some(before), &commits, way).await?;
    let parents = match judged.policy.merge {
        MergeStyle::Merge => vec![main, tips.head],
        MergeStyle::Squash => vec![main],
    };
    let commit = NewCommitOn {
        name: MAIN,
        tree: tips.after,
        parents,
        note: &judged.note,
        author: None,
    };
    write_commit(ctx, work, actor, commit).await
}

/// The trailers of a change's merge: its number, and whose approvals stand.
pub(crate) fn trailers(change: &Change, standing: &Standing<'_>) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    if change.number.0 > 0 {
        lines.push(("Change".to_owned(), format!("CH-{}", change.number)));
    }
    lines.extend(standing.approvals().into_iter().map(|(review, person)| {
        let value = format!(
            "{} <{}> meaning={}",
            person.name, person.email, review.meaning
        );
        ("Approved-by".to_owned(), value)
    }));
    lines
}

fn approvers(judged: &Judged) -> Vec<&str> {
    let lines = judged.note.trailers.iter();
    lines
        .filter(|(name, _)| name == "Approved-by")
        .map(|(_, value)| value.as_str())
        .collect()
}

fn concerned(change: &Change, judged: &Judged, actor: &Actor) -> Vec<variorum_domain::id::ActorId> {
    let reviewers = judged.reviews.iter().map(|review| review.by.id);
    let all = reviewers.chain([change.author.id]);
    all.filter(|id| *id != actor.id).collect()
}
