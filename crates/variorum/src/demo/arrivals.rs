//! What arrived in the last days and is not in order: a shop that sends everything again and again and
//! then falls silent, and a newsletter tool that reports a KPI nobody has defined. So the page on the
//! quality of data has something to say.

use std::sync::Arc;

use variorum_app::auth::to_actor;
use variorum_app::members::{self, NewToken};
use variorum_app::{Context, Error, Result, events, quality};
use variorum_domain::access::{Actor, Role, Use};
use variorum_domain::event::{Event, EventError, EventKind};

use super::seed::Teller;

/// Hours ago between which the shop sends, so many orders each.
const SHOP_HOURS: std::ops::Range<u32> = 23..53;
const ORDERS_PER_HOUR: u32 = 3;
/// How often it sends each order, though the first was answered.
const TIMES_SENT: usize = 2;
/// Hours ago up to which the newsletter tool reports, twice each.
const TOOL_HOURS: u32 = 24;
/// What it reports, by a name of its own.
const TOOL_KPI: &str = "newsletter_signup";

/// Sends what arrived, at its time, in the names of the services.
pub(super) async fn tell(teller: &Teller, administrator: &Actor) -> Result<()> {
    teller.at(f64::from(SHOP_HOURS.end) / 24.0 + 1.0);
    let shop = service(&teller.ctx, administrator, "web shop").await?;
    let tool = service(&teller.ctx, administrator, "newsletter tool").await?;
    // Counted apart: what the story sent before came weeks late by design, and tells nothing.
    let ctx = Arc::new(Context::new(
        teller.ctx.store.clone(),
        teller.ctx.log.clone(),
        teller.clock.clone(),
        teller.ctx.ids.clone(),
    ));
    let pipeline = tokio::spawn(events::run(ctx.clone()));
    let told = send(teller, &ctx, &shop, &tool).await;
    pipeline.abort();
    told
}

async fn send(teller: &Teller, ctx: &Context, shop: &Actor, tool: &Actor) -> Result<()> {
    for hour in SHOP_HOURS.rev() {
        teller.at(f64::from(hour) / 24.0);
        let orders = (0..ORDERS_PER_HOUR).map(|number| order(teller, hour, number));
        let batch: Vec<_> = orders.map(Ok).enumerate().collect();
        for _ in 0..TIMES_SENT {
            events::ingest(ctx, shop, batch.clone()).await?;
        }
    }
    for hour in (0..TOOL_HOURS).rev() {
        teller.at(f64::from(hour) / 24.0);
        let unknown = || EventError::UnknownKpi(TOOL_KPI.to_owned());
        let batch = vec![(0, Err(unknown())), (1, Err(unknown()))];
        let taken = events::ingest(ctx, tool, batch).await?;
        let refused = taken.rejected.iter();
        quality::note_refused(
            ctx,
            tool,
            refused.map(|(_, error)| (error.code(), Some(error))),
        );
    }
    quality::note(ctx).await
}

fn order(teller: &Teller, hour: u32, number: u32) -> Event {
    Event {
        id: format!("shop-order-{hour}-{number}"),
        kind: EventKind::Outcome,
        time: teller.clock_now(),
        unit: format!("shop-visitor-{hour}-{number}"),
        prompt: String::new(),
        rollout: None,
        arm: None,
        kpi: "repeat_order".to_owned(),
        value: 1,
        channel: "web".to_owned(),
        attributes: String::new(),
    }
}

/// The service of that name, which may report events.
async fn service(ctx: &Context, administrator: &Actor, name: &str) -> Result<Actor> {
    let known = members::list(ctx, administrator).await?;
    if let Some(row) = known.into_iter().find(|row| row.name == name) {
        return Ok(to_actor(row, Role::Viewer));
    }
    let new = NewToken {
        name: name.to_owned(),
        role: Role::Viewer,
        days: None,
        service: true,
        uses: vec![Use::Events],
    };
    let (token, ..) = members::create_token(ctx, administrator, new).await?;
    let row = ctx.store.read().await?.actor(token.actor).await?;
    let row = row.ok_or_else(|| Error::not_found("service", name))?;
    Ok(to_actor(row, Role::Viewer))
}

#[cfg(test)]
mod tests {
    use variorum_app::setup;
    use variorum_store_sql::{SqlStore, SqliteEventLog};
    use variorum_testkit::{FixedClock, SeededIds};

    use super::super::{sample_workspace, seed};
    use super::*;

    #[tokio::test]
    async fn the_sample_has_data_that_is_not_in_order() {
        let ctx = Context::new(
            Arc::new(SqlStore::open_sqlite_memory().await.unwrap()),
            Arc::new(SqliteEventLog::open_memory().unwrap()),
            Arc::new(FixedClock::default()),
            Arc::new(SeededIds::default()),
        );
        let new = sample_workspace("Sample");
        let you = setup::create_workspace(&ctx, &new).await.unwrap();
        seed::tell(&ctx, &you).await.unwrap();
        let found = quality::report(&ctx, &you, 168).await.unwrap();
        let codes: Vec<&str> = found.findings.iter().map(|one| one.code).collect();
        for code in ["gap", "duplicates", "refusals", "unknown-kpi"] {
            assert!(codes.contains(&code), "no {code} among {codes:?}");
        }
        assert!(!codes.contains(&"late"), "{codes:?}");
        let gap = found.findings.iter().find(|one| one.code == "gap").unwrap();
        assert_eq!(
            gap.sentence,
            "No outcomes of `repeat_order` through `web` for 23 hours; about 3 an hour were usual."
        );
    }
}
