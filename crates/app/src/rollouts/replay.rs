//! Reproducing what guards decided from the stored events.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::fold::{Firing, Look};
use variorum_domain::id::RolloutNumber;

use super::load;
use super::looks::{self, KeptLook};
use crate::context::Context;
use crate::events::{self, Measurement};
use crate::work::Work;
use crate::{Error, Result};

/// What computing a rollout again from its events came to.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Which rollout.
    pub number: RolloutNumber,
    /// Events of the workspace that were read.
    pub events: u64,
    /// Exposed units, control first.
    pub exposed: Vec<u64>,
    /// What guards decided, in order.
    pub fired: Vec<Firing>,
    /// Whether the decisions are those that were kept, to the last digit.
    pub decisions_equal: bool,
    /// Whether all statistics are those that were kept, to the last digit.
    pub statistics_equal: bool,
    /// Every look that was written down, oldest first.
    pub looks: Vec<ReplayedLook>,
}

/// A look that was written down, computed again.
#[derive(Debug, Clone)]
pub struct ReplayedLook {
    /// As it was written down.
    pub kept: KeptLook,
    /// Whether it comes to the same again, to the last digit.
    pub is_equal: bool,
}

/// Computes a rollout again from the stored events, up to where its statistics had come, and
/// compares.
pub async fn replay(ctx: &Context, actor: &Actor, number: RolloutNumber) -> Result<Replayed> {
    access::check(actor, Action::Read, "")?;
    events::settle(ctx).await?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let rollout = load(&mut work, number).await?;
    let found = super::measured(ctx, &mut work, rollout).await?;
    let mut written = looks::kept(&mut work, number).await?;
    drop(work);
    let kept = found.measurement.ok_or_else(|| {
        Error::Conflict(format!(
            "rollout `R-{number}` has no statistics to compare with; it ended before any were kept"
        ))
    })?;
    written.sort_by_key(|one| (one.look.through_seq, one.seq));
    let stops: Vec<i64> = written.iter().map(|one| one.look.through_seq).collect();
    let mut looks = Vec::with_capacity(written.len());
    let compare = |index: usize, moment: looks::Moment| {
        let kept: KeptLook = written[index].clone();
        let Look { why, at, .. } = kept.look.clone();
        let again = moment.look(&found.rollout, why, at);
        looks.push(ReplayedLook {
            is_equal: text(&again) == text(&kept.look),
            kept,
        });
    };
    let stops = (stops.as_slice(), compare);
    let through = kept.through_seq;
    let (again, events) =
        events::measure_again(ctx, actor.workspace, &found.rollout, through, stops).await?;
    Ok(Replayed {
        number,
        events,
        exposed: again.reading.exposed.clone(),
        decisions_equal: text(&decisions(&again)) == text(&decisions(&kept)),
        statistics_equal: text(&again) == text(&kept),
        fired: decisions(&again),
        looks,
    })
}

fn decisions(measured: &Measurement) -> Vec<Firing> {
    let all = measured.fired.iter().chain(&measured.fired_later);
    all.cloned().collect()
}

/// As it is stored, so that a number read back counts as what was written.
fn text(value: &impl serde::Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}
