//! Guards as they are asked for and shown: what they do, absolute limits, cohorts, the model's figures.

use axum::http::StatusCode;
use serde_json::{Value, json};
use variorum_app::events;

use crate::world::World;

async fn started(world: &World, guards: Value) -> Value {
    let plan = json!({
        "title": "Warmer words", "release": 2, "stages": [1_000, 10_000], "goal": "order",
        "guards": guards, "external_assignment": true,
    });
    let started = world.post("/api/v1/rollouts", plan).await;
    started.must(StatusCode::CREATED);
    world.get("/api/v1/rollouts/1").await.json()
}

/// Half of the people in each arm; `outcome` says what happens to which of them.
async fn serve(
    world: &World,
    people: usize,
    outcome: impl Fn(usize) -> Option<(&'static str, Value)>,
) {
    let mut batch = Vec::new();
    for n in 0..people {
        let unit = format!("u{n}");
        let channel = if n / 2 % 2 == 0 { "email" } else { "sms" };
        batch.push(json!({
            "id": format!("x{n}"), "type": "exposure", "unit": unit, "rollout": 1, "arm": n % 2,
            "channel": channel,
        }));
        if let Some((kpi, value)) = outcome(n) {
            batch.push(json!({
                "id": format!("o{n}"), "type": "outcome", "unit": unit, "kpi": kpi, "value": value,
            }));
        }
    }
    let sent = world.post("/api/v1/events", json!(batch)).await;
    assert_eq!(sent.must(StatusCode::OK).json()["accepted"], batch.len());
    events::settle(&world.ctx).await.unwrap();
}

#[tokio::test]
async fn a_level_holds_the_rollout_until_a_person_lets_it_go_on() {
    let world = World::with_library().await;
    let guards = json!([{"kpi": "complaint", "limit": 0.003, "action": "hold"}]);
    let detail = started(&world, guards).await;
    assert_eq!(detail["guards"][0]["against"], "more than 0.3 %");
    assert_eq!(detail["held"], json!(null));
    serve(&world, 2_000, |n| {
        (n / 2 % 40 == 0).then(|| ("complaint", json!(1)))
    })
    .await;
    let held = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(held["state"], "running");
    assert_eq!(
        held["held"],
        "Held at 10 % of all people: the guard on Complaints found harm. Let it go on, or roll it back."
    );
    assert_eq!(held["guards"][0]["fired"], true);
    assert_eq!(held["fired"]["action"], "hold");
    let refused = world.act("advance").await;
    assert!(
        refused
            .must(StatusCode::CONFLICT)
            .text
            .contains("holds rollout")
    );
    world.act("resume").await.must(StatusCode::OK);
    let on = world.act("advance").await;
    assert_eq!(on.must(StatusCode::OK).json()["stage"], 1);
    let log = world.get("/api/v1/entries?target=rollout:R-1").await.json();
    let sentences: Vec<&str> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["sentence"].as_str().unwrap())
        .collect();
    assert!(
        sentences.contains(&"Guard holds rollout R-1 at its stage because of complaint."),
        "{sentences:?}"
    );
    assert!(
        !sentences.iter().any(|one| one.contains("looked at")),
        "looks are asked for"
    );
    let looks = world
        .get("/api/v1/entries?target=rollout:R-1&looks=true")
        .await;
    assert!(
        looks.text.contains("has three quarters of its evidence"),
        "{}",
        looks.text
    );
    let again = world.get("/api/v1/rollouts/1/replay").await.json();
    assert_eq!(
        (&again["decisions_equal"], &again["looks_equal"]),
        (&json!(true), &json!(true))
    );
    let actions: Vec<&str> = again["looks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|look| look["action"].as_str().unwrap())
        .collect();
    for action in [
        "rollout.looked",
        "rollout.held",
        "rollout.resumed",
        "rollout.advanced",
    ] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
}

#[tokio::test]
async fn a_cohort_is_named_and_people_are_told_of_it() {
    let world = World::with_library().await;
    let guards = json!([{
        "kpi": "order", "cohort": "channel", "levels": ["email", "sms"], "margin": 0.05,
        "action": "escalate",
    }]);
    let detail = started(&world, guards).await;
    let shown: Vec<&Value> = detail["guards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|guard| &guard["cohort"])
        .collect();
    assert_eq!(shown, ["channel=email", "channel=sms"]);
    let is_lost = |n: usize| n % 2 == 1 && n / 2 % 2 == 1;
    serve(&world, 1_000, |n| {
        (!is_lost(n)).then(|| ("order", json!(1)))
    })
    .await;
    let after = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(
        (&after["state"], &after["held"]),
        (&json!("running"), &json!(null))
    );
    assert_eq!(after["fired"]["cohort"], "channel=sms");
    assert!(
        after["fired"]["sentence"]
            .as_str()
            .unwrap()
            .contains("(channel sms) fell from 100.0 %"),
        "{}",
        after["fired"]["sentence"]
    );
    let incidents = world.get("/api/v1/incidents").await.json();
    assert_eq!(incidents["items"][0]["cause"], "guard-escalates");
}

#[tokio::test]
async fn what_the_model_takes_is_reported_and_guarded_without_a_definition() {
    let world = World::with_library().await;
    let guards = json!([
        {"kpi": "model.latency_ms", "limit": 1500},
        {"kpi": "model.error", "difference": 0.01},
    ]);
    let detail = started(&world, guards).await;
    let against: Vec<&Value> = detail["guards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|guard| &guard["against"])
        .collect();
    assert_eq!(
        against,
        ["more than 1500 ms", "a rise by more than 1 points"]
    );
    let slow = |n: usize| Some(("model.latency_ms", json!(900 + n % 90 + n % 2 * 1_000)));
    serve(&world, 600, slow).await;
    let ended = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(ended["state"], "rolled-back");
    assert_eq!(ended["fired"]["kpi"], "model.latency_ms");
}

#[tokio::test]
async fn guards_that_make_no_sense_are_refused_in_words() {
    let world = World::with_library().await;
    let rows = [
        (
            json!({"kpi": "order", "action": "stop"}),
            "Use roll-back, pause, hold or escalate",
        ),
        (
            json!({"kpi": "complaint", "limit": 0.1, "difference": 0.1}),
            "a limit and a difference",
        ),
        (
            json!({"kpi": "order", "harm": "decrease", "limit": 0.1}),
            "from below",
        ),
        (json!({"kpi": "complaint", "limit": 3}), "below 100 %"),
        (
            json!({"kpi": "order", "cohort": "tier"}),
            "names no values of `tier`",
        ),
        (json!({"kpi": "model.mood"}), "defines no KPI `model.mood`"),
    ];
    for (guard, expected) in rows {
        let plan = json!({"title": "T", "release": 2, "goal": "order", "guards": [guard]});
        let refused = world.post("/api/v1/rollouts", plan).await;
        assert!(refused.status.is_client_error(), "{guard}");
        assert!(refused.text.contains(expected), "{}", refused.text);
    }
}

#[tokio::test]
async fn what_a_guard_took_back_is_asked_for_and_confirmed() {
    let world = World::with_library().await;
    started(&world, json!([{"kpi": "order"}])).await;
    serve(&world, 1_000, |n| (n % 4 == 0).then(|| ("order", json!(1)))).await;
    let taken = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(
        (&taken["state"], &taken["ending"]["by_guard"]),
        (&json!("rolled-back"), &json!(true))
    );
    let live = json!({"release": 2, "reason": "I know better"});
    let path = "/api/v1/environments/production/go-live";
    let alone = world.post(path, live).await;
    let alone = alone.must(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert_eq!(alone["blockers"][0]["code"], "against-verdict");
    assert!(
        alone["hint"]
            .as_str()
            .unwrap()
            .contains("rollouts ask R-1 --go-live")
    );
    world.decide_anyway(json!({"wish": "go-live"})).await;
    let after = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(after["state"], "rolled-back");
    assert_eq!(after["decided"][0]["wish"], "go-live");
    assert_eq!(
        after["decided"][0]["sentence"],
        "Ann Lee wants to make release 2 live in production for everybody, although a guard found \
         harm and took this release back, and nothing has been measured of it since."
    );
    let environments = world.get("/api/v1/environments").await.json();
    assert_eq!(environments[0]["release"], 2);
}
