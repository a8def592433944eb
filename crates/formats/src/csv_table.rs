//! CSV, with whatever stands between the values.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use csv::{ByteRecord, Position, Reader, ReaderBuilder};
use variorum_domain::intake::{CELL_BYTES_MAX, RawRow, RowSource, SourceError};

use crate::lines::{Meter, Metered};
use crate::{FormatError, failed};

/// What may stand between values.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Bytes looked at to find out which one it is.
const HEAD_BYTES: usize = 64 * 1024;
const BYTE_ORDER_MARK: char = '\u{feff}';

pub(crate) struct CsvTable {
    columns: Vec<String>,
    reader: Reader<Metered<File>>,
    meter: Meter,
    first: Position,
    record: ByteRecord,
    /// Where lines end with CR LF, a row is said to begin on the line before.
    behind: u64,
}

impl CsvTable {
    pub(crate) fn open(mut file: File) -> Result<Self, FormatError> {
        let mut head = Vec::new();
        (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        let meter = Meter::default();
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter(&head))
            .flexible(true)
            .from_reader(Metered::new(file, meter.clone()));
        let malformed = |reason: String| FormatError::Malformed {
            format: "CSV",
            reason,
        };
        let headers = reader
            .byte_headers()
            .map_err(|error| malformed(error.to_string()))?;
        let mut columns = Vec::with_capacity(headers.len());
        for (place, name) in headers.iter().enumerate() {
            let name = std::str::from_utf8(name)
                .map_err(|_| malformed("the names of its columns are not UTF-8".to_owned()))?;
            let name = name
                .trim_start_matches(BYTE_ORDER_MARK)
                .trim()
                .trim_matches('"');
            columns.push(match name {
                "" => format!("column {}", place + 1),
                name => name.to_owned(),
            });
        }
        if columns.is_empty() {
            return Err(FormatError::Empty);
        }
        let first = reader.position().clone();
        Ok(Self {
            columns,
            reader,
            meter,
            first,
            record: ByteRecord::new(),
            behind: u64::from(ends_with_cr(&head)),
        })
    }

    fn cells(&self) -> Result<Vec<Option<String>>, String> {
        let width = self.columns.len();
        if self.record.len() != width {
            let found = self.record.len();
            return Err(format!(
                "the row has {found} values, the table has {width} columns"
            ));
        }
        let mut cells = Vec::with_capacity(width);
        for (value, column) in self.record.iter().zip(&self.columns) {
            if value.len() > CELL_BYTES_MAX {
                return Err(format!("`{column}` is longer than {CELL_BYTES_MAX} bytes"));
            }
            let text =
                std::str::from_utf8(value).map_err(|_| format!("`{column}` is not UTF-8"))?;
            cells.push(Some(text.to_owned()).filter(|text| !text.is_empty()));
        }
        Ok(cells)
    }
}

fn ends_with_cr(head: &[u8]) -> bool {
    let end = head.iter().position(|byte| *byte == b'\n');
    end.is_some_and(|end| end > 0 && head.get(end - 1) == Some(&b'\r'))
}

/// The one that stands most often in the first line, outside of quotes.
fn delimiter(head: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            byte if !quoted => {
                for (count, known) in counts.iter_mut().zip(DELIMITERS) {
                    *count += usize::from(*byte == known);
                }
            }
            _ => {}
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let place = counts
        .iter()
        .position(|count| *count == most)
        .unwrap_or_default();
    DELIMITERS[place]
}

impl RowSource for CsvTable {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_rows(&mut self, rows_max: usize) -> Result<Vec<RawRow>, SourceError> {
        let mut rows = Vec::with_capacity(rows_max.min(1_024));
        while rows.len() < rows_max {
            self.meter.row_begins();
            let mut record = std::mem::take(&mut self.record);
            let more = self.reader.read_byte_record(&mut record).map_err(failed)?;
            self.record = record;
            if !more {
                break;
            }
            let line = self.record.position().map_or(0, Position::line) + self.behind;
            rows.push(RawRow {
                line,
                cells: self.cells(),
            });
        }
        Ok(rows)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.reader.seek(self.first.clone()).map_err(failed)
    }
}
