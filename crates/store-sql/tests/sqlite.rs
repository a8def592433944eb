//! The conformance suite on SQLite, and what only SQLite's writer promises.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use variorum_domain::audit::Head;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_ports::{EventLog as _, Store as _, StoreError};
use variorum_store_sql::{OpenError, SqlStore, SqliteEventLog};
use variorum_testkit::{build, conformance};

macro_rules! conform {
    ($($check:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $check() {
            let store = SqlStore::open_sqlite_memory().await.unwrap();
            conformance::$check(&store).await.unwrap();
        })*
    };
}

conform! {
    workspaces clearing objects refs commits paths library library_filters library_scores searches library_edges releases environments
    rollouts regressions members tokens object_facts signing_keys audit_log drafts changes notices records odd_values huge_values readers reading_refuses_writes
    dropped_turns abandoned_transactions failed_transactions concurrent_writers check_store
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_log_conforms() {
    let log = SqliteEventLog::open_memory().unwrap();
    conformance::check_event_log(&log).await.unwrap();
}

/// The statement of `docs/data.md` for people who read along in our own tables.
fn documented(engine: &str) -> &'static str {
    let text = include_str!("../../../docs/data.md");
    let from = text.split(&format!("-- {engine}\n")).nth(1).unwrap();
    from.split(';').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_statement_reads_our_events() {
    let folder = folder();
    let log = SqliteEventLog::open(folder.path()).unwrap();
    let now = Time::from_seconds(1_795_076_100);
    let mut order = build::event(WorkspaceId(1), "order", now);
    order.event.kind = variorum_domain::event::EventKind::Outcome;
    order.event.kpi = "revenue".to_owned();
    order.event.value = 1_250;
    let seen = build::event(WorkspaceId(1), "seen", now);
    log.append(vec![seen, order].into()).await.unwrap();
    let outside = rusqlite::Connection::open(folder.path().join("events.db")).unwrap();
    let row = outside.query_row(documented("SQLite"), [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    });
    let row: (String, String, i64, i64) = row.unwrap();
    assert_eq!(row, ("revenue".into(), "2026-11-19".into(), 1, 1_250));
}

/// A folder of the test's own.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_opening_again() {
    let folder = folder();
    let id = WorkspaceId(1);
    let store = SqlStore::open_sqlite(folder.path()).await.unwrap();
    conformance::check_store(&store).await.unwrap();
    let write = async |n: i64| {
        let mut tx = store.begin(id).await.unwrap();
        tx.put_release(id, &build::release(1_000 + n))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    futures::future::join_all((0..32).map(write)).await;
    let counts = store.commit_counts().unwrap();
    assert!(counts.flushes <= counts.acknowledged, "{counts:?}");
    let mut unfinished = store.begin(id).await.unwrap();
    unfinished
        .put_release(id, &build::release(2_000))
        .await
        .unwrap();

    // As after a crash: the first store is still open and its log was not folded in.
    let again = folder.path().join("copy");
    std::fs::create_dir(&again).unwrap();
    for file in ["state.db", "state.db-wal"] {
        std::fs::copy(folder.path().join(file), again.join(file)).unwrap();
    }
    let again = SqlStore::open_sqlite(&again).await.unwrap();
    let mut tx = again.read().await.unwrap();
    assert_eq!(tx.releases(id, None, 99).await.unwrap().len(), 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_there_after_opening_again() {
    let folder = folder();
    let id = WorkspaceId(1);
    let log = SqliteEventLog::open(folder.path()).unwrap();
    let first = log
        .append(vec![build::event(id, "one", Time(1))].into())
        .await
        .unwrap();
    log.clear(id).await.unwrap();
    drop(log);
    let log = SqliteEventLog::open(folder.path()).unwrap();
    assert_eq!(log.count(id).await.unwrap(), 0);
    let second = log
        .append(vec![build::event(id, "two", Time(2))].into())
        .await
        .unwrap();
    assert_eq!(
        second,
        first + 1,
        "places are not used twice, even of events that were cleared"
    );
    assert_eq!(log.scan(0, 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_received_since_a_moment_are_found_across_marks() {
    let log = SqliteEventLog::open_memory().unwrap();
    let id = WorkspaceId(1);
    // Clocks of senders' servers may step back; every thousandth event was received early.
    let received = |n: i64| Time(if n % 1_000 == 999 { n - 900 } else { n });
    for batch in 0..15_i64 {
        let events = (batch * 1_000..(batch + 1) * 1_000)
            .map(|n| build::event(id, &format!("{n}"), received(n)))
            .collect();
        log.append(events).await.unwrap();
    }
    for since in [0, 1, 4_095, 4_096, 8_200, 12_345, 14_999, 15_000] {
        let found = log.scan_ids(Time(since), 0, usize::MAX).await.unwrap();
        let ids = found.into_iter().map(|(_, _, id, _)| id);
        let expected = (0..15_000)
            .filter(|n| received(*n).0 >= since)
            .map(|n| n.to_string());
        assert!(ids.eq(expected), "since {since}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_cannot_be_changed() {
    let folder = folder();
    let id = WorkspaceId(1);
    let store = SqlStore::open_sqlite(folder.path()).await.unwrap();
    let mut tx = store.begin(id).await.unwrap();
    tx.append_entry(&build::entry(id, Head::EMPTY, "a.b", "c"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let outside = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    for sql in [
        "UPDATE audit_entries SET reason = 'x'",
        "DELETE FROM audit_entries",
    ] {
        let refused = outside.execute(sql, []).unwrap_err();
        assert!(refused.to_string().contains("append only"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_and_newer_schemas_are_told() {
    let folder = folder();
    let id = WorkspaceId(1);
    let store = SqlStore::open_sqlite(folder.path()).await.unwrap();
    let mut tx = store.begin(id).await.unwrap();
    tx.put_environment(id, &build::environment("production"))
        .await
        .unwrap();
    tx.move_ref(id, "refs/heads/main", None, Some(build::oid("x")), Time(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let outside = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    outside
        .execute("UPDATE environments SET body = '{'", [])
        .unwrap();
    outside.execute("UPDATE refs SET oid = x'00'", []).unwrap();
    let mut tx = store.read().await.unwrap();
    let damaged = tx.environment(id, "production").await.unwrap_err();
    assert_eq!(
        damaged.to_string(),
        "stored data is damaged: environment `production, column body`"
    );
    let damaged = tx.get_ref(id, "refs/heads/main").await;
    assert!(
        matches!(damaged, Err(StoreError::Corrupt { what: "ref", .. })),
        "{damaged:?}"
    );
    drop(tx);

    outside
        .execute("INSERT INTO schema_version (version) VALUES (9999)", [])
        .unwrap();
    let refused = SqlStore::open_sqlite(folder.path()).await.err();
    assert!(
        matches!(refused, Some(OpenError::NewerSchema { found: 9_999, .. })),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = SqlStore::open_sqlite(&file.join("data")).await.err();
    assert!(
        matches!(refused, Some(OpenError::Folder { .. })),
        "{refused:?}"
    );
    assert!(SqliteEventLog::open(&file).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_may_open_one_folder() {
    let folder = folder();
    let server = SqlStore::open_sqlite(folder.path()).await.unwrap();
    let command = SqlStore::open_sqlite(folder.path()).await.unwrap();
    let id = WorkspaceId(1);
    let count = async |store: &SqlStore| {
        for _ in 0..20 {
            let mut tx = store.begin(id).await.unwrap();
            tx.next_number(id, "release").await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    tokio::join!(count(&server), count(&command));
    let mut tx = server.begin(id).await.unwrap();
    assert_eq!(tx.next_number(id, "release").await.unwrap(), 41);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_event_is_told() {
    let folder = folder();
    let id = WorkspaceId(1);
    let log = SqliteEventLog::open(folder.path()).unwrap();
    log.append(vec![build::event(id, "one", Time(1))].into())
        .await
        .unwrap();
    let outside = rusqlite::Connection::open(folder.path().join("events.db")).unwrap();
    outside.execute("UPDATE events SET kind = 7", []).unwrap();
    let damaged = log.scan(0, 9).await.unwrap_err();
    assert_eq!(damaged.to_string(), "stored data is damaged: event `1`");
    outside
        .execute(
            "INSERT INTO event_schema_version (version) VALUES (9999)",
            [],
        )
        .unwrap();
    let refused = SqliteEventLog::open(folder.path()).err();
    assert!(
        matches!(refused, Some(OpenError::NewerSchema { found: 9_999, .. })),
        "{refused:?}"
    );
}
