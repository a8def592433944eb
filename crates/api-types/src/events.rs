//! Reporting exposures and outcomes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// One event.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// The sender's id; the same id is counted once.
    pub id: String,
    /// `exposure`: the unit got a version. `outcome`: something happened to the unit.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened, RFC 3339; the time of receipt where not given.
    #[serde(default)]
    pub time: Option<String>,
    /// The customer, lead or session.
    pub unit: String,
    /// The prompt, where known.
    #[serde(default)]
    pub prompt: Option<String>,
    /// The rollout, for an exposure from a rollout.
    #[serde(default)]
    pub rollout: Option<i64>,
    /// The arm, for an exposure from a rollout.
    #[serde(default)]
    pub arm: Option<u8>,
    /// The KPI, for an outcome.
    #[serde(default)]
    pub kpi: Option<String>,
    /// How much, in the KPI's unit (12.34 for EUR 12.34); 1 where not given.
    #[serde(default)]
    pub value: Option<Value>,
    /// The currency of `value`, e.g. `USD`; the KPI's where not given. Another one is converted by the
    /// rate of the event's day.
    #[serde(default)]
    pub currency: Option<String>,
    /// The channel.
    #[serde(default)]
    pub channel: Option<String>,
    /// Anything else known of the unit.
    #[serde(default)]
    pub attributes: Option<Value>,
}

/// What became of a batch. Accepted events are durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventsAccepted {
    /// Events stored by this call.
    pub accepted: usize,
    /// Events whose id was known; not counted again.
    pub duplicate: usize,
    /// Events refused, one by one.
    pub rejected: Vec<EventRejected>,
}

/// Why one event was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventRejected {
    /// Its place in the batch, counted from 0.
    pub index: usize,
    /// A stable code.
    pub code: String,
    /// What is wrong with it.
    pub message: String,
}
