//! Runs every file of test vectors under `data/oracles` of the shared folder.
//!
//! The vectors were computed with independent packages. A new case or a new file of a known topic
//! needs no new code here; a file of an unknown topic fails.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod assignment;
mod compare;
mod display;
mod fixed;
mod input;
mod sequential;

use std::path::{Path, PathBuf};

use serde_json::Value;

use compare::Tolerance;

/// Answers the input of one case; `Err` names what the case asks for and we do not know.
type Answer = fn(&Value) -> Result<Value, String>;

/// Topics by the name of their file, without its ending.
const TOPICS: [(&str, Answer); 18] = [
    ("asymptotic_cs", sequential::asymptotic),
    ("attribution", display::attribution),
    ("bayes", display::bayes),
    ("bucketing", assignment::bucketing),
    ("cohorts", display::cohorts),
    ("cuped", fixed::cuped),
    ("gb_sequential", sequential::growthbook),
    ("guardrail", sequential::guardrail),
    ("hashing", assignment::hashing),
    ("multiple_testing", display::multiple_testing),
    ("noninferiority", fixed::noninferiority),
    ("proportions", fixed::proportions),
    ("quantiles", display::quantiles),
    ("ratio", fixed::ratio),
    ("sample_size", display::sample_size),
    ("srm", sequential::srm),
    ("streaming", assignment::streaming),
    ("welch", fixed::welch),
];

/// Topics that nothing answers yet, each with its reason.
const TOPICS_MISSING: [(&str, &str); 0] = [];

/// A bar for simulations, not a list of cases; `tests/acceptance.rs` reads it.
const NOT_CASES: &str = "acceptance_bar.json";

fn oracles() -> PathBuf {
    let shared = std::env::var_os("VARIORUM_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        |shared| {
            // A relative path counts from the root of the repository.
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../..")
                .join(PathBuf::from(shared))
        },
    );
    shared.join("data/oracles")
}

/// Whether a file belongs to a topic: named after it, or its header says so.
fn topic_of(path: &Path, header: &Value) -> String {
    let stem = |name: &str| name.trim_end_matches(".json").to_owned();
    let from_header = header["file"].as_str().map(stem).unwrap_or_default();
    if TOPICS.iter().any(|(topic, _)| *topic == from_header) {
        from_header
    } else {
        path.file_stem().unwrap().to_string_lossy().into_owned()
    }
}

fn run_file(path: &Path, failures: &mut Vec<String>) -> usize {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let topic = topic_of(path, &file["header"]);
    if TOPICS_MISSING.iter().any(|(missing, _)| *missing == topic) {
        return 0;
    }
    let Some((_, answer)) = TOPICS.iter().find(|(known, _)| *known == topic) else {
        failures.push(format!(
            "{name}: unknown topic `{topic}`, write an answer for it"
        ));
        return 0;
    };
    let tolerance = Tolerance::of(&file["header"]["tolerance"]);
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty(), "{name}: no cases");
    for case in cases {
        let id = case["id"].as_str().unwrap_or("(no id)");
        let expected = sequential::without_near_ties(&topic, case);
        match answer(&case["input"]) {
            Ok(actual) => {
                tolerance.check(&expected, &actual, id, failures);
            }
            Err(reason) => failures.push(format!("{id}: {reason}")),
        }
    }
    cases.len()
}

#[test]
fn every_oracle_file_agrees() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(oracles())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .filter(|path| path.file_name().is_some_and(|name| name != NOT_CASES))
        .collect();
    files.sort();
    assert!(
        !files.is_empty(),
        "no oracle file found in `{}`",
        oracles().display()
    );
    let mut failures = Vec::new();
    let cases: usize = files.iter().map(|file| run_file(file, &mut failures)).sum();
    assert!(
        failures.is_empty(),
        "{} of {cases} cases in {} files:\n{}",
        failures.len(),
        files.len(),
        failures.join("\n")
    );
    assert!(cases > 0);
}
