//! Telling people outside of Variorum: by e-mail, by webhook.

use async_trait::async_trait;
use thiserror::Error;
use variorum_domain::escalation::Webhook;
use variorum_domain::id::{IncidentNumber, Time};

/// Whom to tell, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An e-mail to an address.
    Email(String),
    /// A request to a webhook.
    Webhook(Webhook),
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The same for every try of the same message.
    pub key: String,
    /// Where to.
    pub to: Destination,
    /// The incident; none for a test.
    pub incident: Option<IncidentNumber>,
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When this try is made.
    pub at: Time,
}

/// Why somebody was not told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotifyError {
    /// Another try may do.
    #[error("{0}")]
    Failed(String),
    /// No try will do until somebody changes something.
    #[error("{0}")]
    Refused(String),
    /// This server has no means of that kind. The log of messages says so; it is no failure of a connection.
    #[error("{0}")]
    NotSetUp(String),
}

/// What a server can send, in words; nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Means {
    /// The mail server, where there is one.
    pub mail_server: Option<String>,
    /// The sender of e-mails, where there is one.
    pub mail_from: Option<String>,
    /// Whether webhooks may lie at private addresses.
    pub private_addresses: bool,
}

/// Tells people.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends one message once, and returns what the receiver said.
    async fn notify(&self, message: &Notification) -> Result<String, NotifyError>;

    /// What can be sent.
    fn means(&self) -> Means;
}

/// Tells nobody, and says so.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNotifier;

#[async_trait]
impl Notifier for NoNotifier {
    async fn notify(&self, _message: &Notification) -> Result<String, NotifyError> {
        Err(NotifyError::NotSetUp(
            "this program sends no messages; `variorum serve` does".to_owned(),
        ))
    }

    fn means(&self) -> Means {
        Means::default()
    }
}
