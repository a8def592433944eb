//! What each change brought: the experiment's lift where there was one, else before against after
//! with its weakness said; line by line, with a running sum of what was kept.

use std::collections::HashMap;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::library::Kpi;
use variorum_domain::movement::{self, Before};
use variorum_domain::rollout::RolloutState;
use variorum_domain::watch::{HappenedKind, Subject, day_number};

use super::{goal, is_kept, lifts};
use crate::Result;
use crate::context::Context;
use crate::library::main_settings;
use crate::rollouts;
use crate::watch::happened;
use crate::work::Work;

/// Rollouts looked through, newest first.
const ROLLOUTS_MAX: usize = 500;
/// Prompts of one release that are compared before against after.
const PROMPTS_PER_RELEASE_MAX: usize = 5;
/// Lines of one ledger.
const LINES_MAX: usize = 200;

/// How it is known what a change brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// A rollout whose new release everybody gets since: its lift was kept.
    Kept,
    /// A rollout that was taken back: its lift was not kept.
    Avoided,
    /// Days before against days after, with all that changed beside it.
    BeforeAfter,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// When it took effect.
    pub at: Time,
    /// How it is known.
    pub kind: LineKind,
    /// What it was.
    pub title: String,
    /// What it points to: `rollout:R-2` or `release:4`.
    pub target: String,
    /// The prompt.
    pub prompt: Option<String>,
    /// The versions of the prompt, before and after.
    pub versions: (Option<i64>, Option<i64>),
    /// The mean of a unit before, in the KPI's smallest unit.
    pub before: f64,
    /// What a unit brings more or less since.
    pub effect: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Units it rests on.
    pub units: u64,
    /// What all kept experiments on the same prompt brought so far together; `0.1` for a tenth more.
    pub cumulative: f64,
    /// How far it can be trusted, in a sentence.
    pub weakness: String,
}

/// The lines of one KPI.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The definition.
    pub kpi: Kpi,
    /// The lines, oldest first.
    pub lines: Vec<Line>,
}

/// The ledger of a KPI, of one prompt where one is named.
pub async fn ledger(
    ctx: &Context,
    actor: &Actor,
    kpi: Option<&str>,
    prompt: Option<&str>,
) -> Result<Ledger> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (library, _) = main_settings(&mut work).await?;
    let kpi = goal(ctx, actor.workspace, &library, kpi)?;
    let mut lines = experiments(ctx, &mut work, &kpi, prompt).await?;
    lines.extend(releases(ctx, &mut work, &kpi, prompt).await?);
    lines.sort_by_key(|line| line.at);
    let old = lines.len().saturating_sub(LINES_MAX);
    lines.drain(..old);
    // Prompts reach different people, so only effects on the same prompt multiply.
    let mut factors: HashMap<Option<String>, f64> = HashMap::new();
    for line in &mut lines {
        let factor = factors.entry(line.prompt.clone()).or_insert(1.0);
        if line.kind == LineKind::Kept && line.before.abs() > 0.0 {
            *factor *= 1.0 + line.effect / line.before.abs();
        }
        line.cumulative = *factor - 1.0;
    }
    Ok(Ledger { kpi, lines })
}

async fn experiments(
    ctx: &Context,
    work: &mut Work,
    kpi: &Kpi,
    prompt: Option<&str>,
) -> Result<Vec<Line>> {
    let rollouts = work
        .tx
        .rollouts(work.workspace, false, None, ROLLOUTS_MAX)
        .await?;
    let mut lines = Vec::new();
    for rollout in rollouts {
        let own = rollout.prompt.clone();
        let Some(ending) = rollout.ending.clone() else {
            continue;
        };
        if prompt.is_some() && prompt != own.as_deref() {
            continue;
        }
        let arm = ending.arm.unwrap_or(1).max(1);
        let kind = if is_kept(&rollout) {
            LineKind::Kept
        } else {
            LineKind::Avoided
        };
        let control = rollout.version_of(0);
        let was_stopped = rollout.state != RolloutState::Finished;
        let measured = rollouts::measured(ctx, work, rollout).await?;
        let found = lifts(&measured, kpi, false, own.as_deref().unwrap_or(""));
        let Some(one) = found.into_iter().nth(usize::from(arm) - 1) else {
            continue;
        };
        lines.push(Line {
            at: ending.at,
            kind,
            title: one.title,
            target: format!("rollout:R-{}", one.rollout),
            prompt: own,
            versions: (control, one.version),
            before: one.control,
            effect: one.estimate,
            low: one.low,
            high: one.high,
            units: one.units,
            cumulative: 0.0,
            weakness: movement::of_experiment(was_stopped, one.low, one.high),
        });
    }
    Ok(lines)
}

/// Releases that went live for everybody at once: days before against days after.
async fn releases(
    ctx: &Context,
    work: &mut Work,
    kpi: &Kpi,
    prompt: Option<&str>,
) -> Result<Vec<Line>> {
    let now = ctx.clock.now();
    let all = happened(work, &Subject::Everything, (Time(0), now)).await?;
    let today = day_number(now);
    let mut lines = Vec::new();
    for one in all {
        if !matches!(one.kind, HappenedKind::WentLive | HappenedKind::RolledBack) {
            continue;
        }
        let mut touched = one.touched;
        touched.retain(|touched| prompt.is_none_or(|wanted| wanted == touched.prompt));
        let others = touched.len().saturating_sub(1);
        for touched in touched.into_iter().take(PROMPTS_PER_RELEASE_MAX) {
            let before = (work.workspace, touched.prompt.as_str());
            let Some(found) = before_after(ctx, before, kpi, (day_number(one.at), today)) else {
                continue;
            };
            lines.push(Line {
                at: one.at,
                kind: LineKind::BeforeAfter,
                title: one.title.clone(),
                target: one.target.clone(),
                prompt: Some(touched.prompt),
                versions: (touched.from, touched.to),
                before: found.before,
                effect: found.effect,
                low: found.low,
                high: found.high,
                units: found.units,
                cumulative: 0.0,
                weakness: movement::of_before_after(&found, others),
            });
        }
    }
    Ok(lines)
}

fn before_after(
    ctx: &Context,
    (workspace, prompt): (WorkspaceId, &str),
    kpi: &Kpi,
    (day, today): (i64, i64),
) -> Option<Before> {
    let subject = Subject::Prompt(prompt.to_owned());
    let series = ctx.watch.series(workspace, &subject, kpi, today);
    movement::before_after(&series, day)
}
