//! Whether the process lives, whether it can work, and what it counts.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use variorum_domain::limits::PAGE_ROWS_MAX;

use super::Answer;
use crate::caller::identify;
use crate::metrics::Gauges;
use crate::problem::Failure;
use crate::state::{Api, Shared};

/// The process answers.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store answers too.
pub(crate) async fn readyz(State(api): State<Shared>) -> Answer<&'static str> {
    match api.ctx.store.ping().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => Err(Failure::App(error.into())),
    }
}

/// What the process counts. Callers on this machine need no token; others do.
pub(crate) async fn metrics(State(api): State<Shared>, request: Request) -> Answer<Response> {
    let (parts, _) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    if peer.is_some_and(|peer| !peer.0.ip().to_canonical().is_loopback()) {
        identify(&api, &parts).await?;
    }
    let gauges = Gauges {
        events_accepted: api.ctx.pipeline.accepted(),
        open_rollouts: open_rollouts(&api).await,
        uptime_seconds: api.ctx.clock.now().seconds() - api.started.seconds(),
        engine: api.ctx.store.engine(),
    };
    let mut response = (StatusCode::OK, api.metrics.text(&gauges)).into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

async fn open_rollouts(api: &Api) -> Option<usize> {
    let mut tx = api.ctx.store.read().await.ok()?;
    let mut open = 0;
    for workspace in tx.workspaces().await.ok()? {
        open += tx
            .rollouts(workspace.id, true, None, PAGE_ROWS_MAX)
            .await
            .ok()?
            .len();
    }
    Some(open)
}
