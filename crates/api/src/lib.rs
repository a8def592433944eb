//! The HTTP door of Variorum: who calls, what they ask, what they get.
//!
//! A handler converts, calls one use case of `variorum_app` and converts the answer. No rule is
//! decided here and no SQL is known here.

mod assets;
mod body;
mod caller;
mod convert;
mod door;
mod host;
mod kpis;
mod metrics;
pub mod openapi;
mod problem;
mod resources;
mod router;
mod serve;
mod state;
mod stream;
pub mod time;
pub mod wording;

pub use router::router;
pub use serve::{ConnectionLimits, serve};
pub use state::{ApiState, DemoControl};
