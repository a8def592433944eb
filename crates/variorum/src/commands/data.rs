//! Data in and out: tables of events, exports, the erasure of a unit.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::data::{
    EraseUnit, Erased, ExportQuery, Mapping, Origin, Quality, QualityQuery, QualitySource, Upload,
    UploadQuery,
};

use super::console::Console;
use super::{files, layout, words};
use crate::error::CliError;
use crate::output;

/// What to do with data.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Loads a table of events: CSV, NDJSON or Parquet.
    Upload(Box<UploadArgs>),
    /// Writes events or results into a file.
    Export(ExportArgs),
    /// Says how good the data is that arrives, and what needs attention.
    #[command(
        after_help = "Example: variorum data quality --hours 24\n\nExits with 2 where something \
        serious was found."
    )]
    Quality {
        /// Hours to look back upon.
        #[arg(long, value_name = "N")]
        hours: Option<i64>,
    },
    /// Makes the events of a unit anonymous, for good. The numbers stay what they were.
    EraseUnit(EraseArgs),
}

/// What to load, and how to read it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum data upload clicks.csv --dry-run\nExample: variorum data upload \
        clicks.csv --map unit=customer --map time=when --time-format \"%d.%m.%Y %H:%M\" --zone \
        Europe/Berlin --set kpi=order\n\nWhat is not said is guessed from the names of the columns; \
        look at it with `--dry-run`. The same file loaded again changes nothing.\nExits with 2 where \
        a row was refused."
)]
pub(crate) struct UploadArgs {
    /// The file.
    pub file: PathBuf,
    /// Only says what would become of it.
    #[arg(long)]
    pub dry_run: bool,
    /// Which column a field comes from: id, type, time, unit, prompt, rollout, arm, kpi, value,
    /// currency, channel; any other name keeps the column as an attribute. Give an empty column to leave a
    /// field out.
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub map: Vec<String>,
    /// A field that is the same for every row.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// The whole mapping as a JSON file, as a dry run prints it with `--json`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["map", "set"])]
    pub mapping: Option<PathBuf>,
    /// How times are written: rfc3339, epoch-s, epoch-ms, epoch-us, local, or a pattern.
    #[arg(long, value_name = "FORMAT")]
    pub time_format: Option<String>,
    /// The zone of times that name none.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// A word that stands for an exposure in the column of types.
    #[arg(long, value_name = "WORD")]
    pub exposure_word: Vec<String>,
    /// Values are whole numbers of the smallest unit, such as cents.
    #[arg(long)]
    pub minor_units: bool,
    /// csv, ndjson or parquet; found out where not given.
    #[arg(long)]
    pub format: Option<String>,
    /// Takes events that are more than 45 days old.
    #[arg(long)]
    pub backfill: bool,
}

/// What to write.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum data export events --kpi revenue --from 2026-11-01 --out events.parquet\n\
        Example: variorum data export results --out results.csv\nExample: variorum data export results \
        --rollout R-12 --by channel --out parts.csv\n\nThe ending of the file says which \
        format: .csv, .ndjson or .parquet."
)]
pub(crate) struct ExportArgs {
    /// `events` or `results`.
    #[arg(value_parser = ["events", "results"])]
    pub what: String,
    /// The file; CSV to standard output where not given.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Not before this time.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Before this time.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Only `exposure` or `outcome`.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// Only of this prompt.
    #[arg(long)]
    pub prompt: Option<String>,
    /// Only of this KPI.
    #[arg(long)]
    pub kpi: Option<String>,
    /// Only of this channel.
    #[arg(long)]
    pub channel: Option<String>,
    /// Only of this rollout.
    #[arg(long, value_parser = words::rollout, value_name = "N")]
    pub rollout: Option<i64>,
    /// For results of one rollout: also those of its parts, by channel, returning or attributes of the
    /// exposures, with commas between them.
    #[arg(long, value_name = "KEYS", requires = "rollout")]
    pub by: Option<String>,
}

/// Whose events.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum data erase-unit customer-17 --dry-run\nExample: variorum data \
        erase-unit customer-17 --reason \"request 4711\" --yes\n\nIt cannot be taken back. The reason \
        stays in the audit log and must not hold the id."
)]
pub(crate) struct EraseArgs {
    /// The unit's id, exactly as it was sent.
    pub unit: String,
    /// Why, without the id.
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Only counts the unit's events.
    #[arg(long)]
    pub dry_run: bool,
    /// Says that it is meant.
    #[arg(long, required_unless_present = "dry_run")]
    pub yes: bool,
}

/// `variorum data …`
pub(crate) fn run(command: DataCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        DataCommand::Upload(args) => upload(&args, console),
        DataCommand::Export(args) => export(args, console),
        DataCommand::Quality { hours } => quality(hours, console),
        DataCommand::EraseUnit(args) => erase(args, console),
    }
}

fn upload(args: &UploadArgs, console: &Console) -> Result<ExitCode, CliError> {
    let mut query = UploadQuery {
        dry_run: true,
        name: args
            .file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned()),
        format: args.format.clone().or_else(|| ending(&args.file)),
        backfill: args.backfill,
        progress: None,
        mapping: None,
    };
    let send = |query: &UploadQuery| console.client.send_file(&["uploads"], query, &args.file);
    let mapping = match &args.mapping {
        Some(file) => {
            let text = files::read(file)?;
            serde_json::from_str::<Mapping>(&text).map_err(|error| {
                CliError::user(
                    format!("`{}` is no mapping: {error}", file.display()),
                    "take the `mapping` that a dry run prints with `--json`",
                )
            })?
        }
        None => {
            let guessed: Upload = send(&query)?.read()?;
            corrected(guessed.mapping, args)?
        }
    };
    let text = serde_json::to_string(&mapping)
        .map_err(|error| CliError::internal("the mapping cannot be written", error))?;
    query.mapping = Some(text);
    query.dry_run = args.dry_run;
    let answer = send(&query)?;
    let done: Upload = answer.read()?;
    console.show(&answer, |done: &Upload| shown(done))?;
    Ok(if done.refused > 0 {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}

fn ending(file: &Path) -> Option<String> {
    let ending = file.extension()?.to_str()?.to_ascii_lowercase();
    let known = ["csv", "tsv", "ndjson", "jsonl", "parquet"];
    known.contains(&ending.as_str()).then_some(ending)
}

fn pair(text: &str) -> Result<(&str, &str), CliError> {
    text.split_once('=').ok_or_else(|| {
        CliError::user(
            format!("`{text}` has no `=`"),
            "write it like `--map unit=customer_id`",
        )
    })
}

/// The guessed mapping with what was said about it.
fn corrected(mut mapping: Mapping, args: &UploadArgs) -> Result<Mapping, CliError> {
    for text in &args.map {
        let (field, column) = pair(text)?;
        let origin = (!column.is_empty()).then(|| Origin {
            column: Some(column.to_owned()),
            constant: None,
        });
        if origin.is_some() {
            // A column that is a field is no attribute beside it.
            mapping.attributes.retain(|_, kept| kept != column);
        }
        match (place(&mut mapping, field), origin) {
            (Some(place), origin) => *place = origin,
            (None, Some(_)) => {
                mapping
                    .attributes
                    .insert(field.to_owned(), column.to_owned());
            }
            (None, None) => {
                mapping.attributes.remove(field);
            }
        }
    }
    for text in &args.set {
        let (field, value) = pair(text)?;
        let place = place(&mut mapping, field).ok_or_else(|| {
            CliError::user(
                format!("there is no field `{field}`"),
                "set one of id, type, time, unit, prompt, rollout, arm, kpi, value, currency, channel",
            )
        })?;
        *place = Some(Origin {
            column: None,
            constant: Some(value.to_owned()),
        });
    }
    if let Some(format) = &args.time_format {
        mapping.time_format.clone_from(format);
    }
    if let Some(zone) = &args.zone {
        mapping.zone.clone_from(zone);
    }
    if !args.exposure_word.is_empty() {
        mapping.exposure_words.clone_from(&args.exposure_word);
    }
    mapping.minor_units |= args.minor_units;
    Ok(mapping)
}

fn place<'a>(mapping: &'a mut Mapping, field: &str) -> Option<&'a mut Option<Origin>> {
    Some(match field {
        "id" => &mut mapping.id,
        "type" => &mut mapping.kind,
        "time" => &mut mapping.time,
        "unit" => &mut mapping.unit,
        "prompt" => &mut mapping.prompt,
        "rollout" => &mut mapping.rollout,
        "arm" => &mut mapping.arm,
        "kpi" => &mut mapping.kpi,
        "value" => &mut mapping.value,
        "currency" => &mut mapping.currency,
        "channel" => &mut mapping.channel,
        _ => return None,
    })
}

fn shown(done: &Upload) -> Vec<String> {
    let mut lines = vec![read_as(&done.mapping), String::new()];
    lines.extend(done.sentences.iter().cloned());
    if let (Some(from), Some(to)) = (&done.from, &done.to) {
        let (from, to) = (layout::moment(from), layout::moment(to));
        lines.push(format!(
            "{} exposures and {} outcomes of {} units, from {from} to {to}.",
            done.exposures, done.outcomes, done.units
        ));
    }
    for kpi in &done.kpis {
        lines.push(format!(
            "  {}: {} outcomes, {} in all",
            kpi.kpi, kpi.outcomes, kpi.sum
        ));
    }
    if !done.refusals.is_empty() {
        let row = |one: &variorum_api_types::data::RowRefused| {
            vec![
                one.line.to_string(),
                one.column.clone().unwrap_or_default(),
                one.message.clone(),
                one.value.clone(),
            ]
        };
        let rows: Vec<Vec<String>> = done.refusals.iter().take(20).map(row).collect();
        lines.push(String::new());
        lines.extend(layout::table(
            &["Line", "Column", "What is wrong", "What stands there"],
            &rows,
        ));
    }
    if let Some(id) = &done.id {
        lines.push(format!("Loaded as {id}."));
    } else if done.dry_run {
        lines.push("Nothing was stored. Leave `--dry-run` out to load it.".to_owned());
    }
    lines
}

/// The mapping in one line.
fn read_as(mapping: &Mapping) -> String {
    let fields = [
        ("id", &mapping.id),
        ("type", &mapping.kind),
        ("time", &mapping.time),
        ("unit", &mapping.unit),
        ("prompt", &mapping.prompt),
        ("rollout", &mapping.rollout),
        ("arm", &mapping.arm),
        ("kpi", &mapping.kpi),
        ("value", &mapping.value),
        ("currency", &mapping.currency),
        ("channel", &mapping.channel),
    ];
    let mut parts: Vec<String> = fields
        .into_iter()
        .filter_map(|(field, origin)| {
            let origin = origin.as_ref()?;
            match (&origin.column, &origin.constant) {
                (Some(column), _) => Some(format!("{field}={column}")),
                (None, Some(text)) => Some(format!("{field}:=\"{text}\"")),
                (None, None) => None,
            }
        })
        .collect();
    parts.push(format!("times: {}", mapping.time_format));
    if !mapping.attributes.is_empty() {
        let kept: Vec<&str> = mapping.attributes.keys().map(String::as_str).collect();
        parts.push(format!("kept: {}", kept.join(" ")));
    }
    format!("Read as {}", parts.join(", "))
}

fn export(args: ExportArgs, console: &Console) -> Result<ExitCode, CliError> {
    let format = args
        .out
        .as_deref()
        .and_then(ending)
        .unwrap_or_else(|| "csv".to_owned());
    let file = format!("{}.{format}", args.what);
    let query = ExportQuery {
        from: args.from,
        to: args.to,
        kind: args.kind,
        prompt: args.prompt,
        kpi: args.kpi,
        channel: args.channel,
        rollout: args.rollout,
        by: args.by,
    };
    let mut read = console.client.download(&["exports", &file], &query)?;
    let failed = |error: std::io::Error| {
        CliError::user(
            format!("the export ended early: {error}"),
            "is there room on the disk? Try again",
        )
    };
    match &args.out {
        Some(path) => {
            let mut out = std::fs::File::create(path).map_err(failed)?;
            let bytes = std::io::copy(&mut read, &mut out).map_err(failed)?;
            out.flush().map_err(failed)?;
            output::note(format!("{bytes} bytes written to `{}`", path.display()));
        }
        None => output::copy(&mut read).map_err(failed)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn erase(args: EraseArgs, console: &Console) -> Result<ExitCode, CliError> {
    let body = EraseUnit {
        unit: args.unit,
        reason: args.reason,
        dry_run: args.dry_run || !args.yes,
    };
    let answer = console.client.post(&["units", "erase"], &body)?;
    console.show(&answer, |done: &Erased| {
        let events = done.events;
        vec![if done.dry_run {
            format!("The unit has {events} events. Nothing was changed.")
        } else {
            format!("{events} events tell no longer whose they are. The audit log names the unit as {}.", done.digest)
        }]
    })
}

fn quality(hours: Option<i64>, console: &Console) -> Result<ExitCode, CliError> {
    let answer = console.client.find(&["quality"], &QualityQuery { hours })?;
    let found: Quality = answer.read()?;
    console.show(&answer, told)?;
    let is_serious = found.findings.iter().any(|finding| finding.serious);
    Ok(if is_serious {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}

fn told(found: &Quality) -> Vec<String> {
    let mut lines = Vec::new();
    if found.findings.is_empty() {
        lines.push("Nothing needs attention.".to_owned());
    }
    for finding in &found.findings {
        let mark = if finding.serious { "!" } else { "-" };
        lines.push(format!("{mark} {}", finding.sentence));
        lines.push(format!("  {}", finding.advice));
    }
    lines.push(String::new());
    let row = |one: &QualitySource| {
        vec![
            one.source.clone(),
            one.accepted.to_string(),
            one.duplicate.to_string(),
            one.refused.to_string(),
            one.late.to_string(),
            format!("{} s", one.delay_seconds),
        ]
    };
    let rows: Vec<Vec<String>> = found.sources.iter().map(row).collect();
    let head = ["Sender", "New", "Known", "Refused", "Late", "Average delay"];
    lines.extend(layout::table(&head, &rows));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(Debug, clap::Parser)]
    struct Upload {
        #[command(flatten)]
        args: UploadArgs,
    }

    fn args(said: &[&str]) -> UploadArgs {
        let words = ["upload", "a.csv"].iter().chain(said);
        Upload::parse_from(words).args
    }

    #[test]
    fn a_guess_is_corrected_by_what_is_said() {
        let guess = Mapping {
            unit: Some(Origin {
                column: Some("id".into()),
                constant: None,
            }),
            attributes: [("who".to_owned(), "who".to_owned())].into(),
            ..Mapping::default()
        };
        let said = [
            "--map",
            "unit=who",
            "--map",
            "plan=Plan",
            "--set",
            "kpi=order",
            "--zone",
            "UTC",
            "--map",
            "id=",
        ];
        let mapping = corrected(guess.clone(), &args(&said)).unwrap();
        assert_eq!(mapping.unit.unwrap().column.unwrap(), "who");
        assert_eq!(mapping.kpi.unwrap().constant.unwrap(), "order");
        assert_eq!(
            mapping.attributes,
            [("plan".to_owned(), "Plan".to_owned())].into()
        );
        assert_eq!(mapping.id, None);
        for wrong in [["--map", "unit"], ["--set", "colour=red"]] {
            assert!(corrected(guess.clone(), &args(&wrong)).is_err());
        }
    }
}
