//! The pages, built into the binary. Files with a hash in their name never change and are kept by
//! browsers; every other address that is not the API's gets the one page there is.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use variorum_domain::id::hex;

use crate::door::method_not_allowed;
use crate::problem::Failure;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Pages;

/// The page that finds its way by itself.
const INDEX: &str = "index.html";
/// Everything in this folder carries a hash of its content in its name.
const HASHED: &str = "assets/";
/// Addresses under which programs, not people, look for something.
const NOT_PAGES: [&str; 7] = [
    "api/", "git/", "compat/", "ofrep/", "mcp", "gateway/", HASHED,
];

/// Serves a page or a file of it.
pub(crate) async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return method_not_allowed().await.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if let Some(file) = Pages::get(path).filter(|_| !path.is_empty()) {
        return respond(path, &file, request.headers());
    }
    if NOT_PAGES.iter().any(|prefix| path.starts_with(prefix)) {
        return nothing_here(request.uri().path()).into_response();
    }
    match Pages::get(INDEX) {
        Some(file) => respond(INDEX, &file, request.headers()),
        None => nothing_here(request.uri().path()).into_response(),
    }
}

fn nothing_here(path: &str) -> Failure {
    let shown: String = path.chars().take(200).collect();
    Failure::new(
        StatusCode::NOT_FOUND,
        "not-found",
        &format!("there is nothing at `{shown}`"),
        "The API's description at `/api/v1/openapi.json` lists what there is.",
    )
}

fn respond(path: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..12]));
    let keep = if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| matches(known, &etag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.clone().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(path)),
    );
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// Whether one of the known tags is this one; compression makes a tag weak.
fn matches(known: &str, etag: &str) -> bool {
    known == "*"
        || known
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_as_browsers_send_them() {
        assert!(matches("\"a\"", "\"a\""));
        assert!(matches("\"b\", W/\"a\"", "\"a\""));
        assert!(matches("*", "\"a\""));
        assert!(!matches("\"ab\"", "\"a\""));
    }
}
