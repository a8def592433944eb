//! One JSON object a line.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _};

use serde_json::{Map, Value};
use variorum_domain::intake::{CELL_BYTES_MAX, RawRow, RowSource, SourceError};

use crate::lines::{Meter, Metered};
use crate::{FormatError, failed};

/// Rows in which fields are looked for.
const HEAD_ROWS: usize = 1_000;

pub(crate) struct NdjsonTable {
    columns: Vec<String>,
    reader: BufReader<Metered<File>>,
    meter: Meter,
    line: u64,
    text: Vec<u8>,
}

impl NdjsonTable {
    pub(crate) fn open(file: File, wanted: &[&str]) -> Result<Self, FormatError> {
        let meter = Meter::default();
        let mut table = Self {
            columns: Vec::new(),
            reader: BufReader::new(Metered::new(file, meter.clone())),
            meter,
            line: 0,
            text: Vec::new(),
        };
        let mut columns: Vec<String> = Vec::new();
        let malformed = |reason: String| FormatError::Malformed {
            format: "NDJSON",
            reason,
        };
        let mut seen = 0;
        while seen < HEAD_ROWS && table.next_line().map_err(|error| malformed(error.0))? {
            seen += 1;
            if let Ok(fields) = table.object() {
                for name in fields.keys() {
                    if !columns.contains(name) {
                        columns.push(name.clone());
                    }
                }
            }
        }
        if columns.is_empty() {
            return Err(malformed(
                "none of its first lines is a JSON object".to_owned(),
            ));
        }
        for name in wanted {
            if !columns.iter().any(|known| known == name) {
                columns.push((*name).to_owned());
            }
        }
        table.columns = columns;
        table.rewind().map_err(|error| malformed(error.0))?;
        Ok(table)
    }

    /// Reads the next line that is not empty.
    fn next_line(&mut self) -> Result<bool, SourceError> {
        loop {
            self.meter.row_begins();
            self.text.clear();
            let read = self
                .reader
                .read_until(b'\n', &mut self.text)
                .map_err(failed)?;
            if read == 0 {
                return Ok(false);
            }
            self.line += 1;
            if !self.text.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn object(&self) -> Result<Map<String, Value>, String> {
        serde_json::from_slice(&self.text)
            .map_err(|error| format!("this is no JSON object: {error}"))
    }

    fn cells(&self) -> Result<Vec<Option<String>>, String> {
        let row = Value::Object(self.object()?);
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let found = row.get(column).or_else(|| row.pointer(column));
            let text = match found {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            };
            if text
                .as_ref()
                .is_some_and(|text| text.len() > CELL_BYTES_MAX)
            {
                return Err(format!("`{column}` is longer than {CELL_BYTES_MAX} bytes"));
            }
            cells.push(text.filter(|text| !text.is_empty()));
        }
        Ok(cells)
    }
}

impl RowSource for NdjsonTable {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_rows(&mut self, rows_max: usize) -> Result<Vec<RawRow>, SourceError> {
        let mut rows = Vec::with_capacity(rows_max.min(1_024));
        while rows.len() < rows_max && self.next_line()? {
            rows.push(RawRow {
                line: self.line,
                cells: self.cells(),
            });
        }
        Ok(rows)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.line = 0;
        self.reader.rewind().map_err(failed)
    }
}
