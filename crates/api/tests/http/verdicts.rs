//! What verdicts rest on: margins, what was known before, and what guards are shown to hold.

use axum::http::StatusCode;
use serde_json::{Value, json};
use variorum_app::events;
use variorum_ports::Clock as _;

use crate::world::World;

const DAY: i64 = 86_400;
const PEOPLE: i64 = 400;

/// What somebody usually spends, in whole euros: everybody something else.
fn usual(person: i64) -> i64 {
    (person * 37) % 400
}

async fn send(world: &World, batch: Vec<Value>) {
    let sent = world.post("/api/v1/events", json!(batch)).await;
    assert_eq!(sent.must(StatusCode::OK).json()["accepted"], batch.len());
    events::settle(&world.ctx).await.unwrap();
}

/// A week of buying, a rollout of release 2, and two days in which those with the new text spend 30
/// euros more.
async fn measured(world: &World, more: Value) -> Value {
    let begin = world.clock.now();
    world.clock.set(begin.plus_seconds(7 * DAY));
    let time = |day: i64| variorum_api::time::format(begin.plus_seconds(day * DAY));
    let spent = |id: String, person: i64, euros: i64, day: i64| {
        json!({"id": id, "type": "outcome", "unit": format!("p{person}"), "kpi": "revenue",
               "value": euros, "time": time(day)})
    };
    let before = (0..PEOPLE).map(|one| spent(format!("b{one}"), one, usual(one), 1 + one % 5));
    send(world, before.collect()).await;
    let mut plan = json!({
        "title": "Warmer words", "release": 2, "stages": [1_000, 10_000], "goal": "revenue",
        "guards": [{"kpi": "complaint"}], "external_assignment": true, "planned_units": 1_000,
    });
    for (name, value) in more.as_object().unwrap() {
        plan[name] = value.clone();
    }
    world
        .post("/api/v1/rollouts", plan)
        .await
        .must(StatusCode::CREATED);
    world.clock.set(begin.plus_seconds(9 * DAY));
    let mut batch = Vec::new();
    for person in 0..PEOPLE {
        let arm = person % 2;
        batch.push(
            json!({"id": format!("x{person}"), "type": "exposure", "rollout": 1, "arm": arm,
                          "unit": format!("p{person}"), "time": time(7)}),
        );
        let chance = (person * 53) % 40;
        let euros = usual(person) + chance + 30 * arm;
        batch.push(spent(format!("a{person}"), person, euros, 8));
        // Fewer complaints with the new text.
        if person % 4 == 0 || person % 8 == 1 {
            batch.push(
                json!({"id": format!("c{person}"), "type": "outcome", "kpi": "complaint",
                              "unit": format!("p{person}"), "value": 1, "time": time(8)}),
            );
        }
    }
    send(world, batch).await;
    world.get("/api/v1/rollouts/1").await.json()
}

#[tokio::test]
async fn what_people_did_before_sharpens_the_verdict() {
    let world = World::with_library().await;
    let detail = measured(&world, json!({"pre_period_days": 7})).await;
    assert_eq!(detail["pre_period_days"], 7);
    let treatment = &detail["verdict"]["treatments"][0];
    assert!(treatment["variance_reduction"].as_f64().unwrap() > 0.9);
    let words = treatment["variance_words"].as_str().unwrap();
    assert!(
        words.ends_with("with what people did in the 7 days before."),
        "{words}"
    );
    assert_eq!(treatment["claim"], "better");
    let plain = World::with_library().await;
    let plain = measured(&plain, json!({})).await;
    let treatment = &plain["verdict"]["treatments"][0];
    assert_eq!(treatment["variance_words"], json!(null));
    assert_eq!(treatment["claim"], "open");
}

#[tokio::test]
async fn margins_say_who_named_them() {
    let world = World::with_library().await;
    let margins =
        json!({"not_worse_by": {"complaint": 0.4, "revenue": 0.25}, "pre_period_days": 7});
    let detail = measured(&world, margins).await;
    assert_eq!(detail["not_worse_by"]["complaint"], 0.4);
    let safety = &detail["verdict"]["treatments"][0]["safety"];
    assert_eq!(
        (&safety[0]["kpi"], &safety[0]["from"], &safety[0]["shown"]),
        (&json!("revenue"), &json!("rollout"), &json!(true))
    );
    assert_eq!(
        (
            &safety[1]["kpi"],
            &safety[1]["margin"],
            &safety[1]["within"]
        ),
        (&json!("complaint"), &json!(0.4), &json!("share"))
    );
    let words = safety[1]["words"].as_str().unwrap();
    assert!(words.starts_with("Complaints: "), "{words}");
    assert!(words.contains("40 % allowed by this rollout."), "{words}");
}

#[tokio::test]
async fn what_cannot_be_measured_so_is_refused() {
    let world = World::with_library().await;
    let rows = [
        (json!({"pre_period_days": 61}), "1 to 60 days"),
        (
            json!({"not_worse_by": {"order": 0.02}}),
            "is neither the goal nor guarded",
        ),
        (
            json!({"not_worse_by": {"complaint": 0.0}}),
            "above 0 and below 1",
        ),
        (
            json!({"not_worse_by": {"nothing": 0.1}}),
            "defines no KPI `nothing`",
        ),
    ];
    for (more, why) in rows {
        let mut plan = json!({
            "title": "T", "release": 2, "stages": [10_000], "guards": [{"kpi": "complaint"}],
        });
        for (name, value) in more.as_object().unwrap() {
            plan[name] = value.clone();
        }
        let refused = world.post("/api/v1/rollouts", plan).await;
        let refused = refused.must(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(why), "{}", refused.text);
    }
}
