//! Credits of real journeys against the reference figures.

use std::collections::BTreeMap;

use serde_json::Value;
use variorum_domain::attribution::{
    By, Credits, Journeys, Model, PathSums, Rules, Versions, credits, explore,
};
use variorum_domain::calendar;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::Time;
use variorum_domain::library::KpiKind;

use crate::world::{gunzip, shared};

/// The data have values with many digits; whole numbers of these hold them.
const SCALE: f64 = 1e9;

fn truth(file: &str) -> Value {
    let text = std::fs::read_to_string(shared().join("data/GROUNDTRUTH.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all[file]["public"].clone()
}

fn rules() -> Rules {
    Rules {
        goal: "sale".into(),
        kind: KpiKind::Value,
        by: By::Channel,
        lookback_days: 180,
        touch_kpis: vec!["seen".into()],
        direct: "direct".into(),
        half_life_days: 7.0,
        from: Time(0),
        until: Time(i64::MAX),
    }
}

fn scaled(text: &str) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "values of the data are small"
    )]
    let whole = (text.parse::<f64>().unwrap() * SCALE).round() as i64;
    whole
}

fn close(ours: f64, theirs: &Value, what: &str) {
    let theirs = theirs.as_f64().unwrap_or(0.0);
    assert!(
        (ours - theirs).abs() <= 1e-7 + 1e-9 * theirs.abs(),
        "{what}: {ours} {theirs}"
    );
}

/// Every name of every model, and that nothing else gets anything.
fn equal(found: &Credits, truth: &Value, models: &[(Model, &str)]) {
    #[expect(clippy::cast_precision_loss, reason = "sums of the data are small")]
    let total = found.value as f64 / SCALE;
    for (model, named) in models {
        let ours = found.models.iter().find(|one| one.model == *model).unwrap();
        let theirs = if *model == Model::Markov {
            &truth["markov_order1"]
        } else {
            &truth["heuristic"][named]
        };
        assert!(theirs["conversions"].as_object().unwrap().len() > 3);
        for (at, name) in found.names.iter().enumerate() {
            close(
                ours.conversions[at],
                &theirs["conversions"][name],
                &format!("{named} {name}"),
            );
            // The reference tells no values for the chain: they are shared out like conversions.
            let value = match *model {
                Model::Markov => {
                    let share = theirs["share"][name].as_f64().unwrap();
                    Value::from(share * total)
                }
                _ => theirs["value"][name].clone(),
            };
            close(
                ours.value[at] / SCALE,
                &value,
                &format!("{named} {name} value"),
            );
        }
        for name in theirs["conversions"].as_object().unwrap().keys() {
            assert!(found.names.contains(name), "{named} {name}");
        }
    }
    let chain = &truth["markov_order1"];
    close(found.chance, &chain["p_conversion"], "chance");
    for (at, name) in found.names.iter().enumerate() {
        close(
            found.removal_effect[at],
            &chain["removal_effect"][name],
            name,
        );
    }
}

const ALL: [(Model, &str); 6] = [
    (Model::First, "first"),
    (Model::Last, "last"),
    (Model::Linear, "linear"),
    (Model::Position, "u_40_20_40"),
    (Model::Shapley, "distinct_equal"),
    (Model::Markov, "markov"),
];

#[test]
fn credits_of_journey_paths_are_those_of_the_reference() {
    let truth = truth("journey_paths");
    let (rules, versions) = (rules(), Versions::default());
    let mut journeys = Journeys::new(&rules, &versions);
    let text = gunzip("data/attribution/journey_paths.csv.gz");
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, path, conversions, value, nulls] = fields[..] else {
            panic!("{line}")
        };
        let names: Vec<&str> = path.split(" > ").collect();
        let sums = PathSums {
            conversions: conversions.parse().unwrap(),
            nulls: nulls.parse().unwrap(),
            value: i128::from(scaled(value)),
            days: 0.0,
        };
        journeys.path(&names, sums);
    }
    let found = credits(&journeys);
    assert_eq!(truth["conversions"], found.conversions);
    assert_eq!(truth["null"], found.nulls);
    assert_eq!(truth["touches"], journeys.touches());
    equal(&found, &truth, &ALL);
    assert!(
        found.models.iter().all(|one| one.model != Model::TimeDecay),
        "paths without days have no time decay"
    );
    let shown = explore(&journeys, 20, 4, 5);
    assert_eq!(truth["distinct_paths"], shown.distinct);
    assert_eq!(shown.paths.len(), 20);
    assert!(
        shown.steps.len() <= 4 * 6 + 3,
        "bounded: {}",
        shown.steps.len()
    );
    let all: u64 = shown
        .steps
        .iter()
        .filter(|one| one.step == 0)
        .map(|one| one.journeys)
        .sum();
    assert_eq!(all, found.conversions + found.nulls);
    for (at, step) in shown.steps.iter().enumerate() {
        let inward: u64 = shown
            .links
            .iter()
            .filter(|one| one.to == at)
            .map(|one| one.journeys)
            .sum();
        let outward: u64 = shown
            .links
            .iter()
            .filter(|one| one.from == at)
            .map(|one| one.journeys)
            .sum();
        assert!(step.step == 0 || inward == step.journeys, "{step:?}");
        assert!(step.step == 5 || outward == step.journeys, "{step:?}");
    }
    assert_eq!(shown.lengths.iter().sum::<u64>(), all);
}

#[test]
fn credits_of_single_touches_are_those_of_the_reference() {
    let truth = truth("touches");
    let mut customers: BTreeMap<String, Vec<(Time, bool, i64, String)>> = BTreeMap::new();
    let text = gunzip("data/attribution/touches.csv.gz");
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [customer, time, _, conversion, value, channel] = fields[..] else {
            panic!("{line}")
        };
        let row = (
            moment(time),
            conversion == "1",
            scaled(value),
            channel.to_owned(),
        );
        customers.entry(customer.to_owned()).or_default().push(row);
    }
    let (rules, versions) = (rules(), Versions::default());
    let mut journeys = Journeys::new(&rules, &versions);
    for rows in customers.values_mut() {
        rows.sort_by_key(|row| row.0);
        // The reference looks at each customer until the first conversion.
        let end = rows
            .iter()
            .position(|row| row.1)
            .map_or(rows.len(), |at| at + 1);
        let events: Vec<Event> = rows[..end].iter().flat_map(events).collect();
        journeys.unit(&events);
    }
    let found = credits(&journeys);
    assert_eq!(truth["converting_customers"], found.conversions);
    let all: Vec<(Model, &str)> = ALL
        .into_iter()
        .chain([(Model::TimeDecay, "time_decay_halflife7d")])
        .collect();
    equal(&found, &truth, &all);
}

fn events(row: &(Time, bool, i64, String)) -> Vec<Event> {
    let touch = Event {
        id: String::new(),
        kind: EventKind::Exposure,
        time: row.0,
        unit: "customer".into(),
        prompt: String::new(),
        rollout: None,
        arm: None,
        kpi: String::new(),
        value: 0,
        channel: row.3.clone(),
        attributes: String::new(),
    };
    let sale = Event {
        kind: EventKind::Outcome,
        kpi: "sale".into(),
        value: row.2,
        ..touch.clone()
    };
    if row.1 {
        vec![touch, sale]
    } else {
        vec![touch]
    }
}

/// `2018-07-22T20:40:41Z`
fn moment(text: &str) -> Time {
    let (day, clock) = text.trim_end_matches('Z').split_once('T').unwrap();
    let end = calendar::end_of_day(day).unwrap();
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().unwrap()).collect();
    end.plus_seconds(parts[0] * 3_600 + parts[1] * 60 + parts[2] - 86_400)
}
