//! The wire types of version 1 of the HTTP API: the compatibility promise.
//!
//! A field is added, never changed or taken away. Times are RFC 3339 in UTC with microseconds; shares
//! are basis points; money is an integer of the KPI's smallest unit unless a field says otherwise.

pub mod activity;
pub mod analysis;
pub mod attribution;
pub mod bulk;
pub mod catalogue;
pub mod changes;
pub mod data;
pub mod decisions;
pub mod demo;
pub mod designs;
pub mod drafts;
pub mod escalation;
pub mod events;
pub mod guards;
pub mod impact;
pub mod inbox;
pub mod keys;
pub mod library;
pub mod mirrors;
pub mod people;
pub mod planner;
pub mod problem;
pub mod prompts;
pub mod records;
pub mod regressions;
pub mod releases;
pub mod resolve;
pub mod rollouts;
pub mod search;
pub mod session;
pub mod sources;
pub mod upkeep;
pub mod variations;
pub mod verdicts;
pub mod views;
pub mod workflows;
