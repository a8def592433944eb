//! Which definition of each KPI a rollout is measured by, fixed at its start: the digest, the commit
//! that brought it, and where the totals of single units are cut.

use std::collections::HashMap;

use variorum_domain::event::EventKind;
use variorum_domain::id::{Oid, Time, WorkspaceId};
use variorum_domain::kpi::{Definition, Winsorise, usual_cap};
use variorum_domain::library::{Kpi, KpiKind, LIBRARY_FILE};
use variorum_domain::limits::{DEFINITION_VERSIONS_READ_MAX, HISTORY_EVENTS_MAX};

use crate::Result;
use crate::context::Context;
use crate::library::graphs::graph;
use crate::work::Work;

/// Events read from the log at a time.
const EVENTS_PER_READ: i64 = 20_000;

/// The definitions of a rollout's KPIs as they stood in the commit of a release.
pub(super) async fn fix(
    ctx: &Context,
    work: &mut Work,
    kpis: &[Kpi],
    release: Oid,
    caps: &HashMap<String, i64>,
) -> Result<Vec<Definition>> {
    let mut brought = brought(ctx, work, kpis, release).await?;
    let definition = |kpi: &Kpi| Definition {
        kpi: kpi.id.clone(),
        digest: kpi.digest(),
        commit: brought.remove(&kpi.id).map(|commit| commit.to_string()),
        cap: caps.get(&kpi.id).copied(),
    };
    Ok(kpis.iter().map(definition).collect())
}

/// The commit since which each definition stands as it does, looked for among the newest versions of
/// `library.yaml` that a release contains.
async fn brought(
    ctx: &Context,
    work: &mut Work,
    kpis: &[Kpi],
    release: Oid,
) -> Result<HashMap<String, Oid>> {
    let graph = graph(ctx, work).await?;
    let versions = work
        .tx
        .path_versions(
            work.workspace,
            LIBRARY_FILE,
            None,
            DEFINITION_VERSIONS_READ_MAX,
        )
        .await?;
    let mut found: HashMap<String, Oid> = HashMap::new();
    let mut open: Vec<&Kpi> = kpis.iter().collect();
    for version in versions {
        let commit = version.commit.oid;
        if commit != release && !graph.is_ancestor(&commit, &release) {
            continue;
        }
        let (library, _) = crate::library::settings(work, version.commit.tree).await?;
        open.retain(|kpi| library.kpis.get(&kpi.id) == Some(*kpi));
        for kpi in &open {
            found.insert(kpi.id.clone(), commit);
        }
        if open.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Where totals are cut: at the amount that a definition names, or at a quantile of what was seen
/// before, where enough was.
pub(super) async fn caps(
    ctx: &Context,
    workspace: WorkspaceId,
    kpis: &[Kpi],
) -> Result<HashMap<String, i64>> {
    let mut caps = HashMap::new();
    let mut asked: HashMap<&str, (&Kpi, u32)> = HashMap::new();
    for kpi in kpis {
        let is_sum = matches!(kpi.kind, KpiKind::Value | KpiKind::Count);
        match (kpi.more.winsorise, kpi.more.winsorise.quantile_bp()) {
            (Winsorise::At(amount), _) => {
                caps.insert(kpi.id.clone(), amount);
            }
            (_, Some(share)) if is_sum => {
                asked.insert(&kpi.id, (kpi, share));
            }
            _ => {}
        }
    }
    if asked.is_empty() {
        return Ok(caps);
    }
    let totals = history(ctx, workspace, &asked).await?;
    for (id, units) in totals {
        let Some((_, share)) = asked.get(id) else {
            continue;
        };
        if let Some(cap) = usual_cap(units.into_values().map(|(_, total)| total), *share) {
            caps.insert(id.to_owned(), cap);
        }
    }
    Ok(caps)
}

/// Of each KPI the totals of units within its window after their first outcome.
type Totals<'a> = HashMap<&'a str, HashMap<String, (Time, i64)>>;

/// What was seen before, among the newest events.
async fn history<'a>(
    ctx: &Context,
    workspace: WorkspaceId,
    asked: &HashMap<&'a str, (&'a Kpi, u32)>,
) -> Result<Totals<'a>> {
    let mut totals = Totals::new();
    let last = ctx.log.last_seq().await?;
    let mut after = (last - HISTORY_EVENTS_MAX).max(0);
    while after < last {
        let limit = usize::try_from(EVENTS_PER_READ).unwrap_or(1);
        let page = ctx.log.scan(after, limit).await?;
        let Some(newest) = page.last() else { break };
        after = newest.seq;
        for stored in page {
            let event = stored.event;
            if stored.workspace != workspace || event.kind != EventKind::Outcome {
                continue;
            }
            let Some((id, (kpi, _))) = asked.get_key_value(event.kpi.as_str()) else {
                continue;
            };
            let units = totals.entry(id).or_default();
            let (first, total) = units.entry(event.unit).or_insert((event.time, 0));
            if event.time <= first.plus_seconds(kpi.window_seconds) {
                *total += event.value;
            }
        }
    }
    Ok(totals)
}
