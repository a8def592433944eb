//! The right to erasure: the events of a unit stop telling whose they are.
//!
//! The sums stay what they were: rows keep what happened, when, and in which arm, under a random name
//! that nothing leads back from. Attributes go, since they may tell more than anybody knows.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::event::ERASED_PREFIX;
use variorum_domain::id::{WorkspaceId, hex};
use variorum_domain::limits::UNIT_BYTES_MAX;

use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result, columns, events};

/// Which unit, and why.
#[derive(Debug, Clone, Default)]
pub struct EraseUnit {
    /// The unit's id, exactly as it was sent.
    pub unit: String,
    /// Why, for the audit log; it must not hold the id.
    pub reason: String,
    /// Only looks how much there is.
    pub dry_run: bool,
}

/// What was erased, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Events of the unit.
    pub events: i64,
    /// The unit as the audit log names it.
    pub digest: String,
}

/// The unit as the audit log names it: whoever knows the id finds the entry, the entry tells no id.
pub fn digest_of(workspace: WorkspaceId, unit: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(workspace.0.to_be_bytes());
    hash.update(unit.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    hex(&digest[..16])
}

/// Makes the events of a unit anonymous.
pub async fn erase_unit(ctx: &Context, actor: &Actor, cmd: &EraseUnit) -> Result<Erased> {
    access::check(actor, Action::EraseUnit, "")?;
    let unit = cmd.unit.as_str();
    if unit.is_empty() || unit.len() > UNIT_BYTES_MAX || unit.contains('\0') {
        return Err(Error::invalid(format!(
            "a unit's id has between 1 and {UNIT_BYTES_MAX} bytes"
        )));
    }
    if unit.starts_with(ERASED_PREFIX) {
        return Err(Error::invalid("this unit is erased already"));
    }
    if cmd.reason.contains(unit) {
        return Err(Error::invalid_with_hint(
            "the reason holds the unit's id, and reasons stay in the audit log",
            "say why without naming the unit, e.g. by the number of the request",
        ));
    }
    let digest = digest_of(actor.workspace, unit);
    if cmd.dry_run {
        let events = ctx.log.count_unit(actor.workspace, unit).await?;
        return Ok(Erased { events, digest });
    }
    if cmd.reason.trim().is_empty() {
        return Err(Error::invalid_with_hint(
            "an erasure needs a reason",
            "name the request it follows, without the unit's id",
        ));
    }
    // What was sent before is stored and folded under the old name.
    events::settle(ctx).await?;
    let name = format!("{ERASED_PREFIX}{}", random_name(ctx));
    let erased = ctx.log.erase_unit(actor.workspace, unit, &name).await?;
    events::settle(ctx).await?;
    ctx.pipeline.rename(actor.workspace, unit, &name);
    columns::erase_unit(ctx, actor.workspace, unit, Some(&name)).await?;
    ctx.attribution.forget(actor.workspace);
    let mut work = Work::begin(ctx, actor.workspace).await?;
    work.tx.erase_shadow_samples(actor.workspace, unit).await?;
    let what = Happening::new("unit.erased", format!("unit:{digest}"))
        .because(&cmd.reason)
        .with_evidence(json!({"events": erased}));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "data", digest.clone());
    Ok(Erased {
        events: erased,
        digest,
    })
}

/// 128 random bits.
fn random_name(ctx: &Context) -> String {
    let bytes = ctx.ids.secret();
    hex(&bytes[..16])
}
