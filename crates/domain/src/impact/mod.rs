//! Impact: what leans on what in a library, and what a change therefore reaches.
//!
//! [`edges`] says what one file refers to, [`Graph`] holds that for all files of `main`, a [`Layer`]
//! lays the files of a draft over it, and [`reach`] follows it back from what changed; [`extend`] adds
//! where that is live and who answers for it, and a [`Listing`] shows it. [`contract`] compares what
//! a file offers, before and after, with how its dependants use it. Knows nothing about where files
//! are kept.

mod around;
pub mod contract;
mod edges;
mod graph;
mod inclusion;
mod interface;
mod layer;
mod listing;
mod reach;
mod running;
mod settings;
mod thing;
mod uses;

pub use around::{Around, Live, extend};
pub use edges::{
    EDGE_NAME_BYTES_MAX, Edge, EdgeKind, edges_of_prompt, edges_of_text, is_controlled,
};
pub(crate) use edges::{beside, is_prompt_id};
pub use graph::{Graph, NodeId};
pub use interface::{Field, Fields, Interface};
pub use layer::Layer;
pub use listing::{Drawing, DrawnEdge, How, Key, Listing};
pub use reach::{Reach, Reached, View, reach};
pub use running::uses_of_workflow;
pub use settings::changed_settings;
pub use thing::{Thing, alias_of, prompt_path, short_name};
pub use uses::{Demand, Place, Use, uses_of_prompt};
