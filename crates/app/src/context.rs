//! What every use case is given: the ports, and state of the process that can be rebuilt.

use std::sync::{Arc, OnceLock};

use tokio::sync::broadcast;
use variorum_domain::id::WorkspaceId;
use variorum_domain::remote::Allowed;
use variorum_git::cache::ObjectCache;
use variorum_ports::{Clock, EventLog, Ids, NoNotifier, Notifier, Store};

use crate::asks::Asks;
use crate::attribution::Answers;
use crate::auth::AuthCache;
use crate::columns::Columns;
use crate::events::Pipeline;
use crate::impact::ImpactState;
use crate::intake::Uploads;
use crate::library::duplicates::Comparisons;
use crate::library::graphs::Graphs;
use crate::library::parsed::ParsedCache;
use crate::library::suites::SuiteResults;
use crate::quality::Tallies;
use crate::serving::Serving;
use crate::shadow::Shadows;
use crate::signatures::Signatures;
use crate::sources::{Paces, Receipts};
use crate::watch::Watch;
use crate::work::{DepthCache, SettingsCache};

/// Bytes of Git objects kept in memory for all workspaces together.
const OBJECT_CACHE_BYTES: usize = 24 * 1024 * 1024;
/// News kept for a listener that is slow; beyond that it is told to ask for everything again.
const NEWS_BACKLOG: usize = 1_024;

/// Something changed; whoever shows it asks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// `library`, `change`, `release`, `environment`, `rollout`, `reading`, `people`, `mirror`,
    /// `mirrored`, `incident`, `delivery`, `stop`, `regression`, `source`, `upload` or `demo`.
    pub topic: &'static str,
    /// Which one.
    pub id: String,
}

/// The ports and the rebuildable state of the process.
pub struct Context {
    /// The store of state.
    pub store: Arc<dyn Store>,
    /// The store of events.
    pub log: Arc<dyn EventLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
    /// Git objects in memory; they never change, so this can never be stale.
    pub objects: Arc<ObjectCache>,
    /// How long the delta chains of stored objects are.
    pub depths: Arc<DepthCache>,
    /// Settings in memory.
    pub settings: Arc<SettingsCache>,
    /// Commit graphs in memory.
    pub graphs: Graphs,
    /// What leans on what on `main`, in memory.
    pub impact: ImpactState,
    /// Parsed prompt files by blob.
    pub parsed: ParsedCache,
    /// What suites came to, by tree.
    pub suites: SuiteResults,
    /// What is live, compiled.
    pub serving: Serving,
    /// Keys and signatures in memory.
    pub signatures: Signatures,
    /// What was asked for today.
    pub asks: Asks,
    /// Counts of what arrives, by which the quality of data is judged.
    pub quality: Tallies,
    /// Requests that are still to be filled in by a release in the shadow.
    pub shadows: Shadows,
    /// Tables that are being taken in.
    pub uploads: Uploads,
    /// What became of the last webhooks.
    pub receipts: Receipts,
    /// How fast webhooks come.
    pub paces: Paces,
    /// Texts that were compared.
    pub comparisons: Comparisons,
    /// Known tokens.
    pub auth: AuthCache,
    /// Events on their way, and the running statistics.
    pub pipeline: Pipeline,
    /// Events counted by day.
    pub watch: Watch,
    /// Conversions shared out lately.
    pub attribution: Answers,
    /// The event log as columns, on a shelf of the process's own.
    pub columns: Columns,
    /// Where the server may go to keep libraries in step; nowhere unless whoever runs it says so.
    pub allowed_remotes: Allowed,
    /// Tells people outside of Variorum.
    pub notifier: Arc<dyn Notifier>,
    /// The address under which people reach the server; set once it is known.
    pub public_url: OnceLock<String>,
    /// News for whoever listens.
    pub news: broadcast::Sender<News>,
}

impl Context {
    /// Wires the ports together; call [`crate::setup::start`] before serving.
    pub fn new(
        store: Arc<dyn Store>,
        log: Arc<dyn EventLog>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self {
            store,
            log,
            clock,
            ids,
            objects: Arc::new(ObjectCache::new(OBJECT_CACHE_BYTES)),
            depths: Arc::default(),
            settings: Arc::default(),
            graphs: Graphs::default(),
            impact: ImpactState::default(),
            parsed: ParsedCache::default(),
            suites: SuiteResults::default(),
            serving: Serving::default(),
            signatures: Signatures::default(),
            asks: Asks::default(),
            quality: Tallies::default(),
            shadows: Shadows::default(),
            uploads: Uploads::default(),
            receipts: Receipts::default(),
            paces: Paces::default(),
            comparisons: Comparisons::default(),
            auth: AuthCache::default(),
            pipeline: Pipeline::default(),
            watch: Watch::default(),
            attribution: Answers::default(),
            columns: Columns::default(),
            allowed_remotes: Allowed::default(),
            notifier: Arc::new(NoNotifier),
            public_url: OnceLock::new(),
            news: broadcast::channel(NEWS_BACKLOG).0,
        }
    }

    /// The address under which people reach the server; empty while it is not known.
    pub fn address(&self) -> &str {
        self.public_url.get().map_or("", String::as_str)
    }

    /// Tells whoever listens that something changed.
    pub fn announce(&self, workspace: WorkspaceId, topic: &'static str, id: impl Into<String>) {
        // Nobody listening is fine.
        drop(self.news.send(News {
            workspace,
            topic,
            id: id.into(),
        }));
    }
}
