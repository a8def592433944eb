//! What a template writes: text in one buffer, and marks beside it.

use std::ops::Range;

use super::{Role, is_space};

/// Something that happens at a place of the text and is not text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Byte offset into the text.
    pub at: usize,
    /// What happens there.
    pub kind: MarkKind,
}

/// What a mark means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkKind {
    /// The role changes.
    Role(Role),
    /// The role changes until the matching [`MarkKind::RoleEnd`].
    RoleStart(Role),
    /// The role before the matching [`MarkKind::RoleStart`] comes back.
    RoleEnd,
    /// The conversation so far goes here.
    History,
    /// A file; ranges into [`RenderBuffer::aside`].
    Media {
        /// Where it is.
        url: Range<usize>,
        /// What it is.
        content_type: Option<Range<usize>>,
    },
    /// A named section starts; range into [`RenderBuffer::aside`].
    Section(Range<usize>),
}

/// Text and marks; reuse one to save its allocations.
#[derive(Debug, Default)]
pub struct RenderBuffer {
    text: String,
    aside: String,
    marks: Vec<Mark>,
    indents: Vec<Indent>,
}

/// The indentation of a partial that stands alone on its line.
#[derive(Debug)]
struct Indent {
    text: String,
    /// The next character starts a line.
    pending: bool,
}

impl RenderBuffer {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Everything written so far: text, and what stands aside of it.
    pub fn written_bytes(&self) -> usize {
        self.text.len() + self.aside.len()
    }

    /// Addresses and names of the marks.
    pub fn aside(&self, range: &Range<usize>) -> &str {
        self.aside.get(range.clone()).unwrap_or_default()
    }

    /// The marks in order.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Empties the buffer and keeps its memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.aside.clear();
        self.marks.clear();
        self.indents.clear();
    }

    pub(super) fn write(&mut self, text: &str) {
        if self.indents.is_empty() {
            self.text.push_str(text);
        } else {
            self.write_indented(text);
        }
    }

    fn write_indented(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            self.flush_indents();
            self.text.push_str(line);
            if line.ends_with('\n') {
                for indent in &mut self.indents {
                    indent.pending = true;
                }
            }
        }
    }

    fn flush_indents(&mut self) {
        for indent in &mut self.indents {
            if indent.pending {
                self.text.push_str(&indent.text);
                indent.pending = false;
            }
        }
    }

    /// Writes what `append` adds, indented if need be.
    pub(super) fn write_with(&mut self, append: impl FnOnce(&mut String)) {
        if self.indents.is_empty() {
            append(&mut self.text);
        } else {
            let mut text = String::new();
            append(&mut text);
            self.write_indented(&text);
        }
    }

    pub(super) fn indent(&mut self, text: &str) {
        self.indents.push(Indent {
            text: text.to_owned(),
            pending: true,
        });
    }

    pub(super) fn unindent(&mut self) {
        self.indents.pop();
    }

    pub(super) fn mark(&mut self, kind: MarkKind) {
        self.flush_indents();
        self.marks.push(Mark {
            at: self.text.len(),
            kind,
        });
    }

    pub(super) fn put_aside(&mut self, write: impl FnOnce(&mut String)) -> Range<usize> {
        let start = self.aside.len();
        write(&mut self.aside);
        start..self.aside.len()
    }

    /// Whether `text[range]` is nothing but white space.
    pub fn is_blank(&self, range: Range<usize>) -> bool {
        self.text
            .get(range)
            .unwrap_or_default()
            .chars()
            .all(is_space)
    }
}
