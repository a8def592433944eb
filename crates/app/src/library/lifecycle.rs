//! The life of a draft after it was made: closed, deleted, opened again, extended, archived at its
//! end.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::change::Closing;
use variorum_domain::draft::{self as domain, DraftStatus, Due, NewDraft, Rest};
use variorum_domain::id::{Oid, Time, WorkspaceId};
use variorum_domain::library::MAIN;
use variorum_domain::limits::{DRAFT_WARNING_DAYS, PAGE_ROWS_MAX};
use variorum_domain::notice::NoticeKind;

use super::drafts::{self, nothing_in_the_way};
use super::{head_or_missing, ref_name};
use crate::changes::who;
use crate::context::Context;
use crate::notices::{Notify, notify};
use crate::rollouts::system_actor;
use crate::work::Work;
use crate::{Error, Result};

/// The name under which drafts are archived at their end.
const CLOCK_NAME: &str = "Calendar";

/// The row of a draft that has a branch; made now where it is older than these rows.
pub(crate) async fn row_of(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    name: &str,
) -> Result<domain::Draft> {
    if let Some(row) = work.tx.draft(work.workspace, name).await? {
        return Ok(row);
    }
    let row = domain::Draft::start(NewDraft {
        name: name.to_owned(),
        title: String::new(),
        from: "main".to_owned(),
        owner: (actor.id, actor.name.clone()),
        at: ctx.clock.now(),
        ends_at: None,
    })?;
    work.tx.put_draft(work.workspace, &row).await?;
    Ok(row)
}

/// Notes that a draft is in the library; the caller commits.
pub(crate) async fn published(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    name: &str,
    commit: Oid,
) -> Result<()> {
    let mut row = row_of(ctx, work, actor, name).await?;
    row.publish(Rest {
        commit,
        at: ctx.clock.now(),
        by: actor.name.clone(),
        reason: "published".to_owned(),
    })?;
    work.tx.put_draft(work.workspace, &row).await?;
    Ok(())
}

/// Deletes a draft; its versions stay in the store, so it can be restored.
pub async fn delete(ctx: &Context, actor: &Actor, name: &str, reason: &str) -> Result<()> {
    put_to_rest(ctx, actor, name, DraftStatus::Deleted, reason).await
}

/// Closes a draft; it can be opened again.
pub async fn close(ctx: &Context, actor: &Actor, name: &str, reason: &str) -> Result<()> {
    put_to_rest(ctx, actor, name, DraftStatus::Closed, reason).await
}

async fn put_to_rest(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    status: DraftStatus,
    reason: &str,
) -> Result<()> {
    access::check(actor, Action::WriteDraft, "")?;
    if ref_name(Some(name))? == MAIN {
        let message = format!(
            "`main` is the library itself and cannot be {}",
            status.name()
        );
        return Err(Error::invalid(message));
    }
    let mut work = Work::begin(ctx, actor.workspace).await?;
    end(ctx, &mut work, actor, name, status, reason).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", name);
    Ok(())
}

/// Takes the branch away and keeps its commit in the row; an open change of it is closed, too.
async fn end(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    name: &str,
    status: DraftStatus,
    reason: &str,
) -> Result<domain::Draft> {
    let workspace = work.workspace;
    let ref_name = ref_name(Some(name))?;
    let now = ctx.clock.now();
    let branch = work.tx.get_ref(workspace, &ref_name).await?;
    let known = work.tx.draft(workspace, name).await?;
    let rested = known.as_ref().and_then(|row| row.rest.as_ref());
    let commit = branch.or(rested.map(|rest| rest.commit));
    let commit = commit.ok_or_else(|| Error::not_found("draft", name))?;
    let mut row = row_of(ctx, work, actor, name).await?;
    row.end(
        status,
        Rest {
            commit,
            at: now,
            by: actor.name.clone(),
            reason: reason.to_owned(),
        },
    )?;
    if branch.is_some() {
        work.tx
            .move_ref(workspace, &ref_name, branch, None, now)
            .await?;
    }
    work.tx.put_draft(workspace, &row).await?;
    if let Some(mut change) = work.tx.open_change(workspace, name).await? {
        change.close(Closing {
            at: now,
            by: who(actor),
            reason: format!("draft {}: {reason}", status.name()),
        })?;
        work.tx.put_change(workspace, &change).await?;
        let what = Happening::new("change.closed", format!("change:CH-{}", change.number))
            .because(reason)
            .with_evidence(serde_json::json!({"draft": name}));
        work.record(ctx, actor, what).await?;
    }
    let action = match status {
        DraftStatus::Closed => "draft.closed",
        DraftStatus::Archived => "draft.archived",
        _ => "draft.deleted",
    };
    let what = Happening::new(action, format!("draft:{name}"))
        .because(reason)
        .with_evidence(serde_json::json!({"commit": commit.to_string()}));
    work.record(ctx, actor, what).await?;
    Ok(row)
}

/// Opens a closed, archived or deleted draft again, where it stood.
pub async fn reopen(ctx: &Context, actor: &Actor, name: &str, reason: &str) -> Result<()> {
    access::check(actor, Action::WriteDraft, "")?;
    let new = ref_name(Some(name))?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let row = work.tx.draft(actor.workspace, name).await?;
    let mut row = row.ok_or_else(|| Error::not_found("draft", name))?;
    let was = row.status;
    let now = ctx.clock.now();
    let commit = row.reopen(now)?;
    nothing_in_the_way(&mut work, name, &new).await?;
    work.tx
        .move_ref(actor.workspace, &new, None, Some(commit), now)
        .await?;
    work.tx.put_draft(actor.workspace, &row).await?;
    let what = Happening::new("draft.reopened", format!("draft:{name}"))
        .because(reason)
        .with_evidence(serde_json::json!({"commit": commit.to_string(), "was": was.name()}));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", name);
    Ok(())
}

/// What of a draft is changed; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct EditDraft {
    /// The title shown.
    pub title: Option<String>,
    /// When it ends by itself; `Some(None)` for never.
    pub ends_at: Option<Option<Time>>,
}

/// Changes title or end of a draft.
pub async fn edit(ctx: &Context, actor: &Actor, name: &str, cmd: &EditDraft) -> Result<()> {
    access::check(actor, Action::WriteDraft, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let found = drafts::one(ctx, &mut work, name).await?;
    if found.status.has_branch() {
        head_or_missing(&mut work, &ref_name(Some(name))?).await?;
    }
    let mut row = row_of(ctx, &mut work, actor, name).await?;
    row.edit(cmd.title.as_deref(), cmd.ends_at, ctx.clock.now())?;
    work.tx.put_draft(actor.workspace, &row).await?;
    let what = Happening::new("draft.changed", format!("draft:{name}")).with_evidence(
        serde_json::json!({"title": row.title, "ends_at": row.ends_at.map(|end| end.0)}),
    );
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", name);
    Ok(())
}

/// What the clock did to drafts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired {
    /// Drafts whose owners were told that the end is near.
    pub warned: Vec<String>,
    /// Drafts that were archived.
    pub archived: Vec<String>,
}

/// Does [`expire`] for every workspace.
pub async fn expire_everywhere(ctx: &Context) -> Result<()> {
    for workspace in crate::setup::workspaces(ctx).await? {
        expire(ctx, workspace.id).await?;
    }
    Ok(())
}

/// Warns the owners of drafts that end soon, and archives those whose end has come.
pub async fn expire(ctx: &Context, workspace: WorkspaceId) -> Result<Expired> {
    let actor = system_actor(workspace, CLOCK_NAME);
    access::check(&actor, Action::ArchiveDraft, "")?;
    let now = ctx.clock.now();
    let horizon = now.plus_seconds(DRAFT_WARNING_DAYS * 86_400 + 1);
    let mut tx = ctx.store.read().await?;
    let near = tx.drafts_ending(workspace, horizon, PAGE_ROWS_MAX).await?;
    drop(tx);
    let mut done = Expired::default();
    for row in near.into_iter().filter(|row| row.due(now).is_some()) {
        let mut work = Work::begin(ctx, workspace).await?;
        // Somebody may have changed it since.
        let Some(row) = work.tx.draft(workspace, &row.name).await? else {
            continue;
        };
        match row.due(now) {
            None => continue,
            Some(Due::Warn) => {
                warn(ctx, &mut work, row.clone()).await?;
                done.warned.push(row.name.clone());
            }
            Some(Due::Archive) => {
                archive(ctx, &mut work, &actor, &row).await?;
                done.archived.push(row.name.clone());
            }
        }
        work.commit().await?;
        ctx.announce(workspace, "library", row.name);
    }
    Ok(done)
}

async fn warn(ctx: &Context, work: &mut Work, mut row: domain::Draft) -> Result<()> {
    let now = ctx.clock.now();
    row.warned(now);
    work.tx.put_draft(work.workspace, &row).await?;
    let left = row.ends_at.map_or(0, |end| end.seconds() - now.seconds());
    let days = (left + 86_399) / 86_400;
    let days = if days == 1 {
        "a day".to_owned()
    } else {
        format!("{days} days")
    };
    let notice = Notify {
        to: vec![row.owner],
        kind: NoticeKind::DraftEnds,
        target: format!("draft:{}", row.name),
        text: format!(
            "“{}” ends in {days} and is put away then; extend it to go on",
            row.title
        ),
    };
    notify(ctx, work, notice).await
}

async fn archive(ctx: &Context, work: &mut Work, actor: &Actor, row: &domain::Draft) -> Result<()> {
    let reason = "its end date came";
    end(ctx, work, actor, &row.name, DraftStatus::Archived, reason).await?;
    let notice = Notify {
        to: vec![row.owner],
        kind: NoticeKind::DraftEnded,
        target: format!("draft:{}", row.name),
        text: format!(
            "“{}” has ended and was put away; open it again to go on",
            row.title
        ),
    };
    notify(ctx, work, notice).await
}
