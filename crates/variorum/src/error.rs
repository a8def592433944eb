//! Why a command did not do what it was asked, in words for the terminal.

use variorum_app::Error;

/// A failed command: what happened, and what to do next.
#[derive(Debug)]
pub(crate) struct CliError {
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// A stable code.
    pub code: &'static str,
    /// The exit code: 1 for the caller's faults, 2 for a failed check, 70 for ours.
    pub exit: u8,
    /// Details, one a line.
    pub details: Vec<String>,
}

impl CliError {
    /// The caller can do something about it.
    pub(crate) fn user(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.into()),
            code: "invalid",
            exit: 1,
            details: Vec::new(),
        }
    }

    /// Something of ours or of the machine failed.
    pub(crate) fn internal(what: &str, error: impl std::fmt::Display) -> Self {
        Self {
            message: format!("{what}: {error}"),
            hint: None,
            code: "internal",
            exit: 70,
            details: Vec::new(),
        }
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let (code, exit, hint) = match &error {
            Error::Denied(_) => ("denied", 1, None),
            Error::NotFound { .. } => ("not-found", 1, None),
            Error::Conflict(_) => ("conflict", 1, None),
            Error::Clash { .. } => (
                "clash",
                1,
                Some("look at both changes and save the text you want".to_owned()),
            ),
            Error::Invalid { hint, .. } => ("invalid", 1, hint.clone()),
            Error::Refused(found) => ("blocked", 1, found.first().map(|first| first.next.clone())),
            Error::Store(_) => (
                "unavailable",
                70,
                Some("is the disk full, or the database away?".to_owned()),
            ),
            Error::Damaged(_) => ("damaged", 70, Some("run `variorum fsck`".to_owned())),
            Error::Internal(_) => ("internal", 70, None),
        };
        let mut details = Vec::new();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            details.push(cause.to_string());
            source = cause.source();
        }
        if let Error::Invalid { diagnostics, .. } = &error {
            details.extend(diagnostics.iter().map(|finding| {
                format!(
                    "{}:{}:{}: {}",
                    finding.path, finding.line, finding.column, finding.message
                )
            }));
        }
        if let Error::Refused(found) = &error {
            details.extend(found.iter().map(|one| one.message.clone()));
        }
        Self {
            message: error.to_string(),
            hint,
            code,
            exit,
            details,
        }
    }
}
