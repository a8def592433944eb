//! People, services and their tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person or service.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// The actor's id.
    pub id: i64,
    /// `person`, `service` or `system`.
    pub kind: String,
    /// The name shown.
    pub name: String,
    /// The address written into commits.
    pub email: String,
    /// What they may do, and where.
    pub grants: Vec<Grant>,
    /// When they were added.
    pub created_at: String,
    /// Whether they were shut out.
    pub disabled: bool,
}

/// A role on everything below a path prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// `viewer`, `author`, `publisher` or `administrator`.
    pub role: String,
    /// The path prefix; empty for the whole workspace.
    #[serde(default)]
    pub prefix: String,
}

/// Invites a person by link.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    /// The name shown.
    pub name: String,
    /// The address written into commits.
    pub email: String,
    /// What they may do, and where.
    pub grants: Vec<Grant>,
}

/// The invitation link; shown once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// Who was invited.
    pub person: Person,
    /// The link to send; works once and for seven days.
    pub link: String,
}

/// Changes what a person may do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangePerson {
    /// The new grants, where they change.
    #[serde(default)]
    pub grants: Option<Vec<Grant>>,
    /// Shuts out or lets in again, where that changes.
    #[serde(default)]
    pub disabled: Option<bool>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// A token, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Which.
    pub id: i64,
    /// The name its maker gave it.
    pub name: String,
    /// `api`, `session`, `sign-in` or `invitation`.
    pub kind: String,
    /// Who acts with it.
    pub actor: i64,
    /// That actor's name.
    pub actor_name: String,
    /// The most it allows.
    pub role: String,
    /// What it is for: `resolve`, `events` or both; empty for everything its role allows.
    #[serde(default)]
    pub uses: Vec<String>,
    /// When it was made.
    pub created_at: String,
    /// When it stops working.
    pub expires_at: Option<String>,
}

/// Makes a token.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewToken {
    /// A name by which it is recognised later, e.g. `web shop`.
    pub name: String,
    /// The most it allows: at most the maker's own role.
    pub role: String,
    /// Days until it stops working; 1 to 366, 90 where not given.
    #[serde(default)]
    pub days: Option<u32>,
    /// Makes a service of this name act with it, rather than the maker.
    #[serde(default)]
    pub service: bool,
    /// Limits it to `resolve`, `events` or both; empty for everything its role allows.
    #[serde(default)]
    pub uses: Vec<String>,
}

/// A new token with its secret; shown once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenSecret {
    /// The token.
    pub token: Token,
    /// The secret, to be sent as `Authorization: Bearer …`.
    pub secret: String,
}
