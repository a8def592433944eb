//! Keeping a library in order.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::library::PromptSummary;

/// What to compare.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FindDuplicates {
    /// Only below this folder.
    pub folder: Option<String>,
    /// Only this channel.
    pub channel: Option<String>,
    /// Only of this category, by its title or path.
    pub category: Option<String>,
    /// Comma-separated kinds; prompts where not given.
    pub kind: Option<String>,
    /// How many of a hundred runs of words they share at least; 30 to 100, 80 where not given.
    pub percent: Option<u8>,
    /// At most so many groups; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
    /// Answers at once with what was found last, where the library has changed since; `is_current`
    /// says whether it has. Comparing ten thousand texts takes some seconds.
    pub old_will_do: Option<bool>,
}

/// Groups of files that are alike, the most alike first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Duplicates {
    /// The groups.
    pub items: Vec<DuplicateGroup>,
    /// When the texts were compared.
    #[serde(default)]
    pub compared_at: String,
    /// Whether the library is still as it was then.
    #[serde(default)]
    pub is_current: bool,
}

/// Files that are alike.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DuplicateGroup {
    /// How many of a hundred runs of words the most alike two share; 100 for copies.
    pub percent: u8,
    /// The files.
    pub files: Vec<PromptSummary>,
}

/// What counts as obsolete.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FindObsolete {
    /// Only below this folder.
    pub folder: Option<String>,
    /// Only of this owner.
    pub owner: Option<String>,
    /// Only of this category, by its title or path.
    pub category: Option<String>,
    /// Comma-separated kinds; prompts and partials where not given.
    pub kind: Option<String>,
    /// Not changed for so many days; 90 where not given.
    pub days: Option<i64>,
    /// Where the page before ended: its `next`.
    pub after: Option<String>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// A page of files that nobody seems to need.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ObsoletePage {
    /// The files, by path.
    pub items: Vec<ObsoletePrompt>,
    /// Pass as `after` to get the next page; absent on the last.
    pub next: Option<String>,
}

/// A file that nobody seems to need.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ObsoletePrompt {
    /// The file.
    pub prompt: PromptSummary,
    /// Why it is thought so.
    pub reasons: Vec<String>,
}
