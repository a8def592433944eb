//! A case as a suite writes it, before it is multiplied out.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Place;
use super::answer::Answer;
use super::assertion::Assertion;
use super::read::Provider;

/// A case as it is written; what is not said is left to `defaultTest`.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Where it stands.
    pub place: Place,
    /// What people call it.
    pub description: Option<String>,
    /// What the prompt is filled in with; a list of texts is a case a text.
    pub variables: Map<String, Value>,
    /// What is expected.
    pub asserts: Vec<Arc<Assertion>>,
    /// The score that is enough.
    pub threshold: Option<f64>,
    /// A recorded answer, which no provider is asked for.
    pub recorded: Option<Answer>,
    /// Who is asked in place of the suite's providers.
    pub provider: Option<Provider>,
    /// The labels of the only prompts it is for; all where none are given.
    pub prompts: Vec<String>,
    /// The labels of the only providers it is for; all where none are given.
    pub providers: Vec<String>,
    /// Whether lists of texts stay lists.
    pub keep_lists: Option<bool>,
    /// Whether the assertions of `defaultTest` are left out.
    pub only_own_asserts: bool,
    /// Something it asks for that is not run here.
    pub unread: Option<String>,
}

impl Spec {
    /// A case that says nothing.
    pub(super) fn empty(place: Place) -> Self {
        Self {
            place,
            description: None,
            variables: Map::new(),
            asserts: Vec::new(),
            threshold: None,
            recorded: None,
            provider: None,
            prompts: Vec::new(),
            providers: Vec::new(),
            keep_lists: None,
            only_own_asserts: false,
            unread: None,
        }
    }

    /// The case with what `under` says where it says nothing itself; assertions are held together.
    #[must_use]
    pub(super) fn over(&self, under: &Spec) -> Self {
        let mut variables = under.variables.clone();
        variables.extend(self.variables.clone());
        let inherited = if self.only_own_asserts {
            &[]
        } else {
            under.asserts.as_slice()
        };
        let or = |own: &[String], other: &[String]| {
            if own.is_empty() {
                other.to_vec()
            } else {
                own.to_vec()
            }
        };
        Self {
            place: self.place.clone(),
            description: self
                .description
                .clone()
                .or_else(|| under.description.clone()),
            variables,
            asserts: inherited.iter().chain(&self.asserts).cloned().collect(),
            threshold: self.threshold.or(under.threshold),
            recorded: self.recorded.clone().or_else(|| under.recorded.clone()),
            provider: self.provider.clone().or_else(|| under.provider.clone()),
            prompts: or(&self.prompts, &under.prompts),
            providers: or(&self.providers, &under.providers),
            keep_lists: self.keep_lists.or(under.keep_lists),
            only_own_asserts: self.only_own_asserts || under.only_own_asserts,
            unread: self.unread.clone().or_else(|| under.unread.clone()),
        }
    }

    /// The variables of each case it comes to: a list of texts stands for one text after the other.
    /// Nothing where there are more than `max`.
    pub(super) fn combinations(&self, max: usize) -> Option<Vec<Map<String, Value>>> {
        let mut all = vec![Map::new()];
        for (name, value) in &self.variables {
            let texts = match value {
                Value::Array(items)
                    if items.first().is_some_and(Value::is_string)
                        && self.keep_lists != Some(true) =>
                {
                    items.as_slice()
                }
                single => std::slice::from_ref(single),
            };
            if all.len().checked_mul(texts.len())? > max {
                return None;
            }
            let with = |one: &Map<String, Value>, text: &Value| {
                let mut one = one.clone();
                one.insert(name.clone(), text.clone());
                one
            };
            all = all
                .iter()
                .flat_map(|one| texts.iter().map(move |text| with(one, text)))
                .collect();
        }
        Some(all)
    }
}
