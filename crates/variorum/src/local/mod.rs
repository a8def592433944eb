//! Commands that work on the data folder itself: serving, importing, checking.

mod admin;
mod check;
mod notify;
mod open;
mod serve;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use variorum_domain::source::{DELIVERIES_PER_SECOND, DELIVERIES_PER_SECOND_MAX};

use crate::args::Connection;
use crate::check::CheckArgs;
use crate::demo;
use crate::error::CliError;

/// Commands on the data folder.
#[derive(Debug, Subcommand)]
pub(crate) enum LocalCommand {
    /// Starts the server.
    Serve(ServeArgs),
    /// Starts the server with a sample workspace, or sends it simulated customers.
    Demo(DemoArgs),
    /// Prints a fresh sign-in link for the first administrator.
    SignIn(SignInArgs),
    /// Makes a token without a browser.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Brings a library in: a folder, a Git repository or a bundle with its whole history.
    Import(ImportArgs),
    /// Takes the library out as a bare Git repository.
    Export(ExportArgs),
    /// Checks a working copy or a branch without a server, as its rules and the server would.
    Check(CheckArgs),
    /// Checks every object of the library.
    Fsck,
    /// Computes the statistics of every rollout again from the stored events and compares.
    Rebuild,
    /// Checks the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Prints completions for a shell.
    Completions(CompletionsArgs),
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// The address to listen on.
    #[arg(
        long,
        env = "VARIORUM_LISTEN",
        default_value = "127.0.0.1:4870",
        value_name = "ADDRESS"
    )]
    pub listen: String,
    /// The address under which people reach the server, where it is another one.
    #[arg(long, env = "VARIORUM_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The `git` that answers clones and fetches; the first on the path where not given.
    #[arg(long, env = "VARIORUM_GIT", value_name = "FILE")]
    pub git: Option<PathBuf>,
    /// Lets mirrors be kept at addresses that begin so, e.g. `https://github.com/acme/`; can be given
    /// several times. Without it no mirror can be added.
    #[arg(
        long,
        env = "VARIORUM_MIRROR_ALLOW",
        value_name = "URL",
        value_delimiter = ' '
    )]
    pub mirror_allow: Vec<String>,
    /// The `ssh` program, for mirrors at addresses that begin with `ssh://`.
    #[arg(
        long,
        env = "VARIORUM_SSH",
        default_value = "/usr/bin/ssh",
        value_name = "FILE"
    )]
    pub ssh: PathBuf,
    /// The folder with the secrets of mirrors, one a file; over ssh a private key. `known_hosts` in it
    /// names the machines that are trusted.
    #[arg(long, env = "VARIORUM_MIRROR_SECRETS", value_name = "DIR")]
    pub mirror_secrets: Option<PathBuf>,
    /// Deliveries that are taken from one source of webhooks in a second; ten seconds' worth may come at
    /// once.
    #[arg(
        long,
        env = "VARIORUM_HOOKS_PER_SECOND",
        default_value_t = DELIVERIES_PER_SECOND,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(DELIVERIES_PER_SECOND_MAX)),
        value_name = "NUMBER"
    )]
    pub hooks_per_second: u32,
    /// Prints a sign-in link at the start though nobody sits at a terminal; whoever reads the output
    /// can sign in with it.
    #[arg(long, env = "VARIORUM_PRINT_SIGN_IN")]
    pub print_sign_in: bool,
    /// How people are told of incidents.
    #[command(flatten)]
    pub notify: notify::NotifyArgs,
    /// The form of the log.
    #[arg(
        long,
        env = "VARIORUM_LOG",
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub log: LogFormat,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The sample workspace.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[command(subcommand)]
    pub command: Option<DemoCommand>,
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// What to do with the sample workspace.
#[derive(Debug, Subcommand)]
pub(crate) enum DemoCommand {
    /// Sends simulated customers to a running server.
    Traffic(TrafficArgs),
    /// Throws the sample away and tells its story again; the server must not be running.
    Reset,
}

/// Simulated customers.
#[derive(Debug, Clone, Args)]
pub(crate) struct TrafficArgs {
    /// Customers a second.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub per_second: u32,
    /// Seconds until they stop.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub seconds: u32,
    /// Starts the rollout of the harmful edit first.
    #[arg(long)]
    pub start: bool,
}

/// Signing in.
#[derive(Debug, Args)]
pub(crate) struct SignInArgs {
    /// The address of the server in the link.
    #[arg(long, env = "VARIORUM_LISTEN", default_value = "127.0.0.1:4870")]
    pub listen: String,
}

/// Tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Makes a token and prints it once.
    Create(TokenArgs),
}

/// A token to be made.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// The most it allows: viewer, author, publisher or administrator.
    #[arg(long)]
    pub role: String,
    /// A name by which it is recognised later.
    #[arg(long, default_value = "command line")]
    pub name: String,
    /// Days until it stops working.
    #[arg(long)]
    pub days: Option<u32>,
    /// Makes a service of this name act with it, rather than the first administrator.
    #[arg(long)]
    pub service: bool,
    /// Limits it to asking for prompts (`resolve`), to reporting what happened (`events`), or to both.
    #[arg(long, value_delimiter = ',', value_name = "USES")]
    pub can: Vec<String>,
}

/// What to import.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// A folder, a Git repository or a bundle.
    pub path: PathBuf,
    /// Splits this CSV file of the history into one prompt a row, each with its own history.
    #[arg(long, value_name = "FILE")]
    pub split: Option<String>,
    /// The column with the name of each prompt.
    #[arg(long, default_value = "act", requires = "split")]
    pub name_column: String,
    /// The column with the text of each prompt.
    #[arg(long, default_value = "prompt", requires = "split")]
    pub text_column: String,
}

/// Where to export to.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The folder of the new bare repository, or a file that ends in `.bundle`.
    pub path: PathBuf,
}

/// The audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Finds a changed, deleted, inserted or swapped entry.
    Verify(VerifyArgs),
}

/// How to verify.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A head noted earlier, as `SEQ:HASH`; the log must still contain it.
    #[arg(long, value_name = "SEQ:HASH")]
    pub noted: Option<String>,
}

/// Completions.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// Runs a command on the data folder.
pub(crate) fn run(
    command: LocalCommand,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    if let LocalCommand::Completions(args) = &command {
        return admin::completions(args.shell);
    }
    if let LocalCommand::Check(args) = &command {
        return crate::check::run(args, json);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::internal("the runtime could not be started", error))?;
    runtime.block_on(async {
        match command {
            LocalCommand::Serve(args) => serve::serve(&args, connection).await,
            LocalCommand::Demo(args) => demo::run(args, connection, json).await,
            LocalCommand::SignIn(args) => admin::sign_in(&args, connection, json).await,
            LocalCommand::Token(TokenCommand::Create(args)) => {
                admin::create_token(&args, connection, json).await
            }
            LocalCommand::Import(args) => transfer::import(&args, connection, json).await,
            LocalCommand::Export(args) => transfer::export(&args, connection, json).await,
            LocalCommand::Check(args) => crate::check::run(&args, json),
            LocalCommand::Fsck => check::fsck(connection, json).await,
            LocalCommand::Rebuild => check::rebuild(connection, json).await,
            LocalCommand::Audit(AuditCommand::Verify(args)) => {
                check::verify(&args, connection, json).await
            }
            LocalCommand::Completions(args) => admin::completions(args.shell),
        }
    })
}

pub(crate) use notify::allow_notices;
pub(crate) use open::{CliFile, SystemClock, data_dir, open, read_cli_file};
pub(crate) use serve::{allow, serve_with, start_log};
