//! Parquet: columns of one level; what lies deeper is shown as text.

use std::fs::File;

use jiff::Timestamp;
use jiff::civil::Date;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use variorum_domain::intake::{CELL_BYTES_MAX, RawRow, RowSource, SourceError};

use crate::{FormatError, failed};

pub(crate) struct ParquetTable {
    columns: Vec<String>,
    file: File,
    rows: RowIter<'static>,
    number: u64,
}

fn rows(file: &File) -> Result<(Vec<String>, RowIter<'static>), String> {
    let again = file.try_clone().map_err(|error| error.to_string())?;
    let reader = SerializedFileReader::new(again).map_err(|error| error.to_string())?;
    let schema = reader.metadata().file_metadata().schema();
    let columns = schema
        .get_fields()
        .iter()
        .map(|field| field.name().to_owned());
    let columns = columns.collect();
    Ok((columns, RowIter::from_file_into(Box::new(reader))))
}

impl ParquetTable {
    pub(crate) fn open(file: File) -> Result<Self, FormatError> {
        let (columns, rows) = rows(&file).map_err(|reason| FormatError::Malformed {
            format: "Parquet",
            reason,
        })?;
        Ok(Self {
            columns,
            file,
            rows,
            number: 0,
        })
    }
}

fn cells(row: &Row) -> Result<Vec<Option<String>>, String> {
    let mut cells = Vec::with_capacity(row.len());
    for (name, field) in row.get_column_iter() {
        let text = text(field);
        if text
            .as_ref()
            .is_some_and(|text| text.len() > CELL_BYTES_MAX)
        {
            return Err(format!("`{name}` is longer than {CELL_BYTES_MAX} bytes"));
        }
        cells.push(text.filter(|text| !text.is_empty()));
    }
    Ok(cells)
}

/// A value as a text that the readers of times and amounts know.
fn text(field: &Field) -> Option<String> {
    match field {
        Field::Null => None,
        Field::Str(text) => Some(text.clone()),
        Field::Bytes(bytes) => Some(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::TimestampMillis(at) => Timestamp::from_millisecond(*at)
            .ok()
            .map(|at| at.to_string()),
        Field::TimestampMicros(at) => Timestamp::from_microsecond(*at)
            .ok()
            .map(|at| at.to_string()),
        Field::Date(days) => Date::new(1970, 1, 1)
            .and_then(|first| first.checked_add(jiff::Span::new().try_days(i64::from(*days))?))
            .ok()
            .map(|date| date.to_string()),
        // Whole numbers are often kept as floats where some rows have none.
        Field::Double(number) => Some(number.to_string()),
        Field::Float(number) => Some(number.to_string()),
        other => Some(other.to_string()),
    }
}

impl RowSource for ParquetTable {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_rows(&mut self, rows_max: usize) -> Result<Vec<RawRow>, SourceError> {
        let mut found = Vec::with_capacity(rows_max.min(1_024));
        while found.len() < rows_max {
            let Some(row) = self.rows.next() else { break };
            let row = row.map_err(failed)?;
            self.number += 1;
            found.push(RawRow {
                line: self.number,
                cells: cells(&row),
            });
        }
        Ok(found)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        (_, self.rows) = rows(&self.file).map_err(failed)?;
        self.number = 0;
        Ok(())
    }
}
