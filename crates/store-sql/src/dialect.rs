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

    /// The workspace in a question for rows in the order of their places.
    ///
    /// SQLite's places are the table itself, so rows are met in their order and those of other
    /// workspaces left out; the sign keeps it from sorting all rows of an index by workspace.
    pub(crate) fn by_place(self) -> &'static str {
        match self {
            Self::Sqlite => "+workspace",
            Self::Postgres => "workspace",
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

    /// The beginning of a question for texts with a score, `l` being their rows of the listing where
    /// asked for.
    /// SQLite's parts of a text weigh by their columns, PostgreSQL's by the letters of their words;
    /// there `$2` is what is ranked by.
    pub(crate) fn ranking(self, with_row: bool) -> &'static str {
        match (self, with_row) {
            (Self::Sqlite, false) => {
                "SELECT r.path, r.score FROM (SELECT t.path AS path, \
                 CAST(-1000000.0 * bm25(library_fts, 0.0, 8.0, 5.0, 3.0, 1.0) AS INTEGER) AS score \
                 FROM library_fts CROSS JOIN library_texts t ON t.id = library_fts.rowid \
                 WHERE t.workspace = $1"
            }
            (Self::Sqlite, true) => {
                "SELECT r.path, r.score FROM (SELECT t.path AS path, \
                 CAST(-1000000.0 * bm25(library_fts, 0.0, 8.0, 5.0, 3.0, 1.0) AS INTEGER) AS score \
                 FROM library_fts CROSS JOIN library_texts t ON t.id = library_fts.rowid \
                 CROSS JOIN library l ON l.workspace = t.workspace AND l.path = t.path \
                 WHERE t.workspace = $1"
            }
            (Self::Postgres, false) => {
                "SELECT r.path, r.score FROM (SELECT t.path AS path, \
                 CAST(1000000000.0 * ts_rank('{0.05, 0.15, 0.25, 1.0}', t.terms, \
                 CAST($2 AS TSQUERY), 1) AS BIGINT) AS score \
                 FROM library_texts t WHERE t.workspace = $1"
            }
            (Self::Postgres, true) => {
                "SELECT r.path, r.score FROM (SELECT t.path AS path, \
                 CAST(1000000000.0 * ts_rank('{0.05, 0.15, 0.25, 1.0}', t.terms, \
                 CAST($2 AS TSQUERY), 1) AS BIGINT) AS score \
                 FROM library_texts t \
                 JOIN library l ON l.workspace = t.workspace AND l.path = t.path \
                 WHERE t.workspace = $1"
            }
        }
    }

    /// The condition that a text holds what the index is asked for.
    pub(crate) fn text_matches(self) -> &'static str {
        match self {
            Self::Sqlite => " AND library_fts MATCH ?",
            Self::Postgres => " AND t.terms @@ CAST(? AS TSQUERY)",
        }
    }

    /// Ends the inner part of [`Self::ranking`].
    pub(crate) fn newest_text_first(self) -> &'static str {
        match self {
            Self::Sqlite => " ORDER BY library_fts.rowid DESC LIMIT ?) AS r",
            Self::Postgres => " ORDER BY t.id DESC LIMIT ?) AS r",
        }
    }

    /// The beginning of a question for how many texts there are, with their rows where asked for.
    pub(crate) fn counting(self, with_row: bool) -> &'static str {
        match (self, with_row) {
            // The index knows the workspace by a word of its own; `$1` has to be used somewhere.
            (Self::Sqlite, false) => {
                "SELECT COUNT(*) AS files FROM library_fts WHERE $1 IS NOT NULL"
            }
            (Self::Sqlite, true) => {
                "SELECT COUNT(*) AS files FROM library_fts \
                 CROSS JOIN library_texts t ON t.id = library_fts.rowid \
                 JOIN library l ON l.workspace = t.workspace AND l.path = t.path \
                 WHERE t.workspace = $1"
            }
            (Self::Postgres, false) => {
                "SELECT COUNT(*) AS files FROM library_texts t WHERE t.workspace = $1"
            }
            (Self::Postgres, true) => {
                "SELECT COUNT(*) AS files FROM library_texts t \
                 JOIN library l ON l.workspace = t.workspace AND l.path = t.path \
                 WHERE t.workspace = $1"
            }
        }
    }

    /// The beginning of a question for the numbers of facet sets, with how many texts have each where
    /// the engine counts, as one text: a row for each would take twice as long. `found_by` is for those
    /// texts that the index finds.
    pub(crate) fn sets(self, found_by: bool, with_row: bool) -> &'static str {
        match (self, found_by, with_row) {
            // The number of a text ends in that of its set. The index knows the workspace by a word of
            // its own; `$1` has to be used somewhere.
            (Self::Sqlite, true, false) => {
                "SELECT count_each(rowid & 16777215) AS sets FROM library_fts \
                 WHERE $1 IS NOT NULL"
            }
            (Self::Sqlite, true, true) => {
                "SELECT count_each(t.facet_set) AS sets FROM library_fts \
                 CROSS JOIN library_texts t ON t.id = library_fts.rowid \
                 JOIN library l ON l.workspace = t.workspace AND l.path = t.path \
                 WHERE t.workspace = $1"
            }
            (Self::Sqlite, false, _) => {
                "SELECT count_each(t.facet_set) AS sets FROM library_texts t \
                 JOIN library l ON l.workspace = t.workspace AND l.path = t.path \
                 WHERE t.workspace = $1"
            }
            (Self::Postgres, true, false) => {
                "SELECT STRING_AGG(CAST(t.facet_set AS TEXT), ',') AS sets FROM library_texts t \
                 WHERE t.workspace = $1"
            }
            (Self::Postgres, ..) => {
                "SELECT STRING_AGG(CAST(t.facet_set AS TEXT), ',') AS sets FROM library_texts t \
                 JOIN library l ON l.workspace = t.workspace AND l.path = t.path \
                 WHERE t.workspace = $1"
            }
        }
    }

    /// The condition that the index over words finds a row `l`.
    pub(crate) fn paths_found(self) -> &'static str {
        match self {
            Self::Sqlite => {
                " AND l.path IN (SELECT t.path FROM library_fts CROSS JOIN library_texts t \
                 ON t.id = library_fts.rowid WHERE library_fts MATCH ? AND t.workspace = $1)"
            }
            Self::Postgres => {
                " AND l.path IN (SELECT t.path FROM library_texts t \
                 WHERE t.workspace = $1 AND t.terms @@ CAST(? AS TSQUERY))"
            }
        }
    }

    /// The condition that the id of a row `l` stands in a list, given as JSON.
    pub(crate) fn id_in_json(self) -> &'static str {
        match self {
            Self::Sqlite => " AND l.id IN (SELECT value FROM json_each(?))",
            Self::Postgres => " AND l.id IN (SELECT json_array_elements_text(CAST(? AS JSON)))",
        }
    }
}
