//! A long history to measure with: ten thousand prompts, twenty thousand commits, the same ids every
//! time. `git fast-import` writes it, so that both sides read what the program itself has written.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use super::company::{prompt_path, prompt_text, shared_files};
use super::git::git;
use crate::tree;

/// Prompts of the library.
pub(super) const PROMPTS: usize = 10_000;
/// Commits of its history: one that adds each prompt, and as many that change one.
pub(super) const COMMITS: usize = 20_000;
/// Prompts that half of all changes go to.
pub(super) const BUSY_PROMPTS: usize = 100;
/// The first commit's time, and the seconds between two.
const BEGUN: usize = 1_700_000_000;
const SECONDS_BETWEEN: usize = 300;

/// Writes the repository into a new folder.
pub(super) fn write_repository(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let init = [
        "init",
        "--quiet",
        "--bare",
        "--template=",
        "--initial-branch=main",
    ];
    tree::stdout(git(folder).args(init))?;
    let mut import = git(folder)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .context("`git fast-import` cannot be started")?;
    let taken = import
        .stdin
        .take()
        .context("`git fast-import` reads nothing")?;
    let mut out = BufWriter::with_capacity(1 << 20, taken);
    for number in 0..COMMITS {
        write_commit(&mut out, number)?;
    }
    drop(out);
    let status = import.wait()?;
    if !status.success() {
        bail!("`git fast-import` ended with {status}");
    }
    // What a careful owner of a repository of this size does: history by path becomes quick.
    let graph = ["commit-graph", "write", "--reachable", "--changed-paths"];
    tree::stdout(git(folder).args(graph)).map(drop)
}

fn write_commit(out: &mut impl Write, number: usize) -> Result<()> {
    let time = BEGUN + number * SECONDS_BETWEEN;
    writeln!(out, "commit refs/heads/main")?;
    writeln!(out, "committer Ann Lee <ann@wexcombe.example> {time} +0000")?;
    let prompt = changed_by(number);
    let verb = if number < PROMPTS { "Add" } else { "Change" };
    write_data(out, &format!("{verb} prompt {prompt}\n"))?;
    if number == 0 {
        for (path, text) in shared_files() {
            write_file(out, &path, &text)?;
        }
    }
    write_file(
        out,
        &prompt_path(prompt),
        &prompt_text(prompt, revision(number)),
    )
}

/// The prompt that a commit adds or changes.
fn changed_by(number: usize) -> usize {
    match number {
        adds if adds < PROMPTS => adds,
        busy if busy % 2 == 1 => busy / 2 % BUSY_PROMPTS,
        // A prime: the changes are strewn over the library.
        other => other * 7_919 % PROMPTS,
    }
}

/// What a commit writes into its prompt; no two commits write the same.
fn revision(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn write_file(out: &mut impl Write, path: &str, text: &str) -> Result<()> {
    writeln!(out, "M 100644 inline {path}")?;
    write_data(out, text)
}

fn write_data(out: &mut impl Write, text: &str) -> Result<()> {
    Ok(write!(out, "data {}\n{text}\n", text.len())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prompt_is_added_once_and_busy_ones_change_often() {
        let mut versions = vec![0; PROMPTS];
        for number in 0..COMMITS {
            versions[changed_by(number)] += 1;
            if number + 1 == PROMPTS {
                assert!(versions.iter().all(|count| *count == 1));
            }
        }
        assert!(versions[..BUSY_PROMPTS].iter().all(|count| *count > 50));
    }
}
