//! Saving, deleting and trying prompts.

use std::path::Path;
use std::process::ExitCode;

use variorum_api_types::library::{FileChange, FileVersion, SaveVersion, SavedVersion};
use variorum_api_types::prompts::{Preview, Previewed, Prompt};

use super::{AtArgs, DeleteArgs, PreviewArgs, SaveArgs, read, show};
use crate::client::diagnostic;
use crate::commands::console::Console;
use crate::commands::{files, layout, resolve};
use crate::error::CliError;
use crate::output;

/// Endings of the files of a library; a name without one of them is an id.
const ENDINGS: [&str; 9] = [
    ".prompt", ".prompty", ".md", ".yaml", ".yml", ".json", ".jsonl", ".csv", ".txt",
];

pub(super) fn save(args: SaveArgs, console: &Console) -> Result<ExitCode, CliError> {
    let content = files::read(&args.file)?;
    let at = AtArgs {
        id: args.id,
        version: None,
        draft: args.draft.clone(),
    };
    let path = match known_path(&at, console) {
        Err(error) if error.code == "not-found" => new_path(&at.id),
        found => found?,
    };
    let (subject, body, record) = args.note.parts();
    let files = vec![FileChange {
        path,
        content: Some(content),
    }];
    let body = SaveVersion {
        draft: args.draft,
        base: args.base,
        subject,
        body,
        record,
        files,
    };
    send(&body, console)
}

pub(super) fn delete(args: DeleteArgs, console: &Console) -> Result<ExitCode, CliError> {
    let at = AtArgs {
        id: args.id,
        version: None,
        draft: args.draft.clone(),
    };
    let path = known_path(&at, console)?;
    let body = SaveVersion {
        draft: args.draft,
        base: None,
        subject: args.subject,
        body: String::new(),
        record: variorum_api_types::library::ChangeRecord::default(),
        files: vec![FileChange {
            path,
            content: None,
        }],
    };
    send(&body, console)
}

/// The path of the file that an id or path stands for.
fn known_path(at: &AtArgs, console: &Console) -> Result<String, CliError> {
    let prompt: Prompt = read::prompt(at, console)?.read()?;
    Ok(prompt.summary.path)
}

/// Where a prompt goes that is not in the library yet.
fn new_path(id: &str) -> String {
    if ENDINGS.iter().any(|ending| id.ends_with(ending)) {
        id.to_owned()
    } else {
        format!("prompts/{id}.prompt")
    }
}

fn send(body: &SaveVersion, console: &Console) -> Result<ExitCode, CliError> {
    let answer = console.client.post(&["versions"], body)?;
    console.show(&answer, |saved: &SavedVersion| {
        let place = if saved.draft == "main" {
            "the library"
        } else {
            &saved.draft
        };
        let mut lines = vec![format!(
            "Saved on {place} as {}.",
            layout::short(&saved.commit)
        )];
        lines.extend(saved_files(&saved.versions));
        let joined = saved.joined.iter();
        lines.extend(
            joined.map(|path| format!("  `{path}` also holds what others saved meanwhile")),
        );
        let found = saved.diagnostics.iter();
        lines.extend(found.map(|found| format!("{}: {}", found.severity, diagnostic(found))));
        lines
    })
}

/// Files with their new version numbers.
pub(crate) fn saved_files(files: &[FileVersion]) -> Vec<String> {
    let line = |file: &FileVersion| match file.version {
        Some(version) => format!("  {} is version {version}", file.id),
        None => format!("  {} is deleted", file.id),
    };
    files.iter().map(line).collect()
}

pub(super) fn preview(args: &PreviewArgs, console: &Console) -> Result<ExitCode, CliError> {
    let body = Preview {
        path: args.path.clone().unwrap_or_else(|| path_of(&args.file)),
        source: files::read(&args.file)?,
        draft: args.draft.clone(),
        variables: args.variables.values()?,
    };
    let answer = console.client.post(&["preview"], &body)?;
    let previewed: Previewed = answer.read()?;
    if console.json {
        output::json(answer.json());
    } else {
        output::lines(&tried(&previewed));
    }
    let has_errors = previewed
        .diagnostics
        .iter()
        .any(|found| found.severity == "error");
    Ok(if has_errors {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}

/// The path a file has in the library, as far as its own name says.
fn path_of(file: &Path) -> String {
    if file == Path::new("-") {
        return "prompts/preview.prompt".to_owned();
    }
    let text = file.to_string_lossy();
    let inside = text.find("prompts/");
    if let Some(start) = inside.filter(|start| *start == 0 || text[..*start].ends_with('/')) {
        return text[start..].to_owned();
    }
    let name = file
        .file_name()
        .map_or("preview.prompt".into(), |name| name.to_string_lossy());
    format!("prompts/{name}")
}

fn tried(previewed: &Previewed) -> Vec<String> {
    let mut lines = resolve::messages(&previewed.messages);
    lines.extend(show::variables(&previewed.variables));
    lines.extend(show::findings(&previewed.diagnostics));
    // Every part begins with an empty line; the first one needs none.
    lines.into_iter().skip_while(String::is_empty).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_new_name_becomes_a_path() {
        let rows = [
            ("email/welcome", "prompts/email/welcome.prompt"),
            ("email/welcome.alder", "prompts/email/welcome.alder.prompt"),
            ("prompts/x.prompt", "prompts/x.prompt"),
            ("library.yaml", "library.yaml"),
        ];
        for (name, path) in rows {
            assert_eq!(new_path(name), path);
        }
    }

    #[test]
    fn the_path_of_a_file_is_taken_from_its_name() {
        let rows = [
            ("-", "prompts/preview.prompt"),
            ("welcome.prompt", "prompts/welcome.prompt"),
            ("../drafts/welcome.prompt", "prompts/welcome.prompt"),
            ("/x/lib/prompts/email/a.prompt", "prompts/email/a.prompt"),
            ("myprompts/a.prompt", "prompts/a.prompt"),
        ];
        for (file, path) in rows {
            assert_eq!(path_of(Path::new(file)), path, "{file}");
        }
    }

    #[test]
    fn a_preview_shows_messages_and_findings() {
        let previewed = from_value::<Previewed>(json!({
            "diagnostics": [{"severity": "warning", "code": "x", "message": "`a` is not used",
                "path": "prompts/a.prompt", "line": 2, "column": 3}],
            "messages": [{"role": "user", "content": "Hi Ann"}], "variables": [], "sections": [],
        }))
        .unwrap();
        assert_eq!(
            tried(&previewed),
            [
                "user",
                "  Hi Ann",
                "",
                "Findings",
                "  warning: prompts/a.prompt:2:3: `a` is not used"
            ]
        );
    }

    #[test]
    fn saved_and_deleted_files_are_told() {
        let file = |version| FileVersion {
            path: "p".into(),
            id: "email/x".into(),
            version,
        };
        assert_eq!(
            saved_files(&[file(Some(5)), file(None)]),
            ["  email/x is version 5", "  email/x is deleted"]
        );
    }
}
