//! `variorum check`: what the server would say of a working copy or a branch, without a server.
//!
//! Reads files and, where asked, commits; everything that is judged is judged by `domain`, as it is
//! for a save, a push and a change.

mod finding;
mod junit;
mod models;
mod report;
mod signers;
mod source;
mod suites;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use variorum_domain::check::{self, Files, Reached};
use variorum_domain::library::FileKind;
use variorum_domain::policy::{
    ContractGuard, Facts, Policy, Reaching, TestGuard, Touched, Way, breaches, is_wording_only,
};
use variorum_domain::prompt::{Diagnostic, Severity};
use variorum_domain::record::Note;

use crate::error::CliError;
use crate::output;
use finding::Finding;
use models::Models;
use signers::Signed;
use source::{Described, Folder};
use suites::Tested;

/// The exit code of a check that found errors.
const CHECK_FAILED: u8 = 2;
/// The lines of a message being written that `git commit` leaves out begin so.
const COMMENT: char = '#';

/// What to check.
#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    /// The folder of the library: a checkout, a part of one, or any folder.
    #[arg(default_value = ".", value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Also checks what changed since this branch or commit: the change records of the commits, the
    /// rules, broken contracts, and what the change reaches.
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Checks this branch or commit rather than the files in the folder.
    #[arg(long, value_name = "REF")]
    pub at: Option<String>,
    /// Checks what is staged for the next commit rather than the files in the folder.
    #[arg(long, conflicts_with = "at")]
    pub staged: bool,
    /// Checks a commit message that is about to be used, as a `commit-msg` hook gets it.
    #[arg(long, value_name = "FILE", requires = "base")]
    pub message: Option<PathBuf>,
    /// Checks who signed the commits since the base, by this file of allowed signers.
    #[arg(long, value_name = "FILE", requires = "base")]
    pub signers: Option<PathBuf>,
    /// Which suites run, and how.
    #[command(flatten)]
    pub suites: SuiteArgs,
    /// Warnings fail the check, too.
    #[arg(long)]
    pub strict: bool,
    /// For whom to write.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Which suites run, and how.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag by its own name"
)]
#[derive(Debug, Clone, Args)]
pub(crate) struct SuiteArgs {
    /// Runs all suites, with a base, too, where only those run that the change touches or reaches.
    #[arg(long, conflicts_with = "no_tests")]
    pub all_suites: bool,
    /// Runs no suites; they are read all the same.
    #[arg(long)]
    pub no_tests: bool,
    /// Writes what the suites came to into this file, as JUnit does.
    #[arg(long, value_name = "FILE", conflicts_with = "no_tests")]
    pub junit: Option<PathBuf>,
    /// Asks the models that suites name, which sends them prompts, and costs. The key is in the
    /// variable `OPENAI_API_KEY`, or the one a suite names.
    #[arg(long, conflicts_with = "no_tests")]
    pub models: bool,
    /// Lets models be asked at addresses that begin so; can be given several times. Otherwise only
    /// where `OPENAI_BASE_URL` says, or at OpenAI.
    #[arg(long, value_name = "URL", requires = "models")]
    pub model_url: Vec<String>,
    /// How many questions are asked at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, requires = "models",
        value_parser = clap::value_parser!(u8).range(1..=128))]
    pub models_at_once: u8,
    /// Asks again what was answered before.
    #[arg(long, requires = "models")]
    pub models_anew: bool,
}

/// For whom to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people.
    Human,
    /// One JSON object; the same as `--json`.
    Json,
    /// Annotations of GitHub Actions.
    Github,
    /// A Code Quality report of GitLab.
    Gitlab,
}

/// What came out.
struct Report {
    findings: Vec<Finding>,
    /// Files that were read.
    files: usize,
    /// Those of them that mean anything to a library.
    of_library: usize,
    /// Since `--base`, if that was asked.
    change: Option<Change>,
    /// What the suites came to, where any were to run.
    tests: Option<Tested>,
}

/// What changed since the base.
struct Change {
    commits: usize,
    /// Commits whose signature counts, where that was asked.
    signed: Option<usize>,
    paths: BTreeSet<String>,
    reached: Vec<Reached>,
}

impl Report {
    fn count(&self, severity: Severity) -> usize {
        let of = self.findings.iter().filter(|one| one.severity == severity);
        of.count()
    }

    /// Whether there was nothing to judge: no file of a library, nor a change that removed one.
    fn is_of_nothing(&self) -> bool {
        let changed = self.change.as_ref();
        let is_unchanged = changed.is_none_or(|change| change.paths.is_empty());
        self.of_library == 0 && self.findings.is_empty() && is_unchanged
    }
}

/// A pipeline that looks at the wrong place must not stay green.
fn no_library(args: &CheckArgs) -> CliError {
    let folder = args.folder.display();
    let place = match (&args.at, args.staged) {
        (Some(name), _) => format!("below `{folder}` in `{name}`"),
        (None, true) => format!("below `{folder}` among what is staged"),
        (None, false) => format!("in `{folder}`"),
    };
    CliError::user(
        format!("there is no file of a library {place}, so nothing was checked"),
        "give the folder of a library, where its `library.yaml` and `prompts/` are",
    )
}

/// Runs the check.
pub(crate) fn run(args: &CheckArgs, json: bool) -> Result<ExitCode, CliError> {
    let folder = Folder::open(&args.folder)?;
    let report = check(args, &folder)?;
    if report.is_of_nothing() {
        return Err(no_library(args));
    }
    if let (Some(file), Some(tests)) = (&args.suites.junit, &report.tests) {
        junit::write(file, tests)?;
    }
    let format = if json { Format::Json } else { args.format };
    match format {
        Format::Human => output::lines(&report::human(&report)),
        Format::Json => output::json(&report::json(&report)),
        Format::Github => output::lines(&report::github(&report, folder.prefix())),
        Format::Gitlab => output::json(&report::gitlab(&report, folder.prefix())),
    }
    let failed = report
        .findings
        .iter()
        .any(|one| one.is_error() || args.strict);
    Ok(if failed {
        ExitCode::from(CHECK_FAILED)
    } else {
        ExitCode::SUCCESS
    })
}

fn check(args: &CheckArgs, folder: &Folder) -> Result<Report, CliError> {
    let tip = args
        .at
        .as_deref()
        .map(|name| folder.commit(name))
        .transpose()?;
    let read = match &tip {
        Some(commit) => folder.read_tree(commit)?,
        None if args.staged => folder.read_tree(&folder.staged()?)?,
        None => folder.read_files()?,
    };
    let mut findings = read.findings;
    findings.extend(check::library(&read.files).into_iter().map(Finding::from));
    let mut tests_warn = false;
    let change = match &args.base {
        None => None,
        Some(base) => {
            let since = Since::read(args, folder, base, tip.as_deref())?;
            let signed = since.signed(args, folder)?;
            tests_warn = since.tests_warn(&read.files);
            let (mut change, found) = since.judge(&read.files);
            findings.extend(found);
            if let Some(signed) = signed {
                change.signed = Some(signed.counting);
                findings.extend(signed.findings);
            }
            Some(change)
        }
    };
    let tests = tested(args, &read.files, change.as_ref());
    findings.extend(tests.iter().flat_map(|tests| tests.findings(tests_warn)));
    let key = |one: &Finding| (one.path.clone(), one.line, one.column);
    findings.sort_by_key(key);
    findings.dedup();
    let of_library = |path: &&str| FileKind::of(path) != FileKind::Other;
    Ok(Report {
        findings,
        files: read.files.paths().count(),
        of_library: read.files.paths().filter(of_library).count(),
        change,
        tests,
    })
}

/// Runs the suites: all, or since a base those that the change touches or reaches.
fn tested(args: &CheckArgs, files: &Files, change: Option<&Change>) -> Option<Tested> {
    if args.suites.no_tests {
        return None;
    }
    let only = change
        .filter(|_| !args.suites.all_suites)
        .map(|change| check::reached_suites(files, &change.paths, &change.reached));
    let models = Models::new(&args.suites);
    Some(suites::run(files, only.as_ref(), models.as_ref()))
}

/// What is known of the time since the base.
struct Since {
    /// The library where both lines of work parted.
    before: Files,
    /// The rules as the base has them now; those of the working copy where it has none to read.
    rules: Result<Policy, Vec<Diagnostic>>,
    commits: Vec<Described>,
    message: Option<Note>,
}

impl Since {
    fn read(
        args: &CheckArgs,
        folder: &Folder,
        base: &str,
        tip: Option<&str>,
    ) -> Result<Self, CliError> {
        let base = folder.commit(base)?;
        let tip = match tip {
            Some(tip) => tip.to_owned(),
            None => folder.commit("HEAD")?,
        };
        let parting = folder.parting(&base, &tip)?;
        let before = folder.read_tree(&parting)?.files;
        let rules = if parting == base {
            before.policy()
        } else {
            folder.read_tree(&base)?.files.policy()
        };
        let message = args.message.as_deref().map(read_message).transpose()?;
        Ok(Self {
            before,
            rules,
            commits: folder.commits(&base, &tip)?,
            message,
        })
    }

    /// What the signatures come to, where a file says who may sign.
    fn signed(&self, args: &CheckArgs, folder: &Folder) -> Result<Option<Signed>, CliError> {
        let Some(file) = &args.signers else {
            return Ok(None);
        };
        let oids: Vec<String> = self.commits.iter().map(|one| one.oid.clone()).collect();
        let required = self.rules.as_ref().is_ok_and(|rules| rules.signed_commits);
        signers::look(folder, &oids, file, required).map(Some)
    }

    /// Whether the rules only tell of failing cases.
    fn tests_warn(&self, after: &Files) -> bool {
        self.policy(after).tests == TestGuard::Warn
    }

    /// The rules that count. As at the server, rules that cannot be read are mended by bringing
    /// readable ones.
    fn policy(&self, after: &Files) -> Policy {
        match &self.rules {
            Ok(policy) => policy.clone(),
            Err(_) => after.policy().unwrap_or_default(),
        }
    }

    fn judge(self, after: &Files) -> (Change, Vec<Finding>) {
        let before = &self.before;
        let all: BTreeSet<&str> = before.paths().chain(after.paths()).collect();
        let differs = |path: &&&str| before.text(path) != after.text(path);
        let paths: BTreeSet<String> = all
            .iter()
            .filter(differs)
            .map(|path| (*path).to_owned())
            .collect();
        let mut found = Vec::new();
        let policy = self.policy(after);
        found.extend(self.descriptions());
        found.extend(self.against_rules(&policy, after, &paths));
        for breach in check::contracts(before, after, &paths) {
            let mut finding = Finding::from(breach);
            if policy.contracts == ContractGuard::Warn {
                finding.severity = Severity::Warning;
            }
            found.push(finding);
        }
        let change = Change {
            commits: self.commits.len(),
            signed: None,
            reached: check::reached(after, &paths),
            paths,
        };
        (change, found)
    }

    /// Descriptions that no door of the server would take.
    fn descriptions(&self) -> Vec<Finding> {
        let named = self.commits.iter().map(|one| {
            let short: String = one.oid.chars().take(10).collect();
            (format!("commit {short}"), &one.note)
        });
        let written = self
            .message
            .iter()
            .map(|note| ("the message".to_owned(), note));
        let check = |(name, note): (String, &Note)| {
            let error = note.check().err()?;
            let message = format!("{name} `{}`: {error}", note.subject);
            let next = "reword it (`git commit --amend`, or `git rebase -i` for an older one)";
            Some(Finding {
                next: next.to_owned(),
                ..Finding::error("bad-description", message)
            })
        };
        named.chain(written).filter_map(check).collect()
    }

    fn against_rules(
        &self,
        policy: &Policy,
        after: &Files,
        paths: &BTreeSet<String>,
    ) -> Vec<Finding> {
        let notes: Vec<&Note> = self
            .commits
            .iter()
            .map(|one| &one.note)
            .chain(&self.message)
            .collect();
        if paths.is_empty() || notes.is_empty() {
            // Nothing was described yet that could lack anything.
            return Vec::new();
        }
        let touched: Vec<Touched> = paths
            .iter()
            .map(|path| Touched {
                wording_only: is_wording_only(path, self.before.text(path), after.text(path)),
                path: path.clone(),
            })
            .collect();
        let facts = Facts {
            touched: &touched,
            // What is live and who reads what only the server knows; it holds rules on reach.
            reaching: &Reaching::default(),
            notes: &notes,
        };
        let blockers = breaches(policy, facts, Way::Reviewed);
        blockers.into_iter().map(Finding::from).collect()
    }
}

/// A message as `git commit` would take it.
fn read_message(path: &std::path::Path) -> Result<Note, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::user(
            format!("`{}` cannot be read: {error}", path.display()),
            "give the file with the message, such as `.git/COMMIT_EDITMSG`",
        )
    })?;
    let lines = text.lines().filter(|line| !line.starts_with(COMMENT));
    let kept: Vec<&str> = lines.collect();
    Ok(Note::from_message(&kept.join("\n")))
}
