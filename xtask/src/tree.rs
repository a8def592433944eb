//! The repository: where it is, which files it holds, and the programs to ask about it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The repository's folder.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// `cargo`, in the repository.
pub(crate) fn cargo() -> Command {
    let named = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(named);
    command.current_dir(root());
    command
}

/// What `cargo` says of the workspace, without its dependencies.
pub(crate) fn metadata() -> Result<Value> {
    let mut command = cargo();
    command.args([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--locked",
        "--offline",
    ]);
    Ok(serde_json::from_slice(&stdout(&mut command)?)?)
}

/// The folder into which `cargo` builds.
#[cfg(not(feature = "bench"))]
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = metadata()?;
    let named = metadata["target_directory"].as_str();
    named
        .map(PathBuf::from)
        .context("`cargo metadata` names no folder to build into")
}

/// Every file that is committed or about to be: tracked, or new and not ignored.
pub(crate) fn files() -> Result<Vec<String>> {
    let mut command = Command::new("git");
    command
        .current_dir(root())
        .args(["ls-files", "-z", "--cached", "--others"]);
    let listed = stdout(command.arg("--exclude-standard"))?;
    let mut files: Vec<String> = String::from_utf8(listed)?
        .split_terminator('\0')
        .filter(|path| root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

/// What a command prints; its failure is an error with what it said.
pub(crate) fn stdout(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("`{name}` cannot be run"))?;
    if !output.status.success() {
        bail!(
            "`{name}` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(output.stdout)
}
