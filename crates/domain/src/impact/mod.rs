//! Impact: what leans on what in a library, and what a change therefore reaches.
//!
//! [`edges`] says what one file refers to, [`Graph`] holds that for all files of `main`, a [`Layer`]
//! lays the files of a draft over it, and [`reach`] follows it back from what changed. [`contract`]
//! compares what a file offers, before and after, with how its dependants use it. Knows nothing
//! about where files are kept or what is live.

pub mod contract;
mod edges;
mod graph;
mod inclusion;
mod interface;
mod layer;
mod reach;
mod running;
mod settings;
mod thing;
mod uses;

pub use edges::{Edge, EdgeKind, edges_of_prompt, edges_of_text, is_controlled};
pub use graph::{Graph, NodeId};
pub use interface::{Field, Fields, Interface};
pub use layer::Layer;
pub use reach::{Reach, Reached, View, reach};
pub use running::uses_of_workflow;
pub use settings::changed_settings;
pub use thing::{Thing, alias_of, prompt_path};
pub use uses::{Demand, Place, Use, uses_of_prompt};
