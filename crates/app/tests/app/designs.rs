//! Who takes part in a rollout, and when it begins and goes on by itself.

use std::collections::BTreeMap;

use variorum_app::events::settle;
use variorum_app::rollouts::{self, go_on_everywhere};
use variorum_app::serving::{Audience, Facts};
use variorum_domain::id::RolloutNumber;
use variorum_domain::rollout::{Condition, LayerClaim, Plan, Rollout, Stage, Test};
use variorum_ports::Clock;

use crate::measure::{exposure, send};
use crate::restore::{LIBRARY, guard, plan, start, two_releases};
use crate::world::World;

async fn begun(world: &World, plan: Plan) -> Rollout {
    rollouts::start(&world.ctx, &world.admin, start(2, plan))
        .await
        .unwrap()
}

async fn read(world: &World, number: RolloutNumber) -> Rollout {
    rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap()
        .rollout
}

/// The arm of a unit of which this much is known.
fn arm(world: &World, unit: &str, region: &str, known: &[(&str, &str)]) -> Option<u8> {
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    let attributes: BTreeMap<String, String> = known
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let facts = Facts {
        audience: Audience { brand: "", region },
        channel: "email",
        attributes: &attributes,
        at: world.clock.now(),
    };
    let answer = index.answer_for(None, "email/welcome", Some(unit), &facts);
    answer.ok().unwrap().assigned.map(|(_, arm)| arm)
}

#[tokio::test]
async fn only_units_that_meet_the_conditions_take_part_and_keep_their_arm() {
    let world = World::new().await;
    two_releases(&world).await;
    let condition = |attribute: &str, test| Condition {
        attribute: attribute.into(),
        test,
    };
    let plan = Plan {
        conditions: vec![
            condition("region", Test::OneOf(vec!["de".into()])),
            condition("channel", Test::NoneOf(vec!["sms".into()])),
            condition("orders", Test::AtLeast(2.0)),
        ],
        stages: vec![Stage::of(10_000)],
        ..plan(vec![guard("order")])
    };
    let rollout = begun(&world, plan).await;
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    assert!(index.asks_for_attributes(None));
    for n in 0..50 {
        let unit = format!("u{n}");
        assert_eq!(
            arm(&world, &unit, "de", &[("orders", "3")]),
            rollout.arm_of(&unit)
        );
        assert_eq!(arm(&world, &unit, "uk", &[("orders", "3")]), None);
        assert_eq!(arm(&world, &unit, "de", &[("orders", "1")]), None);
        assert_eq!(arm(&world, &unit, "de", &[]), None);
    }
}

#[tokio::test]
async fn rollouts_of_a_layer_share_no_unit_and_the_layer_cannot_be_overbooked() {
    let world = World::new().await;
    two_releases(&world).await;
    let in_layer = |share| Plan {
        layer: Some(LayerClaim::wanted("offers", share)),
        stages: vec![Stage::of(10_000)],
        ..plan(vec![guard("order")])
    };
    let first = begun(&world, in_layer(6_000)).await;
    variorum_app::environments::go_live(
        &world.ctx,
        &world.admin,
        "preview",
        variorum_domain::id::ReleaseNumber(1),
        "start",
    )
    .await
    .unwrap();
    let elsewhere = |share| rollouts::StartRollout {
        environment: Some("preview".into()),
        ..start(2, in_layer(share))
    };
    let error = rollouts::start(&world.ctx, &world.admin, elsewhere(5_000))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("6000 of 10000"), "{error}");
    let second = rollouts::start(&world.ctx, &world.admin, elsewhere(4_000))
        .await
        .unwrap();
    let mut served = [0, 0];
    for n in 0..500 {
        let unit = format!("u{n}");
        let (one, other) = (first.arm_of(&unit), second.arm_of(&unit));
        assert!(one.is_none() || other.is_none());
        assert_eq!(arm(&world, &unit, "", &[]), one);
        served[0] += usize::from(one.is_some());
        served[1] += usize::from(other.is_some());
    }
    assert!(served.iter().all(|units| *units > 100), "{served:?}");
}

#[tokio::test]
async fn a_planned_rollout_begins_and_goes_on_by_itself() {
    let world = World::new().await;
    two_releases(&world).await;
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let plan = Plan {
        stages: vec![
            Stage {
                not_before: Some(now.plus_seconds(3_600)),
                ..Stage::of(1_000)
            },
            Stage {
                units_min: Some(3),
                ..Stage::of(10_000)
            },
        ],
        ..plan(vec![guard("order")])
    };
    let rollout = begun(&world, plan).await;
    go_on_everywhere(&world.ctx).await.unwrap();
    assert_eq!(read(&world, rollout.number).await.coverage_bp(), 0);
    assert!((0..200).all(|n| arm(&world, &format!("u{n}"), "", &[]).is_none()));
    world.clock.advance(3_600);
    go_on_everywhere(&world.ctx).await.unwrap();
    let first = read(&world, rollout.number).await;
    assert_eq!((first.stage(), first.coverage_bp()), (0, 1_000));
    go_on_everywhere(&world.ctx).await.unwrap();
    assert_eq!(
        read(&world, rollout.number).await.stage(),
        0,
        "nobody was seen yet"
    );
    let at = variorum_ports::Clock::now(world.clock.as_ref());
    let units = (0..10_000).map(|n| format!("u{n}"));
    let told = units.filter_map(|unit| Some(exposure(&unit, first.arm_of(&unit)?, at)));
    send(&world, told.take(3).collect()).await;
    settle(&world.ctx).await.unwrap();
    go_on_everywhere(&world.ctx).await.unwrap();
    let second = read(&world, rollout.number).await;
    assert_eq!((second.stage(), second.coverage_bp()), (1, 10_000));
    let revision = second.revision;
    go_on_everywhere(&world.ctx).await.unwrap();
    assert_eq!(read(&world, rollout.number).await.revision, revision);
}

#[tokio::test]
async fn on_frozen_days_nothing_begins_or_goes_on_and_rolling_back_is_possible() {
    let world = World::new().await;
    two_releases(&world).await;
    let rollout = begun(&world, plan(vec![guard("order")])).await;
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let day = variorum_domain::calendar::day(now);
    let frozen = format!("{LIBRARY}freezes: [{{title: Holidays, from: {day}, to: {day}}}]\n");
    world
        .save("Freeze", &[("library.yaml", frozen.as_str())])
        .await
        .unwrap();
    let (ctx, admin, number) = (&world.ctx, &world.admin, rollout.number);
    let said = rollouts::advance(ctx, admin, number, "")
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("Holidays"), "{said}");
    assert!(
        rollouts::finish(ctx, admin, number, None, "")
            .await
            .is_err()
    );
    rollouts::roll_back(ctx, admin, number, "not now")
        .await
        .unwrap();
    let again = rollouts::start(ctx, admin, start(2, plan(vec![guard("order")]))).await;
    assert!(again.unwrap_err().to_string().contains("frozen"));
    world.clock.advance(86_400);
    rollouts::start(ctx, admin, start(2, plan(vec![guard("order")])))
        .await
        .unwrap();
}

async fn three_releases(world: &World) {
    two_releases(world).await;
    world
        .save("Third", &[("prompts/ads/new.prompt", "New.\n")])
        .await
        .unwrap();
    variorum_app::releases::create(&world.ctx, &world.admin, None, "three")
        .await
        .unwrap();
}

#[tokio::test]
async fn several_rollouts_run_in_one_environment_where_a_layer_keeps_them_apart() {
    let world = World::new().await;
    three_releases(&world).await;
    let claim = |name: &str, share| Plan {
        goal: None,
        layer: Some(LayerClaim::wanted(name, share)),
        stages: vec![Stage::of(10_000)],
        ..plan(vec![guard("order")])
    };
    let first = begun(&world, claim("offers", 5_000)).await;
    let refused = async |plan| {
        let started = rollouts::start(&world.ctx, &world.admin, start(3, plan)).await;
        started.unwrap_err().to_string()
    };
    let plain = refused(plan(vec![guard("order")])).await;
    assert!(plain.contains("a part of the same layer"), "{plain}");
    let other = refused(claim("banners", 5_000)).await;
    assert!(other.contains("outside of the layer `banners`"), "{other}");
    let full = refused(claim("offers", 6_000)).await;
    assert!(full.contains("5000 of 10000"), "{full}");
    let second = rollouts::start(&world.ctx, &world.admin, start(3, claim("offers", 4_000)))
        .await
        .unwrap();

    let index = || world.ctx.serving.index(world.admin.workspace).unwrap();
    let served = |unit: &str| {
        let index = index();
        let answer = index.answer(None, "email/welcome", Some(unit), Audience::default());
        let answer = answer.ok().unwrap();
        (answer.release.0, answer.assigned)
    };
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..400 {
        let unit = format!("u{n}");
        let (one, two) = (first.arm_of(&unit), second.arm_of(&unit));
        assert!(one.is_none() || two.is_none(), "{unit} is in both");
        let expected = match (one, two) {
            (Some(arm), _) => (if arm == 1 { 2 } else { 1 }, Some((first.number, arm))),
            (_, Some(arm)) => (if arm == 1 { 3 } else { 1 }, Some((second.number, arm))),
            _ => (1, None),
        };
        assert_eq!(served(&unit), expected, "{unit}");
        seen.insert(expected);
    }
    assert_eq!(seen.len(), 5, "both arms of both, and nobody: {seen:?}");

    let finish =
        async |number| rollouts::finish(&world.ctx, &world.admin, number, None, "go").await;
    let error = finish(first.number).await.unwrap_err().to_string();
    assert!(error.contains("`R-2` runs beside it"), "{error}");
    let live = async || {
        let all = variorum_app::environments::list(&world.ctx, &world.admin)
            .await
            .unwrap();
        (all[0].release.unwrap().0, all[0].rollout)
    };
    rollouts::roll_back(&world.ctx, &world.admin, first.number, "no")
        .await
        .unwrap();
    assert_eq!(live().await, (1, Some(second.number)));
    let error = variorum_app::environments::go_live(
        &world.ctx,
        &world.admin,
        "production",
        variorum_domain::id::ReleaseNumber(2),
        "now",
    )
    .await;
    assert!(error.unwrap_err().to_string().contains("`R-2` is running"));
    finish(second.number).await.unwrap();
    assert_eq!(live().await, (3, None));
    assert_eq!(served("u1"), (3, None));
}
