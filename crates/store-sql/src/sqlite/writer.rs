//! The one writer of an SQLite file, which commits in groups.
//!
//! Writers take turns. A writer that commits while others wait hands the open transaction on
//! instead of flushing the disk, and waits; the last of the group commits for all and wakes them
//! with the result. Inside the group each writer after the first works in a savepoint, so it can
//! roll back alone.
//!
//! Everything that opens or ends a turn runs in a task of its own: a caller whose future is dropped
//! at any point never leaves the transaction half-way. The worst that can happen is an error for
//! every member of a group, never an acknowledgement without a flush.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use variorum_ports::StoreError;

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
    options: SqliteConnectOptions,
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
    connection: Option<SqliteConnection>,
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
    /// Takes over an open connection; `options` open another one after a failure.
    pub(crate) fn new(
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        limits: GroupLimits,
    ) -> Self {
        let state = State {
            connection: Some(connection),
            group: None,
        };
        let desk = Desk {
            options,
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
    async fn open(desk: Arc<Desk>, state: OwnedMutexGuard<State>) -> Result<Self, StoreError> {
        let nested = state.group.is_some();
        let mut state = state;
        let opened = state.open_turn(&desk.options, nested).await;
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
    pub(crate) fn connection(&mut self) -> Option<&mut SqliteConnection> {
        self.state.as_mut()?.connection.as_mut()
    }

    /// Keeps what was written and returns after it is durable.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let Some(state) = self.state.take() else {
            return Err(Refusal::Stopped.into());
        };
        let (sender, receiver) = oneshot::channel();
        let (desk, nested) = (Arc::clone(&self.desk), self.nested);
        self.desk
            .runtime
            .spawn(async move { keep(&desk, state, nested, sender).await });
        receiver.await.map_err(|_| Refusal::Stopped)?
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            let (desk, nested) = (Arc::clone(&self.desk), self.nested);
            self.desk
                .runtime
                .spawn(async move { undo(&desk, state, nested).await });
        }
    }
}

/// Ends a turn that is to be kept.
async fn keep(desk: &Desk, mut state: OwnedMutexGuard<State>, nested: bool, member: Member) {
    let released = if nested {
        state.run("RELEASE member").await
    } else {
        Ok(())
    };
    if let Some(group) = &mut state.group {
        group.members.push(member);
    }
    match released {
        Ok(()) => settle(desk, state).await,
        Err(error) => state.fail_group(&Arc::new(error)),
    }
}

/// Ends a turn that is to leave nothing behind.
async fn undo(desk: &Desk, mut state: OwnedMutexGuard<State>, nested: bool) {
    if nested {
        match state.run("ROLLBACK TO member; RELEASE member").await {
            Ok(()) => settle(desk, state).await,
            Err(error) => state.fail_group(&Arc::new(error)),
        }
    } else {
        let rolled_back = state.run("ROLLBACK").await;
        state.group = None;
        if rolled_back.is_err() {
            state.connection = None;
        }
    }
}

/// Hands the open transaction to the next writer, or commits it for all members.
async fn settle(desk: &Desk, mut state: OwnedMutexGuard<State>) {
    let Some(group) = &state.group else { return };
    let limits = desk.limits;
    let open = group.members.len() < limits.members_max && group.opened.elapsed() < limits.age_max;
    if open && desk.waiting.load(Ordering::SeqCst) > 0 {
        // A task waits for this lock and is never cancelled, so the group will be settled.
        return;
    }
    match state.run("COMMIT").await {
        Ok(()) => {
            let members = state
                .group
                .take()
                .map(|group| group.members)
                .unwrap_or_default();
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
    async fn open_turn(
        &mut self,
        options: &SqliteConnectOptions,
        nested: bool,
    ) -> Result<(), sqlx::Error> {
        if nested {
            return self.run("SAVEPOINT member").await;
        }
        if self.connection.is_none() {
            self.connection = Some(options.connect().await?);
        }
        self.run("BEGIN IMMEDIATE").await?;
        self.group = Some(Group {
            opened: Instant::now(),
            members: Vec::new(),
        });
        Ok(())
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        sqlx::query(sql).execute(connection).await.map(drop)
    }

    /// Tells every member that it failed, and forgets the connection: closing it rolls back, and a
    /// savepoint on it can never begin a transaction of its own.
    fn fail_group(&mut self, error: &Arc<sqlx::Error>) {
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
