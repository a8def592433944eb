//! The API's description in `docs/openapi.json`: written from the code, never by hand.

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::{output, tree};

/// Where the description is kept.
const FILE: &str = "docs/openapi.json";

/// Writes the description as the code gives it.
pub(crate) fn write() -> Result<ExitCode> {
    let text = generate()?;
    std::fs::write(tree::root().join(FILE), text)
        .with_context(|| format!("cannot write `{FILE}`"))?;
    output::line(&format!("{FILE} is up to date"));
    Ok(ExitCode::SUCCESS)
}

/// Compares the description with the code.
pub(crate) fn check() -> Result<ExitCode> {
    let fresh = generate()?;
    let kept = std::fs::read_to_string(tree::root().join(FILE)).unwrap_or_default();
    let Some(line) = first_difference(&kept, &fresh) else {
        return Ok(ExitCode::SUCCESS);
    };
    output::note(&format!(
        "{FILE}:{line}: differs from the code; run `cargo xtask openapi`"
    ));
    Ok(ExitCode::FAILURE)
}

fn generate() -> Result<String> {
    let mut command = tree::cargo();
    command.args([
        "run",
        "--quiet",
        "--package",
        "variorum-api",
        "--example",
        "openapi",
    ]);
    Ok(String::from_utf8(tree::stdout(&mut command)?)?)
}

/// The number of the first line in which two texts differ.
fn first_difference(kept: &str, fresh: &str) -> Option<usize> {
    if kept == fresh {
        return None;
    }
    let same = kept
        .split('\n')
        .zip(fresh.split('\n'))
        .take_while(|(a, b)| a == b)
        .count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
        assert_eq!(first_difference("a\n", "a"), Some(2));
        assert_eq!(first_difference("a\nb", "a\nb\nc"), Some(3));
    }
}
