//! Signed commits: made by the real `git` and `ssh-keygen`, checked here, and the other way round.

use std::path::{Path, PathBuf};
use std::process::Command;

use variorum_app::changes::{self, GiveReview, MergeChange, OpenChange};
use variorum_app::keys::{self, AddKey};
use variorum_app::library::{drafts, history};
use variorum_app::members::{Invite, NewToken, create_token, invite};
use variorum_app::{auth, releases};
use variorum_domain::access::{Actor, Role};
use variorum_domain::change::Verdict;
use variorum_domain::policy::POLICY_FILE;
use variorum_domain::record::Note;

use crate::world::{TEXT, WELCOME, World, commit, git};

const SIGNED: &str = "signed_commits: required\n";

/// Makes a pair of keys; returns the file of the private one and the public one's line.
fn pair(folder: &Path, name: &str) -> (PathBuf, String) {
    let file = folder.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success());
    let public = std::fs::read_to_string(folder.join(format!("{name}.pub"))).unwrap();
    (file, public)
}

/// A person with a role, who works with tokens of their own.
pub(crate) async fn person(world: &World, name: &str, email: &str, role: Role) -> (Actor, String) {
    let cmd = Invite {
        name: name.into(),
        email: email.into(),
        grants: vec![(role, String::new())],
    };
    let (row, _) = invite(&world.ctx, &world.admin, cmd).await.unwrap();
    let actor = auth::to_actor(row, Role::Administrator);
    let new = NewToken {
        name: "tests".into(),
        role,
        days: None,
        service: false,
        uses: Vec::new(),
    };
    let token = create_token(&world.ctx, &actor, new).await.unwrap().2;
    (actor, token)
}

async fn sign_with(copy: &Path, key: &Path) {
    let key = key.display().to_string();
    for (name, value) in [
        ("gpg.format", "ssh"),
        ("user.signingkey", key.as_str()),
        ("commit.gpgsign", "true"),
    ] {
        git(copy, &["config", name, value]).await.must();
    }
}

async fn register(world: &World, actor: &Actor, public_key: &str) -> i64 {
    let cmd = AddKey {
        title: String::new(),
        public_key: public_key.to_owned(),
    };
    keys::add(&world.ctx, actor, &cmd).await.unwrap().row.id
}

/// What the signature of a branch's newest commit comes to, and who pushed it.
async fn shown(world: &World, name: &str) -> (&'static str, Option<String>) {
    let tip = world.tip(name).await.unwrap();
    let known = history::provenance(&world.ctx, &world.admin, &[tip])
        .await
        .unwrap();
    let found = &known[&tip];
    let pushed_by = found.pushed_by.as_ref().map(|(_, name)| name.clone());
    (found.verdict.name(), pushed_by)
}

/// Whose key counts on how many versions, does not on how many, and the newest of them.
async fn told(world: &World) -> Vec<(String, usize, usize, Option<variorum_domain::id::Oid>)> {
    let keys = keys::list(&world.ctx, &world.admin).await.unwrap();
    let row = |key: keys::OwnedKey| {
        let signed = key.signed;
        (key.owner, signed.counting, signed.idle, signed.newest)
    };
    keys.people.into_iter().map(row).collect()
}

/// Ann's key counts on one version, Bob's on none of those it signed.
async fn must_be_told(world: &World) {
    let tips = [
        world.tip("refs/heads/hers").await,
        world.tip("refs/heads/unknown").await,
    ];
    let expected = [
        ("Ann Lee".to_owned(), 1, 0, tips[0]),
        ("Bob Ray".to_owned(), 0, 1, tips[1]),
    ];
    assert_eq!(told(world).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn git_verifies_what_the_server_signs() {
    let world = World::with_library().await;
    let note = Note {
        subject: "Bring autumn in".into(),
        ..Note::default()
    };
    drafts::publish(&world.ctx, &world.admin, "campaign/autumn", &note, &[])
        .await
        .unwrap();
    releases::create(&world.ctx, &world.admin, None, "Autumn")
        .await
        .unwrap();
    let copy = world.copy("copy").await;
    let signers = keys::allowed_signers(&world.ctx, &world.admin)
        .await
        .unwrap();
    let file = world.place("signers");
    std::fs::write(&file, signers).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", file.display());
    // A merge, both of its parents, and the tags of releases.
    for name in ["HEAD", "HEAD^1", "HEAD^2"] {
        let ran = git(&copy, &["-c", &setting, "verify-commit", name]).await;
        assert!(ran.success, "{name}: {}", ran.said);
        assert!(
            ran.said
                .contains("Good \"git\" signature for variorum-server")
        );
    }
    for name in ["release/1", "release/2"] {
        git(&copy, &["-c", &setting, "verify-tag", name])
            .await
            .must();
    }
    git(&copy, &["fsck", "--strict"]).await.must();
    assert_eq!(shown(&world, "refs/heads/main").await, ("server", None));
    // Without the server's line nothing is verified.
    std::fs::write(&file, "").unwrap();
    let ran = git(&copy, &["-c", &setting, "verify-commit", "HEAD"]).await;
    assert!(!ran.success);
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_of_pushed_commits_are_judged_by_the_keys_people_registered() {
    let world = World::with_library().await;
    let (bob, _) = person(&world, "Bob Ray", "bob@acme.example", Role::Author).await;
    let copy = world.copy("copy").await;
    let (anns, anns_public) = pair(world.folder.path(), "anns");
    let (bobs, bobs_public) = pair(world.folder.path(), "bobs");
    let anns_id = register(&world, &world.admin, &anns_public).await;

    let push = async |name: &str, key: Option<&Path>, text: &str| {
        git(&copy, &["switch", "--quiet", "-c", name, "origin/main"])
            .await
            .must();
        match key {
            Some(key) => sign_with(&copy, key).await,
            None => drop(git(&copy, &["config", "commit.gpgsign", "false"]).await),
        }
        commit(&copy, WELCOME, &TEXT.replace("Greet", text), text).await;
        git(&copy, &["push", "--quiet", "origin", name])
            .await
            .must();
    };
    push("plain", None, "Welcome").await;
    push("hers", Some(&anns), "Hail").await;
    push("unknown", Some(&bobs), "Salute").await;
    let pushed_by = Some("Ann Lee".to_owned());
    for (name, expected) in [
        ("plain", "none"),
        ("hers", "good"),
        ("unknown", "unknown-key"),
    ] {
        let found = shown(&world, &format!("refs/heads/{name}")).await;
        assert_eq!(found, (expected, pushed_by.clone()), "{name}");
    }
    // Once Bob has registered his, what was signed with it names Ann as committer all the same.
    register(&world, &bob, &bobs_public).await;
    assert_eq!(shown(&world, "refs/heads/unknown").await.0, "other-person");

    // Both are told what their keys did: hers counts on one version, his on none of those it signed.
    must_be_told(&world).await;

    // An altered commit keeps a signature that fits something else.
    let raw = git(&copy, &["cat-file", "commit", "hers"]).await.must();
    let altered = raw.replace("Hail", "Hell") + "\n";
    let made = crate::world::git_fed(
        &copy,
        &["hash-object", "-t", "commit", "-w", "--stdin"],
        altered.as_bytes(),
    );
    let oid = made.must();
    git(
        &copy,
        &[
            "push",
            "--quiet",
            "origin",
            &format!("{oid}:refs/heads/altered"),
        ],
    )
    .await
    .must();
    assert_eq!(shown(&world, "refs/heads/altered").await.0, "bad");

    // What a key signed before it was taken away stays signed; what comes afterwards does not count.
    keys::remove(&world.ctx, &world.admin, anns_id, "lost")
        .await
        .unwrap();
    assert_eq!(shown(&world, "refs/heads/hers").await.0, "good");
    push("late", Some(&anns), "Hullo").await;
    assert_eq!(shown(&world, "refs/heads/late").await.0, "ended-key");
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_signatures_are_required_main_takes_nothing_else() {
    let world = World::with_library().await;
    world
        .save(None, "Sign everything", &[(POLICY_FILE, SIGNED)])
        .await
        .unwrap();
    let (key, public) = pair(world.folder.path(), "key");
    let copy = world.copy("copy").await;
    commit(&copy, WELCOME, &TEXT.replace("Greet", "Hail"), "Hail them").await;
    let before = world.everything().await;
    let ran = git(&copy, &["push", "origin", "main"]).await;
    ran.must_refuse("this library takes signed versions only");
    ran.must_refuse("it is not signed");
    ran.must_refuse("variorum keys add");

    sign_with(&copy, &key).await;
    git(&copy, &["commit", "--quiet", "--amend", "--no-edit"])
        .await
        .must();
    let ran = git(&copy, &["push", "origin", "main"]).await;
    ran.must_refuse("a key that nobody has registered");
    assert_eq!(
        world.everything().await,
        before,
        "nothing is left of either"
    );

    register(&world, &world.admin, &public).await;
    git(&copy, &["push", "--quiet", "origin", "main"])
        .await
        .must();
    assert_eq!(shown(&world, "refs/heads/main").await.0, "good");
    // A save in the browser is signed by the server and passes.
    world
        .save(None, "Warmer", &[(WELCOME, &TEXT.replace("Greet", "Hug"))])
        .await
        .unwrap();
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_version_does_not_come_in_by_way_of_a_draft() {
    let world = World::with_library().await;
    world
        .save(None, "Sign everything", &[(POLICY_FILE, SIGNED)])
        .await
        .unwrap();
    let (key, public) = pair(world.folder.path(), "key");
    register(&world, &world.admin, &public).await;
    let copy = world.copy("copy").await;
    sign_with(&copy, &key).await;
    git(&copy, &["switch", "--quiet", "-c", "campaign/sly"])
        .await
        .must();
    git(&copy, &["config", "commit.gpgsign", "false"])
        .await
        .must();
    commit(&copy, WELCOME, &TEXT.replace("Greet", "Fool"), "Fool them").await;
    git(&copy, &["push", "--quiet", "origin", "campaign/sly"])
        .await
        .must();
    let note = Note {
        subject: "Bring it in".into(),
        ..Note::default()
    };
    let refused = drafts::publish(&world.ctx, &world.admin, "campaign/sly", &note, &[])
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("it is not signed"),
        "{refused}"
    );
    let cmd = OpenChange {
        draft: "campaign/sly".into(),
        title: "Sly".into(),
        ..OpenChange::default()
    };
    let change = changes::open(&world.ctx, &world.admin, cmd).await.unwrap();
    let merge = MergeChange {
        number: change.number,
        head: None,
    };
    let refused = changes::merge(&world.ctx, &world.admin, &merge)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("it is not signed"),
        "{refused}"
    );
    git(&copy, &["config", "commit.gpgsign", "true"])
        .await
        .must();
    git(&copy, &["commit", "--quiet", "--amend", "--no-edit"])
        .await
        .must();
    git(
        &copy,
        &["push", "--quiet", "--force", "origin", "campaign/sly"],
    )
    .await
    .must();
    changes::merge(&world.ctx, &world.admin, &merge)
        .await
        .unwrap();
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_pushes_a_text_cannot_approve_it_under_another_name() {
    let world = World::with_library().await;
    let rules = "rules:\n  - id: all\n    title: Prompts\n    paths: [\"prompts/**\"]\n    approvals: [{group: publisher}]\n";
    world
        .save(None, "Review everything", &[(POLICY_FILE, rules)])
        .await
        .unwrap();
    let publisher = Role::Publisher;
    let (bob, bobs_token) = person(&world, "Bob Ray", "bob@acme.example", publisher).await;
    let (cat, _) = person(&world, "Cat Fox", "cat@acme.example", publisher).await;
    let copy = world.copy("copy").await;
    git(&copy, &["switch", "--quiet", "-c", "campaign/sly"])
        .await
        .must();
    // Bob pushes; the commit says that Ann wrote it.
    commit(&copy, WELCOME, &TEXT.replace("Greet", "Fool"), "Fool them").await;
    let url = world.url_with(&bobs_token);
    git(&copy, &["push", "--quiet", &url, "campaign/sly"])
        .await
        .must();
    let cmd = OpenChange {
        draft: "campaign/sly".into(),
        title: "Sly".into(),
        ..OpenChange::default()
    };
    let change = changes::open(&world.ctx, &cat, cmd).await.unwrap();
    let number = change.number;
    let approve = async |actor: &Actor| {
        let cmd = GiveReview {
            number,
            verdict: Verdict::Approve,
            meaning: "approval".into(),
            note: String::new(),
            head: None,
        };
        changes::review(&world.ctx, actor, cmd).await
    };
    let blocked = async || {
        let view = changes::get(&world.ctx, &cat, number).await.unwrap();
        assert!(view.judged.barred.contains(&bob.id));
        view.judged
            .blockers
            .iter()
            .any(|one| one.code == "needs-approval")
    };
    drop(approve(&bob).await);
    assert!(blocked().await, "his own push");
    let (dan, _) = person(&world, "Dan Low", "dan@acme.example", publisher).await;
    approve(&dan).await.unwrap();
    assert!(!blocked().await);
}
