//! A rollout for tests, as the server answers it.

use serde_json::{Value, from_value, json};
use variorum_api_types::rollouts::{Rollout, RolloutDetail};

/// In a list.
pub(super) fn rollout() -> Rollout {
    from_value(base()).unwrap()
}

/// With everything measured.
pub(super) fn detail() -> RolloutDetail {
    let arm = |units: u64, mean: f64| json!({"units": units, "sum": "1", "sum_of_squares": "1", "mean": mean});
    let mut value = base();
    let more = json!({
        "hypothesis": "Fewer words, more orders.", "goal": "first_order", "alpha": 0.01,
        "kpis": [
            {"kpi": "first_order", "title": "First order", "kind": "conversion", "direction": "up",
             "unit": "share of contacts", "decimals": 0, "goal": true,
             "guard": {"harm": "decrease", "margin": 0.05, "action": "roll-back", "log_e": 2.3, "fired": false},
             "control": arm(4060, 0.081), "treatment": arm(4060, 0.072),
             "difference": {"estimate": -0.009, "low": -0.016, "high": -0.003},
             "sentence": "Version 5 brings 0.9 points fewer first orders.", "state": "harm", "series": [],
             "treatments": [{"arm": 1, "name": "Version 5", "sums": arm(4060, 0.072),
                "difference": {"estimate": -0.009, "low": -0.016, "high": -0.003},
                "guard": {"harm": "decrease", "margin": 0.05, "action": "roll-back", "log_e": 2.3, "fired": false},
                "sentence": "Version 5 brings 0.9 points fewer first orders.", "state": "harm", "series": []}]},
            {"kpi": "revenue", "title": "Revenue", "kind": "value", "direction": "up", "unit": "EUR",
             "decimals": 2, "goal": false, "guard": null,
             "control": arm(4060, 231.0), "treatment": arm(4060, 244.5), "difference": null,
             "sentence": "Collecting.", "state": "collecting", "series": [],
             "treatments": [{"arm": 1, "name": "Version 5", "sums": arm(4060, 244.5), "difference": null,
                "guard": null, "sentence": "Collecting.", "state": "collecting", "series": []}]},
        ],
        "log_e": 2.3, "threshold": 4.605_170_186,
        "split": {"planned": [5000, 5000], "exposed": [4060, 4060], "p": 0.81, "alarm": false},
        "both_arms": 0, "fired": null,
        "guards": [{"kpi": "first_order", "title": "First order", "arm": 1, "name": "Version 5",
            "against": "a fall by more than 5 %", "action": "roll-back", "log_e": 2.3, "fired": false}],
        "stage_log": [{"at": "2026-11-20T10:00:00.000000Z", "stage": 0, "coverage": 1000}],
        "entries": [{"seq": 9, "at": "2026-11-20T10:00:00.000000Z", "actor": 2, "actor_name": "Ann Lee",
            "actor_kind": "person", "action": "rollout.started", "target": "rollout:R-4",
            "sentence": "Ann Lee started R-4", "before": null, "after": null, "reason": "",
            "evidence": {}, "prev": "a", "hash": "b"}],
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
        fields.extend(more);
    }
    from_value(value).unwrap()
}

fn base() -> Value {
    json!({
        "number": 4, "title": "Shorter subject", "environment": "production",
        "prompt": "email/welcome", "control": 11, "treatment": 12, "control_version": 4,
        "treatment_version": 5, "state": "running", "stages": [1000, 10000], "stage": 0,
        "coverage": 1000, "started_at": "2026-11-20T10:00:00.000000Z", "started_by": "Ann Lee",
        "ending": null, "sentence": "First orders fall.", "exposed": [4060, 4060],
    })
}
