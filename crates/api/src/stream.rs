//! News for whoever listens: something changed, ask again.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, interval_at};
use variorum_api_types::activity::News;
use variorum_app::{Error, context};
use variorum_domain::access::{self, Action};
use variorum_domain::id::WorkspaceId;

use crate::caller::{Caller, identify};
use crate::problem::Failure;
use crate::state::Shared;

/// A line is sent at least this often, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How often it is looked whether the listener's token or session still opens anything.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// What a listener holds.
struct Listener {
    api: Shared,
    request: Parts,
    look: Interval,
    workspace: WorkspaceId,
    news: broadcast::Receiver<context::News>,
    closing: Option<watch::Receiver<bool>>,
}

/// Streams the news of the caller's workspace, one `News` a line. A listener that was too slow gets
/// the topic `all`: it should ask for everything again. The stream ends soon after the token or
/// session does.
#[utoipa::path(
    get,
    path = "/api/v1/stream",
    operation_id = "stream_news",
    tag = "activity",
    responses((status = 200, description = "The news, as they come.", body = News, content_type = "text/event-stream"))
)]
pub(crate) async fn stream_news(
    State(api): State<Shared>,
    caller: Caller,
    request: Parts,
) -> Result<Response, Failure> {
    access::check_somewhere(&caller.actor, Action::Read).map_err(Error::from)?;
    let listener = Listener {
        workspace: caller.actor.workspace,
        news: api.ctx.news.subscribe(),
        closing: api.closing.clone(),
        look: interval_at(Instant::now() + LOOK_AGAIN, LOOK_AGAIN),
        api,
        request,
    };
    let lines = stream::unfold(listener, |mut listener| async move {
        let news = listener.next().await?;
        let data = serde_json::to_string(&news).unwrap_or_default();
        Some((
            Ok::<Event, Infallible>(Event::default().data(data)),
            listener,
        ))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("still here");
    let mut response = Sse::new(lines).keep_alive(keep_alive).into_response();
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    response
        .headers_mut()
        .insert(unbuffered, HeaderValue::from_static("no"));
    Ok(response)
}

impl Listener {
    /// Whether what the caller once showed still lets them into the same workspace.
    async fn is_welcome(&self) -> bool {
        let caller = identify(&self.api, &self.request).await;
        caller.is_ok_and(|caller| caller.actor.workspace == self.workspace)
    }

    /// The next news, or `None` when the server stops or the caller may no longer listen.
    async fn next(&mut self) -> Option<News> {
        loop {
            let received = tokio::select! {
                received = self.news.recv() => received,
                () = closed(&mut self.closing) => return None,
                _ = self.look.tick() => {
                    if self.is_welcome().await {
                        continue;
                    }
                    return None;
                }
            };
            match received {
                Ok(news) if news.workspace == self.workspace => {
                    // A token may have ended, or a person may have been shut out.
                    if news.topic == "people" && !self.is_welcome().await {
                        return None;
                    }
                    return Some(News {
                        topic: news.topic.to_owned(),
                        id: news.id,
                    });
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => {
                    return Some(News {
                        topic: "all".to_owned(),
                        id: String::new(),
                    });
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// Returns when the server stops; never where nobody says so.
async fn closed(closing: &mut Option<watch::Receiver<bool>>) {
    if let Some(closing) = closing
        && closing.wait_for(|closing| *closing).await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}
