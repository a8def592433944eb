//! Names and numbers of things. Each has a type of its own, so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is not the id it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a valid {what}: {reason}")]
pub struct InvalidId {
    /// What was expected, in words.
    pub what: &'static str,
    /// The offending text, cut to 80 characters.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl InvalidId {
    fn new(what: &'static str, text: &str, reason: &'static str) -> Self {
        Self {
            what,
            text: text.chars().take(80).collect(),
            reason,
        }
    }
}

/// The SHA-1 id of a Git object, equal to the one `git` computes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(pub [u8; 20]);

impl Oid {
    /// The all-zero id, which Git uses for "nothing".
    pub const ZERO: Self = Self([0; 20]);

    /// Reads an id from its 20 raw bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidId> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| InvalidId::new("object id", "(bytes)", "it must be 20 bytes long"))
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The first ten hexadecimal digits, enough for a person to tell commits apart.
    pub fn short(&self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

impl FromStr for Oid {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = unhex(text)
            .ok_or_else(|| InvalidId::new("object id", text, "it must be 40 hexadecimal digits"))?;
        Self::from_bytes(&bytes)
            .map_err(|_| InvalidId::new("object id", text, "it must be 40 hexadecimal digits"))
    }
}

impl Serialize for Oid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Oid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of nothing at all: 32 zero bytes, the `prev` of a first entry.
    pub const ZERO: Self = Self([0; 32]);

    /// Hashes `bytes` with SHA-256.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        unhex(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| InvalidId::new("digest", text, "it must be 64 hexadecimal digits"))
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// Hexadecimal digits as bytes; `None` where the text is not that.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok())
        .collect()
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// A workspace, the tenant.
    WorkspaceId
);
number_id!(
    /// A person, a service or the system itself.
    ActorId
);
number_id!(
    /// The number of a release within its workspace; shown as `release/7`.
    ReleaseNumber
);
number_id!(
    /// The number of a rollout within its workspace; shown as `R-12`.
    RolloutNumber
);
number_id!(
    /// The number of a change within its workspace; shown as `CH-42`.
    ChangeNumber
);
number_id!(
    /// The number of a discussion thread within its workspace.
    ThreadNumber
);
number_id!(
    /// The number of an incident within its workspace; shown as `I-3`.
    IncidentNumber
);
number_id!(
    /// A line in somebody's inbox.
    NoticeId
);
number_id!(
    /// An API token, session, invitation or sign-in link.
    TokenId
);

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// Microseconds in a second.
    pub const SECOND_US: i64 = 1_000_000;

    /// Whole seconds since 1970, rounded down, as Git stores them.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(Self::SECOND_US)
    }

    /// From whole seconds since 1970.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(Self::SECOND_US))
    }

    /// This moment moved by a number of seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(
            self.0
                .saturating_add(seconds.saturating_mul(Self::SECOND_US)),
        )
    }
}
