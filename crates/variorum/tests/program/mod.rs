//! The program as a person runs it: a server in the background, and commands against it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// A running server; it ends with the test.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a server on a data folder and waits until it answers.
pub(crate) fn serve(data: &Path, more: &[&str]) -> Server {
    let mut process = Command::new(env!("CARGO_BIN_EXE_variorum"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(more)
        .arg("--data")
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = process.stdout.take().unwrap();
    let server = Server(process);
    let mut lines = BufReader::new(out).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("Git: ")));
    // Whoever reads no more must not stop the server.
    drop(std::thread::spawn(move || lines.count()));
    server
}

/// Runs a command.
pub(crate) fn variorum(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_variorum"))
        .args(args)
        .arg("--data")
        .arg(data)
        .env_remove("VARIORUM_URL")
        .env_remove("VARIORUM_TOKEN")
        .output()
        .unwrap()
}

/// What it prints where it succeeds.
pub(crate) fn told(data: &Path, args: &[&str]) -> String {
    let output = variorum(data, args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
