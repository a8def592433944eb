//! What the documentation shows is run: the notebook as it stands, and the questions for DuckDB, over
//! exports of a real server. `VARIORUM_PYTHON` names a Python that has what they need, as `make test`
//! gets it; without one, and without it all in `python3`, their texts are held against the columns of the
//! exports only.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod program;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{serve, told};

fn docs(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join("docs").join(path)).unwrap()
}

/// The code of the notebook, cell by cell.
fn notebook() -> String {
    let book: serde_json::Value = serde_json::from_str(&docs("examples/results.ipynb")).unwrap();
    let cells = book["cells"].as_array().unwrap().iter();
    let code = cells
        .filter(|cell| cell["cell_type"] == "code")
        .map(|cell| {
            let lines = cell["source"].as_array().unwrap().iter();
            lines.map(|line| line.as_str().unwrap()).collect::<String>()
        });
    code.collect::<Vec<_>>().join("\n")
}

/// The questions for DuckDB.
fn questions() -> Vec<String> {
    let text = docs("data.md");
    let part = text.split("### With DuckDB").nth(1).unwrap();
    let block = part
        .split("```sql")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let each = block
        .split(';')
        .map(str::trim)
        .filter(|one| !one.is_empty());
    each.map(str::to_owned).collect()
}

/// A Python that has what the examples need; one that is named must have it.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("VARIORUM_PYTHON").filter(|path| !path.is_empty());
    let is_named = named.is_some();
    let python = named.map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let tried = Command::new(&python)
        .args(["-c", "import pandas, pyarrow, requests, duckdb"])
        .output();
    let fits = tried.as_ref().is_ok_and(|done| done.status.success());
    assert!(fits || !is_named, "{}: {tried:?}", python.display());
    fits.then_some(python)
}

fn run(python: &Path, folder: &Path, code: &str, (url, token): (&str, &str)) -> String {
    let file = folder.join("example.py");
    std::fs::write(&file, code).unwrap();
    let done = Command::new(python)
        .arg(&file)
        .current_dir(folder)
        .env("VARIORUM_URL", url)
        .env("VARIORUM_TOKEN", token)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

const LIBRARY: &str = "environments: [production]\nkpis:\n  - {id: order, title: Orders}\n";

/// A library with two releases and an experiment between them, and what forty customers did.
fn fill(data: &Path, folder: &Path) {
    let save = |path: &str, text: &str, subject: &str| {
        let file = folder.join("text");
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap().to_owned();
        told(
            data,
            &[
                "prompts",
                "save",
                path,
                "--file",
                &file,
                "--subject",
                subject,
            ],
        );
    };
    save("library.yaml", LIBRARY, "Settings");
    for words in ["Hello", "Good day"] {
        save(
            "prompts/email/welcome.prompt",
            &format!("{words}, {{{{name}}}}"),
            words,
        );
        told(data, &["releases", "create", "--note", words]);
        if words == "Hello" {
            told(data, &["go-live", "1", "--reason", "first"]);
        }
    }
    told(
        data,
        &[
            "rollouts",
            "start",
            "--release",
            "2",
            "--title",
            "Warmer",
            "--stage",
            "100%",
            "--goal",
            "order",
            "--external-assignment",
        ],
    );
    let mut lines = String::new();
    for unit in 0..40 {
        let arm = unit % 2;
        writeln!(
            lines,
            "{{\"id\":\"x{unit}\",\"type\":\"exposure\",\"unit\":\"c{unit}\",\"rollout\":1,\"arm\":{arm},\"channel\":\"email\"}}"
        )
        .unwrap();
        if unit % 4 == 0 || unit == 1 {
            writeln!(
                lines,
                "{{\"id\":\"o{unit}\",\"type\":\"outcome\",\"unit\":\"c{unit}\",\"kpi\":\"order\",\"channel\":\"email\"}}"
            )
            .unwrap();
        }
    }
    let file = folder.join("events.ndjson");
    std::fs::write(&file, lines).unwrap();
    told(data, &["events", "send", file.to_str().unwrap()]);
}

#[test]
fn the_examples_of_the_documentation_run() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _server = serve(&data, &[]);
    fill(&data, folder.path());
    let events = folder.path().join("events.parquet");
    told(
        &data,
        &[
            "data",
            "export",
            "events",
            "--out",
            events.to_str().unwrap(),
        ],
    );
    let header = |what: &str| {
        let text = told(&data, &["data", "export", what]);
        text.lines().next().unwrap().replace(',', " ")
    };
    let columns = format!(" {} {} ", header("events"), header("results"));
    for name in ["unit", "arm", "time", "rollout", "kpi", "channel", "type"] {
        let code = [notebook(), questions().join("\n")].join("\n");
        assert!(
            columns.contains(&format!(" {name} ")) && code.contains(name),
            "{name}"
        );
    }
    let Some(python) = python() else { return };
    let cli: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(data.join("cli.json")).unwrap()).unwrap();
    let door = (cli["url"].as_str().unwrap(), cli["token"].as_str().unwrap());
    let said = run(&python, folder.path(), &notebook(), door);
    assert!(said.contains("order in rollout 1"), "{said}");
    let counts: Vec<Vec<&str>> = said
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(
        counts.contains(&vec!["0", "20", "10"]) && counts.contains(&vec!["1", "20", "1"]),
        "{said}"
    );
    for (place, question) in questions().into_iter().enumerate() {
        let question = question.replace("rollout = 12", "rollout = 1");
        let code = format!(
            "import duckdb\nfor row in duckdb.sql(\"\"\"{question}\"\"\").fetchall(): print(*row)\n"
        );
        let said = run(&python, folder.path(), &code, door);
        if place == 0 {
            assert!(
                said.starts_with("email ") && said.trim_end().ends_with(" 11"),
                "{said}"
            );
        } else {
            assert_eq!(said, "0 20 10\n1 20 1\n", "{question}");
        }
    }
}
