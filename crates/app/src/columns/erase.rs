//! Taking a unit out of the columns.

use std::collections::BTreeSet;
use std::sync::Arc;

use variorum_domain::columns::{Block, Dictionary, Source as _, Table, UnitCode};
use variorum_domain::id::WorkspaceId;
use variorum_ports::StoreError;
use variorum_ports::shelf::Shelf;

use super::kept::Seal;
use super::runs::{Run, RunReader};
use super::update::{flush, load, replace};
use super::{Holding, Tail};
use crate::Result;
use crate::context::Context;

/// Takes a unit out of the columns after it was erased from the log: its events go, or become those
/// of the unit that the log now names instead, without their attributes. What only its attributes said
/// is forgotten.
pub async fn erase_unit(
    ctx: &Context,
    workspace: WorkspaceId,
    unit: &str,
    instead: Option<&str>,
) -> Result<()> {
    let (from, to) = (UnitCode::of(unit), instead.map(UnitCode::of));
    let mut turn = ctx.columns.turn.lock().await;
    load(ctx, &mut turn).await?;
    replace(ctx, move |mut state, shelf| {
        flush(&mut state, shelf)?;
        let mut next = state.next_run;
        if let Some(holding) = state.holdings.get_mut(&workspace) {
            take_out(holding, shelf, &mut next, from, to)?;
        }
        state.next_run = next;
        Ok(state)
    })
    .await
}

fn take_out(
    holding: &mut Holding,
    shelf: &dyn Shelf,
    id: &mut u64,
    from: UnitCode,
    to: Option<UnitCode>,
) -> std::result::Result<(), StoreError> {
    let mut moved = Table::default();
    let mut said = BTreeSet::new();
    let mut kept = Vec::with_capacity(holding.runs.len());
    for run in &holding.runs {
        if run.index.within(&(from.0..=from.0)).is_empty() {
            kept.push(run.clone());
            continue;
        }
        run.each_block(from, &mut |block| {
            said.extend(block.attributes_of(from));
            if let Some(to) = to {
                moved.push_unit(block, from, to);
            }
        })?;
        let rest = Run::merge(shelf, *id, std::slice::from_ref(run), |unit| unit != from)?;
        *id += 1;
        if rest.index.rows() > 0 {
            kept.push(Arc::new(rest));
        }
    }
    holding.runs = kept;
    holding.tail = Tail::of(moved);
    holding.seal = Seal::default();
    for run in &holding.runs {
        cross_out(run, &mut said)?;
    }
    let names = Arc::<Dictionary>::make_mut(&mut holding.names);
    names.rest();
    names.forget(&said);
    Ok(())
}

/// Crosses out what others said, too.
fn cross_out(
    run: &Arc<Run>,
    said: &mut BTreeSet<(usize, u32)>,
) -> std::result::Result<(), StoreError> {
    let columns: BTreeSet<usize> = said.iter().map(|(key, _)| Block::column_of(*key)).collect();
    let columns: Arc<[usize]> = columns.into_iter().collect();
    let mut reader = RunReader::new(run.clone(), 0..run.index.places.len(), columns, None);
    let mut block = Block::default();
    while !said.is_empty() && reader.next(&mut block)? {
        block.cross_out(said);
    }
    Ok(())
}
