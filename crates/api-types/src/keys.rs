//! Keys for signing, and what signatures come to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is known of a version beside what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Provenance {
    /// `good`: signed by its committer. `server`: signed by the server on behalf of its committer.
    /// `none`, `bad`, `unknown-key`, `ended-key`, `other-person`: no signature that counts.
    pub signature: String,
    /// Whether the signature counts where signatures are required.
    pub counts: bool,
    /// The same in words, e.g. `it is signed by Ann Lee`.
    pub words: String,
    /// Who pushed it; absent for what was saved or merged here, or imported.
    pub pushed_by: Option<String>,
}

/// A public key with which somebody signs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SigningKey {
    /// Its id.
    pub id: i64,
    /// The name its owner gave it.
    pub title: String,
    /// Whose it is.
    pub actor: i64,
    /// The owner's name.
    pub owner: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The key as it stands in a `.pub` file.
    pub public_key: String,
    /// Since when it counts.
    pub added_at: String,
    /// Of how many of the newest 500 versions, in the library and on drafts, its signature counts.
    #[serde(default)]
    pub signed: usize,
    /// How many of them it signed without counting, e.g. where the version names another person.
    #[serde(default)]
    pub not_counting: usize,
    /// The newest version that it signed, as `git log` shows it.
    #[serde(default)]
    pub newest: Option<String>,
}

/// The keys of a workspace that count now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SigningKeys {
    /// People's keys, oldest first.
    pub keys: Vec<SigningKey>,
    /// The server's own key; absent before it has signed anything.
    pub server: Option<ServerKey>,
}

/// The key with which the server signs what it saves, merges and releases.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ServerKey {
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The key as it stands in a `.pub` file.
    pub public_key: String,
}

/// Registers a key of one's own.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewSigningKey {
    /// A name by which it is recognised; the comment in the key where not given.
    #[serde(default)]
    pub title: String,
    /// The content of the `.pub` file: one line.
    pub public_key: String,
}
