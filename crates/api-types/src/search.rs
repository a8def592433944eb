//! Finding prompts: ranked, with passages, corrections and counts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::library::PromptSummary;

/// A page of what was found, the best first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    /// What was found.
    pub items: Vec<FoundPrompt>,
    /// Pass as `after` to get the next page; absent on the last. Of very many, the newest 2,000 are
    /// ranked.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: i64,
    /// Words that occur nowhere, and what they were taken for.
    pub corrections: Vec<Correction>,
    /// How many files there are of each kind, channel and so on, where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facets: Option<Facets>,
}

/// A file that was found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FoundPrompt {
    /// The file.
    pub prompt: PromptSummary,
    /// How well it fits; only to be compared within one search.
    pub score: i64,
    /// Its title, cut where the words stand.
    pub title: Vec<TextPiece>,
    /// The passage that shows why it was found, cut where the words stand.
    pub passage: Vec<TextPiece>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TextPiece {
    /// The piece.
    pub text: String,
    /// Whether it is what was looked for.
    pub hit: bool,
}

/// A word that occurs nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    /// The word.
    pub word: String,
    /// What it was taken for, the nearest first.
    pub also: Vec<String>,
}

/// How many files have each value of what one can filter by, the most frequent first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Facets {
    /// By kind.
    pub kinds: Vec<FacetCount>,
    /// By channel.
    pub channels: Vec<FacetCount>,
    /// By brand.
    pub brands: Vec<FacetCount>,
    /// By region.
    pub regions: Vec<FacetCount>,
    /// By owner.
    pub owners: Vec<FacetCount>,
    /// By status.
    pub statuses: Vec<FacetCount>,
    /// By the path of the category.
    pub categories: Vec<FacetCount>,
    /// By tag.
    pub tags: Vec<FacetCount>,
}

/// A value and how many files have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// How many files.
    pub files: i64,
}
