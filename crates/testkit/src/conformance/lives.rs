//! What went live when.

use variorum_domain::id::{ReleaseNumber, RolloutNumber, Time};
use variorum_domain::watch::{Baseline, HappenedKind, LiveVersion, WentLive};
use variorum_ports::Store;

use super::{Checked, fresh};

fn went_live(at: i64, release: i64) -> WentLive {
    WentLive {
        at: Time(at),
        environment: "production".to_owned(),
        kind: HappenedKind::WentLive,
        before: (release > 1).then_some(ReleaseNumber(release - 1)),
        release: ReleaseNumber(release),
        rollout: None,
        title: "ä \"note\"".to_owned(),
        by: "Ann".to_owned(),
        changed: 2,
    }
}

fn version(of: &WentLive, prompt: &str) -> LiveVersion {
    LiveVersion {
        at: of.at,
        environment: of.environment.clone(),
        kind: of.kind,
        release: of.release,
        rollout: Some(RolloutNumber(4)),
        by: of.by.clone(),
        prompt: prompt.to_owned(),
        before: None,
        version: Some(of.release.0),
        baselines: vec![Baseline {
            kpi: "order".to_owned(),
            definition: "ab".to_owned(),
            numerator: "170141183460469231731687303715884105727".to_owned(),
            denominator: 3,
            per_exposure: true,
            days: 28,
            first_day: 20_000,
            last_day: 20_027,
            mean: 1.0 / 3.0,
            low: None,
            high: Some(0.5),
        }],
    }
}

/// What went live is told newest first, by time and by prompt, in its workspace only; the same
/// moment is written once.
pub async fn lives(store: &dyn Store) -> Checked {
    let id = fresh(store, "lives").await?;
    let other = fresh(store, "lives").await?;
    let all = [went_live(10, 1), went_live(20, 2), went_live(30, 3)];
    let mut tx = store.begin(id).await?;
    for one in &all {
        let versions = [version(one, "email/a"), version(one, "email/b%")];
        tx.add_went_live(id, one, &versions).await?;
    }
    let again = WentLive {
        title: "again".to_owned(),
        ..all[0].clone()
    };
    tx.add_went_live(id, &again, &[]).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    let found = tx.went_live(id, Time(10)..Time(30), 10).await?;
    assert_eq!(found, [all[1].clone(), all[0].clone()]);
    let newest = tx.went_live(id, Time(0)..Time(i64::MAX), 1).await?;
    assert_eq!(newest, [all[2].clone()]);
    let end = Time(i64::MAX);
    let of_one = tx.live_versions(id, Some("email/b%"), end, 2).await?;
    assert_eq!(
        of_one,
        [version(&all[2], "email/b%"), version(&all[1], "email/b%")]
    );
    assert_eq!(tx.live_versions(id, None, Time(20), 10).await?.len(), 2);
    assert!(
        tx.live_versions(id, Some("email"), end, 9)
            .await?
            .is_empty()
    );
    assert!(tx.live_versions(other, None, end, 9).await?.is_empty());
    assert!(tx.went_live(other, Time(0)..end, 9).await?.is_empty());
    Ok(())
}
