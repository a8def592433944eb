//! Sources: places elsewhere whose signed webhooks become events.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use variorum_api_types::releases::Reason;
use variorum_api_types::sources::{
    EditSource, FieldFrom, NewSource, RotateSource, Source, SourceDetail, SourceReads,
    SourceReceipt, SourceSecret, SourceTrial, SourceTried,
};

use super::console::Console;
use super::{files, layout};
use crate::error::CliError;

/// Fields that may be said with `--map` and `--set`.
const FIELDS: &str = "kpi, unit, value, currency, time, id, channel, prompt, rollout, arm";

/// What to do with sources.
#[derive(Debug, Subcommand)]
pub(crate) enum SourcesCommand {
    /// Lists the sources and what came from them last.
    #[command(after_help = "Example: variorum sources list")]
    List,
    /// Shows one source with its last deliveries.
    #[command(after_help = "Example: variorum sources show shop")]
    Show {
        /// Which.
        name: String,
    },
    /// Adds a source and prints its secret once.
    Add(Box<AddArgs>),
    /// Changes how a source's bodies are read.
    Change(Box<ChangeArgs>),
    /// Says what a body would come to; nothing is stored.
    Try(Box<TryArgs>),
    /// Gives a source another secret; the one before counts for another day.
    Rotate(RotateArgs),
    /// Takes nothing from a source for the time being; senders try again later.
    #[command(after_help = "Example: variorum sources pause shop --reason \"Wrong amounts\"")]
    Pause(NamedArgs),
    /// Takes deliveries of a source again.
    #[command(after_help = "Example: variorum sources resume shop")]
    Resume(NamedArgs),
    /// Takes a source away; what came from there stays.
    #[command(after_help = "Example: variorum sources remove shop --reason \"The shop has moved\"")]
    Remove(NamedArgs),
}

/// Which source, and why.
#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    /// Which.
    pub name: String,
    /// Why, for the audit log.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub reason: String,
}

/// How bodies are read.
#[derive(Debug, Args, Default)]
pub(crate) struct ReadsArgs {
    /// Everything below as a JSON file, as `variorum sources show --json` prints it under `reads`.
    #[arg(long, value_name = "FILE")]
    pub reads: Option<PathBuf>,
    /// Where a field stands in an item, as a JSON pointer: kpi (the name of the event), unit, value,
    /// currency, time, id, channel, prompt, rollout, arm. With `body:` before it, in the whole body.
    #[arg(long, value_name = "FIELD=POINTER")]
    pub map: Vec<String>,
    /// A field that is the same for every event.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// To which KPIs a name of events leads; `exposure` makes an exposure, `*` stands for every other
    /// name.
    #[arg(long, value_name = "NAME=KPI,KPI")]
    pub lead: Vec<String>,
    /// A further fact that is kept: the name under which, and where it stands.
    #[arg(long, value_name = "NAME=POINTER")]
    pub keep: Vec<String>,
    /// Where the list of items stands in a body that holds several.
    #[arg(long, value_name = "POINTER")]
    pub items: Option<String>,
    /// How times are written: rfc3339, epoch-s, epoch-ms, epoch-us, local, or a pattern.
    #[arg(long, value_name = "FORMAT")]
    pub time_format: Option<String>,
    /// The zone of times that name none.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Values are whole numbers of the smallest unit, such as cents.
    #[arg(long)]
    pub minor_units: bool,
}

/// A source to be added.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum sources add shop --map kpi=/type --lead order.paid=order,revenue \\\n         \
                  --map unit=/data/customer --map value=/data/total --map id=/data/id\nExample: variorum \
                  sources add crm --scheme hub --map unit=/contact --set kpi=signup\n\nThe secret is \
                  printed once. Where the sender makes it, put it into VARIORUM_SOURCE_SECRET."
)]
pub(crate) struct AddArgs {
    /// The name it gets: lower-case letters, digits and `-`.
    pub name: String,
    /// The environment of which it tells.
    #[arg(long, default_value = "production", value_name = "NAME")]
    pub environment: String,
    /// In which way its deliveries are signed.
    #[arg(long, default_value = "standard", value_parser = PossibleValuesParser::new(["standard", "hub", "stripe", "shopify"]))]
    pub scheme: String,
    /// The secret, where the sender made it.
    #[arg(
        long,
        env = "VARIORUM_SOURCE_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub secret: Option<String>,
    /// How its bodies are read.
    #[command(flatten)]
    pub how: ReadsArgs,
}

/// A source to be changed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum sources change shop --lead order.refunded=refund --keep country=/data/country"
)]
pub(crate) struct ChangeArgs {
    /// Which.
    pub name: String,
    /// The environment of which it tells.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// How its bodies are read.
    #[command(flatten)]
    pub how: ReadsArgs,
}

/// A body to be tried.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum sources try delivery.json --source shop\nExample: variorum sources \
                  try delivery.json --map kpi=/type --map unit=/data/customer\n\nExits with 2 where an \
                  event would be refused."
)]
pub(crate) struct TryArgs {
    /// A file with the body; `-` reads standard input.
    pub file: PathBuf,
    /// Reads it as this source does, with the changes that are given.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// How it is read.
    #[command(flatten)]
    pub how: ReadsArgs,
}

/// A source that is to get another secret.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum sources rotate shop\nExample: variorum sources rotate shop --at-once\n\n\
                  The secret is printed once. Where the sender makes it, put it into VARIORUM_SOURCE_SECRET."
)]
pub(crate) struct RotateArgs {
    /// Which.
    pub name: String,
    /// The secret before does not count from now on: it has become known.
    #[arg(long)]
    pub at_once: bool,
    /// The secret, where the sender made it.
    #[arg(
        long,
        env = "VARIORUM_SOURCE_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub secret: Option<String>,
}

/// `variorum sources …`
pub(crate) fn run(command: SourcesCommand, console: &Console) -> Result<ExitCode, CliError> {
    let client = &console.client;
    match command {
        SourcesCommand::List => {
            let answer = client.get(&["sources"])?;
            console.show(&answer, |all: &Vec<Source>| list(all))
        }
        SourcesCommand::Show { name } => {
            let answer = client.get(&["sources", &name])?;
            console.show(&answer, show)
        }
        SourcesCommand::Add(args) => {
            let body = NewSource {
                name: args.name,
                environment: args.environment,
                scheme: args.scheme,
                reads: changed(SourceReads::default(), &args.how)?,
                secret: args.secret,
            };
            let answer = client.post(&["sources"], &body)?;
            console.show(&answer, secret)
        }
        SourcesCommand::Change(args) => {
            let before: SourceDetail = client.get(&["sources", &args.name])?.read()?;
            let body = EditSource {
                environment: args.environment.unwrap_or(before.source.environment),
                reads: changed(before.source.reads, &args.how)?,
                revision: Some(before.source.revision),
            };
            let answer = client.patch(&["sources", &args.name], &body)?;
            console.show(&answer, |source: &Source| facts(source))
        }
        SourcesCommand::Try(args) => try_out(&args, console),
        SourcesCommand::Rotate(args) => {
            let body = RotateSource {
                secret: args.secret,
                at_once: args.at_once,
            };
            let answer = client.post(&["sources", &args.name, "rotate"], &body)?;
            console.show(&answer, secret)
        }
        SourcesCommand::Pause(args) => act(console, args, "pause"),
        SourcesCommand::Resume(args) => act(console, args, "resume"),
        SourcesCommand::Remove(NamedArgs { name, reason }) => {
            let answer = client.delete(&["sources", &name], &Reason { reason })?;
            Ok(console.done(&answer, format!("Source `{name}` is gone.")))
        }
    }
}

fn act(console: &Console, args: NamedArgs, act: &str) -> Result<ExitCode, CliError> {
    let body = Reason {
        reason: args.reason,
    };
    let answer = console.client.post(&["sources", &args.name, act], &body)?;
    console.show(&answer, |source: &Source| {
        vec![format!("Source `{}` is {}.", source.name, source.state)]
    })
}

fn try_out(args: &TryArgs, console: &Console) -> Result<ExitCode, CliError> {
    let (name, environment, reads) = match &args.source {
        Some(name) => {
            let known: SourceDetail = console.client.get(&["sources", name])?.read()?;
            let known = known.source;
            (known.name, known.environment, known.reads)
        }
        None => (
            "trial".to_owned(),
            "production".to_owned(),
            SourceReads::default(),
        ),
    };
    let trial = SourceTrial {
        name,
        environment,
        reads: changed(reads, &args.how)?,
        body: files::read(&args.file)?,
    };
    let answer = console.client.post(&["source-trials"], &trial)?;
    let found: SourceTried = answer.read()?;
    console.show(&answer, tried)?;
    let refused = found.items.iter().any(|item| item.refused.is_some());
    Ok(if refused {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}

/// How bodies were read, with what was said about it.
fn changed(reads: SourceReads, args: &ReadsArgs) -> Result<SourceReads, CliError> {
    let mut reads = match &args.reads {
        None => reads,
        Some(file) => serde_json::from_str(&files::read(file)?).map_err(|error| {
            CliError::user(
                format!(
                    "`{}` does not say how bodies are read: {error}",
                    file.display()
                ),
                "take what `variorum sources show --json` prints under `reads`",
            )
        })?,
    };
    for text in &args.map {
        let (field, pointer) = pair(text)?;
        let from = (!pointer.is_empty()).then(|| FieldFrom {
            pointer: Some(pointer.to_owned()),
            constant: None,
        });
        *place(&mut reads, field)? = from;
    }
    for text in &args.set {
        let (field, value) = pair(text)?;
        *place(&mut reads, field)? = Some(FieldFrom {
            pointer: None,
            constant: Some(value.to_owned()),
        });
    }
    for text in &args.lead {
        let (name, kpis) = pair(text)?;
        let kpis = kpis.split(',').map(str::trim).filter(|kpi| !kpi.is_empty());
        let kpis: Vec<String> = kpis.map(str::to_owned).collect();
        if kpis.is_empty() {
            reads.names.remove(name);
        } else {
            reads.names.insert(name.to_owned(), kpis);
        }
    }
    for text in &args.keep {
        let (name, pointer) = pair(text)?;
        if pointer.is_empty() {
            reads.attributes.remove(name);
        } else {
            reads.attributes.insert(name.to_owned(), pointer.to_owned());
        }
    }
    if let Some(items) = &args.items {
        reads.items.clone_from(items);
    }
    if let Some(format) = &args.time_format {
        reads.time_format.clone_from(format);
    }
    if let Some(zone) = &args.zone {
        reads.zone.clone_from(zone);
    }
    reads.minor_units |= args.minor_units;
    Ok(reads)
}

fn pair(text: &str) -> Result<(&str, &str), CliError> {
    text.split_once('=').ok_or_else(|| {
        CliError::user(
            format!("`{text}` has no `=`"),
            "write it like `--map unit=/data/customer`",
        )
    })
}

fn place<'a>(
    reads: &'a mut SourceReads,
    field: &str,
) -> Result<&'a mut Option<FieldFrom>, CliError> {
    Ok(match field {
        "kpi" => &mut reads.kpi,
        "unit" => &mut reads.unit,
        "value" => &mut reads.value,
        "currency" => &mut reads.currency,
        "time" => &mut reads.time,
        "id" => &mut reads.id,
        "channel" => &mut reads.channel,
        "prompt" => &mut reads.prompt,
        "rollout" => &mut reads.rollout,
        "arm" => &mut reads.arm,
        other => {
            return Err(CliError::user(
                format!("there is no field `{other}`"),
                format!("take one of {FIELDS}; `--keep` keeps further facts"),
            ));
        }
    })
}

fn last(receipt: Option<&SourceReceipt>) -> String {
    receipt.map_or_else(
        || "nothing yet".to_owned(),
        |one| format!("{} {}", layout::moment(&one.at), one.state),
    )
}

fn list(all: &[Source]) -> Vec<String> {
    if all.is_empty() {
        return vec![
            "There is no source. `variorum sources add --help` shows how to make one.".to_owned(),
        ];
    }
    let row = |source: &Source| {
        vec![
            source.name.clone(),
            source.environment.clone(),
            source.state.clone(),
            last(source.last.as_ref()),
            source.url.clone(),
        ]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    layout::table(
        &["Name", "Environment", "State", "Last delivery", "Address"],
        &rows,
    )
}

fn facts(source: &Source) -> Vec<String> {
    let reads = &source.reads;
    let from = |field: &Option<FieldFrom>| {
        let field = field.as_ref();
        let pointer = field.and_then(|from| from.pointer.clone());
        let constant = field.and_then(|from| {
            from.constant
                .as_ref()
                .map(|text| format!("always `{text}`"))
        });
        pointer.or(constant).unwrap_or_default()
    };
    let names = reads
        .names
        .iter()
        .map(|(name, kpis)| format!("{name} -> {}", kpis.join(", ")));
    let names: Vec<String> = names.collect();
    let kept = reads
        .attributes
        .iter()
        .map(|(name, pointer)| format!("{name}={pointer}"));
    let kept: Vec<String> = kept.collect();
    let before = source.secret_before_until.as_deref();
    layout::labelled(&[
        ("Name", source.name.clone()),
        ("Address", source.url.clone()),
        ("Environment", source.environment.clone()),
        ("Signed", source.scheme.clone()),
        ("State", source.state.clone()),
        (
            "Old secret until",
            before.map(layout::moment).unwrap_or_default(),
        ),
        ("Items", reads.items.clone()),
        ("Event name", from(&reads.kpi)),
        ("Leads to", names.join("; ")),
        ("Unit", from(&reads.unit)),
        ("Value", from(&reads.value)),
        ("Currency", from(&reads.currency)),
        ("Time", from(&reads.time)),
        ("Id", from(&reads.id)),
        ("Channel", from(&reads.channel)),
        ("Prompt", from(&reads.prompt)),
        ("Rollout", from(&reads.rollout)),
        ("Arm", from(&reads.arm)),
        ("Kept", kept.join("; ")),
    ])
}

fn show(shown: &SourceDetail) -> Vec<String> {
    let mut lines = facts(&shown.source);
    lines.push(String::new());
    if shown.deliveries.is_empty() {
        lines.push("Nothing has arrived yet.".to_owned());
        return lines;
    }
    let row = |one: &SourceReceipt| {
        vec![
            layout::moment(&one.at),
            one.state.clone(),
            one.accepted.to_string(),
            one.duplicate.to_string(),
            one.ignored.to_string(),
            one.refused.to_string(),
            one.reason.clone(),
        ]
    };
    let rows: Vec<_> = shown.deliveries.iter().map(row).collect();
    lines.extend(layout::table(
        &[
            "Arrived",
            "State",
            "New",
            "Known",
            "Left alone",
            "Refused",
            "Why",
        ],
        &rows,
    ));
    lines
}

fn secret(made: &SourceSecret) -> Vec<String> {
    let mut lines = vec![format!("Deliveries go to  {}", made.source.url)];
    if let Some(secret) = &made.secret {
        lines.push(format!("Signed with       {secret}"));
        lines.push("The secret is shown this once. Put it into the sender's settings.".to_owned());
    }
    if let Some(until) = &made.source.secret_before_until {
        lines.push(format!(
            "The secret before counts until {}.",
            layout::moment(until)
        ));
    }
    lines
}

fn tried(found: &SourceTried) -> Vec<String> {
    let mut lines = vec![found.sentence.clone(), String::new()];
    for item in &found.items {
        let place = item.index + 1;
        lines.push(match (&item.event, &item.refused) {
            (Some(event), _) if event.kind == "exposure" => {
                format!(
                    "{place}. {} saw {} at {}",
                    event.unit, event.prompt, event.time
                )
            }
            (Some(event), _) => format!(
                "{place}. {} of {} for {} at {}, id {}",
                event.value, event.kpi, event.unit, event.time, event.id
            ),
            (None, Some(refused)) => format!("{place}. refused: {}", refused.message),
            (None, None) => format!("{place}. left alone: no KPI asks for it"),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_is_said_changes_how_bodies_are_read() {
        let args = ReadsArgs {
            map: words(&["kpi=/type", "unit=/data/customer", "channel="]),
            set: words(&["currency=EUR"]),
            lead: words(&["order.paid=order, revenue", "old="]),
            keep: words(&["country=/data/country"]),
            items: Some("/events".into()),
            minor_units: true,
            ..ReadsArgs::default()
        };
        let before = SourceReads {
            names: [("old".to_owned(), vec!["order".to_owned()])].into(),
            channel: Some(FieldFrom::default()),
            ..SourceReads::default()
        };
        let reads = changed(before, &args).unwrap();
        assert_eq!(
            reads.unit.unwrap().pointer.as_deref(),
            Some("/data/customer")
        );
        assert_eq!(reads.currency.unwrap().constant.as_deref(), Some("EUR"));
        assert_eq!(reads.channel, None);
        assert_eq!(reads.names.len(), 1);
        assert_eq!(reads.names["order.paid"], ["order", "revenue"]);
        assert_eq!((reads.items.as_str(), reads.minor_units), ("/events", true));
        for odd in ["unit", "moon=/x"] {
            let args = ReadsArgs {
                map: words(&[odd]),
                ..ReadsArgs::default()
            };
            assert!(changed(SourceReads::default(), &args).is_err(), "{odd}");
        }
    }
}
