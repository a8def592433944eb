//! Cohorts that guards watch: the values that the library knows, where none is named.

use variorum_domain::access::Actor;
use variorum_domain::library::Library;
use variorum_domain::rollout::{Cohorts, Plan};

use crate::context::Context;
use crate::library::main_settings;
use crate::work::Work;
use crate::{Error, Result};

/// Names the cohorts of guards that name only a facet. They are fixed from then on: which of them are
/// watched must not depend on what is seen.
pub(super) async fn name_levels(ctx: &Context, actor: &Actor, plan: &mut Plan) -> Result<()> {
    let is_open = |cohorts: &Cohorts| cohorts.levels.is_empty();
    let mut asked = plan.guards.iter();
    if !asked.any(|guard| guard.more.cohorts.as_ref().is_some_and(is_open)) {
        return Ok(());
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (library, _) = main_settings(&mut work).await?;
    for guard in &mut plan.guards {
        let Some(cohorts) = guard.more.cohorts.as_mut().filter(|one| is_open(one)) else {
            continue;
        };
        cohorts.levels = known(&library, &cohorts.facet);
        if cohorts.levels.is_empty() {
            return Err(Error::invalid_with_hint(
                format!(
                    "the library names no values of `{}`, so the guard on `{}` has nobody to watch",
                    cohorts.facet, guard.kpi
                ),
                "name the values that the guard tells apart, at most 20",
            ));
        }
    }
    Ok(())
}

fn known(library: &Library, facet: &str) -> Vec<String> {
    match facet {
        "channel" => library.channels.keys().cloned().collect(),
        "brand" => library.brands.keys().cloned().collect(),
        "region" => library.regions.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
