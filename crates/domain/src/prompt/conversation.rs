//! Cuts what a template wrote into messages, by the rules of the reference implementation.
//!
//! The rules are read off marks beside the text. Text itself never decides anything but whether
//! it is blank, so that no variable can open a message or change a role.

use std::ops::Range;

use serde_json::Value;

use super::message::{Message, Part};
use crate::template::{MarkKind, RenderBuffer, Role};

/// A part of a message, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartRef<'p> {
    /// Text.
    Text(&'p str),
    /// A file.
    Media {
        /// Where it is.
        url: &'p str,
        /// What it is.
        content_type: Option<&'p str>,
    },
    /// The start of a named section.
    Section(&'p str),
    /// Any other part of an earlier message.
    Other(&'p Value),
}

/// Takes messages as they come, so that a caller can write them out without copying.
pub trait MessageSink {
    /// A message starts.
    fn start(&mut self, role: Role);

    /// A part of it.
    fn part(&mut self, part: PartRef<'_>);

    /// The message ends.
    fn end(&mut self);

    /// An earlier message; `marked` where the template said `{{history}}`.
    fn earlier(&mut self, message: &Message, marked: bool) {
        let _ = marked;
        self.start(message.role);
        for part in &message.content {
            self.part(part.borrowed());
        }
        self.end();
    }
}

impl Part {
    /// The part, borrowed.
    pub fn borrowed(&self) -> PartRef<'_> {
        match self {
            Self::Text(text) => PartRef::Text(text),
            Self::Media { url, content_type } => PartRef::Media {
                url,
                content_type: content_type.as_deref(),
            },
            Self::Section(name) => PartRef::Section(name),
            Self::Other(value) => PartRef::Other(value),
        }
    }
}

/// One message, or the place of the earlier ones.
#[derive(Debug)]
enum Turn {
    Message {
        role: Role,
        text: Range<usize>,
        marks: Range<usize>,
    },
    History,
}

/// Hands the messages in `buffer` to `sink`, with `history` in its place.
pub(super) fn deliver(buffer: &RenderBuffer, history: &[Message], sink: &mut dyn MessageSink) {
    let turns = turns(buffer);
    let marked = turns.iter().any(|turn| matches!(turn, Turn::History));
    let last_is_user = matches!(
        turns.last(),
        Some(Turn::Message {
            role: Role::User,
            ..
        })
    );
    let place = turns.len() - usize::from(last_is_user);
    for (index, turn) in turns.iter().enumerate() {
        if !marked && index == place {
            earlier(history, false, sink);
        }
        match turn {
            Turn::History => earlier(history, true, sink),
            Turn::Message { role, text, marks } => {
                sink.start(*role);
                parts(buffer, text, marks, sink);
                sink.end();
            }
        }
    }
    if !marked && place == turns.len() {
        earlier(history, false, sink);
    }
}

fn earlier(history: &[Message], marked: bool, sink: &mut dyn MessageSink) {
    for message in history {
        sink.earlier(message, marked);
    }
}

fn turns(buffer: &RenderBuffer) -> Vec<Turn> {
    let mut cutter = Cutter {
        buffer,
        turns: Vec::with_capacity(4),
        role: Role::User,
        outer: Vec::new(),
        text_start: 0,
        marks_start: 0,
    };
    for (index, mark) in buffer.marks().iter().enumerate() {
        match &mark.kind {
            MarkKind::Role(role) => {
                cutter.cut(mark.at, index);
                cutter.role = *role;
            }
            MarkKind::RoleStart(role) => {
                cutter.cut(mark.at, index);
                cutter.outer.push(cutter.role);
                cutter.role = *role;
            }
            MarkKind::RoleEnd => {
                cutter.cut(mark.at, index);
                cutter.role = cutter.outer.pop().unwrap_or(Role::User);
            }
            MarkKind::History => {
                cutter.cut(mark.at, index);
                cutter.turns.push(Turn::History);
                cutter.role = Role::Model;
            }
            MarkKind::Media { .. } | MarkKind::Section(_) => {}
        }
    }
    cutter.cut(buffer.text().len(), buffer.marks().len());
    cutter.turns
}

struct Cutter<'b> {
    buffer: &'b RenderBuffer,
    turns: Vec<Turn>,
    role: Role,
    /// Roles around open role blocks.
    outer: Vec<Role>,
    text_start: usize,
    marks_start: usize,
}

impl Cutter<'_> {
    /// Ends the message before byte `at` and mark `index`; a blank one is dropped.
    fn cut(&mut self, at: usize, index: usize) {
        let (text, marks) = (self.text_start..at, self.marks_start..index);
        if !marks.is_empty() || !self.buffer.is_blank(text.clone()) {
            self.turns.push(Turn::Message {
                role: self.role,
                text,
                marks,
            });
        }
        (self.text_start, self.marks_start) = (at, index + 1);
    }
}

fn parts(
    buffer: &RenderBuffer,
    text: &Range<usize>,
    marks: &Range<usize>,
    sink: &mut dyn MessageSink,
) {
    let mut start = text.start;
    for mark in buffer.marks().get(marks.clone()).unwrap_or_default() {
        text_part(buffer, start..mark.at, sink);
        start = mark.at;
        match &mark.kind {
            MarkKind::Media { url, content_type } => {
                let content_type = content_type.as_ref().map(|range| buffer.aside(range));
                sink.part(PartRef::Media {
                    url: buffer.aside(url),
                    content_type,
                });
            }
            MarkKind::Section(name) => sink.part(PartRef::Section(buffer.aside(name))),
            _ => {}
        }
    }
    text_part(buffer, start..text.end, sink);
}

fn text_part(buffer: &RenderBuffer, range: Range<usize>, sink: &mut dyn MessageSink) {
    if !buffer.is_blank(range.clone()) {
        sink.part(PartRef::Text(buffer.text().get(range).unwrap_or_default()));
    }
}

/// Collects messages.
#[derive(Debug, Default)]
pub(super) struct Collector {
    pub(super) messages: Vec<Message>,
}

impl MessageSink for Collector {
    fn start(&mut self, role: Role) {
        let (content, metadata) = (Vec::new(), serde_json::Map::new());
        self.messages.push(Message {
            role,
            content,
            metadata,
        });
    }

    fn part(&mut self, part: PartRef<'_>) {
        let part = match part {
            PartRef::Text(text) => Part::Text(text.to_owned()),
            PartRef::Media { url, content_type } => Part::Media {
                url: url.to_owned(),
                content_type: content_type.map(str::to_owned),
            },
            PartRef::Section(name) => Part::Section(name.to_owned()),
            PartRef::Other(value) => Part::Other(value.clone()),
        };
        if let Some(message) = self.messages.last_mut() {
            message.content.push(part);
        }
    }

    fn end(&mut self) {}

    fn earlier(&mut self, message: &Message, marked: bool) {
        let mut message = message.clone();
        if marked {
            message
                .metadata
                .insert("purpose".to_owned(), "history".into());
        }
        self.messages.push(message);
    }
}
