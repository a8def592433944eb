//! What every request but the hot ones passes: the host check, a time limit, the log line, the
//! count, and headers that keep browsers from doing harm.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Failure, with_incident};
use crate::state::{Api, Shared};

/// How long a request may take until its answer begins.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Scripts only from this server; styles may stand in attributes, as the component library needs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Lets a request through the door.
pub(crate) async fn pass(State(api): State<Shared>, request: Request, next: Next) -> Response {
    let visit = Visit::begin(&request);
    let mut response = if api.hosts.allow_request(request.headers(), request.uri()) {
        match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
            Ok(response) => with_incident(&api, response),
            Err(_) => too_slow().into_response(),
        }
    } else {
        wrong_host().into_response()
    };
    harden(response.headers_mut());
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(no_store);
    visit.end(&api, response.status());
    response
}

/// Lets a request through to another door beside this one, which has limits of its own: what it takes
/// and answers may be long.
pub(crate) async fn pass_on(State(api): State<Shared>, request: Request, next: Next) -> Response {
    let visit = Visit::begin(&request);
    let mut response = if api.hosts.allow_request(request.headers(), request.uri()) {
        next.run(request).await
    } else {
        wrong_host().into_response()
    };
    harden(response.headers_mut());
    visit.end(&api, response.status());
    response
}

/// A request under way, for the log line and the count.
struct Visit {
    begun: Instant,
    method: &'static str,
    route: Option<MatchedPath>,
}

impl Visit {
    fn begin(request: &Request) -> Self {
        Self {
            begun: Instant::now(),
            method: method_name(request.method()),
            route: request.extensions().get::<MatchedPath>().cloned(),
        }
    }

    fn end(self, api: &Api, status: StatusCode) {
        let Self {
            begun,
            method,
            route,
        } = self;
        let route = route.as_ref().map_or("(pages)", MatchedPath::as_str);
        api.metrics.request(method, route, status);
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(method, route, status = status.as_u16(), took_ms, "request");
    }
}

/// Refuses a hot request that was meant for another name.
pub(crate) fn check_host(api: &Api, request: &Request) -> Result<(), Failure> {
    if api.hosts.allow_request(request.headers(), request.uri()) {
        return Ok(());
    }
    Err(wrong_host())
}

fn wrong_host() -> Failure {
    Failure::new(
        StatusCode::MISDIRECTED_REQUEST,
        "wrong-host",
        "this server was called by a name that is not its own",
        "Start it with the address people use as its public address, or call it by that address.",
    )
}

fn too_slow() -> Failure {
    let seconds = REQUEST_TIMEOUT.as_secs();
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "timeout",
        &format!("the answer was not ready within {seconds} seconds"),
        "Look whether it was done before trying again.",
    )
}

/// Nothing here allows that method.
pub(crate) async fn method_not_allowed() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "this address does not allow that method",
        "The API's description at `/api/v1/openapi.json` lists what it allows.",
    )
}

/// Adds the headers that every answer carries.
pub(crate) fn harden(headers: &mut HeaderMap) {
    for (name, value) in &SECURITY_HEADERS {
        headers.insert(name, value.clone());
    }
}

/// A method's name as a constant; what nobody uses is counted together.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
