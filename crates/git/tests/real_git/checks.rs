//! Objects that `git` takes and refuses.

use variorum_domain::id::Oid;
use variorum_git::check::check_object;
use variorum_git::object::Kind;

use crate::repository::Repository;

/// The rule that `git` finds broken first, or `None` if it takes the object.
fn verdict_of_git(repository: &Repository, kind: Kind, bytes: &[u8]) -> Option<String> {
    let output = repository.run(&["hash-object", "-t", kind.as_str(), "--stdin"], bytes);
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn check(repository: &Repository, kind: Kind, bytes: &[u8], rule: Option<&str>) {
    let problems = check_object(kind, bytes);
    let git = verdict_of_git(repository, kind, bytes);
    let shown = String::from_utf8_lossy(bytes);
    assert_eq!(
        problems.is_empty(),
        git.is_none(),
        "{shown:?}\n{problems:?}\n{git:?}"
    );
    let rules: Vec<&str> = problems.iter().map(|problem| problem.rule).collect();
    assert!(
        rule.is_none_or(|rule| rules.contains(&rule)),
        "{shown:?}: {rules:?}, not {rule:?}"
    );
    assert_eq!(rule.is_none(), rules.is_empty(), "{shown:?}: {rules:?}");
    if let (Some(rule), Some(git)) = (rule, git) {
        assert!(
            rule == "badTree" || git.contains(rule),
            "{shown:?}: {rule}, git: {git}"
        );
    }
}

fn tree(entries: &[(&str, &str)]) -> Vec<u8> {
    let one = |(mode, name): &(&str, &str)| {
        [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &[7; 20]].concat()
    };
    entries.iter().flat_map(one).collect()
}

#[test]
fn trees() {
    let repository = Repository::new();
    let check = |entries: &[(&str, &str)], rule| {
        check(&repository, Kind::Tree, &tree(entries), rule);
    };
    check(&[], None);
    check(
        &[
            ("100644", "a"),
            ("100755", "b"),
            ("40000", "c"),
            ("120000", "d"),
        ],
        None,
    );
    check(&[("100644", "a.b"), ("40000", "a"), ("100644", "a0")], None);
    check(&[("100644", "größe 2?")], None);
    check(&[("40000", "a"), ("100644", "a.b")], Some("treeNotSorted"));
    check(&[("100644", "b"), ("100644", "a")], Some("treeNotSorted"));
    check(
        &[("100644", "a"), ("100644", "a")],
        Some("duplicateEntries"),
    );
    check(
        &[("100644", "a"), ("100644", "a.b"), ("40000", "a")],
        Some("duplicateEntries"),
    );
    check(&[("040000", "a")], Some("zeroPaddedFilemode"));
    check(&[("100666", "a")], Some("badFilemode"));
    check(&[("100644", ".")], Some("hasDot"));
    check(&[("40000", "..")], Some("hasDotdot"));
    check(&[("40000", ".git")], Some("hasDotgit"));
    check(&[("40000", ".GiT")], Some("hasDotgit"));
    check(&[("40000", "git~1")], Some("hasDotgit"));
    check(&[("40000", ".g\u{200c}it")], Some("hasDotgit"));
    check(&[("100644", "a/b")], Some("fullPathname"));
    check(&[("120000", ".gitmodules")], Some("gitmodulesSymlink"));
}

#[test]
fn malformed_trees() {
    let repository = Repository::new();
    let good = tree(&[("100644", "a")]);
    for bytes in [
        &good[..good.len() - 1],
        b"100644",
        b"100644 a",
        b"100644 \0aaaaaaaaaaaaaaaaaaaa",
    ] {
        let problems = check_object(Kind::Tree, bytes);
        assert!(!problems.is_empty(), "{bytes:?}");
        assert!(
            verdict_of_git(&repository, Kind::Tree, bytes).is_some(),
            "{bytes:?}"
        );
    }
    let null = [&b"100644 a\0"[..], Oid::ZERO.as_bytes()].concat();
    check(&repository, Kind::Tree, &null, Some("nullSha1"));
}

#[test]
fn commits() {
    let repository = Repository::new();
    let id = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let who = "A <a@b.example> 1760000000 +0100";
    let parts = |author: &str, committer: &str| {
        format!("tree {id}\nparent {id}\nauthor {author}\ncommitter {committer}\n\nmessage\n")
    };
    let check = |text: &str, rule| check(&repository, Kind::Commit, text.as_bytes(), rule);
    check(&parts(who, who), None);
    check(
        &parts(who, who).replace("\n\nmessage", "\nencoding X\ngpgsig a\n b\n\nm"),
        None,
    );
    check(&parts("A B. <> 0 -0000", who), None);
    check(
        &parts(who, who).replace("tree ", "trea "),
        Some("missingTree"),
    );
    check(
        &parts(who, who).replace("4b82", "4x82"),
        Some("badTreeSha1"),
    );
    check(
        &parts(who, who).replace("parent 4b", "parent 4"),
        Some("badParentSha1"),
    );
    check(
        &format!("tree {id}\ncommitter {who}\n\nm\n"),
        Some("missingAuthor"),
    );
    check(
        &format!("tree {id}\nauthor {who}\n\nm\n"),
        Some("missingCommitter"),
    );
    check(
        &format!("tree {id}\nauthor {who}\nauthor {who}\ncommitter {who}\n\n"),
        Some("multipleAuthors"),
    );
    check(
        &format!("tree {id}\nauthor {who}"),
        Some("unterminatedHeader"),
    );
    check(&parts("<a@b> 0 +0000", who), Some("missingNameBeforeEmail"));
    check(&parts("A 0 +0000", who), Some("missingEmail"));
    check(
        &parts("A<a@b> 0 +0000", who),
        Some("missingSpaceBeforeEmail"),
    );
    check(&parts("A <a@b 0 +0000", who), Some("badEmail"));
    check(&parts("A> <a@b> 0 +0000", who), Some("badName"));
    check(
        &parts("A <a@b>0 +0000", who),
        Some("missingSpaceBeforeDate"),
    );
    check(&parts("A <a@b> 00 +0000", who), Some("zeroPaddedDate"));
    check(&parts("A <a@b> x +0000", who), Some("badDate"));
    check(
        &parts("A <a@b> 99999999999999999999 +0000", who),
        Some("badDateOverflow"),
    );
    check(&parts("A <a@b> 0 0000", who), Some("badTimezone"));
    check(&parts("A <a@b> 0 +000", who), Some("badTimezone"));
    check(
        &parts(who, who).replace("message", "mess\0age"),
        Some("nulInCommit"),
    );
    check(&parts("A\0B <a@b> 0 +0000", who), Some("nulInHeader"));
}

#[test]
fn tags() {
    let repository = Repository::new();
    let id = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let who = "A <a@b.example> 1760000000 +0100";
    let good = format!("object {id}\ntype tree\ntag v1\ntagger {who}\n\nmessage\n");
    let check = |text: &str, rule| check(&repository, Kind::Tag, text.as_bytes(), rule);
    check(&good, None);
    check(&good.replace("object", "objekt"), Some("missingObject"));
    check(&good.replace("4b8", "4b"), Some("badObjectSha1"));
    check(&good.replace("type ", "tipe "), Some("missingTypeEntry"));
    check(&good.replace("type tree", "type bush"), Some("badType"));
    check(&good.replace("tag v1", "tga v1"), Some("missingTagEntry"));
    check(&good.replace("+0100", "0100"), Some("badTimezone"));
    // What Git only mentions, it takes from a push; so do we.
    let tagger = format!("tagger {who}\n");
    let odd = [
        good.replace(&tagger, ""),
        good.replace("tag v1", "tag v..1"),
        good.replace("\n\nm", "\nmore x\n\nm"),
    ];
    for text in odd {
        assert_eq!(check_object(Kind::Tag, text.as_bytes()), [], "{text:?}");
        let arguments = ["hash-object", "-t", "tag", "--literally", "-w", "--stdin"];
        repository.git_with(&arguments, text.as_bytes());
    }
    repository.hash(Kind::Tree, b"");
    repository.git(&["fsck", "--strict"]);
}
