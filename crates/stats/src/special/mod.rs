//! Special functions with care for tails and large arguments. They know nothing of experiments.

pub mod beta;
pub mod binomial;
pub mod gamma;
pub mod normal;
pub mod student;
