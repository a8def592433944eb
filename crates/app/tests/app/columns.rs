//! The columns of events against the log they are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use variorum_app::columns::{self, UnitFold, scan};
use variorum_domain::columns::{Filter, Row, UnitCode, UnitRows};
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_ports::events::NewEvent;

use crate::world::{START, World};

/// What is done to the log and the columns.
#[derive(Debug, Clone)]
enum Act {
    Send(Vec<u32>),
    Refresh,
    Restart,
    Rebuild,
    Erase(u8, bool),
    Clear,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => prop::collection::vec(any::<u32>(), 1..60).prop_map(Act::Send),
        3 => Just(Act::Refresh),
        2 => Just(Act::Restart),
        1 => Just(Act::Rebuild),
        2 => (0..9_u8, any::<bool>()).prop_map(|(unit, keep)| Act::Erase(unit, keep)),
        1 => Just(Act::Clear),
    ]
}

fn event(seed: u32) -> Event {
    let digit = |place: u32, base: u32| seed.rotate_right(place) % base;
    let is_exposure = digit(3, 2) == 0;
    Event {
        id: String::new(),
        kind: if is_exposure {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time: START.plus_seconds(i64::from(digit(7, 40))),
        unit: format!("unit-{}", digit(11, 9)),
        prompt: format!("email/{}", digit(13, 3)),
        rollout: is_exposure.then_some(RolloutNumber(i64::from(1 + digit(17, 2)))),
        arm: is_exposure.then_some(u8::from(digit(19, 2) == 0)),
        kpi: if is_exposure {
            String::new()
        } else {
            "order".into()
        },
        value: i64::from(digit(23, 700)) - 90,
        channel: ["", "email", "web"][digit(5, 3) as usize].into(),
        attributes: match digit(2, 3) {
            0 => String::new(),
            region => format!(r#"{{"region":"r{region}"}}"#),
        },
    }
}

/// Everything a scan tells, unit by unit.
#[derive(Clone, Default)]
struct All(BTreeMap<UnitCode, Vec<(Row, u32)>>);

impl UnitFold for All {
    fn unit(&mut self, unit: UnitCode, rows: UnitRows<'_>) {
        let told = rows.rows.iter().enumerate();
        let told = told.map(|(place, row)| (*row, rows.attribute(place, 0)));
        assert!(
            self.0.insert(unit, told.collect()).is_none(),
            "a unit comes once"
        );
    }

    fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

type Told = (
    i64,
    i64,
    i64,
    String,
    String,
    String,
    EventKind,
    Option<u8>,
    String,
);

async fn told(world: &World, workspace: WorkspaceId) -> BTreeMap<UnitCode, Vec<Told>> {
    let keys = ["region".to_owned()];
    let every = Filter::default();
    let scanned = scan(&world.ctx, workspace, &every, &keys, |_| All::default())
        .await
        .unwrap();
    let names = scanned.names;
    let region = |code| {
        let values = names
            .attribute("region")
            .and_then(|place| names.values(place));
        values
            .and_then(|values| values.text(code))
            .unwrap_or_default()
            .to_owned()
    };
    let row = |(row, code): &(Row, u32)| {
        let text = |text: Option<&str>| text.unwrap().to_owned();
        (
            row.time,
            row.value,
            row.rollout,
            text(names.prompts.text(row.prompt)),
            text(names.kpis.text(row.kpi)),
            text(names.channels.text(row.channel)),
            row.kind,
            (row.arm != variorum_domain::columns::NO_ARM).then_some(row.arm),
            region(*code),
        )
    };
    let units = scanned.fold.0.iter();
    units
        .map(|(unit, rows)| (*unit, rows.iter().map(row).collect()))
        .collect()
}

/// The same by hand. After an erasure the order of events of one moment is the new unit's affair.
fn obvious(events: &[Event]) -> BTreeMap<UnitCode, Vec<Told>> {
    let mut units: BTreeMap<UnitCode, Vec<Told>> = BTreeMap::new();
    for event in events {
        let fields: serde_json::Value = serde_json::from_str(&event.attributes).unwrap_or_default();
        units.entry(UnitCode::of(&event.unit)).or_default().push((
            event.time.0,
            event.value,
            event.rollout.map_or(0, |number| number.0),
            event.prompt.clone(),
            event.kpi.clone(),
            event.channel.clone(),
            event.kind,
            event.arm,
            fields["region"].as_str().unwrap_or_default().to_owned(),
        ));
    }
    units
}

fn in_order(
    mut units: BTreeMap<UnitCode, Vec<Told>>,
    exact: bool,
) -> BTreeMap<UnitCode, Vec<Told>> {
    for rows in units.values_mut() {
        if exact {
            rows.sort_by_key(|row| row.0);
        } else {
            rows.sort_by_key(|row| format!("{row:?}"));
        }
    }
    units
}

async fn append(world: &World, workspace: WorkspaceId, events: &[Event]) {
    let new = |event: &Event| NewEvent {
        workspace,
        received: Time(START.0),
        event: event.clone(),
    };
    let events: Arc<[NewEvent]> = events.iter().map(new).collect();
    world.ctx.log.append(events).await.unwrap();
}

async fn check(acts: Vec<Act>) {
    let mut world = World::new().await;
    let (own, other) = (world.admin.workspace, WorkspaceId(77));
    let bystanders: Vec<Event> = (0..70).map(|seed| event(seed * 7_919)).collect();
    append(&world, other, &bystanders).await;
    let (mut model, mut erased) = (Vec::new(), false);
    for act in acts {
        match act {
            Act::Send(seeds) => {
                let events: Vec<Event> = seeds.into_iter().map(event).collect();
                append(&world, own, &events).await;
                model.extend(events);
            }
            Act::Refresh => columns::refresh(&world.ctx).await.unwrap(),
            Act::Restart => world.restart().await,
            Act::Rebuild if !erased => columns::rebuild(&world.ctx).await.unwrap(),
            Act::Rebuild => {}
            Act::Erase(unit, instead) => {
                columns::refresh(&world.ctx).await.unwrap();
                let (unit, ghost) = (format!("unit-{unit}"), format!("ghost-of-{unit}"));
                let instead = instead.then_some(ghost.as_str());
                columns::erase_unit(&world.ctx, own, &unit, instead)
                    .await
                    .unwrap();
                model.retain_mut(|event: &mut Event| {
                    let is_it = event.unit == unit;
                    if let (true, Some(ghost)) = (is_it, instead) {
                        ghost.clone_into(&mut event.unit);
                        event.attributes.clear();
                    }
                    !is_it || instead.is_some()
                });
                erased = true;
            }
            Act::Clear => {
                columns::clear(&world.ctx, own).await.unwrap();
                model.clear();
                erased = false;
            }
        }
    }
    columns::refresh(&world.ctx).await.unwrap();
    let found = in_order(told(&world, own).await, !erased);
    assert_eq!(found, in_order(obvious(&model), !erased));
    assert_eq!(world.ctx.columns.rows(own), model.len() as u64);
    let found = in_order(told(&world, other).await, true);
    assert_eq!(found, in_order(obvious(&bystanders), true));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn columns_equal_the_log_after_anything(acts in prop::collection::vec(act(), 1..14)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(acts));
    }
}

/// All bytes of the files in which columns are kept.
fn bytes_kept(world: &World) -> Vec<u8> {
    let files = std::fs::read_dir(world.dir.path().join("columns")).unwrap();
    let each = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap());
    each.collect()
}

#[tokio::test]
async fn what_only_an_erased_unit_said_is_gone_from_the_files() {
    let mut world = World::new().await;
    let own = world.admin.workspace;
    let of = |unit: &str, mail: &str| Event {
        unit: unit.into(),
        attributes: format!(r#"{{"mail":"{mail}","region":"north"}}"#),
        ..event(0)
    };
    let sent = [of("ann", "ann@x.example"), of("ben", "ben@x.example")];
    append(&world, own, &sent).await;
    columns::refresh(&world.ctx).await.unwrap();
    columns::erase_unit(&world.ctx, own, "ann", Some("ghost"))
        .await
        .unwrap();
    let kept = String::from_utf8_lossy(&bytes_kept(&world)).into_owned();
    assert!(!kept.contains("ann@x"), "{kept}");
    assert!(kept.contains("ben@x") && kept.contains("north"));
    world.restart().await;
    append(&world, own, &[of("cem", "cem@x.example")]).await;
    columns::refresh(&world.ctx).await.unwrap();
    let names = world.ctx.columns.names(own);
    let mails = names.values(names.attribute("mail").unwrap()).unwrap();
    assert_eq!(mails.find("ann@x.example"), None);
    assert_eq!(mails.find("ben@x.example"), Some(3), "codes stay");
    assert_eq!(mails.find("cem@x.example"), Some(4));
}

#[tokio::test]
async fn what_cannot_be_read_is_made_again() {
    let mut world = World::new().await;
    let events: Vec<Event> = (0..400).map(|seed| event(seed * 104_729)).collect();
    append(&world, world.admin.workspace, &events).await;
    columns::refresh(&world.ctx).await.unwrap();
    let folder = world.dir.path().join("columns");
    let runs = || {
        let files = std::fs::read_dir(&folder).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "columns"))
    };
    let run = runs().next().unwrap();
    let bytes = std::fs::read(&run).unwrap();
    for bad in [&bytes[..bytes.len() / 2], b"".as_slice()] {
        let run = runs().next().unwrap();
        std::fs::write(&run, bad).unwrap();
        world.restart().await;
        columns::refresh(&world.ctx).await.unwrap();
        let found = in_order(told(&world, world.admin.workspace).await, true);
        assert_eq!(found, in_order(obvious(&events), true));
    }
}
