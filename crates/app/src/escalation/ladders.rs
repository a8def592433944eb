//! The rules as people look at them: ladders, who is on call, and trying a ladder out.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::escalation::{Calendar, Escalation, Ladder, Route, Shift, test_message};
use variorum_domain::id::{Time, hex};
use variorum_domain::limits::CALENDAR_DAYS_MAX;
use variorum_domain::prompt::Diagnostic;
use variorum_ports::notifier::Means;

use super::{rules_on_main, tell};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result, changes};

/// The rules, with what the server can send.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The rules; none where they cannot be read.
    pub rules: Escalation,
    /// What is wrong with the file.
    pub problems: Vec<Diagnostic>,
    /// What the server can send.
    pub means: Means,
}

/// The rules on `main`.
pub async fn rules(ctx: &Context, actor: &Actor) -> Result<Rules> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (rules, problems) = match rules_on_main(&mut work).await? {
        Ok(rules) => (rules, Vec::new()),
        Err(problems) => (Escalation::default(), problems),
    };
    Ok(Rules {
        rules,
        problems,
        means: ctx.notifier.means(),
    })
}

/// A calendar over some days.
#[derive(Debug, Clone)]
pub struct CalendarView {
    /// The calendar.
    pub calendar: Calendar,
    /// Who is on call at the beginning.
    pub now: Vec<String>,
    /// The shifts; gaps are shifts of nobody.
    pub shifts: Vec<Shift>,
}

/// Who is on call, in every calendar, from a moment on; from now where none is given.
pub async fn who_is_on_call(
    ctx: &Context,
    actor: &Actor,
    from: Option<Time>,
    days: i64,
) -> Result<Vec<CalendarView>> {
    let found = rules(ctx, actor).await?;
    if !(1..=CALENDAR_DAYS_MAX).contains(&days) {
        return Err(Error::invalid(format!(
            "a calendar is shown for 1 to {CALENDAR_DAYS_MAX} days"
        )));
    }
    let from = from.unwrap_or_else(|| ctx.clock.now());
    let until = from.plus_seconds(days * DAY_SECONDS);
    let views = found
        .rules
        .calendars
        .into_iter()
        .map(|calendar| CalendarView {
            now: calendar.who(from),
            shifts: calendar.shifts(from, until),
            calendar,
        });
    Ok(views.collect())
}

/// What a test of a ladder sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestedLadder {
    /// Each step: who is told, and the targets that stand for nobody now.
    pub steps: Vec<(Vec<String>, Vec<String>)>,
}

/// Sends the messages of every step of a ladder at once, each marked as a test. No incident is opened
/// and no inbox gets a line.
pub async fn test_ladder(ctx: &Context, actor: &Actor, id: &str) -> Result<TestedLadder> {
    access::check(actor, Action::TestLadder, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let rules = rules_on_main(&mut work)
        .await?
        .map_err(|diagnostics| Error::Invalid {
            message: "the rules of escalation cannot be read".to_owned(),
            hint: Some("mend the lines named here".to_owned()),
            diagnostics,
        })?;
    let fallback = Ladder::fallback();
    let known = rules.ladders.iter().chain([&fallback]);
    let ladder = known.into_iter().find(|one| one.id == id).cloned();
    let ladder = ladder.ok_or_else(|| Error::not_found("ladder", id))?;
    let people = changes::people(&mut work).await?;
    let now = ctx.clock.now();
    let nonce = hex(&ctx.ids.secret()[..8]);
    let mut steps = Vec::new();
    for (place, step) in ladder.course.steps.iter().enumerate() {
        let (to, nobody) = tell::receivers(step, &rules, &people, now);
        let said = test_message(&ladder, place, &actor.name);
        let key = format!("test/{nonce}/{place}");
        let about = tell::About {
            incident: None,
            ladder: &ladder.id,
            key: &key,
        };
        // A test is seen by those who are written to; inboxes are left alone.
        let by = step.by.iter().copied().filter(|one| *one != Route::Inbox);
        let by: Vec<Route> = by.collect();
        let told = tell::deliver(ctx, &mut work, about, &said, &to, &by).await?;
        steps.push((told, nobody));
    }
    let what = Happening::new("ladder.tested", format!("ladder:{}", ladder.id)).with_evidence(
        serde_json::json!({
            "title": ladder.title,
            "told": steps.iter().map(|step| step.0.len()).sum::<usize>(),
        }),
    );
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "delivery", "");
    Ok(TestedLadder { steps })
}
