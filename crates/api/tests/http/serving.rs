//! Asking for prompts: who gets what, and that going back gives the same bytes.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};
use variorum_api_types::resolve::Resolved;

use crate::world::{Reply, World};

impl World {
    async fn resolve(&self, unit: &str) -> Reply {
        let body = json!({"prompt": "email/welcome", "unit": unit, "variables": {"name": "Ann"}});
        self.post("/api/v1/resolve", body).await
    }

    async fn arms(&self) -> Vec<Option<u64>> {
        let mut arms = Vec::new();
        for number in 0..200 {
            arms.push(self.resolve(&format!("unit-{number}")).await.json()["arm"].as_u64());
        }
        arms
    }
}

#[tokio::test]
async fn a_prompt_is_filled_in() {
    let world = World::with_library().await;
    let reply = world.resolve("u1").await;
    assert_snapshot!(reply.shown(), @r#"
    200 {
      "prompt": "email/welcome", "version": 1, "commit": "[commit]", "release": 1, "rollout": null, "arm": null,
      "messages": [{"role":"system","content":"\nWrite a short note.\n"},{"role":"user","content":"\nGreet Ann."}],
      "model": "acme/small", "config": {"temperature":0.7}, "exposure": null
    }
    "#);
    let typed: Resolved = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(serde_json::to_string(&typed).unwrap(), reply.text);
    let bare = world
        .send(
            "POST",
            "/api/v1/resolve",
            "{\"prompt\":\"email/welcome\",\"variables\":{\"name\":\"Ann\"}}",
            "",
        )
        .await;
    assert_eq!(bare.text, reply.text);
}

#[tokio::test]
async fn what_cannot_be_answered_says_why() {
    let world = World::with_library().await;
    assert_snapshot!(world.post("/api/v1/resolve", json!({"prompt": "email/welcome"})).await.shown(), @r#"
    422 {
      "type": "/problems/invalid", "title": "This cannot be done as it is", "status": 422, "code": "invalid",
      "detail": "Missing required variables: `name`.", "hint": "Send each of them as a field of `variables`."
    }
    "#);
    assert_snapshot!(world.post("/api/v1/resolve", json!({"prompt": "x"})).await.shown(), @r#"
    404 {
      "type": "/problems/not-found", "title": "There is no such thing", "status": 404, "code": "not-found",
      "detail": "What is live in `production` holds no prompt `x`.",
      "hint": "Check the id; a new prompt can be asked for once a release that holds it is live."
    }
    "#);
    let body = json!({"prompt": "email/welcome", "environment": "preview"});
    assert_snapshot!(world.post("/api/v1/resolve", body).await.shown(), @r#"
    404 {
      "type": "/problems/not-found", "title": "There is no such thing", "status": 404, "code": "not-found",
      "detail": "Nothing is live in an environment `preview`.",
      "hint": "Make a release and go live with it, or use an environment that has something live."
    }
    "#);
    let reply = world
        .send("POST", "/api/v1/resolve", "{", "application/json")
        .await;
    reply.must(StatusCode::BAD_REQUEST);
    let reply = world.post("/api/v1/resolve", json!({})).await;
    reply.must(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_unit_keeps_its_arm_over_the_ramp() {
    let world = World::with_library().await;
    world.start_rollout().await.must(StatusCode::CREATED);
    let few = world.arms().await;
    world.act("advance").await.must(StatusCode::OK);
    let all = world.arms().await;
    assert!(few.iter().any(Option::is_some) && few.iter().any(Option::is_none));
    assert!(all.iter().all(Option::is_some));
    assert!(all.contains(&Some(0)) && all.contains(&Some(1)));
    for (before, after) in few.iter().zip(&all) {
        assert!(before.is_none() || before == after);
    }
    let (one, same) = (world.resolve("unit-1").await, world.resolve("unit-1").await);
    assert_eq!(one.text, same.text);
    assert!(one.json()["exposure"].as_str().unwrap().starts_with("x-1-"));
    let nobody = world.resolve("").await.json();
    assert_eq!(
        (&nobody["rollout"], &nobody["exposure"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn going_back_gives_the_same_bytes() {
    let world = World::with_library().await;
    let before = world.resolve("unit-1").await.text;
    world.start_rollout().await.must(StatusCode::CREATED);
    world.act("advance").await.must(StatusCode::OK);
    assert_ne!(world.resolve("unit-1").await.text, before);
    world.act("roll-back").await.must(StatusCode::OK);
    assert_eq!(world.resolve("unit-1").await.text, before);

    let live = json!({"release": 2});
    world
        .post("/api/v1/environments/production/go-live", live)
        .await
        .must(StatusCode::OK);
    assert_ne!(world.resolve("unit-1").await.text, before);
    world
        .post("/api/v1/environments/production/roll-back", json!({}))
        .await
        .must(StatusCode::OK);
    assert_eq!(world.resolve("unit-1").await.text, before);
}
