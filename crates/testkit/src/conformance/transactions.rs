//! What a transaction promises: all or nothing, one state for readers, turns for writers.

use futures::FutureExt as _;
use futures::future::try_join_all;
use variorum_domain::audit::follow;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_ports::{Store, StoreError};

use super::{Checked, fresh, is_conflict};
use crate::build::{self, oid};

const MAIN: &str = "refs/heads/main";
const WRITERS: usize = 32;

/// A reader sees one state, whatever is committed meanwhile, and nothing uncommitted.
pub async fn readers(store: &dyn Store) -> Checked {
    let id = fresh(store, "readers").await?;
    let mut writer = store.begin(id).await?;
    writer
        .move_ref(id, MAIN, None, Some(oid("one")), Time(1))
        .await?;
    let mut early = store.read().await?;
    assert_eq!(
        early.get_ref(id, MAIN).await?,
        None,
        "what is not committed is not seen"
    );
    writer.commit().await?;
    assert_eq!(
        early.get_ref(id, MAIN).await?,
        None,
        "a reader's state does not change"
    );
    assert_eq!(early.refs(id, "").await?, []);
    early.commit().await?;
    let mut late = store.read().await?;
    assert_eq!(
        late.get_ref(id, MAIN).await?,
        Some(oid("one")),
        "what was committed is seen"
    );
    Ok(())
}

/// A reading transaction refuses every kind of write, and can be read from afterwards.
pub async fn reading_refuses_writes(store: &dyn Store) -> Checked {
    let id = fresh(store, "reading").await?;
    let mut tx = store.read().await?;
    let row = build::workspace("never");
    let actor = build::actor(id, "Ann");
    let token = build::token(id, variorum_domain::id::ActorId(1), "never");
    let head = variorum_domain::audit::Head::EMPTY;
    let refusals = [
        tx.add_workspace(&row).await.err(),
        tx.put_workspace(&row).await.err(),
        tx.clear_workspace(id).await.err(),
        tx.next_number(id, "release").await.err(),
        tx.put_setting("a", "b").await.err(),
        tx.put_objects(id, &[build::object("o", b"o")]).await.err(),
        tx.move_ref(id, MAIN, None, Some(oid("one")), Time(1))
            .await
            .err(),
        tx.move_ref(id, MAIN, None, None, Time(1)).await.err(),
        tx.put_commits(id, &[build::commit("c", &[])]).await.err(),
        tx.put_path_changes(id, &[build::path_change("a", "c", Some(1))])
            .await
            .err(),
        tx.put_library_rows(id, &[build::library_row("a.prompt")])
            .await
            .err(),
        tx.delete_library_rows(id, &["a".to_owned()]).await.err(),
        tx.put_release(id, &build::release(1)).await.err(),
        tx.put_environment(id, &build::environment("e")).await.err(),
        tx.put_rollout(id, &build::rollout(1)).await.err(),
        tx.put_rollout_result(id, variorum_domain::id::RolloutNumber(1), "{}")
            .await
            .err(),
        tx.add_actor(&actor).await.err(),
        tx.put_actor(&actor).await.err(),
        tx.add_token(&token).await.err(),
        tx.end_token(token.id, Time(1)).await.err(),
        tx.append_entry(&build::entry(id, head, "a.b", "c"))
            .await
            .err(),
    ];
    for (number, refusal) in refusals.iter().enumerate() {
        assert!(
            matches!(refusal, Some(StoreError::ReadOnly)),
            "write {number}: {refusal:?}"
        );
    }
    assert_eq!(tx.get_ref(id, MAIN).await?, None);
    tx.commit().await
}

/// A transaction that is dropped leaves nothing behind and gives its turn to the next.
pub async fn dropped_turns(store: &dyn Store) -> Checked {
    let id = fresh(store, "dropped").await?;
    for _ in 0..20 {
        let mut tx = store.begin(id).await?;
        assert_eq!(tx.get_ref(id, MAIN).await?, None);
        tx.move_ref(id, MAIN, None, Some(oid("one")), Time(1))
            .await?;
        tx.next_number(id, "release").await?;
        drop(tx);
    }
    let mut tx = store.begin(id).await?;
    assert_eq!(
        tx.next_number(id, "release").await?,
        1,
        "nothing was left behind"
    );
    tx.commit().await
}

/// Futures that are dropped anywhere inside do no harm to the writers after them.
pub async fn abandoned_transactions(store: &dyn Store) -> Checked {
    let id = fresh(store, "abandoned").await?;
    let objects: Vec<_> = (0..400)
        .map(|number| build::object(&format!("{number}"), &[7; 300]))
        .collect();
    for polls in 0..60 {
        let work = async {
            let mut tx = store.begin(id).await?;
            tx.put_objects(id, &objects).await?;
            tx.move_ref(id, MAIN, None, Some(oid("one")), Time(1))
                .await?;
            std::future::pending::<()>().await;
            tx.commit().await
        };
        abandon_after(work, polls).await;
        abandon_after(store.begin(id), polls % 5).await;
        abandon_after(store.read(), polls % 5).await;
    }
    readers_see_the_newest_state(store, id).await?;
    let mut tx = store.begin(id).await?;
    assert_eq!(tx.get_ref(id, MAIN).await?, None, "nothing was left behind");
    assert_eq!(tx.scan_objects(id, 0, 9).await?, []);
    let put = tx.put_objects(id, &objects).now_or_never();
    if put.is_none() {
        let later = tx.get_ref(id, MAIN).await;
        assert!(
            later.is_err(),
            "after an abandoned statement nobody knows what was written"
        );
        assert!(tx.commit().await.is_err(), "so it cannot be committed");
    }
    assert_eq!(store.read().await?.scan_objects(id, 0, 9).await?, []);
    Ok(())
}

/// More readers than any pool has connections, so that each of them is used.
async fn readers_see_the_newest_state(store: &dyn Store, id: WorkspaceId) -> Checked {
    let name = "refs/heads/newest";
    let mut tx = store.begin(id).await?;
    tx.move_ref(id, name, None, Some(oid("newest")), Time(1))
        .await?;
    tx.commit().await?;
    let look = async |_| store.read().await?.get_ref(id, name).await;
    for seen in try_join_all((0..64).map(look)).await? {
        assert_eq!(
            seen,
            Some(oid("newest")),
            "an abandoned reader leaves no old state behind"
        );
    }
    Ok(())
}

/// Polls a future a number of times at most, with other tasks in between, and drops it.
async fn abandon_after(work: impl Future, polls: u32) {
    let mut work = Box::pin(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 || work.as_mut().poll(context).is_ready() {
            return std::task::Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// After a statement failed nothing more can be done, and nothing stays.
pub async fn failed_transactions(store: &dyn Store) -> Checked {
    let id = fresh(store, "failed").await?;
    let mut tx = store.begin(id).await?;
    tx.move_ref(id, MAIN, None, Some(oid("one")), Time(1))
        .await?;
    let mut orphan = build::actor(WorkspaceId(i64::MAX), "Nobody");
    assert!(
        is_conflict(&tx.add_actor(&orphan).await),
        "an actor belongs to a workspace"
    );
    orphan.workspace = id;
    assert!(
        tx.add_actor(&orphan).await.is_err(),
        "the transaction is over"
    );
    assert!(tx.commit().await.is_err());
    assert_eq!(store.read().await?.get_ref(id, MAIN).await?, None);
    Ok(())
}

/// Writers at the same time count without a gap, keep the chain, and lose nothing acknowledged.
pub async fn concurrent_writers(store: &dyn Store) -> Checked {
    let id = fresh(store, "writers").await?;
    let write = async |writer: usize| {
        let mut acknowledged = Vec::new();
        for round in 0..4 {
            let mut tx = store.begin(id).await?;
            let number = tx.next_number(id, "release").await?;
            let entry = build::entry(id, tx.audit_head(id).await?, "a.b", &format!("{number}"));
            tx.append_entry(&entry).await?;
            let name = format!("refs/heads/{writer}/{round}");
            tx.move_ref(id, &name, None, Some(oid(&name)), Time(number))
                .await?;
            if (writer + round) % 5 == 4 {
                drop(tx);
            } else {
                tx.commit().await?;
                acknowledged.push((name.clone(), number));
                let mut reader = store.read().await?;
                let seen = reader.get_ref(id, &name).await?;
                assert_eq!(seen, Some(oid(&name)), "what was acknowledged is seen");
            }
        }
        Ok::<_, StoreError>(acknowledged)
    };
    let all = try_join_all((0..WRITERS).map(write)).await?;
    let mut acknowledged: Vec<(String, i64)> = all.into_iter().flatten().collect();
    acknowledged.sort();
    let mut tx = store.read().await?;
    let refs = tx.refs(id, "").await?;
    let stored = refs.into_iter().map(|(name, _, at)| (name, at.0));
    assert!(
        stored.eq(acknowledged.iter().cloned()),
        "exactly what was acknowledged is there"
    );
    let mut numbers: Vec<i64> = acknowledged.iter().map(|(_, number)| *number).collect();
    numbers.sort_unstable();
    let total = i64::try_from(numbers.len()).unwrap_or(0);
    assert!(
        numbers.into_iter().eq(1..=total),
        "numbers are given out once and without a gap"
    );
    let entries = tx.scan_entries(id, 0, 999).await?;
    let head = entries
        .iter()
        .try_fold(variorum_domain::audit::Head::EMPTY, follow);
    assert_eq!(head.map(|head| head.seq), Ok(total), "the chain holds");
    Ok(())
}
