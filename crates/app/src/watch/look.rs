//! One look at all series of a workspace: what got worse, what is back.

use variorum_domain::access::{self, Action};
use variorum_domain::id::WorkspaceId;
use variorum_domain::kpi::Made;
use variorum_domain::library::{Kpi, Library};
use variorum_domain::rollout::Rollout;
use variorum_domain::watch::{
    DaySeries, Found, HourSeries, Judgement, Regression, RegressionState, Settings, Subject,
    YEARLY_OF_WORKSPACE, day_number, hour_limit, hour_number, judge, judge_by_hour, only_days_of,
    recovered, recovered_by_hour,
};

use super::Looked;
use super::tell::{note, overlap, resolve};
use crate::Result;
use crate::context::Context;
use crate::library::main_settings;
use crate::rollouts::system_actor;
use crate::work::Work;

/// The name under which the watch acts.
const WATCH_NAME: &str = "Watch";
/// Regressions looked through for what is known already, newest first.
pub(crate) const KNOWN_MAX: usize = 2_000;
/// Rollouts whose days are left out, newest first.
const ROLLOUTS_MAX: usize = 2_000;
/// A wider series that prompts explain by this part is not told beside them.
const EXPLAINED: f64 = 0.5;
/// What the entry says of a series that is back.
const BACK: &str = "the last seven days brought back at least three quarters of what was lost";
const BACK_BY_HOUR: &str =
    "the newest 24 hours brought back at least three quarters of what was lost";

/// A series with what is known of it.
pub(super) struct Candidate {
    pub(super) subject: Subject,
    pub(super) kpi: Kpi,
    pub(super) series: DaySeries,
    /// The same by the hour, where there is traffic enough.
    hours: Option<HourSeries>,
    pub(super) known: Option<Regression>,
}

/// What a look rests on.
struct Seen {
    library: std::sync::Arc<Library>,
    candidates: Vec<Candidate>,
    /// Every regression that waits.
    open: Vec<Regression>,
}

async fn see(ctx: &Context, workspace: WorkspaceId) -> Result<Seen> {
    let mut work = Work::read(ctx, workspace).await?;
    let (library, _) = main_settings(&mut work).await?;
    let known = work
        .tx
        .regressions(workspace, false, None, KNOWN_MAX)
        .await?;
    let rollouts = work
        .tx
        .rollouts(workspace, false, None, ROLLOUTS_MAX)
        .await?;
    drop(work);
    Ok(Seen {
        candidates: candidates(ctx, workspace, &library, (&known, &rollouts)),
        library,
        open: known
            .into_iter()
            .filter(|one| one.state.is_open())
            .collect(),
    })
}

/// How many series are judged: by day, by hour, and not yet.
fn count(candidates: &[Candidate], looked: &mut Looked) {
    for one in candidates {
        match judge(&one.series, Settings::for_one_of(1)) {
            Judgement::TooShort { .. } => looked.too_short += 1,
            Judgement::TooThin { .. } => looked.too_thin += 1,
            _ => looked.watched += 1,
        }
    }
    looked.by_hour = by_hour(candidates);
}

fn by_hour(candidates: &[Candidate]) -> usize {
    candidates.iter().filter(|one| one.hours.is_some()).count()
}

/// Looks at all series of a workspace up to yesterday.
pub async fn look(ctx: &Context, workspace: WorkspaceId) -> Result<Looked> {
    let actor = system_actor(workspace, WATCH_NAME);
    access::check(&actor, Action::NoteRegression, "")?;
    let seen = see(ctx, workspace).await?;
    let mut looked = Looked {
        at: ctx.clock.now(),
        yearly: YEARLY_OF_WORKSPACE,
        hour: ctx.watch.looked(workspace).and_then(|before| before.hour),
        ..Looked::default()
    };
    count(&seen.candidates, &mut looked);
    // A series that is judged by day and by hour has two shares of what is accepted.
    let settings = Settings::for_one_of(looked.watched + looked.by_hour);
    looked.limit = variorum_domain::watch::limit(settings);
    looked.hour_limit = hour_limit(settings);
    let mut worse: Vec<(Candidate, Found)> = Vec::new();
    for candidate in seen.candidates {
        let judged = judge(&candidate.series, settings);
        match (judged, &candidate.known) {
            (_, Some(known)) if recovered(&candidate.series, &known.found.found()) => {
                let row = known.clone();
                resolve(ctx, &actor, (&seen.library, &candidate.kpi), row, BACK).await?;
                looked.resolved += 1;
            }
            (Judgement::Worse(found), _) => worse.push((candidate, found)),
            _ => {}
        }
    }
    for (candidate, found) in told_once(worse) {
        let is_new = candidate.known.is_none();
        let yearly = settings.yearly;
        note(ctx, &actor, &seen.library, &candidate, &found, yearly).await?;
        looked.opened += usize::from(is_new);
    }
    ctx.watch.lock().looked.insert(workspace, looked);
    Ok(looked)
}

/// Looks at the newest hours of the series that have traffic enough, after the days were looked at.
pub async fn look_by_hour(ctx: &Context, workspace: WorkspaceId) -> Result<Looked> {
    let actor = system_actor(workspace, WATCH_NAME);
    access::check(&actor, Action::NoteRegression, "")?;
    let Some(mut looked) = ctx.watch.looked(workspace) else {
        return look(ctx, workspace).await;
    };
    let seen = see(ctx, workspace).await?;
    looked.by_hour = by_hour(&seen.candidates);
    let settings = Settings::for_one_of(looked.watched + looked.by_hour);
    looked.hour_limit = hour_limit(settings);
    looked.hour = Some(hour_number(ctx.clock.now()));
    let mut worse: Vec<(Candidate, Found)> = Vec::new();
    for candidate in seen.candidates {
        let Some(hours) = &candidate.hours else {
            continue;
        };
        if let Some(known) = &candidate.known
            && recovered_by_hour(hours, &known.found.found())
        {
            let row = known.clone();
            let of = (&*seen.library, &candidate.kpi);
            resolve(ctx, &actor, of, row, BACK_BY_HOUR).await?;
            looked.resolved += 1;
        } else if let Judgement::Worse(found) = judge_by_hour(hours, settings) {
            worse.push((candidate, found));
        }
    }
    for (candidate, found) in told_once(worse) {
        // What days found is measured by days, and what a prompt's own line tells is told there.
        let is_new = candidate.known.is_none();
        let by_days = candidate.known.as_ref();
        let by_days = by_days.is_some_and(|known| known.found.hours.is_none());
        if by_days || (is_new && is_explained(&candidate, &found, &seen.open)) {
            continue;
        }
        let yearly = settings.yearly;
        note(ctx, &actor, &seen.library, &candidate, &found, yearly).await?;
        looked.opened += usize::from(is_new);
    }
    ctx.watch.lock().looked.insert(workspace, looked);
    Ok(looked)
}

/// Whether open regressions of prompts tell of what a wider series shows.
fn is_explained(candidate: &Candidate, found: &Found, open: &[Regression]) -> bool {
    let of_prompts = open.iter().filter(|one| {
        matches!(one.subject, Subject::Prompt(_))
            && one.kpi == candidate.kpi.id
            && overlap(one.found.between, found.between)
    });
    let missing: f64 = of_prompts
        .map(|one| one.found.found().missing_a_day())
        .sum();
    let is_wide = !matches!(candidate.subject, Subject::Prompt(_));
    is_wide && missing.abs() >= EXPLAINED * found.missing_a_day().abs()
}

/// All series that could be judged, prompts first.
fn candidates(
    ctx: &Context,
    workspace: WorkspaceId,
    library: &Library,
    (known, rollouts): (&[Regression], &[Rollout]),
) -> Vec<Candidate> {
    let now = ctx.clock.now();
    let today = day_number(now);
    let mut found = Vec::new();
    for (subject, kpis) in ctx.watch.subjects(workspace) {
        for kpi in kpis.iter().filter_map(|id| library.kpis.get(id)) {
            if kpi.more.made != Made::OfEvents {
                continue;
            }
            let of_series = |one: &&Regression| one.subject == subject && one.kpi == kpi.id;
            let of_series: Vec<&Regression> = known.iter().filter(of_series).collect();
            let mut series = ctx.watch.series(workspace, &subject, kpi, today);
            let before = series.days.len();
            leave_out(&mut series, &subject, &of_series, rollouts);
            // A rollout that runs today is left out today, too.
            let runs = rollouts
                .iter()
                .any(|one| one.ending.is_none() && concerns(one, &subject));
            let hours = ctx
                .watch
                .hours(workspace, &subject, kpi, now)
                .filter(|_| !runs);
            let hours = hours.map(|mut hours| {
                if series.days.len() < before {
                    only_days_of(&mut hours, &series, today);
                }
                hours
            });
            let open = of_series.iter().find(|one| one.state.is_open());
            found.push(Candidate {
                subject: subject.clone(),
                kpi: kpi.clone(),
                series,
                hours: hours.filter(HourSeries::is_watchable),
                known: open.map(|one| (*one).clone()),
            });
        }
    }
    let is_wide = |one: &Candidate| !matches!(one.subject, Subject::Prompt(_));
    found.sort_by_key(is_wide);
    found
}

/// Takes out days that say nothing about the series as it is: those of experiments on the prompt,
/// those before a dismissed change, and those of a regression that is over.
fn leave_out(
    series: &mut DaySeries,
    subject: &Subject,
    known: &[&Regression],
    rollouts: &[Rollout],
) {
    for rollout in rollouts.iter().filter(|one| concerns(one, subject)) {
        let from = day_number(rollout.started_at);
        let until = rollout.ending.as_ref().map(|ending| day_number(ending.at));
        series
            .days
            .retain(|day| day.day < from || until.is_some_and(|until| day.day > until));
    }
    for one in known {
        if let Some(from) = one.starts_anew() {
            series.days.retain(|day| day.day >= from);
        }
        if let (RegressionState::Resolved, Some(at)) = (one.state, one.resolved_at) {
            let until = day_number(at);
            series
                .days
                .retain(|day| day.day < one.found.day || day.day > until);
        }
    }
}

/// An experiment changes who is in a channel, too: of wider series no day of any is judged.
fn concerns(rollout: &Rollout, subject: &Subject) -> bool {
    match (subject, &rollout.prompt) {
        (Subject::Prompt(prompt), Some(tried)) => tried == prompt,
        _ => true,
    }
}

/// A fall of one prompt shows in its channel and in everything, too; it is told once.
fn told_once(worse: Vec<(Candidate, Found)>) -> Vec<(Candidate, Found)> {
    let mut kept: Vec<(Candidate, Found)> = Vec::new();
    for (candidate, found) in worse {
        let is_wide = !matches!(candidate.subject, Subject::Prompt(_));
        let explained: f64 = kept
            .iter()
            .filter(|(other, theirs)| {
                other.kpi.id == candidate.kpi.id && overlap(theirs.between, found.between)
            })
            .map(|(_, theirs)| theirs.missing)
            .sum();
        let is_told = is_wide && explained.abs() >= EXPLAINED * found.missing.abs();
        if candidate.known.is_some() || !is_told {
            kept.push((candidate, found));
        }
    }
    kept
}
