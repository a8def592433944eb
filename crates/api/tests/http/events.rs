//! Events: counted once, refused one by one.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;
use variorum_domain::access::Role;

use crate::world::World;

const NDJSON: &str = "application/x-ndjson";

#[tokio::test]
async fn a_bad_line_does_not_hold_up_the_others() {
    let world = World::with_library().await;
    let lines = "{\"id\":\"1\",\"type\":\"exposure\",\"unit\":\"u1\"}\n\
        {\"id\":\"2\",\"type\":\"outc\n\
        {\"id\":\"3\",\"type\":\"outcome\",\"unit\":\"u1\",\"kpi\":\"moon\"}\n\
        {\"id\":\"4\",\"type\":\"outcome\",\"unit\":\"u1\",\"kpi\":\"revenue\",\"value\":12.34}\n\
        {\"id\":\"5\",\"type\":\"outcome\",\"unit\":\"u1\",\"kpi\":\"order\",\"time\":\"2020-01-01T00:00:00Z\"}\n";
    let reply = world.send("POST", "/api/v1/events", lines, NDJSON).await;
    assert_snapshot!(reply.shown(), @r#"
    200 {
      "accepted": 2, "duplicate": 0,
      "rejected": [
        {
          "index": 1, "code": "bad-json",
          "message": "This cannot be read as an event: EOF while parsing a string at line 1 column 22."
        },
        {"index":2,"code":"unknown-kpi","message":"The library defines no KPI `moon`."},
        {"index":4,"code":"too-old","message":"`time` is more than 45 days ago."}
      ]
    }
    "#);
    let again = world
        .send("POST", "/api/v1/events", lines, "application/json")
        .await
        .json();
    assert_eq!(
        (&again["accepted"], &again["duplicate"]),
        (&json!(0), &json!(2))
    );
}

#[tokio::test]
async fn a_new_kpi_counts_at_once() {
    let world = World::with_library().await;
    let event = json!({"id": "1", "type": "outcome", "unit": "u", "kpi": "visit"});
    let before = world.post("/api/v1/events", json!([event])).await.json();
    assert_eq!(before["rejected"][0]["code"], "unknown-kpi");
    let settings = format!("{}  - {{id: visit}}\n", crate::world::SETTINGS);
    world
        .save("Measure visits", None, &[("library.yaml", &settings)])
        .await
        .must(StatusCode::CREATED);
    let after = world.post("/api/v1/events", json!([event])).await.json();
    assert_eq!(after["accepted"], 1, "{after}");
}

#[tokio::test]
async fn sending_takes_a_right() {
    let mut world = World::with_library().await;
    world.token = World::new_token(&world.ctx, &world.admin, "viewer", Role::Viewer).await;
    let reply = world.post("/api/v1/events", json!([])).await;
    assert_eq!(reply.must(StatusCode::FORBIDDEN).json()["code"], "denied");
}

#[tokio::test]
async fn what_is_no_batch_at_all_is_refused() {
    let world = World::with_library().await;
    let reply = world
        .send("POST", "/api/v1/events", "[{", "application/json")
        .await;
    assert_eq!(
        reply.must(StatusCode::BAD_REQUEST).json()["code"],
        "bad-json"
    );
    let many = vec![json!({"id": "1", "type": "exposure", "unit": "u"}); 10_001];
    let reply = world.post("/api/v1/events", json!(many)).await;
    reply.must(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_guard_takes_a_bad_rollout_back() {
    let world = World::with_library().await;
    world.start_rollout().await.must(StatusCode::CREATED);
    world.act("advance").await.must(StatusCode::OK);
    let mut news = world.ctx.news.subscribe();
    world.clock.advance(120);
    let mut events = Vec::new();
    for number in 0..400 {
        let unit = format!("u{number}");
        let asked = json!({"prompt": "email/welcome", "unit": unit, "variables": {"name": "A"}});
        let got = world.post("/api/v1/resolve", asked).await.json();
        events.push(json!({
            "id": got["exposure"], "type": "exposure", "unit": unit,
            "rollout": got["rollout"], "arm": got["arm"],
        }));
        if got["arm"] == 1 && number % 4 != 0 {
            let id = format!("c{number}");
            events.push(json!({"id": id, "type": "outcome", "unit": unit, "kpi": "complaint"}));
        }
    }
    world
        .post("/api/v1/events", json!(events))
        .await
        .must(StatusCode::OK);
    while news.recv().await.unwrap().topic != "environment" {}
    let rollout = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(rollout["state"], "rolled-back");
    assert_eq!(rollout["ending"]["by_guard"], true);
    assert_eq!(
        rollout["sentence"],
        "Taken back after 2 minutes. Everyone gets version 1 again."
    );
    assert_snapshot!(rollout["fired"]["sentence"].as_str().unwrap(), @"Complaints rose from 0.0 % with version 1 to 65.0 % with version 2; the guard took it back after 2 minutes and 39 people.");
    let complaint = &rollout["kpis"][1];
    assert_eq!(
        (&complaint["kpi"], &complaint["state"]),
        (&json!("complaint"), &json!("harm"))
    );
    assert_snapshot!(complaint["sentence"].as_str().unwrap(), @"Version 2 brings 73.8 points more complaints, somewhere between 30.6 and 100.0 more.");
    let notes = world.get("/api/v1/prompts/email%2Fwelcome").await.json()["notes"].clone();
    assert_snapshot!(notes[0]["outcome"]["sentence"].as_str().unwrap(), @"Complaints +73.8 points (between +30.6 and +100.0), 400 people");
}
