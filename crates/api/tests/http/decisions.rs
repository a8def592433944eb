//! Deciding against the verdict: what one person is told, what the other one sees.

use axum::http::StatusCode;
use serde_json::json;

use crate::world::World;

const PATH: &str = "/api/v1/rollouts/1/decision";

#[tokio::test]
async fn finishing_against_the_verdict_takes_two_people() {
    let world = World::with_library().await;
    world.start_rollout().await.must(StatusCode::CREATED);
    let shown = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(shown["arms"][0]["objection"], json!(null));
    assert_eq!(
        shown["arms"][1]["objection"],
        "there is not enough data yet"
    );
    let alone = world.act("finish").await;
    let alone = alone.must(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert_eq!(
        (&alone["code"], &alone["blockers"][0]["code"]),
        (&json!("blocked"), &json!("against-verdict"))
    );
    let hint = alone["hint"].as_str().unwrap();
    assert!(hint.contains("rollouts ask R-1 --finish --arm 1"), "{hint}");
    let ask = json!({"wish": "finish", "reason": "the season ends"});
    let nobody = world.post(PATH, ask.clone()).await;
    let nobody = nobody.must(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert_eq!(nobody["blockers"][0]["code"], "no-second-person");

    let sue = world.second_person().await;
    let asked = world.post(PATH, ask).await.must(StatusCode::OK).json();
    assert_eq!(asked["state"], "running");
    let decision = &asked["decision"];
    assert_eq!(
        decision["sentence"],
        "Ann Lee wants to give everybody version 2, although there is not enough data yet."
    );
    assert_eq!(
        (&decision["wish"], &decision["arm"], &decision["by"]),
        (&json!("finish"), &json!(1), &json!(1))
    );
    let own = world.post(&format!("{PATH}/confirm"), json!({})).await;
    own.must(StatusCode::CONFLICT);
    let seen = world
        .get_as(&sue, "/api/v1/notices?unread=true")
        .await
        .json();
    let line = &seen["items"][0];
    assert_eq!(
        (&line["kind"], &line["target"]),
        (&json!("decision-asked"), &json!("rollout:R-1"))
    );
    let done = world
        .post_as(&sue, &format!("{PATH}/confirm"), json!({}))
        .await;
    assert_eq!(done.must(StatusCode::OK).json()["state"], "finished");
    let after = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(after["decided"][0]["confirmed_by"], "Sue Second");
    assert_eq!(after["decided"][0]["reason"], "the season ends");
    assert_eq!(after["decision"], json!(null));
    let entries = after["entries"].as_array().unwrap();
    assert_eq!(entries[0]["actor_name"], "Sue Second");
    assert_eq!(
        entries[0]["evidence"]["against_verdict"]["asked_by"],
        "Ann Lee"
    );
    let asking = entries
        .iter()
        .find(|one| one["action"] == "rollout.decision-asked");
    assert_eq!(
        asking.unwrap()["sentence"],
        "Ann Lee asked a second person to decide against the verdict on rollout R-1 “Warmer words”."
    );
}

#[tokio::test]
async fn what_is_asked_for_wrongly_or_declined_changes_nothing() {
    let world = World::with_library().await;
    world.start_rollout().await.must(StatusCode::CREATED);
    let sue = world.second_person().await;
    let session = world.get_as(&sue, "/api/v1/session").await.json();
    assert!(
        session["actor"]["may"]
            .as_array()
            .unwrap()
            .contains(&json!("confirm-decision"))
    );
    for (body, status) in [
        (
            json!({"wish": "fly", "reason": "r"}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({"wish": "go-on", "arm": 1, "reason": "r"}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({"wish": "finish", "reason": ""}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({"wish": "finish", "arm": 7, "reason": "r"}),
            StatusCode::CONFLICT,
        ),
        (
            json!({"wish": "go-on", "reason": "r"}),
            StatusCode::CONFLICT,
        ),
    ] {
        world.post(PATH, body).await.must(status);
    }
    let decline = format!("{PATH}/decline");
    let none = world.post_as(&sue, &decline, json!({"reason": "no"})).await;
    none.must(StatusCode::CONFLICT);
    let ask = json!({"wish": "finish", "reason": "the season ends"});
    world.post(PATH, ask).await.must(StatusCode::OK);
    let declined = world
        .post_as(&sue, &decline, json!({"reason": "two more days"}))
        .await;
    let declined = declined.must(StatusCode::OK).json();
    assert_eq!(
        (&declined["state"], &declined["decision"]),
        (&json!("running"), &json!(null))
    );
    // Taking it back is not held up by what waits.
    let ask = json!({"wish": "finish", "reason": "the season ends"});
    world.post(PATH, ask).await.must(StatusCode::OK);
    let back = world.act("roll-back").await.must(StatusCode::OK).json();
    assert_eq!(
        (&back["state"], &back["decision"]),
        (&json!("rolled-back"), &json!(null))
    );
}
