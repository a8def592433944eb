//! Branches and tags.

use variorum_domain::id::Time;
use variorum_ports::Store;

use super::{Checked, fresh, is_conflict};
use crate::build::oid;

/// Refs move only from where the mover thinks they are, and are listed by prefix.
pub async fn refs(store: &dyn Store) -> Checked {
    let id = fresh(store, "refs").await?;
    let other = fresh(store, "refs").await?;
    let (one, two) = (oid("one"), oid("two"));
    let main = "refs/heads/main";
    let mut tx = store.begin(id).await?;
    assert_eq!(tx.get_ref(id, main).await?, None);
    tx.move_ref(id, main, None, None, Time(1)).await?;
    tx.move_ref(id, main, None, Some(one), Time(1)).await?;
    assert!(
        is_conflict(&tx.move_ref(id, main, None, Some(two), Time(2)).await),
        "it is there"
    );
    assert!(
        is_conflict(&tx.move_ref(id, main, None, None, Time(2)).await),
        "it is there"
    );
    assert!(is_conflict(
        &tx.move_ref(id, main, Some(two), Some(one), Time(2)).await
    ));
    assert!(is_conflict(
        &tx.move_ref(id, main, Some(two), None, Time(2)).await
    ));
    assert!(is_conflict(
        &tx.move_ref(id, "refs/heads/x", Some(one), Some(two), Time(2))
            .await
    ));
    tx.move_ref(id, main, Some(one), Some(two), Time(3)).await?;
    for name in [
        "refs/heads/Main",
        "refs/heads/campaign/ä_%",
        "refs/tags/release/1",
        "refs/head",
    ] {
        tx.move_ref(id, name, None, Some(one), Time(4)).await?;
    }
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert_eq!(
        tx.get_ref(id, main).await?,
        Some(two),
        "a lost race does not end the transaction"
    );
    assert_eq!(tx.get_ref(other, main).await?, None, "workspaces are apart");
    let heads = [
        ("refs/heads/Main".to_owned(), one, Time(4)),
        ("refs/heads/campaign/ä_%".to_owned(), one, Time(4)),
        (main.to_owned(), two, Time(3)),
    ];
    assert_eq!(
        tx.refs(id, "refs/heads/").await?,
        heads,
        "by prefix, in the order of bytes"
    );
    assert_eq!(tx.refs(id, "").await?.len(), 5);
    assert_eq!(tx.refs(other, "").await?, []);
    drop(tx);

    let mut tx = store.begin(id).await?;
    tx.move_ref(id, main, Some(two), None, Time(5)).await?;
    assert_eq!(tx.get_ref(id, main).await?, None);
    tx.move_ref(id, main, None, Some(one), Time(6)).await?;
    tx.commit().await
}
