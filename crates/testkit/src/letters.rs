//! A receiver of messages that keeps them, and refuses as often as it is told to.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use variorum_ports::Notifier;
use variorum_ports::notifier::{Means, Notification, NotifyError};

/// Takes messages instead of a mail server or a webhook.
#[derive(Debug, Default)]
pub struct Letterbox {
    taken: Mutex<Vec<Notification>>,
    refusals: Mutex<VecDeque<NotifyError>>,
}

impl Letterbox {
    /// Refuses the next tries with these errors, one each.
    pub fn refuse(&self, errors: impl IntoIterator<Item = NotifyError>) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.extend(errors);
    }

    /// What was taken since it was asked last.
    pub fn take(&self) -> Vec<Notification> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *taken)
    }
}

#[async_trait]
impl Notifier for Letterbox {
    async fn notify(&self, message: &Notification) -> Result<String, NotifyError> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = refusals.pop_front() {
            return Err(error);
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push(message.clone());
        Ok("taken".to_owned())
    }

    fn means(&self) -> Means {
        Means::default()
    }
}
