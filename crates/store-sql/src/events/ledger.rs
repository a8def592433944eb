//! What a group of batches changes besides the events: places, counts and marks. Pure.

use std::collections::BTreeMap;

use variorum_domain::id::WorkspaceId;
use variorum_ports::events::NewEvent;

/// How many places lie between two marks.
const PLACES_PER_MARK: i64 = 4_096;

/// The one row every writer changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ledger {
    pub(super) last_seq: i64,
    pub(super) newest_received: i64,
    pub(super) marked_seq: i64,
}

impl Ledger {
    /// Gives places to a batch and returns the first one.
    pub(super) fn take(&mut self, events: &[NewEvent]) -> i64 {
        let first = self.last_seq + 1;
        self.last_seq += i64::try_from(events.len()).unwrap_or(0);
        let newest = events.iter().map(|new| new.received.0).max();
        self.newest_received = self.newest_received.max(newest.unwrap_or(i64::MIN));
        first
    }

    /// The mark to set now, if one is due.
    pub(super) fn mark(&mut self) -> Option<(i64, i64)> {
        if self.last_seq - self.marked_seq < PLACES_PER_MARK {
            return None;
        }
        self.marked_seq = self.last_seq;
        Some((self.last_seq, self.newest_received))
    }
}

/// How many events each workspace gets from these batches.
pub(super) fn counts<'a>(events: impl Iterator<Item = &'a NewEvent>) -> Vec<(WorkspaceId, i64)> {
    let mut counts = BTreeMap::new();
    for new in events {
        *counts.entry(new.workspace).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}
