//! Type-checks a workflow against the prompts it runs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::condition::{Comparison, Condition, Test};
use super::flow::{Fact, Flow, positions, targets};
use super::reference::Reference;
use super::resolve::{Missing, Scope};
use super::schema::{Member, accepts, describe, fits, may_be, member, member_names};
use super::{Feed, Input, Placed, Run, Step, StepKind, Workflow};
use crate::prompt::{Diagnostic, PromptFile, suggestion};

/// What a workflow needs to know of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Interface {
    /// What it takes, as JSON Schema of an object; nothing where it does not say.
    pub input: Option<Value>,
    /// Inputs with a default.
    pub defaults: BTreeSet<String>,
    /// What it answers, as JSON Schema.
    pub output: Value,
    /// Whether it can be used at all.
    pub usable: bool,
}

impl Interface {
    /// The interface of a prompt; `usable` is whether its checks found no error.
    pub fn of(file: &PromptFile, usable: bool) -> Self {
        let front_matter = &file.front_matter;
        let format = front_matter.output_format.as_deref();
        let output = match (&front_matter.output_schema, format) {
            (Some(schema), _) => schema.clone(),
            (None, Some("json")) => Value::Object(Map::new()),
            (None, _) => json!({"type": "string"}),
        };
        Self {
            input: front_matter.input_schema.clone(),
            defaults: front_matter.input_default.keys().cloned().collect(),
            output,
            usable,
        }
    }

    fn needs(&self) -> impl Iterator<Item = &str> {
        let required = self.input.as_ref().and_then(|s| s["required"].as_array());
        let names = required.into_iter().flatten().filter_map(Value::as_str);
        names.filter(|name| !self.defaults.contains(*name))
    }
}

/// What stands around a workflow.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The prompts it runs, by id; one that does not exist is not here.
    pub prompts: HashMap<String, Interface>,
    /// Ids of other prompts, for suggestions.
    pub near: Vec<String>,
    /// The KPIs of the library.
    pub kpis: Vec<String>,
    /// The channels of the library.
    pub channels: Vec<String>,
}

/// A value on its way into a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Feeding {
    /// The step.
    pub step: String,
    /// The variable of its prompt.
    pub input: String,
    /// The reference as written; nothing for a value that stands in the file.
    pub from: Option<String>,
    /// The step whose output it is.
    pub source_step: Option<String>,
    /// The type wanted, in words.
    pub wanted: String,
    /// Whether the prompt cannot do without it.
    pub required: bool,
    /// Line, from 1.
    pub line: usize,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checked {
    /// What is wrong, in the order of the file; what was found while reading is among it.
    pub diagnostics: Vec<Diagnostic>,
    /// Every value on its way into a step.
    pub feedings: Vec<Feeding>,
    /// What each step answers, by its id.
    pub outputs: BTreeMap<String, Value>,
}

/// Checks a workflow.
pub fn check(workflow: &Workflow, around: &Surroundings) -> Checked {
    let flow = Flow::of(workflow);
    let mut checker = Checker {
        workflow,
        around,
        outputs: outputs(workflow, around),
        flow,
        found: workflow.diagnostics.clone(),
        feedings: Vec::new(),
    };
    checker.names();
    checker.shape();
    for at in 0..workflow.steps.len() {
        checker.step(at);
    }
    let mut diagnostics = checker.found;
    diagnostics.sort_by_key(|finding| (finding.line, finding.column));
    diagnostics.dedup();
    let steps = workflow.steps.iter();
    let outputs = steps
        .zip(checker.outputs)
        .filter_map(|(step, output)| Some((step.id.value.clone(), output?)));
    Checked {
        diagnostics,
        feedings: checker.feedings,
        outputs: outputs.collect(),
    }
}

/// What each step answers; nothing for decisions and for prompts that do not exist.
fn outputs(workflow: &Workflow, around: &Surroundings) -> Vec<Option<Value>> {
    let output = |step: &Step| {
        let StepKind::Run(run) = &step.kind else {
            return None;
        };
        let output = around.prompts.get(&run.prompt.value)?.output.clone();
        Some(match run.for_each {
            Some(_) => json!({"type": "array", "items": output}),
            None => output,
        })
    };
    workflow.steps.iter().map(output).collect()
}

struct Checker<'w> {
    workflow: &'w Workflow,
    around: &'w Surroundings,
    flow: Flow,
    outputs: Vec<Option<Value>>,
    found: Vec<Diagnostic>,
    feedings: Vec<Feeding>,
}

impl<'w> Checker<'w> {
    fn error(&mut self, code: &'static str, at: (usize, usize), message: impl Into<String>) {
        self.found.push(Diagnostic::error(code, at, message));
    }

    fn unknown<'k>(
        &mut self,
        code: &'static str,
        what: &str,
        name: &Placed<String>,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let hint = suggestion(&name.value, known)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        let message = format!("there is no {what} `{}`{hint}", name.value);
        self.error(code, name.position(), message);
    }

    /// KPIs, channels and targets exist.
    fn names(&mut self) {
        let workflow = self.workflow;
        let around = self.around;
        let stops = workflow.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Run(run) => run.stop_when_kpi.as_ref(),
            StepKind::Decide(_) => None,
        });
        for kpi in workflow.kpis.iter().chain(stops) {
            if !around.kpis.contains(&kpi.value) {
                let known = around.kpis.iter().map(String::as_str);
                self.unknown("unknown-kpi", "KPI", kpi, known);
            }
        }
        let channels = workflow
            .steps
            .iter()
            .filter_map(|step| step.channel.as_ref());
        for channel in channels {
            if !around.channels.is_empty() && !around.channels.contains(&channel.value) {
                let known = around.channels.iter().map(String::as_str);
                self.unknown("unknown-channel", "channel", channel, known);
            }
        }
        let known = positions(workflow);
        for target in workflow.steps.iter().flat_map(targets) {
            if !known.contains_key(target.value.as_str()) {
                let ids = known.keys().copied().chain([super::END]);
                self.unknown("unknown-step", "step", target, ids);
            }
        }
    }

    /// Circles, and steps nothing leads to.
    fn shape(&mut self) {
        let id = |at: &usize| self.workflow.steps[*at].id.value.as_str();
        if let Some(circle) = self.flow.cycle.clone() {
            let mut names: Vec<&str> = circle.iter().map(id).collect();
            names.extend(circle.first().map(id));
            let message = format!("the steps lead in a circle: `{}`", names.join("` → `"));
            let at = circle
                .first()
                .map(|at| self.workflow.steps[*at].id.position());
            self.error("cycle", at.unwrap_or((1, 1)), message);
            return;
        }
        for (at, step) in self.workflow.steps.iter().enumerate() {
            if !self.flow.reached[at] {
                let message = format!("no path leads to step `{}`", step.id.value);
                let at = step.id.position();
                self.found
                    .push(Diagnostic::warning("unreachable-step", at, message));
            }
        }
    }

    /// What a reference can see at a step.
    fn scope<'s>(&'s self, at: usize, item: Option<&'s Value>) -> Scope<'s> {
        let mut facts = self.flow.certain[at].clone();
        if let StepKind::Run(run) = &self.workflow.steps[at].kind
            && let Some(skip) = &run.skip_when
        {
            facts.extend(skip.present(false).into_iter().map(Fact::present));
        }
        Scope {
            workflow: self.workflow,
            outputs: &self.outputs,
            before: &self.flow.before[at],
            ordered: self.flow.cycle.is_none() && self.flow.reached[at],
            at,
            facts,
            item,
        }
    }

    fn step(&mut self, at: usize) {
        let workflow = self.workflow;
        match &workflow.steps[at].kind {
            StepKind::Decide(branches) => {
                for when in branches.iter().filter_map(|branch| branch.when.as_ref()) {
                    self.condition(at, when);
                }
            }
            StepKind::Run(run) => self.run(at, run),
        }
    }

    fn run(&mut self, at: usize, run: &'w Run) {
        let around = self.around;
        if let Some(skip) = &run.skip_when {
            self.condition(at, skip);
        }
        let item = run.for_each.as_ref().map(|over| self.items(at, over));
        let Some(interface) = around.prompts.get(&run.prompt.value) else {
            let near = around.near.iter().map(String::as_str);
            self.unknown("unknown-prompt", "prompt", &run.prompt, near);
            return;
        };
        if !interface.usable {
            let message = format!(
                "prompt `{}` has errors and cannot run; mend it first",
                run.prompt.value
            );
            self.error("unusable-prompt", run.prompt.position(), message);
        }
        for input in &run.inputs {
            self.input(at, input, interface, item.as_ref());
        }
        let fed: HashSet<&str> = run
            .inputs
            .iter()
            .map(|input| input.name.value.as_str())
            .collect();
        for name in interface.needs().filter(|name| !fed.contains(name)) {
            let step = &self.workflow.steps[at].id.value;
            let message = format!(
                "step `{step}` does not feed `{name}`, which prompt `{}` needs",
                run.prompt.value
            );
            self.error("missing-input", run.prompt.position(), message);
        }
    }

    /// The items a step runs for.
    fn items(&mut self, at: usize, over: &Reference) -> Value {
        let scope = self.scope(at, None);
        let (schema, missing) = match scope.resolve(over) {
            Ok(found) => (found.schema.clone(), found.missing),
            Err(finding) => {
                self.found.push(*finding);
                return Value::Object(Map::new());
            }
        };
        if let Some(missing) = missing.filter(|_| !over.optional) {
            let message = format!(
                "`{}` may be missing: {}; write `optional: true` if the step may be passed over",
                over.text(),
                missing.words()
            );
            self.error("may-be-missing", over.position(), message);
        }
        if !may_be(&schema, &["array"]) {
            let message = format!(
                "`for_each` goes over a list, `{}` is {}",
                over.text(),
                describe(&schema)
            );
            self.error("type-mismatch", over.position(), message);
            return Value::Object(Map::new());
        }
        match &schema["items"] {
            Value::Null => Value::Object(Map::new()),
            items => items.clone(),
        }
    }

    fn input(&mut self, at: usize, input: &Input, interface: &Interface, item: Option<&Value>) {
        let name = input.name.value.as_str();
        let any = Value::Object(Map::new());
        let wanted = match &interface.input {
            None => &any,
            Some(schema) => match member(schema, name) {
                Member::Known(wanted, _) => wanted,
                Member::Unknown => &any,
                Member::Absent => {
                    let known: Vec<&str> = member_names(schema).collect();
                    self.unknown("unknown-input", "input", &input.name, known);
                    return;
                }
            },
        };
        let required = interface.needs().any(|needed| needed == name);
        let mut feeding = Feeding {
            step: self.workflow.steps[at].id.value.clone(),
            input: name.to_owned(),
            from: None,
            source_step: None,
            wanted: describe(wanted),
            required,
            line: input.name.line,
        };
        match &input.feed {
            Feed::Value(value) => {
                if let Err(why) = fits(&value.value, wanted) {
                    let message = format!("`{name}` cannot be this: {why}");
                    self.error("type-mismatch", value.position(), message);
                }
            }
            Feed::From(reference) => {
                feeding.from = Some(reference.text());
                if let super::Source::Step(step) = &reference.source {
                    feeding.source_step = Some(step.clone());
                }
                self.feed(at, (name, wanted, required), reference, item);
            }
        }
        self.feedings.push(feeding);
    }

    fn feed(
        &mut self,
        at: usize,
        (name, wanted, required): (&str, &Value, bool),
        reference: &Reference,
        item: Option<&Value>,
    ) {
        let scope = self.scope(at, item);
        let (schema, missing) = match scope.resolve(reference) {
            Ok(found) => (found.schema.clone(), found.missing),
            Err(finding) => {
                self.found.push(*finding);
                return;
            }
        };
        let text = reference.text();
        match missing {
            Some(missing) if required => {
                let message = format!(
                    "`{text}` may be missing: {}; but `{name}` is needed",
                    missing.words()
                );
                self.error("may-be-missing", reference.position(), message);
            }
            Some(missing @ Missing::Step(_)) if !reference.optional => {
                self.error(
                    "may-not-have-run",
                    reference.position(),
                    unsaid(&text, &missing),
                );
            }
            _ => {}
        }
        if let Err(why) = accepts(wanted, &schema) {
            let message = format!("`{text}` does not fit `{name}`: {why}");
            self.error("type-mismatch", reference.position(), message);
        }
    }

    fn condition(&mut self, at: usize, condition: &Condition) {
        for comparison in condition.comparisons() {
            self.comparison(at, comparison);
        }
    }

    fn comparison(&mut self, at: usize, comparison: &Comparison) {
        let scope = self.scope(at, None);
        let value = &comparison.value;
        let (schema, missing) = match scope.resolve(value) {
            Ok(found) => (found.schema.clone(), found.missing),
            Err(finding) => {
                self.found.push(*finding);
                return;
            }
        };
        let asks_for_it = matches!(comparison.test, Test::Missing(_));
        if let Some(missing @ Missing::Step(_)) = &missing
            && !value.optional
            && !asks_for_it
        {
            let message = unsaid(&value.text(), missing);
            self.error("may-not-have-run", value.position(), message);
        }
        self.test(value, &schema, &comparison.test);
    }

    fn test(&mut self, value: &Reference, schema: &Value, test: &Test) {
        let literals: &[Placed<Value>] = match test {
            Test::Equals(one) | Test::NotEquals(one) => std::slice::from_ref(one),
            Test::In(several) | Test::NotIn(several) => several,
            Test::Above(bound)
            | Test::AtLeast(bound)
            | Test::Below(bound)
            | Test::AtMost(bound) => {
                if !may_be(schema, &["number", "integer"]) {
                    let message = format!(
                        "`{}` is {}; only numbers are greater or smaller",
                        value.text(),
                        describe(schema)
                    );
                    self.error("type-mismatch", value.position(), message);
                } else if !bound.value.is_number() {
                    let message = format!("`{}` is compared with a number", value.text());
                    self.error("type-mismatch", bound.position(), message);
                }
                return;
            }
            Test::Matches(_) => {
                if !may_be(schema, &["string"]) {
                    let message = format!(
                        "`{}` is {}; only a text matches a pattern",
                        value.text(),
                        describe(schema)
                    );
                    self.error("type-mismatch", value.position(), message);
                }
                return;
            }
            Test::Missing(_) => return,
        };
        for literal in literals {
            if let Err(why) = fits(&literal.value, schema) {
                let message = format!("`{}` is never this: {why}", value.text());
                self.error("unknown-value", literal.position(), message);
            }
        }
    }
}

fn unsaid(text: &str, missing: &Missing) -> String {
    format!(
        "`{text}` may be missing: {}; write `optional: true` if that is meant",
        missing.words()
    )
}
