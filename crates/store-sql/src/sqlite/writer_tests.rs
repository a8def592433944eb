//! What a group promises to its members, shown with turns taken in a known order.

use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use variorum_ports::StoreError;

use super::{CommitCounts, DatabaseFile, GroupLimits, Turn, Writer};

/// A file with one table, a writer on it, and a connection to look from outside.
struct Scene {
    writer: Writer,
    outside: Connection,
    _folder: TempDir,
}

impl Scene {
    fn new(members_max: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = DatabaseFile {
            path: folder.path().join("test.db"),
            durable: true,
        };
        let connection = file.open_writer().unwrap();
        let table = "CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT, \
                     parent INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)";
        connection.execute(table, []).unwrap();
        let limits = GroupLimits {
            members_max,
            age_max: Duration::MAX,
        };
        let outside = file.open_reader().unwrap();
        Self {
            writer: Writer::new(file, connection, limits),
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

    fn stored(&self) -> Vec<i64> {
        let mut query = self.outside.prepare("SELECT n FROM t ORDER BY n").unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

fn insert(turn: &Turn, n: i64, parent: Option<i64>) {
    let sql = "INSERT INTO t (n, parent) VALUES ($1, $2)";
    let connection = turn.connection().unwrap();
    connection.execute(sql, (n, parent)).unwrap();
}

fn commit(turn: Turn) -> JoinHandle<Result<(), StoreError>> {
    tokio::spawn(turn.commit())
}

#[tokio::test]
async fn a_group_shares_one_flush_and_is_seen_only_after_it() {
    let scene = Scene::new(64);
    let (one, [two, three]) = scene.turns().await;
    insert(&one, 1, None);
    let first = commit(one);
    let two = two.await.unwrap().unwrap();
    insert(&two, 2, Some(1));
    let second = commit(two);
    let three = three.await.unwrap().unwrap();
    assert_eq!(scene.stored(), [0_i64; 0], "nothing is durable yet");
    assert!(
        !first.is_finished() && !second.is_finished(),
        "so nobody is told that it is"
    );
    insert(&three, 3, None);
    three.commit().await.unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(scene.stored(), [1, 2, 3]);
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
    let scene = Scene::new(64);
    let (one, [two, three]) = scene.turns().await;
    insert(&one, 1, None);
    let first = commit(one);
    let two = two.await.unwrap().unwrap();
    insert(&two, 2, None);
    drop(two);
    let three = three.await.unwrap().unwrap();
    insert(&three, 3, None);
    three.commit().await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(scene.stored(), [1, 3]);
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
    let scene = Scene::new(64);
    let (one, [two]) = scene.turns().await;
    insert(&one, 1, None);
    let first = commit(one);
    let two = two.await.unwrap().unwrap();
    insert(&two, 2, None);
    drop(two);
    first.await.unwrap().unwrap();
    assert_eq!(scene.stored(), [1]);
}

#[tokio::test]
async fn the_first_member_rolling_back_leaves_the_turn_to_the_next() {
    let scene = Scene::new(64);
    let (one, [two]) = scene.turns().await;
    insert(&one, 1, None);
    drop(one);
    let two = two.await.unwrap().unwrap();
    insert(&two, 2, None);
    two.commit().await.unwrap();
    assert_eq!(scene.stored(), [2]);
}

#[tokio::test]
async fn a_waiting_writer_that_gives_up_loses_no_turn() {
    let scene = Scene::new(64);
    let (one, [two, three]) = scene.turns().await;
    two.abort();
    three.abort();
    insert(&one, 1, None);
    one.commit().await.unwrap();
    assert_eq!(scene.stored(), [1]);
    let next = scene.writer.begin().await.unwrap();
    insert(&next, 2, None);
    next.commit().await.unwrap();
    assert_eq!(scene.stored(), [1, 2]);
}

#[tokio::test]
async fn a_commit_whose_caller_gives_up_blocks_nobody() {
    let scene = Scene::new(64);
    let (one, [two]) = scene.turns().await;
    insert(&one, 1, None);
    commit(one).abort();
    let two = two.await.unwrap().unwrap();
    insert(&two, 2, None);
    two.commit().await.unwrap();
    assert!(scene.stored().contains(&2));
}

#[tokio::test]
async fn a_full_group_is_flushed_although_others_wait() {
    let scene = Scene::new(2);
    let (one, [two, three]) = scene.turns().await;
    insert(&one, 1, None);
    let first = commit(one);
    let two = two.await.unwrap().unwrap();
    insert(&two, 2, None);
    two.commit().await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(scene.stored(), [1, 2], "the third has not even begun");
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
    let scene = Scene::new(64);
    let (one, [two]) = scene.turns().await;
    insert(&one, 1, None);
    let first = commit(one);
    let two = two.await.unwrap().unwrap();
    // The missing parent is found by the commit only.
    insert(&two, 2, Some(99));
    assert!(matches!(
        two.commit().await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        first.await.unwrap(),
        Err(StoreError::Unavailable(_))
    ));
    assert_eq!(scene.stored(), [0_i64; 0]);
    assert_eq!(
        scene.writer.counts(),
        CommitCounts {
            acknowledged: 0,
            flushes: 0
        }
    );
    let next = scene.writer.begin().await.unwrap();
    insert(&next, 3, None);
    next.commit().await.unwrap();
    assert_eq!(scene.stored(), [3], "the writer works again");
}

#[tokio::test]
async fn a_transaction_the_engine_ended_is_never_acknowledged() {
    let scene = Scene::new(64);
    let (one, [two, three]) = scene.turns().await;
    insert(&one, 1, None);
    let first = commit(one);
    let two = two.await.unwrap().unwrap();
    // As the engine itself does when the disk is full or broken.
    two.connection().unwrap().execute("ROLLBACK", []).unwrap();
    drop(two);
    assert!(
        first.await.unwrap().is_err(),
        "its rows are gone, so it must hear of it"
    );
    let three = three.await.unwrap().unwrap();
    insert(&three, 3, None);
    three.commit().await.unwrap();
    assert_eq!(scene.stored(), [3]);
}

#[tokio::test]
async fn a_full_disk_fails_the_group_or_only_the_member_but_never_lies() {
    let scene = Scene::new(64);
    let (one, [two]) = scene.turns().await;
    insert(&one, 1, None);
    let first = commit(one);
    let two = two.await.unwrap().unwrap();
    let connection = two.connection().unwrap();
    let pages = connection.query_row("PRAGMA max_page_count = 3", [], |row| row.get::<_, i64>(0));
    assert!(pages.is_ok());
    let big = "INSERT INTO t (n, text) VALUES (2, $1)";
    let big = connection.execute(big, ["x".repeat(1 << 20)]);
    assert!(big.is_err(), "the file is full");
    drop(two);
    let acknowledged = first.await.unwrap().is_ok();
    assert_eq!(scene.stored().contains(&1), acknowledged);
}

#[tokio::test]
async fn many_writers_need_fewer_flushes_than_commits() {
    let scene = Scene::new(64);
    let desk = &scene.writer.desk;
    let tasks: Vec<JoinHandle<()>> = (0..32)
        .map(|n| {
            let writer = Writer {
                desk: std::sync::Arc::clone(desk),
            };
            tokio::spawn(async move {
                let turn = writer.begin().await.unwrap();
                insert(&turn, n, None);
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
    assert_eq!(scene.stored().len(), 32);
}
