//! Switchbacks: starting one, and showing its windows.

use clap::Args;
use variorum_api_types::designs::{StartSwitchback, Switchback};

use crate::commands::words;

/// Windows shown one by one.
const SHOWN: usize = 12;

/// How time is cut.
#[derive(Debug, Args)]
pub(crate) struct SwitchbackArgs {
    /// How it is compared: people are split, or time is cut into windows and everybody gets one arm in
    /// each of them.
    #[arg(
        long,
        default_value = "split",
        hide_default_value = true,
        value_parser = ["split", "switchback"],
        value_name = "split|switchback"
    )]
    pub design: String,
    /// How long a window of a switchback is, e.g. `4h`: 10 minutes to 14 days.
    #[arg(
        long,
        required_if_eq("design", "switchback"),
        value_parser = words::duration,
        conflicts_with_all = ["stage", "further", "shadow", "layer", "external_assignment", "then", "treatment_share", "pre_period_days"],
        value_name = "TIME"
    )]
    pub window: Option<i64>,
    /// How much of the beginning of each window is left out, e.g. `30m`; nothing where not given.
    #[arg(long, value_parser = words::duration, requires = "window", value_name = "TIME")]
    pub burn_in: Option<i64>,
    /// The pairs of windows at which a decision is planned; 40 where not given.
    #[arg(long, requires = "window", value_name = "N")]
    pub pairs: Option<u32>,
}

impl SwitchbackArgs {
    /// What is asked for; a window alone says enough.
    pub(super) fn body(&self) -> Option<StartSwitchback> {
        Some(StartSwitchback {
            window_seconds: self.window?,
            burn_in_seconds: self.burn_in.unwrap_or(0),
            pairs: self.pairs,
        })
    }
}

/// The windows of a switchback, the newest ones.
pub(super) fn lines(found: &Switchback) -> Vec<String> {
    let skipped = found.windows.len().saturating_sub(SHOWN);
    let mut lines = vec![format!("Windows: {}", found.sentence)];
    for window in &found.windows[skipped..] {
        let state = match window.state.as_str() {
            "open" => "not over as a pair yet",
            "counts" => "counts",
            "empty" => "left out: nobody was exposed",
            "astray" => "left out: not served as drawn",
            _ => "left out with the other one of its pair",
        };
        lines.push(format!(
            "  {}  arm {}  {:>7} people  {state}",
            window.from, window.arm, window.units
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn windows_are_told_line_by_line() {
        let window = |index: u32, state: &str| {
            json!({"index": index, "from": "2026-12-01T08:00:00Z", "until": "2026-12-01T12:00:00Z",
                "arm": index % 2, "state": state, "units": 120, "burn_in_units": 3, "astray": 0, "mean": 0.2})
        };
        let windows: Vec<_> = (0..14).map(|index| window(index, "counts")).collect();
        let found: Switchback = from_value(json!({
            "window_seconds": 14_400, "burn_in_seconds": 1_800, "from": "2026-12-01T08:00:00Z",
            "planned_pairs": 40, "pairs": 7, "empty": 0, "astray": 0, "burn_in_units": 42,
            "alarm": false, "sentence": "7 pairs of 40 planned count.", "kpi": "order",
            "windows": windows,
        }))
        .unwrap();
        let lines = lines(&found);
        assert_eq!(lines.len(), 1 + SHOWN);
        assert_eq!(lines[0], "Windows: 7 pairs of 40 planned count.");
        assert_eq!(
            lines[1],
            "  2026-12-01T08:00:00Z  arm 0      120 people  counts"
        );
    }
}
