//! The catalogue: what every prompt says about itself, and how well its category keeps the
//! documentation standard.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::library::PromptSummary;

/// Which prompts of the catalogue.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BrowseCatalogue {
    /// Words that must all occur in title, path, tags, intent, owner or text.
    pub q: Option<String>,
    /// Only of this category, by its title or path.
    pub category: Option<String>,
    /// Only below this folder.
    pub folder: Option<String>,
    /// Only this channel.
    pub channel: Option<String>,
    /// Only this brand.
    pub brand: Option<String>,
    /// Only this region.
    pub region: Option<String>,
    /// Only of this owner, as the prompt itself names it.
    pub owner: Option<String>,
    /// Only what is live in this environment; `any` for any.
    pub live: Option<String>,
    /// Comma-separated items of the standard; only what lacks something of any of them: `intent`,
    /// `inputs`, `outputs`, `benchmarks`, `dependencies`, `owner`.
    pub lacking: Option<String>,
    /// Only what scores less than this.
    pub below: Option<i64>,
    /// Also archived prompts.
    pub archived: Option<bool>,
    /// Where the page before ended: its `next`. Of no account for the categories.
    pub after: Option<String>,
    /// At most so many; 1 to 200, 50 where not given. Of no account for the categories.
    pub limit: Option<usize>,
}

/// How the categories keep the documentation standard.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Catalogue {
    /// All prompts together.
    pub all: CategoryScore,
    /// By category, in the order of `library.yaml`; those without prompts are left out.
    pub categories: Vec<CategoryScore>,
    /// What each item weighs in a score.
    pub weights: Vec<ItemWeight>,
    /// What is wrong with `rules/documentation.yaml`, where it cannot be read and the default
    /// standard counts instead.
    pub problem: Option<String>,
}

/// How the prompts of one category keep the standard.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CategoryScore {
    /// The category's path; empty for prompts outside of every category, and for all together.
    pub path: String,
    /// Its title; empty where it has none.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// Who looks after it day by day.
    pub custodian: String,
    /// How many prompts it has.
    pub prompts: i64,
    /// Their average score, rounded down.
    pub score: i64,
    /// How many of them score 100.
    pub full: i64,
    /// How many lack something of each item.
    pub lacking: Vec<ItemCount>,
}

/// How many prompts lack something of an item.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ItemCount {
    /// The item's name.
    pub item: String,
    /// How many prompts.
    pub prompts: i64,
}

/// What an item weighs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ItemWeight {
    /// The item's name.
    pub item: String,
    /// Its weight; only to be compared with the others.
    pub weight: u32,
}

/// A page of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CataloguePage {
    /// The entries, by path.
    pub items: Vec<CatalogueEntry>,
    /// Pass as `after` to get the next page; absent on the last.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: i64,
}

/// A prompt of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CatalogueEntry {
    /// What stands in a list.
    #[serde(flatten)]
    pub prompt: PromptSummary,
    /// The title of its category; empty where it lies in none.
    pub category_title: String,
    /// What it says about itself, and what is missing.
    pub documentation: Documentation,
    /// What it builds on.
    pub uses: Vec<CatalogueLink>,
    /// What builds on it, runs it or tests it.
    pub used_by: Vec<CatalogueLink>,
}

/// A file that an entry leads to, or that leads to it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CatalogueLink {
    /// How: `includes`, `varies`, `runs` or `tests`, read from the file that refers.
    pub kind: String,
    /// The name it is called by.
    pub name: String,
    /// Its id; empty where there is no such file.
    pub id: String,
    /// Its path; empty where there is no such file.
    pub path: String,
    /// Its title.
    pub title: String,
}

/// What a prompt says about itself, held against the documentation standard.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Documentation {
    /// From 0 to 100.
    pub score: u8,
    /// What it is for.
    pub intent: String,
    /// What is filled in.
    pub inputs: Vec<DocumentedValue>,
    /// What it yields, in words.
    pub outputs: Vec<String>,
    /// The form of the answer, e.g. `json`; empty where it is not said.
    pub output_format: String,
    /// The fields of the answer, where it has any.
    pub output_fields: Vec<DocumentedValue>,
    /// The figures it is measured against.
    pub benchmarks: Vec<String>,
    /// The KPIs it is meant to move.
    pub kpis: Vec<String>,
    /// The suites that test it.
    pub suites: Vec<String>,
    /// Who answers for it: as it says itself, or as its category says.
    pub owner: String,
    /// Each item of the standard.
    pub items: Vec<DocumentedItem>,
    /// What is missing.
    pub missing: Vec<MissingItem>,
    /// What is asked at its path, where a rule covers it.
    pub asked: Option<DocumentationRule>,
}

/// A value that is taken or yielded.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DocumentedValue {
    /// The name.
    pub name: String,
    /// The type, e.g. `string`; empty where it is not declared.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it holds.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
}

/// How one item of the standard stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DocumentedItem {
    /// `intent`, `inputs`, `outputs`, `benchmarks`, `dependencies` or `owner`.
    pub item: String,
    /// How many of its parts are stated.
    pub stated: usize,
    /// How many there are.
    pub of: usize,
}

/// Something that is missing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MissingItem {
    /// Of which item.
    pub item: String,
    /// What is missing, in words.
    pub message: String,
    /// What to do about it.
    pub next: String,
    /// The line of the file where it stands or would be added.
    pub line: Option<usize>,
    /// The column.
    pub column: Option<usize>,
}

/// What a rule of the standard asks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DocumentationRule {
    /// The rule's title.
    pub title: String,
    /// What happens where something is missing: `off`, `warn` or `refuse`.
    pub enforce: String,
    /// The items that must be whole.
    pub require: Vec<String>,
    /// The lowest score.
    pub minimum: u8,
}

/// An entry with its text and what last changed it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CatalogueDetail {
    /// The entry.
    #[serde(flatten)]
    pub entry: CatalogueEntry,
    /// The file's content.
    pub source: String,
    /// The newest changes that are in the library, the newest first.
    pub changes: Vec<CatalogueChange>,
}

/// A change of a prompt, with its reason.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CatalogueChange {
    /// The version it made.
    pub version: i64,
    /// When.
    pub at: String,
    /// Who.
    pub author: String,
    /// What changed.
    pub subject: String,
    /// The problem it answers; empty where none was told.
    pub problem: String,
    /// What was expected of it; empty where nothing was told.
    pub hypothesis: String,
}
