//! Which words of a library begin with a word that is asked for.
//!
//! SQLite finds what begins with a word by joining the lists of all such words, positions and all,
//! before it finds anything. The words themselves are known, and asked for one by one it takes an
//! eighth of the time.

use std::collections::HashMap;

use variorum_domain::id::WorkspaceId;
use variorum_domain::search::{Query, Term};
use variorum_ports::StoreError;
use variorum_ports::store::LibraryIndex as _;

use super::search::is_kept;
use crate::dialect::Engine;
use crate::transaction::SqlTx;

/// The most words that are asked for in place of their beginning.
const SPELLINGS_MAX: usize = 16;

/// The words that begin with the words of a query, where they are few.
#[derive(Debug, Default)]
pub(super) struct Spellings(HashMap<String, Vec<String>>);

impl Spellings {
    /// Looks up what a query needs.
    pub(super) async fn of_query(
        tx: &mut SqlTx,
        id: WorkspaceId,
        query: &Query,
    ) -> Result<Self, StoreError> {
        let mut found = HashMap::new();
        if tx.engine() != Engine::Sqlite {
            return Ok(Self(found));
        }
        for word in query.terms.iter().filter_map(beginning) {
            let words = tx.library_words(id, word, SPELLINGS_MAX + 1).await?;
            if (1..=SPELLINGS_MAX).contains(&words.len()) {
                found.insert(word.to_owned(), words);
            }
        }
        Ok(Self(found))
    }

    /// The words that begin as a term asks; `None` where they are not known or too many.
    pub(super) fn of(&self, term: &Term) -> Option<&[String]> {
        self.0.get(beginning(term)?).map(Vec::as_slice)
    }

    /// Whether nothing is meant by a term but its one word, for nothing else begins so.
    pub(super) fn is_only(&self, term: &Term) -> bool {
        term.also.is_empty() && self.of(term) == Some(term.words.as_slice())
    }
}

/// The word whose continuations count, where all of them are remembered.
fn beginning(term: &Term) -> Option<&str> {
    match term.words.as_slice() {
        [word] if term.prefix && is_kept(word) => Some(word),
        _ => None,
    }
}
