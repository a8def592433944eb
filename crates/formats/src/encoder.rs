//! Rows to bytes, piece by piece, so that a table of any length can be streamed.

use jiff::Timestamp;
use thiserror::Error;

use crate::Format;
use crate::parquet_writer::ParquetWriter;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Whole numbers.
    Int,
    /// Numbers with decimals.
    Float,
    /// Moments, in microseconds since 1970.
    Time,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// One value; its kind is that of its column, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number with decimals: as written in texts, and as a binary number.
    Decimal(String, f64),
    /// A number.
    Float(f64),
    /// A moment.
    Time(i64),
    /// Nothing.
    Nothing,
}

/// Why rows cannot be written.
#[derive(Debug, Error)]
#[error("the table cannot be written: {0}")]
pub struct EncodeError(pub(crate) String);

/// Writes rows in one format; what is ready is handed out after each call.
pub struct Encoder {
    columns: &'static [Column],
    way: Way,
}

enum Way {
    Csv { begun: bool },
    Ndjson,
    Parquet(Box<ParquetWriter>),
}

impl Encoder {
    /// An encoder for a table of these columns.
    pub fn new(format: Format, columns: &'static [Column]) -> Result<Self, EncodeError> {
        let way = match format {
            Format::Csv => Way::Csv { begun: false },
            Format::Ndjson => Way::Ndjson,
            Format::Parquet => Way::Parquet(Box::new(ParquetWriter::new(columns)?)),
        };
        Ok(Self { columns, way })
    }

    /// Writes rows; in Parquet each call makes a group of rows.
    pub fn rows(&mut self, rows: &[Vec<Cell>]) -> Result<Vec<u8>, EncodeError> {
        match &mut self.way {
            Way::Csv { begun } => {
                let head = !std::mem::replace(begun, true);
                csv_rows(self.columns, head, rows)
            }
            Way::Ndjson => Ok(json_rows(self.columns, rows)),
            Way::Parquet(writer) => writer.rows(rows),
        }
    }

    /// Ends the table.
    pub fn finish(mut self) -> Result<Vec<u8>, EncodeError> {
        // A table without rows still has its names.
        let mut rest = match &self.way {
            Way::Csv { begun: false } => self.rows(&[])?,
            _ => Vec::new(),
        };
        if let Way::Parquet(writer) = self.way {
            rest.extend(writer.finish()?);
        }
        Ok(rest)
    }
}

fn moment(us: i64) -> String {
    Timestamp::from_microsecond(us)
        .map(|at| format!("{at:.6}"))
        .unwrap_or_default()
}

fn csv_rows(columns: &[Column], head: bool, rows: &[Vec<Cell>]) -> Result<Vec<u8>, EncodeError> {
    let failed = |error: csv::Error| EncodeError(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    if head {
        let names = columns.iter().map(|column| column.name);
        writer.write_record(names).map_err(failed)?;
    }
    for row in rows {
        for cell in row {
            let written = match cell {
                Cell::Text(text) | Cell::Decimal(text, _) => writer.write_field(text),
                Cell::Int(number) => writer.write_field(number.to_string()),
                Cell::Float(number) => writer.write_field(number.to_string()),
                Cell::Time(us) => writer.write_field(moment(*us)),
                Cell::Nothing => writer.write_field(""),
            };
            written.map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| EncodeError(error.to_string()))
}

fn json_rows(columns: &[Column], rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut lines = Vec::new();
    for row in rows {
        let mut fields = serde_json::Map::new();
        for (column, cell) in columns.iter().zip(row) {
            let value = match cell {
                Cell::Text(text) => text.as_str().into(),
                Cell::Decimal(_, number) | Cell::Float(number) => (*number).into(),
                Cell::Int(number) => (*number).into(),
                Cell::Time(us) => moment(*us).into(),
                Cell::Nothing => continue,
            };
            fields.insert(column.name.to_owned(), value);
        }
        lines.extend(serde_json::Value::Object(fields).to_string().into_bytes());
        lines.push(b'\n');
    }
    lines
}
