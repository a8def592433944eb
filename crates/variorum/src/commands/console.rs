//! What every command on a server is given: the client, and whether people or programs read along.

use std::process::ExitCode;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Answer, Client};
use crate::error::CliError;
use crate::output;

/// The largest page the server gives.
pub(crate) const PAGE_ROWS_MAX: usize = 200;

/// The client and the form of the output.
#[derive(Debug)]
pub(crate) struct Console {
    /// Asks the server.
    pub client: Client,
    /// Prints the server's JSON unchanged instead of text.
    pub json: bool,
}

impl Console {
    /// Prints an answer: its JSON, or the text made of it.
    pub(crate) fn show<T: DeserializeOwned>(
        &self,
        answer: &Answer,
        text: impl FnOnce(&T) -> Vec<String>,
    ) -> Result<ExitCode, CliError> {
        if self.json {
            output::json(answer.json());
        } else {
            output::lines(&text(&answer.read()?));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Says that something without an answer was done; JSON gets `null`.
    pub(crate) fn done(&self, answer: &Answer, text: String) -> ExitCode {
        if self.json {
            output::json(answer.json());
        } else {
            output::line(text);
        }
        ExitCode::SUCCESS
    }

    /// Says where more of a list is; JSON says so itself in `next`.
    pub(crate) fn more(&self, answer: &Answer, hint: &str) {
        if !self.json
            && answer
                .json()
                .get("next")
                .is_some_and(|next| !next.is_null())
        {
            output::note(hint);
        }
    }

    /// Gets every page of a list as one: the first answer with the items of all.
    pub(crate) fn all_pages<Q: Serialize>(
        &self,
        path: &[&str],
        mut query: Q,
        go_on: impl Fn(&mut Q, &Value),
    ) -> Result<Answer, CliError> {
        let mut whole = self.client.find(path, &query)?;
        loop {
            let next = whole.json().get("next").cloned().unwrap_or(Value::Null);
            if next.is_null() {
                return Ok(whole);
            }
            go_on(&mut query, &next);
            whole.append_page(&self.client.find(path, &query)?);
        }
    }
}
