//! What became of the last deliveries. Kept in memory and written once a minute, or when somebody looks,
//! so that strangers who send without a secret cannot make the store work.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::source::RECEIPTS_KEPT_MAX;
use variorum_ports::store::{ReceiptRow, SourceRow};

use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Sources are announced at most this often.
const ANNOUNCE_EVERY_US: i64 = 1_000_000;

/// Receipts that are not written yet.
#[derive(Debug, Default)]
pub struct Receipts(Mutex<HashMap<(WorkspaceId, i64), Waiting>>);

/// The newest of one source, believed and not.
#[derive(Debug, Default)]
struct Waiting {
    kept: [VecDeque<ReceiptRow>; 2],
    arrived: i64,
    announced: Option<Time>,
}

impl Receipts {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(WorkspaceId, i64), Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one; tells whether it is time to announce the source.
    fn keep(&self, workspace: WorkspaceId, mut row: ReceiptRow) -> bool {
        let mut known = self.lock();
        let waiting = known.entry((workspace, row.source)).or_default();
        let is_due = waiting
            .announced
            .is_none_or(|last| row.at.0 - last.0 >= ANNOUNCE_EVERY_US);
        if is_due {
            waiting.announced = Some(row.at);
        }
        // Until it gets its number, the order of arrival.
        waiting.arrived += 1;
        row.number = waiting.arrived;
        let rows = &mut waiting.kept[usize::from(row.believed)];
        if rows.len() == RECEIPTS_KEPT_MAX {
            rows.pop_front();
        }
        rows.push_back(row);
        is_due
    }

    /// Takes out what is not written yet, in the order in which it arrived.
    fn take(&self) -> HashMap<WorkspaceId, Vec<ReceiptRow>> {
        let mut taken: HashMap<WorkspaceId, Vec<ReceiptRow>> = HashMap::new();
        for ((workspace, _), waiting) in self.lock().iter_mut() {
            let rows = taken.entry(*workspace).or_default();
            for kept in &mut waiting.kept {
                rows.extend(kept.drain(..));
            }
        }
        taken.retain(|_, rows| !rows.is_empty());
        for rows in taken.values_mut() {
            rows.sort_by_key(|row| (row.at, row.number));
        }
        taken
    }
}

/// Keeps a receipt.
pub(super) fn keep(ctx: &Context, source: &SourceRow, row: ReceiptRow) {
    if ctx.receipts.keep(source.workspace, row) {
        ctx.announce(source.workspace, "source", &source.name);
    }
}

/// Writes down what is not written yet. Derived from what was sent and decided by nobody, so it makes no
/// audit entry.
pub async fn note(ctx: &Context) -> Result<()> {
    for (workspace, mut rows) in ctx.receipts.take() {
        let mut work = Work::begin(ctx, workspace).await?;
        for row in &mut rows {
            row.number = work.tx.next_number(workspace, "receipt").await?;
        }
        work.tx.add_receipts(workspace, &rows).await?;
        let mut sources: Vec<i64> = rows.iter().map(|row| row.source).collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            work.tx
                .trim_receipts(workspace, source, RECEIPTS_KEPT_MAX)
                .await?;
        }
        work.commit().await?;
    }
    Ok(())
}
