//! Keeping the library in step with Git repositories elsewhere: a task of the server that does a round
//! with each remote whose time has come, and soon after something has moved here.

mod exchange;
mod wire;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::sync::broadcast::error::RecvError;
use variorum_app::remotes::sync;
use variorum_app::{Context, Error, News, setup};
use variorum_domain::id::WorkspaceId;
use variorum_domain::remote::Credential;

use crate::limits::REMOTES_AT_ONCE_MAX;
use crate::mirror::Mirrors;

/// How often it is looked whether a remote's time has come.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What moves within such a time goes out together.
const SETTLING: Duration = Duration::from_millis(300);

/// A secret as the server holds it.
#[derive(Clone)]
pub struct Secret {
    /// What it says.
    pub text: String,
    /// The file it stands in, where it stands in one: over ssh it is a private key.
    pub file: Option<PathBuf>,
}

/// Finds a secret by its name; fails with the name where it is not there.
pub type Secrets = Arc<dyn Fn(&Credential) -> Result<Option<Secret>, String> + Send + Sync>;

/// What the task is built with.
pub struct RemoteSettings {
    /// How secrets are found.
    pub secrets: Secrets,
    /// The program that speaks ssh.
    pub ssh: PathBuf,
    /// The keys of machines that are reached by ssh; others are not trusted.
    pub known_hosts: PathBuf,
}

/// The task.
pub struct Remotes {
    ctx: Arc<Context>,
    mirrors: Arc<Mirrors>,
    settings: RemoteSettings,
    under_way: Mutex<HashSet<(WorkspaceId, String)>>,
    at_once: Arc<Semaphore>,
}

impl Remotes {
    pub(crate) fn new(
        ctx: Arc<Context>,
        mirrors: Arc<Mirrors>,
        settings: RemoteSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            ctx,
            mirrors,
            settings,
            under_way: Mutex::default(),
            at_once: Arc::new(Semaphore::new(REMOTES_AT_ONCE_MAX)),
        })
    }

    /// Runs until it is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut news = self.ctx.news.subscribe();
        loop {
            self.begin_due().await;
            let moved = self.wait(&mut news).await;
            for workspace in moved {
                if let Err(error) = sync::wake(&self.ctx, workspace).await {
                    tracing::error!(workspace = %workspace, error = %error, "remotes could not be told that something moved");
                }
            }
        }
    }

    /// One round with one remote, now.
    pub async fn round(&self, workspace: WorkspaceId, name: &str) -> Result<(), Error> {
        exchange::round(&self.ctx, &self.mirrors, &self.settings, workspace, name).await
    }

    async fn begin_due(self: &Arc<Self>) {
        let due = match sync::due(&self.ctx).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(error = %error, "it is not known which remotes are due");
                return;
            }
        };
        for one in due {
            let is_new = {
                let mut under_way = self
                    .under_way
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                under_way.insert(one.clone())
            };
            if is_new {
                drop(tokio::spawn(self.clone().do_round(one)));
            }
        }
    }

    async fn do_round(self: Arc<Self>, one: (WorkspaceId, String)) {
        if let Ok(_permit) = self.at_once.clone().acquire_owned().await
            && let Err(error) = self.round(one.0, &one.1).await
        {
            tracing::error!(workspace = %one.0, remote = one.1, error = %error, "a round with a remote could not be noted");
        }
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        under_way.remove(&one);
    }

    /// Waits until it is time to look again; returns the workspaces in which something moved.
    async fn wait(
        &self,
        news: &mut tokio::sync::broadcast::Receiver<News>,
    ) -> HashSet<WorkspaceId> {
        let mut moved = HashSet::new();
        let mut until = tokio::time::Instant::now() + LOOK_EVERY;
        loop {
            match tokio::time::timeout_at(until, news.recv()).await {
                Err(_) | Ok(Err(RecvError::Closed)) => return moved,
                Ok(Ok(news)) => {
                    let is_move = matches!(news.topic, "library" | "release");
                    if is_move {
                        moved.insert(news.workspace);
                    }
                    if is_move || matches!(news.topic, "mirror" | "mirrored") {
                        until = until.min(tokio::time::Instant::now() + SETTLING);
                    }
                }
                Ok(Err(RecvError::Lagged(_))) => {
                    // What was missed may have been anything.
                    let all = setup::workspaces(&self.ctx).await.unwrap_or_default();
                    moved.extend(all.into_iter().map(|row| row.id));
                    return moved;
                }
            }
        }
    }
}
