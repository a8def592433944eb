//! Comparing trees, the history of one path and merging, on ten thousand prompts and twenty thousand
//! commits, against the program `git` and against libgit2 on the same repository. Each does its part
//! as it is used: Variorum by its store, the program with its commit graph, as one process for all
//! questions where it can take them so, libgit2 in this process.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use git2::build::TreeUpdateBuilder;
use git2::{DiffOptions, FileMode, Oid as Git2Oid, Repository, Signature};
use tokio::runtime::Runtime;
use variorum_app::library::{graphs, history};
use variorum_app::transfer::import;
use variorum_app::work::Work;
use variorum_domain::id::Oid;
use variorum_git::diff::tree_diff;
use variorum_git::merge::{MergeLabels, merge_commits};

use super::company::{Company, prompt_path, prompt_text};
use super::figure::Figure;
use super::git::git;
use super::history::{BUSY_PROMPTS, COMMITS, PROMPTS, write_repository};
use super::{Options, comment};
use crate::tree;

/// Drafts that are merged into `main`, and the prompts each of them changes.
const DRAFTS: usize = 40;
const CHANGES: usize = 5;
/// Pairs of commits that are compared, at each distance: more than any cache holds, and as many as
/// people look at again and again.
const PAIRS: [usize; 2] = [200, 10];
/// Pairs for a process each.
const PROCESSES: usize = 10;
/// How far apart they are.
const DISTANCES: [usize; 3] = [1, 100, 5_000];
/// Paths whose history is asked for, and how many versions of it.
const PATHS: usize = 20;
const VERSIONS: usize = 50;
/// `git rev-list` and libgit2 walk for so long that one question a turn has to do.
const WALKS: usize = 2;

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let repository = folder.path().join("library.git");
    write_repository(&repository)?;
    let bench = Bench::new(folder.path(), repository)?;
    comment(&format!(
        "{PROMPTS} prompts, {COMMITS} commits; per second, so that 10 is ten times as fast"
    ));
    comment(
        "vs_git: one process for all questions of a turn, apart from rev-list; vs_libgit2: in this process",
    );
    comment("vs_git_each: one process for each question; again: the same ten pairs all the time");
    comment(
        "a diff is the paths that differ with both modes and ids, without renames; git writes them, \
         the others make a list",
    );
    comment(
        "Variorum and libgit2 remember from turn to turn, as a server does; anew: Variorum's store is \
         opened for each turn and begins with nothing in memory, as git's process does",
    );
    for distance in DISTANCES {
        let [many, few] = PAIRS;
        bench.diffs(distance, many, "", options)?;
        bench.diffs(distance, few, "_again", options)?;
    }
    bench.paths(options)?;
    bench.merges(options)
}

struct Bench {
    runtime: Runtime,
    company: Company,
    libgit2: Repository,
    folder: PathBuf,
    /// The commits of `main`, oldest first.
    commits: Vec<Oid>,
    trees: Vec<Oid>,
    /// The tips of the drafts.
    drafts: Vec<Oid>,
    /// Variorum's data.
    data: PathBuf,
}

impl Bench {
    fn new(folder: &Path, repository: PathBuf) -> Result<Self> {
        let libgit2 = Repository::open_bare(&repository)?;
        let drafts = write_drafts(&libgit2)?;
        tree::stdout(git(&repository).args(["repack", "-adfq"]))?;
        let bundle = folder.join("library.bundle");
        let mut command = git(&repository);
        command.args(["bundle", "create", "--quiet"]).arg(&bundle);
        tree::stdout(command.arg("--all"))?;
        let listed = ["log", "--reverse", "--format=%H %T", "main"];
        let listed = String::from_utf8(tree::stdout(git(&repository).args(listed))?)?;
        let (mut commits, mut trees) = (Vec::new(), Vec::new());
        for line in listed.lines() {
            let (commit, tree) = line.split_once(' ').context("a commit without a tree")?;
            commits.push(commit.parse()?);
            trees.push(tree.parse()?);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let data = folder.join("data");
        let company = runtime.block_on(Company::without_library(&data))?;
        let bytes = std::fs::read(&bundle)?;
        runtime.block_on(import::bundle(&company.ctx, &company.actor, &bytes))?;
        Ok(Self {
            runtime,
            company,
            // Opened again, for what was packed since.
            libgit2: Repository::open_bare(&repository)?,
            folder: repository,
            commits,
            trees,
            drafts,
            data,
        })
    }

    /// Trees of commits that are so far apart.
    fn diffs(&self, distance: usize, count: usize, again: &str, options: Options) -> Result<()> {
        let last = self.trees.len() - 1;
        let step = (last - distance) / count;
        let pairs: Vec<(Oid, Oid)> = (0..count)
            .map(|n| last - n * step)
            .map(|at| (self.trees[at - distance], self.trees[at]))
            .collect();
        let counted = [
            self.our_diffs(&self.company, &pairs)?,
            self.git_diffs(&pairs)?,
            self.libgit2_diffs(&pairs)?,
        ];
        ensure!(
            counted[0] == counted[1] && counted[0] == counted[2],
            "they do not find the same changes: {counted:?}"
        );
        let (mut git, mut each) = (Figure::default(), Figure::default());
        let (mut libgit2, mut anew) = (Figure::default(), Figure::default());
        for _ in 0..options.rounds {
            let turn = options.turn;
            let ours = rate(turn, count, || self.our_diffs(&self.company, &pairs))?;
            let theirs = rate(turn, count, || self.git_diffs(&pairs))?;
            git.round(ours, theirs);
            anew.round(rate(turn, count, || self.our_diffs_anew(&pairs))?, theirs);
            let few = &pairs[..PROCESSES];
            each.round(ours, rate(turn, PROCESSES, || self.git_diffs_each(few))?);
            let ours = rate(turn, count, || self.our_diffs(&self.company, &pairs))?;
            libgit2.round(ours, rate(turn, count, || self.libgit2_diffs(&pairs))?);
        }
        let name = format!("history_diff_{distance}_apart{again}");
        git.print(&format!("{name}_vs_git"));
        anew.print(&format!("{name}_anew_vs_git"));
        each.print(&format!("{name}_vs_git_each"));
        libgit2.print(&format!("{name}_vs_libgit2"));
        Ok(())
    }

    fn git_diffs_each(&self, pairs: &[(Oid, Oid)]) -> Result<usize> {
        let mut found = 0;
        for (old, new) in pairs {
            let (old, new) = (old.to_string(), new.to_string());
            let words = ["diff-tree", "-r", "--no-renames", &old, &new];
            found += self.ask(&words, "")?.lines().count();
        }
        Ok(found)
    }

    /// The same with nothing in memory.
    fn our_diffs_anew(&self, pairs: &[(Oid, Oid)]) -> Result<usize> {
        let started = self.company.started_anew(&self.data);
        self.our_diffs(&self.runtime.block_on(started)?, pairs)
    }

    fn our_diffs(&self, company: &Company, pairs: &[(Oid, Oid)]) -> Result<usize> {
        let Company { ctx, actor } = company;
        self.runtime.block_on(async {
            let mut found = 0;
            for (old, new) in pairs {
                let mut work = Work::read(ctx, actor.workspace).await?;
                let call = |overlay: &_| tree_diff(overlay, Some(*old), Some(*new));
                found += work.with(call).await?.len();
            }
            Ok(found)
        })
    }

    fn git_diffs(&self, pairs: &[(Oid, Oid)]) -> Result<usize> {
        let asked: Vec<String> = pairs
            .iter()
            .map(|(old, new)| format!("{old} {new}\n"))
            .collect();
        let words = ["diff-tree", "--stdin", "-r", "--no-renames"];
        let said = self.ask(&words, &asked.concat())?;
        Ok(said.lines().filter(|line| line.starts_with(':')).count())
    }

    fn libgit2_diffs(&self, pairs: &[(Oid, Oid)]) -> Result<usize> {
        let mut found = 0;
        for (old, new) in pairs {
            let tree = |oid: &Oid| -> Result<git2::Tree<'_>> {
                Ok(self.libgit2.find_tree(Git2Oid::from_bytes(&oid.0)?)?)
            };
            let diff =
                self.libgit2
                    .diff_tree_to_tree(Some(&tree(old)?), Some(&tree(new)?), None)?;
            found += diff.deltas().len();
        }
        Ok(found)
    }

    /// The newest versions of one prompt.
    fn paths(&self, options: Options) -> Result<()> {
        let paths: Vec<String> = (0..PATHS)
            .map(|n| prompt_path(n * BUSY_PROMPTS / PATHS))
            .collect();
        let one = &paths[..1];
        let counted = [
            self.our_paths(one)?,
            self.git_paths(one)?,
            self.libgit2_paths(one)?,
        ];
        ensure!(
            counted[0] == counted[1] && counted[0] == counted[2],
            "they do not find the same versions: {counted:?}"
        );
        let (mut git, mut libgit2) = (Figure::default(), Figure::default());
        let (few, turn) = (&paths[..WALKS], options.turn);
        for _ in 0..options.rounds {
            let ours = rate(turn, PATHS, || self.our_paths(&paths))?;
            git.round(ours, rate(turn, WALKS, || self.git_paths(few))?);
            let ours = rate(turn, PATHS, || self.our_paths(&paths))?;
            libgit2.round(ours, rate(Duration::ZERO, 1, || self.libgit2_paths(one))?);
        }
        git.print("history_of_path_vs_git");
        libgit2.print("history_of_path_vs_libgit2");
        Ok(())
    }

    fn our_paths(&self, paths: &[String]) -> Result<usize> {
        let Company { ctx, actor } = &self.company;
        self.runtime.block_on(async {
            let mut found = 0;
            for path in paths {
                found += history::versions(ctx, actor, path, None, VERSIONS)
                    .await?
                    .len();
            }
            Ok(found)
        })
    }

    fn git_paths(&self, paths: &[String]) -> Result<usize> {
        let most = format!("--max-count={VERSIONS}");
        let mut found = 0;
        for path in paths {
            let words = ["log", "--format=%H %an %at %s", &most, "main", "--", path];
            found += self.ask(&words, "")?.lines().count();
        }
        Ok(found)
    }

    /// libgit2 has no history of a path: its users compare each commit with its parent.
    fn libgit2_paths(&self, paths: &[String]) -> Result<usize> {
        let mut found = 0;
        for path in paths {
            let mut walk = self.libgit2.revwalk()?;
            walk.push_ref("refs/heads/main")?;
            let mut of_path = 0;
            for oid in walk {
                let commit = self.libgit2.find_commit(oid?)?;
                let before = commit
                    .parent(0)
                    .ok()
                    .map(|parent| parent.tree())
                    .transpose()?;
                let mut options = DiffOptions::new();
                options.pathspec(path).disable_pathspec_match(true);
                let diff = self.libgit2.diff_tree_to_tree(
                    before.as_ref(),
                    Some(&commit.tree()?),
                    Some(&mut options),
                )?;
                of_path += usize::from(diff.deltas().len() > 0);
                if of_path == VERSIONS {
                    break;
                }
            }
            found += of_path;
        }
        Ok(found)
    }

    /// Drafts of all ages into `main`.
    fn merges(&self, options: Options) -> Result<()> {
        let counted = [
            self.our_merges()?,
            self.git_merges()?,
            self.libgit2_merges()?,
        ];
        ensure!(
            counted[0] == counted[1] && counted[0] == counted[2],
            "they do not agree which merges are clean: {counted:?}"
        );
        let (mut git, mut libgit2) = (Figure::default(), Figure::default());
        for _ in 0..options.rounds {
            let turn = options.turn;
            let ours = rate(turn, DRAFTS, || self.our_merges())?;
            git.round(ours, rate(turn, DRAFTS, || self.git_merges())?);
            let ours = rate(turn, DRAFTS, || self.our_merges())?;
            libgit2.round(ours, rate(turn, DRAFTS, || self.libgit2_merges())?);
        }
        git.print("history_merge_vs_git");
        libgit2.print("history_merge_vs_libgit2");
        Ok(())
    }

    fn tip(&self) -> Result<Oid> {
        self.commits.last().copied().context("no commits")
    }

    /// How many of them are clean.
    fn our_merges(&self) -> Result<usize> {
        let Company { ctx, actor } = &self.company;
        let name = str::to_owned;
        let labels = MergeLabels {
            base: name("base"),
            ours: name("main"),
            theirs: name("draft"),
        };
        let tip = self.tip()?;
        self.runtime.block_on(async {
            let mut clean = 0;
            for draft in &self.drafts {
                let mut work = Work::read(ctx, actor.workspace).await?;
                let graph = graphs::graph(ctx, &mut work).await?;
                let call = |overlay: &_| merge_commits(overlay, &graph, tip, *draft, &labels);
                clean += usize::from(work.with(call).await?.outcome.is_clean());
            }
            Ok(clean)
        })
    }

    fn git_merges(&self) -> Result<usize> {
        let tip = self.tip()?;
        let asked: Vec<String> = self
            .drafts
            .iter()
            .map(|draft| format!("{tip} {draft}\n"))
            .collect();
        let words = [
            "merge-tree",
            "--write-tree",
            "--stdin",
            "-z",
            "--no-messages",
            "--name-only",
        ];
        let said = self.ask(&words, &asked.concat())?;
        // Each answer begins with 1 where the merge is clean.
        Ok(said
            .split("\0\0")
            .filter(|one| one.trim_matches('\0').starts_with("1\0"))
            .count())
    }

    fn libgit2_merges(&self) -> Result<usize> {
        let commit = |oid: &Oid| -> Result<git2::Commit<'_>> {
            Ok(self.libgit2.find_commit(Git2Oid::from_bytes(&oid.0)?)?)
        };
        let ours = commit(&self.tip()?)?;
        let mut clean = 0;
        for draft in &self.drafts {
            let mut index = self.libgit2.merge_commits(&ours, &commit(draft)?, None)?;
            if !index.has_conflicts() {
                index.write_tree_to(&self.libgit2)?;
                clean += 1;
            }
        }
        Ok(clean)
    }

    /// Runs the program in the repository.
    fn ask(&self, words: &[&str], input: &str) -> Result<String> {
        let mut child = git(&self.folder)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().context("`git` reads nothing")?;
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input.as_bytes()));
            child.wait_with_output()
        })?;
        if !output.status.success() && output.status.code() != Some(1) {
            bail!("`git {words:?}` ended with {}", output.status);
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// Drafts that began at commits of all ages, each with one commit.
fn write_drafts(repository: &Repository) -> Result<Vec<Oid>> {
    let mut walk = repository.revwalk()?;
    walk.push_ref("refs/heads/main")?;
    let commits = walk.collect::<Result<Vec<_>, _>>()?;
    let ann = Signature::now("Ann Lee", "ann@wexcombe.example")?;
    let mut drafts = Vec::with_capacity(DRAFTS);
    for draft in 0..DRAFTS {
        // The youngest is ten commits old, the oldest has half of the history behind it.
        let age = 10 + draft * (COMMITS - PROMPTS) / DRAFTS;
        let parent = repository.find_commit(commits[age])?;
        let mut update = TreeUpdateBuilder::new();
        for change in 0..CHANGES {
            let prompt = (draft * CHANGES + change) * 37 % PROMPTS;
            let text = prompt_text(prompt, u64::MAX).replace("Greet", "Warmly greet");
            let blob = repository.blob(text.as_bytes())?;
            update.upsert(prompt_path(prompt), blob, FileMode::Blob);
        }
        let tree = update.create_updated(repository, &parent.tree()?)?;
        let tree = repository.find_tree(tree)?;
        let name = format!("refs/heads/campaign/{draft}");
        let oid = repository.commit(Some(&name), &ann, &ann, "Be warm", &tree, &[&parent])?;
        drafts.push(oid.to_string().parse()?);
    }
    Ok(drafts)
}

/// How many of them are done in a second, in a turn.
fn rate<T>(turn: Duration, each: usize, mut call: impl FnMut() -> Result<T>) -> Result<f64> {
    let begun = Instant::now();
    let mut done = 0_u32;
    let each = f64::from(u32::try_from(each)?);
    loop {
        call()?;
        done += 1;
        if begun.elapsed() >= turn {
            return Ok(f64::from(done) * each / begun.elapsed().as_secs_f64());
        }
    }
}
