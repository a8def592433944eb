//! The one toolbox: `tidy`, `gen` and `bench`.
fn main() {}
