//! The HTTP client of the commands: where the server is, how it is asked, what it answers. It knows
//! nothing of terminals, and takes the server's answers as they are.

mod refusal;

pub(crate) use refusal::{blocker, diagnostic};

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{Method, Request, Response};
use variorum_api_types::releases::Reason;

use crate::args::Connection;
use crate::error::CliError;
use crate::local::{self, CliFile};

/// Where `variorum serve` listens unless it is told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:4870";
/// A server on the same machine or network answers a connection at once.
const CONNECT_SECONDS_MAX: u64 = 5;
/// The slowest request is a save into a very large library.
const REQUEST_SECONDS_MAX: u64 = 120;
/// The largest answer is the manifest of a release with every text in it.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A server and the right to ask it.
#[derive(Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    address: Address,
}

/// Where the server is, and with which token it is asked.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    url: String,
    token: String,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer(Value);

impl Answer {
    /// The JSON as it came.
    pub(crate) fn json(&self) -> &Value {
        &self.0
    }

    /// The JSON as one of the wire types.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, CliError> {
        T::deserialize(&self.0).map_err(|error| CliError {
            hint: Some("is the server of the same version as this command?".to_owned()),
            ..CliError::internal("the server's answer is not understood", error)
        })
    }

    /// Adds the items of the next page of a list, and takes over what that page says comes after.
    pub(crate) fn append_page(&mut self, page: &Self) {
        let more = page.0.get("items").and_then(Value::as_array);
        if let (Some(items), Some(more)) =
            (self.0.get_mut("items").and_then(Value::as_array_mut), more)
        {
            items.extend(more.iter().cloned());
        }
        let next = page.0.get("next").cloned().unwrap_or(Value::Null);
        if let Some(fields) = self.0.as_object_mut() {
            fields.insert("next".to_owned(), next);
        }
    }
}

impl Client {
    /// Finds the server and the token, without asking the server yet.
    pub(crate) fn new(connection: &Connection) -> Result<Self, CliError> {
        let left = || local::read_cli_file(&local::data_dir(connection).ok()?);
        let (url, token) = (connection.url.as_deref(), connection.token.as_deref());
        let address = Address::find(url, token, left)?;
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("variorum/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS_MAX)))
            .timeout_global(Some(Duration::from_secs(REQUEST_SECONDS_MAX)));
        if is_on_this_machine(&address.url) {
            // A proxy of the network cannot reach this machine's own loopback.
            config = config.proxy(None);
        }
        Ok(Self {
            agent: config.build().new_agent(),
            address,
        })
    }

    /// The server's address.
    pub(crate) fn url(&self) -> &str {
        &self.address.url
    }

    /// The token it is asked with.
    pub(crate) fn token(&self) -> &str {
        &self.address.token
    }

    /// Asks for one thing; each part of its path is encoded.
    pub(crate) fn get(&self, path: &[&str]) -> Result<Answer, CliError> {
        self.find(path, &Value::Null)
    }

    /// Asks with a query, written by one of the wire types.
    pub(crate) fn find(&self, path: &[&str], query: &impl Serialize) -> Result<Answer, CliError> {
        self.send(&Method::GET, path, &query_of(query)?, None)
    }

    /// Does something.
    pub(crate) fn post(&self, path: &[&str], body: &impl Serialize) -> Result<Answer, CliError> {
        self.send(&Method::POST, path, "", Some(body_of(body)?))
    }

    /// Changes a thing.
    pub(crate) fn patch(&self, path: &[&str], body: &impl Serialize) -> Result<Answer, CliError> {
        self.send(&Method::PATCH, path, "", Some(body_of(body)?))
    }

    /// Takes a thing away, and says why.
    pub(crate) fn delete(&self, path: &[&str], why: &Reason) -> Result<Answer, CliError> {
        let uri = self.uri(path, "");
        // A builder of its own: only this one lets a DELETE have a body.
        let request = self
            .agent
            .delete(&uri)
            .header("accept", "application/json")
            .header("authorization", self.authorization())
            .force_send_body()
            .content_type("application/json");
        self.answer(request.send(body_of(why)?))
    }

    /// Sends a file as it is; however long that takes.
    pub(crate) fn send_file(
        &self,
        path: &[&str],
        query: &impl Serialize,
        file: &std::path::Path,
    ) -> Result<Answer, CliError> {
        let unreadable = |error: std::io::Error| {
            CliError::user(
                format!("`{}` cannot be read: {error}", file.display()),
                "check the name of the file",
            )
        };
        let opened = std::fs::File::open(file).map_err(unreadable)?;
        let request = self
            .agent
            .post(self.uri(path, &query_of(query)?))
            .config()
            .timeout_global(None)
            .build()
            .header("accept", "application/json")
            .header("authorization", self.authorization())
            .content_type("application/octet-stream");
        self.answer(request.send(opened))
    }

    /// Asks for a file and hands out its bytes as they come.
    pub(crate) fn download(
        &self,
        path: &[&str],
        query: &impl Serialize,
    ) -> Result<Box<dyn std::io::Read>, CliError> {
        let request = self
            .agent
            .get(self.uri(path, &query_of(query)?))
            .config()
            .timeout_global(None)
            .build()
            .header("authorization", self.authorization());
        let answered = request.call();
        match answered {
            Ok(response) if response.status().is_success() => {
                Ok(Box::new(response.into_body().into_reader()))
            }
            other => {
                self.answer(other)?;
                Ok(Box::new(std::io::empty()))
            }
        }
    }

    fn send(
        &self,
        method: &Method,
        path: &[&str],
        query: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, CliError> {
        let uri = self.uri(path, query);
        let request = Request::builder()
            .method(method)
            .uri(&uri)
            .header("accept", "application/json")
            .header("authorization", self.authorization());
        let not_sent = |error: ureq::http::Error| {
            CliError::user(
                format!("the request to `{uri}` cannot be written: {error}"),
                "check the address and the token",
            )
        };
        let answered = match body {
            Some(bytes) => {
                let request = request
                    .header("content-type", "application/json")
                    .body(bytes);
                self.agent.run(request.map_err(not_sent)?)
            }
            None => self.agent.run(request.body(()).map_err(not_sent)?),
        };
        self.answer(answered)
    }

    fn uri(&self, path: &[&str], query: &str) -> String {
        format!("{}/api/v1/{}{query}", self.address.url, encoded_path(path))
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.address.token)
    }

    fn answer(
        &self,
        answered: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer, CliError> {
        let failed = |error: ureq::Error| refusal::unreachable(&self.address.url, &error);
        let mut response = answered.map_err(failed)?;
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let text = body.read_to_string().map_err(failed)?;
        if !response.status().is_success() {
            return Err(refusal::refused(response.status().as_u16(), &text));
        }
        if text.trim().is_empty() {
            return Ok(Answer(Value::Null));
        }
        let kind = response.headers().get("content-type");
        if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain")) {
            return Ok(Answer(Value::String(text)));
        }
        serde_json::from_str(&text)
            .map(Answer)
            .map_err(|error| CliError {
                hint: Some(format!(
                    "is `{}` the address of Variorum?",
                    self.address.url
                )),
                ..CliError::internal("the server's answer is not JSON", error)
            })
    }
}

impl Address {
    /// Takes what was said, else what a server on this machine left.
    ///
    /// What it left is its own token: it is never sent to another address.
    fn find(
        url: Option<&str>,
        token: Option<&str>,
        left: impl FnOnce() -> Option<CliFile>,
    ) -> Result<Self, CliError> {
        let given = |text: Option<&str>| {
            text.map(str::trim)
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned)
        };
        let (url, token) = (given(url).map(|url| tidy(&url)), given(token));
        let (url, token) = match (url, token) {
            (Some(url), Some(token)) => (url, Some(token)),
            (url, token) => match left() {
                Some(file) => {
                    let there = tidy(&file.url);
                    let is_its_own = url.as_ref().is_none_or(|url| *url == there);
                    let own = Some(file.token).filter(|_| is_its_own);
                    (url.unwrap_or(there), token.or(own))
                }
                None => (url.unwrap_or_else(|| DEFAULT_URL.to_owned()), token),
            },
        };
        let token = token.ok_or_else(|| CliError {
            code: "no-token",
            ..CliError::user(
                format!("there is no token for `{url}`"),
                "run `variorum serve` on this machine, or make a token with \
                 `variorum token create --role publisher` and set VARIORUM_TOKEN",
            )
        })?;
        Ok(Self { url, token })
    }
}

/// An address with its scheme and without a slash at the end.
fn tidy(url: &str) -> String {
    let url = url.trim_end_matches('/');
    if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    }
}

fn is_on_this_machine(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"]
        .iter()
        .any(|own| host.starts_with(own))
}

fn encoded_path(parts: &[&str]) -> String {
    parts
        .iter()
        .map(|part| encoded(part))
        .collect::<Vec<_>>()
        .join("/")
}

/// A text as one part of an address: everything but letters, digits and `-._~` is encoded, as RFC
/// 3986 asks for, so that `/` inside a name is no new part.
pub(crate) fn encoded(text: &str) -> String {
    let letters = text.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    letters.collect::<Vec<_>>().concat()
}

/// The query of an address: the fields that are given.
fn query_of(query: &impl Serialize) -> Result<String, CliError> {
    let written = serde_json::to_value(query);
    let written =
        written.map_err(|error| CliError::internal("the query cannot be written", error))?;
    let Value::Object(fields) = written else {
        return Ok(String::new());
    };
    let pairs = fields.iter().filter_map(|(name, value)| {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some(format!("{}={}", encoded(name), encoded(&text)))
    });
    let joined = pairs.collect::<Vec<_>>().join("&");
    Ok(if joined.is_empty() {
        joined
    } else {
        format!("?{joined}")
    })
}

fn body_of(body: &impl Serialize) -> Result<Vec<u8>, CliError> {
    serde_json::to_vec(body)
        .map_err(|error| CliError::internal("the body cannot be written", error))
}

#[cfg(test)]
mod tests;
