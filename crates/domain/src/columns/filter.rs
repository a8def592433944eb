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

    /// Marks the wanted rows of a block with 1, the others with 0. It goes column by column, which takes
    /// a fraction of what it takes row by row.
    pub(super) fn mark(&self, block: &Block, marks: &mut Marks) {
        let rows = block.rows();
        let Marks {
            wanted,
            exposed,
            hits,
        } = marks;
        let exposure = EventKind::Exposure.code();
        block.column(place::KIND).equal(exposure, rows, exposed);
        let (of_exposures, of_outcomes) = (self.exposures.is_some(), self.outcomes.is_some());
        let (of_exposures, of_outcomes) = (u8::from(of_exposures), u8::from(of_outcomes));
        wanted.clear();
        wanted.extend(
            exposed
                .iter()
                .map(|exposed| (exposed & of_exposures) | ((exposed ^ 1) & of_outcomes)),
        );
        // A list says nothing of rows of the other kind: there `exposed` differs from `spared`.
        for (lists, spared) in [(&self.exposures, 0), (&self.outcomes, 1)] {
            for (column, codes) in lists.iter().flatten() {
                let column = block.column(*column);
                match codes.as_slice() {
                    [code] => column.equal(*code, rows, hits),
                    codes => {
                        hits.clear();
                        let cells = (0..rows).map(|row| column.cell(row));
                        hits.extend(cells.map(|cell| u8::from(codes.contains(&cell))));
                    }
                }
                for ((wanted, hit), exposed) in wanted.iter_mut().zip(&*hits).zip(&*exposed) {
                    *wanted &= hit | u8::from(*exposed == spared);
                }
            }
        }
        if self.from > i64::MIN || self.until < i64::MAX {
            let times = block.column(place::TIME);
            let within = self.from..self.until;
            for (row, wanted) in wanted.iter_mut().enumerate() {
                *wanted &= u8::from(within.contains(&times.cell(row)));
            }
        }
    }
}

/// Which rows of a block are wanted, and room to find that out.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// 1 for each wanted row, else 0.
    pub(super) wanted: Vec<u8>,
    exposed: Vec<u8>,
    hits: Vec<u8>,
}
