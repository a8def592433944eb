//! One look at all series of a workspace: what got worse, what is back.

use std::collections::HashMap;

use serde_json::json;
use variorum_domain::access::{self, Action, Actor, Role};
use variorum_domain::audit::Happening;
use variorum_domain::calendar::{self, DAY_SECONDS};
use variorum_domain::escalation::{Alarm, Cause, Urgency};
use variorum_domain::id::{ActorId, Time, WorkspaceId};
use variorum_domain::impact::prompt_path;
use variorum_domain::kpi::Made;
use variorum_domain::library::{Direction, Kpi, KpiKind, Library};
use variorum_domain::notice::NoticeKind;
use variorum_domain::rollout::Rollout;
use variorum_domain::watch::{
    AtStake, DaySeries, Found, Judgement, Measured, Regression, RegressionState, Settings, Subject,
    YEARLY_OF_WORKSPACE, day_number, judge, recovered, suspects, told,
};
use variorum_ports::rows::ActorRow;

use super::{Looked, happened};
use crate::Result;
use crate::auth::to_actor;
use crate::context::Context;
use crate::escalation::raise_or_log;
use crate::library::main_settings;
use crate::notices::{Notify, notify};
use crate::rollouts::system_actor;
use crate::work::Work;

/// The name under which the watch acts.
const WATCH_NAME: &str = "Watch";
/// Regressions looked through for what is known already, newest first.
const KNOWN_MAX: usize = 2_000;
/// Rollouts whose days are left out, newest first.
const ROLLOUTS_MAX: usize = 2_000;
/// Days before and after a change within which suspects are looked for.
const AROUND_DAYS: i64 = 40;
/// A wider series that prompts explain by this part is not told beside them.
const EXPLAINED: f64 = 0.5;

/// A series with what is known of it.
struct Candidate {
    subject: Subject,
    kpi: Kpi,
    series: DaySeries,
    known: Option<Regression>,
}

/// Looks at all series of a workspace up to yesterday.
pub async fn look(ctx: &Context, workspace: WorkspaceId) -> Result<Looked> {
    let actor = system_actor(workspace, WATCH_NAME);
    access::check(&actor, Action::NoteRegression, "")?;
    let today = day_number(ctx.clock.now());
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
    let mut looked = Looked {
        at: ctx.clock.now(),
        yearly: YEARLY_OF_WORKSPACE,
        ..Looked::default()
    };
    let candidates = candidates(ctx, workspace, today, &library, (&known, &rollouts));
    let watched = |one: &Candidate| match judge(&one.series, Settings::for_one_of(1)) {
        Judgement::TooShort { .. } => (1, 0, 0),
        Judgement::TooThin { .. } => (0, 1, 0),
        _ => (0, 0, 1),
    };
    for (short, thin, judged) in candidates.iter().map(watched) {
        looked.too_short += short;
        looked.too_thin += thin;
        looked.watched += judged;
    }
    let settings = Settings::for_one_of(looked.watched);
    looked.limit = variorum_domain::watch::limit(settings);
    let mut worse: Vec<(Candidate, Found)> = Vec::new();
    for candidate in candidates {
        let judged = judge(&candidate.series, settings);
        match (judged, &candidate.known) {
            (_, Some(known)) if recovered(&candidate.series, &known.found.found()) => {
                resolve(ctx, &actor, known.clone()).await?;
                looked.resolved += 1;
            }
            (Judgement::Worse(found), _) => worse.push((candidate, found)),
            _ => {}
        }
    }
    for (candidate, found) in told_once(worse) {
        let is_new = candidate.known.is_none();
        note(ctx, &actor, &library, &candidate, &found, settings.yearly).await?;
        looked.opened += usize::from(is_new);
    }
    ctx.watch.lock().looked.insert(workspace, looked);
    Ok(looked)
}

/// All series that could be judged, prompts first.
fn candidates(
    ctx: &Context,
    workspace: WorkspaceId,
    today: i64,
    library: &Library,
    (known, rollouts): (&[Regression], &[Rollout]),
) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (subject, kpis) in ctx.watch.subjects(workspace) {
        for kpi in kpis.iter().filter_map(|id| library.kpis.get(id)) {
            if kpi.more.made != Made::OfEvents {
                continue;
            }
            let of_series = |one: &&Regression| one.subject == subject && one.kpi == kpi.id;
            let of_series: Vec<&Regression> = known.iter().filter(of_series).collect();
            let mut series = ctx.watch.series(workspace, &subject, kpi, today);
            leave_out(&mut series, &subject, &of_series, rollouts);
            let open = of_series.iter().find(|one| one.state.is_open());
            found.push(Candidate {
                subject: subject.clone(),
                kpi: kpi.clone(),
                series,
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
    // An experiment changes who is in a channel, too: of wider series no day of any is judged.
    let concerns = |rollout: &&Rollout| match (subject, &rollout.prompt) {
        (Subject::Prompt(prompt), Some(tried)) => tried == prompt,
        _ => true,
    };
    for rollout in rollouts.iter().filter(concerns) {
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

/// A fall of one prompt shows in its channel and in everything, too; it is told once.
fn told_once(worse: Vec<(Candidate, Found)>) -> Vec<(Candidate, Found)> {
    let mut kept: Vec<(Candidate, Found)> = Vec::new();
    for (candidate, found) in worse {
        let is_wide = !matches!(candidate.subject, Subject::Prompt(_));
        let explained: f64 = kept
            .iter()
            .filter(|(other, theirs)| {
                other.kpi.id == candidate.kpi.id
                    && theirs.between.0 <= found.between.1 + 2
                    && found.between.0 <= theirs.between.1 + 2
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

async fn resolve(ctx: &Context, actor: &Actor, mut row: Regression) -> Result<()> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    row.resolve(ctx.clock.now());
    let number = row.number;
    work.tx.put_regression(actor.workspace, &row).await?;
    let what = Happening::new("regression.resolved", format!("regression:{number}"))
        .because("the last seven days brought back at least three quarters of what was lost")
        .with_evidence(evidence(&row));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "regression", number.to_string());
    Ok(())
}

/// Writes a new regression, or what is seen of a known one.
async fn note(
    ctx: &Context,
    actor: &Actor,
    library: &Library,
    candidate: &Candidate,
    found: &Found,
    yearly: f64,
) -> Result<()> {
    let now = ctx.clock.now();
    let workspace = actor.workspace;
    let measured = Measured::of(found, yearly, candidate.series.per_exposure);
    let stake = at_stake(ctx, workspace, library, candidate, found);
    let mut work = Work::begin(ctx, workspace).await?;
    if let Some(known) = &candidate.known {
        let mut row = known.clone();
        row.see(measured, stake, now);
        work.tx.put_regression(workspace, &row).await?;
        return work.commit().await;
    }
    let around = (
        Time::from_seconds((found.between.0 - AROUND_DAYS) * DAY_SECONDS),
        Time::from_seconds((found.between.1 + 2) * DAY_SECONDS),
    );
    let near = happened(&mut work, &candidate.subject, around).await?;
    let row = Regression {
        number: work.tx.next_number(workspace, "regression").await?,
        subject: candidate.subject.clone(),
        kpi: candidate.kpi.id.clone(),
        state: RegressionState::Open,
        found: measured,
        stake,
        suspects: suspects(&candidate.subject, (found.day, found.between), &near),
        found_at: now,
        seen_at: now,
        settled: None,
        resolved_at: None,
        revision: 1,
    };
    work.tx.put_regression(workspace, &row).await?;
    let what = Happening::new("regression.found", format!("regression:{}", row.number))
        .with_evidence(evidence(&row));
    work.record(ctx, actor, what).await?;
    let notice = Notify {
        to: owners(&mut work, library, &row, &candidate.kpi.more.owner).await?,
        kind: NoticeKind::Regression,
        target: format!("regression:{}", row.number),
        text: sentence(&row, &candidate.kpi),
    };
    notify(ctx, &mut work, notice).await?;
    work.commit().await?;
    ctx.announce(workspace, "regression", row.number.to_string());
    raise_or_log(ctx, workspace, alarm(&row, &candidate.kpi)).await;
    Ok(())
}

/// What people are told of a new regression along a ladder.
fn alarm(row: &Regression, kpi: &Kpi) -> Alarm {
    let path = match &row.subject {
        Subject::Prompt(prompt) => Some(prompt_path(prompt)),
        Subject::Everything | Subject::Channel(_) => None,
    };
    Alarm {
        cause: Cause::Regression,
        urgency: Urgency::High,
        subject: format!("regression:{}", row.number),
        title: format!("{} got worse", kpi.title),
        text: sentence(row, kpi),
        environment: None,
        path,
        kpi: Some(row.kpi.clone()),
    }
}

/// What the decision rested on, for the audit log.
pub(super) fn evidence(row: &Regression) -> serde_json::Value {
    json!({
        "subject": row.subject.key(),
        "kpi": row.kpi,
        "state": row.state.name(),
        "found": serde_json::to_value(&row.found).unwrap_or_default(),
        "suspects": row.suspects.iter().map(|one| &one.happened.target).collect::<Vec<_>>(),
    })
}

fn sentence(row: &Regression, kpi: &Kpi) -> String {
    let about = match &row.subject {
        Subject::Everything => "everywhere".to_owned(),
        Subject::Prompt(prompt) => format!("of `{prompt}`"),
        Subject::Channel(channel) => format!("through {channel}"),
    };
    let relative = 100.0 * row.found.found().relative();
    let day = calendar::day(Time::from_seconds(row.found.day * DAY_SECONDS));
    format!(
        "“{}” {about} got worse: {relative:+.0} % since {day}. {}",
        kpi.title,
        told(&row.subject, &row.suspects)
    )
}

/// The unit that people read and the decimals to it: amounts kept as `EUR minor` are cents.
pub fn shown_unit(kpi: &Kpi) -> (&str, u32) {
    match kpi.unit.strip_suffix(" minor") {
        Some(unit) if kpi.decimals == 0 => (unit, 2),
        _ => (&kpi.unit, kpi.decimals),
    }
}

/// Money where the KPI is money itself, or where money was measured beside it.
fn at_stake(
    ctx: &Context,
    workspace: WorkspaceId,
    library: &Library,
    candidate: &Candidate,
    found: &Found,
) -> AtStake {
    let kpi = &candidate.kpi;
    let none = |basis: &str| AtStake {
        money_a_day: None,
        unit: String::new(),
        decimals: 0,
        basis: basis.to_owned(),
    };
    if kpi.kind == KpiKind::Value && !kpi.unit.is_empty() {
        return AtStake {
            money_a_day: Some(found.missing_a_day()),
            unit: kpi.unit.clone(),
            decimals: kpi.decimals,
            basis: "the KPI is an amount itself".to_owned(),
        };
    }
    if kpi.direction == Direction::Down {
        return none("no worth is known of what is unwanted; counted in units");
    }
    let sums = |series: &DaySeries| {
        let days = series.days.iter().filter(|day| day.day < found.day);
        days.fold((0_u64, 0_i128), |(outcomes, total), day| {
            (outcomes + day.outcomes, total + day.total)
        })
    };
    let today = day_number(ctx.clock.now());
    let (outcomes, _) = sums(&candidate.series);
    let amounts = library
        .kpis
        .values()
        .filter(|other| other.kind == KpiKind::Value && !other.unit.is_empty());
    let amounts = amounts.map(|other| {
        let series = ctx
            .watch
            .series(workspace, &candidate.subject, other, today);
        (other, sums(&series).1)
    });
    let best = amounts.max_by_key(|(_, total)| *total);
    match best {
        Some((money, total)) if outcomes > 0 && total > 0 => {
            #[expect(clippy::cast_precision_loss, reason = "sums lie below 2^53")]
            let worth = total as f64 / outcomes as f64;
            let (unit, decimals) = shown_unit(money);
            let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
            AtStake {
                money_a_day: Some(worth * found.missing_a_day()),
                unit: money.unit.clone(),
                decimals: money.decimals,
                basis: format!(
                    "before, {:.2} {} of “{}” came with each of these outcomes",
                    worth / scale,
                    unit,
                    money.title
                ),
            }
        }
        _ => none("no KPI measures money here; counted in units"),
    }
}

/// Whom a regression concerns: owner of the KPI, owner and custodian of the prompt's part of the
/// library, or whoever may publish everywhere.
async fn owners(
    work: &mut Work,
    library: &Library,
    row: &Regression,
    of_kpi: &str,
) -> Result<Vec<ActorId>> {
    let people = work.tx.actors(work.workspace).await?;
    let people: Vec<ActorRow> = people
        .into_iter()
        .filter(|one| one.kind == "person" && one.disabled_at.is_none())
        .collect();
    let by_name: HashMap<String, ActorId> = people
        .iter()
        .flat_map(|one| {
            [
                (one.name.to_lowercase(), one.id),
                (one.email.to_lowercase(), one.id),
            ]
        })
        .collect();
    let mut named = vec![of_kpi.to_owned()];
    if let Subject::Prompt(prompt) = &row.subject {
        let kept = work.tx.library_row_by_id(work.workspace, prompt).await?;
        let path = kept.as_ref().map_or(prompt.as_str(), |kept| &kept.path);
        let category = library.category_of(path);
        named.extend(kept.as_ref().map(|kept| kept.owner.clone()));
        named.extend(category.map(|one| one.owner.clone()));
        named.extend(category.map(|one| one.custodian.clone()));
    }
    let found: Vec<ActorId> = named
        .iter()
        .filter_map(|name| by_name.get(&name.to_lowercase()).copied())
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let publishers = people.into_iter().filter(|one| {
        let actor = to_actor(one.clone(), Role::Administrator);
        access::check(&actor, Action::GoLive, "").is_ok()
    });
    Ok(publishers.map(|one| one.id).collect())
}
