//! Importing and exporting whole libraries.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use variorum_app::transfer::import::Imported;
use variorum_app::transfer::split::Table;
use variorum_app::transfer::{export, import, split};
use variorum_domain::record::Note;

use super::admin::administrator;
use super::open::{SystemClock, open};
use super::{ExportArgs, ImportArgs};
use crate::args::Connection;
use crate::error::CliError;
use crate::output;

/// `variorum import`
pub(super) async fn import(
    args: &ImportArgs,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    let source = Source::of(&args.path)?;
    let ctx = open(connection, Arc::new(SystemClock)).await?;
    let actor = administrator(&ctx).await?;
    let mut rows = None;
    let imported = match (source, &args.split) {
        (Source::Folder(_), Some(_)) => {
            return Err(CliError::user(
                "only a history can be split",
                "give a Git repository or a bundle, or leave `--split` out",
            ));
        }
        (Source::Folder(files), None) => {
            let subject = format!("Import {}", args.path.display());
            let note = Note {
                subject: subject.chars().take(200).collect(),
                ..Note::default()
            };
            import::folder(&ctx, &actor, files, &note).await?
        }
        (Source::Bundle(bytes), None) => import::bundle(&ctx, &actor, &bytes).await?,
        (Source::Bundle(bytes), Some(path)) => {
            let table = Table {
                path: path.clone(),
                name: args.name_column.clone(),
                text: args.text_column.clone(),
                folder: "prompts".into(),
            };
            let (imported, counts) = split::bundle(&ctx, &actor, &bytes, &table).await?;
            rows = Some(counts);
            imported
        }
    };
    report(&imported, rows, json);
    Ok(ExitCode::SUCCESS)
}

fn report(imported: &Imported, rows: Option<split::RowCounts>, json: bool) {
    if json {
        let refs: Vec<serde_json::Value> = imported
            .refs
            .iter()
            .map(|(name, oid)| serde_json::json!({"name": name, "commit": oid.to_string()}))
            .collect();
        output::json(&serde_json::json!({
            "commits": imported.commits, "objects": imported.objects, "refs": refs,
            "findings": imported.findings,
            "rows": rows.map(|counts| serde_json::json!({
                "added": counts.added, "updated": counts.updated,
                "meta": counts.meta, "removed": counts.removed,
            })),
        }));
        return;
    }
    imported
        .findings
        .iter()
        .for_each(|finding| output::note(format!("note: {finding}")));
    output::line(format!(
        "imported {} versions, {} objects",
        imported.commits, imported.objects
    ));
    for (name, oid) in &imported.refs {
        output::line(format!("  {name} {oid}"));
    }
    if let Some(counts) = rows {
        output::line(format!(
            "rows: {} added, {} updated, {} with other columns changed, {} removed",
            counts.added, counts.updated, counts.meta, counts.removed
        ));
    }
}

/// What is to be imported.
enum Source {
    Folder(Vec<(String, Vec<u8>)>),
    Bundle(Vec<u8>),
}

impl Source {
    fn of(path: &Path) -> Result<Self, CliError> {
        if path.is_file() {
            return Ok(Self::Bundle(read(path)?));
        }
        if !path.is_dir() {
            return Err(CliError::user(
                format!("there is nothing at `{}`", path.display()),
                "give a folder, a Git repository or a bundle",
            ));
        }
        let is_repository = path.join(".git").exists() || path.join("HEAD").is_file();
        if is_repository {
            bundle_of(path).map(Self::Bundle)
        } else {
            files_of(path).map(Self::Folder)
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| {
        CliError::user(
            format!("`{}` cannot be read: {error}", path.display()),
            "check the path",
        )
    })
}

/// Runs `git` without the machine's or the person's configuration.
fn git() -> Command {
    let mut command = Command::new("git");
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0");
    command
}

fn run_git(command: &mut Command, what: &str) -> Result<(), CliError> {
    let output = command.output().map_err(|error| {
        CliError::user(
            format!("`git` cannot be run: {error}"),
            "install git; it is needed to read and write repositories on disk",
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(CliError::user(
        format!("{what} failed: {}", said.trim()),
        "see what git said above",
    ))
}

/// The whole history of a repository on disk.
fn bundle_of(path: &Path) -> Result<Vec<u8>, CliError> {
    let dir = temporary()?;
    let file = dir.path().join("library.bundle");
    let mut command = git();
    command
        .arg("-c")
        .arg("safe.directory=*")
        .arg("-C")
        .arg(path);
    command.args(["bundle", "create"]).arg(&file).arg("--all");
    run_git(&mut command, "reading the repository")?;
    read(&file)
}

fn temporary() -> Result<tempfile::TempDir, CliError> {
    tempfile::tempdir().map_err(|error| CliError::internal("no temporary folder", error))
}

/// All files of a folder, with paths as the library has them; hidden folders stay out.
fn files_of(root: &Path) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(root.join(&folder)).map_err(|error| {
            CliError::user(
                format!("`{}` cannot be read: {error}", root.display()),
                "check the path",
            )
        })?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let path = folder.join(&name);
            let kind = entry.file_type().ok();
            let hidden = name.to_string_lossy().starts_with('.');
            if kind.is_some_and(|kind| kind.is_dir()) && !hidden {
                folders.push(path);
            } else if kind.is_some_and(|kind| kind.is_file())
                && !hidden
                && let Some(text) = path.to_str()
            {
                let bytes = read(&root.join(&path))?;
                files.push((text.replace('\\', "/"), bytes));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// `variorum export`
pub(super) async fn export(
    args: &ExportArgs,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    let target = &args.path;
    let is_bundle = target.extension().is_some_and(|ending| ending == "bundle");
    let taken = target.is_file()
        || target
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        return Err(CliError::user(
            format!("there is something at `{}` already", target.display()),
            "name a new folder or file",
        ));
    }
    let ctx = open(connection, Arc::new(SystemClock)).await?;
    let actor = administrator(&ctx).await?;
    let exported = export::bundle(&ctx, &actor).await?;
    if is_bundle {
        write(target, &exported.bundle)?;
    } else {
        let dir = temporary()?;
        let file = dir.path().join("library.bundle");
        write(&file, &exported.bundle)?;
        let mut clone = git();
        clone.args([
            "-c",
            "transfer.fsckObjects=false",
            "clone",
            "--quiet",
            "--mirror",
        ]);
        clone.arg(&file).arg(target);
        run_git(&mut clone, "writing the repository")?;
        let mut head = git();
        head.arg("-C")
            .arg(target)
            .args(["symbolic-ref", "HEAD", "refs/heads/main"]);
        run_git(&mut head, "setting the main branch")?;
        let mut remote = git();
        remote
            .arg("-C")
            .arg(target)
            .args(["remote", "remove", "origin"]);
        run_git(&mut remote, "forgetting the temporary file")?;
    }
    let refs = exported.refs.len() - 1;
    if json {
        output::json(&serde_json::json!({
            "path": target, "objects": exported.objects, "refs": refs,
        }));
    } else {
        output::line(format!(
            "exported {} objects and {refs} refs to `{}`",
            exported.objects,
            target.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(path, bytes).map_err(|error| {
        CliError::user(
            format!("`{}` cannot be written: {error}", path.display()),
            "check that the folder exists and has room",
        )
    })
}
