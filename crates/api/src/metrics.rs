//! What the process counts, in the text format Prometheus reads.
//!
//! The hot operations count with atomics; everything else under one lock.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;

/// Upper ends of the histogram of `/resolve`, in microseconds.
const RESOLVE_BUCKETS_US: [u64; 8] = [50, 100, 250, 500, 1_000, 5_000, 25_000, 100_000];

/// Which requests are counted together: method, route, status.
type Requests = BTreeMap<(&'static str, String, u16), u64>;

/// The counters.
#[derive(Default)]
pub(crate) struct Metrics {
    requests: Mutex<Requests>,
    resolved: AtomicU64,
    not_resolved: AtomicU64,
    resolve_buckets: [AtomicU64; RESOLVE_BUCKETS_US.len()],
    resolve_us: AtomicU64,
    event_batches: AtomicU64,
    events_rejected: AtomicU64,
}

/// What is not counted here but asked of others.
pub(crate) struct Gauges {
    /// Events made durable since the start.
    pub(crate) events_accepted: u64,
    /// Rollouts that run or are paused; absent where the store did not answer.
    pub(crate) open_rollouts: Option<usize>,
    /// Seconds since the process started.
    pub(crate) uptime_seconds: i64,
    /// The store's engine.
    pub(crate) engine: &'static str,
}

impl Metrics {
    /// Counts a request.
    pub(crate) fn request(&self, method: &'static str, route: &str, status: StatusCode) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests
            .entry((method, route.to_owned(), status.as_u16()))
            .or_default() += 1;
    }

    /// Counts an answer of `/resolve`.
    pub(crate) fn resolve(&self, fine: bool, took: Duration) {
        let counter = if fine {
            &self.resolved
        } else {
            &self.not_resolved
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.resolve_us.fetch_add(took_us, Ordering::Relaxed);
        let place = RESOLVE_BUCKETS_US.iter().position(|end| took_us <= *end);
        if let Some(bucket) = place.and_then(|place| self.resolve_buckets.get(place)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a batch of events.
    pub(crate) fn events(&self, rejected: usize) {
        self.event_batches.fetch_add(1, Ordering::Relaxed);
        let rejected = u64::try_from(rejected).unwrap_or(u64::MAX);
        self.events_rejected.fetch_add(rejected, Ordering::Relaxed);
    }

    /// Everything as text.
    pub(crate) fn text(&self, gauges: &Gauges) -> String {
        let mut out = String::with_capacity(4_096);
        self.write_requests(&mut out);
        self.write_resolve(&mut out);
        let events_rejected = self.events_rejected.load(Ordering::Relaxed);
        let rows = [
            (
                "variorum_events_accepted_total",
                "counter",
                "Events made durable.",
                gauges.events_accepted,
            ),
            (
                "variorum_events_rejected_total",
                "counter",
                "Events refused one by one.",
                events_rejected,
            ),
            (
                "variorum_event_batches_total",
                "counter",
                "Requests that brought events.",
                self.event_batches.load(Ordering::Relaxed),
            ),
            (
                "variorum_uptime_seconds",
                "gauge",
                "Seconds since the process started.",
                u64::try_from(gauges.uptime_seconds).unwrap_or(0),
            ),
        ];
        for (name, kind, help, value) in rows {
            head(&mut out, name, kind, help);
            line(&mut out, name, "", value);
        }
        if let Some(open) = gauges.open_rollouts {
            head(
                &mut out,
                "variorum_open_rollouts",
                "gauge",
                "Rollouts that run or are paused.",
            );
            line(
                &mut out,
                "variorum_open_rollouts",
                "",
                u64::try_from(open).unwrap_or(0),
            );
        }
        head(
            &mut out,
            "variorum_build_info",
            "gauge",
            "The version that runs.",
        );
        let labels = format!(
            "{{version=\"{}\",store=\"{}\"}}",
            env!("CARGO_PKG_VERSION"),
            gauges.engine
        );
        line(&mut out, "variorum_build_info", &labels, 1);
        out
    }

    fn write_requests(&self, out: &mut String) {
        let requests = self
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        head(
            out,
            "variorum_requests_total",
            "counter",
            "Requests by route and status.",
        );
        for ((method, route, status), count) in requests {
            let labels = format!("{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}");
            line(out, "variorum_requests_total", &labels, count);
        }
        let route = "/api/v1/resolve";
        for (result, counter) in [("ok", &self.resolved), ("error", &self.not_resolved)] {
            let labels = format!("{{method=\"POST\",route=\"{route}\",status=\"{result}\"}}");
            line(
                out,
                "variorum_requests_total",
                &labels,
                counter.load(Ordering::Relaxed),
            );
        }
    }

    fn write_resolve(&self, out: &mut String) {
        let name = "variorum_resolve_seconds";
        head(
            out,
            name,
            "histogram",
            "How long `/resolve` took inside the process.",
        );
        let mut below = 0;
        for (end, bucket) in RESOLVE_BUCKETS_US.iter().zip(&self.resolve_buckets) {
            below += bucket.load(Ordering::Relaxed);
            let labels = format!("{{le=\"{}\"}}", seconds(*end));
            line(out, "variorum_resolve_seconds_bucket", &labels, below);
        }
        let all = self.resolved.load(Ordering::Relaxed) + self.not_resolved.load(Ordering::Relaxed);
        line(
            out,
            "variorum_resolve_seconds_bucket",
            "{le=\"+Inf\"}",
            all.max(below),
        );
        let sum = seconds(self.resolve_us.load(Ordering::Relaxed));
        let _ = writeln!(out, "variorum_resolve_seconds_sum {sum}");
        line(out, "variorum_resolve_seconds_count", "", all.max(below));
    }
}

/// Microseconds as exact decimal seconds.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(out: &mut String, name: &str, labels: &str, value: u64) {
    let _ = writeln!(out, "{name}{labels} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_text() {
        let metrics = Metrics::default();
        metrics.request("GET", "/api/v1/prompts", StatusCode::OK);
        metrics.request("GET", "/api/v1/prompts", StatusCode::OK);
        metrics.resolve(true, Duration::from_micros(80));
        metrics.resolve(false, Duration::from_secs(1));
        metrics.events(3);
        let gauges = Gauges {
            events_accepted: 7,
            open_rollouts: Some(1),
            uptime_seconds: 12,
            engine: "sqlite",
        };
        let text = metrics.text(&gauges);
        let expected = [
            "variorum_requests_total{method=\"GET\",route=\"/api/v1/prompts\",status=\"200\"} 2",
            "variorum_resolve_seconds_bucket{le=\"0.00005\"} 0",
            "variorum_resolve_seconds_bucket{le=\"0.0001\"} 1",
            "variorum_resolve_seconds_bucket{le=\"+Inf\"} 2",
            "variorum_resolve_seconds_sum 1.00008",
            "variorum_events_accepted_total 7",
            "variorum_events_rejected_total 3",
            "variorum_open_rollouts 1",
        ];
        for line in expected {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in:\n{text}"
            );
        }
    }
}
