//! What went live when, with how the KPIs stood at that moment: taken down in the transaction that
//! makes it live, never changed afterwards.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::canonical;
use variorum_domain::id::{ReleaseNumber, Time};
use variorum_domain::kpi::Made;
use variorum_domain::library::Kpi;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::release::{Manifest, compare};
use variorum_domain::rollout::Rollout;
use variorum_domain::watch::{
    BASELINE_DAYS, Baseline, DaySeries, HappenedKind, LiveVersion, Subject, WentLive, day_number,
};

use crate::context::Context;
use crate::serving::read_manifest;
use crate::work::Work;
use crate::{Result, library, releases, watch};

/// KPIs of one prompt whose baselines are taken down.
const KPIS_MAX: usize = 50;
/// Versions looked through for those with a baseline of one KPI.
const VERSIONS_READ_MAX: usize = 2_000;

/// What went live and how.
pub(crate) struct Moved<'a> {
    pub(crate) environment: &'a str,
    pub(crate) kind: HappenedKind,
    pub(crate) before: Option<ReleaseNumber>,
    pub(crate) release: ReleaseNumber,
    pub(crate) rollout: Option<&'a Rollout>,
}

impl<'a> Moved<'a> {
    /// What a rollout brought.
    pub(crate) fn of(
        rollout: &'a Rollout,
        kind: HappenedKind,
        before: ReleaseNumber,
        release: ReleaseNumber,
    ) -> Self {
        Self {
            environment: &rollout.environment,
            kind,
            before: Some(before),
            release,
            rollout: Some(rollout),
        }
    }
}

/// Counts days that are not counted yet, before the writer's turn is taken. A log that does not
/// answer is no reason not to go live.
pub(crate) async fn prepare(ctx: &Context) {
    if let Err(error) = watch::catch_up(ctx).await {
        tracing::warn!(error = %error, "baselines may lack the newest events");
    }
}

/// Takes down, within other work, that a release went live; what is told is evidence for the entry.
pub(crate) async fn note(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    moved: &Moved<'_>,
) -> Result<serde_json::Value> {
    let after = releases::load(work, moved.release).await?;
    let note = after.note.lines().next().unwrap_or("").trim().to_owned();
    let after = read_manifest(&after)?;
    let before = match moved.before {
        Some(number) => read_manifest(&releases::load(work, number).await?)?,
        None => Manifest {
            prompts: std::collections::BTreeMap::new(),
            ..after.clone()
        },
    };
    let (settings, _) = library::main_settings(work).await?;
    let at = ctx.clock.now();
    let changes = compare(&before, &after);
    let one = WentLive {
        at,
        environment: moved.environment.to_owned(),
        kind: moved.kind,
        before: moved.before,
        release: moved.release,
        rollout: moved.rollout.map(|rollout| rollout.number),
        title: moved.rollout.map_or(note, |rollout| rollout.title.clone()),
        by: actor.name.clone(),
        changed: changes.len(),
    };
    let today = day_number(at);
    let versions: Vec<LiveVersion> = changes
        .into_iter()
        .map(|change| LiveVersion {
            at,
            environment: one.environment.clone(),
            kind: one.kind,
            release: one.release,
            rollout: one.rollout,
            by: one.by.clone(),
            before: change.before,
            version: change.after,
            baselines: baselines(ctx, work, &change.prompt, settings.kpis.values(), today),
            prompt: change.prompt,
        })
        .collect();
    work.tx
        .add_went_live(work.workspace, &one, &versions)
        .await?;
    let measured = versions.iter().filter(|one| !one.baselines.is_empty());
    Ok(serde_json::json!({
        "prompts": versions.len(),
        "with_baseline": measured.count(),
        "digest": canonical::digest(&versions).to_string(),
    }))
}

/// How the KPIs of a prompt stood in the whole days before today.
fn baselines<'k>(
    ctx: &Context,
    work: &Work,
    prompt: &str,
    kpis: impl Iterator<Item = &'k Kpi>,
    today: i64,
) -> Vec<Baseline> {
    let subject = Subject::Prompt(prompt.to_owned());
    let own = kpis.filter(|kpi| kpi.more.made == Made::OfEvents);
    let first = today - i64::try_from(BASELINE_DAYS).unwrap_or(0);
    let of = |kpi: &Kpi| {
        let mut series: DaySeries = ctx.watch.series(work.workspace, &subject, kpi, today);
        series.days.retain(|day| day.day >= first);
        Baseline::of(kpi, &series)
    };
    own.filter_map(of).take(KPIS_MAX).collect()
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct AskBaselines {
    /// Only of this prompt.
    pub prompt: Option<String>,
    /// Only of this KPI, and only versions that have one of it.
    pub kpi: Option<String>,
    /// Before this moment.
    pub before: Option<Time>,
    /// How many at most.
    pub limit: usize,
}

/// Versions that went live, newest first, each with how the KPIs stood at that moment.
pub async fn baselines_of(
    ctx: &Context,
    actor: &Actor,
    ask: &AskBaselines,
) -> Result<Vec<LiveVersion>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let limit = ask.limit.clamp(1, PAGE_ROWS_MAX);
    let read = if ask.kpi.is_some() {
        VERSIONS_READ_MAX
    } else {
        limit
    };
    let before = ask.before.unwrap_or(Time(i64::MAX));
    let mut found = work
        .tx
        .live_versions(work.workspace, ask.prompt.as_deref(), before, read)
        .await?;
    if let Some(kpi) = &ask.kpi {
        for one in &mut found {
            one.baselines.retain(|baseline| baseline.kpi == *kpi);
        }
        found.retain(|one| !one.baselines.is_empty());
    }
    found.truncate(limit);
    Ok(found)
}
