//! KPI definitions in memory, so that taking events in does not read the store for each request.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;
use variorum_app::library::read;
use variorum_app::{Context, Error, News};
use variorum_domain::access::Actor;
use variorum_domain::id::WorkspaceId;
use variorum_domain::library::{Kpi, Library, Rates};

/// The definitions of one library, and what currencies come to in each other.
#[derive(Clone)]
pub(crate) struct Kpis(Arc<Library>);

impl Kpis {
    /// Dated rates between currencies.
    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }
}

impl std::ops::Deref for Kpis {
    type Target = BTreeMap<String, Kpi>;

    fn deref(&self) -> &Self::Target {
        &self.0.kpis
    }
}

/// How long definitions are used where another process may have changed them.
const KEPT: Duration = Duration::from_secs(5);

/// The definitions of all libraries that were asked for lately.
pub(crate) struct KpiCache {
    state: Mutex<State>,
}

struct State {
    news: broadcast::Receiver<News>,
    known: HashMap<WorkspaceId, (Instant, Kpis)>,
}

impl KpiCache {
    pub(crate) fn new(ctx: &Context) -> Self {
        Self {
            state: Mutex::new(State {
                news: ctx.news.subscribe(),
                known: HashMap::new(),
            }),
        }
    }

    /// The definitions of the actor's library as it stands.
    pub(crate) async fn get(&self, ctx: &Context, actor: &Actor) -> Result<Kpis, Error> {
        if let Some(known) = self.known(actor.workspace) {
            return Ok(known);
        }
        let asked = Instant::now();
        let kpis = Kpis(read::measured(ctx, actor).await?);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.known.insert(actor.workspace, (asked, kpis.clone()));
        Ok(kpis)
    }

    fn known(&self, workspace: WorkspaceId) -> Option<Kpis> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget_changed();
        let (since, kpis) = state.known.get(&workspace)?;
        (since.elapsed() < KEPT).then(|| kpis.clone())
    }
}

impl State {
    /// Forgets what the news since the last look say has changed.
    fn forget_changed(&mut self) {
        loop {
            match self.news.try_recv() {
                Ok(news) if matches!(news.topic, "library" | "demo") => {
                    self.known.remove(&news.workspace);
                }
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => self.known.clear(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }
}
