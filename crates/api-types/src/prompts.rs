//! One prompt: its text, its versions, comparing and trying it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::catalogue::Documentation;
use crate::keys::Provenance;
use crate::library::{ChangeRecord, Live, PromptSummary};
use crate::problem::Diagnostic;
use crate::variations::{OpenField, OpenSlot, Variation};

/// Which state of a prompt.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AtVersion {
    /// A version number; the newest where not given.
    pub version: Option<i64>,
    /// A draft; `main` where not given.
    pub draft: Option<String>,
}

/// Everything about one prompt at one version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Prompt {
    /// What stands in a list.
    #[serde(flatten)]
    pub summary: PromptSummary,
    /// The file's content.
    pub source: String,
    /// The commit this state was read from; pass it as `base` when saving.
    pub base: String,
    /// The model it names.
    pub model: Option<String>,
    /// The model's parameters.
    pub config: Value,
    /// The variables it takes.
    pub variables: Vec<Variable>,
    /// The partials it includes, directly or not.
    pub partials: Vec<String>,
    /// KPIs it is meant to move.
    pub kpis: Vec<String>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// How it keeps the documentation standard; absent where it is not judged, as partials are not.
    #[serde(default)]
    pub documentation: Option<Documentation>,
    /// The text as it is read, part by part.
    pub sections: Vec<Section>,
    /// The notes in the margin, newest first: versions that shaped the text as it stands.
    pub notes: Vec<MarginNote>,
    /// The slots it opens to variations.
    #[serde(default)]
    pub slots: Vec<OpenSlot>,
    /// The fields it opens to variations.
    #[serde(default)]
    pub open_fields: Vec<OpenField>,
    /// What it varies and comes to, where it is a variation. Model, parameters, variables and partials
    /// above are then those it comes to; `source` and `sections` are its own file.
    #[serde(default)]
    pub variation: Option<Variation>,
    /// When it was asked for last, environment by environment; known to the day, and after a minute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<LastAsked>,
}

/// The last day on which a prompt was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastAsked {
    /// The environment.
    pub environment: String,
    /// The day in UTC, e.g. `2026-11-28`.
    pub day: String,
}

/// A variable of a prompt.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The type, e.g. `string`; empty where it is not declared.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it holds.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
    /// The value it has where none is given.
    pub default: Option<Value>,
    /// Allowed values, where there is a list.
    pub choices: Vec<Value>,
}

/// A part of the text spoken in one role.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Section {
    /// `system`, `user`, `assistant` or `tool`.
    pub role: String,
    /// The pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of text.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Piece {
    /// `text`, `variable`, `partial`, `condition`, `helper` or `comment`.
    pub kind: String,
    /// The text itself; for a variable or partial its name; for a condition its words, e.g. `if vip`.
    pub text: String,
    /// The version that last changed it.
    pub version: Option<i64>,
}

/// A note in the margin.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MarginNote {
    /// The version.
    pub version: i64,
    /// The commit.
    pub commit: String,
    /// Who.
    pub author: String,
    /// When.
    pub at: String,
    /// What changed.
    pub subject: String,
    /// Why.
    pub record: ChangeRecord,
    /// What it brought, where it was measured.
    pub outcome: Option<MeasuredOutcome>,
}

/// What a version brought.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MeasuredOutcome {
    /// The rollout that measured it.
    pub rollout: i64,
    /// Its state: `running`, `paused`, `finished` or `rolled-back`.
    pub state: String,
    /// One sentence, e.g. `First orders +8 % (between +3 and +13), 8,120 people`.
    pub sentence: String,
}

/// A page of versions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VersionPage {
    /// Versions, newest first.
    pub items: Vec<Version>,
    /// Pass as `below` to get older ones.
    pub next: Option<i64>,
    /// The file it was before it was moved, on the last page; ask for that file's versions by its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<MovedFrom>,
}

/// The file that a prompt was before it was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MovedFrom {
    /// Its path.
    pub path: String,
    /// The id it had.
    pub id: String,
    /// Its last version.
    pub version: i64,
}

/// A saved version of a prompt.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Version {
    /// Its number.
    pub version: i64,
    /// Its commit, as `git log` shows it.
    pub commit: String,
    /// Who.
    pub author: String,
    /// When.
    pub at: String,
    /// What changed.
    pub subject: String,
    /// More.
    pub body: String,
    /// Why.
    pub record: ChangeRecord,
    /// Whether `main` holds it; otherwise it stands on a draft only.
    pub on_main: bool,
    /// What it brought, where it was measured.
    pub outcome: Option<MeasuredOutcome>,
    /// Where it is live.
    pub live: Vec<Live>,
    /// Whose signature it carries, and who pushed it; in the list of versions.
    #[serde(default)]
    pub provenance: Option<Provenance>,
}

/// Which versions to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListVersions {
    /// Only versions below this number.
    pub below: Option<i64>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// Which two versions to compare.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CompareVersions {
    /// The older version.
    pub from: i64,
    /// The newer version.
    pub to: i64,
}

/// Two versions beside each other.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The older version.
    pub from: Version,
    /// The newer version.
    pub to: Version,
    /// Settings that differ.
    pub fields: Vec<FieldChange>,
    /// The text, word by word.
    pub words: Vec<WordSpan>,
    /// The older file, whole.
    pub from_source: String,
    /// The newer file, whole.
    pub to_source: String,
}

/// A setting that differs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// Which, e.g. `config.temperature`.
    pub field: String,
    /// The older value.
    pub before: Option<Value>,
    /// The newer value.
    pub after: Option<Value>,
}

/// A run of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WordSpan {
    /// `equal`, `insert` or `delete`.
    pub kind: String,
    /// The words.
    pub text: String,
}

/// A text to try before it is saved.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// The file's path, for finding partials.
    pub path: String,
    /// The content to try.
    pub source: String,
    /// The draft whose partials are used; `main` where not given.
    #[serde(default)]
    pub draft: Option<String>,
    /// Values of the variables. Missing ones are filled with their default or their name.
    #[serde(default)]
    pub variables: Value,
}

/// What a text becomes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Previewed {
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// The messages a model would get; empty where the text does not compile.
    pub messages: Vec<Message>,
    /// The variables it takes.
    pub variables: Vec<Variable>,
    /// The text as it is read, part by part.
    pub sections: Vec<Section>,
    /// What it varies and comes to, where its path is that of a variation.
    #[serde(default)]
    pub variation: Option<Variation>,
}

/// One message to a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// `system`, `user`, `assistant` or `tool`.
    pub role: String,
    /// The text.
    pub content: String,
}
