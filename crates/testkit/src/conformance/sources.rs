//! Sources, and what became of their deliveries.

use variorum_domain::id::{Time, WorkspaceId};
use variorum_ports::Store;
use variorum_ports::store::{ReceiptRow, SourceRow};

use super::{Checked, fresh, is_conflict};
use crate::build;

/// A source is found by its name while it is there and by its handle for ever; a change that somebody
/// else was quicker with is refused.
pub async fn sources(store: &dyn Store) -> Checked {
    let id = fresh(store, "sources").await?;
    let other = fresh(store, "sources").await?;
    let mut tx = store.begin(id).await?;
    let actor = tx.add_actor(&build::actor(id, "source shop")).await?;
    let mut row = SourceRow {
        workspace: id,
        number: 1,
        name: "shop".to_owned(),
        handle: format!("shop-{}", id.0),
        environment: "production".to_owned(),
        scheme: "standard".to_owned(),
        shape: "{\"names\":{\"ä\":[]}}".to_owned(),
        actor,
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
        secret_before: String::new(),
        before_until: None,
        paused_at: None,
        ended_at: None,
        added_by: "Ann Lee".to_owned(),
        added_at: Time(5),
        revision: 1,
    };
    tx.add_source(&row).await?;
    let same_handle = SourceRow {
        number: 2,
        ..row.clone()
    };
    assert!(is_conflict(&tx.add_source(&same_handle).await));
    let crm = SourceRow {
        number: 2,
        name: "crm".to_owned(),
        handle: format!("crm-{}", id.0),
        ..row.clone()
    };
    tx.add_source(&crm).await?;
    tx.commit().await?;
    assert!(
        !format!("{row:?}").contains("whsec_"),
        "no log shows a secret"
    );

    let mut tx = store.begin(id).await?;
    assert_eq!(tx.sources(id).await?, [crm, row.clone()]);
    assert_eq!(tx.sources(other).await?, []);
    assert_eq!(tx.source(other, "shop").await?, None);
    assert_eq!(tx.source(id, "shop").await?, Some(row.clone()));
    assert_eq!(tx.source_by_handle("shop").await?, None);
    row.revision = 2;
    row.secret_before = std::mem::replace(&mut row.secret, "another".to_owned());
    row.before_until = Some(Time(99));
    row.paused_at = Some(Time(7));
    tx.put_source(&row).await?;
    assert!(
        is_conflict(&tx.put_source(&row).await),
        "the revision moved on"
    );
    row.revision = 3;
    row.ended_at = Some(Time(8));
    tx.put_source(&row).await?;
    assert_eq!(tx.source(id, "shop").await?, None, "it is gone");
    let found = tx.source_by_handle(&row.handle).await?;
    assert_eq!(found, Some(row), "but its address is known");
    tx.commit().await?;
    receipts(store, id).await
}

/// Receipts are bounded, and those of strangers do not push out the others.
async fn receipts(store: &dyn Store, id: WorkspaceId) -> Checked {
    let row = |number: i64, believed: bool| ReceiptRow {
        source: 1,
        number,
        delivery: format!("msg_{number}"),
        at: Time(number),
        believed,
        state: if believed { "taken" } else { "refused" }.to_owned(),
        reason: "\"ä\"".to_owned(),
        accepted: number,
        duplicate: 2,
        ignored: 3,
        refused: 4,
    };
    let mut tx = store.begin(id).await?;
    let all: Vec<ReceiptRow> = (1..=9).map(|number| row(number, number <= 4)).collect();
    tx.add_receipts(id, &all).await?;
    tx.add_receipts(id, &[]).await?;
    let numbers = |rows: Vec<ReceiptRow>| rows.iter().map(|row| row.number).collect::<Vec<_>>();
    assert_eq!(tx.receipts(id, 1, 2).await?, [row(9, false), row(8, false)]);
    assert_eq!(tx.receipts(id, 2, 9).await?, []);
    tx.trim_receipts(id, 1, 3).await?;
    assert_eq!(numbers(tx.receipts(id, 1, 99).await?), [9, 8, 7, 4, 3, 2]);
    tx.trim_receipts(id, 1, 3).await?;
    assert_eq!(numbers(tx.receipts(id, 1, 99).await?), [9, 8, 7, 4, 3, 2]);
    tx.commit().await
}
