//! A data folder that an older program left: the newer one brings it up to date when it opens it.

use variorum_domain::audit::{Entry, Head};
use variorum_domain::id::WorkspaceId;
use variorum_ports::Store as _;
use variorum_ports::rows::RecordFilter;
use variorum_store_sql::SqlStore;
use variorum_testkit::build;

/// More than one pass takes.
const COMMITS: usize = 2_100;

/// The schema of version 2 in the words of SQLite.
fn schema_of_version_2() -> String {
    let text = [
        include_str!("../migrations/0001_state.sql"),
        include_str!("../migrations/0001_append_only.sqlite.sql"),
        include_str!("../migrations/0002_library_edges.sql"),
        "CREATE TABLE schema_version (version BIGINT NOT NULL);
         INSERT INTO schema_version (version) VALUES (1), (2);",
    ];
    [
        ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
        ("{int}", "INTEGER"),
        ("{text}", "TEXT"),
        ("{bytes}", "BLOB"),
        ("{end}", "STRICT"),
        ("{clustered}", "STRICT, WITHOUT ROWID"),
    ]
    .into_iter()
    .fold(text.concat(), |text, (word, means)| {
        text.replace(word, means)
    })
}

/// A folder as a program of version 2 left it.
#[expect(clippy::unwrap_used, reason = "a test's own helper")]
fn old_folder(fill: impl FnOnce(&rusqlite::Transaction<'_>)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut file = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    file.execute_batch(&schema_of_version_2()).unwrap();
    file.execute_batch("INSERT INTO workspaces VALUES (1, 'acme', 'Acme', 0, 0)")
        .unwrap();
    let tx = file.transaction().unwrap();
    fill(&tx);
    tx.commit().unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_entries_of_an_older_program_are_kept_and_stay_append_only() {
    let mut entries: Vec<Entry> = Vec::new();
    for n in 0..300 {
        let head = entries.last().map_or(Head::EMPTY, Entry::head);
        entries.push(build::entry(
            WorkspaceId(1),
            head,
            "version.saved",
            &format!("p{n}"),
        ));
    }
    let folder = old_folder(|tx| {
        for entry in &entries {
            tx.execute(
                "INSERT INTO audit_entries VALUES (1, ?, ?, ?, 'person', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rusqlite::params![
                    entry.seq,
                    entry.at.0,
                    entry.by.id.0,
                    entry.by.name,
                    entry.action,
                    entry.target,
                    entry.before.map(|digest| digest.0.to_vec()),
                    entry.after.map(|digest| digest.0.to_vec()),
                    entry.reason,
                    entry.evidence,
                    entry.prev.0.to_vec(),
                    entry.hash.0.to_vec(),
                ],
            )
            .unwrap();
        }
    });
    let store = SqlStore::open_sqlite(folder.path()).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let kept = tx.scan_entries(WorkspaceId(1), 0, 1_000).await.unwrap();
    assert_eq!(kept, entries);
    drop(tx);
    drop(store);
    let file = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    for act in [
        "DELETE FROM audit_entries WHERE seq = 7",
        "UPDATE audit_entries SET reason = 'another' WHERE seq = 7",
    ] {
        let refused = file.execute(act, []).unwrap_err().to_string();
        assert!(refused.contains("append only"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn change_records_of_an_older_program_are_found_after_an_upgrade() {
    let id = WorkspaceId(1);
    let folder = old_folder(|tx| {
        for n in 0..COMMITS {
            let row = build::commit(&format!("c{n}"), &[]);
            let message = format!("Save {n}\n\nProblem: nobody felt meant by text {n}\n");
            tx.execute(
                "INSERT INTO commits (workspace, oid, tree, parents, author_name, author_email, \
                 authored_at, committed_at, message) VALUES (1, ?, ?, x'', ?, ?, ?, ?, ?)",
                rusqlite::params![
                    row.oid.0,
                    row.tree.0,
                    row.author_name,
                    row.author_email,
                    row.authored_at.0,
                    row.committed_at.0,
                    message,
                ],
            )
            .unwrap();
        }
    });
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
