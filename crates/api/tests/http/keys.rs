//! Keys for signing, signatures shown, and mirrors where none is allowed.

use axum::http::{StatusCode, header};
use serde_json::json;
use variorum_domain::access::Role;

use crate::world::World;

const KEYS: [&str; 3] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH1eaAJA0pTo2xCYrFptH96vh+dUGslWebR7WzFfmtrB ann@laptop",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO6DU1ykIonXgBcgd5RZU9ltz9i9wYuPnlQ5eIq21i9m ann@laptop",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM+0uiO7Gd4SUtne6uKDyQIXa3u9fhT+IjskB5iexSVT ann@laptop",
];

#[tokio::test]
async fn keys_are_registered_listed_and_taken_away() {
    let world = World::with_library().await;
    let key = json!({"public_key": KEYS[0]});
    let added = world.post("/api/v1/keys", key.clone()).await;
    let added = added.must(StatusCode::CREATED).json();
    assert_eq!(added["title"], "ann@laptop");
    assert_eq!(added["owner"], "Ann Lee");
    let again = world.post("/api/v1/keys", key.clone()).await;
    again.must(StatusCode::CONFLICT);

    let all = world.get("/api/v1/keys").await.json();
    assert_eq!(all["keys"][0]["fingerprint"], added["fingerprint"]);
    // The library was saved before, so the server has a key of its own.
    assert!(
        all["server"]["public_key"]
            .as_str()
            .unwrap()
            .starts_with("ssh-ed25519 ")
    );
    assert!(!all.to_string().contains("seed"));

    let file = world.get("/api/v1/keys/allowed-signers").await;
    let file = file.must(StatusCode::OK);
    assert_eq!(
        file.headers[header::CONTENT_TYPE],
        "text/plain; charset=utf-8"
    );
    let lines: Vec<&str> = file.text.lines().collect();
    assert!(lines[0].starts_with('#'));
    assert!(lines[1].starts_with("variorum-server namespaces=\"git\" ssh-ed25519 "));
    assert!(lines[2].starts_with("ann@acme.example namespaces=\"git\" ssh-ed25519 "));

    let path = format!("/api/v1/keys/{}", added["id"]);
    world.delete(&path).await.must(StatusCode::NO_CONTENT);
    world.delete(&path).await.must(StatusCode::CONFLICT);
    world
        .delete("/api/v1/keys/999")
        .await
        .must(StatusCode::NOT_FOUND);
    let file = world.get("/api/v1/keys/allowed-signers").await;
    assert!(file.text.lines().nth(2).unwrap().contains("valid-before="));
    // What was taken away can be registered again.
    world
        .post("/api/v1/keys", key)
        .await
        .must(StatusCode::CREATED);
    let entries = world
        .get("/api/v1/entries?limit=3")
        .await
        .json()
        .to_string();
    assert!(
        entries.contains("registered the key “ann@laptop”"),
        "{entries}"
    );
}

#[tokio::test]
async fn what_is_no_key_is_refused_with_what_to_do() {
    let world = World::with_library().await;
    let rows = [
        ("hello", "not a public SSH key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA", "private key"),
    ];
    for (text, words) in rows {
        let reply = world
            .post("/api/v1/keys", json!({"public_key": text}))
            .await;
        let problem = reply.must(StatusCode::UNPROCESSABLE_ENTITY).json();
        assert!(problem.to_string().contains(words), "{problem}");
    }
}

#[tokio::test]
async fn a_viewer_registers_no_key_and_nobody_takes_away_anothers() {
    let mut world = World::with_library().await;
    let key = json!({"public_key": KEYS[1]});
    let added = world.post("/api/v1/keys", key).await.json();
    let admin = world.admin.clone();
    let cmd = variorum_app::members::Invite {
        name: "Bob".into(),
        email: "bob@acme.example".into(),
        grants: vec![(Role::Author, String::new())],
    };
    let (row, _) = variorum_app::members::invite(&world.ctx, &admin, cmd)
        .await
        .unwrap();
    let bob = variorum_app::auth::to_actor(row, Role::Administrator);
    world.token = World::new_token(&world.ctx, &bob, "bob", Role::Author).await;
    let path = format!("/api/v1/keys/{}", added["id"]);
    world.delete(&path).await.must(StatusCode::FORBIDDEN);
    world.token = World::new_token(&world.ctx, &bob, "bob", Role::Viewer).await;
    let key = json!({"public_key": KEYS[2]});
    world
        .post("/api/v1/keys", key)
        .await
        .must(StatusCode::FORBIDDEN);
    world.get("/api/v1/keys").await.must(StatusCode::OK);
}

#[tokio::test]
async fn commits_say_whose_signature_they_carry() {
    let world = World::with_library().await;
    let page = world.get("/api/v1/commits?limit=1").await.json();
    let found = &page["items"][0]["provenance"];
    assert_eq!(found["signature"], "server");
    assert_eq!(found["pushed_by"], json!(null));
    let oid = page["items"][0]["commit"].as_str().unwrap();
    let one = world.get(&format!("/api/v1/commits/{oid}")).await.json();
    assert_eq!(one["provenance"], *found);
}

#[tokio::test]
async fn a_server_that_allows_no_place_keeps_no_mirror() {
    let world = World::with_library().await;
    let cmd = json!({
        "name": "origin", "url": "https://git.example.com/acme/library.git", "direction": "both",
    });
    let problem = world.post("/api/v1/mirrors", cmd.clone()).await;
    let problem = problem.must(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert!(problem.to_string().contains("--mirror-allow"), "{problem}");
    let mut sideways = cmd;
    sideways["direction"] = json!("sideways");
    let problem = world.post("/api/v1/mirrors", sideways).await;
    problem.must(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.get("/api/v1/mirrors").await.json(), json!([]));
    world
        .get("/api/v1/mirrors/origin")
        .await
        .must(StatusCode::NOT_FOUND);
    let asked = world.post("/api/v1/mirrors/origin/sync", json!(null)).await;
    asked.must(StatusCode::NOT_FOUND);
}
