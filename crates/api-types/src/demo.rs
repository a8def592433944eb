//! The sample workspace and its simulated customers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The state of the demonstration.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Demo {
    /// Whether this workspace is the sample.
    pub available: bool,
    /// The title of the tempting edit that is ready to be rolled out.
    pub title: String,
    /// What it changes, in one sentence.
    pub summary: String,
    /// Why it fails; to be shown after the roll-back.
    pub why_it_fails: String,
    /// The prompt it is about.
    pub prompt: String,
    /// The rollout of the last run, if there was one.
    pub rollout: Option<i64>,
    /// The simulated customers.
    pub traffic: Traffic,
}

/// Simulated customers that call the real HTTP API.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Traffic {
    /// Whether they are running.
    pub running: bool,
    /// Customers served so far.
    pub customers: u64,
    /// Events sent so far.
    pub events: u64,
    /// Seconds until they stop by themselves.
    pub seconds_left: u64,
    /// The last error, where there was one.
    pub problem: Option<String>,
}

/// Starts simulated customers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct StartTraffic {
    /// Customers a second; 1 to 2000, 200 where not given.
    #[serde(default)]
    pub per_second: Option<u32>,
    /// Seconds until they stop; 1 to 600, 180 where not given.
    #[serde(default)]
    pub seconds: Option<u32>,
}
