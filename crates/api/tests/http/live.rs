//! One happy path of each resource: what is live, who may do what, what happened.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn releases_and_environments() {
    let world = World::with_library().await;
    assert_snapshot!(world.get("/api/v1/releases").await.shown(), @r#"
    200 {
      "items": [
        {
          "number": 2, "commit": "[commit]", "digest": "[digest]", "prompts": 1, "note": "Warmer",
          "created_at": "2026-11-18T11:06:40.000000Z", "created_by": "Ann Lee", "live_in": []
        },
        {
          "number": 1, "commit": "[commit]", "digest": "[digest]", "prompts": 1, "note": "First",
          "created_at": "2026-11-18T11:06:40.000000Z", "created_by": "Ann Lee", "live_in": ["production"]
        }
      ],
      "next": null
    }
    "#);
    let detail = world
        .get("/api/v1/releases/2")
        .await
        .must(StatusCode::OK)
        .json();
    assert_snapshot!(serde_json::to_string(&detail["changes"]).unwrap(), @r#"[{"prompt":"email/welcome","before":1,"after":2,"differs":["text"]}]"#);
    let live = world
        .post(
            "/api/v1/environments/production/go-live",
            json!({"release": 2}),
        )
        .await;
    assert_snapshot!(live.shown(), @r#"200 {"name":"production","release":2,"previous":1,"rollout":null,"revision":2}"#);
    let back = world
        .post(
            "/api/v1/environments/production/roll-back",
            json!({"reason": "no"}),
        )
        .await;
    assert_snapshot!(back.shown(), @r#"200 {"name":"production","release":1,"previous":2,"rollout":null,"revision":3}"#);
    assert_eq!(
        world.get("/api/v1/environments").await.json()[1]["name"],
        "preview"
    );
}

#[tokio::test]
async fn a_rollout_is_started() {
    let world = World::with_library().await;
    assert_snapshot!(world.start_rollout().await.shown(), @r#"
    201 {
      "number": 1, "title": "Warmer words", "environment": "production", "prompt": "email/welcome", "control": 1,
      "treatment": 2, "control_version": 1, "treatment_version": 2, "state": "running", "stages": [1000,10000],
      "stage": 0, "coverage": 1000, "started_at": "2026-11-18T11:06:40.000000Z", "started_by": "Ann Lee",
      "ending": null, "sentence": "Collecting: nobody so far.", "exposed": [0,0],
      "arms": [
        {"arm":0,"name":"","release":1,"version":1,"share":5000,"exposed":0,"stopped":null},
        {
          "arm": 1, "name": "", "release": 2, "version": 2, "share": 5000, "exposed": 0, "stopped": null,
          "objection": "there is not enough data yet"
        }
      ],
      "design": "split", "until": null
    }
    "#);
}

#[tokio::test]
async fn a_rollout_is_moved_on_and_finished() {
    let world = World::with_library().await;
    world.start_rollout().await.must(StatusCode::CREATED);
    assert_eq!(
        world.act("pause").await.json()["sentence"],
        "Paused at 10 % of all people."
    );
    assert_eq!(world.act("resume").await.json()["state"], "running");
    assert_eq!(world.act("advance").await.json()["coverage"], 10_000);
    world.clock.advance(660);
    world.decide_anyway(json!({"wish": "finish"})).await;
    let ended = world.get("/api/v1/rollouts/1").await.json();
    assert_eq!(
        ended["sentence"],
        "Finished after 11 minutes. Everyone gets version 2."
    );
    let page = world.get("/api/v1/rollouts?open=true").await.json();
    assert_eq!(page["items"], json!([]));
    let versions = world
        .get("/api/v1/prompts/email%2Fwelcome/versions")
        .await
        .json();
    assert_eq!(versions["items"][0]["outcome"]["state"], "finished");
}

fn assert_undecided(verdict: &serde_json::Value) {
    assert_eq!(verdict["outcome"], "not-enough");
    assert_eq!(verdict["sentence"], "Not enough data yet.");
}

#[tokio::test]
async fn a_rollout_is_read_with_everything_measured() {
    let world = World::with_library().await;
    world.start_rollout().await.must(StatusCode::CREATED);
    let mut reply = world.get("/api/v1/rollouts/1").await;
    let mut detail = reply.must(StatusCode::OK).json();
    let entries = detail["entries"].take();
    assert_eq!(entries[0]["action"], "rollout.started");
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_undecided(&detail.as_object_mut().unwrap().remove("verdict").unwrap());
    reply.text = detail.to_string();
    assert_snapshot!(reply.shown(), @r#"
    200 {
      "number": 1, "title": "Warmer words", "environment": "production", "prompt": "email/welcome", "control": 1,
      "treatment": 2, "control_version": 1, "treatment_version": 2, "state": "running", "stages": [1000,10000],
      "stage": 0, "coverage": 1000, "started_at": "2026-11-18T11:06:40.000000Z", "started_by": "Ann Lee",
      "ending": null, "sentence": "Collecting: nobody so far.", "exposed": [0,0],
      "arms": [
        {"arm":0,"name":"","release":1,"version":1,"share":5000,"exposed":0,"stopped":null},
        {
          "arm": 1, "name": "", "release": 2, "version": 2, "share": 5000, "exposed": 0, "stopped": null,
          "objection": "there is not enough data yet"
        }
      ],
      "design": "split", "until": null, "hypothesis": "more first orders", "goal": "order", "alpha": 0.01,
      "kpis": [
        {
          "kpi": "order", "title": "First orders", "kind": "conversion", "direction": "up", "unit": "",
          "decimals": 0, "goal": true, "guard": null,
          "control": {"units":0,"sum":"0","sum_of_squares":"0","mean":0.0},
          "treatment": {"units":0,"sum":"0","sum_of_squares":"0","mean":0.0}, "difference": null,
          "sentence": "Collecting: nobody so far.", "state": "collecting", "series": [],
          "definition": {"digest":"[digest]","commit":"[commit]","cap":null,"current":true},
          "treatments": [
            {
              "arm": 1, "name": "Version 2", "sums": {"units":0,"sum":"0","sum_of_squares":"0","mean":0.0},
              "difference": null, "guard": null, "sentence": "Collecting: nobody so far.", "state": "collecting",
              "series": []
            }
          ]
        },
        {
          "kpi": "complaint", "title": "Complaints", "kind": "conversion", "direction": "down", "unit": "",
          "decimals": 0, "goal": false,
          "guard": {"harm":"increase","margin":0.0,"action":"roll-back","log_e":0.0,"fired":false},
          "control": {"units":0,"sum":"0","sum_of_squares":"0","mean":0.0},
          "treatment": {"units":0,"sum":"0","sum_of_squares":"0","mean":0.0}, "difference": null,
          "sentence": "Collecting: nobody so far.", "state": "collecting", "series": [],
          "definition": {"digest":"[digest]","commit":"[commit]","cap":null,"current":true},
          "treatments": [
            {
              "arm": 1, "name": "Version 2", "sums": {"units":0,"sum":"0","sum_of_squares":"0","mean":0.0},
              "difference": null,
              "guard": {"harm":"increase","margin":0.0,"action":"roll-back","log_e":0.0,"fired":false},
              "sentence": "Collecting: nobody so far.", "state": "collecting", "series": []
            }
          ]
        }
      ],
      "log_e": 0.0, "threshold": 4.605170185988091,
      "split": {"planned":[5000,5000],"exposed":[0,0],"p":1.0,"alarm":false}, "both_arms": 0,
      "guards": [
        {
          "kpi": "complaint", "title": "Complaints", "arm": 1, "name": "Version 2", "against": "any rise",
          "action": "roll-back", "log_e": 0.0, "fired": false
        }
      ],
      "fired": null, "layer": null, "conditions": [], "starts_at": null, "schedule": [], "fired_later": [],
      "entries": null, "stage_log": [{"at":"2026-11-18T11:06:40.000000Z","stage":0,"coverage":1000}]
    }
    "#);
}

#[tokio::test]
async fn people_and_tokens() {
    let world = World::empty().await;
    let body = json!({"name": "Bob", "email": "bob@acme.example", "grants": [{"role": "author"}]});
    assert_snapshot!(world.post("/api/v1/people", body).await.shown(), @r#"
    201 {
      "person": {
        "id": 2, "kind": "person", "name": "Bob", "email": "bob@acme.example",
        "grants": [{"role":"author","prefix":""}], "created_at": "2026-11-18T11:06:40.000000Z", "disabled": false
      },
      "link": "http://127.0.0.1:4870/sign-in#[secret]"
    }
    "#);
    let body = json!({"disabled": true, "reason": "left"}).to_string();
    let changed = world
        .send("PATCH", "/api/v1/people/2", &body, "application/json")
        .await;
    assert_eq!(changed.must(StatusCode::OK).json()["disabled"], true);
    assert_eq!(
        world
            .get("/api/v1/people")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let body = json!({"name": "shop", "role": "viewer", "service": true});
    assert_snapshot!(world.post("/api/v1/tokens", body).await.shown(), @r#"
    201 {
      "token": {
        "id": 3, "name": "shop", "kind": "api", "actor": 3, "actor_name": "shop", "role": "viewer", "uses": [],
        "created_at": "2026-11-18T11:06:40.000000Z", "expires_at": "2027-02-16T11:06:40.000000Z"
      },
      "secret": "[secret]"
    }
    "#);
    let tokens = world.get("/api/v1/tokens").await.json();
    let shop = tokens
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["name"] == "shop")
        .unwrap();
    let address = format!("/api/v1/tokens/{}", shop["id"]);
    world.delete(&address).await.must(StatusCode::NO_CONTENT);
    world.delete(&address).await.must(StatusCode::CONFLICT);
}

#[tokio::test]
async fn the_log_tells_what_happened() {
    let world = World::with_library().await;
    let page = world.get("/api/v1/entries?limit=4").await.json();
    let sentences: Vec<&str> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["sentence"].as_str().unwrap())
        .collect();
    assert_snapshot!(sentences.join("\n"), @r#"
    Ann Lee made release 2 with 1 prompt.
    Ann Lee saved “Warmer” in the library.
    Ann Lee made release 1 live in production.
    Ann Lee made release 1 with 1 prompt.
    "#);
    let rest = world
        .get(&format!("/api/v1/entries?below={}", page["next"]))
        .await
        .json();
    assert_eq!(rest["next"], json!(null));
    let checked = world.get("/api/v1/audit/check").await.json();
    assert_eq!(
        (&checked["intact"], &checked["entries"]),
        (&json!(true), &json!(7))
    );
    let head = checked["head"].as_str().unwrap();
    assert_eq!((&head[..2], head.len()), ("7:", 66));
}

#[tokio::test]
async fn without_a_sample_there_is_no_demo() {
    let world = World::empty().await;
    assert_eq!(world.get("/api/v1/demo").await.json()["available"], false);
    for act in ["start", "traffic", "traffic/stop", "reset"] {
        let reply = world.post(&format!("/api/v1/demo/{act}"), json!({})).await;
        reply.must(StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_rollout_is_planned_before() {
    let world = World::with_library().await;
    let path = "/api/v1/plan?kpi=order&lift=0.1&baseline=0.2&daily_units=2000";
    let plan = world.get(path).await.must(StatusCode::OK).json();
    assert_eq!(
        plan["sentence"],
        "At your volume a rise of 10 % takes about 13 days, 24,920 people in all."
    );
    assert_eq!(plan["once"]["per_arm"], 6_510);
    assert_eq!(plan["known"], serde_json::Value::Null);
    assert_eq!(plan["curve"].as_array().unwrap().len(), 12);
    let told = world.get("/api/v1/plan?kpi=order&lift=0.1").await;
    let told = told.must(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert_eq!(
        told["detail"],
        "`baseline` is needed: no earlier rollout measured `order` here."
    );
}
