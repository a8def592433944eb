//! Push: the refs and the pack are received here, and decided by one use case.

use axum::body::Body;
use axum::extract::{Path as InPath, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use variorum_app::Error;
use variorum_app::library::push::{self, Outcome, Push, Pushed, Refusal, Update};
use variorum_app::transfer::mirror::refs;
use variorum_domain::access::Actor;
use variorum_domain::id::Oid;
use variorum_domain::limits::PUSH_PACK_BYTES_MAX;

use crate::answer::{self, Wishes};
use crate::body;
use crate::caller::{failed, identify, words};
use crate::fetch::unreadable;
use crate::limits::{COMMANDS_BYTES_MAX, PUSH_WAIT};
use crate::packet::{self, Packet};
use crate::state::{Gateway, Shared};

/// What this side can do; the deltas of a pack may name their bases by distance or by id.
const CAPABILITIES: &str = concat!(
    "report-status delete-refs side-band-64k atomic ofs-delta object-format=sha1 agent=variorum/",
    env!("CARGO_PKG_VERSION")
);

/// The refs, for a client that wants to push.
pub(crate) async fn advertise(gateway: &Gateway, actor: &Actor) -> Response {
    let refs = match refs(&gateway.ctx, actor).await {
        Ok(refs) => refs,
        Err(error) => return failed(&error),
    };
    let mut out = Vec::new();
    packet::line(&mut out, b"# service=git-receive-pack\n");
    out.extend_from_slice(packet::FLUSH);
    let mut capabilities = format!("\0{CAPABILITIES}");
    for (name, oid) in &refs {
        packet::line(&mut out, format!("{oid} {name}{capabilities}\n").as_bytes());
        capabilities.clear();
    }
    if refs.is_empty() {
        let nothing = format!("{} capabilities^{{}}{capabilities}\n", Oid::ZERO);
        packet::line(&mut out, nothing.as_bytes());
    }
    out.extend_from_slice(packet::FLUSH);
    answer(out, "application/x-git-receive-pack-advertisement")
}

fn answer(body: Vec<u8>, kind: &'static str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// `POST …/git-receive-pack`
pub(crate) async fn receive_pack(
    State(gateway): State<Shared>,
    InPath(repository): InPath<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let caller = match identify(&gateway, &headers, &repository).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let Ok(Ok(_upload)) = tokio::time::timeout(PUSH_WAIT, gateway.uploads.acquire()).await else {
        return busy();
    };
    let max = (PUSH_PACK_BYTES_MAX + COMMANDS_BYTES_MAX) as u64;
    let folder = gateway.folder.join("incoming");
    let spool = match body::spool(&headers, body, &folder, max).await {
        Ok(spool) => spool,
        Err(error) => return unreadable(&error),
    };
    let Ok(Ok(_push)) = tokio::time::timeout(PUSH_WAIT, gateway.pushes.acquire()).await else {
        return busy();
    };
    let is_cut = spool.is_cut;
    let mut bytes = match spool.into_bytes().await {
        Ok(bytes) => bytes,
        Err(error) => return unreadable(&error),
    };
    let asked = match commands(&bytes) {
        Ok(asked) => asked,
        Err(reason) => {
            let text = format!("The push cannot be read: {reason}.");
            return words(StatusCode::BAD_REQUEST, &text);
        }
    };
    if asked.updates.is_empty() {
        // What a client sends to see whether it is let in.
        return answer(Vec::new(), "application/x-git-receive-pack-result");
    }
    let pack = bytes.split_off(asked.length);
    let pushed = if is_cut || pack.len() > PUSH_PACK_BYTES_MAX {
        too_large(&asked.updates)
    } else {
        let cmd = Push {
            updates: asked.updates.clone(),
            pack: (!pack.is_empty()).then_some(pack),
            atomic: asked.atomic,
            only_forward: false,
        };
        match push::push(&gateway.ctx, &caller.actor, cmd).await {
            Ok(pushed) => pushed,
            Err(error) => refused(&asked.updates, &error),
        }
    };
    let body = answer::body(&pushed, asked.wishes, &gateway.public_url);
    answer(body, "application/x-git-receive-pack-result")
}

fn busy() -> Response {
    words(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many pushes are under way; nothing was changed. Try again in a moment.",
    )
}

fn too_large(updates: &[Update]) -> Pushed {
    let refusal = push::too_large(PUSH_PACK_BYTES_MAX);
    Pushed {
        refs: all(updates, &refusal),
        pack_refused: Some(refusal),
        remarks: Vec::new(),
    }
}

/// An error that ends the whole push, said on each ref.
fn refused(updates: &[Update], error: &Error) -> Pushed {
    let (short, line) = match error {
        Error::Conflict(_) => (
            "somebody saved first: fetch, merge, push again",
            "Somebody saved at the same moment. Nothing of yours is lost: run `git pull`, then push again."
                .to_owned(),
        ),
        Error::Denied(denied) if denied.is_of_token() => ("not allowed", format!("{error}.")),
        Error::Denied(_) => (
            "not allowed",
            format!("{error}. Ask an administrator of the workspace for that role."),
        ),
        Error::Invalid { hint, .. } => (
            "refused",
            format!("{error}; {}", hint.as_deref().unwrap_or("change it and push again")),
        ),
        Error::NotFound { .. } | Error::Clash { .. } | Error::Refused(_) => {
            ("refused", error.to_string())
        }
        Error::Store(_) | Error::Damaged(_) | Error::Internal(_) => {
            tracing::error!(error = %error, cause = ?std::error::Error::source(error), "a push failed");
            (
                "the server failed",
                "Something failed that should not; nothing was stored. The server's log says more."
                    .to_owned(),
            )
        }
    };
    let refusal = Refusal {
        short: short.to_owned(),
        lines: vec![line],
    };
    Pushed {
        refs: all(updates, &refusal),
        ..Pushed::default()
    }
}

fn all(updates: &[Update], refusal: &Refusal) -> Vec<Outcome> {
    let outcome = |update: &Update| Outcome::refused(&update.name, refusal.clone());
    updates.iter().map(outcome).collect()
}

/// What stands before the pack.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    updates: Vec<Update>,
    wishes: Wishes,
    atomic: bool,
    length: usize,
}

fn commands(bytes: &[u8]) -> Result<Asked, &'static str> {
    let mut asked = Asked {
        updates: Vec::new(),
        wishes: Wishes::default(),
        atomic: false,
        length: 0,
    };
    loop {
        if asked.length > COMMANDS_BYTES_MAX {
            return Err("it names too many refs");
        }
        let rest = bytes.get(asked.length..).unwrap_or_default();
        let (packet, used) =
            packet::read(rest)?.ok_or("it ends in the middle of the list of refs")?;
        asked.length += used;
        let Packet::Line(line) = packet else {
            return Ok(asked);
        };
        let (line, capabilities) = match line.iter().position(|byte| *byte == 0) {
            Some(end) => (&line[..end], Some(&line[end + 1..])),
            None => (line, None),
        };
        let line = std::str::from_utf8(line).map_err(|_| "a ref's name is not UTF-8")?;
        let line = line.trim_end_matches('\n');
        if let Some(capabilities) = capabilities {
            let text = String::from_utf8_lossy(capabilities);
            for word in text.split_ascii_whitespace() {
                match word {
                    "report-status" => asked.wishes.report = true,
                    "side-band-64k" => asked.wishes.bands = true,
                    "atomic" => asked.atomic = true,
                    _ => {}
                }
            }
        }
        // Where the client's own history ends; ours goes on behind it.
        if line.starts_with("shallow ") {
            continue;
        }
        if line.starts_with("push-cert") {
            return Err(
                "it is signed as a whole, which is not supported; sign the commits instead",
            );
        }
        asked
            .updates
            .push(update(line).ok_or("a line is not `old new name`")?);
    }
}

fn update(line: &str) -> Option<Update> {
    let mut parts = line.splitn(3, ' ');
    let mut oid = || parts.next()?.parse::<Oid>().ok();
    let (old, new) = (oid()?, oid()?);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let some = |oid: Oid| (oid != Oid::ZERO).then_some(oid);
    Some(Update {
        name: name.to_owned(),
        old: some(old),
        new: some(new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_refs_is_read() {
        let (zero, one) = ("0".repeat(40), "1".repeat(40));
        let mut bytes = Vec::new();
        packet::line(&mut bytes, format!("shallow {one}").as_bytes());
        let first =
            format!("{zero} {one} refs/heads/a\0 report-status side-band-64k atomic agent=x");
        packet::line(&mut bytes, first.as_bytes());
        packet::line(&mut bytes, format!("{one} {zero} refs/heads/b").as_bytes());
        bytes.extend_from_slice(b"0000PACK");
        let asked = commands(&bytes).unwrap();
        assert_eq!(&bytes[asked.length..], b"PACK");
        assert!(asked.atomic && asked.wishes.report && asked.wishes.bands);
        let oid = Some(Oid([0x11; 20]));
        assert_eq!(
            asked.updates,
            [
                Update {
                    name: "refs/heads/a".to_owned(),
                    old: None,
                    new: oid
                },
                Update {
                    name: "refs/heads/b".to_owned(),
                    old: oid,
                    new: None
                },
            ]
        );
        assert!(commands(b"0000").unwrap().updates.is_empty());
        for wrong in [&b""[..], b"0009hello", b"0010hello", b"000dpush-cert0000"] {
            assert!(commands(wrong).is_err(), "{wrong:?}");
        }
    }
}
