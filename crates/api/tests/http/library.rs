//! One happy path of each resource: the session, the library, prompts, drafts.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{PATH, WELCOME, World};

#[tokio::test]
async fn the_session_says_who_and_where() {
    let world = World::empty().await;
    assert_snapshot!(world.get("/api/v1/session").await.shown(), @r#"
    200 {
      "actor": {
        "id": 1, "name": "Ann Lee", "email": "ann@acme.example", "kind": "person", "role": "administrator",
        "may": [
          "write-draft", "publish", "create-release", "go-live", "roll-back", "confirm-decision", "manage-people",
          "administer", "comment", "review", "emergency-publish"
        ]
      },
      "workspace": {"name":"acme","title":"Acme","sample":false,"empty":true}, "server_version": "0.1.0"
    }
    "#);
}

#[tokio::test]
async fn the_library_is_read() {
    let world = World::with_library().await;
    assert_snapshot!(world.get("/api/v1/library").await.shown(), @r#"
    200 {
      "title": "Acme", "environments": ["production","preview"], "channels": [], "brands": [], "regions": [],
      "kpis": [
        {
          "id": "complaint", "title": "Complaints", "kind": "conversion", "direction": "down", "unit": "",
          "decimals": 0, "window_seconds": 604800, "winsorise": "99.9%", "digest": "[digest]"
        },
        {
          "id": "order", "title": "First orders", "kind": "conversion", "direction": "up", "unit": "",
          "decimals": 0, "window_seconds": 604800, "winsorise": "99.9%", "digest": "[digest]"
        },
        {
          "id": "revenue", "title": "Revenue", "kind": "value", "direction": "up", "unit": "EUR", "decimals": 2,
          "window_seconds": 604800, "winsorise": "99.9%", "digest": "[digest]"
        }
      ],
      "model_kpis": [
        {
          "id": "model.calls", "title": "Model calls", "kind": "count", "direction": "down", "unit": "",
          "decimals": 0, "window_seconds": 604800, "winsorise": "99.9%", "digest": "[digest]"
        },
        {
          "id": "model.cost", "title": "Model cost", "kind": "value", "direction": "down", "unit": "USD",
          "decimals": 6, "window_seconds": 604800, "currency": "USD", "winsorise": "99.9%", "digest": "[digest]"
        },
        {
          "id": "model.error", "title": "Model errors", "kind": "conversion", "direction": "down", "unit": "",
          "decimals": 0, "window_seconds": 604800, "winsorise": "99.9%", "digest": "[digest]"
        },
        {
          "id": "model.latency_ms", "title": "Model latency", "kind": "value", "direction": "down", "unit": "ms",
          "decimals": 0, "window_seconds": 604800, "winsorise": "99.9%", "digest": "[digest]"
        },
        {
          "id": "model.latency_per_call", "title": "Model latency a call", "kind": "ratio", "direction": "down",
          "unit": "ms", "decimals": 0, "window_seconds": 604800, "numerator": "model.latency_ms",
          "denominator": "model.calls", "winsorise": "99.9%", "digest": "[digest]"
        },
        {
          "id": "model.refusal", "title": "Model refusals", "kind": "conversion", "direction": "down", "unit": "",
          "decimals": 0, "window_seconds": 604800, "winsorise": "99.9%", "digest": "[digest]"
        }
      ],
      "categories": [], "problem": null
    }
    "#);
    assert_snapshot!(world.get("/api/v1/folders").await.shown(), @r#"200 [{"path":"","files":1},{"path":"prompts/email","files":1}]"#);
    assert_snapshot!(world.get("/api/v1/prompts?q=warm&limit=10").await.shown(), @r#"
    200 {
      "items": [
        {
          "id": "email/welcome", "path": "prompts/email/welcome.prompt", "kind": "prompt", "title": "Welcome",
          "intent": "", "channel": "email", "brand": "", "region": "", "owner": "", "tags": [], "version": 2,
          "updated_at": "2026-11-18T11:06:40.000000Z", "updated_by": "Ann Lee", "errors": 0,
          "live": [{"environment":"production","release":1,"version":1,"rollout":null,"candidate":null}]
        }
      ],
      "next": null, "total": 1
    }
    "#);
    assert_eq!(
        world.get("/api/v1/prompts?q=nothing").await.json()["total"],
        0
    );
}

#[tokio::test]
async fn a_prompt_is_read_with_its_notes() {
    let world = World::with_library().await;
    let mut reply = world.get("/api/v1/prompts/email%2Fwelcome").await;
    let mut told = reply.json();
    // What the entry of the catalogue shows in full.
    assert_eq!(told["documentation"].take()["score"], 30);
    reply.text = told.to_string();
    assert_snapshot!(reply.shown(), @r#"
    200 {
      "id": "email/welcome", "path": "prompts/email/welcome.prompt", "kind": "prompt", "title": "Welcome",
      "intent": "", "channel": "email", "brand": "", "region": "", "owner": "", "tags": [], "version": 2,
      "updated_at": "2026-11-18T11:06:40.000000Z", "updated_by": "Ann Lee", "errors": 0,
      "live": [{"environment":"production","release":1,"version":1,"rollout":null,"candidate":null}],
      "source": "---\nmodel: acme/small\nconfig:\n  temperature: 0.7\ninput:\n  schema:\n    name: string, who it is\nvariorum.title: Welcome\nvariorum.channels: [email]\n---\n{{role \"system\"}}\nWrite a warm note.\n{{role \"user\"}}\nGreet {{name}}.\n",
      "base": "[commit]", "model": "acme/small", "config": {"temperature":0.7},
      "variables": [{"name":"name","type":"string","description":"who it is","required":true,"default":null,"choices":[]}],
      "partials": [], "kpis": [], "diagnostics": [], "documentation": null,
      "sections": [
        {
          "role": "system",
          "pieces": [
            {"kind":"text","text":"Write a ","version":1}, {"kind":"text","text":"warm","version":2},
            {"kind":"text","text":" note.","version":1}
          ]
        },
        {
          "role": "user",
          "pieces": [
            {"kind":"text","text":"Greet ","version":1}, {"kind":"variable","text":"name","version":1},
            {"kind":"text","text":".","version":1}
          ]
        }
      ],
      "notes": [
        {
          "version": 2, "commit": "[commit]", "author": "Ann Lee", "at": "2026-11-18T11:06:40.000000Z",
          "subject": "Warmer",
          "record": {"problem":"","baseline":"","hypothesis":"","campaign":"","validation":""}, "outcome": null
        },
        {
          "version": 1, "commit": "[commit]", "author": "Ann Lee", "at": "2026-11-18T11:06:40.000000Z",
          "subject": "Add the welcome",
          "record": {"problem":"","baseline":"","hypothesis":"","campaign":"","validation":""}, "outcome": null
        }
      ],
      "slots": [], "open_fields": [], "variation": null
    }
    "#);
}

#[tokio::test]
async fn versions_of_a_prompt_are_listed_and_compared() {
    let world = World::with_library().await;
    assert_snapshot!(world.get("/api/v1/prompts/email%2Fwelcome/versions?limit=1").await.shown(), @r#"
    200 {
      "items": [
        {
          "version": 2, "commit": "[commit]", "author": "Ann Lee", "at": "2026-11-18T11:06:40.000000Z",
          "subject": "Warmer", "body": "",
          "record": {"problem":"","baseline":"","hypothesis":"","campaign":"","validation":""}, "on_main": true,
          "outcome": null, "live": [],
          "provenance": {
            "signature": "server", "counts": true, "words": "it is signed by the server on behalf of Ann Lee",
            "pushed_by": null
          }
        }
      ],
      "next": 2
    }
    "#);
    let compared = world
        .get("/api/v1/prompts/email%2Fwelcome/compare?from=1&to=2")
        .await;
    let compared = compared.must(StatusCode::OK).json();
    assert_snapshot!(serde_json::to_string(&compared["words"]).unwrap(), @r#"[{"kind":"equal","text":"{{role \"system\"}}\nWrite a "},{"kind":"delete","text":"short"},{"kind":"insert","text":"warm"},{"kind":"equal","text":" note.\n{{role \"user\"}}\nGreet {{name}}.\n"}]"#);
    assert_eq!(compared["from_source"], WELCOME);
    assert_eq!(compared["from"]["live"][0]["version"], 1);
}

#[tokio::test]
async fn a_text_is_tried() {
    let world = World::with_library().await;
    let body = json!({"path": PATH, "source": "Dear {{name}}, {{> nowhere}}", "variables": {"name": "Bo"}});
    assert_snapshot!(world.post("/api/v1/preview", body).await.shown(), @r#"
    200 {
      "diagnostics": [
        {
          "severity": "error", "code": "unknown-partial", "message": "Unknown partial `nowhere`.",
          "path": "prompts/email/welcome.prompt", "line": 1, "column": 16
        }
      ],
      "messages": [], "variables": [],
      "sections": [
        {
          "role": "user",
          "pieces": [
            {"kind":"text","text":"Dear ","version":null}, {"kind":"variable","text":"name","version":null},
            {"kind":"text","text":", ","version":null}, {"kind":"partial","text":"nowhere","version":null}
          ]
        }
      ],
      "variation": null
    }
    "#);
}

#[tokio::test]
async fn a_draft_lives_from_begin_to_publishing() {
    let world = World::with_library().await;
    let made = world
        .post("/api/v1/drafts", json!({"name": "campaign/autumn"}))
        .await;
    assert_snapshot!(made.shown(), @r#"
    201 {
      "name": "campaign/autumn", "kind": "campaign", "commit": "[commit]",
      "updated_at": "2026-11-18T11:06:40.000000Z", "ahead": 0, "behind": 0, "title": "Autumn", "status": "open",
      "from": "main", "owner": "Ann Lee", "ends_at": null, "rest": null
    }
    "#);
    let colder = WELCOME.replace("short", "cool");
    let body = json!({
        "draft": "campaign/autumn", "subject": "Cooler",
        "record": {"problem": "too warm"}, "files": [{"path": PATH, "content": colder}],
    });
    assert_snapshot!(world.post("/api/v1/versions", body).await.shown(), @r#"
    201 {
      "commit": "[commit]", "draft": "campaign/autumn",
      "versions": [{"path":"prompts/email/welcome.prompt","id":"email/welcome","version":3}], "diagnostics": [],
      "joined": []
    }
    "#);
    assert_snapshot!(world.get("/api/v1/drafts/campaign%2Fautumn").await.shown(), @r#"
    200 {
      "name": "campaign/autumn", "kind": "campaign", "commit": "[commit]",
      "updated_at": "2026-11-18T11:06:40.000000Z", "ahead": 1, "behind": 0, "title": "Autumn", "status": "open",
      "from": "main", "owner": "Ann Lee", "ends_at": null, "rest": null,
      "changes": [{"path":"prompts/email/welcome.prompt","kind":"changed"}]
    }
    "#);
    let body = json!({"subject": "Publish the autumn"});
    let published = world
        .post("/api/v1/drafts/campaign%2Fautumn/publish", body)
        .await;
    assert_snapshot!(published.shown(), @r#"200 {"commit":"[commit]","versions":[{"path":"prompts/email/welcome.prompt","id":"email/welcome","version":3}]}"#);
    let gone = world.delete("/api/v1/drafts/campaign%2Fautumn").await;
    gone.must(StatusCode::NO_CONTENT);
    assert_eq!(world.get("/api/v1/drafts").await.json(), json!([]));
    let commits = world.get("/api/v1/commits?limit=2").await.json();
    assert_eq!(commits["items"][0]["subject"], "Publish the autumn");
    assert_eq!(
        (&commits["next"], &commits["total"]),
        (&json!(2), &json!(4))
    );
    let newest = commits["items"][0]["commit"].as_str().unwrap();
    let commit = world.get(&format!("/api/v1/commits/{newest}")).await;
    assert_eq!(
        commit.json()["changes"],
        json!([{"path": PATH, "kind": "changed"}])
    );
}

#[tokio::test]
async fn prompts_are_searched() {
    let world = World::with_library().await;
    let found = world.get("/api/v1/search?q=warm+not&facets=true").await;
    assert_snapshot!(found.shown(), @r#"
    200 {
      "items": [
        {
          "prompt": {
            "id": "email/welcome", "path": "prompts/email/welcome.prompt", "kind": "prompt", "title": "Welcome",
            "intent": "", "channel": "email", "brand": "", "region": "", "owner": "", "tags": [], "version": 2,
            "updated_at": "2026-11-18T11:06:40.000000Z", "updated_by": "Ann Lee", "errors": 0,
            "live": [{"environment":"production","release":1,"version":1,"rollout":null,"candidate":null}]
          },
          "score": 2, "title": [{"text":"Welcome","hit":false}],
          "passage": [
            {"text":"{{role \"system\"}} Write a ","hit":false}, {"text":"warm","hit":true},
            {"text":" ","hit":false}, {"text":"note","hit":true},
            {"text":". {{role \"user\"}} Greet {{name}}. ","hit":false}
          ]
        }
      ],
      "next": null, "total": 1, "corrections": [],
      "facets": {
        "kinds": [{"value":"prompt","files":1}], "channels": [{"value":"email","files":1}], "brands": [],
        "regions": [], "owners": [], "statuses": [], "categories": [], "tags": []
      }
    }
    "#);
    let page = world.get("/api/v1/search?q=wram").await.json();
    assert_eq!(page["corrections"][0]["also"][0], "warm");
    assert_eq!(page["total"], 1);
    let first = world.get("/api/v1/search?q=w&limit=1").await.json();
    let next = first["next"].as_str().unwrap().to_owned();
    let second = world
        .get(&format!("/api/v1/search?q=w&limit=1&after={next}"))
        .await;
    assert_eq!(second.json()["items"], serde_json::json!([]));
    let wrong = world.get("/api/v1/search?q=w&after=here").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let live = world
        .get("/api/v1/prompts?live=any&facets=true&category=none")
        .await;
    assert_eq!(live.status, StatusCode::NOT_FOUND);
    let live = world
        .get("/api/v1/prompts?live=any&facets=true")
        .await
        .json();
    assert_eq!(
        live["facets"]["channels"][0],
        serde_json::json!({"value": "email", "files": 1})
    );
}
