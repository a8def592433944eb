//! Data in and out: tables of events, exports, erasure, how good the data is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How a table is sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
pub struct UploadQuery {
    /// Only looks what would become of it; nothing is stored.
    #[serde(default)]
    pub dry_run: bool,
    /// What the table is called, e.g. the name of the file.
    pub name: Option<String>,
    /// `csv`, `ndjson` or `parquet`; found out by the first bytes where not given.
    pub format: Option<String>,
    /// Takes events that are more than 45 days old; takes the role `administrator`.
    #[serde(default)]
    pub backfill: bool,
    /// A key that you make up, 8 to 64 letters, digits and `-`: under it `GET /api/v1/uploads/{key}` tells
    /// how far the upload is, and `DELETE` stops it.
    pub progress: Option<String>,
    /// Which column says what, a `Mapping` as JSON. Where not given, one is proposed, which takes
    /// `dry_run=true`.
    pub mapping: Option<String>,
}

/// Where the value of a field comes from: a column, or the same for every row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Origin {
    /// The name of a column; for NDJSON also a JSON pointer such as `/user/id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// A value that is the same for every row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
}

/// Which column says what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Mapping {
    /// The id; derived from all the row says where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Origin>,
    /// `exposure` or `outcome`; an outcome where not given.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Origin>,
    /// What this table calls an exposure; where given, every other word is an outcome.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exposure_words: Vec<String>,
    /// When it happened; needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Origin>,
    /// `rfc3339`, `epoch-s`, `epoch-ms`, `epoch-us`, `local`, or a pattern such as `%d.%m.%Y %H:%M`.
    pub time_format: String,
    /// The zone of times that name none, e.g. `Europe/Berlin`; UTC where empty.
    pub zone: String,
    /// To whom; needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Origin>,
    /// Which prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Origin>,
    /// Which rollout: `R-12` or `12`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Origin>,
    /// Which arm: a number, `control` or `treatment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm: Option<Origin>,
    /// Which KPI, for outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kpi: Option<Origin>,
    /// How much; 1 where empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Origin>,
    /// In which currency, three letters; the KPI's own where empty. Converted by the library's rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Origin>,
    /// Values are whole numbers of the KPI's smallest unit, such as cents.
    pub minor_units: bool,
    /// Decimals stand behind a comma.
    pub decimal_comma: bool,
    /// Through which channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Origin>,
    /// Further columns that are kept: the name under which, and the column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// A column that holds further facts as a JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes_json: Option<String>,
}

/// A column of a table with what stands in its first rows.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// Its first cells; empty texts where nothing stands.
    pub samples: Vec<String>,
}

/// A row that is refused.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RowRefused {
    /// Its line in the file, or its number in a Parquet file.
    pub line: u64,
    /// The column, where it is one column's fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// A stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What stands there, cut short.
    pub value: String,
}

/// What a table brings of one KPI.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UploadKpi {
    /// Which KPI.
    pub kpi: String,
    /// Outcomes.
    pub outcomes: u64,
    /// Their sum, in the KPI's unit with its decimals.
    pub sum: String,
}

/// A rollout that a table names.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UploadRollout {
    /// Which one.
    pub rollout: i64,
    /// Exposures of it.
    pub exposures: u64,
    /// Whether there is such a rollout.
    pub exists: bool,
    /// Whether it is open, so that its numbers and guards take the events in.
    pub open: bool,
}

/// What became of a table, or would.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    /// The upload, e.g. `U-3`, once something is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// `csv`, `ndjson` or `parquet`.
    pub format: String,
    /// The columns with their first cells.
    pub columns: Vec<TableColumn>,
    /// The mapping by which it was read.
    pub mapping: Mapping,
    /// Why the proposed mapping is not whole, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Rows.
    pub rows: u64,
    /// New events.
    pub accepted: u64,
    /// Rows whose events are known already.
    pub duplicate: u64,
    /// Rows that are refused.
    pub refused: u64,
    /// How many are refused, by code.
    pub refused_by_code: BTreeMap<String, u64>,
    /// The first refused rows, at most 50.
    pub refusals: Vec<RowRefused>,
    /// Exposures among the new events.
    pub exposures: u64,
    /// Outcomes among the new events.
    pub outcomes: u64,
    /// Different units among the new events.
    pub units: usize,
    /// The earliest new event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The latest new event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// New events that are more than 45 days old.
    pub backfilled: u64,
    /// New events that happened before one that stands above them.
    pub out_of_order: u64,
    /// What the new events bring, by KPI.
    pub kpis: Vec<UploadKpi>,
    /// The channels they name.
    pub channels: Vec<String>,
    /// The rollouts they name.
    pub rollouts: Vec<UploadRollout>,
    /// Open rollouts that measure one of the KPIs.
    pub measuring: Vec<i64>,
    /// What it comes to, in sentences for people.
    pub sentences: Vec<String>,
}

/// How far an upload is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UploadProgress {
    /// `looking` while rows are checked, `storing` while they are stored.
    pub phase: String,
    /// Rows of this phase that are done.
    pub rows: u64,
    /// Rows there are, once they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// What is taken out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
pub struct ExportQuery {
    /// Not before this time.
    pub from: Option<String>,
    /// Before this time.
    pub to: Option<String>,
    /// Only `exposure` or `outcome`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Only of this prompt.
    pub prompt: Option<String>,
    /// Only of this KPI.
    pub kpi: Option<String>,
    /// Only of this channel.
    pub channel: Option<String>,
    /// Only of this rollout.
    pub rollout: Option<i64>,
    /// For results: also those of the parts of each result, by what units are told apart, with commas
    /// between them, e.g. `channel,region`. Takes `rollout`.
    pub by: Option<String>,
}

/// What one arm of a rollout did to one KPI.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ResultRow {
    /// Which rollout.
    pub rollout: i64,
    /// How it stands: `running`, `paused`, `rolled-back` or `finished`.
    pub state: String,
    /// The environment.
    pub environment: String,
    /// The prompt it is about; empty where it is about none.
    pub prompt: String,
    /// When it was begun.
    pub begun: String,
    /// Which part of the units, e.g. `channel=email`; empty for all of them.
    pub cohort: String,
    /// Which arm; 0 is the control.
    pub arm: u8,
    /// The release of that arm.
    pub release: i64,
    /// Which KPI.
    pub kpi: String,
    /// `conversion`, `value`, `count` or `ratio`.
    pub kpi_kind: String,
    /// Exposed units.
    pub units: u64,
    /// The sum over the units, in the KPI's unit, exact; of a ratio the sum of what is divided.
    pub sum: String,
    /// Which KPI a ratio divides by; empty for others.
    pub divisor: String,
    /// The sum of what a ratio divides by, in its smallest unit, exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divisor_sum_minor: Option<String>,
    /// The mean per unit, in the KPI's unit; of a ratio one sum over the other.
    pub mean: f64,
    /// The mean's difference to the control's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
    /// The lower end of its always-valid 95 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The split does not fit the plan: results are not to be trusted.
    pub split_alarm: bool,
}

/// Results of rollouts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Results {
    /// A row for each rollout, KPI and arm; the newest rollout first.
    pub items: Vec<ResultRow>,
}

/// A unit to be erased.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct EraseUnit {
    /// The unit's id, exactly as it was sent in events.
    pub unit: String,
    /// Why, for the audit log; must not hold the unit's id. A dry run needs none.
    #[serde(default)]
    pub reason: String,
    /// Only counts the unit's events.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was erased, or would be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Erased {
    /// Events of the unit.
    pub events: i64,
    /// The unit as the audit log names it; it leads nobody back to the id.
    pub digest: String,
    /// Whether nothing was changed.
    pub dry_run: bool,
}

/// Over which time the data is judged.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
pub struct QualityQuery {
    /// Hours to look back upon; 1 to 744, 168 (a week) where not given.
    pub hours: Option<i64>,
}

/// Something in the data that needs attention.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QualityFinding {
    /// `gap`, `duplicates`, `refusals`, `late`, `clock-ahead`, `unknown-kpi` or `no-outcomes`.
    pub code: String,
    /// Results are wrong or missing; otherwise somebody should look.
    pub serious: bool,
    /// Whose data, where it is one source's.
    pub source: String,
    /// What is the matter.
    pub sentence: String,
    /// What to do.
    pub advice: String,
}

/// What one source sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct QualitySource {
    /// The name of the service or person, or `uploads`.
    pub source: String,
    /// New events.
    pub accepted: i64,
    /// Events whose id was known.
    pub duplicate: i64,
    /// Refused events.
    pub refused: i64,
    /// Refused events by code.
    pub refused_by_code: BTreeMap<String, i64>,
    /// Events that arrived more than an hour after they happened.
    pub late: i64,
    /// Events from the future.
    pub ahead: i64,
    /// Seconds between happening and arriving, on the average.
    pub delay_seconds: f64,
}

/// One hour.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct QualityHour {
    /// When it began.
    pub hour: String,
    /// New events.
    pub accepted: i64,
    /// Events whose id was known.
    pub duplicate: i64,
    /// Refused events.
    pub refused: i64,
    /// Live exposures sent.
    pub exposures: i64,
    /// Live outcomes sent.
    pub outcomes: i64,
}

/// What was sent of one kind, KPI and channel.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QualitySeries {
    /// In words, e.g. "outcomes of `order` through `email`".
    pub words: String,
    /// `exposure` or `outcome`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The KPI; empty for exposures.
    pub kpi: String,
    /// The channel; empty where none was named.
    pub channel: String,
    /// Events sent live.
    pub events: i64,
    /// The last hour with any.
    pub last: String,
}

/// How good the data is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Quality {
    /// The first hour looked at.
    pub since: String,
    /// What needs attention, the worst first.
    pub findings: Vec<QualityFinding>,
    /// Every hour since, also those in which nothing arrived.
    pub hours: Vec<QualityHour>,
    /// By who sent it.
    pub sources: Vec<QualitySource>,
    /// By kind, KPI and channel.
    pub series: Vec<QualitySeries>,
}
