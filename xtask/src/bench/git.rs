//! The references for saving: the program `git`, and libgit2.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Repository, RepositoryInitOptions, Signature};

use super::commit::write_library;
use super::company::library;
use crate::tree;

const BRANCH: &str = "refs/heads/main";

/// A repository with a folder of files, changed by the program.
pub(super) struct GitProgram {
    folder: PathBuf,
}

impl GitProgram {
    /// Makes the repository with the library in it.
    pub(super) fn found(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let git = Self {
            folder: folder.to_owned(),
        };
        git.run(&["init", "--quiet", "--template=", "--initial-branch=main"])?;
        write_library(folder)?;
        git.run(&["add", "."])?;
        git.run(&["commit", "--quiet", "--message=Begin the library"])?;
        Ok(git)
    }

    /// Takes a copy of a repository, with its files.
    pub(super) fn cloned(from: &Path, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let git = Self {
            folder: folder.to_owned(),
        };
        let from = from.to_str().context("a folder whose name is no text")?;
        git.run(&["clone", "--quiet", "--template=", from, "."])?;
        Ok(git)
    }

    /// Writes a file and commits it, with a setting of what is flushed.
    pub(super) fn save(&self, setting: &str, path: &str, text: &str) -> Result<()> {
        std::fs::write(self.folder.join(path), text)?;
        self.run(&["-c", setting, "add", path])?;
        self.run(&[
            "-c",
            setting,
            "commit",
            "--quiet",
            "--message=Change a line",
        ])
    }

    fn run(&self, args: &[&str]) -> Result<()> {
        tree::stdout(git(&self.folder).args(args)).map(drop)
    }
}

/// The program, in a folder.
pub(super) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder);
    // Neither the machine's settings nor a clean-up in the background get into the measurement.
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ann Lee");
        command.env(format!("GIT_{who}_EMAIL"), "ann@wexcombe.example");
    }
    command.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
    command
}

/// A bare repository, changed by libgit2 in this process.
pub(super) struct Libgit2 {
    repository: Repository,
}

impl Libgit2 {
    /// Makes the repository with the library in it.
    pub(super) fn found(folder: &Path) -> Result<Self> {
        let mut options = RepositoryInitOptions::new();
        options
            .bare(true)
            .external_template(false)
            .initial_head("main");
        let repository = Repository::init_opts(folder, &options)?;
        let git = Self { repository };
        let mut update = TreeUpdateBuilder::new();
        for (path, text) in library() {
            update.upsert(path, git.repository.blob(text.as_bytes())?, FileMode::Blob);
        }
        let empty = git.repository.treebuilder(None)?.write()?;
        let empty = git.repository.find_tree(empty)?;
        let tree = update.create_updated(&git.repository, &empty)?;
        git.commit(tree, &[])?;
        // From here on objects and refs are flushed; opened again, because it keeps settings.
        git.repository
            .config()?
            .set_bool("core.fsyncObjectFiles", true)?;
        Ok(Self {
            repository: Repository::open_bare(folder)?,
        })
    }

    /// Writes blob, trees and commit of one changed file, and moves the branch.
    pub(super) fn save(&self, path: &str, text: &str) -> Result<()> {
        let head = self.repository.refname_to_id(BRANCH)?;
        let parent = self.repository.find_commit(head)?;
        let blob = self.repository.blob(text.as_bytes())?;
        let mut update = TreeUpdateBuilder::new();
        update.upsert(path, blob, FileMode::Blob);
        let tree = update.create_updated(&self.repository, &parent.tree()?)?;
        self.commit(tree, &[&parent])
    }

    fn commit(&self, tree: git2::Oid, parents: &[&git2::Commit<'_>]) -> Result<()> {
        let tree = self.repository.find_tree(tree)?;
        let ann = Signature::now("Ann Lee", "ann@wexcombe.example")?;
        let message = "Change a line";
        self.repository
            .commit(Some(BRANCH), &ann, &ann, message, &tree, parents)
            .context("libgit2 does not commit")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_references_write_the_same_tree() {
        let folder = tempfile::tempdir().unwrap();
        let git = GitProgram::found(&folder.path().join("git")).unwrap();
        let libgit2 = Libgit2::found(&folder.path().join("libgit2.git")).unwrap();
        let path = super::super::company::prompt_path(3);
        git.save("core.fsync=", &path, "changed\n").unwrap();
        libgit2.save(&path, "changed\n").unwrap();
        let tree_of = |repository: &Repository| {
            let head = repository.refname_to_id(BRANCH).unwrap();
            repository.find_commit(head).unwrap().tree_id()
        };
        let theirs = Repository::open(folder.path().join("git")).unwrap();
        assert_eq!(tree_of(&theirs), tree_of(&libgit2.repository));
    }
}
