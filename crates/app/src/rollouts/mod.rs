//! Rollouts: starting, moving on, taking back, finishing.

mod decisions;
mod definitions;
mod guard;
mod planner;
mod read;
mod replay;
mod schedule;

use std::collections::HashMap;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::canonical;
use variorum_domain::fold::RolloutFold;
use variorum_domain::id::{Digest, ReleaseNumber, RolloutNumber, hex};
use variorum_domain::limits::{PAGE_ROWS_MAX, RECORD_FIELD_CHARS_MAX, SUBJECT_CHARS_MAX};
use variorum_domain::release::{Environment, Manifest, ReleaseChange, compare};
use variorum_domain::rollout::{
    ArmPlan, Arms, CONTROL, Ending, LayerClaim, Plan, Rollout, RolloutState, Start,
};
use variorum_domain::watch::HappenedKind;

pub use decisions::{Ask, ask, confirm, decline};
pub(crate) use guard::system_actor;
pub use guard::{guard_fired, split_breached};
pub use planner::{Known, PlanAsk, Planned, plan};
pub use read::{Measured, get, list, measured, of_prompt};
pub use replay::{Replayed, replay};
pub use schedule::{SCHEDULE_SECONDS, go_on_everywhere};

use crate::context::Context;
use crate::lives::{self, Moved};
use crate::serving::{self, read_manifest};
use crate::work::Work;
use crate::{Error, Result, environments, events, outcomes, releases, stop};

/// An arm that gets something new.
#[derive(Debug, Clone)]
pub struct NewArm {
    /// The release.
    pub release: ReleaseNumber,
    /// The name shown; empty where the release says enough.
    pub name: String,
}

impl NewArm {
    /// An arm without a name.
    pub fn of(release: ReleaseNumber) -> Self {
        Self {
            release,
            name: String::new(),
        }
    }
}

/// What to start.
#[derive(Debug, Clone)]
pub struct StartRollout {
    /// The environment; the library's first where not given.
    pub environment: Option<String>,
    /// The title shown.
    pub title: String,
    /// The new releases, one for each arm beside the control.
    pub treatments: Vec<NewArm>,
    /// The prompt it is about; found by itself where exactly one changes.
    pub prompt: Option<String>,
    /// What is planned.
    pub plan: Plan,
    /// Why.
    pub reason: String,
}

/// Starts a rollout of a release beside the one that is live.
pub async fn start(ctx: &Context, actor: &Actor, mut cmd: StartRollout) -> Result<Rollout> {
    access::check(actor, Action::GoLive, "")?;
    check_texts(&cmd)?;
    let caps = caps(ctx, actor, &cmd).await?;
    lives::prepare(ctx).await;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let before = environments::load(&mut work, cmd.environment.as_deref()).await?;
    let control = may_start(&before, &cmd.treatments)?;
    let now = ctx.clock.now();
    if !schedule::begins_later(&cmd.plan, now) {
        schedule::check_freezes(&mut work, &before.name, now).await?;
    }
    cmd.plan.layer = book(&mut work, cmd.plan.layer).await?;
    stop::check_not_stopped(&mut work, &before.name).await?;
    let old = read_manifest(&releases::load(&mut work, control).await?)?;
    let mut new = Vec::with_capacity(cmd.treatments.len());
    for arm in &cmd.treatments {
        new.push(read_manifest(
            &releases::load(&mut work, arm.release).await?,
        )?);
    }
    let kpis = cmd.plan.check(&new[0].kpis)?;
    let commit = releases::load(&mut work, cmd.treatments[0].release)
        .await?
        .commit;
    let definitions = definitions::fix(ctx, &mut work, &kpis, commit, &caps).await?;
    let prompt = cmd.prompt.clone().or_else(|| only_changed(&old, &new));
    let number = RolloutNumber(work.tx.next_number(actor.workspace, "rollout").await?);
    let start = Start {
        number,
        environment: before.name.clone(),
        title: cmd.title,
        arms: arms(
            prompt.as_deref(),
            (control, &old),
            cmd.treatments.iter().zip(&new),
        ),
        prompt,
        kpis,
        definitions,
        salt: hex(&ctx.ids.secret()[..8]),
        by: (actor.id, actor.name.clone()),
        at: now,
    };
    let rollout = Rollout::start(start, cmd.plan);
    let after = Environment {
        rollout: Some(number),
        revision: before.revision + 1,
        ..before.clone()
    };
    work.tx.put_rollout(actor.workspace, &rollout).await?;
    work.tx.put_environment(actor.workspace, &after).await?;
    bring(ctx, &mut work, actor, (&rollout, &cmd.treatments)).await?;
    let what = happening("rollout.started", &cmd.reason, None, &rollout);
    work.record(ctx, actor, what).await?;
    ctx.pipeline
        .watch(actor.workspace, RolloutFold::new(&rollout));
    if let Err(error) = work.commit().await {
        ctx.pipeline.forget(actor.workspace, number);
        return Err(error);
    }
    // The rollout stands; what came before it is read again at the next start if it fails now.
    if let Err(error) = events::catch_up(ctx, actor.workspace, &rollout).await {
        tracing::error!(rollout = number.0, error = %error, "what came before a rollout was not read");
    }
    changed(ctx, actor, &rollout).await;
    Ok(rollout)
}

/// Makes what the arms get ready to be served, and takes down that it began to be tried.
async fn bring(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    (rollout, treatments): (&Rollout, &[NewArm]),
) -> Result<()> {
    let control = rollout.control();
    for arm in treatments {
        serving::release(ctx, work, arm.release).await?;
        let moved = Moved::of(rollout, HappenedKind::RolloutStarted, control, arm.release);
        lives::note(ctx, work, actor, &moved).await?;
    }
    Ok(())
}

/// The part of a layer that is free for a rollout, beside what open ones have.
async fn book(work: &mut Work, wanted: Option<LayerClaim>) -> Result<Option<LayerClaim>> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    let open = work
        .tx
        .rollouts(work.workspace, true, None, PAGE_ROWS_MAX)
        .await?;
    let taken: Vec<&LayerClaim> = open
        .iter()
        .filter_map(|rollout| rollout.plan.layer.as_ref())
        .collect();
    let share = wanted.end_bp.saturating_sub(wanted.start_bp);
    Ok(Some(LayerClaim::book(&wanted.name, share, &taken)?))
}

/// Where totals are cut, read before the writer's turn is taken: history may be long.
async fn caps(ctx: &Context, actor: &Actor, cmd: &StartRollout) -> Result<HashMap<String, i64>> {
    let mut work = Work::read(ctx, actor.workspace).await?;
    let release = releases::load(&mut work, cmd.treatments[0].release).await?;
    drop(work);
    let kpis = cmd.plan.check(&read_manifest(&release)?.kpis)?;
    definitions::caps(ctx, actor.workspace, &kpis).await
}

fn check_texts(cmd: &StartRollout) -> Result<()> {
    if cmd.title.trim().is_empty() || cmd.title.chars().count() > SUBJECT_CHARS_MAX {
        return Err(Error::invalid(format!(
            "a rollout needs a title of 1 to {SUBJECT_CHARS_MAX} characters"
        )));
    }
    if cmd.plan.hypothesis.chars().count() > RECORD_FIELD_CHARS_MAX {
        return Err(Error::invalid(format!(
            "the hypothesis is longer than {RECORD_FIELD_CHARS_MAX} characters"
        )));
    }
    if cmd.treatments.is_empty() || cmd.treatments.len() != cmd.plan.treatments() {
        return Err(Error::invalid(format!(
            "the plan has shares for {} new arms and {} new releases were given",
            cmd.plan.treatments(),
            cmd.treatments.len()
        )));
    }
    let mut names: Vec<&str> = Vec::new();
    for arm in &cmd.treatments {
        if arm.name.chars().count() > SUBJECT_CHARS_MAX {
            return Err(Error::invalid(format!(
                "the name of an arm is longer than {SUBJECT_CHARS_MAX} characters"
            )));
        }
        if !arm.name.is_empty() && names.contains(&arm.name.as_str()) {
            return Err(Error::invalid(format!(
                "two arms are named `{}`; give each a name of its own",
                arm.name
            )));
        }
        names.push(&arm.name);
    }
    Ok(())
}

/// The release that is live, if a rollout of another one may start.
fn may_start(environment: &Environment, treatments: &[NewArm]) -> Result<ReleaseNumber> {
    let name = &environment.name;
    if let Some(number) = environment.rollout {
        return Err(Error::Conflict(format!(
            "rollout `R-{number}` is running in `{name}`; finish it or roll it back first"
        )));
    }
    let control = environment.release.ok_or_else(|| {
        Error::invalid_with_hint(
            format!("nothing is live in `{name}` yet, so there is nothing to compare with"),
            "go live with a release first",
        )
    })?;
    let mut taken = vec![control];
    for NewArm { release, .. } in treatments {
        if *release == control {
            return Err(Error::invalid(format!(
                "release {release} is live in `{name}` already"
            )));
        }
        if taken.contains(release) {
            return Err(Error::invalid(format!(
                "release {release} is named for two arms; a comparison with itself says nothing"
            )));
        }
        taken.push(*release);
    }
    Ok(control)
}

/// The one prompt whose own file changed, the same in every new release.
fn only_changed(old: &Manifest, new: &[Manifest]) -> Option<String> {
    let mut found = new.iter().map(|new| only_changed_in(old, new));
    let first = found.next()??;
    found
        .all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

/// The one prompt whose own file changed. Variations that only follow their base are part of it.
fn only_changed_in(old: &Manifest, new: &Manifest) -> Option<String> {
    let changed = compare(old, new);
    let is_changed = |id: &str| changed.iter().any(|change| change.prompt == id);
    let follows = |change: &ReleaseChange| {
        let varies = new.prompts.get(&change.prompt)?.varies.as_ref()?;
        (change.before == change.after && is_changed(&varies.base)).then_some(())
    };
    let mut own = changed.iter().filter(|change| follows(change).is_none());
    let first = own.next()?;
    own.next().is_none().then(|| first.prompt.clone())
}

fn arms<'a>(
    prompt: Option<&str>,
    (control, old): (ReleaseNumber, &Manifest),
    new: impl Iterator<Item = (&'a NewArm, &'a Manifest)>,
) -> Arms {
    let version = |manifest: &Manifest| {
        prompt
            .and_then(|id| manifest.prompts.get(id))
            .map(|released| released.version)
    };
    let treatments = new.map(|(arm, manifest)| ArmPlan {
        name: arm.name.trim().to_owned(),
        ..ArmPlan::new(arm.release, version(manifest))
    });
    Arms::of(ArmPlan::new(control, version(old)), treatments)
}

/// Moves on to the next stage.
pub async fn advance(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    reason: &str,
) -> Result<Rollout> {
    let now = ctx.clock.now();
    let what = ("rollout.advanced", reason);
    change(ctx, actor, number, what, |rollout| {
        rollout.advance(now)?;
        decisions::must_not_be_held(ctx, actor.workspace, rollout)
    })
    .await
}

/// Stops advancing, or goes on.
pub async fn set_paused(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    paused: bool,
    reason: &str,
) -> Result<Rollout> {
    let action = if paused {
        "rollout.paused"
    } else {
        "rollout.resumed"
    };
    let now = ctx.clock.now();
    change(ctx, actor, number, (action, reason), |rollout| {
        if paused {
            Ok(rollout.pause()?)
        } else {
            Ok(rollout.resume(now)?)
        }
    })
    .await
}

async fn change(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    (action, reason): (&'static str, &str),
    decide: impl FnOnce(&mut Rollout) -> Result<()>,
) -> Result<Rollout> {
    access::check(actor, Action::GoLive, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut rollout = load(&mut work, number).await?;
    if action == "rollout.advanced" {
        schedule::check_freezes(&mut work, &rollout.environment, ctx.clock.now()).await?;
    }
    let before = canonical::digest(&rollout);
    decide(&mut rollout)?;
    work.tx.put_rollout(actor.workspace, &rollout).await?;
    let what = happening(action, reason, Some(before), &rollout);
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    changed(ctx, actor, &rollout).await;
    Ok(rollout)
}

/// Takes a rollout back: everybody gets the old release again, at once.
pub async fn roll_back(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    reason: &str,
) -> Result<Rollout> {
    access::check(actor, Action::RollBack, "")?;
    end(
        ctx,
        actor,
        number,
        End::of(RolloutState::RolledBack, None),
        reason,
        serde_json::Value::Null,
    )
    .await
}

/// Finishes a rollout: everybody gets the new release; the one of the arm that is named, where
/// several are left.
pub async fn finish(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    arm: Option<u8>,
    reason: &str,
) -> Result<Rollout> {
    access::check(actor, Action::GoLive, "")?;
    lives::prepare(ctx).await;
    end(
        ctx,
        actor,
        number,
        End::of(RolloutState::Finished, arm),
        reason,
        serde_json::Value::Null,
    )
    .await
}

/// How a rollout ends.
#[derive(Debug, Clone, Copy)]
struct End {
    state: RolloutState,
    /// The arm that everybody gets.
    named: Option<u8>,
    /// A second person confirms that it ends so against the verdict.
    confirms: bool,
}

impl End {
    fn of(state: RolloutState, named: Option<u8>) -> Self {
        Self {
            state,
            named,
            confirms: false,
        }
    }
}

/// Ends a rollout: one pointer moves, and what was measured is kept.
async fn end(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    how: End,
    reason: &str,
    evidence: serde_json::Value,
) -> Result<Rollout> {
    let state = how.state;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut rollout = load(&mut work, number).await?;
    let before = canonical::digest(&rollout);
    let arm = match state {
        RolloutState::Finished => {
            schedule::check_freezes(&mut work, &rollout.environment, ctx.clock.now()).await?;
            let arm = rollout.winner(how.named)?;
            if how.confirms {
                let which = (&mut rollout, arm);
                decisions::confirm_end(ctx, &mut work, actor, which, ctx.clock.now()).await?;
            } else {
                decisions::must_be_supported(ctx, actor.workspace, &rollout, arm)?;
            }
            arm
        }
        _ => CONTROL,
    };
    let by_guard = actor.kind == variorum_domain::access::ActorKind::System;
    let ending = Ending {
        at: ctx.clock.now(),
        by: actor.name.clone(),
        by_guard,
        reason: reason.to_owned(),
        arm: Some(arm),
    };
    rollout.end(state, ending)?;
    let environment = environments::load(&mut work, Some(&rollout.environment)).await?;
    let after = environments::point_to(&environment, rollout.release_of(arm));
    work.tx.put_rollout(actor.workspace, &rollout).await?;
    work.tx.put_environment(actor.workspace, &after).await?;
    if arm != CONTROL {
        let (old, new) = (rollout.control(), rollout.release_of(arm));
        let moved = Moved::of(&rollout, HappenedKind::RolloutFinished, old, new);
        lives::note(ctx, &mut work, actor, &moved).await?;
    }
    let result = ctx.pipeline.result(actor.workspace, number);
    if let Some(json) = result
        .as_ref()
        .and_then(|result| serde_json::to_string(result).ok())
    {
        work.tx
            .put_rollout_result(actor.workspace, number, &json)
            .await?;
    }
    outcomes::write(ctx, &mut work, actor, &rollout, result.as_ref()).await?;
    let action = if state == RolloutState::Finished {
        "rollout.finished"
    } else {
        "rollout.rolled-back"
    };
    let mut what = happening(action, reason, Some(before), &rollout);
    if how.confirms {
        what = what.with_more_evidence(evidence);
    } else if !evidence.is_null() {
        what = what.with_evidence(evidence);
    }
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.pipeline.forget(actor.workspace, number);
    changed(ctx, actor, &rollout).await;
    Ok(rollout)
}

pub(crate) async fn load(work: &mut Work, number: RolloutNumber) -> Result<Rollout> {
    let rollout = work.tx.rollout(work.workspace, number).await?;
    rollout.ok_or_else(|| Error::not_found("rollout", format!("R-{number}")))
}

fn happening(
    action: &'static str,
    reason: &str,
    before: Option<Digest>,
    rollout: &Rollout,
) -> Happening {
    Happening::new(action, format!("rollout:R-{}", rollout.number))
        .because(reason)
        .from_to(before, Some(canonical::digest(rollout)))
        .with_evidence(serde_json::json!({
            "title": rollout.title,
            "environment": rollout.environment,
            "prompt": rollout.prompt,
            "control": rollout.control(),
            "treatment": rollout.treatment(),
            "won": rollout.ending.as_ref().and_then(|end| Some(rollout.release_of(end.arm?))),
            "arms": rollout.arms.all().iter().map(|arm| arm.release).collect::<Vec<_>>(),
            "stage": rollout.stage(),
            "coverage_bp": rollout.coverage_bp(),
        }))
}

async fn changed(ctx: &Context, actor: &Actor, rollout: &Rollout) {
    serving::refresh_after_commit(ctx, actor.workspace).await;
    ctx.announce(actor.workspace, "rollout", rollout.number.to_string());
    ctx.announce(actor.workspace, "environment", rollout.environment.clone());
}
