//! Getting data in: tables of events, looked at first and taken in after.

mod progress;
mod rows;

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::event::Event;
use variorum_domain::fold::Seen;
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::intake::{
    Mapping, MappingError, RowSource, SourceError, Tally, Verdict, is_backfill,
};
use variorum_domain::library::{Kpi, Library};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_ports::events::NewEvent;

use crate::context::Context;
use crate::library::read;
use crate::work::Work;
use crate::{Error, Result, events, quality};

pub use progress::{UploadProgress, Uploads, cancel, progress};

use progress::Running;
use rows::{Batch, Rows};

/// Ids read from the log at a time.
const IDS_PER_READ: usize = 20_000;
/// The attribute by which an uploaded event says where it is from.
pub const UPLOAD_ATTRIBUTE: &str = "variorum.upload";
/// The attribute of an event that is older than what arrives live may be.
pub const BACKFILL_ATTRIBUTE: &str = "variorum.backfill";

/// A table to be taken in.
#[derive(Debug, Clone, Default)]
pub struct UploadTable {
    /// What the sender calls it, e.g. the file's name.
    pub name: String,
    /// Which column says what.
    pub mapping: Mapping,
    /// Only looks what would become of it.
    pub dry_run: bool,
    /// Takes events that are older than what arrives live may be.
    pub backfill: bool,
    /// A key by which it can be asked how far it is, and stopped.
    pub key: Option<String>,
}

/// A rollout that a table speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedRollout {
    /// Which one.
    pub number: RolloutNumber,
    /// Exposures of it in the table.
    pub exposures: u64,
    /// Whether there is such a rollout.
    pub exists: bool,
    /// Whether it is open, so that its statistics and guards take the events in.
    pub is_open: bool,
}

/// What became of a table, or would.
#[derive(Debug)]
pub struct Uploaded {
    /// The number of the upload, once it is taken in.
    pub number: Option<i64>,
    /// What it came to.
    pub tally: Tally,
    /// The rollouts it names.
    pub rollouts: Vec<TouchedRollout>,
    /// Open rollouts that measure a KPI of the table.
    pub measuring: Vec<RolloutNumber>,
    /// The KPIs as the library defines them.
    pub kpis: BTreeMap<String, Kpi>,
}

impl From<MappingError> for Error {
    fn from(error: MappingError) -> Self {
        let hint = match &error {
            MappingError::Column { .. } => {
                "look at the names of the table's columns and choose one"
            }
            MappingError::Field(_) => "choose the column that holds it",
            MappingError::Zone(_) => {
                "take a name of the IANA list, e.g. `America/New_York`, or `UTC`"
            }
            MappingError::Twice(_) => "keep one of them under another name",
        };
        Self::invalid_with_hint(error.to_string(), hint)
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        Self::invalid_with_hint(
            error.to_string(),
            "rows before that place may be in; send it again when it is mended: known rows count once",
        )
    }
}

/// The KPIs by which a table is read.
pub async fn kpis(ctx: &Context, actor: &Actor) -> Result<BTreeMap<String, Kpi>> {
    access::check(actor, Action::SendEvents, "")?;
    Ok(read::measured(ctx, actor).await?.kpis.clone())
}

/// Takes a table in, or says what would become of it.
pub async fn upload(
    ctx: &Context,
    actor: &Actor,
    cmd: &UploadTable,
    source: &mut dyn RowSource,
) -> Result<Uploaded> {
    access::check(actor, Action::SendEvents, "")?;
    if cmd.backfill {
        access::check(actor, Action::Backfill, "")?;
    }
    let library = read::measured(ctx, actor).await?;
    let running = Running::begin(ctx, actor, cmd.key.as_deref())?;
    let table = Table {
        ctx,
        actor,
        cmd,
        library: &library,
        now: ctx.clock.now(),
        running: &running,
    };
    let old = if cmd.backfill {
        known_old(&table, source).await?
    } else {
        HashSet::new()
    };
    let mut tally = look(&table, source, &old).await?;
    let mut number = None;
    if !cmd.dry_run && tally.accepted > 0 {
        let begun = begin(ctx, actor, cmd, &tally).await?;
        running.stores(tally.rows);
        let (stored, is_whole) = take(&table, source, &old, begun).await?;
        if !is_whole {
            finish(ctx, actor, begun, (stored, &Tally::default()), true).await?;
            return Err(stopped(stored));
        }
        // Somebody else may have sent the same meanwhile.
        tally.duplicate += tally.accepted.saturating_sub(stored);
        tally.accepted = stored;
        finish(ctx, actor, begun, (stored, &tally), false).await?;
        quality::note_upload(ctx, actor, tally.accepted, tally.duplicate, tally.refused);
        number = Some(begun);
    }
    let (rollouts, measuring) = touched(ctx, actor, &tally).await?;
    Ok(Uploaded {
        number,
        tally,
        rollouts,
        measuring,
        kpis: library.kpis.clone(),
    })
}

fn stopped(stored: u64) -> Error {
    let what = match stored {
        0 => "nothing of it was stored".to_owned(),
        1 => "one new event of it was stored before".to_owned(),
        many => format!("{many} new events of it were stored before"),
    };
    Error::invalid_with_hint(
        format!("the upload was stopped; {what}"),
        "send the same file again to load the rest: known rows count once",
    )
}

/// What each pass over a table needs.
struct Table<'a> {
    ctx: &'a Context,
    actor: &'a Actor,
    cmd: &'a UploadTable,
    library: &'a Library,
    now: Time,
    running: &'a Running<'a>,
}

impl Table<'_> {
    /// Its rows from the first on.
    fn rows<'a>(&'a self, source: &'a mut dyn RowSource) -> Result<Rows<'a>> {
        let arms = self.ctx.pipeline.arms(self.actor.workspace);
        Rows::begin(source, self.cmd, self.library, self.now, arms)
    }

    /// Hands on all rows, a batch at a time, while nobody stops it. `told` of a batch is how many rows of
    /// it whoever waits is told of.
    async fn read(
        &self,
        source: &mut dyn RowSource,
        told: fn(&Batch) -> usize,
        mut each: impl FnMut(Batch),
    ) -> Result<()> {
        let mut rows = self.rows(source)?;
        while let Some(batch) = rows.next().await? {
            if !self.running.go_on(told(&batch)) {
                return Err(stopped(0));
            }
            each(batch);
        }
        Ok(())
    }
}

/// Ids of the table that stand in the log already, of those events that are too old to be remembered.
async fn known_old(table: &Table<'_>, source: &mut dyn RowSource) -> Result<HashSet<u64>> {
    let Table {
        ctx, actor, now, ..
    } = *table;
    let mut asked = HashSet::new();
    let ask = |batch: Batch| {
        let events = batch.iter().filter_map(|(_, event)| event.as_ref().ok());
        let old = events.filter(|event| is_backfill(event, now));
        asked.extend(old.map(|event| Seen::key(&event.id)));
    };
    table.read(source, |_| 0, ask).await?;
    let mut known = HashSet::new();
    let mut after = 0;
    while !asked.is_empty() {
        let ids = ctx.log.scan_ids(Time(0), after, IDS_PER_READ).await?;
        let Some(last) = ids.last() else { break };
        after = last.0;
        let ours = ids
            .iter()
            .filter(|(_, workspace, ..)| *workspace == actor.workspace);
        known.extend(
            ours.map(|(_, _, id, _)| Seen::key(id))
                .filter(|key| asked.contains(key)),
        );
    }
    Ok(known)
}

/// Whether an id is known: it arrived lately, is in the log since long, or stands above in the table.
struct Known<'a> {
    ctx: &'a Context,
    actor: &'a Actor,
    old: &'a HashSet<u64>,
    above: HashSet<u64>,
}

impl Known<'_> {
    fn verdict(&mut self, event: &Event) -> Verdict {
        let key = Seen::key(&event.id);
        let is_new = self.above.insert(key)
            && !self.old.contains(&key)
            && !self.ctx.pipeline.knows(self.actor.workspace, &event.id);
        if is_new { Verdict::New } else { Verdict::Known }
    }
}

async fn look(table: &Table<'_>, source: &mut dyn RowSource, old: &HashSet<u64>) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut known = Known {
        ctx: table.ctx,
        actor: table.actor,
        old,
        above: HashSet::new(),
    };
    let count = |batch: Batch| {
        for (line, read) in batch {
            match read {
                Ok(event) => {
                    let verdict = known.verdict(&event);
                    tally.take(&event, verdict, table.now);
                }
                Err(fault) => tally.refuse(line, fault),
            }
        }
    };
    table.read(source, Vec::len, count).await?;
    Ok(tally)
}

/// Says so before the first event is stored, so that an upload that ends half-way has its entry.
async fn begin(ctx: &Context, actor: &Actor, cmd: &UploadTable, tally: &Tally) -> Result<i64> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let number = work.tx.next_number(actor.workspace, "upload").await?;
    let name: String = cmd.name.chars().take(200).collect();
    let what =
        Happening::new("data.upload-begun", format!("upload:U-{number}")).with_evidence(json!({
            "name": name,
            "rows": tally.rows,
            "new": tally.accepted,
            "backfill": tally.backfilled,
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    Ok(number)
}

async fn finish(
    ctx: &Context,
    actor: &Actor,
    number: i64,
    (stored, tally): (u64, &Tally),
    is_stopped: bool,
) -> Result<()> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut evidence = json!({
        "accepted": stored,
        "duplicate": tally.duplicate,
        "refused": tally.refused,
    });
    if is_stopped {
        evidence["stopped"] = true.into();
    }
    let what =
        Happening::new("data.uploaded", format!("upload:U-{number}")).with_evidence(evidence);
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "data", format!("U-{number}"));
    Ok(())
}

async fn take(
    table: &Table<'_>,
    source: &mut dyn RowSource,
    old: &HashSet<u64>,
    number: i64,
) -> Result<(u64, bool)> {
    let Table {
        ctx,
        actor,
        now,
        running,
        ..
    } = *table;
    let mut stored = 0;
    let mut rows = table.rows(source)?;
    while let Some(batch) = rows.next().await? {
        let read = batch.len();
        let events = batch.into_iter().filter_map(|(_, event)| event.ok());
        let fresh = events.filter(|event| !old.contains(&Seen::key(&event.id)));
        let marked: Vec<NewEvent> = fresh
            .map(|event| NewEvent {
                workspace: actor.workspace,
                received: now,
                event: marked(event, number, now),
            })
            .collect();
        if !marked.is_empty() {
            stored += events::store(ctx, marked).await?.0 as u64;
        }
        if !running.go_on(read) {
            return Ok((stored, false));
        }
    }
    Ok((stored, true))
}

/// The event with where it is from among its attributes.
fn marked(mut event: Event, number: i64, now: Time) -> Event {
    let mut attributes: Map<String, Value> =
        serde_json::from_str(&event.attributes).unwrap_or_default();
    attributes.insert(UPLOAD_ATTRIBUTE.to_owned(), format!("U-{number}").into());
    if is_backfill(&event, now) {
        attributes.insert(BACKFILL_ATTRIBUTE.to_owned(), true.into());
    }
    event.attributes = Value::Object(attributes).to_string();
    event
}

/// The rollouts a table names, and the open ones that measure what it brings.
async fn touched(
    ctx: &Context,
    actor: &Actor,
    tally: &Tally,
) -> Result<(Vec<TouchedRollout>, Vec<RolloutNumber>)> {
    let mut tx = ctx.store.read().await?;
    let mut named = Vec::with_capacity(tally.rollouts.len());
    for (number, exposures) in &tally.rollouts {
        let found = tx.rollout(actor.workspace, *number).await?;
        named.push(TouchedRollout {
            number: *number,
            exposures: *exposures,
            exists: found.is_some(),
            is_open: found.is_some_and(|rollout| rollout.state.is_open()),
        });
    }
    let open = tx
        .rollouts(actor.workspace, true, None, PAGE_ROWS_MAX)
        .await?;
    let measuring = open
        .iter()
        .filter(|rollout| {
            rollout
                .kpis
                .iter()
                .any(|kpi| tally.kpis.contains_key(&kpi.id))
        })
        .map(|rollout| rollout.number);
    Ok((named, measuring.collect()))
}
