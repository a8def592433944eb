//! Which events a scan wants.

use crate::event::EventKind;
use crate::id::Time;

use super::block::Block;
use super::dictionary::{Dictionary, Names};
use super::place;

/// Which events of one kind are wanted; an empty list wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pick {
    /// Only of these prompts.
    pub prompts: Vec<String>,
    /// Only of these KPIs.
    pub kpis: Vec<String>,
    /// Only through these channels.
    pub channels: Vec<String>,
    /// Only of these rollouts; 0 stands for none.
    pub rollouts: Vec<i64>,
    /// Only with one of these values of an attribute.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// Which events a scan wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Not before this.
    pub from: Option<Time>,
    /// Before this.
    pub until: Option<Time>,
    /// Which exposures; `None` wants none.
    pub exposures: Option<Pick>,
    /// Which outcomes; `None` wants none.
    pub outcomes: Option<Pick>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            from: None,
            until: None,
            exposures: Some(Pick::default()),
            outcomes: Some(Pick::default()),
        }
    }
}

/// A filter in codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFilter {
    from: i64,
    until: i64,
    exposures: Option<Lists>,
    outcomes: Option<Lists>,
}

/// For each restricted column, which codes are wanted.
type Lists = Vec<(usize, Vec<i64>)>;

impl Filter {
    /// The filter in a workspace's codes. A name nobody ever sent matches nothing.
    pub fn compile(&self, dictionary: &Dictionary) -> RowFilter {
        let lists = |pick: &Option<Pick>| pick.as_ref().map(|pick| pick.compile(dictionary));
        RowFilter {
            from: self.from.map_or(i64::MIN, |time| time.0),
            until: self.until.map_or(i64::MAX, |time| time.0),
            exposures: lists(&self.exposures),
            outcomes: lists(&self.outcomes),
        }
    }
}

impl Pick {
    fn compile(&self, dictionary: &Dictionary) -> Lists {
        let mut lists = Lists::new();
        let mut add = |column: usize, names: &Names, texts: &[String]| {
            if !texts.is_empty() {
                let codes = texts.iter().filter_map(|text| names.find(text));
                lists.push((column, codes.map(i64::from).collect()));
            }
        };
        add(place::PROMPT, &dictionary.prompts, &self.prompts);
        add(place::KPI, &dictionary.kpis, &self.kpis);
        add(place::CHANNEL, &dictionary.channels, &self.channels);
        let none = Names::default();
        for (key, texts) in &self.attributes {
            let attribute = dictionary.attribute(key);
            let names = attribute.and_then(|place| dictionary.values(place));
            let column = attribute.map_or(usize::MAX, |attribute| place::FIXED + attribute);
            add(column, names.unwrap_or(&none), texts);
        }
        if !self.rollouts.is_empty() {
            lists.push((place::ROLLOUT, self.rollouts.clone()));
        }
        lists
    }
}

impl RowFilter {
    /// The columns that are looked at.
    pub(crate) fn columns(&self) -> Vec<usize> {
        let mut columns = vec![place::KIND];
        if self.from > i64::MIN || self.until < i64::MAX {
            columns.push(place::TIME);
        }
        for lists in [&self.exposures, &self.outcomes].into_iter().flatten() {
            columns.extend(lists.iter().map(|(column, _)| *column));
        }
        columns
    }

    fn is_in_time(&self, block: &Block, row: usize) -> bool {
        if self.from == i64::MIN && self.until == i64::MAX {
            return true;
        }
        (self.from..self.until).contains(&block.cell(place::TIME, row))
    }

    /// Whether a row is wanted.
    pub(crate) fn wants(&self, block: &Block, row: usize) -> bool {
        let lists = if block.cell(place::KIND, row) == EventKind::Exposure.code() {
            &self.exposures
        } else {
            &self.outcomes
        };
        let Some(lists) = lists else { return false };
        lists
            .iter()
            .all(|(column, codes)| codes.contains(&block.cell(*column, row)))
            && self.is_in_time(block, row)
    }
}
