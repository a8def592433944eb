//! The conformance suite on PostgreSQL: a real server of this test's own, in a temporary folder.
//!
//! One test, since each test process would start a server of its own.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use sqlx::Connection as _;
use variorum_domain::audit::Head;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_ports::{EventLog as _, Store as _, StoreError};
use variorum_store_sql::{OpenError, PostgresEventLog, SqlStore};
use variorum_testkit::{Cluster, build, conformance};

#[tokio::test(flavor = "multi_thread")]
async fn postgres_conforms() {
    let cluster = Cluster::start();
    let store = SqlStore::open_postgres(cluster.url()).await.unwrap();
    assert_eq!(store.engine(), "postgres");
    conformance::check_store(&store).await.unwrap();
    let log = PostgresEventLog::open(cluster.url()).await.unwrap();
    conformance::check_event_log(&log).await.unwrap();
    the_documented_statement_reads_our_events(&log, &cluster).await;
    replicas_share_a_workspace(&store, &cluster).await;
    the_audit_log_cannot_be_changed(&store, &cluster).await;
    a_restart_is_survived(&store, &log, &cluster).await;
    damage_and_newer_schemas_are_told(&store, &cluster).await;
}

/// The statement of `docs/data.md` for people who read along in our own tables; days are those of UTC
/// wherever they sit.
async fn the_documented_statement_reads_our_events(log: &PostgresEventLog, cluster: &Cluster) {
    let mut order = build::event(
        WorkspaceId(7_003),
        "order",
        Time::from_seconds(1_795_130_100),
    );
    order.event.kind = variorum_domain::event::EventKind::Outcome;
    "documented".clone_into(&mut order.event.kpi);
    order.event.value = 1_250;
    log.append(vec![order].into()).await.unwrap();
    let text = include_str!("../../../docs/data.md");
    let from = text.split("-- PostgreSQL\n").nth(1).unwrap();
    let sql = from.split(';').next().unwrap();
    let mut outside = sqlx::PgConnection::connect(cluster.url()).await.unwrap();
    sqlx::query("SET TIME ZONE 'Asia/Tokyo'")
        .execute(&mut outside)
        .await
        .unwrap();
    let ours = format!(
        "SELECT count, sum::BIGINT, day::TEXT FROM ({sql}) AS days WHERE kpi = 'documented'"
    );
    let row: (i64, i64, String) = sqlx::query_as(sqlx::AssertSqlSafe(ours))
        .fetch_one(&mut outside)
        .await
        .unwrap();
    assert_eq!(row, (1, 1_250, "2026-11-19".into()));
}

/// Two programs on one database: every number is given out once.
async fn replicas_share_a_workspace(store: &SqlStore, cluster: &Cluster) {
    let replica = SqlStore::open_postgres(cluster.url()).await.unwrap();
    let id = WorkspaceId(7_000);
    let count = async |store: &SqlStore| {
        for _ in 0..25 {
            let mut tx = store.begin(id).await.unwrap();
            let head = tx.audit_head(id).await.unwrap();
            tx.append_entry(&build::entry(id, head, "a.b", "c"))
                .await
                .unwrap();
            tx.next_number(id, "release").await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    tokio::join!(count(store), count(&replica), count(store), count(&replica));
    let mut tx = store.begin(id).await.unwrap();
    assert_eq!(tx.next_number(id, "release").await.unwrap(), 101);
    assert_eq!(tx.audit_head(id).await.unwrap().seq, 100);
}

async fn the_audit_log_cannot_be_changed(store: &SqlStore, cluster: &Cluster) {
    let id = WorkspaceId(7_001);
    let mut tx = store.begin(id).await.unwrap();
    tx.append_entry(&build::entry(id, Head::EMPTY, "a.b", "c"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut outside = sqlx::PgConnection::connect(cluster.url()).await.unwrap();
    for sql in [
        "UPDATE audit_entries SET reason = 'x' WHERE workspace = 7001",
        "DELETE FROM audit_entries WHERE workspace = 7001",
        "TRUNCATE audit_entries",
    ] {
        let refused = sqlx::query(sql).execute(&mut outside).await.unwrap_err();
        assert!(refused.to_string().contains("append only"), "{refused}");
    }
}

/// What was acknowledged before a crash is there after it, and the store connects anew.
async fn a_restart_is_survived(store: &SqlStore, log: &PostgresEventLog, cluster: &Cluster) {
    let id = WorkspaceId(7_002);
    let before = log
        .append(vec![build::event(id, "before", Time(1))].into())
        .await
        .unwrap();
    let mut readers = Vec::new();
    for number in 1..=3 {
        let mut tx = store.begin(id).await.unwrap();
        assert_eq!(tx.next_number(id, "release").await.unwrap(), number);
        tx.commit().await.unwrap();
        readers.push(store.read().await.unwrap());
    }
    let mut open = store.begin(id).await.unwrap();
    open.next_number(id, "release").await.unwrap();
    cluster.crash_and_restart();
    let lost = open.commit().await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    drop(readers);
    store.ping().await.unwrap();
    let mut tx = store.begin(id).await.unwrap();
    assert_eq!(tx.next_number(id, "release").await.unwrap(), 4);
    tx.commit().await.unwrap();
    let after = log
        .append(vec![build::event(id, "after", Time(2))].into())
        .await
        .unwrap();
    assert_eq!(after, before + 1);
    assert_eq!(log.count(id).await.unwrap(), 2);
}

async fn damage_and_newer_schemas_are_told(store: &SqlStore, cluster: &Cluster) {
    let id = WorkspaceId(7_003);
    let mut tx = store.begin(id).await.unwrap();
    tx.put_environment(id, &build::environment("production"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut outside = sqlx::PgConnection::connect(cluster.url()).await.unwrap();
    let damage = "UPDATE environments SET body = '{' WHERE workspace = 7003";
    sqlx::query(damage).execute(&mut outside).await.unwrap();
    let damaged = store
        .read()
        .await
        .unwrap()
        .environment(id, "production")
        .await;
    assert!(
        matches!(
            damaged,
            Err(StoreError::Corrupt {
                what: "environment",
                ..
            })
        ),
        "{damaged:?}"
    );

    let newer = "INSERT INTO schema_version (version) VALUES (9999)";
    sqlx::query(newer).execute(&mut outside).await.unwrap();
    let refused = SqlStore::open_postgres(cluster.url()).await.err();
    assert!(
        matches!(refused, Some(OpenError::NewerSchema { found: 9_999, .. })),
        "{refused:?}"
    );
    let no_address = SqlStore::open_postgres("not an address").await.err();
    assert!(
        matches!(no_address, Some(OpenError::Address(_))),
        "{no_address:?}"
    );
}
