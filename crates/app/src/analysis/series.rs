//! A KPI over time.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::analysis::{DaySeries, Grain, LaneOf, Measure, SeriesQuestion, Versions};
use variorum_domain::columns::{Dictionary, Filter, Pick};
use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::library::Kpi;
use variorum_domain::limits::{PAGE_ROWS_MAX, SERIES_SPAN_POINTS_MAX};
use variorum_domain::rollout::{CONTROL, Rollout, RolloutState, TREATMENT};
use variorum_domain::watch::{HappenedKind, LiveVersion, WentLive};

use super::{CHANNEL, RETURNING, check_facet, facets, kpi_of, must_be_summed, settings};
use crate::columns::{catch_up, series_sums};
use crate::context::Context;
use crate::rollouts::system_actor;
use crate::work::Work;
use crate::{Error, Result};

/// Lines by version of the prompt.
const VERSION: &str = "version";
/// Days that are shown where nothing is said.
const DAYS: i64 = 90;
/// The first point that is counted lies on a multiple of so many points, so that the same sums serve
/// for many days.
const POINTS_TOGETHER: i64 = 128;
/// KPIs whose sums are made ready before anybody asks.
const KPIS_READY_MAX: usize = 16;

/// What is asked.
#[derive(Debug, Clone)]
pub struct AskSeries {
    /// Which KPI.
    pub kpi: String,
    /// Only exposures of this prompt.
    pub prompt: Option<String>,
    /// What makes lines: `version` (of the prompt), `channel`, or an attribute; one line where not
    /// given.
    pub by: Option<String>,
    /// The first moment; 90 days ago where not given.
    pub from: Option<Time>,
    /// The moment after the last; now where not given.
    pub until: Option<Time>,
    /// How long a point is.
    pub grain: Grain,
}

/// One line with its name.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it is of: a channel, a value, `v7`, or nothing where there is one line.
    pub label: String,
    /// Its points.
    pub series: DaySeries,
}

/// Something that happened and may be why a line moves.
#[derive(Debug, Clone)]
pub struct Marker {
    /// When.
    pub at: Time,
    /// Of a rollout `rollout-started`, `finished` or `rolled-back`; of a release `went-live` or
    /// `restored`.
    pub kind: &'static str,
    /// Which rollout, where it is one.
    pub rollout: Option<i64>,
    /// Which release, where one went live at once.
    pub release: Option<i64>,
    /// What to call it.
    pub title: String,
}

/// A KPI over time.
#[derive(Debug, Clone)]
pub struct Series {
    /// The KPI.
    pub kpi: Kpi,
    /// The lines.
    pub lines: Vec<Line>,
    /// What happened meanwhile, oldest first.
    pub markers: Vec<Marker>,
    /// What could make lines.
    pub facets: Vec<String>,
    /// The first moment.
    pub from: Time,
    /// The moment after the last.
    pub until: Time,
    /// How many places of the log are not in it yet.
    pub missing: i64,
}

/// Tells a KPI day by day, or hour by hour; points are whole, so the first and the last one may reach
/// beyond what is asked.
pub async fn series(ctx: &Context, actor: &Actor, ask: &AskSeries) -> Result<Series> {
    access::check(actor, Action::Read, "")?;
    let until = ask.until.unwrap_or_else(|| ctx.clock.now().plus_seconds(1));
    let from = ask
        .from
        .unwrap_or_else(|| until.plus_seconds(-DAYS * 86_400));
    let (length, is_turned) = (ask.grain.us(), until < from);
    let from = Time(ask.grain.floor(from.0));
    let until = Time(ask.grain.floor(until.0.saturating_add(length - 1)));
    let points = until.0.saturating_sub(from.0) / length;
    if is_turned || points > i64::try_from(SERIES_SPAN_POINTS_MAX).unwrap_or(i64::MAX) {
        return Err(Error::invalid_with_hint(
            format!("a series has 1 to {SERIES_SPAN_POINTS_MAX} points"),
            "ask for a shorter time, or by day rather than by hour",
        ));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let kpi = kpi_of(&*settings(&mut work).await?, &ask.kpi)?;
    must_be_summed(&kpi)?;
    let rollouts = of_prompt(&mut work, ask.prompt.as_deref()).await?;
    let lives = lives(&mut work, ask.prompt.as_deref()).await?;
    let mut markers = markers(&rollouts, from, until);
    markers.extend(releases(&mut work, &lives, ask.prompt.is_some(), (from, until)).await?);
    markers.sort_by_key(|marker| marker.at);
    drop(work);
    let missing = catch_up(ctx).await?;
    let names = ctx.columns.names(actor.workspace);
    let lanes = lanes(ask, (&rollouts, &lives), &names)?;
    let attributes: Vec<String> = match &lanes {
        LaneOf::Attribute => ask.by.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let filter = filter(ask, &kpi);
    let counted = length.saturating_mul(POINTS_TOGETHER);
    let scanned = series_sums(ctx, actor.workspace, &filter, &attributes, |names| {
        SeriesQuestion {
            measure: Measure::new(&kpi, &names.kpis),
            prompt: None,
            from: from.0.div_euclid(counted).saturating_mul(counted),
            grain: ask.grain,
            lanes,
        }
    })
    .await?;
    let lines = scanned.fold.lines(ctx.clock.now().0, &(from.0..until.0));
    let label = |lane: u32| label(ask.by.as_deref(), lane, &scanned.names);
    let line = |series: DaySeries| Line {
        label: label(series.lane),
        series,
    };
    Ok(Series {
        lines: lines.into_iter().map(line).collect(),
        markers,
        facets: facets(&scanned.names),
        kpi,
        from,
        until,
        missing,
    })
}

/// Asks for what the page of a KPI shows first, KPI by KPI, so that its sums are kept.
pub(crate) async fn make_ready(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let actor = system_actor(workspace, "Columns");
    let mut work = Work::read(ctx, workspace).await?;
    let library = settings(&mut work).await?;
    drop(work);
    let summed = library.kpis.values().filter(|kpi| kpi.parts().is_empty());
    for kpi in summed.take(KPIS_READY_MAX) {
        let ask = AskSeries {
            kpi: kpi.id.clone(),
            prompt: None,
            by: None,
            from: None,
            until: None,
            grain: Grain::Day,
        };
        series(ctx, &actor, &ask).await?;
    }
    Ok(())
}

/// Everything is read from the first event on: where an episode begins depends on those before it.
fn filter(ask: &AskSeries, kpi: &Kpi) -> Filter {
    Filter {
        exposures: Some(Pick {
            prompts: ask.prompt.iter().cloned().collect(),
            ..Pick::default()
        }),
        outcomes: Some(Pick {
            kpis: vec![kpi.id.clone()],
            ..Pick::default()
        }),
        ..Filter::default()
    }
}

async fn of_prompt(work: &mut Work, prompt: Option<&str>) -> Result<Vec<Rollout>> {
    let workspace = work.workspace;
    let mut found = work
        .tx
        .rollouts(workspace, false, None, PAGE_ROWS_MAX)
        .await?;
    if prompt.is_some() {
        found.retain(|rollout| rollout.prompt.as_deref() == prompt);
    }
    found.sort_by_key(|rollout| rollout.started_at);
    Ok(found)
}

/// The newest versions of the prompt that went live for everybody where the library serves first,
/// oldest first.
async fn lives(work: &mut Work, prompt: Option<&str>) -> Result<Vec<LiveVersion>> {
    let Some(prompt) = prompt else {
        return Ok(Vec::new());
    };
    let workspace = work.workspace;
    let mut found = work
        .tx
        .live_versions(workspace, Some(prompt), Time(i64::MAX), PAGE_ROWS_MAX)
        .await?;
    let settings = settings(work).await?;
    let first = settings.environments.first();
    found.retain(|one| one.is_for_all() && Some(&one.environment) == first);
    found.reverse();
    Ok(found)
}

/// Releases that went live at once; of a prompt those that changed it.
async fn releases(
    work: &mut Work,
    lives: &[LiveVersion],
    of_prompt: bool,
    (from, until): (Time, Time),
) -> Result<Vec<Marker>> {
    let workspace = work.workspace;
    let found = work
        .tx
        .went_live(workspace, from..until, PAGE_ROWS_MAX)
        .await?;
    let concerns = |one: &WentLive| {
        let same = |live: &LiveVersion| (live.at, live.release) == (one.at, one.release);
        !of_prompt || lives.iter().any(same)
    };
    let marker = |one: WentLive| {
        let kind = match one.kind {
            HappenedKind::WentLive => "went-live",
            HappenedKind::RolledBack => "restored",
            _ => return None,
        };
        Some(Marker {
            at: one.at,
            kind,
            rollout: None,
            release: Some(one.release.0),
            title: one.title,
        })
    };
    Ok(found
        .into_iter()
        .filter(concerns)
        .filter_map(marker)
        .collect())
}

fn lanes(
    ask: &AskSeries,
    (rollouts, lives): (&[Rollout], &[LiveVersion]),
    names: &Dictionary,
) -> Result<LaneOf> {
    match ask.by.as_deref() {
        None => Ok(LaneOf::All),
        Some(CHANNEL) => Ok(LaneOf::Channel),
        Some(VERSION) if ask.prompt.is_none() => Err(Error::invalid_with_hint(
            "versions are those of one prompt",
            "say which with `prompt`",
        )),
        Some(VERSION) => Ok(LaneOf::Version(versions(rollouts, lives))),
        Some(RETURNING) => Err(Error::invalid_with_hint(
            "a series is not made by `returning`: nobody is new for long",
            "ask for the cohorts of a rollout, or for who comes back",
        )),
        Some(key) => {
            check_facet(names, key)?;
            Ok(LaneOf::Attribute)
        }
    }
}

/// Which version was shown when, as the prompt's rollouts tell and what went live at once.
fn versions(rollouts: &[Rollout], lives: &[LiveVersion]) -> Versions {
    let lane = |version: Option<i64>| u32::try_from(version.unwrap_or(0)).unwrap_or(0);
    let mut versions = Versions::default();
    for rollout in rollouts {
        for (arm, plan) in (0..).zip(rollout.arms.all()) {
            let shown = (rollout.number.0, arm, lane(plan.version));
            versions.arms.push(shown);
        }
        let of = |arm: u8| lane(rollout.arms.get(arm).and_then(|plan| plan.version));
        let is_first = lives.first().is_none_or(|one| one.at >= rollout.started_at);
        let since = if versions.live.is_empty() && is_first {
            i64::MIN
        } else {
            rollout.started_at.0
        };
        versions.live.push((since, of(CONTROL)));
        if let Some(ending) = &rollout.ending {
            let stays = match rollout.state {
                RolloutState::Finished => of(ending.arm.unwrap_or(TREATMENT)),
                _ => of(CONTROL),
            };
            versions.live.push((ending.at.0, stays));
        }
    }
    for one in lives {
        versions.live.push((one.at.0, lane(one.version)));
    }
    versions.live.sort_by_key(|(since, _)| *since);
    // What was live before the first of them is what that one replaced.
    if let Some((first, _)) = versions.live.first().copied()
        && let Some(one) = lives.first().filter(|one| one.at.0 == first)
    {
        let replaced = lane(one.before.or(one.version));
        versions.live.insert(0, (i64::MIN, replaced));
    }
    versions
}

fn markers(rollouts: &[Rollout], from: Time, until: Time) -> Vec<Marker> {
    let mut markers = Vec::new();
    for rollout in rollouts {
        let mut add = |at, kind| {
            markers.push(Marker {
                at,
                kind,
                rollout: Some(rollout.number.0),
                release: None,
                title: rollout.title.clone(),
            });
        };
        add(rollout.started_at, "rollout-started");
        if let Some(ending) = &rollout.ending {
            add(ending.at, rollout.state.name());
        }
    }
    markers.retain(|marker| from <= marker.at && marker.at < until);
    markers
}

fn label(by: Option<&str>, lane: u32, names: &Dictionary) -> String {
    let text = match by {
        None => return String::new(),
        Some(VERSION) if lane == 0 => return "(not known)".into(),
        Some(VERSION) => return format!("v{lane}"),
        Some(CHANNEL) => names.channels.text(lane),
        Some(key) => {
            let values = names.attribute(key).and_then(|place| names.values(place));
            values.map_or(Some(""), |values| values.text(lane))
        }
    };
    match text {
        Some("") => "(not recorded)".into(),
        Some(text) => text.into(),
        None => "other".into(),
    }
}
