//! Which channels, prompts and versions stood on the way to a conversion.
//!
//! From a unit's touches to journeys, from journeys to paths, from paths to credits by eight models.
//! Credits describe; they prove nothing. The causal number is an experiment's lift, and whoever shows
//! credits shows both. The models are in `variorum_stats::attribution`; this module knows what a touch
//! is and where a journey ends, and nothing of stores or screens.

mod coded;
mod credits;
mod explorer;
mod journeys;

pub use coded::CodedJourneys;
pub use credits::{Credits, Model, ModelCredit, credits};
pub use explorer::{CONVERTED, Explored, LEFT, Link, ON, OTHERS, PathShown, Step, explore};
pub use journeys::{By, Journeys, PathSums, Rules, RulesError, Sighting, Versions};

#[cfg(test)]
mod tests;
