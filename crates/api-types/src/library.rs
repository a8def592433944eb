//! The library as a whole: settings, folders, listing, saving.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// The library's settings, from `library.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LibrarySettings {
    /// The title shown.
    pub title: String,
    /// Environments; the first is the default.
    pub environments: Vec<String>,
    /// Channels, by id.
    pub channels: Vec<String>,
    /// Brands.
    pub brands: Vec<Named>,
    /// Regions.
    pub regions: Vec<Named>,
    /// KPIs.
    pub kpis: Vec<Kpi>,
    /// KPIs that need no definition: latency, cost, errors and refusals of the model.
    #[serde(default)]
    pub model_kpis: Vec<Kpi>,
    /// Categories with their owners.
    pub categories: Vec<Category>,
    /// What is wrong with `library.yaml`, where something is.
    pub problem: Option<String>,
}

/// An id with its title.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The title shown.
    pub title: String,
}

/// A defined measure.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Kpi {
    /// The id used in events.
    pub id: String,
    /// The title shown.
    pub title: String,
    /// `conversion`, `value`, `count`, `ratio` or `quantile`.
    pub kind: String,
    /// `up` where more is better, `down` where less is.
    pub direction: String,
    /// The unit shown.
    pub unit: String,
    /// Digits after the decimal point.
    pub decimals: u32,
    /// Seconds after an exposure within which an outcome counts.
    pub window_seconds: i64,
    /// The currency into which amounts are converted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// The KPI that a ratio divides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<String>,
    /// The KPI that a ratio divides by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<String>,
    /// The KPI that a quantile is taken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Which quantile, in basis points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantile: Option<u32>,
    /// Where the totals of single units are cut: `off`, a share of people like `99.9%`, or an amount
    /// in the smallest unit.
    #[serde(default)]
    pub winsorise: String,
    /// Fewer units than this in an arm say nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_units: Option<u64>,
    /// How much worse, relatively and in basis points, a new version may be to be called no worse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_worse_by: Option<u32>,
    /// The attributes by which it is looked at in parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The digest of the definition; results name it.
    #[serde(default)]
    pub digest: String,
}

/// A part of the library that somebody answers for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Category {
    /// The title shown.
    pub title: String,
    /// The path prefix it covers.
    pub path: String,
    /// Who answers for it.
    pub owner: String,
    /// Who looks after it.
    pub custodian: String,
}

/// A folder.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Folder {
    /// The folder's path.
    pub path: String,
    /// Files directly in it.
    pub files: i64,
}

/// What to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct ListPrompts {
    /// Words that must all occur in title, path, tags, intent, owner or text. A word also finds what
    /// begins with it, `"a phrase"` is found as it stands, `-word` must not occur; case and accents
    /// do not count.
    pub q: Option<String>,
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
    /// Only of this category, by its title or path.
    pub category: Option<String>,
    /// Comma-separated tags; only what has all of them.
    pub tag: Option<String>,
    /// Only with this status; archived files are found with `archived` only.
    pub status: Option<String>,
    /// Also archived files.
    pub archived: Option<bool>,
    /// Only what is live in this environment; `any` for any.
    pub live: Option<String>,
    /// Only what expires within so many days, or has expired already.
    pub expiring_days: Option<i64>,
    /// Also counts the files found by kind, channel, brand and so on.
    pub facets: Option<bool>,
    /// Comma-separated kinds: `prompt`, `partial`, `foreign-prompt`, `workflow`, `suite`, `dataset`,
    /// `rule`, `settings`, `other`. Prompts and foreign prompts where not given.
    pub kind: Option<String>,
    /// Only files whose own text includes this partial: its name, id or path. The kinds prompt and
    /// partial where none is given.
    pub includes: Option<String>,
    /// Only files with errors.
    pub with_errors: Option<bool>,
    /// Where the page before ended: its `next`.
    pub after: Option<String>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// A page of the library.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PromptPage {
    /// The rows.
    pub items: Vec<PromptSummary>,
    /// Pass as `after` to get the next page; absent on the last.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: i64,
    /// How many files there are of each kind, channel and so on, where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facets: Option<super::search::Facets>,
}

/// A file of the library in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PromptSummary {
    /// The prompt's id, e.g. `email/welcome`.
    pub id: String,
    /// The file's path.
    pub path: String,
    /// The kind of file.
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
    /// Tags.
    pub tags: Vec<String>,
    /// The status its front matter gives it, e.g. `archived`; absent where none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// The path of the category that covers it; absent where none does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// When it is to be looked at again or taken out of use; absent where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The newest version on `main`.
    pub version: i64,
    /// When it was saved.
    pub updated_at: String,
    /// By whom.
    pub updated_by: String,
    /// How many errors were found in it.
    pub errors: i64,
    /// Where it is live.
    pub live: Vec<Live>,
}

/// Where a prompt is live.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Live {
    /// The environment.
    pub environment: String,
    /// The release.
    pub release: i64,
    /// The version everybody gets who is in no rollout.
    pub version: i64,
    /// The rollout that runs for it, where one changes this prompt.
    pub rollout: Option<i64>,
    /// The version the rollout brings.
    pub candidate: Option<i64>,
}

/// Why a change was made and what it is expected to bring.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeRecord {
    /// The problem that was seen.
    #[serde(default)]
    pub problem: String,
    /// The measured state before.
    #[serde(default)]
    pub baseline: String,
    /// The KPI and the move expected of it.
    #[serde(default)]
    pub hypothesis: String,
    /// The campaign it belongs to.
    #[serde(default)]
    pub campaign: String,
    /// How it will be validated.
    #[serde(default)]
    pub validation: String,
}

/// Saves a version: one commit that changes some files.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SaveVersion {
    /// The draft to save on, e.g. `campaign/autumn`; `main` where not given.
    #[serde(default)]
    pub draft: Option<String>,
    /// The commit the author started from. Where the draft has moved since, untouched files are kept
    /// as they are; a file that both changed is refused with its conflicts.
    #[serde(default)]
    pub base: Option<String>,
    /// One line that says what changed.
    pub subject: String,
    /// More, where needed.
    #[serde(default)]
    pub body: String,
    /// Why.
    #[serde(default)]
    pub record: ChangeRecord,
    /// The files.
    pub files: Vec<FileChange>,
}

/// What happens to one file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FileChange {
    /// The file's path.
    pub path: String,
    /// Its new content; absent to delete it.
    #[serde(default)]
    pub content: Option<String>,
}

/// A saved version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SavedVersion {
    /// The commit, as `git log` shows it.
    pub commit: String,
    /// The draft it was saved on.
    pub draft: String,
    /// The files with their new version numbers.
    pub versions: Vec<FileVersion>,
    /// Warnings and errors found in the saved files.
    pub diagnostics: Vec<super::problem::Diagnostic>,
    /// Files that others had changed since `base`: their changes and yours stand in them together.
    #[serde(default)]
    pub joined: Vec<String>,
}

/// A file's new version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FileVersion {
    /// The file.
    pub path: String,
    /// The prompt's id.
    pub id: String,
    /// The version's number; absent where the file was deleted.
    pub version: Option<i64>,
}

/// Any JSON value.
pub type Json = Value;
