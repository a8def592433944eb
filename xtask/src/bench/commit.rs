//! Durable saves of one changed file, in a library of a thousand, against `git`, libgit2 and the
//! rate at which the disk flushes.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::runtime::Runtime;

use super::company::{Company, PROMPTS, prompt_path, prompt_text};
use super::figure::Figure;
use super::git::{GitProgram, Libgit2};
use super::{Options, comment};

/// Writers that save at the same time.
const WRITERS: usize = 16;
/// What the flush rate appends each time.
const PAGE_BYTES: usize = 4_096;

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut bench = Bench {
        company: runtime.block_on(Company::found(&folder.path().join("data")))?,
        runtime,
        git: GitProgram::found(&folder.path().join("git"))?,
        libgit2: Libgit2::found(&folder.path().join("libgit2.git"))?,
        flushes: File::create(folder.path().join("flushes"))?,
        changes: 0,
    };
    comment(&format!(
        "a save changes one of {PROMPTS} prompts; all on the disk of the build folder"
    ));
    comment(
        "git: `git add` and `git commit` with core.fsync=committed,reference and no maintenance",
    );
    comment("git_default: the same with git's default, which does not flush loose objects");
    comment("libgit2: blob, trees, commit and ref with core.fsyncObjectFiles=true");
    comment("flush_rate: append 4 KiB, fdatasync");
    let mut figures = Figures::default();
    bench.round(options.turn.min(Duration::from_secs(1)))?;
    for _ in 0..options.rounds {
        figures.take(&bench.round(options.turn)?);
    }
    figures.print();
    drop(bench);
    Ok(())
}

/// Both sides, ready to save.
struct Bench {
    company: Company,
    runtime: Runtime,
    git: GitProgram,
    libgit2: Libgit2,
    flushes: File,
    /// Changes made so far, so that every save changes something.
    changes: u64,
}

/// Saves or flushes a second, in one round.
struct Round {
    one_writer: f64,
    many_writers: f64,
    git: f64,
    git_default: f64,
    libgit2: f64,
    flushes: f64,
}

impl Bench {
    fn round(&mut self, turn: Duration) -> Result<Round> {
        Ok(Round {
            one_writer: self.with_writers(1, turn)?,
            git: self.with_git("core.fsync=committed,reference", turn)?,
            many_writers: self.with_writers(WRITERS, turn)?,
            libgit2: self.with_libgit2(turn)?,
            flushes: rate(turn, || flush(&mut self.flushes))?,
            git_default: self.with_git("core.fsync=", turn)?,
        })
    }

    /// The path and text of the next change.
    fn next(&mut self) -> (String, String) {
        self.changes += 1;
        change(self.changes, 1, 0)
    }

    fn with_git(&mut self, setting: &str, turn: Duration) -> Result<f64> {
        rate(turn, || {
            let (path, text) = self.next();
            self.git.save(setting, &path, &text)
        })
    }

    fn with_libgit2(&mut self, turn: Duration) -> Result<f64> {
        rate(turn, || {
            let (path, text) = self.next();
            self.libgit2.save(&path, &text)
        })
    }

    /// Saves through the use case, by writers who each change files of their own.
    fn with_writers(&mut self, writers: usize, turn: Duration) -> Result<f64> {
        let company = Arc::new(Company {
            ctx: self.company.ctx.clone(),
            actor: self.company.actor.clone(),
        });
        let first = self.changes + 1;
        let (saved, elapsed) = self.runtime.block_on(async {
            let begun = Instant::now();
            let mut tasks = tokio::task::JoinSet::new();
            for writer in 0..writers {
                let company = company.clone();
                tasks.spawn(async move {
                    let mut saved = 0;
                    while begun.elapsed() < turn {
                        let file = change(first + saved, writers, writer);
                        company.save("Change a line", vec![file]).await?;
                        saved += 1;
                    }
                    anyhow::Ok(saved)
                });
            }
            let mut saved = Vec::with_capacity(writers);
            while let Some(done) = tasks.join_next().await {
                saved.push(done??);
            }
            anyhow::Ok((saved, begun.elapsed()))
        })?;
        self.changes += saved.iter().max().copied().unwrap_or(0);
        let total: u64 = saved.iter().sum();
        Ok(per_second(total, elapsed))
    }
}

/// One writer's file and its text after so many changes; no two writers share a file.
fn change(changes: u64, writers: usize, writer: usize) -> (String, String) {
    let own_files = PROMPTS / writers;
    let file = usize::try_from(changes).unwrap_or(0) * 7 % own_files * writers + writer;
    (prompt_path(file), prompt_text(file, changes))
}

fn flush(file: &mut File) -> Result<()> {
    file.write_all(&[0x5a; PAGE_BYTES])?;
    file.sync_data()?;
    Ok(())
}

/// How often something can be done in a second.
fn rate(turn: Duration, mut act: impl FnMut() -> Result<()>) -> Result<f64> {
    let begun = Instant::now();
    let mut done = 0;
    while begun.elapsed() < turn {
        act()?;
        done += 1;
    }
    Ok(per_second(done, begun.elapsed()))
}

fn per_second(count: u64, elapsed: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of saves")]
    let count = count as f64;
    count / elapsed.as_secs_f64()
}

/// What is printed.
#[derive(Default)]
struct Figures {
    git: Figure,
    git_default: Figure,
    libgit2: Figure,
    flushes: Figure,
    many: Figure,
}

impl Figures {
    fn take(&mut self, round: &Round) {
        self.git.round(round.one_writer, round.git);
        self.git_default.round(round.one_writer, round.git_default);
        self.libgit2.round(round.one_writer, round.libgit2);
        self.flushes.round(round.one_writer, round.flushes);
        self.many.round(round.many_writers, round.flushes);
    }

    fn print(&self) {
        self.git.print("commit_vs_git_saves_per_second");
        self.git_default
            .print("commit_vs_git_default_saves_per_second");
        self.libgit2.print("commit_vs_libgit2_saves_per_second");
        self.flushes.print("commit_vs_flush_rate_per_second");
        self.many.print(&format!(
            "commit_{WRITERS}_writers_vs_flush_rate_per_second"
        ));
    }
}

/// Fills a folder with the library's files.
pub(super) fn write_library(folder: &Path) -> Result<()> {
    for (path, text) in super::company::library() {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(file, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn writers_share_no_file_and_every_change_differs() {
        let files = |writer| -> BTreeSet<String> {
            (1..200)
                .map(|changes| change(changes, WRITERS, writer).0)
                .collect()
        };
        assert!(files(0).is_disjoint(&files(15)));
        assert!(files(3).len() > 50, "a writer goes over all its files");
        let own = PROMPTS as u64;
        assert_eq!(change(1, 1, 0).0, change(1 + own, 1, 0).0);
        assert_ne!(change(1, 1, 0).1, change(1 + own, 1, 0).1);
    }
}
