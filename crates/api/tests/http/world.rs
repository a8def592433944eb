//! A server with a small library, and a way to talk to it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use variorum_api::ApiState;
use variorum_app::members::NewToken;
use variorum_app::{Context, events, members, setup};
use variorum_domain::access::{Actor, Role};
use variorum_store_sql::{SqlStore, SqliteEventLog};
use variorum_testkit::{FixedClock, SeededIds};

pub(crate) const SETTINGS: &str = "title: Acme\nenvironments: [production, preview]\nkpis:\n  \
    - {id: order, title: First orders}\n  \
    - {id: complaint, title: Complaints, direction: down}\n  \
    - {id: revenue, title: Revenue, kind: value, unit: EUR, decimals: 2}\n";
pub(crate) const WELCOME: &str = "---\nmodel: acme/small\nconfig:\n  temperature: 0.7\ninput:\n  \
    schema:\n    name: string, who it is\nvariorum.title: Welcome\nvariorum.channels: [email]\n---\n\
    {{role \"system\"}}\nWrite a short note.\n{{role \"user\"}}\nGreet {{name}}.\n";

/// A running server.
pub(crate) struct World {
    pub(crate) app: Router,
    pub(crate) ctx: Arc<Context>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) admin: Actor,
    pub(crate) token: String,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Status and body, with ids and secrets that depend on bytes left out.
    pub(crate) fn shown(&self) -> String {
        let body = match serde_json::from_str::<Value>(&self.text) {
            Ok(mut value) => {
                hide(&mut value);
                pretty(&value, 0)
            }
            Err(_) => self.text.clone(),
        };
        format!("{} {body}", self.status.as_u16())
    }
}

/// JSON in few lines: what is short stands on one.
fn pretty(value: &Value, indent: usize) -> String {
    let line = value.to_string();
    if indent + line.len() <= 110 {
        return line;
    }
    let (open, close, parts): (_, _, Vec<String>) = match value {
        Value::Object(fields) => {
            let part = |(name, value): (&String, &Value)| {
                format!("\"{name}\": {}", pretty(value, indent + 2))
            };
            ('{', '}', fields.iter().map(part).collect())
        }
        Value::Array(items) => (
            '[',
            ']',
            items.iter().map(|item| pretty(item, indent + 2)).collect(),
        ),
        _ => return line,
    };
    let inner = " ".repeat(indent + 2);
    let mut text = format!("{open}\n{inner}");
    let (mut column, last) = (inner.len(), parts.len().saturating_sub(1));
    for (place, part) in parts.into_iter().enumerate() {
        let is_short = !part.contains('\n') && column + part.len() < 110;
        if place > 0 && is_short {
            text.push(' ');
        } else if place > 0 {
            text.push('\n');
            text.push_str(&inner);
            column = inner.len();
        }
        // Whatever follows a broken part begins a new line.
        column = if part.contains('\n') {
            110
        } else {
            column + part.len() + 2
        };
        text.push_str(&part);
        if place < last {
            text.push(',');
        }
    }
    format!("{text}\n{}{close}", " ".repeat(indent))
}

fn hide(value: &mut Value) {
    match value {
        Value::String(text) => {
            let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
            match text.len() {
                40 if is_hex => "[commit]".clone_into(text),
                64 if is_hex => "[digest]".clone_into(text),
                _ => {}
            }
            if let Some(at) = text.find("vrm_") {
                text.truncate(at);
                text.push_str("[secret]");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(fields) => fields.values_mut().for_each(hide),
        _ => {}
    }
}

impl World {
    /// An empty workspace.
    pub(crate) async fn empty() -> Self {
        let clock = Arc::new(FixedClock::default());
        let ctx = Arc::new(Context::new(
            Arc::new(SqlStore::open_sqlite_memory().await.unwrap()),
            Arc::new(SqliteEventLog::open_memory().unwrap()),
            clock.clone(),
            Arc::new(SeededIds::default()),
        ));
        let cmd = setup::NewWorkspace {
            name: "acme".into(),
            title: "Acme".into(),
            sample: false,
            administrator: "Ann Lee".into(),
            email: "ann@acme.example".into(),
        };
        let admin = setup::create_workspace(&ctx, &cmd).await.unwrap();
        setup::start(&ctx).await.unwrap();
        drop(tokio::spawn(events::run(ctx.clone())));
        let token = Self::new_token(&ctx, &admin, "tests", Role::Administrator).await;
        let app = variorum_api::router(ApiState::new(ctx.clone(), "http://127.0.0.1:4870"));
        // Lets the event pipeline take its place.
        tokio::task::yield_now().await;
        Self {
            app,
            ctx,
            clock,
            admin,
            token,
        }
    }

    /// A workspace whose library holds one prompt with two versions, the first of them live.
    pub(crate) async fn with_library() -> Self {
        let world = Self::empty().await;
        let saved = world
            .save(
                "Add the welcome",
                None,
                &[("library.yaml", SETTINGS), (PATH, WELCOME)],
            )
            .await;
        assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.text);
        world
            .post("/api/v1/releases", json!({"note": "First"}))
            .await
            .must(StatusCode::CREATED);
        let live = json!({"release": 1, "reason": "begin"});
        world
            .post("/api/v1/environments/production/go-live", live)
            .await
            .must(StatusCode::OK);
        let warmer = WELCOME.replace("short", "warm");
        let saved = world.save("Warmer", None, &[(PATH, &warmer)]).await;
        saved.must(StatusCode::CREATED);
        world
            .post("/api/v1/releases", json!({"note": "Warmer"}))
            .await
            .must(StatusCode::CREATED);
        world
    }

    /// A token of the administrator with at most a role.
    pub(crate) async fn new_token(ctx: &Context, actor: &Actor, name: &str, role: Role) -> String {
        let cmd = NewToken {
            name: name.into(),
            role,
            days: None,
            service: false,
            uses: Vec::new(),
        };
        members::create_token(ctx, actor, cmd).await.unwrap().2
    }

    pub(crate) async fn save(
        &self,
        subject: &str,
        base: Option<&str>,
        files: &[(&str, &str)],
    ) -> Reply {
        let files: Vec<Value> = files
            .iter()
            .map(|(path, content)| json!({"path": path, "content": content}))
            .collect();
        self.post(
            "/api/v1/versions",
            json!({"subject": subject, "base": base, "files": files}),
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(self.request("GET", path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call(self.request("DELETE", path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, &body.to_string(), "application/json")
            .await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &str, kind: &str) -> Reply {
        let request = self
            .request(method, path)
            .header(header::CONTENT_TYPE, kind);
        self.call(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    /// A request with the administrator's token.
    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let token = format!("Bearer {}", self.token);
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, token)
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Reply {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 * 1024 * 1024).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    /// Starts a rollout of release 2 over 1 and 100 percent.
    pub(crate) async fn start_rollout(&self) -> Reply {
        let body = json!({
            "title": "Warmer words",
            "release": 2,
            "stages": [1000, 10000],
            "goal": "order",
            "hypothesis": "more first orders",
            "guards": [{"kpi": "complaint"}],
        });
        self.post("/api/v1/rollouts", body).await
    }
}

impl Reply {
    /// Stops where the status is another one.
    pub(crate) fn must(&self, status: StatusCode) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// The one prompt of the library.
pub(crate) const PATH: &str = "prompts/email/welcome.prompt";

impl World {
    /// Does something to rollout 1.
    pub(crate) async fn act(&self, act: &str) -> Reply {
        let body = json!({"reason": "because"});
        self.post(&format!("/api/v1/rollouts/1/{act}"), body).await
    }
}

impl World {
    /// Somebody else who publishes, with a token.
    pub(crate) async fn second_person(&self) -> String {
        let body = json!({
            "name": "Sue Second", "email": "sue@acme.example",
            "grants": [{"role": "publisher", "prefix": ""}],
        });
        let invited = self.post("/api/v1/people", body).await;
        invited.must(StatusCode::CREATED);
        let people = members::list(&self.ctx, &self.admin).await.unwrap();
        let row = people
            .into_iter()
            .find(|row| row.email == "sue@acme.example");
        let sue = variorum_app::auth::to_actor(row.unwrap(), Role::Administrator);
        Self::new_token(&self.ctx, &sue, "sue", Role::Publisher).await
    }

    /// Asks for a decision on rollout 1 against its verdict, and confirms it as somebody else.
    pub(crate) async fn decide_anyway(&self, mut wish: Value) {
        wish["reason"] = "the season ends".into();
        let path = "/api/v1/rollouts/1/decision";
        let token = self.second_person().await;
        self.post(path, wish).await.must(StatusCode::OK);
        self.post_as(&token, &format!("{path}/confirm"), json!({}))
            .await
            .must(StatusCode::OK);
    }

    /// What somebody else reads.
    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Reply {
        let request = Request::builder()
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.call(request.body(Body::empty()).unwrap()).await
    }

    /// A request of somebody else.
    pub(crate) async fn post_as(&self, token: &str, path: &str, body: Value) -> Reply {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.call(request.body(Body::from(body.to_string())).unwrap())
            .await
    }
}
