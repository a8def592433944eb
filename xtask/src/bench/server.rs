//! The servers of both sides, each a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::post;

use super::processor::{memory_mb_of, seconds_of};
use crate::{output, tree};

/// The file in the data folder in which a server says where it listens.
const LEFT: &str = "cli.json";
/// How long a server may take until it listens.
const START_MAX: Duration = Duration::from_secs(30);

/// How long to wait between two looks whether a server listens.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A server that runs until it is dropped.
pub(super) struct Server {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts the product on a data folder.
    pub(super) fn variorum(data: &Path) -> Result<Self> {
        forget_address(data)?;
        let mut command = Command::new(super::programs()?.join("variorum"));
        command
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"]);
        command
            .env("VARIORUM_LOG_LEVEL", "warn")
            .stdout(Stdio::null());
        let mut child = command.spawn().context("`variorum` cannot be started")?;
        let begun = Instant::now();
        loop {
            if let Some(address) = address_left_in(data) {
                return Ok(Self { child, address });
            }
            if let Some(status) = child.try_wait()? {
                bail!("`variorum serve` ended with {status}");
            }
            if begun.elapsed() > START_MAX {
                // Nothing more can be done about it.
                drop(child.kill());
                bail!(
                    "`variorum serve` does not listen after {} s",
                    START_MAX.as_secs()
                );
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Starts the reference: a bare handler that answers with what a file holds.
    pub(super) fn fixed(answer: &Path) -> Result<Self> {
        Self::own("serve-static", answer)
    }

    /// Starts the reference: `git http-backend` over the repositories in a folder.
    pub(super) fn http_backend(folder: &Path) -> Result<Self> {
        Self::own("serve-git", folder)
    }

    /// Starts this program as a server.
    fn own(what: &str, over: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args([what, "127.0.0.1:0"])
            .arg(over)
            .stdout(Stdio::piped());
        let mut child = command.spawn().context("the reference cannot be started")?;
        let mut line = String::new();
        let printed = child.stdout.take().context("the reference has no output")?;
        BufReader::new(printed).read_line(&mut line)?;
        let address = line
            .trim()
            .parse()
            .context("the reference says no address")?;
        Ok(Self { child, address })
    }

    /// The memory the server holds now, and the most it ever held, in megabytes.
    pub(super) fn memory_mb(&self) -> Result<(f64, f64)> {
        memory_mb_of(self.child.id())
    }

    /// The processor time the server has used so far, in seconds.
    pub(super) fn processor_seconds(&self) -> Result<f64> {
        seconds_of(self.child.id())
    }
}

/// An address that an earlier server left would be taken for the next one's.
fn forget_address(data: &Path) -> Result<()> {
    match std::fs::remove_file(data.join(LEFT)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// The address a server has left for commands on the same machine.
fn address_left_in(data: &Path) -> Option<SocketAddr> {
    let text = std::fs::read_to_string(data.join(LEFT)).ok()?;
    let left: serde_json::Value = serde_json::from_str(&text).ok()?;
    left["url"].as_str()?.strip_prefix("http://")?.parse().ok()
}

/// Makes a token for a data folder that no server has open yet.
pub(super) fn make_token(data: &Path, role: &str) -> Result<String> {
    let mut command = Command::new(super::programs()?.join("variorum"));
    command
        .args(["token", "create", "--json", "--role", role, "--data"])
        .arg(data);
    let made: serde_json::Value = serde_json::from_slice(&tree::stdout(&mut command)?)?;
    Ok(made["token"]
        .as_str()
        .context("`variorum token create` prints no token")?
        .to_owned())
}

/// The reference itself: reads what is sent, and answers the same bytes from memory every time.
pub(crate) fn serve_static(address: &str, file: &str) -> Result<ExitCode> {
    let answer = Bytes::from(std::fs::read(file).with_context(|| format!("cannot read `{file}`"))?);
    let handler = move |sent: Bytes| {
        let answer = answer.clone();
        async move {
            drop(sent);
            ([(header::CONTENT_TYPE, "application/json")], answer)
        }
    };
    let router = Router::new().route("/api/v1/resolve", post(handler));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        output::line(&listener.local_addr()?.to_string());
        axum::serve(listener, router).await?;
        Ok(ExitCode::SUCCESS)
    })
}
