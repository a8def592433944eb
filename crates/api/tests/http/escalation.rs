//! Stopping everything, incidents, ladders and calendars over HTTP.

use axum::http::StatusCode;
use serde_json::json;
use variorum_app::escalation::raise;
use variorum_domain::access::Role;
use variorum_domain::escalation::{Alarm, Cause, Urgency};

use crate::world::World;

const RULES: &str = "calendars:\n  - id: marketing\n    title: Marketing\n    zone: Europe/Berlin\n    rotations: [{people: [ann@acme.example], starts: 2026-01-05T09:00, days: 7, between: \"09:00-18:00\"}]\nladders:\n  - id: revenue\n    title: Revenue at risk\n    steps:\n      - {tell: [\"on-call:marketing\", \"role:administrator\"], by: [inbox, email], minutes: 10}\n";

async fn with_rules() -> World {
    let world = World::with_library().await;
    let files = [("rules/escalation.yaml", RULES)];
    let saved = world.save("Say who is told", None, &files).await;
    saved.must(StatusCode::CREATED);
    world
}

async fn incident(world: &World) -> i64 {
    let alarm = Alarm {
        cause: Cause::GuardFired,
        urgency: Urgency::Critical,
        subject: "rollout:R-1".into(),
        title: "Orders fell".into(),
        text: "by a fifth".into(),
        environment: Some("production".into()),
        path: None,
        kpi: None,
    };
    raise(&world.ctx, world.admin.workspace, alarm)
        .await
        .unwrap()
        .0
}

#[tokio::test]
async fn an_incident_is_answered() {
    let world = with_rules().await;
    let number = incident(&world).await;
    let listed = world.get("/api/v1/incidents?open=true").await.json();
    assert_eq!(listed["items"][0]["title"], "Orders fell");
    assert_eq!(listed["items"][0]["state"], "open");
    let path = format!("/api/v1/incidents/{number}");
    let shown = world.get(&path).await.json();
    assert_eq!(shown["incident"]["ladder"], "revenue");
    assert_eq!(shown["incident"]["told"], 1);
    assert!(
        shown["deliveries"][0]["to"]
            .as_str()
            .is_some_and(|to| to.contains('@'))
    );
    let inbox = world.get("/api/v1/notices").await.json().to_string();
    assert!(inbox.contains("incident:I-1"), "{inbox}");

    let until = variorum_api::time::format(
        variorum_ports::Clock::now(world.clock.as_ref()).plus_seconds(3_600),
    );
    let past = json!({"until": "2020-01-01T00:00:00Z", "reason": "x"});
    let refused = world.post(&format!("{path}/snooze"), past).await;
    refused.must(StatusCode::UNPROCESSABLE_ENTITY);
    let odd = json!({"until": "soon", "reason": "x"});
    let refused = world.post(&format!("{path}/snooze"), odd).await;
    refused.must(StatusCode::UNPROCESSABLE_ENTITY);
    let body = json!({"until": until, "reason": "the mail is out by then"});
    let snoozed = world.post(&format!("{path}/snooze"), body).await;
    let snoozed = snoozed.must(StatusCode::OK).json();
    assert_eq!(snoozed["incident"]["state"], "snoozed");
    let taken = world
        .post(&format!("{path}/acknowledge"), json!({"note": "on it"}))
        .await;
    let taken = taken.must(StatusCode::OK).json();
    assert_eq!(taken["incident"]["state"], "acknowledged");
    let resolved = world
        .post(&format!("{path}/resolve"), json!({"reason": "mended"}))
        .await;
    let resolved = resolved.must(StatusCode::OK).json();
    assert!(resolved["lines"].to_string().contains("resolved: mended"));
    let again = world.post(&format!("{path}/acknowledge"), json!({})).await;
    again.must(StatusCode::CONFLICT);
    world
        .get("/api/v1/incidents/99")
        .await
        .must(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_ladder_is_shown_and_tested() {
    let mut world = with_rules().await;
    let rules = world
        .get("/api/v1/ladders")
        .await
        .must(StatusCode::OK)
        .json();
    assert_eq!(rules["ladders"][0]["id"], "revenue");
    assert_eq!(rules["ladders"][1]["id"], "fallback");
    assert_eq!(rules["means"]["mail_server"], json!(null));
    let tested = world
        .post("/api/v1/ladders/revenue/test", json!(null))
        .await;
    let tested = tested.must(StatusCode::OK).json();
    assert!(
        tested["steps"][0]["told"].to_string().contains("email"),
        "{tested}"
    );
    let log = world.get("/api/v1/deliveries").await.json();
    assert!(
        log["items"][0]["subject"]
            .as_str()
            .is_some_and(|text| text.starts_with("[TEST]"))
    );
    assert_eq!(
        world.get("/api/v1/incidents").await.json()["items"],
        json!([])
    );
    world
        .post("/api/v1/ladders/none/test", json!(null))
        .await
        .must(StatusCode::NOT_FOUND);
    world.token = World::new_token(&world.ctx, &world.admin, "reader", Role::Viewer).await;
    world
        .post("/api/v1/ladders/revenue/test", json!(null))
        .await
        .must(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_calendar_tells_shifts_and_gaps_by_the_clock_of_the_place() {
    let world = with_rules().await;
    let path = "/api/v1/on-call?from=2026-12-03T12:00:00Z&days=1";
    let found = world.get(path).await.must(StatusCode::OK).json();
    let shifts = &found["items"][0]["shifts"];
    assert_eq!(shifts[0]["people"], json!(["ann@acme.example"]));
    assert_eq!(shifts[1]["people"], json!([]));
    assert_eq!(shifts[1]["from_local"], "2026-12-03 18:00");
    world
        .get("/api/v1/on-call?days=100")
        .await
        .must(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn everything_stops_and_is_lifted() {
    let mut world = with_rules().await;
    let none = world.post("/api/v1/stops", json!({"reason": " "})).await;
    none.must(StatusCode::UNPROCESSABLE_ENTITY);
    let stopped = world
        .post("/api/v1/stops", json!({"reason": "wrong price"}))
        .await;
    let stopped = stopped.must(StatusCode::CREATED).json();
    assert_eq!(
        (&stopped["number"], &stopped["holds"]),
        (&json!(1), &json!(true))
    );
    let listed = world.get("/api/v1/stops").await.json();
    assert_eq!(listed["items"][0]["reason"], "wrong price");
    let open = world.get("/api/v1/incidents?open=true").await.json();
    assert_eq!(open["items"][0]["cause"], "stopped");
    let lifted = world
        .post("/api/v1/stops/1/lift", json!({"reason": "mended"}))
        .await;
    assert_eq!(lifted.must(StatusCode::OK).json()["lift_reason"], "mended");
    world
        .post("/api/v1/stops/1/lift", json!({"reason": "x"}))
        .await
        .must(StatusCode::CONFLICT);
    let entries = world
        .get("/api/v1/entries?limit=10")
        .await
        .json()
        .to_string();
    assert!(entries.contains("stopped everything"), "{entries}");
    world.token = World::new_token(&world.ctx, &world.admin, "reader", Role::Author).await;
    let denied = world.post("/api/v1/stops", json!({"reason": "x"})).await;
    denied.must(StatusCode::FORBIDDEN);
}
