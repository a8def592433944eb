//! The parsed form of a template: what was written, and where.

use std::ops::Range;

use super::Span;

/// A sequence of nodes: a whole template, or one branch of a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Program {
    /// The nodes in order.
    pub nodes: Vec<Node>,
    /// Whether this branch holds nothing but an `else if …` block.
    pub chained: bool,
}

/// One thing in a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Literal text.
    Content(Content),
    /// A comment.
    Comment(Comment),
    /// A value to print, or a helper without a block.
    Mustache(Mustache),
    /// A block.
    Block(Box<Block>),
    /// The inclusion of another template.
    Partial(Box<Partial>),
}

impl Node {
    /// Where the node stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Content(node) => node.span,
            Self::Comment(node) => node.span,
            Self::Mustache(node) => node.call.span,
            Self::Block(node) => node.span,
            Self::Partial(node) => node.call.span,
        }
    }
}

/// Whether `~` stands at the left and at the right end of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Strip {
    /// White space before the tag goes.
    pub open: bool,
    /// White space behind the tag goes.
    pub close: bool,
}

/// Literal text, as byte ranges of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What stands in the source.
    pub original: Range<usize>,
    /// What is printed, once white space around tags has been taken away.
    pub kept: Range<usize>,
    /// Where.
    pub span: Span,
    pub(super) left_stripped: bool,
    pub(super) right_stripped: bool,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where.
    pub span: Span,
    /// White space control.
    pub strip: Strip,
}

/// `{{value}}` or `{{helper argument}}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mustache {
    /// What is printed.
    pub call: Call,
    /// White space control.
    pub strip: Strip,
}

/// A name with arguments; without arguments it is a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called or looked up.
    pub callee: Expression,
    /// Arguments by position.
    pub arguments: Vec<Expression>,
    /// Arguments by name.
    pub named: Vec<Named>,
    /// The whole tag or parenthesis.
    pub span: Span,
}

/// `name=value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Expression,
    /// Where the name stands.
    pub span: Span,
}

/// `{{#name …}} … {{else}} … {{/name}}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Name and arguments; its span is the opening tag.
    pub call: Call,
    /// Names after `as |…|`.
    pub parameters: Vec<String>,
    /// The main branch; absent in `{{^name}} … {{/name}}`.
    pub program: Option<Program>,
    /// The other branch.
    pub inverse: Option<Program>,
    /// From the opening tag to the closing tag.
    pub span: Span,
    pub(super) open_strip: Strip,
    pub(super) inverse_strip: Strip,
    pub(super) close_strip: Strip,
}

/// `{{> name context key=value}}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The name, as written.
    pub name: String,
    /// At most one argument by position, the context; and values laid over it.
    pub call: Call,
    /// White space before the tag, put before each line of what is included.
    pub indent: String,
    pub(super) strip: Strip,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A path into the variables or data.
    Path(Path),
    /// A literal.
    Literal(Literal, Span),
    /// A helper in parentheses.
    Call(Box<Call>),
}

impl Expression {
    /// Where the expression stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Path(path) => path.span,
            Self::Literal(_, span) => *span,
            Self::Call(call) => call.span,
        }
    }

    /// The expression as a name: a path as written, a literal as its text.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.original.clone(),
            Self::Literal(literal, _) => literal.text(),
            Self::Call(call) => call.callee.name(),
        }
    }
}

/// `a.b`, `../a`, `@index`, `this`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Whether it starts with `@`.
    pub data: bool,
    /// How many `..` it starts with.
    pub depth: usize,
    /// The names, without `.`, `..` and `this`.
    pub parts: Vec<String>,
    /// As written, without brackets.
    pub original: String,
    /// Whether it starts with `.`, `..` or `this`, so that it can never name a helper.
    pub scoped: bool,
    /// Where.
    pub span: Span,
}

/// A literal value.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A text in quotes.
    Text(String),
    /// A number, and how it was written.
    Number(f64, String),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// `undefined`.
    Undefined,
}

impl Literal {
    /// The literal as a name.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(_, text) => text.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Null => "null".to_owned(),
            Self::Undefined => "undefined".to_owned(),
        }
    }
}
