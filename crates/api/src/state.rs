//! What the router is built with, and what it keeps while it runs.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use variorum_api_types::demo::{Demo, StartTraffic};
use variorum_app::{Context, Error};
use variorum_domain::access::Actor;
use variorum_domain::id::Time;

use crate::host::Hosts;
use crate::kpis::KpiCache;
use crate::metrics::Metrics;

/// The sample workspace and its simulated customers, run by the binary.
///
/// Who may do it is the implementation's to decide, by the use cases it calls.
#[async_trait]
pub trait DemoControl: Send + Sync {
    /// How it stands.
    async fn status(&self, actor: &Actor) -> Result<Demo, Error>;
    /// Rolls the tempting edit out.
    async fn start(&self, actor: &Actor) -> Result<Demo, Error>;
    /// Starts the simulated customers.
    async fn start_traffic(&self, actor: &Actor, cmd: StartTraffic) -> Result<Demo, Error>;
    /// Stops them.
    async fn stop_traffic(&self, actor: &Actor) -> Result<Demo, Error>;
    /// Makes the sample new.
    async fn reset(&self, actor: &Actor) -> Result<Demo, Error>;
}

/// What the router is built with.
pub struct ApiState {
    /// The use cases' context; `variorum_app::events::run` must be running on it.
    pub ctx: Arc<Context>,
    /// The sample, where there is one.
    pub demo: Option<Arc<dyn DemoControl>>,
    /// Where people reach this server, e.g. `https://prompts.acme.example`.
    pub public_url: String,
    /// When the process started.
    pub started: Time,
    /// Further names under which this server may be called, beside loopback and `public_url`.
    pub hosts: Vec<String>,
    /// Becomes true when the server stops, so that streams of news end.
    pub closing: Option<watch::Receiver<bool>>,
    /// Another door at the same address, such as Git's: it is given the host check, the count and the
    /// log line, and has time limits of its own.
    pub beside: Option<axum::Router>,
}

impl ApiState {
    /// A state without a sample, without further names, that never closes.
    pub fn new(ctx: Arc<Context>, public_url: impl Into<String>) -> Self {
        let started = ctx.clock.now();
        let public_url = public_url.into();
        Self {
            ctx,
            demo: None,
            public_url,
            started,
            hosts: Vec::new(),
            closing: None,
            beside: None,
        }
    }
}

/// The state of the running router.
pub(crate) struct Api {
    pub(crate) ctx: Arc<Context>,
    pub(crate) demo: Option<Arc<dyn DemoControl>>,
    pub(crate) public_url: String,
    pub(crate) started: Time,
    pub(crate) hosts: Hosts,
    pub(crate) closing: Option<watch::Receiver<bool>>,
    pub(crate) metrics: Metrics,
    pub(crate) kpis: KpiCache,
}

/// How handlers share the state.
pub(crate) type Shared = Arc<Api>;

impl Api {
    pub(crate) fn new(state: ApiState) -> Self {
        Self {
            kpis: KpiCache::new(&state.ctx),
            hosts: Hosts::new(&state.public_url, &state.hosts),
            metrics: Metrics::default(),
            ctx: state.ctx,
            demo: state.demo,
            public_url: state.public_url.trim_end_matches('/').to_owned(),
            started: state.started,
            closing: state.closing,
        }
    }

    /// Whether people reach this server by TLS, so that cookies must too.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}
