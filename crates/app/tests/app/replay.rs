//! Real experiments, replayed as events.

use variorum_app::events::settle;
use variorum_app::rollouts;
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::rollout::Plan;
use variorum_stats::mean;
use variorum_stats::moments::Arm;

use crate::measure::{exposure, outcome, send};
use crate::restore::{guard, plan, start, two_releases};
use crate::world::{World, gunzip, shared};

async fn watched(world: &World, kpis: &[&str]) -> RolloutNumber {
    two_releases(world).await;
    let guards = kpis.iter().map(|kpi| guard(kpi)).collect();
    let plan = Plan {
        external_assignment: true,
        ..plan(guards)
    };
    rollouts::start(&world.ctx, &world.admin, start(2, plan))
        .await
        .unwrap()
        .number
}

fn truth() -> serde_json::Value {
    let text = std::fs::read_to_string(shared().join("data/GROUNDTRUTH.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// 2026-11-01 and some seconds: order is what matters, the real year is long ago.
fn moment(index: usize) -> Time {
    crate::world::START.plus_seconds(i64::try_from(index).unwrap() / 100)
}

#[tokio::test]
async fn ab_data_has_no_effect_and_is_not_rolled_back() {
    let world = World::new().await;
    let number = watched(&world, &["order"]).await;
    let text = gunzip("data/experiments/ab_data.csv.gz");
    let mut rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    rows.retain(|row| (row[2] == "treatment") == (row[3] == "new_page"));
    rows.sort_by_key(|row| row[1]);
    let mut batch = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let at = moment(index);
        world.clock.set(at);
        batch.push(exposure(row[0], u8::from(row[2] == "treatment"), at));
        if row[4] == "1" {
            batch.push(outcome(row[0], "order", 1, at));
        }
        if batch.len() >= 5_000 || index + 1 == rows.len() {
            let sent = batch.len();
            let result = send(&world, std::mem::take(&mut batch)).await;
            assert_eq!(result.accepted, sent);
        }
    }
    settle(&world.ctx).await.unwrap();
    let seen = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert!(
        seen.rollout.state.is_open(),
        "nothing happened, so nothing is rolled back"
    );
    let kpi = &seen.measurement.unwrap().reading.kpis[0];
    let truth = &truth()["ab_data"]["public"]["clean_by_group"];
    for (arm, name) in [(kpi.arm(0), "control"), (kpi.arm(1), "treatment")] {
        let arm = arm.unwrap();
        assert_eq!(arm.units, truth[name][0].as_u64().unwrap(), "{name}");
        assert_eq!(arm.sum, truth[name][1].to_string(), "{name}");
    }
}

fn arm(reading: &variorum_domain::fold::KpiReading, treatment: bool) -> Arm {
    let arm = reading.arm(u8::from(treatment)).unwrap();
    Arm {
        n: arm.units,
        sum: arm.sum.parse().unwrap(),
        sum_sq: arm.sum_of_squares.parse().unwrap(),
    }
}

#[tokio::test]
async fn hillstrom_means_and_intervals_are_those_of_the_ground_truth() {
    let world = World::new().await;
    let number = watched(&world, &["order", "revenue"]).await;
    let text = gunzip("data/experiments/hillstrom.csv.gz");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|cell| cell == name).unwrap();
    let (segment, converted, spend) = (column("segment"), column("conversion"), column("spend"));
    let mut batch = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let row = row.unwrap();
        let treatment = match &row[segment] {
            "Mens E-Mail" => 1,
            "No E-Mail" => 0,
            _ => continue,
        };
        let at = moment(index);
        world.clock.set(at);
        batch.push(exposure(&row[0], treatment, at));
        if &row[converted] == "1" {
            batch.push(outcome(&row[0], "order", 1, at));
        }
        let cents = (row[spend].parse::<f64>().unwrap() * 100.0).round();
        if cents > 0.0 {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "some hundred dollars in cents"
            )]
            batch.push(outcome(&row[0], "revenue", cents as i64, at));
        }
        if batch.len() >= 5_000 {
            send(&world, std::mem::take(&mut batch)).await;
        }
    }
    send(&world, batch).await;
    settle(&world.ctx).await.unwrap();
    let seen = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert!(
        seen.rollout.state.is_open(),
        "e-mail helps, so nothing is rolled back"
    );
    compare_with_truth(&seen.measurement.unwrap().reading);
}

fn compare_with_truth(reading: &variorum_domain::fold::Reading) {
    let truth = truth()["hillstrom"]["public"].clone();
    let spend_total = |name: &str| truth["means"][name]["spend_total"].as_f64().unwrap();
    let revenue = reading
        .kpis
        .iter()
        .find(|kpi| kpi.kpi == "revenue")
        .unwrap();
    let orders = reading.kpis.iter().find(|kpi| kpi.kpi == "order").unwrap();
    for (treatment, name) in [(true, "Mens E-Mail"), (false, "No E-Mail")] {
        let arm = arm(revenue, treatment);
        assert_eq!(arm.n, truth["means"][name]["n"].as_u64().unwrap());
        #[expect(clippy::cast_precision_loss, reason = "a few million cents")]
        let total = arm.sum as f64 / 100.0;
        assert!((total - spend_total(name)).abs() < 0.005, "{name}: {total}");
    }
    let welch = |kpi, scale: f64, expected: &serde_json::Value| {
        let (control, treatment) = (arm(kpi, false), arm(kpi, true));
        let result = mean::compare(
            &control.sample().unwrap(),
            &treatment.sample().unwrap(),
            0.05,
        )
        .unwrap();
        let interval = result.test.unwrap().interval;
        let found = [result.difference, interval.low, interval.high];
        let wanted = [
            &expected["diff"],
            &expected["ci95"][0],
            &expected["ci95"][1],
        ];
        for (found, wanted) in found.iter().zip(wanted) {
            let wanted = wanted.as_f64().unwrap();
            assert!(
                (found / scale - wanted).abs() < 1e-9 * wanted.abs().max(1.0),
                "{found} {wanted}"
            );
        }
    };
    let pair = &truth["Mens E-Mail vs No E-Mail"];
    welch(revenue, 100.0, &pair["spend_welch"]);
    welch(orders, 1.0, &pair["conversion_welch"]);
}
