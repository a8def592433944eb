//! Reads the inside of a tag: a name, its arguments, the closing braces.
//!
//! Knows nothing about blocks or nesting; [`super::parser`] does.

use super::ast::{Call, Expression, Literal, Named, Path};
use super::error::{Fault, TemplateError};
use super::lexer::{Lexeme, Lexer, Token};
use super::span::Locator;

/// Deepest nesting of parentheses in one tag.
pub const CALL_DEPTH_MAX: usize = 16;

/// Which braces must close the tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    Double,
    Triple,
    Raw,
}

/// Most arguments of one helper, and most names after `as`.
pub const ARGUMENTS_MAX: usize = 64;

/// A tag whose inside was read.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) call: Call,
    pub(super) parameters: Vec<String>,
    /// Whether `~` stands before the closing braces.
    pub(super) strip: bool,
    /// Byte offset behind the closing braces.
    pub(super) end: usize,
}

/// Reads one tag from `lexer` on; `start` is where its braces open.
pub(super) struct Reader<'p, 's> {
    pub(super) lexer: Lexer<'s>,
    pub(super) locator: &'p mut Locator<'s>,
    pub(super) start: usize,
}

type Read<T> = Result<T, TemplateError>;

impl<'s> Reader<'_, 's> {
    /// Reads name, arguments, block parameters and closing braces.
    pub(super) fn inside(&mut self, closing: Closing) -> Read<Inside> {
        let mut span = self.locator.span(self.start, self.start);
        let callee = self.expression(0)?;
        let (arguments, named) = self.arguments(0)?;
        let parameters = self.parameters()?;
        let (strip, end) = self.closing(closing)?;
        span.end = end;
        Ok(Inside {
            call: Call {
                callee,
                arguments,
                named,
                span,
            },
            parameters,
            strip,
            end,
        })
    }

    /// Reads the name and braces of a closing tag.
    pub(super) fn close_name(&mut self) -> Read<(String, bool, usize)> {
        let callee = self.expression(0)?;
        let (strip, end) = self.closing(Closing::Double)?;
        Ok((callee.name(), strip, end))
    }

    fn arguments(&mut self, depth: usize) -> Read<(Vec<Expression>, Vec<Named>)> {
        let mut arguments = Vec::new();
        let mut named: Vec<Named> = Vec::new();
        while starts_expression(&self.lexer.peek().token) {
            self.check_count(arguments.len() + named.len())?;
            if let Some(name) = self.named_name() {
                let span = self.locator.span(name.start, name.end);
                let Token::Name(text, _) = name.token else {
                    continue;
                };
                let value = self.expression(depth)?;
                named.retain(|other| other.name != text);
                named.push(Named {
                    name: text.to_owned(),
                    value,
                    span,
                });
            } else if named.is_empty() {
                arguments.push(self.expression(depth)?);
            } else {
                let lexeme = self.lexer.peek();
                return Err(self.unexpected(&lexeme, "named arguments come last"));
            }
        }
        Ok((arguments, named))
    }

    fn check_count(&mut self, count: usize) -> Read<()> {
        if count < ARGUMENTS_MAX {
            return Ok(());
        }
        let span = self.locator.span(self.lexer.position, self.lexer.position);
        let message = format!("a tag has more than {ARGUMENTS_MAX} arguments or names");
        Err(TemplateError::new(Fault::LimitExceeded, span, message))
    }

    /// Takes `name=` if that is what comes next.
    fn named_name(&mut self) -> Option<Lexeme<'s>> {
        let mut ahead = self.lexer.clone();
        let name = ahead.next_lexeme();
        if !matches!(name.token, Token::Name(..)) || ahead.next_lexeme().token != Token::Equals {
            return None;
        }
        self.lexer = ahead;
        Some(name)
    }

    fn expression(&mut self, depth: usize) -> Read<Expression> {
        let lexeme = self.lexer.next_lexeme();
        let literal = match &lexeme.token {
            Token::Name(..) => return self.path(&lexeme, false).map(Expression::Path),
            Token::At => {
                let name = self.lexer.next_lexeme();
                return self.path(&name, true).map(Expression::Path);
            }
            Token::OpenCall => return self.call(&lexeme, depth + 1),
            Token::Text(text) => Literal::Text(text.clone()),
            Token::Number(text) => {
                Literal::Number(text.parse().unwrap_or(f64::NAN), (*text).to_owned())
            }
            Token::Bool(value) => Literal::Bool(*value),
            Token::Null => Literal::Null,
            Token::Undefined => Literal::Undefined,
            _ => return Err(self.unexpected(&lexeme, "a name or a value is expected")),
        };
        Ok(Expression::Literal(
            literal,
            self.locator.span(lexeme.start, lexeme.end),
        ))
    }

    fn call(&mut self, open: &Lexeme<'s>, depth: usize) -> Read<Expression> {
        let mut span = self.locator.span(open.start, open.end);
        if depth > CALL_DEPTH_MAX {
            let message = format!("more than {CALL_DEPTH_MAX} parentheses are nested");
            return Err(TemplateError::new(Fault::LimitExceeded, span, message));
        }
        let callee = self.expression(depth)?;
        let (arguments, named) = self.arguments(depth)?;
        let close = self.lexer.next_lexeme();
        if close.token != Token::CloseCall {
            return Err(self.unexpected(&close, "`)` is expected"));
        }
        span.end = close.end;
        Ok(Expression::Call(Box::new(Call {
            callee,
            arguments,
            named,
            span,
        })))
    }

    fn path(&mut self, first: &Lexeme<'s>, data: bool) -> Read<Path> {
        let start = if data {
            first.start.saturating_sub(1)
        } else {
            first.start
        };
        let mut span = self.locator.span(start, first.end);
        let mut path = Path {
            data,
            depth: 0,
            parts: Vec::new(),
            original: if data { "@".to_owned() } else { String::new() },
            scoped: false,
            span,
        };
        let mut lexeme = first.clone();
        loop {
            let Token::Name(name, literal) = lexeme.token else {
                return Err(self.unexpected(&lexeme, "a name is expected"));
            };
            path.original.push_str(name);
            span.end = lexeme.end;
            path.span = span;
            push_part(&mut path, name, literal)?;
            let Token::Separator(separator) = self.lexer.peek().token else {
                break;
            };
            self.lexer.next_lexeme();
            path.original.push(separator);
            lexeme = self.lexer.next_lexeme();
        }
        path.scoped = !data && is_scoped(&path.original);
        Ok(path)
    }

    fn parameters(&mut self) -> Read<Vec<String>> {
        if self.lexer.peek().token != Token::OpenParameters {
            return Ok(Vec::new());
        }
        self.lexer.next_lexeme();
        let mut names = Vec::new();
        loop {
            let lexeme = self.lexer.next_lexeme();
            match lexeme.token {
                Token::Name(name, _) => {
                    self.check_count(names.len())?;
                    names.push(name.to_owned());
                }
                Token::Bar if !names.is_empty() => return Ok(names),
                _ => return Err(self.unexpected(&lexeme, "a name or `|` is expected")),
            }
        }
    }

    fn closing(&mut self, closing: Closing) -> Read<(bool, usize)> {
        let lexeme = self.lexer.next_lexeme();
        match (closing, &lexeme.token) {
            (Closing::Double, Token::Close { strip })
            | (Closing::Triple, Token::CloseTriple { strip }) => Ok((*strip, lexeme.end)),
            (Closing::Raw, Token::CloseRaw) => Ok((false, lexeme.end)),
            (Closing::Double, _) => Err(self.unexpected(&lexeme, "`}}` is expected")),
            (Closing::Triple, _) => Err(self.unexpected(&lexeme, "`}}}` is expected")),
            (Closing::Raw, _) => Err(self.unexpected(&lexeme, "`}}}}` is expected")),
        }
    }

    fn unexpected(&mut self, lexeme: &Lexeme<'s>, expected: &str) -> TemplateError {
        if matches!(lexeme.token, Token::OpenTag | Token::End) {
            let span = self.locator.span(self.start, lexeme.start);
            return TemplateError::new(Fault::UnclosedTag, span, "this tag is never closed");
        }
        let span = self.locator.span(lexeme.start, lexeme.end);
        let message = format!("unexpected {}: {expected}", describe(&lexeme.token));
        TemplateError::new(Fault::InvalidExpression, span, message)
    }
}

fn starts_expression(token: &Token<'_>) -> bool {
    matches!(
        token,
        Token::Name(..)
            | Token::At
            | Token::OpenCall
            | Token::Text(_)
            | Token::Number(_)
            | Token::Bool(_)
            | Token::Null
            | Token::Undefined
    )
}

fn push_part(path: &mut Path, name: &str, literal: bool) -> Read<()> {
    if literal || !matches!(name, "." | ".." | "this") {
        path.parts.push(name.to_owned());
        return Ok(());
    }
    if !path.parts.is_empty() {
        let message = format!(
            "invalid path `{}`: `{name}` can only stand first",
            path.original
        );
        return Err(TemplateError::new(
            Fault::InvalidExpression,
            path.span,
            message,
        ));
    }
    if name == ".." {
        path.depth += 1;
    }
    Ok(())
}

/// Whether a path starts with `.`, `..` or the word `this`.
fn is_scoped(original: &str) -> bool {
    original.starts_with('.')
        || original.strip_prefix("this").is_some_and(|behind| {
            !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        })
}

fn describe(token: &Token<'_>) -> String {
    match token {
        Token::Name(name, _) => format!("`{name}`"),
        Token::Separator(c) | Token::Invalid(c) => format!("`{c}`"),
        Token::Equals => "`=`".to_owned(),
        Token::Text(_) => "text".to_owned(),
        Token::Number(text) => format!("number `{text}`"),
        Token::Bool(value) => format!("`{value}`"),
        Token::Undefined => "`undefined`".to_owned(),
        Token::Null => "`null`".to_owned(),
        Token::At => "`@`".to_owned(),
        Token::OpenCall => "`(`".to_owned(),
        Token::CloseCall => "`)`".to_owned(),
        Token::OpenParameters => "`as |`".to_owned(),
        Token::Bar => "`|`".to_owned(),
        Token::Close { .. } => "`}}`".to_owned(),
        Token::CloseTriple { .. } => "`}}}`".to_owned(),
        Token::CloseRaw => "`}}}}`".to_owned(),
        Token::OpenTag => "`{{`".to_owned(),
        Token::End => "end of the template".to_owned(),
    }
}
