//! What a library says about itself: `library.yaml`, and what each path in it is.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::calendar::{DAY_SECONDS, end_of_day};
use crate::kpi::parse_all;
pub use crate::kpi::{Direction, Kpi, KpiKind, KpiMore, Rates};
use crate::limits::FREEZES_MAX;
use crate::rollout::Freeze;

/// The file of a library's settings.
pub const LIBRARY_FILE: &str = "library.yaml";
/// The guarded branch.
pub const MAIN: &str = "refs/heads/main";

/// The status of what is kept but no longer used: `variorum.status: archived`.
pub const ARCHIVED: &str = "archived";

/// The settings of a library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Library {
    /// The title shown.
    pub title: String,
    /// The environments, in the order given; the first is the default.
    pub environments: Vec<String>,
    /// Channels and their settings.
    pub channels: BTreeMap<String, Value>,
    /// The measures.
    pub kpis: BTreeMap<String, Kpi>,
    /// Days on which no rollout begins or goes on.
    #[serde(default)]
    pub freezes: Vec<Freeze>,
    /// What currencies come to in each other.
    #[serde(default)]
    pub rates: Rates,
    /// Brands, by id.
    pub brands: BTreeMap<String, String>,
    /// Regions, by id.
    pub regions: BTreeMap<String, String>,
    /// Categories with their owners.
    pub categories: Vec<Category>,
}

/// A part of the library that somebody answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// The title shown.
    pub title: String,
    /// The path prefix it covers.
    pub path: String,
    /// Who answers for it.
    pub owner: String,
    /// Who looks after it day by day.
    pub custodian: String,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            title: String::new(),
            environments: vec!["production".into()],
            channels: BTreeMap::new(),
            kpis: BTreeMap::new(),
            rates: Rates::default(),
            freezes: Vec::new(),
            brands: BTreeMap::new(),
            regions: BTreeMap::new(),
            categories: Vec::new(),
        }
    }
}

/// Why `library.yaml` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LibraryError {
    /// It is not YAML.
    #[error("`library.yaml` is not valid YAML: {0}")]
    Yaml(String),
    /// A field has a value it cannot have.
    #[error("`library.yaml`: `{field}` {reason}")]
    Field {
        /// Which field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl LibraryError {
    pub(crate) fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

impl Library {
    /// Reads `library.yaml`; what is not said takes its default.
    pub fn parse(text: &str) -> Result<Self, LibraryError> {
        let value = yaml_to_json(text).map_err(LibraryError::Yaml)?;
        let mut library = Self {
            title: text_of(&value, "title"),
            ..Self::default()
        };
        let environments = list_of(&value, "environments");
        if !environments.is_empty() {
            library.environments = environments;
        }
        library.channels = named(&value, "channels");
        library.brands = titles(&value, "brands");
        library.regions = titles(&value, "regions");
        library.categories = each(&value, "categories").iter().map(category).collect();
        library.kpis = parse_all(&value)?;
        library.rates = Rates::parse(&value)?;
        library.freezes = freezes(&value)?;
        Ok(library)
    }

    /// The category that covers a path most closely.
    pub fn category_of(&self, path: &str) -> Option<&Category> {
        let covering = self
            .categories
            .iter()
            .filter(|category| path.starts_with(&category.path));
        covering.max_by_key(|category| category.path.len())
    }
}

/// `freezes`: days from and to, both in it.
fn freezes(value: &Value) -> Result<Vec<Freeze>, LibraryError> {
    let given = each(value, "freezes");
    if given.len() > FREEZES_MAX {
        let reason = format!("holds more than {FREEZES_MAX} freezes");
        return Err(LibraryError::field("freezes", reason));
    }
    let freeze = |(index, item): (usize, &Value)| {
        let day = |name: &str| {
            end_of_day(&text_of(item, name)).ok_or_else(|| {
                let field = format!("freezes[{index}].{name}");
                LibraryError::field(field, "must be a day like 2026-12-20")
            })
        };
        let (from, until) = (day("from")?.plus_seconds(-DAY_SECONDS), day("to")?);
        if until <= from {
            let field = format!("freezes[{index}].to");
            return Err(LibraryError::field(field, "lies before `from`"));
        }
        Ok(Freeze {
            title: text_of(item, "title"),
            from,
            until,
            environments: list_of(item, "environments"),
        })
    };
    given.iter().enumerate().map(freeze).collect()
}

fn category(value: &Value) -> Category {
    Category {
        title: text_of(value, "title"),
        path: text_of(value, "path"),
        owner: text_of(value, "owner"),
        custodian: text_of(value, "custodian"),
    }
}

pub(crate) fn text_of(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

pub(crate) fn each<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A list of names, given as texts or as mappings with an `id` or `name`.
pub(crate) fn list_of(value: &Value, key: &str) -> Vec<String> {
    each(value, key)
        .iter()
        .map(name_of)
        .filter(|name| !name.is_empty())
        .collect()
}

fn name_of(value: &Value) -> String {
    let named = |key| Some(text_of(value, key)).filter(|name| !name.is_empty());
    match value {
        Value::String(name) => name.clone(),
        _ => named("id").or_else(|| named("name")).unwrap_or_default(),
    }
}

fn named(value: &Value, key: &str) -> BTreeMap<String, Value> {
    match value.get(key) {
        Some(Value::Object(fields)) => fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        _ => each(value, key)
            .iter()
            .map(|item| (name_of(item), item.clone()))
            .collect(),
    }
}

fn titles(value: &Value, key: &str) -> BTreeMap<String, String> {
    let title = |id: &str, item: &Value| match item {
        Value::String(title) => title.clone(),
        _ => Some(text_of(item, "title"))
            .filter(|t| !t.is_empty())
            .unwrap_or_else(|| id.into()),
    };
    named(value, key)
        .into_iter()
        .map(|(id, item)| (id.clone(), title(&id, &item)))
        .collect()
}

/// Reads YAML 1.2 as JSON; keys become texts. Errors carry line and column.
pub fn yaml_to_json(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    Ok(documents.first().map_or(Value::Null, node_to_json))
}

fn node_to_json(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(scalar) => scalar_to_json(scalar),
        Yaml::Sequence(items) => items.iter().map(node_to_json).collect(),
        Yaml::Mapping(fields) => {
            let pairs = fields
                .iter()
                .map(|(key, value)| (key_text(key), node_to_json(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Yaml::Tagged(_, inner) => node_to_json(inner),
        Yaml::Representation(text, ..) => Value::String(text.to_string()),
        Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}

fn scalar_to_json(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::FloatingPoint(value) => Value::from(value.into_inner()),
        Scalar::String(text) => Value::String(text.to_string()),
    }
}

fn key_text(key: &Yaml<'_>) -> String {
    match node_to_json(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// What a file of the library is, told by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A Dotprompt file.
    Prompt,
    /// A text included by prompts.
    Partial,
    /// A prompt in another format (Markdown), served as it stands.
    ForeignPrompt,
    /// A graph of prompts.
    Workflow,
    /// A test suite.
    Suite,
    /// A data set.
    Dataset,
    /// A rule file.
    Rule,
    /// The library's settings.
    Settings,
    /// Anything else.
    Other,
}

impl FileKind {
    /// The kind's name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Partial => "partial",
            Self::ForeignPrompt => "foreign-prompt",
            Self::Workflow => "workflow",
            Self::Suite => "suite",
            Self::Dataset => "dataset",
            Self::Rule => "rule",
            Self::Settings => "settings",
            Self::Other => "other",
        }
    }

    /// What the file at `path` is.
    pub fn of(path: &str) -> Self {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let top = folder.split('/').next().unwrap_or("");
        let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
        match name {
            LIBRARY_FILE if folder.is_empty() => Self::Settings,
            _ if ends(".prompt") && name.starts_with('_') => Self::Partial,
            _ if ends(".prompt") => Self::Prompt,
            _ if ends(".workflow.yaml") => Self::Workflow,
            _ if ends(".test.yaml") => Self::Suite,
            _ if top == "rules" => Self::Rule,
            _ if top == "datasets" || ends(".csv") => Self::Dataset,
            _ if ends(".md") || ends(".prompty") => Self::ForeignPrompt,
            _ => Self::Other,
        }
    }

    /// Whether such a file can be asked for at run time.
    pub fn is_prompt(self) -> bool {
        matches!(self, Self::Prompt | Self::ForeignPrompt)
    }
}

/// The id of the prompt at `path`: without the folder `prompts/` and without the ending.
pub fn prompt_id(path: &str) -> &str {
    let path = path.strip_prefix("prompts/").unwrap_or(path);
    [".prompt", ".prompty", ".md"]
        .iter()
        .find_map(|end| path.strip_suffix(end))
        .unwrap_or(path)
}

/// The folder in which workflows are kept.
pub const WORKFLOW_FOLDER: &str = "workflows/";
/// The ending of workflows.
pub const WORKFLOW_ENDING: &str = ".workflow.yaml";

/// The name of the workflow at `path`: without the folder `workflows/` and without the ending.
pub fn workflow_name(path: &str) -> &str {
    let path = path.strip_prefix(WORKFLOW_FOLDER).unwrap_or(path);
    path.strip_suffix(WORKFLOW_ENDING).unwrap_or(path)
}

/// The name by which a partial is included: its file name without `_` and `.prompt`.
pub fn partial_name(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    name.strip_prefix('_')?.strip_suffix(".prompt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_file_is_read() {
        let text = "title: Acme\nenvironments: [production, preview]\nkpis:\n  - id: click\n    direction: up\n  - {id: revenue, kind: value, unit: EUR, decimals: 2, window_days: 14}\nregions: {de: Germany}\n";
        let library = Library::parse(text).unwrap();
        assert_eq!(library.environments, ["production", "preview"]);
        assert_eq!(library.kpis["revenue"].decimals, 2);
        assert_eq!(library.kpis["revenue"].window_seconds, 14 * 86_400);
        assert_eq!(library.regions["de"], "Germany");
    }

    #[test]
    fn days_on_which_nothing_goes_on_are_read() {
        let text = "freezes: [{title: Holidays, from: 2026-12-20, to: 2027-01-02, environments: [production]}]";
        let freeze = &Library::parse(text).unwrap().freezes[0];
        assert_eq!(freeze.title, "Holidays");
        let days = (freeze.until.seconds() - freeze.from.seconds()) / 86_400;
        assert_eq!(days, 14, "both ends are in it");
        for text in [
            "freezes: [{from: soon, to: 2027-01-02}]",
            "freezes: [{from: 2027-01-02, to: 2026-12-20}]",
        ] {
            let error = Library::parse(text).unwrap_err().to_string();
            assert!(error.contains("freezes[0]."), "{error}");
        }
    }

    #[test]
    fn an_unknown_kind_is_named() {
        let error = Library::parse("kpis: [{id: x, kind: ratios}]").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`library.yaml`: `kpis[0].kind` must be one of conversion, value, count, ratio, quantile"
        );
    }

    #[test]
    fn paths_tell_what_a_file_is() {
        let rows = [
            (
                "prompts/email/welcome.prompt",
                FileKind::Prompt,
                "email/welcome",
            ),
            (
                "prompts/partials/_voice.prompt",
                FileKind::Partial,
                "partials/_voice",
            ),
            (
                "skills/ads/SKILL.md",
                FileKind::ForeignPrompt,
                "skills/ads/SKILL",
            ),
            (
                "workflows/a.workflow.yaml",
                FileKind::Workflow,
                "workflows/a.workflow.yaml",
            ),
            ("prompts.csv", FileKind::Dataset, "prompts.csv"),
            ("library.yaml", FileKind::Settings, "library.yaml"),
            ("x/library.yaml", FileKind::Other, "x/library.yaml"),
        ];
        for (path, kind, id) in rows {
            assert_eq!(FileKind::of(path), kind, "{path}");
            assert_eq!(prompt_id(path), id);
        }
    }
}
