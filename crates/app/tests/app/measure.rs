//! Events, guards, rebuilding and the audit log.

use variorum_app::events::{Ingested, ingest, rebuild, settle};
use variorum_app::rollouts::{self, PlanAsk};
use variorum_app::serving::Audience;
use variorum_app::{Error, activity, quality};
use variorum_domain::audit::Tampering;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::quality::Measure;
use variorum_domain::rollout::RolloutState;

use crate::restore::{guard, plan, start, two_releases};
use crate::world::World;

pub(crate) fn exposure(unit: &str, arm: u8, time: Time) -> Event {
    Event {
        id: format!("x-{unit}-{arm}"),
        kind: EventKind::Exposure,
        time,
        unit: unit.into(),
        prompt: "email/welcome".into(),
        rollout: Some(RolloutNumber(1)),
        arm: Some(arm),
        kpi: String::new(),
        value: 0,
        channel: String::new(),
        attributes: String::new(),
    }
}

pub(crate) fn outcome(unit: &str, kpi: &str, value: i64, time: Time) -> Event {
    Event {
        id: format!("o-{unit}-{kpi}-{}", time.0),
        kind: EventKind::Outcome,
        rollout: None,
        arm: None,
        kpi: kpi.into(),
        value,
        ..exposure(unit, 0, time)
    }
}

pub(crate) async fn send(world: &World, events: Vec<Event>) -> Ingested {
    let events = events.into_iter().map(Ok).enumerate().collect();
    ingest(&world.ctx, &world.admin, events).await.unwrap()
}

pub(crate) async fn running(world: &World) -> RolloutNumber {
    two_releases(world).await;
    let mut plan = plan(vec![guard("order")]);
    plan.external_assignment = true;
    rollouts::start(&world.ctx, &world.admin, start(2, plan))
        .await
        .unwrap()
        .number
}

#[tokio::test]
pub(crate) async fn an_event_counts_once_and_late_ones_count_by_the_window() {
    let mut world = World::new().await;
    let number = running(&world).await;
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let at = |seconds: i64| now.plus_seconds(seconds - 400_000);
    let batch = vec![
        outcome("early", "order", 1, at(100)),
        exposure("early", 1, at(50)),
        exposure("late", 0, at(0)),
        outcome("late", "order", 1, at(3 * 86_400)),
        exposure("too-late", 1, at(0)),
        outcome("too-late", "order", 1, at(3 * 86_400 + 1)),
        outcome("nobody", "order", 1, at(0)),
    ];
    let first = send(&world, batch.clone()).await;
    assert_eq!((first.accepted, first.duplicate), (7, 0));
    let again = send(&world, batch.clone()).await;
    assert_eq!((again.accepted, again.duplicate), (0, 7));
    settle(&world.ctx).await.unwrap();
    let kept = world
        .ctx
        .pipeline
        .result(world.admin.workspace, number)
        .unwrap()
        .reading;
    let sums = |reading: &variorum_domain::fold::Reading| {
        let kpi = &reading.kpis[0];
        (
            kpi.control.units,
            kpi.control.sum.clone(),
            kpi.arm(1).unwrap().units,
            kpi.arm(1).unwrap().sum.clone(),
        )
    };
    assert_eq!(sums(&kept), (1, "1".into(), 2, "1".into()));
    world.restart().await;
    let again = send(&world, batch).await;
    assert_eq!(
        (again.accepted, again.duplicate),
        (0, 7),
        "known after a restart, too"
    );
    let reread = world
        .ctx
        .pipeline
        .result(world.admin.workspace, number)
        .unwrap()
        .reading;
    assert_eq!(sums(&reread), sums(&kept));
}

#[tokio::test]
pub(crate) async fn bad_lines_are_refused_one_by_one() {
    let world = World::new().await;
    running(&world).await;
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let events = vec![
        exposure("fine", 1, now),
        exposure("", 1, now),
        exposure("old", 1, now.plus_seconds(-60 * 86_400)),
        exposure("future", 1, now.plus_seconds(3_600)),
        Event {
            arm: Some(7),
            ..exposure("arm", 1, now)
        },
        Event {
            kpi: String::new(),
            ..outcome("kpi", "order", 1, now)
        },
    ];
    let result = send(&world, events).await;
    assert_eq!(result.accepted, 1);
    let codes: Vec<(usize, &str)> = result
        .rejected
        .iter()
        .map(|(index, error)| (*index, error.code()))
        .collect();
    let expected = [
        (1, "missing-field"),
        (2, "too-old"),
        (3, "in-the-future"),
        (4, "bad-arm"),
        (5, "missing-field"),
    ];
    assert_eq!(codes, expected);
}

#[tokio::test]
pub(crate) async fn a_harmful_release_is_taken_back_by_itself_with_its_evidence() {
    let mut world = World::new().await;
    let number = running(&world).await;
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let mut open = true;
    for turn in 0..80 {
        let mut batch = Vec::new();
        for n in 0..50 {
            let unit = format!("u{turn}-{n}");
            let arm = u8::from(n % 2 == 0);
            batch.push(exposure(&unit, arm, now));
            // One in five of the control orders, nobody of the treatment.
            if arm == 0 && n % 5 == 0 {
                batch.push(outcome(&unit, "order", 1, now));
            }
        }
        send(&world, batch).await;
        settle(&world.ctx).await.unwrap();
        let index = world.ctx.serving.index(world.admin.workspace).unwrap();
        let all_old = (0..50).all(|n| {
            let answer = index
                .answer(
                    None,
                    "email/welcome",
                    Some(&format!("u{n}")),
                    Audience::default(),
                )
                .unwrap();
            answer.assigned.is_none() && answer.release.0 == 1
        });
        let seen = rollouts::get(&world.ctx, &world.admin, number)
            .await
            .unwrap();
        open = seen.rollout.state.is_open();
        if !open {
            assert!(all_old, "the answers changed with the decision");
            break;
        }
    }
    assert!(!open, "the guard never decided");
    let ended = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert_eq!(ended.rollout.state, RolloutState::RolledBack);
    assert!(ended.rollout.ending.as_ref().unwrap().by_guard);
    let filter = variorum_ports::rows::EntryFilter {
        action_prefix: Some("rollout.rolled-back".into()),
        ..Default::default()
    };
    let entries = activity::list(&world.ctx, &world.admin, &filter, None, 10)
        .await
        .unwrap();
    let evidence: serde_json::Value = serde_json::from_str(&entries[0].evidence).unwrap();
    assert_eq!(entries[0].by.name, "Guard");
    assert!(evidence["log_e"].as_f64().unwrap() >= evidence["threshold"].as_f64().unwrap());
    assert_eq!(evidence["reading"]["kpis"][0]["treatments"][0]["sum"], "0");
    let rebuilt = rebuild(&world.ctx, &world.admin).await.unwrap();
    assert_eq!(
        rebuilt[0].equal,
        Some(true),
        "rebuilt from stored events to the same statistics"
    );
    world.restart().await;
    let after = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert_eq!(after.measurement, ended.measurement);
    assert_eq!(
        rebuild(&world.ctx, &world.admin).await.unwrap()[0].equal,
        Some(true)
    );
}

#[tokio::test]
pub(crate) async fn what_is_usual_does_not_grow_by_sending_it_again() {
    let world = World::new().await;
    running(&world).await;
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let orders = ["a", "b"]
        .map(|unit| outcome(unit, "order", 1, now))
        .to_vec();
    let third = vec![outcome("c", "order", 1, now)];
    for batch in [orders.clone(), orders.clone(), [orders, third].concat()] {
        send(&world, batch).await;
    }
    let found = quality::report(&world.ctx, &world.admin, 24).await.unwrap();
    let of = |measure: Measure| -> i64 {
        let rows = found.counts.iter().filter(|row| row.measure == measure);
        rows.map(|row| row.count).sum()
    };
    assert_eq!((of(Measure::Accepted), of(Measure::Duplicate)), (3, 4));
    assert_eq!(of(Measure::Series), 3);
}

#[tokio::test]
pub(crate) async fn a_viewer_changes_nothing() {
    let world = World::new().await;
    running(&world).await;
    let mut viewer = world.admin.clone();
    viewer.ceiling = variorum_domain::access::Role::Viewer;
    let refused = rollouts::roll_back(&world.ctx, &viewer, RolloutNumber(1), "x").await;
    assert!(matches!(refused, Err(Error::Denied(_))));
    let refused = ingest(&world.ctx, &viewer, Vec::new()).await;
    assert!(matches!(refused, Err(Error::Denied(_))));
}

/// Runs SQL on the closed state file, past every guard of the program.
fn vandalise(world: &World, sql: &str) {
    let file = rusqlite::Connection::open(world.dir.path().join("state.db")).unwrap();
    let names: Vec<String> = file
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for name in names {
        file.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    file.execute_batch(sql).unwrap();
}

type IsFound = fn(&Tampering) -> bool;

#[tokio::test]
pub(crate) async fn verify_finds_a_changed_deleted_inserted_and_swapped_row() {
    let cases: [(&str, IsFound); 5] = [
        ("update audit_entries set reason='other' where seq=3", |t| {
            matches!(t, Tampering::Changed { seq: 3 })
        }),
        ("delete from audit_entries where seq=3", |t| {
            matches!(t, Tampering::Broken { seq: 4 })
        }),
        (
            "update audit_entries set seq=-1 where seq=3; update audit_entries set seq=3 where seq=4; update audit_entries set seq=4 where seq=-1",
            |t| matches!(t, Tampering::Broken { .. }),
        ),
        (
            "update audit_entries set seq=seq+100 where seq>3; update audit_entries set seq=seq-99 where seq>3; insert into audit_entries select workspace, 4, at, by_id, by_kind, by_name, action, target, before_digest, after_digest, reason, evidence, prev, hash from audit_entries where seq=3",
            |t| matches!(t, Tampering::Broken { seq: 4 }),
        ),
        (
            "delete from audit_entries where seq=(select max(seq) from audit_entries)",
            |t| matches!(t, Tampering::CutOff { .. }),
        ),
    ];
    for (sql, is_found) in cases {
        let world = World::new().await;
        two_releases(&world).await;
        let before = activity::check(&world.ctx, world.admin.workspace, None)
            .await
            .unwrap();
        assert!(before.problem.is_none() && before.entries >= 5);
        vandalise(&world, sql);
        let after = activity::check(&world.ctx, world.admin.workspace, None)
            .await
            .unwrap();
        let problem = after.problem.unwrap_or_else(|| panic!("not found: {sql}"));
        assert!(is_found(&problem), "{sql}: {problem:?}");
    }
}

#[tokio::test]
pub(crate) async fn a_plan_rests_on_what_was_measured_before() {
    let world = World::new().await;
    running(&world).await;
    let ask = PlanAsk {
        kpi: "order".to_owned(),
        prompt: Some("email/welcome".to_owned()),
        lift: 0.2,
        baseline: None,
        sd: None,
        daily_units: None,
        arms: 2,
        coverage: 0.5,
        alpha: 0.05,
        power: 0.8,
        guard_alpha: 0.01,
        window_seconds: None,
        pair_sd: None,
    };
    let plan = async |ask: &PlanAsk| rollouts::plan(&world.ctx, &world.admin, ask).await;
    let nothing = plan(&ask).await.unwrap_err().to_string();
    assert!(nothing.contains("`baseline` is needed"), "{nothing}");

    // Two days at a fifth of all: 400 units, so 1,000 a day; of 200 in the control arm 40 order.
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    world.clock.advance(2 * 86_400);
    let mut events = Vec::new();
    for n in 0..400 {
        let unit = format!("u{n}");
        let arm = u8::from(n % 2 == 1);
        events.push(exposure(&unit, arm, now));
        if n % 10 == 0 {
            events.push(outcome(&unit, "order", 1, now.plus_seconds(60)));
        }
    }
    assert!(send(&world, events).await.rejected.is_empty());
    settle(&world.ctx).await.unwrap();
    let found = plan(&ask).await.unwrap();
    let known = found.known.unwrap();
    assert_eq!((known.rollout, known.units), (RolloutNumber(1), 200));
    assert!((known.mean - 0.2).abs() < 1e-12, "{}", known.mean);
    assert!((known.daily_units.unwrap() - 1_000.0).abs() < 1.0);
    let days = found.forecast.any_time.days.unwrap();
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let units = found.forecast.any_time.total as f64;
    assert!((days - units / known.daily_units.unwrap() * 2.0).abs() < 1e-6);

    let said = PlanAsk {
        baseline: Some(0.4),
        daily_units: Some(50.0),
        ..ask.clone()
    };
    let found = plan(&said).await.unwrap();
    assert_eq!(
        found.aim.daily_units,
        Some(50.0),
        "what is said goes before"
    );
    let other = PlanAsk {
        prompt: Some("email/other".to_owned()),
        ..ask.clone()
    };
    assert!(
        plan(&other).await.is_err(),
        "another prompt was not measured"
    );
    let unknown = PlanAsk {
        kpi: "nothing".to_owned(),
        ..ask
    };
    assert!(matches!(plan(&unknown).await, Err(Error::NotFound { .. })));
}
