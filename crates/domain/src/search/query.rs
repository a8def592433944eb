//! What a person means by what they type into a search field.

use super::words::{Words, word_texts};

/// The longest query that is read; the rest is passed over.
pub const QUERY_CHARS_MAX: usize = 400;
/// The most terms of a query.
pub const QUERY_TERMS_MAX: usize = 16;

/// One thing that must occur, or must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Words that follow each other.
    pub words: Vec<String>,
    /// Whether the last word may go on.
    pub prefix: bool,
    /// Whether it must not occur.
    pub excluded: bool,
    /// Words that are taken for it where it is found nowhere, because they differ by a letter or two.
    pub also: Vec<String>,
}

/// A query: all its terms hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// The terms.
    pub terms: Vec<Term>,
    /// Whether something was asked for that can be in no text, such as a lone `%`.
    pub hopeless: bool,
}

impl Query {
    /// Reads a query: words match the beginnings of words, `"a phrase"` matches as it stands, and
    /// `-word` must not occur.
    pub fn parse(text: &str) -> Self {
        let text: String = text.chars().take(QUERY_CHARS_MAX).collect();
        let mut query = Self::default();
        let mut asked = false;
        for (part, quoted, excluded) in parts(&text) {
            asked = true;
            let words = word_texts(&part);
            if !words.is_empty() && query.terms.len() < QUERY_TERMS_MAX {
                query.terms.push(Term {
                    words,
                    prefix: !quoted,
                    excluded,
                    also: Vec::new(),
                });
            }
        }
        query.hopeless = asked && query.terms.iter().all(|term| term.excluded);
        query
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && !self.hopeless
    }

    /// Where the terms that must occur stand in a text: byte ranges, in order, none overlapping.
    pub fn matches(&self, text: &str) -> Vec<(usize, usize)> {
        let words = Words::of(text);
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let longest = self
                .terms
                .iter()
                .filter(|term| !term.excluded)
                .filter_map(|term| term.length_at(words.from(at).map(|word| word.text)))
                .max();
            let covered = longest.unwrap_or(0);
            let mut those = words.from(at).take(covered);
            if let Some(first) = those.next() {
                let last = those.last().unwrap_or(first);
                found.push((first.start, last.end));
            }
            at += covered.max(1);
        }
        found
    }
}

impl Term {
    /// How many of these words it covers, where it matches at their beginning.
    fn length_at<'w>(&self, mut words: impl Iterator<Item = &'w str>) -> Option<usize> {
        let last = self.words.len() - 1;
        for (number, wanted) in self.words.iter().enumerate() {
            let word = words.next()?;
            let fits = if self.prefix && number == last {
                word.starts_with(wanted.as_str())
            } else {
                word == wanted
            };
            let also = self.words.len() == 1 && self.also.iter().any(|other| other == word);
            if !fits && !also {
                return None;
            }
        }
        Some(self.words.len())
    }
}

/// The parts of a query: text, whether it was quoted, whether it is excluded.
fn parts(text: &str) -> Vec<(String, bool, bool)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let excluded = rest.starts_with('-') && rest[1..].starts_with(|c: char| !c.is_whitespace());
        if excluded {
            rest = &rest[1..];
        }
        let (part, quoted, after) = match rest.strip_prefix('"') {
            Some(inner) => {
                let (part, after) = inner.split_once('"').unwrap_or((inner, ""));
                (part, true, after)
            }
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (&rest[..end], false, &rest[end..])
            }
        };
        if !part.is_empty() {
            found.push((part.to_owned(), quoted, excluded));
        }
        rest = after.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<String> {
        let query = Query::parse(text);
        let terms = query.terms.iter().map(|term| {
            let sign = if term.excluded { "-" } else { "" };
            let end = if term.prefix { "*" } else { "" };
            format!("{sign}{}{end}", term.words.join(" "))
        });
        terms.collect()
    }

    #[test]
    fn queries_are_read() {
        let rows: [(&str, &[&str]); 8] = [
            ("", &[]),
            ("Welcome mail", &["welcome*", "mail*"]),
            ("\"first name\" -draft", &["first name", "-draft*"]),
            ("win-back", &["win back*"]),
            ("-\"old text\" new", &["-old text", "new*"]),
            ("\"open", &["open"]),
            ("- x", &["x*"]),
            ("\"\" a", &["a*"]),
        ];
        for (text, expected) in rows {
            assert_eq!(shape(text), expected, "{text}");
        }
        assert!(Query::parse("%").hopeless);
        assert!(
            Query::parse("-a").hopeless,
            "what is not wanted finds nothing by itself"
        );
        assert!(!Query::parse("").hopeless);
        assert_eq!(Query::parse(&"a ".repeat(300)).terms.len(), QUERY_TERMS_MAX);
    }

    #[test]
    fn matches_are_found_in_texts() {
        let rows: [(&str, &str, &[&str]); 4] = [
            (
                "welc",
                "Welcome! A welcoming text.",
                &["Welcome", "welcoming"],
            ),
            ("\"a text\"", "A text, a texture", &["A text"]),
            ("grosse -x", "Größe x", &["Größe"]),
            ("日本", "日本語", &["日本"]),
        ];
        for (query, text, expected) in rows {
            let found = Query::parse(query).matches(text);
            let found: Vec<&str> = found.iter().map(|(from, to)| &text[*from..*to]).collect();
            assert_eq!(found, expected, "{query}");
        }
    }
}
