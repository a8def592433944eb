//! Releases that a guard took back: giving them to everybody without measuring them again goes against
//! what was found, and takes two people as deciding against a verdict does.

use variorum_domain::access::Actor;
use variorum_domain::change::Blocker;
use variorum_domain::id::{ReleaseNumber, RolloutNumber};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::rollout::{Decision, Rollout, RolloutState, Wish};

use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result, environments, releases};

/// What speaks against a release that a guard took back.
pub(super) const TAKEN_BACK: &str =
    "a guard found harm and took this release back, and nothing has been measured of it since";

/// The newest rollout of an environment in which a guard took this release back, or another release
/// of the same texts; nothing where two people or a later rollout gave it to everybody.
async fn found(
    work: &mut Work,
    environment: &str,
    release: ReleaseNumber,
) -> Result<Option<(RolloutNumber, u8)>> {
    let mut below = None;
    let mut tree = None;
    loop {
        let page = work
            .tx
            .rollouts(work.workspace, false, below, PAGE_ROWS_MAX)
            .await?;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        below = Some(last.number.0);
        for rollout in page.iter().filter(|one| one.environment == environment) {
            for (arm, plan) in rollout.arms.treatments() {
                let won = rollout.ending.as_ref().and_then(|ending| ending.arm);
                let was_given = rollout.state == RolloutState::Finished && won == Some(arm)
                    || rollout.decisions.has_confirmed(Wish::GoLive { arm });
                let is_harmful = rollout.taken_back_by_guard(arm);
                if !(was_given || is_harmful) {
                    continue;
                }
                let is_same = plan.release == release || {
                    let own = match &tree {
                        Some(known) => *known,
                        None => *tree.insert(releases::load(work, release).await?.tree),
                    };
                    releases::load(work, plan.release).await?.tree == own
                };
                if is_same {
                    return Ok((!was_given).then_some((rollout.number, arm)));
                }
            }
        }
    }
}

/// Refuses to make a release live at once that a guard took back.
pub(crate) async fn must_not_be(
    work: &mut Work,
    environment: &str,
    release: ReleaseNumber,
) -> Result<()> {
    let Some((number, arm)) = found(work, environment, release).await? else {
        return Ok(());
    };
    Err(Error::Refused(vec![Blocker::new(
        "against-verdict",
        format!("a guard found harm in `R-{number}` and took release {release} back"),
        format!(
            "change what did harm and make a new release, try it again under guards, or ask a second \
             person to confirm it: `variorum rollouts ask R-{number} --go-live --arm {arm} --reason …`"
        ),
    )]))
}

/// Whether finishing a rollout would give everybody a release that a guard took back before, without
/// anything to judge it by.
pub(super) async fn is_unjudged(work: &mut Work, rollout: &Rollout, arm: u8) -> Result<bool> {
    if rollout.plan.goal.is_some() || rollout.plan.design.is_hold_out() {
        return Ok(false);
    }
    let release = rollout.release_of(arm);
    Ok(found(work, &rollout.environment, release).await?.is_some())
}

/// Makes the release of an arm live that a guard took back, within the work in which a second person
/// confirmed it.
pub(super) async fn go_live(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    (rollout, arm): (&Rollout, u8),
    (decision, because): (&Decision, &str),
) -> Result<()> {
    let before = environments::load(work, Some(&rollout.environment)).await?;
    let mut evidence = super::decisions::evidence(decision);
    evidence["rollout"] = rollout.number.0.into();
    let release = rollout.release_of(arm);
    environments::go_live_with(ctx, work, actor, &before, release, (because, evidence)).await?;
    Ok(())
}

/// The arm of an ended rollout whose release is wanted live: the one named, or the only one that a
/// guard took back.
pub(super) fn wanted(rollout: &Rollout, named: Option<u8>) -> Result<u8> {
    let mut harmful = rollout.arms.treatments().map(|(arm, _)| arm);
    let arm = named.or_else(|| harmful.find(|arm| rollout.taken_back_by_guard(*arm)));
    arm.filter(|arm| rollout.taken_back_by_guard(*arm))
        .ok_or_else(|| {
            Error::Conflict(format!(
                "no guard took that release back in rollout `R-{}`; no second person is needed to \
                 make it live",
                rollout.number
            ))
        })
}
