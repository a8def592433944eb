//! Commands that talk to a server over HTTP, one file a noun. A command asks, and lays the answer
//! out; it decides nothing, for the server does.

mod activity;
mod attribution;
mod catalogue;
mod changes;
mod cohorts;
mod console;
mod data;
mod drafts;
mod environments;
mod escalation;
mod events;
mod files;
mod impact;
mod inbox;
mod keys;
pub(crate) mod layout;
mod log;
mod mirror;
mod people;
mod prompts;
mod regressions;
mod releases;
mod resolve;
mod rollouts;
mod search;
mod session;
mod sources;
mod tokens;
mod upkeep;
mod variations;
mod views;
mod words;
mod workflows;

use std::process::ExitCode;

use clap::Subcommand;

use crate::args::Connection;
use crate::client::Client;
use crate::error::CliError;
use console::Console;

/// Commands on a server.
#[derive(Debug, Subcommand)]
pub(crate) enum RemoteCommand {
    /// Says who you are to the server, and what you may do.
    #[command(after_help = "Example: variorum whoami")]
    Whoami,
    /// Says how things stand: who, where, what is live, which rollouts run.
    #[command(after_help = "Example: variorum status")]
    Status,
    /// Finds, shows, compares, saves and tries prompts.
    #[command(subcommand)]
    Prompts(prompts::PromptsCommand),
    /// Shows who differs from a prompt that others vary, and how.
    Variations(variations::VariationsArgs),
    /// Lists, shows and checks workflows: graphs of prompts.
    #[command(subcommand, visible_alias = "workflow")]
    Workflows(workflows::WorkflowsCommand),
    /// Finds prompts by words and filters, the best first.
    Search(Box<search::SearchArgs>),
    /// Keeps searches under a name, for yourself or for everybody, and runs them.
    #[command(subcommand, visible_alias = "views")]
    View(views::ViewCommand),
    /// Shares conversions out to channels, prompts or versions, beside what experiments found.
    Attribution(attribution::AttributionArgs),
    /// Shows what each change brought to a KPI.
    Ledger(attribution::LedgerArgs),
    /// Looks after KPIs that got worse outside of experiments.
    #[command(subcommand, visible_alias = "regression")]
    Regressions(regressions::RegressionsCommand),
    /// Finds copies and near copies of prompts.
    Duplicates(upkeep::DuplicatesArgs),
    /// Shows what prompts say about themselves and how categories keep the documentation standard.
    Catalogue(Box<catalogue::CatalogueArgs>),
    /// Lists prompts that nobody seems to need, with the reasons.
    Obsolete(upkeep::ObsoleteArgs),
    /// Works on drafts: changes that are not in the library yet.
    #[command(subcommand, visible_alias = "draft")]
    Drafts(drafts::DraftsCommand),
    /// Asks for a draft to be brought into the library, reviews, discusses, publishes.
    #[command(subcommand, visible_alias = "change")]
    Changes(changes::ChangesCommand),
    /// Publishes repairs that cannot wait for a review.
    #[command(subcommand)]
    Hotfix(changes::HotfixCommand),
    /// Says what a prompt, a draft or a change reaches, and what it breaks.
    Impact(impact::ImpactArgs),
    /// Shows what others want you to know.
    Inbox(inbox::InboxArgs),
    /// Finds bets and what became of them: problem, hypothesis, campaign, KPI.
    Records(inbox::RecordsArgs),
    /// Lists saved versions of the library, or shows one.
    Log(log::LogArgs),
    /// Makes and shows releases: what may go live, fixed for ever.
    #[command(subcommand)]
    Releases(releases::ReleasesCommand),
    /// Shows what is live in each environment.
    #[command(after_help = "Example: variorum live")]
    Live,
    /// Makes a release live for everybody at once.
    GoLive(environments::GoLiveArgs),
    /// Makes the release before live again, for everybody at once.
    RollBack(environments::RollBackArgs),
    /// Takes every rollout back and lets nothing go live until it is lifted.
    StopEverything(escalation::StopArgs),
    /// Lists stops and lifts them.
    #[command(subcommand)]
    Stops(escalation::StopsCommand),
    /// Lists, shows and answers incidents: what went wrong, and who was told.
    #[command(subcommand, visible_alias = "incident")]
    Incidents(escalation::IncidentsCommand),
    /// Shows the ladders of escalation and tries them out.
    #[command(subcommand, visible_alias = "ladder")]
    Ladders(escalation::LaddersCommand),
    /// Says who is on call.
    #[command(subcommand)]
    OnCall(escalation::OnCallCommand),
    /// Brings a release to a share of people first, under guards.
    #[command(subcommand, alias = "rollout")]
    Rollouts(rollouts::RolloutsCommand),
    /// Tells the effect of a rollout by cohort: channel, region, new or returning people.
    Cohorts(cohorts::CohortsArgs),
    /// Lists KPIs, and shows one over time.
    #[command(subcommand, visible_alias = "kpis")]
    Kpi(cohorts::KpiCommand),
    /// Asks for a prompt as an application does at run time.
    Resolve(resolve::ResolveArgs),
    /// Sends exposures and outcomes.
    #[command(subcommand)]
    Events(events::EventsCommand),
    /// Loads tables of events, writes events and results into files, erases units.
    #[command(subcommand)]
    Data(data::DataCommand),
    /// Lets signed webhooks of other tools in as events.
    #[command(subcommand, visible_alias = "source")]
    Sources(sources::SourcesCommand),
    /// Lists who did what, from the audit log.
    Activity(activity::ActivityArgs),
    /// Invites people and changes what they may do.
    #[command(subcommand)]
    People(people::PeopleCommand),
    /// Lists, registers and takes away keys for signed commits.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Keeps the library in step with Git repositories elsewhere.
    #[command(subcommand, visible_alias = "mirrors")]
    Mirror(mirror::MirrorCommand),
    /// Lists, makes and revokes tokens on the server.
    #[command(subcommand)]
    Tokens(tokens::TokensCommand),
}

/// Runs a command on a server.
pub(crate) fn run(
    command: RemoteCommand,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    let console = Console {
        client: Client::new(connection)?,
        json,
    };
    match command {
        RemoteCommand::Whoami => session::whoami(&console),
        RemoteCommand::Status => session::status(&console),
        RemoteCommand::Prompts(command) => prompts::run(command, &console),
        RemoteCommand::Variations(args) => variations::run(&args, &console),
        RemoteCommand::Workflows(command) => workflows::run(command, &console),
        RemoteCommand::View(command) => views::run(command, &console),
        RemoteCommand::Catalogue(args) => catalogue::run(&args, &console),
        RemoteCommand::Attribution(args) => attribution::run(&args, &console),
        RemoteCommand::Ledger(args) => attribution::ledger(&args, &console),
        RemoteCommand::Regressions(command) => regressions::run(&command, &console),
        RemoteCommand::Duplicates(args) => upkeep::duplicates(&args, &console),
        RemoteCommand::Obsolete(args) => upkeep::obsolete(&args, &console),
        RemoteCommand::Search(args) => search::run(&args, &console),
        RemoteCommand::Drafts(command) => drafts::run(command, &console),
        RemoteCommand::Changes(command) => changes::run(command, &console),
        RemoteCommand::Hotfix(command) => changes::hotfix(command, &console),
        RemoteCommand::Cohorts(args) => cohorts::cohorts(&args, &console),
        RemoteCommand::Kpi(command) => cohorts::kpi(command, &console),
        RemoteCommand::Impact(args) => impact::impact(&args, &console),
        RemoteCommand::Inbox(args) => inbox::inbox(&args, &console),
        RemoteCommand::Records(args) => inbox::records(&args, &console),
        RemoteCommand::Log(args) => log::run(&args, &console),
        RemoteCommand::Releases(command) => releases::run(command, &console),
        RemoteCommand::Live => environments::live(&console),
        RemoteCommand::GoLive(args) => environments::go_live(&args, &console),
        RemoteCommand::RollBack(args) => environments::roll_back(&args, &console),
        RemoteCommand::StopEverything(args) => escalation::stop_everything(&args, &console),
        RemoteCommand::Stops(command) => escalation::stops(command, &console),
        RemoteCommand::Incidents(command) => escalation::incidents(command, &console),
        RemoteCommand::Ladders(command) => escalation::ladders(command, &console),
        RemoteCommand::OnCall(command) => escalation::on_call(command, &console),
        RemoteCommand::Rollouts(command) => rollouts::run(command, &console),
        RemoteCommand::Resolve(args) => resolve::run(&args, &console),
        RemoteCommand::Events(command) => events::run(command, &console),
        RemoteCommand::Data(command) => data::run(command, &console),
        RemoteCommand::Sources(command) => sources::run(command, &console),
        RemoteCommand::Activity(args) => activity::run(&args, &console),
        RemoteCommand::People(command) => people::run(command, &console),
        RemoteCommand::Keys(command) => keys::run(command, &console),
        RemoteCommand::Mirror(command) => mirror::run(command, &console),
        RemoteCommand::Tokens(command) => tokens::run(command, &console),
    }
}

#[cfg(test)]
mod tests;
