//! Change records.

use serde_json::Value;
use variorum_api_types::records as wire;
use variorum_app::records::{Baseline, Form, KnownKpi, Record};
use variorum_domain::policy::MainGuard;
use variorum_ports::rows::OutcomeRow;

use super::changes::{needed_approvals, needed_field};
use super::library;
use crate::time;

/// A record with what became of it.
pub(crate) fn record(found: Record) -> wire::Record {
    wire::Record {
        commit: found.row.commit.to_string(),
        at: time::format(found.row.at),
        author: found.row.author,
        subject: found.row.subject,
        record: library::record(found.row.record),
        on_main: found.on_main,
        outcomes: found.outcomes.iter().map(outcome).collect(),
    }
}

fn outcome(row: &OutcomeRow) -> wire::Outcome {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let text = |field: &str| {
        body.get(field)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    wire::Outcome {
        rollout: row.rollout.0,
        at: time::format(row.at),
        decision: text("decision"),
        by: text("by"),
        reason: text("reason"),
        kpis: body
            .get("kpis")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default(),
    }
}

/// What the form needs.
pub(crate) fn form(form: Form) -> wire::RecordForm {
    wire::RecordForm {
        required: form.duties.fields.iter().map(needed_field).collect(),
        approvals: form.duties.approvals.iter().map(needed_approvals).collect(),
        reviewed_only: form.policy.main == MainGuard::Reviewed,
        refused_subjects: form.policy.refused_subjects,
        kpis: form.kpis.into_iter().map(known).collect(),
    }
}

fn known(known: KnownKpi) -> wire::KnownKpi {
    wire::KnownKpi {
        kpi: library::kpi(known.kpi),
        measured: known.measured.map(baseline),
    }
}

fn baseline(found: Baseline) -> wire::Baseline {
    wire::Baseline {
        value: found.value,
        units: found.units,
        from: time::format(found.from),
        to: time::format(found.to),
        rollout: found.rollout.0,
        of_these_paths: found.of_these_paths,
        text: found.text,
    }
}
