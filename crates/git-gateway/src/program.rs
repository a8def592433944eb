//! The real `git`: found once at start, named by its absolute path, run without the machine's
//! settings.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use thiserror::Error;
use tokio::process::Command;

/// The oldest version that is used.
const VERSION_MIN: (u32, u32) = (2, 31);

/// Settings of every `git` that is run here; nothing else is read but the mirror's own file.
const SETTINGS: &[&str] = &[
    "gc.auto=0",
    "maintenance.auto=false",
    "safe.directory=*",
    "core.fsync=none",
    "core.hooksPath=/dev/null",
    "pack.threads=2",
    "uploadpack.allowFilter=true",
    "uploadpack.allowAnySHA1InWant=true",
    "uploadpack.keepAlive=5",
];

/// Why there is no `git` to run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GitMissing {
    /// It is in none of the folders.
    #[error("there is no `git` program on this machine")]
    NotFound,
    /// It does not run.
    #[error("`{path}` does not run: {reason}")]
    Broken {
        /// Which file.
        path: String,
        /// What happened.
        reason: String,
    },
    /// It is too old.
    #[error("`{path}` is version {version}; 2.31 or newer is needed")]
    TooOld {
        /// Which file.
        path: String,
        /// Its version.
        version: String,
    },
}

/// A `git` program that can be run.
#[derive(Debug, Clone)]
pub struct GitProgram {
    path: PathBuf,
    version: String,
}

impl GitProgram {
    /// Finds `git`: the file that is named, or the first of that name in the folders of `search`, a
    /// value like that of `PATH`.
    pub async fn find(named: Option<&Path>, search: Option<&OsStr>) -> Result<Self, GitMissing> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => search
                .into_iter()
                .flat_map(std::env::split_paths)
                .filter(|folder| folder.is_absolute())
                .map(|folder| folder.join("git"))
                .find(|file| file.is_file())
                .ok_or(GitMissing::NotFound)?,
        };
        let broken = |reason: String| GitMissing::Broken {
            path: path.display().to_string(),
            reason,
        };
        let path = std::path::absolute(&path).map_err(|error| broken(error.to_string()))?;
        let mut program = Self {
            path: path.clone(),
            version: String::new(),
        };
        let asked = program.command(&["--version"]).output().await;
        let said = asked.map_err(|error| broken(error.to_string()))?;
        let text = String::from_utf8_lossy(&said.stdout);
        let version = text.trim().strip_prefix("git version ").unwrap_or_default();
        let numbers =
            numbers(version).ok_or_else(|| broken(format!("it says `{}`", text.trim())))?;
        if numbers < VERSION_MIN {
            return Err(GitMissing::TooOld {
                path: path.display().to_string(),
                version: version.to_owned(),
            });
        }
        version.clone_into(&mut program.version);
        Ok(program)
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A command that reads nothing of the machine's settings and dies with whoever waits for it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .env_clear()
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(arguments);
        command
    }
}

/// The first two numbers of a version.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_in_all_their_forms() {
        assert_eq!(numbers("2.47.3"), Some((2, 47)));
        assert_eq!(numbers("2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(numbers("2.50.windows.1"), Some((2, 50)));
        assert_eq!(numbers(""), None);
        assert_eq!(numbers("two"), None);
    }

    #[tokio::test]
    async fn what_is_missing_broken_or_too_old_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let search = folder.path().as_os_str();
        let missing = GitProgram::find(None, Some(search)).await.unwrap_err();
        assert_eq!(missing, GitMissing::NotFound);
        assert_eq!(
            GitProgram::find(None, Some(OsStr::new("relative")))
                .await
                .unwrap_err(),
            GitMissing::NotFound,
            "a relative folder could be anybody's"
        );
        let old = folder.path().join("git");
        write_script(&old, "#!/bin/sh\necho git version 2.20.1\n");
        let refused = GitProgram::find(None, Some(search)).await.unwrap_err();
        assert!(matches!(refused, GitMissing::TooOld { .. }), "{refused}");
        let odd = folder.path().join("odd");
        write_script(&odd, "#!/bin/sh\necho something else\n");
        let refused = GitProgram::find(Some(&odd), None).await.unwrap_err();
        assert!(matches!(refused, GitMissing::Broken { .. }), "{refused}");
    }

    fn write_script(path: &Path, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}
