//! Ids of blobs, trees, commits and tags.

use variorum_git::commit::{CommitData, encode_commit, parse_commit, split_signature};
use variorum_git::error::GitError;
use variorum_git::object::{EMPTY_TREE, Kind, hash_object};
use variorum_git::signature::Signature;
use variorum_git::tag::{TagData, encode_tag, parse_tag};
use variorum_git::tree::{Entry, Mode, NamedEntry, encode_tree, parse_tree};

use crate::repository::{Repository, author, committer};

#[test]
fn blobs_and_the_empty_tree() {
    let repository = Repository::new();
    for content in [&b""[..], b"hello\n", b"\0\xff\xfe", &[b'x'; 10_000]] {
        assert_eq!(
            hash_object(Kind::Blob, content),
            Ok(repository.hash(Kind::Blob, content))
        );
    }
    assert_eq!(EMPTY_TREE, repository.hash(Kind::Tree, b""));
}

#[test]
fn trees_are_sorted_like_git_does() {
    let repository = Repository::new();
    let blob = repository.hash(Kind::Blob, b"x");
    let folder = Entry {
        mode: Mode::Directory,
        oid: EMPTY_TREE,
    };
    let file = |mode| Entry { mode, oid: blob };
    let named = |name: &str, entry| NamedEntry {
        name: name.to_owned(),
        entry,
    };
    let entries = vec![
        named("a", folder),
        named("a.txt", file(Mode::File)),
        named("a0", file(Mode::Executable)),
        named("ab", file(Mode::Symlink)),
        named("Z", file(Mode::File)),
        named("größe", file(Mode::File)),
    ];
    let listing: Vec<String> = entries
        .iter()
        .map(|NamedEntry { name, entry }| {
            let kind = if entry.mode.is_directory() {
                "tree"
            } else {
                "blob"
            };
            format!("{:0>6} {kind} {}\t{name}\n", entry.mode.octal(), entry.oid)
        })
        .collect();
    let expected = repository.git_with(&["mktree", "--missing"], listing.concat().as_bytes());
    let bytes = encode_tree(&entries).unwrap();
    assert_eq!(
        hash_object(Kind::Tree, &bytes).unwrap().to_string(),
        expected
    );
    let mut parsed = parse_tree(&bytes).unwrap();
    assert_eq!(encode_tree(&parsed).unwrap(), bytes);
    parsed.push(named("a.txt", folder));
    assert!(matches!(
        encode_tree(&parsed),
        Err(GitError::Malformed { .. })
    ));
}

#[test]
fn commits_with_parents_and_all_kinds_of_messages() {
    let repository = Repository::new();
    let tree = repository.hash(Kind::Tree, b"");
    let mut parents = Vec::new();
    for message in [
        "Subject\n",
        "",
        "Über Größe\n\nBody\n\nProblem: x\n",
        "no newline",
        "\n\n x\n\n",
    ] {
        let mut arguments = vec!["commit-tree".to_owned(), tree.to_string()];
        for parent in &parents {
            arguments.extend(["-p".to_owned(), format!("{parent}")]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let expected = repository.git_with(&arguments, message.as_bytes());
        let commit = CommitData {
            tree,
            parents: parents.clone(),
            author: author(),
            committer: committer(),
            extra_headers: Vec::new(),
            message: message.to_owned(),
        };
        let bytes = encode_commit(&commit).unwrap();
        let oid = hash_object(Kind::Commit, &bytes).unwrap();
        assert_eq!(oid.to_string(), expected, "{message:?}");
        assert_eq!(parse_commit(&bytes), Ok(commit));
        parents.push(oid);
    }
}

#[test]
fn names_are_cleaned_like_git_does() {
    let repository = Repository::new();
    let tree = repository.hash(Kind::Tree, b"");
    for name in [
        " Ann  Lee. ",
        "Ann <x> Lee",
        "\"Ann\"",
        "Ann\nLee",
        "Dr. Ann, PhD",
        "Ärzte; ohne",
    ] {
        let mut command = repository.command(&["commit-tree", &tree.to_string(), "-m", "x"]);
        let output = command.env("GIT_AUTHOR_NAME", name).output().unwrap();
        let expected = String::from_utf8(output.stdout).unwrap();
        let commit = CommitData {
            tree,
            parents: Vec::new(),
            author: Signature {
                name: name.to_owned(),
                ..author()
            },
            committer: committer(),
            extra_headers: Vec::new(),
            message: "x\n".to_owned(),
        };
        let oid = hash_object(Kind::Commit, &encode_commit(&commit).unwrap()).unwrap();
        assert_eq!(oid.to_string(), expected.trim_end(), "{name:?}");
    }
    let nameless = Signature {
        name: " ,<> ".to_owned(),
        ..author()
    };
    let commit = CommitData {
        tree,
        parents: Vec::new(),
        author: nameless,
        committer: committer(),
        extra_headers: Vec::new(),
        message: String::new(),
    };
    assert!(matches!(
        encode_commit(&commit),
        Err(GitError::Malformed { .. })
    ));
}

#[test]
fn a_signature_is_folded_and_found_again() {
    let repository = Repository::new();
    let tree = repository.hash(Kind::Tree, b"");
    let mut commit = CommitData {
        tree,
        parents: Vec::new(),
        author: author(),
        committer: committer(),
        extra_headers: Vec::new(),
        message: "Signed\n\ngpgsig this is text\n more\n".to_owned(),
    };
    let payload = encode_commit(&commit).unwrap();
    assert_eq!(split_signature(&payload), None);
    let signature = "-----BEGIN SSH SIGNATURE-----\nabc\n\ndef\n-----END SSH SIGNATURE-----";
    commit
        .extra_headers
        .push(("gpgsig".to_owned(), signature.to_owned()));
    let signed = encode_commit(&commit).unwrap();
    // `git` takes it, and what it shows is the commit without its extra header.
    let oid = repository.hash(Kind::Commit, &signed).to_string();
    assert!(
        repository
            .git(&["log", "-1", "--format=%B", &oid])
            .starts_with("Signed\n\ngpgsig")
    );
    assert_eq!(parse_commit(&signed), Ok(commit));
    assert_eq!(
        split_signature(&signed),
        Some((format!("{signature}\n"), payload))
    );
}

#[test]
fn annotated_tags() {
    let repository = Repository::new();
    let blob = repository.hash(Kind::Blob, b"x");
    let tag = TagData {
        target: blob,
        target_kind: Kind::Blob,
        name: "release/7".to_owned(),
        tagger: Some(committer()),
        message: "Release 7\n\nmanifest\n".to_owned(),
    };
    let (target, message) = (blob.to_string(), tag.message.clone());
    repository.git(&["tag", "-a", "-m", &message, &tag.name, &target]);
    let expected = repository.git(&["rev-parse", "refs/tags/release/7"]);
    let bytes = encode_tag(&tag).unwrap();
    assert_eq!(
        hash_object(Kind::Tag, &bytes).unwrap().to_string(),
        expected
    );
    assert_eq!(parse_tag(&bytes), Ok(tag.clone()));
    for bad in ["", "a b", "a..b", "-x", "a\nb", "x.lock"] {
        let tag = TagData {
            name: bad.to_owned(),
            ..tag.clone()
        };
        assert!(encode_tag(&tag).is_err(), "{bad:?}");
    }
}
