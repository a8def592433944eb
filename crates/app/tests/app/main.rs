//! The use cases against the real store, the real `git` and real data.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod analysis;
mod archive;
mod arms;
mod bulk;
mod changes;
mod columns;
mod credits;
mod definitions;
mod designs;
mod documentation;
mod drafts;
mod edges;
mod escalation;
mod guards;
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
mod stop;
mod upkeep;
mod variations;
mod verdicts;
mod views;
mod watch;
mod workflows;
mod world;
