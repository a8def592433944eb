//! What happens by itself: steps whose deadline passed are told, and messages are sent.
//!
//! Everything stands in the store before it is done, so a process that ends in between loses nothing;
//! a message may then be sent twice, with the same key.

use futures::future::join_all;
use variorum_domain::escalation::{Alarm, Cause, Delivery, Escalation, Route, Urgency};
use variorum_domain::id::WorkspaceId;
use variorum_domain::limits::{DELIVERIES_AT_ONCE, PAGE_ROWS_MAX};
use variorum_ports::notifier::{Destination, Notification, NotifyError};
use variorum_ports::rows::ChangeFilter;

use super::{causes, ends, raise, rules_on_main, tell};
use crate::Result;
use crate::context::Context;
use crate::work::Work;
use crate::{setup, stop};

/// How often to look.
pub const TICK_SECONDS: u64 = 5;
/// Incidents looked at in one round.
const INCIDENTS_AT_ONCE: usize = 500;

/// Does what is due, in all workspaces.
pub async fn tick(ctx: &Context) -> Result<()> {
    for workspace in setup::workspaces(ctx).await? {
        owed_reviews(ctx, workspace.id).await?;
        stop::settle(ctx, workspace.id).await?;
        ends::settle(ctx, workspace.id).await?;
    }
    climb(ctx).await?;
    send_due(ctx).await
}

/// Tells the steps that are due.
async fn climb(ctx: &Context) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    let moving = tx.incidents_moving(INCIDENTS_AT_ONCE).await?;
    drop(tx);
    let now = ctx.clock.now();
    for (workspace, seen) in moving {
        let mut looked_at = seen.clone();
        looked_at.tick(now);
        if looked_at.revision == seen.revision {
            continue;
        }
        let mut work = Work::begin(ctx, workspace).await?;
        // Somebody may have answered since.
        let Some(mut incident) = work.tx.incident(workspace, seen.number).await? else {
            continue;
        };
        let rules = rules_on_main(&mut work).await?.unwrap_or_default();
        if tell::due(ctx, &mut work, &rules, &mut incident).await? {
            work.commit().await?;
            ctx.announce(workspace, "incident", incident.number.to_string());
        }
    }
    Ok(())
}

/// Raises an alarm for each review that is owed and late, once.
async fn owed_reviews(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let filter = ChangeFilter {
        owed: true,
        ..ChangeFilter::default()
    };
    let now = ctx.clock.now();
    let mut tx = ctx.store.read().await?;
    let owing = tx.changes(workspace, &filter, None, PAGE_ROWS_MAX).await?;
    let mut late = Vec::new();
    for change in owing {
        let Some(owed) = change.owed.as_ref().filter(|owed| owed.by <= now) else {
            continue;
        };
        let subject = format!("change:CH-{}", change.number);
        let known = tx
            .incident_about(workspace, Cause::ReviewOwed, &subject)
            .await?;
        if known.is_none() {
            late.push(Alarm {
                cause: Cause::ReviewOwed,
                urgency: Urgency::High,
                title: format!("The review of emergency CH-{} is late", change.number),
                text: format!(
                    "“{}” went live without a review: {}",
                    change.title, owed.reason
                ),
                subject,
                environment: None,
                path: None,
                kpi: None,
            });
        }
    }
    drop(tx);
    for alarm in late {
        raise(ctx, workspace, alarm).await?;
    }
    Ok(())
}

/// Tries the messages that are due, all at once.
async fn send_due(ctx: &Context) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    let due = tx
        .deliveries_due(ctx.clock.now(), DELIVERIES_AT_ONCE)
        .await?;
    drop(tx);
    if due.is_empty() {
        return Ok(());
    }
    let mut rules: Vec<(WorkspaceId, Escalation)> = Vec::new();
    for (workspace, _) in &due {
        if rules.iter().all(|known| known.0 != *workspace) {
            let mut work = Work::read(ctx, *workspace).await?;
            let read = rules_on_main(&mut work).await?.unwrap_or_default();
            rules.push((*workspace, read));
        }
    }
    let tries = due.iter().map(|(workspace, row)| {
        let known = rules.iter().find(|known| known.0 == *workspace);
        attempt(ctx, known.map(|known| &known.1), row)
    });
    let answers = join_all(tries).await;
    for ((workspace, row), answer) in due.into_iter().zip(answers) {
        note(ctx, workspace, row, answer).await?;
    }
    Ok(())
}

/// Sends one message once.
async fn attempt(
    ctx: &Context,
    rules: Option<&Escalation>,
    row: &Delivery,
) -> std::result::Result<String, NotifyError> {
    let to = match row.route {
        Route::Webhook => {
            let webhook = rules.and_then(|rules| rules.webhook(&row.to)).cloned();
            let webhook = webhook.ok_or_else(|| {
                NotifyError::Refused(format!("the library has no webhook `{}` now", row.to))
            })?;
            Destination::Webhook(webhook)
        }
        _ => Destination::Email(row.to.clone()),
    };
    let message = Notification {
        key: row.key.clone(),
        to,
        incident: row.incident,
        subject: row.subject.clone(),
        text: row.text.clone(),
        at: ctx.clock.now(),
    };
    ctx.notifier.notify(&message).await
}

/// Writes down what became of a try. The log of messages is its own record; entries of the audit log
/// say that people were told.
async fn note(
    ctx: &Context,
    workspace: WorkspaceId,
    mut row: Delivery,
    answer: std::result::Result<String, NotifyError>,
) -> Result<()> {
    let now = ctx.clock.now();
    let secret = ctx.ids.secret();
    let jitter = u64::from(secret[0]) << 8 | u64::from(secret[1]);
    let is_set_up = !matches!(answer, Err(NotifyError::NotSetUp(_)));
    match answer {
        Ok(said) => row.sent(&said, now),
        Err(NotifyError::Failed(why)) => row.failed(&why, true, now, jitter),
        Err(NotifyError::Refused(why) | NotifyError::NotSetUp(why)) => {
            row.failed(&why, false, now, jitter);
        }
    }
    let mut work = Work::begin(ctx, workspace).await?;
    work.tx.put_delivery(workspace, &row).await?;
    work.commit().await?;
    ctx.announce(workspace, "delivery", row.number.to_string());
    if !is_set_up {
        return Ok(());
    }
    causes::delivery_given_up(ctx, workspace, &row).await
}
