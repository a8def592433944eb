//! From the acknowledged event that crosses a guard to the changed answer of `/resolve`, on a quiet
//! server and on one that takes other events in at the same time.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use variorum_domain::event::{Event, EventKind};
use variorum_domain::fold::RolloutFold;
use variorum_domain::rollout::{CONTROL, Rollout, TREATMENT};

use super::client::{Api, Connection, post};
use super::company::{Company, prompt_id};
use super::figure::{Figure, percentile};
use super::server::{Server, make_token};
use super::{Options, comment};

/// Crossings in one round, each in a rollout of its own.
const CROSSINGS_PER_ROUND: usize = 6;
/// Units of each arm; enough for the guard on orders to decide when only one arm orders.
const UNITS_PER_ARM: usize = 60;
/// Events the neighbours send: so many at a time, so often.
const LOAD_BATCH: usize = 20;
const LOAD_EVERY: Duration = Duration::from_millis(10);
/// An answer that has not changed after so long never will.
const CHANGE_MAX: Duration = Duration::from_secs(20);
/// What the product promises: at most so long at a connected client, in 99 of 100 cases.
const PROMISED_P99_MS: f64 = 250.0;
/// And always within a second.
const PROMISED_MAX_MS: f64 = 1_000.0;

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let data = folder.path().join("data");
    let first = found(&data)?;
    let token = make_token(&data, "administrator")?;
    let server = Server::variorum(&data)?;
    let orders = orders_to_cross(&first)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let crossings = options.rounds * CROSSINGS_PER_ROUND;
    comment(&format!(
        "{crossings} rollouts each time; the guard decides on order {orders} of {UNITS_PER_ARM} control units, \
         while {UNITS_PER_ARM} treatment units order nothing"
    ));
    comment(
        "ours: from the answer to the crossing event until `/resolve` answers with the old release",
    );
    comment(
        "by_hand: the same from sending a person's roll-back; promise: p99 250 ms, never above 1 s",
    );
    let mut bench = Bench {
        api: runtime.block_on(Api::open(server.address, &token))?,
        watcher: runtime.block_on(Api::open(server.address, &token))?,
        orders,
        served: 0,
    };
    runtime.block_on(bench.roll_back(first.number.0))?;
    let quiet = runtime.block_on(bench.measure(crossings))?;
    print(&quiet, "guard_quiet");
    let load = Load::start(server.address, &token);
    let busy = runtime.block_on(bench.measure(crossings));
    let rate = load.stop()?;
    comment(&format!("beside {rate:.0} other events a second:"));
    print(&busy?, "guard_under_load");
    Ok(())
}

/// Founds the company with a rollout, and closes its stores again.
fn found(data: &Path) -> Result<Rollout> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async { Company::found(data).await?.start_rollout().await })
}

/// After how many orders of control units, and none of treatment units, the guards decide. Depends
/// on the counts alone, so it is the same in every rollout of the same plan.
fn orders_to_cross(rollout: &Rollout) -> Result<usize> {
    let mut fold = RolloutFold::new(rollout);
    let mut control = Vec::new();
    let mut left = [UNITS_PER_ARM; 2];
    for number in 0.. {
        let unit = format!("unit-{number}");
        let arm = rollout.arm_of(&unit).context("a unit in no arm")?;
        let room = &mut left[usize::from(arm)];
        if *room > 0 {
            *room -= 1;
            fold.take(&exposure(rollout, &unit, arm));
            if arm == CONTROL {
                control.push(unit);
            }
        }
        if left == [0; 2] {
            break;
        }
    }
    let decides = control
        .iter()
        .position(|unit| !fold.take(&order(rollout, unit)).is_empty());
    let decides = decides.context("the guard never decides; more units are needed")?;
    Ok(decides + 1)
}

fn exposure(rollout: &Rollout, unit: &str, arm: u8) -> Event {
    Event {
        id: format!("x-{unit}"),
        kind: EventKind::Exposure,
        time: rollout.started_at,
        unit: unit.to_owned(),
        prompt: String::new(),
        rollout: Some(rollout.number),
        arm: Some(arm),
        kpi: String::new(),
        value: 0,
        channel: String::new(),
        attributes: String::new(),
    }
}

fn order(rollout: &Rollout, unit: &str) -> Event {
    Event {
        id: format!("o-{unit}"),
        kind: EventKind::Outcome,
        rollout: None,
        arm: None,
        kpi: "order".to_owned(),
        value: 1,
        ..exposure(rollout, unit, CONTROL)
    }
}

/// How long answers took to change, in milliseconds.
#[derive(Debug, Default)]
struct Changes {
    by_guard: Vec<f64>,
    by_hand: Vec<f64>,
}

fn print(changes: &Changes, name: &str) {
    let (guard, hand) = (&changes.by_guard, &changes.by_hand);
    let lines = [
        (
            "p50_ms_vs_by_hand",
            percentile(guard, 50),
            percentile(hand, 50),
        ),
        (
            "p99_ms_vs_by_hand",
            percentile(guard, 99),
            percentile(hand, 99),
        ),
        ("p99_ms_vs_promise", percentile(guard, 99), PROMISED_P99_MS),
        ("max_ms_vs_promise", percentile(guard, 100), PROMISED_MAX_MS),
    ];
    for (what, ours, reference) in lines {
        Figure::of(ours, reference).print(&format!("{name}_{what}"));
    }
}

/// Whoever starts rollouts, sends their events, and watches an answer on a second connection.
struct Bench {
    api: Api,
    watcher: Api,
    orders: usize,
    /// Units so far, so that none comes twice.
    served: usize,
}

/// The units of one rollout, with the ids of their exposures.
struct Audience {
    rollout: i64,
    arms: [Vec<(String, String)>; 2],
}

impl Bench {
    async fn measure(&mut self, crossings: usize) -> Result<Changes> {
        let mut changes = Changes::default();
        for _ in 0..crossings {
            let audience = self.start().await?;
            changes.by_guard.push(self.cross(&audience).await?);
            let audience = self.start().await?;
            let begun = Instant::now();
            self.roll_back(audience.rollout).await?;
            let unit = &audience.arms[usize::from(TREATMENT)][0].0;
            changes.by_hand.push(self.until_changed(unit, begun).await?);
        }
        Ok(changes)
    }

    /// Starts a rollout and asks for prompts until both arms have their units.
    async fn start(&mut self) -> Result<Audience> {
        let guards = ["order", "revenue"].map(|kpi| json!({"kpi": kpi, "harm": "decrease"}));
        let start = json!({
            "title": "Warmer", "release": 2, "stages": [10_000], "guards": guards,
            "goal": "order", "planned_units": 100_000, "reason": "to measure",
        });
        let started = self.api.post("/api/v1/rollouts", &start).await?;
        let number = started["number"]
            .as_i64()
            .context("a rollout without a number")?;
        let mut audience = Audience {
            rollout: number,
            arms: [Vec::new(), Vec::new()],
        };
        while audience.arms.iter().any(|arm| arm.len() < UNITS_PER_ARM) {
            self.served += 1;
            let unit = format!("unit-{}", self.served);
            let answer = self.resolve(&unit).await?;
            let arm = usize::try_from(answer["arm"].as_i64().context("a unit in no arm")?)?;
            let id = answer["exposure"]
                .as_str()
                .context("no id of an exposure")?;
            if audience.arms[arm].len() < UNITS_PER_ARM {
                audience.arms[arm].push((unit, id.to_owned()));
            }
        }
        Ok(audience)
    }

    async fn roll_back(&mut self, number: i64) -> Result<()> {
        let path = format!("/api/v1/rollouts/{number}/roll-back");
        let reason = json!({"reason": "to measure"});
        self.api.post(&path, &reason).await.map(drop)
    }

    /// Sends what leads to the guard's limit, then the one event that crosses it.
    async fn cross(&mut self, audience: &Audience) -> Result<f64> {
        let exposures = [CONTROL, TREATMENT].into_iter().flat_map(|arm| {
            let units = &audience.arms[usize::from(arm)];
            units.iter().map(move |(unit, id)| {
                json!({"id": id, "type": "exposure", "unit": unit, "rollout": audience.rollout, "arm": arm})
            })
        });
        self.send(exposures.collect()).await?;
        let control = audience.arms[usize::from(CONTROL)].iter().take(self.orders);
        let mut orders: Vec<Value> = control
            .map(|(unit, _)| {
                json!({"id": format!("o-{unit}"), "type": "outcome", "unit": unit, "kpi": "order"})
            })
            .collect();
        let last = orders.pop().context("no order decides")?;
        self.send(orders).await?;
        let watched = audience.arms[usize::from(TREATMENT)][0].0.clone();
        if self.resolve(&watched).await?["rollout"].is_null() {
            bail!("the guard decided before the event that was to cross its limit");
        }
        self.send(vec![last]).await?;
        self.until_changed(&watched, Instant::now()).await
    }

    async fn send(&mut self, events: Vec<Value>) -> Result<()> {
        let sent = events.len();
        let answer = self.api.post("/api/v1/events", &events.into()).await?;
        if answer["accepted"] != sent {
            bail!("events were not accepted whole: {answer}");
        }
        Ok(())
    }

    /// Asks over and over until a unit is in no rollout; milliseconds since then.
    async fn until_changed(&mut self, unit: &str, since: Instant) -> Result<f64> {
        loop {
            let answer = self.resolve(unit).await?;
            let took = since.elapsed();
            if answer["rollout"].is_null() {
                if answer["release"] != 1 {
                    bail!("not the release from before: {answer}");
                }
                return Ok(took.as_secs_f64() * 1e3);
            }
            if took > CHANGE_MAX {
                bail!("the answer has not changed after {} s", took.as_secs());
            }
        }
    }

    async fn resolve(&mut self, unit: &str) -> Result<Value> {
        let asked = json!({
            "prompt": prompt_id(0), "unit": unit,
            "variables": {"name": "Ines", "product": "the Dewkeeper", "city": "Porto", "price": "89.00 EUR"},
        });
        self.watcher.post("/api/v1/resolve", &asked).await
    }
}

/// Events of neighbours: outcomes of units that are in no arm, which every fold must look at.
struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<f64>>,
}

impl Load {
    fn start(to: SocketAddr, token: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, token) = (stop.clone(), token.to_owned());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(send_until(to, &token, &stopped))
        });
        Self { stop, thread }
    }

    /// Ends it; events a second.
    fn stop(self) -> Result<f64> {
        self.stop.store(true, Ordering::Relaxed);
        let joined = self.thread.join();
        joined.map_err(|_| anyhow::anyhow!("the neighbours panicked"))?
    }
}

async fn send_until(to: SocketAddr, token: &str, stop: &AtomicBool) -> Result<f64> {
    let mut connection = Connection::open(to).await?;
    let mut clock = tokio::time::interval(LOAD_EVERY);
    let begun = Instant::now();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        clock.tick().await;
        let line = |number: usize| {
            let event = json!({
                "id": format!("n-{number}"), "type": "outcome", "unit": format!("neighbour-{number}"),
                "kpi": "revenue", "value": 12.5,
            });
            format!("{event}\n")
        };
        let body: String = (sent..sent + LOAD_BATCH).map(line).collect();
        let request = post(to, "/api/v1/events", "application/x-ndjson", token, &body);
        let answer: Value = serde_json::from_slice(connection.ask(&request).await?)?;
        if answer["accepted"] != LOAD_BATCH {
            bail!("the neighbours' events were not accepted whole: {answer}");
        }
        sent += LOAD_BATCH;
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of events")]
    let sent = sent as f64;
    Ok(sent / begun.elapsed().as_secs_f64())
}
