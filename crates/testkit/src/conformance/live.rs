//! Releases, environments and rollouts.

use variorum_domain::id::{ReleaseNumber, RolloutNumber};
use variorum_domain::release::{Environment, Release};
use variorum_domain::rollout::RolloutState;
use variorum_ports::Store;

use super::{Checked, fresh, is_conflict};
use crate::build;

/// Releases are stored once and listed newest first without their manifests.
pub async fn releases(store: &dyn Store) -> Checked {
    let id = fresh(store, "releases").await?;
    let other = fresh(store, "releases").await?;
    let mut tx = store.begin(id).await?;
    for number in 1..=5 {
        tx.put_release(id, &build::release(number)).await?;
    }
    let again = Release {
        note: "other".to_owned(),
        ..build::release(3)
    };
    assert!(
        is_conflict(&tx.put_release(id, &again).await),
        "a release is never replaced"
    );
    tx.put_release(other, &build::release(3)).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert_eq!(
        tx.release(id, ReleaseNumber(3)).await?,
        Some(build::release(3))
    );
    assert_eq!(tx.release(id, ReleaseNumber(6)).await?, None);
    let first = tx.releases(id, None, 2).await?;
    let bare = |number| Release {
        manifest: String::new(),
        ..build::release(number)
    };
    assert_eq!(first, [bare(5), bare(4)]);
    assert_eq!(
        tx.releases(id, Some(4), 9).await?,
        [bare(3), bare(2), bare(1)]
    );
    assert_eq!(tx.releases(other, None, 9).await?, [bare(3)]);
    Ok(())
}

/// An environment changes only from the revision before.
pub async fn environments(store: &dyn Store) -> Checked {
    let id = fresh(store, "environments").await?;
    let other = fresh(store, "environments").await?;
    let first = build::environment("production");
    let second = Environment {
        release: Some(ReleaseNumber(2)),
        previous: Some(ReleaseNumber(1)),
        rollout: Some(RolloutNumber(1)),
        revision: 2,
        ..first.clone()
    };
    let third = Environment {
        revision: 3,
        ..first.clone()
    };
    let mut tx = store.begin(id).await?;
    assert_eq!(tx.environment(id, "production").await?, None);
    assert!(
        is_conflict(&tx.put_environment(id, &second).await),
        "there is no revision 1 yet"
    );
    tx.put_environment(id, &first).await?;
    assert!(
        is_conflict(&tx.put_environment(id, &first).await),
        "it is there"
    );
    assert!(
        is_conflict(&tx.put_environment(id, &third).await),
        "revision 2 is missing"
    );
    tx.put_environment(id, &second).await?;
    assert!(
        is_conflict(&tx.put_environment(id, &second).await),
        "it is at revision 2"
    );
    tx.put_environment(id, &build::environment("Beta")).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert_eq!(
        tx.environment(id, "production").await?,
        Some(second.clone())
    );
    assert_eq!(
        tx.environments(id).await?,
        [build::environment("Beta"), second]
    );
    assert_eq!(tx.environments(other).await?, []);
    Ok(())
}

/// A rollout changes only from the revision before; open ones are listed apart.
pub async fn rollouts(store: &dyn Store) -> Checked {
    let id = fresh(store, "rollouts").await?;
    let mut tx = store.begin(id).await?;
    for number in 1..=4 {
        tx.put_rollout(id, &build::rollout(number)).await?;
    }
    assert!(
        is_conflict(&tx.put_rollout(id, &build::rollout(4)).await),
        "it is there"
    );
    let mut ended = build::rollout(2);
    ended.revision = 2;
    ended.state = RolloutState::RolledBack;
    tx.put_rollout(id, &ended).await?;
    assert!(
        is_conflict(&tx.put_rollout(id, &ended).await),
        "it is at revision 2"
    );
    let mut paused = build::rollout(3);
    paused.revision = 2;
    paused.state = RolloutState::Paused;
    tx.put_rollout(id, &paused).await?;
    assert_eq!(tx.rollout_result(id, RolloutNumber(2)).await?, None);
    tx.put_rollout_result(id, RolloutNumber(2), "{\"n\":1}")
        .await?;
    tx.put_rollout_result(id, RolloutNumber(2), "{\"n\":2}")
        .await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert_eq!(
        tx.rollout(id, RolloutNumber(2)).await?,
        Some(ended.clone()),
        "to the last bit"
    );
    assert_eq!(tx.rollout(id, RolloutNumber(9)).await?, None);
    let all = tx.rollouts(id, false, None, 9).await?;
    assert_eq!(
        all,
        [build::rollout(4), paused.clone(), ended, build::rollout(1)]
    );
    let open = tx.rollouts(id, true, Some(4), 9).await?;
    assert_eq!(open, [paused, build::rollout(1)]);
    assert_eq!(tx.rollouts(id, true, None, 1).await?, [build::rollout(4)]);
    let result = tx.rollout_result(id, RolloutNumber(2)).await?;
    assert_eq!(result.as_deref(), Some("{\"n\":2}"));
    Ok(())
}
