//! What one file refers to: a pure function of its path and its text.

use std::collections::BTreeSet;

use serde_json::Value;

use super::inclusion::inclusions;
use super::thing::prompt_path;
use crate::library::{FileKind, Library, yaml_to_json};
use crate::prompt::PromptFile;
use crate::variation::{Opening, base_candidates, may_vary};
use crate::workflow::{StepKind, parse as read_workflow};

/// The longest name that is followed, as long as the longest path; databases index no longer ones.
pub const EDGE_NAME_BYTES_MAX: usize = crate::limits::PATH_BYTES_MAX;

/// In which way a file refers to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// Its text includes a partial, by the partial's name.
    Includes,
    /// It is a controlled variation of a base.
    Varies,
    /// It has the name of a variation of a base, and a text of its own; nothing of the base reaches it.
    NamedAfter,
    /// A step runs a prompt.
    Runs,
    /// A suite tests a prompt or a workflow.
    Tests,
    /// It reads a data set or another file.
    Reads,
    /// It is meant to move a KPI.
    Measures,
    /// It is for a channel.
    Channel,
    /// It is for a brand.
    Brand,
    /// It is for a region.
    Region,
    /// Somebody answers for it.
    Owner,
    /// It lies in a category.
    Category,
    /// A release holds it.
    Released,
    /// An environment serves a release.
    Live,
    /// A rollout tries one text of it against another.
    Tried,
    /// A rollout runs in an environment.
    RunsIn,
}

impl EdgeKind {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::Includes,
        Self::Varies,
        Self::NamedAfter,
        Self::Runs,
        Self::Tests,
        Self::Reads,
        Self::Measures,
        Self::Channel,
        Self::Brand,
        Self::Region,
        Self::Owner,
        Self::Category,
        Self::Released,
        Self::Live,
        Self::Tried,
        Self::RunsIn,
    ];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Includes => "includes",
            Self::Varies => "varies",
            Self::NamedAfter => "named-after",
            Self::Runs => "runs",
            Self::Tests => "tests",
            Self::Reads => "reads",
            Self::Measures => "measures",
            Self::Channel => "channel",
            Self::Brand => "brand",
            Self::Region => "region",
            Self::Owner => "owner",
            Self::Category => "category",
            Self::Released => "released",
            Self::Live => "live",
            Self::Tried => "tried",
            Self::RunsIn => "runs-in",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The edge in words, between what refers and what it refers to.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Includes => "includes",
            Self::Varies => "is a variation of",
            Self::NamedAfter => "is named after",
            Self::Runs => "runs",
            Self::Tests => "tests",
            Self::Reads => "reads",
            Self::Measures => "is meant to move",
            Self::Channel => "goes out through",
            Self::Brand => "speaks for",
            Self::Region => "is meant for",
            Self::Owner => "is answered for by",
            Self::Category => "lies in",
            Self::Released => "is in",
            Self::Live => "is live in",
            Self::Tried => "is tried in",
            Self::RunsIn => "runs in",
        }
    }

    /// Whether it leads away from what changed, so that it is read in the direction of the path.
    pub fn leads_away(self) -> bool {
        self.belongs()
            || matches!(
                self,
                Self::Released | Self::Live | Self::Tried | Self::RunsIn
            )
    }

    /// Whether it says what a file belongs to, rather than what it leans on.
    pub fn belongs(self) -> bool {
        matches!(
            self,
            Self::Measures
                | Self::Channel
                | Self::Brand
                | Self::Region
                | Self::Owner
                | Self::Category
        )
    }
}

/// A file refers to something, which need not exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// How.
    pub kind: EdgeKind,
    /// To what: the path of a file, the name of a partial, or `kpi:click`, `owner:a@b` and the like.
    pub to: String,
}

impl Edge {
    /// An edge.
    pub fn new(kind: EdgeKind, to: impl Into<String>) -> Self {
        Self {
            kind,
            to: to.into(),
        }
    }

    /// The name in a graph of what it leads to.
    pub fn target_name(&self) -> std::borrow::Cow<'_, str> {
        match self.kind {
            EdgeKind::Includes => format!("partial:{}", self.to).into(),
            _ => self.to.as_str().into(),
        }
    }
}

/// What a prompt, partial or variation refers to.
pub fn edges_of_prompt(path: &str, file: &PromptFile) -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    let included = inclusions(file.template.program());
    edges.extend(
        included
            .into_iter()
            .map(|one| Edge::new(EdgeKind::Includes, one.name)),
    );
    let named = if is_controlled(path, file) {
        EdgeKind::Varies
    } else {
        EdgeKind::NamedAfter
    };
    let bases = base_candidates(path).into_iter();
    edges.extend(bases.map(|base| Edge::new(named, base)));
    let fields = &file.variorum;
    let kpis: Vec<String> = fields.kpis.iter().map(|kpi| kpi.name.clone()).collect();
    let owner: Vec<String> = fields.owner.iter().cloned().collect();
    belongings(&mut edges, EdgeKind::Measures, "kpi", &kpis);
    belongings(&mut edges, EdgeKind::Channel, "channel", &fields.channels);
    belongings(&mut edges, EdgeKind::Brand, "brand", &fields.brands);
    belongings(&mut edges, EdgeKind::Region, "region", &fields.regions);
    belongings(&mut edges, EdgeKind::Owner, "owner", &owner);
    edges.retain(can_be_followed);
    edges
}

fn can_be_followed(edge: &Edge) -> bool {
    edge.to.len() <= EDGE_NAME_BYTES_MAX && !edge.to.contains('\0')
}

/// What a workflow, suite or settings file refers to; nothing where it cannot be read.
pub fn edges_of_text(path: &str, text: &str) -> BTreeSet<Edge> {
    let mut edges = match FileKind::of(path) {
        FileKind::Workflow => workflow_edges(text),
        FileKind::Suite => suite_edges(path, text),
        FileKind::Settings => settings_edges(text),
        _ => BTreeSet::new(),
    };
    edges.retain(can_be_followed);
    edges
}

fn belongings(edges: &mut BTreeSet<Edge>, kind: EdgeKind, prefix: &str, names: &[String]) {
    let named = names
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty());
    edges.extend(named.map(|name| Edge::new(kind, format!("{prefix}:{name}"))));
}

fn workflow_edges(text: &str) -> BTreeSet<Edge> {
    let workflow = read_workflow(text);
    let mut kpis: Vec<String> = workflow.kpis.iter().map(|kpi| kpi.value.clone()).collect();
    let mut channels = Vec::new();
    for step in &workflow.steps {
        channels.extend(step.channel.iter().map(|channel| channel.value.clone()));
        if let StepKind::Run(run) = &step.kind {
            kpis.extend(run.stop_when_kpi.iter().map(|kpi| kpi.value.clone()));
        }
    }
    let prompts = workflow.prompts().into_iter();
    let mut edges: BTreeSet<Edge> = prompts
        .map(|id| Edge::new(EdgeKind::Runs, prompt_path(id)))
        .collect();
    belongings(&mut edges, EdgeKind::Measures, "kpi", &kpis);
    belongings(&mut edges, EdgeKind::Channel, "channel", &channels);
    belongings(
        &mut edges,
        EdgeKind::Owner,
        "owner",
        workflow.owner.as_slice(),
    );
    edges
}

/// Suites name files as `file://../prompts/a.prompt`, or prompts by their ids.
fn suite_edges(path: &str, text: &str) -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    let Ok(suite) = yaml_to_json(text) else {
        return edges;
    };
    let mut named = Vec::new();
    texts(&suite, &mut named);
    for text in named {
        let Some(file) = text
            .strip_prefix("file://")
            .and_then(|file| beside(path, file))
        else {
            continue;
        };
        let kind = match FileKind::of(&file) {
            FileKind::Prompt | FileKind::ForeignPrompt | FileKind::Workflow | FileKind::Partial => {
                EdgeKind::Tests
            }
            _ => EdgeKind::Reads,
        };
        edges.insert(Edge::new(kind, file));
    }
    let ids = ["prompts", "prompt"]
        .into_iter()
        .filter_map(|key| suite.get(key));
    let ids = ids.flat_map(|value| match value {
        Value::Array(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    });
    for id in ids.filter_map(Value::as_str).filter(|id| is_prompt_id(id)) {
        edges.insert(Edge::new(EdgeKind::Tests, prompt_path(id)));
    }
    edges
}

/// A prompt's id, rather than a text that is a prompt itself or an address.
pub(crate) fn is_prompt_id(text: &str) -> bool {
    !text.is_empty()
        && !text.contains("://")
        && !text.contains(char::is_whitespace)
        && !text.contains('{')
}

fn texts<'v>(value: &'v Value, out: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, out)),
        _ => {}
    }
}

/// A file named from beside another one; nothing where it lies outside of the library.
pub(crate) fn beside(path: &str, named: &str) -> Option<String> {
    if named.is_empty() || named.contains('*') {
        return None;
    }
    let mut parts: Vec<&str> = match named.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => path
            .split('/')
            .rev()
            .skip(1)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect(),
    };
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn settings_edges(text: &str) -> BTreeSet<Edge> {
    let Ok(library) = Library::parse(text) else {
        return BTreeSet::new();
    };
    let mut edges = BTreeSet::new();
    for category in &library.categories {
        let people = [category.owner.clone(), category.custodian.clone()];
        belongings(
            &mut edges,
            EdgeKind::Category,
            "category",
            std::slice::from_ref(&category.path),
        );
        belongings(&mut edges, EdgeKind::Owner, "owner", &people);
    }
    edges
}

/// Whether a file with a variation's name only fills slots, so that its text comes from a base. With
/// a text of its own it is a prompt of its own.
pub fn is_controlled(path: &str, file: &PromptFile) -> bool {
    may_vary(path) && (!Opening::of(file).slots.is_empty() || file.partial_text().trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::parse;

    fn shown(edges: &BTreeSet<Edge>) -> Vec<String> {
        edges
            .iter()
            .map(|edge| format!("{} {}", edge.kind.name(), edge.to))
            .collect()
    }

    #[test]
    fn a_prompt_refers_to_partials_and_says_where_it_belongs() {
        let text = "---\nvariorum.owner: ann@acme.example\nvariorum.channel: [email, sms]\n\
            variorum.kpis: [click]\nvariorum.brand: all\n---\n{{#if a}}{{> voice tone=\"warm\"}}{{/if}}{{> legal}}\n";
        assert_eq!(
            shown(&edges_of_prompt("prompts/a.prompt", &parse(text))),
            [
                "includes legal",
                "includes voice",
                "measures kpi:click",
                "channel channel:email",
                "channel channel:sms",
                "brand brand:all",
                "owner owner:ann@acme.example"
            ]
        );
    }

    #[test]
    fn a_variation_varies_its_bases_unless_it_has_a_text_of_its_own() {
        let filling = parse("---\nvariorum.brand: finch\n---\n{{! slot hello }}Hi{{! /slot }}\n");
        assert_eq!(
            shown(&edges_of_prompt("p/a.finch.de.prompt", &filling))[..2],
            ["varies p/a.finch.prompt", "varies p/a.prompt"]
        );
        let own = parse("---\nmodel: x\n---\nHello\n");
        assert_eq!(
            shown(&edges_of_prompt("p/a.finch.prompt", &own)),
            ["named-after p/a.prompt"]
        );
    }

    #[test]
    fn a_suite_names_files_from_where_it_stands() {
        let text = "prompts: [file://../prompts/a.prompt, email/welcome]\nworkflow: file://../workflows/w.workflow.yaml\n\
            tests: file://../datasets/c.csv\ndefaultTest: {vars: {x: file://../../outside.txt, y: 'file://*.csv'}}\n";
        assert_eq!(
            shown(&edges_of_text("suites/a.test.yaml", text)),
            [
                "tests prompts/a.prompt",
                "tests prompts/email/welcome.prompt",
                "tests workflows/w.workflow.yaml",
                "reads datasets/c.csv"
            ]
        );
    }

    #[test]
    fn a_workflow_runs_prompts() {
        let text = "owner: ann@acme.example\nkpis: [order]\nsteps:\n  - id: a\n    prompt: email/welcome\n    channel: email\n    stop_when_kpi: click\n";
        assert_eq!(
            shown(&edges_of_text("workflows/w.workflow.yaml", text)),
            [
                "runs prompts/email/welcome.prompt",
                "measures kpi:click",
                "measures kpi:order",
                "channel channel:email",
                "owner owner:ann@acme.example"
            ]
        );
        assert!(edges_of_text("workflows/w.workflow.yaml", "[").is_empty());
        let long = format!("steps:\n  - id: a\n    prompt: {}\n", "x".repeat(2_000));
        assert!(edges_of_text("workflows/w.workflow.yaml", &long).is_empty());
        let zero = "owner: \"a\\0b\"\nsteps: []\n";
        assert!(edges_of_text("workflows/w.workflow.yaml", zero).is_empty());
    }
}
