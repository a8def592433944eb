//! Searches that people keep under a name, for themselves or for everybody.

use serde_json::{Map, Value};
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::ActorId;
use variorum_domain::limits::VIEWS_PER_ACTOR_MAX;
use variorum_domain::view::{self, ViewFault};
use variorum_ports::rows::{ActorRow, ViewRow};

use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// A kept search with its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedView {
    /// What is kept.
    pub row: ViewRow,
    /// The owner's name.
    pub owner: String,
    /// Whether the one who asks may change it.
    pub may_change: bool,
}

/// A search to be kept.
#[derive(Debug, Clone)]
pub struct KeepView {
    /// The name.
    pub name: String,
    /// The question.
    pub find: Map<String, Value>,
    /// Whether everybody sees it.
    pub shared: bool,
    /// Whether it stands ready beside the library.
    pub pinned: bool,
}

/// What is to be different; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeView {
    /// The name.
    pub name: Option<String>,
    /// The question.
    pub find: Option<Map<String, Value>>,
    /// Whether everybody sees it.
    pub shared: Option<bool>,
    /// Whether it stands ready beside the library.
    pub pinned: Option<bool>,
}

fn refused(fault: &ViewFault) -> Error {
    let hint = match fault {
        ViewFault::Name => "give it a shorter name",
        ViewFault::Empty => "look for something first, then keep the search",
        ViewFault::Field(_) => "keep words and filters of a search, e.g. `q`, `channel`, `owner`",
        ViewFault::Long => "look for fewer words",
    };
    Error::invalid_with_hint(fault.to_string(), hint)
}

/// Everybody reads the audit log, so it does not tell what somebody keeps for themselves.
fn evidence_of(row: &ViewRow) -> Value {
    if row.shared {
        serde_json::json!({"name": row.name, "find": row.find, "shared": true})
    } else {
        serde_json::json!({"shared": false})
    }
}

fn owned(actor: &Actor, actors: &[ActorRow], row: ViewRow) -> OwnedView {
    let owner = actors.iter().find(|known| known.id == row.owner);
    OwnedView {
        owner: owner.map_or_else(String::new, |owner| owner.name.clone()),
        may_change: view::check_change(actor, row.owner).is_ok(),
        row,
    }
}

fn named(row: &ViewRow, owner: ActorId, name: &str) -> bool {
    row.owner == owner && row.name.to_lowercase() == name.to_lowercase()
}

/// Keeps a search.
pub async fn keep(ctx: &Context, actor: &Actor, cmd: &KeepView) -> Result<OwnedView> {
    access::check_somewhere(actor, Action::KeepView)?;
    if cmd.shared {
        access::check_somewhere(actor, Action::ShareView)?;
    }
    let name = view::name(&cmd.name).map_err(|fault| refused(&fault))?;
    let find = view::question(&cmd.find).map_err(|fault| refused(&fault))?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let known = work.tx.views(actor.workspace).await?;
    if known.iter().filter(|row| row.owner == actor.id).count() >= VIEWS_PER_ACTOR_MAX {
        return Err(Error::invalid_with_hint(
            format!("you keep {VIEWS_PER_ACTOR_MAX} views already"),
            "take one away that you do not use any more",
        ));
    }
    if known.iter().any(|row| named(row, actor.id, &name)) {
        return Err(taken(&name));
    }
    let now = ctx.clock.now();
    let row = ViewRow {
        workspace: actor.workspace,
        number: work.tx.next_number(actor.workspace, "view").await?,
        owner: actor.id,
        name,
        find,
        shared: cmd.shared,
        pinned: cmd.pinned,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    work.tx.add_view(&row).await?;
    let what = Happening::new("view.kept", format!("view:{}", row.number))
        .with_evidence(evidence_of(&row));
    finish(ctx, actor, work, what, row).await
}

fn taken(name: &str) -> Error {
    Error::Conflict(format!("you keep a view `{name}` already"))
}

/// Records, commits, tells, and answers with the view as it is now.
async fn finish(
    ctx: &Context,
    actor: &Actor,
    mut work: Work,
    what: Happening,
    row: ViewRow,
) -> Result<OwnedView> {
    let actors = work.tx.actors(actor.workspace).await?;
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "view", row.number.to_string());
    Ok(owned(actor, &actors, row))
}

/// The views somebody sees: their own and what others share; pinned ones first, then by name.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<OwnedView>> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let actors = work.tx.actors(actor.workspace).await?;
    let rows = work.tx.views(actor.workspace).await?.into_iter();
    let mut seen: Vec<OwnedView> = rows
        .filter(|row| view::sees(actor, row.owner, row.shared))
        .map(|row| owned(actor, &actors, row))
        .collect();
    seen.sort_by_cached_key(|one| (!one.row.pinned, one.row.name.to_lowercase(), one.row.number));
    Ok(seen)
}

/// One view by its number.
pub async fn show(ctx: &Context, actor: &Actor, number: i64) -> Result<OwnedView> {
    access::check_somewhere(actor, Action::Read)?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let row = seen(&mut work, actor, number).await?;
    let actors = work.tx.actors(actor.workspace).await?;
    Ok(owned(actor, &actors, row))
}

/// What is not shared with somebody is not there for them.
async fn seen(work: &mut Work, actor: &Actor, number: i64) -> Result<ViewRow> {
    let row = work.tx.view(actor.workspace, number).await?;
    let row = row.filter(|row| view::sees(actor, row.owner, row.shared));
    row.ok_or_else(|| Error::not_found("view", number))
}

/// Changes a view: its name, its question, who sees it, whether it stands ready.
pub async fn change(
    ctx: &Context,
    actor: &Actor,
    number: i64,
    cmd: &ChangeView,
) -> Result<OwnedView> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let before = seen(&mut work, actor, number).await?;
    view::check_change(actor, before.owner)?;
    let mut row = before.clone();
    if let Some(name) = &cmd.name {
        row.name = view::name(name).map_err(|fault| refused(&fault))?;
        let known = work.tx.views(actor.workspace).await?;
        let mut others = known.iter().filter(|known| known.number != number);
        if others.any(|known| named(known, row.owner, &row.name)) {
            return Err(taken(&row.name));
        }
    }
    if let Some(find) = &cmd.find {
        row.find = view::question(find).map_err(|fault| refused(&fault))?;
    }
    row.shared = cmd.shared.unwrap_or(row.shared);
    row.pinned = cmd.pinned.unwrap_or(row.pinned);
    if row.shared && !before.shared {
        access::check_somewhere(actor, Action::ShareView)?;
    }
    row.updated_at = ctx.clock.now();
    row.revision += 1;
    work.tx.put_view(&row).await?;
    let what = Happening::new("view.changed", format!("view:{number}")).with_evidence(
        serde_json::json!({"before": evidence_of(&before), "after": evidence_of(&row)}),
    );
    finish(ctx, actor, work, what, row).await
}

/// Takes a view away. What it finds stays as it is.
pub async fn remove(ctx: &Context, actor: &Actor, number: i64) -> Result<()> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let row = seen(&mut work, actor, number).await?;
    view::check_change(actor, row.owner)?;
    work.tx.remove_view(actor.workspace, number).await?;
    let what =
        Happening::new("view.removed", format!("view:{number}")).with_evidence(evidence_of(&row));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "view", number.to_string());
    Ok(())
}
