//! Trees: the directories of the library.

mod edit;
pub(crate) mod patch;
mod path;
pub(crate) mod raw;
mod read;

use variorum_domain::id::Oid;

use crate::error::GitError;

pub(crate) use edit::require_trees;
pub use edit::{Edit, edit};
pub use path::{COMPONENT_BYTES_MAX, PATH_BYTES_MAX, PATH_DEPTH_MAX, check_path};
pub use read::{entry_at, list_all, list_dir};

/// What a tree entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A plain file.
    File,
    /// A file that may be run.
    Executable,
    /// A symbolic link; kept when imported, never written by an edit.
    Symlink,
    /// A commit of another repository; kept when imported, never written by an edit.
    Submodule,
    /// A directory.
    Directory,
}

impl Mode {
    /// The mode as Git writes it in trees.
    pub fn octal(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Submodule => "160000",
            Self::Directory => "40000",
        }
    }

    /// The mode for the number in a tree; old forms count as the form Git uses today.
    pub fn from_number(number: u32) -> Option<Self> {
        match number & 0o170_000 {
            0o100_000 if number & 0o100 != 0 => Some(Self::Executable),
            0o100_000 => Some(Self::File),
            0o120_000 => Some(Self::Symlink),
            0o160_000 => Some(Self::Submodule),
            0o040_000 => Some(Self::Directory),
            _ => None,
        }
    }

    /// The mode in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Executable => "executable file",
            Self::Symlink => "symbolic link",
            Self::Submodule => "submodule",
            Self::Directory => "directory",
        }
    }

    /// Whether the entry is a directory.
    pub fn is_directory(self) -> bool {
        self == Self::Directory
    }

    /// Whether the entry is a commit of another repository, which is never stored here.
    pub fn is_submodule(self) -> bool {
        self == Self::Submodule
    }

    /// Whether the entry is a file whose content is text or data.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// What it is.
    pub mode: Mode,
    /// The id of its content.
    pub oid: Oid,
}

/// An entry with its name in one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedEntry {
    /// The name.
    pub name: String,
    /// What it is and the id of its content.
    pub entry: Entry,
}

/// Reads a tree into its entries, in Git's order.
pub fn parse_tree(bytes: &[u8]) -> Result<Vec<NamedEntry>, GitError> {
    raw::entries(bytes)
        .map(|entry| {
            let entry = entry?;
            Ok(NamedEntry {
                name: entry.text()?.to_owned(),
                entry: entry.entry(),
            })
        })
        .collect()
}

/// Writes a tree from entries in any order; names must be unique.
pub fn encode_tree(entries: &[NamedEntry]) -> Result<Vec<u8>, GitError> {
    let mut sorted: Vec<&NamedEntry> = entries.iter().collect();
    sorted.sort_by(|a, b| {
        raw::compare_names(
            (a.name.as_bytes(), a.entry.mode.is_directory()),
            (b.name.as_bytes(), b.entry.mode.is_directory()),
        )
    });
    let mut names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(GitError::malformed("tree", "a name is there twice"));
    }
    let mut out = Vec::new();
    for entry in sorted {
        path::check_component(&entry.name)?;
        raw::push(&mut out, entry.name.as_bytes(), entry.entry);
    }
    Ok(out)
}
