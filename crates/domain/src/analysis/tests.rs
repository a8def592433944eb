//! Questions over columns, held against slow answers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use variorum_stats::moments::Arm;

use super::*;
use crate::columns::{Dictionary, Row, Table, UnitRows};
use crate::event::{Event, EventKind};
use crate::id::{RolloutNumber, Time};
use crate::library::{Direction, Kpi, KpiKind};

const DAY: i64 = 86_400;

fn kpi(kind: KpiKind) -> Kpi {
    Kpi {
        id: "order".into(),
        title: "Orders".into(),
        kind,
        direction: Direction::Up,
        unit: String::new(),
        decimals: 0,
        window_seconds: 3 * DAY,
        more: crate::kpi::KpiMore::default(),
    }
}

fn exposure(unit: &str, day: i64, rollout: i64, arm: u8, channel: &str, region: &str) -> Event {
    Event {
        id: String::new(),
        kind: EventKind::Exposure,
        time: Time(day * DAY * 1_000_000),
        unit: unit.into(),
        prompt: "p".into(),
        rollout: (rollout > 0).then_some(RolloutNumber(rollout)),
        arm: Some(arm),
        kpi: String::new(),
        value: 0,
        channel: channel.into(),
        attributes: format!(r#"{{"region":"{region}"}}"#),
    }
}

fn outcome(unit: &str, day: i64, value: i64) -> Event {
    Event {
        kind: EventKind::Outcome,
        rollout: None,
        arm: None,
        kpi: "order".into(),
        value,
        attributes: String::new(),
        ..exposure(unit, day, 0, 0, "", "")
    }
}

/// Hands the events over unit by unit, as a scan does.
fn feed(events: &[Event], mut take: impl FnMut(UnitRows<'_>), names: &mut Dictionary) {
    let mut units: BTreeMap<&str, Vec<(&Event, Row, u32)>> = BTreeMap::new();
    for event in events {
        let mut table = Table::default();
        table.push(&names.encode(event));
        let region: serde_json::Value = serde_json::from_str(&event.attributes).unwrap_or_default();
        let values = names.attribute("region").and_then(|key| names.values(key));
        let text = region["region"].as_str().unwrap_or_default();
        let code = values.and_then(|values| values.find(text)).unwrap_or(0);
        let row = Row {
            time: event.time.0,
            value: event.value,
            rollout: event.rollout.map_or(0, |number| number.0),
            prompt: names.prompts.find(&event.prompt).unwrap(),
            kpi: names.kpis.find(&event.kpi).unwrap(),
            channel: names.channels.find(&event.channel).unwrap(),
            kind: event.kind,
            arm: event.arm.unwrap_or(u8::MAX),
        };
        units
            .entry(&event.unit)
            .or_default()
            .push((event, row, code));
    }
    for rows in units.values_mut() {
        rows.sort_by_key(|(event, _, _)| event.time);
        let plain: Vec<Row> = rows.iter().map(|(_, row, _)| *row).collect();
        let codes: Vec<u32> = rows.iter().map(|(_, _, code)| *code).collect();
        take(UnitRows {
            rows: &plain,
            attributes: &codes,
            width: 1,
        });
    }
}

fn cohorts(events: &[Event], by: Vec<Facet>, arms: usize) -> CohortTable {
    let mut names = Dictionary::default();
    feed(events, |_| {}, &mut names);
    let mut fold = CohortFold::new(CohortQuestion {
        rollout: 1,
        began: 10 * DAY * 1_000_000,
        arms,
        measure: Measure::new(&kpi(KpiKind::Conversion), &names.kpis),
        by,
    });
    let mut other = fold.clone();
    let mut turn = false;
    let take = |rows: UnitRows<'_>| {
        turn = !turn;
        if turn {
            fold.unit(rows);
        } else {
            other.unit(rows);
        }
    };
    feed(events, take, &mut names.clone());
    fold.absorb(other);
    fold.table(&names)
}

#[test]
fn a_unit_counts_in_the_cohort_and_arm_of_its_earliest_exposure() {
    let events = [
        outcome("old", 2, 1),
        exposure("old", 11, 1, 1, "email", "de"),
        exposure("old", 12, 1, 0, "web", "fr"),
        outcome("old", 13, 1),
        exposure("fresh", 12, 1, 0, "web", "fr"),
        outcome("fresh", 16, 1),
        exposure("elsewhere", 12, 2, 0, "web", "fr"),
    ];
    let by = vec![
        Facet::Returning,
        Facet::Channel,
        Facet::Attribute(0, "region".into()),
    ];
    let table = cohorts(&events, by, 2);
    let told: Vec<_> = table
        .cohorts
        .iter()
        .map(|cohort| (cohort.labels.join(" "), cohort.arms.clone()))
        .collect();
    let one = Arm::of_conversions;
    assert_eq!(
        told,
        [
            ("new web fr".to_owned(), vec![one(1, 0), one(0, 0)]),
            ("returning email de".to_owned(), vec![one(0, 0), one(1, 1)]),
        ]
    );
    assert_eq!(table.total, [one(1, 0), one(1, 1)]);
}

#[test]
fn small_cohorts_beyond_twenty_are_poured_together() {
    let mut events = Vec::new();
    for region in 0..25_i64 {
        for unit in 0..=region {
            let name = format!("{region}-{unit}");
            events.push(exposure(&name, 11, 1, 0, "", &format!("r{region}")));
        }
    }
    let by = vec![Facet::Attribute(0, "region".into())];
    let table = cohorts(&events, by, 1);
    assert_eq!((table.cohorts.len(), table.poured), (20, 6));
    assert_eq!(table.cohorts[0].labels, ["r24"]);
    let rest = table.cohorts.last().unwrap();
    assert!(rest.is_rest);
    assert_eq!(rest.arms[0].n, 1 + 2 + 3 + 4 + 5 + 6);
    assert_eq!(table.total[0].n, 325);
}

fn table(arms: &[(u64, u64, u64, u64)]) -> CohortTable {
    let cohort = |(n_c, x_c, n_t, x_t): &(u64, u64, u64, u64)| Cohort {
        labels: vec![String::new()],
        arms: vec![
            Arm::of_conversions(*n_c, *x_c),
            Arm::of_conversions(*n_t, *x_t),
        ],
        is_rest: false,
    };
    let mut total = vec![Arm::default(); 2];
    let cohorts: Vec<Cohort> = arms.iter().map(cohort).collect();
    for cohort in &cohorts {
        total[0].merge(&cohort.arms[0]);
        total[1].merge(&cohort.arms[1]);
    }
    CohortTable {
        cohorts,
        poured: 0,
        total,
    }
}

#[test]
fn a_whole_that_contradicts_its_parts_is_noticed() {
    let found = |arms: &[_]| compare(&table(arms), 1, 10_000.0);
    let simpson = found(&[(900, 90, 100, 5), (100, 50, 900, 430)]);
    assert_eq!(simpson.reversal, Some(Reversal::Every));
    let overall = simpson.overall.unwrap();
    assert!(overall.pooled > 0.0 && overall.post_stratified < 0.0);
    assert_eq!(
        found(&[(900, 90, 900, 120), (100, 50, 100, 55)]).reversal,
        None
    );
    assert_eq!(
        found(&[(900, 90, 100, 5)]).reversal,
        None,
        "one cohort is the whole"
    );
    let mixed = found(&[(900, 90, 100, 11), (100, 50, 900, 400)]);
    assert_eq!(mixed.reversal, Some(Reversal::Weighted));
}

#[test]
fn cohorts_that_differ_are_said_to_differ() {
    let same = compare(
        &table(&[(4_000, 400, 4_000, 480), (4_000, 400, 4_000, 475)]),
        1,
        1e4,
    );
    assert!(matches!(same.differences, Differences::No(_)));
    let apart = compare(
        &table(&[(4_000, 400, 4_000, 600), (4_000, 400, 4_000, 300)]),
        1,
        1e4,
    );
    assert!(matches!(apart.differences, Differences::Yes(found) if found.i_squared > 0.9));
    let interval = apart.effects[0].interval.unwrap();
    assert!(interval.low > 0.0 && interval.high > 0.05);
    let empty = compare(&table(&[(0, 0, 10, 1), (10, 1, 10, 2)]), 1, 1e4);
    assert_eq!(empty.effects[0].difference, None);
    assert!(empty.effects[1].difference.is_some());
    assert_eq!(empty.differences, Differences::TooFew);
}

#[test]
fn every_outcome_of_a_series_counts_for_one_exposure() {
    let events = [
        exposure("a", 1, 0, 0, "email", ""),
        exposure("a", 2, 0, 0, "email", ""),
        outcome("a", 3, 5),
        exposure("a", 6, 1, 1, "web", ""),
        outcome("a", 8, 7),
        exposure("b", 1, 0, 0, "email", ""),
    ];
    let mut names = Dictionary::default();
    feed(&events, |_| {}, &mut names);
    let versions = Versions {
        arms: vec![(1, 1, 30)],
        live: vec![(0, 10), (5 * DAY * 1_000_000, 20)],
    };
    let question = SeriesQuestion {
        measure: Measure::new(&kpi(KpiKind::Value), &names.kpis),
        prompt: names.prompts.find("p"),
        from: 0,
        grain: Grain::Day,
        lanes: LaneOf::Version(versions),
    };
    let mut fold = SeriesFold::new(question);
    feed(&events, |rows| fold.unit(rows), &mut names);
    let lines = fold.lines(6 * DAY * 1_000_000, &(0..i64::MAX));
    let told: Vec<_> = lines
        .iter()
        .flat_map(|line| line.points.iter().map(|point| (line.lane, point)))
        .map(|(lane, point)| (lane, point.at / DAY / 1_000_000, point.arm.n, point.arm.sum))
        .collect();
    assert_eq!(told, [(10, 1, 2, 5), (30, 6, 1, 7)]);
    assert!(lines[0].points[0].is_complete && !lines[1].points[0].is_complete);
}

#[test]
fn only_weeks_that_are_over_count_for_who_comes_back() {
    let events = [
        exposure("a", 0, 0, 0, "email", ""),
        outcome("a", 1, 1),
        outcome("a", 9, 1),
        exposure("b", 0, 0, 0, "email", ""),
        exposure("c", 10, 0, 0, "email", ""),
        outcome("c", 11, 1),
    ];
    let mut names = Dictionary::default();
    feed(&events, |_| {}, &mut names);
    let mut fold = RetentionFold::new(RetentionQuestion {
        measure: Measure::new(&kpi(KpiKind::Conversion), &names.kpis),
        weeks: 3,
        now: 20 * DAY * 1_000_000,
        from: 0,
        attribute: None,
    });
    feed(&events, |rows| fold.unit(rows), &mut names);
    let curves = fold.curves(&names);
    assert_eq!(curves[0].label, "email");
    assert_eq!(curves[0].weeks, [(3, 2), (2, 1), (0, 0)]);
}

proptest! {
    #[test]
    fn a_series_loses_and_doubles_nothing(
        days in prop::collection::vec((any::<bool>(), 0..40_i64, 1..9_i64), 1..40)
    ) {
        let events: Vec<Event> = days.iter().map(|(shown, day, value)| match shown {
            true => exposure("a", *day, 0, 0, "", ""),
            false => outcome("a", *day, *value),
        }).collect();
        let mut names = Dictionary::default();
        feed(&events, |_| {}, &mut names);
        let mut fold = SeriesFold::new(SeriesQuestion {
            measure: Measure::new(&kpi(KpiKind::Value), &names.kpis),
            prompt: None,
            from: 0,
            grain: Grain::Day,
            lanes: LaneOf::All,
        });
        feed(&events, |rows| fold.unit(rows), &mut names);
        let found: i128 = fold.lines(0, &(0..i64::MAX)).iter().flat_map(|line| &line.points).map(|p| p.arm.sum).sum();
        // By hand: an outcome counts where an exposure lies within the window before it, and the
        // windows follow each other without overlap.
        let mut starts: Vec<i64> = days.iter().filter(|d| d.0).map(|d| d.1).collect();
        starts.sort_unstable();
        let mut open: Vec<i64> = Vec::new();
        for start in starts {
            if open.last().is_none_or(|last| start > last + 3) {
                open.push(start);
            }
        }
        let counts = |day: i64| open.iter().any(|start| *start <= day && day <= start + 3);
        let expected: i64 = days.iter().filter(|d| !d.0 && counts(d.1)).map(|d| d.2).sum();
        prop_assert_eq!(found, i128::from(expected));
    }
}
