//! The way out: e-mail over SMTP, webhooks that are signed, and models that answer.
//!
//! Implements the port `Notifier`. Knows nothing of incidents beyond what a message says, and never
//! shows a secret: answers and errors name receivers, not keys.

pub mod address;
mod mail;
mod models;
mod sending;
mod webhook;

pub use mail::{MailFault, MailServer};
pub use models::{ModelAnswer, ModelFault, Models};
pub use sending::{Connectors, FindSecret};
