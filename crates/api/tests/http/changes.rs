//! Drafts, changes, discussions, the inbox and records over HTTP.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};
use variorum_app::members::{self, Invite};
use variorum_domain::access::Role;

use crate::world::{PATH, WELCOME, World};

const RULES: &str = "refused_subjects: [update]\nrules:\n  - {id: all, title: Prompts, paths: [\"prompts/**\"], require: [problem], approvals: [{group: publisher}]}\n";

/// A library with rules, a draft that changes a prompt, and the token of a second person.
async fn world() -> (World, String) {
    let world = World::with_library().await;
    let rules = world
        .save("Add rules", None, &[("rules/change.yaml", RULES)])
        .await;
    rules.must(StatusCode::CREATED);
    let draft =
        json!({"name": "campaign/autumn", "title": "Autumn", "ends_at": "2026-12-24T18:00:00Z"});
    world
        .post("/api/v1/drafts", draft)
        .await
        .must(StatusCode::CREATED);
    let text = WELCOME.replace("short", "golden").replace("0.7", "0.9");
    save_on(&world, "campaign/autumn", "Golden", &text).await;
    let invite = Invite {
        name: "Bob".into(),
        email: "bob@acme.example".into(),
        grants: vec![(Role::Publisher, String::new())],
    };
    let (row, _) = members::invite(&world.ctx, &world.admin, invite)
        .await
        .unwrap();
    let bob = variorum_app::auth::to_actor(row, Role::Administrator);
    let token = World::new_token(&world.ctx, &bob, "bob", Role::Publisher).await;
    (world, token)
}

async fn save_on(world: &World, draft: &str, subject: &str, text: &str) {
    let files = json!([{"path": PATH, "content": text}]);
    let body = json!({"draft": draft, "subject": subject, "files": files});
    let saved = world.post("/api/v1/versions", body).await;
    saved.must(StatusCode::CREATED);
}

async fn open(world: &World) {
    let cmd = json!({
        "draft": "campaign/autumn", "title": "Autumn texts",
        "record": {"problem": "opens fell", "hypothesis": "order +10%"},
    });
    let opened = world.post("/api/v1/changes", cmd).await;
    opened.must(StatusCode::CREATED);
}

#[tokio::test]
async fn a_refused_save_names_each_thing_in_the_way() {
    let (world, _) = world().await;
    let text = WELCOME.replace("0.7", "0.1");
    let reply = world.save("update", None, &[(PATH, &text)]).await;
    assert_snapshot!(reply.shown(), @r#"
    422 {
      "type": "/problems/blocked", "title": "Something has to be done first", "status": 422, "code": "blocked",
      "detail": "The subject `update` says nothing about what changed, and 2 more things are in the way.",
      "hint": "Say in a few words what is different now, e.g. `Shorten the welcome subject`.",
      "blockers": [
        {
          "code": "refused-subject", "message": "The subject `update` says nothing about what changed.",
          "next": "Say in a few words what is different now, e.g. `Shorten the welcome subject`.", "path": "",
          "line": null, "field": "", "who": []
        },
        {
          "code": "missing-field", "message": "`problem` is missing; “Prompts” asks for it.",
          "next": "Say what was seen that should be better.", "path": "prompts/email/welcome.prompt",
          "line": null, "field": "problem", "who": []
        },
        {
          "code": "needs-review",
          "message": "“Prompts” asks for the approval of publisher here, so it cannot be saved in the library directly.",
          "next": "Save on a draft, open a change and ask for a review.", "path": "prompts/email/welcome.prompt",
          "line": null, "field": "", "who": []
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_change_is_opened_reviewed_discussed_and_published() {
    let (mut world, bob) = world().await;
    open(&world).await;
    let detail = world.get("/api/v1/changes/1").await.json();
    assert_eq!(detail["blockers"][0]["who"], json!(["Bob"]));
    assert_eq!(detail["required_fields"][0]["field"], "problem");
    let file = world
        .get(&format!(
            "/api/v1/changes/1/file?path={PATH}&variables=%7B%22name%22%3A%22Ann%22%7D"
        ))
        .await
        .json();
    assert_eq!(
        file["fields"][0],
        json!({"field": "config.temperature", "before": 0.7, "after": 0.9})
    );
    assert_eq!(
        file["preview_after"][0]["content"],
        "\nWrite a golden note.\n"
    );
    let ann = std::mem::replace(&mut world.token, bob);
    let thread = json!({
        "anchor": {"path": PATH, "side": "new", "line": 11}, "text": "with a name?",
        "suggestion": "Write a golden note to {{name}}.",
    });
    let thread = world.post("/api/v1/changes/1/threads", thread).await;
    thread.must(StatusCode::CREATED);
    let early = json!({"verdict": "approve", "head": detail["head"]});
    world
        .post("/api/v1/changes/1/reviews", early.clone())
        .await
        .must(StatusCode::CREATED);
    world.token = ann;
    world
        .post("/api/v1/threads/1/comments", json!({"text": "good idea"}))
        .await
        .must(StatusCode::CREATED);
    world
        .post("/api/v1/threads/1/accept", json!({}))
        .await
        .must(StatusCode::OK);
    read_all(&world).await;
    let blocked = world.post("/api/v1/changes/1/merge", json!({})).await;
    blocked.must(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(blocked.json()["code"], "blocked");
    world.token =
        World::new_token(&world.ctx, &bob_of(&world).await, "again", Role::Publisher).await;
    let stale = world.post("/api/v1/changes/1/reviews", early).await;
    stale.must(StatusCode::CONFLICT);
    world
        .post("/api/v1/changes/1/reviews", json!({"verdict": "approve"}))
        .await
        .must(StatusCode::CREATED);
    let merged = world.post("/api/v1/changes/1/merge", json!({})).await;
    merged.must(StatusCode::OK);
    assert_eq!(merged.json()["change"]["status"], "merged");
    let records = world
        .get("/api/v1/records?kpi=order&problem=opens")
        .await
        .json();
    let subjects: Vec<&Value> = records["items"].as_array().unwrap().iter().collect();
    assert_eq!(subjects[0]["subject"], "Autumn texts");
    assert_eq!(subjects[0]["on_main"], true);
}

#[tokio::test]
async fn open_changes_and_pending_updates_are_shown_as_they_stand() {
    let (world, _) = world().await;
    open(&world).await;
    let standing = world.get("/api/v1/changes/standing").await;
    standing.must(StatusCode::OK);
    let first = &standing.json()[0];
    assert_eq!(first["number"], 1);
    assert_eq!(first["blockers"][0]["code"], "needs-approval");
    assert_eq!(
        (&first["files"], &first["open_threads"]),
        (&json!(1), &json!(0))
    );
    let path = "/api/v1/drafts/campaign%2Fautumn/update";
    let pending = world.get(path).await;
    pending.must(StatusCode::OK);
    let pending = pending.json();
    assert_eq!(
        (&pending["from"], &pending["behind"]),
        (&json!("main"), &json!(0))
    );
    assert_eq!(pending["clashes"], json!([]));
    let stale = json!({"head": pending["latest"]});
    world.post(path, stale).await.must(StatusCode::CONFLICT);
    let missing = world.get("/api/v1/drafts/campaign%2Fnone/update").await;
    missing.must(StatusCode::NOT_FOUND);
}

async fn read_all(world: &World) {
    let inbox = world.get("/api/v1/notices?unread=true").await.json();
    assert_eq!(inbox["unread"], 2);
    let first = inbox["items"][0]["id"].clone();
    let read = world
        .post(
            &format!("/api/v1/notices/{first}/read"),
            json!({"all_before": true}),
        )
        .await;
    assert_eq!(read.json(), json!({"unread": 0}));
}

async fn bob_of(world: &World) -> variorum_domain::access::Actor {
    let people = members::list(&world.ctx, &world.admin).await.unwrap();
    let bob = people.into_iter().find(|row| row.name == "Bob").unwrap();
    variorum_app::auth::to_actor(bob, Role::Administrator)
}

#[tokio::test]
async fn a_draft_s_life_over_http() {
    let (world, _) = world().await;
    let path = "/api/v1/drafts/campaign%2Fautumn";
    let edited = world
        .send(
            "PATCH",
            path,
            r#"{"title": "Golden", "ends_at": ""}"#,
            "application/json",
        )
        .await;
    edited.must(StatusCode::OK);
    assert_eq!(edited.json()["ends_at"], Value::Null);
    let updated = world.post(&format!("{path}/update"), json!({})).await;
    updated.must(StatusCode::UNPROCESSABLE_ENTITY);
    let closed = world
        .post(&format!("{path}/close"), json!({"reason": "called off"}))
        .await;
    assert_snapshot!(closed.shown(), @r#"
    200 {
      "name": "campaign/autumn", "kind": "campaign", "commit": "[commit]",
      "updated_at": "2026-11-18T11:06:40.000000Z", "ahead": 1, "behind": 0, "title": "Golden", "status": "closed",
      "from": "main", "owner": "Ann Lee", "ends_at": null,
      "rest": {"at":"2026-11-18T11:06:40.000000Z","by":"Ann Lee","reason":"called off"}
    }
    "#);
    assert_eq!(world.get("/api/v1/drafts").await.json(), json!([]));
    let listed = world.get("/api/v1/drafts?status=closed").await.json();
    assert_eq!(listed[0]["name"], "campaign/autumn");
    world
        .post(&format!("{path}/reopen"), json!({}))
        .await
        .must(StatusCode::OK);
    let wrong = world.get("/api/v1/drafts?status=shut").await;
    wrong.must(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_hotfix_is_live_at_once_and_its_review_is_owed() {
    let (world, _) = world().await;
    let draft = json!({"name": "hotfix/price"});
    world
        .post("/api/v1/drafts", draft)
        .await
        .must(StatusCode::CREATED);
    let text = WELCOME.replace("short", "correct");
    save_on(&world, "hotfix/price", "Right price", &text).await;
    let reason = json!({"reason": "wrong price"});
    let live = world
        .post("/api/v1/drafts/hotfix%2Fprice/publish-hotfix", reason)
        .await;
    live.must(StatusCode::OK);
    assert_eq!(live.json()["release"], 3);
    let owed = world.get("/api/v1/changes?owed=true").await.json();
    assert_eq!(owed["items"][0]["owed"]["reason"], "wrong price");
}

#[tokio::test]
async fn the_form_says_what_is_asked_for() {
    let (world, _) = world().await;
    let form = world
        .get(&format!("/api/v1/record-form?paths={PATH}"))
        .await
        .json();
    assert_eq!(form["required"][0]["field"], "problem");
    assert_eq!(form["approvals"][0]["group"], "publisher");
    assert_eq!(form["refused_subjects"], json!(["update"]));
    assert_eq!(form["kpis"].as_array().unwrap().len(), 3);
}
