//! Models that speak the chat protocol which most servers speak: `POST …/chat/completions`.
//!
//! Knows nothing of suites. A key is sent and never shown, in errors neither.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use thiserror::Error;
use ureq::config::Config;
use ureq::tls::TlsConfig;

use crate::webhook::tls;

/// How long an answer may take.
const TIMEOUT_SECONDS: u64 = 120;
/// How often a model is asked that has too much to do or is out of order.
const ATTEMPTS: u32 = 4;
/// How long the first wait before asking again is; each further one doubles.
const WAIT_MS: u64 = 500;
/// The longest wait that a server can ask for.
const WAIT_SECONDS_MAX: u64 = 30;
/// Connections that are kept for the next question.
const CONNECTIONS_KEPT: usize = 256;
/// How much of an answer is read.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How much of a refusal is told.
const REFUSAL_CHARS_MAX: usize = 200;

/// Asks models.
#[derive(Debug)]
pub struct Models {
    plain: ureq::Agent,
    /// Made when it is first needed: reading this machine's certificates takes a while.
    secure: OnceLock<ureq::Agent>,
    wait: Duration,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelAnswer {
    /// The text.
    pub text: String,
    /// Why it ended.
    pub finish_reason: Option<String>,
    /// How long the last request took.
    pub latency_ms: f64,
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelFault {
    /// The server said no; asking again would not help.
    #[error("the model refused: {0}")]
    Refused(String),
    /// It did not answer, however often it was asked.
    #[error("the model did not answer: {0}")]
    Failed(String),
    /// What it answered is not understood.
    #[error("the model's answer is not understood: {0}")]
    Odd(String),
}

impl Default for Models {
    fn default() -> Self {
        Self::waiting(Duration::from_millis(WAIT_MS))
    }
}

impl Models {
    /// Waits that long before it asks a second time.
    pub fn waiting(wait: Duration) -> Self {
        Self {
            plain: agent(None),
            secure: OnceLock::new(),
            wait,
        }
    }

    fn agent(&self, url: &str) -> &ureq::Agent {
        if url.starts_with("http://") {
            return &self.plain;
        }
        self.secure.get_or_init(|| agent(Some(tls())))
    }

    /// Asks, several times where the server has too much to do or is out of order.
    pub fn ask(
        &self,
        url: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<ModelAnswer, ModelFault> {
        let body = body.to_string();
        let mut wait = self.wait;
        let mut attempt = 1;
        loop {
            let begun = Instant::now();
            let asked = self.once(url, key, &body);
            let latency_ms = begun.elapsed().as_secs_f64() * 1_000.0;
            let (why, asked_for) = match asked {
                Ok(said) => return read(&said, latency_ms),
                Err(Stop::Final(fault)) => return Err(fault),
                Err(Stop::Again(why, seconds)) => (why, seconds),
            };
            if attempt == ATTEMPTS {
                return Err(ModelFault::Failed(why));
            }
            attempt += 1;
            let asked_for =
                asked_for.map(|seconds| Duration::from_secs(seconds.min(WAIT_SECONDS_MAX)));
            std::thread::sleep(asked_for.unwrap_or(wait));
            wait *= 2;
        }
    }

    fn once(&self, url: &str, key: Option<&str>, body: &str) -> Result<String, Stop> {
        let mut request = self
            .agent(url)
            .post(url)
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut answer = request.send(body).map_err(|error| stopped(&error))?;
        let status = answer.status().as_u16();
        let asked_for = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let said = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .lossy_utf8(true)
            .read_to_string()
            .map_err(|error| Stop::Final(ModelFault::Odd(error.to_string())))?;
        if (200..=299).contains(&status) {
            return Ok(said);
        }
        let said: String = said.chars().take(REFUSAL_CHARS_MAX).collect();
        let said = format!("{status} {}", said.replace('\n', " "));
        match status {
            408 | 425 | 429 | 500..=599 => Err(Stop::Again(said, asked_for)),
            _ => Err(Stop::Final(ModelFault::Refused(said))),
        }
    }
}

fn agent(tls: Option<TlsConfig>) -> ureq::Agent {
    let mut config = Config::builder()
        // A redirect would carry the key elsewhere.
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(TIMEOUT_SECONDS)))
        .max_idle_connections(CONNECTIONS_KEPT)
        .max_idle_connections_per_host(CONNECTIONS_KEPT)
        .user_agent("variorum");
    if let Some(tls) = tls {
        config = config.tls_config(tls);
    }
    config.build().new_agent()
}

/// Why one request brought nothing.
enum Stop {
    Final(ModelFault),
    /// It may be asked again, after so many seconds where the server says so.
    Again(String, Option<u64>),
}

fn stopped(error: &ureq::Error) -> Stop {
    match error {
        ureq::Error::BadUri(_) => Stop::Final(ModelFault::Refused(
            "the address is not understood".to_owned(),
        )),
        ureq::Error::HostNotFound => {
            Stop::Final(ModelFault::Failed("the host was not found".to_owned()))
        }
        ureq::Error::Timeout(_) => Stop::Again("it did not answer in time".to_owned(), None),
        ureq::Error::Io(inner) => Stop::Again(format!("no connection: {}", inner.kind()), None),
        other => Stop::Final(ModelFault::Failed(other.to_string())),
    }
}

fn read(said: &str, latency_ms: f64) -> Result<ModelAnswer, ModelFault> {
    let odd = |why: &str| ModelFault::Odd(why.to_owned());
    let said: Value = serde_json::from_str(said).map_err(|_| odd("it is not JSON"))?;
    let choice = said
        .pointer("/choices/0")
        .ok_or_else(|| odd("it has no `choices`"))?;
    let content = choice
        .pointer("/message/content")
        .and_then(Value::as_str)
        .ok_or_else(|| odd("it holds no text"))?;
    let finish_reason = choice.get("finish_reason").and_then(Value::as_str);
    Ok(ModelAnswer {
        text: content.to_owned(),
        finish_reason: finish_reason.map(str::to_owned),
        latency_ms,
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use serde_json::json;

    use super::*;

    /// A server that gives these answers one after the other, and returns what it was sent.
    fn serve(answers: Vec<(u16, String)>) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "http://{}/v1/chat/completions",
            listener.local_addr().unwrap()
        );
        let server = std::thread::spawn(move || {
            let answer = |(status, body): (u16, String)| {
                let (mut stream, _) = listener.accept().unwrap();
                let (mut asked, mut part) = (String::new(), [0; 4096]);
                while !asked.ends_with('}') {
                    let count = stream.read(&mut part).unwrap();
                    asked.push_str(&String::from_utf8_lossy(&part[..count]));
                }
                let head = format!(
                    "HTTP/1.1 {status} X\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(head.as_bytes()).unwrap();
                asked
            };
            answers.into_iter().map(answer).collect()
        });
        (url, server)
    }

    fn said(text: &str) -> String {
        json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}).to_string()
    }

    #[test]
    fn a_busy_model_is_asked_again_and_the_key_goes_along() {
        let busy = (429, "busy".to_owned());
        let (url, server) = serve(vec![busy, (503, "down".to_owned()), (200, said("Hello"))]);
        let models = Models::waiting(Duration::ZERO);
        let answer = models
            .ask(&url, Some("secret"), &json!({"model": "small"}))
            .unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.finish_reason.as_deref()),
            ("Hello", Some("stop"))
        );
        let asked = server.join().unwrap();
        assert_eq!(asked.len(), 3);
        assert!(
            asked[2].contains("Bearer secret") && asked[2].ends_with("{\"model\":\"small\"}"),
            "{asked:?}"
        );
    }

    #[test]
    fn what_does_not_help_is_not_done_again() {
        let models = Models::waiting(Duration::ZERO);
        let (url, server) = serve(vec![(401, "no such\nkey".to_owned())]);
        let fault = models.ask(&url, None, &json!({})).unwrap_err();
        assert_eq!(fault, ModelFault::Refused("401 no such key".to_owned()));
        assert_eq!(server.join().unwrap().len(), 1);
        let down = || (500, "down".to_owned());
        let (url, server) = serve(vec![down(), down(), down(), down()]);
        let fault = models.ask(&url, None, &json!({})).unwrap_err();
        assert_eq!(fault, ModelFault::Failed("500 down".to_owned()));
        server.join().unwrap();
        for odd in [
            "x",
            "{}",
            "{\"choices\": [{\"message\": {\"content\": null}}]}",
        ] {
            let (url, server) = serve(vec![(200, odd.to_owned())]);
            assert!(
                matches!(models.ask(&url, None, &json!({})), Err(ModelFault::Odd(_))),
                "{odd}"
            );
            server.join().unwrap();
        }
    }
}
