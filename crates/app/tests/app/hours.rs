//! The watch by the hour: a large fall is told within hours, with what went live just before.

use variorum_app::events::settle;
use variorum_app::{environments, escalation, watch};
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{ReleaseNumber, Time};
use variorum_domain::watch::{HappenedKind, Regression, RegressionState};

use crate::measure::send;
use crate::restore::two_releases;
use crate::world::{START, World};

fn at(hour: i64) -> Time {
    START.plus_seconds(hour * 3_600)
}

/// One hour: so many people order, give or take two; nobody reports exposures.
async fn one_hour(world: &World, hour: i64, orders: i64) {
    let orders = (orders + (hour * 37 + hour * hour * 11) % 5 - 2).max(1);
    let order = |unit: i64| Event {
        id: format!("{hour}-{unit}"),
        kind: EventKind::Outcome,
        time: at(hour).plus_seconds(60 * unit),
        unit: format!("u{hour}-{unit}"),
        prompt: "email/welcome".into(),
        rollout: None,
        arm: None,
        kpi: "order".into(),
        value: 1,
        channel: "email".into(),
        attributes: String::new(),
    };
    world.clock.set(at(hour).plus_seconds(3_590));
    let sent = send(world, (0..orders).map(order).collect()).await;
    assert!(sent.rejected.is_empty(), "{sent:?}");
}

async fn looked_at(world: &World, hour: i64) -> Vec<Regression> {
    settle(&world.ctx).await.unwrap();
    world.clock.set(at(hour).plus_seconds(30));
    watch::tick(&world.ctx).await.unwrap();
    let found = watch::list(&world.ctx, &world.admin, false, None, 50).await;
    let items = found.unwrap().items.into_iter();
    items.map(|one| one.regression).collect()
}

const FALL: i64 = 38 * 24 + 10;

#[tokio::test]
async fn a_large_fall_is_told_within_hours_and_is_over_a_day_after_it_is_mended() {
    let world = World::new().await;
    two_releases(&world).await;
    for hour in 0..FALL {
        one_hour(&world, hour, 14).await;
        if hour % 24 == 23 {
            settle(&world.ctx).await.unwrap();
        }
    }
    assert_eq!(looked_at(&world, FALL).await, []);
    let seen = watch::list(&world.ctx, &world.admin, false, None, 50).await;
    let looked = seen.unwrap().looked.unwrap();
    // The prompt, its channel and everything: three series, each judged by day and by hour.
    assert_eq!((looked.watched, looked.by_hour), (3, 3));
    world.clock.set(at(FALL - 1).plus_seconds(3_000));
    environments::go_live(&world.ctx, &world.admin, "production", ReleaseNumber(2), "")
        .await
        .unwrap();
    let mut found = Vec::new();
    let mut hour = FALL;
    while found.is_empty() && hour < FALL + 5 {
        one_hour(&world, hour, 2).await;
        hour += 1;
        found = looked_at(&world, hour).await;
    }
    assert!(hour <= FALL + 4, "told after {} hours", hour - FALL);
    let [row] = found.as_slice() else {
        panic!("the channel and everything are not told beside the prompt: {found:?}");
    };
    let span = row.found.hours.unwrap();
    assert_eq!(span.first, START.seconds() / 3_600 + FALL);
    assert!(
        (row.found.yearly - 1.0 / 6.0).abs() < 1e-9,
        "the year's one false alarm is shared"
    );
    assert_eq!(row.suspects[0].happened.kind, HappenedKind::WentLive);
    assert!(row.suspects[0].days_before < 0.02, "{:?}", row.suspects);
    let incidents = escalation::list(&world.ctx, &world.admin, true, None, 50).await;
    let text = &incidents.unwrap()[0].alarm.text;
    assert!(text.contains(", 10:00 UTC"), "{text}");
    // Hours later the wider series are told no more than before.
    one_hour(&world, hour, 2).await;
    assert_eq!(looked_at(&world, hour + 1).await.len(), 1);
    let mended = hour + 1;
    for hour in mended..mended + 10 {
        one_hour(&world, hour, 14).await;
    }
    let early = looked_at(&world, mended + 10).await;
    assert_eq!(early[0].state, RegressionState::Open);
    for hour in mended + 10..mended + 26 {
        one_hour(&world, hour, 14).await;
    }
    let after = looked_at(&world, mended + 26).await;
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!(after[0].state, RegressionState::Resolved);
    escalation::tick(&world.ctx).await.unwrap();
    let open = escalation::list(&world.ctx, &world.admin, true, None, 50).await;
    assert_eq!(open.unwrap(), []);
}
