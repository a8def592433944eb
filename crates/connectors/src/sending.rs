//! The port `Notifier`: each message to what can carry it, on a thread for work that blocks.

use std::sync::Arc;

use async_trait::async_trait;
use variorum_domain::escalation::{SecretName, Webhook, WebhookAddress};
use variorum_ports::Notifier;
use variorum_ports::notifier::{Destination, Means, Notification, NotifyError};

use crate::mail::MailServer;
use crate::webhook;

/// Finds a secret by its name.
pub type FindSecret = Arc<dyn Fn(&SecretName) -> Option<String> + Send + Sync>;

/// Sends e-mails and requests.
pub struct Connectors {
    mail: Option<Arc<MailServer>>,
    secrets: FindSecret,
    private: bool,
    agent: ureq::Agent,
}

impl Connectors {
    /// With a mail server where there is one; `private` lets webhooks lie at private addresses and
    /// speak without TLS.
    pub fn new(mail: Option<MailServer>, secrets: FindSecret, private: bool) -> Self {
        Self {
            mail: mail.map(Arc::new),
            secrets,
            private,
            agent: webhook::agent(private),
        }
    }

    fn secret(&self, name: &SecretName) -> Result<String, NotifyError> {
        (self.secrets)(name)
            .ok_or_else(|| NotifyError::Failed(format!("the server has no secret `{name}`")))
    }

    fn call(&self, hook: &Webhook, message: &Notification) -> Result<Call, NotifyError> {
        let url = match &hook.url {
            WebhookAddress::Plain(url) => url.clone(),
            WebhookAddress::Secret(name) => self.secret(name)?,
        };
        let key = hook.secret.as_ref().map(|name| self.secret(name));
        Ok(Call {
            agent: self.agent.clone(),
            url: url.trim().to_owned(),
            key: key.transpose()?,
            body: webhook::body(hook.form, message),
        })
    }
}

/// One request, ready to be sent.
struct Call {
    agent: ureq::Agent,
    url: String,
    key: Option<String>,
    body: String,
}

#[async_trait]
impl Notifier for Connectors {
    async fn notify(&self, message: &Notification) -> Result<String, NotifyError> {
        let told = message.clone();
        let sent = match &message.to {
            Destination::Email(address) => {
                let mail = self.mail.clone().ok_or_else(|| {
                    NotifyError::NotSetUp("e-mail is not set up on this server".to_owned())
                })?;
                let address = address.clone();
                tokio::task::spawn_blocking(move || mail.send(&address, &told)).await
            }
            Destination::Webhook(hook) => {
                let call = self.call(hook, message)?;
                tokio::task::spawn_blocking(move || {
                    let key = call.key.as_deref();
                    webhook::post(&call.agent, &call.url, key, (&told, &call.body))
                })
                .await
            }
        };
        sent.unwrap_or_else(|_| Err(NotifyError::Failed("sending was broken off".to_owned())))
    }

    fn means(&self) -> Means {
        Means {
            mail_server: self.mail.as_ref().map(|mail| mail.shown().to_owned()),
            mail_from: self.mail.as_ref().map(|mail| mail.from()),
            private_addresses: self.private,
        }
    }
}
