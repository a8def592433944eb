//! Data, state machines and decisions of Variorum.
//!
//! Pure: no IO, no async, no clock, no randomness. The same input gives the same answer.
//! `serde` appears for one purpose only: the canonical JSON form in which releases, rollouts and
//! audit evidence are stored and hashed. The wire has types of its own in `api-types`.

pub mod access;
pub mod analysis;
pub mod attribution;
pub mod audit;
pub mod calendar;
pub mod canonical;
pub mod change;
pub mod check;
pub mod columns;
pub mod documentation;
pub mod draft;
pub mod escalation;
pub mod event;
pub mod fold;
pub mod id;
pub mod impact;
pub mod intake;
pub mod kpi;
pub mod library;
pub mod likeness;
pub mod limits;
pub mod movement;
pub mod moving;
pub mod notice;
pub mod outline;
pub mod planner;
pub mod policy;
pub mod prompt;
pub mod quality;
pub mod record;
pub mod redirect;
pub mod release;
pub mod remote;
pub mod rollout;
pub mod search;
pub mod shadow;
pub mod signing;
pub mod source;
pub mod stop;
pub mod suite;
pub mod template;
pub mod variation;
pub mod verdict;
pub mod view;
pub mod watch;
pub mod webhook;
pub mod workflow;
