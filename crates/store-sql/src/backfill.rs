//! What a migration cannot say in SQL: filling new indexes from what older programs stored.

use variorum_ports::{Store, StoreError};

/// The setting that says the index over change records is complete.
const RECORDS: &str = "records_indexed";
/// Commits indexed in one transaction.
const COMMITS_PER_PASS: usize = 2_000;

/// Indexes the change records of commits that were stored before there was such an index.
pub(crate) async fn records(store: &dyn Store) -> Result<(), StoreError> {
    let mut tx = store.read().await?;
    if tx.setting(RECORDS).await?.is_some() {
        return Ok(());
    }
    let workspaces = tx.workspaces().await?;
    drop(tx);
    for workspace in workspaces {
        let mut after = 0;
        loop {
            let mut tx = store.begin(workspace.id).await?;
            let page = tx.graph(workspace.id, after, COMMITS_PER_PASS).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let oids: Vec<_> = page.iter().map(|row| row.oid).collect();
            let mut commits = tx.commits(workspace.id, &oids).await?;
            commits.sort_by_key(|row| oids.iter().position(|oid| *oid == row.oid));
            tx.put_commits(workspace.id, &commits).await?;
            tx.commit().await?;
        }
    }
    let mut tx = store.begin(variorum_domain::id::WorkspaceId(0)).await?;
    tx.put_setting(RECORDS, "1").await?;
    tx.commit().await
}
