//! `git http-backend` behind a small runner of CGI programs, as the reference for the Git door.

use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio_stream::wrappers::ReceiverStream;

use crate::output;

/// The largest request that is taken.
const REQUEST_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Bytes read from the program at a time, and pieces that wait for the client.
const PIECE_BYTES: usize = 64 * 1024;
const PIECES_WAITING_MAX: usize = 4;

/// Serves the repositories in a folder.
pub(crate) fn serve_git(address: &str, folder: &str) -> Result<ExitCode> {
    let folder = PathBuf::from(folder);
    let router = Router::new()
        .fallback(run)
        .layer(DefaultBodyLimit::disable())
        .with_state(folder);
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

async fn run(State(folder): State<PathBuf>, request: Request) -> Result<Response, StatusCode> {
    answer(folder, request).await.map_err(|error| {
        output::note(&format!("error: {error:#}"));
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

async fn answer(folder: PathBuf, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        let value = parts.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let mut command = tokio::process::Command::new("git");
    command
        .arg("http-backend")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_PROJECT_ROOT", &folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "ann")
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("CONTENT_TYPE", header("content-type"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().context("`git` cannot be started")?;
    let mut stdin = child.stdin.take().context("it reads nothing")?;
    let sent = axum::body::to_bytes(body, REQUEST_BYTES_MAX).await?;
    drop(tokio::spawn(async move {
        // A program that needs no more closes its end.
        drop(stdin.write_all(&sent).await);
    }));
    let mut printed = BufReader::new(child.stdout.take().context("it prints nothing")?);
    let mut response = Response::builder();
    loop {
        let mut line = String::new();
        printed.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().unwrap_or_default();
            response = response.status(code.parse::<u16>()?);
        } else {
            let name: HeaderName = name.parse()?;
            response = response.header(name, value.parse::<HeaderValue>()?);
        }
    }
    let (sender, receiver) = tokio::sync::mpsc::channel(PIECES_WAITING_MAX);
    drop(tokio::spawn(async move {
        let mut piece = vec![0; PIECE_BYTES];
        while let Ok(read @ 1..) = printed.read(&mut piece).await {
            let bytes = Bytes::copy_from_slice(&piece[..read]);
            if sender.send(Ok::<_, std::io::Error>(bytes)).await.is_err() {
                return;
            }
        }
        drop(child.wait().await);
    }));
    Ok(response.body(Body::from_stream(ReceiverStream::new(receiver)))?)
}
