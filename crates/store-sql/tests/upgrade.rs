//! A data folder that an older program left: the newer one brings it up to date when it opens it.

use variorum_ports::Store as _;
use variorum_ports::rows::RecordFilter;
use variorum_store_sql::SqlStore;
use variorum_testkit::build;

/// More than one pass takes.
const COMMITS: usize = 2_100;

/// What later versions of the schema brought, taken away again.
const BACK_TO_VERSION_2: &str = "
    DROP TABLE record_outcomes; DROP TABLE record_terms; DROP TABLE records; DROP TABLE notices;
    DROP TABLE change_threads; DROP TABLE change_reviews; DROP TABLE changes; DROP TABLE drafts;
    DROP TABLE signing_keys; DROP TABLE server_keys; DROP TABLE arrivals;
    DROP TABLE remotes; DROP TABLE remote_refs;
    DROP TABLE library_texts; DROP TABLE library_words; DROP TABLE library_fts;
    DROP TABLE library_unindexed; DROP TABLE library_facet_sets;
    DROP INDEX library_scores; ALTER TABLE library DROP COLUMN score;
    ALTER TABLE library DROP COLUMN lacking; ALTER TABLE library DROP COLUMN documentation;
    DROP INDEX library_expiring; ALTER TABLE library DROP COLUMN status;
    ALTER TABLE library DROP COLUMN category; ALTER TABLE library DROP COLUMN expires_at;
    ALTER TABLE tokens DROP COLUMN uses;
    DELETE FROM schema_version WHERE version > 2;
    DELETE FROM settings WHERE name = 'records_indexed';";

#[tokio::test(flavor = "multi_thread")]
async fn change_records_of_an_older_program_are_found_after_an_upgrade() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqlStore::open_sqlite(folder.path()).await.unwrap();
    let mut tx = store
        .begin(variorum_domain::id::WorkspaceId(0))
        .await
        .unwrap();
    let id = tx.add_workspace(&build::workspace("acme")).await.unwrap();
    let commits: Vec<_> = (0..COMMITS)
        .map(|n| {
            let mut row = build::commit(&format!("c{n}"), &[]);
            row.message = format!("Save {n}\n\nProblem: nobody felt meant by text {n}\n");
            row
        })
        .collect();
    tx.put_commits(id, &commits).await.unwrap();
    tx.commit().await.unwrap();
    drop(store);
    let file = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    file.execute_batch(BACK_TO_VERSION_2).unwrap();
    drop(file);

    let store = SqlStore::open_sqlite(folder.path()).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let all = tx
        .records(id, &RecordFilter::default(), None, COMMITS + 1)
        .await
        .unwrap();
    assert_eq!(all.len(), COMMITS, "every record, once");
    for n in [0, 1_999, 2_000, COMMITS - 1] {
        let filter = RecordFilter {
            problem: Some(format!("meant by text {n}")),
            ..RecordFilter::default()
        };
        let found = tx.records(id, &filter, None, COMMITS).await.unwrap();
        assert!(
            found
                .iter()
                .any(|row| row.commit == build::oid(&format!("c{n}"))),
            "record {n}"
        );
    }
    drop(tx);
    drop(store);
    let again = SqlStore::open_sqlite(folder.path()).await.unwrap();
    let mut tx = again.read().await.unwrap();
    let all = tx
        .records(id, &RecordFilter::default(), None, COMMITS + 1)
        .await
        .unwrap();
    assert_eq!(all.len(), COMMITS, "opened again, nothing is added");
}
