//! SSH signatures over commits and tags, as `git` makes and checks them with `gpg.format=ssh`.
//!
//! Knows keys and bytes, nothing of whose a key is or whether it counts.

use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, LineEnding, PrivateKey, SshSig};
use thiserror::Error;
use variorum_domain::signing::Found;

use crate::commit::{NewCommit, SIGNATURE_HEADER, encode_commit, split_signature};
use crate::error::GitError;
use crate::tag::{NewTag, encode_tag};

/// What `git` signs; a signature made for another purpose does not count.
const NAMESPACE: &str = "git";
/// The longest public key that is read, a comment included.
const KEY_BYTES_MAX: usize = 4_096;
/// The longest signature that is read.
const SIGNATURE_BYTES_MAX: usize = 16 * 1024;
/// How a signature by SSH begins, in a commit's header and at the end of a tag.
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";

/// Why a text is not a public key that can be used here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyFault {
    /// It is not a public key at all.
    #[error("this is not a public SSH key: {0}")]
    Unreadable(String),
    /// It is a private key.
    #[error("this is a private key")]
    Private,
    /// It is of a kind that is not checked here.
    #[error("keys of the kind `{0}` are not checked here")]
    Kind(String),
}

/// A public key, ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The key as it stands in a `.pub` file, without its comment.
    pub line: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The comment behind it, which is often `name@machine`.
    pub comment: String,
}

/// Reads a line of a `.pub` file.
pub fn read_public_key(text: &str) -> Result<PublicKey, KeyFault> {
    let text = text.trim();
    if text.contains("PRIVATE KEY") {
        return Err(KeyFault::Private);
    }
    if text.len() > KEY_BYTES_MAX {
        return Err(KeyFault::Unreadable("it is too long".to_owned()));
    }
    let mut key = ssh_key::PublicKey::from_openssh(text)
        .map_err(|error| KeyFault::Unreadable(error.to_string()))?;
    if !is_checked(&key.algorithm()) {
        return Err(KeyFault::Kind(key.algorithm().to_string()));
    }
    let comment = key.comment().to_owned();
    key.set_comment("");
    let line = key
        .to_openssh()
        .map_err(|error| KeyFault::Unreadable(error.to_string()))?;
    Ok(PublicKey {
        line: line.trim_end().to_owned(),
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        comment,
    })
}

fn is_checked(kind: &Algorithm) -> bool {
    matches!(
        kind,
        Algorithm::Ed25519
            | Algorithm::SkEd25519
            | Algorithm::Ecdsa {
                curve: EcdsaCurve::NistP256 | EcdsaCurve::NistP384
            }
    )
}

/// A private Ed25519 key that signs.
#[derive(Clone)]
pub struct SigningKey {
    key: PrivateKey,
    public: PublicKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SigningKey")
            .field(&self.public.fingerprint)
            .finish()
    }
}

impl SigningKey {
    /// The key of a seed of random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, GitError> {
        let failed = |error: ssh_key::Error| GitError::malformed("key", error.to_string());
        let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(seed));
        let key = PrivateKey::new(pair, "").map_err(failed)?;
        let line = key.public_key().to_openssh().map_err(failed)?;
        let public = PublicKey {
            line: line.trim_end().to_owned(),
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            comment: String::new(),
        };
        Ok(Self { key, public })
    }

    /// What others check its signatures with.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, payload: &[u8]) -> Result<String, GitError> {
        let failed = |error: ssh_key::Error| GitError::malformed("signature", error.to_string());
        let signature = self
            .key
            .sign(NAMESPACE, HashAlg::Sha512, payload)
            .map_err(failed)?;
        signature.to_pem(LineEnding::LF).map_err(failed)
    }
}

/// Signs a commit; returns it with its signature among the headers.
pub fn sign_commit(mut commit: NewCommit, key: &SigningKey) -> Result<NewCommit, GitError> {
    let signature = key.sign(&encode_commit(&commit)?)?;
    let value = signature.trim_end().to_owned();
    commit
        .extra_headers
        .push((SIGNATURE_HEADER.to_owned(), value));
    Ok(commit)
}

/// Signs a tag; returns it with its signature at the end of its message.
pub fn sign_tag(mut tag: NewTag, key: &SigningKey) -> Result<NewTag, GitError> {
    if !tag.message.ends_with('\n') {
        tag.message.push('\n');
    }
    let signature = key.sign(&encode_tag(&tag)?)?;
    tag.message.push_str(signature.trim_end());
    tag.message.push('\n');
    Ok(tag)
}

/// Looks at the signature of a commit, given as its bytes.
pub fn check_commit(bytes: &[u8]) -> Found {
    match split_signature(bytes) {
        None => Found::Unsigned,
        Some((signature, payload)) => check(&signature, &payload),
    }
}

/// Looks at the signature of a tag, given as its bytes.
pub fn check_tag(bytes: &[u8]) -> Found {
    let marks = [BEGIN, "-----BEGIN PGP SIGNATURE-----"];
    let mut begin = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if marks.iter().any(|mark| line.starts_with(mark.as_bytes())) {
            let (payload, signature) = bytes.split_at(begin);
            return check(&String::from_utf8_lossy(signature), payload);
        }
        begin += line.len();
    }
    Found::Unsigned
}

fn check(signature: &str, payload: &[u8]) -> Found {
    let broken = |reason: &str| Found::Broken(reason.to_owned());
    if signature.len() > SIGNATURE_BYTES_MAX {
        return broken("it is too long");
    }
    if !signature.trim_start().starts_with(BEGIN) {
        return broken("only signatures by SSH keys are checked here");
    }
    let Ok(parsed) = SshSig::from_pem(signature.trim()) else {
        return broken("it cannot be read");
    };
    if parsed.namespace() != NAMESPACE {
        return broken("it was made for another purpose than Git");
    }
    let key = ssh_key::PublicKey::from(parsed.public_key().clone());
    if !is_checked(&key.algorithm()) {
        return Found::Broken(format!(
            "keys of the kind `{}` are not checked here",
            key.algorithm()
        ));
    }
    match key.verify(NAMESPACE, payload, &parsed) {
        Ok(()) => Found::Genuine(key.fingerprint(HashAlg::Sha256).to_string()),
        Err(_) => broken("it does not fit what was signed; something was changed afterwards"),
    }
}

#[cfg(test)]
mod tests {
    use variorum_domain::id::{Oid, Time};

    use super::*;
    use crate::object::Kind;
    use crate::signature::Signature;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32]).unwrap()
    }

    fn commit() -> NewCommit {
        let ann = Signature::utc("Ann", "ann@acme.example", Time::from_seconds(1_000_000_000));
        NewCommit {
            tree: Oid([7; 20]),
            parents: vec![Oid([8; 20])],
            author: ann.clone(),
            committer: ann,
            extra_headers: Vec::new(),
            message: "One\n\nTwo\n".into(),
        }
    }

    #[test]
    fn a_signature_holds_for_exactly_its_bytes() {
        let signed = sign_commit(commit(), &key(1)).unwrap();
        let bytes = encode_commit(&signed).unwrap();
        let fingerprint = key(1).public().fingerprint.clone();
        assert_eq!(check_commit(&bytes), Found::Genuine(fingerprint));
        assert_eq!(
            check_commit(&encode_commit(&commit()).unwrap()),
            Found::Unsigned
        );
        // Whatever byte is flipped outside of the signature itself, what was genuine is not any more.
        let text = String::from_utf8(bytes.clone()).unwrap();
        let begin = text.find("gpgsig").unwrap();
        let end = text.find("END SSH SIGNATURE-----").unwrap() + "END SSH SIGNATURE-----".len();
        for place in (0..begin).chain(end..bytes.len()) {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            let found = check_commit(&altered);
            assert_ne!(
                found,
                Found::Genuine(key(1).public().fingerprint.clone()),
                "byte {place}"
            );
        }
    }

    #[test]
    fn tags_are_signed_at_their_end() {
        let tag = NewTag {
            target: Oid([7; 20]),
            target_kind: Kind::Commit,
            name: "release/1".into(),
            tagger: None,
            message: "First".into(),
        };
        let plain = encode_tag(&tag).unwrap();
        assert_eq!(check_tag(&plain), Found::Unsigned);
        let signed = encode_tag(&sign_tag(tag, &key(2)).unwrap()).unwrap();
        let expected = Found::Genuine(key(2).public().fingerprint.clone());
        assert_eq!(check_tag(&signed), expected);
        let text = String::from_utf8(signed).unwrap();
        let altered = text.replace("First", "Fifth");
        assert!(matches!(check_tag(altered.as_bytes()), Found::Broken(_)));
    }

    #[test]
    fn table_of_texts_that_are_no_keys() {
        let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7 x";
        let rows = ["", "ssh-ed25519", "ssh-ed25519 AAAA", rsa, "hello world"];
        for text in rows {
            let fault = read_public_key(text).unwrap_err();
            assert!(
                matches!(fault, KeyFault::Unreadable(_) | KeyFault::Kind(_)),
                "{text}"
            );
        }
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA";
        assert_eq!(read_public_key(private), Err(KeyFault::Private));
        let line = format!("{} ann@laptop\n", key(1).public().line);
        let read = read_public_key(&line).unwrap();
        assert_eq!(read.comment, "ann@laptop");
        assert_eq!(read.line, key(1).public().line);
        assert_eq!(read.fingerprint, key(1).public().fingerprint);
    }
}
