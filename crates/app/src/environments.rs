//! What is live: going live at once, and going back.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::canonical;
use variorum_domain::id::ReleaseNumber;
use variorum_domain::release::Environment;
use variorum_domain::watch::HappenedKind;

use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result, lives, releases, rollouts, serving, stop};

/// All environments: those that have something live, and those the library names.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Environment>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let mut known = work.tx.environments(actor.workspace).await?;
    let (settings, _) = crate::library::main_settings(&mut work).await?;
    let mut result = Vec::new();
    for name in &settings.environments {
        let place = known
            .iter()
            .position(|environment| environment.name == *name);
        let found = place.map(|place| known.remove(place));
        result.push(found.unwrap_or_else(|| Environment::empty(name)));
    }
    result.extend(known);
    Ok(result)
}

/// The environment of that name (the library's first where none is given), even if nothing is live
/// in it yet; an unknown one is not found.
pub(crate) async fn load(work: &mut Work, name: Option<&str>) -> Result<Environment> {
    let (settings, _) = crate::library::main_settings(work).await?;
    let name = match name {
        Some(name) => name.to_owned(),
        None => settings.environments.first().cloned().unwrap_or_default(),
    };
    if let Some(known) = work.tx.environment(work.workspace, &name).await? {
        return Ok(known);
    }
    if settings.environments.contains(&name) {
        return Ok(Environment::empty(&name));
    }
    Err(Error::not_found("environment", name))
}

/// Makes a release live for everybody at once.
pub async fn go_live(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    release: ReleaseNumber,
    reason: &str,
) -> Result<Environment> {
    access::check(actor, Action::GoLive, "")?;
    lives::prepare(ctx).await;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let before = load(&mut work, Some(name)).await?;
    rollouts::must_not_be_taken_back(&mut work, &before.name, release).await?;
    let after = go_live_in(ctx, &mut work, actor, &before, release, reason).await?;
    announce(ctx, work, actor, after).await
}

/// Makes a release live within other work; the caller commits and refreshes what is served.
pub(crate) async fn go_live_in(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    before: &Environment,
    release: ReleaseNumber,
    reason: &str,
) -> Result<Environment> {
    let why = (reason, serde_json::json!({}));
    go_live_with(ctx, work, actor, before, release, why).await
}

/// The same with further evidence for its entry.
pub(crate) async fn go_live_with(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    before: &Environment,
    release: ReleaseNumber,
    (reason, evidence): (&str, serde_json::Value),
) -> Result<Environment> {
    must_have_no_rollout(before)?;
    stop::check_not_stopped(work, &before.name).await?;
    releases::load(work, release).await?;
    if before.release == Some(release) {
        return Err(Error::invalid(format!(
            "release {release} is live in `{}` already",
            before.name
        )));
    }
    serving::release(ctx, work, release).await?;
    let after = point_to(before, release);
    let action = ("environment.went-live", reason, evidence);
    put(ctx, work, actor, action, before, &after).await?;
    Ok(after)
}

/// Goes back to the release that was live before; one pointer moves.
pub async fn roll_back(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    reason: &str,
) -> Result<Environment> {
    access::check(actor, Action::RollBack, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let before = load(&mut work, Some(name)).await?;
    must_have_no_rollout(&before)?;
    let previous = before
        .previous
        .ok_or_else(|| Error::invalid(format!("`{name}` has no earlier release to go back to")))?;
    let after = point_to(&before, previous);
    let action = ("environment.rolled-back", reason, serde_json::json!({}));
    put(ctx, &mut work, actor, action, &before, &after).await?;
    announce(ctx, work, actor, after).await
}

fn must_have_no_rollout(environment: &Environment) -> Result<()> {
    match environment.rollout {
        None => Ok(()),
        Some(number) => Err(Error::Conflict(format!(
            "rollout `R-{number}` is running in `{}`; finish it or roll it back first",
            environment.name
        ))),
    }
}

/// The environment with another release live.
pub(crate) fn point_to(before: &Environment, release: ReleaseNumber) -> Environment {
    Environment {
        name: before.name.clone(),
        release: Some(release),
        previous: before
            .release
            .filter(|old| *old != release)
            .or(before.previous),
        rollout: None,
        revision: before.revision + 1,
    }
}

async fn put(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    (action, reason, mut evidence): (&'static str, &str, serde_json::Value),
    before: &Environment,
    after: &Environment,
) -> Result<()> {
    work.tx.put_environment(actor.workspace, after).await?;
    evidence["from"] = serde_json::json!(before.release);
    evidence["to"] = serde_json::json!(after.release);
    if let Some(release) = after.release {
        let moved = lives::Moved {
            environment: &after.name,
            kind: match action {
                "environment.rolled-back" => HappenedKind::RolledBack,
                _ => HappenedKind::WentLive,
            },
            before: before.release,
            release,
            rollout: None,
        };
        evidence["baselines"] = lives::note(ctx, work, actor, &moved).await?;
    }
    let what = Happening::new(action, format!("environment:{}", after.name))
        .because(reason)
        .from_to(
            Some(canonical::digest(before)),
            Some(canonical::digest(after)),
        )
        .with_evidence(evidence);
    work.record(ctx, actor, what).await?;
    Ok(())
}

async fn announce(
    ctx: &Context,
    work: Work,
    actor: &Actor,
    after: Environment,
) -> Result<Environment> {
    work.commit().await?;
    serving::refresh_after_commit(ctx, actor.workspace).await;
    ctx.announce(actor.workspace, "environment", after.name.clone());
    Ok(after)
}
