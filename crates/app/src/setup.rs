//! The first minute: making a workspace and its first administrator, and starting the process.

use variorum_domain::access::{self, Action, Actor, Role};
use variorum_domain::audit::Happening;
use variorum_domain::id::WorkspaceId;
use variorum_domain::library::MAIN;
use variorum_ports::rows::WorkspaceRow;

use crate::auth::to_actor;
use crate::context::Context;
use crate::library::index;
use crate::members::new_actor;
use crate::work::Work;
use crate::{Error, Result, columns, events, serving};

/// A workspace to be made.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    /// The short name in addresses.
    pub name: String,
    /// The title shown.
    pub title: String,
    /// Whether it is the sample.
    pub sample: bool,
    /// The first administrator's name.
    pub administrator: String,
    /// The first administrator's address.
    pub email: String,
}

/// Makes a workspace with its first administrator.
pub async fn create_workspace(ctx: &Context, cmd: &NewWorkspace) -> Result<Actor> {
    let fine = !cmd.name.is_empty()
        && cmd.name.len() <= 60
        && cmd
            .name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !fine {
        return Err(Error::invalid(format!(
            "`{}` cannot be the name of a workspace: use up to 60 lower-case letters, digits and `-`",
            cmd.name
        )));
    }
    let mut work = Work::begin(ctx, WorkspaceId(0)).await?;
    let known = work.tx.workspaces().await?;
    if known.iter().any(|row| row.name == cmd.name) {
        return Err(Error::Conflict(format!(
            "a workspace `{}` exists already",
            cmd.name
        )));
    }
    let now = ctx.clock.now();
    let row = WorkspaceRow {
        id: WorkspaceId(0),
        name: cmd.name.clone(),
        title: cmd.title.clone(),
        sample: cmd.sample,
        created_at: now,
    };
    let id = work.tx.add_workspace(&row).await?;
    work.workspace = id;
    let grants = [(Role::Administrator, String::new())];
    let mut person = new_actor(id, "person", &cmd.administrator, &cmd.email, &grants, now);
    person.id = work.tx.add_actor(&person).await?;
    index::mark_current(&mut work).await?;
    let actor = to_actor(person, Role::Administrator);
    let what = Happening::new("workspace.created", format!("workspace:{}", cmd.name))
        .with_evidence(serde_json::json!({"title": cmd.title, "sample": cmd.sample}));
    work.record(ctx, &actor, what).await?;
    work.commit().await?;
    Ok(actor)
}

/// Throws everything a sample workspace holds away; people, tokens and the audit log stay.
pub async fn clear_sample(ctx: &Context, actor: &Actor) -> Result<()> {
    access::check(actor, Action::Administer, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let known = work.tx.workspaces().await?;
    let row = known.into_iter().find(|row| row.id == actor.workspace);
    let row = row.ok_or_else(|| Error::not_found("workspace", actor.workspace))?;
    if !row.sample {
        return Err(Error::invalid_with_hint(
            "only a sample workspace can be thrown away",
            "this one holds your own work; export it if you want to move it",
        ));
    }
    work.tx.clear_workspace(actor.workspace).await?;
    let what = Happening::new("sample.reset", format!("workspace:{}", row.name));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    columns::clear(ctx, actor.workspace).await?;
    forget(ctx, actor.workspace);
    Ok(())
}

/// Forgets what the process keeps of a workspace.
pub fn forget(ctx: &Context, workspace: WorkspaceId) {
    ctx.pipeline.forget_workspace(workspace);
    ctx.serving.forget(workspace);
    ctx.graphs.forget(workspace);
    ctx.impact.forget(workspace);
    ctx.comparisons.forget(workspace);
    ctx.watch.forget(workspace);
    ctx.attribution.forget(workspace);
    ctx.objects.forget(workspace);
    ctx.auth.clear();
}

/// All workspaces, oldest first.
pub async fn workspaces(ctx: &Context) -> Result<Vec<WorkspaceRow>> {
    Ok(ctx.store.read().await?.workspaces().await?)
}

/// Whether a library holds no version yet.
pub async fn is_empty(ctx: &Context, workspace: WorkspaceId) -> Result<bool> {
    let mut work = Work::read(ctx, workspace).await?;
    Ok(work.tx.get_ref(workspace, MAIN).await?.is_none())
}

/// Brings what an older program derived up to date, and fills what is kept in memory: what is live,
/// and the running statistics.
pub async fn start(ctx: &Context) -> Result<()> {
    for workspace in workspaces(ctx).await? {
        index::bring_up_to_date(ctx, workspace.id).await?;
        serving::refresh(ctx, workspace.id).await?;
    }
    events::restore(ctx).await
}
