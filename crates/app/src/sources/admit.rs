//! How fast sources may send. It is asked before a body is read, so that whoever sends too much costs
//! little, genuine or not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use variorum_domain::id::WorkspaceId;
use variorum_domain::source::{DELIVERIES_PER_SECOND, Pace};
use variorum_ports::store::ReceiptRow;

use super::receipts;
use super::take::{Taken, receipt};
use crate::context::Context;
use crate::{Error, Result};

/// How fast each source sent lately. Every process has buckets of its own.
#[derive(Debug)]
pub struct Paces {
    /// Deliveries of one source that are taken in a second; ten seconds' worth may come at once.
    pub per_second: u32,
    known: Mutex<HashMap<(WorkspaceId, i64), Pace>>,
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            per_second: DELIVERIES_PER_SECOND,
            known: Mutex::default(),
        }
    }
}

/// Whether a source may deliver now; `None` where it may. Nothing of the delivery was read yet.
pub async fn admit(ctx: &Context, handle: &str) -> Result<Option<Taken>> {
    let mut tx = ctx.store.read().await?;
    let found = tx.source_by_handle(handle).await?;
    drop(tx);
    let source = found.ok_or_else(|| Error::not_found("source", handle))?;
    if source.ended_at.is_some() {
        return Ok(Some(Taken::Ended));
    }
    let key = (source.workspace, source.number);
    let now = ctx.clock.now();
    let taken = {
        let mut known = ctx
            .paces
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let pace = known.entry(key).or_default();
        pace.take(now, ctx.paces.per_second)
    };
    let Err(seconds) = taken else {
        return Ok(None);
    };
    let reason = format!("more than {} deliveries a second", ctx.paces.per_second);
    let row: ReceiptRow = receipt(ctx, &source, None, ("too-many", reason));
    receipts::keep(ctx, &source, row);
    Ok(Some(Taken::TooMany { seconds }))
}
