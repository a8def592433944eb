//! What happened before a rollout began, for plans that look at it.

use variorum_domain::fold::RolloutFold;
use variorum_domain::id::WorkspaceId;
use variorum_domain::limits::EVENT_AHEAD_SECONDS_MAX;
use variorum_domain::rollout::Rollout;

use super::EVENTS_PER_READ;
use crate::context::Context;
use crate::{Error, Result};

/// How often it is tried to read what has come in meanwhile, before a rollout that looks at the time
/// before its start is measured whole.
const CATCH_UP_ROUNDS_MAX: usize = 1_000;

/// Reads what happened before a rollout began, where its plan looks at that, and measures it from
/// there on. The statistics are those of reading all events again.
pub(crate) async fn catch_up(
    ctx: &Context,
    workspace: WorkspaceId,
    rollout: &Rollout,
) -> Result<()> {
    let Some(from) = rollout.pre_period_from() else {
        return Ok(());
    };
    let since = from.plus_seconds(-EVENT_AHEAD_SECONDS_MAX);
    let first = ctx.log.scan_ids(since, 0, 1).await?;
    let Some(first) = first.first() else {
        return Ok(());
    };
    let mut after = first.0 - 1;
    let key = (workspace, rollout.number);
    let mut fold = RolloutFold::new(rollout);
    for _ in 0..CATCH_UP_ROUNDS_MAX {
        let through = ctx.pipeline.lock().through_seq;
        'reading: while after < through {
            let rows = ctx.log.scan(after, EVENTS_PER_READ).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if row.seq > through {
                    break 'reading;
                }
                after = row.seq;
                if row.workspace == workspace {
                    fold.take(&row.event);
                }
            }
        }
        let mut state = ctx.pipeline.lock();
        if !state.folds.contains_key(&key) {
            return Ok(());
        }
        if state.through_seq == through {
            state.folds.insert(key, fold);
            return Ok(());
        }
    }
    Err(Error::Internal(
        "events arrive faster than those before the rollout can be read".into(),
    ))
}
