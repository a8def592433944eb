//! Signed webhooks that become events: what is believed, what is counted, what is told afterwards.

use serde_json::{Value, json};
use variorum_app::sources::{
    self, ChangeSource, NewSource, RotateSource, Shown, Taken, Trial, deliver,
};
use variorum_app::{Error, activity, quality};
use variorum_domain::access::Role;
use variorum_domain::intake::{Mapping, Origin};
use variorum_domain::quality::Measure;
use variorum_domain::source::{RECEIPTS_KEPT_MAX, ROTATION_HOURS, SOURCES_MAX, Shape};
use variorum_domain::webhook::{Scheme, sign};
use variorum_ports::Clock as _;
use variorum_ports::rows::EntryFilter;

use crate::changes::person;
use crate::measure::running;
use crate::world::World;

const LIBRARY: &str = "environments: [production, preview]\nkpis:\n  - {id: order}\n  \
    - {id: revenue, kind: value, currency: EUR}\nrates: [{from: USD, to: EUR, on: 2026-10-01, rate: 0.9}]\n";

#[expect(clippy::unnecessary_wraps, reason = "as a mapping holds it")]
fn at(pointer: &str) -> Option<Origin> {
    Some(Origin::Column(pointer.to_owned()))
}

fn shape() -> Shape {
    let leads = vec!["order".to_owned(), "revenue".to_owned()];
    Shape {
        items: "/events".into(),
        names: [("paid".to_owned(), leads)].into(),
        mapping: Mapping {
            id: at("/id"),
            unit: at("/who"),
            kpi: at("/what"),
            value: at("/total"),
            currency: at("/currency"),
            ..Mapping::default()
        },
    }
}

fn shop() -> NewSource {
    NewSource {
        name: "shop".into(),
        environment: "production".into(),
        scheme: Scheme::Standard,
        shape: shape(),
        secret: None,
    }
}

/// A workspace with a source and its secret.
async fn with_shop() -> (World, Shown, String) {
    let world = World::new().await;
    world
        .save("Settings", &[("library.yaml", LIBRARY)])
        .await
        .unwrap();
    let (shown, secret) = sources::add(&world.ctx, &world.admin, shop())
        .await
        .unwrap();
    (world, shown, secret.unwrap())
}

fn orders(ids: &[i64]) -> String {
    let each = ids.iter().map(|id| {
        json!({"id": id, "who": format!("c{id}"), "what": "paid", "total": "10.00", "currency": "USD"})
    });
    json!({"events": each.collect::<Vec<Value>>()}).to_string()
}

/// Sends a body as somebody with that secret would, now.
async fn send(world: &World, handle: &str, (secret, id): (&str, &str), body: &str) -> Taken {
    let seconds = world.clock.now().seconds();
    send_as(
        world,
        handle,
        (id, seconds, &sign(secret, id, seconds, body.as_bytes())),
        body,
    )
    .await
}

async fn send_as(
    world: &World,
    handle: &str,
    (id, seconds, signature): (&str, i64, &str),
    body: &str,
) -> Taken {
    let seconds = seconds.to_string();
    let header = |name: &'static str| match name {
        "webhook-id" => Some(id),
        "webhook-timestamp" => Some(seconds.as_str()),
        "webhook-signature" => Some(signature),
        _ => None,
    };
    deliver(&world.ctx, handle, header, body.as_bytes())
        .await
        .unwrap()
}

/// New, known, left alone, refused.
fn counts(taken: &Taken) -> (usize, usize, usize, usize) {
    match taken {
        Taken::Done(outcome) | Taken::NothingFits(outcome) => (
            outcome.accepted,
            outcome.duplicate,
            outcome.ignored,
            outcome.refused,
        ),
        other => unreachable!("{other:?}"),
    }
}

async fn stored(world: &World) -> Vec<variorum_domain::event::Event> {
    let rows = world.ctx.log.scan(0, 1_000).await.unwrap();
    rows.into_iter().map(|row| row.event).collect()
}

#[tokio::test]
pub(crate) async fn a_delivery_becomes_events_once_however_often_it_is_sent() {
    let (mut world, shown, secret) = with_shop().await;
    let handle = shown.row.handle.clone();
    let first = send(&world, &handle, (&secret, "msg_1"), &orders(&[1, 2])).await;
    assert_eq!(counts(&first), (4, 0, 0, 0));
    let again = send(&world, &handle, (&secret, "msg_1"), &orders(&[1, 2])).await;
    assert_eq!(counts(&again), (0, 4, 0, 0));
    let overlap = send(&world, &handle, (&secret, "msg_2"), &orders(&[2, 3])).await;
    assert_eq!(counts(&overlap), (2, 2, 0, 0));
    let events = stored(&world).await;
    let found = events.iter().find(|event| event.id == "shop:1:revenue");
    let found = found.unwrap();
    assert_eq!(
        (found.unit.as_str(), found.value),
        ("c1", 900),
        "10 USD are 9 EUR"
    );
    assert!(found.attributes.contains(r#""variorum.source":"shop""#));
    world.restart().await;
    let after = send(&world, &handle, (&secret, "msg_1"), &orders(&[1, 2])).await;
    assert_eq!(counts(&after), (0, 4, 0, 0), "known after a restart, too");
}

#[tokio::test]
pub(crate) async fn what_an_attacker_sends_is_not_believed_and_stores_nothing() {
    let (world, shown, secret) = with_shop().await;
    let handle = shown.row.handle.as_str();
    let now = world.clock.now().seconds();
    let body = orders(&[1]);
    let fine = |at: i64| sign(&secret, "msg_1", at, body.as_bytes());
    let forged = sign(
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "msg_1",
        now,
        body.as_bytes(),
    );
    let changed = body.replace("10.00", "99.00");
    let rows: [(&str, i64, String, &str, &str); 6] = [
        ("msg_1", now, forged, &body, "bad-signature"),
        ("msg_1", now - 301, fine(now - 301), &body, "out-of-time"),
        ("msg_1", now + 301, fine(now + 301), &body, "out-of-time"),
        ("msg_1", now, fine(now), &changed, "bad-signature"),
        ("msg_9", now, fine(now), &body, "bad-signature"),
        ("msg_1", now + 1, fine(now), &body, "bad-signature"),
    ];
    for (id, at, signature, body, code) in rows {
        match send_as(&world, handle, (id, at, &signature), body).await {
            Taken::Unbelieved(fault) => assert_eq!(fault.code(), code),
            other => unreachable!("{other:?}"),
        }
    }
    let silent = deliver(&world.ctx, handle, |_| None, body.as_bytes()).await;
    assert!(
        matches!(silent.unwrap(), Taken::Unbelieved(fault) if fault.code() == "missing-header")
    );
    let nowhere = deliver(&world.ctx, "shop", |_| None, body.as_bytes()).await;
    assert!(matches!(nowhere, Err(Error::NotFound { .. })));
    assert!(stored(&world).await.is_empty());
    let found = quality::report(&world.ctx, &world.admin, 24).await.unwrap();
    assert!(found.counts.is_empty(), "strangers do not spoil the counts");
    let seen = sources::show(&world.ctx, &world.admin, "shop")
        .await
        .unwrap();
    assert_eq!(seen.receipts.len(), 7);
    assert!(
        seen.receipts
            .iter()
            .all(|one| !one.believed && one.delivery.is_empty())
    );
    let late = send_as(
        &world,
        handle,
        ("msg_1", now - 300, &fine(now - 300)),
        &body,
    )
    .await;
    assert_eq!(counts(&late), (2, 0, 0, 0), "five minutes late is in time");
}

/// How often the quality of the shop's data says so.
async fn counted(world: &World, measure: Measure, name: &str) -> i64 {
    let found = quality::report(&world.ctx, &world.admin, 24).await.unwrap();
    let rows = found.counts.iter();
    let ours = rows.filter(|row| row.measure == measure && row.name == name);
    ours.filter(|row| row.source == "source shop")
        .map(|row| row.count)
        .sum()
}

#[tokio::test]
pub(crate) async fn what_does_not_fit_is_told_with_its_place_and_may_come_again() {
    let (world, shown, secret) = with_shop().await;
    let handle = shown.row.handle.as_str();
    let body = json!({"events": [
        {"id": 1, "who": "a", "what": "paid", "total": "x", "currency": "USD"},
        {"id": 2, "what": "paid", "total": 5},
        {"id": 3, "who": "c", "what": "packed"},
    ]})
    .to_string();
    let taken = send(&world, handle, (&secret, "msg_1"), &body).await;
    assert_eq!(counts(&taken), (1, 0, 1, 3));
    let Taken::Done(outcome) = taken else {
        unreachable!("one event fits")
    };
    let told: Vec<_> = outcome
        .refusals
        .iter()
        .map(|one| (one.index, one.code, one.pointer.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (0, "bad-value", Some("/total")),
            (1, "missing-field", Some("/who")),
            (1, "missing-field", Some("/who"))
        ]
    );
    let alone = json!({"events": [{"id": 3, "who": "c", "what": "packed"}]}).to_string();
    let ignored = send(&world, handle, (&secret, "msg_2"), &alone).await;
    assert!(matches!(ignored, Taken::Done(_)));
    let wrong = json!({"events": [{"id": 4, "what": "paid"}]}).to_string();
    let refused = send(&world, handle, (&secret, "msg_3"), &wrong).await;
    assert!(matches!(refused, Taken::NothingFits(_)));
    for (id, body) in [("msg_4", "hello"), ("msg_5", "{}")] {
        let odd = send(&world, handle, (&secret, id), body).await;
        assert!(matches!(odd, Taken::Unreadable(_)), "{odd:?}");
    }
    let seen = sources::show(&world.ctx, &world.admin, "shop")
        .await
        .unwrap();
    let states: Vec<&str> = seen.receipts.iter().map(|one| one.state.as_str()).collect();
    assert_eq!(
        states,
        ["unreadable", "unreadable", "refused", "ignored", "taken"]
    );
    assert!(
        seen.receipts[2].reason.contains("`/who`"),
        "{:?}",
        seen.receipts[2]
    );
    assert_eq!(counted(&world, Measure::Accepted, "").await, 1);
    assert_eq!(counted(&world, Measure::Refused, "missing-field").await, 4);
    // Mended, the sender's next try counts.
    let mut mended = shape();
    mended.mapping.unit = at("/id");
    let change = ChangeSource {
        environment: "preview".into(),
        shape: mended,
        revision: Some(1),
    };
    sources::change(&world.ctx, &world.admin, "shop", &change)
        .await
        .unwrap();
    let again = send(&world, handle, (&secret, "msg_3"), &wrong).await;
    assert_eq!(counts(&again), (2, 0, 0, 0));
    let stale = sources::change(&world.ctx, &world.admin, "shop", &change).await;
    assert!(matches!(stale, Err(Error::Conflict(_))), "{stale:?}");
}

#[tokio::test]
pub(crate) async fn a_secret_is_changed_without_losing_a_delivery_or_at_once() {
    let (world, shown, old) = with_shop().await;
    let handle = shown.row.handle.as_str();
    let rotate = |at_once: bool| {
        let cmd = RotateSource {
            secret: None,
            at_once,
        };
        sources::rotate(&world.ctx, &world.admin, "shop", cmd)
    };
    let (_, new) = rotate(false).await.unwrap();
    let new = new.unwrap();
    assert_ne!(old, new);
    for (secret, id) in [(&old, 1), (&new, 2)] {
        let taken = send(&world, handle, (secret, "msg"), &orders(&[id])).await;
        assert_eq!(counts(&taken).0, 2, "both count for a day");
    }
    world.clock.advance(ROTATION_HOURS * 3_600);
    let late = send(&world, handle, (&old, "msg"), &orders(&[3])).await;
    assert!(matches!(late, Taken::Unbelieved(_)), "{late:?}");
    let (_, newest) = rotate(true).await.unwrap();
    let known = send(&world, handle, (&new, "msg"), &orders(&[4])).await;
    assert!(matches!(known, Taken::Unbelieved(_)), "it has become known");
    let taken = send(&world, handle, (&newest.unwrap(), "msg"), &orders(&[4])).await;
    assert_eq!(counts(&taken).0, 2);
    let given = RotateSource {
        secret: Some("a secret the sender made".into()),
        at_once: true,
    };
    let (_, shown) = sources::rotate(&world.ctx, &world.admin, "shop", given)
        .await
        .unwrap();
    assert_eq!(shown, None, "who brought it knows it");
    let entries = activity::list(&world.ctx, &world.admin, &EntryFilter::default(), None, 50)
        .await
        .unwrap();
    let log = format!("{entries:?}");
    assert!(
        !log.contains("whsec_") && !log.contains("a secret the sender made"),
        "{log}"
    );
    assert!(log.contains("source.rotated"));
}

#[tokio::test]
pub(crate) async fn a_source_that_is_paused_or_gone_takes_nothing() {
    let (world, shown, secret) = with_shop().await;
    let handle = shown.row.handle.as_str();
    sources::pause(&world.ctx, &world.admin, "shop", "wrong amounts")
        .await
        .unwrap();
    let twice = sources::pause(&world.ctx, &world.admin, "shop", "").await;
    assert!(matches!(twice, Err(Error::Conflict(_))));
    let paused = send(&world, handle, (&secret, "msg_1"), &orders(&[1])).await;
    assert_eq!(paused, Taken::Paused);
    let stranger = deliver(&world.ctx, handle, |_| None, b"{}").await.unwrap();
    assert!(
        matches!(stranger, Taken::Unbelieved(_)),
        "strangers learn nothing"
    );
    sources::resume(&world.ctx, &world.admin, "shop", "mended")
        .await
        .unwrap();
    let taken = send(&world, handle, (&secret, "msg_1"), &orders(&[1])).await;
    assert_eq!(counts(&taken).0, 2);
    sources::remove(&world.ctx, &world.admin, "shop", "moved")
        .await
        .unwrap();
    let gone = send(&world, handle, (&secret, "msg_2"), &orders(&[2])).await;
    assert_eq!(gone, Taken::Ended);
    assert!(
        sources::list(&world.ctx, &world.admin)
            .await
            .unwrap()
            .is_empty()
    );
    let (again, _) = sources::add(&world.ctx, &world.admin, shop())
        .await
        .unwrap();
    assert_ne!(
        again.row.handle, handle,
        "the name is free, the address is not"
    );
    assert_eq!(stored(&world).await.len(), 2);
}

#[tokio::test]
pub(crate) async fn sources_are_added_by_administrators_within_their_limits() {
    let (world, ..) = with_shop().await;
    let publisher = person(&world, "Pam", Role::Publisher).await;
    let denied = sources::add(&world.ctx, &publisher, shop()).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    assert_eq!(
        sources::list(&world.ctx, &publisher).await.unwrap().len(),
        1
    );
    let twice = sources::add(&world.ctx, &world.admin, shop()).await;
    assert!(matches!(twice, Err(Error::Conflict(_))));
    let odd: Vec<NewSource> = vec![
        NewSource {
            name: "The Shop".into(),
            ..shop()
        },
        NewSource {
            name: "b".into(),
            environment: "moon".into(),
            ..shop()
        },
        NewSource {
            name: "b".into(),
            secret: Some("short".into()),
            ..shop()
        },
        NewSource {
            name: "b".into(),
            shape: Shape::default(),
            ..shop()
        },
    ];
    for cmd in odd {
        let refused = sources::add(&world.ctx, &world.admin, cmd).await;
        let hint = matches!(refused, Err(Error::Invalid { hint: Some(_), .. }));
        assert!(hint, "{refused:?}");
    }
    for number in 1..SOURCES_MAX {
        let cmd = NewSource {
            name: format!("s{number}"),
            ..shop()
        };
        sources::add(&world.ctx, &world.admin, cmd).await.unwrap();
    }
    let more = NewSource {
        name: "more".into(),
        ..shop()
    };
    let full = sources::add(&world.ctx, &world.admin, more).await;
    assert!(matches!(full, Err(Error::Invalid { .. })));
}

#[tokio::test]
pub(crate) async fn strangers_do_not_push_out_what_was_believed() {
    let (world, shown, secret) = with_shop().await;
    let handle = shown.row.handle.as_str();
    send(&world, handle, (&secret, "msg_1"), &orders(&[1])).await;
    for _ in 0..RECEIPTS_KEPT_MAX + 5 {
        deliver(&world.ctx, handle, |_| None, b"{}").await.unwrap();
    }
    let seen = sources::show(&world.ctx, &world.admin, "shop")
        .await
        .unwrap();
    assert_eq!(seen.receipts.len(), RECEIPTS_KEPT_MAX + 1);
    assert_eq!(seen.receipts.last().unwrap().delivery, "msg_1");
    for _ in 0..3 {
        deliver(&world.ctx, handle, |_| None, b"{}").await.unwrap();
    }
    let seen = sources::show(&world.ctx, &world.admin, "shop")
        .await
        .unwrap();
    assert_eq!(
        seen.receipts.len(),
        RECEIPTS_KEPT_MAX + 1,
        "bounded on the disk, too"
    );
}

#[tokio::test]
pub(crate) async fn a_trial_stores_nothing_and_says_what_the_rules_say() {
    let (world, ..) = with_shop().await;
    let trial = |body: &str| Trial {
        name: "shop".into(),
        environment: "production".into(),
        shape: shape(),
        body: body.to_owned(),
    };
    let body = json!({"events": [
        {"id": 1, "who": "a", "what": "paid", "total": "10", "currency": "EUR"},
        {"id": 2, "who": "b", "what": "packed"},
        {"id": 3, "who": "", "what": "paid"},
    ]});
    let tried = sources::try_out(&world.ctx, &world.admin, &trial(&body.to_string()))
        .await
        .unwrap();
    let shown: Vec<String> = tried
        .iter()
        .map(|(index, what)| match what {
            Ok(Some(event)) => format!("{index} {} {}", event.kpi, event.value),
            Ok(None) => format!("{index} left alone"),
            Err(refusal) => format!("{index} {}", refusal.code),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "0 order 1",
            "0 revenue 1000",
            "1 left alone",
            "2 missing-field",
            "2 missing-field"
        ]
    );
    let odd = sources::try_out(&world.ctx, &world.admin, &trial("hello")).await;
    assert!(matches!(odd, Err(Error::Invalid { .. })));
    assert!(stored(&world).await.is_empty());
}

/// Exposures of a mail service count for their rollout as those of an application do.
#[tokio::test]
pub(crate) async fn a_webhook_can_tell_of_exposures() {
    let world = World::new().await;
    let number = running(&world).await;
    let cmd = NewSource {
        name: "mail".into(),
        shape: Shape {
            items: String::new(),
            names: [("delivered".to_owned(), vec!["exposure".to_owned()])].into(),
            mapping: Mapping {
                unit: at("/to"),
                kpi: at("/event"),
                rollout: at("/args/rollout"),
                arm: at("/args/arm"),
                prompt: at("/args/prompt"),
                ..Mapping::default()
            },
        },
        ..shop()
    };
    let (shown, secret) = sources::add(&world.ctx, &world.admin, cmd).await.unwrap();
    let secret = secret.unwrap();
    let body = |arm: u8| {
        json!([{"event": "delivered", "to": format!("c{arm}"),
            "args": {"rollout": number.to_string(), "arm": arm, "prompt": "email/welcome"}}])
        .to_string()
    };
    let taken = send(&world, &shown.row.handle, (&secret, "m1"), &body(1)).await;
    assert_eq!(counts(&taken), (1, 0, 0, 0));
    let no_arm = send(&world, &shown.row.handle, (&secret, "m2"), &body(7)).await;
    assert_eq!(counts(&no_arm), (0, 0, 0, 1), "there is no arm 7");
    variorum_app::events::settle(&world.ctx).await.unwrap();
    let measured = world.ctx.pipeline.result(world.admin.workspace, number);
    assert_eq!(measured.unwrap().reading.exposed, [0, 1]);
}
