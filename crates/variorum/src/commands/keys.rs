//! Keys with which people sign what they push.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::keys::{NewSigningKey, SigningKey, SigningKeys};
use variorum_api_types::releases::Reason;

use super::console::Console;
use super::layout;
use crate::error::CliError;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Lists the keys that count, and the server's own.
    #[command(after_help = "Example: variorum keys list")]
    List,
    /// Registers a public key of yours.
    Add(AddArgs),
    /// Takes a key away; what it signed before stays signed.
    #[command(after_help = "Example: variorum keys remove 3 --reason \"The laptop was lost\"")]
    Remove {
        /// Which, as `variorum keys list` shows it.
        id: i64,
        /// Why, for the audit log.
        #[arg(
            long,
            default_value = "",
            hide_default_value = true,
            value_name = "TEXT"
        )]
        reason: String,
    },
    /// Prints the file with which `git verify-commit` checks signatures.
    #[command(
        after_help = "Example: variorum keys allowed-signers > .git/allowed-signers\n         git config gpg.ssh.allowedSignersFile .git/allowed-signers"
    )]
    AllowedSigners,
}

/// A key to be registered.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum keys add ~/.ssh/id_ed25519.pub --title laptop")]
pub(crate) struct AddArgs {
    /// The file with the public key.
    #[arg(value_name = "FILE.pub")]
    pub file: PathBuf,
    /// A name by which it is recognised; the comment in the key where not given.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub title: String,
}

/// `variorum keys …`
pub(crate) fn run(command: KeysCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        KeysCommand::List => {
            let answer = console.client.get(&["keys"])?;
            console.show(&answer, list)
        }
        KeysCommand::Add(args) => add(&args, console),
        KeysCommand::Remove { id, reason } => {
            let answer = console
                .client
                .delete(&["keys", &id.to_string()], &Reason { reason })?;
            Ok(console.done(&answer, format!("Key {id} does not count any more.")))
        }
        KeysCommand::AllowedSigners => {
            let answer = console.client.get(&["keys", "allowed-signers"])?;
            console.show(&answer, |text: &String| {
                text.lines().map(str::to_owned).collect()
            })
        }
    }
}

fn add(args: &AddArgs, console: &Console) -> Result<ExitCode, CliError> {
    let public_key = std::fs::read_to_string(&args.file).map_err(|error| {
        CliError::user(
            format!("`{}` cannot be read: {error}", args.file.display()),
            "name the file with the public key, e.g. `~/.ssh/id_ed25519.pub`",
        )
    })?;
    let body = NewSigningKey {
        title: args.title.clone(),
        public_key,
    };
    let answer = console.client.post(&["keys"], &body)?;
    console.show(&answer, |key: &SigningKey| {
        vec![format!(
            "Key {} `{}` ({}) counts from now on.",
            key.id, key.title, key.fingerprint
        )]
    })
}

fn list(found: &SigningKeys) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    rows.extend(found.keys.iter().map(|key| {
        vec![
            key.id.to_string(),
            key.title.clone(),
            key.owner.clone(),
            key.fingerprint.clone(),
            key.signed.to_string(),
            layout::moment(&key.added_at),
        ]
    }));
    if let Some(server) = &found.server {
        let own = [
            "",
            "the server's own",
            "server",
            &server.fingerprint,
            "",
            "",
        ];
        rows.push(own.map(str::to_owned).to_vec());
    }
    if rows.is_empty() {
        return vec!["Nobody has registered a key.".to_owned()];
    }
    layout::table(
        &["Id", "Title", "Owner", "Fingerprint", "Signed", "Since"],
        &rows,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_api_types::keys::ServerKey;

    #[test]
    fn keys_are_listed_with_the_servers_own_last() {
        let found = SigningKeys {
            keys: vec![SigningKey {
                id: 3,
                title: "laptop".into(),
                actor: 1,
                owner: "Ann Lee".into(),
                fingerprint: "SHA256:abc".into(),
                public_key: "ssh-ed25519 AAAA".into(),
                added_at: "2026-11-20T10:11:12.000000Z".into(),
                signed: 12,
                not_counting: 0,
                newest: None,
            }],
            server: Some(ServerKey {
                fingerprint: "SHA256:srv".into(),
                public_key: "ssh-ed25519 BBBB".into(),
            }),
        };
        let lines = list(&found);
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains("laptop") && lines[1].contains("2026-11-20 10:11"));
        assert!(lines[2].contains("SHA256:srv"));
    }
}
