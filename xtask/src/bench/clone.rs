//! Clone, fetch and push over HTTP on a library of ten thousand prompts, against `git http-backend` on
//! the same repository. The client is the same `git` on both sides.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::company::{prompt_path, prompt_text};
use super::figure::Figure;
use super::git::git;
use super::history::{COMMITS, PROMPTS, write_repository};
use super::server::{Server, make_token};
use super::{Options, comment};
use crate::tree;

/// Pushes and fetches of one round.
const MOVES_PER_ROUND: usize = 3;

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let repository = folder.path().join("library.git");
    write_repository(&repository)?;
    // As well kept as ours: one pack with a bitmap, and a commit graph.
    let repack = ["repack", "-a", "-d", "--quiet", "--write-bitmap-index"];
    tree::stdout(git(&repository).args(repack))?;
    let setting = ["config", "http.receivepack", "true"];
    tree::stdout(git(&repository).args(setting))?;
    let data = folder.path().join("data");
    let mut import = Command::new(super::programs()?.join("variorum"));
    import
        .arg("import")
        .arg(&repository)
        .arg("--data")
        .arg(&data);
    tree::stdout(&mut import)?;
    let token = make_token(&data, "administrator")?;
    let (product, backend) = (
        Server::variorum(&data)?,
        Server::http_backend(folder.path())?,
    );
    comment(&format!(
        "{PROMPTS} prompts, {COMMITS} commits; reference: `git http-backend` behind a small CGI runner"
    ));
    comment("seconds; the client's own time is in both");
    let ours = format!("http://ann:{token}@{}/git/main.git", product.address);
    let theirs = url_of(backend.address);
    let begun = Instant::now();
    let mut ours = Side::found(folder.path(), "ours", ours)?;
    comment(&format!(
        "our first clone, which makes the copy on disk: {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    let mut theirs = Side::found(folder.path(), "theirs", theirs)?;
    let mut figures = Figures::default();
    for _ in 0..options.rounds {
        figures.clone.round(ours.clone()?, theirs.clone()?);
        figures.shallow.round(ours.shallow()?, theirs.shallow()?);
        for _ in 0..MOVES_PER_ROUND {
            figures.push.round(ours.push()?, theirs.push()?);
            figures.fetch.round(ours.fetch()?, theirs.fetch()?);
            figures.idle.round(ours.fetch()?, theirs.fetch()?);
        }
    }
    figures.clone.print("clone_seconds");
    figures.shallow.print("clone_shallow_seconds");
    figures.push.print("push_one_commit_seconds");
    figures.fetch.print("fetch_one_commit_seconds");
    figures.idle.print("fetch_nothing_seconds");
    Ok(())
}

fn url_of(address: SocketAddr) -> String {
    format!("http://{address}/library.git")
}

#[derive(Debug, Default)]
struct Figures {
    clone: Figure,
    shallow: Figure,
    push: Figure,
    fetch: Figure,
    idle: Figure,
}

/// One server, with two copies of its library: one that pushes and one that fetches.
struct Side {
    url: String,
    folder: PathBuf,
    changes: usize,
}

impl Side {
    fn found(folder: &Path, name: &str, url: String) -> Result<Self> {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder)?;
        let side = Self {
            url,
            folder,
            changes: 0,
        };
        let copy = ["clone", "--quiet", "--template=", &side.url, "pushes"];
        tree::stdout(git(&side.folder).args(copy))?;
        let copy = [
            "clone",
            "--quiet",
            "--template=",
            "--bare",
            &side.url,
            "fetches.git",
        ];
        tree::stdout(git(&side.folder).args(copy))?;
        Ok(side)
    }

    /// A copy of everything, thrown away again.
    fn clone(&self) -> Result<f64> {
        self.copied(&[])
    }

    /// A copy of the newest commit alone, without files.
    fn shallow(&self) -> Result<f64> {
        self.copied(&["--depth=1"])
    }

    fn copied(&self, how: &[&str]) -> Result<f64> {
        let begun = Instant::now();
        let mut command = git(&self.folder);
        command.args(["clone", "--quiet", "--template=", "--bare"]);
        command.args(how).args([&self.url, "copy.git"]);
        tree::stdout(&mut command)?;
        let seconds = begun.elapsed().as_secs_f64();
        std::fs::remove_dir_all(self.folder.join("copy.git"))?;
        Ok(seconds)
    }

    /// One commit that changes one prompt; the commit itself is not measured.
    fn push(&mut self) -> Result<f64> {
        self.changes += 1;
        let pushes = self.folder.join("pushes");
        let number = self.changes * 97 % PROMPTS;
        let text = prompt_text(number, 1_000 + self.changes as u64);
        let path = pushes.join(prompt_path(number));
        std::fs::write(&path, text).with_context(|| format!("no `{}`", path.display()))?;
        let commit = ["commit", "--quiet", "--all", "--message=Change a line"];
        tree::stdout(git(&pushes).args(commit))?;
        let begun = Instant::now();
        tree::stdout(git(&pushes).args(["push", "--quiet", "origin", "main"]))?;
        Ok(begun.elapsed().as_secs_f64())
    }

    fn fetch(&self) -> Result<f64> {
        let begun = Instant::now();
        let fetches = self.folder.join("fetches.git");
        let all = "+refs/heads/*:refs/heads/*";
        tree::stdout(git(&fetches).args(["fetch", "--quiet", "origin", all]))?;
        Ok(begun.elapsed().as_secs_f64())
    }
}
