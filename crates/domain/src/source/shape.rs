//! How the bodies of a source are read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    ANY_NAME, ATTRIBUTES_PER_SOURCE_MAX, EXPOSURE, NAMES_PER_SOURCE_MAX, POINTER_BYTES_MAX,
    TARGETS_PER_NAME_MAX,
};
use crate::intake::{Mapping, MappingError, Moments, Origin};
use crate::kpi::Made;
use crate::library::Library;

/// How the bodies of a source are read. Columns of the mapping are JSON pointers into an item, or, with
/// `body:` before them, into the whole body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shape {
    /// Where the list of items stands; empty for a body that is one item, or a list itself.
    pub items: String,
    /// To which KPIs the names of events lead; where there are none, a name is a KPI. What no name leads
    /// to is left alone.
    pub names: BTreeMap<String, Vec<String>>,
    /// Which field comes from where; `kpi` is the name of the event.
    pub mapping: Mapping,
}

/// Why a shape cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeFault {
    /// A field that every event needs.
    #[error("nothing says where `{0}` comes from")]
    Field(&'static str),
    /// A text that is no pointer.
    #[error(
        "`{0}` is no JSON pointer; one is like `/data/customer/id`, or `body:/shop` for what stands outside of the items"
    )]
    Pointer(String),
    /// A KPI that cannot be reported.
    #[error("the library defines no KPI `{0}` of which events can be reported")]
    Kpi(String),
    /// Something of which there is too much.
    #[error("there are more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// A field of tables that webhooks do not have.
    #[error("a source has no field `type`; let the name of an event lead to `{EXPOSURE}` instead")]
    Kind,
    /// The zone of times is not known.
    #[error(transparent)]
    Mapping(#[from] MappingError),
}

impl Shape {
    /// Checks the shape by itself and against the KPIs there are.
    pub fn check(&self, library: &Library) -> Result<(), ShapeFault> {
        let mapping = &self.mapping;
        if mapping.kind.is_some() || !mapping.exposure_words.is_empty() {
            return Err(ShapeFault::Kind);
        }
        for (field, origin) in [("unit", &mapping.unit), ("kpi", &mapping.kpi)] {
            if origin.is_none() {
                return Err(ShapeFault::Field(field));
            }
        }
        if !self.items.is_empty() {
            must_be_pointer(&self.items)?;
        }
        mapping
            .columns()
            .into_iter()
            .try_for_each(must_be_pointer)?;
        Moments::new(&mapping.time_format, &mapping.zone)?;
        at_most(
            mapping.attributes.len(),
            "attributes",
            ATTRIBUTES_PER_SOURCE_MAX,
        )?;
        at_most(self.names.len(), "names of events", NAMES_PER_SOURCE_MAX)?;
        for targets in self.names.values() {
            at_most(targets.len(), "KPIs for one name", TARGETS_PER_NAME_MAX)?;
            targets
                .iter()
                .try_for_each(|target| must_be_reported(target, library))?;
        }
        match &mapping.kpi {
            Some(Origin::Constant(kpi)) if self.names.is_empty() => must_be_reported(kpi, library),
            _ => Ok(()),
        }
    }

    /// To what an event of a name leads; `None` where it is left alone.
    pub(super) fn targets(&self, name: &str) -> Option<Vec<String>> {
        if self.names.is_empty() {
            return Some(vec![name.to_owned()]);
        }
        let found = self.names.get(name).or_else(|| self.names.get(ANY_NAME));
        found.filter(|targets| !targets.is_empty()).cloned()
    }
}

fn must_be_pointer(text: &str) -> Result<(), ShapeFault> {
    let inner = text.strip_prefix("body:").unwrap_or(text);
    if inner.starts_with('/') && text.len() <= POINTER_BYTES_MAX {
        return Ok(());
    }
    Err(ShapeFault::Pointer(text.chars().take(80).collect()))
}

fn must_be_reported(target: &str, library: &Library) -> Result<(), ShapeFault> {
    let of_events = |kpi: &crate::library::Kpi| kpi.more.made == Made::OfEvents;
    if target == EXPOSURE || library.kpis.get(target).is_some_and(of_events) {
        return Ok(());
    }
    Err(ShapeFault::Kpi(target.chars().take(80).collect()))
}

fn at_most(count: usize, what: &'static str, max: usize) -> Result<(), ShapeFault> {
    if count > max {
        return Err(ShapeFault::TooMany { what, max });
    }
    Ok(())
}
