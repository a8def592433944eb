//! Taking the library out piece by piece: what a copy on disk lacks, all of it from one snapshot.
//!
//! Objects and refs are read in one transaction: a ref read later could need objects that were not
//! handed over.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::Oid;
use variorum_git::pack::PackWriter;
use variorum_git::zlib::deflate;

use super::export::entry;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Objects read at a time.
const OBJECTS_PER_READ: usize = 2_000;

/// Up to where a copy has come: the place of the newest object it holds, and which object that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The place in the order in which objects were stored.
    pub seq: i64,
    /// The object there.
    pub oid: Oid,
}

/// What a copy lacks.
pub struct Changes {
    work: Work,
    refs: Vec<(String, Oid)>,
    continues: bool,
    count: u64,
    after: i64,
    place: Option<Place>,
    writer: Option<PackWriter<Vec<u8>>>,
    done: bool,
}

/// What a copy that has come to `from` lacks. Where the store does not know that place (it was
/// cleared, or put back to an older state), everything is handed over again.
pub async fn changes_since(ctx: &Context, actor: &Actor, from: Option<Place>) -> Result<Changes> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let known = match from {
        Some(place) => is_known(&mut work, place).await?.then_some(place),
        None => None,
    };
    let after = known.map_or(0, |place| place.seq);
    let span = work.tx.object_span(actor.workspace, after).await?;
    let refs = work.tx.refs(actor.workspace, "refs/").await?;
    Ok(Changes {
        work,
        refs: refs.into_iter().map(|(name, oid, _)| (name, oid)).collect(),
        continues: known.is_some(),
        count: u64::try_from(span.count).unwrap_or(0),
        after,
        place: known,
        writer: None,
        done: false,
    })
}

/// All refs, by name, for a client that wants to push.
pub async fn refs(ctx: &Context, actor: &Actor) -> Result<Vec<(String, Oid)>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let refs = work.tx.refs(actor.workspace, "refs/").await?;
    Ok(refs.into_iter().map(|(name, oid, _)| (name, oid)).collect())
}

async fn is_known(work: &mut Work, place: Place) -> Result<bool> {
    let found = work
        .tx
        .scan_objects(work.workspace, place.seq.saturating_sub(1), 1)
        .await?;
    let found = found.first().map(|(seq, row)| (*seq, row.oid));
    Ok(found == Some((place.seq, place.oid)))
}

impl Changes {
    /// All refs, by name.
    pub fn refs(&self) -> &[(String, Oid)] {
        &self.refs
    }

    /// Whether the copy goes on from where it was; otherwise it begins anew.
    pub fn continues(&self) -> bool {
        self.continues
    }

    /// How many objects the copy lacks.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Where the copy will be once it holds what was handed over so far.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// The next bytes of a pack of everything the copy lacks. Deltas may be made from objects that
    /// the copy holds already.
    pub async fn next_pack_bytes(&mut self) -> Result<Option<Vec<u8>>> {
        if self.done {
            return Ok(None);
        }
        let unwritable = |error| Error::Internal(format!("the pack cannot be written: {error}"));
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => {
                let count = u32::try_from(self.count)
                    .map_err(|_| Error::invalid("too many objects for a pack"))?;
                PackWriter::new(Vec::new(), count).map_err(unwritable)?
            }
        };
        let page = self.page().await?;
        for row in &page {
            writer.add(&entry(row)?).map_err(unwritable)?;
        }
        if page.is_empty() {
            self.done = true;
            return Ok(Some(writer.finish().map_err(unwritable)?.0));
        }
        let bytes = std::mem::take(writer.sink());
        self.writer = Some(writer);
        Ok(Some(bytes))
    }

    /// Everything the copy lacks as loose objects: the id and the bytes of the file. For few objects.
    pub async fn loose_objects(&mut self) -> Result<Vec<(Oid, Vec<u8>)>> {
        let mut files = Vec::new();
        loop {
            let page = self.page().await?;
            if page.is_empty() {
                return Ok(files);
            }
            let oids: Vec<Oid> = page.iter().map(|row| row.oid).collect();
            self.work
                .with(|overlay| overlay.require(oids.iter().copied()))
                .await?;
            for oid in oids {
                let object = self.work.with(|overlay| overlay.get(&oid)).await?;
                let mut whole = format!("{} {}\0", object.kind, object.bytes.len()).into_bytes();
                whole.extend_from_slice(&object.bytes);
                files.push((oid, deflate(&whole)));
            }
        }
    }

    async fn page(&mut self) -> Result<Vec<variorum_ports::rows::ObjectRow>> {
        let page = self
            .work
            .tx
            .scan_objects(self.work.workspace, self.after, OBJECTS_PER_READ)
            .await?;
        if let Some((seq, row)) = page.last() {
            self.after = *seq;
            self.place = Some(Place {
                seq: *seq,
                oid: row.oid,
            });
        }
        Ok(page.into_iter().map(|(_, row)| row).collect())
    }
}
