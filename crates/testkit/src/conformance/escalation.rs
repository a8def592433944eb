//! Stops, incidents, and messages on their way.

use variorum_domain::escalation::{
    Alarm, Cause, Delivery, DeliveryState, Incident, IncidentState, Ladder, Opening, Route,
    Urgency, Who,
};
use variorum_domain::id::{ActorId, IncidentNumber, RolloutNumber, Time};
use variorum_domain::stop::Stop;
use variorum_ports::Store;

use super::{Checked, fresh, is_conflict};

fn incident(number: i64, subject: &str) -> Incident {
    Incident::open(Opening {
        number: IncidentNumber(number),
        alarm: Alarm {
            cause: Cause::GuardFired,
            urgency: Urgency::High,
            subject: subject.to_owned(),
            title: "Orders \"fell\" ä".to_owned(),
            text: String::new(),
            environment: None,
            path: None,
            kpi: None,
        },
        ladder: Ladder::fallback(),
        at: Time(7),
    })
}

/// A stop holds until it is lifted, once.
pub async fn stops(store: &dyn Store) -> Checked {
    let id = fresh(store, "stops").await?;
    let mut stop = Stop {
        number: 1,
        environment: Some("production".to_owned()),
        reason: "wrong price".to_owned(),
        at: Time(3),
        by: ActorId(1),
        by_name: "Ann".to_owned(),
        ended: vec![RolloutNumber(4)],
        lifted: None,
    };
    let mut tx = store.begin(id).await?;
    tx.add_stop(id, &stop).await?;
    assert!(is_conflict(&tx.add_stop(id, &stop).await), "it is there");
    tx.commit().await?;
    let mut tx = store.begin(id).await?;
    assert_eq!(tx.stops(id, true, 10).await?, [stop.clone()]);
    assert!(stop.lift("Bob", "mended", Time(9)).is_ok());
    tx.put_stop(id, &stop).await?;
    assert_eq!(tx.stops(id, true, 10).await?, []);
    assert_eq!(tx.stops(id, false, 10).await?, [stop.clone()]);
    assert!(is_conflict(&tx.put_stop(id, &stop).await), "it was lifted");
    drop(tx);
    let mut tx = store.begin(id).await?;
    tx.clear_workspace(id).await?;
    assert_eq!(tx.stops(id, false, 10).await?, []);
    tx.commit().await
}

/// Incidents change by their revision, and are found by what they are about and by what is next.
pub async fn incidents(store: &dyn Store) -> Checked {
    let id = fresh(store, "incidents").await?;
    let other = fresh(store, "incidents").await?;
    let mut tx = store.begin(id).await?;
    let first = incident(1, "rollout:R-1");
    tx.add_incident(id, &first).await?;
    assert!(
        is_conflict(&tx.add_incident(id, &first).await),
        "it is there"
    );
    tx.commit().await?;
    let mut tx = store.begin(id).await?;
    let second = incident(2, "rollout:R-1");
    tx.add_incident(id, &second).await?;
    let about = tx
        .incident_about(id, Cause::GuardFired, "rollout:R-1")
        .await?;
    assert_eq!(about, Some(second.clone()), "the newest");
    assert_eq!(
        tx.incident_about(id, Cause::Regression, "rollout:R-1")
            .await?,
        None
    );
    assert_eq!(
        tx.incident_about(other, Cause::GuardFired, "rollout:R-1")
            .await?,
        None
    );
    let mut over = first.clone();
    let ann = Who {
        id: ActorId(1),
        name: "Ann".to_owned(),
    };
    assert!(over.resolve(&ann, "fixed", Time(8)).is_ok());
    tx.put_incident(id, first.revision, &over).await?;
    assert_eq!(over.state, IncidentState::Resolved);
    let open = tx.incidents(id, true, None, 10).await?;
    assert_eq!(open, std::slice::from_ref(&second));
    assert_eq!(
        tx.incidents(id, false, None, 10).await?,
        [second.clone(), over.clone()]
    );
    assert_eq!(tx.incidents(id, false, Some(2), 10).await?, [over.clone()]);
    let moving = tx.incidents_moving(1_000).await?;
    let own: Vec<_> = moving.into_iter().filter(|one| one.0 == id).collect();
    assert_eq!(own, [(id, second.clone())], "nothing moves once it is over");
    assert_eq!(
        tx.incident(id, IncidentNumber(1)).await?,
        Some(over.clone())
    );
    tx.commit().await?;
    let mut tx = store.begin(id).await?;
    assert!(
        is_conflict(&tx.put_incident(id, first.revision, &over).await),
        "changed since"
    );
    drop(tx);
    let mut tx = store.begin(id).await?;
    tx.clear_workspace(id).await?;
    assert_eq!(tx.incidents(id, false, None, 10).await?, []);
    tx.commit().await
}

/// A message is there once, however often it is made, and is due until it was taken.
pub async fn deliveries(store: &dyn Store) -> Checked {
    let id = fresh(store, "deliveries").await?;
    let message = |number: i64, key: &str, incident: Option<i64>| Delivery {
        number,
        key: key.to_owned(),
        incident: incident.map(IncidentNumber),
        ladder: "revenue".to_owned(),
        route: Route::Email,
        to: "ann@acme.example".to_owned(),
        subject: "s".to_owned(),
        text: "t\nt".to_owned(),
        state: DeliveryState::Waiting,
        tries: 0,
        answer: String::new(),
        made_at: Time(1),
        sent_at: None,
        next_at: Some(Time(number * 10)),
    };
    let mut tx = store.begin(id).await?;
    tx.add_deliveries(id, &[]).await?;
    let mut first = message(1, "a", Some(3));
    let second = message(2, "b", None);
    tx.add_deliveries(id, &[first.clone(), second.clone()])
        .await?;
    tx.add_deliveries(id, &[message(3, "a", Some(3))]).await?;
    tx.commit().await?;
    let mut tx = store.begin(id).await?;
    let all = tx.deliveries(id, None, None, 10).await?;
    assert_eq!(all, [second.clone(), first.clone()]);
    let of = tx.deliveries(id, Some(IncidentNumber(3)), None, 10).await?;
    assert_eq!(of, [first.clone()]);
    assert_eq!(tx.deliveries(id, None, Some(2), 10).await?, [first.clone()]);
    let due = tx.deliveries_due(Time(19), 1_000).await?;
    let own: Vec<_> = due.into_iter().filter(|one| one.0 == id).collect();
    assert_eq!(own, [(id, first.clone())]);
    first.sent("250 ok", Time(19));
    tx.put_delivery(id, &first).await?;
    let due = tx.deliveries_due(Time(20), 1_000).await?;
    let own: Vec<_> = due.into_iter().filter(|one| one.0 == id).collect();
    assert_eq!(own, [(id, second)]);
    assert_eq!(tx.deliveries(id, None, Some(2), 10).await?, [first]);
    tx.clear_workspace(id).await?;
    assert_eq!(tx.deliveries(id, None, None, 10).await?, []);
    tx.commit().await
}
