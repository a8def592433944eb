//! A PostgreSQL server of a test's own.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Where Debian's packages put the programs, one folder a version.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// A running server; it is stopped and its folder removed when this is dropped.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    url: String,
    fsync: &'static str,
}

impl Cluster {
    /// Makes a cluster in a temporary folder and starts it on a free port.
    pub fn start() -> Self {
        Self::start_with("on")
    }

    /// The same for tests that stop no server: nothing is flushed, so that databases are made fast.
    pub fn start_without_flushes() -> Self {
        Self::start_with("off")
    }

    fn start_with(fsync: &'static str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("variorum-postgres-")
            .tempdir()
            .unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let url = format!("postgres://variorum@127.0.0.1:{port}/postgres");
        let cluster = Self {
            programs: programs(),
            folder,
            url,
            fsync,
        };
        cluster.give_away();
        // What the new cluster itself consists of need not survive anything; what is written to it
        // later is flushed as it is in use.
        let fresh = [
            "--auth=trust",
            "--username=variorum",
            "--encoding=UTF8",
            "--no-sync",
        ];
        cluster.run("initdb", &fresh);
        cluster.pg_ctl_start(port);
        cluster
    }

    /// The address to connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes an empty database and returns the address to connect to it.
    pub fn database(&self, name: &str) -> String {
        let (server, _) = self.url.rsplit_once('/').unwrap();
        let output = Command::new(self.programs.join("psql"))
            .args(["--quiet", "--no-psqlrc", "--dbname", &self.url])
            .arg("--command")
            .arg(format!("CREATE DATABASE \"{name}\" STRATEGY file_copy"))
            .output();
        succeed(&output.unwrap(), "psql");
        format!("{server}/{name}")
    }

    /// Stops the server at once, as a crash would, and starts it again on the same port.
    pub fn crash_and_restart(&self) {
        self.run("pg_ctl", &["stop", "--mode=immediate", "-w"]);
        let port = self
            .url
            .rsplit_once(':')
            .unwrap()
            .1
            .trim_end_matches("/postgres");
        self.pg_ctl_start(port.parse().unwrap());
    }

    fn pg_ctl_start(&self, port: u16) {
        let sockets = self.folder.path().display();
        let fsync = self.fsync;
        let options = format!("-p {port} -h 127.0.0.1 -k {sockets} -c fsync={fsync}");
        let log = self.folder.path().join("log").display().to_string();
        self.run("pg_ctl", &["start", "-w", "-l", &log, "-o", &options]);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The server refuses to run as root, so there it runs as the user of its package.
    fn give_away(&self) {
        if is_root() {
            let path = self.folder.path().as_os_str();
            succeed(
                &Command::new("chown")
                    .arg("postgres")
                    .arg(path)
                    .output()
                    .unwrap(),
                "chown",
            );
        }
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        succeed(&self.command(program, arguments).output().unwrap(), program);
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command
            .args(arguments)
            .arg("-D")
            .arg(self.data())
            .current_dir("/")
            .env("LC_ALL", "C");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(
            self.command("pg_ctl", &["stop", "--mode=immediate", "-w"])
                .output(),
        );
    }
}

fn programs() -> PathBuf {
    let versions = std::fs::read_dir(PROGRAMS).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions
        .map(|version| version.path().join("bin"))
        .filter(|programs| programs.join("initdb").exists())
        .collect();
    found.sort();
    let newest = found.pop();
    assert!(
        newest.is_some(),
        "PostgreSQL is not installed below {PROGRAMS}; run `apt-get install postgresql`"
    );
    newest.unwrap()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    Path::new("/proc/self").metadata().unwrap().uid() == 0
}

fn succeed(output: &Output, program: &str) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{program} failed: {out}{err}");
}
