//! Where a remote is, whether the server may go there, and how a secret is named.

use std::fmt;

use thiserror::Error;

use crate::limits::REMOTE_URL_BYTES_MAX;

/// What the name of an environment variable with a secret begins with, so that no other variable of
/// the server can be sent away.
const VARIABLE_PREFIX: &str = "VARIORUM_MIRROR_";

/// Why a text is not taken as the address of a remote, or of its secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressFault {
    /// It is not an address.
    #[error("this is not the address of a Git repository: {0}")]
    Malformed(&'static str),
    /// Another kind of address than is spoken here.
    #[error("addresses that begin with `{0}` are not spoken here; use https, http, ssh or file")]
    Scheme(String),
    /// There is a name or a secret in it.
    #[error("the address holds a user name or a password")]
    Secret,
    /// The name of a secret is not one that may be used.
    #[error("a credential is named as `env:{VARIABLE_PREFIX}…` or `file:NAME`")]
    Credential,
}

/// The address of a remote, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    scheme: String,
    /// Who signs in by ssh; empty elsewhere.
    user: String,
    /// Host and port, in lower case; empty for files.
    authority: String,
    /// Begins with a slash.
    path: String,
}

impl RemoteUrl {
    /// Takes an address apart. What could be read in two ways is refused.
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        let malformed = AddressFault::Malformed;
        if text.len() > REMOTE_URL_BYTES_MAX {
            return Err(malformed("it is too long"));
        }
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || "\\\"'`<>^{|}".contains(c);
        if text.contains(is_odd) || !text.is_ascii() {
            return Err(malformed("it holds letters that no address has"));
        }
        let (scheme, rest) = text.split_once("://").ok_or(malformed(
            "write it like `https://git.example.com/team/library.git`",
        ))?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "https" | "http" | "ssh" | "file") {
            return Err(AddressFault::Scheme(scheme));
        }
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let (user, authority) = match authority.split_once('@') {
            None => ("", authority),
            // Over ssh a name is no secret; without one it would be that of the server's own user.
            Some((user, authority)) if scheme == "ssh" && is_user(user) => (user, authority),
            Some(_) => return Err(AddressFault::Secret),
        };
        if path.contains(['?', '#', '%']) || path.contains("//") {
            return Err(malformed("`?`, `#`, `%` and `//` have no place in it"));
        }
        if path.split('/').any(|part| part == ".." || part == ".") {
            return Err(malformed("`..` has no place in it"));
        }
        let authority = authority.to_ascii_lowercase();
        let host_letter = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if !authority.chars().all(host_letter) || authority.starts_with('-') {
            return Err(malformed("the name of the machine is odd"));
        }
        match (scheme.as_str(), authority.is_empty()) {
            ("file", false) => return Err(malformed("a file has no machine before its path")),
            ("https" | "http" | "ssh", true) => {
                return Err(malformed("there is no machine in it"));
            }
            _ => {}
        }
        Ok(Self {
            scheme,
            user: user.to_owned(),
            authority,
            path: path.to_owned(),
        })
    }

    /// `https`, `http`, `ssh` or `file`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.user.is_empty() { "" } else { "@" };
        let (scheme, user) = (&self.scheme, &self.user);
        write!(f, "{scheme}://{user}{at}{}{}", self.authority, self.path)
    }
}

/// Whether a text is the name of a user, and nothing that a program could take for an option.
fn is_user(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && !text.starts_with('-') && text.chars().all(letter)
}

/// Where whoever runs the server lets it go: beginnings of addresses. Nowhere by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowed(Vec<RemoteUrl>);

impl Allowed {
    /// Reads beginnings of addresses, such as `https://github.com/acme/` or `file:///srv/git/`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, AddressFault> {
        let parsed: Result<Vec<_>, _> = texts.into_iter().map(RemoteUrl::parse).collect();
        Ok(Self(parsed?))
    }

    /// Whether an address lies below one of them; a beginning ends at the border of a folder.
    pub fn allows(&self, url: &RemoteUrl) -> bool {
        self.0.iter().any(|known| {
            let folder = known.path.trim_end_matches('/');
            let below = url
                .path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            known.scheme == url.scheme && known.authority == url.authority && below
        })
    }

    /// The beginnings, as they are shown.
    pub fn list(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

/// By which name the server finds a remote's secret; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// None is needed.
    None,
    /// An environment variable of the server.
    Variable(String),
    /// A file in the server's folder of secrets.
    File(String),
}

impl Credential {
    /// Reads `env:VARIORUM_MIRROR_…` or `file:NAME`; the empty text is none.
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        let plain = |name: &str| {
            let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            !name.is_empty()
                && name.len() <= 100
                && !name.starts_with('.')
                && name.chars().all(letter)
        };
        match text.split_once(':') {
            None if text.is_empty() => Ok(Self::None),
            Some(("env", name)) if plain(name) && name.starts_with(VARIABLE_PREFIX) => {
                Ok(Self::Variable(name.to_owned()))
            }
            Some(("file", name)) if plain(name) => Ok(Self::File(name.to_owned())),
            _ => Err(AddressFault::Credential),
        }
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Variable(name) => write!(f, "env:{name}"),
            Self::File(name) => write!(f, "file:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_addresses() {
        let fine = [
            "https://github.com/acme/library.git",
            "HTTPS://GitHub.com/acme/library.git",
            "http://127.0.0.1:4870/git/main.git",
            "https://[::1]:8443/x",
            "file:///srv/git/library.git",
            "ssh://git@github.com/acme/library.git",
            "ssh://git@git.example.com:2222/library.git",
        ];
        for text in fine {
            assert!(RemoteUrl::parse(text).is_ok(), "{text}");
        }
        let bad = [
            "",
            "github.com/acme",
            "git@github.com:acme/library.git",
            "ssh://git:secret@github.com/acme",
            "ssh://-oProxyCommand=x@github.com/acme",
            "ssh://-oProxyCommand=x/acme",
            "ssh://@github.com/acme",
            "ext::sh -c touch% /tmp/x",
            "https://ann:secret@github.com/acme",
            "https://ann@github.com/acme",
            "https:///acme",
            "https://github.com/acme/../other",
            "https://github.com/acme/%2e%2e/other",
            "https://github.com/acme?x=1",
            "https://github.com//acme",
            "https://git hub.com/acme",
            "https://github.com\\@evil.example/acme",
            "https://github.com:443\n/acme",
            "file://machine/srv/git",
            "file:///srv/git/../../etc",
            "--upload-pack=x",
        ];
        for text in bad {
            assert!(RemoteUrl::parse(text).is_err(), "{text}");
        }
        let long = format!("https://a.example/{}", "x".repeat(REMOTE_URL_BYTES_MAX));
        assert!(RemoteUrl::parse(&long).is_err());
    }

    #[test]
    fn table_of_places_a_server_may_go_to() {
        let allowed = Allowed::parse([
            "https://github.com/acme/",
            "file:///srv/git",
            "ssh://git.example.com/",
        ])
        .unwrap();
        let rows = [
            ("https://github.com/acme/library.git", true),
            ("https://GITHUB.com/acme/library.git", true),
            ("https://github.com/acme", true),
            ("https://github.com/acmeX/library.git", false),
            ("https://github.com/other/library.git", false),
            ("https://github.com.evil.example/acme/x", false),
            ("https://github.com:8443/acme/x", false),
            ("http://github.com/acme/library.git", false),
            ("ssh://git@github.com/acme/library.git", false),
            ("ssh://git@git.example.com/library.git", true),
            ("file:///srv/git/library.git", true),
            ("file:///srv/gitx/library.git", false),
            ("file:///etc/passwd", false),
            ("http://169.254.169.254/latest", false),
        ];
        for (text, expected) in rows {
            let url = RemoteUrl::parse(text).unwrap();
            assert_eq!(allowed.allows(&url), expected, "{text}");
            assert!(!Allowed::default().allows(&url), "nowhere by default");
        }
    }

    #[test]
    fn a_credential_is_a_name_of_its_own_kind() {
        for text in ["", "env:VARIORUM_MIRROR_ORIGIN", "file:origin.token"] {
            assert_eq!(Credential::parse(text).unwrap().to_string(), text);
        }
        let bad = [
            "env:HOME",
            "env:VARIORUM_TOKEN",
            "env:",
            "file:/etc/shadow",
            "file:../x",
            "file:.hidden",
            "secret",
            "ghp_0123",
        ];
        for text in bad {
            assert_eq!(
                Credential::parse(text),
                Err(AddressFault::Credential),
                "{text}"
            );
        }
    }
}
