//! Remotes, and what is remembered of their branches.

use variorum_domain::id::{Time, WorkspaceId};
use variorum_ports::Store;
use variorum_ports::rows::{RemoteRefRow, RemoteRow};

use super::{Checked, fresh, is_conflict};
use crate::build;

/// A remote is there once, is due when its time has come, and goes with all that is known of it.
pub async fn remotes(store: &dyn Store) -> Checked {
    let id = fresh(store, "remotes").await?;
    let other = fresh(store, "remotes").await?;
    let mut tx = store.begin(id).await?;
    let actor = tx.add_actor(&build::actor(id, "mirror origin")).await?;
    let mut row = RemoteRow {
        workspace: id,
        name: "origin".to_owned(),
        url: "https://git.example.com/acme/library.git".to_owned(),
        direction: "both".to_owned(),
        credential: "env:VARIORUM_MIRROR_ORIGIN".to_owned(),
        actor,
        added_by: "Ann \"ä\"".to_owned(),
        added_at: Time(5),
        tried_at: None,
        succeeded_at: None,
        failures: 0,
        problem: String::new(),
        next_at: Time(5),
    };
    tx.add_remote(&row).await?;
    assert!(is_conflict(&tx.add_remote(&row).await), "it is there");
    let second = RemoteRow {
        name: "backup".to_owned(),
        next_at: Time(3),
        ..row.clone()
    };
    tx.add_remote(&second).await?;
    tx.commit().await?;

    let mut tx = store.begin(id).await?;
    assert_eq!(tx.remotes(id).await?, [second.clone(), row.clone()]);
    assert_eq!(tx.remotes(other).await?, []);
    assert_eq!(tx.remote(other, "origin").await?, None);
    let of_here = |rows: Vec<RemoteRow>| rows.into_iter().filter(move |row| row.workspace == id);
    let due: Vec<_> = of_here(tx.due_remotes(Time(4)).await?).collect();
    assert_eq!(due, std::slice::from_ref(&second));
    let due: Vec<_> = of_here(tx.due_remotes(Time(5)).await?).collect();
    assert_eq!(due, [second, row.clone()], "who waits longest comes first");
    row.tried_at = Some(Time(7));
    row.succeeded_at = Some(Time(6));
    row.failures = 2;
    "it cannot be reached".clone_into(&mut row.problem);
    row.next_at = Time(99);
    tx.put_remote(&row).await?;
    assert_eq!(tx.remote(id, "origin").await?, Some(row.clone()));
    tx.commit().await?;
    let mut tx = store.begin(id).await?;
    let gone = RemoteRow {
        name: "nowhere".to_owned(),
        ..row
    };
    assert!(is_conflict(&tx.put_remote(&gone).await));
    drop(tx);
    refs_of(store, id).await
}

/// What is remembered of branches, in place of what was known before.
async fn refs_of(store: &dyn Store, id: WorkspaceId) -> Checked {
    let mut tx = store.begin(id).await?;
    let known = |name: &str, synced: Option<&str>, problem: &str| RemoteRefRow {
        name: name.to_owned(),
        synced: synced.map(build::oid),
        parked: None,
        refused: Some(build::oid("refused")),
        problem: problem.to_owned(),
        at: Time(8),
    };
    let first = [
        known("refs/heads/main", None, "x"),
        known("refs/tags/release/1", None, ""),
    ];
    tx.put_remote_refs(id, "origin", &first).await?;
    let main = known("refs/heads/main", Some("one"), "");
    tx.put_remote_refs(id, "origin", std::slice::from_ref(&main))
        .await?;
    tx.put_remote_refs(id, "origin", &[]).await?;
    assert_eq!(
        tx.remote_refs(id, "origin").await?,
        [main, first[1].clone()]
    );
    assert_eq!(tx.remote_refs(id, "backup").await?, []);
    assert!(tx.remove_remote(id, "origin").await?);
    assert!(!tx.remove_remote(id, "origin").await?);
    assert_eq!(tx.remote_refs(id, "origin").await?, []);
    tx.commit().await
}
