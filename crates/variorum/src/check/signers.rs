//! Who signed the commits since the base, by a file of allowed signers: the one that
//! `variorum keys allowed-signers` prints and `git verify-commit` reads.

use std::path::Path;

use variorum_domain::id::Time;
use variorum_domain::intake::{Moments, TimeFormat};
use variorum_domain::prompt::Severity;
use variorum_domain::signing::{Committer, KnownKey, Owner, judge};
use variorum_git::commit::parse_commit;
use variorum_git::sshsig::{check_commit, read_public_key};

use super::finding::Finding;
use super::source::Folder;
use crate::error::CliError;

/// The name under which the server signs for whoever is signed in.
const SERVER: &str = "variorum-server";

/// What the signatures come to.
pub(super) struct Signed {
    /// Commits whose signature counts.
    pub counting: usize,
    /// Those whose signature does not, or that have none.
    pub findings: Vec<Finding>,
}

/// Holds commits against a file of allowed signers; where the rules ask for signatures, what lacks one
/// is an error.
pub(super) fn look(
    folder: &Folder,
    commits: &[String],
    file: &Path,
    required: bool,
) -> Result<Signed, CliError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        CliError::user(
            format!("`{}` cannot be read: {error}", file.display()),
            "make it with `variorum keys allowed-signers > FILE`",
        )
    })?;
    let keys = keys(&text);
    let mut signed = Signed {
        counting: 0,
        findings: Vec::new(),
    };
    let bodies = folder.objects(commits)?;
    for oid in commits {
        let bytes = bodies.get(oid).map(Vec::as_slice).unwrap_or_default();
        let commit = parse_commit(bytes).map_err(|error| {
            CliError::user(
                format!("commit `{oid}` cannot be read: {error}"),
                "is the checkout whole? `git fsck` says",
            )
        })?;
        let committer = Committer {
            name: &commit.committer.name,
            email: &commit.committer.email,
        };
        // When it arrives at the server is not known yet; it says itself when it was made.
        let verdict = judge(
            &check_commit(bytes),
            committer,
            commit.committer.time,
            &keys,
        );
        if verdict.counts() {
            signed.counting += 1;
            continue;
        }
        let short: String = oid.chars().take(10).collect();
        let next = "sign it (`git commit --amend -S`, or `git rebase --exec 'git commit --amend --no-edit -S'` \
                    for several) with a key that is registered";
        signed.findings.push(Finding {
            severity: if required {
                Severity::Error
            } else {
                Severity::Warning
            },
            next: next.to_owned(),
            ..Finding::error(
                "unsigned-commit",
                format!("commit {short}: {}", verdict.words()),
            )
        });
    }
    Ok(signed)
}

/// The keys of a file of allowed signers; lines that are for something else than commits are left out.
fn keys(text: &str) -> Vec<KnownKey> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(of_line).collect()
}

fn of_line(line: &str) -> Vec<KnownKey> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let Some(kind) = words
        .iter()
        .position(|word| {
            word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-")
        })
        .filter(|place| *place > 0)
    else {
        return Vec::new();
    };
    let options: Vec<(&str, &str)> = words[1..kind]
        .iter()
        .flat_map(|word| options(word))
        .collect();
    let option = |name: &str| {
        let found = options
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    };
    let for_git =
        option("namespaces").is_none_or(|names| names.split(',').any(|name| name == "git"));
    let Ok(key) = read_public_key(&words[kind..].join(" ")) else {
        return Vec::new();
    };
    if !for_git || option("cert-authority").is_some() {
        return Vec::new();
    }
    let ended_at = option("valid-before").and_then(moment);
    let principals = words[0].trim_matches('"').split(',');
    let of_principal = |principal: &str| KnownKey {
        fingerprint: key.fingerprint.clone(),
        owner: if principal == SERVER {
            Owner::Server
        } else {
            Owner::Somebody {
                name: principal.to_owned(),
                email: principal.to_owned(),
                shut_out_at: None,
            }
        },
        ended_at,
    };
    principals.map(of_principal).collect()
}

/// Options with commas between them; a value may hold commas where it stands in quotes.
fn options(word: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let (mut begin, mut quoted) = (0, false);
    let ends = word
        .char_indices()
        .chain(std::iter::once((word.len(), ',')));
    for (place, letter) in ends {
        quoted ^= letter == '"';
        if letter == ',' && (!quoted || place == word.len()) {
            let part = &word[begin..place];
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            found.push((name, value.trim_matches('"')));
            begin = place + 1;
        }
    }
    found
}

/// A moment as OpenSSH writes it: a day, with or without a time, in UTC where a `Z` follows.
fn moment(text: &str) -> Option<Time> {
    let digits = text.trim_end_matches('Z');
    let padded = format!("{digits:0<14}");
    let format = TimeFormat::Pattern("%Y%m%d%H%M%S".to_owned());
    Moments::new(&format, "").ok()?.read(&padded)
}

#[cfg(test)]
mod tests {
    use variorum_domain::signing::allowed_signer;

    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7sc8bGDSdPQy7ZEuPHUbMKIMYTlvXBkZ7rVGlt9ONk";

    #[test]
    fn the_file_that_the_server_prints_is_read() {
        let ended = Time::from_seconds(1_795_076_100);
        let text = [
            "# Who may sign".to_owned(),
            allowed_signer("variorum-server", KEY, None).unwrap(),
            allowed_signer("ann@acme.example", KEY, Some(ended)).unwrap(),
            format!("bob@acme.example,rob@acme.example {KEY} bob@laptop"),
            format!("eve@acme.example namespaces=\"file,mail\" {KEY}"),
            format!("*@acme.example cert-authority {KEY}"),
            "nonsense".to_owned(),
            "zoe@acme.example ssh-ed25519 nonsense".to_owned(),
        ]
        .join("\n");
        let found = keys(&text);
        let shown: Vec<(String, Option<Time>)> = found
            .iter()
            .map(|key| match &key.owner {
                Owner::Server => ("server".to_owned(), key.ended_at),
                Owner::Somebody { email, .. } => (email.clone(), key.ended_at),
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("server".to_owned(), None),
                ("ann@acme.example".to_owned(), Some(ended)),
                ("bob@acme.example".to_owned(), None),
                ("rob@acme.example".to_owned(), None),
            ]
        );
        assert!(
            found
                .iter()
                .all(|key| key.fingerprint.starts_with("SHA256:"))
        );
    }
}
