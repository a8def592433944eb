//! Rows of the index of `main`: what is listed, searched and counted.

use variorum_domain::id::{Oid, Time};
use variorum_domain::impact::EdgeKind;
use variorum_domain::search::Query;

/// A file on `main`, indexed for listing and search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryRow {
    /// The path.
    pub path: String,
    /// The prompt's id.
    pub id: String,
    /// The folder of the path, without a slash at the end.
    pub folder: String,
    /// The kind's name.
    pub kind: String,
    /// The title shown.
    pub title: String,
    /// What it is for.
    pub intent: String,
    /// The channel, or empty.
    pub channel: String,
    /// The brand, or empty.
    pub brand: String,
    /// The region, or empty.
    pub region: String,
    /// The owner, or empty.
    pub owner: String,
    /// Tags, as a JSON array.
    pub tags: String,
    /// The file.
    pub blob: Oid,
    /// The commit that last changed it.
    pub commit: Oid,
    /// The version number.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: Time,
    /// By whom.
    pub updated_by: String,
    /// Problems found in it, as a JSON array of diagnostics.
    pub problems: String,
    /// How many of them are errors.
    pub errors: i64,
    /// The status its front matter gives it, e.g. `archived`; empty where none.
    pub status: String,
    /// The path of the category that covers it, or empty.
    pub category: String,
    /// When it is to be looked at again or taken out of use.
    pub expires_at: Option<Time>,
    /// Its text, for search.
    pub text: String,
    /// How much of the documentation standard it keeps, of a hundred; nothing where it is not judged.
    pub score: Option<i64>,
    /// Of which items of the standard something is missing, as a set of bits.
    pub lacking: i64,
    /// What it says about itself, as JSON; empty where it is not judged.
    pub documentation: String,
}

/// How the prompts of one category keep the documentation standard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreRow {
    /// The path of the category, or empty.
    pub category: String,
    /// How many prompts are judged.
    pub prompts: i64,
    /// Their scores, added up.
    pub scores: i64,
    /// How many of them score a hundred.
    pub full: i64,
    /// How many lack something of each item, in the order of the standard.
    pub lacking: [i64; 6],
}

/// A file that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRow {
    /// The file.
    pub row: LibraryRow,
    /// How well it fits; only to be compared with others of the same search.
    pub score: i64,
}

/// Where a page of a search ends: the score and path of its last file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPlace {
    /// The score.
    pub score: i64,
    /// The path.
    pub path: String,
}

/// How many files share all of these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FacetRow {
    /// The kind's name.
    pub kind: String,
    /// Channels, as a row of the listing has them.
    pub channel: String,
    /// Brands.
    pub brand: String,
    /// Regions.
    pub region: String,
    /// The owner.
    pub owner: String,
    /// The status.
    pub status: String,
    /// The category's path.
    pub category: String,
    /// Tags, as a JSON array.
    pub tags: String,
    /// How many files.
    pub files: i64,
}

/// A file of `main` refers to something; what it refers to need not exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeRow {
    /// The file that refers.
    pub from_path: String,
    /// How.
    pub kind: EdgeKind,
    /// To what: the name of a partial, the path of a prompt that is varied, the id of one that is run.
    pub to_ref: String,
}

/// What to list of the library.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LibraryFilter {
    /// Only these kinds; empty for all.
    pub kinds: Vec<String>,
    /// Only below this folder.
    pub folder: Option<String>,
    /// Only this channel.
    pub channel: Option<String>,
    /// Only this brand.
    pub brand: Option<String>,
    /// Only this region.
    pub region: Option<String>,
    /// Only of this owner.
    pub owner: Option<String>,
    /// Only of the category with this path.
    pub category: Option<String>,
    /// Only with this status.
    pub status: Option<String>,
    /// Only with all these tags.
    pub tags: Vec<String>,
    /// Nothing that is archived.
    pub without_archived: bool,
    /// Only what these words find.
    pub query: Query,
    /// Only these ids.
    pub ids: Option<Vec<String>>,
    /// Only what expires before this moment.
    pub expires_before: Option<Time>,
    /// Only what refers to this, as its edges say: how, and to what.
    pub refers_to: Option<(EdgeKind, String)>,
    /// Only what has errors.
    pub with_errors: bool,
    /// Only what scores less than this by the documentation standard.
    pub score_below: Option<i64>,
    /// Only what lacks something of any of these items of the standard, as a set of bits.
    pub lacking: i64,
}

/// How many files a folder holds directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderRow {
    /// The folder.
    pub folder: String,
    /// How many files.
    pub files: i64,
}
