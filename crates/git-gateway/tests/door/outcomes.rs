//! Results of rollouts on their way to a mirror.

use variorum_app::environments::go_live;
use variorum_app::releases;
use variorum_app::rollouts::{self, NewArm, StartRollout};
use variorum_domain::id::ReleaseNumber;
use variorum_domain::remote::Direction;
use variorum_domain::rollout::Plan;

use crate::remotes::tip_in;
use crate::world::{TEXT, WELCOME, World, git};

const OUTCOMES: &str = "refs/notes/outcomes";

/// Starts the second release beside the first, and takes it back: a result that is noted.
async fn a_result_is_noted(world: &World, reason: &str) {
    let cmd = StartRollout {
        environment: None,
        title: "Test".into(),
        treatments: vec![NewArm::of(ReleaseNumber(2))],
        prompt: None,
        plan: Plan::even(&[2_000, 10_000]),
        reason: "to learn".into(),
    };
    let started = rollouts::start(&world.ctx, &world.admin, cmd).await;
    rollouts::roll_back(&world.ctx, &world.admin, started.unwrap().number, reason)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn results_of_rollouts_go_out_and_foreign_notes_stay() {
    let world = World::with_library().await;
    go_live(
        &world.ctx,
        &world.admin,
        "production",
        ReleaseNumber(1),
        "start",
    )
    .await
    .unwrap();
    let warmer = TEXT.replace("Greet", "Warmly greet");
    world
        .save(None, "Warmer", &[(WELCOME, &warmer)])
        .await
        .unwrap();
    releases::create(&world.ctx, &world.admin, None, "two")
        .await
        .unwrap();
    a_result_is_noted(&world, "worse").await;
    let (place, url) = world.elsewhere().await;
    world.mirror(&url, Direction::Both).await;
    assert_eq!(world.round().await, "");
    assert!(world.tip(OUTCOMES).await.is_some());
    assert_eq!(tip_in(&place, OUTCOMES).await, world.tip(OUTCOMES).await);
    let log = git(&place, &["log", "-1", "--notes=outcomes", "main"])
        .await
        .must();
    assert!(log.contains("worse"), "{log}");

    // A further result goes after the first.
    a_result_is_noted(&world, "worse again").await;
    assert_eq!(world.round().await, "");
    let ours = world.tip(OUTCOMES).await;
    assert_eq!(tip_in(&place, OUTCOMES).await, ours);

    // Somebody writes under the same name there: theirs stays, ours waits, and the mirror says so.
    let noted = ["notes", "--ref=outcomes", "append", "-m", "mine", "main"];
    git(&place, &noted).await.must();
    let theirs = tip_in(&place, OUTCOMES).await;
    a_result_is_noted(&world, "a third time").await;
    assert_eq!(world.round().await, "");
    assert_eq!(tip_in(&place, OUTCOMES).await, theirs);
    assert!(world.held(OUTCOMES).await.contains("other notes"));
    git(&place, &["update-ref", "refs/notes/mine", OUTCOMES])
        .await
        .must();
    git(&place, &["update-ref", "-d", OUTCOMES]).await.must();
    assert_eq!(world.round().await, "");
    assert_eq!(tip_in(&place, OUTCOMES).await, world.tip(OUTCOMES).await);
    assert_eq!(world.held(OUTCOMES).await, "");
}
