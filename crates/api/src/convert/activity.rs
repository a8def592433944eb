//! The audit log.

use serde_json::Value;
use variorum_api_types::activity as wire;
use variorum_app::activity::Checked;
use variorum_domain::audit::Entry;

use super::entries;
use super::people::actor_kind;
use crate::time;

/// One line of the log.
pub(crate) fn entry(entry: Entry) -> wire::Entry {
    let evidence = serde_json::from_str(&entry.evidence).unwrap_or(Value::Null);
    wire::Entry {
        seq: entry.seq,
        at: time::format(entry.at),
        actor: entry.by.id.0,
        actor_kind: actor_kind(entry.by.kind).to_owned(),
        sentence: entries::sentence(&entry.by.name, &entry.action, &entry.target, &evidence),
        actor_name: entry.by.name,
        action: entry.action,
        target: entry.target,
        before: entry.before.map(|digest| digest.to_string()),
        after: entry.after.map(|digest| digest.to_string()),
        reason: entry.reason,
        evidence,
        prev: entry.prev.to_string(),
        hash: entry.hash.to_string(),
    }
}

/// The result of checking the log.
pub(crate) fn check(checked: &Checked) -> wire::AuditCheck {
    wire::AuditCheck {
        intact: checked.problem.is_none(),
        entries: checked.entries,
        head: format!("{}:{}", checked.head.seq, checked.head.hash),
        problem: checked
            .problem
            .as_ref()
            .map(|p| crate::problem::sentence(&p.to_string())),
    }
}
