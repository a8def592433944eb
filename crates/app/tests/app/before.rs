//! What people did before a rollout began takes out what was known of them.

use variorum_app::events::{rebuild, settle};
use variorum_app::rollouts;
use variorum_domain::event::Event;
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::rollout::Plan;

use crate::measure::{exposure, outcome, send};
use crate::restore::{guard, plan, start, two_releases};
use crate::world::{START, World};

const DAY: i64 = 86_400;
const PEOPLE: i64 = 400;

/// What somebody usually spends, in cents: everybody something else.
fn usual(person: i64) -> i64 {
    (person * 37) % 400 * 100
}

fn at(day: i64) -> Time {
    START.plus_seconds(day * DAY)
}

fn spent(person: i64, cents: i64, day: i64) -> Event {
    outcome(&format!("p{person}"), "revenue", cents, at(day))
}

async fn begin(world: &World, pre_period_days: Option<u32>) -> RolloutNumber {
    let plan = Plan {
        external_assignment: true,
        goal: Some("revenue".into()),
        planned_units: 1_000,
        pre_period_days,
        ..plan(vec![guard("revenue")])
    };
    let begun = rollouts::start(&world.ctx, &world.admin, start(2, plan)).await;
    begun.unwrap().number
}

/// Everybody spends what is usual for them in the week before; then half of them get the new text and
/// spend a little more.
async fn history(world: &World) {
    two_releases(world).await;
    world.clock.set(at(7));
    let before = (0..PEOPLE).map(|person| spent(person, usual(person), 1 + person % 5));
    send(world, before.collect()).await;
    settle(&world.ctx).await.unwrap();
}

async fn after(world: &World) {
    world.clock.set(at(9));
    let mut batch = Vec::new();
    for person in 0..PEOPLE {
        let arm = u8::from(person % 2 == 1);
        batch.push(exposure(&format!("p{person}"), arm, at(7)));
        let more = if arm == 1 { 2_000 } else { 0 };
        let chance = (person * 53) % 40 * 100;
        batch.push(spent(person, usual(person) + chance + more, 8));
    }
    send(world, batch).await;
    settle(&world.ctx).await.unwrap();
}

#[tokio::test]
async fn what_was_spent_before_the_rollout_makes_the_verdict_sharper() {
    let mut world = World::new().await;
    history(&world).await;
    let number = begin(&world, Some(7)).await;
    after(&world).await;
    // Told late: somebody of the control spent more in the week before.
    send(&world, vec![spent(0, 100, 6)]).await;
    settle(&world.ctx).await.unwrap();
    let found = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    let verdict = found.verdict.unwrap();
    let gain = verdict.treatments[0].adjustment.unwrap();
    assert!(gain.reduction > 0.9, "{gain:?}");
    assert!((gain.theta - 1.0).abs() < 0.1, "{gain:?}");
    let lift = verdict.treatments[0].lift.unwrap();
    assert!(lift.low > 0.0, "{lift:?}");
    // Computed again from all events, and after a restart, it is the same to the last digit.
    let again = rollouts::replay(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert!(again.decisions_equal && again.statistics_equal);
    let kept = found.measurement.unwrap();
    world.restart().await;
    let restarted = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert_eq!(restarted.measurement.unwrap().reading, kept.reading);
    let rebuilt = rebuild(&world.ctx, &world.admin).await.unwrap();
    assert_eq!(rebuilt[0].equal, Some(true));
}

#[tokio::test]
async fn without_it_the_same_people_say_nothing_yet() {
    let world = World::new().await;
    history(&world).await;
    let number = begin(&world, None).await;
    after(&world).await;
    let found = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    let treatment = &found.verdict.unwrap().treatments[0];
    assert_eq!(treatment.adjustment, None);
    let lift = treatment.lift.unwrap();
    assert!(lift.low < 0.0 && lift.high > 0.0, "{lift:?}");
}

#[tokio::test]
async fn a_time_before_that_is_too_long_is_refused() {
    let world = World::new().await;
    two_releases(&world).await;
    for days in [0, 61] {
        let plan = Plan {
            pre_period_days: Some(days),
            ..plan(Vec::new())
        };
        let refused = rollouts::start(&world.ctx, &world.admin, start(2, plan)).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("1 to 60 days"), "{refused}");
    }
}
