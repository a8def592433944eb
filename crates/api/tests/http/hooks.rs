//! The door for signed webhooks, and the sources behind it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};
use variorum_domain::source::{BURST_SECONDS, DELIVERIES_PER_SECOND};
use variorum_domain::webhook::sign;
use variorum_ports::Clock as _;

use crate::world::{Reply, World};

fn shop() -> Value {
    json!({"name": "shop", "environment": "production", "reads": {
        "names": {"order.paid": ["order", "revenue"]},
        "kpi": {"pointer": "/type"},
        "unit": {"pointer": "/data/customer"},
        "value": {"pointer": "/data/total"},
        "id": {"pointer": "/data/id"},
    }})
}

const PAID: &str = r#"{"type":"order.paid","data":{"id":7,"customer":"c1","total":"12.50"}}"#;

/// Adds the source; its path and its secret.
async fn added(world: &World) -> (String, String) {
    let made = world.post("/api/v1/sources", shop()).await;
    let made = made.must(StatusCode::CREATED).json();
    let url = made["source"]["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix("http://127.0.0.1:4870").unwrap();
    (path.to_owned(), made["secret"].as_str().unwrap().to_owned())
}

/// A delivery as somebody with that secret sends it, without any token.
async fn deliver(world: &World, path: &str, (secret, id): (&str, &str), body: &str) -> Reply {
    let seconds = world.clock.now().seconds();
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds)
        .header(
            "webhook-signature",
            sign(secret, id, seconds, body.as_bytes()),
        )
        .header("content-type", "application/json");
    world
        .call(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

#[tokio::test]
async fn a_signed_webhook_is_taken_without_a_token_and_counts_once() {
    let world = World::with_library().await;
    let (path, secret) = added(&world).await;
    assert!(path.starts_with("/hooks/shop-"), "{path}");
    let first = deliver(&world, &path, (&secret, "msg_1"), PAID).await;
    assert_snapshot!(first.shown(), @r#"200 {"accepted":2,"duplicate":0,"ignored":0,"rejected":[]}"#);
    let again = deliver(&world, &path, (&secret, "msg_1"), PAID).await;
    assert_snapshot!(again.shown(), @r#"200 {"accepted":0,"duplicate":2,"ignored":0,"rejected":[]}"#);
    let seen = world.get("/api/v1/sources/shop").await.json();
    let states: Vec<&str> = seen["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["known", "taken"]);
    assert!(!seen.to_string().contains("whsec_"), "{seen}");
    let all = world.get("/api/v1/sources").await.json();
    assert_eq!(all[0]["last"]["duplicate"], 2);
    let entries = world.get("/api/v1/entries?action=source.").await;
    assert!(
        entries.text.contains("added the source shop"),
        "{}",
        entries.text
    );
    assert!(!entries.text.contains("whsec_"));
}

#[tokio::test]
async fn what_is_not_believed_or_does_not_fit_is_told_the_sender() {
    let world = World::with_library().await;
    let (path, secret) = added(&world).await;
    let forged = deliver(&world, &path, ("another secret", "msg_1"), PAID).await;
    assert_snapshot!(forged.shown(), @r#"
    401 {
      "type": "/problems/bad-signature", "title": "The delivery is not believed", "status": 401,
      "code": "bad-signature",
      "detail": "No signature fits the body; is it the right secret, and does the body arrive unchanged?",
      "hint": "Sign it with the secret that was shown when the source was made."
    }
    "#);
    let bare = world.call(
        Request::builder()
            .method("POST")
            .uri(&path)
            .body(Body::from(PAID))
            .unwrap(),
    );
    assert_eq!(
        bare.await.must(StatusCode::UNAUTHORIZED).json()["code"],
        "missing-header"
    );
    let odd = r#"{"type":"order.paid","data":{"id":8}}"#;
    let refused = deliver(&world, &path, (&secret, "msg_2"), odd).await;
    let refused = refused.must(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("/data/customer"),
        "{refused}"
    );
    let text = deliver(&world, &path, (&secret, "msg_3"), "hello").await;
    text.must(StatusCode::BAD_REQUEST);
    let huge = "x".repeat(1024 * 1024 + 1);
    let large = deliver(&world, &path, (&secret, "msg_4"), &huge).await;
    large.must(StatusCode::PAYLOAD_TOO_LARGE);
    let nowhere = deliver(&world, "/hooks/shop", (&secret, "msg_5"), PAID).await;
    nowhere.must(StatusCode::NOT_FOUND);
    world.get(&path).await.must(StatusCode::METHOD_NOT_ALLOWED);
    world
        .post(
            "/api/v1/sources/shop/pause",
            json!({"reason": "wrong amounts"}),
        )
        .await
        .must(StatusCode::OK);
    let paused = deliver(&world, &path, (&secret, "msg_6"), PAID).await;
    paused.must(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(paused.headers["retry-after"], "300");
    world
        .post("/api/v1/sources/shop/resume", json!({}))
        .await
        .must(StatusCode::OK);
    let done = deliver(&world, &path, (&secret, "msg_6"), PAID).await;
    done.must(StatusCode::OK);
    let gone = world.delete("/api/v1/sources/shop").await;
    gone.must(StatusCode::NO_CONTENT);
    let ended = deliver(&world, &path, (&secret, "msg_7"), PAID).await;
    ended.must(StatusCode::GONE);
}

#[tokio::test]
async fn a_source_that_sends_too_fast_is_told_so_before_its_body_is_read() {
    let world = World::with_library().await;
    let (path, secret) = added(&world).await;
    for _ in 0..DELIVERIES_PER_SECOND * BURST_SECONDS {
        let forged = deliver(&world, &path, ("another secret", "msg_1"), PAID).await;
        forged.must(StatusCode::UNAUTHORIZED);
    }
    let huge = "x".repeat(1024 * 1024 + 1);
    let refused = deliver(&world, &path, (&secret, "msg_2"), &huge).await;
    assert_eq!(refused.headers["retry-after"], "1");
    assert_snapshot!(refused.shown(), @r#"
    429 {
      "type": "/problems/too-many", "title": "Too much at once", "status": 429, "code": "too-many",
      "detail": "This source sends more than is taken from one; nothing of this delivery was read or stored.",
      "hint": "Send it again after a second, or send several items in one delivery."
    }
    "#);
    let last = world.get("/api/v1/sources/shop").await.json()["deliveries"][0].clone();
    assert_eq!(last["state"], "too-many", "{last}");
    let other = json!({"name": "mail", "environment": "production", "reads": shop()["reads"]});
    let other = world.post("/api/v1/sources", other).await;
    let other = other.must(StatusCode::CREATED).json();
    let url = other["source"]["url"].as_str().unwrap();
    let own = url.strip_prefix("http://127.0.0.1:4870").unwrap();
    let taken = deliver(
        &world,
        own,
        (other["secret"].as_str().unwrap(), "msg_1"),
        PAID,
    )
    .await;
    taken.must(StatusCode::OK);
    let later = world.clock.now().plus_seconds(1);
    world.clock.set(later);
    let taken = deliver(&world, &path, (&secret, "msg_2"), PAID).await;
    taken.must(StatusCode::OK);
}

#[tokio::test]
async fn a_form_is_read_by_its_fields() {
    let world = World::with_library().await;
    let reads = json!({
        "names": {"order.paid": ["order", "revenue"]},
        "kpi": {"pointer": "/event"},
        "unit": {"pointer": "/customer[id]"},
        "value": {"pointer": "/total"},
    });
    let form = "event=order.paid&customer%5Bid%5D=c+7&total=12.50";
    let trial = json!({"name": "till", "environment": "production", "reads": reads, "body": form});
    let tried = world.post("/api/v1/source-trials", trial).await;
    let tried = tried.must(StatusCode::OK).json();
    assert_eq!(tried["items"][1]["event"]["unit"], "c 7", "{tried}");
    let source = json!({"name": "till", "environment": "production", "reads": reads});
    let made = world.post("/api/v1/sources", source).await;
    let made = made.must(StatusCode::CREATED).json();
    let path = made["source"]["url"].as_str().unwrap();
    let path = path.strip_prefix("http://127.0.0.1:4870").unwrap();
    let secret = made["secret"].as_str().unwrap();
    let seconds = world.clock.now().seconds();
    let send = |kind: &'static str| {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", seconds)
            .header(
                "webhook-signature",
                sign(secret, "msg_1", seconds, form.as_bytes()),
            )
            .header("content-type", kind);
        world.call(request.body(Body::from(form)).unwrap())
    };
    let as_json = send("application/json").await;
    as_json.must(StatusCode::BAD_REQUEST);
    let taken = send("application/x-www-form-urlencoded; charset=utf-8").await;
    assert_eq!(taken.must(StatusCode::OK).json()["accepted"], 2);
}

#[tokio::test]
async fn a_source_is_changed_rotated_and_tried() {
    let world = World::with_library().await;
    let (path, secret) = added(&world).await;
    let trial = json!({"name": "shop", "environment": "production", "reads": shop()["reads"], "body": PAID});
    let tried = world.post("/api/v1/source-trials", trial).await;
    let tried = tried.must(StatusCode::OK).json();
    assert_eq!(tried["items"][1]["event"]["value"], "12.50");
    assert_eq!(tried["items"][1]["event"]["id"], "shop:7:revenue");
    assert_eq!(
        tried["sentence"],
        "2 events would be stored, 0 refused, 0 left alone."
    );
    let mut reads = shop()["reads"].clone();
    reads["names"] = json!({"order.paid": ["order"]});
    let edit = json!({"environment": "preview", "reads": reads, "revision": 1}).to_string();
    let edited = world.send("PATCH", "/api/v1/sources/shop", &edit, "application/json");
    let edited = edited.await.must(StatusCode::OK).json();
    assert_eq!(edited["reads"]["names"], json!({"order.paid": ["order"]}));
    let stale = world.send("PATCH", "/api/v1/sources/shop", &edit, "application/json");
    stale.await.must(StatusCode::CONFLICT);
    let rotated = world
        .post("/api/v1/sources/shop/rotate", json!({"at_once": true}))
        .await;
    let rotated = rotated.must(StatusCode::OK).json();
    let newer = rotated["secret"].as_str().unwrap();
    deliver(&world, &path, (&secret, "msg_1"), PAID)
        .await
        .must(StatusCode::UNAUTHORIZED);
    let taken = deliver(&world, &path, (newer, "msg_1"), PAID).await;
    assert_eq!(taken.must(StatusCode::OK).json()["accepted"], 1);
    for odd in [
        json!({"name": "x", "environment": "production", "reads": {}}),
        json!({"name": "x", "environment": "production", "scheme": "md5", "reads": {}}),
        json!({"name": "x", "environment": "production", "reads": {"unit": {}}}),
    ] {
        let refused = world.post("/api/v1/sources", odd).await;
        let refused = refused.must(StatusCode::UNPROCESSABLE_ENTITY).json();
        assert!(!refused["hint"].as_str().unwrap().is_empty(), "{refused}");
    }
}
