//! The query languages of the engines' indexes over words.

use variorum_domain::search::Term;

use super::spellings::Spellings;
use crate::dialect::Engine;

/// Writes an engine's query language. Words consist of letters, digits and `=` only.
pub(super) struct Writer(pub(super) Engine);

impl Writer {
    pub(super) fn word(&self, word: &str) -> String {
        match self.0 {
            Engine::Sqlite => format!("\"{word}\""),
            Engine::Postgres => format!("'{word}'"),
        }
    }

    pub(super) fn prefix(&self, word: &str) -> String {
        match self.0 {
            Engine::Sqlite => format!("\"{word}\" *"),
            Engine::Postgres => format!("'{word}':*"),
        }
    }

    /// What finds a term.
    pub(super) fn found(&self, term: &Term, spellings: &Spellings) -> String {
        let mut ways: Vec<String> = match (term.words.as_slice(), spellings.of(term)) {
            (_, Some(words)) => words.iter().map(|word| self.word(word)).collect(),
            ([word], None) if term.prefix => vec![self.prefix(word)],
            (words, None) => vec![self.phrase(words, term.prefix)],
        };
        ways.extend(term.also.iter().map(|word| self.word(word)));
        self.any(&ways)
    }

    /// What ranks by a term: the word itself counts more than what begins with it.
    pub(super) fn ranked(&self, term: &Term, spellings: &Spellings) -> String {
        let [word] = term.words.as_slice() else {
            return self.found(term, spellings);
        };
        if !term.prefix {
            return self.found(term, spellings);
        }
        // SQLite makes a list of all texts with any word that begins so, which takes long for common
        // ones; where there is one such word only, it says the same.
        let begins = match spellings.of(term) {
            Some([only]) => self.word(only),
            _ => self.prefix(word),
        };
        let mut ways = vec![self.word(word), begins];
        ways.extend(term.also.iter().map(|word| self.word(word)));
        self.any(&ways)
    }

    pub(super) fn phrase(&self, words: &[String], prefix: bool) -> String {
        match self.0 {
            Engine::Sqlite => {
                let star = if prefix { " *" } else { "" };
                format!("\"{}\"{star}", words.join(" "))
            }
            Engine::Postgres => {
                let mut parts: Vec<String> = words.iter().map(|word| self.word(word)).collect();
                if prefix && let Some(last) = parts.last_mut() {
                    last.push_str(":*");
                }
                format!("({})", parts.join(" <-> "))
            }
        }
    }

    pub(super) fn any(&self, ways: &[String]) -> String {
        let or = match self.0 {
            Engine::Sqlite => " OR ",
            Engine::Postgres => " | ",
        };
        format!("({})", ways.join(or))
    }

    pub(super) fn every(&self, parts: &[String]) -> String {
        let and = match self.0 {
            Engine::Sqlite => " AND ",
            Engine::Postgres => " & ",
        };
        parts.join(and)
    }

    pub(super) fn without(&self, wanted: &str, excluded: &[String]) -> String {
        if excluded.is_empty() {
            return wanted.to_owned();
        }
        let excluded = self.any(excluded);
        match self.0 {
            Engine::Sqlite => format!("({wanted}) NOT {excluded}"),
            Engine::Postgres => format!("{wanted} & !{excluded}"),
        }
    }
}
