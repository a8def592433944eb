//! Mirrors to and from Git repositories elsewhere: a bare one on disk, and a second Variorum.

use std::path::{Path, PathBuf};

use variorum_app::changes::{self, ListChanges, MergeChange};
use variorum_app::remotes::{self, AddRemote};
use variorum_app::{Error, escalation};
use variorum_domain::access::Role;
use variorum_domain::change::Change;
use variorum_domain::id::{ChangeNumber, Oid};
use variorum_domain::policy::POLICY_FILE;
use variorum_domain::remote::Direction;
use variorum_git_gateway::Secret;

use crate::world::{TEXT, WELCOME, World, commit, git};

const MAIN: &str = "refs/heads/main";

impl World {
    /// An empty bare repository elsewhere.
    pub(crate) async fn elsewhere(&self) -> (PathBuf, String) {
        let place = self.place("elsewhere.git");
        let text = place.display().to_string();
        git(
            self.folder.path(),
            &["init", "--quiet", "--bare", "-b", "main", &text],
        )
        .await
        .must();
        (place.clone(), format!("file://{}", place.display()))
    }

    pub(crate) async fn mirror(&self, url: &str, direction: Direction) {
        let cmd = AddRemote {
            name: "origin".into(),
            url: url.to_owned(),
            direction,
            credential: String::new(),
        };
        remotes::add(&self.ctx, &self.admin, &cmd).await.unwrap();
    }

    /// One round with `origin`; returns what went wrong with it as a whole.
    pub(crate) async fn round(&self) -> String {
        self.remotes
            .round(self.admin.workspace, "origin")
            .await
            .unwrap();
        let shown = remotes::show(&self.ctx, &self.admin, "origin")
            .await
            .unwrap();
        shown.row.problem
    }

    /// What is in the way of one branch.
    pub(crate) async fn held(&self, name: &str) -> String {
        let shown = remotes::show(&self.ctx, &self.admin, "origin")
            .await
            .unwrap();
        let found = shown.refs.into_iter().find(|one| one.name == name);
        found.map(|one| one.problem).unwrap_or_default()
    }

    async fn changes(&self) -> Vec<Change> {
        let all = ListChanges::default();
        changes::list(&self.ctx, &self.admin, all, None, 50)
            .await
            .unwrap()
    }

    async fn merge(&self, number: ChangeNumber) {
        let cmd = MergeChange { number, head: None };
        changes::merge(&self.ctx, &self.admin, &cmd).await.unwrap();
    }
}

fn text(secret: &str) -> Secret {
    Secret {
        text: secret.to_owned(),
        file: None,
    }
}

pub(crate) async fn tip_in(place: &Path, name: &str) -> Option<Oid> {
    let ran = git(place, &["rev-parse", "--verify", "--quiet", name]).await;
    ran.out.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn main_drafts_and_releases_go_out_and_go_on() {
    let world = World::with_library().await;
    let (place, url) = world.elsewhere().await;
    world.mirror(&url, Direction::Push).await;
    assert_eq!(world.round().await, "");
    for name in [MAIN, "refs/heads/campaign/autumn", "refs/tags/release/1"] {
        assert_eq!(tip_in(&place, name).await, world.tip(name).await, "{name}");
    }
    // A second round finds nothing to do and leaves nothing in the audit log.
    let before = world.everything().await.3;
    assert_eq!(world.round().await, "");
    assert_eq!(world.everything().await.3, before);
    world
        .save(None, "More", &[("prompts/a.prompt", "A\n")])
        .await
        .unwrap();
    assert_eq!(world.round().await, "");
    assert_eq!(tip_in(&place, MAIN).await, world.tip(MAIN).await);
    git(&place, &["fsck", "--strict"]).await.must();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_push_elsewhere_comes_in_and_both_ways_meet() {
    let world = World::with_library().await;
    let (place, url) = world.elsewhere().await;
    world.mirror(&url, Direction::Both).await;
    world.round().await;
    let copy = world.place("copy");
    git(world.folder.path(), &["clone", "--quiet", &url, "copy"])
        .await
        .must();
    commit(&copy, WELCOME, &TEXT.replace("Greet", "Hail"), "Hail them").await;
    git(&copy, &["push", "--quiet", "origin", "main"])
        .await
        .must();
    git(
        &copy,
        &[
            "push",
            "--quiet",
            "origin",
            "HEAD:refs/heads/campaign/winter",
        ],
    )
    .await
    .must();
    assert_eq!(world.round().await, "");
    assert_eq!(world.tip(MAIN).await, tip_in(&place, MAIN).await);
    assert!(world.tip("refs/heads/campaign/winter").await.is_some());
    // And what is saved here next goes there.
    world
        .save(None, "Here", &[("prompts/b.prompt", "B\n")])
        .await
        .unwrap();
    assert_eq!(world.round().await, "");
    assert_eq!(world.tip(MAIN).await, tip_in(&place, MAIN).await);
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_both_sides_moved_theirs_becomes_a_change_and_nothing_is_lost() {
    let world = World::with_library().await;
    let (place, url) = world.elsewhere().await;
    world.mirror(&url, Direction::Both).await;
    world.round().await;
    git(world.folder.path(), &["clone", "--quiet", &url, "copy"])
        .await
        .must();
    let copy = world.place("copy");
    commit(&copy, "prompts/theirs.prompt", "Theirs\n", "Theirs").await;
    git(&copy, &["push", "--quiet", "origin", "main"])
        .await
        .must();
    world
        .save(None, "Ours", &[("prompts/ours.prompt", "Ours\n")])
        .await
        .unwrap();
    let (ours, theirs) = (world.tip(MAIN).await, tip_in(&place, MAIN).await);
    assert_eq!(world.round().await, "");
    assert_eq!(world.tip(MAIN).await, ours, "ours stays");
    assert_eq!(tip_in(&place, MAIN).await, theirs, "theirs stays");
    assert_eq!(world.tip("refs/heads/mirror/origin/main").await, theirs);
    let open = world.changes().await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].draft, "mirror/origin/main");
    let shown = remotes::show(&world.ctx, &world.admin, "origin")
        .await
        .unwrap();
    let lies = &shown.parked["refs/heads/main"];
    assert_eq!(
        (lies.draft.as_str(), lies.change),
        ("mirror/origin/main", Some(open[0].number)),
        "whoever looks at the mirror is led to it"
    );
    assert!(world.held(MAIN).await.contains("both sides have moved"));
    // Another round makes no second change; a further commit there joins the same one.
    world.round().await;
    commit(&copy, "prompts/theirs.prompt", "Theirs, longer\n", "Longer").await;
    git(&copy, &["push", "--quiet", "origin", "main"])
        .await
        .must();
    world.round().await;
    let theirs = tip_in(&place, MAIN).await;
    assert_eq!(world.tip("refs/heads/mirror/origin/main").await, theirs);
    assert_eq!(world.changes().await.len(), 1);
    // Somebody publishes it: both sides have everything again.
    world.merge(open[0].number).await;
    assert_eq!(world.round().await, "");
    assert_eq!(world.tip(MAIN).await, tip_in(&place, MAIN).await);
    assert_eq!(world.held(MAIN).await, "");
    let listed = git(&place, &["ls-tree", "--name-only", "-r", "main"])
        .await
        .must();
    assert!(listed.contains("ours.prompt") && listed.contains("theirs.prompt"));
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_hold_for_what_comes_from_elsewhere() {
    let world = World::with_library().await;
    let (_, url) = world.elsewhere().await;
    world
        .save(None, "Review", &[(POLICY_FILE, "main: reviewed\n")])
        .await
        .unwrap();
    world.mirror(&url, Direction::Both).await;
    world.round().await;
    git(world.folder.path(), &["clone", "--quiet", &url, "copy"])
        .await
        .must();
    let copy = world.place("copy");
    commit(&copy, WELCOME, &TEXT.replace("Greet", "Hail"), "Hail them").await;
    git(&copy, &["push", "--quiet", "origin", "main"])
        .await
        .must();
    let before = world.tip(MAIN).await;
    assert_eq!(world.round().await, "");
    assert_eq!(world.tip(MAIN).await, before);
    assert!(
        world.held(MAIN).await.contains("the rules refuse it"),
        "{}",
        world.held(MAIN).await
    );
    let open = world.changes().await;
    assert_eq!(open.len(), 1);
    // A link is taken from nowhere.
    git(&copy, &["switch", "--quiet", "-c", "campaign/link"])
        .await
        .must();
    std::os::unix::fs::symlink("/etc/passwd", copy.join("prompts/link.prompt")).unwrap();
    git(&copy, &["add", "--all"]).await.must();
    git(&copy, &["commit", "--quiet", "--message", "Link"])
        .await
        .must();
    git(&copy, &["push", "--quiet", "origin", "campaign/link"])
        .await
        .must();
    assert_eq!(world.round().await, "");
    assert_eq!(world.tip("refs/heads/campaign/link").await, None);
    let held = world.held("refs/heads/campaign/link").await;
    assert!(held.contains("not taken"), "{held}");
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_that_was_rewritten_is_laid_beside_and_never_forced() {
    let world = World::with_library().await;
    let (place, url) = world.elsewhere().await;
    world.mirror(&url, Direction::Both).await;
    world.round().await;
    git(world.folder.path(), &["clone", "--quiet", &url, "copy"])
        .await
        .must();
    let copy = world.place("copy");
    let base = git(&copy, &["rev-parse", "HEAD"]).await.must();
    world
        .save(None, "Ours", &[("prompts/ours.prompt", "Ours\n")])
        .await
        .unwrap();
    let mut theirs = Vec::new();
    for text in ["one", "two"] {
        git(&copy, &["reset", "--quiet", "--hard", &base])
            .await
            .must();
        commit(&copy, WELCOME, &TEXT.replace("Greet", text), text).await;
        git(&copy, &["push", "--quiet", "--force", "origin", "main"])
            .await
            .must();
        theirs.push(tip_in(&place, MAIN).await);
        assert_eq!(world.round().await, "");
        assert_eq!(tip_in(&place, MAIN).await, theirs.last().copied().flatten());
    }
    // Both states of theirs are drafts here, each with a change.
    let (refs, ..) = world.everything().await;
    let mut drafts = refs
        .iter()
        .filter(|(name, _)| name.starts_with("refs/heads/mirror/origin/main"))
        .map(|(_, oid)| Some(*oid))
        .collect::<Vec<_>>();
    drafts.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(drafts, theirs);
    assert_eq!(world.changes().await.len(), 2);
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_variorum_is_kept_in_step_with_a_token_that_nobody_sees() {
    let other = World::empty().await;
    let world = World::empty_beside(&other.address).await.filled().await;
    let cmd = AddRemote {
        name: "origin".into(),
        url: format!("http://{}/git/acme.git", other.address),
        direction: Direction::Both,
        credential: "env:VARIORUM_MIRROR_ORIGIN".into(),
    };
    remotes::add(&world.ctx, &world.admin, &cmd).await.unwrap();
    let problem = world.round().await;
    assert!(
        problem.contains("`env:VARIORUM_MIRROR_ORIGIN` is not there"),
        "{problem}"
    );
    let wrong = "vrm_wrong-secret".to_owned();
    *world.secret.lock().unwrap() = Some(text(&wrong));
    let problem = world.round().await;
    assert!(problem.contains("lets nobody in"), "{problem}");
    *world.secret.lock().unwrap() = Some(text(&other.token));
    assert_eq!(world.round().await, "");
    for name in [MAIN, "refs/heads/campaign/autumn"] {
        assert_eq!(other.tip(name).await, world.tip(name).await, "{name}");
    }
    // The other Variorum makes its own releases, and says so.
    let held = world.held("refs/tags/release/1").await;
    assert!(held.contains("release tags are read-only"), "{held}");
    other
        .save(None, "There", &[("prompts/t.prompt", "There\n")])
        .await
        .unwrap();
    assert_eq!(world.round().await, "");
    assert_eq!(other.tip(MAIN).await, world.tip(MAIN).await);
    // No secret is in the log, nor by which name it is found.
    let mut tx = world.ctx.store.read().await.unwrap();
    let entries = tx
        .scan_entries(world.admin.workspace, 0, 1_000)
        .await
        .unwrap();
    let told = format!("{entries:?}");
    assert!(told.contains("mirror.added") && told.contains("mirror.failed"));
    for word in [&wrong, &other.token, "VARIORUM_MIRROR_ORIGIN"] {
        // The problem of a missing credential names it, for whoever has to set it.
        let allowed = usize::from(word == "VARIORUM_MIRROR_ORIGIN");
        assert_eq!(told.matches(word).count(), allowed, "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_told_with_the_last_success_and_tried_again_later() {
    let world = World::with_library().await;
    let (place, url) = world.elsewhere().await;
    world.mirror(&url, Direction::Push).await;
    assert_eq!(world.round().await, "");
    let row = async || {
        let shown = remotes::show(&world.ctx, &world.admin, "origin").await;
        shown.unwrap().row
    };
    let worked = row().await.succeeded_at;
    assert!(worked.is_some());
    let away = world.place("away.git");
    std::fs::rename(&place, &away).unwrap();
    let mut waits = Vec::new();
    for failures in 1..=3 {
        let problem = world.round().await;
        assert!(problem.contains("there is no repository at"), "{problem}");
        let now = row().await;
        assert_eq!((now.failures, now.succeeded_at), (failures, worked));
        waits.push(now.next_at.0 - now.tried_at.unwrap().0);
    }
    assert!(waits.is_sorted() && waits[0] < waits[2], "{waits:?}");
    // The third failure in a row is an incident; it lasts while the mirror fails, and ends with it.
    let open = async || {
        escalation::tick(&world.ctx).await.unwrap();
        let found = escalation::list(&world.ctx, &world.admin, true, None, 50).await;
        found.unwrap()
    };
    assert_eq!(open().await.len(), 1);
    std::fs::rename(&away, &place).unwrap();
    assert_eq!(world.round().await, "");
    let now = row().await;
    assert_eq!(now.failures, 0);
    assert!(now.succeeded_at > worked);
    assert_eq!(open().await, []);
    let all = escalation::list(&world.ctx, &world.admin, false, None, 50).await;
    let story = &all.unwrap()[0].lines;
    let last = &story.last().unwrap().text;
    assert_eq!(
        last,
        "over by itself: the mirror “origin” works again; nobody had acknowledged it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_cannot_even_begin_is_an_incident_until_it_is_removed() {
    let world = World::with_library().await;
    let (_, url) = world.elsewhere().await;
    world.mirror(&url, Direction::Push).await;
    let admin = &world.admin;
    for _ in 0..3 {
        let problem = "`mirror origin` was shut out";
        remotes::sync::fail(&world.ctx, admin.workspace, "origin", problem)
            .await
            .unwrap();
    }
    let open = async || {
        escalation::tick(&world.ctx).await.unwrap();
        let found = escalation::list(&world.ctx, admin, true, None, 50).await;
        found.unwrap().len()
    };
    assert_eq!(open().await, 1);
    remotes::remove(&world.ctx, admin, "origin", "not needed")
        .await
        .unwrap();
    assert_eq!(open().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_is_added_and_removed_by_administrators_where_the_server_allows_it() {
    let world = World::with_library().await;
    let add = async |name: &str, url: &str, credential: &str| {
        let cmd = AddRemote {
            name: name.into(),
            url: url.into(),
            direction: Direction::Pull,
            credential: credential.into(),
        };
        remotes::add(&world.ctx, &world.admin, &cmd)
            .await
            .map(|row| row.url)
            .map_err(|error| error.to_string())
    };
    let (_, url) = world.elsewhere().await;
    let rows = [
        (
            "origin",
            "http://169.254.169.254/latest",
            "",
            "does not go to",
        ),
        ("origin", "file:///etc", "", "does not go to"),
        (
            "origin",
            "https://ann:secret@git.example.com/x",
            "",
            "a user name or a password",
        ),
        (
            "origin",
            "ext::sh -c id",
            "",
            "not the address of a Git repository",
        ),
        ("Origin", &url, "", "cannot be the name"),
        ("origin", &url, "env:HOME", "a credential is named as"),
    ];
    for (name, url, credential, words) in rows {
        let refused = add(name, url, credential).await.unwrap_err();
        assert!(refused.contains(words), "{url}: {refused}");
    }
    add("origin", &url, "").await.unwrap();
    assert!(
        add("origin", &url, "")
            .await
            .unwrap_err()
            .contains("already")
    );
    let mut author = world.admin.clone();
    author.ceiling = Role::Publisher;
    let name = "origin";
    for refused in [
        remotes::ask(&world.ctx, &author, name).await.err(),
        remotes::remove(&world.ctx, &author, name, "").await.err(),
    ] {
        assert!(matches!(refused, Some(Error::Denied(_))), "{refused:?}");
    }
    remotes::remove(&world.ctx, &world.admin, name, "moved")
        .await
        .unwrap();
    let gone = remotes::show(&world.ctx, &world.admin, name).await;
    assert!(matches!(gone, Err(Error::NotFound { .. })));
    // A round that was due meets nothing.
    world
        .remotes
        .round(world.admin.workspace, name)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_sends_what_is_saved_without_being_asked() {
    let world = World::with_library().await;
    let (place, url) = world.elsewhere().await;
    let mut news = world.ctx.news.subscribe();
    let task = tokio::spawn(world.remotes.clone().run());
    let mut until = async |wanted: Option<Oid>| {
        while tip_in(&place, MAIN).await != wanted {
            news.recv().await.unwrap();
        }
    };
    world.mirror(&url, Direction::Push).await;
    until(world.tip(MAIN).await).await;
    world
        .save(None, "More", &[("prompts/more.prompt", "More\n")])
        .await
        .unwrap();
    until(world.tip(MAIN).await).await;
    task.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn ssh_is_called_with_the_remotes_own_key_and_known_machines() {
    let world = World::with_library().await;
    let (place, _) = world.elsewhere().await;
    // Stands in for ssh: notes how it was called, and runs what it was asked to run on this machine.
    let told = world.place("told");
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> '{}'\nfor last; do :; done\nexec sh -c \"$last\"\n",
        told.display()
    );
    let ssh = world.place("ssh");
    std::fs::write(&ssh, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&ssh, mode).unwrap();
    let key = world.place("key");
    *world.secret.lock().unwrap() = Some(Secret {
        text: "not read".into(),
        file: Some(key.clone()),
    });
    let cmd = AddRemote {
        name: "origin".into(),
        url: format!("ssh://git@git.example.com{}", place.display()),
        direction: Direction::Push,
        credential: "file:key".into(),
    };
    remotes::add(&world.ctx, &world.admin, &cmd).await.unwrap();
    assert_eq!(world.round().await, "");
    assert_eq!(tip_in(&place, MAIN).await, world.tip(MAIN).await);
    let told = std::fs::read_to_string(told).unwrap();
    for word in [
        &format!("-i {}", key.display()),
        "StrictHostKeyChecking=yes",
        "BatchMode=yes",
        &format!(
            "UserKnownHostsFile={}",
            world.place("known_hosts").display()
        ),
        "git@git.example.com",
    ] {
        assert!(told.contains(word), "no `{word}` in: {told}");
    }
}
