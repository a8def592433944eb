//! What telling people needs of this machine: a mail server, and secrets by their names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use variorum_app::Context;
use variorum_connectors::{Connectors, FindSecret, MailServer};
use variorum_domain::escalation::SecretName;

use crate::error::CliError;

/// How people are told of incidents.
#[derive(Debug, Clone, Args)]
pub(crate) struct NotifyArgs {
    /// The mail server, e.g. `smtps://mail.example.com` or
    /// `smtp://mail.example.com:587?tls=required`; without it no e-mail is sent.
    #[arg(long, env = "VARIORUM_SMTP", value_name = "URL")]
    pub smtp: Option<String>,
    /// Who writes e-mails, e.g. `Variorum <variorum@example.com>`.
    #[arg(
        long,
        env = "VARIORUM_SMTP_FROM",
        default_value = "Variorum <variorum@localhost>",
        value_name = "ADDRESS"
    )]
    pub smtp_from: String,
    /// The user at the mail server. The password is in the environment variable
    /// `VARIORUM_SMTP_PASSWORD`, or in a file.
    #[arg(long, env = "VARIORUM_SMTP_USER", value_name = "NAME")]
    pub smtp_user: Option<String>,
    /// The file with the password for the mail server.
    #[arg(long, env = "VARIORUM_SMTP_PASSWORD_FILE", value_name = "FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// The certificate (PEM) of an authority of your own that the mail server's comes from.
    #[arg(long, env = "VARIORUM_SMTP_AUTHORITY", value_name = "FILE")]
    pub smtp_authority: Option<PathBuf>,
    /// The folder with the secrets of webhooks, one a file.
    #[arg(long, env = "VARIORUM_NOTIFY_SECRETS", value_name = "DIR")]
    pub notify_secrets: Option<PathBuf>,
    /// Lets webhooks lie at private addresses and speak without TLS.
    #[arg(long, env = "VARIORUM_NOTIFY_PRIVATE")]
    pub notify_private: bool,
}

/// Lets a context tell people.
pub(crate) fn allow_notices(ctx: &mut Context, args: &NotifyArgs) -> Result<(), CliError> {
    ctx.notifier = Arc::new(connectors(args)?);
    Ok(())
}

/// Makes what sends messages.
fn connectors(args: &NotifyArgs) -> Result<Connectors, CliError> {
    let mail = args.smtp.as_deref().filter(|url| !url.is_empty());
    let mail = mail.map(|url| mail_server(url, args)).transpose()?;
    let secrets = secrets(args.notify_secrets.clone());
    Ok(Connectors::new(mail, secrets, args.notify_private))
}

fn mail_server(url: &str, args: &NotifyArgs) -> Result<MailServer, CliError> {
    let fault = |message: String| {
        CliError::user(
            message,
            "set `--smtp`, `--smtp-from`, `--smtp-user` and `--smtp-password-file`, or start without \
             `--smtp`",
        )
    };
    let password = match &args.smtp_password_file {
        Some(file) => Some(read(file).ok_or_else(|| {
            fault(format!(
                "the password in `{}` cannot be read",
                file.display()
            ))
        })?),
        None => variable("VARIORUM_SMTP_PASSWORD"),
    };
    let user = match (args.smtp_user.as_deref(), password.as_deref()) {
        (Some(name), Some(password)) => Some((name, password)),
        (Some(name), None) => {
            return Err(fault(format!("there is no password for the user `{name}`")));
        }
        (None, _) => None,
    };
    let authority = match &args.smtp_authority {
        Some(file) => Some(
            std::fs::read(file)
                .map_err(|error| fault(format!("`{}` cannot be read: {error}", file.display())))?,
        ),
        None => None,
    };
    MailServer::trusting(url, &args.smtp_from, user, authority.as_deref())
        .map_err(|error| fault(error.to_string()))
}

fn read(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn variable(name: &str) -> Option<String> {
    let text = std::env::var_os(name)?.into_string().ok()?;
    (!text.is_empty()).then_some(text)
}

/// Finds secrets by their names: in the environment, or in the folder of secrets.
fn secrets(folder: Option<PathBuf>) -> FindSecret {
    Arc::new(move |name: &SecretName| match name {
        SecretName::Variable(name) => variable(name),
        SecretName::File(name) => folder.as_ref().and_then(|folder| read(&folder.join(name))),
    })
}

#[cfg(test)]
mod tests {
    use variorum_ports::Notifier as _;

    use super::*;

    type Edit = fn(&mut NotifyArgs);

    fn args() -> NotifyArgs {
        NotifyArgs {
            smtp: Some("smtps://mail.example.com".into()),
            smtp_from: "Variorum <v@example.com>".into(),
            smtp_user: None,
            smtp_password_file: None,
            smtp_authority: None,
            notify_secrets: None,
            notify_private: false,
        }
    }

    #[test]
    fn a_mail_server_is_read_and_faults_are_named() {
        let means = connectors(&args()).map(|one| one.means());
        assert!(means.is_ok_and(|means| means.mail_server.is_some()));
        let rows: [(Edit, &str); 3] = [
            (
                |args| args.smtp = Some("mail".into()),
                "no address of a mail server",
            ),
            (|args| args.smtp_from = "nobody".into(), "no sender"),
            (
                |args| {
                    args.smtp_user = Some("v".into());
                    args.smtp_password_file = Some("missing".into());
                },
                "cannot be read",
            ),
        ];
        for (edit, words) in rows {
            let mut args = args();
            edit(&mut args);
            let fault = connectors(&args).err().map(|error| format!("{error:?}"));
            assert!(
                fault.as_ref().is_some_and(|text| text.contains(words)),
                "{fault:?}"
            );
        }
    }

    #[test]
    fn secrets_are_found_in_the_folder_only() {
        let folder = tempfile::tempdir().map(|dir| {
            let written = std::fs::write(dir.path().join("ops"), " key\n");
            (dir, written.is_ok())
        });
        let Ok((dir, true)) = folder else {
            unreachable!("a folder for the test can be made");
        };
        let find = secrets(Some(dir.path().to_owned()));
        assert_eq!(
            find(&SecretName::File("ops".into())).as_deref(),
            Some("key")
        );
        assert_eq!(find(&SecretName::File("other".into())), None);
        assert_eq!(secrets(None)(&SecretName::File("ops".into())), None);
    }
}
