//! Broken contracts: what a file offered, what it offers now, and who counted on the difference.
//!
//! Only what was fine before and is not any more is reported; what was never fine is a finding of
//! the file that uses it.

use std::fmt::Write as _;

use serde_json::Value;

use super::interface::{Field, Fields, Interface};
use super::uses::{Demand, Place, Use};
use crate::prompt::{Severity, suggestion};

/// A file before or after a change.
#[derive(Debug, Clone, Copy)]
pub struct Provider<'a> {
    /// Its path.
    pub path: &'a str,
    /// What it offered before.
    pub before: &'a Interface,
    /// What it offers now; nothing where it is deleted.
    pub after: Option<&'a Interface>,
}

/// A contract that a change breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// How bad it is.
    pub severity: Severity,
    /// Its kind: a stable kebab-case name.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
    /// What to do next.
    pub next: String,
    /// What is broken: where the file that changed declares it, or declared it before.
    pub provider: Place,
    /// Where it is counted on.
    pub dependant: Place,
    /// The variable, field, slot or value it is about.
    pub subject: String,
    /// What it may have been renamed to.
    pub renamed_to: Option<String>,
}

/// The contracts a change breaks for those uses of the file.
pub fn breaches(provider: Provider<'_>, uses: &[Use]) -> Vec<Breach> {
    let mut found = Vec::new();
    for one in uses {
        match provider.after {
            Some(after) => found.extend(check(provider, after, one)),
            None if one.demand == Demand::Exists => found.push(gone(provider, one)),
            None => {}
        }
    }
    found
}

/// Whether anything was taken away, so that dependants have to be looked at.
pub fn narrows(before: &Interface, after: Option<&Interface>) -> bool {
    let Some(after) = after else { return true };
    let kept = |old: &Fields, new: &Fields| {
        old.fields.iter().all(|(name, field)| {
            new.fields
                .get(name)
                .is_some_and(|now| now.kind == field.kind && now.options == field.options)
        })
    };
    let needs = |fields: &Fields, name: &String| {
        fields.fields.get(name).is_some_and(|field| field.required)
    };
    let no_more_needed = after
        .inputs
        .fields
        .keys()
        .all(|name| needs(&before.inputs, name) || !needs(&after.inputs, name));
    let fine = kept(&before.inputs, &after.inputs)
        && kept(&before.outputs, &after.outputs)
        && no_more_needed
        && before
            .slots
            .keys()
            .all(|slot| after.slots.contains_key(slot))
        && before.opened.is_subset(&after.opened)
        && after.uses.keys().all(|name| before.uses.contains_key(name));
    !fine
}

fn gone(provider: Provider<'_>, one: &Use) -> Breach {
    Breach {
        severity: Severity::Error,
        code: "file-removed",
        message: format!(
            "`{}` is deleted, and {} still uses it",
            provider.path, one.by
        ),
        next: "keep the file, or take it out of what uses it in the same change".to_owned(),
        provider: Place::new(provider.path, (1, 1)),
        dependant: one.at.clone(),
        subject: provider.path.to_owned(),
        renamed_to: None,
    }
}

fn check(provider: Provider<'_>, after: &Interface, one: &Use) -> Vec<Breach> {
    let before = provider.before;
    let finding = Finding { provider, one };
    match &one.demand {
        Demand::Exists => Vec::new(),
        Demand::Gives(name, values) => finding
            .given(after, name, values.as_deref())
            .into_iter()
            .collect(),
        Demand::GivesOnly(names) => {
            let needed = after
                .inputs
                .fields
                .iter()
                .filter(|(_, field)| field.required);
            let was_needed = |name: &str| {
                before
                    .inputs
                    .fields
                    .get(name)
                    .is_some_and(|field| field.required)
            };
            needed
                .filter(|(name, _)| !names.contains(*name) && !was_needed(name))
                .map(|(name, field)| finding.required(name, field))
                .collect()
        }
        Demand::Offers(names) => {
            let new = after
                .uses
                .iter()
                .filter(|(name, _)| !before.uses.contains_key(*name));
            new.filter(|(name, _)| !names.contains(*name))
                .map(|(name, position)| finding.needed(name, *position))
                .collect()
        }
        Demand::Reads(field) => finding.read(after, field).into_iter().collect(),
        Demand::Compares(field, values) => finding.compared(after, field, values),
        Demand::Fills(slot) => finding.slot(after, slot).into_iter().collect(),
        Demand::Mentions(name) => finding.mentioned(after, name).into_iter().collect(),
        Demand::Sets(field) => finding.set(after, field).into_iter().collect(),
    }
}

struct Finding<'a> {
    provider: Provider<'a>,
    one: &'a Use,
}

impl Finding<'_> {
    fn breach(
        &self,
        code: &'static str,
        subject: &str,
        position: (usize, usize),
        message: String,
        next: String,
    ) -> Breach {
        Breach {
            severity: Severity::Error,
            code,
            message,
            next,
            provider: Place::new(self.provider.path, position),
            dependant: self.one.at.clone(),
            subject: subject.to_owned(),
            renamed_to: None,
        }
    }

    /// A name that is no longer there, with the name it may have now.
    fn removed(
        &self,
        code: &'static str,
        name: &str,
        (old, new): (&Fields, &Fields),
        what: &str,
    ) -> Option<Breach> {
        let field = old.fields.get(name)?;
        if new.knows(name) {
            return None;
        }
        let path = self.provider.path;
        let message = format!(
            "{} {what} `{name}`, which `{path}` no longer has",
            self.one.by
        );
        let renamed = renamed(name, field, old, new);
        let mut next = renamed.as_ref().map_or_else(String::new, |to| {
            format!("if `{name}` is now called `{to}`, write `{to}` there in the same change; otherwise ")
        });
        let _ = write!(
            next,
            "keep `{name}`, or take it out there in the same change"
        );
        Some(Breach {
            renamed_to: renamed,
            ..self.breach(code, name, field.position, message, next)
        })
    }

    fn given(&self, after: &Interface, name: &str, values: Option<&[Value]>) -> Option<Breach> {
        let (old, new) = (&self.provider.before.inputs, &after.inputs);
        // An open schema takes what it does not name, but a name that was taken away is meant.
        let is_partial = crate::library::partial_name(self.provider.path).is_some();
        let code = if is_partial {
            "parameter-removed"
        } else {
            "input-removed"
        };
        if let Some(breach) = self.removed(code, name, (old, new), "gives") {
            return Some(breach);
        }
        let (was, is) = (old.fields.get(name)?, new.fields.get(name)?);
        if was.kind == is.kind && was.options == is.options {
            return None;
        }
        let refused: Vec<&Value> = match values {
            Some(values) => values
                .iter()
                .filter(|value| fits(value, was) && !fits(value, is))
                .collect(),
            None if was.kind == is.kind || is.kind == "any" => return None,
            None => Vec::new(),
        };
        if refused.is_empty() && values.is_some() {
            return None;
        }
        let path = self.provider.path;
        let by = &self.one.by;
        if refused.is_empty() {
            let message = format!(
                "{by} gives `{name}` as it was, {}; `{path}` now takes {}",
                was.kind, is.kind
            );
            let next =
                format!("keep the type of `{name}`, or change what is given in the same change");
            return Some(self.breach("input-type", name, is.position, message, next));
        }
        let listed = list(&refused);
        let message =
            format!("{by} may give `{name}` the value {listed}, which `{path}` no longer takes");
        let next = format!("keep {listed}, or no longer give it, in the same change");
        Some(self.breach("input-choice", name, is.position, message, next))
    }

    fn required(&self, name: &str, field: &Field) -> Breach {
        let message = format!(
            "`{}` now needs `{name}`, and {} does not give it",
            self.provider.path, self.one.by
        );
        let next = format!(
            "give `{name}` there in the same change, make it optional (`{name}?`), or give it a default"
        );
        self.breach("input-required", name, field.position, message, next)
    }

    fn needed(&self, name: &str, position: (usize, usize)) -> Breach {
        let message = format!(
            "`{}` now uses `{name}`, which {} neither declares nor gives",
            self.provider.path, self.one.by
        );
        let next =
            format!("declare `{name}` there, or give it in the tag; until then it prints nothing");
        Breach {
            severity: Severity::Warning,
            ..self.breach("variable-needed", name, position, message, next)
        }
    }

    fn read(&self, after: &Interface, name: &str) -> Option<Breach> {
        let (old, new) = (&self.provider.before.outputs, &after.outputs);
        if let Some(breach) = self.removed("output-removed", name, (old, new), "is read for") {
            let message = format!(
                "the field `{name}` of {} is read, and `{}` no longer answers it",
                self.one.by, self.provider.path
            );
            return Some(Breach { message, ..breach });
        }
        let (was, is) = (old.fields.get(name)?, new.fields.get(name)?);
        if was.kind == is.kind || is.kind == "any" {
            return None;
        }
        let message = format!(
            "the field `{name}` of {} is read; `{}` answered {} there and now answers {}",
            self.one.by, self.provider.path, was.kind, is.kind
        );
        let next = format!("keep the type of `{name}`, or change what reads it in the same change");
        Some(self.breach("output-type", name, is.position, message, next))
    }

    fn compared(&self, after: &Interface, name: &str, values: &[Value]) -> Vec<Breach> {
        let (old, new) = (&self.provider.before.outputs, &after.outputs);
        let (Some(was), Some(is)) = (old.fields.get(name), new.fields.get(name)) else {
            return Vec::new();
        };
        let lost = values
            .iter()
            .filter(|value| fits(value, was) && !fits(value, is));
        lost.map(|value| {
            let value = format!("`{}`", plain(value));
            let message = format!(
                "a decision on `{name}` of {} names {value}, which `{}` no longer answers",
                self.one.by, self.provider.path
            );
            let next = format!("keep {value}, or change the decision in the same change");
            self.breach("choice-removed", name, is.position, message, next)
        })
        .collect()
    }

    fn slot(&self, after: &Interface, slot: &str) -> Option<Breach> {
        let position = *self.provider.before.slots.get(slot)?;
        if after.slots.contains_key(slot) {
            return None;
        }
        let new = after
            .slots
            .keys()
            .filter(|name| !self.provider.before.slots.contains_key(*name));
        let new: Vec<&str> = new.map(String::as_str).collect();
        let renamed = nearest(slot, &new);
        let message = format!(
            "{} fills the slot `{slot}`, which `{}` no longer opens",
            self.one.by, self.provider.path
        );
        let next = match &renamed {
            Some(to) => format!(
                "if it is now called `{to}`, fill `{to}`; otherwise keep the slot, or take the filling out"
            ),
            None => "keep the slot, or take the filling out in the same change".to_owned(),
        };
        Some(Breach {
            renamed_to: renamed,
            ..self.breach("slot-removed", slot, position, message, next)
        })
    }

    fn mentioned(&self, after: &Interface, name: &str) -> Option<Breach> {
        let pair = (&self.provider.before.inputs, &after.inputs);
        self.removed("variable-removed", name, pair, "uses")
    }

    fn set(&self, after: &Interface, field: &str) -> Option<Breach> {
        let opens = |interface: &Interface| {
            let mut names = interface.opened.iter();
            names.any(|open| {
                open == field
                    || field
                        .strip_prefix(open.as_str())
                        .is_some_and(|rest| rest.starts_with('.'))
            })
        };
        if !opens(self.provider.before) || opens(after) {
            return None;
        }
        let message = format!(
            "{} sets `{field}`, which `{}` no longer opens",
            self.one.by, self.provider.path
        );
        let next = format!(
            "keep `{field}` in `variorum.open`, or take it out of the variation in the same change"
        );
        Some(self.breach("field-closed", field, (1, 1), message, next))
    }
}

/// The new name that most likely stands for an old one: nearly the same word, or the only new one of
/// its type.
fn renamed(name: &str, field: &Field, old: &Fields, new: &Fields) -> Option<String> {
    let added: Vec<(&str, &Field)> = new
        .fields
        .iter()
        .filter(|(name, _)| !old.knows(name))
        .map(|(name, field)| (name.as_str(), field))
        .collect();
    let alike: Vec<&str> = added
        .iter()
        .filter(|(_, now)| now.kind == field.kind)
        .map(|(name, _)| *name)
        .collect();
    nearest(name, &alike)
}

fn nearest(name: &str, new: &[&str]) -> Option<String> {
    let near = suggestion(name, new.iter().copied()).or_else(|| match new {
        [only] => Some(*only),
        several => several
            .iter()
            .copied()
            .find(|other| other.contains(name) || name.contains(other)),
    });
    near.map(str::to_owned)
}

/// Whether a field can have a value.
fn fits(value: &Value, field: &Field) -> bool {
    if let Some(options) = &field.options {
        return value.is_null() || options.contains(value);
    }
    match field.kind.as_str() {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        kind if kind.starts_with("array") => value.is_array(),
        _ => true,
    }
}

fn list(values: &[&Value]) -> String {
    let shown: Vec<String> = values
        .iter()
        .map(|value| format!("`{}`", plain(value)))
        .collect();
    shown.join(", ")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
