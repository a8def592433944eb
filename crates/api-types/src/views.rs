//! Searches kept under a name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::library::ListPrompts;

/// A kept search.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own"
)]
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct View {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The words and filters.
    pub find: ListPrompts,
    /// Whether everybody sees it.
    pub shared: bool,
    /// Whether it stands ready beside the library.
    pub pinned: bool,
    /// Who keeps it.
    pub owner: i64,
    /// Their name.
    pub owner_name: String,
    /// Whether the caller keeps it.
    pub mine: bool,
    /// Whether the caller may change it or take it away.
    pub may_change: bool,
    /// When it was kept.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
}

/// The views the caller sees.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Views {
    /// Their own and those that others share; pinned ones first, then by name.
    pub items: Vec<View>,
}

/// A search to be kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct NewView {
    /// Its name: one line of at most 80 characters, none of one's own twice.
    pub name: String,
    /// The words and filters; `after`, `limit` and `facets` are no part of it.
    pub find: ListPrompts,
    /// Shows it to everybody; takes the role `author`.
    #[serde(default)]
    pub shared: bool,
    /// Lets it stand ready beside the library.
    #[serde(default)]
    pub pinned: bool,
}

/// What is to be different about a view; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct EditView {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The words and filters.
    #[serde(default)]
    pub find: Option<ListPrompts>,
    /// Whether everybody sees it.
    #[serde(default)]
    pub shared: Option<bool>,
    /// Whether it stands ready beside the library.
    #[serde(default)]
    pub pinned: Option<bool>,
}
