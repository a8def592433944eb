//! Rollouts of several new releases at once.

use variorum_app::Error;
use variorum_app::events::settle;
use variorum_app::releases;
use variorum_app::rollouts::{self, NewArm, StartRollout};
use variorum_app::serving::{Answer, Audience};
use variorum_domain::event::EventError;
use variorum_domain::id::{ReleaseNumber, RolloutNumber};
use variorum_domain::rollout::{Plan, Rollout, RolloutState, equal_shares};

use crate::decisions::finish_anyway;
use crate::measure::{exposure, outcome, send};
use crate::restore::{PROMPT, guard, plan, start, two_releases};
use crate::world::World;

/// Two new releases beside the one that is live.
async fn three_arms(world: &World, external: bool) -> Rollout {
    two_releases(world).await;
    let kind = PROMPT.replace("Write to", "Write kindly to");
    let files = [("prompts/email/welcome.prompt", kind.as_str())];
    world.save("Third", &files).await.unwrap();
    releases::create(&world.ctx, &world.admin, None, "three")
        .await
        .unwrap();
    let plan = Plan {
        weights_bp: equal_shares(3),
        external_assignment: external,
        ..plan(vec![guard("order")])
    };
    let named = |release, name: &str| NewArm {
        release: ReleaseNumber(release),
        name: name.to_owned(),
    };
    let cmd = StartRollout {
        treatments: vec![named(2, "Short"), named(3, "Kind")],
        ..start(2, plan)
    };
    rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap()
}

fn served(world: &World, unit: &str) -> (i64, Option<u8>) {
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    let audience = Audience::default();
    let answer: Answer<'_> = index
        .answer(None, "email/welcome", Some(unit), audience)
        .ok()
        .unwrap();
    (answer.release.0, answer.assigned.map(|(_, arm)| arm))
}

/// Units that a rollout puts into an arm.
fn units(rollout: &Rollout, arm: u8, count: usize) -> Vec<String> {
    let all = (0..100_000).map(|n| format!("unit-{n}"));
    all.filter(|unit| rollout.arm_of(unit) == Some(arm))
        .take(count)
        .collect()
}

#[tokio::test]
async fn every_arm_gets_its_release() {
    let world = World::new().await;
    let rollout = three_arms(&world, false).await;
    for (arm, release) in [(0, 1), (1, 2), (2, 3)] {
        for unit in units(&rollout, arm, 5) {
            assert_eq!(served(&world, &unit), (release, Some(arm)));
        }
    }
}

#[tokio::test]
async fn an_arm_that_does_harm_is_stopped_and_the_other_goes_on_to_win() {
    let world = World::new().await;
    let rollout = three_arms(&world, false).await;
    let mut batch = Vec::new();
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let mut all = [0, 1, 2].map(|arm| units(&rollout, arm, 150).into_iter());
    for _ in 0..150 {
        for (arm, units) in (0_u8..).zip(&mut all) {
            let unit = units.next().unwrap();
            batch.push(exposure(&unit, arm, now));
            if arm != 1 {
                batch.push(outcome(&unit, "order", 1, now));
            }
        }
    }
    send(&world, batch).await;
    settle(&world.ctx).await.unwrap();
    let seen = rollouts::get(&world.ctx, &world.admin, rollout.number)
        .await
        .unwrap();
    let after = seen.rollout;
    assert_eq!(after.state, RolloutState::Running);
    assert!(!after.is_arm_open(1) && after.is_arm_open(2));
    let unit = &units(&rollout, 1, 1)[0];
    assert_eq!(
        served(&world, unit),
        (1, None),
        "the old release, not measured"
    );
    assert_eq!(served(&world, &units(&rollout, 2, 1)[0]), (3, Some(2)));
    let wrong = rollouts::finish(&world.ctx, &world.admin, rollout.number, Some(1), "").await;
    assert!(matches!(wrong, Err(Error::Conflict(_))));
    finish_anyway(&world, rollout.number, None, "kind wins").await;
    assert_eq!(served(&world, unit).0, 3);
}

#[tokio::test]
async fn of_several_arms_the_winner_is_named() {
    let world = World::new().await;
    let rollout = three_arms(&world, false).await;
    let nobody = rollouts::finish(&world.ctx, &world.admin, rollout.number, None, "").await;
    assert!(nobody.unwrap_err().to_string().contains("say which one"));
    finish_anyway(&world, rollout.number, Some(1), "short").await;
    assert_eq!(served(&world, "anybody"), (2, None));
}

#[tokio::test]
async fn an_exposure_to_an_arm_there_is_none_of_is_refused() {
    let world = World::new().await;
    three_arms(&world, true).await;
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let got = send(
        &world,
        vec![
            exposure("a", 2, now),
            exposure("b", 3, now),
            exposure("c", 10, now),
        ],
    )
    .await;
    assert_eq!(got.accepted, 1);
    assert_eq!(got.rejected, [(1, EventError::Arm), (2, EventError::Arm)]);
}

#[tokio::test]
async fn arms_and_shares_must_fit_and_no_release_stands_twice() {
    let world = World::new().await;
    two_releases(&world).await;
    let arm = |release| NewArm::of(ReleaseNumber(release));
    let rows = [
        (vec![], 2, "0 new releases"),
        (vec![arm(2)], 3, "2 new arms"),
        (vec![arm(2), arm(2)], 3, "two arms"),
        (vec![arm(1)], 2, "live"),
    ];
    for (treatments, arms, expected) in rows {
        let plan = Plan {
            weights_bp: equal_shares(arms),
            ..plan(Vec::new())
        };
        let cmd = StartRollout {
            treatments,
            ..start(2, plan)
        };
        let error = rollouts::start(&world.ctx, &world.admin, cmd)
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let none = rollouts::get(&world.ctx, &world.admin, RolloutNumber(1)).await;
    assert!(none.is_err(), "nothing was started");
}
