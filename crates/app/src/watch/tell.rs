//! Writing down what a look found, and telling whom it concerns.

use std::collections::HashMap;

use serde_json::json;
use variorum_domain::access::{self, Action, Actor, Role};
use variorum_domain::audit::Happening;
use variorum_domain::calendar::{self, DAY_SECONDS};
use variorum_domain::escalation::{Alarm, Cause, Urgency};
use variorum_domain::id::{ActorId, Time, WorkspaceId};
use variorum_domain::impact::prompt_path;
use variorum_domain::library::{Direction, Kpi, KpiKind, Library};
use variorum_domain::notice::NoticeKind;
use variorum_domain::watch::{
    AtStake, Began, DaySeries, Found, Measured, Regression, RegressionState, Subject, day_number,
    hour_begins, suspects, told,
};
use variorum_ports::rows::ActorRow;

use super::happened;
use super::look::{Candidate, KNOWN_MAX};
use crate::Result;
use crate::auth::to_actor;
use crate::context::Context;
use crate::escalation::raise_or_log;
use crate::notices::{Notify, notify};
use crate::work::Work;

/// Days before and after a change within which suspects are looked for.
const AROUND_DAYS: i64 = 40;

/// Writes that a series is back, and tells those who were told of it.
pub(super) async fn resolve(
    ctx: &Context,
    actor: &Actor,
    (library, kpi): (&Library, &Kpi),
    mut row: Regression,
    why: &str,
) -> Result<()> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    row.resolve(ctx.clock.now());
    let number = row.number;
    work.tx.put_regression(actor.workspace, &row).await?;
    let what = Happening::new("regression.resolved", format!("regression:{number}"))
        .because(why)
        .with_evidence(evidence(&row));
    work.record(ctx, actor, what).await?;
    let notice = Notify {
        to: owners(&mut work, library, &row, &kpi.more.owner).await?,
        kind: NoticeKind::Regression,
        target: format!("regression:{number}"),
        text: format!("“{}” {} is back.", kpi.title, about(&row.subject)),
    };
    notify(ctx, &mut work, notice).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "regression", number.to_string());
    Ok(())
}

/// Writes a new regression, or what is seen of a known one.
pub(super) async fn note(
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
        suspects: suspects(&candidate.subject, Began::of(found), &near),
        found_at: now,
        seen_at: now,
        settled: None,
        resolved_at: None,
        told_with: told_with(&mut work, &candidate.subject, found).await?,
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

/// The open regression with which people are told of another one: of the same subject, begun about
/// the same day. Several KPIs that fall together are one incident.
async fn told_with(work: &mut Work, subject: &Subject, found: &Found) -> Result<Option<i64>> {
    let open = work
        .tx
        .regressions(work.workspace, true, None, KNOWN_MAX)
        .await?;
    let together = open
        .iter()
        .filter(|one| one.subject == *subject && overlap(one.found.between, found.between));
    Ok(together
        .map(|one| one.told_with.unwrap_or(one.number))
        .min())
}

/// Whether two changes may have happened about the same day.
pub(super) fn overlap(one: (i64, i64), other: (i64, i64)) -> bool {
    one.0 <= other.1 + 2 && other.0 <= one.1 + 2
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
        subject: format!("regression:{}", row.told_with.unwrap_or(row.number)),
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

fn about(subject: &Subject) -> String {
    match subject {
        Subject::Everything => "everywhere".to_owned(),
        Subject::Prompt(prompt) => format!("of `{prompt}`"),
        Subject::Channel(channel) => format!("through {channel}"),
    }
}

fn sentence(row: &Regression, kpi: &Kpi) -> String {
    let about = about(&row.subject);
    let relative = 100.0 * row.found.found().relative();
    let since = since(&row.found);
    format!(
        "“{}” {about} got worse: {relative:+.0} % since {since}. {}",
        kpi.title,
        told(&row.subject, &row.suspects)
    )
}

/// The day on which it began, with the hour where that is known.
fn since(found: &Measured) -> String {
    let Some(span) = found.hours else {
        return calendar::day(Time::from_seconds(found.day * DAY_SECONDS));
    };
    let day = calendar::day(Time::from_seconds(hour_begins(span.first)));
    format!("{day}, {:02}:00 UTC", span.first.rem_euclid(24))
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
