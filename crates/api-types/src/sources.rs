//! Sources: places elsewhere whose signed webhooks become events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::events::EventRejected;

/// Where a field of an event comes from: a place in the body, or the same for every event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldFrom {
    /// A JSON pointer into the item, e.g. `/data/customer/id`; with `body:` before it, into the whole
    /// body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// A value that is the same for every event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
}

/// How the bodies of a source are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct SourceReads {
    /// Where the list of items stands, as a JSON pointer; empty for a body that is one item, or a list.
    pub items: String,
    /// To which KPIs the names of events lead, e.g. `{"order.paid": ["order", "revenue"]}`; `exposure`
    /// in place of a KPI makes an exposure, `*` stands for all names that are not there. What no name
    /// leads to is left alone. Where it is empty, a name is a KPI.
    pub names: BTreeMap<String, Vec<String>>,
    /// The name of the event; needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kpi: Option<FieldFrom>,
    /// To whom it happened; needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<FieldFrom>,
    /// How much, for KPIs that are no conversions; 1 where empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<FieldFrom>,
    /// In which currency; the KPI's own where empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<FieldFrom>,
    /// Values are whole numbers of the smallest unit, such as cents.
    pub minor_units: bool,
    /// When it happened; the time of the delivery where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<FieldFrom>,
    /// `rfc3339`, `epoch-s`, `epoch-ms`, `epoch-us`, `local`, or a pattern such as `%d.%m.%Y %H:%M`.
    pub time_format: String,
    /// The zone of times that name none; UTC where empty.
    pub zone: String,
    /// The id of the event, by which it counts once; made of the delivery's id where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<FieldFrom>,
    /// Through which channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<FieldFrom>,
    /// Which prompt, for exposures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<FieldFrom>,
    /// Which rollout, for exposures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<FieldFrom>,
    /// Which arm, for exposures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm: Option<FieldFrom>,
    /// Further facts that are kept: the name under which, and the pointer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// What became of one delivery.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SourceReceipt {
    /// When it arrived.
    pub at: String,
    /// Its id; empty where its signature was not genuine.
    pub delivery: String,
    /// `taken`, `known`, `ignored`, `refused`, `unreadable`, `paused`, `too-many` where the source sent
    /// too fast, or `unbelieved` where its signature was not genuine.
    pub state: String,
    /// Why, where something was refused.
    pub reason: String,
    /// New events.
    pub accepted: i64,
    /// Events that were known.
    pub duplicate: i64,
    /// Items that no KPI asks for.
    pub ignored: i64,
    /// Refused events.
    pub refused: i64,
}

/// A place elsewhere whose signed webhooks become events.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Source {
    /// The name it has here.
    pub name: String,
    /// The address to which its deliveries go.
    pub url: String,
    /// The environment of which it tells.
    pub environment: String,
    /// In which way deliveries are signed: `standard` (Standard Webhooks), `hub`
    /// (`x-hub-signature-256`), `stripe` or `shopify`.
    pub scheme: String,
    /// How its bodies are read.
    pub reads: SourceReads,
    /// `running` or `paused`.
    pub state: String,
    /// Who added it.
    pub added_by: String,
    /// When it was added.
    pub added_at: String,
    /// Until when the secret before counts as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_before_until: Option<String>,
    /// Grows with every change.
    pub revision: i64,
    /// What became of its last delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<SourceReceipt>,
}

/// A source with its last deliveries.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SourceDetail {
    /// The source.
    #[serde(flatten)]
    pub source: Source,
    /// What became of its last deliveries, the newest first: at most 50 that were believed and 50 that
    /// were not.
    pub deliveries: Vec<SourceReceipt>,
}

/// A source to be added.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct NewSource {
    /// The name it gets: up to 40 lower-case letters, digits and `-`.
    pub name: String,
    /// The environment of which it tells.
    pub environment: String,
    /// In which way deliveries are signed; `standard` where empty.
    #[serde(default)]
    pub scheme: String,
    /// How its bodies are read.
    pub reads: SourceReads,
    /// The secret, where the sender made it; one is made here otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A source with its secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SourceSecret {
    /// The source.
    pub source: Source,
    /// The secret, where it was made here; shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// How a source is to be from now on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EditSource {
    /// The environment of which it tells.
    pub environment: String,
    /// How its bodies are read.
    pub reads: SourceReads,
    /// The revision that was seen; refused where somebody else changed it since.
    #[serde(default)]
    pub revision: Option<i64>,
}

/// Another secret for a source.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct RotateSource {
    /// The secret, where the sender made it; one is made here otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The secret before does not count from now on; otherwise it does for another day.
    #[serde(default)]
    pub at_once: bool,
}

/// A body to be tried.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct SourceTrial {
    /// The name of the source, which stands in the ids of its events.
    pub name: String,
    /// The environment of which it tells.
    pub environment: String,
    /// How the body is to be read.
    pub reads: SourceReads,
    /// The body, as the sender's log shows it.
    pub body: String,
}

/// An event as it would be stored.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TriedEvent {
    /// Its id.
    pub id: String,
    /// `exposure` or `outcome`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub time: String,
    /// To whom.
    pub unit: String,
    /// Which KPI; empty for exposures.
    pub kpi: String,
    /// How much, in the KPI's unit; empty for exposures.
    pub value: String,
    /// Through which channel.
    pub channel: String,
    /// Which prompt.
    pub prompt: String,
    /// Which rollout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<i64>,
    /// Which arm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm: Option<u8>,
    /// What else is kept of it.
    #[schema(value_type = Object)]
    pub attributes: Value,
}

/// What one item would come to: an event, a refusal, or nothing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TriedItem {
    /// The place of the item in the body.
    pub index: usize,
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<TriedEvent>,
    /// Why it would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<EventRejected>,
}

/// What a body would come to; nothing is stored.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SourceTried {
    /// One for each item and KPI.
    pub items: Vec<TriedItem>,
    /// What it comes to, in a sentence.
    pub sentence: String,
}

/// What became of a delivery.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HookTaken {
    /// New events; they are durable.
    pub accepted: usize,
    /// Events that were known.
    pub duplicate: usize,
    /// Items that no KPI asks for.
    pub ignored: usize,
    /// Refused events; the first 20 of them.
    pub rejected: Vec<EventRejected>,
}
