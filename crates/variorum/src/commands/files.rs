//! Files and standard input that a command is given.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use serde_json::{Map, Value};

use crate::error::CliError;

/// The largest text that is read whole; the server takes no more than this in one request.
const TEXT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Opens a file, or standard input for `-`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, CliError> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    Ok(Box::new(BufReader::new(file)))
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let mut limited = open(path)?.take(TEXT_BYTES_MAX + 1);
    limited
        .read_to_string(&mut text)
        .map_err(|error| unreadable(path, &error))?;
    if text.len() as u64 > TEXT_BYTES_MAX {
        return Err(CliError::user(
            format!("`{}` is longer than {TEXT_BYTES_MAX} bytes", path.display()),
            "is this the right file?",
        ));
    }
    Ok(text)
}

/// Reads the variables of a prompt from a JSON object.
pub(crate) fn variables(path: Option<&Path>) -> Result<Map<String, Value>, CliError> {
    let Some(path) = path else {
        return Ok(Map::new());
    };
    serde_json::from_str(&read(path)?).map_err(|error| {
        CliError::user(
            format!("`{}` is not a JSON object: {error}", path.display()),
            "write it like `{\"name\": \"Ann\", \"items\": [1, 2]}`",
        )
    })
}

/// Why a file cannot be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::user(
        format!("`{}` cannot be read: {error}", path.display()),
        "check the name of the file; `-` reads standard input",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_must_be_an_object() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vars.json");
        std::fs::write(&path, r#"{"name": "Ann"}"#).unwrap();
        assert_eq!(variables(Some(&path)).unwrap()["name"], "Ann");
        std::fs::write(&path, "[1]").unwrap();
        assert!(
            variables(Some(&path))
                .unwrap_err()
                .message
                .contains("is not a JSON object")
        );
        assert!(variables(None).unwrap().is_empty());
    }

    #[test]
    fn a_missing_file_is_the_callers_fault() {
        let error = read(Path::new("/nowhere/at/all")).unwrap_err();
        assert_eq!(error.exit, 1);
        assert!(
            error
                .message
                .starts_with("`/nowhere/at/all` cannot be read"),
            "{}",
            error.message
        );
    }
}
