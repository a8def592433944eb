//! The log of events.

use futures::future::try_join_all;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_ports::events::NewEvent;
use variorum_ports::{EventLog, StoreError, StoredEvent};

use super::Checked;
use crate::build;

/// Batches are stored whole, in order, and read back as they were.
pub async fn event_log(log: &dyn EventLog) -> Checked {
    let (one, two) = (WorkspaceId(101), WorkspaceId(102));
    let start = log.last_seq().await?;
    assert_eq!(
        log.append(Vec::new().into()).await?,
        start + 1,
        "an empty batch takes no place"
    );
    assert_eq!(log.last_seq().await?, start);
    let odd = odd_events(one);
    let first = log.append(odd.clone().into()).await?;
    assert!(first > start, "places grow");
    let batch: Vec<NewEvent> = (0..2_500)
        .map(|n| build::event(two, &format!("e{n}"), Time(1_000 + n)))
        .collect();
    let second = log.append(batch.clone().into()).await?;
    assert_eq!(second, first + 4, "one writer leaves no gaps");
    assert_eq!(log.last_seq().await?, second + 2_499);

    let stored = log.scan(start, 10_000).await?;
    let expected: Vec<StoredEvent> = odd
        .into_iter()
        .chain(batch)
        .zip(first..)
        .map(|(new, seq)| StoredEvent {
            seq,
            workspace: new.workspace,
            received: new.received,
            event: new.event,
        })
        .collect();
    assert!(
        stored == expected,
        "events come back in order and as they were"
    );
    assert_eq!(log.scan(start, 3).await?, expected[..3]);
    assert_eq!(log.scan(second + 2_499, 3).await?, []);
    assert_eq!(log.count(one).await?, 4);
    assert_eq!(log.count(two).await?, 2_500);
    scan_ids(log, start, second, two).await?;
    clear(log, one, two).await
}

fn odd_events(id: WorkspaceId) -> Vec<NewEvent> {
    let outcome = Event {
        kind: EventKind::Outcome,
        rollout: None,
        arm: None,
        kpi: "order_value".to_owned(),
        value: i64::MIN,
        prompt: String::new(),
        channel: String::new(),
        attributes: String::new(),
        ..build::event(id, "🦀 'x'", Time(1)).event
    };
    let edge = Event {
        time: Time(i64::MIN),
        value: i64::MAX,
        rollout: Some(RolloutNumber(i64::MAX)),
        arm: Some(u8::MAX),
        ..outcome.clone()
    };
    vec![
        build::event(id, "same id", Time(5)),
        build::event(id, "same id", Time(6)),
        NewEvent {
            workspace: id,
            received: Time(2_000),
            event: outcome,
        },
        NewEvent {
            workspace: id,
            received: Time(2_000),
            event: edge,
        },
    ]
}

async fn scan_ids(log: &dyn EventLog, start: i64, second: i64, two: WorkspaceId) -> Checked {
    let (mut after, mut seen) = (start, Vec::new());
    loop {
        let page = log.scan_ids(Time(2_000), after, 400).await?;
        let Some((last, ..)) = page.last() else { break };
        after = *last;
        seen.extend(page);
    }
    assert_eq!(seen.len(), 1_502, "only what was received since then");
    assert_eq!(
        seen[2],
        (second + 1_000, two, "e1000".to_owned(), Time(2_000))
    );
    assert!(seen.is_sorted_by_key(|row| row.0));
    assert_eq!(log.scan_ids(Time(i64::MAX), start, 9).await?, []);
    Ok(())
}

async fn clear(log: &dyn EventLog, one: WorkspaceId, two: WorkspaceId) -> Checked {
    let last = log.last_seq().await?;
    log.clear(two).await?;
    assert_eq!(log.count(two).await?, 0);
    assert_eq!(log.count(one).await?, 4, "other workspaces keep theirs");
    let next = log
        .append(vec![build::event(two, "after", Time(9))].into())
        .await?;
    assert!(next > last, "places are never used twice");
    assert_eq!(log.count(two).await?, 1);
    log.clear(one).await?;
    log.clear(two).await?;
    Ok(())
}

/// Callers at the same time each get a block of places of their own.
pub async fn event_log_groups(log: &dyn EventLog) -> Checked {
    let id = WorkspaceId(103);
    let start = log.last_seq().await?;
    let append = async |caller: usize| {
        let name = |n: usize| format!("{caller}/{n}");
        let batch: Vec<NewEvent> = (0..=caller)
            .map(|n| build::event(id, &name(n), Time(7)))
            .collect();
        let first = log.append(batch.into()).await?;
        Ok::<_, StoreError>((first, caller))
    };
    let blocks = try_join_all((0..40).map(append)).await?;
    let stored = log.scan(start, 10_000).await?;
    assert_eq!(stored.len(), 820);
    for (first, caller) in blocks {
        let block: Vec<String> = stored
            .iter()
            .skip_while(|event| event.seq < first)
            .take(caller + 1)
            .map(|event| event.event.id.clone())
            .collect();
        let expected: Vec<String> = (0..=caller).map(|n| format!("{caller}/{n}")).collect();
        assert_eq!(block, expected, "a batch lies together, in its order");
    }
    let nul = build::event(id, "a\0b", Time(7));
    let batch = vec![build::event(id, "good", Time(7)), nul];
    assert!(
        log.append(batch.into()).await.is_err(),
        "a NUL character is refused with its whole batch"
    );
    assert_eq!(log.count(id).await?, 820);
    log.clear(id).await
}

/// An erased unit is found nowhere; its events are there under another name.
pub async fn event_log_erasure(log: &dyn EventLog) -> Checked {
    let (one, two) = (WorkspaceId(121), WorkspaceId(122));
    let start = log.last_seq().await?;
    let event = |workspace, id: &str, unit: &str| {
        let mut new = build::event(workspace, id, Time(5));
        unit.clone_into(&mut new.event.unit);
        new.event.attributes = format!("{{\"mail\":\"{unit}@x.example\"}}");
        new
    };
    let batch = vec![
        event(one, "a", "ann"),
        event(one, "x-ann-1", "ann"),
        event(one, "b", "bob"),
        event(two, "c", "ann"),
    ];
    log.append(batch.clone().into()).await?;
    assert_eq!(log.count_unit(one, "ann").await?, 2);
    assert_eq!(log.erase_unit(one, "ann", "erased:1").await?, 2);
    assert_eq!(log.erase_unit(one, "ann", "erased:2").await?, 0);
    assert_eq!(log.count_unit(one, "ann").await?, 0);
    assert_eq!(log.count_unit(one, "erased:1").await?, 2);
    let stored: Vec<_> = log.scan(start, 10).await?;
    let stored: Vec<_> = stored
        .into_iter()
        .filter(|row| [one, two].contains(&row.workspace))
        .collect();
    assert_eq!(stored[0].event.id, "a", "an id that tells nothing stays");
    assert_eq!(stored[1].event.id, format!("erased:1-{}", stored[1].seq));
    for row in &stored[..2] {
        assert_eq!(
            (row.event.unit.as_str(), row.event.attributes.as_str()),
            ("erased:1", "")
        );
        assert_eq!(
            (row.event.value, row.event.time),
            (batch[0].event.value, batch[0].event.time)
        );
    }
    assert_eq!(stored[2].event, batch[2].event, "other units stay");
    assert_eq!(stored[3].event, batch[3].event, "other workspaces stay");
    log.clear(one).await?;
    log.clear(two).await
}
