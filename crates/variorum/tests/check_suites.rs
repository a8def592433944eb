//! `variorum check` runs suites.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use tempfile::TempDir;

const GREET: &str = "prompts/greet.prompt";
const SUITE: &str = "suites/greet.test.yaml";
const OTHER: &str = "suites/other.test.yaml";

struct Library(TempDir);

impl Library {
    /// Two prompts, each with a suite of its own; the first has cases of every kind.
    fn new() -> Self {
        let library = Self(tempfile::tempdir().unwrap());
        library.write("library.yaml", "title: Acme\n");
        library.write("prompts/_sign.prompt", "The team.\n");
        library.write(GREET, "Hello {{name}}.\n{{> sign}}\n");
        library.write("prompts/other.prompt", "Other.\n");
        library.write("datasets/people.csv", "name,__expected\nAnn,contains:Ann\n");
        library.write(
            SUITE,
            "description: Greets\nprompts: [greet]\ntests:\n  - description: By name\n    vars: {name: Ann}\n    \
             assert:\n      - {type: contains, value: Hello Ann}\n      - {type: contains, value: The team}\n  \
             - description: Kindly\n    assert:\n      - {type: llm-rubric, value: kind}\n  \
             - description: Asked\n    provider: openai:chat:small\n    assert:\n      - {type: contains, value: x}\n  \
             - file://../datasets/people.csv\n",
        );
        library.write(
            OTHER,
            "prompts: [other]\ntests: [{assert: [{type: contains, value: Other}]}]\n",
        );
        library
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn git(&self, words: &[&str]) {
        let done = Command::new("git")
            .current_dir(self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args([
                "-c",
                "user.name=Ann Lee",
                "-c",
                "user.email=ann@acme.example",
            ])
            .args(words)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    fn begin(&self) {
        self.git(&["init", "--quiet", "-b", "main"]);
        self.commit("Begin");
    }

    fn commit(&self, subject: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", subject]);
    }

    fn run(&self, words: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_variorum");
        Command::new(program)
            .current_dir(self.path())
            .args(words)
            .output()
            .unwrap()
    }

    fn json(&self, words: &[&str]) -> (i32, Value) {
        let output = self.run(&[&["check", "--json"], words].concat());
        let value = serde_json::from_slice(&output.stdout);
        (output.status.code().unwrap(), value.unwrap())
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The paths of the suites that were run.
fn ran(result: &Value) -> Vec<&str> {
    let suites = result["tests"]["suites"].as_array().unwrap().iter();
    suites
        .map(|suite| suite["path"].as_str().unwrap())
        .collect()
}

#[test]
fn what_passed_failed_and_was_not_run_is_counted_apart() {
    let library = Library::new();
    let (code, result) = library.json(&["--strict"]);
    assert_eq!(code, 0, "what is not run is no warning: {result}");
    let tests = &result["tests"];
    assert_eq!(
        tests["cases"],
        json!({"passed": 3, "failed": 0, "not_run": 2})
    );
    assert_eq!(
        tests["assertions"],
        json!({"passed": 4, "failed": 0, "not_run": 2})
    );
    let case = &tests["suites"][0]["cases"][1];
    assert_eq!(
        (&case["case"], &case["result"]),
        (&json!("“Kindly”"), &json!("not_run"))
    );
    let told = text(&library.run(&["check"]));
    assert!(
        told.contains("1 case not run: `llm-rubric` needs a model"),
        "{told}"
    );
    assert!(
        told.contains("2 suites: 3 cases passed, 0 failed, 2 not run"),
        "{told}"
    );
    let (code, result) = library.json(&["--no-tests"]);
    assert_eq!((code, &result["tests"]), (0, &Value::Null));
}

#[test]
fn a_failing_case_has_a_place_and_an_exit_code_in_every_form() {
    let library = Library::new();
    library.write(GREET, "Good day {{name}}.\n{{> sign}}\n");
    let (code, result) = library.json(&[]);
    assert_eq!(code, 2);
    let found = &result["findings"][0];
    assert_eq!(
        (&found["code"], &found["path"], &found["line"]),
        (&json!("case-failed"), &json!(SUITE), &json!(7))
    );
    let message =
        "“By name”: `contains` expected to contain “Hello Ann”, got “Good day Ann.⏎The team.⏎”";
    assert_eq!(found["message"], message);
    let told = text(&library.run(&["check"]));
    assert!(
        told.starts_with(&format!("{SUITE}:7:9: error: {message} [case-failed]")),
        "{told}"
    );
    let github = text(&library.run(&["check", "--format", "github"]));
    assert!(
        github.contains(&format!(
            "::error file={SUITE},line=7,col=9,title=case-failed::"
        )),
        "{github}"
    );
    assert!(
        github.contains("2 suites: 2 cases passed, 1 failed, 2 not run"),
        "{github}"
    );
    let gitlab: Value =
        serde_json::from_slice(&library.run(&["check", "--format", "gitlab"]).stdout).unwrap();
    assert_eq!(
        gitlab[0]["location"],
        json!({"path": SUITE, "lines": {"begin": 7}})
    );
}

#[test]
fn junit_is_written_where_it_is_asked_for() {
    let library = Library::new();
    library.write(GREET, "Good <day> {{name}}.\n{{> sign}}\n");
    let output = library.run(&["check", "--junit", "results.xml"]);
    assert_eq!(output.status.code(), Some(2));
    let xml = std::fs::read_to_string(library.path().join("results.xml")).unwrap();
    assert!(
        xml.contains("<testsuites name=\"variorum\" tests=\"5\" failures=\"1\" skipped=\"2\">"),
        "{xml}"
    );
    assert!(
        xml.contains(&format!(
            "<testcase name=\"“By name”\" classname=\"{SUITE}\" file=\"{SUITE}\" line=\"4\">"
        )),
        "{xml}"
    );
    assert!(
        xml.contains("got “Good &lt;day&gt; Ann.⏎The team.⏎”"),
        "{xml}"
    );
    let output = library.run(&["check", "--junit", "nowhere/results.xml"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn since_a_base_the_suites_run_that_the_change_reaches() {
    let library = Library::new();
    library.begin();
    let base = ["--base", "main"];
    library.git(&["switch", "--quiet", "--create", "draft"]);
    let (code, result) = library.json(&base);
    assert_eq!((code, ran(&result)), (0, vec![]));
    for (path, text, suites) in [
        (
            "prompts/_sign.prompt",
            "All of us, the team.\n",
            vec![SUITE],
        ),
        (
            "datasets/people.csv",
            "name,__expected\nBob,contains:Bob\n",
            vec![SUITE],
        ),
        (
            OTHER,
            "prompts: [other]\ntests: [{assert: []}]\n",
            vec![OTHER],
        ),
        ("prompts/other.prompt", "Other\n", vec![OTHER]),
        ("library.yaml", "title: Acme Ltd\n", vec![SUITE, OTHER]),
    ] {
        library.write(path, text);
        assert_eq!(ran(&library.json(&base).1), suites, "{path}");
        library.git(&["checkout", "--quiet", "."]);
    }
    let (_, result) = library.json(&[&base[..], &["--all-suites"]].concat());
    assert_eq!(ran(&result), [SUITE, OTHER]);
}

#[test]
fn the_rules_of_the_base_can_have_failing_cases_told_only() {
    let library = Library::new();
    library.write("rules/change.yaml", "tests: warn\n");
    library.begin();
    library.git(&["switch", "--quiet", "--create", "draft"]);
    library.write(GREET, "Good day {{name}}.\n{{> sign}}\n");
    let (code, result) = library.json(&["--base", "main"]);
    assert_eq!(
        (code, &result["findings"][0]["severity"]),
        (0, &json!("warning"))
    );
    assert_eq!(library.json(&["--base", "main", "--strict"]).0, 2);
}

#[test]
fn a_suite_with_a_mistake_is_an_error_and_nothing_of_it_passes_by_accident() {
    let library = Library::new();
    library.write(
        OTHER,
        "prompts: [other]\ntests:\n  - assert:\n      - {type: contians, value: Other}\n",
    );
    let (code, result) = library.json(&[]);
    assert_eq!(
        (code, &result["findings"][0]["code"]),
        (2, &json!("unknown-assertion"))
    );
    assert_eq!(
        result["tests"]["suites"][1]["sum"],
        json!({"passed": 0, "failed": 0, "not_run": 1})
    );
}

/// A model that answers so many questions with the same text, and returns what it was sent.
fn model(text: &'static str, count: usize) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let answer =
        json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}).to_string();
    let server = std::thread::spawn(move || {
        let one = |_| {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut asked, mut part) = (String::new(), [0; 4096]);
            while !asked.ends_with('}') {
                let count = stream.read(&mut part).unwrap();
                asked.push_str(&String::from_utf8_lossy(&part[..count]));
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                answer.len()
            );
            stream
                .write_all(format!("{head}{answer}").as_bytes())
                .unwrap();
            asked
        };
        (0..count).map(one).collect()
    });
    (url, server)
}

#[test]
fn a_model_is_asked_only_where_somebody_says_so_and_only_once() {
    let library = Library::new();
    let (url, server) = model("Hello Ann", 1);
    let suite = format!(
        "prompts: [greet]\nproviders:\n  - id: openai:chat:small\n    config: {{apiBaseUrl: '{url}', temperature: 0}}\n\
         tests:\n  - vars: {{name: Ann}}\n    assert:\n      - {{type: equals, value: Hello Ann}}\n      \
         - {{type: latency, threshold: 60000}}\n      - {{type: finish-reason, value: stop}}\n"
    );
    library.write(OTHER, &suite);
    let cache = tempfile::tempdir().unwrap();
    let check = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_variorum"))
            .current_dir(library.path())
            .args(["check", "--json"])
            .args(words)
            .env("XDG_CACHE_HOME", cache.path())
            .env("OPENAI_API_KEY", "the-key")
            .env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
            .output()
            .unwrap();
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        value["tests"]["suites"][1].clone()
    };
    let not_run = |suite: &Value| {
        suite["cases"][0]["not_run"][0]["why"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(not_run(&check(&[])).contains("say `--models`"));
    // A suite cannot send the key where it likes.
    assert!(not_run(&check(&["--models"])).contains("which nobody allowed"));
    let allowed = ["--models", "--model-url", &url];
    let passed = json!({"passed": 1, "failed": 0, "not_run": 0});
    assert_eq!(check(&allowed)["sum"], passed);
    let asked = server.join().unwrap();
    assert!(
        asked[0].starts_with("POST /v1/chat/completions") && asked[0].contains("Bearer the-key"),
        "{asked:?}"
    );
    assert!(asked[0].ends_with("{\"model\":\"small\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello Ann.\\nThe team.\\n\"}],\"temperature\":0}"), "{asked:?}");
    // Nobody listens there any more.
    assert_eq!(check(&allowed)["sum"], passed, "what was answered is kept");
}
