//! Slots: stretches of a template between `{{! slot name: … }}` and `{{! /slot }}`.

use std::ops::Range;

use super::{SLOT_NAME_CHARS_MAX, SLOTS_MAX};
use crate::prompt::{Diagnostic, PromptFile};
use crate::template::{Node, Program, Span, is_blank};

/// A slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its text, as a byte range of the file.
    pub text: Range<usize>,
    /// The opening marker.
    pub span: Span,
    /// The closing marker.
    pub(super) close: Span,
    /// The text says who speaks, or where the conversation goes.
    pub(super) speaks: bool,
}

impl Slot {
    /// Whether the text begins with a line break.
    pub(super) fn begins_line(&self, source: &str) -> bool {
        let text = source.get(self.text.clone()).unwrap_or_default();
        text.trim_start_matches([' ', '\t', '\r']).starts_with('\n')
    }

    /// Whether the text ends with a line break.
    pub(super) fn ends_line(&self, source: &str) -> bool {
        let text = source.get(self.text.clone()).unwrap_or_default();
        text.trim_end_matches([' ', '\t']).ends_with('\n')
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) slots: Vec<Slot>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What stands outside of all slots, comments and white space apart.
    pub(super) outside: Vec<Span>,
}

/// Reads the slots of a file.
pub(super) fn read(file: &PromptFile) -> Read {
    let mut walk = Walk {
        source: file.source(),
        read: Read::default(),
    };
    walk.program(file.template.program(), Place::Outside);
    let mut read = walk.read;
    read.slots.sort_by_key(|slot| slot.span.start);
    read
}

/// A comment that marks a slot.
#[derive(Debug, PartialEq, Eq)]
enum Marker<'s> {
    Open { name: &'s str, description: &'s str },
    Close { name: &'s str },
}

/// Where a program stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    /// In a block outside of all slots.
    Block,
    /// In a block inside of a slot.
    Slot,
}

struct Walk<'s> {
    source: &'s str,
    read: Read,
}

struct OpenSlot<'s> {
    name: &'s str,
    description: &'s str,
    span: Span,
    speaks: bool,
}

impl<'s> Walk<'s> {
    fn fault(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        let at = (span.line, span.column);
        self.read
            .diagnostics
            .push(Diagnostic::error(code, at, message));
    }

    /// Walks through one branch; says whether anything in it speaks.
    fn program(&mut self, program: &Program, place: Place) -> bool {
        let mut open: Option<OpenSlot<'s>> = None;
        let mut speaks = false;
        for node in &program.nodes {
            let mut node_speaks = false;
            match node {
                Node::Comment(comment) => self.comment(comment.span, place, &mut open),
                Node::Block(block) => {
                    let inner = match place {
                        _ if open.is_some() => Place::Slot,
                        Place::Outside => Place::Block,
                        same => same,
                    };
                    node_speaks = block.call.callee.name() == "role";
                    for branch in block.program.iter().chain(&block.inverse) {
                        node_speaks |= self.program(branch, inner);
                    }
                }
                Node::Mustache(mustache) => {
                    let name = mustache.call.callee.name();
                    node_speaks = name == "role" || name == "history";
                }
                Node::Content(_) | Node::Partial(_) => {}
            }
            match &mut open {
                Some(slot) => slot.speaks |= node_speaks,
                None if place == Place::Outside => self.outside(node),
                None => {}
            }
            speaks |= node_speaks;
        }
        if let Some(slot) = open {
            let message = format!(
                "slot `{}` is never closed; write `{{{{! /slot }}}}` behind its text, in the same block",
                slot.name
            );
            self.fault("unclosed-slot", slot.span, message);
        }
        speaks
    }

    fn outside(&mut self, node: &Node) {
        let counts = match node {
            Node::Comment(_) => false,
            Node::Content(content) => {
                let text = self.source.get(content.original.clone());
                !is_blank(text.unwrap_or_default())
            }
            _ => true,
        };
        if !counts {
            return;
        }
        let mut span = node.span();
        if let Node::Content(content) = node {
            span = first_word(self.source, content.span, content.original.clone());
        }
        self.read.outside.push(span);
    }

    fn comment(&mut self, span: Span, place: Place, open: &mut Option<OpenSlot<'s>>) {
        let text = self.source.get(span.start..span.end).unwrap_or_default();
        match marker(text) {
            None => {}
            Some(Marker::Open { name, .. }) if !is_name(name) => {
                let message = format!(
                    "`{name}` cannot be the name of a slot; use letters, digits, `-` and `_`, at most {SLOT_NAME_CHARS_MAX}"
                );
                self.fault("invalid-slot", span, message);
            }
            Some(Marker::Open { name, .. }) if place == Place::Slot || open.is_some() => {
                let message = format!("slot `{name}` stands inside of another slot");
                self.fault("nested-slot", span, message);
            }
            Some(Marker::Open { name, description }) => {
                *open = Some(OpenSlot {
                    name,
                    description,
                    span,
                    speaks: false,
                });
            }
            Some(Marker::Close { name }) => match open.take() {
                Some(slot) => self.close(&slot, name, span),
                None if place == Place::Slot => {
                    let message = "a slot is opened and closed in the same block";
                    self.fault("unmatched-slot-close", span, message);
                }
                None => {
                    let message = "`/slot` closes a slot that was never opened in this block";
                    self.fault("unmatched-slot-close", span, message);
                }
            },
        }
    }

    fn close(&mut self, slot: &OpenSlot<'s>, name: &str, span: Span) {
        if !name.is_empty() && name != slot.name {
            let message = format!("`/slot {name}` closes slot `{}`", slot.name);
            self.fault("unmatched-slot-close", span, message);
        }
        if let Some(known) = self.read.slots.iter().find(|known| known.name == slot.name) {
            let message = format!(
                "slot `{}` is there already, in line {}",
                slot.name, known.span.line
            );
            self.fault("duplicate-slot", slot.span, message);
            return;
        }
        if self.read.slots.len() >= SLOTS_MAX {
            let message = format!("a prompt has at most {SLOTS_MAX} slots");
            self.fault("limit-exceeded", slot.span, message);
            return;
        }
        self.read.slots.push(Slot {
            name: slot.name.to_owned(),
            description: slot.description.to_owned(),
            text: slot.span.end..span.start,
            span: slot.span,
            close: span,
            speaks: slot.speaks,
        });
    }
}

/// The first word of a text, so that a finding points at it and not at white space before it.
fn first_word(source: &str, span: Span, range: Range<usize>) -> Span {
    let text = source.get(range.clone()).unwrap_or_default();
    let skipped = text.len() - text.trim_start().len();
    let before = &text[..skipped];
    let column = match before.rsplit_once('\n') {
        Some((_, line)) => line.chars().count() + 1,
        None => span.column + before.chars().count(),
    };
    Span {
        start: range.start + skipped,
        end: range.end,
        line: span.line + before.matches('\n').count(),
        column,
    }
}

/// Whether nothing but white space stands beside a tag on its line.
pub(super) fn stands_alone(source: &str, span: Span) -> bool {
    let before = source.get(..span.start).unwrap_or_default();
    let behind = source.get(span.end..).unwrap_or_default();
    let line_before = before.rsplit('\n').next().unwrap_or_default();
    let line_behind = behind.split('\n').next().unwrap_or_default();
    is_blank(line_before) && is_blank(line_behind)
}

/// Reads a comment, braces included. A comment that only begins with the word is no marker.
fn marker(tag: &str) -> Option<Marker<'_>> {
    let text = tag.strip_prefix("{{")?.strip_suffix("}}")?;
    let text = text.strip_prefix('~').unwrap_or(text);
    let text = text.strip_suffix('~').unwrap_or(text);
    let text = text.strip_prefix('!')?;
    let inside = text
        .strip_prefix("--")
        .map(|text| text.strip_suffix("--").unwrap_or(text));
    let text = inside.unwrap_or(text).trim();
    if let Some(name) = text.strip_prefix("/slot") {
        let is_marker = name.is_empty() || name.starts_with(char::is_whitespace);
        let name = name.trim();
        return (is_marker && !name.contains(char::is_whitespace))
            .then_some(Marker::Close { name });
    }
    let rest = text.strip_prefix("slot")?;
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let (name, description) = rest.split_once(':').unwrap_or((rest, ""));
    let (name, description) = (name.trim(), description.trim());
    let is_marker = !name.is_empty() && !name.contains(char::is_whitespace);
    is_marker.then_some(Marker::Open { name, description })
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    name.len() <= SLOT_NAME_CHARS_MAX && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_that_mark_and_comments_that_do_not() {
        let open = |name, description| Some(Marker::Open { name, description });
        let rows = [
            ("{{! slot greeting }}", open("greeting", "")),
            (
                "{{!slot greeting: how we say: hello}}",
                open("greeting", "how we say: hello"),
            ),
            ("{{~!-- slot a-b --~}}", open("a-b", "")),
            ("{{! slot machines are banned }}", None),
            ("{{! slots }}", None),
            ("{{! slot }}", None),
            ("{{! /slot }}", Some(Marker::Close { name: "" })),
            ("{{!/slot a}}", Some(Marker::Close { name: "a" })),
            ("{{! /slots }}", None),
            ("{{! note }}", None),
        ];
        for (tag, expected) in rows {
            assert_eq!(marker(tag), expected, "{tag}");
        }
    }
}
