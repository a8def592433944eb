//! Opening the data folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use variorum_app::Context;
use variorum_app::columns::Columns;
use variorum_domain::id::Time;
use variorum_ports::{Clock, EventLog, Ids, Store};
use variorum_store_files::FolderShelf;
use variorum_store_sql::{PostgresEventLog, SqlStore, SqliteEventLog};

use crate::args::Connection;
use crate::error::CliError;

/// The file in which a server leaves its address and a token for commands on the same machine.
const CLI_FILE: &str = "cli.json";

/// The folder of columns of events, inside the data folder; it can be thrown away at any time.
const COLUMNS_FOLDER: &str = "columns";

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Time(since.map_or(0, |since| {
            i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
        }))
    }
}

/// The machine's secure randomness.
pub(crate) struct SystemIds;

impl Ids for SystemIds {
    #[expect(
        clippy::panic,
        reason = "without randomness every secret would be guessable"
    )]
    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        if let Err(error) = getrandom::fill(&mut bytes) {
            panic!("the system has no secure randomness: {error}");
        }
        bytes
    }
}

/// The folder with the data.
pub(crate) fn data_dir(connection: &Connection) -> Result<PathBuf, CliError> {
    if let Some(dir) = &connection.data {
        return Ok(dir.clone());
    }
    let from_env = std::env::var_os("XDG_DATA_HOME").filter(|dir| !dir.is_empty());
    let base = from_env.map(PathBuf::from).or_else(|| {
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local").join("share"))
    });
    base.map(|base| base.join("variorum")).ok_or_else(|| {
        CliError::user(
            "there is no place for the data",
            "name a folder with `--data DIR`",
        )
    })
}

/// Opens the stores of a data folder, or of a database.
pub(crate) async fn open(
    connection: &Connection,
    clock: Arc<dyn Clock>,
) -> Result<Context, CliError> {
    let (store, log): (Arc<dyn Store>, Arc<dyn EventLog>) = match connection.database.as_deref() {
        Some(url) => {
            let failed = |error: &dyn std::fmt::Display| {
                CliError::user(
                    format!("the database cannot be opened: {error}"),
                    "check the address after `--database`, and that the server runs",
                )
            };
            let store = SqlStore::open_postgres(url).await.map_err(|e| failed(&e))?;
            let log = PostgresEventLog::open(url).await.map_err(|e| failed(&e))?;
            (Arc::new(store), Arc::new(log))
        }
        None => {
            let dir = data_dir(connection)?;
            make_private(&dir)?;
            let failed = |error: &dyn std::fmt::Display| {
                CliError::user(
                    format!("the data in `{}` cannot be opened: {error}", dir.display()),
                    "check that the folder can be written and the disk has room",
                )
            };
            let store = SqlStore::open_sqlite(&dir).await.map_err(|e| failed(&e))?;
            let log = SqliteEventLog::open(&dir).map_err(|e| failed(&e))?;
            (Arc::new(store), Arc::new(log))
        }
    };
    let mut ctx = Context::new(store, log, clock, Arc::new(SystemIds));
    let folder = data_dir(connection)?.join(COLUMNS_FOLDER);
    let shelf = FolderShelf::open(&folder).map_err(|error| {
        CliError::internal("the folder for columns of events cannot be used", error)
    })?;
    ctx.columns = Columns::new(Arc::new(shelf));
    Ok(ctx)
}

/// Makes the folder, or makes it readable by its owner only: it holds hashes of secrets and people's names.
fn make_private(dir: &Path) -> Result<(), CliError> {
    let failed = |error: std::io::Error| {
        CliError::user(
            format!("the folder `{}` cannot be made: {error}", dir.display()),
            "name another folder with `--data DIR`",
        )
    };
    std::fs::create_dir_all(dir).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// How commands on the same machine reach the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CliFile {
    /// The server's address.
    pub url: String,
    /// A token of the first administrator.
    pub token: String,
}

/// Leaves address and token for commands on the same machine, readable by the owner only.
pub(crate) fn write_cli_file(dir: &Path, file: &CliFile) -> std::io::Result<()> {
    use std::io::Write as _;
    let path = dir.join(CLI_FILE);
    let fresh = dir.join(format!("{CLI_FILE}.new"));
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let text = serde_json::to_string_pretty(file).map_err(std::io::Error::other)?;
    options.open(&fresh)?.write_all(text.as_bytes())?;
    std::fs::rename(fresh, path)
}

/// What the server left.
pub(crate) fn read_cli_file(dir: &Path) -> Option<CliFile> {
    let text = std::fs::read_to_string(dir.join(CLI_FILE)).ok()?;
    serde_json::from_str(&text).ok()
}
