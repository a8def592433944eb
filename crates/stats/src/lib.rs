//! Statistics of Variorum: assignment hashes, exact moments, intervals, sequential tests, guards.
//!
//! Numbers in, numbers out. Nothing here knows of prompts, rollouts, clocks, randomness or storage;
//! [`simulation`] makes up customers from a seed.
//! Every function is total on its documented domain; outside of it the answer is `None`.

pub mod asymptotic;
pub mod attribution;
pub mod bayes;
pub mod bucket;
pub mod cohort;
pub mod compat;
pub mod cuped;
pub mod guard;
pub mod hash;
pub mod hourly;
pub mod interval;
pub mod joint;
pub mod level;
pub mod mean;
pub mod moments;
pub mod multiplicity;
pub mod noninferiority;
mod number;
pub mod paired;
pub mod proportion;
mod quadrature;
pub mod quantile;
pub mod ratio;
mod root;
pub mod sample_size;
pub mod sequential;
pub mod shift;
pub mod signs;
pub mod simulation;
pub mod special;
pub mod srm;
