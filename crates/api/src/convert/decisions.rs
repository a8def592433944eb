//! Decisions against the verdict on a rollout.

use variorum_api_types::decisions as wire;
use variorum_app::rollouts::Ask;
use variorum_domain::rollout::{Decision, Rollout, Wish};

use super::Failure;
use crate::{time, wording};

/// What is asked for.
pub(crate) fn ask(asked: &wire::AskDecision) -> Result<Ask, Failure> {
    match (asked.wish.as_str(), asked.arm) {
        ("finish", arm) => Ok(Ask::Finish(arm)),
        ("go-live", arm) => Ok(Ask::GoLive(arm)),
        ("go-on", None) => Ok(Ask::GoOn),
        ("go-on", Some(_)) => Err(Failure::invalid(
            "a stage begins for all arms alike",
            "Leave `arm` out.",
        )),
        (other, _) => Err(Failure::invalid(
            &format!("`wish` cannot be `{other}`"),
            "Use `finish`, `go-on` or `go-live`.",
        )),
    }
}

/// What waits for a second person.
pub(crate) fn decision(rollout: &Rollout, decision: &Decision) -> wire::Decision {
    let (arm, stage) = match decision.wish {
        Wish::Finish { arm } | Wish::GoLive { arm } => (Some(arm), None),
        Wish::GoOn { stage } => (None, Some(stage)),
    };
    wire::Decision {
        wish: decision.wish.name().to_owned(),
        arm,
        stage,
        sentence: sentence(rollout, decision),
        reason: decision.reason.clone(),
        objection: decision.objection.clone(),
        by: decision.by.0,
        by_name: decision.by_name.clone(),
        at: time::format(decision.at),
        until: time::format(decision.until()),
    }
}

/// What two people decided, oldest first.
pub(crate) fn confirmed(rollout: &Rollout) -> Vec<wire::ConfirmedDecision> {
    let all = rollout.decisions.confirmed.iter();
    all.map(|one| wire::ConfirmedDecision {
        decision: decision(rollout, &one.decision),
        confirmed_by: one.confirmed_by.clone(),
        confirmed_at: time::format(one.confirmed_at),
    })
    .collect()
}

fn sentence(rollout: &Rollout, decision: &Decision) -> String {
    let what = match decision.wish {
        Wish::Finish { arm } => {
            let arm = wording::lower_first(&wording::newer(rollout, arm));
            format!("give everybody {arm}")
        }
        Wish::GoOn { .. } => "begin the next stage".to_owned(),
        Wish::GoLive { arm } => {
            let (release, environment) = (rollout.release_of(arm), &rollout.environment);
            format!("make release {release} live in {environment} for everybody")
        }
    };
    format!(
        "{} wants to {what}, although {}.",
        decision.by_name, decision.objection
    )
}
