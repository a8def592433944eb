//! The Git door: `git clone`, `fetch`, `pull` and `push` over smart HTTP.
//!
//! Fetching is left to the real `git upload-pack` over a bare mirror on disk, which follows the store
//! and can be thrown away. Pushing never touches the mirror: the pack is read here, decided by one
//! use case and stored with refs, index and audit entries in one transaction. Knows HTTP and the
//! wire, nothing of SQL or of what is allowed.

mod answer;
mod body;
mod caller;
mod fetch;
pub mod limits;
mod maintenance;
mod mirror;
mod packet;
mod program;
mod push;
mod remotes;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use program::{GitMissing, GitProgram};
pub use remotes::{RemoteSettings, Remotes, Secret, Secrets};
pub use state::GatewayState;

/// The door's addresses, all below `/git/<workspace>.git`.
pub fn router(state: GatewayState) -> Router {
    Door::new(state).router()
}

/// The door, and what keeps libraries in step with repositories elsewhere: both over one copy on disk.
pub struct Door(state::Shared);

impl Door {
    /// Builds it.
    pub fn new(state: GatewayState) -> Self {
        Self(Arc::new(state::Gateway::new(state)))
    }

    /// Its addresses.
    pub fn router(&self) -> Router {
        routes(self.0.clone())
    }

    /// The task for remotes; `None` where there is no `git` to talk to them.
    pub fn remotes(&self, settings: RemoteSettings) -> Option<Arc<Remotes>> {
        let mirrors = self.0.mirrors.as_ref().ok()?;
        Some(Remotes::new(self.0.ctx.clone(), mirrors.clone(), settings))
    }
}

fn routes(gateway: state::Shared) -> Router {
    Router::new()
        .route("/git/{repository}/info/refs", get(fetch::info_refs))
        .route(
            "/git/{repository}/git-upload-pack",
            post(fetch::upload_pack),
        )
        .route(
            "/git/{repository}/git-receive-pack",
            post(push::receive_pack),
        )
        .route("/git/{repository}/{*rest}", get(fetch::dumb))
        .layer(DefaultBodyLimit::disable())
        .with_state(gateway)
}
