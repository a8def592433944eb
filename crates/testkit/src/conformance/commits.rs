//! The index over commits and paths.

use variorum_domain::id::{Oid, Time};
use variorum_ports::rows::{CommitRow, PathChangeRow};
use variorum_ports::{Store, StoreError, Tx};

use super::{Checked, fresh, is_conflict};
use crate::build;

/// Commits are indexed once and walked in the order in which they were stored.
pub async fn commits(store: &dyn Store) -> Checked {
    let id = fresh(store, "commits").await?;
    let other = fresh(store, "commits").await?;
    let mut rows: Vec<CommitRow> = vec![build::commit("c0", &[])];
    for number in 1..600 {
        let parent = rows[number - 1].oid;
        rows.push(build::commit(&format!("c{number}"), &[parent]));
    }
    let merge = build::commit("merge", &[rows[598].oid, rows[3].oid, rows[599].oid]);
    rows.push(CommitRow {
        message: String::new(),
        ..merge
    });
    let mut tx = store.begin(id).await?;
    tx.put_commits(id, &[]).await?;
    tx.put_commits(id, &rows[..10]).await?;
    let changed = CommitRow {
        message: "other".to_owned(),
        ..rows[0].clone()
    };
    tx.put_commits(id, &[changed]).await?;
    tx.put_commits(id, &rows).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    let wanted: Vec<Oid> = rows
        .iter()
        .map(|row| row.oid)
        .chain([build::oid("none")])
        .collect();
    let mut found = tx.commits(id, &wanted).await?;
    found.sort_by_key(|row| row.oid);
    let mut expected = rows.clone();
    expected.sort_by_key(|row| row.oid);
    assert!(found == expected, "commits come as they were first stored");
    assert_eq!(tx.commits(other, &wanted).await?, []);
    let (mut after, mut walked) = (0, Vec::new());
    loop {
        let page = tx.graph(id, after, 250).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        walked.extend(
            page.into_iter()
                .map(|row| (row.oid, row.parents, row.committed_at)),
        );
    }
    let stored = rows
        .into_iter()
        .map(|row| (row.oid, row.parents, row.committed_at));
    assert!(
        walked.into_iter().eq(stored),
        "the graph comes in the order of storing"
    );
    Ok(())
}

/// Versions of a path are numbered, paged, found by blob, and never given out twice.
pub async fn paths(store: &dyn Store) -> Checked {
    let id = fresh(store, "paths").await?;
    let other = fresh(store, "paths").await?;
    let mut tx = store.begin(id).await?;
    fill_paths(&mut *tx, id).await?;
    tx.commit().await?;
    let mut tx = store.read().await?;
    page_versions(&mut *tx, id).await?;
    find_versions(&mut *tx, id).await?;
    assert_eq!(tx.path_versions(other, "a.prompt", None, 9).await?, []);
    assert_eq!(
        tx.newest_versions(other, &["a.prompt".to_owned()]).await?,
        []
    );
    drop(tx);

    let mut tx = store.begin(id).await?;
    let again = build::path_change("a.prompt", "c900", Some(7));
    let again = tx.put_path_changes(id, &[again]).await;
    assert!(is_conflict(&again), "a version number is given out once");
    Ok(())
}

/// Twenty versions of one path, a deletion in between, and many other paths.
async fn fill_paths(tx: &mut dyn Tx, id: variorum_domain::id::WorkspaceId) -> Checked {
    let mut rows: Vec<PathChangeRow> = (1..=20)
        .map(|number| build::path_change("a.prompt", &format!("c{number}"), Some(number)))
        .collect();
    rows[4].new = rows[2].new;
    rows.push(build::path_change("a.prompt", "c0", None));
    rows.extend((0..1_500).map(|n| build::path_change(&many(n), "c1", Some(1))));
    tx.put_path_changes(id, &[]).await?;
    tx.put_path_changes(id, &rows).await?;
    tx.put_path_changes(id, &rows[..3]).await?;
    let commits: Vec<CommitRow> = (0..=20)
        .map(|number| build::commit(&format!("c{number}"), &[]))
        .collect();
    tx.put_commits(id, &commits).await
}

fn many(number: usize) -> String {
    format!("many/p{number}.prompt")
}

async fn page_versions(tx: &mut dyn Tx, id: variorum_domain::id::WorkspaceId) -> Checked {
    let (mut below, mut seen) = (None, Vec::new());
    loop {
        let page = tx.path_versions(id, "a.prompt", below, 7).await?;
        let Some(last) = page.last() else { break };
        below = last.change.version;
        assert!(
            page.iter().all(|row| row.commit.oid == row.change.commit),
            "commits are joined"
        );
        seen.extend(page.into_iter().filter_map(|row| row.change.version));
    }
    assert!(
        seen.into_iter().eq((1..=20).rev()),
        "newest first, each once"
    );
    let one = tx.path_version(id, "a.prompt", 7).await?;
    let one = one.map(|row| (row.change, row.commit));
    let expected = (
        build::path_change("a.prompt", "c7", Some(7)),
        build::commit("c7", &[]),
    );
    assert_eq!(one, Some(expected));
    assert_eq!(tx.path_version(id, "a.prompt", 21).await?, None);
    assert_eq!(tx.path_version(id, "A.prompt", 7).await?, None);
    Ok(())
}

async fn find_versions(
    tx: &mut dyn Tx,
    id: variorum_domain::id::WorkspaceId,
) -> Result<(), StoreError> {
    let mut paths: Vec<String> = (0..1_500).map(many).collect();
    paths.extend(["a.prompt".to_owned(), "none".to_owned()]);
    let mut newest = tx.newest_versions(id, &paths).await?;
    newest.sort_unstable();
    assert_eq!(newest.len(), 1_501);
    assert_eq!(newest[0], ("a.prompt".to_owned(), 20));

    let blob = |path: &str, version: i64| build::oid(&format!("{path} {version}"));
    let mut files: Vec<(String, Oid)> = (0..1_500).map(|n| (many(n), blob(&many(n), 1))).collect();
    files.push(("a.prompt".to_owned(), blob("a.prompt", 3)));
    files.push(("a.prompt".to_owned(), blob("many/p0.prompt", 1)));
    let found = tx.versions_of_blobs(id, &files).await?;
    assert_eq!(found.len(), 1_502);
    let of_a: Vec<Option<i64>> = found
        .iter()
        .filter(|row| row.path == "a.prompt")
        .map(|row| row.version)
        .collect();
    assert_eq!(
        of_a,
        [Some(5), Some(3)],
        "the same text twice: newest first"
    );
    assert!(found.iter().all(|row| row.at > Time(0)));
    Ok(())
}
