//! Who asks, and how things stand.

use std::process::ExitCode;

use serde_json::json;
use variorum_api_types::releases::Environment;
use variorum_api_types::rollouts::{ListRollouts, Rollout, RolloutPage};
use variorum_api_types::session::Session;

use super::console::{Console, PAGE_ROWS_MAX};
use super::layout::{cut, labelled, plural, share};
use crate::error::CliError;
use crate::output;

/// Environments named by `status`; `variorum live` names all.
const ENVIRONMENTS_SHOWN: usize = 3;
/// Rollouts named by `status`; `variorum rollouts list` names all.
const ROLLOUTS_SHOWN: usize = 4;

/// `variorum whoami`
pub(crate) fn whoami(console: &Console) -> Result<ExitCode, CliError> {
    let answer = console.client.get(&["session"])?;
    console.show(&answer, |session| who(session, console.client.url()))
}

fn who(session: &Session, url: &str) -> Vec<String> {
    let me = &session.actor;
    labelled(&[
        ("Name", format!("{} <{}>", me.name, me.email)),
        ("Kind", me.kind.clone()),
        ("Role", me.role.clone()),
        ("May", me.may.join(", ")),
        (
            "Workspace",
            format!("{} ({})", session.workspace.title, session.workspace.name),
        ),
        (
            "Server",
            format!("{url}, version {}", session.server_version),
        ),
    ])
}

/// `variorum status`
pub(crate) fn status(console: &Console) -> Result<ExitCode, CliError> {
    let session = console.client.get(&["session"])?;
    let environments = console.client.get(&["environments"])?;
    let open = ListRollouts {
        open: Some(true),
        limit: Some(PAGE_ROWS_MAX),
        ..Default::default()
    };
    let rollouts = console.client.find(&["rollouts"], &open)?;
    if console.json {
        output::json(&json!({
            "session": session.json(),
            "environments": environments.json(),
            "rollouts": rollouts.json(),
        }));
    } else {
        let page: RolloutPage = rollouts.read()?;
        let environments: Vec<Environment> = environments.read()?;
        let url = console.client.url();
        output::lines(&standing(&session.read()?, url, &environments, &page.items));
    }
    Ok(ExitCode::SUCCESS)
}

/// How things stand, in at most ten lines.
fn standing(
    session: &Session,
    url: &str,
    environments: &[Environment],
    rollouts: &[Rollout],
) -> Vec<String> {
    let (me, workspace) = (&session.actor, &session.workspace);
    let mut lines = vec![
        cut(
            &format!("{} ({}) in {} at {url}", me.name, me.role, workspace.title),
            100,
        ),
        String::new(),
    ];
    let width = environments
        .iter()
        .map(|one| one.name.chars().count())
        .max()
        .unwrap_or(0);
    lines.extend(
        environments
            .iter()
            .take(ENVIRONMENTS_SHOWN)
            .map(|environment| format!("{:width$}  {}", environment.name, live(environment))),
    );
    if environments.len() > ENVIRONMENTS_SHOWN {
        let more = environments.len() - ENVIRONMENTS_SHOWN;
        lines.push(format!(
            "and {} more: `variorum live`",
            plural(more as u64, "environment")
        ));
    }
    if rollouts.is_empty() {
        lines.push("No rollout runs.".to_owned());
    }
    let shown = if rollouts.len() > ROLLOUTS_SHOWN {
        ROLLOUTS_SHOWN - 1
    } else {
        ROLLOUTS_SHOWN
    };
    lines.extend(rollouts.iter().take(shown).map(|rollout| {
        let people = rollout.exposed.iter().sum();
        let reach = format!("{}, {}", share(rollout.coverage), plural(people, "person"));
        let reach = reach.replace("persons", "people");
        let (number, state) = (rollout.number, &rollout.state);
        cut(
            &format!("R-{number} {state}, {reach}: {}", rollout.sentence),
            100,
        )
    }));
    if rollouts.len() > shown {
        let more = plural((rollouts.len() - shown) as u64, "rollout");
        lines.push(format!("and {more} more: `variorum rollouts list --open`"));
    }
    lines
}

fn live(environment: &Environment) -> String {
    let Some(release) = environment.release else {
        return "nothing is live".to_owned();
    };
    let rollout = environment
        .rollout
        .map(|number| format!(", rollout R-{number} runs"));
    let previous = environment
        .previous
        .map(|number| format!(" (before: {number})"));
    format!(
        "release {release}{}{}",
        previous.unwrap_or_default(),
        rollout.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_value};

    fn session() -> Session {
        from_value(json!({
            "actor": {"id": 1, "name": "Ann Lee", "email": "ann@acme.example", "kind": "person",
                "role": "publisher", "may": ["publish", "go-live"]},
            "workspace": {"name": "acme", "title": "Acme Coffee", "sample": false, "empty": false},
            "server_version": "0.1.0",
        }))
        .unwrap()
    }

    fn environment(name: &str, release: Option<i64>, rollout: Option<i64>) -> Environment {
        let previous = release.map(|number| number - 1);
        Environment {
            name: name.to_owned(),
            release,
            previous,
            rollout,
            revision: 3,
        }
    }

    fn rollout(number: i64) -> Value {
        json!({
            "number": number, "title": "Shorter", "environment": "production", "prompt": "email/x",
            "control": 11, "treatment": 12, "control_version": 4, "treatment_version": 5,
            "state": "running", "stages": [1000, 10000], "stage": 0, "coverage": 1000,
            "started_at": "2026-11-20T10:00:00.000000Z", "started_by": "Ann Lee", "ending": null,
            "sentence": "Collecting: 8,120 people so far.", "exposed": [4060, 4060],
        })
    }

    #[test]
    fn it_says_who_asks() {
        let lines = who(&session(), "http://127.0.0.1:4870");
        assert_eq!(lines[0], "Name       Ann Lee <ann@acme.example>");
        assert_eq!(lines[3], "May        publish, go-live");
        assert_eq!(lines[5], "Server     http://127.0.0.1:4870, version 0.1.0");
    }

    #[test]
    fn the_standing_is_told_in_short() {
        let environments = [
            environment("production", Some(11), Some(4)),
            environment("x", None, None),
        ];
        let rollouts = [from_value(rollout(4)).unwrap()];
        let lines = standing(
            &session(),
            "http://127.0.0.1:4870",
            &environments,
            &rollouts,
        );
        assert_eq!(
            lines,
            [
                "Ann Lee (publisher) in Acme Coffee at http://127.0.0.1:4870",
                "",
                "production  release 11 (before: 10), rollout R-4 runs",
                "x           nothing is live",
                "R-4 running, 10 %, 8,120 people: Collecting: 8,120 people so far.",
            ]
        );
    }

    #[test]
    fn it_never_takes_more_than_ten_lines() {
        let environments: Vec<_> = (0..9)
            .map(|n| environment(&format!("e{n}"), None, None))
            .collect();
        let rollouts: Vec<_> = (1..20).map(|n| from_value(rollout(n)).unwrap()).collect();
        let lines = standing(&session(), "u", &environments, &rollouts);
        assert!(lines.len() <= 10, "{lines:?}");
        assert!(lines[9].starts_with("and 16 rollouts more"), "{lines:?}");
        assert!(lines.iter().all(|line| line.chars().count() <= 100));
    }
}
