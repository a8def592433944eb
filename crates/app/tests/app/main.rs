//! The use cases against the real store, the real `git` and real data.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod arms;
mod bulk;
mod changes;
mod definitions;
mod documentation;
mod drafts;
mod edges;
mod impact;
mod impact_graph;
mod import;
mod intake;
mod library;
mod measure;
mod outcomes;
mod postgres;
mod replay;
mod restore;
mod search;
mod upkeep;
mod variations;
mod views;
mod workflows;
mod world;
