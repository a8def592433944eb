//! Reading the pack of a push: anybody may have made it, so every size is checked first.

use std::collections::{HashMap, HashSet};

use variorum_domain::access::Actor;
use variorum_domain::id::Oid;
use variorum_domain::limits::{
    PUSH_DELTA_CHAIN_MAX, PUSH_OBJECT_BYTES_MAX, PUSH_OBJECTS_MAX, PUSH_PACK_BYTES_MAX,
    PUSH_TOTAL_BYTES_MAX,
};
use variorum_git::object::{Kind, Object};
use variorum_git::overlay::Overlay;
use variorum_git::pack::{
    OutsideBase, Pack, PackEntries, PackError, PackLimits, PackedObject, Stored,
};
use variorum_ports::rows::ObjectRow;

use super::{Refusal, Step};
use crate::context::Context;
use crate::work::{Work, encode_whole};
use crate::{Error, Result};

/// Deltas are kept as they came up to this length of their chain; what lies deeper is stored whole.
const KEPT_CHAIN_MAX: usize = 50;
/// Bytes of stored objects that are read because deltas of a push are made from them.
const BASES_BYTES_MAX: i64 = 64 * 1024 * 1024;

const LIMITS: PackLimits = PackLimits {
    objects_max: PUSH_OBJECTS_MAX,
    object_bytes_max: PUSH_OBJECT_BYTES_MAX,
    total_bytes_max: PUSH_TOTAL_BYTES_MAX,
    chain_max: PUSH_DELTA_CHAIN_MAX,
    live_bytes_max: 64 * 1024 * 1024,
};

/// The objects of a push, by id.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    objects: HashMap<Oid, Arrived>,
}

#[derive(Debug)]
struct Arrived {
    object: Object,
    /// The body as it came and the object it is a delta of; `None` where it is to be packed anew.
    body: Option<(Option<Oid>, Vec<u8>)>,
}

impl Incoming {
    pub(super) fn get(&self, oid: &Oid) -> Option<&Object> {
        self.objects.get(oid).map(|arrived| &arrived.object)
    }

    /// Adds the objects to what one piece of work sees.
    pub(super) fn put_into(&self, overlay: &Overlay) {
        for (oid, arrived) in &self.objects {
            overlay.put_known(*oid, arrived.object.clone());
        }
    }

    /// The row of an object; a delta only where its base will be stored.
    pub(super) fn row(&self, oid: Oid, is_stored: impl Fn(&Oid) -> bool) -> Option<ObjectRow> {
        let arrived = self.objects.get(&oid)?;
        let whole = || encode_whole(oid, &arrived.object);
        Some(match &arrived.body {
            Some((base, data)) if base.is_none_or(|base| is_stored(&base)) => ObjectRow {
                oid,
                kind: i64::from(arrived.object.kind.number()),
                size: i64::try_from(arrived.object.bytes.len()).unwrap_or(i64::MAX),
                base: *base,
                data: data.clone(),
            },
            _ => whole(),
        })
    }

    /// The bases of these objects' deltas that are not among them.
    pub(super) fn bases_outside(&self, oids: &HashSet<Oid>) -> Vec<Oid> {
        let bases = oids.iter().filter_map(|oid| {
            let (base, _) = self.objects.get(oid)?.body.as_ref()?;
            *base
        });
        bases.filter(|base| !oids.contains(base)).collect()
    }

    fn take(&mut self, packed: PackedObject<'_>) {
        let body = match packed.stored {
            Stored::Whole(body) => Some((None, body.to_vec())),
            Stored::Delta {
                base, chain, body, ..
            } if chain <= KEPT_CHAIN_MAX => Some((Some(base), body.to_vec())),
            Stored::Delta { .. } => None,
        };
        let arrived = Arrived {
            object: packed.object,
            body,
        };
        self.objects.insert(packed.oid, arrived);
    }
}

/// Reads the pack, with the stored objects that its deltas are made from.
pub(super) async fn receive(ctx: &Context, actor: &Actor, pack: Option<Vec<u8>>) -> Step<Incoming> {
    let Some(pack) = pack else {
        return Ok(Ok(Incoming::default()));
    };
    if pack.len() > PUSH_PACK_BYTES_MAX {
        return Ok(Err(too_large(pack.len())));
    }
    let scanned = blocking(move || {
        let scanned = Pack::parse(&pack, LIMITS).map(|pack| {
            let bases = pack.named_bases();
            (bases, pack.into_entries())
        });
        (pack, scanned)
    });
    let (pack, scanned) = scanned.await?;
    let (bases, entries) = match scanned {
        Ok(scanned) => scanned,
        Err(error) => return Ok(Err(unreadable(&error))),
    };
    let outside = match outside_bases(ctx, actor, &bases).await? {
        Ok(outside) => outside,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let read = blocking(move || resolve(&pack, entries, &outside)).await?;
    Ok(read.map_err(|error| unreadable(&error)))
}

/// The words for a pack that is over the limit.
pub fn too_large(bytes: usize) -> Refusal {
    Refusal::new(
        "pack too large",
        &[
            format!("the push is larger than {PUSH_PACK_BYTES_MAX} bytes (at least {bytes})"),
            "Push fewer commits at a time, e.g. `git push origin <commit>:refs/heads/<draft>`; a \
             whole library comes in by `variorum import`."
                .to_owned(),
        ],
    )
}

fn resolve(
    pack: &[u8],
    entries: PackEntries,
    outside: &HashMap<Oid, OutsideBase>,
) -> std::result::Result<Incoming, PackError> {
    let mut incoming = Incoming::default();
    Pack::with_entries(pack, LIMITS, entries).visit_thin(outside, |packed| {
        incoming.take(packed);
        Ok(())
    })?;
    Ok(incoming)
}

async fn blocking<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(run)
        .await
        .map_err(|error| Error::Internal(format!("reading a pack failed: {error}")))
}

/// Stored objects that deltas of the pack name as their bases.
async fn outside_bases(
    ctx: &Context,
    actor: &Actor,
    bases: &[Oid],
) -> Step<HashMap<Oid, OutsideBase>> {
    let mut found = HashMap::new();
    if bases.is_empty() {
        return Ok(Ok(found));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let facts = work.tx.object_facts(actor.workspace, bases).await?;
    let bytes = facts
        .iter()
        .fold(0_i64, |sum, fact| sum.saturating_add(fact.size));
    if bytes > BASES_BYTES_MAX {
        return Ok(Err(Refusal::one(
            "pack refused",
            format!(
                "its deltas are made from more than {BASES_BYTES_MAX} bytes of stored objects; push fewer commits at a time"
            ),
        )));
    }
    let oids: Vec<Oid> = facts.iter().map(|fact| fact.oid).collect();
    work.with(|overlay| overlay.require(oids.iter().copied()))
        .await?;
    for oid in oids {
        let object = work.with(|overlay| overlay.get(&oid)).await?;
        let chain = work.chain_depth(oid).await?.unwrap_or(0);
        found.insert(oid, OutsideBase { object, chain });
    }
    Ok(Ok(found))
}

fn unreadable(error: &PackError) -> Refusal {
    let (short, line) = match error {
        PackError::MissingBases(_) => (
            "pack is incomplete",
            format!("{error}; run `git fetch` and push again"),
        ),
        PackError::Limit { what, limit } => (
            "pack is over a limit",
            format!(
                "{what}: more than {limit}. A file may have 2 MiB; push fewer commits at a time, or \
                 take large files out of the history"
            ),
        ),
        _ => (
            "pack is malformed",
            format!("{}; nothing was stored", with_causes(error)),
        ),
    };
    Refusal::one(short, line)
}

fn with_causes(error: &PackError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

/// The kind of an object of the push.
pub(super) fn kind_of(incoming: &Incoming, oid: &Oid) -> Option<Kind> {
    incoming.get(oid).map(|object| object.kind)
}
