//! What differs between two trees and between two texts.

mod lines;
mod renames;
mod trees;
mod words;

use crate::tree::Entry;

pub use lines::{LINE_COMPARE_BYTES_MAX, Line, LineHunk, compare_lines};
pub(crate) use renames::similarity_percent_of;
pub use renames::{RENAME_CANDIDATES_MAX, SIMILARITY_PERCENT_MIN, detect_renames};
pub use trees::tree_diff;
pub use words::{Span, SpanKind, WORD_COMPARE_BYTES_MAX, compare_words};

/// How a path differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It is only in the second tree.
    Added,
    /// Its content or mode differs.
    Modified,
    /// It is only in the first tree.
    Deleted,
    /// It is in the second tree under another path; only made by [`detect_renames`].
    Renamed,
}

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path, in the second tree if it is there.
    pub path: String,
    /// How it differs.
    pub kind: ChangeKind,
    /// What the first tree has.
    pub old: Option<Entry>,
    /// What the second tree has.
    pub new: Option<Entry>,
    /// The path in the first tree, if the file was renamed.
    pub old_path: Option<String>,
    /// How much of the content a renamed file kept, in percent.
    pub similarity_percent: Option<u8>,
}

impl Change {
    fn between(path: String, old: Option<Entry>, new: Option<Entry>) -> Self {
        let kind = match (old, new) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Deleted,
            _ => ChangeKind::Modified,
        };
        Self {
            path,
            kind,
            old,
            new,
            old_path: None,
            similarity_percent: None,
        }
    }

    /// Whether only the mode differs.
    pub fn is_mode_only(&self) -> bool {
        matches!((self.old, self.new), (Some(old), Some(new)) if old.oid == new.oid && old.mode != new.mode)
    }
}
