//! What a group promises to its members, shown with turns taken in a known order.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use variorum_ports::StoreError;

use super::{CommitCounts, GroupLimits, Turn, Writer};

/// A file with one table, a writer on it, and a connection to look from outside.
struct Scene {
    writer: Writer,
    outside: SqliteConnection,
    _folder: TempDir,
}

impl Scene {
    async fn new(members_max: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("test.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let mut connection = options.connect().await.unwrap();
        let table = "CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT, \
                     parent INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)";
        sqlx::query(table).execute(&mut connection).await.unwrap();
        let limits = GroupLimits {
            members_max,
            age_max: Duration::MAX,
        };
        let outside = options.connect().await.unwrap();
        Self {
            writer: Writer::new(options, connection, limits),
            outside,
            _folder: folder,
        }
    }

    /// Takes the first turn and lets others queue behind it.
    async fn turns<const N: usize>(&self) -> (Turn, [JoinHandle<Result<Turn, StoreError>>; N]) {
        let first = self.writer.begin().await.unwrap();
        let waiting = std::array::from_fn(|_| {
            let writer = Writer {
                desk: std::sync::Arc::clone(&self.writer.desk),
            };
            tokio::spawn(async move { writer.begin().await })
        });
        while self
            .writer
            .desk
            .waiting
            .load(std::sync::atomic::Ordering::SeqCst)
            < N
        {
            tokio::task::yield_now().await;
        }
        (first, waiting)
    }

    async fn stored(&mut self) -> Vec<i64> {
        let query = sqlx::query_scalar("SELECT n FROM t ORDER BY n");
        query.fetch_all(&mut self.outside).await.unwrap()
    }
}

async fn insert(turn: &mut Turn, n: i64, parent: Option<i64>) {
    let query = sqlx::query("INSERT INTO t (n, parent) VALUES ($1, $2)")
        .bind(n)
        .bind(parent);
    query.execute(turn.connection().unwrap()).await.unwrap();
}

fn commit(turn: Turn) -> JoinHandle<Result<(), StoreError>> {
    tokio::spawn(turn.commit())
}

#[tokio::test]
async fn a_group_shares_one_flush_and_is_seen_only_after_it() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two, three]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    let first = commit(one);
    let mut two = two.await.unwrap().unwrap();
    insert(&mut two, 2, Some(1)).await;
    let second = commit(two);
    let mut three = three.await.unwrap().unwrap();
    assert_eq!(scene.stored().await, [0_i64; 0], "nothing is durable yet");
    assert!(
        !first.is_finished() && !second.is_finished(),
        "so nobody is told that it is"
    );
    insert(&mut three, 3, None).await;
    three.commit().await.unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(scene.stored().await, [1, 2, 3]);
    assert_eq!(
        scene.writer.counts(),
        CommitCounts {
            acknowledged: 3,
            flushes: 1
        }
    );
}

#[tokio::test]
async fn a_member_that_rolls_back_leaves_the_others_alone() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two, three]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    let first = commit(one);
    let mut two = two.await.unwrap().unwrap();
    insert(&mut two, 2, None).await;
    drop(two);
    let mut three = three.await.unwrap().unwrap();
    insert(&mut three, 3, None).await;
    three.commit().await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(scene.stored().await, [1, 3]);
    assert_eq!(
        scene.writer.counts(),
        CommitCounts {
            acknowledged: 2,
            flushes: 1
        }
    );
}

#[tokio::test]
async fn the_last_member_rolling_back_still_settles_the_group() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    let first = commit(one);
    let mut two = two.await.unwrap().unwrap();
    insert(&mut two, 2, None).await;
    drop(two);
    first.await.unwrap().unwrap();
    assert_eq!(scene.stored().await, [1]);
}

#[tokio::test]
async fn the_first_member_rolling_back_leaves_the_turn_to_the_next() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    drop(one);
    let mut two = two.await.unwrap().unwrap();
    insert(&mut two, 2, None).await;
    two.commit().await.unwrap();
    assert_eq!(scene.stored().await, [2]);
}

#[tokio::test]
async fn a_waiting_writer_that_gives_up_loses_no_turn() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two, three]) = scene.turns().await;
    two.abort();
    three.abort();
    insert(&mut one, 1, None).await;
    one.commit().await.unwrap();
    assert_eq!(scene.stored().await, [1]);
    let mut next = scene.writer.begin().await.unwrap();
    insert(&mut next, 2, None).await;
    next.commit().await.unwrap();
    assert_eq!(scene.stored().await, [1, 2]);
}

#[tokio::test]
async fn a_commit_whose_caller_gives_up_blocks_nobody() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    commit(one).abort();
    let mut two = two.await.unwrap().unwrap();
    insert(&mut two, 2, None).await;
    two.commit().await.unwrap();
    assert!(scene.stored().await.contains(&2));
}

#[tokio::test]
async fn a_full_group_is_flushed_although_others_wait() {
    let mut scene = Scene::new(2).await;
    let (mut one, [two, three]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    let first = commit(one);
    let mut two = two.await.unwrap().unwrap();
    insert(&mut two, 2, None).await;
    two.commit().await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(scene.stored().await, [1, 2], "the third has not even begun");
    three.await.unwrap().unwrap().commit().await.unwrap();
    assert_eq!(
        scene.writer.counts(),
        CommitCounts {
            acknowledged: 3,
            flushes: 2
        }
    );
}

#[tokio::test]
async fn a_failed_flush_fails_every_member_and_leaves_nothing() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    let first = commit(one);
    let mut two = two.await.unwrap().unwrap();
    // The missing parent is found by the commit only.
    insert(&mut two, 2, Some(99)).await;
    assert!(matches!(
        two.commit().await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        first.await.unwrap(),
        Err(StoreError::Unavailable(_))
    ));
    assert_eq!(scene.stored().await, [0_i64; 0]);
    assert_eq!(
        scene.writer.counts(),
        CommitCounts {
            acknowledged: 0,
            flushes: 0
        }
    );
    let mut next = scene.writer.begin().await.unwrap();
    insert(&mut next, 3, None).await;
    next.commit().await.unwrap();
    assert_eq!(scene.stored().await, [3], "the writer works again");
}

#[tokio::test]
async fn a_transaction_the_engine_ended_is_never_acknowledged() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two, three]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    let first = commit(one);
    let mut two = two.await.unwrap().unwrap();
    // As the engine itself does when the disk is full or broken.
    let ended = sqlx::query("ROLLBACK")
        .execute(two.connection().unwrap())
        .await;
    ended.unwrap();
    drop(two);
    assert!(
        first.await.unwrap().is_err(),
        "its rows are gone, so it must hear of it"
    );
    let mut three = three.await.unwrap().unwrap();
    insert(&mut three, 3, None).await;
    three.commit().await.unwrap();
    assert_eq!(scene.stored().await, [3]);
}

#[tokio::test]
async fn a_full_disk_fails_the_group_or_only_the_member_but_never_lies() {
    let mut scene = Scene::new(64).await;
    let (mut one, [two]) = scene.turns().await;
    insert(&mut one, 1, None).await;
    let first = commit(one);
    let mut two = two.await.unwrap().unwrap();
    sqlx::query("PRAGMA max_page_count = 3")
        .execute(two.connection().unwrap())
        .await
        .unwrap();
    let big = sqlx::query("INSERT INTO t (n, text) VALUES (2, $1)").bind("x".repeat(1 << 20));
    assert!(
        big.execute(two.connection().unwrap()).await.is_err(),
        "the file is full"
    );
    drop(two);
    let acknowledged = first.await.unwrap().is_ok();
    assert_eq!(scene.stored().await.contains(&1), acknowledged);
}

#[tokio::test]
async fn many_writers_need_fewer_flushes_than_commits() {
    let mut scene = Scene::new(64).await;
    let desk = &scene.writer.desk;
    let tasks: Vec<JoinHandle<()>> = (0..32)
        .map(|n| {
            let writer = Writer {
                desk: std::sync::Arc::clone(desk),
            };
            tokio::spawn(async move {
                let mut turn = writer.begin().await.unwrap();
                insert(&mut turn, n, None).await;
                turn.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let counts = scene.writer.counts();
    assert_eq!(counts.acknowledged, 32);
    assert!(counts.flushes < 8, "{counts:?}");
    assert_eq!(scene.stored().await.len(), 32);
}
