//! Stopping everything: it works when the event store is down and the statistics stand still.

use std::sync::Arc;

use async_trait::async_trait;
use variorum_app::escalation::{list as incidents, tick};
use variorum_app::serving::Audience;
use variorum_app::{Context, Error, activity, environments, rollouts, setup, stop};
use variorum_domain::access::Role;
use variorum_domain::id::{ReleaseNumber, Time, WorkspaceId};
use variorum_domain::rollout::RolloutState;
use variorum_ports::events::NewEvent;
use variorum_ports::rows::EntryFilter;
use variorum_ports::{EventLog, StoreError, StoredEvent};
use variorum_testkit::SeededIds;

use crate::changes::person;
use crate::measure::{exposure, send};
use crate::restore::{plan, start, two_releases};
use crate::world::World;

/// An event store that is down.
struct Down;

fn down<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("the event store is down".into()))
}

#[async_trait]
impl EventLog for Down {
    async fn append(&self, _: Arc<[NewEvent]>) -> Result<i64, StoreError> {
        down()
    }
    async fn scan(&self, _: i64, _: usize) -> Result<Vec<StoredEvent>, StoreError> {
        down()
    }
    async fn scan_ids(
        &self,
        _: Time,
        _: i64,
        _: usize,
    ) -> Result<Vec<(i64, WorkspaceId, String, Time)>, StoreError> {
        down()
    }
    async fn last_seq(&self) -> Result<i64, StoreError> {
        down()
    }
    async fn count(&self, _: WorkspaceId) -> Result<i64, StoreError> {
        down()
    }
    async fn clear(&self, _: WorkspaceId) -> Result<(), StoreError> {
        down()
    }
    async fn count_unit(&self, _: WorkspaceId, _: &str) -> Result<i64, StoreError> {
        down()
    }
    async fn erase_unit(&self, _: WorkspaceId, _: &str, _: &str) -> Result<i64, StoreError> {
        down()
    }
}

async fn running(world: &World) {
    two_releases(world).await;
    rollouts::start(&world.ctx, &world.admin, start(2, plan(Vec::new())))
        .await
        .unwrap();
}

fn release(ctx: &Context, world: &World, unit: &str) -> i64 {
    let index = ctx.serving.index(world.admin.workspace).unwrap();
    let answer = index
        .answer(None, "email/welcome", Some(unit), Audience::default())
        .ok()
        .unwrap();
    answer.release.0
}

#[tokio::test]
async fn it_works_when_the_event_store_is_down_and_nothing_folds() {
    let world = World::new().await;
    running(&world).await;
    // Another process on the same files: its event store is down and no task drains its pipeline.
    let ctx = Context::new(
        world.ctx.store.clone(),
        Arc::new(Down),
        world.clock.clone(),
        Arc::new(SeededIds::new(9)),
    );
    assert!(setup::start(&ctx).await.is_err(), "events are really down");
    let stopped = stop::stop_everything(&ctx, &world.admin, None, "wrong price in every mail")
        .await
        .unwrap();
    assert_eq!(stopped.ended.len(), 1);
    for unit in 0..200 {
        assert_eq!(release(&ctx, &world, &format!("unit-{unit}")), 1);
    }
    let found = rollouts::get(&world.ctx, &world.admin, stopped.ended[0])
        .await
        .unwrap();
    assert_eq!(found.rollout.state, RolloutState::RolledBack);
    let workspace = world.admin.workspace;
    let checked = activity::check(&world.ctx, workspace, None).await.unwrap();
    assert_eq!(checked.problem, None);
}

#[tokio::test]
async fn nothing_begins_until_it_is_lifted_with_a_reason() {
    let world = World::new().await;
    running(&world).await;
    let ctx = &world.ctx;
    let admin = &world.admin;
    let stopped = stop::stop_everything(ctx, admin, None, "wrong price")
        .await
        .unwrap();
    let again = rollouts::start(ctx, admin, start(2, plan(Vec::new()))).await;
    let words = again.unwrap_err().to_string();
    assert!(
        words.contains("wrong price") && words.contains("Lift stop 1"),
        "{words}"
    );
    let live = environments::go_live(ctx, admin, "production", ReleaseNumber(2), "x").await;
    assert!(matches!(live, Err(Error::Conflict(_))));
    let twice = stop::stop_everything(ctx, admin, None, "again")
        .await
        .unwrap();
    assert_eq!(twice.number, stopped.number, "one stop is enough");
    assert!(stop::lift(ctx, admin, 1, " ").await.is_err());
    assert!(matches!(
        stop::lift(ctx, admin, 7, "x").await,
        Err(Error::NotFound { .. })
    ));
    stop::lift(ctx, admin, 1, "the price is mended")
        .await
        .unwrap();
    assert!(matches!(
        stop::lift(ctx, admin, 1, "x").await,
        Err(Error::Conflict(_))
    ));
    rollouts::start(ctx, admin, start(2, plan(Vec::new())))
        .await
        .unwrap();
    let entries = activity::list(ctx, admin, &EntryFilter::default(), None, 50)
        .await
        .unwrap();
    for action in ["stop.called", "stop.lifted", "rollout.rolled-back"] {
        assert!(entries.iter().any(|one| one.action == action), "{action}");
    }
    let told = incidents(ctx, admin, true, None, 10).await.unwrap();
    assert_eq!(told[0].alarm.subject, "stop:1");
}

#[tokio::test]
async fn one_environment_stands_still_and_the_others_do_not() {
    let world = World::new().await;
    running(&world).await;
    let (ctx, admin) = (&world.ctx, &world.admin);
    let unknown = stop::stop_everything(ctx, admin, Some("moon"), "x").await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    let stopped = stop::stop_everything(ctx, admin, Some("preview"), "x")
        .await
        .unwrap();
    assert_eq!(stopped.ended, []);
    let live = environments::go_live(ctx, admin, "preview", ReleaseNumber(2), "x").await;
    assert!(live.is_err());
    stop::stop_everything(ctx, admin, Some("production"), "x")
        .await
        .unwrap();
    assert_eq!(release(ctx, &world, "anybody"), 1);
}

#[tokio::test]
async fn it_takes_a_publisher() {
    let world = World::new().await;
    running(&world).await;
    let author = person(&world, "Ada", Role::Author).await;
    let publisher = person(&world, "Pam", Role::Publisher).await;
    let denied = stop::stop_everything(&world.ctx, &author, None, "x").await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    stop::stop_everything(&world.ctx, &publisher, None, "x")
        .await
        .unwrap();
    let denied = stop::lift(&world.ctx, &author, 1, "x").await;
    assert!(matches!(denied, Err(Error::Denied(_))));
}

#[tokio::test]
async fn what_was_measured_is_written_down_afterwards() {
    let world = World::new().await;
    two_releases(&world).await;
    let mut plan = plan(Vec::new());
    plan.external_assignment = true;
    let rollout = rollouts::start(&world.ctx, &world.admin, start(2, plan))
        .await
        .unwrap();
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    send(
        &world,
        vec![exposure("ann", 1, now), exposure("bob", 0, now)],
    )
    .await;
    stop::stop_everything(&world.ctx, &world.admin, None, "x")
        .await
        .unwrap();
    tick(&world.ctx).await.unwrap();
    let mut tx = world.ctx.store.read().await.unwrap();
    let result = tx
        .rollout_result(world.admin.workspace, rollout.number)
        .await
        .unwrap();
    assert!(result.is_some_and(|json| json.contains("\"units\":1")));
    assert!(
        world
            .ctx
            .pipeline
            .result(world.admin.workspace, rollout.number)
            .is_none()
    );
}
