//! Keys and mirrors from the command line, against a server that runs: what a person types.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod program;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use program::{Server, serve, told, variorum};

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A server with one prompt, and an empty repository elsewhere that it may go to.
struct Desk {
    dir: tempfile::TempDir,
    data: PathBuf,
    elsewhere: PathBuf,
    _server: Server,
}

fn desk() -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let elsewhere = dir.path().join("elsewhere.git");
    git(
        dir.path(),
        &["init", "-q", "--bare", "-b", "main", "elsewhere.git"],
    );
    let allowed = format!("file://{}/", dir.path().display());
    let server = serve(&data, &["--mirror-allow", &allowed]);
    let prompt = dir.path().join("hello.prompt");
    std::fs::write(&prompt, "Hello {{name}}.\n").unwrap();
    let file = prompt.display().to_string();
    let save = ["prompts", "save", "hello", "--file", &file];
    told(&data, &[&save[..], &["--subject", "Say hello"]].concat());
    Desk {
        dir,
        data,
        elsewhere,
        _server: server,
    }
}

#[test]
fn keys_are_registered_and_listed_from_the_command_line() {
    let Desk {
        dir, data, _server, ..
    } = desk();
    let key = dir.path().join("id");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "desk", "-f"])
        .arg(&key)
        .output()
        .unwrap();
    assert!(made.status.success());
    let public = format!("{}.pub", key.display());
    let added = told(&data, &["keys", "add", &public]);
    assert!(
        added.contains("`desk`") && added.contains("SHA256:"),
        "{added}"
    );
    let private = variorum(&data, &["keys", "add", &key.display().to_string()]);
    assert_eq!(private.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&private.stderr).contains("private key"));
    let listed = told(&data, &["keys", "list"]);
    assert!(
        listed.contains("desk") && listed.contains("the server's own"),
        "{listed}"
    );
}

#[test]
fn mirrors_are_kept_from_the_command_line() {
    let Desk {
        dir,
        data,
        elsewhere,
        _server,
    } = desk();
    let url = format!("file://{}", elsewhere.display());
    let refused = variorum(
        &data,
        &[
            "mirror",
            "add",
            "origin",
            "https://git.example.com/x",
            "--direction",
            "push",
        ],
    );
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("does not go to"), "{said}");
    told(
        &data,
        &["mirror", "add", "origin", &url, "--direction", "both"],
    );
    let shown = told(&data, &["mirror", "sync", "origin"]);
    assert!(shown.contains("in-step"), "{shown}");
    let main: Value = serde_json::from_str(&told(&data, &["log", "--json"])).unwrap();
    let newest = main["items"][0]["commit"].as_str().unwrap();
    assert_eq!(git(&elsewhere, &["rev-parse", "main"]), newest);

    // Whoever clones elsewhere can verify what the server has signed.
    let signers = dir.path().join("signers");
    std::fs::write(&signers, told(&data, &["keys", "allowed-signers"])).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    git(&elsewhere, &["-c", &setting, "verify-commit", "main"]);

    std::fs::rename(&elsewhere, dir.path().join("away.git")).unwrap();
    let failed = variorum(&data, &["mirror", "sync", "origin"]);
    assert_eq!(failed.status.code(), Some(2));
    let text = String::from_utf8_lossy(&failed.stdout).into_owned();
    assert!(
        text.contains("there is no repository at") && text.contains("Last worked"),
        "{text}"
    );
    told(&data, &["mirror", "remove", "origin", "--reason", "moved"]);
    assert!(told(&data, &["mirror", "list"]).contains("There is no mirror."));
}
