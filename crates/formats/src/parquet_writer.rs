//! Parquet, one group of rows at a time.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use crate::encoder::{Cell, Column, ColumnKind, EncodeError};

/// Bytes that are ready and not taken yet.
#[derive(Debug, Clone, Default)]
struct Ready(Arc<Mutex<Vec<u8>>>);

impl Ready {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Ready {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ready.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) struct ParquetWriter {
    columns: &'static [Column],
    ready: Ready,
    writer: SerializedFileWriter<Ready>,
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn failed(error: ParquetError) -> EncodeError {
    EncodeError(error.to_string())
}

impl ParquetWriter {
    pub(crate) fn new(columns: &'static [Column]) -> Result<Self, EncodeError> {
        let fields: Vec<String> = columns
            .iter()
            .map(|column| {
                let name = column.name;
                match column.kind {
                    ColumnKind::Text => format!("OPTIONAL BYTE_ARRAY {name} (UTF8);"),
                    ColumnKind::Int => format!("OPTIONAL INT64 {name};"),
                    ColumnKind::Float => format!("OPTIONAL DOUBLE {name};"),
                    ColumnKind::Time => format!("OPTIONAL INT64 {name} (TIMESTAMP(MICROS,true));"),
                }
            })
            .collect();
        let schema = format!("message variorum {{ {} }}", fields.join(" "));
        let schema = parse_message_type(&schema).map_err(failed)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let ready = Ready::default();
        let writer = SerializedFileWriter::new(
            ready.clone(),
            Arc::new(schema),
            Arc::new(properties.build()),
        );
        Ok(Self {
            columns,
            ready,
            writer: writer.map_err(failed)?,
        })
    }

    pub(crate) fn rows(&mut self, rows: &[Vec<Cell>]) -> Result<Vec<u8>, EncodeError> {
        if rows.is_empty() {
            return Ok(self.ready.take());
        }
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for (place, column) in self.columns.iter().enumerate() {
            let Some(writer) = group.next_column().map_err(failed)? else {
                break;
            };
            let cells = rows
                .iter()
                .map(|row| row.get(place).unwrap_or(&Cell::Nothing));
            write(writer, column.kind, cells).map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(self.ready.take())
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, EncodeError> {
        self.writer.close().map_err(failed)?;
        Ok(self.ready.take())
    }
}

fn write<'a>(
    mut writer: SerializedColumnWriter<'_>,
    kind: ColumnKind,
    cells: impl Iterator<Item = &'a Cell> + Clone,
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = cells
        .clone()
        .map(|cell| i16::from(*cell != Cell::Nothing))
        .collect();
    match kind {
        ColumnKind::Text => {
            let values: Vec<ByteArray> = cells
                .filter_map(|cell| match cell {
                    Cell::Text(text) | Cell::Decimal(text, _) => Some(text.as_str().into()),
                    _ => None,
                })
                .collect();
            writer
                .typed::<ByteArrayType>()
                .write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::Int | ColumnKind::Time => {
            let values: Vec<i64> = cells
                .filter_map(|cell| match cell {
                    Cell::Int(number) | Cell::Time(number) => Some(*number),
                    _ => None,
                })
                .collect();
            writer
                .typed::<Int64Type>()
                .write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::Float => {
            let values: Vec<f64> = cells
                .filter_map(|cell| match cell {
                    Cell::Float(number) | Cell::Decimal(_, number) => Some(*number),
                    _ => None,
                })
                .collect();
            writer
                .typed::<DoubleType>()
                .write_batch(&values, Some(&levels), None)?;
        }
    }
    writer.close()
}
