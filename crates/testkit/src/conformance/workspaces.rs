//! Workspaces, counters and settings.

use variorum_domain::audit::Head;
use variorum_domain::id::{ReleaseNumber, RolloutNumber, WorkspaceId};
use variorum_ports::rows::{EdgeKind, EdgeRow, EntryFilter, LibraryFilter};
use variorum_ports::{Store, Tx};

use super::{Checked, fresh, is_conflict};
use crate::build;

/// Workspaces are added, listed and changed; names are unique; counters count apart.
pub async fn workspaces(store: &dyn Store) -> Checked {
    let one = fresh(store, "workspaces").await?;
    let two = fresh(store, "workspaces").await?;
    let mut tx = store.begin(one).await?;
    let listed = tx.workspaces().await?;
    let mut row = listed
        .into_iter()
        .find(|row| row.id == one)
        .unwrap_or(build::workspace("none"));
    assert_eq!(row.id, one, "a workspace that was added is listed");
    "Ümlaut — 標題".clone_into(&mut row.title);
    row.sample = true;
    tx.put_workspace(&row).await?;
    assert_eq!(tx.next_number(one, "release").await?, 1);
    assert_eq!(tx.next_number(one, "release").await?, 2);
    assert_eq!(tx.next_number(one, "rollout").await?, 1);
    assert_eq!(tx.next_number(two, "release").await?, 1);
    let setting = format!("setting-{}", one.0);
    assert_eq!(tx.setting(&setting).await?, None);
    tx.put_setting(&setting, "a").await?;
    tx.put_setting(&setting, "b").await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert!(
        tx.workspaces().await?.contains(&row),
        "title and mark are changed"
    );
    let ids: Vec<WorkspaceId> = tx.workspaces().await?.iter().map(|row| row.id).collect();
    assert!(ids.is_sorted(), "workspaces come oldest first");
    assert_eq!(tx.setting(&setting).await?.as_deref(), Some("b"));
    drop(tx);

    let mut tx = store.begin(one).await?;
    let again = tx.add_workspace(&row).await;
    assert!(is_conflict(&again), "names are unique");
    let mut missing = row;
    missing.id = WorkspaceId(i64::MAX);
    assert!(
        is_conflict(&tx.put_workspace(&missing).await),
        "what is missing cannot be changed"
    );
    Ok(())
}

/// Clearing removes what a workspace holds, but not people, tokens, the log and other workspaces.
pub async fn clearing(store: &dyn Store) -> Checked {
    let id = fresh(store, "clearing").await?;
    let other = fresh(store, "clearing").await?;
    let mut tx = store.begin(id).await?;
    fill(&mut *tx, id).await?;
    tx.commit().await?;
    let mut tx = store.begin(other).await?;
    fill(&mut *tx, other).await?;
    tx.commit().await?;
    let before = objects_end(&mut *store.read().await?, id).await?;

    let mut tx = store.begin(id).await?;
    tx.clear_workspace(id).await?;
    tx.commit().await?;
    let mut tx = store.read().await?;
    assert_eq!(held(&mut *tx, id).await?, [0; 11]);
    assert_eq!(held(&mut *tx, other).await?, [1; 11]);
    assert_eq!(tx.actors(id).await?.len(), 1, "people stay");
    assert_eq!(tx.tokens(id).await?.len(), 1, "tokens stay");
    assert_eq!(tx.audit_head(id).await?.seq, 1, "the log stays");
    assert_eq!(
        tx.entries(id, &EntryFilter::default(), None, 9)
            .await?
            .len(),
        1
    );
    drop(tx);

    let mut tx = store.begin(id).await?;
    assert_eq!(
        tx.next_number(id, "release").await?,
        1,
        "counters start anew"
    );
    tx.put_objects(id, &[build::object("after", b"after")])
        .await?;
    tx.commit().await?;
    let after = objects_end(&mut *store.read().await?, id).await?;
    assert!(after > before, "the places of objects are never used twice");
    Ok(())
}

async fn fill(tx: &mut dyn Tx, id: WorkspaceId) -> Checked {
    tx.put_objects(id, &[build::object("o", b"o")]).await?;
    tx.move_ref(
        id,
        "refs/heads/main",
        None,
        Some(build::oid("c1")),
        crate::FixedClock::START,
    )
    .await?;
    tx.put_commits(id, &[build::commit("c1", &[])]).await?;
    tx.put_path_changes(id, &[build::path_change("a.prompt", "c1", Some(1))])
        .await?;
    tx.put_library_rows(id, &[build::library_row("a.prompt")])
        .await?;
    let edge = EdgeRow {
        from_path: "a.prompt".to_owned(),
        kind: EdgeKind::Includes,
        to_ref: "voice".to_owned(),
    };
    tx.put_edges(id, &["a.prompt".to_owned()], &[edge]).await?;
    tx.put_release(id, &build::release(1)).await?;
    tx.put_environment(id, &build::environment("production"))
        .await?;
    tx.put_rollout(id, &build::rollout(1)).await?;
    tx.put_rollout_result(id, RolloutNumber(1), "{}").await?;
    tx.next_number(id, "release").await?;
    let actor = tx.add_actor(&build::actor(id, "Ann Lee")).await?;
    tx.add_token(&build::token(id, actor, &format!("token {id}")))
        .await?;
    tx.append_entry(&build::entry(id, Head::EMPTY, "sample.reset", "workspace"))
        .await
}

/// How many of each thing a workspace holds.
async fn held(tx: &mut dyn Tx, id: WorkspaceId) -> Result<[usize; 11], variorum_ports::StoreError> {
    let filter = LibraryFilter::default();
    Ok([
        tx.scan_objects(id, 0, 9).await?.len(),
        tx.refs(id, "").await?.len(),
        tx.graph(id, 0, 9).await?.len(),
        tx.path_versions(id, "a.prompt", None, 9).await?.len(),
        tx.library(id, &filter, None, 9).await?.len(),
        tx.folders(id).await?.len(),
        tx.edges_to(id, EdgeKind::Includes, &["voice".to_owned()])
            .await?
            .len(),
        usize::from(tx.release(id, ReleaseNumber(1)).await?.is_some()),
        tx.environments(id).await?.len(),
        tx.rollouts(id, false, None, 9).await?.len(),
        usize::from(tx.rollout_result(id, RolloutNumber(1)).await?.is_some()),
    ])
}

async fn objects_end(
    tx: &mut dyn Tx,
    id: WorkspaceId,
) -> Result<Option<i64>, variorum_ports::StoreError> {
    Ok(tx
        .scan_objects(id, 0, 99)
        .await?
        .last()
        .map(|(seq, _)| *seq))
}
