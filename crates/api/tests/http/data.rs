//! Tables in, exports out, units erased.

use axum::http::StatusCode;
use serde_json::{Value, json};
use variorum_domain::access::Role;

use crate::world::World;

const CSV: &str = "event_id,timestamp,customer_id,event,amount,country\n\
    1,2026-11-18T08:15:00Z,c1,revenue,12.50,DE\n\
    2,2026-11-18T08:16:00Z,c2,order,,FR\n\
    3,2026-11-18T08:17:00Z,c2,moon,1,FR\n\
    4,2020-01-01T00:00:00Z,c2,order,1,FR\n";

fn encoded(value: &Value) -> String {
    value
        .to_string()
        .bytes()
        .fold(String::new(), |text, byte| text + &format!("%{byte:02X}"))
}

async fn upload(world: &World, query: &str, body: &str) -> Value {
    let path = format!("/api/v1/uploads?{query}");
    world
        .send("POST", &path, body, "text/csv")
        .await
        .must(StatusCode::OK)
        .json()
}

#[tokio::test]
async fn a_table_is_looked_at_then_loaded_and_comes_out_again() {
    let world = World::with_library().await;
    let dry = upload(&world, "dry_run=true&name=shop.csv", CSV).await;
    assert_eq!(dry["format"], "csv");
    assert_eq!(dry["columns"][2]["samples"][0], "c1");
    assert_eq!(dry["mapping"]["unit"], json!({"column": "customer_id"}));
    assert_eq!(dry["mapping"]["attributes"], json!({"country": "country"}));
    assert_eq!(
        (&dry["accepted"], &dry["refused"]),
        (&json!(2), &json!(2)),
        "{dry}"
    );
    assert_eq!(dry["refusals"][0]["line"], 4);
    assert_eq!(dry["refusals"][0]["column"], "event");
    assert_eq!(
        dry["refused_by_code"],
        json!({"too-old": 1, "unknown-kpi": 1})
    );
    assert_eq!(
        dry["kpis"][1],
        json!({"kpi": "revenue", "outcomes": 1, "sum": "12.50"})
    );
    assert!(
        dry["sentences"][0]
            .as_str()
            .unwrap()
            .starts_with("Of 4 rows, 2 rows would come in")
    );

    let query = format!("backfill=true&mapping={}", encoded(&dry["mapping"]));
    let done = upload(&world, &query, CSV).await;
    assert_eq!(
        (&done["id"], &done["accepted"], &done["backfilled"]),
        (&json!("U-1"), &json!(3), &json!(1))
    );
    let again = upload(&world, &query, CSV).await;
    assert_eq!(
        (&again["id"], &again["accepted"], &again["duplicate"]),
        (&Value::Null, &json!(0), &json!(3))
    );

    let out = world.get("/api/v1/exports/events.csv?kpi=revenue").await;
    out.must(StatusCode::OK);
    let lines: Vec<&str> = out.text.lines().collect();
    assert_eq!(
        lines[0],
        "seq,id,type,time,received,unit,prompt,rollout,arm,kpi,value,value_minor,channel,attributes"
    );
    assert_eq!(lines.len(), 2);
    assert!(
        lines[1].contains("2026-11-18T08:15:00.000000Z") && lines[1].contains(",12.50,1250,"),
        "{}",
        lines[1]
    );
    let everything = world.get("/api/v1/exports/events.csv").await;
    everything.must(StatusCode::OK);
    let known = upload(&world, "dry_run=true&backfill=true", &everything.text).await;
    assert_eq!(
        (&known["duplicate"], &known["refused"]),
        (&json!(3), &json!(0)),
        "an export is understood as it is: {known}"
    );
    let parquet = world.get("/api/v1/exports/events.parquet").await;
    parquet.must(StatusCode::OK);
    assert_eq!(
        parquet.headers["content-type"],
        "application/vnd.apache.parquet"
    );
    let entries = world.get("/api/v1/entries?action=data.").await.json();
    assert_eq!(entries["items"].as_array().unwrap().len(), 5, "{entries}");
}

#[tokio::test]
async fn what_cannot_be_loaded_says_what_to_do() {
    let world = World::with_library().await;
    let refused = world.send("POST", "/api/v1/uploads", CSV, "text/csv").await;
    let refused = refused.must(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert!(
        refused["hint"].as_str().unwrap().contains("dry_run"),
        "{refused}"
    );
    let odd = upload(&world, "dry_run=true", "when,who\n1,2\n").await;
    assert!(odd["problem"].as_str().unwrap().contains("`time`"), "{odd}");
    assert_eq!(odd["columns"][1]["name"], "who");
    for (query, body) in [
        ("dry_run=true", ""),
        ("dry_run=true&format=xml", CSV),
        ("dry_run=true&format=parquet", CSV),
        ("dry_run=true&mapping=%7B", CSV),
        ("dry_run=true&mapping=%7B%22unit%22%3A%7B%7D%7D", CSV),
        (
            "dry_run=true&mapping=%7B%22time_format%22%3A%22soon%22%7D",
            CSV,
        ),
    ] {
        let reply = world
            .send(
                "POST",
                &format!("/api/v1/uploads?{query}"),
                body,
                "text/csv",
            )
            .await;
        let said = reply.must(StatusCode::UNPROCESSABLE_ENTITY).json();
        assert!(
            said["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty()),
            "{query}"
        );
    }
    world
        .get("/api/v1/exports/people.csv")
        .await
        .must(StatusCode::NOT_FOUND);
    world
        .get("/api/v1/exports/events.csv?from=soon")
        .await
        .must(StatusCode::UNPROCESSABLE_ENTITY);
    let none = world
        .get("/api/v1/results")
        .await
        .must(StatusCode::OK)
        .json();
    assert_eq!(none, json!({"items": []}));
}

#[tokio::test]
async fn raw_events_and_erasing_take_a_right() {
    let mut world = World::with_library().await;
    let admin = world.token.clone();
    world.token = World::new_token(&world.ctx, &world.admin, "viewer", Role::Viewer).await;
    world
        .get("/api/v1/exports/events.csv")
        .await
        .must(StatusCode::FORBIDDEN);
    world.get("/api/v1/results").await.must(StatusCode::OK);
    let erase = json!({"unit": "c1", "reason": "request 7"});
    world
        .post("/api/v1/units/erase", erase.clone())
        .await
        .must(StatusCode::FORBIDDEN);
    world.token = admin;
    let event = json!({"id": "1", "type": "exposure", "unit": "c1"});
    world
        .post("/api/v1/events", json!([event]))
        .await
        .must(StatusCode::OK);
    let looked = world
        .post(
            "/api/v1/units/erase",
            json!({"unit": "c1", "dry_run": true}),
        )
        .await
        .json();
    assert_eq!(looked["events"], 1);
    let done = world
        .post("/api/v1/units/erase", erase)
        .await
        .must(StatusCode::OK)
        .json();
    assert_eq!(done["digest"], looked["digest"]);
    let out = world.get("/api/v1/exports/events.ndjson").await;
    out.must(StatusCode::OK);
    assert!(out.text.contains("\"unit\":\"erased:"), "{}", out.text);
    let entries = world
        .get("/api/v1/entries?action=unit.")
        .await
        .json()
        .to_string();
    assert!(
        entries.contains("unit.erased") && !entries.contains("\"c1\""),
        "{entries}"
    );
}

#[tokio::test]
async fn the_quality_of_data_is_told_in_sentences() {
    let world = World::with_library().await;
    let quiet = world
        .get("/api/v1/quality?hours=24")
        .await
        .must(StatusCode::OK)
        .json();
    assert_eq!(
        (
            &quiet["findings"],
            &quiet["hours"].as_array().unwrap().len()
        ),
        (&json!([]), &25)
    );
    let outcome = |n: i64, kpi: &str| json!({"id": n.to_string(), "type": "outcome", "unit": "u", "kpi": kpi, "channel": "email"});
    let fine: Vec<Value> = (0..200).map(|n| outcome(n, "order")).collect();
    world
        .post("/api/v1/events", json!(fine))
        .await
        .must(StatusCode::OK);
    world
        .post("/api/v1/events", json!(fine[..100]))
        .await
        .must(StatusCode::OK);
    let odd: Vec<Value> = (200..220).map(|n| outcome(n, "moon")).collect();
    world
        .post("/api/v1/events", json!(odd))
        .await
        .must(StatusCode::OK);
    upload(&world, &format!("mapping={}", encoded(&json!({"time": {"column": "timestamp"}, "unit": {"column": "customer_id"}, "kpi": {"constant": "order"}}))), CSV).await;
    let told = world
        .get("/api/v1/quality")
        .await
        .must(StatusCode::OK)
        .json();
    let codes: Vec<&str> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["refusals", "unknown-kpi", "duplicates"], "{told}");
    assert_eq!(
        told["series"][0]["words"],
        "outcomes of `order` through `email`"
    );
    // What came a second time is counted beside it, and is not how often something happens.
    assert_eq!(told["series"][0]["events"], 200);
    let sources = told["sources"].as_array().unwrap();
    let uploads = sources
        .iter()
        .find(|one| one["source"] == "uploads")
        .unwrap();
    assert_eq!(
        (&uploads["accepted"], &uploads["refused"]),
        (&json!(3), &json!(1)),
        "{told}"
    );
    let again = world
        .get("/api/v1/quality")
        .await
        .must(StatusCode::OK)
        .json();
    assert_eq!(again["sources"], told["sources"], "a look changes nothing");
}

/// What `docs/data.md` says of the columns of an export, each with its type.
fn documented(table: &str) -> Vec<String> {
    let text = include_str!("../../../../docs/data.md");
    let part = text.split(&format!("### `{table}`\n")).nth(1).unwrap();
    let part = part.split("\n### ").next().unwrap();
    let rows = part.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|line| line.split('|').nth(1).unwrap());
    let names = cells.flat_map(|cell| cell.split(','));
    names
        .map(|name| name.trim().trim_matches('`').to_owned())
        .collect()
}

#[tokio::test]
async fn results_come_by_cohort_and_every_column_is_documented() {
    let world = crate::analysis::simpson().await;
    let rows = world.get("/api/v1/results?rollout=1&by=channel").await;
    let rows = rows.must(StatusCode::OK).json();
    let rows = rows["items"].as_array().unwrap();
    let units = |cohort: &str, arm: i64| -> i64 {
        let found = rows
            .iter()
            .filter(|row| row["cohort"] == cohort && row["arm"] == arm);
        found.map(|row| row["units"].as_i64().unwrap()).sum()
    };
    for (cohort, control, treatment) in [
        ("", 200, 200),
        ("channel=email", 180, 20),
        ("channel=web", 20, 180),
    ] {
        assert_eq!(
            (units(cohort, 0), units(cohort, 1)),
            (control, treatment),
            "{cohort}"
        );
    }
    let part = rows
        .iter()
        .find(|row| row["cohort"] == "channel=web" && row["arm"] == 1);
    let part = part.unwrap();
    assert_eq!(part["sum"], "18");
    let (low, high) = (
        part["low"].as_f64().unwrap(),
        part["high"].as_f64().unwrap(),
    );
    assert!(
        low < part["difference"].as_f64().unwrap() && high > 0.0,
        "{part}"
    );
    let alone = world.get("/api/v1/results?by=channel").await;
    alone.must(StatusCode::UNPROCESSABLE_ENTITY);
    let odd = world.get("/api/v1/results?rollout=1&by=moon").await;
    odd.must(StatusCode::UNPROCESSABLE_ENTITY);
    for table in ["events", "results"] {
        let out = world
            .get(&format!("/api/v1/exports/{table}.csv?rollout=1"))
            .await;
        let mut header: Vec<&str> = out
            .must(StatusCode::OK)
            .text
            .lines()
            .next()
            .unwrap()
            .split(',')
            .collect();
        let mut known = documented(table);
        header.sort_unstable();
        known.sort();
        assert_eq!(header, known, "docs/data.md and the export of {table}");
    }
}
