//! A library of ten thousand prompts and twenty thousand commits: importing, starting, memory, and
//! every call that people and programs make all day, against `git` on the same repository where it
//! can do the same, else against what is promised.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::client::Api;
use super::company::{prompt_id, prompt_path, prompt_text};
use super::figure::{Figure, percentile};
use super::git::{GitProgram, git};
use super::history::{BUSY_PROMPTS, COMMITS, PROMPTS, write_repository};
use super::server::{Server, make_token};
use super::{Options, comment};
use crate::tree;

/// Calls of each kind in one round.
const CALLS_PER_ROUND: usize = 4;
/// Starts that are measured, and releases.
const STARTS: usize = 5;
const RELEASES: usize = 3;
/// The page of the listing that counts as deep, and the rows of every page.
const DEEP_PAGE: usize = 30;
const PAGE_ROWS: usize = 200;

/// What is promised for a library of this size.
const START_MS: f64 = 1_000.0;
const MEMORY_MB: f64 = 300.0;
/// What people feel as at once; asked for wherever no figure of its own is.
const AT_ONCE_MS: f64 = 100.0;
/// What keeps people's thoughts together; for a release, which nobody makes twice a minute.
const FLOW_MS: f64 = 1_000.0;

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let repository = folder.path().join("library.git");
    write_repository(&repository)?;
    comment(&format!(
        "{PROMPTS} prompts, {COMMITS} commits, written by `git fast-import`"
    ));
    comment("vs_git: the program on the same repository with a commit graph, its start included");
    comment("vs_promise: what DESIGN or the issue asks for; vs_at_once: 100 ms; vs_flow: 1 s");
    let data = folder.path().join("data");
    import(&repository, &data, &folder.path().join("clone.git"))?;
    let token = make_token(&data, "administrator")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    start(&data, "scale_start_nothing_live")?;
    {
        let server = Server::variorum(&data)?;
        memory(&server, "nothing_live")?;
        let mut api = runtime.block_on(Api::open(server.address, &token))?;
        runtime.block_on(go_live(&mut api))?;
    }
    start(&data, "scale_start_all_live")?;
    let server = Server::variorum(&data)?;
    memory(&server, "started")?;
    let mut bench = Bench {
        api: runtime.block_on(Api::open(server.address, &token))?,
        runtime,
        repository: repository.clone(),
        calls: options.rounds * CALLS_PER_ROUND,
    };
    bench.reading()?;
    let worktree = GitProgram::cloned(&repository, &folder.path().join("files"))?;
    bench.saving(&worktree)?;
    bench.releasing()?;
    memory(&server, "after_all")
}

fn milliseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

/// `variorum import` against a clone that reads every object, too.
fn import(repository: &Path, data: &Path, clone: &Path) -> Result<()> {
    let begun = Instant::now();
    let mut command = Command::new(super::programs()?.join("variorum"));
    tree::stdout(
        command
            .arg("import")
            .arg(repository)
            .arg("--data")
            .arg(data),
    )?;
    let ours = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let mut command = git(repository);
    command.args(["clone", "--quiet", "--bare", "--no-local", "."]);
    tree::stdout(command.arg(clone))?;
    Figure::of(ours, begun.elapsed().as_secs_f64()).print("scale_import_seconds_vs_git_clone");
    Ok(())
}

/// From starting the process until it listens with everything in memory.
fn start(data: &Path, name: &str) -> Result<()> {
    let mut row = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let begun = Instant::now();
        let _server = Server::variorum(data)?;
        row.push(milliseconds(begun));
    }
    print(name, &row, &Reference::Promise("promise", START_MS));
    Ok(())
}

fn memory(server: &Server, when: &str) -> Result<()> {
    let (now, peak) = server.memory_mb()?;
    Figure::of(now, MEMORY_MB).print(&format!("scale_memory_{when}_mb_vs_promise"));
    Figure::of(peak, MEMORY_MB).print(&format!("scale_memory_{when}_peak_mb_vs_promise"));
    Ok(())
}

async fn go_live(api: &mut Api) -> Result<()> {
    let release = api
        .post("/api/v1/releases", &json!({"note": "all of it"}))
        .await?;
    let live = json!({"release": release["number"], "reason": "to measure"});
    api.post("/api/v1/environments/production/go-live", &live)
        .await
        .map(drop)
}

/// What a row is compared with.
enum Reference {
    /// What the program took for the same.
    Git(Vec<f64>),
    /// A figure that is promised, with its name.
    Promise(&'static str, f64),
}

fn print(name: &str, row: &[f64], reference: &Reference) {
    for percent in [50, 99] {
        let (against, reference) = match reference {
            Reference::Git(row) => ("git", percentile(row, percent)),
            Reference::Promise(against, limit) => (*against, *limit),
        };
        let figure = Figure::of(percentile(row, percent), reference);
        figure.print(&format!("{name}_p{percent}_ms_vs_{against}"));
    }
}

/// A prompt that has many versions.
fn busy(call: usize) -> usize {
    call * 37 % BUSY_PROMPTS
}

/// Any prompt.
fn any(call: usize) -> usize {
    call * 6_991 % PROMPTS
}

/// The address of a prompt.
fn address(number: usize) -> String {
    format!("/api/v1/prompts/{}", prompt_id(number).replace('/', "%2F"))
}

struct Bench {
    api: Api,
    runtime: Runtime,
    repository: PathBuf,
    /// Calls of each kind.
    calls: usize,
}

impl Bench {
    fn reading(&mut self) -> Result<()> {
        let at_once = Reference::Promise("at_once", AT_ONCE_MS);
        let first = format!("/api/v1/prompts?limit={PAGE_ROWS}");
        let deep = format!("{first}&after={}", self.deep_cursor(&first)?);
        self.get("scale_list_first_page", &at_once, |_| first.clone())?;
        self.get("scale_list_deep_page", &at_once, |_| deep.clone())?;
        self.get("scale_list_folder", &at_once, |call| {
            format!("/api/v1/prompts?folder=prompts/email/team-{}", call % 9)
        })?;
        self.get("scale_folders", &at_once, |_| "/api/v1/folders".to_owned())?;
        self.get("scale_commits_page", &at_once, |call| {
            format!("/api/v1/commits?skip={}", call * 500 % COMMITS)
        })?;
        let grep = |word: String| {
            ["grep", "-il", word.as_str(), "main", "--", "prompts"]
                .map(str::to_owned)
                .to_vec()
        };
        let git = self.git(|call| grep(format!("text {}\\.", any(call))))?;
        self.get("scale_search_rare", &git, |call| {
            format!("/api/v1/prompts?q=text%20{}.", any(call))
        })?;
        let git = self.git(|_| grep("gardeners".to_owned()))?;
        self.get("scale_search_common", &git, |_| {
            "/api/v1/prompts?q=gardeners".to_owned()
        })?;
        let git = self.git(|call| {
            vec![
                "show".to_owned(),
                format!("main:{}", prompt_path(any(call))),
            ]
        })?;
        self.get("scale_prompt_page", &git, |call| address(any(call)))?;
        self.get("scale_prompt_page_busy", &at_once, |call| {
            address(busy(call))
        })?;
        self.history()?;
        self.resolving()
    }

    /// History and compare of prompts with many versions.
    fn history(&mut self) -> Result<()> {
        let git = self.git(|call| {
            let path = prompt_path(busy(call));
            ["log", "--format=%H %an %at %s", "main", "--", path.as_str()]
                .map(str::to_owned)
                .to_vec()
        })?;
        self.get("scale_history", &git, |call| {
            format!("{}/versions", address(busy(call)))
        })?;
        let mut pairs = Vec::with_capacity(self.calls);
        for call in 0..self.calls {
            let path = format!("{}/versions", address(busy(call)));
            let page = self.runtime.block_on(self.api.get(&path))?;
            let commit = |place: usize| page["items"][place]["commit"].as_str().map(str::to_owned);
            pairs.push(
                commit(20)
                    .zip(commit(0))
                    .context("a busy prompt without versions")?,
            );
        }
        let git = self.git(|call| {
            let (from, to) = pairs[call].clone();
            vec![
                "diff".to_owned(),
                "--word-diff".to_owned(),
                from,
                to,
                "--".to_owned(),
                prompt_path(busy(call)),
            ]
        })?;
        self.get("scale_compare", &git, |call| {
            format!("{}/compare?from=20&to=50", address(busy(call)))
        })
    }

    fn resolving(&mut self) -> Result<()> {
        let mut row = Vec::with_capacity(self.calls);
        for call in 0..self.calls {
            let asked = json!({
                "prompt": prompt_id(any(call)), "unit": format!("unit-{call}"),
                "variables": {"name": "Ines", "product": "the Dewkeeper", "city": "Porto", "price": "89.00 EUR"},
            });
            let begun = Instant::now();
            self.runtime
                .block_on(self.api.post("/api/v1/resolve", &asked))?;
            row.push(milliseconds(begun));
        }
        print(
            "scale_resolve",
            &row,
            &Reference::Promise("at_once", AT_ONCE_MS),
        );
        Ok(())
    }

    /// Saves one changed prompt a call; both sides flush what they say is saved.
    fn saving(&mut self, worktree: &GitProgram) -> Result<()> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for call in 0..self.calls {
            let (path, text) = (
                prompt_path(any(call)),
                prompt_text(any(call), 1_000_000 + call as u64),
            );
            let file = json!({"path": path, "content": text});
            let save = json!({"subject": "Change a line", "files": [file]});
            let begun = Instant::now();
            self.runtime
                .block_on(self.api.post("/api/v1/versions", &save))?;
            ours.push(milliseconds(begun));
            let begun = Instant::now();
            worktree.save("core.fsync=committed,reference", &path, &text)?;
            theirs.push(milliseconds(begun));
        }
        print("scale_save", &ours, &Reference::Git(theirs));
        Ok(())
    }

    fn releasing(&mut self) -> Result<()> {
        let mut row = Vec::with_capacity(RELEASES);
        for _ in 0..RELEASES {
            let note = json!({"note": "measured"});
            let begun = Instant::now();
            self.runtime
                .block_on(self.api.post("/api/v1/releases", &note))?;
            row.push(milliseconds(begun));
        }
        print("scale_release", &row, &Reference::Promise("flow", FLOW_MS));
        Ok(())
    }

    /// The place behind which the deep page begins.
    fn deep_cursor(&mut self, first: &str) -> Result<String> {
        let mut path = first.to_owned();
        let mut cursor = String::new();
        for _ in 1..DEEP_PAGE {
            let page: Value = self.runtime.block_on(self.api.get(&path))?;
            let next = page["next"]
                .as_str()
                .context("the listing ends too early")?;
            cursor = next.replace('/', "%2F");
            path = format!("{first}&after={cursor}");
        }
        Ok(cursor)
    }

    /// Times one kind of question and prints it.
    fn get(
        &mut self,
        name: &str,
        reference: &Reference,
        path: impl Fn(usize) -> String,
    ) -> Result<()> {
        let mut row = Vec::with_capacity(self.calls);
        for call in 0..self.calls {
            let path = path(call);
            let begun = Instant::now();
            self.runtime.block_on(self.api.get(&path))?;
            row.push(milliseconds(begun));
        }
        print(name, &row, reference);
        Ok(())
    }

    /// Times the program with the arguments of each call.
    fn git(&self, args: impl Fn(usize) -> Vec<String>) -> Result<Reference> {
        let mut row = Vec::with_capacity(self.calls);
        for call in 0..self.calls {
            let args = args(call);
            let begun = Instant::now();
            tree::stdout(git(&self.repository).args(&args))?;
            row.push(milliseconds(begun));
        }
        Ok(Reference::Git(row))
    }
}
