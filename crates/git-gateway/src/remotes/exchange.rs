//! One round with one remote: what is there is fetched, what to do is decided branch by branch, what is
//! to come in is handed to the use case that takes pushes, what is to go out is pushed, never with
//! force. Whatever ends a round half way, the next one begins with where both sides stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use variorum_app::remotes::RemoteRefRow;
use variorum_app::remotes::sync::{self, Arrived, Arriving, Ended, Round};
use variorum_app::{Context, Error};
use variorum_domain::id::{Oid, WorkspaceId};
use variorum_domain::library::MAIN;
use variorum_domain::limits::REMOTE_REFS_MAX;
use variorum_domain::remote::{
    ARRIVALS, NotesStep, Relation, Side, Step, TagStep, notes_step, step, tag_step,
};

use super::RemoteSettings;
use super::wire::{Wire, Words};
use crate::limits::REMOTE_REFS_PER_PUSH;
use crate::mirror::Mirrors;

/// Where the remote's branches and tags are kept in its folder.
const THEIRS: &str = "refs/theirs/";
const NOTES: &str = "refs/notes/";

/// Does one round and notes how it ended.
pub(crate) async fn round(
    ctx: &Context,
    mirrors: &Arc<Mirrors>,
    settings: &RemoteSettings,
    workspace: WorkspaceId,
    name: &str,
) -> Result<(), Error> {
    let round = match sync::begin(ctx, workspace, name).await {
        Ok(round) => round,
        Err(error @ (Error::Denied(_) | Error::Invalid { .. })) => {
            return sync::fail(ctx, workspace, name, &error.to_string()).await;
        }
        // Removed since it was due.
        Err(Error::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut ended = Ended::default();
    let done = exchange(ctx, mirrors, settings, &round, &mut ended).await;
    if let Err(stopped) = done {
        ended.failed = Some(match stopped {
            Stopped::Words(words) => words,
            Stopped::App(error) => {
                tracing::error!(workspace = %workspace, remote = name, error = %error, "a round with a remote failed");
                "the server failed at it; its log says more".to_owned()
            }
        });
    }
    sync::end(ctx, &round, ended).await
}

/// Why a round ended before its end.
enum Stopped {
    Words(Words),
    App(Error),
}

impl From<Words> for Stopped {
    fn from(words: Words) -> Self {
        Self::Words(words)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

async fn exchange(
    ctx: &Context,
    mirrors: &Arc<Mirrors>,
    settings: &RemoteSettings,
    round: &Round,
    ended: &mut Ended,
) -> Result<(), Stopped> {
    let library = mirrors.sync(ctx, &round.actor).await.map_err(|error| {
        format!("the library's own copy could not be brought up to date: {error}")
    })?;
    let folder = mirrors.remote_path(round.actor.workspace, &round.row.name);
    prepare(&folder, &library)
        .map_err(|error| format!("the server's folder for it cannot be written: {error}"))?;
    let secret = (settings.secrets)(&round.credential).map_err(|name| {
        format!("its credential `{name}` is not there: set it where the server runs")
    })?;
    let wire = Wire {
        git: &mirrors.git,
        folder: &folder,
        url: &round.url,
        settings,
        secret,
    };
    let theirs = fetch(&wire, &round.url.to_string()).await?;
    let mut work = Exchange {
        ctx,
        round,
        wire,
        have: round.ours.values().map(ToString::to_string).collect(),
        sends: Vec::new(),
        ended,
    };
    let is_draft = |name: &&String| {
        name.strip_prefix("refs/heads/")
            .is_some_and(|draft| !draft.starts_with(ARRIVALS))
    };
    let names: BTreeSet<&String> = round
        .ours
        .keys()
        .chain(theirs.keys())
        .filter(is_draft)
        .collect();
    for name in names {
        work.branch(name, theirs.get(name).copied()).await?;
    }
    for (name, ours) in round
        .ours
        .iter()
        .filter(|(name, _)| name.starts_with("refs/tags/"))
    {
        work.tag(name, *ours, theirs.get(name).copied());
    }
    for name in round.ours.keys().filter(|name| name.starts_with(NOTES)) {
        work.notes(name, theirs.get(name).copied()).await?;
    }
    work.send().await
}

/// Makes the remote's folder where it is not there: a bare repository that borrows the objects of the
/// library's copy.
fn prepare(folder: &Path, library: &Path) -> std::io::Result<()> {
    for part in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        std::fs::create_dir_all(folder.join(part))?;
    }
    let borrowed = std::path::absolute(library.join("objects"))?;
    std::fs::write(
        folder.join("objects/info/alternates"),
        format!("{}\n", borrowed.display()),
    )?;
    std::fs::write(
        folder.join("config"),
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[gc]\n\tauto = 0\n",
    )?;
    std::fs::write(folder.join("HEAD"), "ref: refs/heads/main\n")
}

/// Brings the remote's versions here, and says where its branches and tags stand.
async fn fetch(wire: &Wire<'_>, url: &str) -> Result<BTreeMap<String, Oid>, Words> {
    let fetched = wire
        .talk(&[
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            url,
            "+refs/heads/*:refs/theirs/heads/*",
            "+refs/tags/*:refs/theirs/tags/*",
            "+refs/notes/*:refs/theirs/notes/*",
        ])
        .await?;
    if !fetched.status.success() {
        // Half a fetch must not stand in the way of the next one.
        drop(std::fs::remove_dir_all(wire.folder));
        return Err(wire.in_words(&fetched.stderr));
    }
    let most = format!("--count={}", REMOTE_REFS_MAX + 1);
    let listed = wire
        .ask(&[
            "for-each-ref",
            &most,
            "--format=%(objectname) %(refname)",
            THEIRS,
        ])
        .await?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut refs = BTreeMap::new();
    for line in text.lines() {
        let Some((oid, name)) = line.split_once(' ') else {
            continue;
        };
        if let (Ok(oid), Some(name)) = (oid.parse(), name.strip_prefix(THEIRS)) {
            refs.insert(format!("refs/{name}"), oid);
        }
    }
    if refs.len() > REMOTE_REFS_MAX {
        return Err(format!(
            "it has more than {REMOTE_REFS_MAX} branches and tags"
        ));
    }
    Ok(refs)
}

/// What is to go out: the name, and where it stands here.
type Sending = (String, Oid);

/// A round under way.
struct Exchange<'a> {
    ctx: &'a Context,
    round: &'a Round,
    wire: Wire<'a>,
    /// What is stored here, so that only what is new is packed.
    have: Vec<String>,
    sends: Vec<Sending>,
    ended: &'a mut Ended,
}

impl Exchange<'_> {
    /// Where both sides of a ref stand.
    async fn side(&self, known: &RemoteRefRow, theirs: Option<Oid>) -> Result<Side, Words> {
        let ours = self.round.ours.get(&known.name).copied();
        Ok(Side {
            ours,
            theirs,
            synced: known.synced,
            parked: known.parked,
            refused: known.refused,
            relation: self.relation(ours, theirs).await?,
            is_main: known.name == MAIN,
        })
    }

    async fn branch(&mut self, name: &str, theirs: Option<Oid>) -> Result<(), Stopped> {
        let mut known = self.known(name);
        let side = self.side(&known, theirs).await?;
        match (step(self.round.direction, side), theirs) {
            (Step::Send, _) => self.queue(name, side.ours),
            (Step::TakeIn, Some(theirs)) => {
                let arriving = self.arriving(name, theirs).await?;
                let arrived = sync::take_in(self.ctx, self.round, arriving).await?;
                self.arrived(known, theirs, arrived);
            }
            (Step::Park, Some(theirs)) => {
                let why = if side.relation == Relation::Apart {
                    "both sides have moved"
                } else {
                    "this mirror only sends, and somebody saved there"
                };
                let arriving = self.arriving(name, theirs).await?;
                let arrived = sync::park(self.ctx, self.round, arriving, why).await?;
                self.arrived(known, theirs, arrived);
            }
            (Step::Note, _) => {
                known.synced = theirs;
                self.remember(known, String::new());
            }
            (Step::Rest | Step::Wait | Step::TakeIn | Step::Park, _) => {}
        }
        Ok(())
    }

    fn tag(&mut self, name: &str, ours: Oid, theirs: Option<Oid>) {
        let known = self.known(name);
        match tag_step(self.round.direction, ours, theirs, known.refused) {
            TagStep::Send => self.queue(name, Some(ours)),
            TagStep::Differs => self.stays(
                known,
                "the remote has another tag of that name, which stays as it is",
            ),
            TagStep::Rest => {}
        }
    }

    async fn notes(&mut self, name: &str, theirs: Option<Oid>) -> Result<(), Stopped> {
        let known = self.known(name);
        let side = self.side(&known, theirs).await?;
        match notes_step(self.round.direction, side) {
            NotesStep::Send => self.queue(name, side.ours),
            NotesStep::Differs => self.stays(
                known,
                "the remote has other notes under that name, which stay as they are; rename them there, and the \
                 results of rollouts go out",
            ),
            NotesStep::Rest => {}
        }
        Ok(())
    }

    fn queue(&mut self, name: &str, ours: Option<Oid>) {
        self.sends.extend(ours.map(|ours| (name.to_owned(), ours)));
    }

    /// Remembers, once, that the remote's ref of that name is left alone.
    fn stays(&mut self, known: RemoteRefRow, problem: &str) {
        if known.problem != problem {
            self.remember(known, problem.to_owned());
        }
    }

    fn known(&self, name: &str) -> RemoteRefRow {
        let known = self.round.known.get(name).cloned();
        known.unwrap_or_else(|| RemoteRefRow {
            name: name.to_owned(),
            synced: None,
            parked: None,
            refused: None,
            problem: String::new(),
            at: self.ctx.clock.now(),
        })
    }

    fn remember(&mut self, mut row: RemoteRefRow, problem: String) {
        row.problem = problem;
        row.at = self.ctx.clock.now();
        self.ended.refs.push(row);
    }

    async fn arriving(&mut self, name: &str, theirs: Oid) -> Result<Arriving, Stopped> {
        let pack = self.wire.pack(&theirs.to_string(), &self.have).await?;
        Ok(Arriving {
            name: name.to_owned(),
            theirs,
            pack,
        })
    }

    fn arrived(&mut self, mut row: RemoteRefRow, theirs: Oid, arrived: Arrived) {
        let name = row.name.clone();
        let problem = match &arrived {
            Arrived::TakenIn => {
                row.synced = Some(theirs);
                row.refused = None;
                String::new()
            }
            Arrived::Parked { draft, change, why } => {
                row.parked = Some(theirs);
                format!("{why}: the remote's version is the draft `{draft}`, asked for by {change}")
            }
            Arrived::Refused(why) => format!("the remote's version is not taken: {why}"),
        };
        let became = match arrived {
            Arrived::TakenIn => theirs.to_string(),
            Arrived::Parked { draft, change, .. } => format!("{draft} ({change})"),
            // Nothing came, so the audit log has nothing to tell.
            Arrived::Refused(_) => {
                self.remember(row, problem);
                return;
            }
        };
        self.have.push(theirs.to_string());
        self.ended.came.push((name, became));
        self.remember(row, problem);
    }

    /// How the two sides of a branch lie to each other.
    async fn relation(&self, ours: Option<Oid>, theirs: Option<Oid>) -> Result<Relation, Words> {
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            return Ok(Relation::Same);
        };
        if ours == theirs {
            return Ok(Relation::Same);
        }
        if self.is_ancestor(ours, theirs).await? {
            Ok(Relation::TheirsAhead)
        } else if self.is_ancestor(theirs, ours).await? {
            Ok(Relation::OursAhead)
        } else {
            Ok(Relation::Apart)
        }
    }

    async fn is_ancestor(&self, older: Oid, newer: Oid) -> Result<bool, Words> {
        let (older, newer) = (older.to_string(), newer.to_string());
        let asked = self
            .wire
            .ask(&["merge-base", "--is-ancestor", &older, &newer])
            .await?;
        match asked.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(self.wire.in_words(&asked.stderr)),
        }
    }

    /// Pushes what is to go out. Without force: where the remote has moved, it is left as it is.
    async fn send(&mut self) -> Result<(), Stopped> {
        let sends = std::mem::take(&mut self.sends);
        for some in sends.chunks(REMOTE_REFS_PER_PUSH) {
            let url = self.round.url.to_string();
            let specs: Vec<String> = some
                .iter()
                .map(|(name, oid)| format!("{oid}:{name}"))
                .collect();
            let mut arguments = vec!["push", "--porcelain", "--no-verify", &url];
            arguments.extend(specs.iter().map(String::as_str));
            let pushed = self.wire.talk(&arguments).await?;
            let told = read_porcelain(&String::from_utf8_lossy(&pushed.stdout));
            if told.is_empty() {
                return Err(Stopped::Words(self.wire.in_words(&pushed.stderr)));
            }
            for (name, ours) in some {
                let told = told.iter().find(|(told, ..)| told == name);
                self.sent(name, *ours, told.map(|(_, outcome)| outcome));
            }
        }
        Ok(())
    }

    fn sent(&mut self, name: &str, ours: Oid, outcome: Option<&Outcome>) {
        let mut row = self.known(name);
        match outcome {
            Some(Outcome::Taken) => {
                row.synced = Some(ours);
                row.refused = None;
                self.remember(row, String::new());
                self.ended.sent.push((name.to_owned(), ours));
            }
            // The next round fetches what is there and sees.
            Some(Outcome::Moved) | None => {
                let problem = "it moved there in the same moment; it is looked at again soon";
                self.remember(row, problem.to_owned());
            }
            Some(Outcome::Refused(why)) => {
                row.refused = Some(ours);
                self.remember(row, format!("the remote does not take it: {why}"));
            }
        }
    }
}

/// What a remote said to one ref.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Taken,
    Moved,
    Refused(String),
}

/// Reads what `git push --porcelain` prints: a sign, the ref, and words, between tabs.
fn read_porcelain(text: &str) -> Vec<(String, Outcome)> {
    let line = |line: &str| {
        let mut parts = line.splitn(3, '\t');
        let (sign, spec, words) = (parts.next()?, parts.next()?, parts.next()?);
        let (_, name) = spec.split_once(':')?;
        let outcome = match sign {
            " " | "*" | "=" | "+" => Outcome::Taken,
            "!" if [
                "fetch first",
                "non-fast-forward",
                "stale info",
                "needs force",
            ]
            .iter()
            .any(|moved| words.contains(moved)) =>
            {
                Outcome::Moved
            }
            _ => Outcome::Refused(
                words
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(300)
                    .collect(),
            ),
        };
        Some((name.to_owned(), outcome))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_tells_of_a_push_is_understood() {
        let text = "To https://git.example.com/x.git\n \t1111:refs/heads/main\t1..2\n*\t2222:refs/heads/new\t[new branch]\n=\t3333:refs/heads/same\t[up to date]\n!\t4444:refs/heads/moved\t[rejected] (fetch first)\n!\t5555:refs/tags/release/1\t[remote rejected] (release tags are read-only)\nDone\n";
        let told = read_porcelain(text);
        let names: Vec<_> = told
            .iter()
            .map(|(name, outcome)| (name.as_str(), outcome.clone()))
            .collect();
        assert_eq!(
            names,
            [
                ("refs/heads/main", Outcome::Taken),
                ("refs/heads/new", Outcome::Taken),
                ("refs/heads/same", Outcome::Taken),
                ("refs/heads/moved", Outcome::Moved),
                (
                    "refs/tags/release/1",
                    Outcome::Refused("[remote rejected] (release tags are read-only)".to_owned())
                ),
            ]
        );
        assert!(read_porcelain("fatal: no\n").is_empty());
    }
}
