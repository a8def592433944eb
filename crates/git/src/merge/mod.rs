//! Bringing two lines of work together. What gix resolves but Git flags is treated as a conflict
//! that needs a review, so that nothing moves by itself which a person would want to see.

mod commits;
mod conflicts;
mod hunks;
mod machine;
mod moves;
mod prefetch;
mod quick;
mod review;
mod safety;
mod trees;

use variorum_domain::id::Oid;

use crate::tree::Entry;

pub use commits::{CommitMerge, VIRTUAL_BASE_DEPTH_MAX, merge_commits};
pub use machine::MERGE_BLOB_BYTES_MAX;
pub use trees::merge_trees;

/// The names of the three sides, as they stand beside conflict markers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeLabels {
    /// The common ancestor.
    pub base: String,
    /// The side that is merged into.
    pub ours: String,
    /// The side that is brought in.
    pub theirs: String,
}

/// What a merge came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeOutcome {
    /// The merged tree, only if there are no conflicts.
    pub tree: Option<Oid>,
    /// The tree with all that could be merged; files in conflict carry markers or one side. Edits
    /// that settle the conflicts start from here. It is our side where a file and a directory are
    /// in each other's way.
    pub partial_tree: Oid,
    /// What a person must decide or look at.
    pub conflicts: Vec<Conflict>,
}

impl MergeOutcome {
    /// Whether nothing is left to decide.
    pub fn is_clean(&self) -> bool {
        self.conflicts.is_empty()
    }

    fn clean(tree: Oid) -> Self {
        Self {
            tree: Some(tree),
            partial_tree: tree,
            conflicts: Vec::new(),
        }
    }
}

/// Why a path is in conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// Both sides changed the same part of a file.
    BothChanged,
    /// Both sides added different files at the same path.
    BothAdded,
    /// One side changed a file that the other deleted.
    ChangedAndDeleted,
    /// Both sides moved the same file to different places.
    RenamedDifferently,
    /// Both sides moved different files to the same place.
    RenamedToSamePath,
    /// One side moved a file that the other deleted.
    RenamedAndDeleted,
    /// One side moved a file and both changed the same part of it.
    RenamedAndChanged,
    /// One side has a directory where the other has a file.
    FileAndDirectory,
    /// The sides have different sorts of entries, such as a file and a link.
    TypesDiffer,
    /// One side moved the files of a directory away and the other put a file into it. The file is
    /// moved along where all was moved unchanged, and else stays; only to be looked at.
    MovedWithDirectory,
    /// One side replaced a file with a directory of that name. Resolved, but only to be looked at.
    FileBecameDirectory,
    /// Both sides point to different commits of another repository.
    Submodule,
    /// The sides cannot be brought together for another reason, or the result is not what one of
    /// them alone asks for.
    Other,
}

impl ConflictKind {
    /// Whether the partial tree holds a complete answer that somebody only has to look at.
    pub fn is_review_only(self) -> bool {
        matches!(self, Self::MovedWithDirectory | Self::FileBecameDirectory)
    }
}

/// Something that a person must decide or look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The path, as our side has it if it has the file at all.
    pub path: String,
    /// Why it is in conflict.
    pub kind: ConflictKind,
    /// What the common ancestor has.
    pub base: Option<Entry>,
    /// What our side has.
    pub ours: Option<Entry>,
    /// What their side has.
    pub theirs: Option<Entry>,
    /// The path on our side.
    pub ours_path: String,
    /// The path on their side.
    pub theirs_path: String,
    /// Where the partial tree has one of the sides, if it had to make room under a new name.
    pub moved_aside: Option<String>,
    /// The content with conflict markers, if it is text.
    pub merged_text: Option<String>,
    /// The parts of the content that are in conflict.
    pub hunks: Vec<ConflictHunk>,
}

/// A part of a file that both sides changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictHunk {
    /// The line of the merged text, from 1, with the first marker.
    pub start_line: usize,
    /// How many lines of the merged text to replace with the chosen text, markers included.
    pub line_count: usize,
    /// What the common ancestor has there.
    pub base: String,
    /// What our side has there.
    pub ours: String,
    /// What their side has there.
    pub theirs: String,
}
