//! Webhooks that go out: the body and the request. How they are signed stands in `domain::webhook`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use variorum_domain::escalation::WebhookForm;
use variorum_domain::webhook::sign;
use variorum_ports::notifier::{Notification, NotifyError};

use crate::address::is_public;

/// How long a request may take, with everything.
const TIMEOUT_SECONDS: u64 = 15;
/// How much of an answer is read.
const ANSWER_BYTES_MAX: u64 = 2_048;
/// How much of it is kept.
const ANSWER_CHARS_MAX: usize = 200;

/// Looks names up, and leaves out what must not be reached.
#[derive(Debug)]
struct PublicOnly {
    inner: DefaultResolver,
    private: bool,
}

impl Resolver for PublicOnly {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        if self.private {
            return Ok(found);
        }
        let mut public = self.empty();
        for address in found.iter().filter(|address| is_public(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() {
            return Err(ureq::Error::Other(Box::new(std::io::Error::other(
                "it lies at a private address",
            ))));
        }
        Ok(public)
    }
}

/// The certificates of this machine, and who checks them.
pub(crate) fn tls() -> TlsConfig {
    let native = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<Certificate<'static>> = native
        .iter()
        .map(|one| Certificate::from_der(one.as_ref()).to_owned())
        .collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(provider)
        .build()
}

/// What sends requests.
pub(crate) fn agent(private: bool) -> ureq::Agent {
    let config = Config::builder()
        .tls_config(tls())
        // A redirect could lead anywhere.
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .https_only(!private)
        .timeout_global(Some(Duration::from_secs(TIMEOUT_SECONDS)))
        .user_agent("variorum")
        .build();
    let resolver = PublicOnly {
        inner: DefaultResolver::default(),
        private,
    };
    ureq::Agent::with_parts(config, DefaultConnector::new(), resolver)
}

/// What is sent.
pub(crate) fn body(form: WebhookForm, message: &Notification) -> String {
    match form {
        WebhookForm::Standard => json!({
            "type": if message.incident.is_some() { "incident.told" } else { "ladder.tested" },
            "timestamp": message.at.seconds(),
            "data": {
                "incident": message.incident.map(|number| format!("I-{number}")),
                "subject": message.subject,
                "text": message.text,
            },
        })
        .to_string(),
        WebhookForm::Slack => {
            let escaped = |text: &str| {
                text.replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
            };
            let text = format!(
                "*{}*\n{}",
                escaped(&message.subject),
                escaped(&message.text)
            );
            json!({ "text": text }).to_string()
        }
    }
}

/// Sends one request and judges the answer.
pub(crate) fn post(
    agent: &ureq::Agent,
    url: &str,
    key: Option<&str>,
    (message, body): (&Notification, &str),
) -> Result<String, NotifyError> {
    let seconds = message.at.seconds();
    let mut request = agent
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", &message.key)
        .header("webhook-timestamp", seconds.to_string());
    if let Some(key) = key {
        let signed = sign(key, &message.key, seconds, body.as_bytes());
        request = request.header("webhook-signature", signed);
    }
    let mut answer = request.send(body).map_err(|error| failed(&error))?;
    let status = answer.status();
    let said = answer
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES_MAX)
        .lossy_utf8(true)
        .read_to_string()
        .unwrap_or_default();
    let said: String = said.chars().take(ANSWER_CHARS_MAX).collect();
    let said = format!("{status} {said}").trim_end().to_owned();
    match status.as_u16() {
        200..=299 => Ok(said),
        408 | 425 | 429 | 500..=599 => Err(NotifyError::Failed(said)),
        _ => Err(NotifyError::Refused(said)),
    }
}

/// Addresses of chat tools are secrets, so an error never repeats one.
fn failed(error: &ureq::Error) -> NotifyError {
    match error {
        ureq::Error::BadUri(_) => NotifyError::Refused("the address is not understood".to_owned()),
        ureq::Error::RequireHttpsOnly(_) => {
            NotifyError::Refused("the address must begin with `https://`".to_owned())
        }
        ureq::Error::Other(inner) if inner.to_string().contains("private address") => {
            NotifyError::Refused(
                "it lies at a private address, and this server allows none".to_owned(),
            )
        }
        ureq::Error::HostNotFound => NotifyError::Failed("the host was not found".to_owned()),
        ureq::Error::Timeout(_) => NotifyError::Failed("it did not answer in time".to_owned()),
        ureq::Error::Io(inner) => NotifyError::Failed(format!("no connection: {}", inner.kind())),
        _ => NotifyError::Failed("the request failed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use variorum_domain::id::{IncidentNumber, Time};
    use variorum_ports::notifier::Destination;

    use super::*;

    #[test]
    fn chat_tools_get_a_text_without_markup_of_others() {
        let message = Notification {
            key: "msg_1".into(),
            to: Destination::Email(String::new()),
            incident: Some(IncidentNumber(3)),
            subject: "<!channel> & more".into(),
            text: "t".into(),
            at: Time(0),
        };
        let text = body(WebhookForm::Slack, &message);
        assert_eq!(text, r#"{"text":"*&lt;!channel&gt; &amp; more*\nt"}"#);
        let standard = body(WebhookForm::Standard, &message);
        assert!(standard.contains(r#""incident":"I-3""#));
    }
}
