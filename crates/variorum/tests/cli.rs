//! The program as somebody at a terminal meets it: real files, the real `git`, exit codes.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn variorum(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_variorum"))
        .args(args)
        .arg("--data")
        .arg(data)
        .env_remove("VARIORUM_URL")
        .env_remove("VARIORUM_TOKEN")
        .output()
        .unwrap()
}

fn json(data: &Path, args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    let output = variorum(data, &all);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn shared(path: &str) -> PathBuf {
    let named = std::env::var_os("VARIORUM_SHARED").map(PathBuf::from);
    let root =
        named.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    root.join("data").join(path)
}

#[test]
fn a_bundle_goes_in_and_a_bare_repository_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let bundle = shared("history/marketingskills_2026-01_to_2026-04.bundle");
    let imported = json(&data, &["import", bundle.to_str().unwrap()]);
    assert_eq!(imported["commits"], 95);
    let out = dir.path().join("out.git");
    json(&data, &["export", out.to_str().unwrap()]);
    git(&out, &["fsck", "--strict", "--full"]);
    git(dir.path(), &["clone", "-q", "out.git", "clone"]);
    let theirs = dir.path().join("theirs");
    git(
        dir.path(),
        &[
            "clone",
            "-q",
            "-b",
            "main",
            bundle.to_str().unwrap(),
            "theirs",
        ],
    );
    let ids = |path: &Path| git(path, &["rev-list", "main"]);
    assert_eq!(ids(&dir.path().join("clone")), ids(&theirs));
    // A repository on disk is a source, too.
    let second = dir.path().join("second");
    let again = json(&second, &["import", theirs.to_str().unwrap()]);
    assert_eq!(again["commits"], 95);
    assert_eq!(json(&second, &["fsck"])["errors"], serde_json::json!([]));
}

#[test]
fn a_folder_goes_in_as_one_version_and_nothing_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("folder/prompts");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("good.prompt"), "Hello {{name}}.\n").unwrap();
    std::fs::write(folder.join("broken.prompt"), "{{#if}} never closed").unwrap();
    let data = dir.path().join("data");
    let root = dir.path().join("folder");
    assert_eq!(
        json(&data, &["import", root.to_str().unwrap()])["commits"],
        1
    );
    let out = dir.path().join("out.git");
    json(&data, &["export", out.to_str().unwrap()]);
    let files = git(&out, &["ls-tree", "-r", "--name-only", "main"]);
    assert_eq!(files, "prompts/broken.prompt\nprompts/good.prompt");
}

#[test]
fn a_token_is_printed_without_a_browser() {
    let dir = tempfile::tempdir().unwrap();
    let made = json(dir.path(), &["token", "create", "--role", "administrator"]);
    assert!(made["token"].as_str().unwrap().starts_with("vrm_"));
    assert_eq!(made["role"], "administrator");
    let refused = variorum(dir.path(), &["token", "create", "--role", "emperor"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("no role `emperor`") && said.contains("hint: choose viewer"),
        "{said}"
    );
}

#[test]
fn a_fresh_log_verifies_and_a_foreign_head_is_found() {
    let dir = tempfile::tempdir().unwrap();
    json(dir.path(), &["token", "create", "--role", "viewer"]);
    let checked = json(dir.path(), &["audit", "verify"]);
    assert_eq!(checked[0]["intact"], true);
    let head = checked[0]["head"].as_str().unwrap().to_owned();
    json(dir.path(), &["token", "create", "--role", "viewer"]);
    assert!(
        variorum(dir.path(), &["audit", "verify", "--noted", &head])
            .status
            .success()
    );
    let foreign = format!("2:{}", "0".repeat(64));
    let refused = variorum(dir.path(), &["audit", "verify", "--noted", &foreign]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn mistakes_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let nothing = variorum(dir.path(), &["import", "/nowhere/at/all"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("hint:"));
    let empty = variorum(
        dir.path(),
        &["export", dir.path().join("x.git").to_str().unwrap()],
    );
    assert!(String::from_utf8_lossy(&empty.stderr).contains("the library is empty"));
    let away = variorum(
        dir.path(),
        &["--url", "http://127.0.0.1:9", "--token", "x", "whoami"],
    );
    assert_ne!(away.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&away.stderr).contains("variorum serve"));
    let completions = variorum(dir.path(), &["completions", "bash"]);
    assert!(String::from_utf8_lossy(&completions.stdout).contains("variorum"));
}
