//! Running `git` against a remote: with its secret in the environment and nowhere else, to one kind of
//! address, within limits, and with what goes wrong in words.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use variorum_domain::limits::PUSH_PACK_BYTES_MAX;
use variorum_domain::remote::RemoteUrl;

use crate::limits::{REMOTE_DISK_BYTES_MAX, REMOTE_TIMEOUT};
use crate::mirror::complaint;
use crate::program::GitProgram;
use crate::remotes::{RemoteSettings, Secret};

/// How often it is looked how much a remote has sent.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// The longest line of what `git` says that is kept.
const SAID_CHARS_MAX: usize = 300;

/// Why a remote could not be talked to, in words for whoever looks after it.
pub(crate) type Words = String;

/// One remote, ready to be talked to.
pub(crate) struct Wire<'a> {
    pub(crate) git: &'a GitProgram,
    pub(crate) folder: &'a Path,
    pub(crate) url: &'a RemoteUrl,
    pub(crate) settings: &'a RemoteSettings,
    pub(crate) secret: Option<Secret>,
}

impl Wire<'_> {
    /// A command over the remote's own folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let git_dir = format!("--git-dir={}", self.folder.display());
        let quiet = [
            git_dir.as_str(),
            "-c",
            "credential.helper=",
            "-c",
            // An allowed address must not lead on to one that is not.
            "http.followRedirects=false",
            "-c",
            "http.lowSpeedLimit=1",
            "-c",
            "http.lowSpeedTime=60",
        ];
        let all: Vec<&str> = quiet.iter().chain(arguments).copied().collect();
        let mut command = self.git.command(&all);
        command.env("GIT_ALLOW_PROTOCOL", self.url.scheme());
        if self.url.scheme() == "ssh" {
            command.env("GIT_SSH_COMMAND", self.ssh());
            command.env("GIT_SSH_VARIANT", "ssh");
        } else if let Some(Secret { text: secret, .. }) = &self.secret {
            let pair = if secret.contains(':') {
                secret.clone()
            } else {
                format!("variorum:{secret}")
            };
            let header = format!("Authorization: Basic {}", STANDARD.encode(pair));
            command
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", format!("http.{}.extraHeader", self.url))
                .env("GIT_CONFIG_VALUE_0", header);
        }
        command
    }

    /// How ssh is called: with the remote's key and no other, asking nobody, trusting known machines.
    fn ssh(&self) -> String {
        let quoted =
            |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
        let known = quoted(&self.settings.known_hosts);
        let mut command = format!(
            "{} -F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none \
             -o StrictHostKeyChecking=yes -o UserKnownHostsFile={known} -o ConnectTimeout=20",
            quoted(&self.settings.ssh)
        );
        if let Some(file) = self
            .secret
            .as_ref()
            .and_then(|secret| secret.file.as_deref())
        {
            command.push_str(" -i ");
            command.push_str(&quoted(file));
        }
        command
    }

    /// Runs a command that talks to the remote; it is ended where it takes too long or fills the disk.
    pub(crate) async fn talk(&self, arguments: &[&str]) -> Result<Output, Words> {
        let mut child = self
            .command(arguments)
            .spawn()
            .map_err(|error| format!("`git` does not run: {error}"))?;
        let said = tokio::spawn(complaint(child.stderr.take()));
        let mut stdout = child.stdout.take();
        let reading = tokio::spawn(async move {
            let mut bytes = Vec::new();
            if let Some(stdout) = &mut stdout {
                // What cannot be read is not there to be understood.
                drop(stdout.take(1024 * 1024).read_to_end(&mut bytes).await);
            }
            bytes
        });
        let ended = tokio::select! {
            status = child.wait() => status.map_err(|error| format!("`git` does not run: {error}")),
            problem = self.too_much() => Err(problem),
        };
        let status = match ended {
            Ok(status) => status,
            Err(problem) => {
                drop(child.kill().await);
                return Err(problem);
            }
        };
        Ok(Output {
            status,
            stdout: reading.await.unwrap_or_default(),
            stderr: said.await.unwrap_or_default().into_bytes(),
        })
    }

    /// Ends when a remote has taken too long, or sent too much.
    async fn too_much(&self) -> Words {
        let watching = async {
            loop {
                tokio::time::sleep(WATCH_EVERY).await;
                if bytes_below(&self.folder.join("objects")) > REMOTE_DISK_BYTES_MAX {
                    return;
                }
            }
        };
        match tokio::time::timeout(REMOTE_TIMEOUT, watching).await {
            Ok(()) => format!("it sends more than {REMOTE_DISK_BYTES_MAX} bytes"),
            Err(_) => format!(
                "it did not finish within {} seconds",
                REMOTE_TIMEOUT.as_secs()
            ),
        }
    }

    /// Runs a command here and returns what it prints.
    pub(crate) async fn ask(&self, arguments: &[&str]) -> Result<Output, Words> {
        let asked = self.command(arguments).output();
        match tokio::time::timeout(REMOTE_TIMEOUT, asked).await {
            Ok(output) => output.map_err(|error| format!("`git` does not run: {error}")),
            Err(_) => Err("`git` did not finish in time".to_owned()),
        }
    }

    /// The objects that one version needs beyond others, as a pack.
    pub(crate) async fn pack(&self, wanted: &str, have: &[String]) -> Result<Vec<u8>, Words> {
        let failed = |error: std::io::Error| format!("`git pack-objects` failed: {error}");
        let mut command = self.command(&[
            "pack-objects",
            "--revs",
            "--thin",
            "--stdout",
            "--quiet",
            "--delta-base-offset",
        ]);
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(failed)?;
        let said = tokio::spawn(complaint(child.stderr.take()));
        let mut asked = format!("{wanted}\n");
        for oid in have {
            // Writing into a String cannot fail.
            let _ = writeln!(asked, "^{oid}");
        }
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(asked.as_bytes()).await.map_err(failed)?;
        }
        let mut pack = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let most = PUSH_PACK_BYTES_MAX as u64 + 1;
            stdout
                .take(most)
                .read_to_end(&mut pack)
                .await
                .map_err(failed)?;
        }
        if pack.len() > PUSH_PACK_BYTES_MAX {
            drop(child.kill().await);
            return Err(format!(
                "it has more new versions than one push may bring ({PUSH_PACK_BYTES_MAX} bytes); bring \
                 the library in by `variorum import` first"
            ));
        }
        let status = child.wait().await.map_err(failed)?;
        if status.success() {
            return Ok(pack);
        }
        Err(format!(
            "`git pack-objects` failed: {}",
            said.await.unwrap_or_default()
        ))
    }

    /// What `git` says of a remote that did not answer as it should, in words; its secret never.
    pub(crate) fn in_words(&self, said: &[u8]) -> Words {
        let text = String::from_utf8_lossy(said);
        let text = match &self.secret {
            Some(secret) if !secret.text.is_empty() => text.replace(&secret.text, "…"),
            _ => text.into_owned(),
        };
        let lower = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let last = said_last(&text);
        if has(&[
            "authentication failed",
            "could not read username",
            "error: 401",
            "error: 403",
            "permission denied",
        ]) {
            let next = if self.secret.is_some() {
                "its credential is not taken there; put a new one where the server finds it"
            } else {
                "it wants a credential; remove the mirror and add it with `--credential`"
            };
            return format!("the remote lets nobody in: {next} ({last})");
        }
        if has(&["host key verification failed"]) {
            return format!(
                "the remote's machine is not known: put its key into the server's `known_hosts` \
                 ({last})"
            );
        }
        if has(&[
            "could not resolve host",
            "failed to connect",
            "connection refused",
            "timed out",
            "couldn't connect",
            "could not connect",
        ]) {
            return format!("the remote cannot be reached ({last})");
        }
        if has(&[
            "not found",
            "does not appear to be a git repository",
            "no such file",
            "error: 404",
        ]) {
            return format!(
                "there is no repository at `{}`, or its credential does not open it ({last})",
                self.url
            );
        }
        format!("the remote did not answer as it should ({last})")
    }
}

/// The last thing that was said, on one line.
fn said_last(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let empty = [
        "Please make sure",
        "and the repository",
        "fatal: Could not read from remote",
    ];
    let mut telling = lines.filter(|line| !empty.iter().any(|begin| line.starts_with(begin)));
    let last = telling.next_back().unwrap_or("it said nothing");
    let plain = last
        .trim_start_matches("fatal: ")
        .trim_start_matches("error: ");
    plain
        .chars()
        .filter(|c| !c.is_control())
        .take(SAID_CHARS_MAX)
        .collect()
}

fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_below(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
