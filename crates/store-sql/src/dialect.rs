//! What differs between the two engines, and nothing else.

use std::fmt::Write as _;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// The name for logs and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// The text of a migration for this engine.
    ///
    /// Texts compare by their bytes on both, as SQLite does and PostgreSQL's "C" collation does.
    pub(crate) fn schema(self, text: &str) -> String {
        let words: [(&str, &str); 6] = match self {
            Self::Sqlite => [
                ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
                ("{int}", "INTEGER"),
                ("{text}", "TEXT"),
                ("{bytes}", "BLOB"),
                ("{end}", "STRICT"),
                ("{clustered}", "STRICT, WITHOUT ROWID"),
            ],
            Self::Postgres => [
                ("{serial}", "BIGSERIAL PRIMARY KEY"),
                ("{int}", "BIGINT"),
                ("{text}", "TEXT COLLATE \"C\""),
                ("{bytes}", "BYTEA"),
                ("{end}", ""),
                ("{clustered}", ""),
            ],
        };
        words
            .into_iter()
            .fold(text.to_owned(), |text, (word, means)| {
                text.replace(word, means)
            })
    }

    /// Locks the rows a writing transaction read until it ends; SQLite has one writer anyway.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// The sign for a value of a long list.
    ///
    /// SQLite looks a numbered value up among all others, which takes seconds for some thousands;
    /// there the values of long lists are taken in order.
    pub(crate) fn write_placeholder(self, text: &mut String, number: usize) {
        match self {
            Self::Sqlite => text.push('?'),
            // Writing into a String cannot fail.
            Self::Postgres => drop(write!(text, "${number}")),
        }
    }

    /// A statement with a long list where `{list}` stands; `$1` is its only other value and comes
    /// first. SQLite's driver does not mix values with and without a number.
    pub(crate) fn listed(self, sql: &str, list: &str) -> String {
        let sql = sql.replace("{list}", list);
        match self {
            Self::Sqlite => sql.replacen("$1", "?", 1),
            Self::Postgres => sql,
        }
    }
}
