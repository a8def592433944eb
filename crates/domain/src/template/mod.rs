//! Templates: the part of Handlebars that Dotprompt needs, with positions for every node.
//!
//! Reading follows handlebars.js to the letter, white space included; filling in writes into one
//! buffer and marks roles, history and media beside the text, never in it, so that no value can
//! ever change a role. Knows nothing about front matter, files or models.

mod ast;
mod block;
mod canonical;
mod error;
mod expression;
mod json;
mod lexer;
mod lower;
mod number;
mod operation;
mod output;
mod parser;
mod render;
mod role_argument;
mod span;
mod suggestion;
mod value;
mod whitespace;

use std::ops::Range;
use std::sync::Arc;

pub use ast::{
    Block, Call, Comment, Content, Expression, Literal, Mustache, Named, Node, Partial, Path,
    Program, Strip,
};
pub use canonical::canonical_text;
pub use error::{Fault, RenderError, TemplateError};
pub use expression::{ARGUMENTS_MAX, CALL_DEPTH_MAX};
pub use lower::{BLOCK_HELPERS, INLINE_HELPERS, PartialIndex, lower};
pub use operation::Operations;
pub use output::{Mark, MarkKind, RenderBuffer};
pub use parser::FAULTS_MAX;
pub use render::{Data, render};
pub use span::Span;
pub(crate) use span::{Locator, is_blank, is_space, trim};
pub use suggestion::suggestion;

/// Longest template, in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 512 * 1024;
/// Deepest nesting of blocks and `else if` branches in one template.
pub const NESTING_DEPTH_MAX: usize = 64;
/// Deepest nesting of partials while a template is filled in.
pub const PARTIAL_DEPTH_MAX: usize = 32;
/// Deepest nesting of blocks, counted over all partials, while a template is filled in.
pub const RENDER_DEPTH_MAX: usize = 192;
/// Most steps while a template is filled in.
pub const RENDER_STEPS_MAX: usize = 1_000_000;
/// Longest text a template may produce, in bytes.
pub const RENDERED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A role of a message, as Dotprompt names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The model.
    Model,
    /// The answer of a tool.
    Tool,
}

impl Role {
    /// The name in the prompt file.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Model => "model",
            Self::Tool => "tool",
        }
    }

    /// The name on the wire, where a model is an `assistant`.
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::Model => "assistant",
            other => other.name(),
        }
    }

    /// Reads a name; `assistant` is another word for `model`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "system" => Some(Self::System),
            "user" => Some(Self::User),
            "model" | "assistant" => Some(Self::Model),
            "tool" => Some(Self::Tool),
            _ => None,
        }
    }
}

/// A template that was read: its source and its nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    source: Arc<str>,
    range: Range<usize>,
    program: Program,
}

impl Template {
    /// Reads a template; what can be read of a faulty one is kept.
    pub fn parse(source: &str) -> (Self, Vec<TemplateError>) {
        Self::parse_range(source.into(), 0..source.len())
    }

    /// Reads a part of a file; positions are those of the whole file.
    pub fn parse_range(source: Arc<str>, range: Range<usize>) -> (Self, Vec<TemplateError>) {
        if range.len() > TEMPLATE_BYTES_MAX {
            let span = Locator::new(&source).span(range.start, range.end);
            let message = format!("the template is longer than {TEMPLATE_BYTES_MAX} bytes");
            let fault = TemplateError::new(Fault::LimitExceeded, span, message);
            return (
                Self {
                    source,
                    range,
                    program: Program::default(),
                },
                vec![fault],
            );
        }
        let (mut program, faults) = parser::read(&source, range.start, range.end);
        whitespace::control(&source, &mut program, true);
        (
            Self {
                source,
                range,
                program,
            },
            faults,
        )
    }

    /// The text of the template.
    pub fn text(&self) -> &str {
        self.source.get(self.range.clone()).unwrap_or_default()
    }

    /// The text of the whole file the template stands in.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The nodes.
    pub fn program(&self) -> &Program {
        &self.program
    }
}
