//! What a reference stands for at a step: its type, and whether it may be missing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::flow::Fact;
use super::reference::{Reference, Source};
use super::schema::{Member, allows_null, describe, member, member_names};
use super::{StepKind, Workflow};
use crate::prompt::{Diagnostic, suggestion};

/// What a step can see.
pub(super) struct Scope<'s> {
    pub(super) workflow: &'s Workflow,
    pub(super) outputs: &'s [Option<Value>],
    /// The steps that may have run before.
    pub(super) before: &'s BTreeSet<usize>,
    /// Whether the order of the steps is known; otherwise it is not judged.
    pub(super) ordered: bool,
    pub(super) at: usize,
    pub(super) facts: BTreeSet<Fact>,
    /// The item of `for_each`.
    pub(super) item: Option<&'s Value>,
}

/// A value that was found.
#[derive(Debug)]
pub(super) struct Found<'s> {
    pub(super) schema: &'s Value,
    pub(super) missing: Option<Missing>,
}

/// Why a value may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// The step that yields it may not have run.
    Step(String),
    /// It is optional where it comes from.
    Optional(String),
}

impl Missing {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Step(step) => format!("step `{step}` may not have run"),
            Self::Optional(name) => format!("`{name}` is optional"),
        }
    }
}

static ANY: Value = Value::Null;

impl<'s> Scope<'s> {
    /// Finds the value; where there is none, says so.
    pub(super) fn resolve(&self, reference: &Reference) -> Result<Found<'s>, Box<Diagnostic>> {
        let (mut schema, mut missing) = self.start(reference)?;
        for (depth, field) in reference.fields.iter().enumerate() {
            let fields = &reference.fields[..=depth];
            match member(schema, field) {
                Member::Known(found, always) => {
                    let there =
                        (always && !allows_null(found)) || self.is_present(reference, fields);
                    if !there {
                        missing.get_or_insert_with(|| Missing::Optional(field.clone()));
                    }
                    schema = found;
                }
                Member::Unknown => {
                    schema = &ANY;
                    break;
                }
                Member::Absent => return Err(Box::new(absent(reference, depth, schema))),
            }
        }
        Ok(Found { schema, missing })
    }

    fn is_present(&self, reference: &Reference, fields: &[String]) -> bool {
        self.facts.iter().any(|fact| match fact {
            Fact::Present(source, known) => {
                *source == reference.source && known.starts_with(fields)
            }
            Fact::Passed(_) => false,
        })
    }

    fn start(
        &self,
        reference: &Reference,
    ) -> Result<(&'s Value, Option<Missing>), Box<Diagnostic>> {
        let error =
            |code, message| Box::new(Diagnostic::error(code, reference.position(), message));
        match &reference.source {
            Source::Attributes => Ok((&self.workflow.attributes, None)),
            Source::Item => match self.item {
                Some(item) => Ok((item, None)),
                None => {
                    let message = "there is an `item` only in the inputs of a step with `for_each`";
                    Err(error("unknown-reference", message.to_owned()))
                }
            },
            Source::Step(id) => {
                let steps = &self.workflow.steps;
                let Some(at) = steps.iter().position(|step| step.id.value == *id) else {
                    let known = steps.iter().map(|step| step.id.value.as_str());
                    let hint = suggestion(id, known)
                        .map(|near| format!("; did you mean `{near}`?"))
                        .unwrap_or_default();
                    let message = format!("there is no step `{id}`{hint}");
                    return Err(error("unknown-step", message));
                };
                if matches!(steps[at].kind, StepKind::Decide(_)) {
                    let message = format!("step `{id}` decides; it has no output");
                    return Err(error("no-output", message));
                }
                if self.ordered && !self.before.contains(&at) {
                    let own = &steps[self.at].id.value;
                    let message = format!("step `{id}` never runs before step `{own}`");
                    return Err(error("not-before", message));
                }
                let schema = self.outputs[at].as_ref().unwrap_or(&ANY);
                Ok((schema, self.may_be_missing(at, reference)))
            }
        }
    }

    fn may_be_missing(&self, at: usize, reference: &Reference) -> Option<Missing> {
        let step = &self.workflow.steps[at];
        let passed = !self.ordered || self.facts.contains(&Fact::Passed(at));
        let skipped = match &step.kind {
            StepKind::Run(run) => run.skip_when.is_some(),
            StepKind::Decide(_) => false,
        };
        let present = self.is_present(reference, &[]);
        let certain = present || (passed && !skipped);
        (!certain).then(|| Missing::Step(step.id.value.clone()))
    }
}

fn absent(reference: &Reference, depth: usize, schema: &Value) -> Diagnostic {
    let field = &reference.fields[depth];
    let holder = Reference {
        fields: reference.fields[..depth].to_vec(),
        ..reference.clone()
    };
    let what = match (&reference.source, depth) {
        (Source::Attributes, 0) => "the workflow has no attribute".to_owned(),
        (Source::Step(step), 0) => format!("step `{step}` has no output"),
        _ => format!("`{}` has no field", holder.text()),
    };
    let hint = suggestion(field, member_names(schema))
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    let kind = describe(schema);
    let explained = if hint.is_empty() && kind != "object" {
        format!("; `{}` is {kind}", holder.text())
    } else {
        hint
    };
    let code = match reference.source {
        Source::Attributes => "unknown-attribute",
        Source::Step(_) => "unknown-output",
        Source::Item => "unknown-reference",
    };
    Diagnostic::error(
        code,
        reference.position(),
        format!("{what} `{field}`{explained}"),
    )
}
