//! Tables of events in, events and results out, and units that are erased.

use variorum_app::erasure::{self, EraseUnit};
use variorum_app::exports::{self, EventsFilter, ResultsFilter};
use variorum_app::intake::{
    UPLOAD_ATTRIBUTE, UploadProgress, UploadTable, Uploaded, cancel, progress, upload,
};
use variorum_app::{Error, activity, events};
use variorum_domain::access::{Grant, Role};
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::intake::{
    Mapping, Origin, RawRow, RowSource, SourceError, TimeFormat, propose,
};
use variorum_ports::rows::EntryFilter;
use variorum_ports::{Clock as _, StoredEvent};

use crate::measure::{exposure, outcome, running, send};
use crate::world::World;

struct Table {
    columns: Vec<String>,
    rows: Vec<RawRow>,
    next: usize,
}

fn table(text: &str) -> Table {
    let mut lines = text.lines().map(str::trim);
    let columns: Vec<String> = lines
        .next()
        .unwrap()
        .split(',')
        .map(str::to_owned)
        .collect();
    let cell = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let rows = (2..).zip(lines).map(|(line, text)| RawRow {
        line,
        cells: Ok(text.split(',').map(cell).collect()),
    });
    Table {
        columns,
        rows: rows.collect(),
        next: 0,
    }
}

impl RowSource for Table {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_rows(&mut self, rows_max: usize) -> Result<Vec<RawRow>, SourceError> {
        let rows: Vec<RawRow> = self
            .rows
            .iter()
            .skip(self.next)
            .take(rows_max)
            .cloned()
            .collect();
        self.next += rows.len();
        Ok(rows)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.next = 0;
        Ok(())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as a mapping holds it")]
fn column(name: &str) -> Option<Origin> {
    Some(Origin::Column(name.to_owned()))
}

fn mapping() -> Mapping {
    Mapping {
        kind: column("type"),
        time: column("time"),
        time_format: TimeFormat::EpochSeconds,
        unit: column("unit"),
        rollout: column("rollout"),
        arm: column("arm"),
        kpi: column("kpi"),
        value: column("value"),
        ..Mapping::default()
    }
}

async fn try_upload(
    world: &World,
    text: &str,
    dry_run: bool,
    backfill: bool,
) -> Result<Uploaded, Error> {
    let cmd = UploadTable {
        name: "clicks.csv".into(),
        mapping: mapping(),
        dry_run,
        backfill,
        key: None,
    };
    upload(&world.ctx, &world.admin, &cmd, &mut table(text)).await
}

/// Accepted, duplicate, refused.
fn counts(uploaded: &Uploaded) -> (u64, u64, u64) {
    let tally = &uploaded.tally;
    (tally.accepted, tally.duplicate, tally.refused)
}

fn rows(world: &World, age_seconds: i64) -> String {
    let at = world.clock.now().seconds() - age_seconds;
    let lines = [
        "type,time,unit,rollout,arm,kpi,value".to_owned(),
        format!("exposure,{at},c1,R-1,1,,"),
        format!("exposure,{at},c2,1,control,,"),
        format!("outcome,{},c1,,,order,1", at + 5),
        format!("outcome,{},c1,,,order,1", at + 5),
        format!("outcome,{},c2,,,moon,1", at + 5),
        format!("exposure,{at},c3,R-1,7,,"),
    ];
    lines.join("\n")
}

async fn all(world: &World) -> Vec<StoredEvent> {
    world.ctx.log.scan(0, 1_000).await.unwrap()
}

#[tokio::test]
async fn a_dry_run_says_what_the_upload_then_does() {
    let world = World::new().await;
    let number = running(&world).await;
    let text = rows(&world, 100);
    let dry = try_upload(&world, &text, true, false).await.unwrap();
    assert_eq!(counts(&dry), (4, 0, 2));
    assert_eq!(dry.number, None);
    assert_eq!(all(&world).await, [], "a dry run stores nothing");
    assert_eq!(dry.measuring, [number]);
    assert_eq!(
        (dry.rollouts[0].exposures, dry.rollouts[0].is_open),
        (2, true)
    );
    let codes: Vec<_> = dry
        .tally
        .refusals
        .iter()
        .map(|one| (one.line, one.fault.code))
        .collect();
    assert_eq!(codes, [(6, "unknown-kpi"), (7, "bad-arm")]);

    let real = try_upload(&world, &text, false, false).await.unwrap();
    assert_eq!(counts(&real), (4, 0, 2));
    assert_eq!(real.number, Some(1));
    events::settle(&world.ctx).await.unwrap();
    let reading = world
        .ctx
        .pipeline
        .result(world.admin.workspace, number)
        .unwrap()
        .reading;
    assert_eq!(reading.exposed, [1, 1]);
    assert_eq!(
        reading.kpis[0].treatments[0].arm.sum, "1",
        "a conversion is once per unit"
    );
    let stored = all(&world).await;
    assert!(
        stored
            .iter()
            .all(|row| row.event.attributes.contains(UPLOAD_ATTRIBUTE))
    );

    let again = try_upload(&world, &text, false, false).await.unwrap();
    assert_eq!(counts(&again), (0, 4, 2), "a second upload is all known");
    assert_eq!(again.number, None);
    let entries = activity::list(&world.ctx, &world.admin, &EntryFilter::default(), None, 100)
        .await
        .unwrap();
    let done: Vec<_> = entries
        .iter()
        .filter(|entry| entry.action.starts_with("data."))
        .collect();
    assert_eq!(done.len(), 2, "begun and done, once");
}

#[tokio::test]
async fn the_past_comes_in_only_when_it_is_meant() {
    let mut world = World::new().await;
    running(&world).await;
    let text = rows(&world, 200 * 86_400);
    let refused = try_upload(&world, &text, true, false).await.unwrap();
    assert_eq!(counts(&refused), (0, 0, 6));
    assert_eq!(refused.tally.refused_by_code["too-old"], 5);
    let mut publisher = world.admin.clone();
    publisher.grants = vec![Grant {
        role: Role::Publisher,
        prefix: String::new(),
    }];
    let cmd = UploadTable {
        mapping: mapping(),
        backfill: true,
        ..UploadTable::default()
    };
    let denied = upload(&world.ctx, &publisher, &cmd, &mut table(&text)).await;
    assert!(matches!(denied, Err(Error::Denied(_))));

    let loaded = try_upload(&world, &text, false, true).await.unwrap();
    assert_eq!(loaded.tally.accepted, loaded.tally.backfilled);
    let first = counts(&loaded);
    assert!(first.0 >= 4, "{first:?}");
    // Long after the ids of what arrives live are forgotten.
    world.clock.advance(100 * 86_400);
    world.restart().await;
    let again = try_upload(&world, &text, false, true).await.unwrap();
    assert_eq!(
        counts(&again),
        (0, first.0, first.2),
        "known from the log itself"
    );
}

#[tokio::test]
async fn the_past_does_not_touch_what_has_ended() {
    let world = World::new().await;
    let number = running(&world).await;
    try_upload(&world, &rows(&world, 100), false, false)
        .await
        .unwrap();
    events::settle(&world.ctx).await.unwrap();
    crate::decisions::finish_anyway(&world, number, None, "enough").await;
    let filter = ResultsFilter::default();
    let results = || exports::results(&world.ctx, &world.admin, &filter);
    let before = results().await.unwrap();
    assert!(!before.is_empty());
    let text = rows(&world, 90).replace("c1", "d1").replace("c2", "d2");
    let late = try_upload(&world, &text, false, true).await.unwrap();
    assert!(!late.rollouts[0].is_open);
    events::settle(&world.ctx).await.unwrap();
    assert_eq!(results().await.unwrap(), before);
}

#[tokio::test]
async fn a_mapping_that_does_not_fit_stores_nothing() {
    let world = World::new().await;
    let error = try_upload(&world, "when,who\n1,c1", false, false)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Invalid { hint: Some(_), .. }),
        "{error}"
    );
    let columns = ["time".to_owned(), "unit".to_owned()];
    let guessed = propose(&columns, &[], &std::collections::BTreeMap::new());
    assert_eq!(guessed.unit, column("unit"));
}

#[tokio::test]
async fn events_and_results_come_out_by_filters() {
    let world = World::new().await;
    let number = running(&world).await;
    try_upload(&world, &rows(&world, 100), false, false)
        .await
        .unwrap();
    events::settle(&world.ctx).await.unwrap();
    let count = async |filter: EventsFilter| {
        let mut out = exports::events(&world.ctx, &world.admin, filter)
            .await
            .unwrap();
        let mut found = 0;
        while let Some(page) = out.next(&world.ctx).await.unwrap() {
            found += page.len();
        }
        found
    };
    let now = world.clock.now();
    assert_eq!(count(EventsFilter::default()).await, 4);
    assert_eq!(
        count(EventsFilter {
            kpi: Some("order".into()),
            ..EventsFilter::default()
        })
        .await,
        2
    );
    assert_eq!(
        count(EventsFilter {
            rollout: Some(number),
            ..EventsFilter::default()
        })
        .await,
        2
    );
    assert_eq!(
        count(EventsFilter {
            from: Some(now),
            ..EventsFilter::default()
        })
        .await,
        0
    );
    let wrong = EventsFilter {
        from: Some(now),
        to: Some(now),
        ..EventsFilter::default()
    };
    let refused = exports::events(&world.ctx, &world.admin, wrong).await;
    assert!(refused.is_err());
    let rows = exports::results(&world.ctx, &world.admin, &ResultsFilter::default())
        .await
        .unwrap();
    let arms: Vec<_> = rows
        .iter()
        .filter(|row| row.kpi == "order")
        .map(|row| (row.arm, row.units, row.sum.as_str()))
        .collect();
    assert_eq!(arms, [(0, 1, "0"), (1, 1, "1")]);
    let none = ResultsFilter {
        rollout: Some(RolloutNumber(9)),
        ..ResultsFilter::default()
    };
    let found = exports::results(&world.ctx, &world.admin, &none).await;
    assert_eq!(found.unwrap(), []);
}

/// Every file of the data folder, as bytes.
fn bytes_of(dir: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            all.push((path.display().to_string(), std::fs::read(path).unwrap()));
        }
    }
    all
}

fn holds(files: &[(String, Vec<u8>)], text: &str) -> Vec<String> {
    let found = |bytes: &[u8]| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    let with = files.iter().filter(|(_, bytes)| found(bytes));
    with.map(|(name, _)| name.clone()).collect()
}

#[tokio::test]
async fn an_erased_unit_is_nowhere_and_the_numbers_stay() {
    let mut world = World::new().await;
    let number = running(&world).await;
    let now = world.clock.now();
    let unit = |n: i64| format!("person-{n:03}@mail.example");
    let mut batch = Vec::new();
    for n in 0..400_i64 {
        let at = Time(now.0 - 1_000_000 * (n + 1));
        let mut shown = exposure(&unit(n % 200), u8::from(n % 2 == 0), at);
        shown.attributes = format!("{{\"mail\":\"{}\"}}", unit(n % 200));
        batch.push(shown);
        batch.push(outcome(&unit(n % 200), "order", 1, Time(at.0 + 10)));
    }
    send(&world, batch).await;
    events::settle(&world.ctx).await.unwrap();
    let reading = |world: &World| {
        world
            .ctx
            .pipeline
            .result(world.admin.workspace, number)
            .unwrap()
            .reading
    };
    let before = reading(&world);
    let erase = |n: i64, dry_run: bool| EraseUnit {
        unit: unit(n),
        reason: "request 4711".into(),
        dry_run,
    };
    for n in [0, 7, 50, 199] {
        let looked = erasure::erase_unit(&world.ctx, &world.admin, &erase(n, true))
            .await
            .unwrap();
        let erased = erasure::erase_unit(&world.ctx, &world.admin, &erase(n, false))
            .await
            .unwrap();
        assert_eq!(erased, looked);
        assert!(erased.events >= 3, "{erased:?}");
        let left = holds(&bytes_of(world.dir.path()), &unit(n));
        assert_eq!(left, [] as [&str; 0], "{} is still there", unit(n));
    }
    let others = holds(&bytes_of(world.dir.path()), &unit(1));
    assert!(!world.is_on_files() || !others.is_empty(), "others stay");
    assert_eq!(reading(&world), before);
    // Late outcomes of the name make a new unit, which has no exposure.
    send(&world, vec![outcome(&unit(7), "order", 1, now)]).await;
    events::settle(&world.ctx).await.unwrap();
    let after = reading(&world);
    assert_eq!(after.kpis, before.kpis);
    world.restart().await;
    assert_eq!(reading(&world).kpis, before.kpis, "read again from the log");
}

#[tokio::test]
async fn an_erasure_is_checked() {
    let world = World::new().await;
    let cases = [
        ("", "request 1"),
        ("c1", ""),
        ("c1", "customer c1 asked"),
        ("erased:00", "again"),
    ];
    for (unit, reason) in cases {
        let cmd = EraseUnit {
            unit: unit.into(),
            reason: reason.into(),
            dry_run: false,
        };
        let refused = erasure::erase_unit(&world.ctx, &world.admin, &cmd).await;
        assert!(
            matches!(refused, Err(Error::Invalid { .. })),
            "{unit} {reason}"
        );
    }
}

/// A table that has its upload stopped when the second batch of a pass is asked for.
struct StoppedTable<'a> {
    table: Table,
    world: &'a World,
    pass: usize,
    stop_in: usize,
    seen: Vec<UploadProgress>,
}

impl RowSource for StoppedTable<'_> {
    fn columns(&self) -> &[String] {
        self.table.columns()
    }

    fn next_rows(&mut self, rows_max: usize) -> Result<Vec<RawRow>, SourceError> {
        let (ctx, admin) = (&self.world.ctx, &self.world.admin);
        self.seen.push(progress(ctx, admin, KEY).unwrap());
        if self.pass == self.stop_in && self.table.next > 0 {
            cancel(ctx, admin, KEY).unwrap();
        }
        self.table.next_rows(rows_max)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.pass += 1;
        self.table.rewind()
    }
}

const KEY: &str = "upload-of-a-test";

#[tokio::test]
async fn an_upload_tells_how_far_it_is_and_is_stopped_between_its_batches() {
    let world = World::new().await;
    running(&world).await;
    let at = world.clock.now().seconds() - 60;
    let lines: Vec<String> = (0..5_000)
        .map(|n| format!("outcome,{at},c{n},,,order,1"))
        .collect();
    let text = format!("type,time,unit,rollout,arm,kpi,value\n{}", lines.join("\n"));
    let cmd = UploadTable {
        name: "clicks.csv".into(),
        mapping: mapping(),
        key: Some(KEY.into()),
        ..UploadTable::default()
    };
    for (stop_in, stored) in [(1, 0), (2, 4_000)] {
        let mut source = StoppedTable {
            table: table(&text),
            world: &world,
            pass: 0,
            stop_in,
            seen: Vec::new(),
        };
        let ended = upload(&world.ctx, &world.admin, &cmd, &mut source).await;
        let told = ended.unwrap_err().to_string();
        assert!(told.contains("stopped"), "{told}");
        assert_eq!(told.contains("4000"), stored > 0, "{told}");
        assert_eq!(world.ctx.log.last_seq().await.unwrap(), stored);
        if stop_in == 2 {
            let last = source.seen.last().unwrap();
            assert_eq!(
                (last.stores, last.rows, last.total),
                (true, 2_000, Some(5_000))
            );
        }
        let over = progress(&world.ctx, &world.admin, KEY);
        assert!(
            matches!(over, Err(Error::NotFound { .. })),
            "it is forgotten"
        );
    }
    let filter = EntryFilter::default();
    let entries = activity::list(&world.ctx, &world.admin, &filter, None, 1);
    let entry = entries.await.unwrap().remove(0);
    assert_eq!(entry.action, "data.uploaded");
    assert!(entry.evidence.contains("\"stopped\":true"), "{entry:?}");
    let rest = try_upload(&world, &text, false, false).await.unwrap();
    assert_eq!(
        counts(&rest),
        (1_000, 4_000, 0),
        "the same file loads the rest"
    );
    let odd = UploadTable {
        key: Some("a/b".into()),
        ..cmd
    };
    let refused = upload(&world.ctx, &world.admin, &odd, &mut table(&text)).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}
