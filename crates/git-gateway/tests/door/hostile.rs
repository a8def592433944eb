//! What nobody should push: refused with a reason, and everything stays as it was.

use std::path::Path;

use variorum_domain::id::Oid;
use variorum_git::object::{Kind, Object};
use variorum_git::pack::{PackEntry, write_pack};
use variorum_git::zlib::deflate;

use crate::world::{TEXT, World, git, git_fed};

/// Writes an object of any content into a working copy.
fn write(copy: &Path, kind: &str, bytes: &[u8]) -> String {
    let words = ["hash-object", "-w", "-t", kind, "--literally", "--stdin"];
    git_fed(copy, &words, bytes).must()
}

/// Mode, name and id.
type TreeEntry<'a> = (&'a str, &'a [u8], &'a str);

fn tree(copy: &Path, entries: &[TreeEntry<'_>]) -> String {
    let mut bytes = Vec::new();
    for (mode, name, oid) in entries {
        bytes.extend_from_slice(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(name);
        bytes.push(0);
        let oid: Oid = oid.parse().unwrap();
        bytes.extend_from_slice(oid.as_bytes());
    }
    write(copy, "tree", &bytes)
}

async fn on_top(copy: &Path, tree: &str) -> String {
    git(copy, &["commit-tree", tree, "-p", "HEAD", "-m", "Harm"])
        .await
        .must()
}

#[tokio::test(flavor = "multi_thread")]
async fn trees_that_would_harm_a_clone_are_refused() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let before = world.everything().await;
    let blob = write(&copy, "blob", b"text\n");
    let inner = tree(&copy, &[("100644", b"config", &blob)]);
    let commit = git(&copy, &["rev-parse", "HEAD"]).await.must();
    let rows: Vec<(Vec<TreeEntry<'_>>, &str)> = vec![
        (vec![("120000", b"link", &blob)], "symbolic link"),
        (vec![("160000", b"module", &commit)], "submodule"),
        (vec![("40000", b".git", &inner)], "hasDotgit"),
        (vec![("40000", b".GIT", &inner)], "hasDotgit"),
        (vec![("40000", b"git~1", &inner)], "hasDotgit"),
        (
            vec![("40000", "\u{200c}.git".as_bytes(), &inner)],
            "hasDotgit",
        ),
        (vec![("40000", b"..", &inner)], "hasDotdot"),
        (vec![("100644", b"a/../../b", &blob)], "fullPathname"),
        (
            vec![("100644", b"a\\..\\b", &blob)],
            "a part contains a backslash",
        ),
        (vec![("100644", b"NUL", &blob)], "device name"),
        (vec![("100644", b"bell\x07", &blob)], "control character"),
        (vec![("100644", b"\xff\xfe", &blob)], "nameNotUtf8"),
        (
            vec![
                ("100644", b"A.prompt", &blob),
                ("100644", b"a.prompt", &blob),
            ],
            "differ by case",
        ),
        (
            vec![("40000", b"Prompts", &inner), ("40000", b"prompts", &inner)],
            "differ by case",
        ),
        (
            vec![("100644", b"b", &blob), ("100644", b"a", &blob)],
            "treeNotSorted",
        ),
        (
            vec![("100644", b"a", &blob), ("100644", b"a", &blob)],
            "duplicateEntries",
        ),
        (vec![("100644", b"a", &inner)], "something it is not"),
        (vec![("40000", b"a", &blob)], "something it is not"),
        (
            vec![("100644", b"a", "1111111111111111111111111111111111111111")],
            "neither sent nor stored",
        ),
    ];
    for (entries, words) in rows {
        let bad = tree(&copy, &entries);
        let tip = on_top(&copy, &bad).await;
        let said = world
            .push_objects(&copy, &tip, &[&tip, &bad, &inner, &blob])
            .await;
        assert!(said.contains(words), "no `{words}` in {said}");
        assert!(said.contains("ng refs/heads/bad "), "{said}");
        assert_eq!(world.everything().await, before, "{words}");
    }
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_are_no_commits_are_refused() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let before = world.everything().await;
    let tree_of = git(&copy, &["rev-parse", "HEAD^{tree}"]).await.must();
    let blob = write(&copy, "blob", b"text\n");
    let person = "Ann <ann@acme.example> 1795000000 +0000";
    let rows = [
        (
            format!("tree {tree_of}\nauthor {person}\n\nx\n"),
            "missingCommitter",
        ),
        (
            format!("tree {blob}\nauthor {person}\ncommitter {person}\n\nx\n"),
            "something it is not",
        ),
        (
            format!("tree {tree_of}\nparent {blob}\nauthor {person}\ncommitter {person}\n\nx\n"),
            "something it is not",
        ),
        (
            format!("tree {tree_of}\nauthor Ann\ncommitter {person}\n\nx\n"),
            "missingEmail",
        ),
        (
            format!(
                "tree {tree_of}\nparent {}\nauthor {person}\ncommitter {person}\n\nx\n",
                "2".repeat(40)
            ),
            "neither sent nor stored",
        ),
    ];
    for (text, words) in rows {
        let tip = write(&copy, "commit", text.as_bytes());
        let said = world.push_objects(&copy, &tip, &[&tip, &blob]).await;
        assert!(said.contains(words), "no `{words}` in {said}");
        assert_eq!(world.everything().await, before, "{words}");
    }
    let said = world.push_objects(&copy, &blob, &[&blob]).await;
    assert!(said.contains("only commits can be pushed"), "{said}");
    assert_eq!(world.everything().await, before);
}

/// A whole object as an entry of a pack.
fn whole(object: &Object) -> PackEntry<'static> {
    PackEntry::Content {
        kind: object.kind,
        bytes: object.bytes.to_vec().into(),
    }
}

/// A delta as an entry of a pack.
fn delta(bytes: &[u8], base: Oid) -> PackEntry<'static> {
    PackEntry::Delta {
        base,
        delta_size: bytes.len(),
        body: deflate(bytes).into(),
    }
}

/// Many deltas of one object, each eight megabytes of copies of it: small to send, huge to hold.
fn heap() -> Vec<u8> {
    let piece = Object::new(Kind::Blob, vec![b'x'; 0x1_0000]);
    let oid = piece.id().unwrap();
    let mut entries = vec![whole(&piece)];
    for number in 0..60_u8 {
        let mut bytes = vec![0x80, 0x80, 0x04];
        let mut rest: usize = 120 * 0x1_0000 + 1;
        while rest >= 0x80 {
            bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        bytes.push(u8::try_from(rest).unwrap());
        bytes.extend(std::iter::repeat_n(0x80, 120));
        bytes.extend([1, number]);
        entries.push(delta(&bytes, oid));
    }
    write_pack(&entries).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_that_are_malformed_or_bombs_are_refused() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let before = world.everything().await;
    let tip = git(&copy, &["rev-parse", "HEAD"]).await.must();
    let blob = Object::new(
        Kind::Blob,
        &b"a base of some length, so that there is something to copy"[..],
    );
    let oid = blob.id().unwrap();
    let good = write_pack(&[whole(&blob)]).unwrap();
    let mut flipped = good.clone();
    flipped[14] ^= 0x40;
    // A delta of ten bytes that says it makes 100 MiB.
    let size = [0xb9_u8 & 0x7f, 0x80, 0x80, 0x80, 0x32, 0x90, 0x39];
    let bomb = write_pack(&[whole(&blob), delta(&size, oid)]).unwrap();
    let heap = heap();
    assert!(heap.len() < 20_000, "{}", heap.len());
    let zeros = Object::new(Kind::Blob, vec![0; 100 * 1024 * 1024]);
    let large = write_pack(&[whole(&zeros)]).unwrap();
    assert!(large.len() < 200_000);
    let rows: Vec<(Vec<u8>, &str)> = vec![
        (b"PACK".to_vec(), "malformed"),
        (
            b"no pack at all, but long enough for one".to_vec(),
            "malformed",
        ),
        (good[..good.len() - 1].to_vec(), "malformed"),
        (flipped, "malformed"),
        ([&good[..], b"x"].concat(), "malformed"),
        (bomb, "over a limit"),
        (heap, "over a limit"),
        (large, "over a limit"),
        (
            write_pack(&[delta(b"\x39\x01\x01x", Oid([9; 20]))]).unwrap(),
            "incomplete",
        ),
    ];
    for (pack, words) in rows {
        let said = world.push_pack(&tip, "refs/heads/bad", &pack).await;
        assert!(said.contains(words), "no `{words}` in {said}");
        assert!(said.contains("ng refs/heads/bad unpacker error"), "{said}");
        assert_eq!(world.everything().await, before, "{words}");
    }
    // A pack with what nobody asked for beside a known commit leaves nothing behind either.
    let said = world.push_pack(&tip, "refs/heads/fine", &good).await;
    assert!(said.contains("ok refs/heads/fine"), "{said}");
    assert_eq!(
        world.everything().await.1,
        before.1,
        "an object nothing leads to was stored"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_too_large_are_named() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let before = world.everything().await;
    std::fs::write(copy.join("large.txt"), vec![b'x'; 3 * 1024 * 1024]).unwrap();
    git(&copy, &["add", "--all"]).await.must();
    git(
        &copy,
        &["commit", "--quiet", "--message", "Add a large file"],
    )
    .await
    .must();
    git(&copy, &["push"])
        .await
        .must_refuse("`large.txt` is 3145728 bytes long");
    // What does not compress is over the limit of the pack itself.
    let mut noise = vec![0_u8; 100 * 1024 * 1024];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for piece in noise.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        piece.copy_from_slice(&state.to_le_bytes()[..piece.len()]);
    }
    std::fs::write(copy.join("large.txt"), noise).unwrap();
    git(
        &copy,
        &[
            "-c",
            "core.compression=0",
            "commit",
            "--quiet",
            "--all",
            "--amend",
            "--no-edit",
        ],
    )
    .await
    .must();
    let refused = git(&copy, &["-c", "core.compression=0", "push"]).await;
    refused.must_refuse("pack too large");
    assert_eq!(world.everything().await, before);
    let left =
        std::fs::read_dir(world.folder.path().join("git/incoming")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_a_pushed_history_do_not_command_the_terminal() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    std::fs::write(copy.join("a.prompt"), TEXT).unwrap();
    git(&copy, &["add", "--all"]).await.must();
    let long = "x".repeat(250);
    let subject = format!("\u{1b}[31mred\u{7} {long}");
    git(&copy, &["commit", "--quiet", "--message", &subject])
        .await
        .must();
    let refused = git(&copy, &["push"]).await;
    refused.must_refuse("description is refused");
    assert!(
        !refused.said.contains("\u{1b}[31mred"),
        "{:?}",
        refused.said
    );
}
