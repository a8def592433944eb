//! Tables of events from elsewhere: which column says what, what a row means, what is wrong with it.
//! Pure; it must not know whether the table was a CSV, an NDJSON or a Parquet file.

mod amount;
mod moment;
mod propose;
mod row;
mod tally;

pub use amount::amount;
pub use moment::{Moments, TimeFormat};
pub use propose::propose;
pub use row::{Reader, RowFault};
pub use tally::{KpiTally, Refusal, Tally, Verdict, is_backfill};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Rows of one table.
pub const UPLOAD_ROWS_MAX: u64 = 5_000_000;
/// Bytes of one table as it is sent.
pub const UPLOAD_BYTES_MAX: u64 = 1 << 30;
/// Columns of one table.
pub const UPLOAD_COLUMNS_MAX: usize = 500;
/// Bytes of one cell; a longer one is a document and no fact about an event.
pub const CELL_BYTES_MAX: usize = 64 * 1024;
/// Refused rows that are shown, of however many there are.
pub const REFUSALS_SHOWN_MAX: usize = 50;
/// Rows that are looked at for a proposal, and shown.
pub const SAMPLE_ROWS: usize = 20;
/// The oldest day that is taken in: ten years.
pub const BACKFILL_DAYS_MAX: i64 = 3_653;

/// Where the value of a field comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The column of that name; for NDJSON also a JSON pointer such as `/user/id`.
    Column(String),
    /// The same for every row.
    Constant(String),
}

/// Which column says what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// The id; derived from all the row says where not given.
    pub id: Option<Origin>,
    /// `exposure` or `outcome`; an outcome where not given.
    pub kind: Option<Origin>,
    /// What this table calls an exposure, beside `exposure`.
    pub exposure_words: Vec<String>,
    /// When it happened.
    pub time: Option<Origin>,
    /// How times are written.
    pub time_format: TimeFormat,
    /// The zone of times that name none, e.g. `Europe/Berlin`.
    pub zone: String,
    /// To whom.
    pub unit: Option<Origin>,
    /// Which prompt.
    pub prompt: Option<Origin>,
    /// Which rollout: `R-12` or `12`.
    pub rollout: Option<Origin>,
    /// Which arm.
    pub arm: Option<Origin>,
    /// Which KPI.
    pub kpi: Option<Origin>,
    /// How much.
    pub value: Option<Origin>,
    /// In which currency, where it is not the KPI's own: three letters.
    pub currency: Option<Origin>,
    /// Whether values are whole numbers of the smallest unit, such as cents.
    pub minor_units: bool,
    /// Whether decimals stand behind a comma.
    pub decimal_comma: bool,
    /// Through which channel.
    pub channel: Option<Origin>,
    /// Further columns that are kept, by the name under which they are kept.
    pub attributes: Vec<(String, String)>,
    /// A column that holds further facts as a JSON object.
    pub attributes_json: Option<String>,
}

impl Mapping {
    /// The fields with their names, in the order in which people think of them.
    pub fn fields(&self) -> [(&'static str, Option<&Origin>); 11] {
        [
            ("id", self.id.as_ref()),
            ("type", self.kind.as_ref()),
            ("time", self.time.as_ref()),
            ("unit", self.unit.as_ref()),
            ("prompt", self.prompt.as_ref()),
            ("rollout", self.rollout.as_ref()),
            ("arm", self.arm.as_ref()),
            ("kpi", self.kpi.as_ref()),
            ("value", self.value.as_ref()),
            ("currency", self.currency.as_ref()),
            ("channel", self.channel.as_ref()),
        ]
    }

    /// All columns it names.
    pub fn columns(&self) -> Vec<&str> {
        let of_fields = self
            .fields()
            .into_iter()
            .filter_map(|(_, origin)| match origin {
                Some(Origin::Column(name)) => Some(name.as_str()),
                _ => None,
            });
        let kept = self.attributes.iter().map(|(_, column)| column.as_str());
        of_fields
            .chain(kept)
            .chain(self.attributes_json.as_deref())
            .collect()
    }
}

/// Why a mapping does not fit a table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MappingError {
    /// A column that is not there.
    #[error("the table has no column `{column}`, which `{field}` is to come from")]
    Column {
        /// Which field wanted it.
        field: String,
        /// Which column.
        column: String,
    },
    /// A field that every event needs.
    #[error("nothing says where `{0}` comes from")]
    Field(&'static str),
    /// The zone is not known.
    #[error("there is no time zone `{0}`; a name is like `Europe/Berlin`")]
    Zone(String),
    /// Two columns under one name.
    #[error("two columns are to be kept as `{0}`")]
    Twice(String),
}

/// A row before it means anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Its line in the file, or its number in a file without lines; from 1.
    pub line: u64,
    /// Its cells in the order of the columns, or why it cannot be read.
    pub cells: Result<Vec<Option<String>>, String>,
}

/// Why a table cannot be read on.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// A table that is read row by row, as often as needed.
pub trait RowSource: Send {
    /// The columns.
    fn columns(&self) -> &[String];
    /// The next rows, at most so many; none at the end.
    fn next_rows(&mut self, rows_max: usize) -> Result<Vec<RawRow>, SourceError>;
    /// Begins again.
    fn rewind(&mut self) -> Result<(), SourceError>;
}

#[cfg(test)]
mod tests;
