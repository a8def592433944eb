//! Journeys, held against what is worked out by hand.

use proptest::prelude::*;

use super::*;
use crate::columns::{Dictionary, Row, UnitRows};
use crate::event::{Event, EventKind};
use crate::id::{RolloutNumber, Time};
use crate::library::KpiKind;

fn rules() -> Rules {
    Rules {
        goal: "order".into(),
        kind: KpiKind::Value,
        by: By::Channel,
        lookback_days: 10,
        touch_kpis: vec!["click".into()],
        direct: "direct".into(),
        half_life_days: 7.0,
        from: Time::from_seconds(0),
        until: Time::from_seconds(1_000 * 86_400),
    }
}

fn event(day: i64, channel: &str, kpi: &str, value: i64) -> Event {
    Event {
        id: String::new(),
        kind: if kpi.is_empty() {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time: Time::from_seconds(day * 86_400),
        unit: "u".into(),
        prompt: "email/a".into(),
        rollout: (channel == "email").then_some(RolloutNumber(3)),
        arm: Some(1),
        kpi: kpi.into(),
        value,
        channel: channel.into(),
        attributes: String::new(),
    }
}

fn versions() -> Versions {
    let mut versions = Versions::default();
    let tried = ("email/a".to_owned(), 7);
    versions.arms.insert((RolloutNumber(3), 1), tried);
    let live = vec![(Time::from_seconds(2 * 86_400), 4)];
    versions.live.insert("email/a".to_owned(), live);
    versions
}

fn paths(rules: &Rules, events: &[Event]) -> Vec<(String, PathSums)> {
    let versions = versions();
    let mut journeys = Journeys::new(rules, &versions);
    journeys.unit(events);
    told(&journeys)
}

#[test]
fn a_life_is_cut_at_conversions() {
    let events = [
        event(50, "ads", "", 0),
        event(30, "email", "", 0),
        event(31, "web", "click", 0),
        event(32, "", "order", 900),
        event(31, "web", "page-read", 0),
        event(52, "", "", 0),
        event(52, "", "order", 100),
        event(60, "sms", "", 0),
    ];
    let found = paths(&rules(), &events);
    let sums = |conversions, nulls, value, days| PathSums {
        conversions,
        nulls,
        value,
        days,
    };
    assert_eq!(
        found,
        [
            ("ads > direct".to_owned(), sums(1, 0, 100, 2.0)),
            ("email > web".to_owned(), sums(1, 0, 900, 2.0)),
            ("sms".to_owned(), sums(0, 1, 0, 0.0)),
        ]
    );
}

#[test]
fn lookback_and_period_are_kept() {
    let events = [
        event(10, "ads", "", 0),
        event(25, "email", "", 0),
        event(30, "", "order", 1),
        event(40, "web", "", 0),
    ];
    let found = paths(&rules(), &events);
    assert_eq!(
        found[0].0, "email",
        "what lay 20 days before is too long ago"
    );
    let later = Rules {
        from: Time::from_seconds(35 * 86_400),
        ..rules()
    };
    let found = paths(&later, &events);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0.as_str(), found[0].1.nulls), ("web", 1));
    let earlier = Rules {
        until: Time::from_seconds(28 * 86_400),
        ..rules()
    };
    let found = paths(&earlier, &events);
    assert_eq!((found[0].0.as_str(), found[0].1.nulls), ("email", 1));
}

#[test]
fn touches_are_named_as_asked() {
    let events = [
        event(1, "email", "", 0),
        event(2, "ads", "", 0),
        event(3, "", "order", 1),
    ];
    for (by, expected) in [
        (By::Channel, "email > ads"),
        (By::Prompt, "email/a > email/a"),
        (By::Version, "email/a v7 > email/a v4"),
    ] {
        let rules = Rules { by, ..rules() };
        assert_eq!(paths(&rules, &events)[0].0, expected);
        assert_eq!(By::from_name(by.name()), Some(by));
    }
}

#[test]
fn rules_out_of_range_are_refused() {
    assert_eq!(rules().check(), Ok(()));
    let wrong = Rules {
        lookback_days: 0,
        ..rules()
    };
    assert_eq!(wrong.check(), Err(RulesError::Lookback));
    let wrong = Rules {
        half_life_days: f64::NAN,
        ..rules()
    };
    assert_eq!(wrong.check(), Err(RulesError::HalfLife));
    let wrong = Rules {
        until: Time(0),
        ..rules()
    };
    assert_eq!(wrong.check(), Err(RulesError::Period));
}

/// The same journeys from coded rows, in two halves that become one.
fn coded(rules: &Rules, units: &[Vec<Event>]) -> Vec<(String, PathSums)> {
    let mut names = Dictionary::default();
    for event in units.iter().flatten() {
        names.encode(event);
    }
    let empty = CodedJourneys::new(rules, &versions(), &names);
    let (mut one, mut other) = (empty.clone(), empty);
    for (turn, events) in units.iter().enumerate() {
        let row = |event: &Event| Row {
            time: event.time.0,
            value: event.value,
            rollout: event.rollout.map_or(0, |number| number.0),
            prompt: names.prompts.find(&event.prompt).unwrap(),
            kpi: names.kpis.find(&event.kpi).unwrap(),
            channel: names.channels.find(&event.channel).unwrap(),
            kind: event.kind,
            arm: event.arm.unwrap_or(crate::columns::NO_ARM),
        };
        let rows: Vec<Row> = events.iter().map(row).collect();
        let rows = UnitRows {
            rows: &rows,
            attributes: &[],
            width: 0,
        };
        if turn % 2 == 0 {
            one.unit(rows);
        } else {
            other.unit(rows);
        }
    }
    one.absorb(&other);
    told(&one.finish().0)
}

fn told(journeys: &Journeys) -> Vec<(String, PathSums)> {
    let name = |place: &u16| journeys.names()[usize::from(*place)].clone();
    let shown = journeys.paths().into_iter().map(|(path, sums)| {
        let names: Vec<String> = path.iter().map(name).collect();
        (names.join(" > "), sums)
    });
    shown.collect()
}

proptest! {
    #[test]
    fn coded_rows_make_the_journeys_of_their_events(
        events in prop::collection::vec((0..6_usize, 0..40_i64, 0..4_usize, 0..4_usize), 0..60),
        by in prop::sample::select(vec![By::Channel, By::Prompt, By::Version]),
    ) {
        let mut units: Vec<Vec<Event>> = vec![Vec::new(); 6];
        for (unit, day, channel, kpi) in events {
            let channel = ["", "email", "ads", "web"][channel];
            let kpi = ["", "", "click", "order"][kpi];
            units[unit].push(event(day, channel, kpi, 5));
        }
        let rules = Rules { by, ..rules() };
        let mut journeys = Journeys::new(&rules, &versions());
        for events in &units {
            journeys.unit(events);
        }
        let slow = told(&journeys);
        for events in &mut units {
            events.sort_by_key(|event| event.time);
        }
        let fast = coded(&rules, &units);
        prop_assert_eq!(fast, slow);
    }
}
