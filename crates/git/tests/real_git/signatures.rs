//! SSH signatures: what `git` and `ssh-keygen` sign holds here, and what is signed here holds there.

use std::path::Path;
use std::process::Command;

use variorum_domain::id::{Oid, Time};
use variorum_domain::signing::Found;
use variorum_git::commit::{NewCommit, encode_commit, parse_commit, split_signature};
use variorum_git::object::{EMPTY_TREE, Kind};
use variorum_git::signature::Signature;
use variorum_git::sshsig::{
    KeyFault, SigningKey, check_commit, check_tag, read_public_key, sign_commit, sign_tag,
};
use variorum_git::tag::{NewTag, encode_tag};

use crate::repository::{Repository, TIME};

/// Makes a pair of keys in a folder; returns the private one's file and the public one's line.
fn pair(folder: &Path, kind: &[&str]) -> (String, String) {
    let name = kind.join("");
    let file = folder.join(&name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-C", "bo@acme.example", "-t"])
        .args(kind)
        .arg("-f")
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let public = std::fs::read_to_string(folder.join(format!("{name}.pub"))).unwrap();
    (file.display().to_string(), public)
}

/// A commit that `git` has signed with a key, as its bytes.
fn signed_by_git(repository: &Repository, key: &str) -> Vec<u8> {
    let tree = EMPTY_TREE.to_string();
    repository.git_with(&["hash-object", "-t", "tree", "-w", "--stdin"], b"");
    let setting = format!("user.signingkey={key}");
    let arguments = [
        "-c",
        "gpg.format=ssh",
        "-c",
        &setting,
        "commit-tree",
        "-S",
        &tree,
        "-m",
        "Signed",
    ];
    let oid = repository.git(&arguments);
    repository.git_bytes(&["cat-file", "commit", &oid], b"")
}

#[test]
fn what_git_signs_holds_here() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::new();
    for kind in [
        &["ed25519"][..],
        &["ecdsa", "-b", "256"],
        &["ecdsa", "-b", "384"],
    ] {
        let (file, public) = pair(folder.path(), kind);
        let bytes = signed_by_git(&repository, &file);
        let key = read_public_key(&public).unwrap();
        assert_eq!(
            check_commit(&bytes),
            Found::Genuine(key.fingerprint.clone()),
            "{kind:?}"
        );
        let told = Command::new("ssh-keygen")
            .args(["-l", "-f", &format!("{file}.pub")])
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&told.stdout).contains(&key.fingerprint));
        let altered = String::from_utf8(bytes)
            .unwrap()
            .replace("Signed", "Forged");
        let found = check_commit(altered.as_bytes());
        assert!(matches!(found, Found::Broken(_)), "{kind:?}: {found:?}");
    }
}

#[test]
fn kinds_of_keys_that_are_not_checked_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::new();
    for kind in [&["rsa", "-b", "2048"][..], &["ecdsa", "-b", "521"]] {
        let (file, public) = pair(folder.path(), kind);
        assert!(
            matches!(read_public_key(&public), Err(KeyFault::Kind(_))),
            "{kind:?}"
        );
        let found = check_commit(&signed_by_git(&repository, &file));
        assert!(
            matches!(&found, Found::Broken(reason) if reason.contains("not checked here")),
            "{kind:?}: {found:?}"
        );
    }
}

#[test]
fn a_signature_made_for_another_purpose_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::new();
    let (file, _) = pair(folder.path(), &["ed25519"]);
    let bytes = signed_by_git(&repository, &file);
    let (_, payload) = split_signature(&bytes).unwrap();
    let text = folder.path().join("payload");
    std::fs::write(&text, &payload).unwrap();
    let made = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", "file", "-f", &file])
        .arg(&text)
        .output()
        .unwrap();
    assert!(made.status.success());
    let signature = std::fs::read_to_string(folder.path().join("payload.sig")).unwrap();
    let mut commit = parse_commit(&bytes).unwrap();
    commit.extra_headers[0].1 = signature.trim_end().to_owned();
    let found = check_commit(&encode_commit(&commit).unwrap());
    assert!(
        matches!(&found, Found::Broken(reason) if reason.contains("another purpose")),
        "{found:?}"
    );
}

#[test]
fn what_is_signed_here_holds_there() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::new();
    let key = SigningKey::from_seed(&[9; 32]).unwrap();
    let signers = folder.path().join("signers");
    let line = format!("server namespaces=\"git\" {}\n", key.public().line);
    std::fs::write(&signers, line).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    repository.git_with(&["hash-object", "-t", "tree", "-w", "--stdin"], b"");
    let ann = Signature::utc("Ann Lee", "ann@acme.example", Time::from_seconds(TIME));
    let messages = ["One\n", "Ünder\n\nLines\n\n\n", "no end", ""];
    for message in messages {
        let commit = NewCommit {
            tree: EMPTY_TREE,
            parents: Vec::new(),
            author: ann.clone(),
            committer: ann.clone(),
            extra_headers: Vec::new(),
            message: message.into(),
        };
        let bytes = encode_commit(&sign_commit(commit, &key).unwrap()).unwrap();
        let oid = written(&repository, Kind::Commit, &bytes);
        let verified = repository.run(&["-c", &setting, "verify-commit", &oid], b"");
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(verified.status.success(), "{message:?}: {said}");
        assert_eq!(
            check_commit(&bytes),
            Found::Genuine(key.public().fingerprint.clone())
        );
        let tag = NewTag {
            target: oid.parse::<Oid>().unwrap(),
            target_kind: Kind::Commit,
            name: "release/1".into(),
            tagger: Some(ann.clone()),
            message: message.into(),
        };
        let bytes = encode_tag(&sign_tag(tag, &key).unwrap()).unwrap();
        let oid = written(&repository, Kind::Tag, &bytes);
        let verified = repository.run(&["-c", &setting, "verify-tag", &oid], b"");
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(verified.status.success(), "{message:?}: {said}");
        assert_eq!(
            check_tag(&bytes),
            Found::Genuine(key.public().fingerprint.clone())
        );
    }
}

fn written(repository: &Repository, kind: Kind, bytes: &[u8]) -> String {
    repository.git_with(
        &["hash-object", "-t", kind.as_str(), "-w", "--stdin"],
        bytes,
    )
}
