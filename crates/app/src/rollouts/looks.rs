//! Looks: what was known of a rollout whenever it mattered, written down with the evidence.
//!
//! Looks come from the task that folds events, never from a request, and never one per event: when a
//! guard comes to a further quarter of its evidence, when the verdict becomes another one, every hour
//! while events come, with each stage and with each decision.

use variorum_domain::audit::Happening;
use variorum_domain::fold::{Firing, Look, Passed, Reading, Remembered, Why, due};
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::rollout::Rollout;
use variorum_domain::verdict;
use variorum_ports::rows::EntryFilter;

use super::guard::guard_actor;
use super::load;
use crate::context::Context;
use crate::events::Measurement;
use crate::work::Work;
use crate::{Error, Result};

/// The action of entries that only look.
pub const LOOKED: &str = "rollout.looked";
/// The field of an entry's evidence in which a look stands.
const LOOK: &str = "look";
/// Pages of entries read for the looks of one rollout.
const PAGES_MAX: usize = 200;

/// What was known at an event.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// The event.
    pub(crate) through_seq: i64,
    /// The statistics.
    pub(crate) reading: Reading,
    /// What guards had decided.
    pub(crate) fired: Vec<Firing>,
}

impl From<Measurement> for Moment {
    fn from(measured: Measurement) -> Self {
        let fired = measured.fired.into_iter().chain(measured.fired_later);
        Self {
            through_seq: measured.through_seq,
            fired: fired.collect(),
            reading: measured.reading,
        }
    }
}

impl Moment {
    /// The look at this moment.
    pub(crate) fn look(self, rollout: &Rollout, why: Why, now: Time) -> Look {
        let fired: Vec<&Firing> = self.fired.iter().collect();
        let verdict = verdict::judge(rollout, &self.reading, &fired, now);
        Look {
            why,
            at: now,
            through_seq: self.through_seq,
            outcome: verdict.outcome,
            arm: verdict.arm,
            reading: self.reading,
        }
    }
}

/// The look at a rollout as it is measured now, for the entry of what is done to it.
pub(super) fn now(
    ctx: &Context,
    workspace: WorkspaceId,
    rollout: &Rollout,
    why: Why,
) -> Option<Look> {
    let measured = ctx.pipeline.result(workspace, rollout.number)?;
    Some(Moment::from(measured).look(rollout, why, ctx.clock.now()))
}

/// Adds a look to what an entry rests on.
pub(super) fn with_look(mut what: Happening, look: Option<&Look>) -> Happening {
    if let (Some(fields), Some(look)) = (what.evidence.as_object_mut(), look) {
        let look = serde_json::to_value(look).unwrap_or_default();
        fields.insert(LOOK.to_owned(), look);
    }
    what
}

/// A guard came to a further quarter of its evidence.
pub(crate) async fn passed(
    ctx: &Context,
    workspace: WorkspaceId,
    number: RolloutNumber,
    (passed, moment): (Passed, Moment),
) -> Result<()> {
    let mut work = Work::begin(ctx, workspace).await?;
    let rollout = load(&mut work, number).await?;
    let look = moment.look(&rollout, Why::Passed(passed), ctx.clock.now());
    keep(ctx, work, &rollout, &look).await
}

/// Looks at a rollout, and keeps the look if the verdict became another one or an hour has passed.
pub(crate) async fn look_if_due(
    ctx: &Context,
    workspace: WorkspaceId,
    number: RolloutNumber,
) -> Result<()> {
    let Some(measured) = ctx.pipeline.result(workspace, number) else {
        return Ok(());
    };
    let mut work = Work::read(ctx, workspace).await?;
    let rollout = load(&mut work, number).await?;
    drop(work);
    if !rollout.state.is_open() {
        return Ok(());
    }
    let now = ctx.clock.now();
    let known = ctx.pipeline.remembered(workspace, number);
    let mut look = Moment::from(measured).look(&rollout, Why::Hour, now);
    let seen = (look.outcome, look.through_seq, now);
    let Some(why) = due(known, rollout.started_at, seen) else {
        return Ok(());
    };
    look.why = why;
    let work = Work::begin(ctx, workspace).await?;
    // Somebody else may have looked while this one waited for its turn to write.
    if ctx.pipeline.remembered(workspace, number) != known {
        return Ok(());
    }
    ctx.pipeline.remember(workspace, number, remembered(&look));
    keep(ctx, work, &rollout, &look).await
}

fn remembered(look: &Look) -> Remembered {
    Remembered {
        outcome: look.outcome,
        at: look.at,
        through_seq: look.through_seq,
    }
}

/// Looks at every rollout in which something came since.
pub async fn look_everywhere(ctx: &Context) {
    for (workspace, number) in ctx.pipeline.watched() {
        match look_if_due(ctx, workspace, number).await {
            // A rollout is watched a moment before its row is there.
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => {
                tracing::error!(rollout = number.0, error = %error, "a look was not kept");
            }
        }
    }
}

async fn keep(ctx: &Context, mut work: Work, rollout: &Rollout, look: &Look) -> Result<()> {
    let actor = guard_actor(work.workspace);
    let what = Happening::new(LOOKED, format!("rollout:R-{}", rollout.number))
        .with_evidence(serde_json::json!({ "title": rollout.title }));
    work.record(ctx, &actor, with_look(what, Some(look)))
        .await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "rollout", rollout.number.to_string());
    Ok(())
}

/// A look as it was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptLook {
    /// The place of its entry in the audit log.
    pub seq: i64,
    /// What the entry says was done.
    pub action: String,
    /// The look.
    pub look: Look,
}

/// Every look that was kept of a rollout, oldest first.
pub(crate) async fn kept(work: &mut Work, number: RolloutNumber) -> Result<Vec<KeptLook>> {
    let filter = EntryFilter {
        target: Some(format!("rollout:R-{number}")),
        ..EntryFilter::default()
    };
    let mut found = Vec::new();
    let mut below = None;
    for _ in 0..PAGES_MAX {
        let page = work
            .tx
            .entries(work.workspace, &filter, below, PAGE_ROWS_MAX)
            .await?;
        let Some(last) = page.last() else { break };
        below = Some(last.seq);
        for entry in page {
            let evidence: serde_json::Value =
                serde_json::from_str(&entry.evidence).unwrap_or_default();
            let look = evidence.get(LOOK).cloned();
            let look = look.and_then(|look| serde_json::from_value(look).ok());
            found.extend(look.map(|look| KeptLook {
                seq: entry.seq,
                action: entry.action,
                look,
            }));
        }
    }
    found.reverse();
    Ok(found)
}

/// What the looks of a rollout that were written down leave to remember: the last answer, and what
/// guards came to that was told already.
pub(crate) async fn remember(
    ctx: &Context,
    workspace: WorkspaceId,
    number: RolloutNumber,
) -> Result<(Option<Remembered>, Vec<Passed>)> {
    let mut work = Work::read(ctx, workspace).await?;
    let mut last = None;
    let mut told = Vec::new();
    for one in kept(&mut work, number).await? {
        match one.look.why {
            Why::Verdict(_) | Why::Hour => last = Some(remembered(&one.look)),
            Why::Passed(passed) => told.push(passed),
            Why::Stage | Why::Decision => {}
        }
    }
    Ok((last, told))
}
