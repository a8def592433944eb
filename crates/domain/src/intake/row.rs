//! What one row means.

use std::collections::HashMap;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Mapping, MappingError, Moments, Origin, RawRow, amount};
use crate::event::{Event, EventError, EventKind};
use crate::id::{RolloutNumber, Time};
use crate::kpi::{Made, defined};
use crate::library::{Kpi, Library};

/// Characters of a cell that are shown.
const SHOWN_CHARS: usize = 80;

/// What is wrong with one row. The others are not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// The column, where it is one column's fault.
    pub column: Option<String>,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong, in a sentence without its full stop.
    pub message: String,
    /// What stands there, cut short.
    pub value: String,
}

enum Cell {
    At(usize, String),
    Always(String),
}

impl Cell {
    fn get<'a>(&'a self, cells: &'a [Option<String>]) -> &'a str {
        match self {
            Self::At(place, _) => cells
                .get(*place)
                .and_then(Option::as_deref)
                .unwrap_or_default(),
            Self::Always(text) => text,
        }
    }

    fn column(&self) -> Option<&str> {
        match self {
            Self::At(_, name) => Some(name),
            Self::Always(_) => None,
        }
    }
}

/// Reads the rows of one table by one mapping.
pub struct Reader<'a> {
    library: &'a Library,
    moments: Moments,
    mapping: &'a Mapping,
    cells: HashMap<&'static str, Cell>,
    kept: Vec<(String, usize)>,
    object: Option<usize>,
    /// How often the same was said before, so that two equal rows are two events, and a second upload
    /// of them none.
    said: HashMap<[u8; 16], u32>,
}

impl<'a> Reader<'a> {
    /// Holds a mapping against the columns of a table.
    pub fn new(
        mapping: &'a Mapping,
        columns: &[String],
        library: &'a Library,
    ) -> Result<Self, MappingError> {
        let place = |field: &str, column: &str| {
            let found = columns.iter().position(|known| known == column);
            found.ok_or_else(|| MappingError::Column {
                field: field.to_owned(),
                column: column.to_owned(),
            })
        };
        let mut cells = HashMap::new();
        for (field, origin) in mapping.fields() {
            let cell = match origin {
                Some(Origin::Column(name)) => Cell::At(place(field, name)?, name.clone()),
                Some(Origin::Constant(text)) => Cell::Always(text.clone()),
                None if matches!(field, "time" | "unit") => return Err(MappingError::Field(field)),
                None => continue,
            };
            cells.insert(field, cell);
        }
        let mut kept: Vec<(String, usize)> = Vec::new();
        for (name, column) in &mapping.attributes {
            if kept.iter().any(|(known, _)| known == name) {
                return Err(MappingError::Twice(name.clone()));
            }
            kept.push((name.clone(), place(name, column)?));
        }
        let object = mapping.attributes_json.as_deref();
        Ok(Self {
            library,
            moments: Moments::new(&mapping.time_format, &mapping.zone)?,
            mapping,
            cells,
            kept,
            object: object
                .map(|column| place("attributes", column))
                .transpose()?,
            said: HashMap::new(),
        })
    }

    /// The event a row tells of.
    pub fn read(&mut self, row: &RawRow) -> Result<Event, RowFault> {
        let cells = row.cells.as_ref().map_err(|message| RowFault {
            column: None,
            code: "unreadable",
            message: message.clone(),
            value: String::new(),
        })?;
        let kind = self.kind(cells)?;
        let time = self.time(cells)?;
        let (kpi, value) = match kind {
            EventKind::Exposure => (String::new(), 0),
            EventKind::Outcome => self.outcome(cells, time)?,
        };
        let mut event = Event {
            id: self.text("id", cells).to_owned(),
            kind,
            time,
            unit: self.text("unit", cells).to_owned(),
            prompt: self.text("prompt", cells).to_owned(),
            rollout: self.rollout(cells)?,
            arm: self.arm(cells)?,
            kpi,
            value,
            channel: self.text("channel", cells).to_owned(),
            attributes: self.attributes(cells)?,
        };
        if event.unit.is_empty() {
            return Err(self.fault("unit", cells, &EventError::Missing("unit")));
        }
        if event.id.is_empty() {
            if matches!(self.cells.get("id"), Some(Cell::At(..))) {
                return Err(self.fault("id", cells, &EventError::Missing("id")));
            }
            event.id = self.derived(&event);
        }
        Ok(event)
    }

    fn text<'c>(&'c self, field: &str, cells: &'c [Option<String>]) -> &'c str {
        let cell = self.cells.get(field);
        cell.map_or("", |cell| cell.get(cells)).trim()
    }

    fn fault(&self, field: &str, cells: &[Option<String>], error: &EventError) -> RowFault {
        self.plain(field, cells, error.code(), error.to_string())
    }

    fn plain(
        &self,
        field: &str,
        cells: &[Option<String>],
        code: &'static str,
        message: String,
    ) -> RowFault {
        let column = self.cells.get(field).and_then(Cell::column);
        RowFault {
            column: column.map(str::to_owned),
            code,
            message,
            value: shown(self.text(field, cells)),
        }
    }

    fn kind(&self, cells: &[Option<String>]) -> Result<EventKind, RowFault> {
        let word = self.text("type", cells);
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        if is("exposure") || self.mapping.exposure_words.iter().any(|known| is(known)) {
            return Ok(EventKind::Exposure);
        }
        // Where a table has words of its own for exposures, all others are outcomes.
        let others = !self.mapping.exposure_words.is_empty() && !word.is_empty();
        if is("outcome") || others || !self.cells.contains_key("type") {
            return Ok(EventKind::Outcome);
        }
        let message =
            "the type must be `exposure` or `outcome`; say which words stand for exposures";
        Err(self.plain("type", cells, "bad-type", message.to_owned()))
    }

    fn time(&self, cells: &[Option<String>]) -> Result<Time, RowFault> {
        let text = self.text("time", cells);
        if text.is_empty() {
            return Err(self.fault("time", cells, &EventError::Missing("time")));
        }
        self.moments.read(text).ok_or_else(|| {
            let example = self.mapping.time_format.example();
            let message = format!("this is no time like `{example}`");
            self.plain("time", cells, "bad-time", message)
        })
    }

    fn outcome(&self, cells: &[Option<String>], time: Time) -> Result<(String, i64), RowFault> {
        let kpi = self.text("kpi", cells);
        if kpi.is_empty() {
            return Err(self.fault("kpi", cells, &EventError::Missing("kpi")));
        }
        let Some(known) = defined(&self.library.kpis, kpi) else {
            return Err(self.fault("kpi", cells, &EventError::UnknownKpi(shown(kpi))));
        };
        if known.more.made != Made::OfEvents {
            return Err(self.fault("kpi", cells, &EventError::Made(shown(kpi))));
        }
        let text = self.text("value", cells);
        if text.is_empty() {
            return Ok((
                kpi.to_owned(),
                if self.mapping.minor_units {
                    1
                } else {
                    one(known)
                },
            ));
        }
        let currency = self.currency(cells)?;
        let decimals = known
            .decimals_in(&currency)
            .map_err(|error| self.fault("currency", cells, &error))?;
        let decimals = if self.mapping.minor_units {
            0
        } else {
            decimals
        };
        let value = amount(text, decimals, self.mapping.decimal_comma);
        let value = value.map_err(|error| self.fault("value", cells, &error))?;
        let value = known.converted(value, &currency, &self.library.rates, time);
        let value = value.map_err(|error| self.fault("currency", cells, &error))?;
        Ok((kpi.to_owned(), value))
    }

    /// The currency in capital letters; empty where nothing is said.
    fn currency(&self, cells: &[Option<String>]) -> Result<String, RowFault> {
        let text = self.text("currency", cells);
        let is_one = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if is_one || text.is_empty() {
            return Ok(text.to_ascii_uppercase());
        }
        Err(self.fault("currency", cells, &EventError::Currency(shown(text))))
    }

    fn rollout(&self, cells: &[Option<String>]) -> Result<Option<RolloutNumber>, RowFault> {
        let text = self.text("rollout", cells);
        if text.is_empty() {
            return Ok(None);
        }
        let digits = text.strip_prefix("R-").unwrap_or(text);
        let number = digits.parse().map(RolloutNumber).map_err(|_| {
            let message = "a rollout is like `R-12` or `12`".to_owned();
            self.plain("rollout", cells, "bad-rollout", message)
        })?;
        Ok(Some(number))
    }

    fn arm(&self, cells: &[Option<String>]) -> Result<Option<u8>, RowFault> {
        let text = self.text("arm", cells);
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "control" => Ok(Some(0)),
            "treatment" => Ok(Some(1)),
            digits => digits
                .parse()
                .map(Some)
                .map_err(|_| self.fault("arm", cells, &EventError::Arm)),
        }
    }

    fn attributes(&self, cells: &[Option<String>]) -> Result<String, RowFault> {
        let cell = |place: usize| cells.get(place).and_then(Option::as_deref);
        let mut all = Map::new();
        if let Some(text) = self.object.and_then(cell).filter(|text| !text.is_empty()) {
            match serde_json::from_str(text) {
                Ok(Value::Object(fields)) => all = fields,
                _ => {
                    return Err(RowFault {
                        column: self.mapping.attributes_json.clone(),
                        code: "bad-attributes",
                        message: "this is no JSON object".to_owned(),
                        value: shown(text),
                    });
                }
            }
        }
        for (name, place) in &self.kept {
            if let Some(text) = cell(*place).filter(|text| !text.is_empty()) {
                all.insert(name.clone(), Value::from(text));
            }
        }
        if all.is_empty() {
            return Ok(String::new());
        }
        Ok(Value::Object(all).to_string())
    }

    /// An id made of all the row says, and of how often it was said before.
    fn derived(&mut self, event: &Event) -> String {
        let mut hash = Sha256::new();
        let rollout = event.rollout.map_or(0, |number| number.0);
        let arm = event.arm.map_or(255, i64::from);
        for number in [event.kind.code(), event.time.0, rollout, arm, event.value] {
            hash.update(number.to_be_bytes());
        }
        for text in [
            &event.unit,
            &event.prompt,
            &event.kpi,
            &event.channel,
            &event.attributes,
        ] {
            hash.update(text.len().to_be_bytes());
            hash.update(text.as_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        let times = self.said.entry(key).or_insert(0);
        *times += 1;
        let hex = crate::id::hex(&key);
        match *times {
            1 => format!("row-{hex}"),
            more => format!("row-{hex}-{more}"),
        }
    }
}

/// One of a KPI in its smallest unit.
fn one(kpi: &Kpi) -> i64 {
    10_i64.checked_pow(kpi.decimals).unwrap_or(1)
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}
