//! Killing the server at any moment of a loop of saves, releases and events loses nothing that was
//! acknowledged and leaves nothing half-made.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use serde_json::{Value, json};

/// Rounds in an ordinary test run; `VARIORUM_CRASH_ROUNDS=200` for a long one.
const ROUNDS: usize = 6;

/// A running server.
struct Server {
    process: Child,
    url: String,
    token: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_variorum"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = process.stdout.take().unwrap();
        let mut lines = BufReader::new(out).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.starts_with("Git: ")));
        let file = std::fs::read_to_string(data.join("cli.json")).unwrap();
        let file: Value = serde_json::from_str(&file).unwrap();
        Self {
            process,
            url: file["url"].as_str().unwrap().to_owned(),
            token: file["token"].as_str().unwrap().to_owned(),
        }
    }

    fn client(&self) -> Client {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent = config.build().new_agent();
        Client {
            agent,
            url: self.url.clone(),
            token: self.token.clone(),
        }
    }

    /// SIGKILL: the process gets no chance to tidy up.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[derive(Clone)]
struct Client {
    agent: ureq::Agent,
    url: String,
    token: String,
}

impl Client {
    /// `None` when the server died before it answered.
    fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let answer = self
            .agent
            .post(format!("{}/api/v1{path}", self.url))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json")
            .send(body.to_string());
        let answer = answer.ok()?;
        let status = answer.status().as_u16();
        let text = answer.into_body().read_to_string().ok()?;
        Some((status, serde_json::from_str(&text).ok()?))
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let answer = self
            .agent
            .get(format!("{}/api/v1{path}", self.url))
            .header("Authorization", format!("Bearer {}", self.token))
            .call()
            .unwrap();
        let status = answer.status().as_u16();
        let text = answer.into_body().read_to_string().unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }
}

/// What a server acknowledged before it was killed.
#[derive(Debug, Default)]
struct Acknowledged {
    commits: Vec<String>,
    releases: Vec<(i64, String)>,
    events: Vec<String>,
}

enum Ack {
    Commit(String),
    Release(i64, String),
    Events(Vec<String>),
}

fn save(client: &Client, round: usize, writer: usize, sender: &Sender<Ack>) {
    for turn in 0_usize.. {
        let body = json!({
            "subject": format!("Round {round}, writer {writer}, turn {turn}"),
            "files": [{
                "path": format!("prompts/writer-{writer}.prompt"),
                "content": format!("Round {round} turn {turn}: write to {{{{name}}}}.\n"),
            }],
        });
        let Some((200 | 201, answer)) = client.post("/versions", &body) else {
            return;
        };
        let commit = answer["commit"].as_str().unwrap().to_owned();
        if sender.send(Ack::Commit(commit)).is_err() {
            return;
        }
    }
}

fn release(client: &Client, round: usize, sender: &Sender<Ack>) {
    loop {
        let note = json!({"note": format!("round {round}")});
        let Some((status, answer)) = client.post("/releases", &note) else {
            return;
        };
        // Before the first save there is nothing to release.
        if status >= 300 {
            continue;
        }
        let digest = answer["digest"].as_str().unwrap().to_owned();
        if sender
            .send(Ack::Release(answer["number"].as_i64().unwrap(), digest))
            .is_err()
        {
            return;
        }
    }
}

fn report(client: &Client, round: usize, sender: &Sender<Ack>) {
    for turn in 0_usize.. {
        let ids: Vec<String> = (0..20).map(|n| format!("e-{round}-{turn}-{n}")).collect();
        let events: Vec<Value> = ids
            .iter()
            .map(|id| json!({"id": id, "type": "exposure", "unit": id}))
            .collect();
        let Some((200 | 202, answer)) = client.post("/events", &json!(events)) else {
            return;
        };
        assert_eq!(answer["accepted"], 20, "{answer}");
        if sender.send(Ack::Events(ids)).is_err() {
            return;
        }
    }
}

/// Lets everything happen at once, and kills the server after so many acknowledgements.
fn one_round(data: &Path, round: usize, kept: &mut Acknowledged) {
    let server = Server::start(data);
    let (sender, receiver) = channel();
    let client = server.client();
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let (client, sender) = (client.clone(), sender.clone());
            scope.spawn(move || save(&client, round, writer, &sender));
        }
        let (releasing, sending) = (client.clone(), sender.clone());
        scope.spawn(move || release(&releasing, round, &sending));
        let (reporting, sending) = (client.clone(), sender.clone());
        scope.spawn(move || report(&reporting, round, &sending));
        drop(sender);
        let wanted = 5 + (round * 37) % 60;
        let mut server = Some(server);
        for (count, ack) in receiver.iter().enumerate() {
            match ack {
                Ack::Commit(commit) => kept.commits.push(commit),
                Ack::Release(number, digest) => kept.releases.push((number, digest)),
                Ack::Events(ids) => kept.events.extend(ids),
            }
            if count >= wanted
                && let Some(server) = server.take()
            {
                server.kill();
            }
        }
        assert!(
            server.is_none(),
            "the writers stopped by themselves after {kept:?}"
        );
    });
}

fn nothing_is_missing(data: &Path, kept: &Acknowledged) {
    let server = Server::start(data);
    let client = server.client();
    for commit in kept.commits.iter().rev().take(300) {
        assert_eq!(
            client.get(&format!("/commits/{commit}")).0,
            200,
            "lost version {commit}"
        );
    }
    for (number, digest) in kept.releases.iter().rev().take(50) {
        let (status, release) = client.get(&format!("/releases/{number}"));
        assert_eq!(
            (status, release["digest"].as_str()),
            (200, Some(digest.as_str()))
        );
        assert!(
            !release["manifest"]["prompts"]
                .as_object()
                .unwrap()
                .is_empty()
        );
    }
    let again: Vec<Value> = kept
        .events
        .iter()
        .rev()
        .take(2_000)
        .map(|id| json!({"id": id, "type": "exposure", "unit": id}))
        .collect();
    if !again.is_empty() {
        let (_, answer) = client.post("/events", &json!(again)).unwrap();
        assert_eq!(
            answer["accepted"], 0,
            "an acknowledged event was lost: {answer}"
        );
    }
    let (_, releases) = client.get("/releases?limit=200");
    let numbers: HashSet<i64> = releases["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|release| release["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers.len(), releases["items"].as_array().unwrap().len());
    let (_, log) = client.get("/audit/check");
    assert_eq!(log["intact"], true, "{log}");
    server.kill();
}

fn passes(data: &Path, args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_variorum"))
        .args(args)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn a_killed_server_has_kept_everything_it_acknowledged() {
    let rounds = std::env::var_os("VARIORUM_CRASH_ROUNDS")
        .and_then(|rounds| rounds.to_str()?.parse().ok())
        .unwrap_or(ROUNDS);
    let dir = tempfile::tempdir().unwrap();
    let mut kept = Acknowledged::default();
    for round in 0..rounds {
        one_round(dir.path(), round, &mut kept);
        nothing_is_missing(dir.path(), &kept);
        passes(dir.path(), &["fsck"]);
        passes(dir.path(), &["audit", "verify"]);
    }
    assert!(
        !kept.commits.is_empty() && !kept.events.is_empty(),
        "{kept:?}"
    );
}
