//! `variorum check` on real checkouts, and the files in `integrations/` as they stand.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const WELCOME: &str = "prompts/email/welcome.prompt";
const WORKFLOW: &str = "workflows/greet.workflow.yaml";

/// A checkout of a library with one commit on `main`.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn new() -> Self {
        let checkout = Self::empty();
        checkout.fill("");
        checkout.commit("Begin\n");
        checkout
    }

    fn empty() -> Self {
        let checkout = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        checkout.git(&["init", "--quiet", "-b", "main"]);
        checkout
    }

    /// A library with rules, a partial, a prompt and a workflow that runs it, below a prefix.
    fn fill(&self, prefix: &str) {
        let files = [
            (
                "library.yaml",
                "title: Acme\nkpis:\n  - id: open_rate\n    direction: up\n",
            ),
            (
                "rules/change.yaml",
                "broken_contracts: block\nrefused_subjects: [updated prompt]\nrules:\n  - id: email\n    \
                 title: Mails\n    paths: [prompts/email/**]\n    require: [problem]\n",
            ),
            ("prompts/_sign-off.prompt", "Yours, the team.\n"),
            (WELCOME, &welcome("customer")),
            (WORKFLOW, &workflow("customer")),
        ];
        for (path, text) in files {
            self.write(&format!("{prefix}{path}"), text);
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn git_command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("git");
        let program = Path::new(env!("CARGO_BIN_EXE_variorum")).parent().unwrap();
        let old = std::env::var_os("PATH").unwrap();
        let places = [program.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&old));
        command
            .current_dir(self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("PATH", std::env::join_paths(places).unwrap())
            .args([
                "-c",
                "user.name=Ann Lee",
                "-c",
                "user.email=ann@acme.example",
            ])
            .args(words);
        command
    }

    fn git(&self, words: &[&str]) -> String {
        let output = self.git_command(words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {words:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn check(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_variorum"))
            .current_dir(self.path())
            .arg("check")
            .args(words)
            .output()
            .unwrap()
    }

    /// The exit code, and the result as JSON.
    fn json(&self, words: &[&str]) -> (i32, Value) {
        let output = self.check(&[words, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let value = serde_json::from_slice(&output.stdout);
        (
            output.status.code().unwrap(),
            value.unwrap_or_else(|_| unreachable!("{said}")),
        )
    }
}

fn welcome(variable: &str) -> String {
    format!(
        "---\nmodel: acme/small\nvariorum.title: Welcome\ninput:\n  schema:\n    {variable}: string\n---\n\
         Greet {{{{{variable}}}}}.\n{{{{> sign-off}}}}\n"
    )
}

fn workflow(input: &str) -> String {
    format!(
        "title: Greet\nattributes:\n  name: string\nsteps:\n  - id: greet\n    prompt: email/welcome\n    \
         inputs:\n      {input}: {{from: attributes.name}}\n    next: end\n"
    )
}

fn codes(result: &Value) -> Vec<&str> {
    let findings = result["findings"].as_array().unwrap().iter();
    findings.map(|one| one["code"].as_str().unwrap()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

#[test]
fn a_library_without_faults_passes_with_and_without_git() {
    let checkout = Checkout::new();
    let (code, result) = checkout.json(&[]);
    assert_eq!((code, codes(&result)), (0, vec![]), "{result}");
    assert_eq!(result["files"], 5);
    let plain = tempfile::tempdir().unwrap();
    let copy = Checkout { folder: plain };
    copy.fill("");
    let (code, result) = copy.json(&[]);
    assert_eq!((code, &result["files"]), (0, &json!(5)));
    // There is nothing to compare with outside of a repository, and it says so.
    let output = copy.check(&["--base", "main"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("not in a Git repository"),
        "{output:?}"
    );
}

#[test]
fn a_place_without_a_library_is_not_green() {
    let empty = Checkout {
        folder: tempfile::tempdir().unwrap(),
    };
    let refused = |checkout: &Checkout, words: &[&str], place: &str| {
        let output = checkout.check(words);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = text(&output.stderr);
        let wanted = format!("there is no file of a library {place}");
        assert!(said.contains(&wanted), "{said}");
        assert!(said.contains("`library.yaml`"), "{said}");
    };
    refused(&empty, &[], "in `.`");
    empty.write("src/main.rs", "fn main() {}\n");
    refused(&empty, &[], "in `.`");
    refused(&empty, &["--format", "github"], "in `.`");
    let checkout = Checkout::new();
    checkout.write("code/notes.txt", "no library\n");
    refused(&checkout, &["code"], "in `code`");
    checkout.commit("Add notes\n");
    refused(
        &checkout,
        &["code", "--at", "main"],
        "below `code` in `main`",
    );
    refused(&checkout, &["code", "--base", "main"], "in `code`");
    // A change that removes the whole library is looked at like any other.
    checkout.git(&["switch", "--quiet", "--create", "empty"]);
    checkout.git(&[
        "rm",
        "--quiet",
        "-r",
        "prompts",
        "workflows",
        "rules",
        "library.yaml",
    ]);
    checkout.commit("Remove the library\n\nProblem: nobody uses it\n");
    let (code, result) = checkout.json(&["--base", "main"]);
    assert_ne!(code, 1, "{result}");
    assert!(checkout.path().join("code/notes.txt").is_file());
}

#[test]
fn one_file_is_counted_as_one() {
    let checkout = Checkout {
        folder: tempfile::tempdir().unwrap(),
    };
    checkout.write("library.yaml", "title: Acme\n");
    let output = checkout.check(&[]);
    assert_eq!(text(&output.stdout).trim(), "1 file: 0 errors, 0 warnings");
}

#[test]
fn the_sample_library_passes() {
    let sample = repository("demo/library");
    let output = Command::new(env!("CARGO_BIN_EXE_variorum"))
        .args(["check", sample.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stdout));
}

#[test]
fn faults_have_places_in_every_form() {
    let checkout = Checkout::new();
    checkout.write(
        WELCOME,
        "---\nmodel: acme/small\n---\nGreet {{#if customer}}them.\n",
    );
    let (code, result) = checkout.json(&[]);
    assert_eq!(code, 2, "{result}");
    let found = &result["findings"][0];
    assert_eq!(
        (&found["path"], &found["line"]),
        (&json!(WELCOME), &json!(4)),
        "{result}"
    );
    let output = checkout.check(&[]);
    assert!(
        text(&output.stdout).starts_with(&format!("{WELCOME}:4:")),
        "{output:?}"
    );
    let output = checkout.check(&["--format", "github"]);
    assert_eq!(output.status.code(), Some(2));
    let first = format!("::error file={WELCOME},line=4,col=");
    assert!(text(&output.stdout).starts_with(&first), "{output:?}");
    let output = checkout.check(&["--format", "gitlab"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let issue = &report[0];
    assert_eq!(
        issue["location"],
        json!({"path": WELCOME, "lines": {"begin": 4}})
    );
    assert_eq!(issue["severity"], "major");
    assert_eq!(issue["fingerprint"].as_str().unwrap().len(), 64);
}

#[test]
fn files_that_no_library_takes_are_named() {
    let checkout = Checkout::new();
    std::os::unix::fs::symlink("/etc/passwd", checkout.path().join("prompts/link.prompt")).unwrap();
    checkout.write("prompts/Email/Welcome.prompt", "Hello.\n");
    checkout.write("prompts/email/Welcome.prompt", "Hello.\n");
    std::fs::write(checkout.path().join("prompts/bytes.prompt"), b"\xff\xfe").unwrap();
    checkout.commit("Add what cannot stay\n");
    for words in [&[][..], &["--at", "HEAD"], &["--staged"]] {
        let (code, result) = checkout.json(words);
        let found = codes(&result);
        assert_eq!(code, 2);
        for code in ["link", "case-collision", "not-text"] {
            assert!(found.contains(&code), "no `{code}` in {result}");
        }
    }
}

#[test]
fn change_records_are_held_against_the_rules_of_the_base() {
    let checkout = Checkout::new();
    checkout.git(&["switch", "--quiet", "-c", "campaign/autumn"]);
    checkout.write(
        WELCOME,
        &welcome("customer").replace("Greet", "Warmly greet"),
    );
    // A draft cannot do away with the rules it is held against.
    checkout.write("rules/change.yaml", "refused_subjects: []\n");
    checkout.commit("updated prompt\n");
    let (code, result) = checkout.json(&["--base", "main"]);
    assert_eq!(code, 2);
    assert_eq!(
        codes(&result),
        ["refused-subject", "missing-field"],
        "{result}"
    );
    assert_eq!(result["change"]["commits"], 1);
    let message = "Greet more warmly\n\nProblem: replies fell since the move\n";
    checkout.git(&["commit", "--quiet", "--amend", "--message", message]);
    let (code, result) = checkout.json(&["--base", "main"]);
    assert_eq!((code, codes(&result)), (0, vec![]), "{result}");
    // The same from elsewhere, without having the branch in the folder.
    checkout.git(&["switch", "--quiet", "main"]);
    let (code, result) = checkout.json(&["--base", "main", "--at", "campaign/autumn"]);
    assert_eq!(code, 0);
    assert_eq!(
        result["change"]["changed"],
        json!([WELCOME, "rules/change.yaml"])
    );
    let output = checkout.check(&["--base", "nowhere"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("fetch it first"),
        "{output:?}"
    );
}

#[test]
fn a_breaking_rename_is_an_error_until_the_workflow_follows() {
    let checkout = Checkout::new();
    checkout.git(&["switch", "--quiet", "-c", "campaign/names"]);
    checkout.write(WELCOME, &welcome("reader"));
    let message = "Say reader\n\nProblem: not all of them are customers\n";
    checkout.commit(message);
    let (code, result) = checkout.json(&["--base", "main"]);
    assert_eq!(code, 2);
    assert!(codes(&result).contains(&"input-removed"), "{result}");
    let reached = result["change"]["reached"].as_array().unwrap();
    assert!(
        reached.contains(&json!({"name": WORKFLOW, "kind": "workflow", "why": [WELCOME]})),
        "{result}"
    );
    checkout.write(WORKFLOW, &workflow("reader"));
    checkout.commit("Follow in the workflow\n");
    let (code, result) = checkout.json(&["--base", "main"]);
    assert_eq!((code, codes(&result)), (0, vec![]), "{result}");
}

#[test]
fn a_library_in_a_folder_of_a_repository_has_its_annotations_at_the_right_files() {
    let checkout = Checkout::empty();
    checkout.fill("marketing/library/");
    checkout.write("README.md", "More than a library.\n");
    checkout.commit("Begin\n");
    checkout.write(
        &format!("marketing/library/{WELCOME}"),
        "Greet {{#if a}}.\n",
    );
    let output = checkout.check(&["marketing/library", "--base", "main", "--format", "github"]);
    let said = text(&output.stdout);
    let place = format!("file=marketing/library/{WELCOME},line=1");
    assert!(said.contains(&place), "{said}");
    assert!(said.contains("1 file changed"), "{said}");
}

#[test]
fn the_hooks_stop_a_commit_that_the_library_would_refuse() {
    let checkout = Checkout::new();
    for hook in ["pre-commit", "commit-msg"] {
        let to = checkout.path().join(".git/hooks").join(hook);
        std::fs::copy(repository("integrations/pre-commit").join(hook), to).unwrap();
    }
    let commit = |message: &str| {
        checkout.git(&["add", "--all"]);
        let words = ["commit", "--message", message];
        let output = checkout.git_command(&words).output().unwrap();
        (
            output.status.success(),
            text(&output.stdout) + &text(&output.stderr),
        )
    };
    checkout.write(WELCOME, "Greet {{#if a}}.\n");
    let (taken, said) = commit("Break it");
    assert!(!taken && said.contains(WELCOME), "{said}");
    checkout.write(
        WELCOME,
        &welcome("customer").replace("Greet", "Kindly greet"),
    );
    let (taken, said) = commit("Be kind");
    assert!(!taken && said.contains("`problem` is missing"), "{said}");
    let (taken, said) = commit("Be kind\n\nProblem: it sounds stiff");
    assert!(taken, "{said}");
}

#[test]
fn the_hooks_find_a_library_in_a_folder() {
    let checkout = Checkout::empty();
    let library = "marketing/library/";
    checkout.fill(library);
    checkout.commit("Begin\n");
    let hook = checkout.path().join(".git/hooks/pre-commit");
    std::fs::copy(repository("integrations/pre-commit/pre-commit"), hook).unwrap();
    checkout.write(&format!("{library}{WELCOME}"), "Greet {{#if a}}.\n");
    checkout.git(&["add", "--all"]);
    let mut command = checkout.git_command(&["commit", "--message", "Break it"]);
    let output = command.env("VARIORUM_LIBRARY", library).output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(!output.status.success() && said.contains(WELCOME), "{said}");
}

#[test]
fn the_job_for_gitlab_leaves_its_report_and_fails() {
    let checkout = Checkout::new();
    let base = checkout.git(&["rev-parse", "HEAD"]);
    checkout.write(WELCOME, "Greet {{#if a}}.\n");
    checkout.commit("Break it\n\nProblem: it works\n");
    let job = std::fs::read_to_string(repository(
        "integrations/gitlab/variorum-check.gitlab-ci.yml",
    ));
    let job = variorum_domain::library::yaml_to_json(&job.unwrap()).unwrap();
    let lines = job["variorum-check"]["script"].as_array().unwrap().iter();
    let script: Vec<&str> = lines.map(|line| line.as_str().unwrap()).collect();
    assert!(run(&checkout, &script.join("\n"), &base).contains(WELCOME));
    let report = std::fs::read(checkout.path().join("gl-code-quality-report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report[0]["location"]["path"], WELCOME);
}

#[test]
fn the_workflow_for_github_annotates_and_fails() {
    let checkout = Checkout::new();
    let base = checkout.git(&["rev-parse", "HEAD"]);
    checkout.write(WELCOME, "Greet {{#if a}}.\n");
    checkout.commit("Break it\n\nProblem: it works\n");
    let workflow =
        std::fs::read_to_string(repository("integrations/github/variorum-check.yml")).unwrap();
    let workflow = variorum_domain::library::yaml_to_json(&workflow).unwrap();
    let steps = workflow["jobs"]["variorum-check"]["steps"]
        .as_array()
        .unwrap();
    let script = steps.last().unwrap()["run"].as_str().unwrap();
    let said = run(&checkout, script, &base);
    assert!(
        said.contains(&format!("::error file={WELCOME},line=1")),
        "{said}"
    );
}

/// Runs a script as a CI machine would; it must fail as a check does.
fn run(checkout: &Checkout, script: &str, base: &str) -> String {
    let tip = checkout.git(&["rev-parse", "HEAD"]);
    let git = checkout.git_command(&[]);
    let path = git
        .get_envs()
        .find(|(key, _)| *key == "PATH")
        .unwrap()
        .1
        .unwrap();
    let output = Command::new("sh")
        .current_dir(checkout.path())
        .args(["-e", "-c", script])
        .env("PATH", path)
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)
        .env("CI_COMMIT_SHA", &tip)
        .env("LIBRARY", ".")
        .env("BASE", base)
        .env("TIP", &tip)
        .output()
        .unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

/// A draft whose author has a key, beside `main`.
struct Signing {
    checkout: Checkout,
    keys: TempDir,
}

impl Signing {
    fn new() -> Self {
        let (checkout, keys) = (Checkout::new(), tempfile::tempdir().unwrap());
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
            .arg(keys.path().join("key"))
            .status();
        assert!(made.unwrap().success());
        checkout.git(&["checkout", "--quiet", "-b", "campaign/autumn"]);
        Self { checkout, keys }
    }

    fn signers(&self) -> String {
        self.keys
            .path()
            .join("signers")
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Writes the file of allowed signers: this person, or nobody.
    fn allow(&self, principal: Option<&str>) {
        let public = std::fs::read_to_string(self.keys.path().join("key.pub")).unwrap();
        let line = principal.map(|one| format!("{one} namespaces=\"git\" {public}"));
        std::fs::write(self.signers(), line.unwrap_or_default()).unwrap();
    }

    fn save(&self, name: &str, signs: bool) {
        self.checkout
            .write(&format!("prompts/sms/{name}.prompt"), "Hello\n");
        self.checkout.git(&["add", "--all"]);
        let key = format!("user.signingkey={}", self.keys.path().join("key").display());
        let mut words = vec!["-c", "gpg.format=ssh", "-c", &key, "commit", "--quiet"];
        words.extend(signs.then_some("-S"));
        words.extend(["--message", name]);
        self.checkout.git(&words);
    }

    fn look(&self) -> (i32, Value) {
        let signers = self.signers();
        self.checkout
            .json(&["--base", "main", "--signers", &signers])
    }

    /// What the real `git` says of the newest commit.
    fn git_believes(&self) -> bool {
        let setting = format!("gpg.ssh.allowedSignersFile={}", self.signers());
        let mut command = self
            .checkout
            .git_command(&["-c", &setting, "verify-commit", "HEAD"]);
        command.output().unwrap().status.success()
    }
}

#[test]
fn signatures_are_held_against_a_file_of_allowed_signers_as_git_does() {
    let signing = Signing::new();
    signing.save("signed", true);
    for (principal, counts) in [
        (Some("ann@acme.example"), true),
        (Some("bob@acme.example"), false),
        (None, false),
    ] {
        signing.allow(principal);
        let (_, result) = signing.look();
        assert_eq!(result["change"]["signed"], usize::from(counts), "{result}");
        assert_eq!(
            codes(&result).contains(&"unsigned-commit"),
            !counts,
            "{result}"
        );
        // Git asks whether anybody's key fits, we ask whether the committer's does.
        assert_eq!(signing.git_believes(), principal.is_some());
    }
    signing.allow(Some("ann@acme.example"));
    signing.save("unsigned", false);
    assert!(!signing.git_believes());
    let (code, result) = signing.look();
    assert_eq!(
        (code, &result["change"]["signed"]),
        (0, &json!(1)),
        "{result}"
    );
}

#[test]
fn where_the_rules_ask_for_signatures_a_commit_without_one_is_an_error() {
    let signing = Signing::new();
    signing.allow(Some("ann@acme.example"));
    signing.save("unsigned", false);
    let (checkout, signers) = (&signing.checkout, signing.signers());
    let said = text(
        &checkout
            .check(&["--base", "main", "--signers", &signers])
            .stdout,
    );
    assert!(
        said.contains("0 of them with a signature that counts"),
        "{said}"
    );
    assert_eq!(signing.look().0, 0, "a warning");
    checkout.git(&["checkout", "--quiet", "main"]);
    checkout.write("rules/change.yaml", "signed_commits: required\n");
    checkout.commit("Ask for signatures\n");
    checkout.git(&["checkout", "--quiet", "campaign/autumn"]);
    checkout.git(&["merge", "--quiet", "--no-edit", "main"]);
    assert_eq!(signing.look().0, 2);
    let nowhere = checkout.check(&["--base", "main", "--signers", "nowhere"]);
    assert_eq!(nowhere.status.code(), Some(1));
}
