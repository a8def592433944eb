//! Keeping the columns in step with the log.

use std::sync::Arc;
use std::time::Duration;

use variorum_domain::id::WorkspaceId;
use variorum_ports::shelf::Shelf;
use variorum_ports::{StoreError, StoredEvent};

use super::kept::Seal;
use super::runs::{self, Run};
use super::{State, Tail};
use crate::context::Context;
use crate::{Error, Result};

/// Events read from the log at a time.
const EVENTS_PER_READ: usize = 20_000;
/// Reads a question waits for; what is left then is told.
const READS_PER_QUESTION: usize = 3;
/// How often it is looked whether there are new events.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Follows the log until the task is aborted.
pub async fn run(ctx: Arc<Context>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_ready = false;
    loop {
        ticks.tick().await;
        match refresh(&ctx).await {
            Ok(()) if is_ready => {}
            Ok(()) => {
                is_ready = true;
                make_ready(&ctx).await;
            }
            Err(error) => {
                tracing::error!(error = %error, "the columns of events could not be brought up to date");
            }
        }
    }
}

/// Reads once what people look at first, so that they need not wait for it.
async fn make_ready(ctx: &Context) {
    let state = ctx.columns.state.load_full();
    for workspace in state.holdings.keys() {
        if let Err(error) = crate::analysis::make_ready(ctx, *workspace).await {
            tracing::warn!(error = %error, "sums over time were not made ready");
        }
        if let Err(error) = crate::attribution::make_ready(ctx, *workspace).await {
            tracing::warn!(error = %error, "credits were not made ready");
        }
    }
}

/// Takes in everything the log has.
pub async fn refresh(ctx: &Context) -> Result<()> {
    follow(ctx, &mut *ctx.columns.turn.lock().await, usize::MAX).await
}

/// Takes in what came lately, where that is soon done; returns how many places of the log are
/// missing.
pub async fn catch_up(ctx: &Context) -> Result<i64> {
    if let Ok(mut turn) = ctx.columns.turn.try_lock() {
        follow(ctx, &mut turn, READS_PER_QUESTION).await?;
    }
    let missing = ctx.log.last_seq().await? - ctx.columns.through_seq();
    Ok(missing.max(0))
}

/// Throws all columns away and makes them again.
pub async fn rebuild(ctx: &Context) -> Result<()> {
    let mut turn = ctx.columns.turn.lock().await;
    *turn = true;
    replace(ctx, |_, _| Ok(State::default())).await?;
    follow(ctx, &mut turn, usize::MAX).await
}

/// Removes all events of a workspace, from the log and from the columns.
pub async fn clear(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let mut turn = ctx.columns.turn.lock().await;
    load(ctx, &mut turn).await?;
    ctx.log.clear(workspace).await?;
    replace(ctx, move |mut state, _| {
        state.holdings.remove(&workspace);
        Ok(state)
    })
    .await
}

async fn follow(ctx: &Context, loaded: &mut bool, reads: usize) -> Result<()> {
    load(ctx, loaded).await?;
    for _ in 0..reads {
        let state = ctx.columns.state.load_full();
        let events = ctx.log.scan(state.through, EVENTS_PER_READ).await?;
        if events.is_empty() {
            return Ok(());
        }
        let shelf = ctx.columns.shelf.clone();
        let tail_rows_max = ctx.columns.tail_rows_max;
        let kept = ctx.columns.kept.clone();
        let next = tokio::task::spawn_blocking(move || {
            let next = take(&state, &events);
            if next.tail_rows() < tail_rows_max {
                return Ok(next);
            }
            let sealed = keep(next.clone(), shelf.as_ref())?;
            kept.advance(&next, &sealed);
            Ok(sealed)
        });
        ctx.columns.state.store(Arc::new(joined(next.await)?));
    }
    Ok(())
}

fn joined<T>(
    task: std::result::Result<std::result::Result<T, StoreError>, tokio::task::JoinError>,
) -> Result<T> {
    let result = task.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(result?)
}

/// Reads the shelf once. What it holds is thrown away where it cannot be read, or where the log does
/// not have it any more.
pub(super) async fn load(ctx: &Context, loaded: &mut bool) -> Result<()> {
    if *loaded {
        return Ok(());
    }
    let shelf = ctx.columns.shelf.clone();
    let read = tokio::task::spawn_blocking(move || runs::read_list(shelf.as_ref())).await;
    let mut state = match joined(read) {
        Ok(found) => found.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(error = %error, "the columns of events are made again");
            State::default()
        }
    };
    let mut fits = state.through <= ctx.log.last_seq().await?;
    for (workspace, holding) in &state.holdings {
        let known = u64::try_from(ctx.log.count(*workspace).await?).unwrap_or(0);
        fits &= holding.rows() <= known;
    }
    if !fits {
        tracing::warn!("the log lacks events that the columns have; they are made again");
        state = State::default();
    }
    replace(ctx, move |_, _| Ok(state)).await?;
    *loaded = true;
    Ok(())
}

/// Puts another state in the place of the present one, on the shelf too.
pub(super) async fn replace(
    ctx: &Context,
    change: impl FnOnce(State, &dyn Shelf) -> std::result::Result<State, StoreError> + Send + 'static,
) -> Result<()> {
    let state = ctx.columns.state.load_full();
    let shelf = ctx.columns.shelf.clone();
    let next = tokio::task::spawn_blocking(move || {
        keep(
            change(State::clone(&state), shelf.as_ref())?,
            shelf.as_ref(),
        )
    });
    ctx.columns.state.store(Arc::new(joined(next.await)?));
    ctx.columns.kept.forget();
    Ok(())
}

/// Adds events to the tails.
fn take(state: &State, events: &[StoredEvent]) -> State {
    let mut next = state.clone();
    let mut of_workspace: Vec<WorkspaceId> = events.iter().map(|event| event.workspace).collect();
    of_workspace.sort_unstable();
    of_workspace.dedup();
    for workspace in of_workspace {
        let holding = next.holdings.entry(workspace).or_default();
        let names = Arc::make_mut(&mut holding.names);
        let mut table = holding.tail.table.clone();
        for stored in events.iter().filter(|event| event.workspace == workspace) {
            table.push(&names.encode(&stored.event));
        }
        holding.tail = Tail::of(table);
    }
    next.through = events.last().map_or(next.through, |event| event.seq);
    next
}

/// Puts a state on the shelf, and removes what it does not name.
fn keep(mut state: State, shelf: &dyn Shelf) -> std::result::Result<State, StoreError> {
    flush(&mut state, shelf)?;
    runs::write_list(shelf, &state)?;
    runs::sweep(shelf, &state)?;
    Ok(state)
}

/// Makes runs of all tails, and one run of several of like size.
pub(super) fn flush(state: &mut State, shelf: &dyn Shelf) -> std::result::Result<(), StoreError> {
    let mut id = state.next_run;
    for holding in state.holdings.values_mut() {
        if holding.tail.table.rows() > 0 {
            let run = Run::write(shelf, id, |take| {
                holding.tail.blocks().iter().try_for_each(take)
            })?;
            id += 1;
            holding.runs.push(Arc::new(run));
            holding.tail = Arc::default();
            holding.seal = Seal::default();
        }
        let sizes: Vec<u64> = holding.runs.iter().map(|run| run.index.rows()).collect();
        let from = to_merge(&sizes);
        if holding.runs.len() - from > 1 {
            let merged = Run::merge(shelf, id, &holding.runs[from..], |_| true)?;
            id += 1;
            holding.runs.truncate(from);
            holding.runs.push(Arc::new(merged));
        }
    }
    state.next_run = id;
    Ok(())
}

/// From which run on all become one: each run that stays is at least three times as long as all
/// later ones together, so there are few and each row is written again few times.
fn to_merge(sizes: &[u64]) -> usize {
    let (mut from, mut later) = (sizes.len(), 0);
    for (place, rows) in sizes.iter().enumerate().rev() {
        if *rows < 3 * later {
            from = place;
        }
        later += rows;
    }
    from.min(sizes.len())
}

#[cfg(test)]
mod tests {
    use super::to_merge;

    #[test]
    fn runs_of_like_size_become_one_and_long_ones_stay() {
        assert_eq!(to_merge(&[]), 0);
        assert_eq!(to_merge(&[5]), 1);
        assert_eq!(to_merge(&[5, 5]), 0);
        assert_eq!(to_merge(&[15, 5]), 2);
        assert_eq!(to_merge(&[15, 5, 5]), 0);
        assert_eq!(to_merge(&[100, 15, 5]), 3);
        assert_eq!(to_merge(&[100, 15, 5, 3]), 1);
    }

    #[test]
    fn the_number_of_runs_grows_slowly() {
        let (mut sizes, mut written) = (Vec::new(), 0);
        for _ in 0..1_000_u64 {
            sizes.push(1);
            let from = to_merge(&sizes);
            if sizes.len() - from > 1 {
                let merged: u64 = sizes.drain(from..).sum();
                written += merged;
                sizes.push(merged);
            }
            assert!(sizes.len() <= 6, "{sizes:?}");
        }
        assert!(written < 12_000, "{written}");
    }
}
