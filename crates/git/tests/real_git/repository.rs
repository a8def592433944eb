//! A repository of the real `git` in a temporary folder.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use variorum_domain::id::{Oid, Time, WorkspaceId};
use variorum_git::cache::ObjectCache;
use variorum_git::error::GitError;
use variorum_git::object::{Kind, Object};
use variorum_git::overlay::Overlay;
use variorum_git::pack::{PackEntry, write_pack};
use variorum_git::signature::Signature;

pub(crate) const TIME: i64 = 1_760_000_000;

pub(crate) struct Repository {
    folder: TempDir,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let repository = Self {
            folder: TempDir::new().unwrap(),
        };
        repository.git(&["init", "-q", "--bare", "-b", "main", "."]);
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        let path = std::env::var_os("PATH").unwrap();
        command
            .env_clear()
            .env("PATH", path)
            .current_dir(self.folder.path())
            .args(arguments);
        let date = format!("{TIME} +0200");
        for (key, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("HOME", "/nonexistent"),
            ("GIT_DIR", "."),
            ("GIT_AUTHOR_NAME", "Ann Lee"),
            ("GIT_AUTHOR_EMAIL", "ann@acme.example"),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", "Bo Ek"),
            ("GIT_COMMITTER_EMAIL", "bo@acme.example"),
            ("GIT_COMMITTER_DATE", &date),
        ] {
            command.env(key, value);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // Written beside the reading, or both sides could wait for each other.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }

    pub(crate) fn git_bytes(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.run(arguments, input);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {error}");
        output.stdout
    }

    pub(crate) fn git_with(&self, arguments: &[&str], input: &[u8]) -> String {
        String::from_utf8(self.git_bytes(arguments, input))
            .unwrap()
            .trim_end()
            .to_owned()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, b"")
    }

    pub(crate) fn hash(&self, kind: Kind, bytes: &[u8]) -> Oid {
        let arguments = ["hash-object", "-w", "-t", kind.as_str(), "--stdin"];
        self.git_with(&arguments, bytes).parse().unwrap()
    }

    /// Reads objects as the store would: all in one call.
    pub(crate) fn read(&self, oids: &[Oid]) -> HashMap<Oid, Object> {
        let input: Vec<String> = oids.iter().map(|oid| format!("{oid}\n")).collect();
        let output = self.git_bytes(&["cat-file", "--batch"], input.concat().as_bytes());
        let mut objects = HashMap::new();
        let mut rest = &output[..];
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
            let header = std::str::from_utf8(&rest[..end]).unwrap();
            let words: Vec<&str> = header.split(' ').collect();
            let size: usize = words[2].parse().unwrap();
            let bytes = &rest[end + 1..end + 1 + size];
            let object = Object::new(words[1].parse().unwrap(), bytes);
            objects.insert(words[0].parse().unwrap(), object);
            rest = &rest[end + 2 + size..];
        }
        objects
    }

    /// Gives the objects to `git` as a pack, which checks each of them.
    pub(crate) fn write(&self, objects: &[(Oid, Object)]) {
        let entry = |(_, object): &(Oid, Object)| PackEntry::Content {
            kind: object.kind,
            bytes: object.bytes.to_vec().into(),
        };
        let pack = write_pack(&objects.iter().map(entry).collect::<Vec<_>>()).unwrap();
        self.git_with(&["index-pack", "--stdin", "--strict"], &pack);
    }

    /// Makes a call, loads what is missing and makes it again, as the application does. Returns
    /// the result and how often objects had to be loaded.
    pub(crate) fn faulting<T>(
        &self,
        overlay: &Overlay,
        call: impl Fn() -> Result<T, GitError>,
    ) -> (Result<T, GitError>, usize) {
        for loads in 0.. {
            match call() {
                Err(GitError::Missing(oids)) => {
                    assert!(
                        loads < 100,
                        "the same call asks for objects again and again"
                    );
                    assert!(!oids.is_empty());
                    let found = self.read(&oids);
                    assert_eq!(found.len(), oids.len(), "an object was asked for twice");
                    for (oid, object) in found {
                        overlay.insert_loaded(oid, object);
                    }
                }
                result => return (result, loads),
            }
        }
        unreachable!("the loop above has no end")
    }
}

pub(crate) fn overlay() -> Overlay {
    Overlay::new(Arc::new(ObjectCache::new(64 * 1024 * 1024)), WorkspaceId(1))
}

pub(crate) fn author() -> Signature {
    person("Ann Lee", "ann@acme.example")
}

pub(crate) fn committer() -> Signature {
    person("Bo Ek", "bo@acme.example")
}

fn person(name: &str, email: &str) -> Signature {
    Signature {
        name: name.to_owned(),
        email: email.to_owned(),
        time: Time::from_seconds(TIME),
        offset_minutes: 120,
    }
}

/// The bundles with real histories.
pub(crate) fn bundles() -> Vec<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("VARIORUM_SHARED").unwrap_or_else(|| default.into());
    let folder = PathBuf::from(shared).join("data/history");
    let mut bundles: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "bundle")
        })
        .collect();
    bundles.sort();
    assert!(!bundles.is_empty(), "no bundles in {}", folder.display());
    bundles
}
