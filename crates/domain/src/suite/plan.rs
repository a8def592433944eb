//! A suite multiplied out: prompts times providers times cases, each ready to be run by itself.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::answer::{Answer, Counts, Miss, Outcome};
use super::assertion::Assertion;
use super::judge::Judge;
use super::read::{PromptRef, PromptSource, Provider, Suite, Tests, specs_of};
use super::shelf::{Ready, Shelf, Shelved, read_values};
use super::spec::Spec;
use super::{CASE_FAILED, CASES_MAX, MISSES_TOLD_MAX, Place};
use crate::library::{FileKind, prompt_id};
use crate::prompt::{Compiled, Diagnostic, Message, RenderOptions, parse};

/// The variable that holds the conversation so far.
const HISTORY: &str = "history";

/// A suite ready to be run; case after case, in any order and at once.
#[derive(Debug)]
pub struct Plan {
    /// The suite.
    pub suite: Suite,
    /// Its cases.
    pub cases: Vec<Case>,
    /// What is wrong with the suite and its data sets.
    pub diagnostics: Vec<Diagnostic>,
    shelf: Shelf,
    prompts: Vec<Shelved>,
}

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is written.
    pub spec: Arc<Spec>,
    /// What the prompt is filled in with.
    pub variables: Map<String, Value>,
    /// Who answers.
    pub provider: Arc<Provider>,
    /// The place of its prompt in the suite; nothing where a workflow is tested.
    prompt: Option<usize>,
}

/// What running a case comes to without asking anybody.
#[derive(Debug)]
pub enum Run {
    /// It was run, or cannot be.
    Done(Outcome),
    /// A model has to be asked first.
    Ask(Ask),
}

/// What a model is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Which model.
    pub provider: Arc<Provider>,
    /// What the prompt's front matter tells it.
    pub config: Map<String, Value>,
    /// The messages.
    pub messages: Vec<Message>,
}

/// Multiplies a suite out over the files it names.
pub fn plan(suite: Suite, mut shelf: Shelf) -> Plan {
    let mut diagnostics = suite.diagnostics.clone();
    let mut specs: Vec<Spec> = Vec::new();
    let mut read = |tests: &Tests| {
        let (found, faults) = specs_of(tests, &shelf);
        diagnostics.extend(faults);
        found
    };
    for tests in &suite.tests {
        specs.extend(read(tests));
    }
    for (config, tests) in &suite.scenarios {
        let own: Vec<Spec> = if tests.is_empty() {
            vec![Spec::empty(suite.base.place.clone())]
        } else {
            tests.iter().flat_map(&mut read).collect()
        };
        specs.extend(
            config
                .iter()
                .flat_map(|data| own.iter().map(|test| test.over(data))),
        );
    }
    // A suite that only names prompts expects nothing of them.
    let expects = !suite.base.asserts.is_empty();
    if expects && suite.tests.is_empty() && suite.scenarios.is_empty() {
        specs.push(Spec::empty(suite.base.place.clone()));
    }
    let specs: Vec<Spec> = specs.iter().map(|spec| spec.over(&suite.base)).collect();
    read_values(&mut shelf, &suite, &specs.iter().collect::<Vec<_>>());
    let prompts: Vec<Shelved> = suite
        .prompts
        .iter()
        .map(|one| ready(one, &shelf, &mut diagnostics))
        .collect();
    let cases = multiply(&suite, specs, &mut diagnostics);
    Plan {
        suite,
        cases,
        diagnostics,
        shelf,
        prompts,
    }
}

fn ready(prompt: &PromptRef, shelf: &Shelf, diagnostics: &mut Vec<Diagnostic>) -> Shelved {
    let mut fault = |code, message: String| {
        let at = (prompt.place.line, prompt.place.column);
        diagnostics.push(Diagnostic::error(code, at, message).at_path(&prompt.place.path));
    };
    let text = match &prompt.source {
        PromptSource::Text(text) => text,
        PromptSource::File(path) => {
            let found = shelf.prompts.get(path);
            match (found, shelf.texts.get(path)) {
                (Some(found), _) => return found.clone(),
                (None, Some(text))
                    if is_plain_text(path) || FileKind::of(path) == FileKind::ForeignPrompt =>
                {
                    text
                }
                (None, Some(_)) => {
                    fault(
                        "unknown-prompt",
                        format!("`{path}` is no kind of prompt that is read here"),
                    );
                    return Err("its prompt cannot be read".to_owned());
                }
                (None, None) => {
                    fault("unknown-prompt", format!("there is no prompt `{path}`"));
                    return Err("its prompt is not there".to_owned());
                }
            }
        }
    };
    match Compiled::new(&parse(text), &|_| None) {
        Ok(compiled) => Ok(Arc::new(Ready {
            compiled,
            config: Map::new(),
        })),
        Err(found) => {
            let why = found
                .first()
                .map_or_else(String::new, |one| one.message.clone());
            fault("bad-prompt", format!("the prompt cannot be read: {why}"));
            Err("its prompt cannot be read".to_owned())
        }
    }
}

fn is_plain_text(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|kind| kind == "txt")
}

fn multiply(suite: &Suite, specs: Vec<Spec>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Case> {
    let mut providers: Vec<Arc<Provider>> = suite.providers.iter().cloned().map(Arc::new).collect();
    if providers.is_empty() {
        providers.push(Arc::new(Provider::echo()));
    }
    let prompts: Vec<Option<usize>> = if suite.workflow.is_some() {
        vec![None]
    } else {
        (0..suite.prompts.len()).map(Some).collect()
    };
    let mut cases = Vec::new();
    for spec in specs {
        let own = spec.provider.clone().map(Arc::new);
        let asked = match &own {
            Some(own) => std::slice::from_ref(own),
            None => providers.as_slice(),
        };
        let spec = Arc::new(spec);
        let most = CASES_MAX / (asked.len() * prompts.len()).max(1);
        let combinations = spec.combinations(most);
        let is_full = combinations
            .as_ref()
            .is_none_or(|all| cases.len() + all.len() * asked.len() * prompts.len() > CASES_MAX);
        if is_full {
            let at = (spec.place.line, spec.place.column);
            let message = format!(
                "the suite comes to more than {CASES_MAX} cases; this one and those behind it are not run"
            );
            diagnostics
                .push(Diagnostic::error("too-many-cases", at, message).at_path(&spec.place.path));
            break;
        }
        for variables in combinations.into_iter().flatten() {
            for provider in asked {
                for prompt in &prompts {
                    let named = prompt.map(|at| &suite.prompts[at]);
                    if is_meant(&spec, provider, named) {
                        cases.push(Case {
                            spec: spec.clone(),
                            variables: variables.clone(),
                            provider: provider.clone(),
                            prompt: *prompt,
                        });
                    }
                }
            }
        }
    }
    cases
}

/// Whether a case is for a provider and a prompt.
fn is_meant(spec: &Spec, provider: &Provider, prompt: Option<&PromptRef>) -> bool {
    let names = |wanted: &[String], own: &[&str]| {
        wanted.is_empty() || wanted.iter().any(|one| own.contains(&one.as_str()))
    };
    let for_provider = names(&spec.providers, &[&provider.label, &provider.id]);
    let for_prompt = prompt.is_none_or(|prompt| {
        let id = match &prompt.source {
            PromptSource::File(path) => prompt_id(path),
            PromptSource::Text(text) => text,
        };
        names(&spec.prompts, &[&prompt.label, id]) && names(&provider.prompts, &[&prompt.label, id])
    });
    for_provider && for_prompt
}

impl Plan {
    /// Runs a case as far as that takes nobody else.
    pub fn run(&self, case: &Case) -> Run {
        if let Some(why) = &case.spec.unread {
            return Run::Done(self.not_run(case, why));
        }
        let Some(at) = case.prompt else {
            let why = "needs the steps of a workflow, and workflows are not run";
            return Run::Done(self.not_run(case, why));
        };
        let prompt = match &self.prompts[at] {
            Ok(prompt) => prompt,
            Err(why) => return Run::Done(self.not_run(case, why)),
        };
        if let Some(answer) = &case.spec.recorded {
            return Run::Done(self.judge(case, answer));
        }
        let messages = match self.filled_in(case, prompt) {
            Ok(messages) => messages,
            Err(why) => return Run::Done(self.failed(case, &why)),
        };
        if case.provider.is_echo() {
            return Run::Done(self.judge(case, &Answer::of_text(text_of(&messages))));
        }
        Run::Ask(Ask {
            provider: case.provider.clone(),
            config: prompt.config.clone(),
            messages,
        })
    }

    fn filled_in(&self, case: &Case, prompt: &Ready) -> Result<Vec<Message>, String> {
        let variables = self.variables(case)?;
        let declared = prompt.compiled.variables();
        let is_own = [&declared.declared, &declared.used]
            .iter()
            .any(|names| names.iter().any(|name| name == HISTORY));
        let history = match variables.get(HISTORY) {
            Some(Value::Array(turns)) if !is_own => {
                let turns = turns.iter().map(Message::from_json);
                turns
                    .collect::<Result<Vec<Message>, _>>()
                    .map_err(|error| format!("`{HISTORY}`: {error}"))?
            }
            _ => Vec::new(),
        };
        let options = RenderOptions {
            history: &history,
            ..RenderOptions::default()
        };
        let rendered = prompt.compiled.render(&variables, &options);
        rendered.map_err(|error| format!("the prompt cannot be filled in: {error}"))
    }

    /// The variables of a case, those that are files read.
    fn variables<'c>(&self, case: &'c Case) -> Result<Cow<'c, Map<String, Value>>, String> {
        let is_file = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| text.starts_with("file://"))
        };
        if !case.variables.values().any(is_file) {
            return Ok(Cow::Borrowed(&case.variables));
        }
        let mut variables = case.variables.clone();
        for value in variables.values_mut().filter(|value| is_file(value)) {
            let found = self.shelf.value(value.as_str().unwrap_or_default())?;
            *value = super::judge::plain_text(found).into_owned().into();
        }
        Ok(Cow::Owned(variables))
    }

    /// Judges an answer to a case.
    pub fn judge(&self, case: &Case, answer: &Answer) -> Outcome {
        let asserts: Vec<&Assertion> = case.spec.asserts.iter().map(AsRef::as_ref).collect();
        let judge = Judge {
            answer,
            variables: &case.variables,
            shelf: &self.shelf,
        };
        judge.case(&asserts, case.spec.threshold, &case.spec.place)
    }

    /// The outcome of a case that was not run.
    pub fn not_run(&self, case: &Case, why: &str) -> Outcome {
        Outcome {
            not_run: vec![about(&case.spec.place, why)],
            assertions: Counts {
                not_run: case.spec.asserts.iter().map(|one| one.len()).sum(),
                ..Counts::default()
            },
            failures: Vec::new(),
        }
    }

    /// The outcome of a case of which no answer came.
    pub fn failed(&self, case: &Case, why: &str) -> Outcome {
        Outcome {
            failures: vec![about(&case.spec.place, why)],
            ..self.not_run(case, why)
        }
    }

    /// What is to be told of a case that failed, where its first wrong assertion stands.
    pub fn finding(&self, case: &Case, outcome: &Outcome) -> Option<Diagnostic> {
        let misses = &outcome.failures;
        let first = misses.first()?;
        let told: Vec<String> = misses
            .iter()
            .take(MISSES_TOLD_MAX)
            .map(Miss::whole)
            .collect();
        let mut message = format!("{}: {}", self.name(case), told.join("; "));
        let more = misses.len().saturating_sub(MISSES_TOLD_MAX);
        if more > 0 {
            let _ = write!(message, "; and {more} more");
        }
        let at = (first.place.line, first.place.column);
        Some(Diagnostic::error(CASE_FAILED, at, message).at_path(&first.place.path))
    }

    /// What people call a case: its description, and what tells it apart from its like.
    pub fn name(&self, case: &Case) -> String {
        let line = case.spec.place.line;
        let mut name = match &case.spec.description {
            Some(description) => format!("“{description}”"),
            None => format!("the case of line {line}"),
        };
        if self.suite.prompts.len() > 1
            && let Some(at) = case.prompt
        {
            let label = self.suite.prompts[at].label.as_str();
            let label = label.rsplit('/').next().unwrap_or(label);
            let _ = write!(name, " with {label}");
        }
        if self.suite.providers.len() > 1 {
            let _ = write!(name, " by {}", case.provider.label);
        }
        let listed = case
            .spec
            .variables
            .iter()
            .filter(|(_, value)| value.is_array());
        for (variable, _) in listed {
            if let Some(Value::String(text)) = case.variables.get(variable) {
                let _ = write!(name, ", {variable} {}", super::judge::quoted(text));
            }
        }
        name
    }
}

fn about(place: &Place, why: &str) -> Miss {
    Miss {
        place: place.clone(),
        kind: String::new(),
        why: why.to_owned(),
    }
}

/// The texts of messages, one after the other with an empty line between them.
fn text_of(messages: &[Message]) -> String {
    let texts: Vec<String> = messages.iter().map(Message::text).collect();
    texts.join("\n\n")
}
