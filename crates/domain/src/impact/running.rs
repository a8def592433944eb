//! How a workflow uses the prompts it runs: what it gives them, and what of their answers it reads.

use std::collections::BTreeSet;

use serde_json::Value;

use super::interface::options;
use super::thing::{alias_of, prompt_path};
use super::uses::{Demand, Place, Use};
use crate::workflow::{
    Comparison, Condition, Feed, Input, Reference, Run, Source, StepKind, Test, Workflow,
    parse as read,
};

/// How a workflow uses the prompt at a path.
pub fn uses_of_workflow(path: &str, text: &str, used: &str) -> Vec<Use> {
    let workflow = read(text);
    let reads = answers_read(&workflow);
    let usual = alias_of(used);
    let mut uses = Vec::new();
    for (step, run) in runs(&workflow) {
        let named = prompt_path(&run.prompt.value);
        if named != used && usual.as_ref() != Some(&named) {
            continue;
        }
        let by = format!("step `{step}`");
        let one = |position, demand| Use {
            at: Place::new(path, position),
            by: by.clone(),
            demand,
        };
        uses.push(one(run.prompt.position(), Demand::Exists));
        for input in &run.inputs {
            let values = values(input, &workflow.attributes);
            let demand = Demand::Gives(input.name.value.clone(), values);
            uses.push(one(input.name.position(), demand));
        }
        let names: BTreeSet<String> = run
            .inputs
            .iter()
            .map(|one| one.name.value.clone())
            .collect();
        uses.push(one(run.prompt.position(), Demand::GivesOnly(names)));
        for read in reads.iter().filter(|read| read.step == step) {
            let field = read.field.to_owned();
            uses.push(one(read.position, Demand::Reads(field.clone())));
            if !read.compared.is_empty() {
                let demand = Demand::Compares(field, read.compared.clone());
                uses.push(one(read.position, demand));
            }
        }
    }
    uses
}

/// The steps that run a prompt, by id.
fn runs(workflow: &Workflow) -> impl Iterator<Item = (&str, &Run)> {
    workflow.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Run(run) => Some((step.id.value.as_str(), &**run)),
        StepKind::Decide(_) => None,
    })
}

/// The values an input can have, where that is known: a literal, or the choices of an attribute.
fn values(input: &Input, attributes: &Value) -> Option<Vec<Value>> {
    match &input.feed {
        Feed::Value(literal) => Some(vec![literal.value.clone()]),
        Feed::From(reference) => match (&reference.source, reference.fields.as_slice()) {
            (Source::Attributes, [field]) => options(&attributes["properties"][field.as_str()]),
            _ => None,
        },
    }
}

/// A field of a step's answer that is read.
struct AnswerRead<'w> {
    step: &'w str,
    field: &'w str,
    position: (usize, usize),
    /// The values a decision compares it with.
    compared: Vec<Value>,
}

/// Every field of an answer that anything in the workflow reads.
fn answers_read(workflow: &Workflow) -> Vec<AnswerRead<'_>> {
    let mut found = Vec::new();
    for step in &workflow.steps {
        match &step.kind {
            StepKind::Run(run) => {
                let fed = run.inputs.iter().filter_map(|input| match &input.feed {
                    Feed::From(reference) => Some(reference),
                    Feed::Value(_) => None,
                });
                let read = fed.chain(&run.for_each);
                found.extend(read.filter_map(|one| answer_read(one, Vec::new())));
                found.extend(run.skip_when.iter().flat_map(decided));
            }
            StepKind::Decide(branches) => {
                let conditions = branches.iter().filter_map(|branch| branch.when.as_ref());
                found.extend(conditions.flat_map(decided));
            }
        }
    }
    found
}

fn decided(condition: &Condition) -> impl Iterator<Item = AnswerRead<'_>> {
    let comparisons = condition.comparisons().into_iter();
    comparisons.filter_map(|one| answer_read(&one.value, compared(one)))
}

fn answer_read(reference: &Reference, compared: Vec<Value>) -> Option<AnswerRead<'_>> {
    let Source::Step(step) = &reference.source else {
        return None;
    };
    Some(AnswerRead {
        step,
        field: reference.fields.first()?,
        position: reference.position(),
        compared,
    })
}

/// The values a comparison names.
fn compared(comparison: &Comparison) -> Vec<Value> {
    match &comparison.test {
        Test::Equals(one) | Test::NotEquals(one) => vec![one.value.clone()],
        Test::In(many) | Test::NotIn(many) => many.iter().map(|one| one.value.clone()).collect(),
        _ => Vec::new(),
    }
}
