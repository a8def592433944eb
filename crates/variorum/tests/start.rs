//! What a server says when it starts, and to whom.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Everything it prints until it is ready, and its log.
fn said(data: &Path, args: &[&str]) -> String {
    let process = Command::new(env!("CARGO_BIN_EXE_variorum"))
        .args(args)
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env_remove("VARIORUM_PRINT_SIGN_IN")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut server = Server(process.unwrap());
    let lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let mut said = String::new();
    for line in lines.map(Result::unwrap) {
        said += &line;
        said.push('\n');
        if line.starts_with("Git: ") {
            break;
        }
    }
    let mut log = server.0.stderr.take().unwrap();
    drop(server);
    log.read_to_string(&mut said).unwrap();
    assert!(said.contains("\nGit: "), "{said}");
    said
}

#[test]
fn a_link_that_signs_in_is_not_left_where_a_service_manager_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = said(folder.path(), &["serve"]);
    assert!(!quiet.contains("sign-in#"), "{quiet}");
    assert!(quiet.contains("`variorum sign-in`"), "{quiet}");
    let asked = said(folder.path(), &["serve", "--print-sign-in"]);
    assert!(asked.contains("/sign-in#"), "{asked}");
}

#[test]
fn the_link_that_the_note_names_is_to_be_had() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), &["serve"]);
    let output = Command::new(env!("CARGO_BIN_EXE_variorum"))
        .args(["sign-in", "--data"])
        .arg(folder.path())
        .output();
    let link = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(link.contains("/sign-in#"), "{link}");
}
