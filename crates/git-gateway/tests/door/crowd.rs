//! Many at once: what was acknowledged is in history once, and nothing else is.

use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::{Value, json};
use variorum_domain::canonical;

use crate::world::{World, commit, git};

/// Where all of them meet.
const DRAFT: &str = "campaign/autumn";
/// Writers over HTTP, each with so many saves of a file of their own; some of them then all add a
/// line to one file. `git` clients, each with so many pushes.
const WRITERS: usize = 50;
const SAVES: usize = 2;
const CONTENDERS: usize = 10;
const PUSHERS: usize = 10;
const PUSHES: usize = 2;

/// What one of them did.
#[derive(Debug, Default)]
struct Done {
    /// The commits that were acknowledged.
    acknowledged: Vec<String>,
    /// How often somebody else was first.
    lost: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_save_and_push_is_in_history_once() {
    let world = World::with_library().await;
    let seed = [("prompts/shared.prompt", "Begin.\n")];
    world
        .save(Some(DRAFT), "Begin together", &seed)
        .await
        .unwrap();
    let mut copies = Vec::new();
    for number in 0..PUSHERS {
        let copy = world.copy(&format!("copy-{number}")).await;
        git(&copy, &["checkout", "--quiet", DRAFT]).await.must();
        copies.push(copy);
    }
    let start = world.tip(&format!("refs/heads/{DRAFT}")).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    let mut pushers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let client = Client::new(&world);
        let base = start.to_string();
        writers.spawn_blocking(move || save_often(&client, writer, &base));
    }
    for (number, copy) in copies.into_iter().enumerate() {
        pushers.spawn(push_often(copy, number));
    }
    let (mut acknowledged, mut saves_lost, mut pushes_lost) = (Vec::new(), 0, 0);
    while let Some(done) = writers.join_next().await {
        let done = done.unwrap();
        acknowledged.extend(done.acknowledged);
        saves_lost += done.lost;
    }
    while let Some(done) = pushers.join_next().await {
        let done = done.unwrap();
        acknowledged.extend(done.acknowledged);
        pushes_lost += done.lost;
    }
    println!("{saves_lost} saves and {pushes_lost} pushes were late and done again");
    let expected = WRITERS * SAVES + CONTENDERS + PUSHERS * PUSHES;
    assert_eq!(acknowledged.len(), expected);
    must_hold(&world, &acknowledged).await;
    refs_moved_step_by_step(&world).await;
    world.must_be_sound().await;
}

/// Talks to the server as the browser does.
struct Client {
    address: String,
    token: String,
}

impl Client {
    fn new(world: &World) -> Self {
        Self {
            address: format!("http://{}/api/v1", world.address),
            token: format!("Bearer {}", world.token),
        }
    }

    fn agent() -> ureq::Agent {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        config.build().into()
    }

    fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.address);
        let asked = Self::agent().get(url).header("authorization", &self.token);
        let mut answer = asked.call().unwrap();
        assert_eq!(answer.status(), 200);
        answer.body_mut().read_json().unwrap()
    }

    /// Saves one file; returns the status and the answer.
    fn save(&self, base: &str, subject: &str, path: &str, content: &str) -> (u16, Value) {
        let body = json!({
            "draft": DRAFT, "base": base, "subject": subject,
            "files": [{"path": path, "content": content}],
        });
        let url = format!("{}/versions", self.address);
        let asked = Self::agent().post(url).header("authorization", &self.token);
        let mut answer = asked.send_json(&body).unwrap();
        (
            answer.status().as_u16(),
            answer.body_mut().read_json().unwrap(),
        )
    }
}

/// Saves one file again and again, from where the draft stood in the beginning; then adds a line to a
/// file to which others add lines.
fn save_often(client: &Client, writer: usize, start: &str) -> Done {
    let mut done = Done::default();
    let mut base = start.to_owned();
    for save in 0..SAVES {
        let path = format!("prompts/w{writer}.prompt");
        let subject = format!("save {writer} {save}");
        let (status, answer) = client.save(&base, &subject, &path, &format!("{save}\n"));
        assert!(status < 300, "{status}: {answer}");
        base = text(&answer, "commit");
        done.acknowledged.push(base.clone());
    }
    if writer < CONTENDERS {
        add_line(client, writer, start, &mut done);
    }
    done
}

/// Adds a line to the file that all have; whoever is late is told so, and gets to see both texts.
fn add_line(client: &Client, writer: usize, start: &str, done: &mut Done) {
    let subject = format!("save {writer} together");
    let line = format!("Line of {writer}.\n");
    let (mut base, mut before) = (start.to_owned(), "Begin.\n".to_owned());
    loop {
        let content = format!("{before}{line}");
        let (status, answer) = client.save(&base, &subject, "prompts/shared.prompt", &content);
        if status < 300 {
            done.acknowledged.push(text(&answer, "commit"));
            return;
        }
        done.lost += 1;
        assert_eq!(
            (status, &answer["code"]),
            (409, &json!("clash")),
            "{answer}"
        );
        let hint = text(&answer, "hint");
        assert!(
            hint.contains("has moved") && hint.contains("Nothing is lost"),
            "{hint}"
        );
        let conflict = &answer["conflicts"][0];
        assert_eq!(conflict["path"], "prompts/shared.prompt");
        assert!(text(conflict, "merged").contains(&line), "{answer}");
        let head = text(&answer, "head");
        assert_ne!(head, base);
        let now = client.get("/prompts/shared?draft=campaign%2Fautumn");
        (base, before) = (text(&now, "base"), text(&now, "source"));
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field]
        .as_str()
        .unwrap_or_else(|| unreachable!("no `{field}` in {value}"))
        .to_owned()
}

/// Commits and pushes again and again; whoever is late fetches, merges and pushes again.
async fn push_often(copy: PathBuf, number: usize) -> Done {
    let mut done = Done::default();
    for push in 0..PUSHES {
        let path = format!("prompts/g{number}.prompt");
        let subject = format!("push {number} {push}");
        commit(&copy, &path, &format!("{push}\n"), &subject).await;
        let own = git(&copy, &["rev-parse", "HEAD"]).await.must();
        loop {
            let pushed = git(&copy, &["push", "origin", DRAFT]).await;
            if pushed.success {
                break;
            }
            done.lost += 1;
            let lost = [
                "fetch first",
                "has moved",
                "saved first",
                "non-fast-forward",
            ];
            let is_lost = lost.iter().any(|word| pushed.said.contains(word));
            assert!(is_lost, "{}", pushed.said);
            let pull = ["pull", "--quiet", "--no-edit", "origin", DRAFT];
            git(&copy, &pull).await.must();
        }
        done.acknowledged.push(own);
    }
    done
}

async fn must_hold(world: &World, acknowledged: &[String]) {
    let last = world.copy("last").await;
    let branch = format!("origin/{DRAFT}");
    let all = git(&last, &["rev-list", &branch]).await.must();
    let listed: Vec<&str> = all.lines().collect();
    let known: HashSet<&str> = listed.iter().copied().collect();
    assert_eq!(known.len(), listed.len());
    let is_missing = |oid: &&String| !known.contains(oid.as_str());
    let missing: Vec<&String> = acknowledged.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:?} of {acknowledged:?}");
    let subjects = git(&last, &["log", "--format=%s", &branch]).await.must();
    let own = |subject: &&str| subject.starts_with("save ") || subject.starts_with("push ");
    let count = subjects.lines().filter(own).count();
    assert_eq!(count, acknowledged.len(), "a save is there twice");
    // Each file holds what its one writer saved last.
    for writer in 0..WRITERS {
        let path = format!("{branch}:prompts/w{writer}.prompt");
        let held = git(&last, &["show", &path]).await.must();
        assert_eq!(held, (SAVES - 1).to_string());
    }
    for pusher in 0..PUSHERS {
        let path = format!("{branch}:prompts/g{pusher}.prompt");
        let held = git(&last, &["show", &path]).await.must();
        assert_eq!(held, (PUSHES - 1).to_string());
    }
    // The one file of all has each line once: nobody wrote over anybody.
    let shared = format!("{branch}:prompts/shared.prompt");
    let shared = git(&last, &["show", &shared]).await.must();
    let mut lines: Vec<&str> = shared.lines().skip(1).collect();
    lines.sort_unstable();
    let mut expected: Vec<String> = (0..CONTENDERS).map(|n| format!("Line of {n}.")).collect();
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

/// By the audit log, each move of the draft began where the one before it had ended.
async fn refs_moved_step_by_step(world: &World) {
    let mut tx = world.ctx.store.read().await.unwrap();
    let id = world.admin.workspace;
    let entries = tx.scan_entries(id, 0, 100_000).await.unwrap();
    let target = format!("draft:{DRAFT}");
    let moves: Vec<_> = entries
        .iter()
        .filter(|entry| entry.target == target)
        .filter(|entry| ["version.saved", "versions.pushed"].contains(&&entry.action[..]))
        .collect();
    // One for each save and push of the crowd, and the two before.
    assert_eq!(
        moves.len(),
        2 + WRITERS * SAVES + CONTENDERS + PUSHERS * PUSHES
    );
    for pair in moves.windows(2) {
        assert_eq!(pair[0].after, pair[1].before, "{pair:#?}");
        assert!(pair[0].after.is_some());
    }
    let tip = world.tip(&format!("refs/heads/{DRAFT}")).await.unwrap();
    let last = moves.last().and_then(|entry| entry.after);
    assert_eq!(last, Some(canonical::digest(&tip.to_string())));
}
