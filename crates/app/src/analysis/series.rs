//! A KPI over time.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::analysis::{
    DaySeries, Grain, LaneOf, Measure, SeriesFold, SeriesQuestion, Versions,
};
use variorum_domain::columns::{Dictionary, Filter, Pick, UnitCode, UnitRows};
use variorum_domain::id::Time;
use variorum_domain::library::Kpi;
use variorum_domain::limits::{PAGE_ROWS_MAX, SERIES_SPAN_POINTS_MAX};
use variorum_domain::rollout::{CONTROL, Rollout, RolloutState, TREATMENT};

use super::{CHANNEL, RETURNING, check_facet, facets, kpi_of, must_be_summed, settings};
use crate::columns::{UnitFold, catch_up, scan};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Lines by version of the prompt.
const VERSION: &str = "version";
/// Days that are shown where nothing is said.
const DAYS: i64 = 90;

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
    /// `rollout-started`, `finished` or `rolled-back`.
    pub kind: &'static str,
    /// Which rollout.
    pub rollout: i64,
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

impl UnitFold for SeriesFold {
    fn unit(&mut self, _unit: UnitCode, rows: UnitRows<'_>) {
        Self::unit(self, rows);
    }

    fn absorb(&mut self, other: Self) {
        Self::absorb(self, other);
    }
}

/// Tells a KPI day by day, or hour by hour.
pub async fn series(ctx: &Context, actor: &Actor, ask: &AskSeries) -> Result<Series> {
    access::check(actor, Action::Read, "")?;
    let until = ask.until.unwrap_or_else(|| ctx.clock.now().plus_seconds(1));
    let from = ask
        .from
        .unwrap_or_else(|| until.plus_seconds(-DAYS * 86_400));
    let points = (until.0 - from.0) / ask.grain.us();
    if points < 0 || points >= i64::try_from(SERIES_SPAN_POINTS_MAX).unwrap_or(i64::MAX) {
        return Err(Error::invalid_with_hint(
            format!("a series has 1 to {SERIES_SPAN_POINTS_MAX} points"),
            "ask for a shorter time, or by day rather than by hour",
        ));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let kpi = kpi_of(&*settings(&mut work).await?, &ask.kpi)?;
    must_be_summed(&kpi)?;
    let rollouts = of_prompt(&mut work, ask.prompt.as_deref()).await?;
    drop(work);
    let missing = catch_up(ctx).await?;
    let names = ctx.columns.names(actor.workspace);
    let lanes = lanes(ask, &rollouts, &names)?;
    let attributes: Vec<String> = match &lanes {
        LaneOf::Attribute => ask.by.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let filter = filter(ask, &kpi, (from, until));
    let scanned = scan(ctx, actor.workspace, &filter, &attributes, |names| {
        SeriesFold::new(SeriesQuestion {
            measure: Measure::new(&kpi, &names.kpis),
            prompt: None,
            from: from.0,
            until: until.0,
            grain: ask.grain,
            lanes: lanes.clone(),
        })
    })
    .await?;
    let now = ctx.clock.now().0;
    let label = |lane: u32| label(ask.by.as_deref(), lane, &scanned.names);
    let line = |series: DaySeries| Line {
        label: label(series.lane),
        series,
    };
    Ok(Series {
        lines: scanned.fold.lines(now).into_iter().map(line).collect(),
        markers: markers(&rollouts, from, until),
        facets: facets(&scanned.names),
        kpi,
        from,
        until,
        missing,
    })
}

/// Exposures before the first moment are read for one window more, so that episodes which began
/// then are known.
fn filter(ask: &AskSeries, kpi: &Kpi, (from, until): (Time, Time)) -> Filter {
    Filter {
        from: Some(from.plus_seconds(-2 * kpi.window_seconds)),
        until: Some(until.plus_seconds(kpi.window_seconds + 1)),
        exposures: Some(Pick {
            prompts: ask.prompt.iter().cloned().collect(),
            ..Pick::default()
        }),
        outcomes: Some(Pick {
            kpis: vec![kpi.id.clone()],
            ..Pick::default()
        }),
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

fn lanes(ask: &AskSeries, rollouts: &[Rollout], names: &Dictionary) -> Result<LaneOf> {
    match ask.by.as_deref() {
        None => Ok(LaneOf::All),
        Some(CHANNEL) => Ok(LaneOf::Channel),
        Some(VERSION) if ask.prompt.is_none() => Err(Error::invalid_with_hint(
            "versions are those of one prompt",
            "say which with `prompt`",
        )),
        Some(VERSION) => Ok(LaneOf::Version(versions(rollouts))),
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

/// Which version was shown when, as the prompt's rollouts tell.
fn versions(rollouts: &[Rollout]) -> Versions {
    let lane = |version: Option<i64>| u32::try_from(version.unwrap_or(0)).unwrap_or(0);
    let mut versions = Versions::default();
    for rollout in rollouts {
        for (arm, plan) in (0..).zip(rollout.arms.all()) {
            let shown = (rollout.number.0, arm, lane(plan.version));
            versions.arms.push(shown);
        }
        let of = |arm: u8| lane(rollout.arms.get(arm).and_then(|plan| plan.version));
        let since = if versions.live.is_empty() {
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
    versions
}

fn markers(rollouts: &[Rollout], from: Time, until: Time) -> Vec<Marker> {
    let mut markers = Vec::new();
    for rollout in rollouts {
        let mut add = |at, kind| {
            markers.push(Marker {
                at,
                kind,
                rollout: rollout.number.0,
                title: rollout.title.clone(),
            });
        };
        add(rollout.started_at, "rollout-started");
        if let Some(ending) = &rollout.ending {
            add(ending.at, rollout.state.name());
        }
    }
    markers.retain(|marker| from <= marker.at && marker.at < until);
    markers.sort_by_key(|marker| marker.at);
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
