//! Variorum: prompt management with versions, releases and KPI-guarded rollouts, in one binary.

mod args;
mod check;
mod client;
mod commands;
mod demo;
mod error;
mod local;
mod output;

use clap::Parser as _;

use crate::args::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    let result = match cli.command {
        Command::Local(command) => local::run(command, &cli.connection, json),
        Command::Remote(command) => commands::run(command, &cli.connection, json),
    };
    match result {
        Ok(code) => code,
        Err(error) => output::failure(&error, json),
    }
}
