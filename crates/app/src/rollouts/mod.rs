//! Rollouts: starting, moving on, taking back, finishing.

mod cohorts;
mod decisions;
mod definitions;
mod designs;
mod guard;
pub(crate) mod looks;
mod planner;
mod read;
mod replay;
mod schedule;
mod taken_back;

use std::collections::HashMap;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::canonical;
use variorum_domain::fold::{RolloutFold, Why};
use variorum_domain::id::{Digest, ReleaseNumber, RolloutNumber, hex};
use variorum_domain::limits::{PAGE_ROWS_MAX, RECORD_FIELD_CHARS_MAX, SUBJECT_CHARS_MAX};
use variorum_domain::release::{Environment, Manifest, ReleaseChange, compare};
use variorum_domain::rollout::{
    ArmPlan, Arms, CONTROL, Ending, LayerClaim, Plan, Rollout, RolloutState, Start, TREATMENT,
};
use variorum_domain::watch::HappenedKind;

pub use decisions::{Ask, ask, confirm, decline};
pub(crate) use guard::system_actor;
pub use guard::{guard_fired, split_breached};
pub use looks::{KeptLook, LOOKED, look_everywhere};
pub use planner::{Known, PairSource, PlanAsk, Planned, PlannedWindows, plan};
pub use read::{Measured, get, list, measured, of_prompt};
pub use replay::{Replayed, ReplayedLook, replay};
pub use schedule::{SCHEDULE_SECONDS, go_on_everywhere};
pub(crate) use taken_back::must_not_be as must_not_be_taken_back;

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
    cohorts::name_levels(ctx, actor, &mut cmd.plan).await?;
    let caps = caps(ctx, actor, &cmd).await?;
    lives::prepare(ctx).await;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let before = environments::load(&mut work, cmd.environment.as_deref()).await?;
    let control = designs::may_start(&mut work, &before, &cmd).await?;
    let now = ctx.clock.now();
    cmd.plan.check_end(now)?;
    cmd.plan.begin_windows(now)?;
    if !schedule::begins_later(&cmd.plan, now) {
        let begins = cmd.plan.switchback().map_or(now, |cut| cut.from);
        schedule::check_freezes(&mut work, &before.name, begins).await?;
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
    let kpis = cmd.plan.check(&new.first().unwrap_or(&old).kpis)?;
    let measured = cmd.treatments.first().map_or(control, |arm| arm.release);
    let commit = releases::load(&mut work, measured).await?.commit;
    let definitions = definitions::fix(ctx, &mut work, &kpis, commit, &caps).await?;
    let prompt = cmd.prompt.clone().or_else(|| only_changed(&old, &new));
    let number = RolloutNumber(work.tx.next_number(actor.workspace, "rollout").await?);
    let start = Start {
        number,
        environment: before.name.clone(),
        title: cmd.title,
        arms: if cmd.plan.design.is_hold_out() {
            designs::hold_out_arms(control)
        } else {
            arms(
                prompt.as_deref(),
                (control, &old),
                cmd.treatments.iter().zip(&new),
            )
        },
        prompt,
        kpis: designs::measured_over(kpis, cmd.plan.design, now),
        definitions,
        salt: hex(&ctx.ids.secret()[..8]),
        by: (actor.id, actor.name.clone()),
        at: now,
    };
    let rollout = Rollout::start(start, cmd.plan);
    put_started(ctx, &mut work, actor, (&rollout, &before), &cmd.treatments).await?;
    let what = happening("rollout.started", &cmd.reason, None, &rollout);
    work.record(ctx, actor, what).await?;
    ctx.pipeline
        .watch(actor.workspace, RolloutFold::new(&rollout));
    if let Err(error) = work.commit().await {
        ctx.pipeline.forget(actor.workspace, number);
        return Err(error);
    }
    events::catch_up(ctx, actor.workspace, &rollout).await;
    changed(ctx, actor, &rollout).await;
    Ok(rollout)
}

/// Writes a rollout that begins, and makes ready what it gives.
async fn put_started(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    (rollout, before): (&Rollout, &Environment),
    treatments: &[NewArm],
) -> Result<()> {
    work.tx.put_rollout(actor.workspace, rollout).await?;
    if rollout.plan.design.gives_new() {
        let after = Environment {
            rollout: before.rollout.or(Some(rollout.number)),
            revision: before.revision + 1,
            ..before.clone()
        };
        work.tx.put_environment(actor.workspace, &after).await?;
    }
    for arm in treatments {
        serving::release(ctx, work, arm.release).await?;
        if rollout.plan.design.gives_new() {
            let moved = Moved::of(
                rollout,
                HappenedKind::RolloutStarted,
                rollout.control(),
                arm.release,
            );
            lives::note(ctx, work, actor, &moved).await?;
        }
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
    let release = match cmd.treatments.first() {
        Some(arm) => arm.release,
        None => designs::live(&environments::load(&mut work, cmd.environment.as_deref()).await?)?,
    };
    let release = releases::load(&mut work, release).await?;
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
    let wanted = if cmd.plan.design.is_hold_out() {
        0
    } else {
        cmd.plan.treatments().max(1)
    };
    if cmd.treatments.len() != wanted {
        return Err(Error::invalid(format!(
            "the plan has shares for {} new arms and {} new releases were given",
            wanted,
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
    let why = if action == "rollout.advanced" {
        Why::Stage
    } else {
        Why::Decision
    };
    let look = looks::now(ctx, actor.workspace, &rollout, why);
    decide(&mut rollout)?;
    work.tx.put_rollout(actor.workspace, &rollout).await?;
    let what = happening(action, reason, Some(before), &rollout);
    let what = looks::with_look(what, look.as_ref());
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
    designs::may_roll_back(ctx, actor, number).await?;
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

/// The arm that stays when a rollout is finished. One that the verdict does not support takes two people.
async fn winning(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    rollout: &mut Rollout,
    how: End,
) -> Result<u8> {
    if rollout.plan.design.is_hold_out() {
        return Ok(TREATMENT);
    }
    let now = ctx.clock.now();
    schedule::check_freezes(work, &rollout.environment, now).await?;
    let arm = rollout.winner(how.named)?;
    if how.confirms {
        decisions::confirm_end(ctx, work, actor, (rollout, arm), now).await?;
    } else {
        decisions::must_be_supported(ctx, work, rollout, arm).await?;
    }
    Ok(arm)
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
        RolloutState::Finished => winning(ctx, &mut work, actor, &mut rollout, how).await?,
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
    work.tx.put_rollout(actor.workspace, &rollout).await?;
    designs::point(&mut work, &rollout, arm).await?;
    if arm != CONTROL && !rollout.plan.design.is_hold_out() {
        let (old, new) = (rollout.control(), rollout.release_of(arm));
        let moved = Moved::of(&rollout, HappenedKind::RolloutFinished, old, new);
        lives::note(ctx, &mut work, actor, &moved).await?;
    }
    let result = ctx.pipeline.result(actor.workspace, number);
    let look = result.clone().map(|measured| {
        looks::Moment::from(measured).look(&rollout, Why::Decision, ctx.clock.now())
    });
    if let Some(json) = result
        .as_ref()
        .and_then(|result| serde_json::to_string(result).ok())
    {
        work.tx
            .put_rollout_result(actor.workspace, number, &json)
            .await?;
    }
    if rollout.plan.design.gives_new() {
        outcomes::write(ctx, &mut work, actor, &rollout, result.as_ref()).await?;
    }
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
    work.record(ctx, actor, looks::with_look(what, look.as_ref()))
        .await?;
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
            "won": won(rollout),
            "design": rollout.plan.design.name(),
            "arms": rollout.arms.all().iter().map(|arm| arm.release).collect::<Vec<_>>(),
            "stage": rollout.stage(),
            "coverage_bp": rollout.coverage_bp(),
        }))
}

/// The release that everybody gets after the end; none where the end moves nothing.
fn won(rollout: &Rollout) -> Option<ReleaseNumber> {
    let arm = rollout.ending.as_ref()?.arm?;
    (!rollout.plan.design.is_hold_out()).then(|| rollout.release_of(arm))
}

async fn changed(ctx: &Context, actor: &Actor, rollout: &Rollout) {
    serving::refresh_after_commit(ctx, actor.workspace).await;
    ctx.announce(actor.workspace, "rollout", rollout.number.to_string());
    ctx.announce(actor.workspace, "environment", rollout.environment.clone());
}
