//! Reading the stored events again: at the start, to compute a rollout anew, to compare.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::fold::RolloutFold;
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_domain::limits::{EVENT_AGE_DAYS_MAX, PAGE_ROWS_MAX};
use variorum_domain::rollout::Rollout;

use super::{
    EVENTS_PER_READ, Fired, Folds, Measurement, act, breached_splits, measurement, moment,
};
use crate::Result;
use crate::context::Context;
use crate::rollouts::looks::{self, Moment};

/// Reads what is needed at the start: ids that may come again, and events of open rollouts.
pub async fn restore(ctx: &Context) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    let mut folds = Folds::new();
    for workspace in tx.workspaces().await? {
        for rollout in tx.rollouts(workspace.id, true, None, PAGE_ROWS_MAX).await? {
            folds.insert((workspace.id, rollout.number), RolloutFold::new(&rollout));
        }
    }
    drop(tx);
    let since = ctx
        .clock
        .now()
        .plus_seconds(-(EVENT_AGE_DAYS_MAX + 1) * 86_400);
    restore_seen(ctx, since).await?;
    let through = replay(ctx, &mut folds, i64::MAX).await?;
    let guards = folds
        .iter()
        .flat_map(|(key, fold)| {
            let decided = fold.fired().iter();
            decided.map(|firing| (key.0, key.1, firing.clone()))
        })
        .collect();
    let mut passed = Vec::new();
    for (key, fold) in &folds {
        let (last, told) = looks::remember(ctx, key.0, key.1).await?;
        if let Some(last) = last {
            ctx.pipeline.remember(key.0, key.1, last);
        }
        // What a process that ended in between did not write down is written down now.
        let new = fold.passed().iter().filter(|one| !told.contains(one));
        passed.extend(new.map(|one| (key.0, key.1, one.clone(), moment(fold, through))));
    }
    let splits = {
        let mut state = ctx.pipeline.lock();
        state.folds = folds;
        state.through_seq = through;
        breached_splits(&mut state)
    };
    let fired = Fired {
        guards,
        splits,
        passed,
        looks: Vec::new(),
    };
    act(ctx, fired).await;
    Ok(())
}

async fn restore_seen(ctx: &Context, since: Time) -> Result<()> {
    let mut after = 0;
    loop {
        let rows = ctx.log.scan_ids(since, after, EVENTS_PER_READ).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.0;
        let mut state = ctx.pipeline.lock();
        for (_, workspace, id, received) in rows {
            state
                .seen
                .entry(workspace)
                .or_default()
                .insert(&id, received);
        }
    }
}

/// Computes the statistics of one rollout again from the stored events up to a place; with how many
/// events of the workspace were read for it. `stops` are places on the way, in order, at which
/// `look` is shown what is known there.
pub(crate) async fn measure_again(
    ctx: &Context,
    workspace: WorkspaceId,
    rollout: &Rollout,
    through: i64,
    (stops, mut look): (&[i64], impl FnMut(usize, Moment)),
) -> Result<(Measurement, u64)> {
    let mut fold = RolloutFold::new(rollout);
    let (mut after, mut events) = (0, 0);
    let mut stops = stops.iter().copied().enumerate().peekable();
    loop {
        let rows = ctx.log.scan(after, EVENTS_PER_READ).await?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        let own = rows.iter().filter(|row| row.workspace == workspace);
        for row in own.take_while(|row| row.seq <= through) {
            while let Some((index, stop)) = stops.next_if(|(_, stop)| *stop < row.seq) {
                look(index, moment(&fold, stop));
            }
            fold.take(&row.event);
            events += 1;
        }
        if after >= through {
            break;
        }
    }
    for (index, stop) in stops {
        look(index, moment(&fold, stop));
    }
    Ok((measurement(&fold, through), events))
}

/// Folds all stored events up to a place; returns the place of the last one read.
async fn replay(ctx: &Context, folds: &mut Folds, through: i64) -> Result<i64> {
    if folds.is_empty() {
        return Ok(ctx.log.last_seq().await?);
    }
    let mut after = 0;
    loop {
        let rows = ctx.log.scan(after, EVENTS_PER_READ).await?;
        let Some(last) = rows.last() else {
            return Ok(after);
        };
        after = last.seq;
        for row in rows {
            if row.seq > through {
                return Ok(through);
            }
            for (_, fold) in folds.iter_mut().filter(|(key, _)| key.0 == row.workspace) {
                fold.take(&row.event);
            }
        }
    }
}

/// What rebuilding one rollout's statistics from the stored events came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebuilt {
    /// Which rollout.
    pub number: RolloutNumber,
    /// Events exposed, control first.
    pub exposed: Vec<u64>,
    /// Whether the rebuilt statistics equal the kept ones; `None` where none were kept.
    pub equal: Option<bool>,
}

/// Computes the statistics of every rollout again from the stored events and compares.
pub async fn rebuild(ctx: &Context, actor: &Actor) -> Result<Vec<Rebuilt>> {
    access::check(actor, Action::Administer, "")?;
    let mut tx = ctx.store.read().await?;
    let mut results = Vec::new();
    let mut below = None;
    loop {
        let page = tx
            .rollouts(actor.workspace, false, below, PAGE_ROWS_MAX)
            .await?;
        let Some(last) = page.last() else { break };
        below = Some(last.number.0);
        for rollout in page {
            let live = ctx.pipeline.result(actor.workspace, rollout.number);
            let stored = tx.rollout_result(actor.workspace, rollout.number).await?;
            let kept: Option<Measurement> =
                live.or_else(|| stored.and_then(|json| serde_json::from_str(&json).ok()));
            let through = kept.as_ref().map_or(i64::MAX, |kept| kept.through_seq);
            let key = (actor.workspace, rollout.number);
            let mut folds = Folds::from([(key, RolloutFold::new(&rollout))]);
            replay(ctx, &mut folds, through).await?;
            let fold = &folds[&key];
            let equal = kept.map(|kept| same(&measurement(fold, kept.through_seq), &kept));
            let exposed = fold.reading().exposed;
            results.push(Rebuilt {
                number: rollout.number,
                exposed,
                equal,
            });
        }
    }
    Ok(results)
}

/// Equal as stored text, so that a number read back from JSON counts as what was written.
fn same(a: &Measurement, b: &Measurement) -> bool {
    let text = |m: &Measurement| serde_json::to_string(m).ok();
    text(a) == text(b)
}
