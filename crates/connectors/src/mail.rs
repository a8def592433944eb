//! E-mail over SMTP.

use std::time::{Duration, SystemTime};

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};
use thiserror::Error;
use variorum_ports::notifier::{Notification, NotifyError};

/// How long a mail server may take for each answer.
const TIMEOUT_SECONDS: u64 = 20;

/// Why a mail server cannot be used.
#[derive(Debug, Error)]
pub enum MailFault {
    /// The address is not understood.
    #[error("`{0}` is no address of a mail server; write e.g. `smtps://mail.example.com`")]
    Url(String),
    /// A password stands in the address.
    #[error("the password must not stand in the address of the mail server")]
    Password,
    /// The certificate of the authority cannot be used.
    #[error("the certificate of the mail server's authority cannot be used: {0}")]
    Authority(String),
    /// The sender is no address.
    #[error("`{0}` is no sender; write e.g. `Variorum <variorum@example.com>`")]
    Sender(String),
}

/// A mail server, and who writes.
pub struct MailServer {
    transport: SmtpTransport,
    from: Mailbox,
    shown: String,
}

impl MailServer {
    /// Reads `smtps://host`, or `smtp://host:587?tls=required`; the user and the password come apart.
    pub fn new(url: &str, from: &str, user: Option<(&str, &str)>) -> Result<Self, MailFault> {
        Self::trusting(url, from, user, None)
    }

    /// The same for a server whose certificate an authority of one's own has given; its certificate
    /// is PEM. The authorities of the machine are trusted beside it.
    pub fn trusting(
        url: &str,
        from: &str,
        user: Option<(&str, &str)>,
        authority: Option<&[u8]>,
    ) -> Result<Self, MailFault> {
        let shown = url.split('?').next().unwrap_or(url).to_owned();
        if shown.contains('@') {
            return Err(MailFault::Password);
        }
        let builder = SmtpTransport::from_url(url).map_err(|_| MailFault::Url(shown.clone()))?;
        let mut builder = builder.timeout(Some(Duration::from_secs(TIMEOUT_SECONDS)));
        if let Some(pem) = authority {
            builder = builder.tls(tls(url, pem)?);
        }
        if let Some((name, password)) = user {
            builder = builder.credentials(Credentials::new(name.to_owned(), password.to_owned()));
        }
        let from: Mailbox = from
            .parse()
            .map_err(|_| MailFault::Sender(from.to_owned()))?;
        Ok(Self {
            transport: builder.build(),
            from,
            shown,
        })
    }

    /// The server's address, without what is secret.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The sender.
    pub(crate) fn from(&self) -> String {
        self.from.to_string()
    }

    /// Sends a message and waits for the answer.
    pub(crate) fn send(&self, to: &str, message: &Notification) -> Result<String, NotifyError> {
        let refused = |why: String| NotifyError::Refused(why);
        let to: Mailbox = to
            .parse()
            .map_err(|_| refused(format!("`{to}` is no e-mail address")))?;
        let host = self.from.email.domain();
        let micros = u64::try_from(message.at.0).unwrap_or(0);
        let mail = Message::builder()
            // The same for every try, so that a mailbox can tell a repetition.
            .message_id(Some(format!("<{}@{host}>", message.key)))
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
            .from(self.from.clone())
            .to(to)
            .subject(message.subject.clone())
            .body(message.text.clone())
            .map_err(|error| refused(format!("the e-mail cannot be written: {error}")))?;
        match self.transport.send(&mail) {
            Ok(answer) => {
                let code = answer.code();
                let words: Vec<&str> = answer.message().collect();
                Ok(format!("{code} {}", words.join(" ")))
            }
            Err(error) if error.is_permanent() => Err(refused(error.to_string())),
            Err(error) => Err(NotifyError::Failed(error.to_string())),
        }
    }
}

/// TLS as the address asks for it, with a further authority.
fn tls(url: &str, authority: &[u8]) -> Result<Tls, MailFault> {
    let fault = |error: lettre::transport::smtp::Error| MailFault::Authority(error.to_string());
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split([':', '/', '?']).next().unwrap_or(rest);
    // An empty list of certificates is read without a complaint, and trusts nobody.
    if !String::from_utf8_lossy(authority).contains("-----BEGIN CERTIFICATE-----") {
        return Err(MailFault::Authority("it holds no certificate".to_owned()));
    }
    let certificate = Certificate::from_pem(authority).map_err(fault)?;
    let builder = TlsParameters::builder(host.to_owned()).add_root_certificate(certificate);
    let parameters = builder.build_rustls().map_err(fault)?;
    Ok(match scheme {
        "smtps" => Tls::Wrapper(parameters),
        _ if rest.contains("tls=required") => Tls::Required(parameters),
        _ if rest.contains("tls=opportunistic") => Tls::Opportunistic(parameters),
        _ => Tls::None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_address_is_refused() {
        let rows = [
            (
                "smtp://ann:secret@mail.example.com",
                "a@b.c",
                "must not stand",
            ),
            (
                "http://mail.example.com",
                "a@b.c",
                "no address of a mail server",
            ),
            ("smtp://mail.example.com", "nobody", "no sender"),
        ];
        for (url, from, words) in rows {
            let fault = MailServer::new(url, from, None)
                .err()
                .map(|one| one.to_string());
            assert!(fault.is_some_and(|text| text.contains(words)), "{url}");
        }
        assert!(MailServer::new("smtps://mail.example.com", "V <v@example.com>", None).is_ok());
        let url = "smtps://mail.example.com";
        let fault = MailServer::trusting(url, "v@example.com", None, Some(b"no certificate"));
        let fault = fault.err().map(|one| one.to_string()).unwrap_or_default();
        assert!(fault.contains("cannot be used"), "{fault}");
    }
}
