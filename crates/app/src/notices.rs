//! Inboxes: telling people what they should know of, and what they have read.

use std::collections::BTreeSet;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::{ActorId, NoticeId};
use variorum_domain::limits::{PAGE_ROWS_MAX, SUBJECT_CHARS_MAX};
use variorum_domain::notice::{Notice, NoticeKind};

use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// What to tell, and whom.
#[derive(Debug, Clone)]
pub(crate) struct Notify {
    /// Whom; each once.
    pub to: Vec<ActorId>,
    /// What it is about.
    pub kind: NoticeKind,
    /// What it points to.
    pub target: String,
    /// In one sentence.
    pub text: String,
}

/// Puts a line into inboxes; the caller commits.
pub(crate) async fn notify(ctx: &Context, work: &mut Work, what: Notify) -> Result<()> {
    let at = ctx.clock.now();
    let text: String = what.text.chars().take(2 * SUBJECT_CHARS_MAX).collect();
    let to: BTreeSet<ActorId> = what.to.into_iter().filter(|id| id.0 > 0).collect();
    let lines: Vec<Notice> = to
        .into_iter()
        .map(|actor| Notice {
            id: NoticeId(0),
            actor,
            kind: what.kind,
            target: what.target.clone(),
            text: text.clone(),
            at,
            read_at: None,
        })
        .collect();
    work.tx.add_notices(work.workspace, &lines).await?;
    Ok(())
}

/// The actor's own inbox, newest first, with the number of lines they have not read.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    unread_only: bool,
    below: Option<i64>,
    limit: usize,
) -> Result<(Vec<Notice>, i64)> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let rows = work
        .tx
        .notices(actor.workspace, actor.id, unread_only, below, limit)
        .await?;
    let unread = work.tx.unread_notices(actor.workspace, actor.id).await?;
    Ok((rows, unread))
}

/// Marks a line of the actor's own inbox as read, or all up to it; returns how many are unread now.
///
/// What somebody has read is theirs and is not recorded in the audit log.
pub async fn mark_read(
    ctx: &Context,
    actor: &Actor,
    notice: NoticeId,
    all_before: bool,
) -> Result<i64> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let now = ctx.clock.now();
    let workspace = actor.workspace;
    work.tx
        .read_notices(workspace, actor.id, notice, all_before, now)
        .await?;
    let unread = work.tx.unread_notices(workspace, actor.id).await?;
    work.commit().await?;
    Ok(unread)
}
