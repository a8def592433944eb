//! One of each kind of problem.

use axum::body::Body;
use axum::http::{StatusCode, header};
use insta::assert_snapshot;
use serde_json::json;
use variorum_domain::access::Role;

use crate::world::{PATH, WELCOME, World};

#[tokio::test]
async fn without_a_token_nobody_gets_in() {
    let world = World::empty().await;
    let request = axum::http::Request::get("/api/v1/prompts")
        .body(Body::empty())
        .unwrap();
    let reply = world.call(request).await;
    assert_eq!(
        reply.headers[header::CONTENT_TYPE],
        "application/problem+json"
    );
    assert_snapshot!(reply.shown(), @r#"
    401 {
      "type": "/problems/unauthenticated", "title": "Nobody is signed in", "status": 401,
      "code": "unauthenticated", "detail": "This needs a token or a signed-in browser.",
      "hint": "Sign in again, or send a token as `Authorization: Bearer …`."
    }
    "#);
    let request = axum::http::Request::get("/api/v1/prompts")
        .header(header::AUTHORIZATION, "Bearer vrm_wrong");
    let reply = world.call(request.body(Body::empty()).unwrap()).await;
    assert_snapshot!(reply.shown(), @r#"
    401 {
      "type": "/problems/unauthenticated", "title": "Nobody is signed in", "status": 401,
      "code": "unauthenticated", "detail": "This token or session is not known, has ended or has expired.",
      "hint": "Sign in again, or send a token as `Authorization: Bearer …`."
    }
    "#);
}

#[tokio::test]
async fn what_takes_a_role_is_denied_by_name() {
    let mut world = World::with_library().await;
    world.token = World::new_token(&world.ctx, &world.admin, "viewer", Role::Viewer).await;
    let reply = world.post("/api/v1/releases", json!({"note": "x"})).await;
    assert_snapshot!(reply.shown(), @r#"
    403 {
      "type": "/problems/denied", "title": "This takes a role you do not have", "status": 403, "code": "denied",
      "detail": "`Ann Lee` may not make a release: that takes the role `publisher`.",
      "hint": "Ask an administrator of the workspace for that role."
    }
    "#);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::with_library().await;
    assert_snapshot!(world.get("/api/v1/releases/99").await.shown(), @r#"
    404 {
      "type": "/problems/not-found", "title": "There is no such thing", "status": 404, "code": "not-found",
      "detail": "Release `99` does not exist.", "hint": "The list of releases shows what there is."
    }
    "#);
    let addresses = [
        "/api/v1/prompts/email%2Fnothing",
        "/api/v1/prompts/email%2Fnothing/versions",
        "/api/v1/drafts/nothing",
        "/api/v1/rollouts/9",
        "/api/v1/rollouts/nine",
        "/api/v1/commits/abc",
        "/api/v1/commits/0123456789012345678901234567890123456789",
        "/api/v1/nothing",
        "/api/v2/prompts",
    ];
    for address in addresses {
        let reply = world.get(address).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{address}");
        assert_eq!(reply.json()["code"], "not-found", "{address}");
    }
}

#[tokio::test]
async fn whoever_comes_second_is_told() {
    let world = World::with_library().await;
    world
        .post("/api/v1/drafts", json!({"name": "a"}))
        .await
        .must(StatusCode::CREATED);
    let reply = world.post("/api/v1/drafts", json!({"name": "a"})).await;
    assert_snapshot!(reply.shown(), @r#"
    409 {
      "type": "/problems/conflict", "title": "Somebody else was first", "status": 409, "code": "conflict",
      "detail": "A draft `a` exists already; choose another name than `a`.",
      "hint": "Load the newest state and try again."
    }
    "#);
}

#[tokio::test]
async fn two_people_who_change_the_same_part_see_both() {
    let world = World::with_library().await;
    let base = world.get("/api/v1/prompts/email%2Fwelcome").await.json()["base"].clone();
    let base = base.as_str().unwrap();
    let one = WELCOME.replace("short", "long");
    world
        .save("Longer", Some(base), &[(PATH, &one)])
        .await
        .must(StatusCode::CREATED);
    let other = WELCOME.replace("short", "tiny");
    let reply = world.save("Tiny", Some(base), &[(PATH, &other)]).await;
    assert_snapshot!(reply.shown(), @r#"
    409 {
      "type": "/problems/clash", "title": "Two people changed the same part", "status": 409, "code": "clash",
      "detail": "Two people changed the same part of `prompts/email/welcome.prompt`.",
      "hint": "It has moved since you began. Nothing is lost: choose for each part what shall stand, then save again.",
      "conflicts": [
        {
          "path": "prompts/email/welcome.prompt", "kind": "both-changed",
          "merged": "---\nmodel: acme/small\nconfig:\n  temperature: 0.7\ninput:\n  schema:\n    name: string, who it is\nvariorum.title: Welcome\nvariorum.channels: [email]\n---\n{{role \"system\"}}\n<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<< saved first\nWrite a long note.\n||||||||||||||||||||||||||||||||||||||||||||||| before\nWrite a warm note.\n===============================================\nWrite a tiny note.\n>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>> yours\n{{role \"user\"}}\nGreet {{name}}.\n",
          "hunks": [
            {
              "line": 12, "base": "Write a warm note.\n", "ours": "Write a long note.\n",
              "theirs": "Write a tiny note.\n"
            }
          ]
        }
      ],
      "head": "[commit]"
    }
    "#);
    let head = reply.json()["head"].clone();
    let again = world.save("Tiny", head.as_str(), &[(PATH, &other)]).await;
    again.must(StatusCode::CREATED);
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    let world = World::with_library().await;
    let reply = world.save("", None, &[(PATH, "x")]).await;
    assert_snapshot!(reply.shown(), @r#"
    422 {
      "type": "/problems/invalid", "title": "This cannot be done as it is", "status": 422, "code": "invalid",
      "detail": "A saved version needs a subject: one line that says what changed."
    }
    "#);
    let reply = world
        .post(
            "/api/v1/environments/production/go-live",
            json!({"release": 1}),
        )
        .await;
    reply.must(StatusCode::UNPROCESSABLE_ENTITY);
    let reply = world
        .post("/api/v1/tokens", json!({"name": "x", "role": "king"}))
        .await;
    assert_eq!(
        reply.json()["hint"],
        "Use one of viewer, author, publisher, administrator."
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_says_where() {
    let world = World::empty().await;
    let (path, json) = ("/api/v1/drafts", "application/json");
    assert_snapshot!(world.send("POST", path, "{\"name\": ", json).await.shown(), @r#"
    400 {
      "type": "/problems/bad-json", "title": "The body is not valid JSON", "status": 400, "code": "bad-json",
      "detail": "The body is not valid JSON: EOF while parsing a value at line 1 column 9."
    }
    "#);
    assert_snapshot!(world.send("POST", path, "{\"nam\": 1}", json).await.shown(), @r#"
    422 {
      "type": "/problems/invalid", "title": "This cannot be done as it is", "status": 422, "code": "invalid",
      "detail": "The body does not have the right shape: missing field `name` at line 1 column 10.",
      "hint": "The API's description at `/api/v1/openapi.json` lists the fields."
    }
    "#);
    assert_snapshot!(world.send("POST", path, "name=a", "text/plain").await.shown(), @r#"
    415 {
      "type": "/problems/content-type", "title": "The body has a type that is not understood", "status": 415,
      "code": "content-type", "detail": "A body of type `text/plain` is not understood here.",
      "hint": "Send JSON with the header `Content-Type: application/json`."
    }
    "#);
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(9 * 1024 * 1024));
    let reply = world.send("POST", path, &large, json).await;
    assert_eq!(
        reply.must(StatusCode::PAYLOAD_TOO_LARGE).json()["code"],
        "too-large"
    );
    let reply = world.send("PUT", path, "", json).await;
    assert_eq!(
        reply.must(StatusCode::METHOD_NOT_ALLOWED).json()["code"],
        "method-not-allowed"
    );
    let reply = world.get("/api/v1/resolve").await;
    assert_eq!(
        reply.must(StatusCode::METHOD_NOT_ALLOWED).json()["code"],
        "method-not-allowed"
    );
    let reply = world.get("/api/v1/prompts?limit=many").await;
    assert_eq!(
        reply.must(StatusCode::UNPROCESSABLE_ENTITY).json()["code"],
        "invalid"
    );
}

#[tokio::test]
async fn what_we_break_becomes_an_incident() {
    let world = World::with_library().await;
    let workspace = world.admin.workspace;
    let mut tx = world.ctx.store.begin(workspace).await.unwrap();
    let oid = tx
        .get_ref(workspace, "refs/heads/main")
        .await
        .unwrap()
        .unwrap();
    let nowhere = variorum_testkit::build::oid("nowhere");
    let now = world.ctx.clock.now();
    tx.move_ref(workspace, "refs/heads/main", Some(oid), Some(nowhere), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let reply = world.get("/api/v1/library").await;
    let problem = reply.must(StatusCode::INTERNAL_SERVER_ERROR).json();
    assert_eq!(problem["code"], "internal");
    assert_eq!(problem["incident"].as_str().unwrap().len(), 16);
    assert!(!reply.text.contains(&nowhere.to_string()), "{}", reply.text);
}
