//! Who is at the door, and which library they want: HTTP Basic with a token as the password.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use variorum_app::{Error, auth, setup};

use crate::state::Gateway;

/// An answer that `git` shows on the terminal, line by line.
pub(crate) fn words(status: StatusCode, text: &str) -> Response {
    let mut response = (status, format!("{text}\n")).into_response();
    let headers = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, plain);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"variorum\", charset=\"UTF-8\"");
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    }
    response
}

/// The answer to an error of a use case; what is ours is logged and not shown.
pub(crate) fn failed(error: &Error) -> Response {
    match error {
        Error::Denied(denied) if denied.is_of_token() => {
            words(StatusCode::FORBIDDEN, &format!("{error}."))
        }
        Error::Denied(_) => words(
            StatusCode::FORBIDDEN,
            &format!(
                "{error}. Cloning and fetching show the whole library, so they need `viewer` on all of it."
            ),
        ),
        Error::NotFound { .. } => words(StatusCode::NOT_FOUND, &error.to_string()),
        Error::Conflict(_) | Error::Clash { .. } => words(StatusCode::CONFLICT, &error.to_string()),
        Error::Invalid { .. } | Error::Refused(_) => {
            words(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string())
        }
        Error::Store(_) | Error::Damaged(_) | Error::Internal(_) => {
            tracing::error!(error = %error, cause = ?std::error::Error::source(error), "the Git door failed");
            words(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something failed that should not; nothing was changed. The server's log says more.",
            )
        }
    }
}

/// The caller, on the library that the address names.
pub(crate) async fn identify(
    gateway: &Gateway,
    headers: &HeaderMap,
    repository: &str,
) -> Result<Arc<auth::Caller>, Response> {
    let secret = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| secret_of(value.as_bytes()));
    let Some(secret) = secret else {
        return Err(words(
            StatusCode::UNAUTHORIZED,
            "A token is needed: any user name, the token as the password. `variorum tokens create` makes one.",
        ));
    };
    let known = auth::authenticate(&gateway.ctx, &secret).await;
    let Some(caller) = known.map_err(|error| failed(&error))? else {
        return Err(words(
            StatusCode::UNAUTHORIZED,
            "This token is not known, has ended or has expired. `variorum tokens create` makes a new one.",
        ));
    };
    let name = repository.strip_suffix(".git").unwrap_or(repository);
    let workspaces = setup::workspaces(&gateway.ctx).await;
    let own = workspaces
        .map_err(|error| failed(&error))?
        .into_iter()
        .find(|row| row.id == caller.actor.workspace);
    // One answer for a library that is not there and one the token does not open.
    match own {
        Some(own) if own.name == name => Ok(caller),
        _ => Err(words(
            StatusCode::NOT_FOUND,
            &format!(
                "There is no library `{}` here that this token opens.",
                name.chars()
                    .take(80)
                    .flat_map(char::escape_debug)
                    .collect::<String>()
            ),
        )),
    }
}

/// The secret of `Basic` (its password) or `Bearer`.
fn secret_of(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    let rest = rest.trim();
    let secret = if scheme.eq_ignore_ascii_case("basic") {
        let plain = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        plain.split_once(':')?.1.to_owned()
    } else if scheme.eq_ignore_ascii_case("bearer") {
        rest.to_owned()
    } else {
        return None;
    };
    (!secret.is_empty()).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_the_password_whoever_the_user_is() {
        let basic = |plain: &str| format!("Basic {}", STANDARD.encode(plain));
        let rows = [
            (basic("ann:vrm_1"), Some("vrm_1")),
            (basic(":vrm_1"), Some("vrm_1")),
            (basic("a:b:c"), Some("b:c")),
            (basic("ann:"), None),
            (basic("ann"), None),
            ("Bearer vrm_2".to_owned(), Some("vrm_2")),
            ("basic ?".to_owned(), None),
            ("Digest x".to_owned(), None),
        ];
        for (value, expected) in rows {
            assert_eq!(secret_of(value.as_bytes()).as_deref(), expected, "{value}");
        }
    }
}
