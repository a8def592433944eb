//! What a rollout is measured by stays what it was at the start.

use variorum_app::events::settle;
use variorum_app::rollouts;
use variorum_domain::id::RolloutNumber;
use variorum_domain::kpi::Definition;

use crate::measure::{exposure, outcome, send};
use crate::restore::{LIBRARY, guard, plan, start, two_releases};
use crate::world::World;

async fn definitions(world: &World, number: RolloutNumber) -> Vec<Definition> {
    let seen = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    seen.rollout.definitions
}

#[tokio::test]
async fn results_name_the_definition_and_a_new_one_does_not_change_them() {
    let world = World::new().await;
    two_releases(&world).await;
    let begun = rollouts::start(
        &world.ctx,
        &world.admin,
        start(2, plan(vec![guard("order")])),
    )
    .await
    .unwrap();
    let before = definitions(&world, begun.number).await;
    assert_eq!(before[0].kpi, "order");
    assert_eq!(before[0].digest, begun.kpis[0].digest());
    let brought = before[0].commit.clone().unwrap();
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let day = 86_400;
    let told = vec![
        exposure("a", 1, now.plus_seconds(-5 * day)),
        outcome("a", "order", 1, now.plus_seconds(-day)),
    ];
    send(&world, told).await;
    settle(&world.ctx).await.unwrap();
    let read = async || {
        let seen = rollouts::get(&world.ctx, &world.admin, begun.number).await;
        seen.unwrap().measurement.unwrap().reading
    };
    let measured = read().await;
    assert_eq!(
        measured.kpis[0].arm(1).unwrap().sum,
        "0",
        "3 days are its window"
    );
    let longer = LIBRARY.replace("window_days: 7", "window_days: 30");
    world
        .save("Longer", &[("library.yaml", longer.as_str())])
        .await
        .unwrap();
    assert_eq!(read().await, measured);
    assert_eq!(definitions(&world, begun.number).await, before);
    rollouts::roll_back(&world.ctx, &world.admin, begun.number, "enough")
        .await
        .unwrap();
    assert_eq!(read().await, measured);
    assert_eq!(
        definitions(&world, begun.number).await[0].commit,
        Some(brought)
    );
}

#[tokio::test]
async fn the_commit_is_the_one_that_brought_the_definition_not_the_last_one() {
    let world = World::new().await;
    two_releases(&world).await;
    let wider = LIBRARY
        .replace("window_days: 7", "window_days: 3")
        .replace("Acme", "Acme Ltd");
    world
        .save("A title", &[("library.yaml", wider.as_str())])
        .await
        .unwrap();
    variorum_app::releases::create(&world.ctx, &world.admin, None, "three")
        .await
        .unwrap();
    let of = async |release: i64| {
        let cmd = start(release, plan(vec![guard("order"), guard("revenue")]));
        let begun = rollouts::start(&world.ctx, &world.admin, cmd)
            .await
            .unwrap();
        rollouts::roll_back(&world.ctx, &world.admin, begun.number, "enough")
            .await
            .unwrap();
        begun.definitions
    };
    let (second, third) = (of(2).await, of(3).await);
    assert_eq!(second, third, "only the title was changed");
    assert_ne!(
        second[0].commit, second[1].commit,
        "revenue is as it was at first"
    );
}

#[tokio::test]
async fn totals_are_cut_where_history_says_and_never_by_what_comes_later() {
    let world = World::new().await;
    two_releases(&world).await;
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let before = now.plus_seconds(-86_400);
    let told = (1..=2_000).map(|n| outcome(&format!("u{n}"), "revenue", n, before));
    send(&world, told.collect()).await;
    settle(&world.ctx).await.unwrap();
    let cmd = start(2, plan(vec![guard("revenue")]));
    let begun = rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap();
    let cap = |kpi: &str| {
        let known = begun.definitions.iter().find(|known| known.kpi == kpi);
        known.unwrap().cap
    };
    assert_eq!((cap("order"), cap("revenue")), (None, Some(1_999)));
    let unit = (0..1_000)
        .map(|n| format!("v{n}"))
        .find(|unit| begun.arm_of(unit) == Some(1))
        .unwrap();
    let told = vec![
        exposure(&unit, 1, before),
        outcome(&unit, "revenue", 900_000, now.plus_seconds(-60)),
    ];
    send(&world, told).await;
    settle(&world.ctx).await.unwrap();
    let seen = rollouts::get(&world.ctx, &world.admin, begun.number)
        .await
        .unwrap();
    let reading = seen.measurement.unwrap().reading;
    let revenue = reading
        .kpis
        .iter()
        .find(|kpi| kpi.kpi == "revenue")
        .unwrap();
    assert_eq!(revenue.arm(1).unwrap().sum, "1999");
}
