//! `/api/v1/resolve` against a bare handler that sends the same number of bytes from memory.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};

use super::client::{Connection, load, percentile, post};
use super::company::{Company, PROMPTS, prompt_id};
use super::figure::Figure;
use super::server::{Server, make_token};
use super::{Options, comment};

const PATH: &str = "/api/v1/resolve";
/// Requests that differ; a prime, so that connections do not fall into step.
const REQUESTS: usize = 4_093;
/// A turn that is thrown away: connections, caches and the processor warm up.
const WARM_UP: Duration = Duration::from_millis(500);
/// What a usual answer holds.
const ANSWER_BYTES: std::ops::RangeInclusive<usize> = 1_900..=2_400;

/// One side: its server, what is sent to it, and what came of it.
struct Side {
    server: Server,
    requests: Arc<Vec<Vec<u8>>>,
    latencies_us: Vec<u32>,
}

/// What one turn came to.
struct Turn {
    per_second: f64,
    processor_us: f64,
}

impl Side {
    fn new(server: Server, token: &str) -> Self {
        let requests = (0..REQUESTS)
            .map(|number| request(server.address, token, number))
            .collect();
        Self {
            server,
            requests: Arc::new(requests),
            latencies_us: Vec::new(),
        }
    }

    fn turn(&mut self, turn: Duration) -> Result<Turn> {
        let before = self.server.processor_seconds()?;
        let done = load(self.server.address, &self.requests, turn)?;
        let used = self.server.processor_seconds()? - before;
        #[expect(clippy::cast_precision_loss, reason = "a number of answers")]
        let processor_us = used * 1e6 / done.latencies_us.len() as f64;
        self.latencies_us.extend(done.latencies_us);
        Ok(Turn {
            per_second: done.per_second,
            processor_us,
        })
    }
}

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let data = folder.path().join("data");
    found(&data)?;
    let token = make_token(&data, "viewer")?;
    let mut ours = Side::new(Server::variorum(&data)?, &token);
    let answer = one_answer(&ours)?;
    let file = folder.path().join("answer.json");
    std::fs::write(&file, &answer)?;
    let mut reference = Side::new(Server::fixed(&file)?, &token);
    comment(&format!(
        "{PROMPTS} prompts, a rollout for every unit, answers of {} bytes",
        answer.len()
    ));
    comment("reference: a bare axum handler that reads the body and answers from memory");
    for side in [&mut ours, &mut reference] {
        side.turn(WARM_UP)?;
        side.latencies_us.clear();
    }
    let (mut rate, mut processor) = (Figure::default(), Figure::default());
    for _ in 0..options.rounds {
        let (mine, theirs) = (ours.turn(options.turn)?, reference.turn(options.turn)?);
        rate.round(mine.per_second, theirs.per_second);
        processor.round(mine.processor_us, theirs.processor_us);
    }
    rate.print("resolve_requests_per_second");
    processor.print("resolve_server_cpu_us_per_request");
    print_latencies(&mut ours.latencies_us, &mut reference.latencies_us);
    Ok(())
}

fn print_latencies(ours: &mut [u32], reference: &mut [u32]) {
    ours.sort_unstable();
    reference.sort_unstable();
    for percent in [50, 99] {
        let figure = Figure::of(percentile(ours, percent), percentile(reference, percent));
        figure.print(&format!("resolve_latency_p{percent}_us"));
    }
}

/// Founds the company and closes its stores again.
fn found(data: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        Company::found(data).await?.start_rollout().await?;
        Ok(())
    })
}

fn request(host: SocketAddr, token: &str, number: usize) -> Vec<u8> {
    let names = ["Ines", "Tomás", "Aoife", "Jan", "Marta"];
    let body = serde_json::json!({
        "prompt": prompt_id(number * 7 % PROMPTS),
        "environment": "production",
        "unit": format!("customer-{:07}", number * 7_919),
        "channel": "email",
        "attributes": {"country": "PT", "device": "phone"},
        "variables": {
            "name": names[number % names.len()],
            "product": "the Dewkeeper",
            "city": "Porto",
            "price": "89.00 EUR",
            "returning": number.is_multiple_of(2),
        },
    });
    post(host, PATH, "application/json", token, &body.to_string())
}

/// An answer of our side, checked to be what is to be measured.
fn one_answer(side: &Side) -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(side.server.address).await?;
        let answer = connection.ask(&side.requests[0]).await?.to_vec();
        let read: serde_json::Value = serde_json::from_slice(&answer)?;
        if !read["arm"].is_number() || !read["exposure"].is_string() {
            bail!("the unit is in no rollout: {read}");
        }
        if !ANSWER_BYTES.contains(&answer.len()) {
            bail!(
                "an answer of {} bytes is not what is to be measured: {read}",
                answer.len()
            );
        }
        Ok(answer)
    })
}
