//! The way out: e-mail over SMTP, and webhooks that are signed.
//!
//! Implements the port `Notifier`. Knows nothing of incidents beyond what a message says, and never
//! shows a secret: answers and errors name receivers, not keys.

pub mod address;
mod mail;
mod sending;
mod webhook;

pub use mail::{MailFault, MailServer};
pub use sending::{Connectors, FindSecret};
