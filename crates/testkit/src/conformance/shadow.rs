//! What rollouts in the shadow came to.

use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::shadow::{Count, Measure, Sample};
use variorum_ports::Store;

use super::{Checked, fresh};

/// Counts of a rollout in the shadow add up; texts side by side are kept once and can be erased.
pub async fn shadows(store: &dyn Store) -> Checked {
    let id = fresh(store, "shadow").await?;
    let (one, other) = (RolloutNumber(1), RolloutNumber(2));
    let count = |measure, name: &str, count| Count {
        prompt: "ads/🦀".to_owned(),
        measure,
        name: name.to_owned(),
        count,
    };
    let sample = |at, unit: &str| Sample::new("ads/🦀", Time(at), unit, "old 'text'", "new\ntext");
    let mut tx = store.begin(id).await?;
    tx.add_shadow_counts(
        id,
        one,
        &[
            count(Measure::Compared, "", 2),
            count(Measure::Missing, "town", 1),
        ],
    )
    .await?;
    tx.add_shadow_counts(id, one, &[count(Measure::Compared, "", 5)])
        .await?;
    tx.add_shadow_counts(id, one, &[]).await?;
    tx.add_shadow_samples(id, one, &[sample(1, "u"), sample(2, "v")])
        .await?;
    tx.add_shadow_samples(id, one, &[sample(1, "u")]).await?;
    tx.add_shadow_samples(id, other, &[sample(3, "u")]).await?;
    tx.commit().await?;
    let mut tx = store.read().await?;
    let all = [
        count(Measure::Compared, "", 7),
        count(Measure::Missing, "town", 1),
    ];
    assert_eq!(tx.shadow_counts(id, one).await?, all);
    assert_eq!(tx.shadow_counts(id, other).await?, []);
    assert_eq!(
        tx.shadow_samples(id, one).await?,
        [sample(1, "u"), sample(2, "v")]
    );
    drop(tx);
    let mut tx = store.begin(id).await?;
    tx.erase_shadow_samples(id, "u").await?;
    assert_eq!(tx.shadow_samples(id, one).await?, [sample(2, "v")]);
    assert_eq!(tx.shadow_samples(id, other).await?, []);
    tx.commit().await
}
