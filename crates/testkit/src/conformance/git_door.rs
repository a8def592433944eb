//! What the Git door asks of a store.

use variorum_domain::id::{Oid, Time};
use variorum_ports::Store;
use variorum_ports::rows::{ArrivalRow, ObjectFact, ObjectSpan, ServerKeyRow, SigningKeyRow};

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

/// A workspace has one key of the server's; who pushed a commit first stays noted.
pub async fn server_keys_and_arrivals(store: &dyn Store) -> Checked {
    let id = fresh(store, "server-keys").await?;
    let other = fresh(store, "server-keys").await?;
    let mut tx = store.begin(id).await?;
    assert_eq!(tx.server_key(id).await?, None);
    let key = ServerKeyRow {
        workspace: id,
        fingerprint: "SHA256:abc".to_owned(),
        public_key: "ssh-ed25519 AAAA".to_owned(),
        seed: (0..32).collect(),
        made_at: Time(5),
    };
    tx.add_server_key(&key).await?;
    assert!(is_conflict(&tx.add_server_key(&key).await), "it is there");
    tx.commit().await?;

    let ann = build::actor(id, "Ann Lee");
    let arrival = |seed: &str, name: &str, wrote| ArrivalRow {
        commit: build::oid(seed),
        actor: ann.id,
        actor_name: name.to_owned(),
        at: Time(7),
        wrote,
    };
    let mut tx = store.begin(id).await?;
    assert_eq!(tx.server_key(id).await?, Some(key));
    assert_eq!(tx.server_key(other).await?, None);
    let rows = [arrival("one", "Ann", true), arrival("two", "Ann", false)];
    tx.put_arrivals(id, &rows).await?;
    tx.put_arrivals(id, &[arrival("one", "Bob", false)]).await?;
    tx.put_arrivals(id, &[]).await?;
    let asked = [build::oid("one"), build::oid("two"), build::oid("three")];
    let mut found = tx.arrivals(id, &asked).await?;
    found.sort_by_key(|row| !row.wrote);
    assert_eq!(found, rows, "the first to push a commit stays");
    assert_eq!(tx.arrivals(other, &asked).await?, []);
    tx.commit().await
}
