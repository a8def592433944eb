//! Signing in by link, and what a browser's session may and may not do.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use insta::assert_snapshot;
use serde_json::json;
use variorum_api::ApiState;
use variorum_app::members;

use crate::world::{Reply, World};

impl World {
    /// Signs in with a fresh link; returns the cookie.
    async fn sign_in(&self) -> String {
        let code = members::sign_in_link(&self.ctx, &self.admin).await.unwrap();
        let reply = self.redeem(&code, &[]).await;
        let cookie = reply.must(StatusCode::CREATED).headers[header::SET_COOKIE]
            .to_str()
            .unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn redeem(&self, code: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request =
            Request::post("/api/v1/session").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = json!({"code": code}).to_string();
        self.call(request.body(Body::from(body)).unwrap()).await
    }

    async fn with_cookie(&self, method: &str, headers: &[(&str, &str)]) -> Reply {
        let path = if method == "GET" {
            "/api/v1/session"
        } else {
            "/api/v1/drafts"
        };
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("content-type", "application/json");
        self.call(
            request
                .body(Body::from(json!({"name": "a"}).to_string()))
                .unwrap(),
        )
        .await
    }
}

/// What can be read with a token for serving and for events.
const OPENED: [&str; 2] = [
    "200 OK /api/v1/session",
    "404 Not Found /api/v1/uploads/{key}",
];

#[tokio::test]
async fn a_token_for_serving_opens_nothing_else_and_says_so() {
    let world = World::with_library().await;
    let made = json!({
        "name": "web shop", "role": "viewer", "service": true, "uses": ["resolve", "events"],
    });
    let made = world.post("/api/v1/tokens", made).await;
    let made = made.must(StatusCode::CREATED).json();
    assert_eq!(made["token"]["uses"], json!(["resolve", "events"]));
    let listed = world.get("/api/v1/tokens").await.json();
    let uses = |name: &str| {
        let mut all = listed.as_array().unwrap().iter();
        let found = all.find(|token| token["name"] == name).unwrap();
        found["uses"].clone()
    };
    assert_eq!(uses("web shop"), json!(["resolve", "events"]));
    assert_eq!(uses("tests"), json!([]));
    let secret = made["secret"].as_str().unwrap();
    let call = async |method: &str, path: &str, body: &str| {
        let request = Request::builder().method(method).uri(path);
        let request = request
            .header("authorization", format!("Bearer {secret}"))
            .header("content-type", "application/json");
        world
            .call(request.body(Body::from(body.to_owned())).unwrap())
            .await
    };
    let asked = json!({"prompt": "email/welcome", "unit": "1", "variables": {"name": "Ann"}});
    call("POST", "/api/v1/resolve", &asked.to_string())
        .await
        .must(StatusCode::OK);
    call("POST", "/api/v1/events", "[]")
        .await
        .must(StatusCode::OK);
    let described = crate::openapi::operations();
    let reads = described
        .iter()
        .filter(|(method, path, _)| method == "GET" && !path.ends_with("openapi.json"));
    let mut opened = Vec::new();
    for (_, path, _) in reads {
        let address = path
            .replace("{number}", "1")
            .replace("{id}", "1")
            .replace("{name}", "a")
            .replace("{oid}", &"a".repeat(40))
            .replace("{file}", "events.csv")
            .replace("{key}", "an-upload-of-its-own")
            .replace("/file", "/file?path=a")
            .replace("v1/impact", "v1/impact?prompt=a")
            .replace("/compare", "/compare?from=1&to=2");
        let reply = call("GET", &address, "").await;
        if reply.status != StatusCode::FORBIDDEN {
            opened.push(format!("{} {path}", reply.status));
        }
    }
    assert_eq!(
        opened, OPENED,
        "only whose token it is, and how far an upload is"
    );
    let save = json!({"subject": "x", "files": [{"path": "prompts/a.prompt", "content": "A"}]});
    let refused = call("POST", "/api/v1/versions", &save.to_string()).await;
    assert_snapshot!(refused.shown(), @r#"
    403 {
      "type": "/problems/limited-token", "title": "This token is for something else", "status": 403,
      "code": "limited-token",
      "detail": "`web shop` may not publish to the library here: the token in use is for `resolve` and `events` only.",
      "hint": "Use a token without this limit; `variorum tokens list` says what each one is for."
    }
    "#);
}

#[tokio::test]
async fn a_token_is_limited_to_what_there_is() {
    let world = World::empty().await;
    let other = json!({"name": "x", "role": "viewer", "uses": ["publish"]});
    let unknown = world.post("/api/v1/tokens", other).await;
    assert_snapshot!(unknown.shown(), @r#"
    422 {
      "type": "/problems/invalid", "title": "This cannot be done as it is", "status": 422, "code": "invalid",
      "detail": "A token cannot be limited to `publish`.",
      "hint": "Use `resolve`, `events` or both; leave it out for everything the role allows."
    }
    "#);
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let world = World::with_library().await;
    let code = members::sign_in_link(&world.ctx, &world.admin)
        .await
        .unwrap();
    let reply = world.redeem(&code, &[]).await;
    let cookie = reply.must(StatusCode::CREATED).headers[header::SET_COOKIE]
        .to_str()
        .unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with("variorum_session=vrm_"), "{pair}");
    assert_eq!(
        attributes,
        "HttpOnly; SameSite=Strict; Path=/; Max-Age=1209600"
    );
    assert_snapshot!(world.redeem(&code, &[]).await.shown(), @r#"
    422 {
      "type": "/problems/invalid", "title": "This cannot be done as it is", "status": 422, "code": "invalid",
      "detail": "This sign-in link was used already or is too old.",
      "hint": "Run `variorum sign-in` on the server for a new one, or ask for a new invitation."
    }
    "#);

    let mine = [("cookie", pair), ("x-variorum", "1")];
    assert_eq!(
        world.with_cookie("GET", &mine).await.json()["actor"]["name"],
        "Ann Lee"
    );
    let request = Request::delete("/api/v1/session").header("cookie", pair);
    let request = request
        .header("x-variorum", "1")
        .body(Body::empty())
        .unwrap();
    let out = world.call(request).await;
    let cleared = out.must(StatusCode::NO_CONTENT).headers[header::SET_COOKIE]
        .to_str()
        .unwrap();
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
    world
        .with_cookie("GET", &mine)
        .await
        .must(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn cookies_need_tls_where_people_use_it() {
    let mut world = World::empty().await;
    let state = ApiState::new(world.ctx.clone(), "https://prompts.acme.example/");
    world.app = variorum_api::router(state);
    let code = members::sign_in_link(&world.ctx, &world.admin)
        .await
        .unwrap();
    let reply = world
        .redeem(&code, &[("host", "prompts.acme.example")])
        .await;
    let cookie = reply.must(StatusCode::CREATED).headers[header::SET_COOKIE]
        .to_str()
        .unwrap();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn another_page_cannot_use_the_session() {
    let world = World::with_library().await;
    let cookie = world.sign_in().await;
    let cookie = ("cookie", cookie.as_str());
    let (own, host) = (("x-variorum", "1"), ("host", "127.0.0.1:4870"));
    let here = ("origin", "http://127.0.0.1:4870");
    let elsewhere = ("origin", "https://evil.example");

    let reply = world.with_cookie("POST", &[cookie]).await;
    assert_snapshot!(reply.shown(), @r#"
    403 {
      "type": "/problems/cross-site", "title": "The request came from another page", "status": 403,
      "code": "cross-site", "detail": "The header `X-Variorum: 1` is missing.",
      "hint": "Use the pages of this server, or send a token instead of the session's cookie."
    }
    "#);
    let refused: [&[(&str, &str)]; 3] = [
        &[cookie, host, here],
        &[cookie, host, own, elsewhere],
        &[cookie, host, own, ("origin", "null")],
    ];
    for headers in refused {
        let reply = world.with_cookie("POST", headers).await;
        assert_eq!(
            reply.must(StatusCode::FORBIDDEN).json()["code"],
            "cross-site",
            "{headers:?}"
        );
    }
    world
        .with_cookie("POST", &[cookie, host, own, here])
        .await
        .must(StatusCode::CREATED);
    world
        .with_cookie("GET", &[cookie, host, elsewhere])
        .await
        .must(StatusCode::OK);
    let code = members::sign_in_link(&world.ctx, &world.admin)
        .await
        .unwrap();
    world
        .redeem(&code, &[host, elsewhere])
        .await
        .must(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_name_is_not_answered() {
    let world = World::with_library().await;
    for path in ["/api/v1/session", "/healthz", "/", "/api/v1/resolve"] {
        let method = if path.ends_with("resolve") {
            "POST"
        } else {
            "GET"
        };
        let request = world.request(method, path).header("host", "evil.example");
        let reply = world.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::MISDIRECTED_REQUEST, "{path}");
        assert_eq!(reply.json()["code"], "wrong-host");
    }
}
