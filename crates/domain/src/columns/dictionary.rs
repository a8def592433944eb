//! Names and the small numbers that stand for them.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::{Event, EventKind};
use crate::limits::{
    ATTRIBUTE_KEYS_MAX, ATTRIBUTE_TEXTS_KEPT_MAX, ATTRIBUTE_VALUE_CHARS_MAX, ATTRIBUTE_VALUES_MAX,
    COLUMN_NAMES_MAX,
};

use super::place;
use super::row::{NO_ARM, UnitCode};

/// The code of nothing.
pub const EMPTY: u32 = 0;
/// The code of all names beyond the limit.
pub const OTHER: u32 = 1;

/// Names of one kind; a name keeps its code for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Names {
    texts: Vec<String>,
    codes: HashMap<String, u32>,
}

impl From<Vec<String>> for Names {
    fn from(texts: Vec<String>) -> Self {
        let mut names = Self::default();
        for text in texts {
            names.code(&text, usize::MAX);
        }
        names
    }
}

impl From<Names> for Vec<String> {
    fn from(names: Names) -> Self {
        names.texts
    }
}

impl Names {
    /// The code of a name, where it is known.
    pub fn find(&self, text: &str) -> Option<u32> {
        if text.is_empty() {
            return Some(EMPTY);
        }
        self.codes.get(text).copied()
    }

    /// The name of a code: empty for none, `None` for what lies beyond the limit.
    pub fn text(&self, code: u32) -> Option<&str> {
        match code {
            EMPTY => Some(""),
            OTHER => None,
            _ => self.texts.get(code as usize - 2).map(String::as_str),
        }
    }

    /// The names that have a code, with it.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        (2..).zip(self.texts.iter().map(String::as_str))
    }

    fn forget(&mut self, code: u32) {
        let place = (code as usize).checked_sub(2);
        if let Some(text) = place.and_then(|place| self.texts.get_mut(place)) {
            self.codes.remove(text);
            // Longer than any text that is recorded, so that none can be like it.
            *text = format!("{code:>ATTRIBUTE_VALUE_CHARS_MAX$} erased");
            self.codes.insert(text.clone(), code);
        }
    }

    fn code(&mut self, text: &str, max: usize) -> u32 {
        if let Some(known) = self.find(text) {
            return known;
        }
        if self.texts.len() >= max {
            return OTHER;
        }
        let code = u32::try_from(self.texts.len() + 2).unwrap_or(OTHER);
        self.texts.push(text.to_owned());
        self.codes.insert(text.to_owned(), code);
        code
    }
}

/// An event in codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// Whose event it is.
    pub unit: UnitCode,
    pub(crate) cells: [i64; place::FIXED],
    pub(crate) attributes: Vec<(usize, u32)>,
}

/// The names of a workspace's events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dictionary {
    /// The prompts.
    pub prompts: Names,
    /// The KPIs.
    pub kpis: Names,
    /// The channels.
    pub channels: Names,
    keys: Names,
    values: Vec<Names>,
    /// Attributes that were read before, as texts; the same ones come again and again.
    #[serde(skip)]
    read: HashMap<String, Vec<(usize, u32)>>,
}

impl Dictionary {
    /// The attributes that were seen, in the order of their places.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(_, key)| key)
    }

    /// The place of an attribute, where it was ever seen.
    pub fn attribute(&self, key: &str) -> Option<usize> {
        let code = self.keys.find(key).filter(|code| *code > OTHER)?;
        Some(code as usize - 2)
    }

    /// The values of an attribute, by its place.
    pub fn values(&self, attribute: usize) -> Option<&Names> {
        self.values.get(attribute)
    }

    /// Codes an event; names that are new get a code.
    pub fn encode(&mut self, event: &Event) -> Coded {
        let mut cells = [0; place::FIXED];
        cells[place::TIME] = event.time.0;
        cells[place::VALUE] = event.value;
        cells[place::ROLLOUT] = event.rollout.map_or(0, |number| number.0);
        let code = |names: &mut Names, text: &str| i64::from(names.code(text, COLUMN_NAMES_MAX));
        cells[place::PROMPT] = code(&mut self.prompts, &event.prompt);
        cells[place::KPI] = code(&mut self.kpis, &event.kpi);
        cells[place::CHANNEL] = code(&mut self.channels, &event.channel);
        cells[place::KIND] = event.kind.code();
        cells[place::ARM] = i64::from(event.arm.unwrap_or(NO_ARM));
        Coded {
            unit: UnitCode::of(&event.unit),
            cells,
            attributes: self.encode_attributes(&event.attributes),
        }
    }

    fn encode_attributes(&mut self, text: &str) -> Vec<(usize, u32)> {
        if text.is_empty() || text == "{}" {
            return Vec::new();
        }
        if let Some(known) = self.read.get(text) {
            return known.clone();
        }
        let mut codes = Vec::new();
        if let Ok(Value::Object(fields)) = serde_json::from_str(text) {
            for (key, value) in &fields {
                if let Some(value) = plain(value)
                    && let Some(found) = self.encode_attribute(key, &value)
                {
                    codes.push(found);
                }
            }
        }
        if self.read.len() >= ATTRIBUTE_TEXTS_KEPT_MAX {
            self.read.clear();
        }
        self.read.insert(text.to_owned(), codes.clone());
        codes
    }

    fn encode_attribute(&mut self, key: &str, value: &str) -> Option<(usize, u32)> {
        let code = self.keys.code(key, ATTRIBUTE_KEYS_MAX);
        let place = (code as usize).checked_sub(2)?;
        if code == OTHER {
            return None;
        }
        while self.values.len() <= place {
            self.values.push(Names::default());
        }
        Some((place, self.values[place].code(value, ATTRIBUTE_VALUES_MAX)))
    }

    /// Forgets what some attributes said: places and codes that no row has any more. The codes are not
    /// given to anything else.
    pub fn forget(&mut self, said: &BTreeSet<(usize, u32)>) {
        for (key, code) in said {
            if let Some(values) = self.values.get_mut(*key) {
                values.forget(*code);
            }
        }
    }

    /// Gives the memory of attributes read before back.
    pub fn rest(&mut self) {
        self.read = HashMap::new();
    }
}

/// An attribute's value as text; what has parts of its own is not recorded.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return None,
    };
    let cut: String = text.chars().take(ATTRIBUTE_VALUE_CHARS_MAX).collect();
    (!cut.is_empty()).then_some(cut)
}

/// The kind behind its number in a column.
pub(crate) fn kind_of(cell: i64) -> EventKind {
    EventKind::from_code(cell).unwrap_or(EventKind::Outcome)
}
