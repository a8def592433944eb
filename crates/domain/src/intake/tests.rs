//! Mappings of tables to events.

use proptest::prelude::*;

use super::*;
use crate::event::EventKind;
use crate::id::Time;
use crate::library::Library;

fn library() -> Library {
    let text = "kpis: [{id: order}, {id: revenue, kind: value, currency: EUR}]\n\
        rates: [{from: USD, to: EUR, on: 2026-11-01, rate: 0.9}, {from: JPY, to: EUR, on: 2026-11-01, rate: 0.006}]";
    Library::parse(text).unwrap()
}

fn table(text: &str) -> (Vec<String>, Vec<RawRow>) {
    let mut lines = text.lines();
    let columns = lines.next().unwrap().split(',').map(str::to_owned);
    let cell = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let rows = (2..).zip(lines).map(|(line, text)| RawRow {
        line,
        cells: Ok(text.split(',').map(cell).collect()),
    });
    (columns.collect(), rows.collect())
}

fn proposed(text: &str) -> (Mapping, Vec<String>, Vec<RawRow>) {
    let (columns, rows) = table(text);
    let samples: Vec<_> = rows.iter().map(|row| row.cells.clone().unwrap()).collect();
    (propose(&columns, &samples, &library().kpis), columns, rows)
}

/// What becomes of each row under the proposed mapping: what it says, or the code of its refusal.
fn check(text: &str) -> Vec<String> {
    let library = library();
    let (mapping, columns, rows) = proposed(text);
    let mut reader = Reader::new(&mapping, &columns, &library).unwrap();
    let each = rows.iter().map(|row| match reader.read(row) {
        Ok(event) if event.kind == EventKind::Exposure => {
            format!("{} saw {}", event.unit, event.prompt)
        }
        Ok(event) => format!("{} {} {}", event.unit, event.kpi, event.value),
        Err(fault) => format!("{} {}", fault.code, fault.column.unwrap_or_default()),
    });
    each.collect()
}

#[test]
fn tables_of_other_tools_are_understood_by_their_headers() {
    let rows = [
        (
            "event_id,timestamp,customer_id,event,amount\n1,2026-11-19T08:15:00Z,c1,revenue,12.50\n2,2026-11-19T08:16:00Z,c2,order,",
            vec!["c1 revenue 1250", "c2 order 1"],
        ),
        (
            "id,type,time,unit,prompt,kpi\na,exposure,1795076100,c1,email/welcome,\nb,outcome,1795076101,c1,,order",
            vec!["c1 saw email/welcome", "c1 order 1"],
        ),
        (
            "User ID,Event type,Date,Template,Metric\nc1,Sent,19.11.2026 08:15,email/welcome,\nc1,Clicked,19.11.2026 08:16,,order",
            vec!["c1 saw email/welcome", "c1 order 1"],
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(check(text), expected, "{text}");
    }
}

#[test]
fn each_fault_names_its_column() {
    let text = "id,time,unit,kpi,value,rollout,arm\n\
        1,2026-11-19T08:15:00Z,c1,order,,,\n\
        2,yesterday,c1,order,,,\n\
        3,,c1,order,,,\n\
        4,2026-11-19T08:15:00Z,,order,,,\n\
        5,2026-11-19T08:15:00Z,c1,moon,,,\n\
        6,2026-11-19T08:15:00Z,c1,revenue,1.255,,\n\
        7,2026-11-19T08:15:00Z,c1,order,1,seven,\n\
        8,2026-11-19T08:15:00Z,c1,order,1,R-7,blue\n\
        ,2026-11-19T08:15:00Z,c1,order,1,R-7,control";
    let (mapping, columns, rows) = proposed(text);
    // One odd time among the samples: the guess falls back to the usual format.
    assert_eq!(mapping.time_format, TimeFormat::Rfc3339);
    let library = library();
    let mut reader = Reader::new(&mapping, &columns, &library).unwrap();
    let codes: Vec<String> = rows
        .iter()
        .map(|row| match reader.read(row) {
            Ok(_) => "fine".to_owned(),
            Err(fault) => format!("{} {}", fault.code, fault.column.unwrap_or_default()),
        })
        .collect();
    assert_eq!(
        codes,
        [
            "fine",
            "bad-time time",
            "missing-field time",
            "missing-field unit",
            "unknown-kpi kpi",
            "bad-value value",
            "bad-rollout rollout",
            "bad-arm arm",
            "missing-field id"
        ]
    );
}

#[test]
fn amounts_in_another_currency_are_converted_by_the_rate_of_their_day() {
    let table = |rows: &str| format!("id,time,unit,kpi,value,currency\n{rows}");
    let day = "2026-11-19T08:15:00Z";
    let rows = [
        (format!("1,{day},c,revenue,10.50,USD"), "c revenue 945"),
        (format!("1,{day},c,revenue,10.50,usd"), "c revenue 945"),
        (format!("1,{day},c,revenue,10.50,EUR"), "c revenue 1050"),
        (format!("1,{day},c,revenue,10.50,"), "c revenue 1050"),
        (format!("1,{day},c,revenue,1000,JPY"), "c revenue 600"),
        (format!("1,{day},c,revenue,10.5,JPY"), "bad-value value"),
        (format!("1,{day},c,revenue,10.505,USD"), "bad-value value"),
        (format!("1,{day},c,revenue,10,GBP"), "no-rate currency"),
        (
            format!("1,{day},c,revenue,10,euros"),
            "bad-currency currency",
        ),
        (format!("1,{day},c,order,1,EUR"), "bad-value currency"),
        (format!("1,{day},c,order,,EUR"), "c order 1"),
        (
            "1,2026-10-19T08:15:00Z,c,revenue,10,USD".to_owned(),
            "no-rate currency",
        ),
    ];
    for (row, expected) in rows {
        assert_eq!(check(&table(&row)), [expected], "{row}");
    }
}

#[test]
fn whole_numbers_of_the_smallest_unit_are_those_of_their_currency() {
    let (mut mapping, columns, rows) = proposed(
        "id,time,unit,kpi,value,currency\n1,1795076100,c,revenue,1050,USD\n2,1795076100,c,revenue,1000,JPY",
    );
    mapping.minor_units = true;
    let library = library();
    let mut reader = Reader::new(&mapping, &columns, &library).unwrap();
    let values: Vec<i64> = rows
        .iter()
        .map(|row| reader.read(row).unwrap().value)
        .collect();
    assert_eq!(values, [945, 600]);
}

#[test]
fn a_mapping_that_does_not_fit_is_refused_whole() {
    let (columns, _) = table("time,unit\n");
    let library = library();
    let column = |name: &str| Some(Origin::Column(name.to_owned()));
    let fine = Mapping {
        time: column("time"),
        unit: column("unit"),
        ..Mapping::default()
    };
    assert!(Reader::new(&fine, &columns, &library).is_ok());
    let cases = [
        (
            Mapping {
                unit: None,
                ..fine.clone()
            },
            "`unit`",
        ),
        (
            Mapping {
                kpi: column("goal"),
                ..fine.clone()
            },
            "`goal`",
        ),
        (
            Mapping {
                zone: "Nowhere".into(),
                ..fine.clone()
            },
            "`Nowhere`",
        ),
        (
            Mapping {
                attributes: vec![("a".into(), "unit".into()), ("a".into(), "time".into())],
                ..fine.clone()
            },
            "`a`",
        ),
    ];
    for (mapping, named) in cases {
        let error = Reader::new(&mapping, &columns, &library).err().unwrap();
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn further_columns_are_kept_as_attributes() {
    let library = library();
    let (columns, _) = table("time,unit,kpi,country,attributes\n");
    let (mapping, ..) = proposed("time,unit,kpi,country,attributes\n1795076100,c1,order,DE,");
    let mut reader = Reader::new(&mapping, &columns, &library).unwrap();
    let cell = |text: &str| Some(text.to_owned());
    let row = |object: &str| RawRow {
        line: 2,
        cells: Ok(vec![
            cell("1795076100"),
            cell("c1"),
            cell("order"),
            cell("DE"),
            cell(object),
        ]),
    };
    let read = reader.read(&row(r#"{"plan":"pro"}"#)).unwrap();
    assert_eq!(read.attributes, r#"{"plan":"pro","country":"DE"}"#);
    assert_eq!(reader.read(&row("[1]")).unwrap_err().code, "bad-attributes");
}

#[test]
fn a_tally_says_what_a_table_comes_to() {
    let library = library();
    let now = Time::from_seconds(1_795_076_100);
    let (mapping, columns, rows) = proposed(
        "time,unit,kpi,value\n1795076000,c1,order,1\n1795075000,c2,revenue,2.50\n1785076100,c1,revenue,1.00",
    );
    let mut reader = Reader::new(&mapping, &columns, &library).unwrap();
    let mut tally = Tally::default();
    for row in &rows {
        tally.take(&reader.read(row).unwrap(), Verdict::New, now);
    }
    tally.take(&reader.read(&rows[0]).unwrap(), Verdict::Known, now);
    assert_eq!(
        (tally.rows, tally.accepted, tally.duplicate, tally.units()),
        (4, 3, 1, 2)
    );
    assert_eq!((tally.backfilled, tally.out_of_order), (1, 2));
    assert_eq!(
        tally.kpis["revenue"],
        KpiTally {
            outcomes: 2,
            sum: 350
        }
    );
    assert_eq!(tally.from, Some(Time::from_seconds(1_785_076_100)));
    let fault = RowFault {
        column: None,
        code: "x",
        message: String::new(),
        value: String::new(),
    };
    for line in 0..200 {
        tally.refuse(line, fault.clone());
    }
    assert_eq!(
        (tally.refused, tally.refusals.len()),
        (200, REFUSALS_SHOWN_MAX)
    );
}

proptest! {
    /// Without an id column a table makes the same ids every time, and as many as it has rows.
    #[test]
    fn derived_ids_are_the_same_again_and_differ(rows in proptest::collection::vec((0_u8..3, 0_i64..3, 0_u8..2), 1..40)) {
        let text: Vec<String> = rows.iter().map(|(unit, time, kpi)| {
            let kpi = if *kpi == 0 { "order" } else { "revenue" };
            format!("{},c{unit},{kpi}", 1_795_076_100 + time)
        }).collect();
        let (mapping, columns, rows) = proposed(&format!("time,unit,kpi\n{}", text.join("\n")));
        let library = library();
        let ids = || {
            let mut reader = Reader::new(&mapping, &columns, &library).unwrap();
            rows.iter().map(|row| reader.read(row).unwrap().id).collect::<Vec<_>>()
        };
        let first = ids();
        prop_assert_eq!(&first, &ids());
        let different: std::collections::BTreeSet<_> = first.iter().collect();
        prop_assert_eq!(different.len(), rows.len());
    }
}
