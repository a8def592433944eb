//! Reads a template into its parsed form, and goes on behind a fault to find the next one.
//!
//! Knows nothing about helpers or values.

use super::ast::{Call, Comment, Content, Expression, Mustache, Node, Partial, Program, Strip};
use super::block::{Blocks, OpenBlock};
use super::error::{Fault, TemplateError};
use super::expression::{Closing, Inside, Reader};
use super::lexer::Lexer;
use super::span::{Locator, is_space};

/// Most faults reported for one template.
pub const FAULTS_MAX: usize = 50;

/// Reads `source[start..end]`; positions are those of the whole source.
pub(super) fn read(source: &str, start: usize, end: usize) -> (Program, Vec<TemplateError>) {
    let source = source.get(..end).unwrap_or(source);
    let mut parser = Parser {
        source,
        position: start,
        locator: Locator::new(source),
        blocks: Blocks::default(),
        faults: Vec::new(),
    };
    while parser.position < source.len() && parser.faults.len() < FAULTS_MAX {
        parser.step();
    }
    let program = parser.blocks.finish(&mut parser.faults);
    (program, parser.faults)
}

struct Parser<'s> {
    source: &'s str,
    position: usize,
    locator: Locator<'s>,
    blocks: Blocks,
    faults: Vec<TemplateError>,
}

/// What a tag is, by its first characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    RawBlock,
    Partial,
    PartialBlock,
    Block,
    Decorator,
    Close,
    Else,
    Inverse,
    ElseIf,
    Triple,
    Mustache,
    LongComment,
    Comment,
}

impl<'s> Parser<'s> {
    fn step(&mut self) {
        let rest = &self.source[self.position..];
        let Some(at) = rest.find("{{") else {
            self.content(self.position, self.source.len());
            self.position = self.source.len();
            return;
        };
        let tag = self.position + at;
        let before = &rest[..at];
        if before.ends_with("\\\\") {
            self.content(self.position, tag - 1);
        } else if before.ends_with('\\') {
            self.content(self.position, tag - 1);
            self.escaped(tag);
            return;
        } else {
            self.content(self.position, tag);
        }
        self.position = tag;
        if let Err(fault) = self.tag(tag) {
            self.recover(tag, fault);
        }
    }

    /// Literal text that starts with an escaped `{{`.
    fn escaped(&mut self, start: usize) {
        let rest = &self.source[start..];
        let length = rest
            .get(2..)
            .and_then(|text| text.find("{{"))
            .map_or(rest.len(), |at| {
                let mut end = at + 2;
                for _ in 0..2 {
                    end -= usize::from(end > 2 && rest[..end].ends_with('\\'));
                }
                end
            });
        self.content(start, start + length);
        self.position = start + length;
    }

    fn content(&mut self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let span = self.locator.span(start, end);
        self.blocks.push(Node::Content(Content {
            original: start..end,
            kept: start..end,
            span,
            left_stripped: false,
            right_stripped: false,
        }));
    }

    /// Notes the fault and goes on behind the tag, or at the next one.
    fn recover(&mut self, tag: usize, fault: TemplateError) {
        self.faults.push(fault);
        let inside = &self.source[tag + 2..];
        let close = inside.find("}}").map(|at| at + 2);
        let next = inside.find("{{");
        self.position = tag
            + 2
            + match (close, next) {
                (Some(close), Some(next)) => close.min(next.max(1)),
                (Some(close), None) => close,
                (None, Some(next)) => next.max(1),
                (None, None) => inside.len(),
            };
        while !self.source.is_char_boundary(self.position) {
            self.position += 1;
        }
    }

    fn tag(&mut self, tag: usize) -> Result<(), TemplateError> {
        let (opening, open_strip, length) = opening(&self.source[tag..]);
        let inside = tag + length;
        match opening {
            Opening::LongComment | Opening::Comment => {
                self.comment(tag, open_strip, opening);
                Ok(())
            }
            Opening::Else => {
                let close_strip = self.source[..inside].ends_with("~}}");
                let strip = Strip {
                    open: open_strip,
                    close: close_strip,
                };
                self.position = inside;
                let span = self.locator.span(tag, inside);
                self.blocks.start_else(None, strip, span)
            }
            Opening::Close => {
                let mut span = self.locator.span(tag, inside);
                let (name, close, end) = self.reader(tag, inside).close_name()?;
                (self.position, span.end) = (end, end);
                let strip = Strip {
                    open: open_strip,
                    close,
                };
                self.blocks.close(&name, strip, span, &mut self.faults)
            }
            Opening::Mustache => self.mustache(tag, inside, open_strip, Closing::Double),
            Opening::Triple => self.mustache(tag, inside, open_strip, Closing::Triple),
            Opening::Partial => self.partial(tag, inside, open_strip),
            Opening::RawBlock => self.raw_block(tag, inside),
            Opening::Block | Opening::Inverse | Opening::ElseIf => {
                self.open_block(tag, inside, open_strip, opening)
            }
            Opening::PartialBlock => self.unsupported_block(tag, inside, "partial blocks"),
            Opening::Decorator => self.unsupported_block(tag, inside, "decorators"),
        }
    }

    fn reader(&mut self, tag: usize, inside: usize) -> Reader<'_, 's> {
        Reader {
            lexer: Lexer::new(self.source, inside),
            locator: &mut self.locator,
            start: tag,
        }
    }

    fn comment(&mut self, tag: usize, open: bool, kind: Opening) {
        let text = &self.source[tag..];
        let is_end = |at: usize| match kind {
            Opening::LongComment => text[..at].ends_with("--") || text[..at].ends_with("--~"),
            _ => true,
        };
        let end = text
            .match_indices("}}")
            .map(|(at, _)| at)
            .find(|at| is_end(*at));
        let end = end.map(|at| at + 2);
        let Some(end) = end else {
            let span = self.locator.span(tag, self.source.len());
            let message = "this comment is never closed";
            self.position = self.source.len();
            self.faults
                .push(TemplateError::new(Fault::UnclosedTag, span, message));
            return;
        };
        let span = self.locator.span(tag, tag + end);
        let strip = Strip {
            open,
            close: text[..end].ends_with("~}}"),
        };
        self.blocks.push(Node::Comment(Comment { span, strip }));
        self.position = tag + end;
    }

    fn mustache(
        &mut self,
        tag: usize,
        inside: usize,
        open: bool,
        closing: Closing,
    ) -> Result<(), TemplateError> {
        let read = self.reader(tag, inside).inside(closing)?;
        refuse_parameters(&read)?;
        self.position = read.end;
        let strip = Strip {
            open,
            close: read.strip,
        };
        self.blocks.push(Node::Mustache(Mustache {
            call: read.call,
            strip,
        }));
        Ok(())
    }

    fn partial(&mut self, tag: usize, inside: usize, open: bool) -> Result<(), TemplateError> {
        let read = self.reader(tag, inside).inside(Closing::Double)?;
        self.position = read.end;
        refuse_parameters(&read)?;
        let fault = |message: &str| {
            Err(TemplateError::new(
                Fault::NotSupported,
                read.call.span,
                message,
            ))
        };
        if matches!(&read.call.callee, Expression::Call(_)) {
            return fault("the name of a partial cannot be computed");
        }
        if matches!(&read.call.callee, Expression::Path(path) if path.data) {
            return fault("partial blocks are not supported");
        }
        if read.call.arguments.len() > 1 {
            return fault("a partial takes at most one argument without a name");
        }
        let strip = Strip {
            open,
            close: read.strip,
        };
        let name = read.call.callee.name();
        self.blocks.push(Node::Partial(Box::new(Partial {
            name,
            call: read.call,
            indent: String::new(),
            strip,
        })));
        Ok(())
    }

    fn open_block(
        &mut self,
        tag: usize,
        inside: usize,
        open: bool,
        opening: Opening,
    ) -> Result<(), TemplateError> {
        let read = match self.reader(tag, inside).inside(Closing::Double) {
            Ok(read) => read,
            Err(fault) => {
                if opening != Opening::ElseIf {
                    let name = first_word(&self.source[inside..]);
                    self.blocks.open(OpenBlock::broken(name, fault.span), false);
                }
                return Err(fault);
            }
        };
        self.position = read.end;
        let strip = Strip {
            open,
            close: read.strip,
        };
        let block = OpenBlock::new(read.call, read.parameters, strip);
        match opening {
            Opening::ElseIf => {
                let span = block.span();
                self.blocks.start_else(Some(block), strip, span)
            }
            _ => self.blocks.open_checked(block, opening == Opening::Inverse),
        }
    }

    fn unsupported_block(
        &mut self,
        tag: usize,
        inside: usize,
        what: &str,
    ) -> Result<(), TemplateError> {
        let span = self.locator.span(tag, inside);
        if self.source[tag..inside].contains('#') {
            let name = first_word(&self.source[inside..]);
            self.blocks.open(OpenBlock::broken(name, span), false);
        }
        let message = format!("{what} are not supported");
        Err(TemplateError::new(Fault::NotSupported, span, message))
    }

    fn raw_block(&mut self, tag: usize, inside: usize) -> Result<(), TemplateError> {
        let read = self.reader(tag, inside).inside(Closing::Raw)?;
        refuse_parameters(&read)?;
        let name = read.call.callee.name();
        let Some((body, end)) = raw_end(self.source, read.end, &name) else {
            let message = format!("raw block `{name}` is never closed");
            return Err(TemplateError::new(
                Fault::UnclosedBlock,
                read.call.span,
                message,
            ));
        };
        let open = read.call.span;
        self.blocks.open_checked(
            OpenBlock::new(read.call, Vec::new(), Strip::default()),
            false,
        )?;
        self.content(read.end, body);
        self.position = end;
        let mut span = self.locator.span(body, end);
        span.start = body.max(open.end);
        self.blocks
            .close(&name, Strip::default(), span, &mut self.faults)
    }
}

fn refuse_parameters(read: &Inside) -> Result<(), TemplateError> {
    let Inside {
        parameters,
        call: Call { span, .. },
        ..
    } = read;
    if parameters.is_empty() {
        return Ok(());
    }
    let message = "`as |…|` can only stand in the opening tag of a block";
    Err(TemplateError::new(Fault::InvalidExpression, *span, message))
}

/// Finds `{{{{/name}}}}`: where the body ends and where the block ends.
fn raw_end(source: &str, start: usize, name: &str) -> Option<(usize, usize)> {
    let mut depth = 0_usize;
    let mut position = start;
    loop {
        let at = position + source[position..].find("{{{{")?;
        let inside = &source[at + 4..];
        if let Some(closing) = inside.strip_prefix('/') {
            if depth == 0 {
                let behind = closing.strip_prefix(name)?.strip_prefix("}}}}")?;
                return Some((at, source.len() - behind.len()));
            }
            depth -= 1;
        } else {
            depth += 1;
        }
        position = at + 4;
    }
}

fn first_word(text: &str) -> String {
    let text = text.trim_start_matches(is_space);
    let end = text
        .find(|c: char| is_space(c) || "{}()=|".contains(c))
        .unwrap_or(text.len());
    text[..end].to_owned()
}

/// What kind of tag `text` starts with, whether `~` follows the braces, and how long that is.
fn opening(text: &str) -> (Opening, bool, usize) {
    if text.starts_with("{{{{") && !text.starts_with("{{{{/") {
        return (Opening::RawBlock, false, 4);
    }
    let strip = text.starts_with("{{~");
    let base = if strip { 3 } else { 2 };
    let inside = &text[base..];
    let (opening, length) = match inside.chars().next() {
        Some('>') => (Opening::Partial, 1),
        Some('#') if inside.starts_with("#>") => (Opening::PartialBlock, 2),
        Some('#') if inside.starts_with("#*") => (Opening::Decorator, 2),
        Some('#') => (Opening::Block, 1),
        Some('/') => (Opening::Close, 1),
        Some('^') => match else_end(&inside[1..]) {
            Some(length) => (Opening::Else, 1 + length),
            None => (Opening::Inverse, 1),
        },
        Some('{') => (Opening::Triple, 1),
        Some('&') => (Opening::Mustache, 1),
        Some('!') if inside.starts_with("!--") => (Opening::LongComment, 3),
        Some('!') => (Opening::Comment, 1),
        Some('*') => (Opening::Decorator, 1),
        _ => word_else(inside).unwrap_or((Opening::Mustache, 0)),
    };
    (opening, strip, base + length)
}

/// `else}}` or `else …`.
fn word_else(inside: &str) -> Option<(Opening, usize)> {
    let word = inside.trim_start_matches(is_space);
    let behind = word.strip_prefix("else")?;
    let offset = inside.len() - behind.len();
    if let Some(length) = else_end(behind) {
        return Some((Opening::Else, offset + length));
    }
    let word_goes_on = behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (!word_goes_on).then_some((Opening::ElseIf, offset))
}

/// The length of white space and `}}` or `~}}`.
fn else_end(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches(is_space);
    let behind = rest
        .strip_prefix("~}}")
        .or_else(|| rest.strip_prefix("}}"))?;
    Some(text.len() - behind.len())
}
