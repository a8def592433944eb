//! The audit log.

use variorum_domain::audit::{Entry, Head, follow};
use variorum_domain::id::{ActorId, WorkspaceId};
use variorum_ports::rows::EntryFilter;
use variorum_ports::{Store, StoreError};

use super::{Checked, fresh, is_conflict};
use crate::build;

/// Entries follow each other, are read back as they were sealed, filtered and paged.
pub async fn audit_log(store: &dyn Store) -> Checked {
    let id = fresh(store, "audit").await?;
    let other = fresh(store, "audit").await?;
    let written = write(store, id).await?;
    let mut tx = store.read().await?;
    assert_eq!(tx.audit_head(id).await?, written[11].head());
    assert_eq!(
        tx.audit_head(other).await?,
        Head::EMPTY,
        "each workspace has a log of its own"
    );
    let (mut head, mut after) = (Head::EMPTY, 0);
    loop {
        let page = tx.scan_entries(id, after, 5).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for entry in &page {
            let followed = follow(head, entry);
            assert!(
                followed.is_ok(),
                "the chain holds after it was stored: {followed:?}"
            );
            head = followed.unwrap_or(head);
        }
    }
    assert_eq!(head, written[11].head());
    drop(tx);
    filter_entries(store, id, &written).await?;
    refuse_wrong_entries(store, id, &written).await
}

async fn write(store: &dyn Store, id: WorkspaceId) -> Result<Vec<Entry>, StoreError> {
    let mut written: Vec<Entry> = Vec::new();
    for number in 0..12 {
        let mut tx = store.begin(id).await?;
        let action = if number % 3 == 0 {
            "release.created"
        } else {
            "rollout.started"
        };
        let target = format!("rollout:R-{}", number % 2);
        let entry = build::entry(id, tx.audit_head(id).await?, action, &target);
        tx.append_entry(&entry).await?;
        tx.commit().await?;
        written.push(entry);
    }
    Ok(written)
}

async fn filter_entries(store: &dyn Store, id: WorkspaceId, written: &[Entry]) -> Checked {
    let mut tx = store.read().await?;
    let all = EntryFilter::default();
    let newest: Vec<Entry> = written.iter().rev().cloned().collect();
    assert_eq!(tx.entries(id, &all, None, 99).await?, newest);
    assert_eq!(tx.entries(id, &all, None, 2).await?, newest[..2]);
    assert_eq!(tx.entries(id, &all, Some(11), 3).await?, newest[2..5]);
    let prefix = |text: &str| EntryFilter {
        action_prefix: Some(text.to_owned()),
        ..EntryFilter::default()
    };
    let target = EntryFilter {
        target: Some("rollout:R-1".to_owned()),
        ..EntryFilter::default()
    };
    let actor = |id| EntryFilter {
        actor: Some(ActorId(id)),
        ..EntryFilter::default()
    };
    let both = EntryFilter {
        action_prefix: Some("rollout".to_owned()),
        ..target.clone()
    };
    let cases = [
        (prefix("release."), 4),
        (prefix("rollout.started"), 8),
        (prefix("Rollout"), 0),
        (prefix("r%"), 0),
        (target, 6),
        (actor(1), 12),
        (actor(2), 0),
        (both, 4),
    ];
    for (filter, expected) in cases {
        let found = tx.entries(id, &filter, None, 99).await?;
        assert_eq!(found.len(), expected, "{filter:?}");
    }
    Ok(())
}

async fn refuse_wrong_entries(store: &dyn Store, id: WorkspaceId, written: &[Entry]) -> Checked {
    let forged_prev = Head {
        seq: 12,
        hash: written[3].hash,
    };
    let wrong = [
        Head::EMPTY,
        written[10].head(),
        forged_prev,
        Head {
            seq: 20,
            ..forged_prev
        },
    ];
    for head in wrong {
        let mut tx = store.begin(id).await?;
        let appended = tx.append_entry(&build::entry(id, head, "x.y", "z")).await;
        assert!(
            is_conflict(&appended),
            "an entry goes after the head only: {head:?}"
        );
    }
    let tx = store.read().await?.audit_head(id).await?;
    assert_eq!(tx, written[11].head());
    Ok(())
}
