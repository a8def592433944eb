//! What the Git door asks of a store.

use variorum_domain::id::{Oid, Time};
use variorum_ports::Store;
use variorum_ports::rows::{ObjectFact, ObjectSpan, SigningKeyRow};

use super::{Checked, fresh, is_conflict};
use crate::build;

/// Kinds and sizes are told without bodies, and places only grow.
pub async fn object_facts(store: &dyn Store) -> Checked {
    let id = fresh(store, "facts").await?;
    let other = fresh(store, "facts").await?;
    let rows: Vec<_> = (0..1_500)
        .map(|number| build::object(&format!("fact {number}"), b"x"))
        .collect();
    let mut tx = store.begin(id).await?;
    assert_eq!(tx.object_span(id, 0).await?, ObjectSpan::default());
    tx.put_objects(id, &rows[..1_000]).await?;
    let first = tx.object_span(id, 0).await?;
    assert_eq!(first.count, 1_000);
    tx.put_objects(id, &rows).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    let then = tx.object_span(id, first.last).await?;
    assert_eq!(then.count, 500);
    assert!(then.last > first.last);
    let none = tx.object_span(id, then.last).await?;
    assert_eq!((none.count, none.last), (0, then.last));
    assert_eq!(tx.object_span(other, 0).await?, ObjectSpan::default());
    let wanted: Vec<Oid> = rows.iter().map(|row| row.oid).collect();
    let facts = tx.object_facts(id, &wanted).await?;
    assert_eq!(facts.len(), rows.len());
    let row = &rows[7];
    let fact = ObjectFact {
        oid: row.oid,
        kind: row.kind,
        size: row.size,
    };
    assert_eq!(tx.object_facts(id, &[row.oid]).await?, [fact]);
    assert_eq!(tx.object_facts(other, &wanted).await?, []);
    Ok(())
}

/// A key counts once in a workspace, ends once, and can be added again after that.
pub async fn signing_keys(store: &dyn Store) -> Checked {
    let id = fresh(store, "keys").await?;
    let other = fresh(store, "keys").await?;
    let mut tx = store.begin(id).await?;
    let actor = tx.add_actor(&build::actor(id, "Ann Lee")).await?;
    let mut key = SigningKeyRow {
        id: 0,
        workspace: id,
        actor,
        title: "laptop \"ä\"".to_owned(),
        fingerprint: "SHA256:abc".to_owned(),
        public_key: "ssh-ed25519 AAAA".to_owned(),
        added_at: Time(5),
        ended_at: None,
    };
    key.id = tx.add_signing_key(&key).await?;
    assert!(is_conflict(&tx.add_signing_key(&key).await), "it is there");
    tx.commit().await?;

    let mut tx = store.begin(id).await?;
    assert_eq!(tx.signing_keys(id).await?, [key.clone()]);
    assert_eq!(tx.signing_keys(other).await?, []);
    assert!(!tx.end_signing_key(other, key.id, Time(9)).await?);
    assert!(tx.end_signing_key(id, key.id, Time(9)).await?);
    assert!(!tx.end_signing_key(id, key.id, Time(10)).await?);
    let again = tx.add_signing_key(&key).await?;
    let keys = tx.signing_keys(id).await?;
    assert_eq!(keys.len(), 2, "what has ended is kept");
    assert_eq!(keys[0].ended_at, Some(Time(9)));
    assert_eq!((keys[1].id, keys[1].ended_at), (again, None));
    tx.commit().await
}
