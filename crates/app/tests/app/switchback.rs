//! Rollouts in which everybody gets one arm at a time, window by window.

use std::collections::BTreeMap;

use variorum_app::events::{rebuild, settle};
use variorum_app::rollouts::{self, go_on_everywhere};
use variorum_app::serving::{Audience, Facts};
use variorum_app::{Error, stop};
use variorum_domain::event::Event;
use variorum_domain::fold::WindowState;
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::rollout::{
    Condition, Design, Plan, Rollout, RolloutState, Stage, Switchback, Test,
};
use variorum_domain::verdict::Outcome;
use variorum_ports::Clock;

use crate::measure::{exposure, outcome, send};
use crate::restore::{guard, plan, start, two_releases};
use crate::world::World;

const HOUR: i64 = 3_600;

fn windows() -> Plan {
    Plan {
        stages: vec![Stage::of(10_000)],
        design: Design::Switchback(Switchback {
            window_seconds: 4 * HOUR,
            burn_in_seconds: HOUR / 2,
            pairs: 20,
            from: Time(0),
        }),
        ..plan(vec![guard("order")])
    }
}

async fn begun(world: &World, plan: Plan) -> Rollout {
    world.clock.set(world.clock.now().plus_seconds(61));
    rollouts::start(&world.ctx, &world.admin, start(2, plan))
        .await
        .unwrap()
}

/// Release, arm and window of what is answered at a moment.
fn served(
    world: &World,
    unit: Option<&str>,
    region: &str,
    at: Time,
) -> (i64, Option<u8>, Option<u32>) {
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    let facts = Facts {
        audience: Audience { brand: "", region },
        channel: "email",
        attributes: &BTreeMap::new(),
        at,
    };
    let answer = index.answer_for(None, "email/welcome", unit, &facts);
    let answer = answer.ok().unwrap();
    (
        answer.release.0,
        answer.assigned.map(|(_, arm)| arm),
        answer.window,
    )
}

#[tokio::test]
async fn everybody_gets_the_arm_of_the_window() {
    let world = World::new().await;
    two_releases(&world).await;
    let only = Condition {
        attribute: "region".into(),
        test: Test::OneOf(vec!["de".into()]),
    };
    let plan = Plan {
        conditions: vec![only],
        ..windows()
    };
    let rollout = begun(&world, plan).await;
    let cut = rollout.plan.switchback().unwrap();
    assert_eq!(
        cut.from,
        crate::world::START.plus_seconds(HOUR),
        "the next full hour"
    );
    let before = cut.from.plus_seconds(-1);
    assert_eq!(served(&world, Some("u"), "de", before), (1, None, None));
    let mut arms = [0, 0];
    for index in 0..20 {
        let at = cut.begin_of(index).plus_seconds(i64::from(index));
        let (window, arm) = rollout.window_at(at).unwrap();
        assert_eq!(window.index, index);
        let expected = (i64::from(arm) + 1, Some(arm), Some(index));
        for unit in [Some("a"), Some("b"), None] {
            assert_eq!(served(&world, unit, "de", at), expected);
        }
        assert_eq!(served(&world, Some("a"), "uk", at), (1, None, None));
        arms[usize::from(arm)] += 1;
    }
    assert_eq!(arms, [10, 10]);
}

/// Twenty people a window who are exposed after the burn-in and five in it; so many of the twenty
/// order, by arm.
fn events(rollout: &Rollout, index: u32, orders: [u32; 2]) -> Vec<Event> {
    let cut = rollout.plan.switchback().unwrap();
    let arm = cut.arm_of(&rollout.salt, index);
    let (from, mut events) = (cut.begin_of(index), Vec::new());
    for person in 0..20_u32 {
        let unit = format!("w{index}-{person}");
        let at = from.plus_seconds(HOUR + i64::from(person));
        events.push(exposure(&unit, arm, at));
        if person < orders[usize::from(arm)] + index % 3 {
            events.push(outcome(&unit, "order", 1, at.plus_seconds(60)));
        }
    }
    for person in 0..5_u32 {
        let unit = format!("b{index}-{person}");
        events.push(exposure(&unit, arm, from.plus_seconds(i64::from(person))));
        events.push(outcome(&unit, "order", 1, from.plus_seconds(HOUR)));
    }
    events
}

async fn live_through(
    world: &World,
    rollout: &Rollout,
    windows: std::ops::Range<u32>,
    orders: [u32; 2],
) {
    let cut = rollout.plan.switchback().unwrap();
    for index in windows {
        world.clock.set(cut.begin_of(index + 1).plus_seconds(-1));
        send(world, events(rollout, index, orders)).await;
    }
    settle(&world.ctx).await.unwrap();
}

#[tokio::test]
pub(crate) async fn a_guard_takes_a_switchback_back_and_every_decision_is_reproduced() {
    let mut world = World::new().await;
    two_releases(&world).await;
    let rollout = begun(&world, windows()).await;
    live_through(&world, &rollout, 0..7, [8, 2]).await;
    let read = |measured: &rollouts::Measured| measured.measurement.clone().unwrap();
    let before = rollouts::get(&world.ctx, &world.admin, rollout.number)
        .await
        .unwrap();
    let (known, verdict) = (read(&before), before.verdict.unwrap());
    assert_eq!(verdict.outcome, Outcome::NotEnough);
    assert_eq!(verdict.windows.unwrap().pairs, 3);
    assert_eq!(known.reading.windows.unwrap().burn_in, 35);
    assert_eq!(known.windows[6].state, WindowState::Open);
    world.restart().await;
    let after = rollouts::get(&world.ctx, &world.admin, rollout.number)
        .await
        .unwrap();
    assert_eq!(read(&after), known, "the same after a restart");
    live_through(&world, &rollout, 7..40, [8, 2]).await;
    let ended = rollouts::get(&world.ctx, &world.admin, rollout.number)
        .await
        .unwrap();
    assert_eq!(ended.rollout.state, RolloutState::RolledBack);
    assert!(ended.rollout.ending.as_ref().unwrap().by_guard);
    let fired = read(&ended).fired.unwrap();
    assert!(fired.reading.windows.unwrap().over < 16, "{fired:?}");
    let again = rollouts::replay(&world.ctx, &world.admin, rollout.number)
        .await
        .unwrap();
    assert!(again.decisions_equal && again.statistics_equal);
    assert!(!again.looks.is_empty() && again.looks.iter().all(|look| look.is_equal));
    assert_eq!(again.fired, vec![fired]);
    let rebuilt = rebuild(&world.ctx, &world.admin).await.unwrap();
    assert!(
        rebuilt.iter().all(|one| one.equal == Some(true)),
        "{rebuilt:?}"
    );
    assert_eq!(
        served(&world, Some("u"), "", world.clock.now()),
        (1, None, None)
    );
}

#[tokio::test]
pub(crate) async fn the_better_arm_is_found_and_everybody_gets_it() {
    let world = World::new().await;
    two_releases(&world).await;
    let rollout = begun(&world, windows()).await;
    live_through(&world, &rollout, 0..41, [3, 9]).await;
    let found = rollouts::get(&world.ctx, &world.admin, rollout.number)
        .await
        .unwrap();
    let verdict = found.verdict.unwrap();
    assert_eq!(verdict.outcome, Outcome::Better, "{verdict:?}");
    let ask = rollouts::PlanAsk {
        kpi: "order".to_owned(),
        prompt: None,
        lift: 0.3,
        baseline: None,
        sd: None,
        daily_units: None,
        arms: 2,
        coverage: 1.0,
        alpha: 0.05,
        power: 0.8,
        guard_alpha: 0.01,
        window_seconds: Some(4 * HOUR),
        pair_sd: None,
    };
    let planned = async |ask| {
        rollouts::plan(&world.ctx, &world.admin, &ask)
            .await
            .unwrap()
            .windows
            .unwrap()
    };
    let here = planned(ask.clone()).await;
    assert_eq!(here.source, rollouts::PairSource::Rollout(rollout.number));
    assert!((here.days - here.pairs / 3.0).abs() < 1e-9, "{here:?}");
    let longer = planned(rollouts::PlanAsk {
        window_seconds: Some(8 * HOUR),
        ..ask.clone()
    })
    .await;
    assert_eq!(
        longer.source,
        rollouts::PairSource::People,
        "none had such windows"
    );
    let said = planned(rollouts::PlanAsk {
        pair_sd: Some(4.0 * here.pair_sd),
        ..ask
    })
    .await;
    assert!(said.pairs > 4.0 * here.pairs, "{said:?} {here:?}");
    let finished = rollouts::finish(&world.ctx, &world.admin, rollout.number, None, "better");
    finished.await.unwrap();
    assert_eq!(
        served(&world, Some("u"), "", world.clock.now()),
        (2, None, None)
    );
}

fn is_conflict<T>(result: &variorum_app::Result<T>, words: &str) -> bool {
    matches!(result, Err(Error::Conflict(text)) if text.contains(words))
}

#[tokio::test]
async fn nothing_else_runs_beside_it_and_it_cannot_be_paused() {
    let world = World::new().await;
    two_releases(&world).await;
    let until = world.clock.now().plus_seconds(60 * 24 * HOUR);
    let held = || rollouts::StartRollout {
        treatments: Vec::new(),
        ..start(0, Plan::hold_out(500, until))
    };
    let hold_out = rollouts::start(&world.ctx, &world.admin, held())
        .await
        .unwrap();
    let refused = rollouts::start(&world.ctx, &world.admin, start(2, windows())).await;
    assert!(is_conflict(&refused, "hold-out `R-1`"));
    let ended = rollouts::finish(&world.ctx, &world.admin, hold_out.number, None, "enough");
    ended.await.unwrap();
    let rollout = begun(&world, windows()).await;
    for cmd in [
        start(2, windows()),
        start(2, plan(vec![guard("order")])),
        held(),
    ] {
        let refused = rollouts::start(&world.ctx, &world.admin, cmd).await;
        assert!(is_conflict(&refused, "`R-2` is running"), "{refused:?}");
    }
    let paused = rollouts::set_paused(&world.ctx, &world.admin, rollout.number, true, "wait").await;
    assert!(paused.unwrap_err().to_string().contains("cannot be paused"));
    let stopped = stop::stop_everything(&world.ctx, &world.admin, None, "fire")
        .await
        .unwrap();
    assert_eq!(stopped.ended, vec![RolloutNumber(2)]);
    let at = rollout
        .plan
        .switchback()
        .unwrap()
        .from
        .plus_seconds(9 * HOUR);
    assert_eq!(served(&world, Some("u"), "", at), (1, None, None));
}

#[tokio::test]
async fn a_window_that_begins_is_announced_once() {
    let world = World::new().await;
    two_releases(&world).await;
    let rollout = begun(&world, windows()).await;
    let cut = rollout.plan.switchback().unwrap();
    let mut news = world.ctx.news.subscribe();
    let mut told = Vec::new();
    for (index, seconds) in [(0, 1), (0, 9), (1, 1), (1, 9)] {
        world.clock.set(cut.begin_of(index).plus_seconds(seconds));
        go_on_everywhere(&world.ctx).await.unwrap();
        let mut heard = 0;
        while let Ok(one) = news.try_recv() {
            heard += u32::from(one.topic == "environment");
        }
        told.push(heard);
    }
    assert_eq!(told, [1, 0, 1, 0]);
}
