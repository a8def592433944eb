//! Deciding against the verdict: asking a second person, confirming, declining. Rolling back is never
//! held up by any of this.

use serde_json::{Value, json};
use variorum_domain::access::{self, Action, Actor, ActorKind, Role};
use variorum_domain::canonical;
use variorum_domain::change::Blocker;
use variorum_domain::id::{ActorId, Digest, RolloutNumber, Time, WorkspaceId};
use variorum_domain::limits::RECORD_FIELD_CHARS_MAX;
use variorum_domain::notice::NoticeKind;
use variorum_domain::rollout::{Decision, Rollout, RolloutError, RolloutState, Wish};
use variorum_domain::verdict::Objection;

use super::{End, changed, end, happening, load, read, schedule, taken_back};
use crate::auth::to_actor;
use crate::context::Context;
use crate::notices::{Notify, notify};
use crate::work::Work;
use crate::{Error, Result};

/// What is wanted against the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Everybody gets the release of an arm; of the only one left where none is named.
    Finish(Option<u8>),
    /// The next stage begins although units are not split as planned.
    GoOn,
    /// A release is made live after all that a guard took back: that of an arm, or of the only one.
    GoLive(Option<u8>),
}

/// What speaks against giving everybody an arm, as the numbers stand.
async fn objection(
    ctx: &Context,
    work: &mut Work,
    rollout: &Rollout,
    arm: u8,
) -> Result<Option<&'static str>> {
    let objection = match ctx.pipeline.result(work.workspace, rollout.number) {
        Some(measured) => {
            let objection = read::judge(ctx, rollout, &measured).objection(arm);
            objection.map(Objection::words)
        }
        None => rollout.plan.goal.as_ref().map(|_| read::NOTHING_MEASURED),
    };
    if objection.is_none() && taken_back::is_unjudged(work, rollout, arm).await? {
        return Ok(Some(taken_back::TAKEN_BACK));
    }
    Ok(objection)
}

/// Whether units are split so unevenly that no stage may begin.
fn is_held(ctx: &Context, workspace: WorkspaceId, number: RolloutNumber) -> bool {
    let measured = ctx.pipeline.result(workspace, number);
    measured.is_some_and(|measured| measured.reading.srm.alarm)
}

/// Refuses to give everybody an arm that the verdict does not support.
pub(super) async fn must_be_supported(
    ctx: &Context,
    work: &mut Work,
    rollout: &Rollout,
    arm: u8,
) -> Result<()> {
    let Some(objection) = objection(ctx, work, rollout, arm).await? else {
        return Ok(());
    };
    let message = format!("the verdict does not support arm {arm}: {objection}");
    Err(Error::Refused(vec![Blocker::new(
        "against-verdict",
        message,
        format!(
            "wait, roll back, or ask a second person to confirm it: `variorum rollouts ask R-{} \
             --finish --arm {arm} --reason …`",
            rollout.number
        ),
    )]))
}

/// Refuses to begin a stage while units are not split as planned.
pub(super) fn must_not_be_held(
    ctx: &Context,
    workspace: WorkspaceId,
    rollout: &Rollout,
) -> Result<()> {
    let number = rollout.number;
    if !is_held(ctx, workspace, number) {
        return Ok(());
    }
    Err(Error::Refused(vec![Blocker::new(
        "against-verdict",
        RolloutError::Held(number).to_string(),
        format!(
            "find the cause, roll back, or ask a second person to confirm that it goes on: \
             `variorum rollouts ask R-{number} --go-on --reason …`"
        ),
    )]))
}

/// What is wanted, and what speaks against it; refused where nothing does.
async fn wished(
    ctx: &Context,
    work: &mut Work,
    rollout: &Rollout,
    ask: Ask,
) -> Result<(Wish, &'static str)> {
    let number = rollout.number;
    let (wish, objection) = match ask {
        Ask::Finish(named) => {
            let arm = rollout.winner(named)?;
            let objection = objection(ctx, work, rollout, arm).await?;
            (Wish::Finish { arm }, objection)
        }
        Ask::GoOn => {
            let stage = rollout.stages.last().map_or(0, |change| change.stage + 1);
            let is_held = is_held(ctx, work.workspace, number);
            let objection = is_held.then_some(Objection::Split.words());
            (Wish::GoOn { stage }, objection)
        }
        Ask::GoLive(named) => {
            let arm = taken_back::wanted(rollout, named)?;
            (Wish::GoLive { arm }, Some(taken_back::TAKEN_BACK))
        }
    };
    let objection = objection.ok_or_else(|| {
        Error::Conflict(format!(
            "nothing speaks against this on rollout `R-{number}` any more; no second person is \
             needed, just do it"
        ))
    })?;
    Ok((wish, objection))
}

/// Asks a second person to confirm what the verdict does not support.
pub async fn ask(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    ask: Ask,
    reason: &str,
) -> Result<Rollout> {
    access::check(actor, Action::GoLive, "")?;
    let reason = checked(
        reason,
        "why it should be done although the verdict does not support it",
    )?;
    let now = ctx.clock.now();
    let workspace = actor.workspace;
    let mut work = Work::begin(ctx, workspace).await?;
    let mut rollout = load(&mut work, number).await?;
    let before = canonical::digest(&rollout);
    let (wish, objection) = wished(ctx, &mut work, &rollout, ask).await?;
    let others = who_may_confirm(&mut work, actor.id).await?;
    let decision = Decision {
        wish,
        reason: reason.to_owned(),
        objection: objection.to_owned(),
        by: actor.id,
        by_name: actor.name.clone(),
        at: now,
    };
    rollout.ask(decision)?;
    work.tx.put_rollout(workspace, &rollout).await?;
    let notice = Notify {
        to: others,
        kind: NoticeKind::DecisionAsked,
        target: format!("rollout:R-{number}"),
        text: format!(
            "{} asks you to confirm a decision against the verdict on “{}”: {reason}",
            actor.name, rollout.title
        ),
    };
    notify(ctx, &mut work, notice).await?;
    let evidence = json!({"wish": wish, "objection": objection, "title": rollout.title});
    let what = said(
        "rollout.decision-asked",
        reason,
        (before, &rollout),
        evidence,
    );
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    changed(ctx, actor, &rollout).await;
    Ok(rollout)
}

/// Confirms what somebody else asked for, and does it.
pub async fn confirm(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    note: &str,
) -> Result<Rollout> {
    access::check(actor, Action::ConfirmDecision, "")?;
    access::check(actor, Action::GoLive, "")?;
    let now = ctx.clock.now();
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut rollout = load(&mut work, number).await?;
    let before = canonical::digest(&rollout);
    let decision = rollout.confirm((actor.id, &actor.name), now)?;
    let because = if note.trim().is_empty() {
        decision.reason.clone()
    } else {
        format!("{} / {}", decision.reason, note.trim())
    };
    match decision.wish {
        Wish::Finish { arm } => {
            drop(work);
            let how = End {
                state: RolloutState::Finished,
                named: Some(arm),
                confirms: true,
            };
            end(ctx, actor, number, how, &because, evidence(&decision)).await
        }
        Wish::GoLive { arm } => {
            work.tx.put_rollout(actor.workspace, &rollout).await?;
            let found = evidence(&decision);
            let what = said(
                "rollout.decision-confirmed",
                &because,
                (before, &rollout),
                found,
            );
            work.record(ctx, actor, what).await?;
            let why = (&decision, because.as_str());
            taken_back::go_live(ctx, &mut work, actor, (&rollout, arm), why).await?;
            tell_asker(ctx, &mut work, &rollout, (&decision, actor), "confirmed").await?;
            work.commit().await?;
            changed(ctx, actor, &rollout).await;
            Ok(rollout)
        }
        Wish::GoOn { .. } => {
            schedule::check_freezes(&mut work, &rollout.environment, now).await?;
            rollout.advance(now)?;
            work.tx.put_rollout(actor.workspace, &rollout).await?;
            let found = evidence(&decision);
            let what = said("rollout.advanced", &because, (before, &rollout), found);
            work.record(ctx, actor, what).await?;
            tell_asker(ctx, &mut work, &rollout, (&decision, actor), "confirmed").await?;
            work.commit().await?;
            changed(ctx, actor, &rollout).await;
            Ok(rollout)
        }
    }
}

/// Notes on a rollout about to end that its end was confirmed, and tells the one who asked.
pub(super) async fn confirm_end(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    (rollout, arm): (&mut Rollout, u8),
    now: Time,
) -> Result<()> {
    let decision = rollout.confirm((actor.id, &actor.name), now)?;
    if decision.wish != (Wish::Finish { arm }) {
        return Err(RolloutError::NothingAsked(rollout.number).into());
    }
    tell_asker(ctx, work, rollout, (&decision, actor), "confirmed").await
}

/// Declines what somebody asked for, or takes back what one asked for oneself.
pub async fn decline(
    ctx: &Context,
    actor: &Actor,
    number: RolloutNumber,
    reason: &str,
) -> Result<Rollout> {
    access::check(actor, Action::GoLive, "")?;
    let now = ctx.clock.now();
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut rollout = load(&mut work, number).await?;
    let before = canonical::digest(&rollout);
    let decision = rollout.decline(now)?;
    let is_own = decision.by == actor.id;
    let action = if is_own {
        "rollout.decision-withdrawn"
    } else {
        checked(reason, "why it is declined")?;
        "rollout.decision-declined"
    };
    work.tx.put_rollout(actor.workspace, &rollout).await?;
    let found = evidence(&decision);
    let what = said(action, reason.trim(), (before, &rollout), found);
    work.record(ctx, actor, what).await?;
    if !is_own {
        tell_asker(ctx, &mut work, &rollout, (&decision, actor), "declined").await?;
    }
    work.commit().await?;
    changed(ctx, actor, &rollout).await;
    Ok(rollout)
}

async fn tell_asker(
    ctx: &Context,
    work: &mut Work,
    rollout: &Rollout,
    (decision, actor): (&Decision, &Actor),
    verb: &str,
) -> Result<()> {
    let notice = Notify {
        to: vec![decision.by],
        kind: NoticeKind::DecisionAnswered,
        target: format!("rollout:R-{}", rollout.number),
        text: format!(
            "{} {verb} what you asked for against the verdict on “{}”",
            actor.name, rollout.title
        ),
    };
    notify(ctx, work, notice).await
}

/// What the audit log keeps beside the second person's entry.
pub(super) fn evidence(decision: &Decision) -> Value {
    json!({
        "against_verdict": {
            "wish": decision.wish,
            "asked_by": decision.by_name,
            "reason": decision.reason,
            "objection": decision.objection,
        }
    })
}

fn said(
    action: &'static str,
    reason: &str,
    (before, rollout): (Digest, &Rollout),
    more: Value,
) -> variorum_domain::audit::Happening {
    happening(action, reason, Some(before), rollout).with_more_evidence(more)
}

fn checked<'t>(reason: &'t str, what: &str) -> Result<&'t str> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid_with_hint(
            format!("a reason is missing: {what}"),
            "say it in a sentence; it stands in the audit log for everybody who asks later",
        ));
    }
    if reason.chars().count() > RECORD_FIELD_CHARS_MAX {
        return Err(Error::invalid(format!(
            "the reason is longer than {RECORD_FIELD_CHARS_MAX} characters"
        )));
    }
    Ok(reason)
}

/// The other people who may confirm a decision; refused where there is nobody.
async fn who_may_confirm(work: &mut Work, except: ActorId) -> Result<Vec<ActorId>> {
    let rows = work.tx.actors(work.workspace).await?;
    let people = rows.into_iter().filter(|row| row.disabled_at.is_none());
    let people = people.map(|row| to_actor(row, Role::Administrator));
    let may = |person: &Actor| {
        person.id != except
            && person.kind == ActorKind::Person
            && access::check(person, Action::ConfirmDecision, "").is_ok()
    };
    let others: Vec<ActorId> = people.filter(may).map(|person| person.id).collect();
    if others.is_empty() {
        return Err(Error::Refused(vec![Blocker::new(
            "no-second-person",
            "a decision against the verdict takes two people, and nobody else here may confirm it",
            format!(
                "invite a person with the role `{}`, wait for more data, or roll back",
                Role::Publisher.name()
            ),
        )]));
    }
    Ok(others)
}
