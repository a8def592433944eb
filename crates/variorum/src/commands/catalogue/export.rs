//! Writing the static site: gathered from the server, laid out in memory, put in place in one step.
//!
//! A folder is only ever replaced if every file in it was written by an export before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use variorum_api_types::catalogue::{BrowseCatalogue, Catalogue, CatalogueDetail, CataloguePage};
use variorum_api_types::library::LibrarySettings;

use super::super::console::{Console, PAGE_ROWS_MAX};
use super::pages::{Site, lay_out};
use crate::error::CliError;
use crate::output;

/// The file that says that a folder was written by an export, and which files are its own.
const MARKER: &str = ".variorum-catalogue";
const MARKER_HEAD: &str = "variorum catalogue 1";

/// Where to.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The folder; a new or empty one, or one that an export wrote.
    #[arg(value_name = "DIR")]
    pub path: PathBuf,
}

/// `variorum catalogue export`
pub(crate) fn run(args: &ExportArgs, console: &Console) -> Result<ExitCode, CliError> {
    let target = std::path::absolute(&args.path).map_err(|error| failed(&args.path, &error))?;
    check_target(&target)?;
    let site = gather(console)?;
    let prompts = site.entries.len();
    let files = lay_out(&site);
    let count = files.len();
    put(&target, &files)?;
    if console.json {
        output::json(&json!({
            "path": target.display().to_string(),
            "prompts": prompts,
            "files": count,
        }));
    } else {
        output::line(format!(
            "Wrote {count} pages and files about {prompts} prompts to {}. Open index.html.",
            target.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything the site tells.
fn gather(console: &Console) -> Result<Site, CliError> {
    let client = &console.client;
    let settings: LibrarySettings = client.get(&["library"])?.read()?;
    let catalogue: Catalogue = client.get(&["catalogue"])?.read()?;
    let query = BrowseCatalogue {
        limit: Some(PAGE_ROWS_MAX),
        ..BrowseCatalogue::default()
    };
    let go_on = |query: &mut BrowseCatalogue, next: &Value| {
        query.after = next.as_str().map(ToOwned::to_owned);
    };
    let whole = console.all_pages(&["catalogue", "entries"], query, go_on)?;
    let page: CataloguePage = whole.read()?;
    let mut entries: Vec<CatalogueDetail> = Vec::with_capacity(page.items.len());
    for entry in &page.items {
        let id = entry.prompt.id.as_str();
        entries.push(client.get(&["catalogue", "entries", id])?.read()?);
    }
    Ok(Site {
        title: settings.title,
        catalogue,
        ids: entries
            .iter()
            .map(|one| one.entry.prompt.id.clone())
            .collect(),
        entries,
    })
}

fn failed(path: &Path, error: &io::Error) -> CliError {
    CliError {
        exit: 1,
        ..CliError::internal(&format!("`{}` cannot be written", path.display()), error)
    }
}

fn taken(target: &Path, what: &str) -> CliError {
    CliError::user(
        format!("`{}` {what}, so nothing was written", target.display()),
        "name a new or empty folder, or one that an export wrote and nobody added to",
    )
}

/// Fails where something would be lost.
fn check_target(target: &Path) -> Result<(), CliError> {
    let found = match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(target, &error)),
        Ok(found) => found,
    };
    if !found.is_dir() {
        return Err(taken(target, "is not a folder"));
    }
    let mut there = BTreeSet::new();
    list(target, "", &mut there).map_err(|error| failed(target, &error))?;
    if there.is_empty() {
        return Ok(());
    }
    let marker = fs::read_to_string(target.join(MARKER)).unwrap_or_default();
    let mut lines = marker.lines();
    if lines.next() != Some(MARKER_HEAD) {
        return Err(taken(target, "holds files that no export wrote"));
    }
    let mut own: BTreeSet<&str> = lines.collect();
    own.insert(MARKER);
    match there.iter().find(|path| !own.contains(path.as_str())) {
        Some(foreign) => Err(taken(
            target,
            &format!("holds `{foreign}`, which no export wrote"),
        )),
        None => Ok(()),
    }
}

/// The paths of all that lies below a folder and is no folder itself.
fn list(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

/// Writes beside the target, then puts it in its place.
fn put(target: &Path, files: &BTreeMap<String, String>) -> Result<(), CliError> {
    let fail = |error: io::Error| failed(target, &error);
    let parent = target.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent).map_err(fail)?;
    let beside = tempfile::Builder::new()
        .prefix(".variorum-catalogue-")
        .tempdir_in(parent)
        .map_err(fail)?;
    let new = beside.path().join("new");
    write(&new, files).map_err(fail)?;
    // Nobody may have put something there while pages were gathered.
    check_target(target)?;
    if target.exists() {
        let old = beside.path().join("old");
        fs::rename(target, &old).map_err(fail)?;
        if let Err(error) = fs::rename(&new, target) {
            fs::rename(&old, target).map_err(fail)?;
            return Err(failed(target, &error));
        }
        return Ok(());
    }
    fs::rename(&new, target).map_err(fail)
}

fn write(folder: &Path, files: &BTreeMap<String, String>) -> io::Result<()> {
    fs::create_dir(folder)?;
    let mut marker = format!("{MARKER_HEAD}\n");
    for (path, text) in files {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, text)?;
        marker.push_str(path);
        marker.push('\n');
    }
    fs::write(folder.join(MARKER), marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> BTreeMap<String, String> {
        let files = names
            .iter()
            .map(|name| ((*name).to_owned(), format!("of {name}")));
        files.collect()
    }

    #[test]
    fn a_folder_is_replaced_only_where_every_file_is_ours() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("deep/site");
        put(&target, &files(&["index.html", "prompts/a.html"])).unwrap();
        put(&target, &files(&["index.html"])).unwrap();
        let mut there = BTreeSet::new();
        list(&target, "", &mut there).unwrap();
        assert_eq!(Vec::from_iter(there), [MARKER, "index.html"]);
        let left = fs::read_dir(dir.path().join("deep")).unwrap().count();
        assert_eq!(left, 1, "nothing is left beside it");

        fs::write(target.join("CNAME"), "acme.example").unwrap();
        let refused = put(&target, &files(&["index.html"])).unwrap_err();
        assert!(refused.message.contains("`CNAME`"), "{}", refused.message);
        assert!(target.join("index.html").exists());

        let foreign = dir.path().join("foreign");
        fs::create_dir(&foreign).unwrap();
        put(&foreign, &files(&["index.html"])).unwrap();
        fs::write(foreign.join(MARKER), "something else").unwrap();
        assert!(put(&foreign, &files(&["index.html"])).is_err());
        fs::write(dir.path().join("file"), "").unwrap();
        assert!(put(&dir.path().join("file"), &files(&["a"])).is_err());
    }
}
