//! The colleague who moves the sample's rollout on. Stages never advance by themselves, so somebody of the story does
//! what a person at the page would: look whether a guard has acted, and let more people in.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use variorum_app::auth::to_actor;
use variorum_app::{Context, Result, members, rollouts};
use variorum_domain::access::{Actor, Role};
use variorum_domain::id::RolloutNumber;
use variorum_domain::rollout::{Rollout, RolloutState};

/// People in the rollout after which each stage but the last is left. The first stages are short: the whole
/// demonstration takes about a minute.
const PEOPLE_TO_MOVE_ON: [u64; 2] = [60, 500];
/// What the log says; it must be true whatever the numbers look like by then.
const REASON: &str = "No guard has acted. More people give a sooner answer.";

/// Moves a rollout on until its last stage or its end, in the name of the person with this address.
/// Without such a person nobody does, and the button on the page is the only way on.
pub(super) fn watch(ctx: &Arc<Context>, viewer: &Actor, email: &str, number: RolloutNumber) {
    let (ctx, viewer, email) = (ctx.clone(), viewer.clone(), email.to_owned());
    tokio::spawn(async move {
        if let Err(error) = follow(&ctx, &viewer, &email, number).await {
            tracing::warn!(%error, rollout = %number, "nobody moves the sample's rollout on");
        }
    });
}

async fn follow(ctx: &Context, viewer: &Actor, email: &str, number: RolloutNumber) -> Result<()> {
    let mut news = ctx.news.subscribe();
    let people = members::list(ctx, viewer).await?;
    let colleague = people
        .into_iter()
        .find(|row| row.email == email && row.disabled_at.is_none());
    let Some(colleague) = colleague.map(|row| to_actor(row, Role::Publisher)) else {
        return Ok(());
    };
    loop {
        let now = rollouts::get(ctx, viewer, number).await?;
        let exposed = now
            .measurement
            .map_or(0, |found| found.reading.exposed.iter().sum());
        if is_over(&now.rollout) {
            return Ok(());
        }
        // A guard or a person may have been quicker; then the next look finds that.
        if moves_on(&now.rollout, exposed)
            && rollouts::advance(ctx, &colleague, number, REASON)
                .await
                .is_ok()
        {
            continue;
        }
        loop {
            match news.recv().await {
                Ok(one) if one.id == number.0.to_string() => break,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }
}

fn is_over(rollout: &Rollout) -> bool {
    !rollout.state.is_open() || rollout.stage() + 1 >= rollout.plan.stages.len()
}

/// Whether the colleague lets more people in now.
fn moves_on(rollout: &Rollout, exposed: u64) -> bool {
    rollout.state == RolloutState::Running
        && PEOPLE_TO_MOVE_ON
            .get(rollout.stage())
            .is_some_and(|people| exposed >= *people)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::past::{coverages, plan};
    use crate::demo::story::story;
    use variorum_domain::id::{ActorId, ReleaseNumber, Time};
    use variorum_domain::rollout::{ArmPlan, Arms, Start};

    fn started() -> Rollout {
        let next = story().unwrap().next;
        let stages = coverages(&next.rollout.stages_bp);
        let arm = |release| ArmPlan::new(ReleaseNumber(release), None);
        let start = Start {
            number: RolloutNumber(4),
            environment: "production".into(),
            title: next.title,
            prompt: Some(next.rollout.prompt),
            arms: Arms::two(arm(1), arm(2)),
            kpis: Vec::new(),
            definitions: Vec::new(),
            salt: "s".into(),
            by: (ActorId(1), "Ann".into()),
            at: Time(0),
        };
        let plan = plan(&stages, &next.rollout.goal, "", &next.guards, 1);
        Rollout::start(start, plan)
    }

    #[test]
    fn every_stage_of_the_demonstration_but_the_last_is_left_by_the_colleague() {
        let mut rollout = started();
        assert_eq!(rollout.plan.stages.len(), PEOPLE_TO_MOVE_ON.len() + 1);
        for people in PEOPLE_TO_MOVE_ON {
            assert!(!is_over(&rollout));
            assert!(!moves_on(&rollout, people - 1));
            assert!(moves_on(&rollout, people));
            rollout.advance(Time(1)).unwrap();
        }
        assert_eq!(rollout.coverage_bp(), 10_000);
        assert!(is_over(&rollout) && !moves_on(&rollout, u64::MAX));
    }

    #[test]
    fn what_somebody_paused_stays_where_it_is() {
        let mut rollout = started();
        rollout.pause().unwrap();
        assert!(!moves_on(&rollout, u64::MAX) && !is_over(&rollout));
    }
}
