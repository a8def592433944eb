//! Questions over ten million events: the columns against DuckDB on the same events.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use variorum_app::analysis::{AskCohorts, AskSeries, cohorts, series};
use variorum_app::attribution::{Question, attribute};
use variorum_app::columns;
use variorum_domain::analysis::Grain;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{RolloutNumber, Time};
use variorum_ports::events::NewEvent;

use super::company::{Company, prompt_id};
use super::figure::Figure;
use super::first_asked;
use super::{Options, comment, programs};

/// Units, each with an exposure and four outcomes.
const UNITS: usize = 2_000_000;
/// How many units later each outcome comes.
const LAGS: [usize; 4] = [2_000, 20_000, 100_000, 300_000];
const CHANNELS: [&str; 5] = ["email", "ads", "web", "sms", "voice"];
const REGIONS: [&str; 8] = ["de", "fr", "es", "it", "pl", "nl", "se", "dk"];
/// What is asked of a page of results, in milliseconds.
pub(super) const ASKED_MS: f64 = 100.0;
/// Events that come in between two questions.
const GROWN: usize = 2_000;
/// Events appended to the log at a time.
const BATCH: usize = 20_000;
/// Microseconds between two units.
const PACE_US: i64 = 1_000_000;
/// The window of the company's KPIs.
const WINDOW_US: i64 = 7 * 86_400 * 1_000_000;

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    comment(&format!(
        "{UNITS} units, {} events, rollout with two arms",
        UNITS * 5
    ));
    let (company, rollout) = runtime.block_on(async {
        let company = Company::found(folder.path()).await?;
        let rollout = company.start_rollout().await?;
        anyhow::Ok((company, rollout))
    })?;
    let mut reference = DuckDb::start(folder.path())?;
    let begin = company.ctx.clock.now().0 - 40 * 86_400 * 1_000_000;
    let taken = Instant::now();
    runtime.block_on(fill(&company, rollout.number.0, begin, reference.as_mut()))?;
    comment(&format!(
        "log filled in {:.1} s",
        taken.elapsed().as_secs_f64()
    ));
    let anew = runtime.block_on(make_columns(&company, folder.path()))?;
    if let Some(reference) = reference.as_mut() {
        let seconds = reference.ask("load")?;
        comment(&format!("DuckDB loaded the same events in {seconds:.1} s"));
    }
    let mut by = Figure::default();
    let (mut alone, mut days, mut page) = (Vec::new(), Vec::new(), Vec::new());
    let first = first_asked::measure(&anew, folder.path(), &rollout, options.rounds);
    runtime.block_on(first)?;
    let mut grown = Vec::new();
    let warm = runtime.block_on(time_attribution_again(&anew))?;
    against("attribution_again_ms_vs_asked", warm * 1e3);
    for _ in 0..options.rounds {
        let begun = Instant::now();
        let found = runtime.block_on(ask_cohorts(&anew, rollout.number))?;
        let ours = begun.elapsed().as_secs_f64();
        alone.push(ours);
        if let Some(reference) = reference.as_mut() {
            let seconds = reference.ask("cohorts")?;
            reference.check(&found)?;
            by.round(ours, seconds);
        }
        days.push(runtime.block_on(time_series(&anew))?);
        runtime.block_on(grow(&anew, grown.len()))?;
        grown.push(runtime.block_on(time_series(&anew))?);
        let begun = Instant::now();
        let asked = variorum_app::rollouts::get(&anew.ctx, &anew.actor, rollout.number);
        runtime.block_on(asked)?;
        page.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    match &reference {
        Some(_) => by.print("cohorts_by_region_and_channel_seconds"),
        None => report("cohorts_by_region_and_channel_seconds", middle(&mut alone)),
    }
    against(
        "series_by_day_and_channel_ms_vs_asked",
        middle(&mut days) * 1e3,
    );
    against(
        "series_after_new_events_ms_vs_asked",
        middle(&mut grown) * 1e3,
    );
    against("result_page_ms_vs_asked", middle(&mut page));
    report("memory_mb_after_questions", resident_mb()?);
    Ok(())
}

/// Makes the columns, and starts once more as a process that finds them made.
async fn make_columns(company: &Company, folder: &Path) -> Result<Company> {
    let begun = Instant::now();
    columns::refresh(&company.ctx).await?;
    report("columns_made_seconds", begun.elapsed().as_secs_f64());
    report(
        "columns_bytes_per_event",
        bytes_of(&folder.join("columns"))? / 1e7,
    );
    report("memory_mb_after", resident_mb()?);
    let anew = company.started_anew(folder).await?;
    let begun = Instant::now();
    columns::refresh(&anew.ctx).await?;
    report("columns_start_seconds", begun.elapsed().as_secs_f64());
    Ok(anew)
}

fn report(name: &str, value: f64) {
    crate::output::line(&format!("{name} {value:.3} - -"));
}

fn against(name: &str, value: f64) {
    Figure::of(value, ASKED_MS).print(name);
}

fn middle(row: &mut [f64]) -> f64 {
    row.sort_by(f64::total_cmp);
    row.get(row.len() / 2).copied().unwrap_or(0.0)
}

async fn ask_cohorts(
    company: &Company,
    rollout: RolloutNumber,
) -> Result<variorum_app::analysis::Cohorts> {
    let ask = AskCohorts {
        rollout,
        kpi: Some("order".into()),
        by: vec!["region".into(), "channel".into()],
    };
    Ok(cohorts(&company.ctx, &company.actor, &ask).await?)
}

async fn time_series(company: &Company) -> Result<f64> {
    let ask = AskSeries {
        kpi: "order".into(),
        prompt: None,
        by: Some("channel".into()),
        from: None,
        until: None,
        grain: Grain::Day,
    };
    let begun = Instant::now();
    let found = series(&company.ctx, &company.actor, &ask).await?;
    if found.lines.len() != CHANNELS.len() {
        bail!(
            "{} lines were expected, {} came",
            CHANNELS.len(),
            found.lines.len()
        );
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Events of people who are known, as they come within a second or so. They lie in no window of the
/// rollout's exposures, so its cohorts stay what the reference finds.
async fn grow(company: &Company, turn: usize) -> Result<()> {
    let now = company.ctx.clock.now();
    let new = (0..GROWN).map(|number| {
        let unit = (turn * GROWN + number).wrapping_mul(7_919) % UNITS;
        NewEvent {
            workspace: company.actor.workspace,
            received: now,
            event: Event {
                id: format!("new-{turn}-{number}"),
                time: now,
                rollout: None,
                arm: None,
                ..event(unit, number % 5, 0, now)
            },
        }
    });
    company.ctx.log.append(new.collect()).await?;
    Ok(())
}

/// Credits of the last thirty days, asked again.
async fn time_attribution_again(company: &Company) -> Result<f64> {
    let question = Question {
        kpi: Some("order".into()),
        ..Question::default()
    };
    attribute(&company.ctx, &company.actor, &question).await?;
    let begun = Instant::now();
    let found = attribute(&company.ctx, &company.actor, &question).await?;
    if found.credits.conversions == 0 {
        bail!("no conversion was found");
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Writes all events to the log, and as lines for the reference.
async fn fill(
    company: &Company,
    rollout: i64,
    begin: i64,
    mut reference: Option<&mut DuckDb>,
) -> Result<()> {
    let mut batch: Vec<NewEvent> = Vec::with_capacity(BATCH);
    for step in 0..UNITS + LAGS[3] {
        let time = begin + i64::try_from(step)? * PACE_US;
        let exposed = (step < UNITS).then_some((step, 0));
        let later = (1..).zip(LAGS).filter_map(|(kind, lag)| {
            let unit = step.checked_sub(lag)?;
            (unit < UNITS).then_some((unit, kind))
        });
        for (unit, kind) in exposed.into_iter().chain(later) {
            let event = event(unit, kind, rollout, Time(time));
            if let Some(reference) = reference.as_deref_mut() {
                reference.line(&event)?;
            }
            batch.push(NewEvent {
                workspace: company.actor.workspace,
                received: Time(time),
                event,
            });
            if batch.len() == BATCH {
                let full: Arc<[NewEvent]> = std::mem::take(&mut batch).into();
                company.ctx.log.append(full).await?;
            }
        }
    }
    company.ctx.log.append(batch.into()).await?;
    Ok(())
}

fn event(unit: usize, kind: usize, rollout: i64, time: Time) -> Event {
    let mixed = unit.wrapping_mul(2_654_435_761) >> 7;
    let exposed = kind == 0;
    let kpi = match kind {
        0 => "",
        3 if mixed.is_multiple_of(10) => "order",
        1..=3 => "click",
        _ => "revenue",
    };
    Event {
        id: format!("{unit}-{kind}"),
        kind: if exposed {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time,
        unit: format!("customer-{unit}"),
        prompt: if exposed {
            prompt_id(mixed % 40)
        } else {
            String::new()
        },
        rollout: exposed.then_some(RolloutNumber(rollout)),
        arm: exposed.then_some(u8::from(mixed.is_multiple_of(2))),
        kpi: kpi.into(),
        value: i64::from(!exposed) * if kind == 4 { 1_999 } else { 1 },
        channel: if exposed {
            CHANNELS[mixed % 5].into()
        } else {
            String::new()
        },
        attributes: if exposed {
            format!(r#"{{"region":"{}"}}"#, REGIONS[mixed / 8 % 8])
        } else {
            String::new()
        },
    }
}

fn bytes_of(folder: &Path) -> Result<f64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let bytes = bytes as f64;
    Ok(bytes)
}

fn resident_mb() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with("VmRSS"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    let kilobytes: f64 = kilobytes.context("no memory is told")?.parse()?;
    Ok(kilobytes / 1024.0)
}

/// DuckDB in a process of its own, with the same events in its memory.
struct DuckDb {
    process: Child,
    answers: BufReader<std::process::ChildStdout>,
    lines: BufWriter<std::fs::File>,
    said: String,
}

/// What the other process runs: it waits for a word, and answers with seconds and the result.
const SCRIPT: &str = r#"
import sys, time, duckdb
con = duckdb.connect()
con.execute("SET threads = %d" % int(sys.argv[2]))
Q = """
WITH first AS (
  SELECT unit, arg_min(arm, time) AS arm, min(time) AS t, arg_min(channel, time) AS channel,
         arg_min(region, time) AS region
  FROM events WHERE kind = 1 AND rollout = 1 GROUP BY unit),
totals AS (
  SELECT f.unit, any_value(f.arm) AS arm, any_value(f.channel) AS channel, any_value(f.region) AS region,
         CASE WHEN coalesce(sum(e.value), 0) > 0 THEN 1 ELSE 0 END AS y
  FROM first f LEFT JOIN events e
    ON e.unit = f.unit AND e.kind = 2 AND e.kpi = 'order' AND e.time BETWEEN f.t AND f.t + %d
  GROUP BY f.unit)
SELECT arm, channel, region, count(*), sum(y), sum(y * y) FROM totals GROUP BY ALL
""" % int(sys.argv[3])
for word in sys.stdin:
    begun = time.perf_counter()
    said = ""
    if word.strip() == "load":
        con.execute("""CREATE TABLE events AS SELECT * FROM read_csv(?, header = false, columns = {
            'kind': 'UTINYINT', 'time': 'BIGINT', 'unit': 'UINTEGER', 'rollout': 'INTEGER',
            'arm': 'UTINYINT', 'kpi': 'VARCHAR', 'value': 'BIGINT', 'channel': 'VARCHAR',
            'region': 'VARCHAR'})""", [sys.argv[1]])
    else:
        rows = con.execute(Q).fetchall()
        said = "%d %d" % (sum(r[3] for r in rows), sum(r[4] for r in rows))
    print("%.6f %s" % (time.perf_counter() - begun, said), flush=True)
"#;

impl DuckDb {
    /// Starts it where it is installed; says how to get it where it is not.
    fn start(folder: &Path) -> Result<Option<Self>> {
        let own = programs()?.join("../duckdb/bin/python");
        let python = if own.exists() {
            own
        } else {
            PathBuf::from("python3")
        };
        let known = Command::new(&python)
            .args(["-c", "import duckdb; print(duckdb.__version__)"])
            .stderr(Stdio::null())
            .output();
        let version = match known {
            Ok(known) if known.status.success() => String::from_utf8(known.stdout)?,
            _ => {
                comment("DuckDB is missing, so there is no reference. To get it:");
                comment("  python3 -m venv target/duckdb && target/duckdb/bin/pip install duckdb");
                return Ok(None);
            }
        };
        comment(&format!(
            "reference: DuckDB {}, table in memory, integer units",
            version.trim()
        ));
        let file = folder.join("events.csv");
        let lines = BufWriter::with_capacity(1 << 20, std::fs::File::create(&file)?);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut process = Command::new(&python)
            .args(["-c", SCRIPT])
            .arg(&file)
            .args([cores.to_string(), WINDOW_US.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let answers = process.stdout.take().context("no answers")?;
        Ok(Some(Self {
            process,
            answers: BufReader::new(answers),
            lines,
            said: String::new(),
        }))
    }

    fn line(&mut self, event: &Event) -> Result<()> {
        let number = event.unit.trim_start_matches("customer-");
        let region = event.attributes.get(11..13).unwrap_or("");
        let rollout = event.rollout.map_or(0, |number| number.0);
        writeln!(
            self.lines,
            "{},{},{number},{rollout},{},{},{},{},{region}",
            event.kind.code(),
            event.time.0,
            event.arm.unwrap_or(0),
            event.kpi,
            event.value,
            event.channel,
        )?;
        Ok(())
    }

    /// Asks, and returns how many seconds the answer took.
    fn ask(&mut self, word: &str) -> Result<f64> {
        self.lines.flush()?;
        let stdin = self.process.stdin.as_mut().context("it has ended")?;
        writeln!(stdin, "{word}")?;
        stdin.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let (seconds, said) = answer
            .trim_end_matches('\n')
            .split_once(' ')
            .context("it has ended")?;
        said.clone_into(&mut self.said);
        Ok(seconds.parse()?)
    }

    /// Both must have found the same.
    fn check(&self, found: &variorum_app::analysis::Cohorts) -> Result<()> {
        let units: u64 = found.table.total.iter().map(|arm| arm.n).sum();
        let orders: i128 = found.table.total.iter().map(|arm| arm.sum).sum();
        let ours = format!("{units} {orders}");
        if ours == self.said {
            return Ok(());
        }
        bail!("the answers differ: ours {ours}, DuckDB's {}", self.said)
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends by itself when nothing more can be asked.
        drop(self.process.wait());
    }
}
