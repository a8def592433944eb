//! Puts a text together from parts of files, and remembers which part came from where.

use std::ops::Range;

use crate::prompt::{Diagnostic, PromptFile, position_of};

/// A stretch of the composed text.
#[derive(Debug, Clone, PartialEq)]
struct Segment {
    /// Where it starts in the composed text.
    at: usize,
    /// Which file it comes from.
    file: usize,
    /// Where it starts there.
    from: usize,
    /// Its bytes are those of the file; otherwise all of it stands for `from`.
    exact: bool,
}

/// A file that parts come from.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    path: String,
    source: String,
}

/// A text and where its parts come from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Composed {
    pub(super) text: String,
    segments: Vec<Segment>,
    parts: Vec<Part>,
}

impl Composed {
    /// Nothing yet, from these files.
    pub(super) fn of(files: &[&PromptFile]) -> Self {
        let part = |file: &&PromptFile| Part {
            path: file.path.clone(),
            source: file.source().to_owned(),
        };
        Self {
            text: String::new(),
            segments: Vec::new(),
            parts: files.iter().map(part).collect(),
        }
    }

    /// Takes a part of a file over.
    pub(super) fn take(&mut self, file: usize, range: Range<usize>) {
        let Some(text) = self.parts[file].source.get(range.clone()) else {
            return;
        };
        if text.is_empty() {
            return;
        }
        self.segments.push(Segment {
            at: self.text.len(),
            file,
            from: range.start,
            exact: true,
        });
        self.text.push_str(text);
    }

    /// Writes a text that stands for a place in a file.
    pub(super) fn write(&mut self, text: &str, file: usize, from: usize) {
        self.segments.push(Segment {
            at: self.text.len(),
            file,
            from,
            exact: false,
        });
        self.text.push_str(text);
    }

    /// The number of the file a finding in the composed text comes from, and the finding there.
    pub(super) fn origin(&self, finding: &Diagnostic) -> (usize, Diagnostic) {
        let offset = offset_of(&self.text, finding.line, finding.column);
        let after = self
            .segments
            .partition_point(|segment| segment.at <= offset);
        let Some(segment) = after.checked_sub(1).map(|at| &self.segments[at]) else {
            return (0, finding.clone());
        };
        let part = &self.parts[segment.file];
        let inside = if segment.exact {
            offset - segment.at
        } else {
            0
        };
        let (line, column) = position_of(&part.source, segment.from + inside);
        let mapped = Diagnostic {
            line,
            column,
            path: part.path.clone(),
            ..finding.clone()
        };
        (segment.file, mapped)
    }
}

/// The byte offset of a line and column.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines
        .by_ref()
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let rest = lines.next().unwrap_or_default();
    let inside = rest.char_indices().nth(column.saturating_sub(1));
    before + inside.map_or(rest.len(), |(at, _)| at)
}
