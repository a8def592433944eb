//! The Handlebars conformance cases that concern the part of Handlebars we support.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use variorum_domain::template::{Data, RenderBuffer, Template, lower, render};

/// So many cases ran when this test was written; it can only grow.
const RUN_MIN: usize = 136;

/// Single cases that are left out: their template, and why.
const LEFT_OUT: [(&str, &str); 2] = [
    (
        "{{#each array}}{{@index}}{{.}}{{/each}}",
        "JSON has no sparse lists",
    ),
    (
        "test: {{.}}",
        "variables are always an object, never nothing at all",
    ),
];

fn folder() -> PathBuf {
    let shared = match std::env::var_os("VARIORUM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    shared.join("data/conformance/handlebars-spec")
}

/// Why a case is outside of what we support.
fn skip_reason(case: &Value) -> Option<&'static str> {
    let template = case["template"].as_str().unwrap();
    let all = format!("{}{}", case["template"], case["partials"]);
    let options = &case["compileOptions"];
    let set = |name: &str| options[name] == true;
    let fails = !case["exception"].is_null();
    if fails && (set("strict") || set("assumeObjects")) {
        Some("errors of strict mode")
    } else if set("compat") && case["it"] != "block with missed recursive lookup" {
        Some("compatibility lookups of Mustache")
    } else if set("explicitPartialContext") || set("preventIndent") {
        Some("options for partials")
    } else if all.contains("#>") || all.contains("*inline") || all.contains("@partial-block") {
        Some("partial blocks, inline partials and decorators")
    } else if case["helpers"].is_object() && !template.contains("{{.}}") {
        Some("custom helpers")
    } else {
        LEFT_OUT
            .iter()
            .find(|(text, _)| *text == template)
            .map(|(_, reason)| *reason)
    }
}

/// Fills in a case: the text, or what is wrong with the template.
fn fill(case: &Value) -> Result<String, String> {
    let nothing = Map::new();
    let sources = case["partials"].as_object().unwrap_or(&nothing);
    let names: Vec<&String> = sources.keys().collect();
    let mut position = |name: &str| names.iter().position(|known| *known == name);
    let mut partials = Vec::new();
    for source in sources.values() {
        let (template, faults) = Template::parse(source.as_str().unwrap());
        let (operations, more) = lower(&template, &mut position);
        if let Some(fault) = faults.iter().chain(&more).next() {
            return Err(fault.to_string());
        }
        partials.push(operations);
    }
    let (template, faults) = Template::parse(case["template"].as_str().unwrap());
    let (operations, more) = lower(&template, &mut position);
    if let Some(fault) = faults.iter().chain(&more).next() {
        return Err(fault.to_string());
    }
    let variables = [case["data"].as_object().unwrap_or(&nothing)];
    let context = case["runtimeOptions"]["data"].as_object();
    let data = Data {
        variables: &variables,
        context,
        metadata: None,
    };
    let mut buffer = RenderBuffer::default();
    render(&operations, &partials, data, &mut buffer).map_err(|error| error.to_string())?;
    Ok(buffer.text().to_owned())
}

/// What is different from what the case expects. We never escape for HTML, the suite does.
fn difference(case: &Value) -> Option<String> {
    let expected = case["expected"]
        .as_str()
        .map(|text| text.replace("&lt;", "<"));
    match (fill(case), expected) {
        (Ok(text), Some(expected)) if text == expected => None,
        (Err(_), None) => None,
        (actual, expected) => Some(format!(
            "{}\n  expected {expected:?}\n  actual   {actual:?}\n",
            case["template"]
        )),
    }
}

#[test]
fn supported_cases_hold() {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    let (mut run, mut skipped, mut report) = (0, BTreeMap::new(), String::new());
    for path in entries
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
    {
        let cases: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for case in cases.as_array().unwrap() {
            if let Some(reason) = skip_reason(case) {
                *skipped.entry(reason).or_insert(0) += 1;
                continue;
            }
            run += 1;
            report.extend(difference(case));
        }
    }
    println!("{run} cases run, left out: {skipped:#?}");
    assert!(report.is_empty(), "{report}");
    assert!(run >= RUN_MIN, "only {run} cases were run");
}
