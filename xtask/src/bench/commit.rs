//! Durable saves of one changed file, in a library of a thousand, against `git`, libgit2 and the
//! rate at which the disk flushes.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use super::company::{Company, PROMPTS, prompt_path, prompt_text};
use super::figure::Figure;
use super::git::{GitProgram, Libgit2};
use super::processor::own_seconds;
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
    for _ in 0..options.rounds {
        bench.round(options.turn, &mut figures)?;
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

impl Bench {
    /// Each reference has a turn of ours right before it.
    fn round(&mut self, turn: Duration, figures: &mut Figures) -> Result<()> {
        let [durable, default] = ["core.fsync=committed,reference", "core.fsync="];
        let ours = self.with_writers(1, turn)?;
        figures
            .git
            .round(ours.rate, self.with_git(durable, turn)?.rate);
        let ours = self.with_writers(1, turn)?;
        let libgit2 = self.with_libgit2(turn)?;
        figures.libgit2.round(ours.rate, libgit2.rate);
        figures
            .processor
            .round(ours.processor_us, libgit2.processor_us);
        let ours = self.with_writers(1, turn)?;
        let flushes = measure(turn, || flush(&mut self.flushes))?.rate;
        figures.flushes.round(ours.rate, flushes);
        figures
            .many
            .round(self.with_writers(WRITERS, turn)?.rate, flushes);
        let ours = self.with_writers(1, turn)?;
        figures
            .git_default
            .round(ours.rate, self.with_git(default, turn)?.rate);
        Ok(())
    }

    /// The path and text of the next change.
    fn next(&mut self) -> (String, String) {
        self.changes += 1;
        change(self.changes, 1, 0)
    }

    fn with_git(&mut self, setting: &str, turn: Duration) -> Result<Turn> {
        measure(turn, || {
            let (path, text) = self.next();
            self.git.save(setting, &path, &text)
        })
    }

    fn with_libgit2(&mut self, turn: Duration) -> Result<Turn> {
        measure(turn, || {
            let (path, text) = self.next();
            self.libgit2.save(&path, &text)
        })
    }

    /// Saves through the use case, by writers who each change files of their own.
    fn with_writers(&mut self, writers: usize, turn: Duration) -> Result<Turn> {
        let company = Arc::new(Company {
            ctx: self.company.ctx.clone(),
            actor: self.company.actor.clone(),
        });
        let first = self.changes + 1;
        let before = own_seconds()?;
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
        Turn::of(total, elapsed, own_seconds()? - before)
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

/// What one turn came to.
struct Turn {
    /// Saves or flushes a second.
    rate: f64,
    /// Processor time of this process for each of them, in microseconds.
    processor_us: f64,
}

impl Turn {
    fn of(count: u64, elapsed: Duration, processor_seconds: f64) -> Result<Self> {
        if count == 0 {
            bail!("a turn of {elapsed:?} is too short: nothing was done in it");
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of saves")]
        let count = count as f64;
        Ok(Self {
            rate: count / elapsed.as_secs_f64(),
            processor_us: processor_seconds * 1e6 / count,
        })
    }
}

/// How often something can be done.
fn measure(turn: Duration, mut act: impl FnMut() -> Result<()>) -> Result<Turn> {
    let (begun, before) = (Instant::now(), own_seconds()?);
    let mut done = 0;
    while begun.elapsed() < turn {
        act()?;
        done += 1;
    }
    Turn::of(done, begun.elapsed(), own_seconds()? - before)
}

/// What is printed.
#[derive(Default)]
struct Figures {
    git: Figure,
    git_default: Figure,
    libgit2: Figure,
    processor: Figure,
    flushes: Figure,
    many: Figure,
}

impl Figures {
    fn print(&self) {
        self.git.print("commit_vs_git_saves_per_second");
        self.git_default
            .print("commit_vs_git_default_saves_per_second");
        self.libgit2.print("commit_vs_libgit2_saves_per_second");
        self.processor.print("commit_vs_libgit2_cpu_us_per_save");
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
