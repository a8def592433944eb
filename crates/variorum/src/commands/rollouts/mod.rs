//! Rollouts: bringing a release to a share of people first, under guards.

mod decide;
mod hold_out;
mod list;
mod plan;
mod replay;
mod shadow;
mod show;
mod start;
mod switchback;
mod watch;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::releases::Reason;
use variorum_api_types::rollouts::{
    Condition, FinishRollout, FurtherArm, Guard, LayerShare, Rollout, StageTime,
};

use super::console::Console;
use super::{layout, words};
use crate::error::CliError;

/// What to do with rollouts.
#[derive(Debug, Subcommand)]
pub(crate) enum RolloutsCommand {
    /// Lists rollouts, newest first.
    #[command(after_help = "Example: variorum rollouts list --open")]
    List {
        /// Only those that run or are paused.
        #[arg(long)]
        open: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: usize,
    },
    /// Starts a rollout beside what is live.
    Start(Box<StartArgs>),
    /// Says how many people a rollout needs and how long that takes.
    Plan(Box<plan::PlanArgs>),
    /// Shows a rollout: its verdict, its KPIs, its guards, what happened.
    #[command(after_help = "Example: variorum rollouts show R-4")]
    Show(WhichArgs),
    /// Keeps a share of everybody at what is live now, over several rollouts.
    #[command(
        after_help = "Example: variorum rollouts hold-out --share 5% --until 2027-03-31T00:00:00Z \
            --title \"Spring\" \\\n           --goal first_order\n\nEnd it with `variorum rollouts \
            finish`."
    )]
    HoldOut(Box<hold_out::HoldOutArgs>),
    /// Shows what a release in the shadow would have answered.
    #[command(after_help = "Example: variorum rollouts shadow R-4")]
    Shadow(WhichArgs),
    /// Computes a rollout again from the stored events and compares.
    #[command(
        after_help = "Example: variorum rollouts replay R-12\n\nExits with 0 where every decision, \
            number and look is the same to the last digit, and with 2 where not."
    )]
    Replay(WhichArgs),
    /// Watches a rollout until it ends and tells what changes.
    #[command(
        after_help = "Example: variorum rollouts watch R-4\n\nExits with 0 where it was finished \
            and with 2 where it was rolled back. With --json every\nchange is one line."
    )]
    Watch(WhichArgs),
    /// Moves on to the next stage.
    #[command(after_help = "Example: variorum rollouts advance R-4 --reason \"A quiet weekend\"")]
    Advance(ActArgs),
    /// Keeps a rollout at its stage until it is resumed.
    #[command(after_help = "Example: variorum rollouts pause R-4 --reason \"Stock is low\"")]
    Pause(ActArgs),
    /// Lets a paused rollout go on.
    #[command(after_help = "Example: variorum rollouts resume R-4")]
    Resume(ActArgs),
    /// Gives everybody the release before again, at once.
    #[command(after_help = "Example: variorum rollouts roll-back R-4 --reason \"Wrong price\"")]
    RollBack(RollBackArgs),
    /// Gives everybody the new release, at once.
    #[command(
        after_help = "Example: variorum rollouts finish R-4 --reason \"First orders are up\""
    )]
    Finish(FinishArgs),
    /// Asks a second person to confirm what the verdict does not support.
    Ask(decide::AskArgs),
    /// Confirms what somebody else asked for against the verdict, and does it.
    #[command(after_help = "Example: variorum rollouts confirm R-4")]
    Confirm(ActArgs),
    /// Declines what somebody asked for against the verdict, or takes back one's own asking.
    #[command(after_help = "Example: variorum rollouts decline R-4 --reason \"Two more days\"")]
    Decline(ActArgs),
}

/// A rollout.
#[derive(Debug, Args)]
pub(crate) struct WhichArgs {
    /// The rollout, as `4` or `R-4`.
    #[arg(value_parser = words::rollout)]
    pub number: i64,
}

/// Something done to a rollout.
#[derive(Debug, Args)]
pub(crate) struct ActArgs {
    /// The rollout, as `4` or `R-4`.
    #[arg(value_parser = words::rollout)]
    pub number: i64,
    /// Why, for the audit log.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub reason: String,
}

/// Finishing.
#[derive(Debug, Args)]
pub(crate) struct FinishArgs {
    /// The rollout, as `4` or `R-4`.
    #[arg(value_parser = words::rollout)]
    pub number: i64,
    /// The arm whose release everybody gets; needed only where several new ones are left.
    #[arg(long, value_name = "N")]
    pub arm: Option<u8>,
    /// Why, for the audit log.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub reason: String,
}

/// Rolling back.
#[derive(Debug, Args)]
pub(crate) struct RollBackArgs {
    /// The rollout, as `4` or `R-4`.
    #[arg(value_parser = words::rollout)]
    pub number: i64,
    /// Why, for the audit log.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// What to start.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum rollouts start --release 12 --title \"Shorter subject\" \
        --stage 10% --stage 50% \\\n           --stage 100% --goal first_order --guard \
        first_order:decrease:0.05\n\nA stage is the share of everybody who takes part, half of \
        them with the new release. A guard\nis KPI[@FACET[=VALUE,...]][:HARM[:MARGIN[:ACTION]]]. \
        MARGIN is a share of the old level (`5%`), the\nhighest level allowed (`max=0.3%`) or a \
        difference (`+0.1pp`). ACTION is `roll-back`, `pause`,\n`hold` (stay at the stage) or \
        `escalate` (go on and tell people). `@channel` watches each channel\nby itself."
)]
pub(crate) struct StartArgs {
    /// The new release.
    #[arg(long, value_parser = words::release, value_name = "N")]
    pub release: i64,
    /// The title shown.
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// The environment; the library's first where not given.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// The prompt it is about; found by itself where exactly one changes.
    #[arg(long, value_name = "ID")]
    pub prompt: Option<String>,
    /// The share of everybody in a stage, e.g. `10%`; once for each stage, growing.
    #[arg(
        long,
        required_unless_present = "window",
        value_parser = words::stage,
        value_name = "SHARE"
    )]
    pub stage: Vec<u32>,
    /// The share of the new release among those who take part; an equal share where not given.
    #[arg(long, value_parser = words::stage, value_name = "SHARE")]
    pub treatment_share: Option<u32>,
    /// A further new release to compare at the same time, e.g. `13`, `13:Shorter` or
    /// `13:Shorter:20%`; may be given more than once.
    #[arg(long, value_parser = words::further, value_name = "RELEASE[:NAME[:SHARE]]")]
    pub further: Vec<FurtherArm>,
    /// The name shown for the new release, where there are several.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub name: String,
    /// The KPI it is meant to improve.
    #[arg(long, value_name = "KPI")]
    pub goal: Option<String>,
    /// A limit that must hold, e.g. `first_order:decrease:0.05`; may be given more than once.
    #[arg(long, value_parser = words::guard, value_name = "GUARD")]
    pub guard: Vec<Guard>,
    /// What is expected, in words.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub hypothesis: String,
    /// The chance of a false roll-back over the whole rollout; 0.01 where not given.
    #[arg(long, value_name = "P")]
    pub alpha: Option<f64>,
    /// The number of people at which a decision is planned.
    #[arg(long, value_name = "N")]
    pub planned_units: Option<u64>,
    /// It begins by itself at this moment, RFC 3339; at once where not given.
    #[arg(long, value_name = "TIME")]
    pub start_at: Option<String>,
    /// When the next stage comes by itself: `TIME`, `PEOPLE` or `TIME/PEOPLE`; once for each stage
    /// after the first.
    #[arg(long, value_parser = words::stage_time, value_name = "WHEN")]
    pub then: Vec<StageTime>,
    /// What people did in so many days before takes out what was known of them, e.g. 14, so that
    /// fewer people are enough; for values and counts that recur.
    #[arg(long, value_name = "DAYS")]
    pub pre_period_days: Option<u32>,
    /// How much worse the goal or a guarded KPI may be and the version still be called no worse,
    /// e.g. `unsubscribe:2%`; once for each KPI.
    #[arg(long, value_parser = start::not_worse_by, value_name = "KPI:SHARE")]
    pub not_worse_by: Vec<(String, f64)>,
    /// The layer whose rollouts never share a person, with the share for this one: `offers:40%`.
    #[arg(long, value_parser = words::layer, value_name = "NAME:SHARE")]
    pub layer: Option<LayerShare>,
    /// Who takes part, e.g. `region=de,at`, `channel!=sms` or `orders>=3`; may be given more than
    /// once, and all must hold.
    #[arg(long, value_parser = words::condition, value_name = "CONDITION")]
    pub only: Vec<Condition>,
    /// How time is cut, where it is.
    #[command(flatten)]
    pub switchback: switchback::SwitchbackArgs,
    /// Nobody gets the new release: it is filled in beside what is live, and what differs is counted.
    #[arg(long, conflicts_with_all = ["goal", "guard", "further", "external_assignment", "layer"])]
    pub shadow: bool,
    /// The application assigns units itself and reports the arm.
    #[arg(long)]
    pub external_assignment: bool,
    /// Why, for the audit log.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub reason: String,
}

/// `variorum rollouts …`
pub(crate) fn run(command: RolloutsCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        RolloutsCommand::List { open, limit } => list::run(open, limit, console),
        RolloutsCommand::Start(args) => start::run(*args, console),
        RolloutsCommand::Plan(args) => plan::run(&args, console),
        RolloutsCommand::Show(args) => show::run(args.number, console),
        RolloutsCommand::HoldOut(args) => hold_out::run(*args, console),
        RolloutsCommand::Shadow(args) => shadow::run(args.number, console),
        RolloutsCommand::Replay(args) => replay::run(args.number, console),
        RolloutsCommand::Watch(args) => watch::run(args.number, console),
        RolloutsCommand::Advance(args) => act("advance", args, console),
        RolloutsCommand::Pause(args) => act("pause", args, console),
        RolloutsCommand::Resume(args) => act("resume", args, console),
        RolloutsCommand::Finish(args) => finish(args, console),
        RolloutsCommand::Ask(args) => decide::ask(args, console),
        RolloutsCommand::Confirm(args) => decide::answer("confirm", args, console),
        RolloutsCommand::Decline(args) => decide::answer("decline", args, console),
        RolloutsCommand::RollBack(RollBackArgs { number, reason }) => {
            act("roll-back", ActArgs { number, reason }, console)
        }
    }
}

fn act(verb: &str, args: ActArgs, console: &Console) -> Result<ExitCode, CliError> {
    let number = args.number.to_string();
    let body = Reason {
        reason: args.reason,
    };
    let answer = console.client.post(&["rollouts", &number, verb], &body)?;
    console.show(&answer, |rollout: &Rollout| vec![state(rollout)])
}

fn finish(args: FinishArgs, console: &Console) -> Result<ExitCode, CliError> {
    let number = args.number.to_string();
    let body = FinishRollout {
        arm: args.arm,
        reason: args.reason,
    };
    let answer = console
        .client
        .post(&["rollouts", &number, "finish"], &body)?;
    console.show(&answer, |rollout: &Rollout| vec![state(rollout)])
}

/// Where a rollout stands, in one line.
fn state(rollout: &Rollout) -> String {
    let number = rollout.number;
    let release = |number: i64| format!("everybody gets release {number}");
    match (rollout.state.as_str(), rollout.design.as_str()) {
        ("finished", "hold-out") => format!("R-{number} is over: those held out get what is live."),
        ("running", "hold-out") => format!(
            "R-{number} holds out {} of everybody.",
            layout::share(rollout.arms.first().map_or(0, |arm| arm.share))
        ),
        ("running", "shadow") => {
            format!(
                "R-{number} is in the shadow: nobody gets release {}.",
                rollout.treatment
            )
        }
        ("running", "switchback") => format!(
            "R-{number} is a switchback: in each window everybody gets release {} or {}.",
            rollout.control, rollout.treatment
        ),
        ("finished", _) => format!("R-{number} is finished: {}.", release(won(rollout))),
        ("rolled-back", _) => format!("R-{number} is rolled back: {}.", release(rollout.control)),
        (state, _) => format!(
            "R-{number} is {state} at stage {} of {}: {} of everybody take part.",
            rollout.stage + 1,
            rollout.stages.len(),
            layout::share(rollout.coverage)
        ),
    }
}

/// The release that everybody gets since it was finished.
fn won(rollout: &Rollout) -> i64 {
    let arm = rollout.ending.as_ref().and_then(|ending| ending.arm);
    let mut arms = rollout.arms.iter();
    arms.find(|one| Some(one.arm) == arm)
        .map_or(rollout.treatment, |one| one.release)
}

#[cfg(test)]
mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_where_a_rollout_stands() {
        let mut rollout = samples::rollout();
        assert_eq!(
            state(&rollout),
            "R-4 is running at stage 1 of 2: 10 % of everybody take part."
        );
        rollout.state = "rolled-back".into();
        assert_eq!(
            state(&rollout),
            "R-4 is rolled back: everybody gets release 11."
        );
        rollout.state = "finished".into();
        assert_eq!(
            state(&rollout),
            "R-4 is finished: everybody gets release 12."
        );
    }
}
