//! Why a use case did not do what it was asked. Four kinds are the caller's: denied, not found,
//! conflict, invalid. All else is ours.

use thiserror::Error;
use variorum_domain::access::Denied;
use variorum_domain::attribution::RulesError;
use variorum_domain::change::{Blocker, ChangeError};
use variorum_domain::draft::DraftError;
use variorum_domain::id::Oid;
use variorum_domain::prompt::Diagnostic;
use variorum_domain::record::NoteError;
use variorum_domain::rollout::RolloutError;
use variorum_domain::watch::ActError;
use variorum_git::error::GitError;
use variorum_git::merge;
use variorum_ports::StoreError;

/// Why a use case failed. Nothing was written.
#[derive(Debug, Error)]
pub enum Error {
    /// The actor may not do it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such thing, or the actor may not see it.
    #[error("{what} `{id}` does not exist")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Which one.
        id: String,
    },
    /// Somebody else changed it first.
    #[error("{0}")]
    Conflict(String),
    /// Two people changed the same part.
    #[error("two people changed the same part of {}", paths(.conflicts))]
    Clash {
        /// The parts.
        conflicts: Vec<merge::Conflict>,
        /// Where the branch stands now.
        head: Oid,
    },
    /// The request cannot be carried out as it is.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What to do next.
        hint: Option<String>,
        /// Problems in a text, with their places.
        diagnostics: Vec<Diagnostic>,
    },
    /// The rules of the library stand in the way; nothing was written.
    #[error("{}", in_the_way(.0))]
    Refused(Vec<Blocker>),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// Stored objects are not what they should be.
    #[error("the library's objects are damaged")]
    Damaged(#[source] GitError),
    /// Something that cannot happen happened.
    #[error("internal error: {0}")]
    Internal(String),
}

fn paths(conflicts: &[merge::Conflict]) -> String {
    let mut paths: Vec<String> = conflicts
        .iter()
        .map(|conflict| format!("`{}`", conflict.path))
        .collect();
    paths.dedup();
    paths.join(", ")
}

fn in_the_way(blockers: &[Blocker]) -> String {
    let first = blockers.first().map_or("", |one| one.message.as_str());
    match blockers.len() {
        0 | 1 => first.to_owned(),
        2 => format!("{first}, and one more thing is in the way"),
        more => format!("{first}, and {} more things are in the way", more - 1),
    }
}

impl Error {
    /// There is no such thing.
    pub fn not_found(what: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound {
            what,
            id: format!("{id}"),
        }
    }

    /// The request cannot be carried out as it is.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid {
            message: message.into(),
            hint: None,
            diagnostics: Vec::new(),
        }
    }

    /// The same with what to do next.
    pub fn invalid_with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into());
        Self::Invalid {
            message: message.into(),
            hint,
            diagnostics: Vec::new(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { what } => {
                Self::Conflict(format!("somebody else changed {what} first"))
            }
            other => Self::Store(other),
        }
    }
}

impl From<GitError> for Error {
    fn from(error: GitError) -> Self {
        match error {
            GitError::InvalidPath { .. }
            | GitError::RefusedMode { .. }
            | GitError::Limit { .. }
            | GitError::Collision
            | GitError::Unrelated { .. } => Self::invalid(error.to_string()),
            GitError::Merge(_) => Self::Internal(error.to_string()),
            other => Self::Damaged(other),
        }
    }
}

impl From<NoteError> for Error {
    fn from(error: NoteError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<DraftError> for Error {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Status { .. } => Self::Conflict(error.to_string()),
            _ => Self::invalid(error.to_string()),
        }
    }
}

impl From<ChangeError> for Error {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Status { .. }
            | ChangeError::NothingOwed(_)
            | ChangeError::Thread(_)
            | ChangeError::ThreadFull => Self::Conflict(error.to_string()),
            _ => Self::invalid(error.to_string()),
        }
    }
}

impl From<RolloutError> for Error {
    fn from(error: RolloutError) -> Self {
        match error {
            RolloutError::Plan(_) => Self::invalid(error.to_string()),
            _ => Self::Conflict(error.to_string()),
        }
    }
}

impl From<ActError> for Error {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Reason(_) => Self::invalid(error.to_string()),
            _ => Self::Conflict(error.to_string()),
        }
    }
}

impl From<RulesError> for Error {
    fn from(error: RulesError) -> Self {
        Self::invalid(error.to_string())
    }
}
