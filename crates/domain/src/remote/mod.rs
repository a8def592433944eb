//! Remotes: Git repositories elsewhere with which the library is kept in step.
//!
//! Pure: addresses and what they may be, and what is to be done with one branch. Nothing here talks to
//! a remote.

mod address;
mod step;

use crate::limits::{REMOTE_NAME_CHARS_MAX, REMOTE_RETRY_SECONDS, REMOTE_RETRY_SECONDS_MAX};

pub use address::{AddressFault, Allowed, Credential, RemoteUrl};
pub use step::{NotesStep, Relation, Side, Step, TagStep, notes_step, step, tag_step};

/// The folder of drafts in which a remote's versions arrive that cannot simply be taken in.
pub const ARRIVALS: &str = "mirror/";

/// Which way versions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From here to the remote.
    Push,
    /// From the remote to here.
    Pull,
    /// Both ways.
    Both,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Push, Self::Pull, Self::Both];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Pull => "pull",
            Self::Both => "both",
        }
    }

    /// The direction of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether versions go to the remote.
    pub fn sends(self) -> bool {
        self != Self::Pull
    }

    /// Whether versions come from the remote.
    pub fn takes(self) -> bool {
        self != Self::Push
    }
}

/// Whether a text can be the name of a remote: it becomes part of the names of drafts.
pub fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty()
        && text.len() <= REMOTE_NAME_CHARS_MAX
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Seconds until the next attempt after so many that failed, one after the other.
pub fn retry_seconds(failures: i64) -> i64 {
    let doublings = u32::try_from(failures.clamp(1, 20) - 1).unwrap_or(0);
    let seconds = REMOTE_RETRY_SECONDS.saturating_mul(2_i64.saturating_pow(doublings));
    seconds.min(REMOTE_RETRY_SECONDS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_up_to_an_hour() {
        assert_eq!(retry_seconds(1), REMOTE_RETRY_SECONDS);
        assert_eq!(retry_seconds(2), 2 * REMOTE_RETRY_SECONDS);
        assert_eq!(retry_seconds(1_000), REMOTE_RETRY_SECONDS_MAX);
        assert_eq!(retry_seconds(0), REMOTE_RETRY_SECONDS);
        for failures in 1..30 {
            assert!(retry_seconds(failures) <= retry_seconds(failures + 1));
        }
    }

    #[test]
    fn names_fit_into_names_of_drafts() {
        for fine in ["origin", "git-hub2"] {
            assert!(is_name(fine), "{fine}");
        }
        let long = "a".repeat(REMOTE_NAME_CHARS_MAX + 1);
        for bad in ["", "-a", "a-", "Origin", "a/b", "a.b", "ä", &long] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
