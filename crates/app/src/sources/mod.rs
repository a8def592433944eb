//! Sources: places elsewhere whose signed webhooks become events. Adding, changing, pausing and taking
//! them away; what a delivery comes to is decided in [`deliver`].

mod admit;
mod receipts;
mod take;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use variorum_domain::access::{self, Action, Actor, Role};
use variorum_domain::audit::Happening;
use variorum_domain::id::hex;
use variorum_domain::library::Library;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::source::{ROTATION_HOURS, SOURCES_MAX, Shape, ShapeFault, is_name};
use variorum_domain::webhook::{SECRET_PREFIX, Scheme, secret_fault};
pub use variorum_ports::store::{ReceiptRow, SourceRow};

pub use admit::{Paces, admit};
pub use receipts::{Receipts, note};
pub use take::{Outcome, Refusal, Taken, Trial, Tried, deliver, try_out};

use crate::context::Context;
use crate::library::read;
use crate::members::new_actor;
use crate::work::Work;
use crate::{Error, Result};

/// A source to be added.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// The name it gets.
    pub name: String,
    /// The environment of which it tells.
    pub environment: String,
    /// In which way its deliveries are signed.
    pub scheme: Scheme,
    /// How its bodies are read.
    pub shape: Shape,
    /// The secret, where the sender made it; one is made here otherwise.
    pub secret: Option<String>,
}

/// What a source is to become.
#[derive(Debug, Clone)]
pub struct ChangeSource {
    /// The environment of which it tells.
    pub environment: String,
    /// How its bodies are read.
    pub shape: Shape,
    /// The revision that was seen; refused where somebody else changed it since.
    pub revision: Option<i64>,
}

/// Another secret for a source.
#[derive(Debug, Clone, Default)]
pub struct RotateSource {
    /// The secret, where the sender made it; one is made here otherwise.
    pub secret: Option<String>,
    /// The secret before does not count any more from now on, rather than for another day.
    pub at_once: bool,
}

/// A source with how its bodies are read.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The source.
    pub row: SourceRow,
    /// How its bodies are read.
    pub shape: Shape,
    /// What became of its last deliveries, the newest first.
    pub receipts: Vec<ReceiptRow>,
}

impl From<ShapeFault> for Error {
    fn from(fault: ShapeFault) -> Self {
        let hint = match &fault {
            ShapeFault::Field(_) => {
                "say at which pointer it stands, or give a value for all events"
            }
            ShapeFault::Pointer(_) => {
                "look at a delivery of the sender and write the way to the field"
            }
            ShapeFault::Kpi(_) => {
                "add it to `kpis` of `library.yaml` first, or choose one that is there"
            }
            ShapeFault::TooMany { .. } => "keep fewer of them, or make two sources of it",
            ShapeFault::Kind => "e.g. let the name `email.delivered` lead to `exposure`",
            ShapeFault::Mapping(_) => {
                "take a name of the IANA list, e.g. `America/New_York`, or `UTC`"
            }
        };
        Self::invalid_with_hint(fault.to_string(), hint)
    }
}

/// How a stored source reads its bodies.
fn shape_of(row: &SourceRow) -> Result<Shape> {
    serde_json::from_str(&row.shape)
        .map_err(|error| Error::Internal(format!("source {}: {error}", row.name)))
}

fn shown(row: SourceRow, receipts: Vec<ReceiptRow>) -> Result<Shown> {
    Ok(Shown {
        shape: shape_of(&row)?,
        row,
        receipts,
    })
}

fn target(row: &SourceRow) -> String {
    format!("source:{}", row.name)
}

fn check_settings(library: &Library, environment: &str, shape: &Shape) -> Result<()> {
    if !library.environments.iter().any(|one| one == environment) {
        let known = library.environments.join("`, `");
        return Err(Error::invalid_with_hint(
            format!("the library has no environment `{environment}`"),
            format!("choose one of `{known}`"),
        ));
    }
    Ok(shape.check(library)?)
}

/// The secret that is to count, and the same again where it was made here and is to be shown.
fn secret_for(
    ctx: &Context,
    scheme: Scheme,
    given: Option<String>,
) -> Result<(String, Option<String>)> {
    let Some(given) = given else {
        let made = format!("{SECRET_PREFIX}{}", STANDARD.encode(ctx.ids.secret()));
        return Ok((made.clone(), Some(made)));
    };
    if let Some(fault) = secret_fault(scheme, &given) {
        return Err(Error::invalid_with_hint(
            fault,
            "copy it from the sender's settings, or leave it out and have one made",
        ));
    }
    Ok((given, None))
}

async fn load(work: &mut Work, name: &str) -> Result<SourceRow> {
    let row = work.tx.source(work.workspace, name).await?;
    row.ok_or_else(|| Error::not_found("source", name))
}

/// Adds a source; also the secret, where it was made here. It is never shown again.
pub async fn add(ctx: &Context, actor: &Actor, cmd: NewSource) -> Result<(Shown, Option<String>)> {
    access::check(actor, Action::Administer, "")?;
    if !is_name(&cmd.name) {
        return Err(Error::invalid_with_hint(
            format!("`{}` cannot be the name of a source", cmd.name),
            "use up to 40 lower-case letters, digits and `-`, e.g. `shop`",
        ));
    }
    let library = read::settings_of_main(ctx, actor).await?;
    check_settings(&library, &cmd.environment, &cmd.shape)?;
    let (secret, to_show) = secret_for(ctx, cmd.scheme, cmd.secret)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let known = work.tx.sources(actor.workspace).await?;
    if known.len() >= SOURCES_MAX {
        return Err(Error::invalid(format!(
            "a workspace may have at most {SOURCES_MAX} sources"
        )));
    }
    if known.iter().any(|row| row.name == cmd.name) {
        return Err(Error::Conflict(format!(
            "there is a source `{}` already; remove it first, or choose another name",
            cmd.name
        )));
    }
    let now = ctx.clock.now();
    let name = format!("source {}", cmd.name);
    let grants = [(Role::Viewer, String::new())];
    let mut service = new_actor(actor.workspace, "service", &name, "", &grants, now);
    service.id = work.tx.add_actor(&service).await?;
    let row = SourceRow {
        workspace: actor.workspace,
        number: work.tx.next_number(actor.workspace, "source").await?,
        handle: format!("{}-{}", cmd.name, hex(&ctx.ids.secret()[..6])),
        name: cmd.name,
        environment: cmd.environment,
        scheme: cmd.scheme.name().to_owned(),
        shape: written(&cmd.shape)?,
        actor: service.id,
        secret,
        secret_before: String::new(),
        before_until: None,
        paused_at: None,
        ended_at: None,
        added_by: actor.name.clone(),
        added_at: now,
        revision: 1,
    };
    work.tx.add_source(&row).await?;
    let what =
        Happening::new("source.added", target(&row)).with_evidence(evidence(&row, &cmd.shape));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "source", &row.name);
    Ok((shown(row, Vec::new())?, to_show))
}

fn written(shape: &Shape) -> Result<String> {
    serde_json::to_string(shape).map_err(|error| Error::Internal(error.to_string()))
}

/// What the audit log keeps: all but the secrets.
fn evidence(row: &SourceRow, shape: &Shape) -> serde_json::Value {
    json!({
        "address": format!("/hooks/{}", row.handle),
        "environment": row.environment,
        "signed": row.scheme,
        "service": row.actor,
        "reads": shape,
    })
}

/// All sources, by name, each with its newest receipt.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Shown>> {
    access::check(actor, Action::Read, "")?;
    note(ctx).await?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let mut all = Vec::new();
    for row in work.tx.sources(actor.workspace).await? {
        let receipts = work.tx.receipts(actor.workspace, row.number, 1).await?;
        all.push(shown(row, receipts)?);
    }
    Ok(all)
}

/// One source with what became of its last deliveries.
pub async fn show(ctx: &Context, actor: &Actor, name: &str) -> Result<Shown> {
    access::check(actor, Action::Read, "")?;
    note(ctx).await?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let row = load(&mut work, name).await?;
    let receipts = work
        .tx
        .receipts(actor.workspace, row.number, PAGE_ROWS_MAX)
        .await?;
    shown(row, receipts)
}

/// Changes how a source's bodies are read. What came in stays as it was read.
pub async fn change(ctx: &Context, actor: &Actor, name: &str, cmd: &ChangeSource) -> Result<Shown> {
    access::check(actor, Action::Administer, "")?;
    let library = read::settings_of_main(ctx, actor).await?;
    check_settings(&library, &cmd.environment, &cmd.shape)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut row = load(&mut work, name).await?;
    if cmd.revision.is_some_and(|seen| seen != row.revision) {
        return Err(Error::Conflict(format!(
            "somebody else changed source `{name}` meanwhile"
        )));
    }
    row.environment.clone_from(&cmd.environment);
    row.shape = written(&cmd.shape)?;
    let what =
        Happening::new("source.changed", target(&row)).with_evidence(evidence(&row, &cmd.shape));
    put(ctx, actor, work, &mut row, what).await?;
    shown(row, Vec::new())
}

/// Gives a source another secret. The one before counts for another day, so that the sender can be told
/// in between; at once not, where it has become known.
pub async fn rotate(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    cmd: RotateSource,
) -> Result<(Shown, Option<String>)> {
    access::check(actor, Action::Administer, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut row = load(&mut work, name).await?;
    let scheme = scheme_of(&row)?;
    let (secret, to_show) = secret_for(ctx, scheme, cmd.secret)?;
    let before = std::mem::replace(&mut row.secret, secret);
    let until = ctx.clock.now().plus_seconds(ROTATION_HOURS * 3_600);
    (row.secret_before, row.before_until) = if cmd.at_once {
        (String::new(), None)
    } else {
        (before, Some(until))
    };
    let what = Happening::new("source.rotated", target(&row))
        .with_evidence(json!({"at_once": cmd.at_once}));
    put(ctx, actor, work, &mut row, what).await?;
    Ok((shown(row, Vec::new())?, to_show))
}

fn scheme_of(row: &SourceRow) -> Result<Scheme> {
    let unknown = || Error::Internal(format!("source {} is signed in an unknown way", row.name));
    Scheme::from_name(&row.scheme).ok_or_else(unknown)
}

/// Takes nothing more for the time being; senders are told to try again later.
pub async fn pause(ctx: &Context, actor: &Actor, name: &str, reason: &str) -> Result<Shown> {
    set_paused(ctx, actor, name, (true, reason)).await
}

/// Takes deliveries again.
pub async fn resume(ctx: &Context, actor: &Actor, name: &str, reason: &str) -> Result<Shown> {
    set_paused(ctx, actor, name, (false, reason)).await
}

async fn set_paused(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    (paused, reason): (bool, &str),
) -> Result<Shown> {
    access::check(actor, Action::Administer, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut row = load(&mut work, name).await?;
    if row.paused_at.is_some() == paused {
        let how = if paused { "paused" } else { "running" };
        return Err(Error::Conflict(format!("source `{name}` is {how} already")));
    }
    row.paused_at = paused.then(|| ctx.clock.now());
    let action = if paused {
        "source.paused"
    } else {
        "source.resumed"
    };
    let what = Happening::new(action, target(&row)).because(reason);
    put(ctx, actor, work, &mut row, what).await?;
    shown(row, Vec::new())
}

/// Takes a source away: senders are told that its address is gone. What came in stays.
pub async fn remove(ctx: &Context, actor: &Actor, name: &str, reason: &str) -> Result<()> {
    access::check(actor, Action::Administer, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut row = load(&mut work, name).await?;
    let now = ctx.clock.now();
    row.ended_at = Some(now);
    row.secret.clear();
    row.secret_before.clear();
    row.before_until = None;
    if let Some(mut service) = work.tx.actor(row.actor).await? {
        service.disabled_at = Some(now);
        work.tx.put_actor(&service).await?;
    }
    let what = Happening::new("source.removed", target(&row)).because(reason);
    put(ctx, actor, work, &mut row, what).await
}

/// Writes a changed source with its entry.
async fn put(
    ctx: &Context,
    actor: &Actor,
    mut work: Work,
    row: &mut SourceRow,
    what: Happening,
) -> Result<()> {
    row.revision += 1;
    work.tx.put_source(row).await?;
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "source", &row.name);
    Ok(())
}
