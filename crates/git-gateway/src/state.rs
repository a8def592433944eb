//! What the door is built with, and what it keeps while it runs.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;
use variorum_app::Context;

use crate::limits::{GIT_PROCESSES_MAX, PUSHES_MAX, UPLOADS_MAX};
use crate::mirror::Mirrors;
use crate::program::{GitMissing, GitProgram};

/// What the door is built with.
pub struct GatewayState {
    /// The use cases' context.
    pub ctx: Arc<Context>,
    /// The folder for mirrors and for pushes that are under way; it can be thrown away at any time.
    pub folder: PathBuf,
    /// The real `git`, or why there is none.
    pub git: Result<GitProgram, GitMissing>,
    /// Where people reach this server, e.g. `https://prompts.acme.example`.
    pub public_url: String,
}

/// The running door.
pub(crate) struct Gateway {
    pub(crate) ctx: Arc<Context>,
    pub(crate) mirrors: Result<Arc<Mirrors>, GitMissing>,
    pub(crate) folder: PathBuf,
    pub(crate) public_url: String,
    pub(crate) processes: Arc<Semaphore>,
    pub(crate) uploads: Semaphore,
    pub(crate) pushes: Semaphore,
}

/// How handlers share it.
pub(crate) type Shared = Arc<Gateway>;

impl Gateway {
    pub(crate) fn new(state: GatewayState) -> Self {
        let folder = state.folder.clone();
        Self {
            mirrors: state.git.map(|git| Arc::new(Mirrors::new(folder, git))),
            ctx: state.ctx,
            folder: state.folder,
            public_url: state.public_url.trim_end_matches('/').to_owned(),
            processes: Arc::new(Semaphore::new(GIT_PROCESSES_MAX)),
            uploads: Semaphore::new(UPLOADS_MAX),
            pushes: Semaphore::new(PUSHES_MAX),
        }
    }
}
