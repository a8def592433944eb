//! Kept searches, and the days on which prompts were asked for.

use variorum_domain::id::Time;
use variorum_domain::quality::{Count, Measure};
use variorum_ports::Store;
use variorum_ports::rows::{PromptAskRow, ViewRow};

use super::{Checked, fresh, is_conflict};
use crate::build;

/// A view is there once, changes by its revision, and is seen in its workspace only.
pub async fn views(store: &dyn Store) -> Checked {
    let id = fresh(store, "views").await?;
    let other = fresh(store, "views").await?;
    let mut tx = store.begin(id).await?;
    let owner = tx.add_actor(&build::actor(id, "Ann Lee")).await?;
    let first = ViewRow {
        workspace: id,
        number: 1,
        owner,
        name: "Expiring \"soon\" ä".to_owned(),
        find: r#"{"expiring_days":30}"#.to_owned(),
        shared: false,
        pinned: true,
        created_at: Time(5),
        updated_at: Time(5),
        revision: 1,
    };
    tx.add_view(&first).await?;
    assert!(is_conflict(&tx.add_view(&first).await), "it is there");
    let second = ViewRow {
        number: 2,
        name: "Second".to_owned(),
        shared: true,
        pinned: false,
        ..first.clone()
    };
    tx.add_view(&second).await?;
    tx.commit().await?;

    let mut tx = store.begin(id).await?;
    assert_eq!(tx.views(id).await?, [first.clone(), second.clone()]);
    assert_eq!(tx.views(other).await?, []);
    assert_eq!(tx.view(other, 1).await?, None);
    let changed = ViewRow {
        name: "First".to_owned(),
        find: r#"{"q":"x"}"#.to_owned(),
        shared: true,
        pinned: false,
        updated_at: Time(9),
        revision: 2,
        ..first
    };
    tx.put_view(&changed).await?;
    assert_eq!(tx.view(id, 1).await?, Some(changed.clone()));
    assert!(tx.remove_view(id, 2).await?);
    assert!(!tx.remove_view(id, 2).await?);
    tx.commit().await?;
    let mut tx = store.begin(id).await?;
    assert!(is_conflict(&tx.put_view(&changed).await), "changed since");
    drop(tx);
    let mut tx = store.begin(id).await?;
    assert_eq!(tx.views(id).await?, [changed]);
    tx.clear_workspace(id).await?;
    assert_eq!(tx.views(id).await?, []);
    tx.commit().await
}

/// The last day counts, whatever order days are noted in.
pub async fn prompt_asks(store: &dyn Store) -> Checked {
    let id = fresh(store, "asks").await?;
    let ask = |environment: &str, prompt: &str, day| PromptAskRow {
        environment: environment.to_owned(),
        prompt: prompt.to_owned(),
        day,
    };
    let mut tx = store.begin(id).await?;
    tx.note_asks(id, &[]).await?;
    tx.note_asks(id, &[ask("production", "a", 7), ask("test", "a", 3)])
        .await?;
    tx.note_asks(id, &[ask("production", "a", 6), ask("test", "a", 4)])
        .await?;
    tx.note_asks(id, &[ask("production", "b", 1)]).await?;
    tx.commit().await?;
    let mut tx = store.read().await?;
    let both = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    assert_eq!(
        tx.asks(id, &both).await?,
        [
            ask("production", "a", 7),
            ask("test", "a", 4),
            ask("production", "b", 1)
        ]
    );
    assert_eq!(tx.asks(id, &[]).await?, []);
    drop(tx);
    Ok(())
}

/// Counts of the quality of data add up, by hour, and are forgotten.
pub async fn quality_counts(store: &dyn Store) -> Checked {
    let id = fresh(store, "quality").await?;
    let other = fresh(store, "quality").await?;
    let count = |hour, name: &str, count| Count {
        hour,
        source: "shop 🦀".to_owned(),
        measure: Measure::Refused,
        name: name.to_owned(),
        count,
    };
    let mut tx = store.begin(id).await?;
    tx.add_quality(
        id,
        &[
            count(7, "bad-time", 2),
            count(7, "bad-value", 1),
            count(9, "", 5),
        ],
    )
    .await?;
    tx.add_quality(id, &[count(7, "bad-time", 40)]).await?;
    tx.add_quality(id, &[]).await?;
    tx.commit().await?;
    let mut tx = store.read().await?;
    let all = [
        count(7, "bad-time", 42),
        count(7, "bad-value", 1),
        count(9, "", 5),
    ];
    assert_eq!(tx.quality(id, 0).await?, all);
    assert_eq!(tx.quality(id, 8).await?, all[2..]);
    assert_eq!(tx.quality(other, 0).await?, []);
    drop(tx);
    let mut tx = store.begin(id).await?;
    tx.forget_quality(id, 9).await?;
    assert_eq!(tx.quality(id, 0).await?, all[2..]);
    tx.commit().await
}
