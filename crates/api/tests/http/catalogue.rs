//! The catalogue, and the documentation standard where a version is saved.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{PATH, WELCOME, World};

const RULES: &str = "rules:\n  - title: Letters\n    paths: ['prompts/email/**']\n    enforce: refuse\n    require: [intent]\n  - title: Others\n    paths: ['**']\n    require: [owner]\n";

fn save(files: &[(&str, &str)]) -> Value {
    let files: Vec<Value> = files
        .iter()
        .map(|(path, content)| json!({"path": path, "content": content}))
        .collect();
    json!({"subject": "Say more", "record": {"problem": "nobody knew"}, "files": files})
}

#[tokio::test]
async fn the_catalogue_is_read() {
    let world = World::with_library().await;
    assert_snapshot!(world.get("/api/v1/catalogue").await.shown(), @r#"
    200 {
      "all": {
        "path": "", "title": "", "owner": "", "custodian": "", "prompts": 1, "score": 30, "full": 0,
        "lacking": [
          {"item":"intent","prompts":1}, {"item":"inputs","prompts":0}, {"item":"outputs","prompts":1},
          {"item":"benchmarks","prompts":1}, {"item":"dependencies","prompts":0}, {"item":"owner","prompts":1}
        ]
      },
      "categories": [
        {
          "path": "", "title": "", "owner": "", "custodian": "", "prompts": 1, "score": 30, "full": 0,
          "lacking": [
            {"item":"intent","prompts":1}, {"item":"inputs","prompts":0}, {"item":"outputs","prompts":1},
            {"item":"benchmarks","prompts":1}, {"item":"dependencies","prompts":0}, {"item":"owner","prompts":1}
          ]
        }
      ],
      "weights": [
        {"item":"intent","weight":25}, {"item":"inputs","weight":20}, {"item":"outputs","weight":20},
        {"item":"benchmarks","weight":15}, {"item":"dependencies","weight":10}, {"item":"owner","weight":10}
      ],
      "problem": null
    }
    "#);
}

#[tokio::test]
async fn entries_say_what_is_missing() {
    let world = World::with_library().await;
    assert_snapshot!(world.get("/api/v1/catalogue/entries?lacking=owner,intent&below=90").await.shown(), @r#"
    200 {
      "items": [
        {
          "id": "email/welcome", "path": "prompts/email/welcome.prompt", "kind": "prompt", "title": "Welcome",
          "intent": "", "channel": "email", "brand": "", "region": "", "owner": "", "tags": [], "version": 2,
          "updated_at": "2026-11-18T11:06:40.000000Z", "updated_by": "Ann Lee", "errors": 0,
          "live": [{"environment":"production","release":1,"version":1,"rollout":null,"candidate":null}],
          "category_title": "",
          "documentation": {
            "score": 30, "intent": "",
            "inputs": [{"name":"name","type":"string","description":"who it is","required":true}], "outputs": [],
            "output_format": "", "output_fields": [], "benchmarks": [], "kpis": [], "suites": [], "owner": "",
            "items": [
              {"item":"intent","stated":0,"of":1}, {"item":"inputs","stated":1,"of":1},
              {"item":"outputs","stated":0,"of":1}, {"item":"benchmarks","stated":0,"of":1},
              {"item":"dependencies","stated":1,"of":1}, {"item":"owner","stated":0,"of":1}
            ],
            "missing": [
              {
                "item": "intent", "message": "It is not said what it is for.",
                "next": "Add `variorum.intent`: in one sentence, what it is to bring about.", "line": 2,
                "column": 1
              },
              {
                "item": "outputs", "message": "It is not said what it yields.",
                "next": "Add `variorum.outputs`: what the answer holds, and in which form.", "line": 2,
                "column": 1
              },
              {
                "item": "benchmarks", "message": "Nothing tells whether it is good.",
                "next": "Add `variorum.benchmarks` with figures, `variorum.kpis`, or a suite that tests it.",
                "line": 2, "column": 1
              },
              {
                "item": "owner", "message": "Nobody answers for it.",
                "next": "Add `variorum.owner`, or give its category an owner in `library.yaml`.", "line": 2,
                "column": 1
              }
            ],
            "asked": null
          },
          "uses": [], "used_by": []
        }
      ],
      "next": null, "total": 1
    }
    "#);
    let none = world.get("/api/v1/catalogue/entries?below=10").await.json();
    assert_eq!((&none["items"], &none["total"]), (&json!([]), &json!(0)));
    let detail = world.get("/api/v1/catalogue/entries/email%2Fwelcome").await;
    let detail = detail.json();
    assert_eq!(detail["id"], "email/welcome");
    assert!(
        detail["source"]
            .as_str()
            .is_some_and(|text| text.contains("warm note"))
    );
    let changes: Vec<&Value> = detail["changes"].as_array().unwrap().iter().collect();
    assert_eq!((changes.len(), &changes[0]["version"]), (2, &json!(2)));
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let world = World::with_library().await;
    assert_snapshot!(world.get("/api/v1/catalogue/entries?lacking=owners").await.shown(), @r#"
    422 {
      "type": "/problems/invalid", "title": "This cannot be done as it is", "status": 422, "code": "invalid",
      "detail": "Nothing of the standard is called `owners`.",
      "hint": "Ask for any of `intent`, `inputs`, `outputs`, `benchmarks`, `dependencies`, `owner`."
    }
    "#);
    let missing = world.get("/api/v1/catalogue/entries/none").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let stranger = world.get("/api/v1/catalogue?category=nowhere").await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_version_that_says_less_than_is_asked_is_refused_or_told() {
    let world = World::with_library().await;
    let rules = save(&[("rules/documentation.yaml", RULES)]);
    let reply = world.post("/api/v1/versions", rules).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    let new = save(&[("prompts/email/new.prompt", WELCOME)]);
    assert_snapshot!(world.post("/api/v1/versions", new).await.shown(), @r#"
    422 {
      "type": "/problems/blocked", "title": "Something has to be done first", "status": 422, "code": "blocked",
      "detail": "It is not said what it is for; “Letters” asks for `intent`.",
      "hint": "Add `variorum.intent`: in one sentence, what it is to bring about.",
      "blockers": [
        {
          "code": "documentation", "message": "It is not said what it is for; “Letters” asks for `intent`.",
          "next": "Add `variorum.intent`: in one sentence, what it is to bring about.",
          "path": "prompts/email/new.prompt", "line": 2, "field": "", "who": []
        }
      ]
    }
    "#);
    // It lacked that before; and where a rule only warns, it is told with what was saved.
    let old = WELCOME.replace("short", "kind");
    let both = save(&[
        (PATH, &old),
        ("prompts/other.prompt", "---\nmodel: a/b\n---\nHi\n"),
    ]);
    let saved = world.post("/api/v1/versions", both).await;
    assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.text);
    let told: Vec<String> = saved.json()["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["code"] == "documentation")
        .map(|one| format!("{}: {}", one["path"], one["message"]))
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    "prompts/email/welcome.prompt": "It is not said what it is for; “Letters” asks for `intent`; add `variorum.intent`: in one sentence, what it is to bring about."
    "prompts/other.prompt": "Nobody answers for it; “Others” asks for `owner`; add `variorum.owner`, or give its category an owner in `library.yaml`."
    "#);
}
