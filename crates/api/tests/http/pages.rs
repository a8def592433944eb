//! Pages, health, metrics, news, and the headers that everything carries.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use futures::StreamExt as _;
use serde_json::json;
use tower::ServiceExt as _;

use crate::world::World;

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn every_page_is_the_one_page() {
    let world = World::empty().await;
    let root = world.call(get("/")).await;
    assert_eq!(
        root.must(StatusCode::OK).headers[header::CONTENT_TYPE],
        "text/html; charset=utf-8"
    );
    assert_eq!(root.headers[header::CACHE_CONTROL], "no-cache");
    let deep = world.call(get("/prompts/email%2Fwelcome")).await;
    assert_eq!(deep.text, root.text);
    world
        .call(get("/assets/nothing.js"))
        .await
        .must(StatusCode::NOT_FOUND);
    let etag = root.headers[header::ETAG].clone();
    let again = Request::get("/")
        .header(header::IF_NONE_MATCH, etag)
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        world.call(again).await.must(StatusCode::NOT_MODIFIED).text,
        ""
    );
    let posted = Request::post("/").body(Body::empty()).unwrap();
    world
        .call(posted)
        .await
        .must(StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn everything_carries_the_headers_that_protect_browsers() {
    let world = World::empty().await;
    for path in ["/", "/healthz", "/api/v1/session", "/api/v1/openapi.json"] {
        let reply = world.call(get(path)).await;
        let policy = reply.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(reply.headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(reply.headers["cross-origin-opener-policy"], "same-origin");
    }
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_ask() {
    let world = World::empty().await;
    let request = Request::get("/api/v1/openapi.json").header("accept-encoding", "gzip");
    let reply = world.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.headers[header::CONTENT_ENCODING], "gzip");
}

#[tokio::test]
async fn health_and_metrics() {
    let world = World::with_library().await;
    assert_eq!(
        world.call(get("/healthz")).await.must(StatusCode::OK).text,
        "ok\n"
    );
    assert_eq!(
        world.call(get("/readyz")).await.must(StatusCode::OK).text,
        "ready\n"
    );
    world.start_rollout().await.must(StatusCode::CREATED);
    let text = world.call(get("/metrics")).await.text;
    for line in [
        "variorum_requests_total{method=\"POST\",route=\"/api/v1/rollouts\",status=\"201\"} 1",
        "variorum_open_rollouts 1",
        "variorum_events_accepted_total 0",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is missing in:\n{text}"
        );
    }
}

#[tokio::test]
async fn metrics_ask_strangers_for_a_token() {
    let world = World::empty().await;
    let from = |address: &str| {
        let mut request = get("/metrics");
        let address: SocketAddr = address.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(address));
        request
    };
    world.call(from("127.0.0.1:5")).await.must(StatusCode::OK);
    world
        .call(from("[::ffff:127.0.0.1]:5"))
        .await
        .must(StatusCode::OK);
    world
        .call(from("192.0.2.7:5"))
        .await
        .must(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn listeners_hear_of_their_own_workspace_until_the_end() {
    let world = World::with_library().await;
    let (close, closing) = tokio::sync::watch::channel(false);
    let mut state = variorum_api::ApiState::new(world.ctx.clone(), "http://127.0.0.1:4870");
    state.closing = Some(closing);
    let request = world
        .request("GET", "/api/v1/stream")
        .body(Body::empty())
        .unwrap();
    let response = variorum_api::router(state).oneshot(request).await.unwrap();
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/event-stream"
    );
    let mut lines = response.into_body().into_data_stream();
    world
        .ctx
        .announce(variorum_domain::id::WorkspaceId(99), "library", "main");
    world.ctx.announce(world.admin.workspace, "release", "7");
    let line = lines.next().await.unwrap().unwrap();
    assert_eq!(line, "data: {\"topic\":\"release\",\"id\":\"7\"}\n\n");
    for number in 0..2_000 {
        world
            .ctx
            .announce(world.admin.workspace, "reading", number.to_string());
    }
    let line = lines.next().await.unwrap().unwrap();
    assert_eq!(line, "data: {\"topic\":\"all\",\"id\":\"\"}\n\n");
    close.send(true).unwrap();
    while lines.next().await.is_some() {}
}

#[tokio::test]
async fn a_listener_hears_nothing_more_once_the_token_has_ended() {
    let world = World::with_library().await;
    let made = world
        .post(
            "/api/v1/tokens",
            json!({"name": "listener", "role": "viewer"}),
        )
        .await;
    let made = made.must(StatusCode::CREATED).json();
    let request = Request::get("/api/v1/stream")
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", made["secret"].as_str().unwrap()),
        )
        .body(Body::empty())
        .unwrap();
    let response = world.app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut lines = response.into_body().into_data_stream();
    world.ctx.announce(world.admin.workspace, "people", "1");
    assert!(lines.next().await.is_some(), "the token still works");
    let ended = world
        .delete(&format!("/api/v1/tokens/{}", made["token"]["id"]))
        .await;
    ended.must(StatusCode::NO_CONTENT);
    world.ctx.announce(world.admin.workspace, "release", "8");
    assert!(lines.next().await.is_none(), "the token has ended");
}
