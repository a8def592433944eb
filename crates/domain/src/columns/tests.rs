//! Columns hold what the log holds.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::event::{Event, EventKind};
use crate::id::{RolloutNumber, Time};

fn open(block: &mut Block, bytes: &[u8], columns: &[usize]) -> Result<(), Damaged> {
    block.room(bytes.len()).copy_from_slice(bytes);
    block.open(columns)
}

/// Blocks of a run as bytes, read back one by one.
struct Stored {
    bytes: Vec<Vec<u8>>,
    next: usize,
    columns: Vec<usize>,
}

impl Source for Stored {
    type Error = Damaged;

    fn next(&mut self, block: &mut Block) -> Result<bool, Damaged> {
        let Some(bytes) = self.bytes.get(self.next) else {
            return Ok(false);
        };
        self.next += 1;
        open(block, bytes, &self.columns)?;
        Ok(true)
    }
}

fn stored(blocks: &[Block], columns: &[usize]) -> Stored {
    Stored {
        bytes: blocks.iter().map(Block::encode).collect(),
        next: 0,
        columns: columns.to_vec(),
    }
}

fn event() -> impl Strategy<Value = Event> {
    let texts = (0..12_u8, 0..3_u8, 0..3_u8, 0..3_u8, 0..4_u8);
    (any::<bool>(), 0..40_i64, -900..900_i64, 0..3_i64, texts).prop_map(
        |(exposed, time, value, rollout, (unit, prompt, kpi, channel, region))| Event {
            id: String::new(),
            kind: if exposed {
                EventKind::Exposure
            } else {
                EventKind::Outcome
            },
            time: Time(time * 1_000_003 - 7),
            unit: format!("unit-{unit}"),
            prompt: text("prompt", prompt),
            rollout: (rollout > 0).then_some(RolloutNumber(rollout)),
            arm: exposed.then_some(u8::from(value > 0)),
            kpi: text("kpi", kpi),
            value,
            channel: text("channel", channel),
            attributes: match region {
                0 => String::new(),
                1 => r#"{"nested":{"a":1},"nothing":null}"#.into(),
                _ => format!(r#"{{"region":"r{region}","vip":{exposed},"size":{value}}}"#),
            },
        },
    )
}

fn text(what: &str, number: u8) -> String {
    if number == 0 {
        String::new()
    } else {
        format!("{what}-{number}")
    }
}

/// What the columns say of an event, in words.
type Said = (
    i64,
    i64,
    i64,
    u8,
    String,
    String,
    String,
    bool,
    String,
    String,
);

fn expected(event: &Event) -> Said {
    let fields: serde_json::Value =
        serde_json::from_str(&event.attributes).unwrap_or(serde_json::Value::Null);
    let field = |key: &str| match &fields[key] {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    (
        event.time.0,
        event.value,
        event.rollout.map_or(0, |number| number.0),
        event.arm.unwrap_or(NO_ARM),
        event.prompt.clone(),
        event.kpi.clone(),
        event.channel.clone(),
        event.kind == EventKind::Exposure,
        field("region"),
        field("size"),
    )
}

fn scan(runs: Vec<Stored>, names: &Dictionary, scan: &UnitScan) -> BTreeMap<UnitCode, Vec<Said>> {
    let mut found = BTreeMap::new();
    let mut visit = |unit: UnitCode, rows: UnitRows<'_>| {
        let said = rows.rows.iter().enumerate().map(|(place, row)| {
            let of = |key: usize, name: &str| {
                let values = names.attribute(name).and_then(|key| names.values(key));
                let text = values.and_then(|values| values.text(rows.attribute(place, key)));
                text.unwrap_or_default().to_owned()
            };
            let name = |names: &Names, code| names.text(code).unwrap().to_owned();
            (
                row.time,
                row.value,
                row.rollout,
                row.arm,
                name(&names.prompts, row.prompt),
                name(&names.kpis, row.kpi),
                name(&names.channels, row.channel),
                row.kind == EventKind::Exposure,
                of(0, "region"),
                of(1, "size"),
            )
        });
        assert!(
            found.insert(unit, said.collect()).is_none(),
            "a unit comes once"
        );
    };
    merge_units(runs, &(0..=u64::MAX), scan, &mut visit).unwrap();
    found
}

fn obvious(events: &[Event], wanted: impl Fn(&Event) -> bool) -> BTreeMap<UnitCode, Vec<Said>> {
    let mut found: BTreeMap<UnitCode, Vec<Said>> = BTreeMap::new();
    for event in events.iter().filter(|event| wanted(event)) {
        let rows = found.entry(UnitCode::of(&event.unit)).or_default();
        rows.push(expected(event));
    }
    for rows in found.values_mut() {
        rows.sort_by_key(|row| row.0);
    }
    found
}

proptest! {
    #[test]
    fn columns_tell_what_the_events_told(
        events in prop::collection::vec(event(), 1..120),
        cuts in prop::collection::vec(1..40_usize, 0..6),
        merged in 0..6_usize,
        from in 0..40_i64,
    ) {
        let mut names = Dictionary::default();
        let mut runs: Vec<Vec<Block>> = Vec::new();
        let mut rest = events.as_slice();
        for cut in cuts.into_iter().chain([events.len()]) {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            let mut table = Table::default();
            for event in now { table.push(&names.encode(event)); }
            runs.push(table.sorted());
            rest = later;
        }
        let names = serde_json::to_string(&names).unwrap();
        let names: Dictionary = serde_json::from_str(&names).unwrap();
        let all = Block::every_column(ATTRIBUTES_IN_TESTS);
        let older = runs.drain(..merged.min(runs.len())).collect::<Vec<_>>();
        let mut one = Vec::new();
        let sources = older.iter().map(|run| stored(run, &all)).collect();
        merge_runs(sources, &|_| true, &mut |block| { one.push(block.clone()); Ok(()) }).unwrap();
        runs.insert(0, one);

        let every = Filter::default();
        let attributes = vec![names.attribute("region"), names.attribute("size")];
        let whole = UnitScan::new(every.compile(&names), attributes.clone());
        let sources = |scan: &UnitScan| {
            runs.iter().map(|run| stored(run, scan.columns())).collect::<Vec<_>>()
        };
        prop_assert_eq!(
            scan(sources(&whole), &names, &whole),
            obvious(&events, |_| true)
        );
        let narrow = Filter {
            from: Some(Time(from * 1_000_003)),
            until: None,
            exposures: Some(Pick { prompts: vec!["prompt-1".into(), String::new()], ..Pick::default() }),
            outcomes: Some(Pick {
                kpis: vec!["kpi-2".into()],
                attributes: vec![("region".into(), vec!["r2".into()])],
                ..Pick::default()
            }),
        };
        let narrow = UnitScan::new(narrow.compile(&names), attributes);
        let wanted = |event: &Event| event.time.0 >= from * 1_000_003 && match event.kind {
            EventKind::Exposure => event.prompt.is_empty() || event.prompt == "prompt-1",
            EventKind::Outcome => event.kpi == "kpi-2" && event.attributes.contains("\"r2\""),
        };
        prop_assert_eq!(scan(sources(&narrow), &names, &narrow), obvious(&events, wanted));
    }

    #[test]
    fn damaged_bytes_are_refused_and_never_a_crash(
        events in prop::collection::vec(event(), 1..30),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut names, mut table) = (Dictionary::default(), Table::default());
        for event in &events { table.push(&names.encode(event)); }
        let mut bytes = table.sorted()[0].encode();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let columns = Block::every_column(ATTRIBUTES_IN_TESTS);
        let _maybe = open(&mut Block::default(), &bytes, &columns);
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(open(&mut Block::default(), &bytes, &columns).is_err());
    }
}

/// The test's events have so many attributes.
const ATTRIBUTES_IN_TESTS: usize = 3;

#[test]
fn names_beyond_the_limit_are_told_apart_no_more() {
    let mut names = Dictionary::default();
    let mut last = None;
    for number in 0..=crate::limits::ATTRIBUTE_VALUES_MAX {
        let event = Event {
            id: String::new(),
            kind: EventKind::Exposure,
            time: Time(0),
            unit: "u".into(),
            prompt: String::new(),
            rollout: None,
            arm: None,
            kpi: String::new(),
            value: 0,
            channel: String::new(),
            attributes: format!(r#"{{"order":"n{number}"}}"#),
        };
        last = Some(names.encode(&event).attributes);
    }
    assert_eq!(last, Some(vec![(0, OTHER)]));
    assert_eq!(names.values(0).unwrap().text(OTHER), None);
    assert_eq!(names.values(0).unwrap().find("n7"), Some(9));
}

#[test]
fn blocks_of_a_run_are_found_by_unit() {
    let mut writer = RunWriter::default();
    let block = |first: u64| Block {
        units: vec![first, first + 5],
        ends: vec![1, 2],
        ..Block::default()
    };
    for first in [10, 20, 30] {
        writer.push(&block(first));
    }
    let (bytes, index) = writer.finish();
    let (places, trailer) = bytes.split_at(bytes.len() - TRAILER_BYTES);
    assert!(RunIndex::begins(trailer.try_into().unwrap()).is_ok());
    assert!(RunIndex::begins([0; TRAILER_BYTES]).is_err());
    assert_eq!(RunIndex::parse(places), Ok(index.clone()));
    let firsts = |range| {
        let places = &index.places[index.within(&range)];
        places.iter().map(|place| place.first).collect::<Vec<_>>()
    };
    assert_eq!(firsts(0..=9), Vec::<u64>::new());
    assert_eq!(firsts(15..=20), [10, 20]);
    assert_eq!(firsts(16..=19), Vec::<u64>::new());
    assert_eq!(firsts(0..=u64::MAX), [10, 20, 30]);
    assert_eq!(index.rows(), 6);
}

proptest! {
    #[test]
    fn some_units_are_read_as_all_are(
        events in prop::collection::vec(event(), 1..80),
        asked in prop::collection::btree_set(0..14_u8, 0..10),
    ) {
        let mut names = Dictionary::default();
        let mut table = Table::default();
        for event in &events {
            table.push(&names.encode(event));
        }
        let blocks = table.sorted();
        let columns = Block::every_column(4);
        let mut units: Vec<u64> = asked
            .iter()
            .map(|unit| UnitCode::of(&format!("unit-{unit}")).0)
            .collect();
        units.sort_unstable();
        for block in &blocks {
            let bytes = block.encode();
            let (mut some, mut all) = (Block::default(), Block::default());
            some.decode_units(&bytes, &columns, &units).unwrap();
            open(&mut all, &bytes, &columns).unwrap();
            prop_assert_eq!(&all.encode(), &bytes);
            let told = |block: &Block| {
                let mut told: Vec<(u64, Vec<i64>)> = Vec::new();
                for (group, unit) in block.units.iter().enumerate() {
                    for row in block.range(group) {
                        let cells = columns.iter().map(|column| block.cell(*column, row));
                        told.push((*unit, cells.collect()));
                    }
                }
                told
            };
            let mut expected = told(&all);
            expected.retain(|(unit, _)| units.contains(unit));
            prop_assert_eq!(told(&some), expected);
            prop_assert!(some.decode_units(&bytes[..bytes.len() - 1], &columns, &units).is_err());
        }
    }

    #[test]
    fn columns_nobody_needs_are_not_read(events in prop::collection::vec(event(), 1..60)) {
        let mut names = Dictionary::default();
        let mut table = Table::default();
        for event in &events {
            table.push(&names.encode(event));
        }
        let needs = Needs { arms: false, prompts: false };
        let wide = UnitScan::new(Filter::default().compile(&names), Vec::new());
        let narrow = wide.clone().needing(needs);
        prop_assert_eq!(wide.columns().len(), narrow.columns().len() + 3);
        let read = |scan: &UnitScan| {
            let mut rows = Vec::new();
            let runs = vec![stored(&table.sorted(), scan.columns())];
            merge_units(runs, &(0..=u64::MAX), scan, &mut |unit, found| {
                rows.extend(found.rows.iter().map(|row| (unit, *row)));
            })
            .unwrap();
            rows
        };
        let plain: Vec<(UnitCode, Row)> = read(&wide)
            .into_iter()
            .map(|(unit, row)| (unit, Row { rollout: 0, arm: 0, prompt: 0, ..row }))
            .collect();
        prop_assert_eq!(read(&narrow), plain);
    }
}
