//! Who is calling: a token or a browser's session becomes an actor, or the request ends here.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use variorum_app::auth;

use crate::problem::Failure;
use crate::state::{Api, Shared};

/// The cookie of a browser's session.
pub(crate) const COOKIE: &str = "variorum_session";
/// The header that only our own pages can send.
const OWN_HEADER: &str = "x-variorum";

/// Whoever calls, authenticated.
pub(crate) struct Caller(Arc<auth::Caller>);

impl Deref for Caller {
    type Target = auth::Caller;

    fn deref(&self) -> &auth::Caller {
        &self.0
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Failure> {
        identify(api, parts).await
    }
}

/// Finds out who calls.
pub(crate) async fn identify(api: &Api, parts: &Parts) -> Result<Caller, Failure> {
    let secret = if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
        let wrong = || Failure::unauthenticated("the `Authorization` header holds no bearer token");
        bearer(value.as_bytes()).ok_or_else(wrong)?
    } else {
        let none = || Failure::unauthenticated("this needs a token or a signed-in browser");
        let secret = session(&parts.headers).ok_or_else(none)?;
        check_own_page(api, parts)?;
        secret
    };
    let caller = auth::authenticate(&api.ctx, secret).await?;
    caller.map(Caller).ok_or_else(|| {
        Failure::unauthenticated("this token or session is not known, has ended or has expired")
    })
}

/// A browser sends its cookie along whoever asks; what changes anything must come from our own page.
fn check_own_page(api: &Api, parts: &Parts) -> Result<(), Failure> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let is_ours = parts
        .headers
        .get(OWN_HEADER)
        .is_some_and(|value| value == "1");
    if is_ours {
        check_origin(api, parts)
    } else {
        Err(cross_site("the header `X-Variorum: 1` is missing"))
    }
}

/// Refuses what the browser says comes from another page.
pub(crate) fn check_origin(api: &Api, parts: &Parts) -> Result<(), Failure> {
    if api.hosts.is_same_origin(parts) {
        return Ok(());
    }
    Err(cross_site(
        "the request was sent by a page of another origin",
    ))
}

fn cross_site(detail: &str) -> Failure {
    let hint = "Use the pages of this server, or send a token instead of the session's cookie.";
    Failure::new(StatusCode::FORBIDDEN, "cross-site", detail, hint)
}

fn bearer(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, secret) = text.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty()).then_some(secret)
}

fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == COOKIE && !value.is_empty()).then_some(value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_where_they_may_be() {
        assert_eq!(bearer(b"Bearer vrm_1"), Some("vrm_1"));
        assert_eq!(bearer(b"bearer  vrm_1 "), Some("vrm_1"));
        assert_eq!(bearer(b"Basic vrm_1"), None);
        assert_eq!(bearer(b"Bearer "), None);
        let mut headers = HeaderMap::new();
        assert_eq!(session(&headers), None);
        headers.append(
            header::COOKIE,
            "a=b; variorum_session=vrm_2".parse().unwrap(),
        );
        assert_eq!(session(&headers), Some("vrm_2"));
        headers.insert(header::COOKIE, "xvariorum_session=vrm_2".parse().unwrap());
        assert_eq!(session(&headers), None);
    }
}
