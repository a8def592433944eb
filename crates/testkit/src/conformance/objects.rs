//! Git objects.

use variorum_domain::id::Oid;
use variorum_ports::Store;
use variorum_ports::rows::ObjectRow;

use super::{Checked, fresh};
use crate::build;

/// More objects than any one statement takes.
const MANY: usize = 3_000;

/// Objects are stored once, found among many, and walked in order; workspaces are apart.
pub async fn objects(store: &dyn Store) -> Checked {
    let id = fresh(store, "objects").await?;
    let other = fresh(store, "objects").await?;
    let rows: Vec<ObjectRow> = (0..MANY)
        .map(|number| build::object(&format!("object {number}"), format!("{number}").as_bytes()))
        .collect();
    let delta = ObjectRow {
        base: Some(rows[0].oid),
        kind: 2,
        size: 99,
        ..build::object("d", b"")
    };
    let mut tx = store.begin(id).await?;
    tx.put_objects(id, &[]).await?;
    tx.put_objects(id, &rows).await?;
    tx.put_objects(id, std::slice::from_ref(&delta)).await?;
    let changed = ObjectRow {
        data: b"other".to_vec(),
        ..rows[0].clone()
    };
    tx.put_objects(id, &[changed, rows[1].clone(), rows[1].clone()])
        .await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert_eq!(tx.objects(id, &[]).await?, []);
    let mut wanted: Vec<Oid> = rows.iter().map(|row| row.oid).collect();
    wanted.push(build::oid("missing"));
    wanted.push(wanted[0]);
    let mut found = tx.objects(id, &wanted).await?;
    found.sort_by_key(|row| row.oid);
    let mut expected = rows.clone();
    expected.sort_by_key(|row| row.oid);
    assert!(
        found == expected,
        "each object comes once and as it was first stored"
    );
    assert_eq!(tx.objects(id, &[delta.oid]).await?, [delta]);
    let mut existing = tx.existing_objects(id, &wanted).await?;
    existing.sort_unstable();
    assert!(
        existing.iter().eq(expected.iter().map(|row| &row.oid)),
        "existing ids come once"
    );
    assert_eq!(
        tx.objects(other, &wanted).await?,
        [],
        "workspaces are apart"
    );
    assert_eq!(tx.scan_objects(other, 0, 9).await?, []);
    drop(tx);
    walk(store, id, MANY + 1).await
}

async fn walk(store: &dyn Store, id: variorum_domain::id::WorkspaceId, total: usize) -> Checked {
    let mut tx = store.read().await?;
    let (mut after, mut seen) = (i64::MIN, Vec::new());
    loop {
        let page = tx.scan_objects(id, after, 1_001).await?;
        assert!(page.len() <= 1_001 && page.is_sorted_by_key(|(seq, _)| *seq));
        let Some((last, _)) = page.last() else { break };
        after = *last;
        seen.extend(page.into_iter().map(|(_, row)| row.oid));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), total, "a walk by pages sees every object once");
    assert_eq!(tx.scan_objects(id, 0, 0).await?, []);
    Ok(())
}
