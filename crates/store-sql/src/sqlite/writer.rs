//! The one writer of an SQLite file, which commits in groups.
//!
//! Writers take turns. A writer that commits while others wait hands the open transaction on
//! instead of flushing the disk, and waits; the last of the group commits for all and wakes them
//! with the result. Inside the group each writer after the first works in a savepoint, so it can
//! roll back alone.
//!
//! A caller whose future is dropped at any point never leaves the transaction half-way: what opens
//! or ends a turn either runs at once on the caller's thread, or in a task or on a thread of its own
//! that goes on without the caller. What may take long, the flush above all, runs on a thread for
//! work that blocks. The worst that can happen is an error for every member of a group, never an
//! acknowledgement without a flush.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use variorum_ports::StoreError;

use super::file::{BUSY_TIMEOUT, DatabaseFile};
use crate::error::{Refusal, shared};

/// When a group takes no further member, so that its first does not wait long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupLimits {
    /// The most members of one group.
    pub(crate) members_max: usize,
    /// The age after which the open transaction is not handed on.
    pub(crate) age_max: Duration,
}

impl GroupLimits {
    /// The limits in use.
    pub(crate) const DEFAULT: Self = Self {
        members_max: 64,
        age_max: Duration::from_millis(20),
    };
}

/// How many transactions were committed, and with how many flushes of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitCounts {
    /// Transactions whose callers were told that they are durable.
    pub acknowledged: u64,
    /// Commits of the engine, each of which flushes the disk once.
    pub flushes: u64,
}

/// Gives turns to writers.
pub(crate) struct Writer {
    desk: Arc<Desk>,
}

struct Desk {
    file: DatabaseFile,
    limits: GroupLimits,
    /// The fair queue: whoever holds the state has the turn.
    state: Arc<Mutex<State>>,
    waiting: AtomicUsize,
    acknowledged: AtomicU64,
    flushes: AtomicU64,
    runtime: Handle,
}

struct State {
    /// `None` after a failure that left the connection in doubt.
    connection: Option<Connection>,
    /// The open transaction and those who wait for its flush.
    group: Option<Group>,
}

struct Group {
    opened: Instant,
    members: Vec<Member>,
}

type Answer = Result<(), StoreError>;
type Member = oneshot::Sender<Answer>;

impl Writer {
    /// Takes over an open connection to a file, which is opened again after a failure.
    pub(crate) fn new(file: DatabaseFile, connection: Connection, limits: GroupLimits) -> Self {
        let state = State {
            connection: Some(connection),
            group: None,
        };
        let desk = Desk {
            file,
            limits,
            state: Arc::new(Mutex::new(state)),
            waiting: AtomicUsize::new(0),
            acknowledged: AtomicU64::new(0),
            flushes: AtomicU64::new(0),
            runtime: Handle::current(),
        };
        Self {
            desk: Arc::new(desk),
        }
    }

    /// Waits for a turn.
    pub(crate) async fn begin(&self) -> Result<Turn, StoreError> {
        let desk = Arc::clone(&self.desk);
        if let Ok(state) = Arc::clone(&desk.state).try_lock_owned() {
            return Turn::open(desk, state).await;
        }
        desk.waiting.fetch_add(1, Ordering::SeqCst);
        let (sender, receiver) = oneshot::channel();
        self.desk.runtime.spawn(async move {
            let state = Arc::clone(&desk.state).lock_owned().await;
            desk.waiting.fetch_sub(1, Ordering::SeqCst);
            // Where nobody takes the turn any more, dropping it gives it back.
            drop(sender.send(Turn::open(desk, state).await));
        });
        receiver.await.map_err(|_| Refusal::Stopped)?
    }

    /// What was committed since the start.
    pub(crate) fn counts(&self) -> CommitCounts {
        CommitCounts {
            acknowledged: self.desk.acknowledged.load(Ordering::SeqCst),
            flushes: self.desk.flushes.load(Ordering::SeqCst),
        }
    }
}

/// A writer's turn: the connection inside an open transaction. Dropped, it rolls back.
pub(crate) struct Turn {
    desk: Arc<Desk>,
    /// `None` once the turn has ended.
    state: Option<OwnedMutexGuard<State>>,
    /// Whether members before this one wait, so that this one works in a savepoint.
    nested: bool,
}

impl Turn {
    async fn open(desk: Arc<Desk>, mut state: OwnedMutexGuard<State>) -> Result<Self, StoreError> {
        let nested = state.group.is_some();
        let opened = if nested {
            state.run("SAVEPOINT member")
        } else if state.connection.is_none() {
            return Self::open_away(desk, state).await;
        } else {
            match state.begin(Duration::ZERO) {
                // Another program writes; its end is waited for elsewhere.
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                    return Self::open_away(desk, state).await;
                }
                begun => begun,
            }
        };
        Self::opened(desk, state, nested, opened)
    }

    /// Opens the first turn of a group where that may take long.
    async fn open_away(
        desk: Arc<Desk>,
        mut state: OwnedMutexGuard<State>,
    ) -> Result<Self, StoreError> {
        let runtime = desk.runtime.clone();
        let job = runtime.spawn_blocking(move || {
            let begun = state
                .connect(&desk.file)
                .and_then(|()| state.begin(BUSY_TIMEOUT));
            Self::opened(desk, state, false, begun)
        });
        job.await.map_err(|_| Refusal::Stopped)?
    }

    fn opened(
        desk: Arc<Desk>,
        mut state: OwnedMutexGuard<State>,
        nested: bool,
        opened: rusqlite::Result<()>,
    ) -> Result<Self, StoreError> {
        match opened {
            Ok(()) => Ok(Self {
                desk,
                state: Some(state),
                nested,
            }),
            Err(error) => {
                let error = Arc::new(error);
                state.fail_group(&error);
                Err(shared(&error))
            }
        }
    }

    /// The connection to write with; `None` only where the turn has ended.
    pub(crate) fn connection(&self) -> Option<&Connection> {
        self.state.as_ref()?.connection.as_ref()
    }

    /// Keeps what was written and returns after it is durable.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let Some(state) = self.state.take() else {
            return Err(Refusal::Stopped.into());
        };
        let (sender, receiver) = oneshot::channel();
        keep(&self.desk, state, self.nested, sender);
        receiver.await.map_err(|_| Refusal::Stopped)?
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            undo(&self.desk, state, self.nested);
        }
    }
}

/// Ends a turn that is to be kept.
fn keep(desk: &Arc<Desk>, mut state: OwnedMutexGuard<State>, nested: bool, member: Member) {
    let released = if nested {
        state.run("RELEASE member")
    } else {
        Ok(())
    };
    if let Some(group) = &mut state.group {
        group.members.push(member);
    }
    match released {
        Ok(()) => settle(desk, state),
        Err(error) => state.fail_group(&Arc::new(error)),
    }
}

/// Ends a turn that is to leave nothing behind.
fn undo(desk: &Arc<Desk>, mut state: OwnedMutexGuard<State>, nested: bool) {
    if nested {
        let undone = state.run("ROLLBACK TO member");
        match undone.and_then(|()| state.run("RELEASE member")) {
            Ok(()) => settle(desk, state),
            Err(error) => state.fail_group(&Arc::new(error)),
        }
    } else {
        let rolled_back = state.run("ROLLBACK");
        state.group = None;
        if rolled_back.is_err() {
            state.connection = None;
        }
    }
}

/// Hands the open transaction to the next writer, or commits it for all members.
fn settle(desk: &Arc<Desk>, state: OwnedMutexGuard<State>) {
    let Some(group) = &state.group else { return };
    let limits = desk.limits;
    let open = group.members.len() < limits.members_max && group.opened.elapsed() < limits.age_max;
    if open && desk.waiting.load(Ordering::SeqCst) > 0 {
        // A task waits for this lock and is never cancelled, so the group will be settled.
        return;
    }
    let own = Arc::clone(desk);
    // Where the runtime ends before it begins, the members are told that nobody knows.
    drop(desk.runtime.spawn_blocking(move || flush(&own, state)));
}

/// Commits for all members, and tells them when it is durable.
fn flush(desk: &Desk, mut state: OwnedMutexGuard<State>) {
    match state.run("COMMIT") {
        Ok(()) => {
            let members = state
                .group
                .take()
                .map(|group| group.members)
                .unwrap_or_default();
            drop(state);
            desk.flushes.fetch_add(1, Ordering::SeqCst);
            desk.acknowledged
                .fetch_add(members.len() as u64, Ordering::SeqCst);
            for member in members {
                drop(member.send(Ok(())));
            }
        }
        Err(error) => state.fail_group(&Arc::new(error)),
    }
}

impl State {
    /// Opens the file again where the connection was given up.
    fn connect(&mut self, file: &DatabaseFile) -> rusqlite::Result<()> {
        if self.connection.is_none() {
            self.connection = Some(file.open_writer()?);
        }
        Ok(())
    }

    /// Begins the transaction of a group.
    fn begin(&mut self, busy_timeout: Duration) -> rusqlite::Result<()> {
        if let Some(connection) = &self.connection {
            connection.busy_timeout(busy_timeout)?;
        }
        self.run("BEGIN IMMEDIATE")?;
        self.group = Some(Group {
            opened: Instant::now(),
            members: Vec::new(),
        });
        Ok(())
    }

    fn run(&self, sql: &'static str) -> rusqlite::Result<()> {
        let connection = self.connection.as_ref();
        let connection = connection.ok_or(rusqlite::Error::InvalidQuery)?;
        connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Tells every member that it failed, and forgets the connection: closing it rolls back, and a
    /// savepoint on it can never begin a transaction of its own.
    fn fail_group(&mut self, error: &Arc<rusqlite::Error>) {
        tracing::error!(error = %error, "the writer's transaction failed");
        self.connection = None;
        for member in self
            .group
            .take()
            .map(|group| group.members)
            .unwrap_or_default()
        {
            drop(member.send(Err(shared(error))));
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
