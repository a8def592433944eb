//! What gives nobody anything new: releases in the shadow, and hold-outs.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};
use variorum_domain::id::RolloutNumber;
use variorum_domain::rollout::Rollout;

use crate::world::World;

async fn resolve(world: &World, unit: &str) -> Value {
    let body = json!({
        "prompt": "email/welcome", "unit": unit, "variables": {"name": "Ann"},
    });
    let reply = world.post("/api/v1/resolve", body).await;
    reply.must(StatusCode::OK).json()
}

#[tokio::test]
async fn a_release_in_the_shadow_is_counted_and_answers_nobody() {
    let world = World::with_library().await;
    let refused = world
        .post(
            "/api/v1/rollouts",
            json!({"title": "T", "release": 2, "shadow": true, "goal": "order"}),
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("move no goal"), "{}", refused.text);
    let started = world
        .post(
            "/api/v1/rollouts",
            json!({"title": "Before we try it", "release": 2, "shadow": true}),
        )
        .await;
    let started = started.must(StatusCode::CREATED).json();
    assert_eq!(started["design"], "shadow");
    assert!(
        started["sentence"]
            .as_str()
            .unwrap()
            .starts_with("Nobody gets"),
        "{started}"
    );
    let empty = world.get("/api/v1/rollouts/1/shadow").await.json();
    assert_eq!(empty["all"]["compared"], 0);
    for n in 0..5 {
        let answer = resolve(&world, &format!("u{n}")).await;
        assert_eq!(
            (&answer["release"], &answer["rollout"]),
            (&json!(1), &json!(null))
        );
    }
    variorum_app::shadow::fill_in(&world.ctx).await.unwrap();
    let found = world.get("/api/v1/rollouts/1/shadow").await;
    let found = found.must(StatusCode::OK).json();
    assert_eq!(found["all"]["compared"], 5);
    assert_eq!(found["all"]["text_differs"], 5);
    assert_eq!(found["prompts"][0]["prompt"], "email/welcome");
    assert!(found["prompts"][0]["new_length"].as_f64().unwrap() > 0.0);
    assert_ne!(found["samples"][0]["old"], found["samples"][0]["new"]);
    assert_eq!(
        found["sentence"],
        "Of 5 requests, the text differed each time, and the new release could answer all of them."
    );
    world.act("roll-back").await.must(StatusCode::OK);
    let ended = world.get("/api/v1/rollouts/1").await.json();
    assert!(
        ended["sentence"]
            .as_str()
            .unwrap()
            .ends_with("Nobody got the new release."),
        "{ended}"
    );
}

#[tokio::test]
async fn a_hold_out_is_started_read_and_ended_as_a_rollout() {
    let world = World::with_library().await;
    let ask = |share: u32, until: &str| json!({"title": "First quarter", "share": share, "until": until, "goal": "order"});
    let now = world.ctx.clock.now();
    let until = variorum_domain::calendar::day(now.plus_seconds(40 * 86_400));
    let until = format!("{until}T00:00:00Z");
    for (body, expected) in [
        (ask(500, "soon"), "not a moment"),
        (ask(500, "2001-01-01T00:00:00Z"), "366 days"),
        (ask(3_000, &until), "at most 2000 basis points"),
    ] {
        let reply = world.post("/api/v1/hold-outs", body).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text.contains(expected), "{}", reply.text);
    }
    let started = world.post("/api/v1/hold-outs", ask(2_000, &until)).await;
    let started = started.must(StatusCode::CREATED).json();
    assert_eq!(started["design"], "hold-out");
    assert_eq!(started["arms"][0]["name"], "Hold-out");
    assert!(started["until"].as_str().unwrap().starts_with(&until[..10]));
    let live = world
        .post(
            "/api/v1/environments/production/go-live",
            json!({"release": 2, "reason": "the next one"}),
        )
        .await;
    live.must(StatusCode::OK);
    let mut seen = [0; 2];
    for n in 0..60 {
        let answer = resolve(&world, &format!("u{n}")).await;
        let arm = answer["arm"].as_i64().unwrap();
        assert_eq!(answer["rollout"], 1);
        assert_eq!(answer["release"], arm + 1);
        seen[usize::try_from(arm).unwrap()] += 1;
    }
    assert!(seen[0] > 2 && seen[1] > 30, "{seen:?}");
    let refused = world
        .post("/api/v1/rollouts/1/roll-back", json!({"reason": "no"}))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let ended = world.act("finish").await;
    let ended = ended.must(StatusCode::OK).json();
    assert!(
        ended["sentence"]
            .as_str()
            .unwrap()
            .ends_with("Those held out get what is live."),
        "{ended}"
    );
    assert_eq!(resolve(&world, "u1").await["arm"], json!(null));
}

fn by_the_hour(more: &Value) -> Value {
    let mut body = json!({"title": "By the hour", "release": 2, "goal": "order",
        "switchback": {"window_seconds": 3_600, "burn_in_seconds": 600, "pairs": 12}});
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn what_a_switchback_cannot_keep_is_refused() {
    let world = World::with_library().await;
    let cut = |window: i64, burn_in: i64| json!({"switchback": {"window_seconds": window, "burn_in_seconds": burn_in}});
    let layer = json!({"layer": {"name": "offers", "share": 4_000}});
    let hold = json!({"guards": [{"kpi": "order", "harm": "decrease", "action": "hold"}]});
    for (more, expected) in [
        (cut(60, 0), "10 minutes to 14 days"),
        (cut(3_600, 3_600), "shorter than the window"),
        (json!({"shadow": true}), "no windows to be cut"),
        (json!({"further": [{"release": 3}]}), "two arms"),
        (json!({"stages": [1_000, 10_000]}), "no stages"),
        (layer, "in no layer"),
        (hold, "roll back or escalate"),
    ] {
        let refused = world.post("/api/v1/rollouts", by_the_hour(&more)).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.text
        );
        assert!(refused.text.contains(expected), "{}", refused.text);
    }
}

/// Everybody asks once in each window and is reported; the ids of the exposures.
async fn ask_in_windows(world: &World, kept: &Rollout, windows: u32) -> BTreeSet<String> {
    let (cut, mut exposures) = (kept.plan.switchback().unwrap(), BTreeSet::new());
    for index in 0..windows {
        world.clock.set(cut.begin_of(index).plus_seconds(900));
        let arm = i64::from(cut.arm_of(&kept.salt, index));
        let mut events = Vec::new();
        for unit in ["ann", "bob"] {
            let answer = resolve(world, unit).await;
            let given = (&answer["arm"], &answer["release"]);
            assert_eq!(given, (&json!(arm), &json!(arm + 1)));
            let id = answer["exposure"].as_str().unwrap().to_owned();
            events.push(
                json!({"id": id, "type": "exposure", "unit": unit, "rollout": 1, "arm": arm}),
            );
            exposures.insert(id);
        }
        let nobody = json!({"prompt": "email/welcome", "variables": {"name": "A"}});
        let nobody = world.post("/api/v1/resolve", nobody).await.json();
        let given = (&nobody["arm"], &nobody["exposure"]);
        assert_eq!(given, (&json!(arm), &json!(null)));
        let sent = world.post("/api/v1/events", json!(events)).await;
        assert_eq!(sent.json()["accepted"], 2);
    }
    exposures
}

#[tokio::test]
async fn a_switchback_serves_windows_and_tells_them() {
    let world = World::with_library().await;
    let started = world
        .post("/api/v1/rollouts", by_the_hour(&json!({})))
        .await;
    let started = started.must(StatusCode::CREATED).json();
    assert_eq!(started["design"], "switchback");
    let kept = variorum_app::rollouts::get(&world.ctx, &world.admin, RolloutNumber(1));
    let kept = kept.await.unwrap().rollout;
    let exposures = ask_in_windows(&world, &kept, 5).await;
    assert_eq!(exposures.len(), 10, "each window has exposures of its own");
    variorum_app::events::settle(&world.ctx).await.unwrap();
    let found = world.get("/api/v1/rollouts/1").await.json();
    let told = &found["switchback"];
    let pairs = (&told["pairs"], &told["planned_pairs"]);
    assert_eq!(pairs, (&json!(2), &json!(12)));
    assert_eq!(told["sentence"], "2 pairs of 12 planned count.");
    let windows = told["windows"].as_array().unwrap().iter();
    let states: Vec<&str> = windows.map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["counts", "counts", "counts", "counts", "open"]);
    assert_eq!(found["verdict"]["windows"]["pairs"], 2);
    let sentence = found["verdict"]["sentence"].as_str().unwrap();
    let expected = "Not enough windows yet, 2 of 12 pairs";
    assert!(sentence.starts_with(expected), "{found}");
    let refused = world.act("pause").await;
    assert!(
        refused.text.contains("cannot be paused"),
        "{}",
        refused.text
    );
}
