//! Changes: asking for a draft to be brought into `main`, looking at it together, bringing it in.

mod diff;
mod facts;
mod merge;
mod review;
mod threads;

use variorum_domain::access::{self, Action, Actor, Role};
use variorum_domain::audit::Happening;
use variorum_domain::change::{Change, ChangeStatus, Closing, Edit, NewChange, Who};
use variorum_domain::id::{ActorId, ChangeNumber};
use variorum_domain::library::MAIN;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::notice::NoticeKind;
use variorum_domain::record::ChangeRecord;
use variorum_ports::rows::ChangeFilter;

use crate::auth::to_actor;
use crate::context::Context;
use crate::library::{drafts, head_or_missing, lifecycle, ref_name};
use crate::notices::{Notify, notify};
use crate::work::Work;
use crate::{Error, Result};

pub use diff::{FileDiff, Preview, file};
pub use facts::{ChangedFile, Judged, View, get, preview, standing};
pub(crate) use facts::{draft_trees, judge, sides_of, tips};
pub(crate) use merge::bring_in;
use merge::trailers;
pub use merge::{MergeChange, MergedChange, merge};
pub use review::{GiveReview, give as review};
pub use threads::{NewThread, accept, begin as comment, reply, settle};

/// People asked to review one change.
const ASKED_MAX: usize = 50;

/// An actor as it stands now.
pub(crate) fn who(actor: &Actor) -> Who {
    Who {
        id: actor.id,
        name: actor.name.clone(),
        email: actor.email.clone(),
    }
}

/// Everybody of the workspace who is not shut out.
pub(crate) async fn people(work: &mut Work) -> Result<Vec<Actor>> {
    let rows = work.tx.actors(work.workspace).await?;
    let here = rows.into_iter().filter(|row| row.disabled_at.is_none());
    Ok(here.map(|row| to_actor(row, Role::Administrator)).collect())
}

pub(crate) async fn load(work: &mut Work, number: ChangeNumber) -> Result<Change> {
    let change = work.tx.change(work.workspace, number).await?;
    change.ok_or_else(|| Error::not_found("change", format!("CH-{number}")))
}

/// What to open.
#[derive(Debug, Clone, Default)]
pub struct OpenChange {
    /// The draft.
    pub draft: String,
    /// One line.
    pub title: String,
    /// More, where needed.
    pub summary: String,
    /// Why, and what is expected.
    pub record: ChangeRecord,
    /// Who is asked to review it: addresses. Where nobody is named, those whose approval the rules
    /// ask for.
    pub reviewers: Vec<String>,
}

/// Opens a change for a draft.
pub async fn open(ctx: &Context, actor: &Actor, cmd: OpenChange) -> Result<Change> {
    access::check(actor, Action::WriteDraft, "")?;
    let draft_ref = ref_name(Some(&cmd.draft))?;
    if draft_ref == MAIN {
        return Err(Error::invalid("`main` is the library itself, not a draft"));
    }
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let (theirs, _) = head_or_missing(&mut work, &draft_ref).await?;
    let (ours, _) = head_or_missing(&mut work, MAIN).await?;
    drafts::must_bring_something(ctx, &mut work, &cmd.draft, theirs, ours).await?;
    if let Some(known) = work.tx.open_change(actor.workspace, &cmd.draft).await? {
        return Err(Error::Conflict(format!(
            "change CH-{} is open for `{}` already",
            known.number, cmd.draft
        )));
    }
    lifecycle::row_of(ctx, &mut work, actor, &cmd.draft).await?;
    let people = people(&mut work).await?;
    let asked = named(&people, &cmd.reviewers)?;
    let change = Change::open(NewChange {
        number: ChangeNumber(work.tx.next_number(actor.workspace, "change").await?),
        draft: cmd.draft,
        title: cmd.title,
        summary: cmd.summary,
        record: cmd.record,
        author: who(actor),
        at: ctx.clock.now(),
        asked,
    })?;
    work.tx.put_change(actor.workspace, &change).await?;
    ask_for_review(ctx, &mut work, actor, &change, &people).await?;
    let what = happening("change.opened", &change)
        .because(&change.record.problem)
        .with_evidence(serde_json::json!({
            "draft": change.draft, "title": change.title, "commit": theirs.to_string(),
        }));
    finish(ctx, work, actor, what, &change).await?;
    Ok(change)
}

/// Tells those who were asked; where nobody was, those whose approval the rules ask for.
async fn ask_for_review(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    change: &Change,
    people: &[Actor],
) -> Result<()> {
    let mut to: Vec<ActorId> = change.asked.iter().map(|who| who.id).collect();
    if to.is_empty() {
        let judged = facts::judge(ctx, work, change).await?;
        let duties = &judged.duties.approvals;
        let could = people.iter().filter(|person| {
            duties
                .iter()
                .any(|duty| judged.policy.is_in(person, &duty.group, &duty.paths))
        });
        to = could.map(|person| person.id).take(ASKED_MAX).collect();
    }
    to.retain(|id| *id != actor.id);
    let notice = Notify {
        to,
        kind: NoticeKind::ReviewAsked,
        target: target(change),
        text: format!("{} asks for a review of “{}”", actor.name, change.title),
    };
    notify(ctx, work, notice).await
}

fn named(people: &[Actor], addresses: &[String]) -> Result<Vec<Who>> {
    if addresses.len() > ASKED_MAX {
        return Err(Error::invalid(format!(
            "at most {ASKED_MAX} people can be asked to review"
        )));
    }
    let find = |address: &String| {
        let known = people
            .iter()
            .find(|person| person.email.eq_ignore_ascii_case(address.trim()));
        known
            .map(who)
            .ok_or_else(|| Error::not_found("person", address))
    };
    addresses.iter().map(find).collect()
}

/// What of a change is edited; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct EditChange {
    /// One line.
    pub title: Option<String>,
    /// More.
    pub summary: Option<String>,
    /// Why, and what is expected.
    pub record: Option<ChangeRecord>,
    /// Who is asked to review it: addresses.
    pub reviewers: Option<Vec<String>>,
}

/// Edits a change.
pub async fn edit(
    ctx: &Context,
    actor: &Actor,
    number: ChangeNumber,
    cmd: EditChange,
) -> Result<Change> {
    access::check(actor, Action::WriteDraft, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut change = load(&mut work, number).await?;
    let people = people(&mut work).await?;
    let asked = match &cmd.reviewers {
        Some(addresses) => Some(named(&people, addresses)?),
        None => None,
    };
    let before: Vec<ActorId> = change.asked.iter().map(|who| who.id).collect();
    change.edit(Edit {
        title: cmd.title,
        summary: cmd.summary,
        record: cmd.record,
        asked,
    })?;
    work.tx.put_change(actor.workspace, &change).await?;
    let asked = change.asked.iter().map(|who| who.id);
    let notice = Notify {
        to: asked
            .filter(|id| !before.contains(id) && *id != actor.id)
            .collect(),
        kind: NoticeKind::ReviewAsked,
        target: target(&change),
        text: format!("{} asks for a review of “{}”", actor.name, change.title),
    };
    notify(ctx, &mut work, notice).await?;
    let what = happening("change.edited", &change).with_evidence(serde_json::json!({
        "title": change.title,
        "record": change.record,
    }));
    finish(ctx, work, actor, what, &change).await?;
    Ok(change)
}

/// Gives a change up; its draft stays.
pub async fn close(
    ctx: &Context,
    actor: &Actor,
    number: ChangeNumber,
    reason: &str,
) -> Result<Change> {
    access::check(actor, Action::WriteDraft, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut change = load(&mut work, number).await?;
    change.close(Closing {
        at: ctx.clock.now(),
        by: who(actor),
        reason: reason.to_owned(),
    })?;
    work.tx.put_change(actor.workspace, &change).await?;
    let what = happening("change.closed", &change).because(reason);
    finish(ctx, work, actor, what, &change).await?;
    Ok(change)
}

/// Takes a change up again.
pub async fn reopen(ctx: &Context, actor: &Actor, number: ChangeNumber) -> Result<Change> {
    access::check(actor, Action::WriteDraft, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut change = load(&mut work, number).await?;
    head_or_missing(&mut work, &ref_name(Some(&change.draft))?).await?;
    let other = work.tx.open_change(actor.workspace, &change.draft).await?;
    if let Some(other) = other.filter(|other| other.number != number) {
        return Err(Error::Conflict(format!(
            "change CH-{} is open for `{}` meanwhile",
            other.number, change.draft
        )));
    }
    change.reopen()?;
    work.tx.put_change(actor.workspace, &change).await?;
    let what = happening("change.reopened", &change);
    finish(ctx, work, actor, what, &change).await?;
    Ok(change)
}

/// Which changes to list.
#[derive(Debug, Clone, Default)]
pub struct ListChanges {
    /// Only with this status.
    pub status: Option<ChangeStatus>,
    /// Only of this draft.
    pub draft: Option<String>,
    /// Only of this author.
    pub author: Option<ActorId>,
    /// Only those for which a review is owed.
    pub owed: bool,
}

/// Changes, newest first.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    asked: ListChanges,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Change>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let filter = ChangeFilter {
        status: asked.status,
        draft: asked.draft,
        author: asked.author,
        owed: asked.owed,
    };
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    Ok(work
        .tx
        .changes(actor.workspace, &filter, below, limit)
        .await?)
}

/// What a change is called in the audit log and in inboxes.
pub(crate) fn target(change: &Change) -> String {
    format!("change:CH-{}", change.number)
}

pub(crate) fn happening(action: &'static str, change: &Change) -> Happening {
    Happening::new(action, target(change))
}

/// Records, commits and tells whoever listens.
async fn finish(
    ctx: &Context,
    mut work: Work,
    actor: &Actor,
    what: Happening,
    change: &Change,
) -> Result<()> {
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "change", change.number.to_string());
    Ok(())
}
