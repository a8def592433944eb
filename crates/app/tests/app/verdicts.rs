//! Verdicts, rollouts that are held, and decisions computed again.

use variorum_app::events::settle;
use variorum_app::{escalation, rollouts};
use variorum_domain::id::RolloutNumber;
use variorum_domain::rollout::{Plan, RolloutState};
use variorum_domain::verdict::Outcome;

use crate::measure::{exposure, outcome, send};
use crate::restore::{guard, plan, start, two_releases};
use crate::world::{START, World};

async fn running(world: &World) -> RolloutNumber {
    two_releases(world).await;
    let plan = Plan {
        external_assignment: true,
        goal: Some("order".to_owned()),
        planned_units: 4_000,
        ..plan(vec![guard("order")])
    };
    rollouts::start(&world.ctx, &world.admin, start(2, plan))
        .await
        .unwrap()
        .number
}

/// Exposes as many people of each arm, of whom one in so many orders; none where that is 0.
async fn people(world: &World, units: [usize; 2], one_in: [usize; 2]) {
    world.clock.set(START.plus_seconds(3_600));
    let mut batch = Vec::new();
    for n in 0..units[0].max(units[1]) {
        for arm in 0..2 {
            if n >= units[arm] {
                continue;
            }
            let unit = format!("{arm}-{n}");
            batch.push(exposure(&unit, u8::try_from(arm).unwrap(), START));
            if one_in[arm] > 0 && n % one_in[arm] == 0 {
                batch.push(outcome(&unit, "order", 1, START));
            }
        }
        if batch.len() >= 5_000 {
            send(world, std::mem::take(&mut batch)).await;
        }
    }
    send(world, batch).await;
    settle(&world.ctx).await.unwrap();
}

async fn seen(world: &World, number: RolloutNumber) -> rollouts::Measured {
    rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_better_version_is_called_better_and_stays_so_in_the_record() {
    let world = World::new().await;
    let number = running(&world).await;
    people(&world, [2_000, 2_000], [10, 5]).await;
    let verdict = seen(&world, number).await.verdict.unwrap();
    assert_eq!((verdict.outcome, verdict.arm), (Outcome::Better, Some(1)));
    assert!(verdict.supports(1));
    rollouts::finish(&world.ctx, &world.admin, number, None, "more orders")
        .await
        .unwrap();
    let after = seen(&world, number).await;
    assert_eq!(after.verdict.unwrap().outcome, Outcome::Better);
}

#[tokio::test]
async fn an_uneven_split_holds_the_rollout_with_its_evidence() {
    let world = World::new().await;
    let number = running(&world).await;
    people(&world, [1_200, 800], [10, 5]).await;
    let held = seen(&world, number).await;
    assert_eq!(held.rollout.state, RolloutState::Paused);
    assert_eq!(held.verdict.unwrap().outcome, Outcome::Held);
    let filter = variorum_ports::rows::EntryFilter {
        action_prefix: Some("rollout.paused".into()),
        ..Default::default()
    };
    let entries = variorum_app::activity::list(&world.ctx, &world.admin, &filter, None, 10)
        .await
        .unwrap();
    let evidence: serde_json::Value = serde_json::from_str(&entries[0].evidence).unwrap();
    assert_eq!(entries[0].by.name, "Guard");
    assert_eq!(evidence["exposed"], serde_json::json!([1_200, 800]));
    assert_eq!(evidence["split"]["alarm"], true);
    let incidents = escalation::list(&world.ctx, &world.admin, true, None, 10);
    let incidents = incidents.await.unwrap();
    assert_eq!(incidents.len(), 1, "people are told");
    assert!(
        incidents[0].alarm.title.contains("is held"),
        "{}",
        incidents[0].alarm.title
    );
    // A person may let assignment go on, but no further stage begins while the split is wrong.
    rollouts::set_paused(&world.ctx, &world.admin, number, false, "looking into it")
        .await
        .unwrap();
    let refused = rollouts::advance(&world.ctx, &world.admin, number, "").await;
    assert!(refused.unwrap_err().to_string().contains("is held"));
    send(&world, vec![exposure("late", 0, START)]).await;
    settle(&world.ctx).await.unwrap();
    assert_eq!(
        seen(&world, number).await.rollout.state,
        RolloutState::Running,
        "told once"
    );
    // Taking it back works at once.
    rollouts::roll_back(&world.ctx, &world.admin, number, "unsafe")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_decision_is_reproduced_from_the_stored_events() {
    let world = World::new().await;
    let number = running(&world).await;
    people(&world, [2_000, 2_000], [5, 0]).await;
    let ended = seen(&world, number).await;
    assert_eq!(ended.rollout.state, RolloutState::RolledBack);
    assert_eq!(ended.verdict.unwrap().outcome, Outcome::Stopped);
    let again = rollouts::replay(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert!(again.decisions_equal && again.statistics_equal);
    assert_eq!(again.fired.len(), 1);
    assert_eq!(again.fired[0].kpi, "order");
}

#[tokio::test]
async fn a_record_that_was_changed_is_noticed() {
    let world = World::new().await;
    let number = running(&world).await;
    people(&world, [2_000, 2_000], [5, 0]).await;
    let mut kept = seen(&world, number).await.measurement.unwrap();
    kept.reading.exposed[0] += 1;
    let json = serde_json::to_string(&kept).unwrap();
    let mut tx = world.ctx.store.begin(world.admin.workspace).await.unwrap();
    tx.put_rollout_result(world.admin.workspace, number, &json)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let again = rollouts::replay(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert!(again.decisions_equal && !again.statistics_equal);
}

#[tokio::test]
async fn a_running_rollout_is_computed_again_too() {
    let world = World::new().await;
    let number = running(&world).await;
    people(&world, [300, 300], [10, 10]).await;
    let again = rollouts::replay(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert!(again.statistics_equal && again.fired.is_empty());
    assert_eq!(again.exposed, [300, 300]);
}
