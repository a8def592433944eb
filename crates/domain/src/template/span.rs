//! Where a thing stands in a source text. Knows nothing about templates.

/// A stretch of a source text: byte offsets, and the line and column of its first character.
///
/// Lines and columns count from 1; a column is a number of characters, not of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Byte offset of the first byte.
    pub start: usize,
    /// Byte offset behind the last byte.
    pub end: usize,
    /// Line of the first character.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
}

/// Turns byte offsets into lines and columns; cheap when asked in rising order.
#[derive(Debug)]
pub(crate) struct Locator<'s> {
    source: &'s str,
    offset: usize,
    line: usize,
    column: usize,
}

impl<'s> Locator<'s> {
    pub(crate) fn new(source: &'s str) -> Self {
        Self {
            source,
            offset: 0,
            line: 1,
            column: 1,
        }
    }

    /// The span of `start..end`.
    pub(crate) fn span(&mut self, start: usize, end: usize) -> Span {
        if start < self.offset {
            *self = Self::new(self.source);
        }
        for character in self
            .source
            .get(self.offset..start)
            .unwrap_or_default()
            .chars()
        {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.offset = self.offset.max(start);
        Span {
            start,
            end: end.max(start),
            line: self.line,
            column: self.column,
        }
    }
}

/// Whether JavaScript's `\s` matches the character; Handlebars is defined by it.
pub(crate) fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

/// The text without white space at either end, as JavaScript's `trim` does it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Whether the text is nothing but white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_and_goes_back() {
        let mut locator = Locator::new("aé\nb{{x}}");
        let later = locator.span(5, 6);
        assert_eq!((later.line, later.column), (2, 2));
        let earlier = locator.span(3, 4);
        assert_eq!((earlier.line, earlier.column), (1, 3));
    }
}
