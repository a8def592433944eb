//! Simulated customers: they ask for a prompt and report what they did, over the real HTTP API.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::people::Person;
use super::random::Random;
use super::story::ArmRates;

/// Connections that serve customers side by side.
const THREADS: u32 = 4;
/// Customers whose events are reported together.
const CUSTOMERS_PER_REPORT: u64 = 10;

/// Customers stop coming so long after the last one was in a rollout ...
const QUIET: Duration = Duration::from_secs(12);
/// ... and so many customers after it: at the first stage only one in ten takes part.
const QUIET_CUSTOMERS: u64 = 120;

/// Where and how customers come.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub url: String,
    pub token: String,
    pub prompt: String,
    pub rates: ArmRates,
    pub per_second: u32,
    pub seconds: u32,
    /// Makes the customers of one run different from those of another.
    pub run: u64,
}

/// How a run stands.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub customers: AtomicU64,
    pub events: AtomicU64,
    pub stop: AtomicBool,
    pub running: AtomicBool,
    pub problem: Mutex<Option<String>>,
    pub until: Mutex<Option<Instant>>,
    /// When somebody was last in a rollout, and who it was, counted.
    pub exposed: Mutex<Option<(Instant, u64)>>,
}

impl Progress {
    pub(super) fn fail(&self, problem: String) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }

    /// Whether the rollout they came for has ended some time ago.
    fn is_over(&self, now: Instant) -> bool {
        let exposed = *self.exposed.lock().unwrap_or_else(PoisonError::into_inner);
        let customers = self.customers.load(Ordering::Relaxed);
        exposed.is_some_and(|(at, who)| {
            now.duration_since(at) > QUIET && customers.saturating_sub(who) > QUIET_CUSTOMERS
        })
    }

    pub(super) fn seconds_left(&self) -> u64 {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        left.map_or(0, |left| left.as_secs())
    }
}

/// Runs until the time is over or somebody says stop. Blocks.
pub(super) fn run(plan: &Plan, progress: &Arc<Progress>) {
    progress.running.store(true, Ordering::Relaxed);
    let until = Instant::now() + Duration::from_secs(u64::from(plan.seconds));
    *progress
        .until
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(until);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let progress = progress.clone();
            scope.spawn(move || {
                if let Err(problem) = one_thread(plan, thread, until, &progress) {
                    progress.fail(problem);
                    progress.stop.store(true, Ordering::Relaxed);
                }
            });
        }
    });
    progress.running.store(false, Ordering::Relaxed);
}

fn one_thread(plan: &Plan, thread: u32, until: Instant, progress: &Progress) -> Result<(), String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into();
    let mut random = Random::new(plan.run ^ (u64::from(thread) << 40));
    let pause = Duration::from_secs_f64(f64::from(THREADS) / f64::from(plan.per_second.max(1)));
    let mut next = Instant::now();
    let mut reports = Vec::new();
    for number in 0_u64.. {
        let now = Instant::now();
        if now >= until || progress.stop.load(Ordering::Relaxed) || progress.is_over(now) {
            break;
        }
        if let Some(early) = next.checked_duration_since(now) {
            std::thread::sleep(early);
        }
        next += pause;
        let unit = format!("visitor-{}-{thread}-{number}", plan.run);
        customer(plan, &agent, &unit, &mut random, &mut reports, progress)?;
        progress.customers.fetch_add(1, Ordering::Relaxed);
        if number % CUSTOMERS_PER_REPORT == CUSTOMERS_PER_REPORT - 1 {
            report(plan, &agent, &mut reports, progress)?;
        }
    }
    report(plan, &agent, &mut reports, progress)
}

/// One customer gets the prompt, and then does or does not do what is hoped for.
fn customer(
    plan: &Plan,
    agent: &ureq::Agent,
    unit: &str,
    random: &mut Random,
    reports: &mut Vec<Value>,
    progress: &Progress,
) -> Result<(), String> {
    let answer = post(
        plan,
        agent,
        "/api/v1/resolve",
        &json!({"prompt": plan.prompt, "unit": unit, "channel": "email", "variables": sample()}),
    )?;
    let Some(exposure) = answer["exposure"].as_str() else {
        return Ok(());
    };
    *progress
        .exposed
        .lock()
        .unwrap_or_else(PoisonError::into_inner) =
        Some((Instant::now(), progress.customers.load(Ordering::Relaxed)));
    let treatment = answer["arm"] == 1;
    reports.push(json!({
        "id": exposure, "type": "exposure", "unit": unit, "prompt": plan.prompt,
        "rollout": answer["rollout"], "arm": answer["arm"], "channel": "email",
        "attributes": Person::named(unit).attributes(),
    }));
    let rates = if treatment {
        &plan.rates.treatment
    } else {
        &plan.rates.control
    };
    for (kpi, rate) in rates {
        if random.chance(*rate) {
            reports.push(json!({
                "id": format!("{exposure}-{kpi}"), "type": "outcome", "unit": unit, "kpi": kpi,
                "channel": "email",
            }));
        }
    }
    Ok(())
}

/// Values for every variable a sample prompt may ask for; what it does not know it ignores.
fn sample() -> Value {
    json!({
        "first_name": "Ines", "brand": "alder", "region": "uk", "product": "Kiwami natural",
        "brewer": "french press", "locale": "en-GB",
    })
}

fn report(
    plan: &Plan,
    agent: &ureq::Agent,
    reports: &mut Vec<Value>,
    progress: &Progress,
) -> Result<(), String> {
    if reports.is_empty() {
        return Ok(());
    }
    let batch = Value::Array(std::mem::take(reports));
    let answer = post(plan, agent, "/api/v1/events", &batch)?;
    progress
        .events
        .fetch_add(answer["accepted"].as_u64().unwrap_or(0), Ordering::Relaxed);
    Ok(())
}

fn post(plan: &Plan, agent: &ureq::Agent, path: &str, body: &Value) -> Result<Value, String> {
    let url = format!("{}{path}", plan.url);
    let answer = agent
        .post(&url)
        .config()
        .http_status_as_error(false)
        .build()
        .header("Authorization", &format!("Bearer {}", plan.token))
        .header("Content-Type", "application/json")
        .send(body.to_string())
        .map_err(|error| format!("{path}: {error}"))?;
    let status = answer.status().as_u16();
    let text = answer
        .into_body()
        .read_to_string()
        .map_err(|error| format!("{path}: {error}"))?;
    let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if (200..300).contains(&status) {
        return Ok(value);
    }
    let detail = value["detail"].as_str().unwrap_or(text.trim());
    Err(format!("{path} answered {status}: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_wait_for_a_rollout_that_few_take_part_in() {
        let progress = Progress::default();
        let start = Instant::now();
        let late = start + QUIET * 2;
        assert!(!progress.is_over(late), "nobody has met the rollout yet");
        *progress
            .exposed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some((start, 30));
        progress.customers.store(40, Ordering::Relaxed);
        assert!(!progress.is_over(late), "ten customers say little");
        progress
            .customers
            .store(31 + QUIET_CUSTOMERS, Ordering::Relaxed);
        assert!(!progress.is_over(start), "the next may come at once");
        assert!(progress.is_over(late));
    }
}
