//! Rollouts of several releases, for some people, at set times: as they are asked for and shown.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{PATH, WELCOME, World};

/// Two new releases beside the one that is live.
async fn three_releases() -> World {
    let world = World::with_library().await;
    let kinder = WELCOME.replace("short", "kind");
    world
        .save("Kinder", None, &[(PATH, &kinder)])
        .await
        .must(StatusCode::CREATED);
    world
        .post("/api/v1/releases", json!({"note": "Kinder"}))
        .await
        .must(StatusCode::CREATED);
    world
}

fn plan(more: &Value) -> Value {
    let mut plan = json!({
        "title": "Three ways", "release": 2, "treatment_name": "Warm",
        "further": [{"release": 3, "name": "Kind"}],
        "stages": [10_000], "goal": "order", "guards": [{"kpi": "complaint"}],
    });
    if let (Value::Object(plan), Value::Object(more)) = (&mut plan, more) {
        plan.extend(more.clone());
    }
    plan
}

#[tokio::test]
async fn several_releases_are_compared_among_those_who_meet_the_conditions() {
    let world = three_releases().await;
    let conditions = json!({"conditions": [
        {"attribute": "tier", "one_of": ["gold", "silver"]},
        {"attribute": "orders", "at_least": 2},
    ]});
    let started = world.post("/api/v1/rollouts", plan(&conditions)).await;
    let started = started.must(StatusCode::CREATED).json();
    let shares: Vec<u64> = started["arms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arm| arm["share"].as_u64().unwrap())
        .collect();
    assert_eq!(shares, [3_334, 3_333, 3_333]);
    let mut seen = [0; 3];
    for number in 0..60 {
        let resolve = async |attributes: Value| {
            let body = json!({
                "prompt": "email/welcome", "unit": format!("u{number}"),
                "variables": {"name": "Ann"}, "attributes": attributes,
            });
            world.post("/api/v1/resolve", body).await.json()
        };
        let met = resolve(json!({"tier": "gold", "orders": 2})).await;
        let arm = met["arm"].as_u64().unwrap();
        assert_eq!(met["release"].as_u64().unwrap(), arm + 1);
        seen[usize::try_from(arm).unwrap()] += 1;
        for other in [
            json!({"tier": "gold"}),
            json!({"tier": "iron", "orders": 9}),
            json!({}),
        ] {
            assert_eq!(resolve(other).await["arm"], json!(null));
        }
    }
    assert!(seen.iter().all(|units| *units > 0), "{seen:?}");
    let detail = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(detail["conditions"][0]["one_of"][1], "silver");
    let names: Vec<&str> = detail["kpis"][0]["treatments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arm| arm["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["“Warm”", "“Kind”"]);
    world.act("finish").await.must(StatusCode::CONFLICT);
    let refused = world
        .post("/api/v1/rollouts/1/finish", json!({"arm": 2}))
        .await;
    let refused = refused.must(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert_eq!(refused["blockers"][0]["code"], "against-verdict");
    world
        .decide_anyway(json!({"wish": "finish", "arm": 2}))
        .await;
    let ended = world.get("/api/v1/rollouts/1").await.json();
    assert!(
        ended["sentence"]
            .as_str()
            .unwrap()
            .ends_with("Everyone gets “Kind”.")
    );
    let live = world.get("/api/v1/environments").await.json();
    assert_eq!(live[0]["release"], 3);
}

#[tokio::test]
async fn times_and_layers_are_shown_as_they_were_given() {
    let world = three_releases().await;
    let more = json!({
        "stages": [1_000, 10_000],
        "starts_at": "2026-12-01T08:00:00Z",
        "schedule": [{"at": "2026-12-02T08:00:00Z", "people": 500}],
        "layer": {"name": "offers", "share": 4_000},
    });
    let started = world.post("/api/v1/rollouts", plan(&more)).await;
    assert_eq!(started.must(StatusCode::CREATED).json()["coverage"], 0);
    let detail = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(detail["starts_at"], "2026-12-01T08:00:00.000000Z");
    assert_eq!(detail["schedule"][0]["people"], 500);
    assert_eq!(detail["layer"], json!({"name": "offers", "share": 4_000}));
}

#[tokio::test]
async fn plans_that_cannot_be_are_refused_in_words() {
    let world = three_releases().await;
    let rows = [
        (
            json!({"conditions": [{"attribute": "a"}]}),
            "exactly one test",
        ),
        (json!({"starts_at": "soon"}), "not a moment"),
        (json!({"schedule": [{"people": 5}]}), "further stages"),
        (
            json!({"layer": {"name": "", "share": 10}}),
            "layer has a name",
        ),
        (
            json!({"further": [{"release": 3, "share": 9_000}]}),
            "shares of the arms",
        ),
        (json!({"further": [{"release": 2}]}), "two arms"),
    ];
    for (more, expected) in rows {
        let reply = world.post("/api/v1/rollouts", plan(&more)).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{more}");
        assert!(reply.text.contains(expected), "{}", reply.text);
    }
}
