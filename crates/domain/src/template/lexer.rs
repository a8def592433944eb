//! Cuts the inside of a tag into tokens, by the same rules as handlebars.js.
//!
//! Knows nothing about blocks or nesting; [`super::parser`] does.

use super::span::is_space;

/// A token inside a tag.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'s> {
    /// A name; `true` where it stands in brackets and so means just itself.
    Name(&'s str, bool),
    /// `.` or `/` between names.
    Separator(char),
    Equals,
    Text(String),
    Number(&'s str),
    Bool(bool),
    Undefined,
    Null,
    At,
    OpenCall,
    CloseCall,
    OpenParameters,
    Bar,
    /// `}}`, with or without `~`.
    Close {
        strip: bool,
    },
    /// `}}}`, with or without `~`.
    CloseTriple {
        strip: bool,
    },
    /// `}}}}`.
    CloseRaw,
    /// `{{`: the tag before was not closed.
    OpenTag,
    Invalid(char),
    End,
}

/// A token and its byte range.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme<'s> {
    pub(super) token: Token<'s>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads tokens from a position of the source; cloning it looks ahead.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    pub(super) position: usize,
}

const WORD_END: &str = "=~}/.)|";
const LITERAL_END: &str = "~})";
const NOT_IN_NAME: &str = "!\"#%&'()*+,./;<=>@[\\]^`{|}~";

impl<'s> Lexer<'s> {
    /// Starts at byte `position` of `source`.
    pub(super) fn new(source: &'s str, position: usize) -> Self {
        Self { source, position }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.position..).unwrap_or_default()
    }

    /// The next token, without taking it.
    pub(super) fn peek(&self) -> Lexeme<'s> {
        self.clone().next_lexeme()
    }

    /// Takes the next token.
    pub(super) fn next_lexeme(&mut self) -> Lexeme<'s> {
        let blank = self.rest().len() - self.rest().trim_start_matches(is_space).len();
        self.position += blank;
        let start = self.position;
        let (token, length) = self.token();
        self.position += length;
        Lexeme {
            token,
            start,
            end: self.position,
        }
    }

    fn token(&self) -> (Token<'s>, usize) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return (Token::End, 0);
        };
        if let Some(found) = punctuation(rest) {
            return found;
        }
        match first {
            '"' | '\'' => string(rest, first),
            '[' => bracketed(rest),
            _ => keyword(rest)
                .or_else(|| number(rest))
                .or_else(|| parameters(rest))
                .or_else(|| name(rest))
                .unwrap_or((Token::Invalid(first), first.len_utf8())),
        }
    }
}

fn punctuation(rest: &str) -> Option<(Token<'_>, usize)> {
    let table: [(&str, Token<'_>); 13] = [
        ("(", Token::OpenCall),
        (")", Token::CloseCall),
        ("}}}}", Token::CloseRaw),
        ("{{", Token::OpenTag),
        ("=", Token::Equals),
        ("..", Token::Name("..", false)),
        ("}~}}", Token::CloseTriple { strip: true }),
        ("}}}", Token::CloseTriple { strip: false }),
        ("~}}", Token::Close { strip: true }),
        ("}}", Token::Close { strip: false }),
        ("@", Token::At),
        ("|", Token::Bar),
        ("/", Token::Separator('/')),
    ];
    for (text, token) in table {
        if rest.starts_with(text) {
            return Some((token, text.len()));
        }
    }
    let behind = rest.strip_prefix('.')?;
    if ends_before(behind, WORD_END) {
        return Some((Token::Name(".", false), 1));
    }
    Some((Token::Separator('.'), 1))
}

/// Whether the text starts with white space or one of `allowed`.
fn ends_before(text: &str, allowed: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|c| is_space(c) || allowed.contains(c))
}

fn string(rest: &str, quote: char) -> (Token<'_>, usize) {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if characters.peek().is_some_and(|(_, next)| *next == quote) => {
                characters.next();
                text.push(quote);
            }
            _ if character == quote => return (Token::Text(text), at + 1),
            _ => text.push(character),
        }
    }
    (Token::Invalid(quote), 1)
}

fn bracketed(rest: &str) -> (Token<'_>, usize) {
    match rest.find(']') {
        Some(end) => (Token::Name(&rest[1..end], true), end + 1),
        None => (Token::Invalid('['), 1),
    }
}

fn keyword(rest: &str) -> Option<(Token<'_>, usize)> {
    let table = [
        ("true", Token::Bool(true)),
        ("false", Token::Bool(false)),
        ("undefined", Token::Undefined),
        ("null", Token::Null),
    ];
    table.into_iter().find_map(|(word, token)| {
        let behind = rest.strip_prefix(word)?;
        ends_before(behind, LITERAL_END).then_some((token, word.len()))
    })
}

fn number(rest: &str) -> Option<(Token<'_>, usize)> {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let sign = usize::from(rest.starts_with('-'));
    let whole = digits(&rest[sign..]);
    if whole == 0 {
        return None;
    }
    let mut length = sign + whole;
    if let Some(fraction) = rest[length..].strip_prefix('.') {
        let places = digits(fraction);
        length += if places > 0 { places + 1 } else { 0 };
    }
    ends_before(&rest[length..], LITERAL_END).then(|| (Token::Number(&rest[..length]), length))
}

fn parameters(rest: &str) -> Option<(Token<'_>, usize)> {
    let behind = rest.strip_prefix("as")?;
    let bar = behind.trim_start_matches(is_space);
    (bar.len() < behind.len() && bar.starts_with('|'))
        .then(|| (Token::OpenParameters, rest.len() - bar.len() + 1))
}

fn name(rest: &str) -> Option<(Token<'_>, usize)> {
    let length = rest
        .find(|c: char| is_space(c) || NOT_IN_NAME.contains(c))
        .unwrap_or(rest.len());
    let behind = &rest[length..];
    // At the end of the text or before `{` the tag is not closed; the parser says so.
    let ends = behind.is_empty() || behind.starts_with('{') || ends_before(behind, WORD_END);
    (length > 0 && ends).then(|| (Token::Name(&rest[..length], false), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text, 0);
        std::iter::from_fn(|| match lexer.next_lexeme().token {
            Token::End => None,
            token => Some(token),
        })
        .take(50)
        .collect()
    }

    #[test]
    fn reads_names_numbers_and_ends() {
        use Token::{Close, Name, Number, Separator};
        assert_eq!(
            tokens("a/b-c 12.5 12a}}"),
            [
                Name("a", false),
                Separator('/'),
                Name("b-c", false),
                Number("12.5"),
                Name("12a", false),
                Close { strip: false }
            ]
        );
    }

    #[test]
    fn names_need_something_behind_them() {
        assert_eq!(tokens("ab! ")[0], Token::Invalid('a'));
        assert_eq!(tokens("'it\\'s' ")[0], Token::Text("it's".to_owned()));
        assert_eq!(tokens("as |a| ")[0], Token::OpenParameters);
        assert_eq!(tokens("[a b].x ")[0], Token::Name("a b", true));
    }
}
