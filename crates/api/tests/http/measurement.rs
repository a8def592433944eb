//! Credits, journeys, the ledger, regressions.

use axum::http::StatusCode;
use serde_json::json;
use variorum_app::{events, watch};
use variorum_domain::access::Role;
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::event::{Event, EventKind};
use variorum_ports::Clock as _;

use crate::world::World;

fn event(
    id: String,
    unit: String,
    kpi: &str,
    channel: &str,
    time: variorum_domain::id::Time,
) -> Event {
    Event {
        id,
        kind: if kpi.is_empty() {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time,
        unit,
        prompt: "email/welcome".into(),
        rollout: None,
        arm: None,
        kpi: kpi.into(),
        value: i64::from(!kpi.is_empty()),
        channel: channel.into(),
        attributes: String::new(),
    }
}

/// Forty days of journeys through ads and email; from day 30 on half as many end in an order.
async fn told() -> World {
    let world = World::with_library().await;
    let pipeline = tokio::spawn(events::run(world.ctx.clone()));
    let start = world.clock.now();
    for day in 0..40 {
        let now = start.plus_seconds(day * DAY_SECONDS);
        world.clock.set(now.plus_seconds(60));
        let mut batch = Vec::new();
        for unit in 0..60 {
            let name = format!("u{day}-{unit}");
            let at = |seconds: i64| now.plus_seconds(seconds - 3_600);
            batch.push(event(format!("a{name}"), name.clone(), "", "ads", at(0)));
            batch.push(event(format!("e{name}"), name.clone(), "", "email", at(60)));
            if unit < if day < 30 { 20 } else { 10 } + day * day % 3 {
                batch.push(event(format!("o{name}"), name, "order", "", at(120)));
            }
        }
        let batch = batch.into_iter().map(Ok).enumerate().collect();
        events::ingest(&world.ctx, &world.admin, batch)
            .await
            .unwrap();
        events::settle(&world.ctx).await.unwrap();
    }
    pipeline.abort();
    world.clock.set(start.plus_seconds(40 * DAY_SECONDS));
    world
}

/// Refused without the right or a reason; taken on, dismissed, and told in log and inbox.
async fn are_answered(world: &World, number: i64) {
    let path = format!("/api/v1/regressions/{number}");
    let viewer = World::new_token(&world.ctx, &world.admin, "viewer", Role::Viewer).await;
    let refused = world
        .call(
            axum::http::Request::builder()
                .method("POST")
                .uri(format!("{path}/acknowledge"))
                .header("host", "localhost")
                .header("authorization", format!("Bearer {viewer}"))
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await;
    refused.must(StatusCode::FORBIDDEN);
    let taken = world
        .post(&format!("{path}/acknowledge"), json!({"reason": "I look"}))
        .await;
    let taken = taken.must(StatusCode::OK).json();
    assert_eq!(
        (&taken["state"], &taken["settled_reason"]),
        (&json!("acknowledged"), &json!("I look"))
    );
    let unsaid = world.post(&format!("{path}/dismiss"), json!({})).await;
    assert!(
        unsaid
            .must(StatusCode::UNPROCESSABLE_ENTITY)
            .shown()
            .contains("say why")
    );
    let done = world
        .post(&format!("{path}/dismiss"), json!({"reason": "a new price"}))
        .await;
    done.must(StatusCode::OK);
    let twice = world
        .post(&format!("{path}/dismiss"), json!({"reason": "again"}))
        .await;
    twice.must(StatusCode::CONFLICT);
    world
        .get("/api/v1/regressions/99")
        .await
        .must(StatusCode::NOT_FOUND);
    let entries = world
        .get("/api/v1/entries?action=regression.&limit=9")
        .await
        .json()
        .to_string();
    assert!(
        entries.contains("noticed that `order` of email/welcome got worse"),
        "{entries}"
    );
    assert!(entries.contains("took regression"), "{entries}");
    let notices = world.get("/api/v1/notices").await.json().to_string();
    assert!(notices.contains("\"regression\""), "{notices}");
}

#[tokio::test]
async fn regressions_are_listed_shown_and_answered() {
    let world = told().await;
    let before = world.get("/api/v1/regressions").await.json();
    assert_eq!(
        (&before["items"], &before["looked"]),
        (&json!([]), &json!(null))
    );
    watch::tick(&world.ctx).await.unwrap();
    let page = world.get("/api/v1/regressions?open=true").await;
    let page = page.must(StatusCode::OK).json();
    assert_eq!(page["looked"]["yearly"], 1.0);
    let one = &page["items"][0];
    assert_eq!(
        (&one["about"], &one["subject"]),
        (&json!("prompt"), &json!("email/welcome"))
    );
    assert_eq!(
        (&one["state"], &one["kpi"]),
        (&json!("open"), &json!("order"))
    );
    assert!(one["relative"].as_f64().unwrap() < -0.2, "{one}");
    assert!(
        one["sentence"]
            .as_str()
            .unwrap()
            .contains("of `email/welcome` fell from"),
        "{one}"
    );
    assert!(
        one["before_it"]
            .as_str()
            .unwrap()
            .starts_with("Nothing that Variorum knows of"),
        "{one}"
    );
    assert!(one["series"].as_array().unwrap().len() >= 40);
    assert_eq!(one["money_a_day"], json!(null));
    are_answered(&world, one["number"].as_i64().unwrap()).await;
}

#[tokio::test]
async fn credits_and_paths_are_answered() {
    let world = told().await;
    let found = world.get("/api/v1/attribution?kpi=order").await;
    let found = found.must(StatusCode::OK).json();
    let models: Vec<&str> = found["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["model"].as_str().unwrap())
        .collect();
    assert_eq!(
        models,
        [
            "first",
            "last",
            "last-non-direct",
            "linear",
            "position",
            "time-decay",
            "markov",
            "shapley"
        ]
    );
    let conversions = found["basis"]["conversions"].as_f64().unwrap();
    for model in found["models"].as_array().unwrap() {
        let parts = model["parts"].as_array().unwrap();
        let sum: f64 = parts
            .iter()
            .map(|part| part["conversions"].as_f64().unwrap())
            .sum();
        assert!((sum - conversions).abs() < 1e-6, "{model}");
    }
    assert!(
        found["sentence"]
            .as_str()
            .unwrap()
            .contains("only an experiment tells"),
        "{found}"
    );
    let paths = world.get("/api/v1/journeys?kpi=order").await.json();
    assert_eq!(paths["paths"][0]["names"], json!(["ads", "email"]));
    assert_eq!(paths["distinct"], 1);
    let ends: Vec<&str> = paths["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    assert_eq!(ends, ["ads", "email", "converted", "left"]);
    let ledger = world.get("/api/v1/ledger?kpi=order").await.json();
    assert_eq!(ledger["items"], json!([]));
    for (path, status) in [
        ("/api/v1/attribution?kpi=nope", StatusCode::NOT_FOUND),
        (
            "/api/v1/attribution?by=moon",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "/api/v1/attribution?lookback_days=0",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "/api/v1/journeys?from=yesterday",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/api/v1/attribution?touches=nope", StatusCode::NOT_FOUND),
        ("/api/v1/ledger?kpi=nope", StatusCode::NOT_FOUND),
    ] {
        world.get(path).await.must(status);
    }
}
