//! Bodies of other tools, and what they come to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::event::EventKind;
use crate::id::Time;
use crate::intake::{Mapping, Origin, TimeFormat};
use crate::library::Library;
use crate::webhook::Sealed;

fn library() -> Library {
    let text = "kpis: [{id: order}, {id: revenue, kind: value, currency: EUR}, {id: items, kind: count}, {id: aov, kind: ratio, numerator: revenue, denominator: order}]\n\
        rates: [{from: USD, to: EUR, on: 2026-11-01, rate: 0.9}]";
    Library::parse(text).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "as a mapping holds it")]
fn at(pointer: &str) -> Option<Origin> {
    Some(Origin::Column(pointer.to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "as a mapping holds it")]
fn always(text: &str) -> Option<Origin> {
    Some(Origin::Constant(text.to_owned()))
}

/// A shop that tells of one order at a time.
fn shop() -> Shape {
    let names = [
        ("order.paid", vec!["order", "revenue"]),
        ("message.sent", vec![EXPOSURE]),
        ("order.packed", vec![]),
    ];
    let names = names.into_iter().map(|(name, targets)| {
        let targets = targets.into_iter().map(str::to_owned).collect();
        (name.to_owned(), targets)
    });
    Shape {
        items: String::new(),
        names: names.collect(),
        mapping: Mapping {
            id: at("/data/id"),
            unit: at("/data/customer"),
            kpi: at("/type"),
            value: at("/data/total"),
            currency: at("/data/currency"),
            time: at("/data/created"),
            time_format: TimeFormat::EpochSeconds,
            prompt: at("/data/template"),
            attributes: vec![("country".into(), "/data/address/country".into())],
            ..Mapping::default()
        },
    }
}

fn pieces(shape: &Shape, body: &Value) -> Result<Vec<Piece>, String> {
    let sealed = Sealed {
        id: "msg_1".into(),
        at: Time::from_seconds(1_795_076_200),
    };
    let delivery = Delivery {
        source: "shop",
        environment: "production",
        sealed: &sealed,
    };
    read(shape, &library(), &delivery, body)
}

/// What a body comes to, a line for each piece.
fn check(shape: &Shape, body: &Value) -> Vec<String> {
    let each = pieces(shape, body).unwrap().into_iter();
    each.map(|piece| match piece.became {
        Became::Event(event) if event.kind == EventKind::Exposure => {
            format!("{} {} saw {}", event.id, event.unit, event.prompt)
        }
        Became::Event(event) => {
            format!("{} {} {} {}", event.id, event.unit, event.kpi, event.value)
        }
        Became::Ignored(name) => format!("ignored {name}"),
        Became::Refused(fault) => format!("{} {}", fault.code, fault.column.unwrap_or_default()),
    })
    .collect()
}

fn order(changes: &Value) -> Value {
    let mut body = json!({"type": "order.paid", "data": {"id": 7, "customer": "c1", "total": "10.50", "currency": "usd", "created": 1_795_076_100}});
    for (pointer, value) in changes.as_object().unwrap() {
        *body.pointer_mut(pointer).unwrap() = value.clone();
    }
    body
}

#[test]
fn one_order_is_an_order_and_its_revenue() {
    let rows = [
        (
            json!({}),
            vec!["shop:7:order c1 order 1", "shop:7:revenue c1 revenue 945"],
        ),
        (
            json!({"/data/currency": null}),
            vec!["shop:7:order c1 order 1", "shop:7:revenue c1 revenue 1050"],
        ),
        (
            json!({"/data/total": 12.3}),
            vec!["shop:7:order c1 order 1", "shop:7:revenue c1 revenue 1107"],
        ),
        (
            json!({"/data/total": "much"}),
            vec!["shop:7:order c1 order 1", "bad-value /data/total"],
        ),
        (
            json!({"/data/currency": "GBP"}),
            vec!["shop:7:order c1 order 1", "no-rate /data/currency"],
        ),
        (
            json!({"/data/customer": null}),
            vec![
                "missing-field /data/customer",
                "missing-field /data/customer",
            ],
        ),
        (
            json!({"/data/created": "soon"}),
            vec!["bad-time /data/created", "bad-time /data/created"],
        ),
        (
            json!({"/data/id": null}),
            vec!["missing-field /data/id", "missing-field /data/id"],
        ),
        (json!({"/type": "message.sent"}), vec!["shop:7 c1 saw "]),
        (
            json!({"/type": "order.packed"}),
            vec!["ignored order.packed"],
        ),
        (json!({"/type": "order.lost"}), vec!["ignored order.lost"]),
        (json!({"/type": {"odd": 1}}), vec!["ignored {\"odd\":1}"]),
    ];
    for (changes, expected) in rows {
        assert_eq!(check(&shop(), &order(&changes)), expected, "{changes}");
    }
    assert_eq!(check(&shop(), &json!("hello")), ["ignored "]);
}

#[test]
fn a_batch_is_read_item_by_item_with_facts_of_the_whole_body() {
    let shape = Shape {
        items: "/events".into(),
        names: BTreeMap::new(),
        mapping: Mapping {
            unit: at("/who"),
            kpi: at("/what"),
            channel: at("body:/channel"),
            value: at("/count"),
            ..Mapping::default()
        },
    };
    let body = json!({"channel": "email", "events": [
        {"who": "a", "what": "order", "count": 5},
        {"who": "b", "what": "items", "count": 3},
        {"who": "c", "what": "moon"},
        {"who": "d", "what": "aov"},
    ]});
    assert_eq!(
        check(&shape, &body),
        [
            "shop:msg_1/0 a order 1",
            "shop:msg_1/1 b items 3",
            "unknown-kpi /what",
            "bad-kpi /what"
        ]
    );
    let first = pieces(&shape, &body).unwrap().remove(0);
    let Became::Event(event) = first.became else {
        panic!("an event");
    };
    assert_eq!(
        event.time,
        Time::from_seconds(1_795_076_200),
        "of the delivery"
    );
    assert_eq!(event.channel, "email");
    assert_eq!(
        event.attributes,
        r#"{"variorum.source":"shop","variorum.environment":"production"}"#
    );
    assert!(
        pieces(&shape, &json!({}))
            .unwrap_err()
            .contains("`/events`")
    );
    let many = vec![Value::Null; ITEMS_PER_DELIVERY_MAX + 1];
    assert!(pieces(&shape, &json!({ "events": many })).is_err());
}

#[test]
fn the_same_delivery_makes_the_same_ids_and_long_ones_fit() {
    let long = order(&json!({"/data/id": "x".repeat(300)}));
    let one = check(&shop(), &long);
    assert_eq!(one, check(&shop(), &long));
    assert_ne!(one[0], one[1]);
    assert!(
        one.iter()
            .all(|line| line.split(' ').next().unwrap().len() <= 128)
    );
}

#[test]
fn a_shape_that_cannot_be_says_why() {
    let fine = shop();
    assert_eq!(fine.check(&library()), Ok(()));
    let with = |change: &dyn Fn(&mut Shape)| {
        let mut shape = shop();
        change(&mut shape);
        shape.check(&library()).unwrap_err().to_string()
    };
    let rows: Vec<(String, &str)> = vec![
        (with(&|shape| shape.mapping.unit = None), "`unit`"),
        (with(&|shape| shape.mapping.kpi = None), "`kpi`"),
        (
            with(&|shape| shape.mapping.unit = at("data.customer")),
            "`data.customer`",
        ),
        (with(&|shape| shape.items = "events".into()), "`events`"),
        (
            with(&|shape| shape.mapping.kind = always("exposure")),
            "`type`",
        ),
        (
            with(&|shape| shape.mapping.zone = "Mars/Olympus".into()),
            "`Mars/Olympus`",
        ),
        (
            with(&|shape| drop(shape.names.insert("x".into(), vec!["moon".into()]))),
            "`moon`",
        ),
        (
            with(&|shape| drop(shape.names.insert("x".into(), vec!["aov".into()]))),
            "`aov`",
        ),
        (
            with(&|shape| {
                shape.names.clear();
                shape.mapping.kpi = always("moon");
            }),
            "`moon`",
        ),
        (
            with(&|shape| {
                let many =
                    (0..=ATTRIBUTES_PER_SOURCE_MAX).map(|n| (n.to_string(), "/x".to_owned()));
                shape.mapping.attributes = many.collect();
            }),
            "attributes",
        ),
    ];
    for (said, named) in rows {
        assert!(said.contains(named), "{said}");
    }
    let text = serde_json::to_string(&fine).unwrap();
    assert_eq!(serde_json::from_str::<Shape>(&text).unwrap(), fine);
}

#[test]
fn names_of_sources_can_stand_in_addresses() {
    for (name, expected) in [
        ("shop", true),
        ("shop-2", true),
        ("", false),
        ("-shop", false),
        ("Shop", false),
        ("a b", false),
        ("a/b", false),
    ] {
        assert_eq!(is_name(name), expected, "{name}");
    }
    assert!(!is_name(&"a".repeat(SOURCE_NAME_CHARS_MAX + 1)));
}
