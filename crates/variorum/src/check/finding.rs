//! One thing to tell about a working copy, wherever it was found.

use variorum_domain::change::Blocker;
use variorum_domain::impact::contract::Breach;
use variorum_domain::policy::POLICY_FILE;
use variorum_domain::prompt::{Diagnostic, Severity};

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub severity: Severity,
    /// A stable kebab-case name.
    pub code: &'static str,
    pub message: String,
    /// What to do next, or empty.
    pub next: String,
    /// The file; empty where it is about the change as a whole.
    pub path: String,
    pub line: usize,
    pub column: usize,
}

impl Finding {
    pub(super) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            next: String::new(),
            path: String::new(),
            line: 1,
            column: 1,
        }
    }

    pub(super) fn at(mut self, path: &str, line: usize, column: usize) -> Self {
        path.clone_into(&mut self.path);
        (self.line, self.column) = (line, column);
        self
    }

    pub(super) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The file to show it at; what is about the change as a whole is shown at the rules.
    pub(super) fn place(&self) -> &str {
        if self.path.is_empty() {
            POLICY_FILE
        } else {
            &self.path
        }
    }

    /// What is wrong, and what to do next.
    pub(super) fn whole(&self) -> String {
        if self.next.is_empty() {
            self.message.clone()
        } else {
            format!("{}; {}", self.message, self.next)
        }
    }
}

impl From<Diagnostic> for Finding {
    fn from(found: Diagnostic) -> Self {
        Self {
            severity: found.severity,
            code: found.code,
            message: found.message,
            next: String::new(),
            path: found.path,
            line: found.line,
            column: found.column,
        }
    }
}

impl From<Breach> for Finding {
    fn from(found: Breach) -> Self {
        Self {
            severity: found.severity,
            code: found.code,
            message: found.message,
            next: found.next,
            path: found.dependant.path,
            line: found.dependant.line,
            column: found.dependant.column,
        }
    }
}

impl From<Blocker> for Finding {
    fn from(found: Blocker) -> Self {
        let at = (found.path, found.line.unwrap_or(1));
        Self {
            next: found.next,
            ..Self::error(found.code, found.message).at(&at.0, at.1, 1)
        }
    }
}
