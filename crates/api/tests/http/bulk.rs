//! Many prompts at once, and what callers of old ids get.

use axum::http::StatusCode;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_moved_prompt_is_served_under_its_old_id() {
    let world = World::with_library().await;
    let mut body = json!({
        "action": "move", "ids": ["email/welcome"], "to": "mail/hello", "dry_run": true,
        "subject": "Say hello",
    });
    let planned = world.post("/api/v1/bulk", body.clone()).await.json();
    assert_eq!(planned["commit"], json!(null));
    assert_eq!(
        planned["redirects"],
        json!([{"from": "email/welcome", "to": "mail/hello"}])
    );
    body["dry_run"] = json!(false);
    let done = world.post("/api/v1/bulk", body.clone()).await.json();
    assert_eq!(done["moved"][0]["to"], "prompts/mail/hello.prompt");
    let commit = done["commit"].clone();
    let found = world.get("/api/v1/prompts/email%2Fwelcome").await.json();
    assert_eq!(found["id"], "mail/hello");
    let versions = world
        .get("/api/v1/prompts/mail%2Fhello/versions")
        .await
        .json();
    assert_eq!(
        versions["moved_from"]["path"],
        "prompts/email/welcome.prompt"
    );
    let release = world
        .post("/api/v1/releases", json!({"note": "moved"}))
        .await
        .json();
    let live = json!({"release": release["number"], "reason": "moved"});
    world
        .post("/api/v1/environments/production/go-live", live.clone())
        .await
        .must(StatusCode::OK);
    let ask = json!({"prompt": "email/welcome", "variables": {"name": "Ann"}});
    let answer = world.post("/api/v1/resolve", ask.clone()).await.json();
    assert_eq!(answer["prompt"], "mail/hello");
    assert_eq!(answer["redirected_from"], "email/welcome");
    let ask = json!({"prompt": "mail/hello", "variables": {"name": "Ann"}});
    let answer = world.post("/api/v1/resolve", ask.clone()).await.json();
    assert_eq!(answer.get("redirected_from"), None);
    let undo = json!({"commit": commit, "subject": "Back"});
    world
        .post("/api/v1/undo", undo.clone())
        .await
        .must(StatusCode::CREATED);
    let found = world.get("/api/v1/prompts/email%2Fwelcome").await.json();
    assert_eq!(found["id"], "email/welcome");
    let wrong = json!({"action": "burn", "ids": ["email/welcome"]});
    assert_eq!(
        world.post("/api/v1/bulk", wrong.clone()).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}
