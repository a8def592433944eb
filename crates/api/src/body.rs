//! What a request says, read with errors that name what is wrong and where.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use variorum_domain::limits::BODY_BYTES_MAX;

use crate::problem::Failure;

/// A body of JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        must_be_json(&parts.headers)?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| not_json(&error))
    }
}

/// A body of JSON that may be left out.
pub(crate) struct JsonOrNothing<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Sync> FromRequest<S> for JsonOrNothing<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        must_be_json(&parts.headers)?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| not_json(&error))
    }
}

/// The body, up to the limit.
pub(crate) async fn read(body: axum::body::Body) -> Result<Bytes, Failure> {
    read_up_to(body, BODY_BYTES_MAX).await
}

/// The body, up to a limit of its own.
pub(crate) async fn read_up_to(body: axum::body::Body, bytes_max: usize) -> Result<Bytes, Failure> {
    axum::body::to_bytes(body, bytes_max)
        .await
        .map_err(|error| {
            let too_large = std::error::Error::source(&error)
                .is_some_and(|cause| cause.to_string().contains("length limit"));
            if !too_large {
                let detail = "the body ended before it was complete";
                return Failure::new(
                    StatusCode::BAD_REQUEST,
                    "bad-json",
                    detail,
                    "Send it again.",
                );
            }
            let detail = format!("the body is larger than {bytes_max} bytes");
            let hint = "Send less at a time.";
            Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", &detail, hint)
        })
}

/// Another page can make a browser send a form, but not JSON.
fn must_be_json(headers: &HeaderMap) -> Result<(), Failure> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = given
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json") {
        return Ok(());
    }
    let detail = match kind {
        "" => "the body's type is not given".to_owned(),
        kind => format!("a body of type `{kind}` is not understood here"),
    };
    let hint = "Send JSON with the header `Content-Type: application/json`.";
    Err(Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content-type",
        &detail,
        hint,
    ))
}

/// What is wrong with a body, and where.
pub(crate) fn not_json(error: &serde_json::Error) -> Failure {
    match error.classify() {
        Category::Data => Failure::invalid(
            &format!("the body does not have the right shape: {error}"),
            "The API's description at `/api/v1/openapi.json` lists the fields.",
        ),
        _ => Failure::new(
            StatusCode::BAD_REQUEST,
            "bad-json",
            &format!("the body is not valid JSON: {error}"),
            "",
        ),
    }
}

/// What stands after `?` in the address.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let detail = format!("the address cannot be read: {}", rejection.body_text());
                Err(Failure::invalid(&detail, ""))
            }
        }
    }
}

/// The part of the address that names one thing.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => {
                let detail = format!("the address cannot be read: {}", rejection.body_text());
                let hint = "Encode `/` inside a name as `%2F`.";
                Err(Failure::new(
                    StatusCode::NOT_FOUND,
                    "not-found",
                    &detail,
                    hint,
                ))
            }
        }
    }
}
