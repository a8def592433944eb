//! Every case of the Dotprompt conformance suite: messages, metadata and schemas.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};
use variorum_domain::prompt::{
    Compiled, Message, PromptFile, RenderOptions, parse, parse_with_schemas,
};

/// Cases that must fail, each with the fault of the reference that it depends on: none.
const DEVIATIONS: [(&str, &str); 0] = [];

/// The suite had this many cases when this test was written; it can only grow.
const CASES_MIN: usize = 62;

fn shared() -> PathBuf {
    match std::env::var_os("VARIORUM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

fn yaml_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            yaml_files(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            out.push(path);
        }
    }
}

fn to_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => (*value).into(),
        Yaml::Value(Scalar::Integer(value)) => (*value).into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => value.into_inner().into(),
        Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Mapping(entries) => {
            let pairs = entries.iter();
            let fields = pairs.map(|(k, v)| (k.as_str().unwrap().to_owned(), to_json(v)));
            Value::Object(fields.collect())
        }
        _ => Value::Null,
    }
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn compile(suite: &Value, file: &PromptFile) -> Result<Compiled, String> {
    let mut partials: BTreeMap<String, PromptFile> = BTreeMap::new();
    for known in ["partials", "resolverPartials"] {
        for (name, text) in map(&suite[known]) {
            partials.insert(name, parse(text.as_str().unwrap()));
        }
    }
    Compiled::new(&file.clone(), &|name| partials.get(name))
        .map_err(|findings| format!("does not compile: {findings:?}"))
}

/// Renders one case and compares it with what the suite expects; the differences, if any.
fn differences(suite: &Value, test: &Value) -> Vec<String> {
    let file = parse_with_schemas(suite["template"].as_str().unwrap(), &|name| {
        [&suite["schemas"], &suite["resolverSchemas"]]
            .iter()
            .find_map(|s| s.get(name))
            .cloned()
    });
    let compiled = match compile(suite, &file) {
        Ok(compiled) => compiled,
        Err(message) => return vec![message],
    };
    let mut data = map(&suite["data"]);
    data.extend(map(&test["data"]));
    let data = Value::Object(data);
    let messages = data["messages"].as_array().cloned().unwrap_or_default();
    let history: Vec<Message> = messages
        .iter()
        .map(|message| Message::from_json(message).unwrap())
        .collect();
    let (context, defaults) = (
        map(&data["context"]),
        map(&test["options"]["input"]["default"]),
    );
    let options = RenderOptions {
        history: &history,
        context: Some(&context),
        defaults: Some(&defaults),
    };
    let rendered = compiled.render(&map(&data["input"]), &options).unwrap();
    let rendered: Vec<Value> = rendered.iter().map(Message::to_json).collect();
    let mut found = Vec::new();
    let mut expect = map(&test["expect"]);
    let expected = expect.remove("messages").unwrap_or_else(|| json!([]));
    compare("messages", &expected, &Value::Array(rendered), &mut found);
    compare_metadata(expect, &file, &test["options"], &mut found);
    found
}

fn compare_metadata(
    mut expect: Map<String, Value>,
    file: &PromptFile,
    options: &Value,
    found: &mut Vec<String>,
) {
    let mut actual = file.metadata();
    actual.extend(map(options));
    if !expect.contains_key("raw") {
        actual.remove("raw");
    }
    for always in ["config", "ext", "metadata"] {
        expect.entry(always).or_insert_with(|| json!({}));
    }
    let keys: BTreeSet<&String> = expect.keys().chain(actual.keys()).collect();
    for key in keys {
        let nothing = Value::Null;
        let wanted = expect.get(key).unwrap_or(&nothing);
        compare(key, wanted, actual.get(key).unwrap_or(&nothing), found);
    }
}

fn compare(what: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    if sorted(expected) != sorted(actual) {
        found.push(format!(
            "{what}\n    expected {expected}\n    actual   {actual}"
        ));
    }
}

/// The value with the keys of its objects in order, so that order does not count.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let pairs = fields
                .iter()
                .map(|(key, value)| (key.clone(), sorted(value)));
            let ordered: BTreeMap<String, Value> = pairs.collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[test]
fn every_case_of_the_suite_holds() {
    let folder = shared().join("data/conformance/dotprompt/spec");
    let mut files = Vec::new();
    yaml_files(&folder, &mut files);
    let (mut count, mut failed, mut report) = (0, BTreeSet::new(), Vec::new());
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let documents = Yaml::load_from_str(&text).unwrap();
        let suites = to_json(&documents[0]);
        for suite in suites.as_array().unwrap() {
            for (index, test) in suite["tests"].as_array().unwrap().iter().enumerate() {
                count += 1;
                let file = path.strip_prefix(&folder).unwrap().display();
                let name = format!("{file}/{}/{index}", suite["name"].as_str().unwrap());
                let found = differences(suite, test);
                if !found.is_empty() {
                    report.push(format!("{name}: {}", found.join("\n  ")));
                    failed.insert(name);
                }
            }
        }
    }
    let listed: BTreeSet<String> = DEVIATIONS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(failed, listed, "{}", report.join("\n"));
    assert!(count >= CASES_MIN, "only {count} cases were found");
}
