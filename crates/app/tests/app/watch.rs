//! The watch over KPIs, what people answer to it, credits beside experiments, and the ledger.

use variorum_app::analysis::{AskSeries, series};
use variorum_app::attribution::{self, LineKind, Question};
use variorum_app::events::settle;
use variorum_app::lives::{AskBaselines, baselines_of};
use variorum_app::{Error, activity, environments, notices, rollouts, watch};
use variorum_domain::access::{Grant, Role};
use variorum_domain::analysis::Grain;
use variorum_domain::attribution::{By, Model};
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{ReleaseNumber, RolloutNumber, Time};
use variorum_domain::notice::NoticeKind;
use variorum_domain::watch::{Act, HappenedKind, Regression, RegressionState};
use variorum_ports::Clock as _;
use variorum_ports::rows::EntryFilter;

use crate::measure::send;
use crate::restore::{guard, plan, start, two_releases};
use crate::world::{START, World};

const UNITS: i64 = 120;

fn event(day: i64, unit: i64, kpi: &str, value: i64) -> Event {
    Event {
        id: format!("{day}-{unit}-{kpi}"),
        kind: if kpi.is_empty() {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time: START.plus_seconds(day * DAY_SECONDS + 3_600 + unit),
        unit: format!("u{day}-{unit}"),
        prompt: "email/welcome".into(),
        rollout: None,
        arm: None,
        kpi: kpi.into(),
        value,
        channel: "email".into(),
        attributes: String::new(),
    }
}

/// One day: everybody gets the prompt, and so many of them order for 20.00 each.
pub(crate) async fn one_day(world: &World, day: i64, orders: i64) {
    world
        .clock
        .set(START.plus_seconds((day + 1) * DAY_SECONDS - 60));
    let orders = orders + (day * 7 + day * day) % 5 - 2;
    let mut events: Vec<Event> = (0..UNITS).map(|unit| event(day, unit, "", 0)).collect();
    for unit in 0..orders {
        events.push(event(day, unit, "order", 1));
        events.push(event(day, unit, "revenue", 2_000));
    }
    let sent = send(world, events).await;
    assert!(sent.rejected.is_empty(), "{sent:?}");
    settle(&world.ctx).await.unwrap();
}

/// Forty good days; a release goes live, and orders fall by half for ten.
pub(crate) async fn fallen() -> World {
    let world = World::new().await;
    two_releases(&world).await;
    for day in 0..40 {
        one_day(&world, day, 40).await;
    }
    world.clock.set(START.plus_seconds(40 * DAY_SECONDS + 60));
    let production = ("production", ReleaseNumber(2));
    environments::go_live(&world.ctx, &world.admin, production.0, production.1, "bold")
        .await
        .unwrap();
    for day in 40..50 {
        one_day(&world, day, 20).await;
    }
    world.clock.set(START.plus_seconds(50 * DAY_SECONDS + 60));
    world
}

/// Orders fell by half on the fortieth day, which costs 400.00 a day, just after release 2 went live.
fn is_the_fall(row: &Regression) {
    let first = START.seconds() / DAY_SECONDS + 40;
    assert_eq!((row.found.day, row.found.drifts), (first, false));
    assert!(
        (row.found.found().relative() + 0.5).abs() < 0.05,
        "{:?}",
        row.found
    );
    assert!(row.found.score > row.found.limit);
    // 20 orders a day are missing; each came with 20.00.
    let money = row.stake.money_a_day.unwrap();
    assert!((money / 100.0 - 400.0).abs() < 40.0, "{:?}", row.stake);
    assert_eq!(row.stake.unit, "EUR");
    let suspect = &row.suspects[0];
    assert_eq!(suspect.happened.kind, HappenedKind::WentLive);
    assert_eq!(suspect.happened.target, "release:2");
    assert!(
        suspect.reaches && suspect.days_before.abs() < 1.0,
        "{suspect:?}"
    );
}

async fn finds_nothing_new(world: World, row: &Regression) -> World {
    // A second look on the same day, and one after a restart, find nothing new.
    watch::tick(&world.ctx).await.unwrap();
    watch::look(&world.ctx, world.admin.workspace)
        .await
        .unwrap();
    let mut world = world;
    world.restart().await;
    watch::tick(&world.ctx).await.unwrap();
    let again = watch::list(&world.ctx, &world.admin, false, None, 50)
        .await
        .unwrap();
    assert_eq!(again.items.len(), 2);
    let kept = &again
        .items
        .iter()
        .find(|one| one.regression.kpi == "order")
        .unwrap()
        .regression;
    assert_eq!(kept.found, row.found);
    world
}

#[tokio::test]
async fn a_fall_is_found_with_what_changed_before_it() {
    let world = fallen().await;
    watch::tick(&world.ctx).await.unwrap();
    let found = watch::list(&world.ctx, &world.admin, true, None, 50)
        .await
        .unwrap();
    let looked = found.looked.unwrap();
    assert_eq!(
        (looked.opened, looked.too_short, looked.too_thin),
        (2, 0, 0)
    );
    let about: Vec<(String, &str)> = found
        .items
        .iter()
        .map(|one| (one.regression.subject.key(), one.regression.kpi.as_str()))
        .collect();
    let prompt = || "prompt:email/welcome".to_owned();
    assert_eq!(
        about.len(),
        2,
        "channel and everything are not told again: {about:?}"
    );
    assert!(about.contains(&(prompt(), "order")) && about.contains(&(prompt(), "revenue")));
    let order = found
        .items
        .iter()
        .find(|one| one.regression.kpi == "order")
        .unwrap();
    let row = &order.regression;
    is_the_fall(row);
    assert!(order.told.contains("“two” went live"), "{}", order.told);
    assert!(
        order
            .told
            .contains("`email/welcome` from version 1 to version 2"),
        "{}",
        order.told
    );
    assert_eq!(order.series.days.len(), 50);

    let (inbox, unread) = notices::list(&world.ctx, &world.admin, true, None, 50)
        .await
        .unwrap();
    let of = |kind: NoticeKind| inbox.iter().filter(|one| one.kind == kind).count();
    assert_eq!(unread, 3);
    // No ladder is kept here, so the publishers are told beside the owners: once, since both KPIs of
    // the prompt fell together.
    assert_eq!((of(NoticeKind::Regression), of(NoticeKind::Alarm)), (2, 1));

    let row = row.clone();
    let world = finds_nothing_new(world, &row).await;
    assert!(
        activity::check(&world.ctx, world.admin.workspace, None)
            .await
            .unwrap()
            .problem
            .is_none()
    );
}

async fn refuses(world: &World, order: i64) {
    let mut viewer = world.admin.clone();
    viewer.grants = vec![Grant {
        role: Role::Viewer,
        prefix: String::new(),
    }];
    let denied = watch::answer(&world.ctx, &viewer, order, Act::Acknowledge, "").await;
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    let missing = watch::answer(&world.ctx, &world.admin, 99, Act::Acknowledge, "").await;
    assert!(
        matches!(missing, Err(Error::NotFound { .. })),
        "{missing:?}"
    );
    let unsaid = watch::answer(&world.ctx, &world.admin, order, Act::Dismiss, " ").await;
    assert!(matches!(unsaid, Err(Error::Invalid { .. })), "{unsaid:?}");
}

/// What the log says of regressions, oldest first.
async fn actions(world: &World) -> Vec<String> {
    let filter = EntryFilter {
        action_prefix: Some("regression.".into()),
        ..EntryFilter::default()
    };
    let entries = activity::list(&world.ctx, &world.admin, &filter, None, 50)
        .await
        .unwrap();
    let actions = entries.iter().rev().map(|one| one.action.clone());
    actions.collect()
}

#[tokio::test]
async fn people_answer_and_what_comes_back_is_over() {
    let world = fallen().await;
    watch::tick(&world.ctx).await.unwrap();
    let all = watch::list(&world.ctx, &world.admin, true, None, 50)
        .await
        .unwrap();
    let of = |kpi: &str| {
        all.items
            .iter()
            .find(|one| one.regression.kpi == kpi)
            .unwrap()
            .regression
            .number
    };
    let (order, revenue) = (of("order"), of("revenue"));
    refuses(&world, order).await;
    let taken = watch::answer(&world.ctx, &world.admin, order, Act::Acknowledge, "on it")
        .await
        .unwrap();
    assert_eq!(taken.regression.state, RegressionState::Acknowledged);
    let twice = watch::answer(&world.ctx, &world.admin, order, Act::Acknowledge, "").await;
    assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
    watch::answer(
        &world.ctx,
        &world.admin,
        revenue,
        Act::Dismiss,
        "we sell cheaper things",
    )
    .await
    .unwrap();

    for day in 50..58 {
        one_day(&world, day, 40).await;
    }
    world.clock.set(START.plus_seconds(58 * DAY_SECONDS + 60));
    watch::tick(&world.ctx).await.unwrap();
    let after = watch::list(&world.ctx, &world.admin, false, None, 50)
        .await
        .unwrap();
    assert_eq!(after.items.len(), 2, "nothing new: {after:?}");
    let state = |number: i64| {
        after
            .items
            .iter()
            .find(|one| one.regression.number == number)
            .map(|one| one.regression.state)
    };
    assert_eq!(state(order), Some(RegressionState::Resolved));
    assert_eq!(state(revenue), Some(RegressionState::Dismissed));
    let actions = actions(&world).await;
    assert_eq!(
        actions,
        [
            "regression.found",
            "regression.found",
            "regression.acknowledged",
            "regression.dismissed",
            "regression.resolved",
        ]
    );
}

#[tokio::test]
async fn days_of_an_experiment_are_not_judged() {
    let world = World::new().await;
    two_releases(&world).await;
    for day in 0..40 {
        one_day(&world, day, 40).await;
    }
    world.clock.set(START.plus_seconds(40 * DAY_SECONDS + 60));
    let cmd = rollouts::StartRollout {
        prompt: Some("email/welcome".into()),
        ..start(2, plan(vec![guard("order")]))
    };
    rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap();
    for day in 40..50 {
        one_day(&world, day, 20).await;
    }
    world.clock.set(START.plus_seconds(50 * DAY_SECONDS + 60));
    watch::tick(&world.ctx).await.unwrap();
    let found = watch::list(&world.ctx, &world.admin, false, None, 50)
        .await
        .unwrap();
    assert!(
        found.items.is_empty(),
        "guards watch what is tried: {found:?}"
    );
    assert_eq!(
        found.looked.map(|looked| looked.watched),
        Some(6),
        "the days before are judged"
    );
}

fn touch(day: i64, unit: &str, channel: &str, rollout: Option<(i64, u8)>) -> Event {
    Event {
        id: format!("t-{day}-{unit}-{channel}"),
        unit: unit.into(),
        channel: channel.into(),
        rollout: rollout.map(|(number, _)| RolloutNumber(number)),
        arm: rollout.map(|(_, arm)| arm),
        time: START.plus_seconds(day * DAY_SECONDS),
        ..event(day, 0, "", 0)
    }
}

/// Everybody meets an ad and a mail; the new version of the mail sells more.
async fn tried() -> (World, RolloutNumber) {
    let world = World::new().await;
    two_releases(&world).await;
    let mut plan = plan(vec![guard("order")]);
    plan.external_assignment = true;
    let cmd = rollouts::StartRollout {
        prompt: Some("email/welcome".into()),
        ..start(2, plan)
    };
    let number = rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap()
        .number;
    world.clock.set(START.plus_seconds(9 * DAY_SECONDS));
    let mut events = Vec::new();
    for unit in 0..400 {
        let name = format!("u{unit}");
        let arm = u8::try_from(unit % 2).unwrap();
        events.push(touch(1, &name, "ads", None));
        events.push(touch(2, &name, "email", Some((number.0, arm))));
        if unit % 10 == 0 || (arm == 1 && unit % 3 == 0) {
            let order = Event {
                id: format!("o{unit}"),
                kind: EventKind::Outcome,
                kpi: "order".into(),
                value: 1,
                ..touch(3, &name, "", None)
            };
            events.push(order);
        }
    }
    send(&world, events).await;
    settle(&world.ctx).await.unwrap();
    (world, number)
}

async fn refuses_to_ask(world: &World) {
    let unknown = Question {
        kpi: Some("nope".into()),
        ..Question::default()
    };
    let refused = attribution::attribute(&world.ctx, &world.admin, &unknown).await;
    assert!(
        matches!(refused, Err(Error::NotFound { .. })),
        "{refused:?}"
    );
    let wrong = Question {
        lookback_days: Some(900),
        ..Question::default()
    };
    let refused = attribution::attribute(&world.ctx, &world.admin, &wrong).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
}

#[tokio::test]
async fn credits_stand_beside_what_an_experiment_found() {
    let (world, number) = tried().await;
    let question = Question::default();
    let found = attribution::attribute(&world.ctx, &world.admin, &question)
        .await
        .unwrap();
    assert_eq!(found.kpi.id, "order");
    let place = |name: &str| {
        found
            .credits
            .names
            .iter()
            .position(|one| one == name)
            .unwrap()
    };
    let of = |model: Model, name: &str| {
        let model = found
            .credits
            .models
            .iter()
            .find(|one| one.model == model)
            .unwrap();
        model.conversions[place(name)]
    };
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let all = found.credits.conversions as f64;
    assert!(all > 80.0);
    assert!((of(Model::First, "ads") - all).abs() < 1e-9);
    assert!((of(Model::Last, "email") - all).abs() < 1e-9);
    assert!((of(Model::Linear, "email") - all / 2.0).abs() < 1e-9);
    assert_eq!(found.explored.paths[0].names, ["ads", "email"]);
    assert_eq!(found.explored.paths[0].sums.nulls, found.credits.nulls);

    let by_version = Question {
        by: By::Version,
        ..Question::default()
    };
    let found = attribution::attribute(&world.ctx, &world.admin, &by_version)
        .await
        .unwrap();
    assert!(
        found.credits.names.contains(&"email/welcome v2".to_owned()),
        "{:?}",
        found.credits.names
    );
    let mut causal = found.causal.iter();
    let causal = causal.find(|one| one.name == "email/welcome v2").unwrap();
    assert_eq!(
        (causal.rollout, causal.is_open, causal.units),
        (number, true, 400)
    );
    assert!(causal.estimate > 0.1, "{causal:?}");

    refuses_to_ask(&world).await;
    crate::decisions::finish_anyway(&world, number, None, "better").await;
    let ledger = attribution::ledger(&world.ctx, &world.admin, None, None)
        .await
        .unwrap();
    let line = ledger
        .lines
        .iter()
        .find(|one| one.target == format!("rollout:R-{number}"))
        .unwrap();
    assert_eq!(
        (line.kind, line.versions),
        (LineKind::Kept, (Some(1), Some(2)))
    );
    assert!((line.effect - causal.estimate).abs() < 1e-12);
    assert!((line.cumulative - line.effect / line.before).abs() < 1e-12);
    assert!(line.weakness.starts_with("Measured by an experiment"));
}

#[tokio::test]
async fn a_release_without_an_experiment_is_told_with_its_weakness() {
    let world = fallen().await;
    watch::catch_up(&world.ctx).await.unwrap();
    let ledger = attribution::ledger(
        &world.ctx,
        &world.admin,
        Some("order"),
        Some("email/welcome"),
    )
    .await
    .unwrap();
    let line = ledger
        .lines
        .iter()
        .find(|one| one.target == "release:2")
        .unwrap();
    assert_eq!(
        (line.kind, line.versions),
        (LineKind::BeforeAfter, (Some(1), Some(2)))
    );
    assert!(line.effect < -0.1 && line.high < 0.0, "{line:?}");
    assert!(line.weakness.starts_with("Weak: "), "{}", line.weakness);
    assert!(
        line.cumulative.abs() < 1e-12,
        "what is not proved is not added up"
    );
    assert!(world.clock.now() > Time(0));
}

/// How orders stood is taken down when a version goes live, and stays what it was.
#[tokio::test]
async fn a_version_that_goes_live_has_its_baseline() {
    let world = World::new().await;
    two_releases(&world).await;
    for day in 0..40 {
        one_day(&world, day, 40).await;
    }
    world.clock.set(START.plus_seconds(40 * DAY_SECONDS + 60));
    environments::go_live(&world.ctx, &world.admin, "production", ReleaseNumber(2), "")
        .await
        .unwrap();
    let ask = AskBaselines {
        prompt: Some("email/welcome".into()),
        kpi: Some("order".into()),
        before: None,
        limit: 10,
    };
    let ask_again = async || baselines_of(&world.ctx, &world.admin, &ask).await.unwrap();
    let found = ask_again().await;
    assert_eq!(found.len(), 1, "the first version had nothing before it");
    let (one, base) = (&found[0], &found[0].baselines[0]);
    assert_eq!(
        (one.before, one.version, one.kind, one.release),
        (Some(1), Some(2), HappenedKind::WentLive, ReleaseNumber(2))
    );
    // 28 days of 120 exposures and of 40 orders, give or take two.
    let orders: i64 = (12..40).map(|day| 40 + (day * 7 + day * day) % 5 - 2).sum();
    assert_eq!(base.numerator, orders.to_string());
    assert_eq!((base.denominator, base.days), (28 * 120, 28));
    assert!(base.low.unwrap() < base.mean && base.mean < base.high.unwrap());
    for day in 40..45 {
        one_day(&world, day, 10).await;
    }
    assert_eq!(ask_again().await, found, "it does not change afterwards");
    // The entry names it by its digest.
    let filter = EntryFilter {
        action_prefix: Some("environment.went-live".into()),
        ..EntryFilter::default()
    };
    let entries = activity::list(&world.ctx, &world.admin, &filter, None, 1)
        .await
        .unwrap();
    let evidence: serde_json::Value = serde_json::from_str(&entries[0].evidence).unwrap();
    assert_eq!(evidence["baselines"]["prompts"], 1);
    assert_eq!(evidence["baselines"]["with_baseline"], 1);
    assert_eq!(evidence["to"], 2);
}

/// A release that went live at once is a version of its own in series, and has a marker.
#[tokio::test]
async fn what_went_live_at_once_is_seen_over_time() {
    let world = fallen().await;
    let ask = AskSeries {
        kpi: "order".into(),
        prompt: Some("email/welcome".into()),
        by: Some("version".into()),
        from: None,
        until: None,
        grain: Grain::Day,
    };
    let found = series(&world.ctx, &world.admin, &ask).await.unwrap();
    let units = |label: &str| {
        let line = found.lines.iter().find(|line| line.label == label).unwrap();
        let points = &line.series.points;
        (
            points.len(),
            points.iter().map(|point| point.arm.n).sum::<u64>(),
        )
    };
    assert_eq!(found.lines.len(), 2);
    assert_eq!(units("v1"), (40, 40 * 120));
    assert_eq!(units("v2"), (10, 10 * 120));
    let markers: Vec<(&str, Option<i64>)> = found
        .markers
        .iter()
        .map(|marker| (marker.kind, marker.release))
        .collect();
    assert_eq!(markers, [("went-live", Some(1)), ("went-live", Some(2))]);
    let question = Question {
        kpi: Some("order".into()),
        by: By::Version,
        from: Some(START),
        ..Question::default()
    };
    let found = attribution::attribute(&world.ctx, &world.admin, &question)
        .await
        .unwrap();
    assert_eq!(
        found.credits.names,
        ["email/welcome v1", "email/welcome v2"]
    );
}
