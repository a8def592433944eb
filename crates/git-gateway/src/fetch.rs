//! Clone and fetch: the mirror catches up, then the real `git upload-pack` answers.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path as InPath, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use variorum_domain::access::Actor;
use variorum_domain::id::WorkspaceId;

use crate::body::{self, BodyError};
use crate::caller::{failed, identify, words};
use crate::limits::{ANSWER_STALL, FETCH_TIMEOUT, PROCESS_WAIT, WANTS_BYTES_MAX};
use crate::mirror::{Mirrors, SyncError, complaint};
use crate::packet;
use crate::push;
use crate::state::{Gateway, Shared};

/// Bytes that are read from `git` at a time, and pieces that wait for a slow client.
const PIECE_BYTES: usize = 64 * 1024;
const PIECES_WAITING_MAX: usize = 4;
/// The longest wish for a version of the protocol.
const PROTOCOL_BYTES_MAX: usize = 100;

/// `GET …/info/refs`: the first thing every client asks.
pub(crate) async fn info_refs(
    State(gateway): State<Shared>,
    InPath(repository): InPath<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let caller = match identify(&gateway, &headers, &repository).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    match query.as_deref() {
        Some("service=git-upload-pack") => {
            let protocol = protocol(&headers);
            let mut banner = Vec::new();
            if !protocol
                .as_deref()
                .is_some_and(|wish| wish.contains("version=2"))
            {
                packet::line(&mut banner, b"# service=git-upload-pack\n");
                banner.extend_from_slice(packet::FLUSH);
            }
            let asked = Asked {
                arguments: &["--http-backend-info-refs"],
                protocol,
                input: Vec::new(),
                beginning: banner,
                kind: "application/x-git-upload-pack-advertisement",
            };
            serve(&gateway, &caller.actor, asked).await
        }
        Some("service=git-receive-pack") => push::advertise(&gateway, &caller.actor).await,
        _ => dumb().await,
    }
}

/// Whatever only the oldest clients ask for.
pub(crate) async fn dumb() -> Response {
    words(
        StatusCode::FORBIDDEN,
        "This server speaks Git's smart protocol only; use git 1.6.6 or newer.",
    )
}

/// `POST …/git-upload-pack`: what the client wants and has.
pub(crate) async fn upload_pack(
    State(gateway): State<Shared>,
    InPath(repository): InPath<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let caller = match identify(&gateway, &headers, &repository).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let input = match body::read(&headers, body, WANTS_BYTES_MAX).await {
        Ok(input) => input,
        Err(error) => return unreadable(&error),
    };
    let asked = Asked {
        arguments: &[],
        protocol: protocol(&headers),
        input,
        beginning: Vec::new(),
        kind: "application/x-git-upload-pack-result",
    };
    serve(&gateway, &caller.actor, asked).await
}

/// The answer to a body that could not be read.
pub(crate) fn unreadable(error: &BodyError) -> Response {
    match error {
        BodyError::TooLarge => words(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."),
        BodyError::Io(reason) => {
            tracing::error!(reason, "a request cannot be kept");
            words(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The request could not be kept; nothing was changed. The server's log says more.",
            )
        }
        BodyError::Broken => words(
            StatusCode::REQUEST_TIMEOUT,
            "The request ended before it was complete; nothing was changed.",
        ),
        BodyError::NotGzip | BodyError::UnknownEncoding => words(
            StatusCode::BAD_REQUEST,
            "The request is compressed in a form that is not understood here.",
        ),
    }
}

/// The version of the protocol that the client would like.
fn protocol(headers: &HeaderMap) -> Option<String> {
    let wish = headers.get("git-protocol")?.to_str().ok()?;
    let is_fine = wish.len() <= PROTOCOL_BYTES_MAX
        && wish
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"=:-".contains(&byte));
    is_fine.then(|| wish.to_owned())
}

struct Asked<'a> {
    arguments: &'a [&'a str],
    protocol: Option<String>,
    input: Vec<u8>,
    beginning: Vec<u8>,
    kind: &'static str,
}

async fn serve(gateway: &Gateway, actor: &Actor, asked: Asked<'_>) -> Response {
    let mirrors = match &gateway.mirrors {
        Ok(mirrors) => mirrors,
        Err(missing) => {
            return words(
                StatusCode::SERVICE_UNAVAILABLE,
                &format!(
                    "Cloning and fetching need `git` on the server: {missing}. Ask whoever runs it to \
                     install git 2.31 or newer, or to name it with `--git`. Pushing works."
                ),
            );
        }
    };
    let waited = tokio::time::timeout(PROCESS_WAIT, gateway.processes.clone().acquire_owned());
    let Ok(Ok(permit)) = waited.await else {
        return words(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many fetches are under way; try again in a moment.",
        );
    };
    let folder = match mirrors.sync(&gateway.ctx, actor).await {
        Ok(folder) => folder,
        Err(SyncError::App(error)) => return failed(&error),
        Err(error) => return mirror_failed(&error),
    };
    match spawn(mirrors, &folder, &asked) {
        Ok(child) => stream(mirrors.clone(), actor.workspace, child, permit, asked),
        Err(error) => mirror_failed(&error),
    }
}

fn mirror_failed(error: &dyn std::error::Error) -> Response {
    tracing::error!(error = %error, cause = ?error.source(), "a mirror cannot be read");
    words(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The library's mirror could not be brought up to date. Nothing is lost: try again; the server's \
         log says more.",
    )
}

fn spawn(mirrors: &Mirrors, folder: &Path, asked: &Asked<'_>) -> io::Result<Child> {
    let folder = folder.display().to_string();
    let mut arguments = vec!["upload-pack", "--stateless-rpc"];
    arguments.extend(asked.arguments);
    arguments.push(&folder);
    let mut command = mirrors.git.command(&arguments);
    if let Some(protocol) = &asked.protocol {
        command.env("GIT_PROTOCOL", protocol);
    }
    command.stdin(Stdio::piped()).spawn()
}

/// Sends on what `git` says, as fast as the client takes it.
fn stream(
    mirrors: Arc<Mirrors>,
    workspace: WorkspaceId,
    child: Child,
    permit: OwnedSemaphorePermit,
    asked: Asked<'_>,
) -> Response {
    let (sender, receiver) = mpsc::channel(PIECES_WAITING_MAX);
    let (input, beginning) = (asked.input, asked.beginning);
    drop(tokio::spawn(async move {
        let pumped = pump(child, input, beginning, sender);
        let ended = tokio::time::timeout(FETCH_TIMEOUT, pumped).await;
        drop(permit);
        if let Ok(Err(said)) = ended {
            tracing::warn!(workspace = %workspace, said, "`git upload-pack` failed");
            if is_damage(&said) || !mirrors.check(workspace).await {
                mirrors.discard(workspace).await;
            }
        }
    }));
    let mut response = Body::from_stream(ReceiverStream::new(receiver)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asked.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Whether `git` complains of the mirror rather than of the client.
fn is_damage(said: &str) -> bool {
    [
        "corrupt",
        "bad object",
        "missing",
        "unable to read",
        "not a git repository",
        "invalid sha1",
    ]
    .iter()
    .any(|word| said.contains(word))
}

/// Runs until `git` has said everything or the client has left; then nothing of it is left running.
async fn pump(
    mut child: Child,
    input: Vec<u8>,
    beginning: Vec<u8>,
    sender: mpsc::Sender<io::Result<Bytes>>,
) -> Result<(), String> {
    let said = tokio::spawn(complaint(child.stderr.take()));
    let writing = child.stdin.take().map(|mut stdin| {
        tokio::spawn(async move {
            // A program that needs no more closes its end.
            drop(stdin.write_all(&input).await);
        })
    });
    let Some(mut output) = child.stdout.take() else {
        return Ok(());
    };
    let mut piece = BytesMut::from(&beginning[..]);
    loop {
        if !piece.is_empty() {
            let sent = sender.send(Ok(piece.split().freeze()));
            if !matches!(tokio::time::timeout(ANSWER_STALL, sent).await, Ok(Ok(()))) {
                // The client has left or takes nothing; dropping the child ends it.
                return Ok(());
            }
        }
        piece.reserve(PIECE_BYTES);
        match tokio::time::timeout(ANSWER_STALL, output.read_buf(&mut piece)).await {
            Ok(Ok(0)) => break,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => return Err("it said nothing for too long".to_owned()),
        }
    }
    if let Some(writing) = writing {
        writing.abort();
    }
    let status = child.wait().await.map_err(|error| error.to_string())?;
    if status.success() {
        return Ok(());
    }
    // The client must not take what it got for the whole.
    drop(sender.send(Err(io::Error::other("git failed"))).await);
    Err(said.await.unwrap_or_default())
}
