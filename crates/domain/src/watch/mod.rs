//! Watching KPIs outside of experiments: has a series of days got worse, since when, by how much, and
//! what changed just before?
//!
//! A series is judged once a day on whole days, and one with enough traffic at every hour. How it is judged, and how often a judge is wrong, is
//! told in `docs/watch.md`; the statistics are in `variorum_stats::shift`. This module knows nothing
//! of where the days come from.

mod baseline;
mod hours;
mod lag;
mod regression;
mod series;
mod suspects;
mod tally;

pub use baseline::{BASELINE_DAYS, Baseline, LiveVersion, WentLive};
pub use hours::{
    HOUR_OUTCOMES_MIN, Hour, HourSeries, HourSpan, around, hour_begins, hour_limit, judge_by_hour,
    only_days_of, recovered_by_hour,
};
pub use lag::hour_number;
pub use regression::{Act, ActError, AtStake, Measured, Regression, RegressionState, Settled};
pub use series::{
    Day, DaySeries, Found, Judgement, Settings, YEARLY_OF_WORKSPACE, judge, limit, recovered,
};
pub use suspects::{Began, Happened, HappenedKind, Suspect, Touched, suspects, told};
pub use tally::{Subject, Tally, day_number};
