//! What guards do beside rolling back, what is written down of it, and that it can be computed again.

use variorum_app::events::settle;
use variorum_app::rollouts::{self, KeptLook, Measured};
use variorum_app::{activity, escalation};
use variorum_domain::audit::Entry;
use variorum_domain::escalation::Cause;
use variorum_domain::fold::Why;
use variorum_domain::id::RolloutNumber;
use variorum_domain::kpi::model;
use variorum_domain::rollout::{
    Cohorts, Guard, GuardAction, Harm, Limit, Plan, RolloutState, Stage,
};
use variorum_domain::verdict::Outcome;
use variorum_ports::Clock;
use variorum_ports::rows::EntryFilter;

use crate::measure::{exposure, outcome, send};
use crate::restore::{guard, plan, start, two_releases};
use crate::world::World;

pub(crate) async fn running(world: &World, guards: Vec<Guard>) -> RolloutNumber {
    two_releases(world).await;
    let plan = Plan {
        external_assignment: true,
        planned_units: 2_000,
        ..plan(guards)
    };
    let started = rollouts::start(&world.ctx, &world.admin, start(2, plan)).await;
    started.unwrap().number
}

pub(crate) fn with_action(kpi: &str, action: GuardAction) -> Guard {
    Guard {
        action,
        ..guard(kpi)
    }
}

/// People from `first` on, half of them in each arm; of every `of` in an arm one orders.
pub(crate) async fn people(world: &World, (first, count): (usize, usize), of: [usize; 2]) {
    let now = world.clock.now();
    let mut batch = Vec::new();
    for n in first..first + count {
        let (unit, arm) = (format!("u{n}"), n % 2);
        batch.push(exposure(&unit, u8::try_from(arm).unwrap(), now));
        if of[arm] > 0 && (n / 2).is_multiple_of(of[arm]) {
            batch.push(outcome(&unit, "order", 1, now));
        }
    }
    send(world, batch).await;
    settle(&world.ctx).await.unwrap();
}

async fn seen(world: &World, number: RolloutNumber) -> Measured {
    let found = rollouts::get(&world.ctx, &world.admin, number).await;
    found.unwrap()
}

async fn entries(world: &World, action: &str) -> Vec<Entry> {
    let filter = EntryFilter {
        action_prefix: Some(action.to_owned()),
        ..EntryFilter::default()
    };
    let found = activity::list(&world.ctx, &world.admin, &filter, None, 100).await;
    found.unwrap()
}

async fn incidents(world: &World) -> Vec<(Cause, u32)> {
    let found = escalation::list(&world.ctx, &world.admin, true, None, 50).await;
    let all = found.unwrap().into_iter();
    all.map(|one| (one.alarm.cause, one.times)).collect()
}

async fn replayed(world: &World, number: RolloutNumber) -> Vec<(KeptLook, bool)> {
    let again = rollouts::replay(&world.ctx, &world.admin, number).await;
    let again = again.unwrap();
    assert!(again.decisions_equal && again.statistics_equal);
    let looks = again.looks.into_iter();
    looks.map(|look| (look.kept, look.is_equal)).collect()
}

#[tokio::test]
async fn a_hold_keeps_the_stage_and_takes_nothing_back() {
    let mut world = World::new().await;
    let number = running(&world, vec![with_action("order", GuardAction::Hold)]).await;
    people(&world, (0, 1_000), [2, 0]).await;
    let held = seen(&world, number).await.rollout;
    assert_eq!(held.state, RolloutState::Running);
    assert_eq!(
        held.hold.as_ref().map(|hold| hold.kpi.as_str()),
        Some("order")
    );
    assert_eq!(incidents(&world).await, [(Cause::GuardFired, 1)]);
    let refused = rollouts::advance(&world.ctx, &world.admin, number, "").await;
    assert!(refused.unwrap_err().to_string().contains("holds rollout"));
    // A restart does not carry it out again.
    world.restart().await;
    settle(&world.ctx).await.unwrap();
    assert_eq!(entries(&world, "rollout.held").await.len(), 1);
    assert_eq!(incidents(&world).await, [(Cause::GuardFired, 1)]);
    rollouts::set_paused(&world.ctx, &world.admin, number, false, "we know why")
        .await
        .unwrap();
    world.restart().await;
    rollouts::advance(&world.ctx, &world.admin, number, "")
        .await
        .unwrap();
    let after = seen(&world, number).await.rollout;
    assert_eq!((after.stage(), after.hold), (1, None));
}

#[tokio::test]
async fn a_hold_keeps_a_stage_from_coming_by_itself() {
    let world = World::new().await;
    two_releases(&world).await;
    let soon = Stage {
        not_before: Some(world.clock.now().plus_seconds(60)),
        ..Stage::of(10_000)
    };
    let plan = Plan {
        external_assignment: true,
        stages: vec![Stage::of(2_000), soon],
        ..plan(vec![with_action("order", GuardAction::Hold)])
    };
    let number = rollouts::start(&world.ctx, &world.admin, start(2, plan))
        .await
        .unwrap()
        .number;
    people(&world, (0, 1_000), [2, 0]).await;
    world.clock.advance(120);
    rollouts::go_on_everywhere(&world.ctx).await.unwrap();
    assert_eq!(seen(&world, number).await.rollout.stage(), 0);
}

#[tokio::test]
async fn a_guard_that_escalates_lets_it_go_on_and_another_takes_it_back() {
    let world = World::new().await;
    let mut complaints = Guard::of("revenue", Harm::Increase);
    complaints.action = GuardAction::Escalate;
    complaints.more.limit = Some(Limit::Level(10.0));
    let number = running(&world, vec![complaints, guard("order")]).await;
    let now = world.clock.now();
    let mut batch = Vec::new();
    for n in 0..200_usize {
        let unit = format!("c{n}");
        batch.push(exposure(&unit, u8::try_from(n % 2).unwrap(), now));
        let cents = 400 + i64::try_from(n % 7).unwrap();
        batch.push(outcome(&unit, "revenue", cents, now));
    }
    send(&world, batch).await;
    settle(&world.ctx).await.unwrap();
    let after = seen(&world, number).await;
    assert!(after.rollout.state.is_open() && after.rollout.hold.is_none());
    assert_eq!(after.rollout.heeded.len(), 1);
    assert_eq!(
        after.verdict.unwrap().outcome,
        Outcome::NotEnough,
        "people are asked; the answer stays the goal's"
    );
    assert_eq!(incidents(&world).await, [(Cause::GuardEscalates, 1)]);
    assert_eq!(entries(&world, "rollout.escalated").await.len(), 1);
    people(&world, (0, 1_000), [2, 0]).await;
    let after = seen(&world, number).await.rollout;
    assert_eq!(after.state, RolloutState::RolledBack);
    let all: Vec<bool> = replayed(&world, number)
        .await
        .into_iter()
        .map(|look| look.1)
        .collect();
    assert!(!all.is_empty() && all.iter().all(|equal| *equal));
}

#[tokio::test]
async fn looks_are_written_down_when_they_matter_and_computed_again() {
    let mut world = World::new().await;
    let number = running(&world, vec![guard("order")]).await;
    for round in 0..4 {
        people(&world, (round * 200, 200), [10, 10]).await;
        world.clock.advance(60);
    }
    assert_eq!(
        entries(&world, "rollout.looked").await.len(),
        0,
        "nothing changed"
    );
    world.clock.advance(3_600);
    people(&world, (800, 20), [10, 10]).await;
    let hours = entries(&world, "rollout.looked").await;
    assert_eq!(hours.len(), 1, "one an hour while events come");
    rollouts::advance(&world.ctx, &world.admin, number, "fine so far")
        .await
        .unwrap();
    world.restart().await;
    world.clock.advance(60);
    people(&world, (1_000, 2_000), [3, 4]).await;
    world.clock.advance(60);
    people(&world, (3_000, 2_000), [3, 9]).await;
    let ended = seen(&world, number).await.rollout;
    assert_eq!(ended.state, RolloutState::RolledBack);
    let looks = replayed(&world, number).await;
    assert!(looks.iter().all(|(_, equal)| *equal));
    let whys: Vec<&Why> = looks.iter().map(|(kept, _)| &kept.look.why).collect();
    let quarters = whys.iter().filter_map(|why| match why {
        Why::Passed(passed) => Some(passed.quarters),
        _ => None,
    });
    assert_eq!(quarters.collect::<Vec<_>>(), [1, 2, 3], "{whys:?}");
    let count = |asked: &Why| whys.iter().filter(|why| **why == asked).count();
    assert_eq!(
        (count(&Why::Hour), count(&Why::Stage), count(&Why::Decision)),
        (1, 1, 1)
    );
    let last = &looks.last().unwrap().0;
    assert_eq!(
        (last.action.as_str(), last.look.outcome),
        ("rollout.rolled-back", Outcome::Stopped)
    );
}

#[tokio::test]
async fn a_change_of_the_verdict_is_written_down_once() {
    let world = World::new().await;
    let number = running(&world, vec![guard("order")]).await;
    people(&world, (0, 4_000), [10, 5]).await;
    world.clock.advance(5);
    people(&world, (4_000, 20), [10, 5]).await;
    world.clock.advance(5);
    people(&world, (4_020, 20), [10, 5]).await;
    let verdicts = replayed(&world, number).await;
    let verdicts: Vec<Outcome> = verdicts
        .iter()
        .filter(|(kept, _)| matches!(kept.look.why, Why::Verdict(_)))
        .map(|(kept, _)| kept.look.outcome)
        .collect();
    assert_eq!(verdicts, [Outcome::Better]);
}

#[tokio::test]
async fn a_cohort_that_is_harmed_is_named() {
    let world = World::new().await;
    let mut by_channel = guard("order");
    by_channel.more.cohorts = Some(Cohorts {
        facet: "channel".into(),
        levels: vec!["email".into(), "sms".into()],
    });
    let number = running(&world, vec![by_channel]).await;
    let now = world.clock.now();
    let mut batch = Vec::new();
    for n in 0..1_200_usize {
        let (unit, arm, is_sms) = (format!("u{n}"), n % 2, n / 2 % 2 == 1);
        let mut exposed = exposure(&unit, u8::try_from(arm).unwrap(), now);
        exposed.channel = if is_sms { "sms" } else { "email" }.into();
        batch.push(exposed);
        if arm == 0 || !is_sms {
            batch.push(outcome(&unit, "order", 1, now));
        }
    }
    send(&world, batch).await;
    settle(&world.ctx).await.unwrap();
    let ended = seen(&world, number).await.rollout;
    assert_eq!(ended.state, RolloutState::RolledBack);
    let reason = ended.ending.unwrap().reason;
    assert!(reason.contains("channel=sms"), "{reason}");
    let entry = &entries(&world, "rollout.rolled-back").await[0];
    let evidence: serde_json::Value = serde_json::from_str(&entry.evidence).unwrap();
    assert_eq!(evidence["cohort"], "channel=sms");
}

#[tokio::test]
async fn cohorts_that_nobody_names_are_those_of_the_library() {
    let world = World::new().await;
    two_releases(&world).await;
    let by = |facet: &str| {
        let mut guard = guard("order");
        guard.more.cohorts = Some(Cohorts {
            facet: facet.into(),
            levels: Vec::new(),
        });
        plan(vec![guard])
    };
    let refused = rollouts::start(&world.ctx, &world.admin, start(2, by("region"))).await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("names no values of `region`")
    );
    let library = format!(
        "{}regions:\n  - {{id: eu}}\n  - {{id: us}}\n",
        crate::restore::LIBRARY
    );
    world
        .save("Regions", &[("library.yaml", &library)])
        .await
        .unwrap();
    let started = rollouts::start(&world.ctx, &world.admin, start(2, by("region")))
        .await
        .unwrap();
    let cohorts = started.plan.guards[0].more.cohorts.clone().unwrap();
    assert_eq!(cohorts.levels, ["eu", "us"]);
}

#[tokio::test]
async fn the_models_latency_is_guarded_without_a_definition() {
    let world = World::new().await;
    let mut latency = Guard::of(model::LATENCY, Harm::Increase);
    latency.margin = 0.2;
    let number = running(&world, vec![latency]).await;
    let now = world.clock.now();
    let mut batch = Vec::new();
    for n in 0..600_usize {
        let (unit, arm) = (format!("u{n}"), n % 2);
        batch.push(exposure(&unit, u8::try_from(arm).unwrap(), now));
        let ms = i64::try_from(800 + n % 50 + arm * 900).unwrap();
        batch.push(outcome(&unit, model::LATENCY, ms, now));
    }
    send(&world, batch).await;
    settle(&world.ctx).await.unwrap();
    let ended = seen(&world, number).await.rollout;
    assert_eq!(ended.state, RolloutState::RolledBack);
    assert!(ended.ending.unwrap().reason.contains("model.latency_ms"));
}
