//! Sending exposures and outcomes.

mod batches;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Number, Value};
use variorum_api_types::events::{Event, EventRejected, EventsAccepted};

use self::batches::{Batch, Place};
use super::console::Console;
use super::{files, layout, words};
use crate::error::CliError;
use crate::output;

/// Refused events that are told one by one; JSON tells all.
const REJECTED_SHOWN: usize = 20;

/// What to send.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Sends events from a file: one JSON object a line, or one JSON array.
    #[command(
        after_help = "Example: variorum events send outcomes.ndjson\n\nEvents are counted once by \
            their id, so that sending a file again is safe.\nExits with 2 where an event was \
            rejected."
    )]
    Send {
        /// The file, or `-` for standard input.
        file: PathBuf,
    },
    /// Sends one outcome: something happened to a unit.
    Outcome(OutcomeArgs),
    /// Sends one exposure: a unit got a version.
    Exposure(ExposureArgs),
}

/// An outcome.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum events outcome --unit customer-17 --kpi revenue --value 12.34"
)]
pub(crate) struct OutcomeArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// The KPI, as `library.yaml` names it.
    #[arg(long)]
    pub kpi: String,
    /// How much, in the KPI's unit; 1 where not given.
    #[arg(long, allow_hyphen_values = true, value_name = "N")]
    pub value: Option<Number>,
    /// The currency of the value, e.g. `USD`; the KPI's where not given.
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
}

/// An exposure.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum events exposure --unit customer-17 --rollout R-4 --arm treatment \
        --id ID\n\nThe id is the `exposure` that `variorum resolve` answered."
)]
pub(crate) struct ExposureArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// The rollout.
    #[arg(long, value_parser = words::rollout, requires = "arm", value_name = "N")]
    pub rollout: Option<i64>,
    /// What the unit got: `control` (0) or `treatment` (1).
    #[arg(long, value_parser = words::arm, requires = "rollout")]
    pub arm: Option<u8>,
}

/// What both kinds of events have.
#[derive(Debug, Args)]
pub(crate) struct CommonArgs {
    /// The customer, lead or session.
    #[arg(long)]
    pub unit: String,
    /// The event's id, by which it is counted once; a new one where not given.
    #[arg(long)]
    pub id: Option<String>,
    /// The prompt, where known.
    #[arg(long)]
    pub prompt: Option<String>,
    /// The channel.
    #[arg(long)]
    pub channel: Option<String>,
    /// When it happened, RFC 3339; now where not given.
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
}

/// `variorum events …`
pub(crate) fn run(command: EventsCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        EventsCommand::Send { file } => send(&file, console),
        EventsCommand::Outcome(args) => one(outcome(args)?, console),
        EventsCommand::Exposure(args) => one(exposure(args)?, console),
    }
}

fn outcome(args: OutcomeArgs) -> Result<Event, CliError> {
    let mut event = event("outcome", args.common)?;
    event.kpi = Some(args.kpi);
    event.value = args.value.map(Value::Number);
    event.currency = args.currency;
    Ok(event)
}

fn exposure(args: ExposureArgs) -> Result<Event, CliError> {
    let mut event = event("exposure", args.common)?;
    event.rollout = args.rollout;
    event.arm = args.arm;
    Ok(event)
}

fn event(kind: &str, common: CommonArgs) -> Result<Event, CliError> {
    let CommonArgs {
        unit,
        id,
        prompt,
        channel,
        time,
    } = common;
    let id = id.map_or_else(new_id, Ok)?;
    let kind = kind.to_owned();
    Ok(Event {
        id,
        kind,
        time,
        unit,
        prompt,
        rollout: None,
        arm: None,
        kpi: None,
        value: None,
        currency: None,
        channel,
        attributes: None,
    })
}

fn new_id() -> Result<String, CliError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| CliError::internal("the system gives no random numbers", error))?;
    Ok(format!("cli-{:032x}", u128::from_be_bytes(bytes)))
}

fn one(event: Event, console: &Console) -> Result<ExitCode, CliError> {
    let id = event.id.clone();
    let answer = console.client.post(&["events"], &[event])?;
    let result: EventsAccepted = answer.read()?;
    if console.json {
        output::json(answer.json());
    } else {
        let rejected = result.rejected.first();
        output::line(match (rejected, result.duplicate) {
            (Some(why), _) => format!("Event {id} was rejected ({}): {}", why.code, why.message),
            (None, 0) => format!("Event {id} was accepted."),
            (None, _) => format!("Event {id} was known already and is not counted again."),
        });
    }
    Ok(exit_code(&result))
}

/// Sends a file batch by batch, however large it is.
fn send(path: &std::path::Path, console: &Console) -> Result<ExitCode, CliError> {
    let mut total = EventsAccepted {
        accepted: 0,
        duplicate: 0,
        rejected: Vec::new(),
    };
    let mut places = Vec::new();
    let mut progress = |batch: Batch| -> Result<(), CliError> {
        let taken = total.accepted + total.duplicate;
        let answer = if batch.events.is_empty() {
            EventsAccepted {
                accepted: 0,
                duplicate: 0,
                rejected: Vec::new(),
            }
        } else {
            post(&batch, console).map_err(|error| interrupted(error, taken))?
        };
        add(&mut total, &mut places, &batch, answer);
        if !console.json && batch.is_one_of_many() {
            let sent = total.accepted + total.duplicate + total.rejected.len();
            output::note(format!("{} sent …", layout::plural(sent as u64, "event")));
        }
        Ok(())
    };
    batches::read(path, files::open(path)?, &mut progress)?;
    if console.json {
        output::json(&total);
    } else {
        output::lines(&text(&total, &places));
    }
    Ok(exit_code(&total))
}

fn post(batch: &Batch, console: &Console) -> Result<EventsAccepted, CliError> {
    console.client.post(&["events"], &batch.events)?.read()
}

fn interrupted(error: CliError, done: usize) -> CliError {
    let mut error = error;
    let done = layout::plural(done as u64, "event");
    error.details.push(format!(
        "{done} were taken before; sending the file again counts none twice"
    ));
    error
}

/// Adds the answer for one batch; places in the batch become places in the file.
fn add(total: &mut EventsAccepted, places: &mut Vec<Place>, batch: &Batch, answer: EventsAccepted) {
    total.accepted += answer.accepted;
    total.duplicate += answer.duplicate;
    let place = |index: usize| batch.places.get(index).copied().unwrap_or_default();
    let by_server = answer
        .rejected
        .into_iter()
        .map(|why| (place(why.index), why));
    let unreadable = batch.unreadable.iter().map(|(place, message)| {
        let (code, message) = ("bad-json".to_owned(), message.clone());
        (
            *place,
            EventRejected {
                index: place.index,
                code,
                message,
            },
        )
    });
    let mut all: Vec<(Place, EventRejected)> = by_server.chain(unreadable).collect();
    all.sort_by_key(|(place, _)| place.index);
    for (place, why) in all {
        total.rejected.push(EventRejected {
            index: place.index,
            ..why
        });
        places.push(place);
    }
}

fn text(total: &EventsAccepted, places: &[Place]) -> Vec<String> {
    let number = |number: usize| layout::grouped(number as u64);
    let mut lines = vec![format!(
        "{} accepted, {} known already, {} rejected",
        number(total.accepted),
        number(total.duplicate),
        number(total.rejected.len())
    )];
    let rejected = total.rejected.iter().zip(places).take(REJECTED_SHOWN);
    lines.extend(
        rejected.map(|(rejected, place)| {
            format!("  {place}: {} ({})", rejected.message, rejected.code)
        }),
    );
    if total.rejected.len() > REJECTED_SHOWN {
        let more = number(total.rejected.len() - REJECTED_SHOWN);
        lines.push(format!("  and {more} more; `--json` prints all"));
    }
    lines
}

fn exit_code(result: &EventsAccepted) -> ExitCode {
    if result.rejected.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn common() -> CommonArgs {
        let unit = "u".to_owned();
        CommonArgs {
            unit,
            id: Some("e-1".into()),
            prompt: None,
            channel: None,
            time: None,
        }
    }

    #[test]
    fn an_outcome_says_what_happened() {
        let value = serde_json::from_str("12.34").unwrap();
        let args = OutcomeArgs {
            currency: None,
            common: common(),
            kpi: "revenue".into(),
            value: Some(value),
        };
        let event = serde_json::to_value(outcome(args).unwrap()).unwrap();
        assert_eq!(event["type"], "outcome");
        assert_eq!(
            (&event["id"], &event["kpi"]),
            (&json!("e-1"), &json!("revenue"))
        );
        assert_eq!(event["value"], json!(12.34));
    }

    #[test]
    fn ids_that_are_made_up_differ() {
        let id = || new_id().unwrap();
        assert_ne!(id(), id());
        assert_eq!(id().len(), 36);
    }

    #[test]
    fn refusals_of_every_batch_are_told_by_their_place_in_the_file() {
        let mut total = EventsAccepted {
            accepted: 10,
            duplicate: 1,
            rejected: Vec::new(),
        };
        let mut places = Vec::new();
        let mut batch = Batch::default();
        let place = |index, line| Place {
            index,
            line: Some(line),
        };
        batch.places = vec![place(11, 14), place(13, 17)];
        batch.unreadable = vec![(place(12, 16), "no JSON".into())];
        let rejected = vec![EventRejected {
            index: 1,
            code: "missing-field".into(),
            message: "`unit` is missing or empty".into(),
        }];
        let answer = EventsAccepted {
            accepted: 1,
            duplicate: 0,
            rejected,
        };
        add(&mut total, &mut places, &batch, answer);
        assert_eq!(
            text(&total, &places),
            [
                "11 accepted, 1 known already, 2 rejected",
                "  line 16: no JSON (bad-json)",
                "  line 17: `unit` is missing or empty (missing-field)",
            ]
        );
        assert_eq!((total.rejected[0].index, total.rejected[1].index), (12, 13));
        assert_eq!(
            format!("{:?}", exit_code(&total)),
            format!("{:?}", ExitCode::from(2))
        );
    }
}
