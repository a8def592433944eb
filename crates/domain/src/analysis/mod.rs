//! Questions over all events of all units: effects by cohort, series over time, who comes back.
//!
//! Each answer is folded unit by unit from the columns. A unit counts from its earliest exposure on,
//! and an outcome counts within the KPI's window after it, as in the statistics of a rollout. Pure.

mod cohorts;
mod compare;
mod measure;
mod retention;
mod series;
mod words;

pub use cohorts::{Cohort, CohortFold, CohortQuestion, CohortTable, Facet};
pub use compare::{CohortEffect, Comparison, Differences, Overall, Reversal, compare};
pub use measure::{Measure, band};
pub use retention::{RetentionCurve, RetentionFold, RetentionQuestion};
pub use series::{
    DaySeries, Grain, Lane, LaneOf, SeriesFold, SeriesPoint, SeriesQuestion, Versions,
};
pub use words::sentences;

pub use variorum_stats::moments::Arm;

#[cfg(test)]
mod tests;
