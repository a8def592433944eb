//! Tables of data as files: CSV, NDJSON and Parquet to rows, and rows to CSV and Parquet.
//!
//! Bytes in, rows out, and back. It must not know what a column means.

mod csv_table;
mod encoder;
mod lines;
mod ndjson;
mod parquet_table;
mod parquet_writer;

pub use encoder::{Cell, Column, ColumnKind, EncodeError, Encoder};

use std::fs::File;
use std::path::Path;

use thiserror::Error;
use variorum_domain::intake::{RowSource, SourceError, UPLOAD_COLUMNS_MAX};

/// Bytes of one row; a quote that is never closed ends here.
pub const ROW_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values between commas, semicolons or tabs, with a row of names on top.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The format that the first bytes of a file show.
    pub fn of_bytes(head: &[u8]) -> Self {
        if head.starts_with(b"PAR1") {
            return Self::Parquet;
        }
        match head.trim_ascii_start().first() {
            Some(b'{') => Self::Ndjson,
            _ => Self::Csv,
        }
    }
}

/// Why a file is no table.
#[derive(Debug, Error)]
pub enum FormatError {
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// There is nothing in it.
    #[error("the table is empty")]
    Empty,
    /// More columns than anybody maps.
    #[error("the table has {0} columns; at most {UPLOAD_COLUMNS_MAX} are read")]
    Columns(usize),
    /// Two columns have the same name.
    #[error("two columns are called `{0}`")]
    Twice(String),
    /// It is not what it is said to be.
    #[error("the file is no {format}: {reason}")]
    Malformed {
        /// What it should be.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Opens a table. `wanted` are columns that somebody counts on: in NDJSON a field that stands only in
/// later rows, or a JSON pointer, is found only when it is asked for.
pub fn open(
    path: &Path,
    format: Format,
    wanted: &[&str],
) -> Result<Box<dyn RowSource>, FormatError> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Err(FormatError::Empty);
    }
    let source: Box<dyn RowSource> = match format {
        Format::Csv => Box::new(csv_table::CsvTable::open(file)?),
        Format::Ndjson => Box::new(ndjson::NdjsonTable::open(file, wanted)?),
        Format::Parquet => Box::new(parquet_table::ParquetTable::open(file)?),
    };
    check_columns(source.columns())?;
    Ok(source)
}

fn check_columns(columns: &[String]) -> Result<(), FormatError> {
    if columns.len() > UPLOAD_COLUMNS_MAX {
        return Err(FormatError::Columns(columns.len()));
    }
    for (place, name) in columns.iter().enumerate() {
        if columns.iter().take(place).any(|before| before == name) {
            return Err(FormatError::Twice(name.clone()));
        }
    }
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> SourceError {
    SourceError(format!("the file cannot be read on: {error}"))
}

#[cfg(test)]
mod tests;
