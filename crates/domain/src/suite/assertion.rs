//! Assertions as a suite writes them.

use std::sync::OnceLock;

use serde_json::Value;

use super::Place;
use super::pattern::Pattern;

/// One assertion.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// Where it stands.
    pub place: Place,
    /// Its kind as written, `not-` included.
    pub name: String,
    /// What it asks.
    pub kind: Kind,
    /// Whether it holds where the kind does not.
    pub negated: bool,
    /// How much it counts; nothing that counts nothing can fail a case.
    pub weight: f64,
    /// What is expected; null where nothing is said.
    pub value: Value,
    /// The number it is held against.
    pub threshold: Option<f64>,
    /// The expression of [`Self::value`], where the value holds no variables.
    pub(super) pattern: OnceLock<Pattern>,
}

/// What an assertion asks.
#[derive(Debug, Clone)]
pub enum Kind {
    /// The same text, or the same JSON.
    Equals,
    /// A text in it; `fold` takes upper and lower case for the same.
    Contains {
        /// Upper and lower case are the same.
        fold: bool,
    },
    /// All of these texts in it.
    ContainsAll {
        /// Upper and lower case are the same.
        fold: bool,
    },
    /// One of these texts in it.
    ContainsAny {
        /// Upper and lower case are the same.
        fold: bool,
    },
    /// It begins so.
    StartsWith,
    /// It ends so.
    EndsWith,
    /// A regular expression finds something.
    Regex,
    /// It is JSON, and fits a JSON Schema where one is given.
    IsJson,
    /// There is JSON in it that fits.
    ContainsJson,
    /// So few letters differ.
    Levenshtein,
    /// So many words.
    WordCount,
    /// So many characters.
    CharacterCount,
    /// It did not cost more.
    Cost,
    /// It did not take longer.
    Latency,
    /// Why the model stopped.
    FinishReason,
    /// Several, judged together.
    Set(Vec<Assertion>),
    /// Something that is not run here.
    Elsewhere(Need),
}

/// What an assertion needs that is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Code of somebody else.
    Code,
    /// A model or a service that judges.
    Judge,
    /// The answers of several prompts or providers side by side.
    Comparison,
    /// The steps of a workflow.
    Workflow,
    /// A program for this kind, which there is none of yet.
    Support,
    /// Nobody knows: the kind is not known, which is an error of its own.
    Unknown,
}

impl Need {
    /// Why it is not run.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Code => "needs foreign code, which is not run",
            Self::Judge => "needs a model or a service that judges the answer",
            Self::Comparison => "needs the answers of several providers side by side",
            Self::Workflow => "needs the steps of a workflow, and workflows are not run",
            Self::Support => "is a kind that is not run here",
            Self::Unknown => "is a kind nobody knows",
        }
    }
}

const CODE: [&str; 4] = ["javascript", "python", "ruby", "webhook"];
const JUDGES: [&str; 31] = [
    "agent-rubric",
    "answer-relevance",
    "classifier",
    "context-faithfulness",
    "context-recall",
    "context-relevance",
    "conversation-relevance",
    "factuality",
    "g-eval",
    "guardrails",
    "human",
    "llm-rubric",
    "model-graded-closedqa",
    "model-graded-factuality",
    "moderation",
    "perplexity",
    "perplexity-score",
    "pi",
    "search-rubric",
    "similar",
    "similar:cosine",
    "similar:dot",
    "similar:euclidean",
    "trajectory:goal-success",
    "trajectory:step-count",
    "trajectory:tool-args-match",
    "trajectory:tool-sequence",
    "trajectory:tool-used",
    "trace-error-spans",
    "trace-span-count",
    "trace-span-duration",
];
const UNSUPPORTED: [&str; 16] = [
    "bleu",
    "contains-html",
    "contains-sql",
    "contains-xml",
    "gleu",
    "is-html",
    "is-refusal",
    "is-sql",
    "is-valid-function-call",
    "is-valid-openai-function-call",
    "is-valid-openai-tools-call",
    "is-xml",
    "meteor",
    "rouge-n",
    "skill-used",
    "tool-call-f1",
];
const COMPARISONS: [&str; 2] = ["select-best", "max-score"];
const STEPS: [&str; 2] = ["steps-include", "steps-exclude"];
const RUN: [&str; 19] = [
    "equals",
    "contains",
    "icontains",
    "contains-all",
    "icontains-all",
    "contains-any",
    "icontains-any",
    "starts-with",
    "ends-with",
    "regex",
    "is-json",
    "contains-json",
    "levenshtein",
    "word-count",
    "character-count",
    "cost",
    "latency",
    "finish-reason",
    "assert-set",
];

/// Every kind that is known, for suggestions.
pub(super) fn known_kinds() -> impl Iterator<Item = &'static str> {
    let lists: [&[&'static str]; 6] = [&RUN, &CODE, &JUDGES, &UNSUPPORTED, &COMPARISONS, &STEPS];
    lists.into_iter().flatten().copied()
}

/// The kind of that name, `not-` taken off; sets are read by whoever reads their members.
pub(super) fn kind_of(name: &str) -> Kind {
    match name {
        "equals" => Kind::Equals,
        "contains" => Kind::Contains { fold: false },
        "icontains" => Kind::Contains { fold: true },
        "contains-all" => Kind::ContainsAll { fold: false },
        "icontains-all" => Kind::ContainsAll { fold: true },
        "contains-any" => Kind::ContainsAny { fold: false },
        "icontains-any" => Kind::ContainsAny { fold: true },
        "starts-with" => Kind::StartsWith,
        "ends-with" => Kind::EndsWith,
        "regex" => Kind::Regex,
        "is-json" => Kind::IsJson,
        "contains-json" => Kind::ContainsJson,
        "levenshtein" => Kind::Levenshtein,
        "word-count" => Kind::WordCount,
        "character-count" => Kind::CharacterCount,
        "cost" => Kind::Cost,
        "latency" => Kind::Latency,
        "finish-reason" => Kind::FinishReason,
        "assert-set" => Kind::Set(Vec::new()),
        name if CODE.contains(&name) => Kind::Elsewhere(Need::Code),
        name if JUDGES.contains(&name) || name.starts_with("promptfoo:") => {
            Kind::Elsewhere(Need::Judge)
        }
        name if COMPARISONS.contains(&name) => Kind::Elsewhere(Need::Comparison),
        name if STEPS.contains(&name) => Kind::Elsewhere(Need::Workflow),
        name if UNSUPPORTED.contains(&name) => Kind::Elsewhere(Need::Support),
        _ => Kind::Elsewhere(Need::Unknown),
    }
}

impl Assertion {
    /// What a reader calls it.
    pub(super) fn of_kind(place: Place, name: &str) -> Self {
        let plain = name.strip_prefix("not-").unwrap_or(name);
        Self {
            place,
            kind: kind_of(plain),
            negated: plain.len() < name.len(),
            name: name.to_owned(),
            weight: 1.0,
            value: Value::Null,
            threshold: None,
            pattern: OnceLock::new(),
        }
    }

    /// How many assertions it comes to.
    pub fn len(&self) -> usize {
        match &self.kind {
            Kind::Set(members) => members.len(),
            _ => 1,
        }
    }

    /// Whether it is a set without members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Assertion {
    /// Its expected value, or those of its members.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        let members = match &self.kind {
            Kind::Set(members) => members.as_slice(),
            _ => &[],
        };
        std::iter::once(&self.value).chain(members.iter().map(|member| &member.value))
    }
}
