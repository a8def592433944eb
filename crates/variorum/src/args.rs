//! The command line: what can be said, in the words of the product.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::RemoteCommand;
use crate::local::LocalCommand;

/// Prompt management with versions, releases and KPI-guarded rollouts.
#[derive(Debug, Parser)]
#[command(
    name = "variorum",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    /// Prints JSON instead of text for people.
    #[arg(long, global = true)]
    pub json: bool,

    #[command(flatten)]
    pub connection: Connection,

    #[command(subcommand)]
    pub command: Command,
}

/// Where the server and its data are.
#[derive(Debug, Clone, Args)]
pub(crate) struct Connection {
    /// The folder with the data; the user's data folder where not given.
    #[arg(long, global = true, env = "VARIORUM_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// A PostgreSQL database instead of SQLite files in the data folder.
    #[arg(
        long,
        global = true,
        env = "VARIORUM_DATABASE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database: Option<String>,

    /// The address of the server, for commands that talk to one.
    #[arg(long, global = true, env = "VARIORUM_URL", value_name = "URL")]
    pub url: Option<String>,

    /// The token to use; where not given, the one that `variorum serve` left in the data folder.
    #[arg(
        long,
        global = true,
        env = "VARIORUM_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Local(LocalCommand),
    #[command(flatten)]
    Remote(RemoteCommand),
}
