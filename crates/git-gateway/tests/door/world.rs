//! A server that listens, and working copies of its library.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use tempfile::TempDir;
use variorum_api::ApiState;
use variorum_app::library::save::{SaveVersion, Saved, save_version};
use variorum_app::members::{NewToken, create_token};
use variorum_app::setup::{NewWorkspace, create_workspace};
use variorum_app::{Context, Result, events};
use variorum_domain::access::{Actor, Role};
use variorum_domain::id::Oid;
use variorum_domain::record::Note;
use variorum_domain::remote::{Allowed, Credential};
use variorum_git_gateway::{
    Door, GatewayState, GitProgram, RemoteSettings, Remotes, Secret, Secrets,
};
use variorum_store_sql::{SqlStore, SqliteEventLog};
use variorum_testkit::{FixedClock, SeededIds};

pub(crate) const WELCOME: &str = "prompts/email/welcome.prompt";
pub(crate) const TEXT: &str = "---\nmodel: acme/small\nvariorum.title: Welcome\n---\nGreet them.\n";

/// A server with a workspace `acme`.
pub(crate) struct World {
    pub(crate) ctx: Arc<Context>,
    pub(crate) admin: Actor,
    pub(crate) token: String,
    pub(crate) address: String,
    pub(crate) folder: TempDir,
    /// The task for remotes, which tests run round by round.
    pub(crate) remotes: Arc<Remotes>,
    /// The secret that the server finds for every credential.
    pub(crate) secret: Arc<Mutex<Option<Secret>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for World {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// What a run of `git` came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) success: bool,
    pub(crate) out: String,
    pub(crate) said: String,
}

impl Ran {
    /// Stops where it failed.
    pub(crate) fn must(self) -> String {
        assert!(self.success, "{}", self.said);
        self.out
    }

    /// Stops where it did not fail, or does not say so.
    pub(crate) fn must_refuse(&self, words: &str) {
        assert!(!self.success, "it was taken: {}", self.said);
        assert!(self.said.contains(words), "no `{words}` in: {}", self.said);
    }
}

/// Runs `git` as a person would, without this machine's settings.
pub(crate) fn git_in(folder: &Path, arguments: &[&str]) -> Ran {
    git_fed(folder, arguments, &[])
}

pub(crate) fn git_fed(folder: &Path, arguments: &[&str], input: &[u8]) -> Ran {
    use std::io::Write as _;
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .args([
            "-c",
            "user.name=Ann Lee",
            "-c",
            "user.email=ann@acme.example",
        ])
        .args(["-c", "pull.rebase=false", "-c", "gc.auto=0"])
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        success: output.status.success(),
        out: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The same, away from the threads that serve.
pub(crate) async fn git(folder: &Path, arguments: &[&str]) -> Ran {
    let folder = folder.to_owned();
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    tokio::task::spawn_blocking(move || {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        git_in(&folder, &words)
    })
    .await
    .unwrap()
}

impl World {
    /// An empty library.
    pub(crate) async fn empty() -> Self {
        Self::empty_beside("127.0.0.1:1").await
    }

    /// An empty library whose server may go to another one at an address.
    pub(crate) async fn empty_beside(other: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqlStore::open_sqlite(folder.path()).await.unwrap();
        let mut ctx = Context::new(
            Arc::new(store),
            Arc::new(SqliteEventLog::open(folder.path()).unwrap()),
            Arc::new(FixedClock::default().stepping(1_000_000)),
            Arc::new(SeededIds::default()),
        );
        let here = format!("file://{}/", folder.path().display());
        ctx.allowed_remotes = Allowed::parse([
            here.as_str(),
            &format!("http://{other}/"),
            "ssh://git.example.com/",
        ])
        .unwrap();
        let ctx = Arc::new(ctx);
        let new = NewWorkspace {
            name: "acme".into(),
            title: "Acme".into(),
            sample: false,
            administrator: "Ann Lee".into(),
            email: "ann@acme.example".into(),
        };
        let admin = create_workspace(&ctx, &new).await.unwrap();
        let pipeline = tokio::spawn(events::run(ctx.clone()));
        let git = GitProgram::find(None, std::env::var_os("PATH").as_deref()).await;
        let secret = Arc::new(Mutex::new(None));
        let (address, serving, remotes) =
            listen(&ctx, folder.path().join("git"), git, &secret).await;
        let mut world = Self {
            token: String::new(),
            ctx,
            admin,
            address,
            folder,
            remotes: remotes.unwrap(),
            secret,
            tasks: vec![pipeline, serving],
        };
        world.token = world.token(Role::Administrator).await;
        world
    }

    /// A library with one prompt, one draft and one release tag.
    pub(crate) async fn with_library() -> Self {
        Self::empty().await.filled().await
    }

    /// The same library in a world that was empty.
    pub(crate) async fn filled(self) -> Self {
        let world = self;
        world.save(None, "Begin", &[(WELCOME, TEXT)]).await.unwrap();
        variorum_app::releases::create(&world.ctx, &world.admin, None, "First")
            .await
            .unwrap();
        variorum_app::library::drafts::create(&world.ctx, &world.admin, "campaign/autumn", None)
            .await
            .unwrap();
        let warm = TEXT.replace("Greet", "Warmly greet");
        let draft = Some("campaign/autumn");
        world
            .save(draft, "Warmer", &[(WELCOME, &warm)])
            .await
            .unwrap();
        world
    }

    /// Another server over the same store, with mirrors of its own.
    pub(crate) async fn second_server(&mut self) -> String {
        let git = GitProgram::find(None, std::env::var_os("PATH").as_deref()).await;
        let folder = self.folder.path().join("git-2");
        let (address, serving, _) = listen(&self.ctx, folder, git, &self.secret).await;
        self.tasks.push(serving);
        address
    }

    /// A server on a machine without `git`.
    pub(crate) async fn server_without_git(&mut self) -> String {
        let git = GitProgram::find(None, None).await;
        let folder = self.folder.path().join("git-3");
        let (address, serving, _) = listen(&self.ctx, folder, git, &self.secret).await;
        self.tasks.push(serving);
        address
    }

    pub(crate) async fn save(
        &self,
        draft: Option<&str>,
        subject: &str,
        files: &[(&str, &str)],
    ) -> Result<Saved> {
        let content = |text: &str| Some(text.as_bytes().to_vec());
        let cmd = SaveVersion {
            draft: draft.map(str::to_owned),
            note: Note {
                subject: subject.into(),
                ..Note::default()
            },
            files: files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), content(text)))
                .collect(),
            ..SaveVersion::default()
        };
        save_version(&self.ctx, &self.admin, cmd).await
    }

    /// A token of the administrator that allows no more than a role.
    pub(crate) async fn token(&self, role: Role) -> String {
        let new = NewToken {
            name: "tests".into(),
            role,
            days: None,
            service: false,
            uses: Vec::new(),
        };
        create_token(&self.ctx, &self.admin, new).await.unwrap().2
    }

    /// The library's address with a token in it.
    pub(crate) fn url_with(&self, token: &str) -> String {
        format!("http://ann:{token}@{}/git/acme.git", self.address)
    }

    pub(crate) fn url(&self) -> String {
        self.url_with(&self.token)
    }

    /// A new folder for a working copy.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A working copy.
    pub(crate) async fn copy(&self, name: &str) -> PathBuf {
        let place = self.place(name);
        let (url, to) = (self.url(), place.display().to_string());
        git(self.folder.path(), &["clone", "--quiet", &url, &to])
            .await
            .must();
        place
    }

    /// Every ref and the number of objects, commits and audit entries: what a refused push leaves as
    /// it was.
    pub(crate) async fn everything(&self) -> (Vec<(String, Oid)>, i64, usize, usize) {
        let mut tx = self.ctx.store.read().await.unwrap();
        let id = self.admin.workspace;
        let refs = tx.refs(id, "refs/").await.unwrap();
        let objects = tx.object_span(id, 0).await.unwrap().count;
        let commits = tx.graph(id, 0, 100_000).await.unwrap().len();
        let entries = tx.scan_entries(id, 0, 100_000).await.unwrap().len();
        let refs = refs.into_iter().map(|(name, oid, _)| (name, oid)).collect();
        (refs, objects, commits, entries)
    }

    pub(crate) async fn tip(&self, name: &str) -> Option<Oid> {
        let mut tx = self.ctx.store.read().await.unwrap();
        tx.get_ref(self.admin.workspace, name).await.unwrap()
    }

    /// Everything in the store is whole.
    pub(crate) async fn must_be_sound(&self) {
        let checked = variorum_app::transfer::fsck::run(&self.ctx, &self.admin)
            .await
            .unwrap();
        assert_eq!((checked.errors, checked.warnings), (vec![], vec![]));
    }
}

async fn listen(
    ctx: &Arc<Context>,
    folder: PathBuf,
    git: std::result::Result<GitProgram, variorum_git_gateway::GitMissing>,
    secret: &Arc<Mutex<Option<Secret>>>,
) -> (String, tokio::task::JoinHandle<()>, Option<Arc<Remotes>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut state = ApiState::new(ctx.clone(), format!("http://{address}"));
    let settings = RemoteSettings {
        secrets: secrets(secret),
        ssh: folder.with_file_name("ssh"),
        known_hosts: folder.with_file_name("known_hosts"),
    };
    let door = Door::new(GatewayState {
        ctx: ctx.clone(),
        folder,
        git,
        public_url: "http://prompts.acme.example".to_owned(),
    });
    state.beside = Some(door.router());
    let remotes = door.remotes(settings);
    let router: Router = variorum_api::router(state);
    let serving = tokio::spawn(async move {
        axum::serve(listener, router).await.unwrap();
    });
    (address, serving, remotes)
}

fn secrets(secret: &Arc<Mutex<Option<Secret>>>) -> Secrets {
    let secret = secret.clone();
    Arc::new(move |credential| match credential {
        Credential::None => Ok(None),
        named => {
            let found = secret.lock().unwrap().clone();
            found.map(Some).ok_or_else(|| named.to_string())
        }
    })
}

/// Writes a file and commits it.
pub(crate) async fn commit(copy: &Path, path: &str, text: &str, subject: &str) {
    let file = copy.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
    git(copy, &["add", "--all"]).await.must();
    git(copy, &["commit", "--quiet", "--message", subject])
        .await
        .must();
}

impl World {
    /// Pushes a pack as it stands to a new ref, without a client that could mend it; returns the whole
    /// answer.
    pub(crate) async fn push_pack(&self, tip: &str, name: &str, pack: &[u8]) -> String {
        self.post_push(&[(&"0".repeat(40), tip, name)], pack).await
    }

    /// Pushes exactly these objects of a working copy as `bad`.
    pub(crate) async fn push_objects(&self, copy: &Path, tip: &str, oids: &[&str]) -> String {
        let listed = oids.join("\n");
        let pack = pack_of(copy, &["pack-objects", "--stdout", "--quiet"], &listed);
        self.push_pack(tip, "refs/heads/bad", &pack).await
    }

    /// Moves refs without having looked where they stand.
    pub(crate) async fn push_raw(&self, updates: &[(&str, &str, &str)], copy: &Path) -> String {
        let listed: Vec<String> = updates
            .iter()
            .map(|(old, new, _)| format!("{new}\n^{old}"))
            .collect();
        let words = ["pack-objects", "--stdout", "--quiet", "--revs", "--thin"];
        let pack = pack_of(copy, &words, &listed.join("\n"));
        self.post_push(updates, &pack).await
    }

    async fn post_push(&self, updates: &[(&str, &str, &str)], pack: &[u8]) -> String {
        let mut body = Vec::new();
        let mut capabilities = "\0report-status side-band-64k";
        for (old, new, name) in updates {
            let line = format!("{old} {new} {name}{capabilities}");
            body.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
            capabilities = "";
        }
        body.extend_from_slice(b"0000");
        body.extend_from_slice(pack);
        let url = format!("http://{}/git/acme.git/git-receive-pack", self.address);
        let token = format!("Bearer {}", self.token);
        tokio::task::spawn_blocking(move || {
            let mut answer = ureq::post(url)
                .header("authorization", token)
                .send(&body[..])
                .unwrap();
            let bytes = answer.body_mut().read_to_vec().unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        })
        .await
        .unwrap()
    }
}

fn pack_of(copy: &Path, words: &[&str], listed: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut child = Command::new("git")
        .current_dir(copy)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(words)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(listed.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}
