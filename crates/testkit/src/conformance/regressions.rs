//! Regressions that the watch found.

use variorum_domain::id::Time;
use variorum_domain::watch::{AtStake, Measured, Regression, RegressionState, Subject};
use variorum_ports::Store;

use super::{Checked, fresh, is_conflict};

fn regression(number: i64, state: RegressionState) -> Regression {
    Regression {
        number,
        subject: Subject::Prompt("email/ä \"x\"".to_owned()),
        kpi: "open".to_owned(),
        state,
        found: Measured {
            drifts: false,
            day: 20_000,
            between: (19_999, 20_001),
            score: 5.1,
            limit: 4.4,
            yearly: 0.01,
            before: 1.0 / 3.0,
            after: 0.2,
            days: 4,
            units: 400,
            missing: 53.3,
            per_exposure: true,
            hours: None,
        },
        stake: AtStake {
            money_a_day: Some(0.1),
            unit: "EUR".to_owned(),
            decimals: 2,
            basis: "measured".to_owned(),
        },
        suspects: Vec::new(),
        found_at: Time(7),
        seen_at: Time(7),
        settled: None,
        resolved_at: None,
        told_with: None,
        revision: 1,
    }
}

/// A regression is there once, changes by its revision, and is seen in its workspace only.
pub async fn regressions(store: &dyn Store) -> Checked {
    let id = fresh(store, "regressions").await?;
    let other = fresh(store, "regressions").await?;
    let (first, second) = (
        regression(1, RegressionState::Open),
        regression(2, RegressionState::Dismissed),
    );
    let mut tx = store.begin(id).await?;
    tx.put_regression(id, &first).await?;
    tx.put_regression(id, &second).await?;
    assert!(
        is_conflict(&tx.put_regression(id, &first).await),
        "it is there"
    );
    tx.commit().await?;

    let mut tx = store.begin(id).await?;
    assert_eq!(tx.regression(id, 1).await?, Some(first.clone()));
    assert_eq!(tx.regression(other, 1).await?, None);
    let all = tx.regressions(id, false, None, 10).await?;
    assert_eq!(all, [second.clone(), first.clone()]);
    assert_eq!(
        tx.regressions(id, true, None, 10).await?,
        std::slice::from_ref(&first)
    );
    assert_eq!(
        tx.regressions(id, false, Some(2), 10).await?,
        std::slice::from_ref(&first)
    );
    assert_eq!(tx.regressions(id, false, None, 1).await?, [second]);
    let mut changed = first;
    changed.resolve(Time(9));
    tx.put_regression(id, &changed).await?;
    assert!(
        is_conflict(&tx.put_regression(id, &changed).await),
        "changed since"
    );
    assert_eq!(tx.regression(id, 1).await?, Some(changed));
    assert_eq!(tx.regressions(id, true, None, 10).await?, []);
    tx.commit().await?;
    Ok(())
}
