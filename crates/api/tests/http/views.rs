//! Searches kept under a name.

use axum::http::StatusCode;
use serde_json::json;
use variorum_domain::access::Role;

use crate::world::World;

#[tokio::test]
async fn a_search_is_kept_shared_changed_and_taken_away() {
    let world = World::with_library().await;
    let new = json!({"name": " Welcome mail ", "find": {"q": "welcome", "channel": "email", "limit": 5}, "pinned": true});
    let kept = world.post("/api/v1/views", new.clone()).await;
    let kept = kept.must(StatusCode::CREATED).json();
    assert_eq!(kept["name"], "Welcome mail");
    assert_eq!(kept["find"]["q"], "welcome");
    assert_eq!(
        kept["find"]["limit"],
        json!(null),
        "a page is no part of it"
    );
    assert_eq!(
        (&kept["mine"], &kept["shared"]),
        (&json!(true), &json!(false))
    );
    let again = world.post("/api/v1/views", new).await;
    again.must(StatusCode::CONFLICT);
    let path = format!("/api/v1/views/{}", kept["id"]);
    let edit = json!({"name": "Hello", "shared": true});
    let changed = world
        .send("PATCH", &path, &edit.to_string(), "application/json")
        .await;
    let changed = changed.must(StatusCode::OK).json();
    assert_eq!(changed["name"], "Hello");
    assert_eq!(
        changed["find"]["channel"], "email",
        "what is not given stays"
    );
    let listed = world.get("/api/v1/views").await.json();
    assert_eq!(listed["items"][0]["name"], "Hello");
    let entries = world
        .get("/api/v1/entries?limit=5")
        .await
        .json()
        .to_string();
    assert!(
        entries.contains("changed the shared view “Hello”"),
        "{entries}"
    );
    assert!(entries.contains("kept a view of their own"), "{entries}");
    world.delete(&path).await.must(StatusCode::NO_CONTENT);
    world.get(&path).await.must(StatusCode::NOT_FOUND);
    world.delete(&path).await.must(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_with_what_to_do() {
    let world = World::with_library().await;
    let rows = [
        (json!({"name": "", "find": {"q": "x"}}), "one line"),
        (json!({"name": "x", "find": {}}), "no words and no filters"),
        (
            json!({"name": "x", "find": {"limit": 5}}),
            "no words and no filters",
        ),
    ];
    for (body, words) in rows {
        let reply = world.post("/api/v1/views", body.clone()).await;
        let problem = reply.must(StatusCode::UNPROCESSABLE_ENTITY).json();
        assert!(problem.to_string().contains(words), "{body}: {problem}");
        assert!(problem["hint"].is_string());
    }
}

#[tokio::test]
async fn a_viewer_keeps_private_views_and_shares_none() {
    let mut world = World::with_library().await;
    world.token = World::new_token(&world.ctx, &world.admin, "reader", Role::Viewer).await;
    let shared = json!({"name": "Ours", "find": {"q": "x"}, "shared": true});
    let refused = world.post("/api/v1/views", shared).await;
    refused.must(StatusCode::FORBIDDEN);
    let own = json!({"name": "My own", "find": {"q": "x"}});
    world
        .post("/api/v1/views", own)
        .await
        .must(StatusCode::CREATED);
}
