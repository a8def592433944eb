//! Questions over all events, on real experiments and on small ones.

use std::collections::BTreeMap;

use variorum_app::analysis::{
    AskCohorts, AskRetention, AskSeries, Cohorts, cohorts, retention, series,
};
use variorum_app::events::settle;
use variorum_app::rollouts::{self, NewArm, StartRollout};
use variorum_app::{Error, columns, releases};
use variorum_domain::analysis::Grain;
use variorum_domain::event::Event;
use variorum_domain::id::{ReleaseNumber, RolloutNumber, Time};
use variorum_domain::rollout::Plan;
use variorum_stats::moments::Arm;

use crate::measure::{exposure, outcome, send};
use crate::restore::{plan, start, two_releases};
use crate::world::{START, World, gunzip, shared};

const ARMS: [&str; 3] = ["No E-Mail", "Mens E-Mail", "Womens E-Mail"];

/// Hillstrom's three groups as a rollout of three arms; `order` stands for a visit.
async fn hillstrom(world: &World) -> RolloutNumber {
    two_releases(world).await;
    let third = [(
        "prompts/email/welcome.prompt",
        "Hello {{name}}, once more.\n",
    )];
    world.save("Third", &third).await.unwrap();
    releases::create(&world.ctx, &world.admin, None, "three")
        .await
        .unwrap();
    let plan = Plan {
        external_assignment: true,
        weights_bp: vec![3_334, 3_333, 3_333],
        goal: Some("order".into()),
        guards: Vec::new(),
        ..plan(Vec::new())
    };
    let arms = vec![NewArm::of(ReleaseNumber(2)), NewArm::of(ReleaseNumber(3))];
    let cmd = StartRollout {
        treatments: arms,
        ..start(2, plan)
    };
    let started = rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap();
    let text = gunzip("data/experiments/hillstrom.csv.gz");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|cell| cell == name).unwrap();
    let (segment, visit) = (column("segment"), column("visit"));
    let (channel, history) = (column("channel"), column("history_segment"));
    let mut batch = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let row = row.unwrap();
        let arm = ARMS.iter().position(|name| *name == &row[segment]).unwrap();
        let at = START.plus_seconds(i64::try_from(index).unwrap() / 100);
        world.clock.set(at);
        // Customers are told apart by their line: the file numbers some of them alike.
        let unit = format!("customer-{index}");
        let attributes = serde_json::json!({"history": &row[history]}).to_string();
        batch.push(Event {
            channel: row[channel].to_lowercase(),
            attributes,
            ..exposure(&unit, u8::try_from(arm).unwrap(), at)
        });
        if &row[visit] == "1" {
            batch.push(outcome(&unit, "order", 1, at));
        }
        if batch.len() >= 5_000 {
            send(world, std::mem::take(&mut batch)).await;
        }
    }
    send(world, batch).await;
    settle(&world.ctx).await.unwrap();
    columns::refresh(&world.ctx).await.unwrap();
    started.number
}

async fn by(world: &World, rollout: RolloutNumber, facets: &[&str]) -> Cohorts {
    let ask = AskCohorts {
        rollout,
        kpi: None,
        by: facets.iter().map(|facet| (*facet).to_owned()).collect(),
    };
    cohorts(&world.ctx, &world.admin, &ask).await.unwrap()
}

#[tokio::test]
async fn hillstrom_s_cohorts_are_those_of_the_ground_truth() {
    let world = World::new().await;
    let number = hillstrom(&world).await;
    let text = std::fs::read_to_string(shared().join("data/GROUNDTRUTH.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&text).unwrap();
    let truth = &truth["hillstrom"]["public"];

    let found = by(&world, number, &["history"]).await;
    assert_eq!(found.missing, 0);
    let expected = truth["by_cohort_visit_lift_mens"].as_object().unwrap();
    assert_eq!(found.table.cohorts.len(), expected.len());
    let (mens, said) = &found.comparisons[0];
    for (cohort, effect) in found.table.cohorts.iter().zip(&mens.effects) {
        let truth = &expected[&cohort.labels[0]];
        assert_eq!(cohort.arms[0].n, truth["n_c"].as_u64().unwrap());
        assert_eq!(cohort.arms[1].n, truth["n_t"].as_u64().unwrap());
        let diff = truth["diff"].as_f64().unwrap();
        assert!(
            (effect.difference.unwrap() - diff).abs() < 1e-15,
            "{:?}",
            cohort.labels
        );
    }
    assert!(
        said.iter().any(|line| line.contains("better for Orders")),
        "{said:?}"
    );
    assert_eq!(mens.reversal, None);

    let found = by(&world, number, &["channel"]).await;
    let expected = truth["visit_by_channel"].as_object().unwrap();
    let mut seen = BTreeMap::new();
    for cohort in &found.table.cohorts {
        for (name, arm) in ARMS.iter().zip(&cohort.arms) {
            let channel = &cohort.labels[0];
            let channel = format!("{}{}", channel[..1].to_uppercase(), &channel[1..]);
            seen.insert(format!("{name}|{channel}"), *arm);
        }
    }
    assert_eq!(seen.len(), expected.len());
    for (key, arm) in seen {
        let truth = &expected[&key];
        let (n, visits) = (truth[0].as_u64().unwrap(), truth[1].as_u64().unwrap());
        assert_eq!(arm, Arm::of_conversions(n, visits), "{key}");
    }
}

#[tokio::test]
async fn cohorts_agree_with_the_running_statistics() {
    let world = World::new().await;
    let number = hillstrom(&world).await;
    let seen = rollouts::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    let reading = seen.measurement.unwrap().reading;
    let found = by(&world, number, &["returning", "channel"]).await;
    for (place, total) in (0..).zip(&found.table.total) {
        let arm = reading.kpis[0].arm(place).unwrap();
        assert_eq!(
            (total.n, total.sum.to_string()),
            (arm.units, arm.sum.clone())
        );
    }
    assert!(
        found
            .table
            .cohorts
            .iter()
            .all(|cohort| cohort.labels[0] == "new")
    );
    assert_eq!(found.facets, ["channel", "returning", "history"]);
}

#[tokio::test]
async fn questions_that_have_no_answer_say_what_can_be_asked() {
    let world = World::new().await;
    two_releases(&world).await;
    let number = rollouts::start(&world.ctx, &world.admin, start(2, plan(Vec::new())))
        .await
        .unwrap()
        .number;
    let ask = |kpi: Option<&str>, by: &[&str]| AskCohorts {
        rollout: number,
        kpi: kpi.map(str::to_owned),
        by: by.iter().map(|facet| (*facet).to_owned()).collect(),
    };
    let refused = |error: Error| match error {
        Error::Invalid { message, hint, .. } => (message, hint.unwrap_or_default()),
        other => (other.to_string(), String::new()),
    };
    let many = ["channel", "returning", "a", "b"];
    let many = cohorts(&world.ctx, &world.admin, &ask(None, &many)).await;
    assert!(refused(many.unwrap_err()).0.contains("1 to 3 facets"));
    let usual = cohorts(&world.ctx, &world.admin, &ask(None, &[])).await;
    assert_eq!(usual.unwrap().by, ["channel"]);
    let unknown = cohorts(&world.ctx, &world.admin, &ask(None, &["tier"])).await;
    let (message, hint) = refused(unknown.unwrap_err());
    assert_eq!(message, "no event has an attribute `tier`");
    assert_eq!(hint, "units can be told apart by: channel, returning");
    let unmeasured = cohorts(&world.ctx, &world.admin, &ask(Some("x"), &["channel"])).await;
    assert!(
        refused(unmeasured.unwrap_err())
            .1
            .contains("it measures: order")
    );
    let empty = cohorts(&world.ctx, &world.admin, &ask(None, &["channel"]))
        .await
        .unwrap();
    assert!(empty.table.cohorts.is_empty());
    let days = AskSeries {
        kpi: "order".into(),
        prompt: None,
        by: None,
        from: Some(Time(0)),
        until: None,
        grain: Grain::Hour,
    };
    let long = series(&world.ctx, &world.admin, &days).await;
    assert!(refused(long.unwrap_err()).0.contains("points"));
}

/// Three people over twenty days, two versions, two channels.
async fn three_people() -> World {
    let world = World::new().await;
    two_releases(&world).await;
    let mut cmd = start(2, plan(Vec::new()));
    cmd.prompt = Some("email/welcome".into());
    cmd.plan.external_assignment = true;
    let rollout = rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap();
    let day = |days: i64| START.plus_seconds(days * 86_400 + 3_600);
    let shown = |unit: &str, days: i64, arm: Option<u8>, channel: &str| Event {
        id: format!("x-{unit}-{days}"),
        rollout: arm.map(|_| rollout.number),
        arm,
        channel: channel.into(),
        ..exposure(unit, 0, day(days))
    };
    world.clock.set(day(20));
    let events = vec![
        shown("a", 0, None, "email"),
        outcome("a", "order", 1, day(1)),
        shown("b", 1, Some(0), "email"),
        shown("c", 1, Some(1), "web"),
        outcome("c", "order", 1, day(2)),
        outcome("c", "order", 1, day(11)),
    ];
    send(&world, events).await;
    settle(&world.ctx).await.unwrap();
    world
}

#[tokio::test]
async fn a_kpi_is_told_by_version() {
    let world = three_people().await;
    let ask = AskSeries {
        kpi: "order".into(),
        prompt: Some("email/welcome".into()),
        by: Some("version".into()),
        from: None,
        until: None,
        grain: Grain::Day,
    };
    let found = series(&world.ctx, &world.admin, &ask).await.unwrap();
    let told: Vec<_> = found
        .lines
        .iter()
        .flat_map(|line| {
            line.series
                .points
                .iter()
                .map(|point| (line.label.as_str(), point.arm))
        })
        .collect();
    let one = Arm::of_conversions;
    assert_eq!(
        told,
        [("v1", one(1, 1)), ("v1", one(1, 0)), ("v2", one(1, 1))]
    );
    assert!(
        found
            .markers
            .iter()
            .any(|marker| marker.kind == "rollout-started")
    );
}

#[tokio::test]
async fn who_comes_back_is_told_by_channel() {
    let world = three_people().await;
    let ask = AskRetention {
        kpi: "order".into(),
        prompt: None,
        by: "channel".into(),
        weeks: 3,
    };
    let found = retention(&world.ctx, &world.admin, &ask).await.unwrap();
    let told: Vec<_> = found
        .curves
        .iter()
        .map(|curve| (curve.label.as_str(), curve.weeks.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("email", vec![(2, 1), (2, 0), (0, 0)]),
            ("web", vec![(1, 1), (1, 1), (0, 0)]),
        ]
    );
}
