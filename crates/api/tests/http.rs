//! The whole router in one process, over a real SQLite store: what goes in, what comes out.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "http/analysis.rs"]
mod analysis;
#[path = "http/bulk.rs"]
mod bulk;
#[path = "http/catalogue.rs"]
mod catalogue;
#[path = "http/changes.rs"]
mod changes;
#[path = "http/connections.rs"]
mod connections;
#[path = "http/data.rs"]
mod data;
#[path = "http/decisions.rs"]
mod decisions;
#[path = "http/designs.rs"]
mod designs;
#[path = "http/errors.rs"]
mod errors;
#[path = "http/escalation.rs"]
mod escalation;
#[path = "http/events.rs"]
mod events;
#[path = "http/guards.rs"]
mod guards;
#[path = "http/hooks.rs"]
mod hooks;
#[path = "http/impact.rs"]
mod impact;
#[path = "http/keys.rs"]
mod keys;
#[path = "http/library.rs"]
mod library;
#[path = "http/live.rs"]
mod live;
#[path = "http/measurement.rs"]
mod measurement;
#[path = "http/openapi.rs"]
mod openapi;
#[path = "http/pages.rs"]
mod pages;
#[path = "http/serving.rs"]
mod serving;
#[path = "http/session.rs"]
mod session;
#[path = "http/shadow.rs"]
mod shadow;
#[path = "http/verdicts.rs"]
mod verdicts;
#[path = "http/views.rs"]
mod views;
#[path = "http/workflows.rs"]
mod workflows;
#[path = "http/world.rs"]
mod world;
