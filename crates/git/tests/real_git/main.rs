//! The same act done by `git` and by us must agree.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod checks;
mod diffs;
mod generate;
mod histories;
mod history;
mod hostile;
mod merges;
mod objects;
mod oddities;
mod packs;
mod replay;
mod repository;
mod signatures;
mod trees;
