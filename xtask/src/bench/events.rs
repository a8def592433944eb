//! Events made durable, deduplicated and folded, against bare inserts into SQLite.

use std::collections::VecDeque;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use variorum_app::events::{ingest, settle};
use variorum_app::rollouts;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{Digest, Time, hex};
use variorum_domain::quality::Counts;
use variorum_domain::rollout::{Rollout, assigned_arm};

use super::client::{Connection, post};
use super::company::{Company, PROMPTS, prompt_id};
use super::figure::Figure;
use super::processor::own_seconds;
use super::raw_log::RawLog;
use super::server::{Server, make_token};
use super::{Options, comment};

/// Events of one batch, one transaction of the reference.
const BATCH: usize = 1_000;
/// Senders at the same time.
const SENDERS: usize = 4;
/// Batches each side takes for every second of a turn; made before the clock starts.
const BATCHES_PER_SECOND: usize = 250;

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let batches = usize::try_from(options.turn.as_secs())? * BATCHES_PER_SECOND;
    comment(&format!(
        "a side's turn is {batches} batches of {BATCH} events, {SENDERS} senders, one rollout with two guards"
    ));
    comment(
        "reference: the same columns in SQLite, one transaction a batch, WAL, synchronous=FULL",
    );
    let mut raw = RawLog::found(&folder.path().join("raw.db"))?;
    let direct = measure_direct(&runtime, folder.path(), &mut raw, (options.rounds, batches))?;
    direct.rate.print("events_per_second");
    direct.processor.print("events_cpu_us_per_event");
    let http = measure_http(&runtime, folder.path(), &mut raw, (options.rounds, batches))?;
    http.rate.print("events_http_per_second");
    http.processor.print("events_http_server_cpu_us_per_event");
    comment("quality: counting how good the data is, beside all processor time of taking it in");
    direct.quality.print("events_quality_us_per_event");
    http.quality.print("events_http_quality_us_per_event");
    Ok(())
}

/// What is printed of one way in.
#[derive(Default)]
struct Figures {
    rate: Figure,
    processor: Figure,
    /// Counting a batch for the quality of data, beside everything.
    quality: Figure,
}

impl Figures {
    fn round(&mut self, ours: &Turn, reference: &Turn) {
        self.rate.round(ours.rate, reference.rate);
        self.processor
            .round(ours.processor_us, reference.processor_us);
    }
}

/// What one turn came to.
struct Turn {
    /// Events a second.
    rate: f64,
    /// Processor time for each of them, in microseconds.
    processor_us: f64,
}

impl Turn {
    fn of(batches: usize, elapsed: Duration, processor_seconds: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a number of events")]
        let events = (batches * BATCH) as f64;
        Self {
            rate: events / elapsed.as_secs_f64(),
            processor_us: processor_seconds * 1e6 / events,
        }
    }
}

/// Through the use case, in this process.
fn measure_direct(
    runtime: &Runtime,
    folder: &Path,
    raw: &mut RawLog,
    (rounds, batches): (usize, usize),
) -> Result<Figures> {
    let company = runtime.block_on(Company::found(&folder.join("direct")))?;
    let rollout = runtime.block_on(company.start_rollout())?;
    let pipeline = runtime.spawn(variorum_app::events::run(company.ctx.clone()));
    let mut customers = Customers::of(rollout, company.ctx.clock.now());
    let mut figures = Figures::default();
    for _ in 0..rounds {
        let sent = customers.batches(batches);
        let reference = insert_raw(raw, &sent)?;
        let counting_us = count(&sent, company.ctx.clock.now());
        let ours = runtime.block_on(take_in(&company, sent))?;
        figures.round(&ours, &reference);
        figures.quality.round(counting_us, ours.processor_us);
    }
    runtime.block_on(check_still_open(&company, &customers.rollout))?;
    pipeline.abort();
    Ok(figures)
}

/// Through the server, as lines of JSON.
fn measure_http(
    runtime: &Runtime,
    folder: &Path,
    raw: &mut RawLog,
    (rounds, batches): (usize, usize),
) -> Result<Figures> {
    let data = folder.join("http");
    let (rollout, now) = runtime.block_on(async {
        let company = Company::found(&data).await?;
        anyhow::Ok((company.start_rollout().await?, company.ctx.clock.now()))
    })?;
    let token = make_token(&data, "publisher")?;
    let server = Server::variorum(&data)?;
    let mut customers = Customers::of(rollout, now);
    let mut figures = Figures::default();
    for _ in 0..rounds {
        let sent = customers.batches(batches);
        let reference = insert_raw(raw, &sent)?;
        let request = |batch: &Vec<Event>| {
            let body = batch.iter().map(line).collect::<String>();
            post(
                server.address,
                "/api/v1/events",
                "application/x-ndjson",
                &token,
                &body,
            )
        };
        let requests: Vec<Vec<u8>> = sent.iter().map(request).collect();
        let counting_us = count(&sent, now);
        let ours = runtime.block_on(send(&server, requests))?;
        figures.round(&ours, &reference);
        figures.quality.round(counting_us, ours.processor_us);
    }
    Ok(figures)
}

/// Counts batches as the use case does: each when it was just read, so that its texts are at hand;
/// microseconds for each event.
fn count(batches: &[Vec<Event>], now: Time) -> f64 {
    let mut took = Duration::ZERO;
    let mut all = Counts::default();
    for batch in batches {
        let read = black_box(batch.clone());
        let begun = Instant::now();
        let mut counts = Counts::default();
        counts.batch(read.iter(), now);
        all.merge(black_box(&counts));
        took += begun.elapsed();
    }
    black_box(&all);
    #[expect(clippy::cast_precision_loss, reason = "a number of events")]
    let events = (batches.len() * BATCH) as f64;
    took.as_secs_f64() * 1e6 / events
}

fn insert_raw(raw: &mut RawLog, batches: &[Vec<Event>]) -> Result<Turn> {
    let (begun, before) = (Instant::now(), own_seconds()?);
    for batch in batches {
        raw.append(batch)?;
    }
    Ok(Turn::of(
        batches.len(),
        begun.elapsed(),
        own_seconds()? - before,
    ))
}

/// Deals batches out to senders; the time ends when the last one is folded.
async fn take_in(company: &Company, batches: Vec<Vec<Event>>) -> Result<Turn> {
    let count = batches.len();
    let sent = batches
        .into_iter()
        .map(|batch| batch.into_iter().map(Ok).enumerate().collect());
    let mut senders = JoinSet::new();
    let shares: Vec<Vec<Vec<_>>> = deal(sent);
    let (begun, before) = (Instant::now(), own_seconds()?);
    for share in shares {
        let (ctx, actor) = (company.ctx.clone(), company.actor.clone());
        senders.spawn(async move {
            for batch in share {
                let done = ingest(&ctx, &actor, batch).await?;
                if done.accepted != BATCH {
                    bail!("a batch was not accepted whole: {done:?}");
                }
            }
            Ok(())
        });
    }
    while let Some(done) = senders.join_next().await {
        done??;
    }
    settle(&company.ctx).await?;
    Ok(Turn::of(count, begun.elapsed(), own_seconds()? - before))
}

async fn send(server: &Server, requests: Vec<Vec<u8>>) -> Result<Turn> {
    let count = requests.len();
    let mut senders = JoinSet::new();
    let shares: Vec<Vec<Vec<u8>>> = deal(requests.into_iter());
    let (begun, before) = (Instant::now(), server.processor_seconds()?);
    for share in shares {
        let mut connection = Connection::open(server.address).await?;
        senders.spawn(async move {
            for request in share {
                let answer = connection.ask(&request).await?;
                let answer: serde_json::Value = serde_json::from_slice(answer)?;
                if answer["accepted"] != BATCH {
                    bail!("a batch was not accepted whole: {answer}");
                }
            }
            Ok(())
        });
    }
    while let Some(done) = senders.join_next().await {
        done??;
    }
    Ok(Turn::of(
        count,
        begun.elapsed(),
        server.processor_seconds()? - before,
    ))
}

/// Gives each sender its share.
fn deal<T>(batches: impl Iterator<Item = T>) -> Vec<Vec<T>> {
    let mut shares: VecDeque<Vec<T>> = (0..SENDERS).map(|_| Vec::new()).collect();
    for batch in batches {
        shares.rotate_left(1);
        shares[0].push(batch);
    }
    shares.into()
}

/// A rollout that a guard has ended is not folded any more, which would flatter the figure.
async fn check_still_open(company: &Company, rollout: &Rollout) -> Result<()> {
    let now = rollouts::get(&company.ctx, &company.actor, rollout.number).await?;
    if !now.rollout.state.is_open() {
        bail!("the rollout ended while it was measured");
    }
    Ok(())
}

/// Customers who get a prompt and then do something: half exposures, half outcomes, the same in both
/// arms.
struct Customers {
    rollout: Arc<Rollout>,
    begun: Time,
    served: i64,
}

impl Customers {
    fn of(rollout: Rollout, now: Time) -> Self {
        // A while ago, so that no event lies in the future.
        Self {
            rollout: Arc::new(rollout),
            begun: now.plus_seconds(-86_400),
            served: 0,
        }
    }

    fn batches(&mut self, count: usize) -> Vec<Vec<Event>> {
        (0..count).map(|_| self.batch()).collect()
    }

    fn batch(&mut self) -> Vec<Event> {
        (0..BATCH / 2)
            .flat_map(|_| {
                self.served += 1;
                self.customer(self.served)
            })
            .collect()
    }

    fn customer(&self, number: i64) -> [Event; 2] {
        let rollout = &self.rollout;
        let unit = format!("customer-{number:08}");
        let digest = Digest::of(unit.as_bytes());
        let key = hex(&digest.as_bytes()[..8]);
        let plan = &rollout.plan;
        let arm = assigned_arm(
            &rollout.salt,
            &unit,
            &plan.weights_bp,
            plan.stages[0].coverage_bp,
        );
        let time = Time(self.begun.0 + number * 1_000);
        let prompt = prompt_id(usize::from(digest.as_bytes()[8]) % PROMPTS);
        let exposure = Event {
            id: format!("x-{}-{key}", rollout.number),
            kind: EventKind::Exposure,
            time,
            unit,
            prompt,
            rollout: Some(rollout.number),
            arm,
            kpi: String::new(),
            value: 0,
            channel: "email".to_owned(),
            attributes: r#"{"country":"PT","device":"phone"}"#.to_owned(),
        };
        let (kpi, value) = match digest.as_bytes()[9] {
            0..=80 => ("order", 1),
            81..=160 => ("revenue", 1_000 + i64::from(digest.as_bytes()[10]) * 37),
            _ => ("click", 1),
        };
        let outcome = Event {
            id: format!("o-{kpi}-{key}"),
            kind: EventKind::Outcome,
            time: time.plus_seconds(90),
            rollout: None,
            arm: None,
            kpi: kpi.to_owned(),
            value,
            attributes: String::new(),
            ..exposure.clone()
        };
        [exposure, outcome]
    }
}

/// An event as a line of JSON, with nothing that is empty.
fn line(event: &Event) -> String {
    let mut fields = serde_json::json!({
        "id": event.id,
        "type": if event.kind == EventKind::Exposure { "exposure" } else { "outcome" },
        "time": in_utc(event.time),
        "unit": event.unit,
        "prompt": event.prompt,
        "channel": event.channel,
    });
    if let (Some(rollout), Some(arm)) = (event.rollout, event.arm) {
        fields["rollout"] = rollout.0.into();
        fields["arm"] = arm.into();
        let attributes = serde_json::from_str(&event.attributes);
        fields["attributes"] = attributes.unwrap_or_default();
    } else {
        fields["kpi"] = event.kpi.clone().into();
        fields["value"] = amount(event).into();
    }
    format!("{fields}\n")
}

/// The value in the KPI's own unit; money is kept in hundredths.
fn amount(event: &Event) -> serde_json::Number {
    #[expect(
        clippy::cast_precision_loss,
        reason = "some hundred thousand hundredths"
    )]
    let value = event.value as f64 / 100.0;
    let money = (event.kpi == "revenue")
        .then(|| serde_json::Number::from_f64(value))
        .flatten();
    money.unwrap_or_else(|| event.value.into())
}

/// A moment as events carry it on the wire. Days to a date: Hinnant's `civil_from_days`, 2013.
fn in_utc(time: Time) -> String {
    let (days, second) = (
        time.seconds().div_euclid(86_400),
        time.seconds().rem_euclid(86_400),
    );
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + years + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let milli = time.0.rem_euclid(1_000_000) / 1_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_people_do() {
        assert_eq!(in_utc(Time(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            in_utc(Time(1_709_164_800_000_000)),
            "2024-02-29T00:00:00.000Z"
        );
        assert_eq!(
            in_utc(Time(1_793_491_199_999_000)),
            "2026-10-31T23:59:59.999Z"
        );
    }

    #[test]
    fn every_sender_gets_its_share() {
        let shares = deal(0..10);
        let mut sizes: Vec<usize> = shares.iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [2, 2, 3, 3]);
    }
}
