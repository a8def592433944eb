//! Giving a review.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::change::{Change, ChangeError, ChangeStatus, Review, Verdict};
use variorum_domain::id::{ActorId, ChangeNumber, Oid};
use variorum_domain::limits::REVIEWS_PER_CHANGE_MAX;
use variorum_domain::notice::{NoticeKind, mentioned};

use super::{happening, load, people, target, who};
use crate::context::Context;
use crate::library::ref_name;
use crate::notices::{Notify, notify};
use crate::work::Work;
use crate::{Error, Result};

/// A review to be given.
#[derive(Debug, Clone)]
pub struct GiveReview {
    /// Which change.
    pub number: ChangeNumber,
    /// What it says.
    pub verdict: Verdict,
    /// What an approval means.
    pub meaning: String,
    /// In words.
    pub note: String,
    /// Where the draft stood when it was looked at; any place where not given.
    pub head: Option<Oid>,
}

/// Gives a review. After an emergency, a verdict by somebody else is the review that was owed.
pub async fn give(ctx: &Context, actor: &Actor, cmd: GiveReview) -> Result<Change> {
    let action = match cmd.verdict {
        Verdict::Comment => Action::Comment,
        Verdict::Approve | Verdict::RequestChanges => Action::Review,
    };
    access::check_somewhere(actor, action)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut change = load(&mut work, cmd.number).await?;
    let owes = change.owes_review();
    if !owes {
        change.must_be_open("reviewed")?;
    }
    if cmd.verdict == Verdict::Approve && change.author.id == actor.id {
        return Err(ChangeError::OwnChange("approve").into());
    }
    let head = seen(&mut work, &change, cmd.head).await?;
    let known = work.tx.reviews(actor.workspace, cmd.number).await?;
    if known.len() >= REVIEWS_PER_CHANGE_MAX {
        let message = format!("a change takes at most {REVIEWS_PER_CHANGE_MAX} reviews");
        return Err(Error::invalid(message));
    }
    let review = Review {
        by: who(actor),
        verdict: cmd.verdict,
        meaning: cmd.meaning,
        note: cmd.note,
        commit: head,
        at: ctx.clock.now(),
    };
    review.check()?;
    work.tx
        .add_review(actor.workspace, cmd.number, &review)
        .await?;
    if owes && cmd.verdict != Verdict::Comment {
        change.pay_review(who(actor), ctx.clock.now())?;
        work.tx.put_change(actor.workspace, &change).await?;
    }
    tell(ctx, &mut work, actor, &change, &review).await?;
    let what = happening("change.reviewed", &change)
        .because(&review.note)
        .with_evidence(serde_json::json!({
            "verdict": review.verdict.name(),
            "meaning": review.meaning,
            "commit": review.commit.to_string(),
            "owed": owes,
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "change", change.number.to_string());
    Ok(change)
}

/// The state that was looked at; it must be the one that is there.
async fn seen(work: &mut Work, change: &Change, looked_at: Option<Oid>) -> Result<Oid> {
    let head = match (&change.status, &change.merged) {
        (ChangeStatus::Merged, Some(merged)) => Some(merged.head),
        _ => {
            let name = ref_name(Some(&change.draft))?;
            work.tx.get_ref(work.workspace, &name).await?
        }
    };
    let head = head.ok_or_else(|| Error::not_found("draft", &change.draft))?;
    if looked_at.is_some_and(|seen| seen != head) {
        return Err(Error::Conflict(format!(
            "`{}` has moved since you looked at it",
            change.draft
        )));
    }
    Ok(head)
}

async fn tell(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    change: &Change,
    review: &Review,
) -> Result<()> {
    let (kind, verb) = match review.verdict {
        Verdict::Approve => (NoticeKind::Approved, "approved"),
        Verdict::RequestChanges => (NoticeKind::ChangesRequested, "asked for changes to"),
        Verdict::Comment => (NoticeKind::Commented, "commented on"),
    };
    let author = Notify {
        to: vec![change.author.id],
        kind,
        target: target(change),
        text: format!("{} {verb} “{}”", actor.name, change.title),
    };
    if change.author.id != actor.id {
        notify(ctx, work, author).await?;
    }
    tell_mentioned(ctx, work, actor, change, &review.note).await
}

/// Tells the people a text names.
pub(super) async fn tell_mentioned(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    change: &Change,
    text: &str,
) -> Result<()> {
    if !text.contains('@') {
        return Ok(());
    }
    let people = people(work).await?;
    let named = mentioned(text, people.iter().map(|one| (one.id, one.email.as_str())));
    let to: Vec<ActorId> = named.into_iter().filter(|id| *id != actor.id).collect();
    let notice = Notify {
        to,
        kind: NoticeKind::Mentioned,
        target: target(change),
        text: format!("{} named you in “{}”", actor.name, change.title),
    };
    notify(ctx, work, notice).await
}
