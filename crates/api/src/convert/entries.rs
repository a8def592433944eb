//! Entries of the audit log in sentences for people.

use serde_json::Value;

use variorum_domain::fold::Look;

use crate::wording::{guards, share};

/// What somebody did, in one sentence.
pub(crate) fn sentence(who: &str, action: &str, target: &str, evidence: &Value) -> String {
    let id = target.split_once(':').map_or(target, |(_, id)| id);
    let done = match action.split_once('.').map_or("", |(thing, _)| thing) {
        "version" | "prompts" | "draft" | "library" | "workspace" => content(action, id, evidence),
        "release" | "environment" => live(action, id, evidence),
        "rollout" => rollout(action, id, evidence),
        "change" | "outcome" => change(action, id, evidence),
        "person" | "token" | "sign-in-link" => people(action, id, evidence),
        "stop" | "incident" | "ladder" => alarms(action, id, evidence),
        "versions" | "key" | "mirror" | "view" | "regression" | "source" => {
            outside(action, id, evidence)
        }
        _ => None,
    };
    let done = done.unwrap_or_else(|| format!("did `{action}` to `{target}`"));
    format!("{who} {done}.")
}

fn text<'a>(evidence: &'a Value, field: &str) -> &'a str {
    evidence
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn number(evidence: &Value, field: &str) -> Option<i64> {
    evidence.get(field).and_then(Value::as_i64)
}

/// The library, in the words people use for it.
fn place(draft: &str) -> String {
    if draft == "main" {
        "in the library".to_owned()
    } else {
        format!("on the draft {draft}")
    }
}

fn files(evidence: &Value, field: &str) -> String {
    match number(evidence, field) {
        Some(1) => "1 file".to_owned(),
        Some(many) => format!("{many} files"),
        None => "files".to_owned(),
    }
}

fn content(action: &str, id: &str, evidence: &Value) -> Option<String> {
    Some(match action {
        "version.saved" => {
            let subject = text(evidence, "subject");
            match number(evidence, "file_count") {
                Some(files) if files > 1 => {
                    format!("saved “{subject}” {}: {files} files", place(id))
                }
                _ => format!("saved “{subject}” {}", place(id)),
            }
        }
        "version.undone" => format!("took a saved version back {}", place(id)),
        "prompts.moved" => format!("moved {} {}", files(evidence, "moved"), place(id)),
        "prompts.retagged" => format!("retagged {} {}", files(evidence, "edited"), place(id)),
        "prompts.archived" => format!("archived {} {}", files(evidence, "edited"), place(id)),
        "prompts.unarchived" => {
            format!(
                "took {} out of the archive {}",
                files(evidence, "edited"),
                place(id)
            )
        }
        "draft.created" => format!("began the draft {id}"),
        "draft.published" => format!("published the draft {id} to the library"),
        "draft.deleted" => format!("deleted the draft {id}"),
        "draft.closed" => format!("closed the draft {id}"),
        "draft.archived" => format!("put the draft {id} away at its end"),
        "draft.reopened" => format!("opened the draft {id} again"),
        "draft.changed" => format!("changed title or end of the draft {id}"),
        "draft.updated" => format!("brought the latest into the draft {id}"),
        "library.imported" => match number(evidence, "commits") {
            Some(commits) => format!("imported a library with {commits} saved versions"),
            None => "imported a library".to_owned(),
        },
        "workspace.created" => format!("made the workspace {id}"),
        _ => return None,
    })
}

fn change(action: &str, id: &str, evidence: &Value) -> Option<String> {
    Some(match action {
        "change.opened" => {
            let (title, draft) = (text(evidence, "title"), text(evidence, "draft"));
            format!("opened change {id} “{title}” for the draft {draft}")
        }
        "change.edited" => format!("edited change {id}"),
        "change.reviewed" => match text(evidence, "verdict") {
            "approve" => format!("approved change {id}"),
            "request-changes" => format!("asked for changes to change {id}"),
            _ => format!("commented on change {id}"),
        },
        "change.commented" => format!("commented on change {id}"),
        "change.settled" => format!("settled a discussion on change {id}"),
        "change.taken-up" => format!("took a discussion on change {id} up again"),
        "change.accepted" => format!("took a suggestion for change {id} over"),
        "change.merged" => format!("published change {id} to the library"),
        "change.closed" => format!("closed change {id}"),
        "change.reopened" => format!("opened change {id} again"),
        "change.emergency" => {
            let place = text(evidence, "environment");
            format!("made change {id} live in {place} in an emergency; a review is owed")
        }
        "outcome.noted" => format!("wrote the result of rollout {id} beside its hypotheses"),
        _ => return None,
    })
}

fn live(action: &str, id: &str, evidence: &Value) -> Option<String> {
    let to = number(evidence, "to");
    Some(match (action, to) {
        ("release.created", _) => match number(evidence, "prompts") {
            Some(1) => format!("made release {id} with 1 prompt"),
            Some(prompts) => format!("made release {id} with {prompts} prompts"),
            None => format!("made release {id}"),
        },
        ("environment.went-live", Some(to)) => format!("made release {to} live in {id}"),
        ("environment.rolled-back", Some(to)) => format!("took {id} back to release {to}"),
        _ => return None,
    })
}

/// For whom a rollout begins: a switchback is for everybody at once, now one release, now the other.
fn for_whom(evidence: &Value, coverage: Option<u32>) -> String {
    if text(evidence, "design") == "switchback" {
        return ", one release and the other by turns".to_owned();
    }
    coverage.map_or_else(String::new, |points| {
        format!(" for {} of all people", share(points))
    })
}

fn rollout(action: &str, id: &str, evidence: &Value) -> Option<String> {
    let title = text(evidence, "title");
    let name = if title.is_empty() {
        id.to_owned()
    } else {
        format!("{id} “{title}”")
    };
    let control = number(evidence, "control");
    let coverage = number(evidence, "coverage_bp").and_then(|points| u32::try_from(points).ok());
    let kpi = text(evidence, "kpi");
    if let Some(words) = nothing_new(action, &name, evidence) {
        return Some(words);
    }
    Some(match action {
        "rollout.started" => {
            let place = text(evidence, "environment");
            format!(
                "started rollout {name} in {place}{}",
                for_whom(evidence, coverage)
            )
        }
        "rollout.began" => format!("began rollout {name}{}", for_whom(evidence, coverage)),
        "rollout.advanced" => {
            let people = coverage.map(|points| format!(" to {} of all people", share(points)));
            format!("moved rollout {name} on{}", people.unwrap_or_default())
        }
        "rollout.arm-stopped" => {
            let arm = number(evidence, "arm").unwrap_or(1);
            format!("stopped arm {arm} of rollout {id} because of {kpi}")
        }
        "rollout.paused" if !kpi.is_empty() => format!("paused rollout {id} because of {kpi}"),
        "rollout.paused" => format!("paused rollout {name}"),
        "rollout.held" => format!("holds rollout {id} at its stage because of {kpi}"),
        "rollout.escalated" => format!("asked for people for rollout {id} because of {kpi}"),
        "rollout.looked" => format!("looked at rollout {name}: {}", looked(evidence)),
        "rollout.measured" => format!("wrote down what was measured of rollout {id}"),
        "rollout.resumed" => format!("resumed rollout {name}"),
        "rollout.decision-asked" => {
            format!("asked a second person to decide against the verdict on rollout {name}")
        }
        "rollout.decision-confirmed" => {
            format!("confirmed a decision against the verdict on rollout {name}")
        }
        "rollout.decision-declined" => {
            format!("declined to decide against the verdict on rollout {name}")
        }
        "rollout.decision-withdrawn" => {
            format!("no longer asks to decide against the verdict on rollout {name}")
        }
        "rollout.finished" => match number(evidence, "won").or(number(evidence, "treatment")) {
            Some(new) => format!("finished rollout {name}: everyone gets release {new}"),
            None => format!("finished rollout {name}"),
        },
        "rollout.rolled-back" if !kpi.is_empty() => {
            format!("took rollout {id} back because of {kpi}")
        }
        "rollout.rolled-back" => match control {
            Some(old) => format!("took rollout {name} back: everyone gets release {old} again"),
            None => format!("took rollout {name} back"),
        },
        _ => return None,
    })
}

/// What is said of a rollout that gives nobody anything new.
fn nothing_new(action: &str, name: &str, evidence: &Value) -> Option<String> {
    let place = text(evidence, "environment");
    Some(match (action, text(evidence, "design")) {
        ("rollout.started", "hold-out") => format!("began the hold-out {name} in {place}"),
        ("rollout.finished", "hold-out") => format!("ended the hold-out {name}"),
        ("rollout.started", "shadow") => {
            format!("started rollout {name} in the shadow of {place}")
        }
        ("rollout.rolled-back", "shadow") => {
            format!("ended rollout {name}: nobody got its release")
        }
        _ => return None,
    })
}

/// Why a look was written down, and what the verdict was.
fn looked(evidence: &Value) -> String {
    let look = evidence.get("look").cloned().unwrap_or_default();
    match serde_json::from_value::<Look>(look) {
        Ok(look) => {
            let why = guards::why(&look.why, str::to_owned);
            format!("{why}; the verdict is “{}”", look.outcome.name())
        }
        Err(_) => "nothing can be read of it".to_owned(),
    }
}

/// What comes by Git, and the keys and places that belong to it.
fn outside(action: &str, id: &str, evidence: &Value) -> Option<String> {
    let title = text(evidence, "title");
    Some(match action {
        "versions.pushed" => match number(evidence, "commits") {
            Some(1) => format!("pushed 1 version {}", place(id)),
            Some(commits) => format!("pushed {commits} versions {}", place(id)),
            None => format!("pushed {}", place(id)),
        },
        "key.added" => format!("registered the key “{title}”"),
        "key.removed" => format!("took the key “{title}” away"),
        "view.kept" => format!("kept {}", view(evidence)),
        "view.changed" => format!(
            "changed {}",
            view(evidence.get("after").unwrap_or(evidence))
        ),
        "view.removed" => format!("took {} away", view(evidence)),
        "regression.found" => format!("noticed that {}", got_worse(evidence)),
        "regression.acknowledged" => format!("took regression {id} on: {}", got_worse(evidence)),
        "regression.dismissed" => format!("dismissed regression {id}: {}", got_worse(evidence)),
        "regression.resolved" => format!("saw that regression {id} is over"),
        "source.added" => format!("added the source {id} for webhooks"),
        "source.changed" => format!("changed how webhooks of the source {id} are read"),
        "source.rotated" => format!("gave the source {id} another secret"),
        "source.paused" => format!("paused the source {id}"),
        "source.resumed" => format!("let the source {id} go on"),
        "source.removed" => format!("took the source {id} away"),
        "mirror.added" => format!("added the mirror {id} at {}", text(evidence, "url")),
        "mirror.removed" => format!("removed the mirror {id}"),
        "mirror.asked" => format!("asked for the mirror {id} to be brought in step"),
        "mirror.synced" => format!("brought the mirror {id} in step"),
        "mirror.failed" => format!("could not bring the mirror {id} in step"),
        _ => return None,
    })
}

/// Stops, incidents and ladders.
fn alarms(action: &str, id: &str, evidence: &Value) -> Option<String> {
    let title = text(evidence, "title");
    Some(match action {
        "stop.called" => match text(evidence, "environment") {
            "" => "stopped everything".to_owned(),
            place => format!("stopped everything in {place}"),
        },
        "stop.lifted" => format!("lifted stop {id}"),
        "incident.opened" => format!("opened {id} “{title}”"),
        "incident.came-again" => format!("noted that {id} “{title}” came again"),
        "incident.told" => format!("told people of {id} “{title}”"),
        "incident.moved" => format!("moved {id} “{title}” on"),
        "incident.acknowledged" => format!("acknowledged {id} “{title}”"),
        "incident.snoozed" => format!("snoozed {id} “{title}”"),
        "incident.handed-over" => {
            format!("handed {id} “{title}” over to {}", text(evidence, "holder"))
        }
        "incident.resolved" => format!("resolved {id} “{title}”"),
        "ladder.tested" => format!("tested the ladder “{title}”"),
        _ => return None,
    })
}

/// Which KPI of what got worse.
fn got_worse(evidence: &Value) -> String {
    let subject = text(evidence, "subject");
    let about = subject.split_once(':').map_or(subject, |(_, id)| id);
    format!("`{}` of {about} got worse", text(evidence, "kpi"))
}

/// A kept search; the log knows the names of shared ones only.
fn view(evidence: &Value) -> String {
    match text(evidence, "name") {
        "" => "a view of their own".to_owned(),
        name => format!("the shared view “{name}”"),
    }
}

fn people(action: &str, id: &str, evidence: &Value) -> Option<String> {
    let name = text(evidence, "name");
    Some(match action {
        "person.invited" => format!("invited {name}"),
        "person.changed" => {
            let after = evidence
                .get("after")
                .and_then(|after| after.get("disabled"));
            let before = evidence
                .get("before")
                .and_then(|before| before.get("disabled"));
            match (
                before.and_then(Value::as_bool),
                after.and_then(Value::as_bool),
            ) {
                (Some(false), Some(true)) => format!("shut person {id} out"),
                (Some(true), Some(false)) => format!("let person {id} in again"),
                _ => format!("changed what person {id} may do"),
            }
        }
        "person.signed-in" => "signed in".to_owned(),
        "person.signed-out" => "signed out".to_owned(),
        "token.created" => format!("made the token “{name}”"),
        "token.revoked" => format!("revoked the token “{name}”"),
        "sign-in-link.created" => "made a sign-in link".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(rows: &[(&str, &str, Value, &str)]) {
        for (action, target, evidence, expected) in rows {
            assert_eq!(sentence("Ann", action, target, evidence), *expected);
        }
    }

    #[test]
    fn entries_about_the_library_and_what_is_live() {
        let rows = [
            (
                "version.saved",
                "draft:campaign/autumn",
                json!({"subject": "Shorten it", "file_count": 1}),
                "Ann saved “Shorten it” on the draft campaign/autumn.",
            ),
            (
                "version.saved",
                "draft:main",
                json!({"subject": "Tidy up", "file_count": 3}),
                "Ann saved “Tidy up” in the library: 3 files.",
            ),
            (
                "release.created",
                "release:7",
                json!({"prompts": 12}),
                "Ann made release 7 with 12 prompts.",
            ),
            (
                "environment.went-live",
                "environment:production",
                json!({"from": null, "to": 7}),
                "Ann made release 7 live in production.",
            ),
        ];
        check(&rows);
    }

    #[test]
    fn entries_about_alarms() {
        let incident = json!({"title": "Orders fell", "holder": "Bob"});
        let rows = [
            (
                "stop.called",
                "stop:1",
                json!({"environment": null}),
                "Ann stopped everything.",
            ),
            (
                "stop.called",
                "stop:1",
                json!({"environment": "production"}),
                "Ann stopped everything in production.",
            ),
            (
                "incident.told",
                "incident:I-3",
                incident.clone(),
                "Ann told people of I-3 “Orders fell”.",
            ),
            (
                "incident.handed-over",
                "incident:I-3",
                incident,
                "Ann handed I-3 “Orders fell” over to Bob.",
            ),
        ];
        check(&rows);
    }

    #[test]
    fn entries_about_what_comes_by_git() {
        let rows = [
            (
                "versions.pushed",
                "draft:main",
                json!({"commits": 2}),
                "Ann pushed 2 versions in the library.",
            ),
            (
                "key.added",
                "key:1",
                json!({"title": "laptop"}),
                "Ann registered the key “laptop”.",
            ),
            (
                "prompts.moved",
                "draft:main",
                json!({"moved": 3, "edited": 1}),
                "Ann moved 3 files in the library.",
            ),
            (
                "version.undone",
                "draft:main",
                json!({}),
                "Ann took a saved version back in the library.",
            ),
            (
                "view.kept",
                "view:1",
                json!({"name": "Expiring soon", "shared": true}),
                "Ann kept the shared view “Expiring soon”.",
            ),
            (
                "view.removed",
                "view:2",
                json!({"shared": false}),
                "Ann took a view of their own away.",
            ),
            (
                "source.rotated",
                "source:shop",
                json!({"at_once": true}),
                "Ann gave the source shop another secret.",
            ),
            (
                "mirror.added",
                "mirror:origin",
                json!({"url": "https://git.example.com/x"}),
                "Ann added the mirror origin at https://git.example.com/x.",
            ),
        ];
        check(&rows);
    }

    #[test]
    fn entries_about_rollouts_and_people() {
        let rows = [
            (
                "rollout.started",
                "rollout:R-2",
                json!({"title": "Warmer", "environment": "production", "coverage_bp": 1000}),
                "Ann started rollout R-2 “Warmer” in production for 10 % of all people.",
            ),
            (
                "rollout.started",
                "rollout:R-5",
                json!({"title": "Calls", "environment": "production", "coverage_bp": 10000,
                    "design": "switchback"}),
                "Ann started rollout R-5 “Calls” in production, one release and the other by turns.",
            ),
            (
                "rollout.finished",
                "rollout:R-3",
                json!({"title": "Spring", "design": "hold-out", "control": 7, "treatment": 7}),
                "Ann ended the hold-out R-3 “Spring”.",
            ),
            (
                "rollout.rolled-back",
                "rollout:R-4",
                json!({"title": "Later", "design": "shadow", "control": 7}),
                "Ann ended rollout R-4 “Later”: nobody got its release.",
            ),
            (
                "rollout.rolled-back",
                "rollout:R-2",
                json!({"title": "Warmer", "control": 7}),
                "Ann took rollout R-2 “Warmer” back: everyone gets release 7 again.",
            ),
            (
                "rollout.rolled-back",
                "rollout:R-2",
                json!({"kpi": "first_order", "guard": 0}),
                "Ann took rollout R-2 back because of first_order.",
            ),
            (
                "person.invited",
                "person:2",
                json!({"name": "Bob"}),
                "Ann invited Bob.",
            ),
            (
                "person.changed",
                "person:2",
                json!({"before": {"disabled": false}, "after": {"disabled": true}}),
                "Ann shut person 2 out.",
            ),
            (
                "token.revoked",
                "token:3",
                json!({"name": "shop"}),
                "Ann revoked the token “shop”.",
            ),
            (
                "moon.painted",
                "moon:1",
                json!(null),
                "Ann did `moon.painted` to `moon:1`.",
            ),
        ];
        check(&rows);
    }
}
