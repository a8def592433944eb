//! What a reader of a prompt should know: what is wrong, how bad it is, where it is.

use crate::template::TemplateError;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The prompt can be used; something is likely not meant.
    Warning,
    /// The prompt cannot be used.
    Error,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Its kind: a stable kebab-case name.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The file: the path or name the file was validated under; empty while it has none.
    pub path: String,
}

impl Diagnostic {
    /// An error without a file.
    pub fn error(code: &'static str, position: (usize, usize), message: impl Into<String>) -> Self {
        let (line, column) = position;
        let path = String::new();
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            line,
            column,
            path,
        }
    }

    /// A warning without a file.
    pub fn warning(
        code: &'static str,
        position: (usize, usize),
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, position, message)
        }
    }

    /// The same finding in a file.
    #[must_use]
    pub fn at_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Whether the prompt cannot be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl From<TemplateError> for Diagnostic {
    fn from(error: TemplateError) -> Self {
        let position = (error.span.line, error.span.column);
        let severity = if error.fault.is_warning() {
            Severity::Warning
        } else {
            Severity::Error
        };
        Self {
            severity,
            ..Self::error(error.fault.code(), position, error.message)
        }
    }
}
