//! A share of all units that keeps what was live, over several rollouts.

use variorum_app::events::settle;
use variorum_app::rollouts::{self, StartRollout, go_on_everywhere};
use variorum_app::serving::Audience;
use variorum_app::{Error, environments, releases, stop};
use variorum_domain::event::Event;
use variorum_domain::id::{ReleaseNumber, RolloutNumber, Time};
use variorum_domain::rollout::{Plan, Rollout, RolloutState};
use variorum_ports::Clock;

use crate::measure::{exposure, outcome, send};
use crate::restore::{LIBRARY, PROMPT, guard, plan, start, two_releases};
use crate::world::World;

const DAY: i64 = 86_400;

async fn hold_out(world: &World) -> Rollout {
    let until = world.clock.now().plus_seconds(60 * DAY);
    let cmd = StartRollout {
        title: "Spring".into(),
        treatments: Vec::new(),
        plan: Plan {
            goal: Some("order".into()),
            ..Plan::hold_out(2_000, until)
        },
        ..start(0, Plan::even(&[10_000]))
    };
    rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap()
}

/// Release, rollout and arm of a unit.
fn served(world: &World, prompt: &str, unit: &str) -> (i64, Option<(i64, u8)>) {
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    let answer = index
        .answer(None, prompt, Some(unit), Audience::default())
        .ok()
        .unwrap();
    let assigned = answer.assigned.map(|(rollout, arm)| (rollout.0, arm));
    (answer.release.0, assigned)
}

fn units() -> Vec<String> {
    (0..300).map(|n| format!("u{n}")).collect()
}

async fn finish(world: &World, number: RolloutNumber) {
    rollouts::finish(&world.ctx, &world.admin, number, None, "done")
        .await
        .unwrap();
}

#[tokio::test]
async fn who_is_held_out_keeps_what_was_live_over_rollouts_and_releases() {
    let world = World::new().await;
    two_releases(&world).await;
    let held = hold_out(&world).await;
    let (inside, outside): (Vec<String>, Vec<String>) = units()
        .into_iter()
        .partition(|unit| held.arm_of(unit) == Some(0));
    assert!((30..90).contains(&inside.len()), "{}", inside.len());
    let everybody = |release, assigned: Option<(i64, u8)>| {
        for unit in &inside {
            assert_eq!(served(&world, "email/welcome", unit), (1, Some((1, 0))));
        }
        for unit in &outside {
            assert_eq!(served(&world, "email/welcome", unit), (release, assigned));
        }
    };
    everybody(1, Some((1, 1)));
    let tried = plan(vec![guard("order")]);
    let tried = Plan {
        goal: None,
        stages: vec![variorum_domain::rollout::Stage::of(10_000)],
        ..tried
    };
    let rollout = rollouts::start(&world.ctx, &world.admin, start(2, tried))
        .await
        .unwrap();
    for unit in &inside {
        assert_eq!(served(&world, "email/welcome", unit), (1, Some((1, 0))));
    }
    let mut arms = [0, 0];
    for unit in &outside {
        let (release, assigned) = served(&world, "email/welcome", unit);
        let (number, arm) = assigned.unwrap();
        assert_eq!((number, release), (2, i64::from(arm) + 1));
        arms[usize::from(arm)] += 1;
    }
    assert!(arms.iter().all(|units| *units > 50), "{arms:?}");
    finish(&world, rollout.number).await;
    everybody(2, Some((1, 1)));

    // What is new since it began has no old text.
    world
        .save("Third", &[("prompts/ads/new.prompt", PROMPT)])
        .await
        .unwrap();
    releases::create(&world.ctx, &world.admin, None, "three")
        .await
        .unwrap();
    environments::go_live(
        &world.ctx,
        &world.admin,
        "production",
        ReleaseNumber(3),
        "new",
    )
    .await
    .unwrap();
    everybody(3, Some((1, 1)));
    assert_eq!(served(&world, "ads/new", &inside[0]), (3, Some((1, 0))));

    finish(&world, held.number).await;
    for unit in units() {
        assert_eq!(served(&world, "email/welcome", &unit), (3, None));
    }
    let after = environments::list(&world.ctx, &world.admin).await.unwrap();
    assert_eq!(after[0].release, Some(ReleaseNumber(3)));
}

#[tokio::test]
async fn everybody_else_is_compared_with_those_held_out_in_whichever_rollout_they_are() {
    let world = World::new().await;
    two_releases(&world).await;
    let held = hold_out(&world).await;
    let rollout = rollouts::start(
        &world.ctx,
        &world.admin,
        start(2, plan(vec![guard("order")])),
    )
    .await
    .unwrap();
    let now = world.clock.now();
    let mut events: Vec<Event> = Vec::new();
    let mut expected = [0_u64, 0];
    for unit in units() {
        let arm = held.arm_of(&unit).unwrap();
        expected[usize::from(arm)] += 1;
        // Everybody else meets the rollout of the day, or none.
        let is_tried = arm == 1 && unit.ends_with('3');
        let number = if is_tried {
            rollout.number
        } else {
            held.number
        };
        events.push(Event {
            rollout: Some(number),
            id: format!("x-{unit}"),
            ..exposure(&unit, if is_tried { 0 } else { arm }, now)
        });
    }
    // Somebody who met the rollout of the day although they are held out is no everybody else, and
    // what came before the hold-out began is none of its business.
    let inside = units().into_iter().find(|u| held.arm_of(u) == Some(0));
    events.push(Event {
        rollout: Some(rollout.number),
        id: "x-strange".into(),
        ..exposure(&inside.unwrap(), 1, now.plus_seconds(1))
    });
    events.push(Event {
        rollout: Some(RolloutNumber(99)),
        id: "x-before".into(),
        ..exposure("before", 1, Time(now.0 - 1))
    });
    send(&world, events).await;
    // Long after the window that the KPI has for a single change.
    world.clock.advance(30 * DAY);
    let later = world.clock.now();
    let ordered = units()
        .into_iter()
        .filter(|unit| unit.ends_with('3') || unit.ends_with('7'));
    let orders = ordered.map(|unit| outcome(&unit, "order", 1, later));
    send(&world, orders.collect()).await;
    settle(&world.ctx).await.unwrap();
    let found = rollouts::get(&world.ctx, &world.admin, held.number)
        .await
        .unwrap();
    let reading = found.measurement.unwrap().reading;
    assert_eq!(reading.exposed, expected);
    assert_eq!(reading.both_arms, 0);
    let order = reading.kpis.iter().find(|kpi| kpi.kpi == "order").unwrap();
    let conversions: u64 = [0, 1]
        .into_iter()
        .map(|arm| order.arm(arm).unwrap().sum.parse::<u64>().unwrap())
        .sum();
    assert_eq!(conversions, 60, "of everybody who ordered");
    assert!(found.verdict.is_some());
    let again = rollouts::replay(&world.ctx, &world.admin, held.number)
        .await
        .unwrap();
    assert!(again.decisions_equal && again.statistics_equal);
    let of_day = rollouts::get(&world.ctx, &world.admin, rollout.number)
        .await
        .unwrap();
    let exposed = of_day.measurement.unwrap().reading.exposed;
    assert_eq!(exposed.iter().sum::<u64>(), 1 + expected_tried(&held));
}

fn expected_tried(held: &Rollout) -> u64 {
    let tried = units()
        .into_iter()
        .filter(|unit| unit.ends_with('3') && held.arm_of(unit) == Some(1));
    tried.count().try_into().unwrap()
}

#[tokio::test]
async fn a_hold_out_begins_beside_no_rollout_ends_by_itself_and_takes_nothing_back() {
    let world = World::new().await;
    two_releases(&world).await;
    let first = rollouts::start(
        &world.ctx,
        &world.admin,
        start(2, plan(vec![guard("order")])),
    )
    .await
    .unwrap();
    let until = world.clock.now().plus_seconds(60 * DAY);
    let cmd = |plan| StartRollout {
        treatments: Vec::new(),
        ..start(0, plan)
    };
    let refused = async |plan| {
        let error = rollouts::start(&world.ctx, &world.admin, cmd(plan)).await;
        error.unwrap_err().to_string()
    };
    let error = refused(Plan::hold_out(500, until)).await;
    assert!(error.contains("cannot be held out any more"), "{error}");
    rollouts::roll_back(&world.ctx, &world.admin, first.number, "no")
        .await
        .unwrap();
    let error = refused(Plan::hold_out(500, world.clock.now())).await;
    assert!(error.contains("within 366 days"), "{error}");
    let held = hold_out(&world).await;
    let error = refused(Plan::hold_out(500, until)).await;
    assert!(error.contains("has a hold-out already, `R-2`"), "{error}");
    let error = rollouts::roll_back(&world.ctx, &world.admin, held.number, "no").await;
    let Error::Invalid { hint, .. } = error.unwrap_err() else {
        unreachable!("taking a hold-out back is invalid");
    };
    assert!(hint.unwrap().contains("go live with release 1"));

    // A stop takes back what is new; those held out have nothing new.
    stop::stop_everything(&world.ctx, &world.admin, None, "wrong price")
        .await
        .unwrap();
    let state = async || {
        rollouts::get(&world.ctx, &world.admin, held.number)
            .await
            .unwrap()
            .rollout
            .state
    };
    assert_eq!(state().await, RolloutState::Running);
    world.clock.advance(59 * DAY);
    go_on_everywhere(&world.ctx).await.unwrap();
    assert_eq!(state().await, RolloutState::Running);
    world.clock.advance(2 * DAY);
    go_on_everywhere(&world.ctx).await.unwrap();
    assert_eq!(state().await, RolloutState::Finished);
    let after = environments::list(&world.ctx, &world.admin).await.unwrap();
    assert_eq!(after[0].release, Some(ReleaseNumber(1)));
    assert!(LIBRARY.contains("order"));
}
