//! What differs between the designs of rollouts: what may begin beside what, and what an end moves.

use variorum_domain::access::Actor;
use variorum_domain::id::{ReleaseNumber, RolloutNumber, Time};
use variorum_domain::library::Kpi;
use variorum_domain::release::Environment;
use variorum_domain::rollout::{ArmPlan, Arms, CONTROL, Design, LayerClaim, Rollout};

use super::{NewArm, StartRollout, load};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result, environments};

/// Open rollouts looked at to find one of the same design.
const OPEN_MAX: usize = 2_000;
/// The names of the arms of a hold-out.
const HELD: &str = "Hold-out";
const EVERYBODY_ELSE: &str = "Everybody else";

/// The release that is live.
pub(super) fn live(environment: &Environment) -> Result<ReleaseNumber> {
    environment.release.ok_or_else(|| {
        Error::invalid_with_hint(
            format!(
                "nothing is live in `{}` yet, so there is nothing to compare with",
                environment.name
            ),
            "go live with a release first",
        )
    })
}

/// The release that is live, if what is asked for may start beside it.
pub(super) async fn may_start(
    work: &mut Work,
    environment: &Environment,
    cmd: &StartRollout,
) -> Result<ReleaseNumber> {
    let control = live(environment)?;
    match cmd.plan.design {
        Design::Split => all_apart(work, environment, cmd.plan.layer.as_ref()).await?,
        design @ Design::HoldOut { .. } => {
            none_running(environment, design)?;
            none_of_this_design(work, environment, design).await?;
        }
        design @ Design::Switchback(_) => {
            none_running(environment, design)?;
            none_held_out(work, environment).await?;
        }
        design @ Design::Shadow => none_of_this_design(work, environment, design).await?,
    }
    new_releases(environment, control, &cmd.treatments)?;
    Ok(control)
}

/// The rollouts of an environment whose units get something new, newest first.
async fn splits(work: &mut Work, environment: &str) -> Result<Vec<Rollout>> {
    let mut open = work
        .tx
        .rollouts(work.workspace, true, None, OPEN_MAX)
        .await?;
    open.retain(|one| one.environment == environment && one.plan.design.is_split());
    Ok(open)
}

/// Refuses a rollout whose units could be in another one of the environment: a unit gets one whole
/// release, never a mixture of two.
async fn all_apart(
    work: &mut Work,
    environment: &Environment,
    layer: Option<&LayerClaim>,
) -> Result<()> {
    let open = splits(work, &environment.name).await?;
    let name = &environment.name;
    let Some(first) = open.first() else {
        return none_running(environment, Design::Split);
    };
    let number = first.number;
    let Some(wanted) = layer else {
        return Err(Error::Conflict(format!(
            "rollout `R-{number}` is running in `{name}`; finish it or roll it back first, or give \
             both a part of the same layer"
        )));
    };
    let is_apart = |one: &&Rollout| {
        let own = one.plan.layer.as_ref();
        own.is_some_and(|own| own.name == wanted.name)
    };
    match open.iter().find(|one| !is_apart(one)) {
        None => Ok(()),
        Some(other) => Err(Error::Conflict(format!(
            "rollout `R-{}` is running in `{name}` outside of the layer `{}`, so both could have the \
             same people; finish it or roll it back first",
            other.number, wanted.name
        ))),
    }
}

fn none_running(environment: &Environment, design: Design) -> Result<()> {
    let Some(number) = environment.rollout else {
        return Ok(());
    };
    let name = &environment.name;
    Err(Error::Conflict(if design.is_hold_out() {
        format!(
            "rollout `R-{number}` is running in `{name}`, and its people cannot be held out any \
             more; finish it or roll it back first"
        )
    } else {
        format!("rollout `R-{number}` is running in `{name}`; finish it or roll it back first")
    }))
}

/// Refuses what gives everybody one arm at a time where some people are to keep what they have.
async fn none_held_out(work: &mut Work, environment: &Environment) -> Result<()> {
    let open = work
        .tx
        .rollouts(work.workspace, true, None, OPEN_MAX)
        .await?;
    let held =
        |one: &&Rollout| one.environment == environment.name && one.plan.design.is_hold_out();
    match open.iter().find(held) {
        None => Ok(()),
        Some(held) => Err(Error::Conflict(format!(
            "a switchback gives everybody one arm at a time, and the hold-out `R-{}` keeps some people \
             of `{}` away from what is new; end it first",
            held.number, environment.name
        ))),
    }
}

async fn none_of_this_design(
    work: &mut Work,
    environment: &Environment,
    design: Design,
) -> Result<()> {
    let open = work
        .tx
        .rollouts(work.workspace, true, None, OPEN_MAX)
        .await?;
    let same = open
        .iter()
        .find(|one| one.environment == environment.name && one.plan.design.name() == design.name());
    match same {
        None => Ok(()),
        Some(other) => Err(Error::Conflict(format!(
            "`{}` has a {} already, `R-{}`; end it first",
            environment.name,
            design.name(),
            other.number
        ))),
    }
}

fn new_releases(
    environment: &Environment,
    control: ReleaseNumber,
    treatments: &[NewArm],
) -> Result<()> {
    let mut taken = vec![control];
    for NewArm { release, .. } in treatments {
        if *release == control {
            return Err(Error::invalid(format!(
                "release {release} is live in `{}` already",
                environment.name
            )));
        }
        if taken.contains(release) {
            return Err(Error::invalid(format!(
                "release {release} is named for two arms; a comparison with itself says nothing"
            )));
        }
        taken.push(*release);
    }
    Ok(())
}

/// The arms of a hold-out. What everybody else gets changes while it runs.
pub(super) fn hold_out_arms(control: ReleaseNumber) -> Arms {
    let named = |name: &str| ArmPlan {
        name: name.to_owned(),
        ..ArmPlan::new(control, None)
    };
    Arms::of(named(HELD), [named(EVERYBODY_ELSE)])
}

/// The definitions by which it is measured. A hold-out tells what happened to a unit from its first
/// exposure to the end of the hold-out, however short the window of a KPI is for a single change.
pub(super) fn measured_over(mut kpis: Vec<Kpi>, design: Design, now: Time) -> Vec<Kpi> {
    if let Design::HoldOut { until } = design {
        for kpi in &mut kpis {
            kpi.window_seconds = kpi.window_seconds.max(until.seconds() - now.seconds());
        }
    }
    kpis
}

/// A hold-out gave nobody anything new, so there is nothing of it to take back.
pub(super) async fn may_roll_back(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
) -> Result<()> {
    let mut work = Work::read(ctx, actor.workspace).await?;
    let rollout = load(&mut work, number).await?;
    if !rollout.plan.design.is_hold_out() {
        return Ok(());
    }
    Err(Error::invalid_with_hint(
        format!(
            "`R-{number}` is a hold-out: it gave nobody anything new, so nothing can be taken back"
        ),
        format!(
            "end it with finish; to give everybody its release again, go live with release {}",
            rollout.control()
        ),
    ))
}

/// Moves what is live to the release of an arm, as the end of a rollout does. Of several rollouts only
/// the last one may move it: what is live is the control of all of them. The end of a hold-out
/// moves nothing, and the end of a shadow only where its release is to go live.
pub(super) async fn point(work: &mut Work, rollout: &Rollout, arm: u8) -> Result<()> {
    let moves = match rollout.plan.design {
        Design::Split | Design::Switchback(_) => true,
        Design::Shadow => arm != CONTROL,
        Design::HoldOut { .. } => false,
    };
    if !moves {
        return Ok(());
    }
    let environment = environments::load(work, Some(&rollout.environment)).await?;
    let mut next = None;
    if rollout.plan.design.is_split() {
        let others = splits(work, &environment.name).await?;
        next = others
            .iter()
            .map(|one| one.number)
            .find(|one| *one != rollout.number);
    } else if !rollout.plan.design.gives_new() {
        none_running(&environment, rollout.plan.design)?;
        crate::stop::check_not_stopped(work, &environment.name).await?;
    }
    if let Some(other) = next.filter(|_| arm != CONTROL) {
        return Err(Error::Conflict(format!(
            "rollout `R-{other}` runs beside it in `{}` and is compared with what is live; end that \
             one first, then finish this one",
            environment.name
        )));
    }
    let after = Environment {
        rollout: next,
        ..environments::point_to(&environment, rollout.release_of(arm))
    };
    work.tx.put_environment(work.workspace, &after).await?;
    Ok(())
}
