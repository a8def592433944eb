//! Taking a library out: a Git bundle with every branch and tag, byte for byte what was stored.

use std::borrow::Cow;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::Oid;
use variorum_domain::library::MAIN;
use variorum_git::bundle::bundle_header;
use variorum_git::object::Kind;
use variorum_git::pack::{PackEntry, PackWriter};
use variorum_git::zlib::inflate_up_to;
use variorum_ports::rows::ObjectRow;

use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Objects read at a time.
const OBJECTS_PER_READ: usize = 5_000;
/// The largest delta that is read to learn its size.
const DELTA_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A library in one file.
pub struct Exported {
    /// The bundle's bytes.
    pub bundle: Vec<u8>,
    /// The refs in it.
    pub refs: Vec<(String, Oid)>,
    /// How many objects are in it.
    pub objects: usize,
}

/// Writes the whole library as a bundle.
pub async fn bundle(ctx: &Context, actor: &Actor) -> Result<Exported> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let refs = work.tx.refs(actor.workspace, "refs/").await?;
    let mut named: Vec<(String, Oid)> =
        refs.into_iter().map(|(name, oid, _)| (name, oid)).collect();
    let main = named
        .iter()
        .find(|(name, _)| name == MAIN)
        .map(|(_, oid)| *oid);
    let main =
        main.ok_or_else(|| Error::invalid("the library is empty: there is nothing to export"))?;
    named.insert(0, ("HEAD".to_owned(), main));
    let mut rows = Vec::new();
    let mut after = 0;
    loop {
        let page = work
            .tx
            .scan_objects(actor.workspace, after, OBJECTS_PER_READ)
            .await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        rows.extend(page.into_iter().map(|(_, row)| row));
    }
    let objects = rows.len();
    let count =
        u32::try_from(objects).map_err(|_| Error::invalid("too many objects for a pack"))?;
    let unwritable = |error| Error::Internal(format!("the pack cannot be written: {error}"));
    let mut writer = PackWriter::new(bundle_header(&named), count).map_err(unwritable)?;
    for row in &rows {
        writer.add(&entry(row)?).map_err(unwritable)?;
    }
    let (bundle, _) = writer.finish().map_err(unwritable)?;
    Ok(Exported {
        bundle,
        refs: named,
        objects,
    })
}

pub(super) fn entry(row: &ObjectRow) -> Result<PackEntry<'_>> {
    let damaged = || Error::Internal(format!("object `{}` is damaged", row.oid));
    let body = Cow::Borrowed(row.data.as_slice());
    if let Some(base) = row.base {
        let delta = inflate_up_to(&row.data, DELTA_BYTES_MAX).map_err(|_| damaged())?;
        return Ok(PackEntry::Delta {
            base,
            delta_size: delta.len(),
            body,
        });
    }
    let kind = u8::try_from(row.kind)
        .ok()
        .and_then(Kind::from_number)
        .ok_or_else(damaged)?;
    let size = usize::try_from(row.size).map_err(|_| damaged())?;
    Ok(PackEntry::Deflated { kind, size, body })
}
