//! The Git door with the real `git` as the client, against a real server in this process.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "door/crowd.rs"]
mod crowd;
#[path = "door/fetch.rs"]
mod fetch;
#[path = "door/hostile.rs"]
mod hostile;
#[path = "door/mirrors.rs"]
mod mirrors;
#[path = "door/outcomes.rs"]
mod outcomes;
#[path = "door/push.rs"]
mod push;
#[path = "door/remotes.rs"]
mod remotes;
#[path = "door/rights.rs"]
mod rights;
#[path = "door/signed.rs"]
mod signed;
#[path = "door/suites.rs"]
mod suites;
#[path = "door/world.rs"]
mod world;
