//! Under which names this server answers: a guard against DNS rebinding, where a hostile page makes
//! its own name point to this machine and reads what the browser's session may read.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};

/// The names under which this server answers.
pub(crate) struct Hosts {
    names: Vec<String>,
    origin: String,
}

impl Hosts {
    pub(crate) fn new(public_url: &str, further: &[String]) -> Self {
        let authority = public_url
            .split_once("://")
            .map_or(public_url, |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        let given = further.iter().map(String::as_str).chain([authority]);
        let names = given.map(|name| host_of(name).to_ascii_lowercase());
        Self {
            names: names.filter(|name| !name.is_empty()).collect(),
            origin: public_url.trim_end_matches('/').to_ascii_lowercase(),
        }
    }

    /// Whether a request for this host is meant for us. An address instead of a name cannot have been
    /// rebound, so every address is fine.
    pub(crate) fn allow(&self, authority: &str) -> bool {
        let host = host_of(authority).to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || bare.parse::<IpAddr>().is_ok()
            || self.names.contains(&host)
    }

    /// Whether a request's own host is fine; one that names none cannot come from a browser.
    pub(crate) fn allow_request(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        authority(headers, uri).is_none_or(|authority| self.allow(authority))
    }

    /// Whether a request comes from a page of this server, as far as the browser says.
    pub(crate) fn is_same_origin(&self, parts: &Parts) -> bool {
        let Some(origin) = parts.headers.get(header::ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let origin = origin.to_ascii_lowercase();
        if origin == self.origin {
            return true;
        }
        let own = authority(&parts.headers, &parts.uri).unwrap_or_default();
        origin
            .split_once("://")
            .is_some_and(|(_, host)| host.eq_ignore_ascii_case(own))
    }
}

/// The host a request names: in its line with HTTP/2, in a header before.
fn authority<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let in_line = uri.authority().map(axum::http::uri::Authority::as_str);
    in_line.or_else(|| {
        headers
            .get(header::HOST)
            .map(|host| host.to_str().unwrap_or("?"))
    })
}

/// The host without its port.
fn host_of(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority
            .find(']')
            .map_or(authority, |end| &authority[..=end]);
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => {
            host
        }
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_names_are_refused() {
        let hosts = Hosts::new(
            "https://prompts.acme.example/",
            &["other.example:4870".to_owned()],
        );
        let rows = [
            ("localhost:4870", true),
            ("variorum.localhost", true),
            ("127.0.0.1:4870", true),
            ("[::1]:4870", true),
            ("PROMPTS.acme.example", true),
            ("prompts.acme.example:8443", true),
            ("other.example", true),
            ("evil.example", false),
            ("evil.example:4870", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
            ("?", false),
        ];
        for (host, expected) in rows {
            assert_eq!(hosts.allow(host), expected, "{host}");
        }
    }
}
