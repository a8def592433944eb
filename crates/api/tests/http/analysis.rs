//! Cohorts, series and retention over HTTP.

use axum::http::StatusCode;
use serde_json::{Value, json};
use variorum_app::{columns, events};

use crate::world::World;

/// A rollout whose effect is good in every channel and bad taken together.
async fn simpson() -> World {
    let world = World::with_library().await;
    world
        .post("/api/v1/releases", json!({"note": "Second"}))
        .await
        .must(StatusCode::CREATED);
    let rollout = json!({
        "release": 2, "title": "Warmer", "stages": [10_000], "goal": "order",
        "prompt": "email/welcome", "external_assignment": true, "reason": "to learn"
    });
    world
        .post("/api/v1/rollouts", rollout)
        .await
        .must(StatusCode::CREATED);
    let mut sent: Vec<Value> = Vec::new();
    let counts = [
        ("email", 0, 180, 90),
        ("email", 1, 20, 12),
        ("web", 0, 20, 1),
        ("web", 1, 180, 18),
    ];
    for (channel, arm, units, orders) in counts {
        for unit in 0..units {
            let name = format!("{channel}-{arm}-{unit}");
            sent.push(json!({
                "id": format!("x-{name}"), "type": "exposure", "unit": name, "rollout": 1, "arm": arm,
                "prompt": "email/welcome", "channel": channel, "attributes": {"region": "de"}
            }));
            if unit < orders {
                let id = format!("o-{name}");
                sent.push(json!({"id": id, "type": "outcome", "unit": name, "kpi": "order"}));
            }
        }
    }
    let reply = world.post("/api/v1/events", Value::Array(sent)).await;
    reply.must(StatusCode::OK);
    events::settle(&world.ctx).await.unwrap();
    columns::refresh(&world.ctx).await.unwrap();
    world
}

#[tokio::test]
async fn simpson_s_paradox_is_said_in_a_sentence() {
    let world = simpson().await;
    let reply = world.get("/api/v1/cohorts?rollout=1&by=channel").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let found: Value = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(found["facets"], json!(["channel", "returning", "region"]));
    assert_eq!(found["missing"], 0);
    let told: Vec<_> = found["cohorts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cohort| {
            let arm = |arm: usize| {
                (
                    cohort["arms"][arm]["units"].clone(),
                    cohort["arms"][arm]["sum"].clone(),
                )
            };
            (cohort["labels"][0].clone(), arm(0), arm(1))
        })
        .collect();
    let pair = |n: u64, sum: &str| (json!(n), json!(sum));
    assert_eq!(
        told,
        [
            (json!("email"), pair(180, "90"), pair(20, "12")),
            (json!("web"), pair(20, "1"), pair(180, "18")),
        ]
    );
    let comparison = &found["comparisons"][0];
    assert_eq!(comparison["reversal"], "every");
    let said = comparison["sentences"][0].as_str().unwrap();
    assert!(
        said.contains("Simpson's paradox") && said.contains("lower"),
        "{said}"
    );
    assert!(comparison["overall"]["pooled"].as_f64().unwrap() < 0.0);
    assert!(comparison["overall"]["post_stratified"].as_f64().unwrap() > 0.0);
    assert!(comparison["heterogeneity"]["p"].as_f64().unwrap() > 0.05);
}

#[tokio::test]
async fn a_kpi_is_listed_and_told_over_time() {
    let world = simpson().await;
    let kpis: Value = serde_json::from_str(&world.get("/api/v1/kpis").await.text).unwrap();
    assert!(
        kpis["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|kpi| kpi["id"] == "order")
    );
    let one = world.get("/api/v1/kpis/order").await;
    assert_eq!(one.status, StatusCode::OK);
    assert_eq!(
        world.get("/api/v1/kpis/nothing").await.status,
        StatusCode::NOT_FOUND
    );
    let path = "/api/v1/series?kpi=order&prompt=email%2Fwelcome&by=region";
    let reply = world.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let found: Value = serde_json::from_str(&reply.text).unwrap();
    let point = &found["lines"][0]["points"][0];
    assert_eq!(found["lines"][0]["label"], "de");
    assert_eq!(
        (&point["units"], &point["sum"]),
        (&json!(400), &json!("121"))
    );
    assert!(point["low"].as_f64().unwrap() < 0.3025 && point["high"].as_f64().unwrap() > 0.3025);
    assert_eq!(point["complete"], false);
    let reply = world.get("/api/v1/retention?kpi=order&weeks=2").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let found: Value = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(
        found["curves"][0]["weeks"][0],
        json!({"units": 0, "back": 0}),
        "no week is over"
    );
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused_in_words() {
    let world = simpson().await;
    for (path, part) in [
        ("cohorts?rollout=1&by=a,b,c,d", "1 to 3 facets"),
        (
            "cohorts?rollout=1&by=tier",
            "no event has an attribute `tier`",
        ),
        (
            "series?kpi=order&grain=week",
            "`week` is no length of a point",
        ),
        ("series?kpi=order&from=yesterday", "`from` is not a moment"),
        (
            "series?kpi=order&by=version",
            "Versions are those of one prompt",
        ),
        (
            "retention?kpi=order&weeks=900",
            "`weeks` must lie between 1 and 26",
        ),
    ] {
        let reply = world.get(&format!("/api/v1/{path}")).await;
        assert!(reply.status.is_client_error(), "{path}: {}", reply.text);
        assert!(
            reply.text.to_lowercase().contains(&part.to_lowercase()),
            "{path}: {}",
            reply.text
        );
    }
    let reply = world.get("/api/v1/cohorts?rollout=9&by=channel").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
