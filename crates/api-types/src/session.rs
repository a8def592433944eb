//! Signing in and out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who is signed in, and where.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Who.
    pub actor: Me,
    /// The workspace.
    pub workspace: Workspace,
    /// The version of the server.
    pub server_version: String,
}

/// The one who asks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The actor's id.
    pub id: i64,
    /// The name shown.
    pub name: String,
    /// The address written into commits.
    pub email: String,
    /// `person` or `service`.
    pub kind: String,
    /// The highest role on the whole workspace: `viewer`, `author`, `publisher`, `administrator`.
    pub role: String,
    /// What the actor may do, for showing and hiding buttons: `write-draft`, `publish`,
    /// `create-release`, `go-live`, `roll-back`, `manage-people`, `administer`.
    pub may: Vec<String>,
}

/// The tenant.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Workspace {
    /// The short name in addresses.
    pub name: String,
    /// The title shown.
    pub title: String,
    /// Whether this is the sample, which may be reset.
    pub sample: bool,
    /// Whether the library holds no version yet: show the first-run page.
    pub empty: bool,
}

/// Redeems a one-time code from a sign-in or invitation link.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// The code after `#` in the link.
    pub code: String,
}
