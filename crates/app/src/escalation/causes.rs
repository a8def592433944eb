//! What else finds that something is wrong, and how it says so.

use variorum_domain::escalation::{Alarm, Cause, Delivery, DeliveryState, Urgency};
use variorum_domain::id::WorkspaceId;

use super::raise_or_log;
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// A connection that failed so often in a row is told of.
const FAILURES_TOLD: u32 = 3;

/// A connection to another place does not work, for the n-th time in a row.
pub(crate) async fn connection_failed(
    ctx: &Context,
    workspace: WorkspaceId,
    (name, failures, problem): (&str, u32, &str),
) {
    if failures != FAILURES_TOLD {
        return;
    }
    let alarm = connector(
        format!("mirror:{name}"),
        format!("The mirror “{name}” has failed {failures} times in a row"),
        problem,
    );
    raise_or_log(ctx, workspace, alarm).await;
}

/// A message was given up. Messages that tell of this very trouble are not told of again.
pub(super) async fn delivery_given_up(
    ctx: &Context,
    workspace: WorkspaceId,
    row: &Delivery,
) -> Result<()> {
    if row.state != DeliveryState::Failed {
        return Ok(());
    }
    if let Some(number) = row.incident {
        let mut work = Work::read(ctx, workspace).await?;
        let about = work.tx.incident(workspace, number).await?;
        if about.is_some_and(|one| one.alarm.cause == Cause::ConnectorFailing) {
            return Ok(());
        }
    }
    let (route, to) = (row.route.name(), &row.to);
    let alarm = connector(
        format!("delivery:{route}:{to}"),
        format!("Messages to {to} by {route} are not taken"),
        &row.answer,
    );
    raise_or_log(ctx, workspace, alarm).await;
    Ok(())
}

fn connector(subject: String, title: String, problem: &str) -> Alarm {
    Alarm {
        cause: Cause::ConnectorFailing,
        urgency: Urgency::High,
        subject,
        title,
        text: format!("The last answer was: {problem}"),
        environment: None,
        path: None,
        kpi: None,
    }
}
