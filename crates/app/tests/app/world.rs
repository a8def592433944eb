//! A workspace over the real store in a temporary folder, for the tests of this room.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use variorum_app::columns::Columns;
use variorum_app::library::save::{SaveVersion, Saved, save_version};
use variorum_app::setup::{NewWorkspace, create_workspace};
use variorum_app::{Context, Result, events};
use variorum_domain::access::Actor;
use variorum_domain::id::Time;
use variorum_domain::record::Note;
use variorum_ports::EventLog;
use variorum_store_files::FolderShelf;
use variorum_store_sql::{PostgresEventLog, SqlStore, SqliteEventLog};
use variorum_testkit::{Cluster, FixedClock, Letterbox, SeededIds};

/// 2026-11-01T00:00:00Z.
pub(crate) const START: Time = Time(1_793_491_200_000_000);

/// Rows after which columns of events become a run; few, so that tests see several runs.
const TAIL_ROWS: usize = 50;

pub(crate) struct World {
    pub(crate) ctx: Arc<Context>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) admin: Actor,
    pub(crate) letters: Arc<Letterbox>,
    pub(crate) dir: tempfile::TempDir,
    database: Option<String>,
    pipeline: tokio::task::JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.pipeline.abort();
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(START));
        let database = new_database();
        let letters = Arc::new(Letterbox::default());
        let ctx = open(&dir, database.as_deref(), (&clock, &letters)).await;
        let new = NewWorkspace {
            name: "acme".into(),
            title: "Acme".into(),
            sample: false,
            administrator: "Ann Lee".into(),
            email: "ann@acme.example".into(),
        };
        let admin = create_workspace(&ctx, &new).await.unwrap();
        let pipeline = tokio::spawn(events::run(ctx.clone()));
        Self {
            ctx,
            clock,
            admin,
            letters,
            dir,
            database,
            pipeline,
        }
    }

    /// Stops the process and starts another one on the same files.
    pub(crate) async fn restart(&mut self) {
        self.pipeline.abort();
        self.ctx = open(
            &self.dir,
            self.database.as_deref(),
            (&self.clock, &self.letters),
        )
        .await;
        variorum_app::setup::start(&self.ctx).await.unwrap();
        self.pipeline = tokio::spawn(events::run(self.ctx.clone()));
    }

    /// Whether its data lies in files of its own folder.
    pub(crate) fn is_on_files(&self) -> bool {
        self.database.is_none()
    }

    pub(crate) async fn save(&self, subject: &str, files: &[(&str, &str)]) -> Result<Saved> {
        self.save_on(None, subject, files).await
    }

    pub(crate) async fn save_on(
        &self,
        draft: Option<&str>,
        subject: &str,
        files: &[(&str, &str)],
    ) -> Result<Saved> {
        let cmd = SaveVersion {
            draft: draft.map(str::to_owned),
            note: note(subject),
            files: files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), Some(text.as_bytes().to_vec())))
                .collect(),
            ..SaveVersion::default()
        };
        save_version(&self.ctx, &self.admin, cmd).await
    }
}

thread_local! {
    /// The PostgreSQL server on which this thread's worlds live, rather than in files.
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

struct Server {
    cluster: Cluster,
    databases: usize,
}

/// From now on, worlds of this thread live on a PostgreSQL server.
pub(crate) fn move_to_postgres() {
    let cluster = Cluster::start_without_flushes();
    SERVER.set(Some(Server {
        cluster,
        databases: 0,
    }));
}

/// A new database, on a thread whose worlds live on PostgreSQL.
fn new_database() -> Option<String> {
    SERVER.with_borrow_mut(|server| {
        let server = server.as_mut()?;
        server.databases += 1;
        let name = format!("world_{}", server.databases);
        Some(server.cluster.database(&name))
    })
}

async fn open(
    dir: &tempfile::TempDir,
    database: Option<&str>,
    (clock, letters): (&Arc<FixedClock>, &Arc<Letterbox>),
) -> Arc<Context> {
    let (store, log): (SqlStore, Arc<dyn EventLog>) = match database {
        Some(url) => (
            SqlStore::open_postgres(url).await.unwrap(),
            Arc::new(PostgresEventLog::open(url).await.unwrap()),
        ),
        None => (
            SqlStore::open_sqlite(dir.path()).await.unwrap(),
            Arc::new(SqliteEventLog::open(dir.path()).unwrap()),
        ),
    };
    let ids = Arc::new(SeededIds::new(7));
    let mut ctx = Context::new(Arc::new(store), log, clock.clone(), ids);
    ctx.notifier = letters.clone();
    let shelf = FolderShelf::open(&dir.path().join("columns")).unwrap();
    ctx.columns = Columns::new(Arc::new(shelf)).with_tail(TAIL_ROWS);
    Arc::new(ctx)
}

pub(crate) fn note(subject: &str) -> Note {
    Note {
        subject: subject.into(),
        ..Note::default()
    }
}

/// The folder with real data.
pub(crate) fn shared() -> PathBuf {
    let named = std::env::var_os("VARIORUM_SHARED").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"))
}

/// A gzipped file of the real data, as text.
pub(crate) fn gunzip(path: &str) -> String {
    use std::io::Read as _;
    let file = std::fs::File::open(shared().join(path)).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// Runs the real `git` and returns what it printed.
pub(crate) fn git(dir: &std::path::Path, args: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .current_dir(dir)
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
