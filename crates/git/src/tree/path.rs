//! Which paths the library takes. Git itself takes more; what is refused here would break or harm
//! somebody who clones the library on another system.

use crate::error::GitError;

/// The longest path, in bytes; Windows tools and many archives stop near there.
pub const PATH_BYTES_MAX: usize = 1024;
/// The most components of a path.
pub const PATH_DEPTH_MAX: usize = 32;
/// The longest component, in bytes; the limit of common file systems.
pub const COMPONENT_BYTES_MAX: usize = 255;

/// Checks that a path may be written: short, without `..`, `.git`, control characters, backslashes,
/// device names and other names that some file system treats in a special way.
pub fn check_path(path: &str) -> Result<(), GitError> {
    if path.len() > PATH_BYTES_MAX {
        return Err(refused(
            path,
            format!("it is longer than {PATH_BYTES_MAX} bytes"),
        ));
    }
    if path.split('/').count() > PATH_DEPTH_MAX {
        return Err(refused(
            path,
            format!("it has more than {PATH_DEPTH_MAX} parts"),
        ));
    }
    for component in path.split('/') {
        if let Err(reason) = component_problem(component) {
            return Err(refused(path, reason));
        }
    }
    Ok(())
}

/// Checks one component of a path.
pub(crate) fn check_component(name: &str) -> Result<(), GitError> {
    component_problem(name).map_err(|reason| refused(name, reason))
}

fn component_problem(name: &str) -> Result<(), String> {
    if name.len() > COMPONENT_BYTES_MAX {
        return Err(format!("a part is longer than {COMPONENT_BYTES_MAX} bytes"));
    }
    if name.chars().any(char::is_control) {
        return Err("a part contains a control character".to_owned());
    }
    gix_validate::path::component(
        name.into(),
        None,
        gix_validate::path::component::Options::default(),
    )
    .map(|_| ())
    .map_err(|error| describe(&error).to_owned())
}

fn describe(error: &gix_validate::path::component::Error) -> &'static str {
    use gix_validate::path::component::Error;
    match error {
        Error::Empty => "a part is empty",
        Error::PathSeparator => "a part contains a backslash",
        Error::WindowsPathPrefix => "a part looks like a drive of Windows",
        Error::WindowsReservedName => "a part is a device name of Windows",
        Error::WindowsIllegalCharacter => {
            "a part contains one of `<>:\"|?*` or ends in a dot or space"
        }
        Error::DotGitDir => "a part means `.git` on some system",
        Error::Relative => "a part is `.` or `..`",
        _ => "a part is not allowed",
    }
}

fn refused(path: &str, reason: impl Into<String>) -> GitError {
    let path = path
        .chars()
        .take(120)
        .flat_map(char::escape_debug)
        .collect();
    GitError::InvalidPath {
        path,
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_people_write_and_refuses_what_harms() {
        for good in [
            "a",
            "prompts/email/welcome.prompt",
            "prompts/Größe 2/日本.prompt",
            "a.b/.c",
        ] {
            assert_eq!(check_path(good), Ok(()), "{good}");
        }
        let long = "x".repeat(COMPONENT_BYTES_MAX + 1);
        let deep = vec!["d"; PATH_DEPTH_MAX + 1].join("/");
        let far = vec!["x".repeat(200); 6].join("/");
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            ".git/config",
            "a/.GIT",
            "git~1/x",
            ".git\u{200c}/x",
            ".git ",
            ".git.",
            "a\\b",
            "c:x",
            "NUL",
            "aux.txt",
            "com1",
            "a\0b",
            "a\nb",
            "a?b",
            "trailing.",
            "trailing ",
            "x:y",
            &long,
            &deep,
            &far,
        ] {
            assert!(
                matches!(check_path(bad), Err(GitError::InvalidPath { .. })),
                "{bad:?}"
            );
        }
    }
}
