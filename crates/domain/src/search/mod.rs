//! Finding texts by their words: how texts become words, what a person's query means, what a filter
//! is called in an index, and which passage of a text shows why it was found.
//!
//! Both engines index exactly the words made here, so that both find the same. Pure; knows nothing
//! of engines.

mod facet;
mod nearness;
mod query;
mod snippet;
mod words;

pub use facet::{Facet, facet_word};
pub use nearness::{edits, near_words};
pub use query::{QUERY_CHARS_MAX, QUERY_TERMS_MAX, Query, Term};
pub use snippet::{Piece, mark, snippet};
pub use words::{Word, Words, word_texts};

/// Of what a query finds, so many are ranked: the newest ones. Ranking all hundred thousand texts
/// that hold a common word would cost a tenth of a second and show nobody anything new.
pub const RANKED_MAX: usize = 2_000;
