//! What can be wrong with a template, and what can go wrong while it is filled in.

use std::fmt;

use thiserror::Error;

use super::Span;

/// The kind of a fault in a template; [`Fault::code`] is its stable name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A tag is opened with `{{` and never closed.
    UnclosedTag,
    /// The inside of a tag cannot be read.
    InvalidExpression,
    /// A block is never closed.
    UnclosedBlock,
    /// A closing tag has no block to close.
    UnmatchedClose,
    /// An `else` stands where none can stand.
    MisplacedElse,
    /// Closing braces without a tag.
    UnbalancedBrace,
    /// A construct of Handlebars that Dotprompt does not need and we refuse.
    NotSupported,
    /// A helper nobody knows.
    UnknownHelper,
    /// A helper with too few, too many or the wrong arguments.
    HelperArguments,
    /// A named argument the helper does not look at.
    UnknownArgument,
    /// A role that does not exist.
    BadRole,
    /// A partial nobody knows.
    UnknownPartial,
    /// A named limit is exceeded.
    LimitExceeded,
    /// Works here, but other runtimes of the format do something else.
    NotPortable,
}

impl Fault {
    /// The stable kebab-case name.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnclosedTag => "unclosed-tag",
            Self::InvalidExpression => "invalid-expression",
            Self::UnclosedBlock => "unclosed-block",
            Self::UnmatchedClose => "unmatched-close",
            Self::MisplacedElse => "misplaced-else",
            Self::UnbalancedBrace => "unbalanced-brace",
            Self::NotSupported => "not-supported",
            Self::UnknownHelper => "unknown-helper",
            Self::HelperArguments => "helper-arguments",
            Self::UnknownArgument => "unknown-argument",
            Self::BadRole => "bad-role",
            Self::UnknownPartial => "unknown-partial",
            Self::LimitExceeded => "limit-exceeded",
            Self::NotPortable => "not-portable",
        }
    }

    /// Whether a template with this fault can still be filled in.
    pub fn is_warning(self) -> bool {
        matches!(self, Self::NotPortable | Self::UnknownArgument)
    }
}

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct TemplateError {
    /// What kind of fault.
    pub fault: Fault,
    /// What is wrong, for people.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at line {}, column {}",
            self.message, self.span.line, self.span.column
        )
    }
}

impl TemplateError {
    pub(crate) fn new(fault: Fault, span: Span, message: impl Into<String>) -> Self {
        Self {
            fault,
            message: message.into(),
            span,
        }
    }
}

/// Why a template could not be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    /// Variables the input schema requires were not given and have no default.
    #[error("missing required variables: {}", quoted(.0))]
    MissingVariables(Vec<String>),
    /// Partials call each other deeper than [`super::PARTIAL_DEPTH_MAX`] or
    /// [`super::RENDER_DEPTH_MAX`] allow.
    #[error("partial `{0}` is nested too deeply")]
    TooDeep(String),
    /// More than [`super::RENDER_STEPS_MAX`] steps, as loops inside of loops can make.
    #[error("the template takes more than {limit} steps")]
    TooMuchWork {
        /// The limit that was hit.
        limit: usize,
    },
    /// The text is longer than [`super::RENDERED_BYTES_MAX`].
    #[error("the rendered text is longer than {limit} bytes")]
    TooLong {
        /// The limit that was hit.
        limit: usize,
    },
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
