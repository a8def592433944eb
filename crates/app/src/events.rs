//! Events: checked, made durable, folded, and acted upon, in this order, by one task per process.

mod catch_up;
mod restore;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::event::{Event, EventError};
use variorum_domain::fold::{
    Firing, Passed, Reading, Remembered, RolloutFold, Seen, Series, WindowReading,
};
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_domain::limits::EVENTS_PER_REQUEST_MAX;
use variorum_ports::StoreError;
use variorum_ports::events::NewEvent;

pub(crate) use catch_up::catch_up;

use crate::context::Context;
use crate::rollouts::looks::{self, Moment};
use crate::rollouts::{guard_fired, split_breached};
use crate::{Error, Result, quality};

pub(crate) use restore::measure_again;
pub use restore::{Rebuilt, rebuild, restore};

/// Batches that may wait; beyond that senders wait for their turn.
const BATCHES_WAITING_MAX: usize = 256;
/// Events that are made durable with one flush.
const EVENTS_PER_FLUSH_MAX: usize = 20_000;
/// Events read from the log at a time.
const EVENTS_PER_READ: usize = 20_000;
/// Readings are announced at most this often.
const ANNOUNCE_EVERY_US: i64 = 250_000;
/// It is looked whether the verdict became another one at most this often.
const LOOK_EVERY_US: i64 = 1_000_000;

/// What was measured of a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The statistics.
    pub reading: Reading,
    /// The curves of all treatments for the rollout's first KPI, then for the next.
    pub series: Vec<Series>,
    /// The guard that decided first, if one has.
    pub fired: Option<Firing>,
    /// What guards decided on other treatments after that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired_later: Vec<Firing>,
    /// The newest windows of a switchback, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<WindowReading>,
    /// The newest event that is in it.
    pub through_seq: i64,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingested {
    /// Stored by this call; durable.
    pub accepted: usize,
    /// Known already.
    pub duplicate: usize,
    /// Refused: place in the batch, and why.
    pub rejected: Vec<(usize, EventError)>,
}

type Folds = HashMap<(WorkspaceId, RolloutNumber), RolloutFold>;

#[derive(Default)]
struct State {
    folds: Folds,
    seen: HashMap<WorkspaceId, Seen>,
    through_seq: i64,
    announced: HashMap<(WorkspaceId, RolloutNumber), Time>,
    /// Rollouts whose uneven split was told already.
    held: HashSet<(WorkspaceId, RolloutNumber)>,
    /// The last look at the verdict of each rollout that was written down.
    remembered: HashMap<(WorkspaceId, RolloutNumber), Remembered>,
    /// When it was last looked, by the time at which events were received.
    looked: HashMap<(WorkspaceId, RolloutNumber), Time>,
    /// The window of each switchback that was announced last.
    windows: HashMap<(WorkspaceId, RolloutNumber), u32>,
    accepted: u64,
}

/// Events on their way, and the running statistics.
pub struct Pipeline {
    state: Mutex<State>,
    queue: mpsc::Sender<Batch>,
    waiting: Mutex<Option<mpsc::Receiver<Batch>>>,
}

impl Default for Pipeline {
    fn default() -> Self {
        let (queue, waiting) = mpsc::channel(BATCHES_WAITING_MAX);
        Self {
            state: Mutex::default(),
            queue,
            waiting: Mutex::new(Some(waiting)),
        }
    }
}

struct Batch {
    events: Vec<NewEvent>,
    answer: Answer,
}

impl Pipeline {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to measure a rollout.
    pub fn watch(&self, workspace: WorkspaceId, fold: RolloutFold) {
        self.lock().folds.insert((workspace, fold.number()), fold);
    }

    /// Stops measuring a rollout.
    pub fn forget(&self, workspace: WorkspaceId, number: RolloutNumber) {
        let mut state = self.lock();
        state.folds.remove(&(workspace, number));
        state.held.remove(&(workspace, number));
        state.remembered.remove(&(workspace, number));
        state.looked.remove(&(workspace, number));
        state.windows.remove(&(workspace, number));
    }

    /// Forgets a workspace whose events were removed.
    pub fn forget_workspace(&self, workspace: WorkspaceId) {
        let mut state = self.lock();
        state.folds.retain(|(owner, _), _| *owner != workspace);
        state.remembered.retain(|(owner, _), _| *owner != workspace);
        state.seen.remove(&workspace);
    }

    /// What is measured of a rollout now.
    pub fn result(&self, workspace: WorkspaceId, number: RolloutNumber) -> Option<Measurement> {
        let state = self.lock();
        let fold = state.folds.get(&(workspace, number))?;
        Some(measurement(fold, state.through_seq))
    }

    /// The rollouts that are measured now.
    pub(crate) fn watched(&self) -> Vec<(WorkspaceId, RolloutNumber)> {
        self.lock().folds.keys().copied().collect()
    }

    /// The last look at the verdict that was written down.
    pub(crate) fn remembered(
        &self,
        workspace: WorkspaceId,
        number: RolloutNumber,
    ) -> Option<Remembered> {
        let state = self.lock();
        state.remembered.get(&(workspace, number)).copied()
    }

    /// Remembers a look that was written down.
    pub(crate) fn remember(&self, workspace: WorkspaceId, number: RolloutNumber, look: Remembered) {
        self.lock().remembered.insert((workspace, number), look);
    }

    /// Whether a window of a switchback was not announced yet; from then on it is.
    pub(crate) fn enters_window(
        &self,
        workspace: WorkspaceId,
        number: RolloutNumber,
        window: u32,
    ) -> bool {
        let known = self.lock().windows.insert((workspace, number), window);
        known != Some(window)
    }

    /// Whether an id arrived lately.
    pub fn knows(&self, workspace: WorkspaceId, id: &str) -> bool {
        let state = self.lock();
        let seen = state.seen.get(&workspace);
        seen.is_some_and(|seen| seen.contains(id))
    }

    /// Calls a unit by another name in what is measured.
    pub fn rename(&self, workspace: WorkspaceId, unit: &str, name: &str) {
        let mut state = self.lock();
        let folds = state.folds.iter_mut();
        for (_, fold) in folds.filter(|((owner, _), _)| *owner == workspace) {
            fold.rename(unit, name);
        }
    }

    /// How many arms each rollout of a workspace has that is measured now.
    pub(crate) fn arms(&self, workspace: WorkspaceId) -> HashMap<RolloutNumber, usize> {
        let state = self.lock();
        let own = state.folds.iter().filter(|(key, _)| key.0 == workspace);
        own.map(|(key, fold)| (key.1, fold.arms())).collect()
    }

    /// How many events were accepted since the start.
    pub fn accepted(&self) -> u64 {
        self.lock().accepted
    }
}

fn measurement(fold: &RolloutFold, through_seq: i64) -> Measurement {
    Measurement {
        reading: fold.reading(),
        series: fold.series().to_vec(),
        fired: fold.fired().first().cloned(),
        fired_later: fold.fired().iter().skip(1).cloned().collect(),
        windows: fold.windows(),
        through_seq,
    }
}

/// Takes a batch in. Returns after what was accepted is durable.
pub async fn ingest(
    ctx: &Context,
    actor: &Actor,
    events: Vec<(usize, std::result::Result<Event, EventError>)>,
) -> Result<Ingested> {
    access::check(actor, Action::SendEvents, "")?;
    if events.len() > EVENTS_PER_REQUEST_MAX {
        return Err(Error::invalid(format!(
            "a request may hold at most {EVENTS_PER_REQUEST_MAX} events, this one holds {}",
            events.len()
        )));
    }
    let now = ctx.clock.now();
    let mut result = Ingested::default();
    let mut fine = Vec::with_capacity(events.len());
    let arms = ctx.pipeline.arms(actor.workspace);
    for (index, event) in events {
        let checked = event.and_then(|event| {
            event.check(now)?;
            check_arm(&event, &arms)?;
            Ok(event)
        });
        match checked {
            Ok(event) => fine.push(NewEvent {
                workspace: actor.workspace,
                received: now,
                event,
            }),
            Err(error) => result.rejected.push((index, error)),
        }
    }
    if fine.is_empty() {
        return Ok(result);
    }
    let mut counts = quality::counts_of(fine.iter().map(|new| &new.event), now);
    let (accepted, known) = store(ctx, fine).await?;
    counts.take_back(known.iter());
    let duplicate = known.len();
    quality::note_batch(ctx, actor, &counts, (accepted, duplicate));
    Ok(Ingested {
        accepted,
        duplicate,
        ..result
    })
}

/// Stores checked events; returns after they are durable, with how many were new and which were known.
pub(crate) async fn store(ctx: &Context, fine: Vec<NewEvent>) -> Result<(usize, Vec<Event>)> {
    let (answer, answered) = oneshot::channel();
    let stopped = || Error::Internal("the event pipeline has stopped".into());
    ctx.pipeline
        .queue
        .send(Batch {
            events: fine,
            answer,
        })
        .await
        .map_err(|_| stopped())?;
    let outcome = answered.await.map_err(|_| stopped())?;
    outcome.map_err(|error| {
        Error::Store(StoreError::Unavailable(Box::new(std::io::Error::other(
            error.to_string(),
        ))))
    })
}

/// An exposure to an arm that its rollout does not have is refused rather than counted for another.
pub(crate) fn check_arm(
    event: &Event,
    arms: &HashMap<RolloutNumber, usize>,
) -> std::result::Result<(), EventError> {
    let known = event.rollout.and_then(|number| arms.get(&number));
    match (known, event.arm) {
        (Some(known), Some(arm)) if usize::from(arm) >= *known => Err(EventError::Arm),
        _ => Ok(()),
    }
}

/// Waits until everything sent before is folded and acted upon.
pub async fn settle(ctx: &Context) -> Result<()> {
    let stopped = || Error::Internal("the event pipeline has stopped".into());
    let (answer, answered) = oneshot::channel();
    ctx.pipeline
        .queue
        .send(Batch {
            events: Vec::new(),
            answer,
        })
        .await
        .map_err(|_| stopped())?;
    drop(answered.await.map_err(|_| stopped())?);
    Ok(())
}

/// Runs until its task is aborted: drains the queue, makes durable, answers, folds, acts. While one
/// batch is on its way to the disk, the one before is folded.
pub async fn run(ctx: Arc<Context>) {
    let waiting = ctx
        .pipeline
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Some(mut receiver) = waiting else { return };
    let mut stored: Option<Stored> = None;
    loop {
        let first = match receiver.try_recv() {
            Ok(batch) => batch,
            Err(_) => {
                finish(&ctx, stored.take()).await;
                let Some(batch) = receiver.recv().await else {
                    return;
                };
                batch
            }
        };
        let mut batches = vec![first];
        let mut size = batches[0].events.len();
        while size < EVENTS_PER_FLUSH_MAX {
            let Ok(next) = receiver.try_recv() else { break };
            size += next.events.len();
            batches.push(next);
        }
        let fresh = sort_out(&ctx, batches);
        if fresh.events.is_empty() {
            finish(&ctx, stored.take()).await;
            fresh.answer(&Ok(()));
            continue;
        }
        let before = stored.take();
        let (appended, ()) =
            tokio::join!(ctx.log.append(fresh.events.clone()), finish(&ctx, before));
        stored = settle_append(&ctx, fresh, appended);
    }
}

/// Events that are durable and not folded yet.
struct Stored {
    events: Arc<[NewEvent]>,
    first_seq: i64,
}

/// Batches with known events taken out.
struct Fresh {
    events: Arc<[NewEvent]>,
    answers: Vec<(Answer, (usize, Vec<Event>))>,
}

type Answer = oneshot::Sender<std::result::Result<(usize, Vec<Event>), Arc<StoreError>>>;

impl Fresh {
    /// Tells every sender what became of its batch.
    fn answer(self, outcome: &std::result::Result<(), Arc<StoreError>>) {
        for (answer, became) in self.answers {
            // A sender that has gone away needs no answer.
            drop(answer.send(outcome.clone().map(|()| became)));
        }
    }
}

fn sort_out(ctx: &Context, batches: Vec<Batch>) -> Fresh {
    let mut events: Vec<NewEvent> = Vec::new();
    let mut answers = Vec::with_capacity(batches.len());
    let mut state = ctx.pipeline.lock();
    for batch in batches {
        let mut known = Vec::new();
        let before = events.len();
        for event in batch.events {
            let seen = state.seen.entry(event.workspace).or_default();
            if seen.insert(&event.event.id, event.received) {
                events.push(event);
            } else {
                known.push(event.event);
            }
        }
        answers.push((batch.answer, (events.len() - before, known)));
    }
    Fresh {
        events: events.into(),
        answers,
    }
}

fn settle_append(
    ctx: &Context,
    fresh: Fresh,
    appended: std::result::Result<i64, StoreError>,
) -> Option<Stored> {
    let events = fresh.events.clone();
    match appended {
        Ok(first_seq) => {
            fresh.answer(&Ok(()));
            Some(Stored { events, first_seq })
        }
        Err(error) => {
            tracing::error!(error = %error, "events could not be stored");
            let mut state = ctx.pipeline.lock();
            for event in events.iter() {
                let seen = state.seen.entry(event.workspace).or_default();
                seen.remove(&event.event.id);
            }
            drop(state);
            fresh.answer(&Err(Arc::new(error)));
            None
        }
    }
}

/// What the fold found that somebody has to act upon.
#[derive(Debug, Default)]
struct Fired {
    guards: Vec<(WorkspaceId, RolloutNumber, Firing)>,
    splits: Vec<(WorkspaceId, RolloutNumber, Reading)>,
    passed: Vec<(WorkspaceId, RolloutNumber, Passed, Moment)>,
    /// Where it is time to look at the verdict.
    looks: Vec<(WorkspaceId, RolloutNumber)>,
}

/// Folds what is durable and carries out what guards decide on it.
async fn finish(ctx: &Context, stored: Option<Stored>) {
    let Some(stored) = stored else { return };
    let fired = fold(ctx, &stored.events, stored.first_seq);
    act(ctx, fired).await;
}

fn fold(ctx: &Context, events: &[NewEvent], first_seq: i64) -> Fired {
    let mut fired = Fired::default();
    let mut news = Vec::new();
    let mut guard = ctx.pipeline.lock();
    let state = &mut *guard;
    state.accepted += events.len() as u64;
    let last = first_seq + i64::try_from(events.len()).unwrap_or(0) - 1;
    state.through_seq = state.through_seq.max(last);
    for (seq, event) in (first_seq..).zip(events) {
        for (key, fold) in &mut state.folds {
            if key.0 == event.workspace {
                let known = fold.passed().len();
                let decided = fold.take(&event.event).iter();
                let guards = decided.map(|firing| (key.0, key.1, firing.clone()));
                fired.guards.extend(guards);
                for passed in &fold.passed()[known..] {
                    let moment = moment(fold, seq);
                    fired.passed.push((key.0, key.1, passed.clone(), moment));
                }
            }
        }
    }
    fired.splits = breached_splits(state);
    let now = events.last().map_or(Time(0), |event| event.received);
    for key in state
        .folds
        .keys()
        .filter(|key| events.iter().any(|e| e.workspace == key.0))
    {
        let last = state.announced.entry(*key).or_insert(Time(0));
        if now.0 - last.0 >= ANNOUNCE_EVERY_US {
            *last = now;
            news.push(*key);
        }
        let last = state.looked.entry(*key).or_insert(Time(0));
        if now.0 - last.0 >= LOOK_EVERY_US {
            *last = now;
            fired.looks.push(*key);
        }
    }
    drop(guard);
    for (workspace, number) in news {
        ctx.announce(workspace, "reading", number.to_string());
    }
    fired
}

/// What is known at an event that was just folded.
fn moment(fold: &RolloutFold, through_seq: i64) -> Moment {
    Moment {
        through_seq,
        reading: fold.reading(),
        fired: fold.fired().to_vec(),
    }
}

/// The rollouts whose split is newly found not to be as planned; each is told once.
fn breached_splits(state: &mut State) -> Vec<(WorkspaceId, RolloutNumber, Reading)> {
    let mut found = Vec::new();
    for (key, fold) in &state.folds {
        if fold.is_split_breached() && state.held.insert(*key) {
            found.push((key.0, key.1, fold.reading()));
        }
    }
    found
}

/// Carries out what guards decided. What fails is logged; the guard is asked again at the next start.
async fn act(ctx: &Context, fired: Fired) {
    for (workspace, number, passed, moment) in fired.passed {
        if let Err(error) = looks::passed(ctx, workspace, number, (passed, moment)).await {
            tracing::error!(rollout = number.0, error = %error, "a look was not kept");
        }
    }
    for (workspace, number, reading) in fired.splits {
        if let Err(error) = split_breached(ctx, workspace, number, &reading).await {
            tracing::error!(rollout = number.0, error = %error, "a rollout with an uneven split was not held");
        }
    }
    for (workspace, number, firing) in fired.guards {
        if let Err(error) = guard_fired(ctx, workspace, number, &firing).await {
            tracing::error!(rollout = number.0, error = %error, "a guard decided and was not obeyed");
        }
    }
    for (workspace, number) in fired.looks {
        if let Err(error) = looks::look_if_due(ctx, workspace, number).await {
            tracing::error!(rollout = number.0, error = %error, "a look was not kept");
        }
    }
}
