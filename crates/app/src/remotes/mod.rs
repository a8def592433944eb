//! Remotes: adding, showing and taking away Git repositories elsewhere with which the library is kept
//! in step. Talking to them is the Git door's work; what it brings comes in through [`sync`].

pub mod sync;

use std::collections::BTreeMap;

use variorum_domain::access::{self, Action, Actor, Role, role_at};
use variorum_domain::audit::Happening;
use variorum_domain::id::{ChangeNumber, Oid};
use variorum_domain::limits::REMOTES_MAX;
use variorum_domain::remote::{ARRIVALS, AddressFault, Credential, Direction, RemoteUrl, is_name};
pub use variorum_ports::rows::{RemoteRefRow, RemoteRow};

use crate::context::Context;
use crate::library::draft_name;
use crate::members::new_actor;
use crate::work::Work;
use crate::{Error, Result};

/// What to add.
#[derive(Debug, Clone)]
pub struct AddRemote {
    /// The name it gets here.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Which way versions go.
    pub direction: Direction,
    /// By which name the server finds its secret: `env:…`, `file:…` or nothing.
    pub credential: String,
}

/// A remote with what is remembered of its branches and tags.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The remote.
    pub row: RemoteRow,
    /// Its branches and tags.
    pub refs: Vec<RemoteRefRow>,
    /// Where versions lie that could not simply be taken in, by the branch's full name.
    pub parked: BTreeMap<String, Parked>,
}

/// A draft that holds a remote's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The draft.
    pub draft: String,
    /// The open change that asks for it.
    pub change: Option<ChangeNumber>,
}

/// Adds a remote. What comes from there is brought in by a service of its own, which may publish where
/// versions are taken over, and writes drafts otherwise.
pub async fn add(ctx: &Context, actor: &Actor, cmd: &AddRemote) -> Result<RemoteRow> {
    access::check(actor, Action::Administer, "")?;
    if !is_name(&cmd.name) {
        return Err(Error::invalid_with_hint(
            format!("`{}` cannot be the name of a remote", cmd.name),
            "use up to 30 lower-case letters, digits and `-`, e.g. `origin`",
        ));
    }
    let url = RemoteUrl::parse(&cmd.url).map_err(|fault| faulty(&fault))?;
    let credential = Credential::parse(&cmd.credential).map_err(|fault| faulty(&fault))?;
    must_be_allowed(ctx, &url)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let known = work.tx.remotes(actor.workspace).await?;
    if known.len() >= REMOTES_MAX {
        return Err(Error::invalid(format!(
            "a workspace may have at most {REMOTES_MAX} remotes"
        )));
    }
    if known.iter().any(|row| row.name == cmd.name) {
        return Err(Error::Conflict(format!(
            "there is a remote `{}` already; remove it first, or choose another name",
            cmd.name
        )));
    }
    let now = ctx.clock.now();
    let wanted = if cmd.direction.takes() {
        Role::Publisher
    } else {
        Role::Author
    };
    let role = wanted.min(role_at(actor, "").unwrap_or(Role::Viewer));
    let name = format!("mirror {}", cmd.name);
    let grants = [(role, String::new())];
    let mut service = new_actor(actor.workspace, "service", &name, "", &grants, now);
    service.id = work.tx.add_actor(&service).await?;
    let row = RemoteRow {
        workspace: actor.workspace,
        name: cmd.name.clone(),
        url: url.to_string(),
        direction: cmd.direction.name().to_owned(),
        credential: credential.to_string(),
        actor: service.id,
        added_by: actor.name.clone(),
        added_at: now,
        tried_at: None,
        succeeded_at: None,
        failures: 0,
        problem: String::new(),
        next_at: now,
    };
    work.tx.add_remote(&row).await?;
    // The audit log names the remote, but not by which name its secret is found.
    let what = Happening::new("mirror.added", target(&row.name)).with_evidence(serde_json::json!({
        "url": row.url, "direction": row.direction, "actor": service.id,
    }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "mirror", &row.name);
    Ok(row)
}

fn target(name: &str) -> String {
    format!("mirror:{name}")
}

fn faulty(fault: &AddressFault) -> Error {
    let hint = match fault {
        AddressFault::Secret => {
            "leave it out, and name the secret with `--credential`; if it was a real one, it was sent \
             here: make a new one"
        }
        AddressFault::Credential => {
            "put the secret into a variable or file of the server, and give its name, e.g. \
             `env:VARIORUM_MIRROR_ORIGIN`"
        }
        AddressFault::Malformed(_) | AddressFault::Scheme(_) => {
            "write it like `https://git.example.com/team/library.git`"
        }
    };
    Error::invalid_with_hint(fault.to_string(), hint)
}

fn must_be_allowed(ctx: &Context, url: &RemoteUrl) -> Result<()> {
    if ctx.allowed_remotes.allows(url) {
        return Ok(());
    }
    let list = ctx.allowed_remotes.list();
    let hint = if list.is_empty() {
        "whoever runs the server allows places with `variorum serve --mirror-allow \
         https://git.example.com/team/`"
            .to_owned()
    } else {
        format!("allowed are addresses below {}", list.join(", "))
    };
    Err(Error::invalid_with_hint(
        format!("this server does not go to `{url}`"),
        hint,
    ))
}

/// All remotes, by name.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Shown>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let mut all = Vec::new();
    for row in work.tx.remotes(actor.workspace).await? {
        let refs = work.tx.remote_refs(actor.workspace, &row.name).await?;
        all.push(Shown {
            parked: parked(&mut work, &row, &refs).await?,
            row,
            refs,
        });
    }
    Ok(all)
}

/// One remote with its branches and tags.
pub async fn show(ctx: &Context, actor: &Actor, name: &str) -> Result<Shown> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let row = load(&mut work, name).await?;
    let refs = work.tx.remote_refs(actor.workspace, name).await?;
    Ok(Shown {
        parked: parked(&mut work, &row, &refs).await?,
        row,
        refs,
    })
}

/// The drafts under which a remote's version may lie, the first first.
fn arrival_names(remote: &str, branch: &str, theirs: Oid) -> [String; 3] {
    let plain = format!("{ARRIVALS}{remote}/{branch}");
    let short = theirs.short();
    let further = format!("{plain}-{short}");
    [plain, further, format!("{ARRIVALS}{remote}/{short}")]
}

/// Finds the drafts with what waits here for a person.
async fn parked(
    work: &mut Work,
    row: &RemoteRow,
    refs: &[RemoteRefRow],
) -> Result<BTreeMap<String, Parked>> {
    let mut found = BTreeMap::new();
    for one in refs.iter().filter(|one| !one.problem.is_empty()) {
        let Some(theirs) = one.parked else { continue };
        for draft in arrival_names(&row.name, draft_name(&one.name), theirs) {
            let name = format!("refs/heads/{draft}");
            if work.tx.get_ref(work.workspace, &name).await? != Some(theirs) {
                continue;
            }
            let change = work.tx.open_change(work.workspace, &draft).await?;
            let change = change.map(|change| change.number);
            found.insert(one.name.clone(), Parked { draft, change });
            break;
        }
    }
    Ok(found)
}

async fn load(work: &mut Work, name: &str) -> Result<RemoteRow> {
    let row = work.tx.remote(work.workspace, name).await?;
    row.ok_or_else(|| Error::not_found("mirror", name))
}

/// Asks for a remote to be tried now; what it refused before is offered again.
pub async fn ask(ctx: &Context, actor: &Actor, name: &str) -> Result<RemoteRow> {
    access::check(actor, Action::Administer, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut row = load(&mut work, name).await?;
    row.next_at = ctx.clock.now();
    work.tx.put_remote(&row).await?;
    let mut refs = work.tx.remote_refs(actor.workspace, name).await?;
    refs.retain(|one| one.refused.is_some());
    for one in &mut refs {
        one.refused = None;
    }
    work.tx
        .put_remote_refs(actor.workspace, name, &refs)
        .await?;
    work.record(ctx, actor, Happening::new("mirror.asked", target(name)))
        .await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "mirror", name);
    Ok(row)
}

/// Takes a remote away: nothing goes there or comes from there any more. What came stays.
pub async fn remove(ctx: &Context, actor: &Actor, name: &str, reason: &str) -> Result<()> {
    access::check(actor, Action::Administer, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let row = load(&mut work, name).await?;
    work.tx.remove_remote(actor.workspace, name).await?;
    if let Some(mut service) = work.tx.actor(row.actor).await? {
        service.disabled_at = Some(ctx.clock.now());
        work.tx.put_actor(&service).await?;
    }
    let what = Happening::new("mirror.removed", target(name))
        .because(reason)
        .with_evidence(serde_json::json!({"url": row.url}));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "mirror", name);
    Ok(())
}
