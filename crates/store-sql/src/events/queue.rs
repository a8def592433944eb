//! The queue before a log's one writer.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use variorum_domain::id::WorkspaceId;
use variorum_ports::StoreError;
use variorum_ports::events::NewEvent;

use crate::error::Refusal;

/// How many batches may wait; more callers wait for a place.
const BATCHES_WAITING_MAX: usize = 1_024;
/// The rows after which a group takes no further batch.
const ROWS_PER_GROUP_MAX: usize = 20_000;

/// What the writer is asked to do.
pub(super) enum Job {
    Append(Append),
    Clear(WorkspaceId, oneshot::Sender<Result<(), StoreError>>),
    Erase(Erase),
}

/// A unit whose events lose its id, and who waits for it.
pub(super) struct Erase {
    pub(super) workspace: WorkspaceId,
    pub(super) unit: String,
    pub(super) name: String,
    pub(super) answer: oneshot::Sender<Result<i64, StoreError>>,
}

/// A batch and who waits for it.
pub(super) struct Append {
    pub(super) events: Arc<[NewEvent]>,
    pub(super) answer: oneshot::Sender<Result<i64, StoreError>>,
}

/// The callers' end.
pub(super) struct Queue(mpsc::Sender<Job>);

/// The writer's end.
pub(super) struct Jobs {
    receiver: mpsc::Receiver<Job>,
    /// A job that did not fit the group before.
    kept: Option<Job>,
}

/// Makes a queue.
pub(super) fn queue() -> (Queue, Jobs) {
    let (sender, receiver) = mpsc::channel(BATCHES_WAITING_MAX);
    (
        Queue(sender),
        Jobs {
            receiver,
            kept: None,
        },
    )
}

impl Queue {
    /// Queues a batch and waits until it is durable.
    pub(super) async fn append(&self, events: Arc<[NewEvent]>) -> Result<i64, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Append(Append { events, answer })).await?;
        answered.await.map_err(|_| Refusal::Stopped)?
    }

    /// Queues a removal and waits until it is durable.
    pub(super) async fn clear(&self, workspace: WorkspaceId) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Clear(workspace, answer)).await?;
        answered.await.map_err(|_| Refusal::Stopped)?
    }

    /// Queues an erasure and waits until it is durable.
    pub(super) async fn erase(
        &self,
        workspace: WorkspaceId,
        unit: &str,
        name: &str,
    ) -> Result<i64, StoreError> {
        let (answer, answered) = oneshot::channel();
        let erase = Erase {
            workspace,
            unit: unit.to_owned(),
            name: name.to_owned(),
            answer,
        };
        self.send(Job::Erase(erase)).await?;
        answered.await.map_err(|_| Refusal::Stopped)?
    }

    async fn send(&self, job: Job) -> Result<(), StoreError> {
        self.0.send(job).await.map_err(|_| Refusal::Stopped.into())
    }
}

/// Work for one transaction.
pub(super) enum Group {
    Append(Vec<Append>),
    Clear(WorkspaceId, oneshot::Sender<Result<(), StoreError>>),
    Erase(Erase),
}

impl Jobs {
    /// Waits for work on a thread of its own; `None` when all callers are gone.
    pub(super) fn next_blocking(&mut self) -> Option<Group> {
        let first = self.kept.take().or_else(|| self.receiver.blocking_recv())?;
        Some(self.gather(first))
    }

    /// Waits for work in a task; `None` when all callers are gone.
    pub(super) async fn next(&mut self) -> Option<Group> {
        let first = match self.kept.take() {
            Some(job) => job,
            None => self.receiver.recv().await?,
        };
        Some(self.gather(first))
    }

    /// Takes what waits already; never waits for more.
    fn gather(&mut self, first: Job) -> Group {
        let first = match first {
            Job::Append(append) => append,
            Job::Clear(workspace, answer) => return Group::Clear(workspace, answer),
            Job::Erase(erase) => return Group::Erase(erase),
        };
        let mut rows = first.events.len();
        let mut group = vec![first];
        while rows < ROWS_PER_GROUP_MAX {
            match self.receiver.try_recv() {
                Ok(Job::Append(append)) => {
                    rows += append.events.len();
                    group.push(append);
                }
                Ok(other) => {
                    self.kept = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        Group::Append(group)
    }
}
