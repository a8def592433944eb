//! Where the files come from: a folder, a checkout, or a tree of a repository by way of `git`.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use variorum_domain::check::Files;
use variorum_domain::library::FileKind;
use variorum_domain::limits::FILE_BYTES_MAX;
use variorum_domain::record::Note;

use super::finding::Finding;
use crate::error::CliError;

/// Most files of a library that are read.
const FILES_MAX: usize = 200_000;
/// Most commits whose descriptions are read.
const COMMITS_MAX: usize = 5_000;

/// All files, and what is wrong with those that cannot be files of a library.
#[derive(Default)]
pub(super) struct Read {
    pub files: Files,
    pub findings: Vec<Finding>,
}

/// A commit and what it says of itself.
pub(super) struct Described {
    pub oid: String,
    pub note: Note,
}

/// A folder, and the repository around it where there is one.
pub(super) struct Folder {
    path: PathBuf,
    /// The folder's place in the repository, with a slash at the end; nothing without a repository.
    prefix: Option<String>,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        if !path.is_dir() {
            return Err(CliError::user(
                format!("`{}` is not a folder", path.display()),
                "give the folder of a library, where its `library.yaml` and `prompts/` are",
            ));
        }
        let path = path.to_owned();
        let folder = Self { path, prefix: None };
        let prefix = folder.git(&["rev-parse", "--show-prefix"], b"").ok();
        let prefix = prefix.map(|said| said.trim_end_matches('\n').to_owned());
        Ok(Self { prefix, ..folder })
    }

    /// The place in the repository, for whoever needs paths from its root.
    pub(super) fn prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or_default()
    }

    /// The files as they lie in the folder; what Git ignores stays out.
    pub(super) fn read_files(&self) -> Result<Read, CliError> {
        let paths = match self.prefix {
            Some(_) => {
                let words = [
                    "ls-files",
                    "-z",
                    "--cached",
                    "--others",
                    "--exclude-standard",
                ];
                let listed = self.must(&words)?;
                let mut seen = HashSet::new();
                let paths = listed.split_terminator('\0').map(str::to_owned);
                paths.filter(|path| seen.insert(path.clone())).collect()
            }
            None => self.walk()?,
        };
        check_count(paths.len())?;
        let mut reader = Reader::default();
        for path in paths {
            let place = self.path.join(&path);
            let Ok(about) = place.symlink_metadata() else {
                // Deleted, but not yet from the index.
                continue;
            };
            if about.is_dir() {
                reader.refuse(&path, "submodule", "the library takes no submodules");
            } else if about.is_symlink() {
                reader.refuse(&path, "link", "the library takes no links");
            } else if about.len() > FILE_BYTES_MAX as u64 {
                reader.too_long(&path, about.len());
            } else {
                let bytes = std::fs::read(&place).map_err(|error| {
                    CliError::user(
                        format!("`{path}` cannot be read: {error}"),
                        "check its rights",
                    )
                })?;
                reader.take(path, bytes);
            }
        }
        Ok(reader.finish())
    }

    /// All files of a folder without a repository; hidden ones stay out.
    fn walk(&self) -> Result<Vec<String>, CliError> {
        let mut found = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(self.path.join(&folder)).map_err(|error| {
                CliError::user(
                    format!("`{}` cannot be read: {error}", folder.display()),
                    "check its rights",
                )
            })?;
            for entry in entries.flatten() {
                let path = folder.join(entry.file_name());
                let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
                if is_hidden {
                    continue;
                }
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                } else if let Some(text) = path.to_str() {
                    found.push(text.replace(std::path::MAIN_SEPARATOR, "/"));
                }
            }
            check_count(found.len())?;
        }
        found.sort();
        Ok(found)
    }

    /// The files of a commit, below the folder's place.
    pub(super) fn read_tree(&self, commit: &str) -> Result<Read, CliError> {
        let listed = self.must(&["ls-tree", "-r", "-l", "-z", commit])?;
        let lines: Vec<&str> = listed.split_terminator('\0').collect();
        check_count(lines.len())?;
        let mut reader = Reader::default();
        let mut wanted = Vec::new();
        for line in lines {
            let Some((entry, path)) = line.split_once('\t') else {
                continue;
            };
            let words: Vec<&str> = entry.split_ascii_whitespace().collect();
            let [mode, _, oid, size] = words[..] else {
                continue;
            };
            let size: u64 = size.parse().unwrap_or_default();
            match mode {
                "120000" => reader.refuse(path, "link", "the library takes no links"),
                "160000" => reader.refuse(path, "submodule", "the library takes no submodules"),
                _ if size > FILE_BYTES_MAX as u64 => reader.too_long(path, size),
                _ => wanted.push((path.to_owned(), oid.to_owned())),
            }
        }
        let mut blobs = self.blobs(wanted.iter().map(|(_, oid)| oid.as_str()))?;
        let mut left: HashMap<&str, usize> = HashMap::new();
        for (_, oid) in &wanted {
            *left.entry(oid).or_default() += 1;
        }
        for (path, oid) in &wanted {
            let count = left.entry(oid).or_default();
            *count -= 1;
            let bytes = if *count == 0 {
                blobs.remove(oid)
            } else {
                blobs.get(oid).cloned()
            };
            reader.take(path.clone(), bytes.unwrap_or_default());
        }
        Ok(reader.finish())
    }

    /// Objects as Git has them, by their ids.
    pub(super) fn objects(&self, oids: &[String]) -> Result<HashMap<String, Vec<u8>>, CliError> {
        self.blobs(oids.iter().map(String::as_str))
    }

    fn blobs<'a>(
        &self,
        oids: impl Iterator<Item = &'a str>,
    ) -> Result<HashMap<String, Vec<u8>>, CliError> {
        let asked: HashSet<&str> = oids.collect();
        let input: Vec<String> = asked.iter().map(|oid| format!("{oid}\n")).collect();
        let output = self.git_bytes(&["cat-file", "--batch"], input.concat().as_bytes())?;
        let mut found = HashMap::with_capacity(asked.len());
        let mut rest = &output[..];
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let header = String::from_utf8_lossy(&rest[..end]).into_owned();
            let words: Vec<&str> = header.split(' ').collect();
            let (Some(oid), Some(size)) = (words.first(), words.get(2)) else {
                break;
            };
            let size: usize = size.parse().unwrap_or_default();
            let Some(bytes) = rest.get(end + 1..end + 1 + size) else {
                break;
            };
            found.insert((*oid).to_owned(), bytes.to_vec());
            rest = rest.get(end + 2 + size..).unwrap_or_default();
        }
        Ok(found)
    }

    /// The commit a name stands for.
    pub(super) fn commit(&self, name: &str) -> Result<String, CliError> {
        self.needs_repository()?;
        let wanted = format!("{name}^{{commit}}");
        let words = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &wanted,
        ];
        self.git(&words, b"")
            .map(|said| said.trim().to_owned())
            .map_err(|_| {
                CliError::user(
                    format!("there is no commit `{name}` in this checkout"),
                    "fetch it first (`git fetch origin main`), or give another name",
                )
            })
    }

    /// What is staged, as a tree.
    pub(super) fn staged(&self) -> Result<String, CliError> {
        self.needs_repository()?;
        let said = self.must(&["write-tree"])?;
        Ok(said.trim().to_owned())
    }

    /// Where two lines of work parted.
    pub(super) fn parting(&self, base: &str, tip: &str) -> Result<String, CliError> {
        let said = self.git(&["merge-base", base, tip], b"");
        said.map(|said| said.trim().to_owned()).map_err(|_| {
            CliError::user(
                format!("`{base}` and `{tip}` have nothing in common in this checkout"),
                "fetch the whole history: `git fetch --unshallow`, or `fetch-depth: 0` in a workflow",
            )
        })
    }

    /// The commits of a tip that a base does not have, oldest first.
    pub(super) fn commits(&self, base: &str, tip: &str) -> Result<Vec<Described>, CliError> {
        let range = format!("{base}..{tip}");
        let most = format!("--max-count={COMMITS_MAX}");
        let words = [
            "log",
            "-z",
            "--reverse",
            &most,
            "--format=%H%n%B",
            &range,
            "--",
        ];
        let said = self.must(&words)?;
        let commits = said.split_terminator('\0').filter_map(|one| {
            let (oid, message) = one.split_once('\n')?;
            Some(Described {
                oid: oid.to_owned(),
                note: Note::from_message(message),
            })
        });
        Ok(commits.collect())
    }

    fn needs_repository(&self) -> Result<(), CliError> {
        if self.prefix.is_some() {
            return Ok(());
        }
        Err(CliError::user(
            format!("`{}` is not in a Git repository", self.path.display()),
            "leave `--base` and `--at` out, or run it in a checkout on a machine with `git`",
        ))
    }

    fn must(&self, words: &[&str]) -> Result<String, CliError> {
        self.git(words, b"")
    }

    fn git(&self, words: &[&str], input: &[u8]) -> Result<String, CliError> {
        let bytes = self.git_bytes(words, input)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Runs `git` without the settings of the machine or the person, and so that none of the
    /// repository's own makes it run anything else.
    fn git_bytes(&self, words: &[&str], input: &[u8]) -> Result<Vec<u8>, CliError> {
        let failed = |error: &dyn std::fmt::Display| {
            CliError::user(
                format!("`git {}` failed: {error}", words[0]),
                "is this a checkout, and is `git` installed?",
            )
        };
        let mut command = Command::new("git");
        command.envs(placed());
        let mut child = command
            .args(["-c", "safe.directory=*", "-c", "core.fsmonitor=false"])
            .arg("-C")
            .arg(&self.path)
            .args(words)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?;
        let stdin = child.stdin.take();
        // Written beside the reading, or both sides could wait for each other.
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        });
        let output = output.map_err(|error| failed(&error))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(failed(&said))
    }
}

/// What a hook is told of its repository, from wherever `git` is run: Git gives it relative to the
/// folder in which the hook runs, and a library may lie in another.
fn placed() -> Vec<(&'static str, PathBuf)> {
    let here = std::env::current_dir().unwrap_or_default();
    ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"]
        .into_iter()
        .filter_map(|name| Some((name, here.join(std::env::var_os(name)?))))
        .collect()
}

fn check_count(count: usize) -> Result<(), CliError> {
    if count <= FILES_MAX {
        return Ok(());
    }
    Err(CliError::user(
        format!("there are more than {FILES_MAX} files"),
        "give the folder of the library itself",
    ))
}

/// Takes files one by one.
#[derive(Default)]
struct Reader {
    texts: Vec<(String, String)>,
    findings: Vec<Finding>,
}

impl Reader {
    fn take(&mut self, path: String, bytes: Vec<u8>) {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let is_ours = !matches!(FileKind::of(&path), FileKind::Other | FileKind::Dataset);
                if is_ours {
                    self.refuse(&path, "not-text", "the file is not text in UTF-8");
                }
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        self.texts.push((path, text));
    }

    fn too_long(&mut self, path: &str, size: u64) {
        let message =
            format!("the file is {size} bytes long, and the library takes {FILE_BYTES_MAX}");
        self.refuse(path, "file-too-long", &message);
    }

    fn refuse(&mut self, path: &str, code: &'static str, message: &str) {
        self.findings
            .push(Finding::error(code, message).at(path, 1, 1));
    }

    fn finish(self) -> Read {
        Read {
            files: Files::new(self.texts),
            findings: self.findings,
        }
    }
}
